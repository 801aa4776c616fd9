//! Reading of files: what a reader plugin implements, and helpers that all
//! readers share.
//!
//! A reader decides by the bytes, not by the name. It gives plain text with
//! columns beside it, or a [`wit::Failure`] that says why not.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

#[cfg(feature = "container")]
pub mod container;
#[cfg(feature = "encoding")]
pub mod encoding;
pub mod numbers;
#[cfg(feature = "container")]
pub mod open_document;
#[cfg(feature = "container")]
pub mod package;
pub mod sheet;
pub mod tables;
pub mod testing;
#[cfg(feature = "container")]
pub mod xml;

/// The types of the reader interface, as `wit/reader-1.0.0/reader.wit` documents them.
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

/// First bytes of formats that are often sent under a wrong name.
const OTHER_FORMATS: [(&[u8], &str); 7] = [
    (b"%PDF", "a PDF file"),
    (
        b"PK\x03\x04",
        "a zip container, as .docx and .odt files are",
    ),
    (b"\xd0\xcf\x11\xe0", "a document of an old Office version"),
    (b"{\\rtf", "an RTF file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\xff\xfe\0\0", "text in UTF-32"),
];

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
    /// Number or bullet that the file's numbering puts before it; a [`line()`] too.
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

/// Blocks as a reader collects them, held to the limits of the interface on the way.
#[derive(Debug, Default)]
pub struct Blocks {
    list: Vec<Block>,
    bytes: usize,
    bodies: u32,
}

impl Blocks {
    /// Adds a block; one without text is left out.
    ///
    /// # Errors
    ///
    /// `too-large` beyond [`MOST_TEXT`] or [`MOST_BLOCKS`].
    pub fn push(&mut self, mut block: Block) -> Result<(), wit::Failure> {
        if block.text.is_empty() {
            return Ok(());
        }
        block.label = line(&block.label);
        self.bytes += block.text.len() + block.label.len() + 2;
        if self.bytes > MOST_TEXT || self.list.len() >= MOST_BLOCKS {
            return Err(too_large());
        }
        self.bodies += u32::from(block.part == part::BODY);
        self.list.push(block);
        Ok(())
    }

    /// What there is so far, in the file's order.
    pub fn list(&self) -> &[Block] {
        &self.list
    }

    /// The number that the next block of the body gets: the anchor of what
    /// belongs to a paragraph that is still open.
    pub fn next_anchor(&self) -> u32 {
        self.bodies
    }

    /// Leaves out what stands twice in page headers and footers: first page, even
    /// pages and sections usually repeat them.
    pub fn drop_repeated_headers(&mut self) {
        let mut seen = BTreeSet::new();
        self.list
            .retain(|block| block.part != part::HEADER || seen.insert(block.text.clone()));
    }

    /// The blocks, with what is known only at the end: anchors within the body,
    /// and which blocks are larger than the body text.
    pub fn finish(mut self) -> Vec<Block> {
        // What belongs to an empty paragraph belongs to the block before it.
        let last = self.bodies.saturating_sub(1);
        let mut sizes = BTreeMap::<u32, usize>::new();
        for block in &mut self.list {
            block.anchor = block.anchor.min(last);
            let is_text = !matches!(block.kind, kind::HEADING | kind::TITLE);
            if block.part == part::BODY && is_text {
                *sizes.entry(block.size).or_default() += block.text.len();
            }
        }
        // The size of the body text is the one that most of its characters have.
        if let Some((usual, _)) = sizes.into_iter().max_by_key(|(_, bytes)| *bytes) {
            for block in self.list.iter_mut().filter(|block| block.size > usual) {
                block.style |= style::LARGER;
            }
        }
        self.list
    }
}

/// A paragraph as it grows, run by run.
#[derive(Clone, Debug, Default)]
pub struct Paragraph {
    /// The text so far.
    pub text: String,
    /// Bits that all text so far has in common; none before the first text.
    style: Option<u8>,
    size: u32,
}

impl Paragraph {
    /// Adds a run of that look (see [`style`]) and size in half points. White
    /// space has no look of its own.
    pub fn push(&mut self, text: &str, style: u8, size: u32) {
        self.text.push_str(text);
        if !text.trim().is_empty() {
            self.style = Some(self.style.map_or(style, |before| before & style));
            self.size = match self.size {
                0 => size,
                before => before.min(size),
            };
        }
    }

    /// The look of the whole of it so far; see [`style`].
    pub fn style(&self) -> u8 {
        self.style.unwrap_or(0)
    }

    /// The text as a [`line()`], and looks and size of the whole of it.
    pub fn block(&self) -> Block {
        let text = line(&self.text);
        let capitals = if is_in_capitals(&text) {
            style::CAPITALS
        } else {
            0
        };
        Block {
            style: self.style() | capitals,
            size: self.size,
            text,
            ..Block::default()
        }
    }
}

/// What a reader leaves out, counted.
#[derive(Clone, Copy, Debug, Default)]
#[expect(
    missing_docs,
    reason = "each is the warning of its name in `reader.wit`"
)]
pub struct LeftOut {
    pub pictures: u32,
    pub tracked_changes: u32,
    pub equations: u32,
    pub embedded_files: u32,
    pub hidden_texts: u32,
    /// Prompts of form fields that nobody filled in.
    pub placeholders: u32,
    /// Told with tables only.
    pub merged_cells: u32,
}

