//! Readers: which one reads a file, and what the host makes of its answer.
//! Here the host looks at learners' bytes only to compare them with a few
//! fixed ones; all parsing is in the sandbox.

use std::sync::Arc;

use assessment::evidence::{
    Document, MOST_TEXT_BYTES, ReadDocument, ReadFailure, ReadTable, Warning,
};
use wasmtime::component::InstancePre;

use crate::bindings::reader::ReaderPluginIndices;
use crate::bindings::reader::markbridge::reader::types as wit;
use crate::error::CallFailure;
use crate::host::Identity;
use crate::rules::{plain, shortened};
use crate::sandbox::CallState;
use crate::turns::Turns;

/// Largest file that goes to a reader (`file` in `reader.wit`).
const MOST_FILE_BYTES: usize = 32 << 20;
const MOST_BLOCKS: usize = 100_000;
const MOST_TABLES: usize = 256;
const MOST_WARNINGS: usize = 100;
/// Where names of a zip archive's entries are looked for, from either end.
const ARCHIVE_WINDOW: usize = 64 << 10;

/// An installed reader.
pub struct ReaderPlugin {
    pub(crate) identity: Identity,
    pub(crate) media_types: Vec<String>,
    pub(crate) extensions: Vec<String>,
    pub(crate) gives: Vec<Wanted>,
    pub(crate) turns: Arc<Turns>,
    pub(crate) pre: InstancePre<CallState>,
    pub(crate) exports: ReaderPluginIndices,
}

impl ReaderPlugin {
    /// Id, version and digest.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Media types it reads, in lower case.
    pub fn media_types(&self) -> &[String] {
        &self.media_types
    }

    /// File name endings it reads, in lower case, without the dot.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// What it can give.
    pub fn gives(&self) -> &[Wanted] {
        &self.gives
    }
}

impl std::fmt::Debug for ReaderPlugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("ReaderPlugin").field(&self.identity).finish()
    }
}

/// A file as the learner sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileToRead {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The media type that the browser declared; may be wrong.
    pub media_type: String,
    /// The file's name; may be wrong or empty.
    pub name: String,
    /// What the slot needs.
    pub wanted: Wanted,
    /// Language of the centre, as BCP 47 has it; decides `03/04/2026`.
    pub locale: String,
}

/// What a slot needs of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Prose under headings.
    Document,
    /// Rows and columns.
    Tables,
}

/// What a reader made of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Prose.
    Document(ReadDocument),
    /// The file's tables in its order; none if it has none.
    Tables(Vec<ReadTable>),
}

/// The reader for a file: by what its first bytes say, else by the ending of
/// its name, else by its media type.
pub(crate) fn choose<'a, R: AsRef<ReaderPlugin>>(
    readers: &'a [R],
    file: &FileToRead,
) -> Result<&'a R, ReadFailure> {
    if file.bytes.len() > MOST_FILE_BYTES {
        return Err(ReadFailure {
            code: "too-large".to_owned(),
            message: format!(
                "The file is larger than {} MiB. Make its pictures smaller, or hand it in as several files.",
                MOST_FILE_BYTES >> 20
            ),
        });
    }
    if file.bytes.is_empty() {
        return Err(ReadFailure {
            code: "empty".to_owned(),
            message: "The file has no content. Check that the right file was chosen.".to_owned(),
        });
    }
    let find = |matches: &dyn Fn(&ReaderPlugin) -> bool| {
        readers.iter().find(|reader| {
            let reader = reader.as_ref();
            reader.gives.contains(&file.wanted) && matches(reader)
        })
    };
    let by_ending = |ending: &str| find(&|reader| reader.extensions.iter().any(|e| e == ending));
    let found = if let Some(ending) = recognised(&file.bytes, file.wanted) {
        by_ending(ending)
    } else {
        let ending = file
            .name
            .rsplit_once('.')
            .map_or(String::new(), |(_, ending)| ending.to_lowercase());
        let ending = if PACKED.contains(&ending.as_str()) && is_text(&file.bytes) {
            match file.wanted {
                Wanted::Document => "txt".to_owned(),
                Wanted::Tables => "csv".to_owned(),
            }
        } else {
            ending
        };
        let media_type = media_type(&file.media_type);
        by_ending(&ending).or_else(|| find(&|reader| reader.media_types.contains(&media_type)))
    };
    found.ok_or_else(|| unsupported(readers, file.wanted))
}

