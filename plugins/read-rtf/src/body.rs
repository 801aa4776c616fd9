//! What the marks mean: paragraphs, tables, notes and looks.

use std::collections::{BTreeMap, BTreeSet};

use encoding_rs::{Encoding, WINDOWS_1252};
use unit_sdk::reader::numbers::LONGEST_LABEL;
use unit_sdk::reader::wit::Failure;
use unit_sdk::reader::{
    self, Block, Blocks, LeftOut, MOST_TEXT, damaged, failure, kind, kind_of_style, line, part,
    style, symbol, too_large,
};
use unit_sdk::text::cut;

use crate::encodings::{character_set, code_page};
use crate::tokens::{Token, Tokens};

/// Most levels of nesting. Word itself stops far below.
const MOST_LEVELS: usize = 1_000;
/// Size where nothing sets one, in half points.
const STANDARD_SIZE: u32 = 24;
/// Most fonts and styles that are remembered.
const MOST_DEFINITIONS: usize = 10_000;
/// Longest name of a style.
const LONGEST_NAME: usize = 64;

/// Groups without text of the learner's that do not say so themselves; and what
/// stands twice, in an older form: pictures, drawings, nested tables.
const SKIPPED: [&str; 28] = [
    "aftncn",
    "aftnsep",
    "aftnsepc",
    "atnauthor",
    "atnid",
    "colortbl",
    "filetbl",
    "fldinst",
    "ftncn",
    "ftnsep",
    "ftnsepc",
    "info",
    "listoverridetable",
    "listtable",
    "mmathPr",
    "nonesttables",
    "nonshppict",
    "revtbl",
    "rsidtbl",
    "rxe",
    "shprslt",
    "sn",
    "sp",
    "sv",
    "tc",
    "template",
    "txe",
    "xe",
];

/// Collects blocks.
#[derive(Default)]
pub(crate) struct Body {
    pub(crate) blocks: Blocks,
    /// Rows that repeat as headings on every page, as (table, row).
    pub(crate) heading_rows: BTreeSet<(u32, u32)>,
    pub(crate) left_out: LeftOut,
    group: Group,
    groups: Vec<Group>,
    /// Encodings of fonts by number; none for fonts of symbols.
    fonts: BTreeMap<i32, Option<&'static Encoding>>,
    styles: BTreeMap<i32, StyleSheetEntry>,
    encoding: Option<&'static Encoding>,
    /// Bytes of text that are not decoded yet: a letter may take two.
    bytes: Vec<u8>,
    /// The first half of a letter that takes two `\u`.
    high_surrogate: Option<u16>,
    /// Characters that still stand in for one that was given as `\u`.
    stand_ins: usize,
    /// The text of the body, then of each note and text box that is open in it.
    flows: Vec<Flow>,
    tables_seen: u32,
}

/// The properties that a group hands down to the groups in it.
#[derive(Clone, Copy)]
struct Group {
    content: GroupContent,
    /// Whether a flow ends with the group.
    ends_flow: bool,
    /// See [`style`].
    looks: u8,
    /// In half points.
    size: u32,
    hidden: bool,
    deleted: bool,
    font: i32,
    /// The style that is being defined; less than none for those of letters.
    style: i32,
    /// How many characters stand in for one given as `\u`.
    stand_ins: usize,
}

/// What the text of a group is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GroupContent {
    /// Text of the flow that is open.
    Text,
    /// The number or bullet of a list item.
    Label,
    Fonts,
    Styles,
    /// Nothing for a reader of text.
    Skipped,
}

#[derive(Default)]
struct StyleSheetEntry {
    name: String,
    outline: Option<i32>,
}

/// A run of paragraphs: the body, a note, a page header.
#[derive(Default)]
struct Flow {
    part: u8,
    anchor: u32,
    content: reader::Paragraph,
    label: String,
    paragraph: ParagraphProperties,
    table: Option<Table>,
    /// Whether the row that is open repeats as a heading.
    row_is_heading: bool,
}

