//! Reads text documents of `LibreOffice` and its relatives (`.odt`).
//!
//! Paragraphs come in reading order; text boxes, notes, page headers and
//! comments follow as parts of their own. What tracked changes deleted stands
//! apart in the file and is left out; what they inserted is text.

mod body;
mod lists;
mod space;
mod styles;

use unit_sdk::reader::container::Container;
use unit_sdk::reader::wit::{self, Content, Failure, File, Wanted};
use unit_sdk::reader::xml::{Element, Visit};
use unit_sdk::reader::{Reader, damaged, document, failure, tables};

use crate::body::Body;
use crate::space::Space;
use crate::styles::StylesPart;

/// Longest media type that a container names for itself, in bytes.
const LONGEST_MEDIA_TYPE: usize = 4_096;

/// The reader of `OpenDocument` texts.
#[derive(Debug)]
pub struct ReadOdt;

unit_sdk::reader!(ReadOdt);

impl Reader for ReadOdt {
    fn describe() -> wit::Reader {
        wit::Reader {
            id: "read-odt".into(),
            version: "1.0.0".into(),
            media_types: vec![
                "application/vnd.oasis.opendocument.text".into(),
                "application/vnd.oasis.opendocument.text-template".into(),
            ],
            extensions: vec!["odt".into(), "ott".into()],
            gives: vec![Wanted::Document, Wanted::Tables],
        }
    }

    fn read(file: &File) -> Result<Content, Failure> {
        let mut container = Container::open(&file.bytes, "an OpenDocument text (.odt)")?;
        check_kind(&mut container)?;

        let mut styles = StylesPart::default();
        container.walk("styles.xml", &mut styles)?;
        let mut body = Body::new(styles.styles);
        container.walk("content.xml", &mut body)?;
        if !body.has_root {
            return Err(failure(
                "unsupported",
                "The file is an OpenDocument file, but not a text document.",
            ));
        }
        if file.wanted == Wanted::Tables {
            let warnings = body.left_out.warnings(Wanted::Tables);
            let tables = tables::tables(body.blocks.list(), &body.heading_rows, &warnings)?;
            return Ok(Content::Tables(tables));
        }
        if body.blocks.list().is_empty() {
            return Err(body.left_out.no_text());
        }

        body.begin_headers();
        container.walk("styles.xml", &mut body)?;
        body.blocks.drop_repeated_headers();
        let warnings = body.left_out.warnings(Wanted::Document);
        Ok(Content::Document(document(body.finish(), warnings)?))
    }
}

/// Tells apart what the container says of itself.
fn check_kind(container: &mut Container<'_>) -> Result<(), Failure> {
    let mut manifest = Manifest { encrypted: false };
    // Files from before 2008 declare a document type here, which the walk
    // refuses; nothing in them depends on it.
    let walked = container.walk("META-INF/manifest.xml", &mut manifest);
    if walked.is_ok() && manifest.encrypted {
        return Err(failure(
            "password-protected",
            "The document opens only with a password. Please save it without one and upload it anew.",
        ));
    }
    let media_type = container.bytes("mimetype", LONGEST_MEDIA_TYPE)?;
    let media_type = String::from_utf8_lossy(&media_type);
    let kind = media_type.strip_prefix("application/vnd.oasis.opendocument.");
    if let Some(kind) = kind.filter(|kind| !kind.starts_with("text")) {
        let kind = kind.split(['-', ';']).next().unwrap_or_default();
        let kind: String = kind.chars().filter(char::is_ascii_alphabetic).collect();
        return Err(failure(
            "unsupported",
            format!("This is an OpenDocument {kind}, not an OpenDocument text (.odt)."),
        ));
    }
    if container.holds("content.xml") {
        return Ok(());
    }
    Err(if container.holds("[Content_Types].xml") {
        failure(
            "unsupported",
            "This is a Microsoft Office file, not an OpenDocument text (.odt).",
        )
    } else if kind.is_some() {
        damaged()
    } else {
        failure(
            "unsupported",
            "This is a zip archive, not an OpenDocument text (.odt).",
        )
    })
}

/// Looks in the list of parts whether any is under a password.
struct Manifest {
    encrypted: bool,
}

impl Visit for Manifest {
    type Space = Space;

    fn space(address: &str) -> Space {
        Space::of(address)
    }

    fn open(&mut self, element: &Element<'_, Space>) -> Result<bool, Failure> {
        self.encrypted |= element.name == "encryption-data";
        Ok(true)
    }

    fn close(&mut self, _space: Space, _name: &str) -> Result<(), Failure> {
        Ok(())
    }

    fn text(&mut self, _text: &str) {}
}
