//! Diaries in every format of tables, read and turned into a slot's columns as
//! the host does it: the same facts whatever they are kept in.

use std::collections::BTreeMap;
use std::io::{Cursor, Write};

use assessment::evidence::{ReadColumn, ReadTable, Table};
use assessment::table::{CellProblem, matching, table, template};
use assessment::unit::{Choice, Field, Slot};
use read_csv::ReadCsv;
use read_ods::ReadOds;
use read_xlsx::ReadXlsx;
use unit_sdk::reader::Reader;
use unit_sdk::reader::wit::{self, Content, File, Wanted};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

macro_rules! fixture {
    ($set:literal, $file:literal) => {
        include_bytes!(concat!("../../../tests/fixtures/", $set, "/", $file)).as_slice()
    };
}

/// The fields that the mentoring units ask for in a diary.
fn diary() -> Slot {
    let field = |id: &str, title: &str, kind: &str| Field {
        id: id.to_owned(),
        title: title.to_owned(),
        aliases: Vec::new(),
        help: String::new(),
        kind: kind.to_owned(),
        unit: String::new(),
        required: false,
        minimum: None,
        maximum: None,
        choices: ["mentoring", "supervision", "admin", "cancelled"]
            .map(|id| Choice {
                id: id.to_owned(),
                title: id.to_owned(),
                aliases: Vec::new(),
            })
            .to_vec(),
        example: String::new(),
    };
    Slot {
        id: "diary".to_owned(),
        kind: "table".to_owned(),
        title: "Diary".to_owned(),
        help: String::new(),
        required: true,
        most_files: 1,
        criteria: Vec::new(),
        fields: vec![
            field("date", "Date", "date"),
            field("client", "Client", "text"),
            field("start", "Start", "time"),
            field("minutes", "Minutes", "duration"),
            field("kind", "Kind", "choice"),
        ],
        statement: String::new(),
    }
}

fn read<R: Reader>(bytes: &[u8]) -> ReadTable {
    let file = File {
        bytes: bytes.to_vec(),
        media_type: String::new(),
        name: String::new(),
        wanted: Wanted::Tables,
        locale: "en-GB".into(),
    };
    match R::read(&file) {
        Ok(Content::Tables(mut tables)) if tables.len() == 1 => of_host(tables.remove(0)),
        other => panic!("one table is expected, not {other:?}"),
    }
}

fn of_host(read: wit::Table) -> ReadTable {
    let columns = read.columns.into_iter().map(|column| ReadColumn {
        heading: column.heading,
        kind: column.kind,
        cells: column.cells,
        written: column.written,
    });
    ReadTable {
        title: read.title,
        row_count: read.row_count,
        columns: columns.collect(),
        source_row: read.source_row,
        headings: read.headings,
        warnings: Vec::new(),
    }
}

fn typed(read: &ReadTable) -> (Table, Vec<CellProblem>) {
    let slot = diary();
    table(&slot, 0, "", read, &matching(&slot, read), "en-GB")
}

/// What a manifest says of a diary, worked out from the columns.
#[derive(Debug, PartialEq)]
struct Facts {
    rows_by_kind: BTreeMap<String, f64>,
    minutes: f64,
    per_client: BTreeMap<String, f64>,
    per_month: BTreeMap<String, f64>,
}

fn facts(table: &Table) -> Facts {
    let cells = |at: usize| table.columns[at].cells.split('\n');
    let mut facts = Facts {
        rows_by_kind: BTreeMap::new(),
        minutes: 0.0,
        per_client: BTreeMap::new(),
        per_month: BTreeMap::new(),
    };
    let rows = cells(0)
        .zip(cells(1))
        .zip(cells(4))
        .zip(&table.columns[3].numbers);
    for (((date, client), kind), minutes) in rows {
        *facts.rows_by_kind.entry(kind.to_owned()).or_default() += 1.0;
        if kind == "mentoring" {
            facts.minutes += minutes;
            *facts.per_client.entry(client.to_owned()).or_default() += minutes;
            if *minutes > 0.0 {
                *facts.per_month.entry(date[..7].to_owned()).or_default() += minutes;
            }
        }
    }
    facts
}

