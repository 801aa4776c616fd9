//! The reader from outside: the fixtures, separators, quotes, encodings, and
//! files that are no table.

use read_csv::ReadCsv;
use unit_sdk::reader::Reader;
use unit_sdk::reader::wit::{Content, File, Table, Wanted};

const COMPLETE: &[u8] =
    include_bytes!("../../../tests/fixtures/306-complete/306-complete-diary.csv");
const SHORT: &[u8] = include_bytes!("../../../tests/fixtures/306-short/306-short-diary.csv");

fn read_as(bytes: &[u8], wanted: Wanted) -> Result<Table, String> {
    let file = File {
        bytes: bytes.to_vec(),
        media_type: "text/csv".into(),
        name: "diary.csv".into(),
        wanted,
        locale: "en-GB".into(),
    };
    match ReadCsv::read(&file) {
        Ok(Content::Tables(mut tables)) if tables.len() == 1 => Ok(tables.remove(0)),
        Ok(_) => Err("gave something else".into()),
        Err(failure) => Err(failure.code),
    }
}

fn read(text: &str) -> Table {
    read_as(text.as_bytes(), Wanted::Tables).expect(text)
}

/// Headings and rows, cells parted by `|` and rows by `/`.
fn shown(table: &Table) -> String {
    let columns: Vec<Vec<&str>> = table
        .columns
        .iter()
        .map(|column| {
            std::iter::once(column.heading.as_str())
                .chain(column.cells.split('\n'))
                .collect()
        })
        .collect();
    let rows = (0..=table.row_count as usize).map(|row| {
        let cells: Vec<&str> = columns.iter().map(|column| column[row]).collect();
        cells.join("|")
    });
    rows.collect::<Vec<_>>().join("/")
}

fn codes(table: &Table) -> Vec<&str> {
    table
        .warnings
        .iter()
        .map(|warning| warning.code.as_str())
        .collect()
}

#[test]
fn the_diaries_have_their_rows_and_columns() {
    for (bytes, rows, columns, first) in [(COMPLETE, 30, 13, "Ref"), (SHORT, 24, 12, "Date")] {
        let table = read_as(bytes, Wanted::Tables).expect("a table");
        assert_eq!((table.row_count, table.columns.len()), (rows, columns));
        assert_eq!(
            (table.headings.as_str(), table.columns[0].heading.as_str()),
            ("guessed", first)
        );
        assert_eq!(
            table.source_row,
            (2..rows + 2).collect::<Vec<_>>(),
            "as people see them"
        );
        assert!(
            table.warnings.is_empty()
                && table.columns.iter().all(|column| column.written.is_empty())
        );
    }
    let table = read_as(COMPLETE, Wanted::Tables).expect("a table");
    assert_eq!(
        table.columns[7].cells.split('\n').next(),
        Some("A1, A2"),
        "a comma within quotes"
    );
    assert_eq!(table.columns[7].kind[8], 1);
}

#[test]
fn the_separator_is_what_parts_the_rows_most_evenly() {
    for separator in [",", ";", "\t", "|"] {
        let text = ["Date", "Client", "Notes"].join(separator)
            + "\n"
            + &["3/2/26", "A", "talked about rotas"].join(separator)
            + "\n"
            + &["4/2/26", "B", "\"x, y; z | w\""].join(separator);
        let table = read(&text);
        assert_eq!(table.columns.len(), 3, "{separator:?}");
        assert_eq!(table.columns[2].cells, "talked about rotas\nx, y; z | w");
    }
    assert_eq!(shown(&read("A;B\n1,5;2\n2,5;3\n")), "A|B/1,5|2/2,5|3");
    assert_eq!(shown(&read("sep=|\nA,x|B\n1|2")), "A,x|B/1|2");
    assert_eq!(read("sep=;\r\nA;B\r\n1;2").source_row, [2]);
    assert_eq!(shown(&read("Client\nA\nB\n")), "Client/A/B", "one column");
    assert_eq!(
        shown(&read("Name, first and last\tAge\nJo, x\t3\nMo\t4")),
        "Name, first and last|Age/Jo, x|3/Mo|4"
    );
}

#[test]
fn quotes_are_read_as_they_are_meant() {
    for (text, expected) in [
        ("A,B\n1,\"x \"\"y\"\" z\"", "A|B/1|x \"y\" z"),
        ("A,B\n1,\"two\r\nlines\"\n2,z", "A|B/1|two\u{2028}lines/2|z"),
        ("A,B\n1, \"x, y\" \n2,z", "A|B/1|x, y/2|z"),
        ("A,B\n1,the \"best\" one\n2,z", "A|B/1|the \"best\" one/2|z"),
        ("A,B\n1,\"the\" best one\"\n2,z", "A|B/1|the\" best one/2|z"),
        ("A,B\n1,=\"007\"\n2,z", "A|B/1|007/2|z"),
        ("A,B\r1,x\r2,y\r", "A|B/1|x/2|y"),
        ("A,B\n1,x,\n2\n3,,y\n", "A|B|/1|x|/2||/3||y"),
        ("A,B\n1,\"\"\n2,z", "A|B/1|/2|z"),
    ] {
        assert_eq!(shown(&read(text)), expected, "{text:?}");
    }
}

