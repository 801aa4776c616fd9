//! The two facts that styles say of a table: which cells hold durations, for the
//! type `time` is for both, and which sheets are hidden.

use std::collections::BTreeSet;

use unit_sdk::reader::sheet::too_large;
use unit_sdk::reader::wit::Failure;
use unit_sdk::reader::xml::{Element, Visit};

/// Most names of styles that are kept.
const MOST_NAMES: usize = 100_000;

/// Styles of a file, of both of its parts.
#[derive(Debug, Default)]
pub(crate) struct Styles {
    /// Formats of times that count on beyond a day.
    duration_formats: BTreeSet<String>,
    /// Styles of cells with such a format.
    durations: BTreeSet<String>,
    /// Styles of sheets that are not shown.
    hidden: BTreeSet<String>,
    /// The style that is open.
    open: String,
}

impl Styles {
    pub(crate) fn is_duration(&self, style: &str) -> bool {
        self.durations.contains(style)
    }

    pub(crate) fn is_hidden(&self, style: &str) -> bool {
        self.hidden.contains(style)
    }
}

impl Visit for Styles {
    type Space = ();

    fn space(_address: &str) {}

    fn open(&mut self, element: &Element<'_, ()>) -> Result<bool, Failure> {
        let name = || element.attribute("name").unwrap_or_default();
        match element.name {
            "time-style"
                if element.attribute("truncate-on-overflow").as_deref() == Some("false") =>
            {
                self.duration_formats.insert(name());
            }
            "style" => {
                self.open = name();
                let of = |kept: &BTreeSet<String>, attribute| {
                    element
                        .attribute(attribute)
                        .is_some_and(|name| kept.contains(&name))
                };
                let has_own_format = element.attribute("data-style-name").is_some();
                if of(&self.duration_formats, "data-style-name")
                    || (!has_own_format && of(&self.durations, "parent-style-name"))
                {
                    self.durations.insert(self.open.clone());
                }
            }
            "table-properties" if element.attribute("display").as_deref() == Some("false") => {
                self.hidden.insert(self.open.clone());
            }
            _ => {}
        }
        if self.duration_formats.len() + self.durations.len() + self.hidden.len() > MOST_NAMES {
            return Err(too_large());
        }
        Ok(true)
    }

    fn close(&mut self, _space: (), _name: &str) -> Result<(), Failure> {
        Ok(())
    }

    fn text(&mut self, _text: &str) {}
}
