//! What native tests of a reader need: files out of bytes, and a short look at
//! what came of them.

use super::wit::{Content, Document, File, Table, Wanted};
use super::{Reader, kind};

/// The words of each section of the fixture `304-strong`, as its manifest says.
pub const STRONG_SECTION_WORDS: [(&str, usize); 8] = [
    ("1.1", 381),
    ("1.2", 405),
    ("1.3", 309),
    ("1.4", 317),
    ("2.1", 323),
    ("2.2", 307),
    ("2.3", 199),
    ("2.4", 304),
];

/// What a reader makes of these bytes as a document; else the code of its failure.
///
/// # Errors
///
/// The code of the failure, or `tables` if it gave tables.
pub fn document<R: Reader>(bytes: &[u8], name: &str) -> Result<Document, String> {
    match R::read(&file(bytes, name, Wanted::Document)) {
        Ok(Content::Document(document)) => Ok(document),
        Ok(Content::Tables(_)) => Err("tables".into()),
        Err(failure) => Err(failure.code),
    }
}

/// What a reader makes of these bytes as tables; else the code of its failure.
///
/// # Errors
///
/// The code of the failure, or `document` if it gave a document.
pub fn tables<R: Reader>(bytes: &[u8], name: &str) -> Result<Vec<Table>, String> {
    match R::read(&file(bytes, name, Wanted::Tables)) {
        Ok(Content::Tables(tables)) => Ok(tables),
        Ok(Content::Document(_)) => Err("document".into()),
        Err(failure) => Err(failure.code),
    }
}

fn file(bytes: &[u8], name: &str, wanted: Wanted) -> File {
    File {
        bytes: bytes.to_vec(),
        media_type: String::new(),
        name: name.into(),
        wanted,
        locale: "en-GB".into(),
    }
}

/// The texts of the blocks.
pub fn lines(document: &Document) -> Vec<&str> {
    document.text.split('\n').collect()
}

/// The labels of the blocks; empty where none has one.
pub fn labels(document: &Document) -> Vec<&str> {
    if document.labels.is_empty() {
        return vec![""; document.kind.len()];
    }
    document.labels.split('\n').collect()
}

/// The labels of the list items.
pub fn labels_of_items(document: &Document) -> Vec<&str> {
    let labels = labels(document);
    (0..document.kind.len())
        .filter(|block| document.kind[*block] == kind::LIST_ITEM)
        .map(|block| labels[block])
        .collect()
}

/// A further column of numbers; empty if there is none of that name.
pub fn column<'a>(document: &'a Document, name: &str) -> &'a [u32] {
    let found = document.more.iter().find(|column| column.name == name);
    found.map_or(&[], |column| &column.numbers)
}

/// Codes and counts of the warnings.
pub fn warnings(document: &Document) -> Vec<(&str, u32)> {
    let warnings = document.warnings.iter();
    warnings
        .map(|warning| (warning.code.as_str(), warning.count))
        .collect()
}

/// Levels and texts of the headings.
pub fn headings(document: &Document) -> Vec<(u8, &str)> {
    let lines = lines(document);
    (0..lines.len())
        .filter(|block| document.kind[*block] == kind::HEADING)
        .map(|block| (document.level[block], lines[block]))
        .collect()
}

/// Words below each line that begins with a criterion's number (`AC 1.1`, `1.1`),
/// to the next such line, `References`, `Section …` or an outcome's heading: the
/// sections of the fixtures, counted as their manifests say.
pub fn section_words(document: &Document) -> Vec<(&str, usize)> {
    let mut sections: Vec<(&str, usize)> = Vec::new();
    let mut is_open = false;
    for line in lines(document) {
        let number = line.trim_start_matches("AC ").split(' ').next();
        let number = number.unwrap_or_default();
        if number.len() == 3 && number.as_bytes()[1] == b'.' {
            sections.push((number, 0));
            is_open = true;
        } else if line == "References"
            || line.starts_with("Section ")
            || line.starts_with("Understanding the ")
            || line.starts_with("By submitting ")
        {
            is_open = false;
        } else if let Some((_, words)) = sections.last_mut().filter(|_| is_open) {
            *words += line.split_whitespace().count();
        }
    }
    sections
}
