//! Which part is where, and how parts point to each other.

use unit_sdk::reader::container::Container;
use unit_sdk::reader::wit::Failure;
use unit_sdk::reader::xml::{Element, Visit};
use unit_sdk::reader::{damaged, failure};

use crate::space::Space;

/// Most relationships of one part.
const MOST_RELATIONSHIPS: usize = 10_000;

/// A Word document's container.
pub(crate) struct Package<'a> {
    container: Container<'a>,
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
        let container = Container::open(bytes, "a Word document (.docx)")?;
        Ok(Self { container })
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
        if self.container.holds(&main) {
            return Ok(main);
        }
        if self.container.holds("mimetype") {
            return Err(failure(
                "unsupported",
                "This is an OpenDocument file, not a Word document.",
            ));
        }
        if self.container.holds("[Content_Types].xml") {
            return Err(damaged());
        }
        Err(failure(
            "unsupported",
            "This is a zip archive, not a Word document.",
        ))
    }

    /// Walks through a part. A part that is missing is an empty one.
    pub(crate) fn walk(&mut self, part: &str, visitor: &mut impl Visit) -> Result<(), Failure> {
        self.container.walk(part, visitor)
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
    type Space = Space;

    fn space(address: &str) -> Space {
        Space::of(address)
    }

    fn open(&mut self, element: &Element<'_, Space>) -> Result<bool, Failure> {
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
