//! The namespaces of Word files.

use unit_sdk::reader::xml::Element;

/// Namespaces that make a difference, transitional and strict alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Word,
    Compatibility,
    Math,
    Other,
}

impl Space {
    pub(crate) fn of(address: &str) -> Self {
        match address {
            "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
            | "http://purl.oclc.org/ooxml/wordprocessingml/main" => Self::Word,
            "http://schemas.openxmlformats.org/markup-compatibility/2006" => Self::Compatibility,
            "http://schemas.openxmlformats.org/officeDocument/2006/math"
            | "http://purl.oclc.org/ooxml/officeDocument/math" => Self::Math,
            _ => Self::Other,
        }
    }
}

/// A switch, in the attribute `val`: on unless it says otherwise.
pub(crate) fn switch(element: &Element<'_, Space>) -> bool {
    !matches!(
        element.attribute("val").as_deref(),
        Some("0" | "false" | "off")
    )
}
