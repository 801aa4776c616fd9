//! Markdown: headings, lists, quotations and tables by their marks, which are
//! left out of the text.

use std::collections::BTreeMap;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use unit_sdk::reader::wit::Failure;
use unit_sdk::reader::{
    self, Block, Blocks, LeftOut, MOST_TEXT, kind, line, part, style, too_large,
};

/// Collects blocks.
#[derive(Default)]
struct Body {
    blocks: Blocks,
    left_out: LeftOut,
    content: reader::Paragraph,
    /// The label that the next paragraph of the open item gets.
    label: Option<String>,
    /// Next number of each open list; none for bullets.
    lists: Vec<Option<u64>>,
    heading: Option<u8>,
    quotations: u32,
    bold: u32,
    italic: u32,
    struck: u32,
    /// Table, row and column, from 1.
    cell: [u32; 3],
    tables_seen: u32,
    /// Whether the text is none of the page: a picture's description, settings.
    is_aside: bool,
    /// The note that is open.
    note: Option<u32>,
    references: BTreeMap<String, u32>,
}

/// The blocks of a text in Markdown, and what was left out.
///
/// # Errors
///
/// `too-large` beyond the limits of a document.
pub(crate) fn read(text: &str) -> Result<(Vec<Block>, LeftOut), Failure> {
    if text.len() > MOST_TEXT {
        return Err(too_large());
    }
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut body = Body::default();
    for event in Parser::new_ext(text, options) {
        body.take(event)?;
    }
    body.flush()?;
    Ok((body.blocks.finish(), body.left_out))
}

impl Body {
    fn take(&mut self, event: Event<'_>) -> Result<(), Failure> {
        match event {
            Event::Start(tag) => return self.open(&tag),
            Event::End(tag) => return self.close(tag),
            Event::Text(text) | Event::Code(text) => self.push(&text),
            Event::InlineHtml(tag) | Event::Html(tag) => self.push(&without_tags(&tag)),
            // A line that is bold as a whole is a heading to whoever typed it.
            Event::SoftBreak if self.bold == 0 && self.is_bold() => return self.flush(),
            Event::SoftBreak => self.push(" "),
            Event::HardBreak => self.push("\u{2028}"),
            Event::Rule => return self.flush(),
            Event::TaskListMarker(done) => self.push(if done { "☑ " } else { "☐ " }),
            Event::FootnoteReference(name) => {
                let block = self.blocks.next_anchor();
                self.references.entry(name.into_string()).or_insert(block);
            }
            Event::InlineMath(_) | Event::DisplayMath(_) => self.left_out.equations += 1,
        }
        Ok(())
    }

    fn open(&mut self, tag: &Tag<'_>) -> Result<(), Failure> {
        match tag {
            Tag::Emphasis => self.italic += 1,
            Tag::Strong => self.bold += 1,
            Tag::Strikethrough => self.struck += 1,
            Tag::Image { .. } => {
                self.left_out.pictures += 1;
                self.is_aside = true;
            }
            Tag::MetadataBlock(_) => self.is_aside = true,
            Tag::Link { .. } | Tag::Superscript | Tag::Subscript => {}
            _ => {
                self.flush()?;
                self.open_block(tag);
            }
        }
        Ok(())
    }

    fn open_block(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => self.heading = Some(*level as u8),
            Tag::BlockQuote(_) => self.quotations += 1,
            Tag::List(first) => self.lists.push(*first),
            Tag::Item => {
                self.label = self.lists.last_mut().map(|next| match next {
                    Some(number) => {
                        *number += 1;
                        format!("{}.", *number - 1)
                    }
                    None => "•".to_owned(),
                });
            }
            Tag::Table(_) => {
                self.tables_seen += 1;
                self.cell = [self.tables_seen, 0, 0];
            }
            Tag::TableHead | Tag::TableRow => {
                self.cell[1] += 1;
                self.cell[2] = 0;
            }
            Tag::TableCell => self.cell[2] += 1,
            Tag::FootnoteDefinition(name) => {
                self.note = Some(self.references.get(&**name).copied().unwrap_or(0));
            }
            _ => {}
        }
    }

    fn close(&mut self, tag: TagEnd) -> Result<(), Failure> {
        match tag {
            TagEnd::Emphasis => self.italic = self.italic.saturating_sub(1),
            TagEnd::Strong => self.bold = self.bold.saturating_sub(1),
            TagEnd::Strikethrough => self.struck = self.struck.saturating_sub(1),
            TagEnd::Image | TagEnd::MetadataBlock(_) => self.is_aside = false,
            TagEnd::Link | TagEnd::Superscript | TagEnd::Subscript => {}
            _ => {
                self.flush()?;
                match tag {
                    TagEnd::Heading(_) => self.heading = None,
                    TagEnd::BlockQuote(_) => self.quotations = self.quotations.saturating_sub(1),
                    TagEnd::List(_) => {
                        self.lists.pop();
                    }
                    TagEnd::Item => self.label = None,
                    TagEnd::Table => self.cell = [0; 3],
                    TagEnd::FootnoteDefinition => self.note = None,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, text: &str) {
        if self.is_aside {
            return;
        }
        let bit = |depth: u32, bit: u8| if depth > 0 { bit } else { 0 };
        let looks = bit(self.bold, style::BOLD)
            | bit(self.italic, style::ITALIC)
            | bit(self.struck, style::STRUCK);
        self.content.push(text, looks, 0);
    }

    fn is_bold(&self) -> bool {
        self.content.style() & style::BOLD != 0
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let content = std::mem::take(&mut self.content);
        if line(&content.text).is_empty() {
            return Ok(());
        }
        let label = self.label.take();
        let depth = u8::try_from(self.lists.len().clamp(1, 9)).unwrap_or(1);
        let (kind, level) = match (self.heading, &label) {
            (Some(level), _) => (kind::HEADING, level),
            _ if self.cell[0] > 0 => (kind::TABLE_CELL, 0),
            (None, Some(_)) => (kind::LIST_ITEM, depth),
            _ if self.quotations > 0 => (kind::QUOTATION, 0),
            _ => (kind::PARAGRAPH, 0),
        };
        self.blocks.push(Block {
            label: label.unwrap_or_default(),
            kind,
            level,
            part: if self.note.is_some() {
                part::NOTE
            } else {
                part::BODY
            },
            anchor: self.note.unwrap_or(0),
            cell: self.cell,
            ..content.block()
        })
    }
}

/// What stands between tags of HTML; a line break is one.
fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        if tag.len() >= 2 && tag.is_char_boundary(2) && tag[..2].eq_ignore_ascii_case("br") {
            text.push('\u{2028}');
        }
        rest = tag.split_once('>').map_or("", |(_, behind)| behind);
    }
    text + rest
}
