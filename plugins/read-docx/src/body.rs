//! Body, notes, headers and comments: everything that is made of paragraphs.

use std::collections::{BTreeMap, BTreeSet};

use unit_sdk::reader::wit::{Failure, Warning};
use unit_sdk::reader::{Block, MOST_BLOCKS, MOST_TEXT, kind, line, part, style, warning};

use crate::numbering::Numbering;
use crate::styles::{Looks, NumberingReference, ParagraphStyle, Styles};
use crate::xml::{self, Element, Space, Visit};

/// Most references to notes and comments that are followed.
const MOST_REFERENCES: usize = 100_000;

/// Collects blocks from one part after another.
pub(crate) struct Body<'a> {
    styles: &'a Styles,
    numbering: Numbering,
    pub(crate) blocks: Vec<Block>,
    /// Rows that repeat as headings on every page, as (table, row).
    pub(crate) heading_rows: BTreeSet<(u32, u32)>,
    /// Relationship ids of page headers and footers, in the order of use.
    pub(crate) headers: Vec<String>,
    pub(crate) counts: Counts,
    pub(crate) has_root: bool,
    /// The part that is being read; text boxes in the body are a part of their own.
    part: u8,
    /// What refers to which note or comment: (element, id) to the body block.
    references: BTreeMap<(&'static str, String), u32>,
    /// The body block that the note being read belongs to.
    note_anchor: u32,
    /// The number that the next block of the body gets.
    next_anchor: u32,
    text_bytes: usize,
    tables_seen: u32,
    page: u32,
    paragraphs: Vec<Paragraph>,
    tables: Vec<Table>,
    /// Tables around each open text box.
    boxes: Vec<Vec<Table>>,
    /// Text of paragraphs whose end was deleted: it runs on into the next.
    run_on: Option<Paragraph>,
    /// Whether an `AlternateContent` has had its choice.
    alternatives: Vec<bool>,
    /// Open fields: whether each shows its result yet.
    fields: Vec<bool>,
    objects: usize,
    in_paragraph_properties: bool,
    in_run_properties: bool,
}

/// What could not be taken in.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) pictures: u32,
    pub(crate) merged_cells: u32,
    tracked_changes: u32,
    equations: u32,
    embedded_files: u32,
    hidden_texts: u32,
}

#[derive(Default)]
struct Paragraph {
    style_id: Option<String>,
    style: Option<ParagraphStyle>,
    outline: Option<u32>,
    numbering: NumberingReference,
    end_is_deleted: bool,
    text: String,
    /// Bits that all text so far has in common; none before the first text.
    looks: Option<u8>,
    size: u32,
    page: u32,
    references: Vec<(&'static str, String)>,
    run: Run,
}

#[derive(Default)]
struct Run {
    style: Option<String>,
    looks: Looks,
    resolved: Option<Looks>,
    /// Text of the open `t`, and whether its outer spaces count.
    text: Option<(String, bool)>,
}

#[derive(Default)]
struct Table {
    number: u32,
    row: u32,
    column: u32,
    span: u32,
    in_row_properties: bool,
    row_is_deleted: bool,
}

impl<'a> Body<'a> {
    pub(crate) fn new(styles: &'a Styles, numbering: Numbering) -> Self {
        Self {
            styles,
            numbering,
            blocks: Vec::new(),
            heading_rows: BTreeSet::new(),
            headers: Vec::new(),
            counts: Counts::default(),
            has_root: false,
            part: part::BODY,
            references: BTreeMap::new(),
            note_anchor: 0,
            next_anchor: 0,
            text_bytes: 0,
            tables_seen: 0,
            page: 0,
            paragraphs: Vec::new(),
            tables: Vec::new(),
            boxes: Vec::new(),
            run_on: None,
            alternatives: Vec::new(),
            fields: Vec::new(),
            objects: 0,
            in_paragraph_properties: false,
            in_run_properties: false,
        }
    }

    /// Says which kind of part comes next. A part that ended in the middle of a
    /// field must not swallow it.
    pub(crate) fn begin_part(&mut self, part: u8) {
        self.part = part;
        self.fields.clear();
        self.run_on = None;
        self.page = 0;
    }