fn expected(manifest: &[u8]) -> Facts {
    let manifest: serde_json::Value = serde_json::from_slice(manifest).expect("JSON");
    let diary = &manifest["expected"]["diary"];
    let counts = |key: &str| {
        let entries = diary[key].as_object().expect(key);
        entries
            .iter()
            .map(|(name, count)| (name.clone(), count.as_f64().expect(key)))
            .collect()
    };
    Facts {
        rows_by_kind: counts("rows_by_kind"),
        minutes: diary["counted_minutes_as_written"]
            .as_f64()
            .expect("minutes"),
        per_client: counts("minutes_per_client"),
        per_month: counts("minutes_per_month"),
    }
}

#[test]
fn a_diary_yields_its_manifest_in_every_format() {
    let complete = [
        read::<ReadXlsx>(fixture!("306-complete", "306-complete-diary.xlsx")),
        read::<ReadOds>(fixture!("306-complete", "306-complete-diary.ods")),
        read::<ReadCsv>(fixture!("306-complete", "306-complete-diary.csv")),
    ];
    let short = [
        read::<ReadXlsx>(fixture!("306-short", "306-short-diary.xlsx")),
        read::<ReadOds>(fixture!("306-short", "306-short-diary.ods")),
        read::<ReadCsv>(fixture!("306-short", "306-short-diary.csv")),
    ];
    for (manifest, formats) in [
        (fixture!("306-complete", "manifest.json"), complete),
        (fixture!("306-short", "manifest.json"), short),
    ] {
        let tables = formats.map(|read| typed(&read));
        for (table, problems) in &tables {
            assert_eq!(*problems, []);
            assert_eq!(facts(table), expected(manifest));
        }
        let cells = |table: &Table| -> Vec<(String, String)> {
            let columns = table.columns.iter();
            columns
                .map(|column| (column.title.clone(), column.cells.clone()))
                .collect()
        };
        assert_eq!(cells(&tables[0].0), cells(&tables[1].0), "xlsx and ods");
        assert_eq!(cells(&tables[0].0), cells(&tables[2].0), "xlsx and csv");
        assert_eq!(tables[0].0.source_row, tables[2].0.source_row);
    }
}

#[test]
fn the_template_is_read_as_it_was_meant() {
    let mut slot = diary();
    for (field, example) in
        slot.fields
            .iter_mut()
            .zip(["2 Feb 2026", "Client A", "9:30", "1 h 30 min", "mentoring"])
    {
        example.clone_into(&mut field.example);
    }
    slot.fields[1].title = "Client, by code [not: name]".repeat(9);
    slot.fields[4].help = "What it was. ".repeat(50);
    let bytes = template(&slot).expect("a template");
    assert_eq!(template(&slot), Some(bytes.clone()), "the same each time");
    let read = read::<ReadXlsx>(&bytes);
    let found = matching(&slot, &read);
    assert!(found.fields.iter().all(|found| found.found_by == "title"));
    let kinds: Vec<u8> = read.columns.iter().map(|column| column.kind[0]).collect();
    assert_eq!(kinds, [3, 1, 4, 2, 1]);
    assert_eq!(
        (read.title.as_str(), read.headings.as_str(), read.row_count),
        ("Diary", "guessed", 1)
    );
    let (table, problems) = table(&slot, 0, "", &read, &found, "en-GB");
    assert_eq!(
        (table.row_count, problems.len(), problems[0].code.as_str()),
        (0, 1, "left-out")
    );

    "document".clone_into(&mut slot.kind);
    assert_eq!(template(&slot), None);
}

/// Parts of XML, and signs that trip up parsers.
const DAMAGE: [&str; 20] = [
    "<",
    ">",
    "\"",
    "&",
    "&#8232;",
    "&#10;",
    "\u{2028}",
    "½",
    "–",
    "\0",
    ":",
    ".",
    ",,",
    "99999999999999999999",
    "-1",
    "PT",
    "T",
    "_x0041_",
    " r=\"XFD1048576\"",
    " t=\"s\"",
];

/// The text with a few pieces of damage in it, on boundaries of characters.
fn damaged(text: &str, dice: &mut Dice) -> String {
    let mut text = text.to_owned();
    for _ in 0..=dice.below(3) {
        let at = text
            .floor_char_boundary(dice.below(u32::try_from(text.len()).expect("small")) as usize);
        let to = text.ceil_char_boundary((at + dice.below(4) as usize).min(text.len()));
        text.replace_range(at..to, DAMAGE[dice.below(20) as usize]);
    }
    text
}

