//! The reader from outside: the fixture, encodings and files that are no text.

use read_txt::ReadTxt;
use unit_sdk::reader::testing::{
    self, STRONG_SECTION_WORDS, column, labels, lines, section_words, warnings,
};
use unit_sdk::reader::wit::Document;
use unit_sdk::reader::{kind, part, style};

const STRONG: &[u8] = include_bytes!("../../../tests/fixtures/304-strong/304-strong.txt");

fn read(bytes: &[u8]) -> Result<Document, String> {
    testing::document::<ReadTxt>(bytes, "evidence.txt")
}

fn markdown(text: &str) -> Document {
    testing::document::<ReadTxt>(text.as_bytes(), "evidence.MD").expect(text)
}

#[test]
fn the_strong_assignment_has_the_words_that_its_manifest_says() {
    let document = read(STRONG).expect("a document");
    assert_eq!(section_words(&document), STRONG_SECTION_WORDS);
    assert!(
        document.text.starts_with("Understanding good practice"),
        "the byte order mark is no text"
    );
    let items: Vec<&u8> = document
        .kind
        .iter()
        .filter(|kind| **kind == kind::LIST_ITEM)
        .collect();
    assert_eq!(items.len(), 3);
    assert!(document.warnings.is_empty());
}

#[test]
fn encodings_are_told_apart() {
    let utf16 = |unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "\u{feff}“Café” 𝄞\r\nend"
            .encode_utf16()
            .flat_map(unit)
            .collect()
    };
    let cases: [(&str, Vec<u8>, bool); 5] = [
        ("utf-8", "“Café” 𝄞\nend".into(), false),
        ("utf-8 with mark", "\u{feff}“Café” 𝄞\rend".into(), false),
        ("utf-16 le", utf16(u16::to_le_bytes), false),
        ("utf-16 be", utf16(u16::to_be_bytes), false),
        (
            "windows-1252",
            b"\x93Caf\xe9\x94 \x80\x81\nend".to_vec(),
            true,
        ),
    ];
    for (what, bytes, guessed) in cases {
        let document = read(&bytes).expect(what);
        let expected = if guessed {
            "“Café” €\nend"
        } else {
            "“Café” 𝄞\nend"
        };
        assert_eq!(document.text, expected, "{what}");
        let codes: Vec<&str> = document
            .warnings
            .iter()
            .map(|warning| warning.code.as_str())
            .collect();
        assert_eq!(codes == ["guessed-encoding"], guessed, "{what}");
    }
}

#[test]
fn lines_are_paragraphs_and_bullets_are_labels() {
    let text = "One\u{ad}two\u{b}three\n\n \t \n- first\n    •\tsecond\n-third\n-\n1. fourth\n\u{c}Five\u{7}";
    let document = read(text.as_bytes()).expect("a document");
    assert_eq!(
        document.text,
        "Onetwo\u{2028}three\nfirst\nsecond\n-third\n-\n1. fourth\nFive"
    );
    assert_eq!(document.labels, "\n-\n•\n\n\n\n");
    assert_eq!(document.kind, [0, 2, 2, 0, 0, 0, 0]);
    assert_eq!(document.level, [0, 1, 1, 0, 0, 0, 0]);
    assert_eq!(document.style, [0; 7]);
}

#[test]
fn failures_have_the_code_that_the_learner_is_told_by() {
    let binary: Vec<u8> = (1..=255).cycle().take(2_000).collect();
    let cases: [(&str, &[u8], &str); 10] = [
        ("no bytes", b"", "empty"),
        ("blank", b" \r\n\t\n", "empty"),
        ("only a mark", b"\xef\xbb\xbf", "empty"),
        ("pdf", b"%PDF-1.7", "unsupported"),
        ("docx", b"PK\x03\x04rest", "unsupported"),
        ("nul", b"text\0text", "unsupported"),
        ("binary", &binary, "unsupported"),
        ("utf-16 cut", b"\xff\xfea\0b", "damaged"),
        ("utf-16 half a pair", b"\xff\xfe\x34\xd8a\0", "damaged"),
        ("utf-8 in name only", b"\xef\xbb\xbf\xe9t\xe9", "damaged"),
    ];
    for (what, bytes, code) in cases {
        assert_eq!(read(bytes).expect_err(what), code, "{what}");
    }
    assert_eq!(read(&b"x".repeat(5 << 20)).expect_err("5 MiB"), "too-large");
    assert_eq!(
        read(&b"x\n".repeat(100_001)).expect_err("100,001 lines"),
        "too-large"
    );
    assert_eq!(
        testing::tables::<ReadTxt>(b"a,b", "a.txt").expect_err("tables"),
        "unsupported"
    );
}