impl LeftOut {
    /// The warnings for these counts.
    pub fn warnings(&self, wanted: wit::Wanted) -> Vec<wit::Warning> {
        let all = [
            ("pictures", "Pictures were not read.", self.pictures),
            (
                "tracked-changes",
                "Tracked changes were taken as accepted: deleted text is left out, inserted text is read.",
                self.tracked_changes,
            ),
            ("equations", "Equations were not read.", self.equations),
            (
                "embedded-files",
                "Embedded files were not read.",
                self.embedded_files,
            ),
            (
                "hidden-text",
                "Hidden text was left out.",
                self.hidden_texts,
            ),
            (
                "placeholders",
                "Prompts of form fields that nobody filled in were left out.",
                self.placeholders,
            ),
            (
                "merged-cells",
                "Merged cells were read where they begin.",
                if wanted == wit::Wanted::Tables {
                    self.merged_cells
                } else {
                    0
                },
            ),
        ];
        let counted = all.into_iter().filter(|(_, _, count)| *count > 0);
        counted
            .map(|(code, message, count)| warning(code, message, count))
            .collect()
    }

    /// The failure of a file without text.
    pub fn no_text(&self) -> wit::Failure {
        if self.pictures > 0 {
            failure(
                "image-only",
                "The document holds pictures and no text, as a scan does.",
            )
        } else {
            failure("empty", "The document holds no text.")
        }
    }
}

/// Kind and level of a paragraph whose style has that name, if the name says so.
/// The names of word processors' own styles are the same in every language.
pub fn kind_of_style(name: &str) -> Option<(u8, u8)> {
    let letters = name.chars().take(64).filter(|letter| *letter != ' ');
    let name = letters.collect::<String>().to_lowercase();
    match name.as_str() {
        "title" | "subtitle" => Some((kind::TITLE, 0)),
        "caption" => Some((kind::CAPTION, 0)),
        "quote" | "intensequote" | "quotations" => Some((kind::QUOTATION, 0)),
        _ => match name.strip_prefix("heading")?.parse() {
            Ok(level @ 1..=9) => Some((kind::HEADING, level)),
            _ => None,
        },
    }
}

/// What a file is by its first bytes, where learners often send it under a wrong
/// name: `a PDF file`.
pub fn other_format(bytes: &[u8]) -> Option<&'static str> {
    let found = OTHER_FORMATS
        .iter()
        .find(|(start, _)| bytes.starts_with(start));
    found.map(|(_, what)| *what)
}

/// A sign of a symbol font, which stand at private code points: those that
/// learners use in forms and lists; others are decoration.
pub fn symbol(character: char) -> Option<char> {
    match character {
        '\u{f0fc}' => Some('✓'),
        '\u{f0fe}' => Some('☑'),
        '\u{f0a8}' | '\u{f06f}' | '\u{f071}' => Some('☐'),
        '\u{f0fb}' | '\u{f0fd}' => Some('☒'),
        '\u{f0a7}' | '\u{f06e}' => Some('▪'),
        '\u{f0d8}' => Some('➢'),
        '\u{f0e0}' => Some('→'),
        '\u{f0b7}' => Some('•'),
        '\u{e000}'..='\u{f8ff}' => None,
        other => Some(other),
    }
}

fn is_in_capitals(text: &str) -> bool {
    let capitals = text.chars().filter(|letter| letter.is_uppercase()).count();
    capitals > 1 && !text.chars().any(char::is_lowercase)
}

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
        return Err(too_large());
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
    in_a_line(text).into_owned()
}

/// [`line`], without a copy where nothing is to be changed.
fn in_a_line(text: &str) -> Cow<'_, str> {
    // 0xc2 begins the soft hyphen and the control characters outside ASCII.
    let stays = |byte: u8| byte == b'\t' || (byte >= b' ' && !matches!(byte, 0x7f | 0xc2));
    if text.bytes().all(stays) && (text.is_ascii() || !text.contains('\u{2029}')) {
        return Cow::Borrowed(text.trim());
    }
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
    Cow::Owned(kept.trim().to_owned())
}

/// A failure with one of the codes of `reader.wit`.
pub fn failure(code: &str, message: impl Into<String>) -> wit::Failure {
    wit::Failure {
        code: code.into(),
        message: message.into(),
    }
}

/// The failure of a file that breaks off or contradicts itself.
pub fn damaged() -> wit::Failure {
    failure(
        "damaged",
        "The file begins as it should but cannot be followed to its end. Please save it again and upload it anew.",
    )
}

/// The failure of a file that holds more than the interface takes.
pub fn too_large() -> wit::Failure {
    failure(
        "too-large",
        "The file holds more than can be read once it is unpacked (4 MiB of text or 100,000 paragraphs). Please hand it in as several files.",
    )
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
    fn blocks_know_the_body_text_and_leave_out_what_stands_twice() {
        let mut blocks = Blocks::default();
        for (text, size, part) in [
            ("Heading", 32, part::BODY),
            ("the text that most letters are in", 24, part::BODY),
            ("", 24, part::BODY),
            ("Unit 304", 20, part::HEADER),
            ("Unit 304", 20, part::HEADER),
            ("box", 24, part::TEXT_BOX),
        ] {
            let block = Block {
                text: text.into(),
                label: " 1.\n".into(),
                size,
                part,
                anchor: 7,
                ..Block::default()
            };
            blocks.push(block).expect("small");
        }
        assert_eq!(blocks.next_anchor(), 2);
        blocks.drop_repeated_headers();
        let blocks = blocks.finish();
        let styles: Vec<u8> = blocks.iter().map(|block| block.style).collect();
        assert_eq!(styles, [style::LARGER, 0, 0, 0]);
        assert!(
            blocks
                .iter()
                .all(|block| block.label == "1." && block.anchor == 1)
        );
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
