//! What `OpenDocument` files of all kinds share: how they say what they are.

use super::container::Container;
use super::wit::Failure;
use super::xml::{Element, Visit};
use super::{damaged, failure};

/// Longest media type that a container names for itself, in bytes.
const LONGEST_MEDIA_TYPE: usize = 4_096;

/// Tells apart what the container says of itself. `kind` is the wanted one as
/// media types have it (`spreadsheet`), `expected` says it for messages.
///
/// # Errors
///
/// `password-protected`, `unsupported` for another kind, `damaged` without content.
pub fn check_kind(
    container: &mut Container<'_>,
    wanted: &str,
    expected: &str,
) -> Result<(), Failure> {
    let mut manifest = Manifest { encrypted: false };
    // Files from before 2008 declare a document type here, which the walk
    // refuses; nothing in them depends on it.
    let walked = container.walk("META-INF/manifest.xml", &mut manifest);
    if walked.is_ok() && manifest.encrypted {
        return Err(failure(
            "password-protected",
            "The file opens only with a password. Please save it without one and upload it anew.",
        ));
    }
    let other = |what: &str| {
        Err(failure(
            "unsupported",
            format!("This is {what}, not {expected}."),
        ))
    };
    let media_type = container.bytes("mimetype", LONGEST_MEDIA_TYPE)?;
    let media_type = String::from_utf8_lossy(&media_type);
    let kind = media_type.strip_prefix("application/vnd.oasis.opendocument.");
    if let Some(kind) = kind.filter(|kind| !kind.starts_with(wanted)) {
        let letters = kind.chars().take_while(char::is_ascii_alphabetic);
        return other(&format!("an OpenDocument {}", letters.collect::<String>()));
    }
    if container.holds("content.xml") {
        Ok(())
    } else if container.holds("[Content_Types].xml") {
        other("a Microsoft Office file")
    } else if kind.is_some() {
        Err(damaged())
    } else {
        other("a zip archive")
    }
}

/// Looks in the list of parts whether any is under a password.
struct Manifest {
    encrypted: bool,
}

impl Visit for Manifest {
    type Space = ();

    fn space(_address: &str) {}

    fn open(&mut self, element: &Element<'_, ()>) -> Result<bool, Failure> {
        self.encrypted |= element.name == "encryption-data";
        Ok(true)
    }

    fn close(&mut self, _space: (), _name: &str) -> Result<(), Failure> {
        Ok(())
    }

    fn text(&mut self, _text: &str) {}
}