/// The ending of a format that a file's own bytes prove.
fn recognised(bytes: &[u8], wanted: Wanted) -> Option<&'static str> {
    let head = &bytes[..bytes.len().min(1024)];
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let text = text.trim_ascii_start();
    if text.starts_with(b"{\\rtf") {
        return Some("rtf");
    }
    let lower = text.to_ascii_lowercase();
    if lower.starts_with(b"<!doctype html")
        || lower.starts_with(b"<html")
        || (lower.starts_with(b"<?xml") && contains(&lower, b"<html"))
    {
        return Some("html");
    }
    if contains(head, b"%PDF-") {
        return Some("pdf");
    }
    // Office files before 2007, and those with a password: the reader says which.
    if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Some(match wanted {
            Wanted::Document => "docx",
            Wanted::Tables => "xlsx",
        });
    }
    if !bytes.starts_with(b"PK\x03\x04") {
        return None;
    }
    let first = &bytes[..bytes.len().min(ARCHIVE_WINDOW)];
    let last = &bytes[bytes.len().saturating_sub(ARCHIVE_WINDOW)..];
    [
        (b"word/document.xml".as_slice(), "docx"),
        (b"xl/workbook.xml", "xlsx"),
        (b"ppt/presentation.xml", "pptx"),
        (b"application/vnd.oasis.opendocument.text", "odt"),
        (b"application/vnd.oasis.opendocument.spreadsheet", "ods"),
    ]
    .into_iter()
    .find(|(mark, _)| contains(first, mark) || contains(last, mark))
    .map(|(_, ending)| ending)
}

/// Endings of formats that are more than their text. A file of one of these
/// names that its bytes do not prove is damaged, or is text.
const PACKED: [&str; 6] = ["docx", "odt", "xlsx", "ods", "pdf", "rtf"];

/// Whether the bytes are text, whatever the file is called.
fn is_text(bytes: &[u8]) -> bool {
    let allowed = |byte: &u8| !byte.is_ascii_control() || byte.is_ascii_whitespace();
    bytes.iter().all(allowed) && std::str::from_utf8(bytes).is_ok()
}

fn contains(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}

fn media_type(declared: &str) -> String {
    let bare = declared.split(';').next().unwrap_or_default();
    bare.trim().to_lowercase()
}

fn unsupported<R: AsRef<ReaderPlugin>>(readers: &[R], wanted: Wanted) -> ReadFailure {
    let mut readable: Vec<String> = readers
        .iter()
        .map(AsRef::as_ref)
        .filter(|reader| reader.gives.contains(&wanted))
        .flat_map(|reader| reader.extensions.iter().map(|ending| format!(".{ending}")))
        .collect();
    readable.sort();
    readable.dedup();
    let message = if readable.is_empty() {
        "No reader for such a file is installed. Ask whoever runs this service to install one."
            .to_owned()
    } else {
        format!(
            "Files of this kind cannot be read. These can: {}. Save the work as one of them and hand it in again.",
            readable.join(", ")
        )
    };
    ReadFailure {
        code: "unsupported".to_owned(),
        message,
    }
}

impl From<FileToRead> for wit::File {
    fn from(file: FileToRead) -> Self {
        let name = file.name.rsplit(['/', '\\']).next().unwrap_or_default();
        Self {
            media_type: media_type(&file.media_type),
            name: plain(name.to_owned()),
            wanted: match file.wanted {
                Wanted::Document => wit::Wanted::Document,
                Wanted::Tables => wit::Wanted::Tables,
            },
            locale: file.locale,
            bytes: file.bytes,
        }
    }
}

/// Holds the description of a reader to the interface.
///
/// # Errors
/// The first problem found.
pub(crate) fn description(reader: &wit::Reader) -> Result<(), String> {
    let id = &reader.id;
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !(1..=64).contains(&id.len()) || !id.bytes().all(known) {
        return Err("the reader's id is not 1 to 64 of a-z, 0-9 and `-`".to_owned());
    }
    semver::Version::parse(&reader.version)
        .map_err(|error| format!("the version is not like `1.2.0`: {error}"))?;
    let plain_word = |word: &String| {
        !word.is_empty()
            && word.len() <= 128
            && word
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase())
    };
    if !reader.media_types.iter().all(plain_word)
        || !reader
            .extensions
            .iter()
            .all(|ending| plain_word(ending) && !ending.contains('.'))
    {
        return Err("a media type or ending is not in lower case, or has a dot".to_owned());
    }
    if reader.media_types.len() > 100 || reader.extensions.len() > 100 {
        return Err("there are more than 100 media types or endings".to_owned());
    }
    if reader.extensions.is_empty() {
        return Err("there is no file name ending; at least one is needed".to_owned());
    }
    if reader.gives.is_empty() {
        return Err("it gives neither documents nor tables".to_owned());
    }
    Ok(())
}

