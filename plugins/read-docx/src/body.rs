//! Body, notes, headers and comments: everything that is made of paragraphs.

use std::collections::{BTreeMap, BTreeSet};

use unit_sdk::reader::wit::Failure;
use unit_sdk::reader::xml::{Element, Visit};
use unit_sdk::reader::{self, Block, Blocks, LeftOut, MOST_TEXT, kind, part, style, symbol};

use crate::numbering::Numbering;
use crate::space::{Space, switch};
use crate::styles::{Looks, NumberingReference, ParagraphStyle, Styles};

/// Most references to notes and comments that are followed.
const MOST_REFERENCES: usize = 100_000;

/// Collects blocks from one part after another.
pub(crate) struct Body<'a> {
    styles: &'a Styles,
    numbering: Numbering,
    pub(crate) blocks: Blocks,
    /// Rows that repeat as headings on every page, as (table, row).
    pub(crate) heading_rows: BTreeSet<(u32, u32)>,
    /// Relationship ids of page headers and footers, in the order of use.
    pub(crate) headers: Vec<String>,
    pub(crate) left_out: LeftOut,
    pub(crate) has_root: bool,
    /// The part that is being read; text boxes in the body are a part of their own.
    part: u8,
    /// What refers to which note or comment: (element, id) to the body block.
    references: BTreeMap<(&'static str, String), u32>,
    /// The body block that the note being read belongs to.
    note_anchor: u32,
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
    /// Open form fields, one in another.
    controls: Vec<Control>,
    in_paragraph_properties: bool,
    in_run_properties: bool,
}

#[derive(Default)]
struct Paragraph {
    style_id: Option<String>,
    style: Option<ParagraphStyle>,
    outline: Option<u32>,
    numbering: NumberingReference,
    end_is_deleted: bool,
    content: reader::Paragraph,
    page: u32,
    references: Vec<(&'static str, String)>,
    run: Run,
}

/// A form field.
#[derive(Default)]
struct Control {
    in_properties: bool,
    /// Whether it still shows the prompt that it came with.
    shows_prompt: bool,
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
            blocks: Blocks::default(),
            heading_rows: BTreeSet::new(),
            headers: Vec::new(),
            left_out: LeftOut::default(),
            has_root: false,
            part: part::BODY,
            references: BTreeMap::new(),
            note_anchor: 0,
            tables_seen: 0,
            page: 0,
            paragraphs: Vec::new(),
            tables: Vec::new(),
            boxes: Vec::new(),
            run_on: None,
            alternatives: Vec::new(),
            fields: Vec::new(),
            objects: 0,
            controls: Vec::new(),
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

    /// The blocks, with what is known only at the end.
    pub(crate) fn finish(self) -> Vec<Block> {
        let mut blocks = self.blocks.finish();
        // Before the first page break, nothing tells that the file knows of pages.
        let has_pages = blocks.iter().any(|block| block.page > 0);
        let body = blocks.iter_mut().filter(|block| block.part == part::BODY);
        for block in body.filter(|_| has_pages) {
            block.page = block.page.max(1);
        }
        blocks
    }

    fn open_word(&mut self, element: &Element<'_, Space>) -> bool {
        if let Some(control) = self
            .controls
            .last_mut()
            .filter(|control| control.in_properties)
        {
            control.shows_prompt |= element.name == "showingPlcHdr" && switch(element);
            return false;
        }
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
            "ins" | "moveTo" => self.left_out.tracked_changes += 1,
            // Former properties, settings of fields and tables, reading aids: no text of the learner's.
            "pPrChange" | "rPrChange" | "sectPrChange" | "tblPrChange" | "trPrChange"
            | "tcPrChange" | "sdtEndPr" | "tblPr" | "tblGrid" | "rt" | "customXmlPr"
            | "smartTagPr" => return false,
            "sdt" => self.controls.push(Control::default()),
            "sdtPr" => {
                if let Some(control) = self.controls.last_mut() {
                    control.in_properties = true;
                }
            }
            "sdtContent"
                if self
                    .controls
                    .last()
                    .is_some_and(|control| control.shows_prompt) =>
            {
                self.left_out.placeholders += 1;
                return false;
            }
            "txbxContent" => self.boxes.push(std::mem::take(&mut self.tables)),
            "object" => {
                self.objects += 1;
                self.left_out.embedded_files += 1;
            }
            "altChunk" => self.left_out.embedded_files += 1,
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

    fn open_run_content(&mut self, element: &Element<'_, Space>) {
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
                let code = element.attribute("char");
                let code = code.and_then(|code| u32::from_str_radix(&code, 16).ok());
                if let Some(sign) = code.and_then(char::from_u32).and_then(symbol) {
                    self.push_text(sign.encode_utf8(&mut [0; 4]));
                }
            }
            _ => {}
        }
    }