    /// Settles what is known only at the end: anchors, pages and which blocks are
    /// larger than the body text.
    pub(crate) fn finish(&mut self) {
        // What belongs to an empty paragraph belongs to the block before it.
        let last = self.next_anchor.saturating_sub(1);
        // Before the first page break, nothing tells that the file knows of pages.
        let has_pages = self.blocks.iter().any(|block| block.page > 0);
        let mut sizes = BTreeMap::<u32, usize>::new();
        for block in &mut self.blocks {
            block.anchor = block.anchor.min(last);
            if block.part == part::BODY {
                block.page = if has_pages { block.page.max(1) } else { 0 };
                if matches!(
                    block.kind,
                    kind::PARAGRAPH | kind::LIST_ITEM | kind::TABLE_CELL
                ) {
                    *sizes.entry(block.size).or_default() += block.text.len();
                }
            }
        }
        // The size of the body text is the one that most of its characters have.
        let Some((usual, _)) = sizes.into_iter().max_by_key(|(_, bytes)| *bytes) else {
            return;
        };
        for block in self.blocks.iter_mut().filter(|block| block.size > usual) {
            block.style |= style::LARGER;
        }
    }

    fn open_word(&mut self, element: &Element<'_>) -> bool {
        match element.name {
            "document" | "glossaryDocument" => self.has_root = true,
            "footnote" | "endnote" | "comment" => return self.open_note(element),
            "tbl" | "tr" | "tc" | "trPr" | "gridSpan" | "gridBefore" | "vMerge" | "tblHeader" => {
                self.open_table(element);
            }
            "p" => self.open_paragraph(),
            "pPr" => self.in_paragraph_properties = true,
            "pStyle" | "outlineLvl" | "numId" | "ilvl" if self.in_paragraph_properties => {
                self.set_paragraph_property(element);
            }
            "headerReference" | "footerReference" => {
                if let Some(id) = element
                    .attribute("id")
                    .filter(|id| !self.headers.contains(id))
                {
                    self.headers.push(id);
                }
            }
            "r" => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    paragraph.run = Run::default();
                }
            }
            "rPr" => self.in_run_properties = true,
            "del" | "moveFrom" => return self.open_deletion(),
            "ins" | "moveTo" => self.counts.tracked_changes += 1,
            // Former properties, settings of fields and tables, reading aids: no text of the learner's.
            "pPrChange" | "rPrChange" | "sectPrChange" | "tblPrChange" | "trPrChange"
            | "tcPrChange" | "sdtPr" | "sdtEndPr" | "tblPr" | "tblGrid" | "rt" | "customXmlPr"
            | "smartTagPr" => return false,
            "txbxContent" => self.boxes.push(std::mem::take(&mut self.tables)),
            "object" => {
                self.objects += 1;
                self.counts.embedded_files += 1;
            }
            "altChunk" => self.counts.embedded_files += 1,
            "fldChar" => self.field_character(element),
            "lastRenderedPageBreak" => self.page = self.page.max(1) + 1,
            _ if self.in_run_properties && !self.in_paragraph_properties => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    match element.name {
                        "rStyle" => paragraph.run.style = element.attribute("val"),
                        _ => paragraph.run.looks.set(element),
                    }
                }
            }
            _ if !self.in_paragraph_properties => self.open_run_content(element),
            _ => {}
        }
        true
    }

    fn open_run_content(&mut self, element: &Element<'_>) {
        let reference = match element.name {
            "footnoteReference" => Some("footnote"),
            "endnoteReference" => Some("endnote"),
            "commentReference" => Some("comment"),
            _ => None,
        };
        if let (Some(kind), Some(id), Some(paragraph)) = (
            reference,
            element.attribute("id"),
            self.paragraphs.last_mut(),
        ) {
            paragraph.references.push((kind, id));
            return;
        }
        match element.name {
            "t" => {
                if let Some(paragraph) = self.paragraphs.last_mut() {
                    let spaces_count = element.attribute("space").as_deref() == Some("preserve");
                    paragraph.run.text = Some((String::new(), spaces_count));
                }
            }
            "tab" | "ptab" => self.push_text("\t"),
            "br" | "cr" => self.push_text("\u{2028}"),
            "noBreakHyphen" => self.push_text("\u{2011}"),
            "sym" => {
                let symbol = element.attribute("char").and_then(|code| symbol(&code));
                self.push_text(symbol.unwrap_or_default());
            }
            _ => {}
        }
    }

    /// Notes and comments that nothing refers to, and the lines that part notes
    /// from the text, are not shown in Word either.
    fn open_note(&mut self, element: &Element<'_>) -> bool {
        let kind = match element.name {
            "footnote" => "footnote",
            "endnote" => "endnote",
            _ => "comment",
        };
        let id = element.attribute("id").unwrap_or_default();
        let anchor = self.references.get(&(kind, id)).copied();
        self.note_anchor = anchor.unwrap_or(0);
        anchor.is_some()
    }

    fn open_table(&mut self, element: &Element<'_>) {
        if element.name == "tbl" {
            self.tables_seen += 1;
            self.tables.push(Table {
                number: self.tables_seen,
                ..Table::default()
            });
            return;
        }
        let Some(table) = self.tables.last_mut() else {
            return;
        };
        match element.name {
            "tr" => {
                table.row += 1;
                table.column = 0;
                table.span = 1;
                table.row_is_deleted = false;
            }
            "tc" => {
                table.column += table.span;
                table.span = 1;
            }
            "trPr" => table.in_row_properties = true,
            "gridBefore" => table.column += element.number().unwrap_or(0).min(64),
            "gridSpan" => {
                table.span = element.number().unwrap_or(1).clamp(1, 64);
                self.counts.merged_cells += u32::from(table.span > 1);
            }
            "vMerge" if element.attribute("val").as_deref() != Some("restart") => {
                self.counts.merged_cells += 1;
            }
            "tblHeader" if element.switch() => {
                self.heading_rows.insert((table.number, table.row));
            }
            _ => {}
        }
    }

    fn open_paragraph(&mut self) {
        let run_on = self.run_on.take().map(|before| Paragraph {
            text: before.text,
            looks: before.looks,
            size: before.size,
            page: before.page,
            references: before.references,
            ..Paragraph::default()
        });
        self.paragraphs.push(run_on.unwrap_or_default());
        self.in_paragraph_properties = false;
        self.in_run_properties = false;
    }

    fn set_paragraph_property(&mut self, element: &Element<'_>) {
        let Some(paragraph) = self.paragraphs.last_mut() else {
            return;
        };
        match element.name {
            "pStyle" => paragraph.style_id = element.attribute("val"),
            "outlineLvl" => paragraph.outline = element.number(),
            "numId" => paragraph.numbering.list = element.number(),
            _ => paragraph.numbering.level = element.number(),
        }
    }

    /// `del` is text that was taken out, or the mark of a paragraph's end or a
    /// whole row that was.
    fn open_deletion(&mut self) -> bool {
        self.counts.tracked_changes += 1;
        if self.in_paragraph_properties {
            if let Some(paragraph) = self.paragraphs.last_mut() {
                paragraph.end_is_deleted = true;
            }
        } else if let Some(table) = self
            .tables
            .last_mut()
            .filter(|table| table.in_row_properties)
        {
            table.row_is_deleted = true;
        }
        false
    }

    fn field_character(&mut self, element: &Element<'_>) {
        match element.attribute("fldCharType").as_deref() {
            Some("begin") => self.fields.push(false),
            Some("separate") => {
                if let Some(shows_result) = self.fields.last_mut() {
                    *shows_result = true;
                }
            }
            Some("end") => {
                self.fields.pop();
            }
            _ => {}
        }
    }

    fn push_text(&mut self, text: &str) {
        let instruction = self.fields.iter().any(|shows_result| !shows_result);
        let page = self.page;
        let Some(paragraph) = self.paragraphs.last_mut().filter(|_| !instruction) else {
            return;
        };
        let looks = paragraph.looks_of_run(self.styles);
        if looks.hidden == Some(true) {
            self.counts.hidden_texts += u32::from(!text.trim().is_empty());
            return;
        }
        if paragraph.text.is_empty() {
            paragraph.page = page;
        }
        paragraph.text.push_str(text);
        if !text.trim().is_empty() {
            let bits = bits(looks);
            paragraph.looks = Some(paragraph.looks.map_or(bits, |before| before & bits));
            let size = looks.size.unwrap_or(0);
            paragraph.size = if paragraph.size == 0 {
                size
            } else {
                paragraph.size.min(size)
            };
        }
    }

    fn close_paragraph(&mut self) -> Result<(), Failure> {
        let Some(mut paragraph) = self.paragraphs.pop() else {
            return Ok(());
        };
        if paragraph.end_is_deleted && self.text_bytes + paragraph.text.len() <= MOST_TEXT {
            self.run_on = Some(paragraph);
            return Ok(());
        }
        let resolved = paragraph.resolved_style(self.styles).clone();
        let label = self.label(&paragraph, &resolved);
        let row_is_deleted = self.tables.iter().any(|table| table.row_is_deleted);
        let text = if row_is_deleted {
            String::new()
        } else {
            line(&paragraph.text)
        };

        let in_box = !self.boxes.is_empty();
        let part = if in_box && self.part == part::BODY {
            part::TEXT_BOX
        } else {
            self.part
        };
        let anchor = if self.part == part::BODY {
            self.next_anchor
        } else {
            self.note_anchor
        };
        for reference in std::mem::take(&mut paragraph.references) {
            if self.references.len() < MOST_REFERENCES {
                self.references.entry(reference).or_insert(anchor);
            }
        }
        if text.is_empty() {
            return Ok(());
        }
        self.text_bytes += text.len() + 1;
        if self.text_bytes > MOST_TEXT || self.blocks.len() >= MOST_BLOCKS {
            return Err(xml::too_large());
        }
        let (kind, level) = block_kind(
            &paragraph,
            &resolved,
            label.as_ref(),
            !self.tables.is_empty(),
        );
        let capitals = if is_in_capitals(&text) {
            style::CAPITALS
        } else {
            0
        };
        self.next_anchor += u32::from(part == part::BODY);
        self.blocks.push(Block {
            label: label.map_or(String::new(), |(label, _)| label),
            kind,
            level,
            style: paragraph.looks.unwrap_or(0) | capitals,
            part,
            page: if part == part::BODY {
                paragraph.page
            } else {
                0
            },
            cell: self
                .tables
                .last()
                .map_or([0; 3], |table| [table.number, table.row, table.column]),
            anchor: if part == part::BODY || part == part::HEADER {
                0
            } else {
                anchor
            },
            size: paragraph.size,
            text,
        });
        Ok(())
    }

    /// Text whose paragraph end was deleted has nothing to run on into here.
    fn close_run_on(&mut self) -> Result<(), Failure> {
        let Some(mut paragraph) = self.run_on.take() else {
            return Ok(());
        };
        paragraph.end_is_deleted = false;
        self.paragraphs.push(paragraph);
        self.close_paragraph()
    }

    /// The label of a numbered paragraph with the depth from 1. An empty
    /// paragraph counts too, as it does in Word.
    fn label(&mut self, paragraph: &Paragraph, style: &ParagraphStyle) -> Option<(String, u8)> {
        let list = paragraph
            .numbering
            .list
            .or(style.numbering.list)
            .filter(|list| *list > 0)?;
        let by_style = style.numbering_style.as_deref();
        let level = paragraph
            .numbering
            .level
            .or(style.numbering.level)
            .map(|level| level as usize)
            .or_else(|| self.numbering.level_of_style(list, by_style?, self.styles))
            .unwrap_or(0);
        let label = self.numbering.next_label(list, level, self.styles)?;
        Some((label, u8::try_from(level.min(8) + 1).unwrap_or(1)))
    }
}

