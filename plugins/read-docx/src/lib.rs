//! Reads Word documents (`.docx`), transitional and strict.
//!
//! Paragraphs come in reading order; text boxes, notes, page headers and
//! comments follow as parts of their own. What tracked changes deleted is left
//! out, what they inserted is text. Each paragraph of a table cell is a block,
//! with table, row and column beside it.

mod body;
mod numbering;
mod space;
mod styles;

use unit_sdk::reader::package::{Package, Relationship};
use unit_sdk::reader::wit::{self, Content, Failure, File, Wanted};
use unit_sdk::reader::xml::Visit;
use unit_sdk::reader::{Reader, document, failure, part, tables};

use crate::body::Body;
use crate::numbering::NumberingPart;
use crate::styles::StylesPart;

/// The reader of Word documents.
#[derive(Debug)]
pub struct ReadDocx;

unit_sdk::reader!(ReadDocx);

impl Reader for ReadDocx {
    fn describe() -> wit::Reader {
        wit::Reader {
            id: "read-docx".into(),
            version: "1.0.0".into(),
            media_types: vec![
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document".into(),
                "application/vnd.openxmlformats-officedocument.wordprocessingml.template".into(),
                "application/vnd.ms-word.document.macroenabled.12".into(),
            ],
            extensions: vec!["docx".into(), "dotx".into(), "docm".into()],
            gives: vec![Wanted::Document, Wanted::Tables],
        }
    }

    fn read(file: &File) -> Result<Content, Failure> {
        let mut package = Package::open(&file.bytes, "a Word document (.docx)")?;
        let main = package.main_part("word/document.xml")?;
        let relationships = package.relationships(&main)?;

        let mut styles = StylesPart::default();
        walk_all(&mut package, &relationships, "styles", &mut styles)?;
        let mut numbering = NumberingPart::default();
        walk_all(&mut package, &relationships, "numbering", &mut numbering)?;

        let mut body = Body::new(&styles.styles, numbering.numbering);
        package.walk(&main, &mut body)?;
        if !body.has_root {
            return Err(failure(
                "unsupported",
                "The container's main part is not a Word document.",
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

        for (kind, part) in [
            ("footnotes", part::NOTE),
            ("endnotes", part::NOTE),
            ("comments", part::COMMENT),
        ] {
            body.begin_part(part);
            walk_all(&mut package, &relationships, kind, &mut body)?;
        }
        read_headers(&mut package, &relationships, &mut body)?;
        let warnings = body.left_out.warnings(Wanted::Document);
        Ok(Content::Document(document(body.finish(), warnings)?))
    }
}

fn read_headers(
    package: &mut Package<'_>,
    relationships: &[Relationship],
    body: &mut Body<'_>,
) -> Result<(), Failure> {
    body.begin_part(part::HEADER);
    for id in std::mem::take(&mut body.headers) {
        let mut known = relationships.iter();
        if let Some(header) = known.find(|relationship| relationship.id == id) {
            package.walk(&header.target, body)?;
        }
    }
    body.blocks.drop_repeated_headers();
    Ok(())
}

fn walk_all(
    package: &mut Package<'_>,
    relationships: &[Relationship],
    kind: &str,
    visitor: &mut impl Visit,
) -> Result<(), Failure> {
    // A document has at most one part of each of these kinds; the first counts.
    match relationships
        .iter()
        .find(|relationship| relationship.kind == kind)
    {
        Some(relationship) => package.walk(&relationship.target, visitor),
        None => Ok(()),
    }
}