    /// Notes and comments that nothing refers to, and the lines that part notes
    /// from the text, are not shown in Word either.
    fn open_note(&mut self, element: &Element<'_, Space>) -> bool {
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

    fn open_table(&mut self, element: &Element<'_, Space>) {
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
            "gridBefore" => table.column += element.number("val").unwrap_or(0).min(64),
            "gridSpan" => {
                table.span = element.number("val").unwrap_or(1).clamp(1, 64);
                self.left_out.merged_cells += u32::from(table.span > 1);
            }
            "vMerge" if element.attribute("val").as_deref() != Some("restart") => {
                self.left_out.merged_cells += 1;
            }
            "tblHeader" if switch(element) => {
                self.heading_rows.insert((table.number, table.row));
            }
            _ => {}
        }
    }

    fn open_paragraph(&mut self) {
        let run_on = self.run_on.take().map(|before| Paragraph {
            content: before.content,
            page: before.page,
            references: before.references,
            ..Paragraph::default()
        });
        self.paragraphs.push(run_on.unwrap_or_default());
        self.in_paragraph_properties = false;
        self.in_run_properties = false;
    }

    fn set_paragraph_property(&mut self, element: &Element<'_, Space>) {
        let Some(paragraph) = self.paragraphs.last_mut() else {
            return;
        };
        match element.name {
            "pStyle" => paragraph.style_id = element.attribute("val"),
            "outlineLvl" => paragraph.outline = element.number("val"),
            "numId" => paragraph.numbering.list = element.number("val"),
            _ => paragraph.numbering.level = element.number("val"),
        }
    }

    /// `del` is text that was taken out, or the mark of a paragraph's end or a
    /// whole row that was.
    fn open_deletion(&mut self) -> bool {
        self.left_out.tracked_changes += 1;
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

    fn field_character(&mut self, element: &Element<'_, Space>) {
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
            self.left_out.hidden_texts += u32::from(!text.trim().is_empty());
            return;
        }
        if paragraph.content.text.is_empty() {
            paragraph.page = page;
        }
        let size = looks.size.unwrap_or(0);
        paragraph.content.push(text, bits(looks), size);
    }

    fn close_paragraph(&mut self) -> Result<(), Failure> {
        let Some(mut paragraph) = self.paragraphs.pop() else {
            return Ok(());
        };
        if paragraph.end_is_deleted && paragraph.content.text.len() <= MOST_TEXT {
            self.run_on = Some(paragraph);
            return Ok(());
        }
        let resolved = paragraph.resolved_style(self.styles).clone();
        let label = self.label(&paragraph, &resolved);
        let row_is_deleted = self.tables.iter().any(|table| table.row_is_deleted);
        let in_box = !self.boxes.is_empty();
        let part = if in_box && self.part == part::BODY {
            part::TEXT_BOX
        } else {
            self.part
        };
        let anchor = if self.part == part::BODY {
            self.blocks.next_anchor()
        } else {
            self.note_anchor
        };
        for reference in std::mem::take(&mut paragraph.references) {
            if self.references.len() < MOST_REFERENCES {
                self.references.entry(reference).or_insert(anchor);
            }
        }
        if row_is_deleted {
            return Ok(());
        }
        let (kind, level) = block_kind(
            &paragraph,
            &resolved,
            label.as_ref(),
            !self.tables.is_empty(),
        );
        self.blocks.push(Block {
            label: label.map_or(String::new(), |(label, _)| label),
            kind,
            level,
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
            ..paragraph.content.block()
        })
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
    type Space = Space;

    fn space(address: &str) -> Space {
        Space::of(address)
    }

    fn open(&mut self, element: &Element<'_, Space>) -> Result<bool, Failure> {
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
                self.left_out.equations += 1;
                false
            }
            (Space::Other, "blip" | "imagedata") => {
                // An embedded file shows a picture of itself.
                self.left_out.pictures += u32::from(self.objects == 0);
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
            (Space::Word, "sdtPr") => {
                if let Some(control) = self.controls.last_mut() {
                    control.in_properties = false;
                }
            }
            (Space::Word, "sdt") => {
                self.controls.pop();
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
