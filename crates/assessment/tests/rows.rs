//! Rows that are typed, imported and put together.

use assessment::evidence::{ReadColumn, ReadTable};
use assessment::rows::Rows;
use assessment::table::{matching, table};
use assessment::unit::{Field, Slot};

const LOCALE: &str = "en-GB";

fn field(id: &str, title: &str, kind: &str) -> Field {
    Field {
        id: id.to_owned(),
        title: title.to_owned(),
        aliases: vec!["Hours".to_owned()]
            .into_iter()
            .filter(|_| id == "minutes")
            .collect(),
        help: String::new(),
        kind: kind.to_owned(),
        unit: if id == "minutes" { "minutes" } else { "" }.to_owned(),
        required: id != "notes",
        minimum: None,
        maximum: None,
        choices: Vec::new(),
        example: String::new(),
    }
}

fn diary() -> Slot {
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
            field("minutes", "Minutes", "duration"),
            field("notes", "Notes", "long-text"),
        ],
        statement: String::new(),
    }
}

/// A table of texts with headings, numbered from 2 as under a heading row.
fn read(headings: &[&str], rows: &[&[&str]]) -> ReadTable {
    let columns = headings.iter().enumerate().map(|(at, heading)| {
        let cells: Vec<&str> = rows.iter().map(|row| row[at]).collect();
        ReadColumn {
            heading: (*heading).to_owned(),
            kind: cells
                .iter()
                .map(|cell| u8::from(!cell.is_empty()))
                .collect(),
            cells: cells.join("\n"),
            written: String::new(),
        }
    });
    let count = u32::try_from(rows.len()).expect("few rows");
    ReadTable {
        row_count: count,
        columns: columns.collect(),
        source_row: (2..count + 2).collect(),
        headings: "marked".to_owned(),
        ..ReadTable::default()
    }
}

fn rows(headings: &[&str], cells: &[&[&str]]) -> Rows {
    let read = read(headings, cells);
    Rows::of(&diary(), &read, &matching(&diary(), &read), LOCALE).0
}

/// The values of a field as a plugin gets them.
fn values(rows: &Rows, field: &str) -> Vec<String> {
    let (table, _) = table(&diary(), 0, "", &rows.read, &rows.matching, LOCALE);
    let column = table.columns.iter().find(|column| column.id == field);
    let cells = &column.expect("the field").cells;
    cells.split('\n').map(str::to_owned).collect()
}

fn typed(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(id, text): &(&str, &str)| ((*id).to_owned(), (*text).to_owned());
    fields.iter().map(owned).collect()
}

#[test]
fn rows_of_files_with_other_headings_stand_together_without_changing_their_meaning() {
    let mut hours = rows(
        &["Date", "Client", "Hours", "Weather"],
        &[&["3/2/26", "A", "2", "rain"], &["4/2/26", "B", "1.5", ""]],
    );
    assert_eq!(values(&hours, "minutes"), ["120", "90"]);
    let minutes = rows(
        &["Who", "Weather", "Client", "Minutes", "Date"],
        &[&["x", "sun", "A", "45", "5 Feb 2026"]],
    );
    hours.append(&diary(), minutes);
    hours
        .put(
            &diary(),
            None,
            &typed(&[("date", "6/2/26"), ("client", "C"), ("minutes", "30")]),
            LOCALE,
        )
        .expect("it can be read");
    assert_eq!(values(&hours, "minutes"), ["120", "90", "45", "30"]);
    assert_eq!(
        values(&hours, "date"),
        ["2026-02-03", "2026-02-04", "2026-02-05", "2026-02-06"]
    );
    assert_eq!(hours.written(2, "minutes"), "2", "what was written stays");
    assert_eq!(hours.read.source_row, [2, 3, 4, 5], "they are numbered on");
    let headings: Vec<&str> = hours
        .read
        .columns
        .iter()
        .map(|column| column.heading.as_str())
        .collect();
    assert_eq!(
        headings,
        ["Date", "Client", "Hours", "Notes", "Weather", "Who"]
    );
    assert_eq!(hours.read.columns[4].cells, "rain\n\nsun\n");
    assert_eq!(hours.read.columns[5].cells, "\n\nx\n");
}

#[test]
fn a_typed_row_that_cannot_be_read_changes_nothing() {
    let mut own = rows(&["Date", "Client", "Minutes"], &[&["3/2/26", "A", "60"]]);
    let before = own.clone();
    let problems = own
        .put(
            &diary(),
            Some(2),
            &typed(&[("date", "31/2/26"), ("client", "A"), ("minutes", "an age")]),
            LOCALE,
        )
        .expect_err("two fields cannot be read");
    let fields: Vec<&str> = problems
        .iter()
        .map(|problem| problem.field.as_str())
        .collect();
    assert_eq!(fields, ["date", "minutes"]);
    assert_eq!(own, before);
    let unknown = own.put(&diary(), Some(7), &typed(&[("client", "B")]), LOCALE);
    assert_eq!(unknown, Ok(None), "there is no such row");
    assert_eq!(own, before);
}

#[test]
fn what_a_file_said_badly_may_stay_while_another_field_is_changed() {
    let mut own = rows(&["Date", "Client", "Minutes"], &[&["31/2/26", "A", "60"]]);
    assert_eq!(values(&own, "date"), [""]);
    let put = own.put(
        &diary(),
        Some(2),
        &typed(&[
            ("date", "31/2/26"),
            ("client", "B\r\nand C"),
            ("minutes", "1 h 15"),
        ]),
        LOCALE,
    );
    assert_eq!(put, Ok(Some(2)));
    assert_eq!(own.written(2, "date"), "31/2/26");
    assert_eq!(own.written(2, "client"), "B\nand C", "on one line inside");
    assert_eq!(own.read.columns[1].cells, "B\u{2028}and C");
    assert_eq!(values(&own, "minutes"), ["75"]);
}

#[test]
fn rows_are_removed_by_their_number_and_keep_it() {
    let mut own = rows(
        &["Date", "Client", "Minutes"],
        &[
            &["3/2/26", "A", "60"],
            &["4/2/26", "B", "61"],
            &["5/2/26", "C", "62"],
        ],
    );
    assert!(own.remove(3) && !own.remove(3));
    assert_eq!(own.read.source_row, [2, 4]);
    assert_eq!(values(&own, "client"), ["A", "C"]);
    assert!(own.remove(2) && own.remove(4) && own.is_empty());
    let put = own.put(&diary(), None, &typed(&[("client", "D")]), LOCALE);
    assert_eq!((put, own.len()), (Ok(Some(1)), 1), "and begin anew at 1");
}

#[test]
fn rows_that_are_there_already_are_known_however_they_were_written() {
    let own = rows(
        &["Date", "Client", "Minutes"],
        &[&["3/2/26", "A", "60"], &["4/2/26", "B", "60"]],
    );
    let again = rows(
        &["Client", "Date", "Hours"],
        &[&["A", "3 Feb 2026", "1"], &["A", "4 Feb 2026", "1"]],
    );
    assert_eq!(again.known_in(&own, &diary()), 1);
    assert_eq!(again.known_in(&Rows::default(), &diary()), 0);
}

#[test]
fn more_than_a_table_can_hold_is_seen() {
    let mut own = rows(&["Date", "Client", "Minutes"], &[&["3/2/26", "A", "60"]]);
    assert!(!own.read.is_too_large());
    let long = "x".repeat(5 << 20);
    own.put(
        &diary(),
        Some(2),
        &typed(&[("client", "A"), ("notes", &long)]),
        LOCALE,
    )
    .expect("it is text");
    assert!(own.read.is_too_large());
}
