//! Reads tables in plain text: `.csv`, `.tsv`, and rows that are pasted from a
//! spreadsheet.
//!
//! The separator is the one that parts the rows most evenly. Quotes follow
//! RFC 4180 where they can, and are read as signs where they cannot.

mod records;

use unit_sdk::reader::encoding::decoded;
use unit_sdk::reader::sheet::{Sheet, cell, no_document, no_rows};
use unit_sdk::reader::wit::{self, Content, Failure, File, Wanted};
use unit_sdk::reader::{Reader, warning};

use crate::records::{separator, walk};

/// The reader of tables in plain text.
#[derive(Debug)]
pub struct ReadCsv;

unit_sdk::reader!(ReadCsv);

impl Reader for ReadCsv {
    fn describe() -> wit::Reader {
        wit::Reader {
            id: "read-csv".into(),
            version: "1.0.0".into(),
            media_types: vec![
                "text/csv".into(),
                "application/csv".into(),
                "text/tab-separated-values".into(),
            ],
            // Spreadsheets save tables as .txt too.
            extensions: vec!["csv".into(), "tsv".into(), "tab".into(), "txt".into()],
            gives: vec![Wanted::Tables],
        }
    }

    fn read(file: &File) -> Result<Content, Failure> {
        if file.wanted == Wanted::Document {
            return Err(no_document());
        }
        let decoded = decoded(&file.bytes)?;
        let (separator, text) = separator(&decoded.text);
        let mut sheet = Sheet::default();
        let unclosed = walk(text, separator, |row, column, text| {
            sheet.push(row, column, cell::TEXT, text, text)
        })?;
        let mut warnings: Vec<wit::Warning> = decoded.warning.into_iter().collect();
        if unclosed {
            let message = "A quotation mark opens a cell and none closes it, so it was read as part of the text.";
            warnings.push(warning("unclosed-quote", message, 1));
        }
        let table = sheet.table("", None, warnings)?;
        Ok(Content::Tables(vec![table.ok_or_else(no_rows)?]))
    }
}