#[derive(Clone, Copy, Default)]
struct ParagraphProperties {
    style: Option<i32>,
    outline: Option<i32>,
    /// List and depth from 0.
    list: Option<i32>,
    depth: u8,
    in_table: bool,
}

#[derive(Clone, Copy)]
struct Table {
    number: u32,
    row: u32,
    column: u32,
}

impl Default for Group {
    fn default() -> Self {
        Self {
            content: GroupContent::Text,
            ends_flow: false,
            looks: 0,
            size: STANDARD_SIZE,
            hidden: false,
            deleted: false,
            font: -1,
            style: 0,
            stand_ins: 1,
        }
    }
}

impl Body {
    /// Reads the whole file.
    ///
    /// # Errors
    ///
    /// `damaged` where a group never ends, `too-large` beyond the limits.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.flows.push(Flow::default());
        let mut tokens = Tokens::new(bytes);
        // A group that begins with `\*` may be skipped by who does not know it.
        let mut may_skip = false;
        let mut is_first = false;
        while let Some(token) = tokens.next()? {
            if !matches!(token, Token::Byte(_)) {
                self.decode();
            }
            match token {
                Token::Open => {
                    if self.groups.len() >= MOST_LEVELS {
                        return Err(failure(
                            "too-large",
                            "The document is nested too deeply to be read.",
                        ));
                    }
                    self.groups.push(self.group);
                    self.group.ends_flow = false;
                    self.stand_ins = 0;
                    (is_first, may_skip) = (true, false);
                    continue;
                }
                Token::Close => {
                    self.stand_ins = 0;
                    self.close_group()?;
                    if self.groups.is_empty() {
                        break;
                    }
                }
                Token::Symbol(b'*') if is_first => {
                    may_skip = true;
                    continue;
                }
                Token::Word(name, number) => {
                    if is_first || may_skip {
                        self.open_destination(name, may_skip);
                    }
                    if self.stand_ins > 0 && name != "u" {
                        self.stand_ins -= 1;
                    } else if self.group.content != GroupContent::Skipped {
                        self.word(name, number)?;
                    }
                }
                Token::Symbol(_) if self.stand_ins > 0 => self.stand_ins -= 1,
                Token::Symbol(sign) => match sign {
                    b'~' => self.push("\u{a0}"),
                    b'_' => self.push("\u{2011}"),
                    b'\t' => self.push("\t"),
                    b'\n' | b'\r' => self.end_paragraph()?,
                    b'\\' | b'{' | b'}' => self.byte(sign),
                    _ => {}
                },
                Token::Byte(byte) => self.byte(byte),
            }
            (is_first, may_skip) = (false, false);
        }
        if !self.groups.is_empty() {
            return Err(damaged());
        }
        self.close_flow()
    }

    fn flow(&mut self) -> &mut Flow {
        if self.flows.is_empty() {
            self.flows.push(Flow::default());
        }
        let last = self.flows.len() - 1;
        &mut self.flows[last]
    }

    /// Whether a group holds text apart, something to skip, or neither.
    fn open_destination(&mut self, name: &str, may_skip: bool) {
        if self.group.content == GroupContent::Skipped {
            return;
        }
        let part = match name {
            "footnote" => part::NOTE,
            "header" | "headerl" | "headerr" | "headerf" | "footer" | "footerl" | "footerr"
            | "footerf" => part::HEADER,
            "shptxt" => part::TEXT_BOX,
            "annotation" => part::COMMENT,
            _ => {
                self.group.content = match name {
                    "fonttbl" => GroupContent::Fonts,
                    "stylesheet" => GroupContent::Styles,
                    "listtext" | "pntext" => GroupContent::Label,
                    "pict" => {
                        self.left_out.pictures += 1;
                        GroupContent::Skipped
                    }
                    "object" => {
                        self.left_out.embedded_files += 1;
                        GroupContent::Skipped
                    }
                    "moMath" => {
                        self.left_out.equations += 1;
                        GroupContent::Skipped
                    }
                    "shpinst" | "shppict" => self.group.content,
                    _ if may_skip || SKIPPED.contains(&name) => GroupContent::Skipped,
                    _ => return,
                };
                return;
            }
        };
        let anchor = self.blocks.next_anchor();
        self.flows.push(Flow {
            part,
            anchor,
            ..Flow::default()
        });
        self.group = Group {
            ends_flow: true,
            font: self.group.font,
            stand_ins: self.group.stand_ins,
            ..Group::default()
        };
    }

    fn close_group(&mut self) -> Result<(), Failure> {
        if self.group.ends_flow {
            self.close_flow()?;
            self.flows.pop();
        }
        let outer = self.groups.pop().ok_or_else(damaged)?;
        if outer.content == GroupContent::Text && self.group.content == GroupContent::Label {
            let flow = self.flow();
            flow.label = line(&flow.label);
        }
        self.group = outer;
        Ok(())
    }

    /// What stands behind the last end of a paragraph is one too.
    fn close_flow(&mut self) -> Result<(), Failure> {
        self.decode();
        self.group.deleted = false;
        self.end_paragraph()
    }

    fn word(&mut self, name: &str, number: Option<i32>) -> Result<(), Failure> {
        match self.group.content {
            GroupContent::Fonts => return self.font_word(name, number),
            GroupContent::Styles => return self.style_word(name, number),
            _ => {}
        }
        let is_on = number != Some(0);
        match name {
            "ansicpg" => self.encoding = number.and_then(code_page),
            "mac" => self.encoding = code_page(10_000),
            "pc" => self.encoding = code_page(437),
            "pca" => self.encoding = code_page(850),
            "u" => self.unicode(number.unwrap_or(0)),
            "uc" => self.group.stand_ins = usize::try_from(number.unwrap_or(1)).unwrap_or(0),
            "f" => self.group.font = number.unwrap_or(0),
            "plain" => {
                self.group.looks = 0;
                self.group.size = STANDARD_SIZE;
                (self.group.hidden, self.group.deleted) = (false, false);
            }
            "b" => self.look(style::BOLD, is_on),
            "i" => self.look(style::ITALIC, is_on),
            "ul" | "uld" | "uldash" | "uldashd" | "uldashdd" | "uldb" | "ulhwave" | "ulldash"
            | "ulth" | "ulthd" | "ulthdash" | "ululdbwave" | "ulw" | "ulwave" => {
                self.look(style::UNDERLINED, is_on);
            }
            "ulnone" => self.look(style::UNDERLINED, false),
            "caps" => self.look(style::CAPITALS, is_on),
            "strike" | "striked" => self.look(style::STRUCK, is_on),
            "fs" => self.group.size = number.and_then(|n| u32::try_from(n).ok()).unwrap_or(24),
            "v" => self.group.hidden = is_on,
            "deleted" => {
                self.group.deleted = is_on;
                self.left_out.tracked_changes += u32::from(is_on);
            }
            "revised" => self.left_out.tracked_changes += u32::from(is_on),
            "line" | "page" | "column" => self.push("\u{2028}"),
            "tab" => self.push("\t"),
            "emdash" => self.push("—"),
            "endash" => self.push("–"),
            "bullet" => self.push("•"),
            "lquote" => self.push("‘"),
            "rquote" => self.push("’"),
            "ldblquote" => self.push("“"),
            "rdblquote" => self.push("”"),
            "emspace" | "enspace" | "qmspace" => self.push(" "),
            "par" | "sect" => self.end_paragraph()?,
            "cell" | "nestcell" | "row" | "nestrow" | "trowd" | "trhdr" | "clmrg" | "clvmrg" => {
                self.table_word(name)?;
            }
            _ => self.paragraph_word(name, number),
        }
        Ok(())
    }

    fn paragraph_word(&mut self, name: &str, number: Option<i32>) {
        // A label says nothing about the paragraph that it stands before.
        if self.group.content != GroupContent::Text {
            return;
        }
        let paragraph = &mut self.flow().paragraph;
        match name {
            "pard" => *paragraph = ParagraphProperties::default(),
            "s" => paragraph.style = number,
            "outlinelevel" => paragraph.outline = number,
            "ls" => paragraph.list = number,
            // Lists of old programs, which number paragraph by paragraph.
            "pnlvlblt" | "pnlvlbody" => paragraph.list = Some(1),
            "ilvl" => paragraph.depth = number.and_then(|n| u8::try_from(n).ok()).unwrap_or(0),
            "intbl" => paragraph.in_table = true,
            _ => {}
        }
    }

    fn table_word(&mut self, name: &str) -> Result<(), Failure> {
        match name {
            "cell" => {
                self.flow().paragraph.in_table = true;
                self.end_paragraph()?;
                // A cell without text counts as well.
                self.begin_table();
                if let Some(table) = &mut self.flow().table {
                    table.column = table.column.saturating_add(1);
                }
            }
            "nestcell" => self.end_paragraph()?,
            "row" => {
                let is_heading = std::mem::take(&mut self.flow().row_is_heading);
                if let Some(table) = &mut self.flow().table {
                    let row = (table.number, table.row);
                    table.row = table.row.saturating_add(1);
                    table.column = 1;
                    if is_heading {
                        self.heading_rows.insert(row);
                    }
                }
            }
            "trowd" => self.flow().row_is_heading = false,
            "trhdr" => self.flow().row_is_heading = true,
            "clmrg" | "clvmrg" => self.left_out.merged_cells += 1,
            _ => {}
        }
        Ok(())
    }

    fn begin_table(&mut self) {
        if self.flow().table.is_none() {
            self.tables_seen += 1;
            let number = self.tables_seen;
            self.flow().table = Some(Table {
                number,
                row: 1,
                column: 1,
            });
        }
    }

    fn font_word(&mut self, name: &str, number: Option<i32>) -> Result<(), Failure> {
        match name {
            "f" => self.group.font = number.unwrap_or(0),
            "fcharset" | "cpg" => {
                if self.fonts.len() >= MOST_DEFINITIONS {
                    return Err(too_large());
                }
                let number = number.unwrap_or(0);
                let encoding = match name {
                    "cpg" => code_page(number),
                    // 1 is "the usual one", 2 is signs.
                    _ if number == 1 => self.encoding,
                    _ => character_set(number),
                };
                if encoding.is_some() || number == 2 {
                    self.fonts.insert(self.group.font, encoding);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn style_word(&mut self, name: &str, number: Option<i32>) -> Result<(), Failure> {
        match name {
            "s" => self.group.style = number.unwrap_or(0),
            "cs" | "ds" | "ts" => self.group.style = -1,
            "f" => self.group.font = number.unwrap_or(0),
            "outlinelevel" => {
                if self.styles.len() >= MOST_DEFINITIONS {
                    return Err(too_large());
                }
                self.styles.entry(self.group.style).or_default().outline = number;
            }
            _ => {}
        }
        Ok(())
    }

    fn look(&mut self, bit: u8, is_on: bool) {
        if is_on {
            self.group.looks |= bit;
        } else {
            self.group.looks &= !bit;
        }
    }

    fn byte(&mut self, byte: u8) {
        if self.stand_ins > 0 {
            self.stand_ins -= 1;
        } else if self.group.content != GroupContent::Skipped {
            self.bytes.push(byte);
        }
    }

    /// Turns the bytes so far into text.
    fn decode(&mut self) {
        if self.bytes.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.bytes);
        let usual = self.encoding.unwrap_or(WINDOWS_1252);
        match self.fonts.get(&self.group.font) {
            Some(None) => {
                let signs = bytes.iter().filter_map(|byte| match byte {
                    b' ' => Some(' '),
                    byte => symbol(char::from_u32(0xf000 + u32::from(*byte))?),
                });
                let text: String = signs.collect();
                self.push(&text);
            }
            font => {
                let encoding = font.copied().flatten().unwrap_or(usual);
                let (text, _) = encoding.decode_without_bom_handling(&bytes);
                self.push(&text);
            }
        }
        self.bytes = bytes;
        self.bytes.clear();
    }

    /// A character by its number, which the format writes as signed 16 bits.
    fn unicode(&mut self, number: i32) {
        self.stand_ins = self.group.stand_ins;
        let number = if number < 0 {
            number + 0x1_0000
        } else {
            number
        };
        let Ok(unit) = u16::try_from(number) else {
            if let Some(character) = u32::try_from(number).ok().and_then(char::from_u32) {
                self.push(character.encode_utf8(&mut [0; 4]));
            }
            return;
        };
        let units = match self.high_surrogate.take() {
            Some(high) => vec![high, unit],
            None if (0xd800..0xdc00).contains(&unit) => {
                self.high_surrogate = Some(unit);
                return;
            }
            None => vec![unit],
        };
        for character in char::decode_utf16(units).filter_map(Result::ok) {
            if let Some(sign) = symbol(character) {
                self.push(sign.encode_utf8(&mut [0; 4]));
            } else if self.group.content == GroupContent::Label {
                self.push("•");
            }
        }
    }

    fn push(&mut self, text: &str) {
        let group = self.group;
        match group.content {
            GroupContent::Skipped | GroupContent::Fonts => {}
            GroupContent::Styles => self.push_style_name(text),
            GroupContent::Label => {
                let flow = self.flow();
                if flow.label.len() < LONGEST_LABEL {
                    flow.label.push_str(text);
                    flow.label = cut(std::mem::take(&mut flow.label), LONGEST_LABEL);
                }
            }
            GroupContent::Text if group.deleted => {}
            GroupContent::Text if group.hidden => {
                self.left_out.hidden_texts += u32::from(!text.trim().is_empty());
            }
            GroupContent::Text => self.flow().content.push(text, group.looks, group.size),
        }
    }

    fn push_style_name(&mut self, text: &str) {
        if self.group.style < 0 || self.styles.len() >= MOST_DEFINITIONS {
            return;
        }
        let name = &mut self.styles.entry(self.group.style).or_default().name;
        if name.len() < LONGEST_NAME && !name.ends_with(';') {
            name.push_str(text);
            *name = cut(std::mem::take(name), LONGEST_NAME);
        }
    }

    fn end_paragraph(&mut self) -> Result<(), Failure> {
        match self.group.content {
            GroupContent::Text => {}
            _ => return Ok(()),
        }
        // An end that was deleted lets the text run on.
        if self.group.deleted && self.flow().content.text.len() <= MOST_TEXT {
            return Ok(());
        }
        let in_table = self.flow().paragraph.in_table;
        if in_table {
            self.begin_table();
        } else {
            self.flow().table = None;
        }
        let flow = self.flow();
        let content = std::mem::take(&mut flow.content);
        let label = std::mem::take(&mut flow.label);
        let (part, anchor, paragraph) = (flow.part, flow.anchor, flow.paragraph);
        let cell = flow.table.filter(|_| in_table);
        let (kind, level) = self.kind(paragraph, &label);
        self.blocks.push(Block {
            label,
            kind,
            level,
            part,
            cell: cell.map_or([0; 3], |table| [table.number, table.row, table.column]),
            anchor: if part == part::HEADER { 0 } else { anchor },
            ..content.block()
        })
    }

    fn kind(&self, paragraph: ParagraphProperties, label: &str) -> (u8, u8) {
        let style = paragraph.style.and_then(|style| self.styles.get(&style));
        let outline = paragraph
            .outline
            .or_else(|| style.and_then(|style| style.outline));
        let named = style.and_then(|style| kind_of_style(style.name.trim_end_matches(';').trim()));
        match (outline, named) {
            (Some(outline @ 0..=8), _) => (kind::HEADING, u8::try_from(outline + 1).unwrap_or(1)),
            // Level 9 is "body text": it takes a heading's rank away again.
            (None, Some(named)) => named,
            (Some(_), Some(named)) if named.0 != kind::HEADING => named,
            _ if !label.is_empty() || paragraph.list.is_some_and(|list| list > 0) => {
                (kind::LIST_ITEM, paragraph.depth.min(8) + 1)
            }
            _ if paragraph.in_table => (kind::TABLE_CELL, 0),
            _ => (kind::PARAGRAPH, 0),
        }
    }
}
