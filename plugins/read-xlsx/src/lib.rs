//! Reads Excel workbooks (`.xlsx`), transitional and strict.
//!
//! Each sheet that people can see and that holds rows is a table. Cells have the
//! type that their number format gives them; of formulas the results count that
//! the file holds. What is hidden is left out and said.

mod format;
mod sheet;
mod workbook;

use unit_sdk::reader::package::Package;
use unit_sdk::reader::sheet::{MOST_TABLES, no_document, no_rows, too_large};
use unit_sdk::reader::wit::{self, Content, Failure, File, Wanted};
use unit_sdk::reader::{Reader, failure, warning};

use crate::format::Formats;
use crate::sheet::{HeadingRow, SheetPart};
use crate::workbook::{SharedStrings, Workbook};

/// The reader of Excel workbooks.
#[derive(Debug)]
pub struct ReadXlsx;

unit_sdk::reader!(ReadXlsx);

impl Reader for ReadXlsx {
    fn describe() -> wit::Reader {
        wit::Reader {
            id: "read-xlsx".into(),
            version: "1.0.0".into(),
            media_types: vec![
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".into(),
                "application/vnd.openxmlformats-officedocument.spreadsheetml.template".into(),
                "application/vnd.ms-excel.sheet.macroenabled.12".into(),
            ],
            // Macros are code that nobody runs here; their workbooks are read like others.
            extensions: vec!["xlsx".into(), "xltx".into(), "xlsm".into()],
            gives: vec![Wanted::Tables],
        }
    }

    fn read(file: &File) -> Result<Content, Failure> {
        if file.wanted == Wanted::Document {
            return Err(no_document());
        }
        let mut package = Package::open(&file.bytes, "an Excel workbook (.xlsx)")?;
        let main = package.main_part("xl/workbook.xml")?;
        if main.rsplit('.').next() == Some("bin") {
            return Err(failure(
                "unsupported",
                "This is a binary workbook (.xlsb). Please save it as .xlsx and upload it anew.",
            ));
        }
        let mut workbook = Workbook::default();
        package.walk(&main, &mut workbook)?;
        let relationships = package.relationships(&main)?;
        let part = |kind: &str| {
            let mut known = relationships.iter();
            known.find(|relationship| relationship.kind == kind)
        };
        let mut strings = SharedStrings::default();
        if let Some(part) = part("sharedStrings") {
            package.walk(&part.target, &mut strings)?;
        }
        let mut formats = Formats::new(&file.locale, workbook.counts_from_1904);
        if let Some(part) = part("styles") {
            package.walk(&part.target, &mut formats)?;
        }

        let mut tables = Vec::new();
        let mut hidden_sheets = 0;
        for sheet in &workbook.sheets {
            let mut known = relationships.iter();
            let Some(part) = known.find(|part| part.id == sheet.id && part.kind == "worksheet")
            else {
                continue;
            };
            let mut cells = SheetPart::new(&strings, &formats);
            package.walk(&part.target, &mut cells)?;
            if cells.sheet.is_empty() {
                continue;
            }
            if sheet.is_hidden {
                hidden_sheets += 1;
                continue;
            }
            let mut heading = HeadingRow::default();
            for inner in package.relationships(&part.target)? {
                if inner.kind == "table" {
                    package.walk(&inner.target, &mut heading)?;
                }
            }
            let warnings = cells.left_out.warnings();
            tables.extend(cells.sheet.table(&sheet.name, heading.only(), warnings)?);
            if tables.len() > MOST_TABLES {
                return Err(too_large());
            }
        }
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