impl Visit for Body<'_> {
    fn open(&mut self, element: &Element<'_>) -> Result<bool, Failure> {
        if element.space == Space::Word && element.name == "tbl" {
            self.close_run_on()?;
        }
        Ok(match (element.space, element.name) {
            (Space::Word, _) => self.open_word(element),
            (Space::Compatibility, "AlternateContent") => {
                self.alternatives.push(false);
                true
            }
            // The same content stands in both; the first that comes is enough.
            (Space::Compatibility, "Choice" | "Fallback") => self
                .alternatives
                .last_mut()
                .is_none_or(|taken| !std::mem::replace(taken, true)),
            (Space::Math, "oMath") => {
                self.counts.equations += 1;
                false
            }
            (Space::Other, "blip" | "imagedata") => {
                // An embedded file shows a picture of itself.
                self.counts.pictures += u32::from(self.objects == 0);
                true
            }
            _ => true,
        })
    }

    fn close(&mut self, space: Space, name: &str) -> Result<(), Failure> {
        match (space, name) {
            (Space::Word, "p") => return self.close_paragraph(),
            (Space::Word, "body" | "tc" | "footnote" | "endnote" | "comment" | "hdr" | "ftr") => {
                return self.close_run_on();
            }
            (Space::Word, "pPr") => self.in_paragraph_properties = false,
            (Space::Word, "rPr") => self.in_run_properties = false,
            (Space::Word, "t") => {
                let text = self
                    .paragraphs
                    .last_mut()
                    .and_then(|paragraph| paragraph.run.text.take());
                match text {
                    Some((text, true)) => self.push_text(&text),
                    Some((text, false)) => self.push_text(text.trim()),
                    None => {}
                }
            }
            (Space::Word, "trPr") => {
                if let Some(table) = self.tables.last_mut() {
                    table.in_row_properties = false;
                }
            }
            (Space::Word, "tbl") => {
                self.tables.pop();
            }
            (Space::Word, "txbxContent") => {
                self.close_run_on()?;
                self.tables = self.boxes.pop().unwrap_or_default();
            }

            (Space::Word, "object") => self.objects = self.objects.saturating_sub(1),
            (Space::Compatibility, "AlternateContent") => {
                self.alternatives.pop();
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if let Some((pending, _)) = self
            .paragraphs
            .last_mut()
            .and_then(|paragraph| paragraph.run.text.as_mut())
        {
            // A line break inside the XML is a space to whoever reads the page.
            pending.extend(text.chars().map(|character| match character {
                '\n' | '\r' => ' ',
                other => other,
            }));
        }
    }
}

impl Paragraph {
    fn resolved_style(&mut self, styles: &Styles) -> &ParagraphStyle {
        self.style
            .get_or_insert_with(|| styles.paragraph(self.style_id.as_deref()))
    }

    fn looks_of_run(&mut self, styles: &Styles) -> Looks {
        let paragraph = self.resolved_style(styles).looks;
        let run = &mut self.run;
        *run.resolved
            .get_or_insert_with(|| styles.run(run.looks, run.style.as_deref(), paragraph))
    }
}

impl Counts {
    /// The warnings of a document.
    pub(crate) fn warnings(&self) -> Vec<Warning> {
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
        ];
        let counted = all.into_iter().filter(|(_, _, count)| *count > 0);
        counted
            .map(|(code, message, count)| warning(code, message, count))
            .collect()
    }
}

