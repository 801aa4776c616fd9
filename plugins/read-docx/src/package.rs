//! The zip container: which part is where, and how parts point to each other.

use std::collections::BTreeMap;
use std::io::Cursor;

use unit_sdk::reader::failure;
use unit_sdk::reader::wit::Failure;
use zip::ZipArchive;
use zip::result::ZipError;

use crate::xml::{self, Budget, Element, Space, Visit};

/// Most bytes of XML that a file may unpack to. Text is at most 4 MiB, and
/// word processors wrap it in some ten times as much.
const MOST_UNPACKED_BYTES: usize = 64 << 20;
/// Most entries of the container.
const MOST_ENTRIES: usize = 10_000;
/// Most relationships of one part.
const MOST_RELATIONSHIPS: usize = 10_000;

/// An open container. Part names are compared without regard to case.
pub(crate) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
    entries: BTreeMap<String, usize>,
    budget: Budget,
}

/// A pointer from one part to another.
pub(crate) struct Relationship {
    pub(crate) id: String,
    /// Last segment of the type, which transitional and strict files share: `styles`.
    pub(crate) kind: String,
    /// Name of the part pointed to.
    pub(crate) target: String,
}

impl<'a> Package<'a> {
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, Failure> {
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

    /// The part that the container calls its document, and it must be Word's.
    pub(crate) fn main_part(&mut self) -> Result<String, Failure> {
        let relationships = self.relationships("")?;
        let pointed = relationships
            .into_iter()
            .find(|relationship| relationship.kind == "officeDocument");
        let main = pointed.map_or_else(
            || "word/document.xml".to_owned(),
            |relationship| relationship.target,
        );
        if main.starts_with("xl/") {
            return Err(failure(
                "unsupported",
                "This is an Excel workbook, not a Word document.",
            ));
        }
        if main.starts_with("ppt/") {
            return Err(failure(
                "unsupported",
                "This is a PowerPoint presentation, not a Word document.",
            ));
        }
        if self.entries.contains_key(&part_name(&main)) {
            return Ok(main);
        }
        if self.entries.contains_key("mimetype") {
            return Err(failure(
                "unsupported",
                "This is an OpenDocument file, not a Word document.",
            ));
        }
        if self.entries.contains_key("[content_types].xml") {
            return Err(xml::damaged());
        }
        Err(failure(
            "unsupported",
            "This is a zip archive, not a Word document.",
        ))
    }

    /// Walks through a part. A part that is missing is an empty one.
    pub(crate) fn walk(&mut self, part: &str, visitor: &mut impl Visit) -> Result<(), Failure> {
        let Some(index) = self.entries.get(&part_name(part)) else {
            return Ok(());
        };
        let entry = self
            .archive
            .by_index(*index)
            .map_err(|error| not_readable(&error))?;
        xml::walk(entry, &self.budget, visitor)
    }

    /// The relationships of a part; of the whole container for the empty name.
    pub(crate) fn relationships(&mut self, part: &str) -> Result<Vec<Relationship>, Failure> {
        let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
        let mut relationships = Relationships {
            folder: folder.to_owned(),
            found: Vec::new(),
        };
        self.walk(&format!("{folder}/_rels/{file}.rels"), &mut relationships)?;
        Ok(relationships.found)
    }
}

struct Relationships {
    folder: String,
    found: Vec<Relationship>,
}

impl Visit for Relationships {
    fn open(&mut self, element: &Element<'_>) -> Result<bool, Failure> {
        if element.name == "Relationship"
            && self.found.len() < MOST_RELATIONSHIPS
            && element.attribute("TargetMode").as_deref() != Some("External")
            && let (Some(id), Some(kind), Some(target)) = (
                element.attribute("Id"),
                element.attribute("Type"),
                element.attribute("Target"),
            )
        {
            self.found.push(Relationship {
                id,
                kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
                target: resolved(&self.folder, &target),
            });
        }
        Ok(true)
    }

    fn close(&mut self, _space: Space, _name: &str) -> Result<(), Failure> {
        Ok(())
    }

    fn text(&mut self, _text: &str) {}
}

/// A target seen from a folder: absolute with a leading slash, else relative.
fn resolved(folder: &str, target: &str) -> String {
    let joined = match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("{folder}/{target}"),
    };
    let mut segments: Vec<&str> = Vec::new();
    for segment in joined.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            name => segments.push(name),
        }
    }
    segments.join("/")
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
            "The file is packed in a way that Word does not use.",
        ),
        _ => xml::damaged(),
    }
}
