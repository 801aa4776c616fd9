//! Reads plain text: UTF-8, UTF-16 with its byte order mark, else Windows-1252.
//!
//! Every line that is not blank is a paragraph. A line that begins with a bullet
//! is a list item, with the bullet as its label.

use unit_sdk::reader::wit::{self, Content, Failure, File, Wanted};
use unit_sdk::reader::{Block, Reader, document, failure, kind, line, warning};

/// Bullets that learners type; each counts only with white space behind it.
const BULLETS: [char; 8] = ['•', '◦', '▪', '‣', '·', '*', '-', '–'];

/// First bytes of formats that are often sent under a wrong name.
const OTHER_FORMATS: [(&[u8], &str); 7] = [
    (b"%PDF", "a PDF file"),
    (
        b"PK\x03\x04",
        "a zip container, as .docx and .odt files are",
    ),
    (b"\xd0\xcf\x11\xe0", "a document of an old Office version"),
    (b"{\\rtf", "an RTF file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\xff\xfe\0\0", "text in UTF-32"),
];

/// What Windows-1252 has where Latin-1 has control characters (0x80 to 0x9f);
/// its five unused places stay control characters.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The reader of plain text.
#[derive(Debug)]
pub struct ReadTxt;

unit_sdk::reader!(ReadTxt);

impl Reader for ReadTxt {
    fn describe() -> wit::Reader {
        wit::Reader {
            id: "read-txt".into(),
            version: "1.0.0".into(),
            media_types: vec!["text/plain".into()],
            extensions: vec!["txt".into(), "text".into()],
            gives: vec![Wanted::Document],
        }
    }

    fn read(file: &File) -> Result<Content, Failure> {
        if file.wanted == Wanted::Tables {
            return Err(failure(
                "unsupported",
                "Plain text has no tables. Please use a spreadsheet or a .csv file.",
            ));
        }
        let (text, guessed) = decoded(&file.bytes)?;
        let blocks: Vec<Block> = text
            .split(['\n', '\r', '\u{c}', '\u{85}', '\u{2029}'])
            .map(block)
            .filter(|block| !block.text.is_empty())
            .collect();
        if blocks.is_empty() {
            return Err(failure("empty", "The file holds no text."));
        }
        let warnings = if guessed {
            let message = "The file does not say how its letters are encoded. Windows-1252 was assumed; look whether accents and quotation marks are right.";
            vec![warning("guessed-encoding", message, 1)]
        } else {
            Vec::new()
        };
        Ok(Content::Document(document(blocks, warnings)?))
    }
}

/// The text, and whether its encoding was guessed.
fn decoded(bytes: &[u8]) -> Result<(String, bool), Failure> {
    if let Some((_, what)) = OTHER_FORMATS
        .iter()
        .find(|(start, _)| bytes.starts_with(start))
    {
        return Err(failure(
            "unsupported",
            format!("This is {what}, not plain text."),
        ));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return Ok((utf16(rest, u16::from_le_bytes)?, false));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        return Ok((utf16(rest, u16::from_be_bytes)?, false));
    }
    if bytes.contains(&0) {
        return Err(failure(
            "unsupported",
            "This file is not plain text: it holds bytes that no text has.",
        ));
    }
    let marked = bytes.strip_prefix(b"\xef\xbb\xbf");
    match (std::str::from_utf8(marked.unwrap_or(bytes)), marked) {
        (Ok(text), _) => Ok((text.to_owned(), false)),
        (Err(_), Some(_)) => Err(failure(
            "damaged",
            "The file says that it is UTF-8 text, but it is not.",
        )),
        (Err(_), None) if looks_binary(bytes) => Err(failure(
            "unsupported",
            "This file is not plain text: it holds bytes that no text has.",
        )),
        (Err(_), None) => Ok((bytes.iter().copied().map(windows_1252).collect(), true)),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Failure> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let text: Result<String, _> =
        char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    text.ok().filter(|_| rest.is_empty()).ok_or_else(|| {
        failure(
            "damaged",
            "The file says that it is UTF-16 text, but it cannot be followed to its end.",
        )
    })
}

/// More than one control character in a hundred bytes is no text of any age.
fn looks_binary(bytes: &[u8]) -> bool {
    let is_control = |byte: &&u8| matches!(byte, 0x00..=0x08 | 0x0e..=0x1f | 0x7f);
    bytes.iter().filter(is_control).count() * 100 > bytes.len()
}

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS_1252[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

fn block(written: &str) -> Block {
    let text = line(written);
    let bullet = text.chars().next().filter(|first| BULLETS.contains(first));
    let item = bullet.and_then(|bullet| text.strip_prefix(bullet)?.strip_prefix([' ', '\t']));
    match (
        bullet,
        item.map(str::trim_start).filter(|item| !item.is_empty()),
    ) {
        (Some(bullet), Some(item)) => Block {
            text: item.to_owned(),
            label: bullet.to_string(),
            kind: kind::LIST_ITEM,
            level: 1,
            ..Block::default()
        },
        _ => Block {
            text,
            ..Block::default()
        },
    }
}
