//! The reader from outside: the fixtures, what cells are, what is left out, and
//! hostile files.

use std::io::{Cursor, Write};

use read_ods::ReadOds;
use unit_sdk::reader::Reader;
use unit_sdk::reader::wit::{Content, File, Table, Wanted};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

const COMPLETE: &[u8] =
    include_bytes!("../../../tests/fixtures/306-complete/306-complete-diary.ods");
const SHORT: &[u8] = include_bytes!("../../../tests/fixtures/306-short/306-short-diary.ods");
const KIND: &str = "application/vnd.oasis.opendocument.spreadsheet";

fn read_as(bytes: &[u8], wanted: Wanted) -> Result<Vec<Table>, String> {
    let file = File {
        bytes: bytes.to_vec(),
        media_type: String::new(),
        name: "diary.ods".into(),
        wanted,
        locale: "en-GB".into(),
    };
    match ReadOds::read(&file) {
        Ok(Content::Tables(tables)) => Ok(tables),
        Ok(Content::Document(_)) => Err("gave a document".into()),
        Err(failure) => Err(failure.code),
    }
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

/// A file with these styles and this body, prefixes left out.
fn spreadsheet(styles: &str, body: &str) -> Vec<u8> {
    let content = format!(
        "<document-content><automatic-styles>{styles}</automatic-styles><body><spreadsheet>{body}</spreadsheet></body></document-content>"
    );
    container(&[("mimetype", KIND), ("content.xml", &content)])
}

fn one_sheet(rows: &str) -> Vec<u8> {
    spreadsheet("", &format!("<table name=\"Diary\">{rows}</table>"))
}

fn read(bytes: &[u8]) -> Vec<Table> {
    read_as(bytes, Wanted::Tables).expect("tables")
}

fn text(text: &str) -> String {
    format!("<table-cell value-type=\"string\"><p>{text}</p></table-cell>")
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
        assert_eq!(
            (table.headings.as_str(), table.warnings.len()),
            ("guessed", 0)
        );
        assert_eq!(table.source_row, (2..rows + 2).collect::<Vec<_>>());
        let kinds = |column: usize| table.columns[column].kind.clone();
        assert_eq!(kinds(date), vec![3; rows as usize]);
        assert_eq!(kinds(date + 2), vec![4; rows as usize]);
        assert_eq!(kinds(date + 3), vec![2; rows as usize]);
    }
    let short = &read(SHORT)[0];
    let first = |column: usize| {
        short.columns[column]
            .cells
            .split('\n')
            .next()
            .expect("a row")
            .to_owned()
    };
    assert_eq!(
        [first(0), first(2), first(3)],
        ["2026-02-02", "09:00", "120"]
    );
    assert_eq!(
        short.columns[0].written.split('\n').next(),
        Some("02/02/2026")
    );
}

#[test]
fn a_cell_is_what_the_file_says() {
    let styles = "<time-style name=\"N1\" truncate-on-overflow=\"false\"/><time-style name=\"N2\"/>\
        <style name=\"long\" data-style-name=\"N1\"/><style name=\"inner\" parent-style-name=\"long\"/><style name=\"clock\" data-style-name=\"N2\"/>";
    for (attributes, seen, kind, canonical) in [
        ("value-type=\"float\" value=\"90\"", "90 min", 2, "90"),
        ("value-type=\"percentage\" value=\"0.25\"", "25%", 2, "0.25"),
        (
            "value-type=\"date\" date-value=\"2026-02-03\"",
            "03/02/26",
            3,
            "2026-02-03",
        ),
        (
            "value-type=\"date\" date-value=\"2026-02-03T09:05:00\"",
            "3 Feb 09:05",
            5,
            "2026-02-03 09:05",
        ),
        (
            "value-type=\"time\" time-value=\"PT09H05M00S\" style-name=\"clock\"",
            "9:05 am",
            4,
            "09:05",
        ),
        (
            "value-type=\"time\" time-value=\"PT21H05M30.2S\"",
            "21:05:30",
            4,
            "21:05:30",
        ),
        (
            "value-type=\"time\" time-value=\"PT01H30M00S\" style-name=\"long\"",
            "1:30",
            6,
            "90",
        ),
        (
            "value-type=\"time\" time-value=\"PT01H30M00S\" style-name=\"inner\"",
            "1:30",
            6,
            "90",
        ),
        (
            "value-type=\"time\" time-value=\"PT36H00M00S\"",
            "36:00",
            6,
            "2160",
        ),
        (
            "value-type=\"boolean\" boolean-value=\"true\"",
            "TRUE",
            7,
            "yes",
        ),
        (
            "value-type=\"float\" value=\"0\" formula=\"of:=1/0\"",
            "#DIV/0!",
            8,
            "",
        ),
        (
            "value-type=\"string\"",
            "one</p><p>two<s/><span>three<line-break/>four</span>",
            1,
            "one\u{2028}two three\u{2028}four",
        ),
        (
            "value-type=\"string\"",
            "text</p><annotation><p>a comment</p></annotation><p>",
            1,
            "text",
        ),
    ] {
        let row = format!(
            "<table-row><table-cell value-type=\"float\" value=\"7\"/><table-cell {attributes}><p>{seen}</p></table-cell></table-row>"
        );
        let table = &read(&spreadsheet(styles, &format!("<table>{row}</table>")))[0];
        let column = &table.columns[1];
        assert_eq!(
            (column.kind[0], column.cells.as_str()),
            (kind, canonical),
            "{attributes}"
        );
        if kind != 1 {
            let written = if column.written.is_empty() {
                &column.cells
            } else {
                &column.written
            };
            assert_eq!(written, seen);
        }
    }
}