/// Holds what a reader gave to the interface.
pub(crate) fn content(
    answer: Result<wit::Content, wit::Failure>,
    wanted: Wanted,
) -> Result<Content, ReadFailure> {
    match (answer, wanted) {
        (Ok(wit::Content::Document(read)), Wanted::Document) => {
            document(read.into()).map(Content::Document)
        }
        (Ok(wit::Content::Tables(tables)), Wanted::Tables) => {
            if tables.len() > MOST_TABLES {
                return Err(too_large());
            }
            tables
                .into_iter()
                .map(|read| table(read.into()))
                .collect::<Result<_, _>>()
                .map(Content::Tables)
        }
        (Ok(_), _) => Err(defect("it gave something else than it was asked for")),
        (Err(failure), _) => Err(reported(failure)),
    }
}

fn document(mut read: ReadDocument) -> Result<ReadDocument, ReadFailure> {
    if read.text.len() + read.labels.len() > MOST_TEXT_BYTES || read.kind.len() > MOST_BLOCKS {
        return Err(too_large());
    }
    read.text = lines(read.text);
    read.labels = lines(read.labels);
    if read.kind.is_empty() && read.text.is_empty() {
        return Err(ReadFailure {
            code: "empty".to_owned(),
            message: "The file holds no text. Check that the right file was chosen.".to_owned(),
        });
    }
    for kind in &mut read.kind {
        if *kind > 6 {
            *kind = 0;
        }
    }
    for part in &mut read.part {
        if *part > 4 {
            *part = 4;
        }
    }
    if !read.part.is_sorted_by_key(|&part| part != 0) {
        return Err(defect("blocks of the body stand behind others"));
    }
    read.warnings = warnings(read.warnings);
    // The domain's own rule says whether the columns fit the text.
    Document::new("", 0, "", read)
        .map(|document| document.read)
        .map_err(|mismatch| defect(&mismatch.to_string()))
}

fn table(mut read: ReadTable) -> Result<ReadTable, ReadFailure> {
    if read.is_too_large() {
        return Err(too_large());
    }
    let rows = read.row_count as usize;
    if read.source_row.len() != rows {
        return Err(defect("a table has not one source row for each row"));
    }
    for column in &mut read.columns {
        column.heading = plain(std::mem::take(&mut column.heading));
        column.cells = lines(std::mem::take(&mut column.cells));
        column.written = lines(std::mem::take(&mut column.written));
        for kind in &mut column.kind {
            if *kind > 8 {
                *kind = 1;
            }
        }
        let fits = |cells: &str| match rows {
            0 => cells.is_empty(),
            rows => cells.split('\n').count() == rows,
        };
        let written_fits = column.written.is_empty() || fits(&column.written);
        if column.kind.len() != rows || !fits(&column.cells) || !written_fits {
            return Err(defect("a column of a table has not one cell for each row"));
        }
    }
    read.title = plain(read.title);
    if !matches!(read.headings.as_str(), "marked" | "guessed") {
        "none".clone_into(&mut read.headings);
    }
    read.warnings = warnings(read.warnings);
    Ok(read)
}

/// The lines without characters that have no place in a line text. Those that
/// are white space become a space, so that words stay apart.
fn lines(text: String) -> String {
    let forbidden = |character: char| {
        (character.is_control() && !matches!(character, '\t' | '\n')) || character == '\u{ad}'
    };
    if !text.contains(forbidden) {
        return text;
    }
    text.chars()
        .filter_map(|character| match character {
            _ if !forbidden(character) => Some(character),
            _ if character.is_whitespace() => Some(' '),
            _ => None,
        })
        .collect()
}

fn warnings(warnings: Vec<Warning>) -> Vec<Warning> {
    warnings
        .into_iter()
        .take(MOST_WARNINGS)
        .map(|warning| Warning {
            code: shortened(plain(warning.code), 64),
            message: shortened(plain(warning.message), 2_000),
            count: warning.count,
        })
        .collect()
}

fn too_large() -> ReadFailure {
    ReadFailure {
        code: "too-large".to_owned(),
        message: "Unpacked, the file holds more than can be taken in. Hand it in as several files."
            .to_owned(),
    }
}

fn reported(failure: wit::Failure) -> ReadFailure {
    let known = [
        "password-protected",
        "image-only",
        "damaged",
        "unsupported",
        "too-large",
        "empty",
    ];
    ReadFailure {
        code: known
            .into_iter()
            .find(|code| *code == failure.code)
            .unwrap_or("damaged")
            .to_owned(),
        message: shortened(plain(failure.message), 2_000),
    }
}

