//! Reads plain text and Markdown: UTF-8, UTF-16 with its byte order mark, else
//! Windows-1252.
//!
//! In plain text, every line that is not blank is a paragraph. A line that begins
//! with a bullet is a list item, with the bullet as its label. Markdown is what
//! its name or media type says is Markdown; plain text stays plain.

mod markdown;

use unit_sdk::reader::encoding::decoded;
use unit_sdk::reader::wit::{self, Content, Failure, File, Wanted};
use unit_sdk::reader::{Block, Blocks, Reader, document, failure, kind, line};

/// Bullets that learners type; each counts only with white space behind it.
const BULLETS: [char; 8] = ['•', '◦', '▪', '‣', '·', '*', '-', '–'];

/// The reader of plain text.
#[derive(Debug)]
pub struct ReadTxt;

unit_sdk::reader!(ReadTxt);

impl Reader for ReadTxt {
    fn describe() -> wit::Reader {
        wit::Reader {
            id: "read-txt".into(),
            version: "1.0.0".into(),
            media_types: vec!["text/plain".into(), "text/markdown".into()],
            extensions: vec!["txt".into(), "text".into(), "md".into(), "markdown".into()],
            gives: vec![Wanted::Document],
        }
    }

    fn read(file: &File) -> Result<Content, Failure> {
        if file.wanted == Wanted::Tables {
            return Err(failure(
                "unsupported",
                "Plain text has no tables. Please use a spreadsheet or a .csv file.",
            ));
        }
        let decoded = decoded(&file.bytes)?;
        let mut warnings: Vec<_> = decoded.warning.into_iter().collect();
        let blocks = if is_markdown(file) {
            let (blocks, left_out) = markdown::read(&decoded.text)?;
            warnings.extend(left_out.warnings(Wanted::Document));
            blocks
        } else {
            let mut blocks = Blocks::default();
            for line in decoded
                .text
                .split(['\n', '\r', '\u{c}', '\u{85}', '\u{2029}'])
            {
                blocks.push(block(line))?;
            }
            blocks.finish()
        };
        if blocks.is_empty() {
            return Err(failure("empty", "The file holds no text."));
        }
        Ok(Content::Document(document(blocks, warnings)?))
    }
}

fn is_markdown(file: &File) -> bool {
    let ending = file
        .name
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .to_lowercase();
    file.media_type == "text/markdown" || ending == "md" || ending == "markdown"
}

fn block(written: &str) -> Block {
    let text = line(written);
    let bullet = text.chars().next().filter(|first| BULLETS.contains(first));
    let item = bullet.and_then(|bullet| text.strip_prefix(bullet)?.strip_prefix([' ', '\t']));
    match (
        bullet,
        item.map(str::trim_start).filter(|item| !item.is_empty()),
    ) {
        (Some(bullet), Some(item)) => Block {
            text: item.to_owned(),
            label: bullet.to_string(),
            kind: kind::LIST_ITEM,
            level: 1,
            ..Block::default()
        },
        _ => Block {
            text,
            ..Block::default()
        },
    }
}