#[test]
fn repeats_merges_and_empty_stretches() {
    let rows = format!(
        "<table-column number-columns-repeated=\"16384\"/><table-header-rows><table-row>{}{}{}</table-row></table-header-rows>\
         <table-row number-rows-repeated=\"2\"><table-cell number-columns-repeated=\"2\" value-type=\"float\" value=\"7\"/><table-cell number-rows-spanned=\"2\" value-type=\"float\" value=\"1\"/></table-row>\
         <table-row number-rows-repeated=\"3\"><table-cell number-columns-repeated=\"16384\"/></table-row>\
         <table-row><table-cell/><covered-table-cell><p>hidden</p></covered-table-cell><table-cell formula=\"of:=NOW()\"/></table-row>\
         <table-row>{}</table-row><table-row number-rows-repeated=\"1048000\"><table-cell number-columns-repeated=\"16384\"/></table-row>",
        text("A"),
        text("2026"),
        text("C"),
        text("end"),
    );
    let table = &read(&one_sheet(&rows))[0];
    assert_eq!(
        (table.headings.as_str(), table.columns[1].heading.as_str()),
        ("marked", "2026")
    );
    assert_eq!(table.source_row, [2, 3, 8]);
    let cells: Vec<&str> = table
        .columns
        .iter()
        .map(|column| column.cells.as_str())
        .collect();
    assert_eq!(cells, ["7\n7\nend", "7\n7\n", "1\n1\n"]);
    assert_eq!(codes(table), [("merged-cells", 1), ("formulas", 1)]);
}

#[test]
fn what_is_hidden_is_left_out_and_said() {
    let styles = "<style name=\"off\"><table-properties display=\"false\"/></style>";
    let rows = format!(
        "<table-column/><table-column visibility=\"collapse\"/><table-column number-columns-repeated=\"16382\" visibility=\"collapse\"/>\
         <table-row>{}{}</table-row><table-row visibility=\"filter\">{}</table-row><table-row>{}{}</table-row><table-row visibility=\"collapse\" number-rows-repeated=\"900\"><table-cell/></table-row>",
        text("Client"),
        text("Notes"),
        text("A"),
        text("B"),
        text("secret"),
    );
    let body = format!(
        "<tracked-changes><table-cell><p>old</p></table-cell></tracked-changes><table name=\"Diary\">{rows}</table><table style-name=\"off\">{rows}</table><table/>"
    );
    let tables = read(&spreadsheet(styles, &body));
    assert_eq!(tables.len(), 1);
    assert_eq!(
        (
            tables[0].source_row.as_slice(),
            tables[0].columns.len(),
            tables[0].columns[0].cells.as_str()
        ),
        ([3].as_slice(), 1, "B")
    );
    assert_eq!(
        codes(&tables[0]),
        [
            ("hidden-rows", 1),
            ("hidden-columns", 1),
            ("hidden-sheets", 1)
        ]
    );
}

#[test]
fn failures_have_the_code_that_the_learner_is_told_by() {
    let row = |repeats: &str, cell: &str| {
        format!(
            "<table-row {repeats}><table-cell {cell} value-type=\"float\" value=\"1\"/></table-row>"
        )
    };
    let whole = one_sheet(&row("", ""));
    let manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>";
    let bomb = " ".repeat(70 << 20);
    let long = format!(
        "<table-row number-rows-repeated=\"10\"><table-cell value-type=\"string\"><p>{}</p></table-cell></table-row>",
        "x".repeat(1 << 20)
    );
    let cases: [(&str, Vec<u8>, &str); 15] = [
        ("no bytes", Vec::new(), "empty"),
        ("no sheets", spreadsheet("", ""), "empty"),
        (
            "no rows",
            one_sheet(
                "<table-row number-rows-repeated=\"4000000000\"><table-cell number-columns-repeated=\"4000000000\"/></table-row>",
            ),
            "empty",
        ),
        (
            "password",
            container(&[
                ("mimetype", KIND),
                ("META-INF/manifest.xml", manifest),
                ("content.xml", "x"),
            ]),
            "password-protected",
        ),
        (
            "odt",
            container(&[
                ("mimetype", "application/vnd.oasis.opendocument.text"),
                ("content.xml", "x"),
            ]),
            "unsupported",
        ),
        (
            "xlsx",
            container(&[("[Content_Types].xml", "x")]),
            "unsupported",
        ),
        ("csv", b"Date,Client".to_vec(), "unsupported"),
        ("no content", container(&[("mimetype", KIND)]), "damaged"),
        ("cut", whole[..whole.len() / 2].to_vec(), "damaged"),
        (
            "entities",
            container(&[
                ("mimetype", KIND),
                ("content.xml", "<!DOCTYPE x [<!ENTITY a \"b\">]><x/>"),
            ]),
            "damaged",
        ),
        (
            "a blank in many rows",
            one_sheet(
                "<table-row number-rows-repeated=\"4294967295\"><table-cell><p>\u{7f}</p></table-cell></table-row>",
            ),
            "empty",
        ),
        (
            "a million rows",
            one_sheet(&row("number-rows-repeated=\"1000000\"", "")),
            "too-large",
        ),
        (
            "a million columns",
            one_sheet(&row("", "number-columns-repeated=\"1000000\"")),
            "too-large",
        ),
        ("long texts repeated", one_sheet(&long), "too-large"),
        (
            "zip bomb",
            container(&[("mimetype", KIND), ("content.xml", &bomb)]),
            "too-large",
        ),
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