fn block_kind(
    paragraph: &Paragraph,
    style: &ParagraphStyle,
    label: Option<&(String, u8)>,
    in_table: bool,
) -> (u8, u8) {
    let (kind, level) = match paragraph.outline {
        Some(outline @ 0..=8) => (kind::HEADING, u8::try_from(outline + 1).unwrap_or(1)),
        Some(_) if style.kind == kind::HEADING => (kind::PARAGRAPH, 0),
        _ => (style.kind, style.level),
    };
    match label {
        _ if kind != kind::PARAGRAPH => (kind, level),
        Some((_, depth)) => (kind::LIST_ITEM, *depth),
        None if in_table => (kind::TABLE_CELL, 0),
        None => (kind::PARAGRAPH, 0),
    }
}

fn bits(looks: Looks) -> u8 {
    let bit = |is: Option<bool>, bit: u8| if is == Some(true) { bit } else { 0 };
    bit(looks.bold, style::BOLD)
        | bit(looks.italic, style::ITALIC)
        | bit(looks.underlined, style::UNDERLINED)
        | bit(looks.capitals, style::CAPITALS)
        | bit(looks.struck, style::STRUCK)
}

fn is_in_capitals(text: &str) -> bool {
    text.chars()
        .filter(|character| character.is_uppercase())
        .count()
        > 1
        && !text.chars().any(char::is_lowercase)
}

/// Signs of symbol fonts that learners use in forms; others are decoration.
fn symbol(code: &str) -> Option<&'static str> {
    match u32::from_str_radix(code, 16).ok()? {
        0xf0fc => Some("✓"),
        0xf0fe | 0x2611 => Some("☑"),
        0xf0a8 | 0xf06f | 0x2610 => Some("☐"),
        0xf0fb | 0xf0fd | 0x2612 => Some("☒"),
        0xf0b7 => Some("•"),
        0xf0e0 => Some("→"),
        _ => None,
    }
}
