//! The namespaces of `.odt` files.

/// Namespaces that make a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    Office,
    Style,
    Text,
    Table,
    Draw,
    /// Titles and descriptions of pictures, names and dates of who commented,
    /// formulas and program settings: no text of the learner's.
    Aside,
    Other,
}

impl Space {
    pub(crate) fn of(address: &str) -> Self {
        if address == "http://purl.org/dc/elements/1.1/"
            || address == "http://www.w3.org/1998/Math/MathML"
        {
            return Self::Aside;
        }
        let Some(name) = address.strip_prefix("urn:oasis:names:tc:opendocument:xmlns:") else {
            return Self::Other;
        };
        match name.split(':').next() {
            Some("office") => Self::Office,
            Some("style") => Self::Style,
            Some("text") => Self::Text,
            Some("table") => Self::Table,
            Some("drawing") => Self::Draw,
            Some("svg-compatible" | "meta" | "form" | "script" | "config") => Self::Aside,
            _ => Self::Other,
        }
    }
}
