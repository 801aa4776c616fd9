//! Reads spreadsheets of `LibreOffice` and its relatives (`.ods`).
//!
//! Each sheet that people can see and that holds rows is a table. Cells have the
//! type that the file gives them; of formulas the results count that the file
//! holds. What is hidden is left out and said.

mod body;
mod styles;

use unit_sdk::reader::container::Container;
use unit_sdk::reader::open_document::check_kind;
use unit_sdk::reader::sheet::{no_document, no_rows};
use unit_sdk::reader::wit::{self, Content, Failure, File, Wanted};
use unit_sdk::reader::{Reader, warning};

use crate::body::Body;

const EXPECTED: &str = "an OpenDocument spreadsheet (.ods)";

/// The reader of `OpenDocument` spreadsheets.
#[derive(Debug)]
pub struct ReadOds;

unit_sdk::reader!(ReadOds);

impl Reader for ReadOds {
    fn describe() -> wit::Reader {
        wit::Reader {
            id: "read-ods".into(),
            version: "1.0.0".into(),
            media_types: vec![
                "application/vnd.oasis.opendocument.spreadsheet".into(),
                "application/vnd.oasis.opendocument.spreadsheet-template".into(),
            ],
            extensions: vec!["ods".into(), "ots".into()],
            gives: vec![Wanted::Tables],
        }
    }

    fn read(file: &File) -> Result<Content, Failure> {
        if file.wanted == Wanted::Document {
            return Err(no_document());
        }
        let mut container = Container::open(&file.bytes, EXPECTED)?;
        check_kind(&mut container, "spreadsheet", EXPECTED)?;
        let mut body = Body::default();
        // Named styles stand in a part of their own, and are shaped like the others.
        container.walk("styles.xml", &mut body.styles)?;
        container.walk("content.xml", &mut body)?;
        let hidden_sheets = body.hidden_sheets;
        let mut tables = body.tables;
        match tables.first_mut() {
            None => return Err(no_rows()),
            Some(first) if hidden_sheets > 0 => first.warnings.push(warning(
                "hidden-sheets",
                "Hidden sheets were left out.",
                hidden_sheets,
            )),
            Some(_) => {}
        }
        Ok(Content::Tables(tables))
    }
}
