//! Reads Rich Text Format (`.rtf`), as Word, `LibreOffice`, `WordPad`, `TextEdit`
//! and Google Docs write it.
//!
//! The file is walked mark by mark; groups stand on a stack of their own, so no
//! depth of nesting is a depth of calls. What a reader may skip (`\*`) and is not
//! known here is skipped with all that it holds.

mod body;
mod encodings;
mod tokens;

use unit_sdk::reader::wit::{self, Content, Failure, File, Wanted};
use unit_sdk::reader::{Reader, document, failure, other_format, tables};

use crate::body::Body;

/// The reader of RTF.
#[derive(Debug)]
pub struct ReadRtf;

unit_sdk::reader!(ReadRtf);

impl Reader for ReadRtf {
    fn describe() -> wit::Reader {
        wit::Reader {
            id: "read-rtf".into(),
            version: "1.0.0".into(),
            media_types: vec!["application/rtf".into(), "text/rtf".into()],
            extensions: vec!["rtf".into()],
            gives: vec![Wanted::Document, Wanted::Tables],
        }
    }

    fn read(file: &File) -> Result<Content, Failure> {
        let bytes = file.bytes.trim_ascii_start();
        if bytes.is_empty() {
            return Err(failure("empty", "The file has no content at all."));
        }
        if !bytes.starts_with(b"{\\rtf") {
            let what = other_format(bytes).unwrap_or("another format");
            return Err(failure(
                "unsupported",
                format!("This is {what}, not a Rich Text file (.rtf)."),
            ));
        }
        let mut body = Body::default();
        body.read(bytes)?;
        let warnings = body.left_out.warnings(file.wanted);
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
