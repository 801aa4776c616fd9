//! The workbook's list of sheets, and the texts that its cells share.

use unit_sdk::reader::sheet::too_large;
use unit_sdk::reader::wit::Failure;
use unit_sdk::reader::xml::{Element, Visit};

/// Most sheets; a file may name as many as its writer likes.
const MOST_SHEETS: usize = 1_000;
/// Most shared texts, and their bytes; a table holds fewer.
const MOST_STRINGS: usize = 1_000_000;
const MOST_STRING_BYTES: usize = 8 << 20;

/// A sheet as the workbook names it.
#[derive(Debug)]
pub(crate) struct SheetName {
    pub(crate) name: String,
    /// Id of the relationship that points to its part.
    pub(crate) id: String,
    pub(crate) is_hidden: bool,
}

/// The workbook part.
#[derive(Debug, Default)]
pub(crate) struct Workbook {
    pub(crate) sheets: Vec<SheetName>,
    /// Day numbers count from 1904, as old Macs had it.
    pub(crate) counts_from_1904: bool,
}

impl Visit for Workbook {
    type Space = ();

    fn space(_address: &str) {}

    fn open(&mut self, element: &Element<'_, ()>) -> Result<bool, Failure> {
        match element.name {
            "workbookPr" => {
                let from_1904 = element.attribute("date1904");
                self.counts_from_1904 = matches!(from_1904.as_deref(), Some("1" | "true"));
            }
            "sheet" => {
                if self.sheets.len() >= MOST_SHEETS {
                    return Err(too_large());
                }
                self.sheets.push(SheetName {
                    name: element.attribute("name").unwrap_or_default(),
                    id: element.attribute("id").unwrap_or_default(),
                    is_hidden: element
                        .attribute("state")
                        .is_some_and(|state| state != "visible"),
                });
            }
            _ => {}
        }
        Ok(true)
    }

    fn close(&mut self, _space: (), _name: &str) -> Result<(), Failure> {
        Ok(())
    }

    fn text(&mut self, _text: &str) {}
}

/// The shared texts, one after the other.
#[derive(Debug, Default)]
pub(crate) struct SharedStrings {
    texts: String,
    ends: Vec<usize>,
    within_text: bool,
}

impl SharedStrings {
    pub(crate) fn get(&self, index: usize) -> &str {
        let start = index
            .checked_sub(1)
            .map_or(Some(0), |before| self.ends.get(before).copied());
        match (start, self.ends.get(index)) {
            (Some(start), Some(&end)) => &self.texts[start..end],
            _ => "",
        }
    }
}

impl Visit for SharedStrings {
    type Space = ();

    fn space(_address: &str) {}

    fn open(&mut self, element: &Element<'_, ()>) -> Result<bool, Failure> {
        self.within_text = element.name == "t";
        // Phonetic signs repeat the text in another script.
        Ok(element.name != "rPh")
    }

    fn close(&mut self, _space: (), name: &str) -> Result<(), Failure> {
        self.within_text = false;
        if name == "si" {
            if self.ends.len() >= MOST_STRINGS || self.texts.len() > MOST_STRING_BYTES {
                return Err(too_large());
            }
            self.ends.push(self.texts.len());
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if self.within_text {
            self.texts.push_str(text);
        }
    }
}