#[test]
fn a_damaged_file_is_refused_or_read_into_columns_that_fit() {
    fn check<R: Reader>(bytes: Vec<u8>) -> bool {
        let file = File {
            bytes,
            media_type: String::new(),
            name: String::new(),
            wanted: Wanted::Tables,
            locale: "en-GB".into(),
        };
        let Ok(Content::Tables(tables)) = R::read(&file) else {
            return false;
        };
        for table in tables {
            let read = of_host(table);
            let rows = read.row_count as usize;
            for column in &read.columns {
                assert_eq!(column.kind.len(), rows);
                assert_eq!(column.cells.split('\n').count(), rows);
                assert!(column.written.is_empty() || column.written.split('\n').count() == rows);
                assert!(!column.heading.contains('\n'));
            }
            let (table, _) = typed(&read);
            for column in &table.columns {
                let rows = table.row_count as usize;
                assert_eq!(column.cells.split('\n').count(), rows.max(1));
                assert!(column.numbers.is_empty() || column.numbers.len() == rows);
            }
        }
        true
    }
    let mut dice = Dice(13);
    let mut readable = 0;
    for _ in 0..300 {
        let sessions = sessions(&mut dice);
        let rows = written(&sessions, &mut dice);
        let text = String::from_utf8(csv(&rows, ',')).expect("UTF-8");
        let mut damage = |part: &mut String| *part = damaged(part, &mut dice);
        let (mut xlsx, mut ods) = (xlsx_parts(&sessions), ods_parts(&sessions));
        damage(&mut xlsx[3].1);
        damage(&mut ods[1].1);
        readable += u32::from(check::<ReadXlsx>(container(&xlsx)));
        readable += u32::from(check::<ReadOds>(container(&ods)));
        readable += u32::from(check::<ReadCsv>(damaged(&text, &mut dice).into_bytes()));
    }
    assert!(
        (300..900).contains(&readable),
        "{readable} of 900 could be read"
    );
}

/// Numbers that only look random: the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(end)).expect("below a u32")
    }
}

/// A session: day, month and year, client, start and length in minutes, and kind.
#[derive(Clone)]
struct Session {
    day: u32,
    month: u32,
    year: u32,
    client: String,
    start: u32,
    minutes: u32,
    kind: &'static str,
}

