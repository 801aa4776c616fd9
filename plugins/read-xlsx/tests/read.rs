//! The reader from outside: the fixtures, what cells are, what is left out, and
//! hostile files.

use std::io::{Cursor, Write};

use read_xlsx::ReadXlsx;
use unit_sdk::reader::Reader;
use unit_sdk::reader::wit::{Content, File, Table, Wanted};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const COMPLETE: &[u8] =
    include_bytes!("../../../tests/fixtures/306-complete/306-complete-diary.xlsx");
const SHORT: &[u8] = include_bytes!("../../../tests/fixtures/306-short/306-short-diary.xlsx");
const SPREADSHEET: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

fn read_as(bytes: &[u8], wanted: Wanted) -> Result<Vec<Table>, String> {
    let file = File {
        bytes: bytes.to_vec(),
        media_type: String::new(),
        name: "diary.xlsx".into(),
        wanted,
        locale: "en-GB".into(),
    };
    match ReadXlsx::read(&file) {
        Ok(Content::Tables(tables)) => Ok(tables),
        Ok(Content::Document(_)) => Err("gave a document".into()),
        Err(failure) => Err(failure.code),
    }
}

fn read(bytes: &[u8]) -> Vec<Table> {
    read_as(bytes, Wanted::Tables).expect("tables")
}

fn container(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .expect("an entry");
        writer.write_all(content.as_bytes()).expect("its bytes");
    }
    writer.finish().expect("a container").into_inner()
}

/// A workbook of these sheets (name, state, XML within `worksheet`), with a date
/// system and further parts.
fn workbook(sheets: &[(&str, &str, &str)], properties: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let listed = (sheets.iter().enumerate())
        .map(|(at, (name, state, _))| {
            format!("<sheet name=\"{name}\" sheetId=\"{at}\" state=\"{state}\" r:id=\"s{at}\"/>")
        })
        .collect::<Vec<_>>()
        .concat();
    let pointers = (0..sheets.len())
        .map(|at| {
            (
                format!("s{at}"),
                "worksheet",
                format!("worksheets/{at}.xml"),
            )
        })
        .chain(
            ["styles", "sharedStrings"].map(|kind| (kind.into(), kind, format!("/xl/{kind}.xml"))),
        );
    let relationships = pointers
        .map(|(id, kind, target)| {
            format!("<Relationship Id=\"{id}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>")
        })
        .collect::<Vec<_>>()
        .concat();
    let mut parts: Vec<(String, String)> = (sheets.iter().enumerate())
        .map(|(at, (_, _, xml))| {
            (
                format!("xl/worksheets/{at}.xml"),
                format!("<worksheet xmlns=\"{SPREADSHEET}\">{xml}</worksheet>"),
            )
        })
        .collect();
    parts.push((
        "xl/workbook.xml".into(),
        format!("<workbook xmlns=\"{SPREADSHEET}\" xmlns:r=\"{OFFICE}\"><workbookPr {properties}/><sheets>{listed}</sheets></workbook>"),
    ));
    parts.push((
        "xl/_rels/workbook.xml.rels".into(),
        format!("<Relationships>{relationships}</Relationships>"),
    ));
    let mut parts: Vec<(&str, &str)> = parts
        .iter()
        .map(|(name, xml)| (name.as_str(), xml.as_str()))
        .collect();
    parts.extend(more);
    container(&parts)
}

fn one_sheet(rows: &str) -> Vec<u8> {
    workbook(
        &[(
            "Diary",
            "visible",
            &format!("<sheetData>{rows}</sheetData>"),
        )],
        "",
        &[],
    )
}