#[test]
fn a_quote_that_is_never_closed_swallows_nothing() {
    let table = read("A,B\n1,\"open\n2,x\n3,\"y, z\"k\n");
    assert_eq!(shown(&table), "A|B|/1|\"open|/2|x|/3|\"y|z\"k");
    assert_eq!(codes(&table), ["unclosed-quote"]);
}

#[test]
fn encodings_are_told_apart() {
    let text = "Date,Café\r\n3/2/26,“naïve” – 1½\r\n";
    let utf16 = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{text}")
            .encode_utf16()
            .flat_map(unit)
            .collect()
    };
    for bytes in [
        text.as_bytes().to_vec(),
        format!("\u{feff}{text}").into_bytes(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
        b"Date,Caf\xe9\r\n3/2/26,\x93na\xefve\x94 \x96 1\xbd\r\n".to_vec(),
    ] {
        let table = read_as(&bytes, Wanted::Tables).expect("a table");
        assert_eq!(shown(&table), "Date|Café/3/2/26|“naïve” – 1½");
        let guessed = bytes.starts_with(b"Date,Caf\xe9");
        assert_eq!(
            codes(&table),
            if guessed {
                vec!["guessed-encoding"]
            } else {
                vec![]
            }
        );
    }
}

#[test]
fn headings_are_found_below_a_title_and_missed_where_there_are_none() {
    let table = read(
        "My mentoring diary,,\nName:,J,\n,,\nDate,Client,Minutes\n3/2/26,A,90\n\n4/2/26,B,60\n",
    );
    assert_eq!(shown(&table), "Date|Client|Minutes/3/2/26|A|90/4/2/26|B|60");
    assert_eq!(
        (table.source_row.as_slice(), codes(&table)),
        ([5, 7].as_slice(), vec!["rows-above-headings"])
    );
    let table = read("3/2/26,Client A,90\n4/2/26,Client B,60\n");
    assert_eq!(
        (
            table.headings.as_str(),
            table.row_count,
            table.columns[1].heading.as_str()
        ),
        ("none", 2, "")
    );
    assert_eq!(table.source_row, [1, 2]);
    let table = read("Client,Goal\nA,to lead\nB,to write\n");
    assert_eq!(
        table.headings, "guessed",
        "words over words, by their place"
    );
    let table = read("A,to lead\nB,to write\nA,to write\n");
    assert_eq!(
        table.headings, "none",
        "a first row that recurs is no heading"
    );
}

#[test]
fn markup_and_formulas_are_only_text() {
    let table = read(
        "Date,Client\n3/2/26,<script>alert(1)</script>\n4/2/26,\"=HYPERLINK(\"\"http://x\"\")\"\n5/2/26,{{ secret }}\n",
    );
    assert_eq!(
        table.columns[1].cells,
        "<script>alert(1)</script>\n=HYPERLINK(\"http://x\")\n{{ secret }}"
    );
}

#[test]
fn failures_have_the_code_that_the_learner_is_told_by() {
    let many_columns = format!("{}\n{}\n", "a,".repeat(1_000_000), "1,".repeat(65));
    let many_rows = "3/2/26,a\n".repeat(20_001);
    let cases: [(&str, &[u8], &str); 11] = [
        ("blank", b" \r\n\t\n,,,\n", "empty"),
        ("only headings", b"Date,Client\n", "empty"),
        ("only a mark", b"\xef\xbb\xbf", "empty"),
        ("xlsx", b"PK\x03\x04rest", "unsupported"),
        ("xls", b"\xd0\xcf\x11\xe0rest", "unsupported"),
        ("nul", b"a,b\0c", "unsupported"),
        ("utf-16 cut", b"\xff\xfea\0b", "damaged"),
        ("a million columns", many_columns.as_bytes(), "too-large"),
        ("20,001 rows", many_rows.as_bytes(), "too-large"),
        ("10 million separators", &b",".repeat(10_000_000), "empty"),
        ("5 MiB in a cell", &b"x".repeat(5 << 20), "too-large"),
    ];
    for (what, bytes, code) in cases {
        assert_eq!(
            read_as(bytes, Wanted::Tables).expect_err(what),
            code,
            "{what}"
        );
    }
    assert_eq!(
        read_as(b"a,b", Wanted::Document).expect_err("prose"),
        "unsupported"
    );
    assert_eq!(read(&"3/2/26,a\n".repeat(20_000)).row_count, 20_000);
}
