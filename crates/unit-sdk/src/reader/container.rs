//! Zip containers, which .docx and .odt files are: which part is where, and a walk
//! through each within limits.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::wit::Failure;
use super::xml::{self, Budget, Visit};
use super::{damaged, failure, other_format, too_large};

/// Most bytes of XML that a file may unpack to. Text is at most 4 MiB, and
/// word processors wrap it in some ten times as much.
const MOST_UNPACKED_BYTES: usize = 64 << 20;
/// Most entries of the container.
const MOST_ENTRIES: usize = 10_000;
/// First bytes of a container, and of one without entries.
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// First bytes of a compound file, which holds old Office documents, and new
/// ones under a password.
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// An open container. Names of parts are compared without regard to case.
/// Nothing is unpacked before it is asked for, and nothing is written anywhere,
/// so names that climb out of a folder are only names.
#[expect(
    missing_debug_implementations,
    reason = "its content is a learner's file, which belongs in no log"
)]
pub struct Container<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    entries: BTreeMap<String, usize>,
    budget: Budget,
}

impl<'a> Container<'a> {
    /// Opens the container. `expected` says for messages what the file should
    /// be: `a Word document (.docx)`.
    ///
    /// # Errors
    ///
    /// `empty`, `unsupported`, `password-protected`, `too-large` or `damaged`,
    /// as the first bytes and the list of parts say.
    pub fn open(bytes: &'a [u8], expected: &str) -> Result<Self, Failure> {
        check_signature(bytes, expected)?;
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| not_readable(&error))?;
        if archive.len() > MOST_ENTRIES {
            return Err(failure(
                "too-large",
                "The file is a container of too many parts to be read.",
            ));
        }
        let mut entries = BTreeMap::new();
        for index in 0..archive.len() {
            if let Some(name) = archive.name_for_index(index) {
                entries.insert(part_name(name), index);
            }
        }
        Ok(Self {
            archive,
            entries,
            budget: Budget::new(MOST_UNPACKED_BYTES),
        })
    }

    /// Whether there is a part of that name.
    pub fn holds(&self, part: &str) -> bool {
        self.entries.contains_key(&part_name(part))
    }

    /// Walks through a part of XML. A part that is missing is an empty one.
    ///
    /// # Errors
    ///
    /// As [`xml::walk`], and where the part cannot be unpacked.
    pub fn walk(&mut self, part: &str, visitor: &mut impl Visit) -> Result<(), Failure> {
        match self.entries.get(&part_name(part)) {
            Some(index) => {
                let entry = self.archive.by_index(*index);
                let entry = entry.map_err(|error| not_readable(&error))?;
                xml::walk(entry, &self.budget, visitor)
            }
            None => Ok(()),
        }
    }

    /// The bytes of a part, for those that are not XML; none if it is missing.
    ///
    /// # Errors
    ///
    /// `too-large` beyond `most` bytes, and where the part cannot be unpacked.
    pub fn bytes(&mut self, part: &str, most: usize) -> Result<Vec<u8>, Failure> {
        let mut bytes = Vec::new();
        if let Some(index) = self.entries.get(&part_name(part)) {
            let entry = self.archive.by_index(*index);
            let entry = entry.map_err(|error| not_readable(&error))?;
            let read = entry.take(most as u64 + 1).read_to_end(&mut bytes);
            read.map_err(|_| damaged())?;
        }
        if bytes.len() > most {
            return Err(too_large());
        }
        Ok(bytes)
    }
}

/// Tells apart by the first bytes what is no zip container.
fn check_signature(bytes: &[u8], expected: &str) -> Result<(), Failure> {
    if bytes.is_empty() {
        return Err(failure("empty", "The file has no content at all."));
    }
    if ZIP.iter().any(|zip| bytes.starts_with(zip)) {
        return Ok(());
    }
    if bytes.starts_with(COMPOUND) {
        return Err(if holds_utf16(bytes, "EncryptedPackage") {
            failure(
                "password-protected",
                "The file opens only with a password. Please save it without one and upload it anew.",
            )
        } else {
            failure(
                "unsupported",
                "This is a file of an old Office version (.doc or .xls). Please save it as .docx or .xlsx and upload it anew.",
            )
        });
    }
    let what = other_format(bytes).unwrap_or("another format");
    Err(failure(
        "unsupported",
        format!("This is {what}, not {expected}."),
    ))
}

/// Whether the bytes hold an ASCII text in UTF-16, as names in compound files are.
fn holds_utf16(bytes: &[u8], text: &str) -> bool {
    let wanted: Vec<u8> = text.bytes().flat_map(|byte| [byte, 0]).collect();
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn part_name(name: &str) -> String {
    name.replace('\\', "/")
        .trim_start_matches('/')
        .to_lowercase()
}

fn not_readable(error: &ZipError) -> Failure {
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) | ZipError::InvalidPassword => {
            failure(
                "password-protected",
                "The file opens only with a password. Please save it without one and upload it anew.",
            )
        }
        ZipError::CompressionMethodNotSupported(_) | ZipError::UnsupportedArchive(_) => failure(
            "unsupported",
            "The file is packed in a way that its program does not use. Please save it again and upload it anew.",
        ),
        _ => damaged(),
    }
}
