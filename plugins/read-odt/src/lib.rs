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
use unit_sdk::reader::open_document::check_kind;
use unit_sdk::reader::wit::{self, Content, Failure, File, Wanted};
use unit_sdk::reader::{Reader, document, failure, tables};

use crate::body::Body;
use crate::styles::StylesPart;

const EXPECTED: &str = "an OpenDocument text (.odt)";

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
        let mut container = Container::open(&file.bytes, EXPECTED)?;
        check_kind(&mut container, "text", EXPECTED)?;

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
