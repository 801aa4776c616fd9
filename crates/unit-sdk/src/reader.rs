//! Reading of files: what a reader plugin implements, and helpers that all
//! readers share.
//!
//! A reader decides by the bytes, not by the name. It gives plain text with
//! columns beside it, or a [`wit::Failure`] that says why not.

/// The types of the reader interface, as `wit/reader/reader.wit` documents them.
pub mod wit {
    pub use crate::bindings::reader::markbridge::reader::types::*;
}

/// Kinds of block (`document.kind`).
pub mod kind {
    /// A paragraph.
    pub const PARAGRAPH: u8 = 0;
    /// A heading; its level counts from 1.
    pub const HEADING: u8 = 1;
    /// A list item; its depth counts from 1.
    pub const LIST_ITEM: u8 = 2;
    /// A paragraph in a table cell.
    pub const TABLE_CELL: u8 = 3;
    /// The document's title or subtitle.
    pub const TITLE: u8 = 4;
    /// A caption.
    pub const CAPTION: u8 = 5;
    /// A quotation.
    pub const QUOTATION: u8 = 6;
}

/// Bits of how a whole block looks (`document.style`).
pub mod style {
    /// Bold.
    pub const BOLD: u8 = 1;
    /// Italic.
    pub const ITALIC: u8 = 2;
    /// Underlined.
    pub const UNDERLINED: u8 = 4;
    /// Capitals.
    pub const CAPITALS: u8 = 8;
    /// Larger than the body text.
    pub const LARGER: u8 = 16;
    /// Struck through.
    pub const STRUCK: u8 = 32;
}

/// Parts of a document (`document.part`).
pub mod part {
    /// The body.
    pub const BODY: u8 = 0;
    /// A footnote or endnote.
    pub const NOTE: u8 = 1;
    /// A page header or footer.
    pub const HEADER: u8 = 2;
    /// A text box.
    pub const TEXT_BOX: u8 = 3;
    /// A comment.
    pub const COMMENT: u8 = 4;
}

/// Most text of a document, in bytes (`reader.wit`, `document`).
pub const MOST_TEXT: usize = 4 << 20;
/// Most blocks of a document (`reader.wit`, `document`).
pub const MOST_BLOCKS: usize = 100_000;

/// A reader.
pub trait Reader {
    /// Says what it reads.
    fn describe() -> wit::Reader;

    /// Reads one file.
    ///
    /// # Errors
    ///
    /// A [`wit::Failure`] with one of the codes of `reader.wit`.
    fn read(file: &wit::File) -> Result<wit::Content, wit::Failure>;
}

/// A block on its way into a document.
#[derive(Clone, Debug, Default)]
pub struct Block {
    /// Its text; see [`line()`].
    pub text: String,
    /// Number or bullet that the file's numbering puts before it.
    pub label: String,
    /// See [`kind`].
    pub kind: u8,
    /// Level of a heading, depth of a list item.
    pub level: u8,
    /// See [`style`].
    pub style: u8,
    /// See [`part`].
    pub part: u8,
    /// Page from 1, or 0 where the file does not say.
    pub page: u32,
    /// Table, row and column from 1, or 0.
    pub cell: [u32; 3],
    /// Body block that a note, comment or text box belongs to.
    pub anchor: u32,
    /// Font size in half points, or 0.
    pub size: u32,
}

/// How a number column takes its number from a block.
type NumberOf = fn(&Block) -> u32;