fn sessions(dice: &mut Dice) -> Vec<Session> {
    let count = dice.below(40) + 1;
    let session = |_| Session {
        day: dice.below(28) + 1,
        month: dice.below(12) + 1,
        year: 2020 + dice.below(10),
        client: format!(
            "Client {}",
            ["A", "B, Ltd", "“C”", "D; E"][dice.below(4) as usize]
        ),
        start: dice.below(1440),
        minutes: dice.below(230) + 10,
        kind: ["mentoring", "supervision", "admin", "cancelled"][dice.below(4) as usize],
    };
    (0..count).map(session).collect()
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A date in one of the ways that people write it.
fn date(session: &Session, dice: &mut Dice) -> String {
    let Session {
        day, month, year, ..
    } = session;
    let (short, name) = (year % 100, MONTHS[*month as usize - 1]);
    let ending = match day {
        1 | 21 => "st",
        2 | 22 => "nd",
        3 | 23 => "rd",
        _ => "th",
    };
    match dice.below(9) {
        0 => format!("{day}/{month}/{short:02}"),
        1 => format!("{day:02}/{month:02}/{year}"),
        2 => format!("{day}.{month}.{year}"),
        3 => format!("{day}-{name}-{short:02}"),
        4 => format!("{day:02} {name} {year}"),
        5 => format!("{day}{ending} {name} {year}"),
        6 => format!("{name} {day}, {year}"),
        7 => format!("{year}{month:02}{day:02}"),
        _ => format!("{year}-{month:02}-{day:02}"),
    }
}

fn time(minutes: u32, dice: &mut Dice) -> String {
    let (hour, minute) = (minutes / 60, minutes % 60);
    match dice.below(5) {
        0 => format!("{hour}:{minute:02}"),
        1 => format!("{hour:02}.{minute:02}"),
        2 => format!("{hour:02}{minute:02}"),
        3 => format!("{hour:02}:{minute:02}:00"),
        _ => format!(
            "{}:{minute:02} {}",
            (hour + 11) % 12 + 1,
            if hour < 12 { "am" } else { "pm" }
        ),
    }
}

fn duration(minutes: u32, dice: &mut Dice) -> String {
    let (hours, rest) = (minutes / 60, minutes % 60);
    match dice.below(8) {
        0 => minutes.to_string(),
        1 => format!("{minutes} min"),
        2 => format!("{hours}:{rest:02}"),
        3 if hours > 0 => format!("{hours}h {rest}"),
        4 => format!("{hours} hrs {rest} mins"),
        5 => format!("PT{hours}H{rest}M"),
        6 if rest == 30 => format!("{hours}½ hours"),
        7 if rest == 30 => format!("{hours}.5h"),
        _ => format!("{hours} hour and {rest} minutes"),
    }
}

const HEADINGS: [&str; 5] = ["Date", "Client", "Start", "Minutes", "Kind"];

fn csv(rows: &[[String; 5]], separator: char) -> Vec<u8> {
    let cell = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
    let line = |row: &[String; 5]| {
        row.iter()
            .map(cell)
            .collect::<Vec<_>>()
            .join(&separator.to_string())
    };
    let lines: Vec<String> = std::iter::once(line(&HEADINGS.map(str::to_owned)))
        .chain(rows.iter().map(line))
        .collect();
    lines.join("\r\n").into_bytes()
}

fn container(parts: &[(&str, String)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .expect("an entry");
        writer.write_all(content.as_bytes()).expect("its bytes");
    }
    writer.finish().expect("a container").into_inner()
}

/// Days since 30 December 1899.
fn serial(session: &Session) -> i64 {
    let day = days(
        i64::from(session.year),
        i64::from(session.month),
        i64::from(session.day),
    );
    day - days(1899, 12, 30)
}

/// Days since some day long ago, counted year by year and month by month.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let is_leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let years: i64 = (1800..year)
        .map(|year| 365 + i64::from(is_leap(year)))
        .sum();
    let lengths = [
        31,
        28 + i64::from(is_leap(year)),
        31,
        30,
        31,
        30,
        31,
        31,
        30,
        31,
        30,
        31,
    ];
    years
        + lengths
            .iter()
            .take(usize::try_from(month - 1).expect("a month"))
            .sum::<i64>()
        + day
}

fn xlsx(sessions: &[Session]) -> Vec<u8> {
    container(&xlsx_parts(sessions))
}