fn text(cell: &str, text: &str) -> String {
    format!("<c r=\"{cell}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

fn lines(table: &Table, column: usize) -> Vec<&str> {
    table.columns[column].cells.split('\n').collect()
}

fn codes(table: &Table) -> Vec<(&str, u32)> {
    table
        .warnings
        .iter()
        .map(|warning| (warning.code.as_str(), warning.count))
        .collect()
}

#[test]
fn the_diaries_have_typed_cells() {
    for (bytes, rows, columns, date) in [(COMPLETE, 30_u32, 13, 1), (SHORT, 24, 12, 0)] {
        let tables = read(bytes);
        assert_eq!(tables.len(), 1);
        let table = &tables[0];
        assert_eq!(
            (table.title.as_str(), table.row_count, table.columns.len()),
            ("Diary", rows, columns)
        );
        assert_eq!(table.headings, "guessed");
        assert_eq!(table.source_row, (2..rows + 2).collect::<Vec<_>>());
        assert!(table.warnings.is_empty());
        let kinds = |column: usize| table.columns[column].kind.clone();
        assert_eq!(kinds(date), vec![3; rows as usize]);
        assert_eq!(kinds(date + 2), vec![4; rows as usize]);
        assert_eq!(kinds(date + 3), vec![2; rows as usize]);
    }
    let short = &read(SHORT)[0];
    assert_eq!(lines(short, 0)[0], "2026-02-02");
    assert_eq!(
        short.columns[0].written.split('\n').next(),
        Some("02/02/2026")
    );
    assert_eq!((lines(short, 2)[0], lines(short, 3)[0]), ("09:00", "120"));
    assert_eq!(short.columns[1].kind[10], 0, "a blank client");
}

#[test]
fn a_number_is_what_its_format_says() {
    for (code, value, kind, canonical, seen) in [
        ("General", "46056", 2, "46056", "46056"),
        ("General", "0.1", 2, "0.1", "0.1"),
        ("General", "0.30000000000000004", 2, "0.3", "0.3"),
        ("DD/MM/YYYY", "46056", 3, "2026-02-03", "03/02/2026"),
        ("d mmm yy", "46056.75", 3, "2026-02-03", "3 Feb 26"),
        (
            "[$-809]dddd, d mmmm yyyy;@",
            "46056",
            3,
            "2026-02-03",
            "Tuesday, 3 February 2026",
        ),
        ("yyyy\\-mm\\-dd", "46056", 3, "2026-02-03", "2026-02-03"),
        (
            "dd/mm/yyyy hh:mm",
            "46056.395833333336",
            5,
            "2026-02-03 09:30",
            "03/02/2026 09:30",
        ),
        ("hh:mm", "0.37847222222222227", 4, "09:05", "09:05"),
        ("h:mm AM/PM", "0.8784722222222222", 4, "21:05", "9:05 PM"),
        ("h:mm:ss", "0.8788194444444444", 4, "21:05:30", "21:05:30"),
        ("hh:mm", "46056.395833333336", 4, "09:30", "09:30"),
        ("[h]:mm", "1.5", 6, "2160", "36:00"),
        ("[hh]:mm:ss", "6.25E-2", 6, "90", "1:30:00"),
        ("[mm]", "6.25E-2", 6, "90", "90"),
        ("mm:ss", "6.25E-2", 6, "90", "30:00"),
        ("h \"h\" mm \"min\"", "6.25E-2", 4, "01:30", "1 h 30 min"),
        ("#,##0.00", "1234.5", 2, "1234.5", "1,234.50"),
        ("0%", "0.25", 2, "0.25", "25%"),
        ("0 \"min\"", "90", 2, "90", "90 min"),
        ("[$£-809]#,##0", "-1234567", 2, "-1234567", "-£1,234,567"),
        ("0.##", "1.5", 2, "1.5", "1.5"),
        ("000", "7", 2, "7", "007"),
        ("# ?/?", "1.5", 2, "1.5", "1.5"),
        ("@", "90", 2, "90", "90"),
        ("dd/mm/yyyy", "-1", 2, "-1", "-1"),
        ("dd/mm/yyyy", "5", 2, "5", "5"),
        ("dd/mm/yyyy", "3000000", 2, "3000000", "3000000"),
    ] {
        let escaped = code.replace('"', "&quot;");
        let styles = format!(
            "<styleSheet xmlns=\"{SPREADSHEET}\"><numFmts><numFmt numFmtId=\"200\" formatCode=\"{escaped}\"/></numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"200\"/></cellXfs></styleSheet>"
        );
        let rows = format!(
            "<row r=\"2\">{}<c r=\"B2\" s=\"1\"><v>{value}</v></c></row>",
            text("A2", "x")
        );
        let sheet = format!("<sheetData>{rows}</sheetData>");
        let table = &read(&workbook(
            &[("A", "visible", &sheet)],
            "",
            &[("xl/styles.xml", &styles)],
        ))[0];
        let column = &table.columns[1];
        let written = if column.written.is_empty() {
            &column.cells
        } else {
            &column.written
        };
        assert_eq!(
            (column.kind[0], column.cells.as_str(), written.as_str()),
            (kind, canonical, seen),
            "{code}: {value}"
        );
    }
}

#[test]
fn dates_may_count_from_1904_and_formats_may_be_built_in() {
    let styles = "<styleSheet><cellXfs><xf numFmtId=\"14\"/><xf numFmtId=\"20\"/><xf numFmtId=\"46\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>";
    let sheet = "<sheetData><row r=\"1\"><c><v>44594</v></c><c s=\"1\"><v>0.5</v></c><c s=\"2\"><v>0.0625</v></c><c s=\"3\"><v>44594.5</v></c></row></sheetData>";
    for (properties, day) in [("date1904=\"1\"", "2026-02-03"), ("", "2022-02-02")] {
        let table = &read(&workbook(
            &[("A", "visible", sheet)],
            properties,
            &[("xl/styles.xml", styles)],
        ))[0];
        let cells: Vec<&str> = table
            .columns
            .iter()
            .map(|column| column.cells.as_str())
            .collect();
        assert_eq!(cells, [day, "12:00", "90", &format!("{day} 12:00")]);
        let kinds: Vec<u8> = table.columns.iter().map(|column| column.kind[0]).collect();
        assert_eq!(kinds, [3, 4, 6, 5]);
    }
}

#[test]
fn texts_booleans_errors_and_formulas() {
    let strings = "<sst><si><t>Client</t></si><si><r><t>Cli</t></r><r><rPr/><t xml:space=\"preserve\">ent A</t></r><rPh><t>kana</t></rPh></si><si><t>two_x000D_\nlines_x0041_ &amp; &#8220;x&#8221;</t></si></sst>";
    let rows = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>99</v></c></row>\
        <row r=\"2\"><c r=\"A2\" t=\"s\"><v>1</v></c><c r=\"B2\" t=\"b\"><v>1</v></c><c r=\"C2\" t=\"e\"><v>#DIV/0!</v></c><c r=\"D2\" t=\"d\"><v>2026-02-03T09:05:00</v></c></row>\
        <row r=\"3\"><c r=\"A3\" t=\"s\"><v>2</v></c><c r=\"B3\"><f>SUM(A1:A9)</f><v>90</v></c><c r=\"C3\"><f>NOW()</f></c><c r=\"D3\" t=\"str\"><f>A1</f><v>from a formula</v></c></row>";
    let sheet =
        format!("<sheetData>{rows}</sheetData><mergeCells><mergeCell ref=\"A5:A6\"/></mergeCells>");
    let table = &read(&workbook(
        &[("A", "visible", &sheet)],
        "",
        &[("xl/sharedStrings.xml", strings)],
    ))[0];
    assert_eq!(
        lines(table, 0),
        ["Client", "Client A", "two\u{2028}\u{2028}linesA & “x”"]
    );
    assert_eq!(
        (table.columns[1].kind.as_slice(), lines(table, 1)),
        ([0, 7, 2].as_slice(), vec!["", "yes", "90"])
    );
    assert_eq!(
        (table.columns[2].kind.as_slice(), lines(table, 2)),
        ([0, 8, 0].as_slice(), vec!["", "", ""])
    );
    assert_eq!(table.columns[2].written, "\n#DIV/0!\n");
    assert_eq!(
        (table.columns[3].kind.as_slice(), lines(table, 3)),
        (
            [0, 5, 1].as_slice(),
            vec!["", "2026-02-03 09:05", "from a formula"]
        )
    );
    assert_eq!(codes(table), [("merged-cells", 1), ("formulas", 1)]);
}

#[test]
fn what_is_hidden_is_left_out_and_said() {
    let rows = |hidden: &str| {
        format!(
            "<cols><col min=\"3\" max=\"3\" hidden=\"1\"/><col min=\"9\" max=\"16384\" hidden=\"1\"/></cols><sheetData><row r=\"3\">{}{}</row><row r=\"4\" {hidden}>{}{}</row><row r=\"5\">{}{}</row><row r=\"6\" hidden=\"1\"/></sheetData>",
            text("A3", "Client"),
            text("B3", "Minutes"),
            text("A4", "A"),
            text("B4", "1"),
            text("A5", "B"),
            text("C5", "secret"),
        )
    };
    let (seen, hidden) = (rows(""), rows("hidden=\"1\""));
    let tables = read(&workbook(
        &[
            ("Diary", "visible", &hidden),
            ("Empty", "visible", ""),
            ("Lists", "veryHidden", &seen),
            ("Old", "visible", &seen),
        ],
        "",
        &[],
    ));
    let titles: Vec<&str> = tables.iter().map(|table| table.title.as_str()).collect();
    assert_eq!(titles, ["Diary", "Old"]);
    assert_eq!(
        (tables[0].row_count, tables[0].source_row.as_slice()),
        (1, [5].as_slice())
    );
    assert_eq!(
        codes(&tables[0]),
        [
            ("hidden-rows", 1),
            ("hidden-columns", 1),
            ("hidden-sheets", 1)
        ]
    );
    assert_eq!((tables[1].row_count, tables[1].columns.len()), (2, 2));
}

#[test]
fn a_table_object_marks_its_headings() {
    let sheet = format!(
        "<sheetData><row r=\"1\">{}{}</row><row r=\"2\">{}{}</row><row r=\"3\">{}{}</row></sheetData>",
        text("A1", "made"),
        text("B1", "2026"),
        text("A2", "2025"),
        text("B2", "2026"),
        text("A3", "x"),
        text("B3", "y"),
    );
    let relationships = format!(
        "<Relationships><Relationship Id=\"t\" Type=\"{OFFICE}/table\" Target=\"../tables/t.xml\"/></Relationships>"
    );
    let parts = [
        ("xl/worksheets/_rels/0.xml.rels", relationships.as_str()),
        ("xl/tables/t.xml", "<table ref=\"A2:B3\"/>"),
    ];
    let table = &read(&workbook(&[("A", "visible", &sheet)], "", &parts))[0];
    assert_eq!(
        (
            table.headings.as_str(),
            table.columns[0].heading.as_str(),
            table.source_row.as_slice()
        ),
        ("marked", "2025", [3].as_slice())
    );
}

#[test]
fn far_cells_and_declared_sizes_cost_nothing() {
    let rows = format!(
        "<row r=\"1\">{}{}</row><row r=\"1048576\">{}<c r=\"XFD1048576\"><v>7</v></c></row>",
        text("A1", "Client"),
        text("B1", "Minutes"),
        text("A1048576", "A"),
    );
    let sheet = format!("<dimension ref=\"A1:XFD1048576\"/><sheetData>{rows}</sheetData>");
    let table = &read(&workbook(&[("A", "visible", &sheet)], "", &[]))[0];
    assert_eq!(
        (table.source_row.as_slice(), table.columns.len()),
        ([1_048_576].as_slice(), 3)
    );
    assert_eq!(table.columns[2].cells, "7");
}

#[test]
fn failures_have_the_code_that_the_learner_is_told_by() {
    let compound = |mark: &str| -> Vec<u8> {
        let mut bytes = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
        bytes.extend(mark.encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    };
    let whole = one_sheet(&format!("<row r=\"1\">{}</row>", text("A1", "3/2/26")));
    let wide: String = (0..65).map(|_| "<c><v>1</v></c>").collect();
    let million: String = "<c><v>1</v></c>".repeat(1_000_000);
    let blank_million = "<c/>".repeat(1_000_000);
    let long = "<row><c><v>1</v></c></row>".repeat(20_200);
    let cut = &whole[..whole.len() / 2];
    let entities = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><worksheet><sheetData><row><c t=\"str\"><v>&b;</v></c></row></sheetData></worksheet>";
    let bomb = " ".repeat(70 << 20);
    let shared = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(1 << 20));
    let shared_refs = "<row><c t=\"s\"><v>0</v></c></row>".repeat(5);
    let deep = "<a>".repeat(2_000);
    let with = |name: &str, part: &str| {
        let sheet = format!("<sheetData>{shared_refs}</sheetData>");
        workbook(&[("A", "visible", &sheet)], "", &[(name, part)])
    };
    let cases: [(&str, Vec<u8>, &str); 19] = [
        ("no bytes", Vec::new(), "empty"),
        ("no rows", one_sheet(""), "empty"),
        (
            "blank cells",
            one_sheet("<row><c/><c t=\"inlineStr\"><is><t> </t></is></c></row>"),
            "empty",
        ),
        (
            "a million blank cells",
            one_sheet(&format!("<row>{blank_million}</row>")),
            "empty",
        ),
        (
            "only headings",
            one_sheet(&format!("<row>{}</row>", text("A1", "Date"))),
            "empty",
        ),
        (
            "password",
            compound("EncryptedPackage"),
            "password-protected",
        ),
        ("xls", compound("Workbook"), "unsupported"),
        (
            "xlsb",
            container(&[
                (
                    "_rels/.rels",
                    "<Relationships><Relationship Id=\"a\" Type=\"x/officeDocument\" Target=\"xl/workbook.bin\"/></Relationships>",
                ),
                ("xl/workbook.bin", "x"),
            ]),
            "unsupported",
        ),
        (
            "docx",
            container(&[(
                "_rels/.rels",
                "<Relationships><Relationship Id=\"a\" Type=\"x/officeDocument\" Target=\"word/document.xml\"/></Relationships>",
            )]),
            "unsupported",
        ),
        (
            "zip",
            container(&[("../../etc/passwd", "x")]),
            "unsupported",
        ),
        ("csv", b"Date,Client".to_vec(), "unsupported"),
        ("cut", cut.to_vec(), "damaged"),
        (
            "65 columns",
            one_sheet(&format!("<row>{wide}</row>")),
            "too-large",
        ),
        (
            "a million columns",
            one_sheet(&format!("<row>{million}</row>")),
            "too-large",
        ),
        ("20,200 rows", one_sheet(&long), "too-large"),
        (
            "shared strings",
            with("xl/sharedStrings.xml", &shared),
            "too-large",
        ),
        ("zip bomb", with("xl/sharedStrings.xml", &bomb), "too-large"),
        (
            "entities",
            with("xl/sharedStrings.xml", entities),
            "damaged",
        ),
        ("deep", with("xl/sharedStrings.xml", &deep), "too-large"),
    ];
    for (what, bytes, code) in cases {
        assert_eq!(
            read_as(&bytes, Wanted::Tables).expect_err(what),
            code,
            "{what}"
        );
    }
    assert_eq!(
        read_as(&whole, Wanted::Document).expect_err("prose"),
        "unsupported"
    );
    assert_eq!(read(&whole)[0].row_count, 1);
}