#[test]
fn markdown_gives_its_marks_and_not_their_signs() {
    let document = markdown(
        "---\ntitle: none\n---\n# Unit 304 #\n\nAC 1.1 Purpose\n--------------\n\nOne *two* `three`\nfour  \nfive [link](https://example.org)\n\n\
         **1.2 Describe the role**\nText under it\n\n__1.3__ Not all bold\n\n1\\.4 escaped\n1.5 number\n\n> quoted\n\n~~struck~~\n\n```\na  b\nc\n```\n",
    );
    assert_eq!(
        lines(&document),
        [
            "Unit 304",
            "AC 1.1 Purpose",
            "One two three four\u{2028}five link",
            "1.2 Describe the role",
            "Text under it",
            "1.3 Not all bold",
            "1.4 escaped 1.5 number",
            "quoted",
            "struck",
            "a  b\u{2028}c"
        ]
    );
    assert_eq!(document.kind, [1, 1, 0, 0, 0, 0, 0, 6, 0, 0]);
    assert_eq!(document.level[..2], [1, 2]);
    assert_eq!(document.style[3], style::BOLD);
    assert_eq!(document.style[5], 0);
    assert_eq!(document.style[8], style::STRUCK);
}

#[test]
fn markdown_has_lists_tables_notes_and_pieces_of_html() {
    let document = markdown(
        "3. three\n   - dot\n4. four\n\n   more\n\n- [x] done\n\n| Date | Minutes |\n|---|---|\n| 10 July | **60** |\n\nText[^1] ![alt](x.png) a<br>b <!-- no --> <b>c</b>\n\n[^1]: note\n\n<div>\ninside\n</div>\n",
    );
    assert_eq!(
        lines(&document),
        [
            "three",
            "dot",
            "four",
            "more",
            "☑ done",
            "Date",
            "Minutes",
            "10 July",
            "60",
            "Text  a\u{2028}b  c",
            "inside",
            "note"
        ]
    );
    assert_eq!(
        labels(&document),
        ["3.", "•", "4.", "", "•", "", "", "", "", "", "", ""]
    );
    assert_eq!(document.kind, [2, 2, 2, 0, 2, 3, 3, 3, 3, 0, 0, 0]);
    assert_eq!(document.level[..3], [1, 2, 1]);
    assert_eq!(
        column(&document, "row"),
        [0, 0, 0, 0, 0, 1, 1, 2, 2, 0, 0, 0]
    );
    assert_eq!(document.part[11], part::NOTE);
    assert_eq!(column(&document, "anchor")[11], 9);
    assert_eq!(warnings(&document), [("pictures", 1)]);
}

#[test]
fn hostile_markdown_is_read_or_refused() {
    for (what, text) in [
        ("quotations", "> ".repeat(50_000) + "a"),
        ("lists", "- ".repeat(2_000) + "a"),
        ("emphasis", "*a ".repeat(50_000)),
        ("brackets", "[".repeat(100_000) + "a"),
        ("tags", "<".repeat(100_000) + "a"),
        ("lines", "a b\n".repeat(500_000)),
    ] {
        let document = markdown(&text);
        assert!(document.text.contains('a'), "{what}");
    }
    let long = testing::document::<ReadTxt>("word ".repeat(1 << 20).as_bytes(), "a.md");
    assert_eq!(long.expect_err("5 MiB"), "too-large");
    let empty = testing::document::<ReadTxt>(b"<!-- -->\n\n---\n", "a.md");
    assert_eq!(empty.expect_err("no text"), "empty");
}