fn xlsx_parts(sessions: &[Session]) -> [(&'static str, String); 4] {
    let text = |text: &str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let headings: String = HEADINGS.map(text).concat();
    let rows = sessions
        .iter()
        .map(|session| {
            let day = |minutes: u32| f64::from(minutes) / 1440.0;
            format!(
                "<row><c s=\"0\"><v>{}</v></c>{}<c s=\"1\"><v>{}</v></c><c s=\"2\"><v>{}</v></c>{}</row>",
                serial(session), text(&session.client), day(session.start), day(session.minutes), text(session.kind)
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let pointer = |kind: &str, target: &str| {
        format!("<Relationship Id=\"{kind}\" Type=\"x/{kind}\" Target=\"{target}\"/>")
    };
    [
        ("xl/workbook.xml", "<workbook><sheets><sheet name=\"D\" id=\"worksheet\"/></sheets></workbook>".to_owned()),
        ("xl/_rels/workbook.xml.rels", format!("<R>{}{}</R>", pointer("worksheet", "s.xml"), pointer("styles", "styles.xml"))),
        ("xl/styles.xml", "<s><cellXfs><xf numFmtId=\"14\"/><xf numFmtId=\"20\"/><xf numFmtId=\"46\"/></cellXfs></s>".to_owned()),
        ("xl/s.xml", format!("<w><sheetData><row>{headings}</row>{rows}</sheetData></w>")),
    ]
}

fn ods(sessions: &[Session]) -> Vec<u8> {
    container(&ods_parts(sessions))
}

fn ods_parts(sessions: &[Session]) -> [(&'static str, String); 2] {
    let text = |text: &str| format!("<table-cell value-type=\"string\"><p>{text}</p></table-cell>");
    let headings: String = HEADINGS.map(text).concat();
    let rows = sessions
        .iter()
        .map(|session| {
            let time = |minutes: u32| format!("value-type=\"time\" time-value=\"PT{}H{}M0S\"", minutes / 60, minutes % 60);
            format!(
                "<table-row><table-cell value-type=\"date\" date-value=\"{}-{:02}-{:02}\"/>{}<table-cell {}/><table-cell style-name=\"d\" {}/>{}</table-row>",
                session.year, session.month, session.day, text(&session.client), time(session.start), time(session.minutes), text(session.kind)
            )
        })
        .collect::<Vec<_>>()
        .concat();
    [
        (
            "mimetype",
            "application/vnd.oasis.opendocument.spreadsheet".to_owned(),
        ),
        (
            "content.xml",
            format!(
                "<d><styles><time-style name=\"n\" truncate-on-overflow=\"false\"/><style name=\"d\" data-style-name=\"n\"/></styles><body><spreadsheet><table><table-row>{headings}</table-row>{rows}</table></spreadsheet></body></d>"
            ),
        ),
    ]
}

fn written(sessions: &[Session], dice: &mut Dice) -> Vec<[String; 5]> {
    let row = |session: &Session| {
        [
            date(session, dice),
            session.client.clone(),
            time(session.start, dice),
            duration(session.minutes, dice),
            session.kind.to_owned(),
        ]
    };
    sessions.iter().map(row).collect()
}

/// Rows as they are typed in a page.
fn page(rows: &[[String; 5]]) -> ReadTable {
    let column = |at: usize| ReadColumn {
        heading: HEADINGS[at].to_owned(),
        kind: vec![1; rows.len()],
        cells: rows
            .iter()
            .map(|row| row[at].as_str())
            .collect::<Vec<_>>()
            .join("\n"),
        written: String::new(),
    };
    ReadTable {
        row_count: u32::try_from(rows.len()).expect("few rows"),
        columns: (0..5).map(column).collect(),
        source_row: (1..).take(rows.len()).collect(),
        headings: "marked".to_owned(),
        ..ReadTable::default()
    }
}

#[test]
fn totals_do_not_depend_on_what_a_diary_is_kept_in() {
    let mut dice = Dice(7);
    for _ in 0..150 {
        let sessions = sessions(&mut dice);
        let rows = written(&sessions, &mut dice);
        let tables = [
            read::<ReadXlsx>(&xlsx(&sessions)),
            read::<ReadOds>(&ods(&sessions)),
            read::<ReadCsv>(&csv(&rows, ',')),
            read::<ReadCsv>(&csv(&rows, ';')),
            read::<ReadCsv>(&csv(&rows, '\t')),
            page(&rows),
        ];
        for read in tables {
            let (table, problems) = typed(&read);
            assert_eq!(problems, []);
            let dates = table.columns[0].cells.split('\n').map(str::to_owned);
            let expected = sessions
                .iter()
                .map(|session| format!("{}-{:02}-{:02}", session.year, session.month, session.day));
            assert_eq!(dates.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
            let expected = sessions
                .iter()
                .map(|session| f64::from(session.start))
                .collect::<Vec<_>>();
            assert_eq!(table.columns[2].numbers, expected);
            let expected = sessions
                .iter()
                .map(|session| f64::from(session.minutes))
                .collect::<Vec<_>>();
            assert_eq!(table.columns[3].numbers, expected);
        }
    }
}

#[test]
fn the_order_of_rows_changes_no_total() {
    let mut dice = Dice(11);
    for _ in 0..100 {
        let mut sessions = sessions(&mut dice);
        let before = facts(&typed(&read::<ReadCsv>(&csv(&written(&sessions, &mut dice), ','))).0);
        for at in (1..sessions.len()).rev() {
            let other = dice.below(u32::try_from(at + 1).expect("few rows")) as usize;
            sessions.swap(at, other);
        }
        let after = facts(&typed(&read::<ReadCsv>(&csv(&written(&sessions, &mut dice), ';'))).0);
        assert_eq!(before, after);
        assert_eq!(after, facts(&typed(&read::<ReadXlsx>(&xlsx(&sessions))).0));
    }
}