/// Makes a document of blocks: body first, then the other parts in their order.
///
/// # Errors
///
/// `too-large` beyond [`MOST_TEXT`] or [`MOST_BLOCKS`].
pub fn document(
    mut blocks: Vec<Block>,
    warnings: Vec<wit::Warning>,
) -> Result<wit::Document, wit::Failure> {
    blocks.retain(|block| !block.text.is_empty());
    blocks.sort_by_key(|block| block.part != part::BODY);
    let bytes: usize = blocks.iter().map(|block| block.text.len() + 1).sum();
    if blocks.len() > MOST_BLOCKS || bytes > MOST_TEXT {
        return Err(failure(
            "too-large",
            "The file holds more text than can be read (4 MiB or 100,000 paragraphs).",
        ));
    }
    let joined = |text: fn(&Block) -> &str| -> String {
        let lines: Vec<&str> = blocks.iter().map(text).collect();
        lines.join("\n")
    };
    let labelled = blocks.iter().any(|block| !block.label.is_empty());
    let numbers: [(&str, NumberOf); 6] = [
        ("page", |block| block.page),
        ("table", |block| block.cell[0]),
        ("row", |block| block.cell[1]),
        ("column", |block| block.cell[2]),
        ("anchor", |block| block.anchor),
        ("size", |block| block.size),
    ];
    let more = numbers
        .into_iter()
        .filter(|(name, of)| match *name {
            "anchor" => blocks
                .iter()
                .any(|block| block.part != part::BODY && block.part != part::HEADER),
            _ => blocks.iter().any(|block| of(block) > 0),
        })
        .map(|(name, of)| wit::NumberColumn {
            name: name.into(),
            numbers: blocks.iter().map(of).collect(),
        })
        .collect();
    Ok(wit::Document {
        text: joined(|block| &block.text),
        labels: if labelled {
            joined(|block| &block.label)
        } else {
            String::new()
        },
        kind: blocks.iter().map(|block| block.kind).collect(),
        level: blocks.iter().map(|block| block.level).collect(),
        style: blocks.iter().map(|block| block.style).collect(),
        part: blocks.iter().map(|block| block.part).collect(),
        more,
        properties: Vec::new(),
        warnings,
    })
}

/// One line of a line text: line breaks become U+2028, soft hyphens and control
/// characters are left out, and white space at both ends is cut off.
pub fn line(text: &str) -> String {
    let kept: String = text
        .chars()
        .filter_map(|character| match character {
            '\t' => Some('\t'),
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2029}' => Some('\u{2028}'),
            '\u{ad}' => None,
            control if control.is_control() => None,
            other => Some(other),
        })
        .collect();
    kept.trim().to_owned()
}

/// A failure with one of the codes of `reader.wit`.
pub fn failure(code: &str, message: impl Into<String>) -> wit::Failure {
    wit::Failure {
        code: code.into(),
        message: message.into(),
    }
}

/// A warning with one of the codes of `reader.wit`.
pub fn warning(code: &str, message: impl Into<String>, count: u32) -> wit::Warning {
    wit::Warning {
        code: code.into(),
        message: message.into(),
        count,
    }
}

/// Writes a line for the reader's author. On the host, where tests run, it does nothing.
pub fn log(line: &str) {
    if cfg!(target_arch = "wasm32") {
        crate::bindings::reader::markbridge::reader::log::write(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_follow_the_rules_of_line_texts() {
        assert_eq!(
            line(" one\u{ad}two\tthree\nfour\u{0}\u{7} "),
            "onetwo\tthree\u{2028}four"
        );
        assert_eq!(line("\n \u{2028}"), "");
    }

    #[test]
    fn the_body_comes_first_and_empty_columns_are_left_out() {
        let block = |text: &str, part| Block {
            text: text.into(),
            part,
            ..Block::default()
        };
        let blocks = vec![block("box", part::TEXT_BOX), block("", 0), block("body", 0)];
        let read = document(blocks, Vec::new()).expect("a small document");
        assert_eq!(read.text, "body\nbox");
        assert_eq!(read.part, [part::BODY, part::TEXT_BOX]);
        assert_eq!(read.labels, "");
        let names: Vec<&str> = read
            .more
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        assert_eq!(names, ["anchor"]);
    }

    #[test]
    fn too_much_text_is_refused_rather_than_cut() {
        let long = Block {
            text: "x".repeat(MOST_TEXT),
            ..Block::default()
        };
        let refused = document(vec![long], Vec::new()).expect_err("over the limit");
        assert_eq!(refused.code, "too-large");
        let many = vec![
            Block {
                text: "x".into(),
                ..Block::default()
            };
            MOST_BLOCKS + 1
        ];
        assert_eq!(
            document(many, Vec::new()).expect_err("over the limit").code,
            "too-large"
        );
    }
}
