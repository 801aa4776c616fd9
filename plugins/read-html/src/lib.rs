//! Reads web pages (`.html`), as word processors save them and people paste them.
//!
//! The page is parsed as browsers parse it. No script runs and nothing is
//! fetched; what a page hides is left out and said.

mod body;
mod looks;
mod tree;

use encoding_rs::{Encoding, UTF_8};
use unit_sdk::reader::encoding::{self, Decoded};
use unit_sdk::reader::wit::{self, Content, Failure, File, Wanted};
use unit_sdk::reader::{Reader, document, failure, other_format, tables};

use crate::body::Body;

/// Where a page says how it is encoded, in bytes from the start.
const HEAD: usize = 4 << 10;

/// The reader of web pages.
#[derive(Debug)]
pub struct ReadHtml;

unit_sdk::reader!(ReadHtml);

impl Reader for ReadHtml {
    fn describe() -> wit::Reader {
        wit::Reader {
            id: "read-html".into(),
            version: "1.0.0".into(),
            media_types: vec!["text/html".into(), "application/xhtml+xml".into()],
            extensions: vec!["html".into(), "htm".into(), "xhtml".into()],
            gives: vec![Wanted::Document, Wanted::Tables],
        }
    }

    fn read(file: &File) -> Result<Content, Failure> {
        let decoded = decoded(&file.bytes)?;
        if decoded.text.trim().is_empty() {
            return Err(failure("empty", "The file has no content at all."));
        }
        if !has_tags(&decoded.text) {
            return Err(failure(
                "unsupported",
                "This is not a web page: there is no tag in it. Please save it as .txt and upload it anew.",
            ));
        }
        let nodes = tree::parsed(&decoded.text)?;
        let mut body = Body::new(&nodes);
        body.read()?;
        let mut warnings = body.left_out.warnings(file.wanted);
        warnings.extend(decoded.warning);
        if file.wanted == Wanted::Tables {
            let tables = tables::tables(body.blocks.list(), &body.heading_rows, &warnings)?;
            return Ok(Content::Tables(tables));
        }
        if body.blocks.next_anchor() == 0 {
            return Err(body.left_out.no_text());
        }
        body.blocks.drop_repeated_headers();
        Ok(Content::Document(document(body.blocks.finish(), warnings)?))
    }
}

/// The text, by its byte order mark, else by what the page says, else as plain
/// text is decoded.
fn decoded(bytes: &[u8]) -> Result<Decoded<'_>, Failure> {
    if let Some(what) = other_format(bytes) {
        return Err(failure(
            "unsupported",
            format!("This is {what}, not a web page."),
        ));
    }
    if bytes.starts_with(b"MIME-Version:") {
        return Err(failure(
            "unsupported",
            "This is a web archive (.mht). Please save the work as .docx and upload it anew.",
        ));
    }
    let stated = Encoding::for_bom(bytes)
        .is_none()
        .then(|| stated_encoding(bytes))
        .flatten()
        .filter(|stated| *stated != UTF_8);
    match stated {
        Some(stated) => Ok(Decoded {
            text: stated.decode_without_bom_handling(bytes).0,
            warning: None,
        }),
        None => encoding::decoded(bytes),
    }
}

/// The encoding that the page names in its first lines.
fn stated_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]).to_lowercase();
    let (_, stated) = head.split_once("charset")?;
    let stated = stated.trim_start().strip_prefix('=')?;
    let label = stated.trim_start_matches([' ', '"', '\'']);
    let label = label
        .split(['"', '\'', ';', '>', ' ', '/', '\n', '\r'])
        .next()?;
    // Whoever can be read up to here is not in UTF-16, whatever it says.
    Encoding::for_label(label.as_bytes()).map(Encoding::output_encoding)
}

fn has_tags(text: &str) -> bool {
    text.as_bytes()
        .windows(2)
        .any(|pair| pair[0] == b'<' && (pair[1].is_ascii_alphabetic() || pair[1] == b'!'))
}
