//! The reader from outside: the fixture, encodings and files that are no text.

use read_txt::ReadTxt;
use unit_sdk::reader::wit::{Content, Document, File, Wanted};
use unit_sdk::reader::{Reader, kind};

const STRONG: &[u8] = include_bytes!("../../../tests/fixtures/304-strong/304-strong.txt");

fn read_as(bytes: &[u8], wanted: Wanted) -> Result<Document, String> {
    let file = File {
        bytes: bytes.to_vec(),
        media_type: "text/plain".into(),
        name: "evidence.txt".into(),
        wanted,
        locale: "en-GB".into(),
    };
    match ReadTxt::read(&file) {
        Ok(Content::Document(document)) => Ok(document),
        Ok(Content::Tables(_)) => Err("gave tables".into()),
        Err(failure) => Err(failure.code),
    }
}

fn read(bytes: &[u8]) -> Result<Document, String> {
    read_as(bytes, Wanted::Document)
}

#[test]
fn the_strong_assignment_has_the_words_that_its_manifest_says() {
    let document = read(STRONG).expect("a document");
    let mut words = Vec::new();
    let mut open = false;
    for line in document.text.split('\n') {
        if line.starts_with("AC ") {
            words.push(0);
            open = true;
        } else if line == "References" || line.starts_with("Understanding the ") {
            open = false;
        } else if let Some(words) = words.last_mut().filter(|_| open) {
            *words += line.split_whitespace().count();
        }
    }
    assert_eq!(words, [381, 405, 309, 317, 323, 307, 199, 304]);
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
        read_as(b"a,b", Wanted::Tables).expect_err("tables"),
        "unsupported"
    );
}
