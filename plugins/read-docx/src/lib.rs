//! Reads Word documents (`.docx`), transitional and strict.
//!
//! Paragraphs come in reading order; text boxes, notes, page headers and
//! comments follow as parts of their own. What tracked changes deleted is left
//! out, what they inserted is text. Each paragraph of a table cell is a block,
//! with table, row and column beside it.

mod body;
mod numbering;
mod package;
mod styles;
mod tables;
mod xml;

use unit_sdk::reader::wit::{self, Content, Failure, File, Wanted};
use unit_sdk::reader::{Reader, document, failure, part, warning};

use crate::body::Body;
use crate::numbering::NumberingPart;
use crate::package::{Package, Relationship};
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
        check_container(&file.bytes)?;
        let mut package = Package::open(&file.bytes)?;
        let main = package.main_part()?;
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
            let mut warnings = body.counts.warnings();
            if body.counts.merged_cells > 0 {
                let message = "Merged cells were read where they begin.";
                warnings.push(warning("merged-cells", message, body.counts.merged_cells));
            }
            let tables = tables::tables(&body.blocks, &body.heading_rows, &warnings)?;
            return Ok(Content::Tables(tables));
        }
        if body.blocks.is_empty() {
            return Err(if body.counts.pictures > 0 {
                failure(
                    "image-only",
                    "The document holds pictures and no text, as a scan does.",
                )
            } else {
                failure("empty", "The document holds no text.")
            });
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
        body.finish();
        let warnings = body.counts.warnings();
        Ok(Content::Document(document(body.blocks, warnings)?))
    }
}

/// Each text of headers and footers once: first page, even pages and sections
/// usually repeat them.
fn read_headers(
    package: &mut Package<'_>,
    relationships: &[Relationship],
    body: &mut Body<'_>,
) -> Result<(), Failure> {
    let first = body.blocks.len();
    body.begin_part(part::HEADER);
    for id in std::mem::take(&mut body.headers) {
        if let Some(relationship) = relationships
            .iter()
            .find(|relationship| relationship.id == id)
        {
            package.walk(&relationship.target, body)?;
        }
    }
    let headers = body.blocks.split_off(first);
    for header in headers {
        if !body.blocks[first..]
            .iter()
            .any(|known| known.text == header.text)
        {
            body.blocks.push(header);
        }
    }
    Ok(())
}

fn walk_all(
    package: &mut Package<'_>,
    relationships: &[Relationship],
    kind: &str,
    visitor: &mut impl xml::Visit,
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

/// Tells apart by the first bytes what is no zip container.
fn check_container(bytes: &[u8]) -> Result<(), Failure> {
    const ZIP: &[u8] = b"PK\x03\x04";
    const EMPTY_ZIP: &[u8] = b"PK\x05\x06";
    // Compound files hold old Office documents, and new ones under a password.
    const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    if bytes.is_empty() {
        return Err(failure("empty", "The file has no content at all."));
    }
    if bytes.starts_with(ZIP) || bytes.starts_with(EMPTY_ZIP) {
        return Ok(());
    }
    if bytes.starts_with(COMPOUND) {
        return Err(if holds_utf16(bytes, "EncryptedPackage") {
            failure(
                "password-protected",
                "The document opens only with a password. Please save it without one and upload it anew.",
            )
        } else {
            failure(
                "unsupported",
                "This is a document of an old Office version (.doc). Please save it as .docx and upload it anew.",
            )
        });
    }
    let what = if bytes.starts_with(b"%PDF") {
        "a PDF file"
    } else if bytes.starts_with(b"{\\rtf") {
        "an RTF file"
    } else {
        "another format"
    };
    Err(failure(
        "unsupported",
        format!("This is {what}, not a Word document (.docx)."),
    ))
}

/// Whether the bytes hold an ASCII text in UTF-16, as names in compound files are.
fn holds_utf16(bytes: &[u8], text: &str) -> bool {
    let wanted: Vec<u8> = text.bytes().flat_map(|byte| [byte, 0]).collect();
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
