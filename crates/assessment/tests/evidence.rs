//! Documents: columns that must fit, offsets and word counts.

use assessment::evidence::{ColumnMismatch, Document, NumberColumn, ReadDocument};

fn read(text: &str, lines: usize) -> ReadDocument {
    ReadDocument {
        text: text.to_owned(),
        kind: vec![0; lines],
        level: vec![0; lines],
        style: vec![0; lines],
        part: vec![0; lines],
        ..ReadDocument::default()
    }
}

fn document(text: &str, lines: usize) -> Document {
    Document::new("assignment", 1, "work.txt", read(text, lines)).expect("the columns fit")
}

#[test]
fn columns_must_be_as_long_as_the_text_has_lines() {
    type Break = fn(&mut ReadDocument);
    let cases: [(&str, Break, usize); 9] = [
        ("kind", |read| read.kind.truncate(1), 1),
        ("kind", |read| read.kind.push(0), 3),
        ("level", |read| read.level.push(0), 3),
        ("style", |read| read.style.clear(), 0),
        ("part", |read| read.part.truncate(1), 1),
        ("labels", |read| read.labels = "1.\n2.\n3.".to_owned(), 3),
        ("labels", |read| read.labels = "1.".to_owned(), 1),
        (
            "more",
            |read| {
                read.more = [2, 5]
                    .map(|length| NumberColumn {
                        name: "page".to_owned(),
                        numbers: vec![1; length],
                    })
                    .to_vec();
            },
            5,
        ),
        (
            "more",
            |read| {
                read.more = vec![NumberColumn {
                    name: "page".to_owned(),
                    numbers: Vec::new(),
                }];
            },
            0,
        ),
    ];
    for (column, break_it, values) in cases {
        let mut broken = read("one\ntwo", 2);
        break_it(&mut broken);
        let error = Document::new("assignment", 0, "work.txt", broken)
            .expect_err("a column of another length is refused");
        assert_eq!(
            error,
            ColumnMismatch {
                lines: 2,
                values,
                column
            }
        );
        assert_eq!(
            error.to_string(),
            format!("the reader gave 2 lines but {values} values in the column `{column}`")
        );
    }
    let error = Document::new("assignment", 0, "work.txt", read("text", 0))
        .expect_err("text without columns is refused");
    assert_eq!((error.lines, error.values), (1, 0));
}

#[test]
fn blocks_are_cut_at_line_feeds_only() {
    let text = "Grüße\n\n導師 👩‍🏫\u{2028}next\r\u{85}";
    let document = document(text, 3);
    assert_eq!(document.len(), 3);
    assert_eq!(document.block(0), "Grüße");
    assert_eq!(document.block(1), "");
    assert_eq!(document.block(2), "導師 👩‍🏫\u{2028}next\r\u{85}");
    assert_eq!(document.block(3), "", "there is nothing beyond the last");
    assert_eq!(document.start, [0, 8, 9]);
    assert_eq!(document.end[..2], [7, 8]);
    assert_eq!(document.end[2] as usize, text.len());
}

#[test]
fn words_are_parted_by_any_white_space() {
    for (text, words) in [
        ("", 0),
        ("   \t ", 0),
        ("one", 1),
        ("  one  two\tthree ", 3),
        ("one\u{2028}two", 2),
        ("one\u{a0}two", 2),
        ("one\u{202f}two\u{3000}three", 3),
        ("zero\u{200b}width", 1),
        ("well-known don't – e.g. 1,000", 5),
        ("Zażółć gęślą jaźń", 3),
    ] {
        assert_eq!(document(text, 1).words, [words], "{text:?}");
    }
}

#[test]
fn a_document_may_be_empty_or_hold_one_empty_block() {
    let none = document("", 0);
    assert!(none.is_empty());
    assert_eq!(none.body_words(), 0);
    let one = document("", 1);
    assert!(!one.is_empty());
    assert_eq!((one.len(), one.block(0)), (1, ""));
    let ends_with_a_break = document("one\n", 2);
    assert_eq!(ends_with_a_break.words, [1, 0]);
}

#[test]
fn notes_and_page_headers_are_no_body() {
    let mut read = read("one two\nnote\nthree\nheader", 4);
    read.part = vec![0, 1, 0, 2];
    let document = Document::new("assignment", 0, "work.txt", read).expect("the columns fit");
    assert_eq!(document.words, [2, 1, 1, 1]);
    assert_eq!(document.body_words(), 3);
}

#[test]
fn labels_belong_to_blocks() {
    let mut read = read("one\ntwo\nthree", 3);
    assert_eq!(
        Document::new("a", 0, "f", read.clone())
            .expect("it fits")
            .label(1),
        ""
    );
    read.labels = "1.\n\n1.1".to_owned();
    let document = Document::new("a", 0, "f", read).expect("the columns fit");
    assert_eq!(
        [0, 1, 2, 3].map(|at| document.label(at)),
        ["1.", "", "1.1", ""]
    );
}
