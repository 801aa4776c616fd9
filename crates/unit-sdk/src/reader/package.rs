//! Packages of Office files: which part is where, and how parts point to each other.

use super::container::Container;
use super::wit::Failure;
use super::xml::{Element, Visit};
use super::{damaged, failure};

/// Most relationships of one part.
const MOST_RELATIONSHIPS: usize = 10_000;
/// Folders of the main parts, and what such a file is.
const MAIN_FOLDERS: [(&str, &str); 3] = [
    ("word/", "a Word document"),
    ("xl/", "an Excel workbook"),
    ("ppt/", "a PowerPoint presentation"),
];

/// An Office file's container.
#[expect(
    missing_debug_implementations,
    reason = "its content is a learner's file, which belongs in no log"
)]
pub struct Package<'a> {
    container: Container<'a>,
    expected: &'a str,
}

/// A pointer from one part to another.
#[derive(Clone, Debug)]
pub struct Relationship {
    /// Its id within the part.
    pub id: String,
    /// Last segment of the type, which transitional and strict files share: `styles`.
    pub kind: String,
    /// Name of the part pointed to.
    pub target: String,
}

impl<'a> Package<'a> {
    /// Opens the package. `expected` says for messages what the file should be:
    /// `an Excel workbook (.xlsx)`.
    ///
    /// # Errors
    ///
    /// As [`Container::open`].
    pub fn open(bytes: &'a [u8], expected: &'a str) -> Result<Self, Failure> {
        let container = Container::open(bytes, expected)?;
        Ok(Self {
            container,
            expected,
        })
    }

    /// The part that the package calls its main one. It must stand in the same
    /// folder as `standard`, which it usually is.
    ///
    /// # Errors
    ///
    /// `unsupported` for a file of another program, `damaged` if the part is missing.
    pub fn main_part(&mut self, standard: &str) -> Result<String, Failure> {
        let relationships = self.relationships("")?;
        let pointed = relationships
            .into_iter()
            .find(|relationship| relationship.kind == "officeDocument");
        let main = pointed.map_or_else(|| standard.to_owned(), |relationship| relationship.target);
        let other = |what: &str| {
            Err(failure(
                "unsupported",
                format!("This is {what}, not {}.", self.expected),
            ))
        };
        let foreign = MAIN_FOLDERS
            .iter()
            .find(|(folder, _)| main.starts_with(folder) && !standard.starts_with(folder));
        if let Some((_, what)) = foreign {
            return other(what);
        }
        if self.container.holds(&main) {
            return Ok(main);
        }
        if self.container.holds("mimetype") {
            return other("an OpenDocument file");
        }
        if self.container.holds("[Content_Types].xml") {
            return Err(damaged());
        }
        other("a zip archive")
    }

    /// Walks through a part. A part that is missing is an empty one.
    ///
    /// # Errors
    ///
    /// As [`Container::walk`].
    pub fn walk(&mut self, part: &str, visitor: &mut impl Visit) -> Result<(), Failure> {
        self.container.walk(part, visitor)
    }

    /// The relationships of a part; of the whole package for the empty name.
    ///
    /// # Errors
    ///
    /// As [`Container::walk`].
    pub fn relationships(&mut self, part: &str) -> Result<Vec<Relationship>, Failure> {
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
    type Space = ();

    fn space(_address: &str) {}

    fn open(&mut self, element: &Element<'_, ()>) -> Result<bool, Failure> {
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

    fn close(&mut self, _space: (), _name: &str) -> Result<(), Failure> {
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