fn defect(problem: &str) -> ReadFailure {
    ReadFailure {
        code: "reader-failed".to_owned(),
        message: format!(
            "The file could not be read, for the reader has a defect: {problem}. Tell whoever runs this service; the file itself can be marked by hand."
        ),
    }
}

/// What becomes of a call that the host had to end.
pub(crate) fn ended(failure: &CallFailure) -> ReadFailure {
    let (code, message) = match failure {
        CallFailure::TookTooLong { limit, .. } => (
            "took-too-long",
            format!(
                "Reading the file took longer than {} seconds. Save it again in its program, or hand it in as several files.",
                limit.as_secs_f64()
            ),
        ),
        CallFailure::OutOfMemory { .. } => (
            "out-of-memory",
            "Reading the file took more memory than there is for one file. Make its pictures smaller, or hand it in as several files."
                .to_owned(),
        ),
        CallFailure::TooMuchOutput { .. } => return too_large(),
        CallFailure::Busy => (
            "busy",
            "Too many files are being read. Try again in a minute.".to_owned(),
        ),
        other => return defect(&shortened(other.to_string(), 1_500)),
    };
    ReadFailure {
        code: code.to_owned(),
        message,
    }
}

#[cfg(test)]
mod tests {
    use assessment::evidence::ReadColumn;

    use super::*;

    #[test]
    fn a_file_is_known_by_its_bytes_whatever_its_name() {
        let ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
        let archive = |name: &str| format!("PK\x03\x04....{name}....").into_bytes();
        for (bytes, ending) in [
            (b"\n {\\rtf1 %PDF-".to_vec(), Some("rtf")),
            (
                b"\xef\xbb\xbf\r\n<!DOCTYPE HTML><p>%PDF-1.7".to_vec(),
                Some("html"),
            ),
            (b"<?xml version='1.0'?><HTML>".to_vec(), Some("html")),
            (b"<?xml version='1.0'?><svg>".to_vec(), None),
            (b"rubbish before %PDF-1.7".to_vec(), Some("pdf")),
            (archive("word/document.xml"), Some("docx")),
            (archive("xl/workbook.xml"), Some("xlsx")),
            (
                archive("application/vnd.oasis.opendocument.text"),
                Some("odt"),
            ),
            (archive("something.else"), None),
            (ole.to_vec(), Some("docx")),
            (b"Mentoring is ...".to_vec(), None),
        ] {
            let found = recognised(&bytes, Wanted::Document);
            assert_eq!(found, ending, "{}", String::from_utf8_lossy(&bytes));
        }
        assert_eq!(recognised(ole, Wanted::Tables), Some("xlsx"));
        assert!(is_text("Cafe\u{301}".as_bytes()));
        assert!(!is_text(b"PK\x03\x04") && !is_text(b"\xff\xfe"));
    }

    type Break = fn(&mut ReadTable);

    fn good() -> ReadTable {
        ReadTable {
            row_count: 2,
            columns: vec![ReadColumn {
                heading: "Client".to_owned(),
                kind: vec![1, 77],
                cells: "A\nB\u{0}".to_owned(),
                written: String::new(),
            }],
            source_row: vec![2, 3],
            headings: "perhaps".to_owned(),
            ..ReadTable::default()
        }
    }

    #[test]
    fn tables_are_held_to_the_interface() {
        let read = table(good()).expect("a table");
        assert_eq!(read.columns[0].kind, [1, 1], "unknown kinds are texts");
        assert_eq!(read.columns[0].cells, "A\nB");
        assert_eq!(read.headings, "none");
        assert_eq!(table(ReadTable::default()).expect("no rows").row_count, 0);

        let breaks: [(Break, &str); 7] = [
            (|read| read.row_count = 3, "reader-failed"),
            (|read| read.row_count = 20_001, "too-large"),
            (|read| read.columns[0].kind = vec![1], "reader-failed"),
            (
                |read| "A".clone_into(&mut read.columns[0].cells),
                "reader-failed",
            ),
            (
                |read| "a\nb\nc".clone_into(&mut read.columns[0].written),
                "reader-failed",
            ),
            (
                |read| read.columns[0].heading = "x".repeat(4 << 20),
                "too-large",
            ),
            (
                |read| read.columns = vec![ReadColumn::default(); 65],
                "too-large",
            ),
        ];
        for (damage, code) in breaks {
            let mut damaged = good();
            damage(&mut damaged);
            assert_eq!(table(damaged).expect_err(code).code, code);
        }
    }
}
