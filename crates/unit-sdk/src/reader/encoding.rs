//! Text out of bytes that do not say how their letters are encoded.

use std::borrow::Cow;

use encoding_rs::{Encoding, WINDOWS_1252};

use super::wit::{Failure, Warning};
use super::{damaged, failure, other_format, warning};

/// A text, and the warning where its encoding was guessed.
#[derive(Clone, Debug)]
pub struct Decoded<'a> {
    /// The text, without a byte order mark.
    pub text: Cow<'a, str>,
    /// `guessed-encoding`, or none.
    pub warning: Option<Warning>,
}

/// The text of a file: by its byte order mark, else UTF-8, else Windows-1252.
///
/// # Errors
///
/// `unsupported` for what is no text, `damaged` where the text is not what its
/// mark says.
pub fn decoded(bytes: &[u8]) -> Result<Decoded<'_>, Failure> {
    if let Some(what) = other_format(bytes) {
        return Err(failure(
            "unsupported",
            format!("This is {what}, not plain text."),
        ));
    }
    let known = |text| {
        Ok(Decoded {
            text,
            warning: None,
        })
    };
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        let text = encoding.decode_without_bom_handling_and_without_replacement(&bytes[mark..]);
        return text.map_or_else(|| Err(damaged()), known);
    }
    if bytes.contains(&0) || (looks_binary(bytes) && std::str::from_utf8(bytes).is_err()) {
        return Err(failure(
            "unsupported",
            "This file is not plain text: it holds bytes that no text has.",
        ));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return known(Cow::Borrowed(text));
    }
    let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
    Ok(Decoded {
        text,
        warning: Some(guessed()),
    })
}

/// The warning that Windows-1252 was assumed.
pub fn guessed() -> Warning {
    warning(
        "guessed-encoding",
        "The file does not say how its letters are encoded. Windows-1252 was assumed; look whether accents and quotation marks are right.",
        1,
    )
}

/// More than one control character in a hundred bytes is no text of any age.
fn looks_binary(bytes: &[u8]) -> bool {
    let is_control = |byte: &&u8| matches!(byte, 0x00..=0x08 | 0x0e..=0x1f | 0x7f);
    bytes.iter().filter(is_control).count() * 100 > bytes.len()
}
