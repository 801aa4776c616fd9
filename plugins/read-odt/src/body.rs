//! Body, notes, headers and comments: everything that is made of paragraphs.

use std::collections::BTreeSet;

use unit_sdk::reader::wit::Failure;
use unit_sdk::reader::xml::{Element, Visit};
use unit_sdk::reader::{self, Block, Blocks, LeftOut, kind, part};

use crate::lists::Lists;
use crate::space::Space;
use crate::styles::{Looks, Styles};

/// Most columns that a cell counts for: those of a table in the interface.
const MOST_COLUMNS: u32 = 64;
/// Most spaces that one tag stands for.
const MOST_SPACES: usize = 1_000;

/// Drawings that people write into.
const SHAPES: [&str; 13] = [
    "text-box",
    "custom-shape",
    "rect",
    "ellipse",
    "circle",
    "line",
    "polyline",
    "polygon",
    "regular-polygon",
    "path",
    "connector",
    "caption",
    "measure",
];

/// Collects blocks from one part after another.
pub(crate) struct Body {
    styles: Styles,
    pub(crate) blocks: Blocks,
    /// Rows that repeat as headings on every page, as (table, row).
    pub(crate) heading_rows: BTreeSet<(u32, u32)>,
    pub(crate) left_out: LeftOut,
    pub(crate) has_root: bool,
    reads_headers: bool,
    in_styles: bool,
    /// Notes, comments and text boxes that are open, one in another.
    asides: Vec<Aside>,
    /// Open paragraphs; none where an aside has begun and no paragraph in it yet.
    paragraphs: Vec<Option<Paragraph>>,
    tables: Vec<Table>,
    tables_seen: u32,
    lists: Lists,
    page: u32,
}

/// A note, comment or text box, with what stood open around it.
struct Aside {
    part: u8,
    anchor: u32,
    tables: Vec<Table>,
    lists: Lists,
}

struct Paragraph {
    content: reader::Paragraph,
    kind: u8,
    level: u8,
    label: String,
    /// Looks of the paragraph and of the spans that are open in it.
    looks: Vec<Looks>,
    hidden: bool,
    page: u32,
}

#[derive(Default)]
struct Table {
    number: u32,
    row: u32,
    column: u32,
    span: u32,
    in_heading_rows: bool,
}

impl Body {
    /// Begins with the body; the styles are those of the whole document.
    pub(crate) fn new(mut styles: Styles) -> Self {
        styles.begin_part();
        Self {
            styles,
            blocks: Blocks::default(),
            heading_rows: BTreeSet::new(),
            left_out: LeftOut::default(),
            has_root: false,
            reads_headers: false,
            in_styles: false,
            asides: Vec::new(),
            paragraphs: Vec::new(),
            tables: Vec::new(),
            tables_seen: 0,
            lists: Lists::default(),
            page: 0,
        }
    }

    /// Says that page headers and footers come next.
    pub(crate) fn begin_headers(&mut self) {
        self.styles.begin_part();
        self.reads_headers = true;
    }

    /// The blocks, with what is known only at the end.
    pub(crate) fn finish(self) -> Vec<Block> {
        // Before the first page break, nothing tells that the file knows of pages.
        let pages = u32::from(self.page > 0);
        let mut blocks = self.blocks.finish();
        for block in blocks.iter_mut().filter(|block| block.part == part::BODY) {
            block.page += pages;
        }
        blocks
    }

    fn open_text(&mut self, element: &Element<'_, Space>) -> bool {
        match element.name {
            "p" | "h" => self.open_paragraph(element),
            "span" => self.open_span(element),
            "list" => self.lists.open_list(element),
            "list-item" | "list-header" => self.lists.open_item(element),
            "note-body" => self.open_aside(part::NOTE),
            "s" => {
                let spaces = element.number("c").unwrap_or(1) as usize;
                self.push(&" ".repeat(spaces.min(MOST_SPACES)));
            }
            "tab" => self.push("\t"),
            "line-break" => self.push("\u{2028}"),
            "soft-page-break" if self.asides.is_empty() => self.page += 1,
            "changed-region" => {
                self.left_out.tracked_changes += 1;
                return false;
            }
            "section" if element.attribute("display").as_deref() == Some("none") => {
                self.left_out.hidden_texts += 1;
                return false;
            }
            "hidden-text" if element.attribute("is-hidden").as_deref() != Some("false") => {
                self.left_out.hidden_texts += 1;
                return false;
            }
            "hidden-paragraph" if element.attribute("is-hidden").as_deref() == Some("true") => {
                if let Some(Some(paragraph)) = self.paragraphs.last_mut() {
                    paragraph.hidden = true;
                }
            }
            // Numbers of notes stand at the note, reading aids and scripts are
            // not the text, and an index's source is a template of its lines.
            "note-citation" | "ruby-text" | "script" => return false,
            name if name.ends_with("-source") => return false,
            _ => {}
        }
        true
    }

    fn open_paragraph(&mut self, element: &Element<'_, Space>) {
        let style = element.attribute("style-name").unwrap_or_default();
        let mut label = self
            .lists
            .label(&self.styles.lists, self.styles.list_of(&style));
        let (kind, level) = if element.name == "h" {
            let level = element.number("outline-level").unwrap_or(1).clamp(1, 9);
            let level = u8::try_from(level).unwrap_or(1);
            let is_numbered = element.attribute("is-list-header").as_deref() != Some("true");
            if !self.lists.is_open() && self.asides.is_empty() && is_numbered {
                let start = element.number("start-value");
                let number = self.lists.heading(&self.styles.lists, level, start);
                label = number.map(|number| (number, 0));
            }
            (kind::HEADING, level)
        } else {
            match (self.styles.kind(&style), &label) {
                (Some(kind), _) => kind,
                (None, Some((_, depth))) => (kind::LIST_ITEM, *depth),
                (None, None) if self.tables.is_empty() => (kind::PARAGRAPH, 0),
                (None, None) => (kind::TABLE_CELL, 0),
            }
        };
        self.paragraphs.push(Some(Paragraph {
            content: reader::Paragraph::default(),
            kind,
            level,
            label: label.map_or(String::new(), |(label, _)| label),
            looks: vec![self.styles.paragraph(&style)],
            hidden: false,
            page: self.page,
        }));
    }

    fn open_span(&mut self, element: &Element<'_, Space>) {
        if let Some(Some(paragraph)) = self.paragraphs.last_mut()
            && let Some(around) = paragraph.looks.last()
        {
            let style = element.attribute("style-name").unwrap_or_default();
            paragraph.looks.push(self.styles.span(*around, &style));
        }
    }

    fn open_aside(&mut self, part: u8) {
        self.asides.push(Aside {
            part,
            anchor: self.blocks.next_anchor(),
            tables: std::mem::take(&mut self.tables),
            lists: std::mem::take(&mut self.lists),
        });
        self.paragraphs.push(None);
    }

    fn close_aside(&mut self) {
        self.paragraphs.pop();
        if let Some(aside) = self.asides.pop() {
            self.tables = aside.tables;
            self.lists = aside.lists;
        }
    }

    fn open_table(&mut self, element: &Element<'_, Space>) -> bool {
        if element.name == "table" {
            self.tables_seen += 1;
            self.tables.push(Table {
                number: self.tables_seen,
                ..Table::default()
            });
            return true;
        }
        let number = |name: &str| element.number(name).unwrap_or(1).max(1);
        let Some(table) = self.tables.last_mut() else {
            return true;
        };
        match element.name {
            "table-header-rows" => table.in_heading_rows = true,
            "table-row" => {
                table.row = table.row.saturating_add(1);
                table.column = 0;
                table.span = 1;
                if table.in_heading_rows {
                    self.heading_rows.insert((table.number, table.row));
                }
            }
            "table-cell" | "covered-table-cell" => {
                table.column += table.span;
                table.span = number("number-columns-repeated").min(MOST_COLUMNS);
                let is_merged =
                    number("number-columns-spanned") > 1 || number("number-rows-spanned") > 1;
                self.left_out.merged_cells += u32::from(is_merged);
                // What lies under a merged cell is not shown.
                return element.name == "table-cell";
            }
            "title" | "desc" => return false,
            _ => {}
        }
        true
    }

    fn open_drawing(&mut self, name: &str) -> bool {
        match name {
            name if SHAPES.contains(&name) => self.open_aside(part::TEXT_BOX),
            "image" => {
                self.left_out.pictures += 1;
                return false;
            }
            "object" | "object-ole" | "plugin" | "applet" | "floating-frame" => {
                self.left_out.embedded_files += 1;
                return false;
            }
            _ => {}
        }
        true
    }

    /// Adds text; white space that only lays out the file is one space.
    fn push(&mut self, text: &str) {
        let Some(Some(paragraph)) = self.paragraphs.last_mut() else {
            return;
        };
        let Some(looks) = paragraph.looks.last().copied() else {
            return;
        };
        if looks.hidden || paragraph.hidden {
            self.left_out.hidden_texts += u32::from(!text.trim().is_empty());
            return;
        }
        if paragraph.content.text.is_empty() {
            paragraph.page = self.page;
        }
        paragraph.content.push(text, looks.bits, looks.size);
    }

    fn close_paragraph(&mut self) -> Result<(), Failure> {
        let Some(paragraph) = self.paragraphs.pop().flatten() else {
            return Ok(());
        };
        let (part, anchor) = match self.asides.last() {
            _ if self.reads_headers => (part::HEADER, 0),
            Some(aside) => (aside.part, aside.anchor),
            None => (part::BODY, 0),
        };
        self.blocks.push(Block {
            label: paragraph.label,
            kind: paragraph.kind,
            level: paragraph.level,
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
            anchor,
            ..paragraph.content.block()
        })
    }
}

impl Visit for Body {
    type Space = Space;

    fn space(address: &str) -> Space {
        Space::of(address)
    }

    fn open(&mut self, element: &Element<'_, Space>) -> Result<bool, Failure> {
        Ok(match (element.space, element.name) {
            (Space::Office, "automatic-styles") => {
                self.in_styles = true;
                self.styles.open(element);
                true
            }
            _ if self.in_styles => {
                self.styles.open(element);
                true
            }
            // Named styles are known already, and headers are read by themselves.
            (Space::Office, "styles" | "scripts" | "font-face-decls" | "forms")
            | (Space::Aside, _) => false,
            (Space::Office, "text") => {
                self.has_root = true;
                true
            }
            (Space::Office, "annotation") => {
                self.open_aside(part::COMMENT);
                true
            }
            (
                Space::Style,
                "header" | "header-left" | "header-first" | "footer" | "footer-left"
                | "footer-first",
            ) => element.attribute("display").as_deref() != Some("false"),
            (Space::Text, _) => self.open_text(element),
            (Space::Table, _) => self.open_table(element),
            (Space::Draw, name) => self.open_drawing(name),
            _ => true,
        })
    }

    fn close(&mut self, space: Space, name: &str) -> Result<(), Failure> {
        match (space, name) {
            (Space::Office, "automatic-styles") => self.in_styles = false,
            _ if self.in_styles => self.styles.close(space, name),
            (Space::Text, "p" | "h") => return self.close_paragraph(),
            (Space::Text, "span") => {
                if let Some(Some(paragraph)) = self.paragraphs.last_mut()
                    && paragraph.looks.len() > 1
                {
                    paragraph.looks.pop();
                }
            }
            (Space::Text, "list") => self.lists.close_list(),
            (Space::Text, "note-body") | (Space::Office, "annotation") => self.close_aside(),
            (Space::Draw, name) if SHAPES.contains(&name) => self.close_aside(),
            (Space::Table, "table") => {
                self.tables.pop();
            }
            (Space::Table, "table-header-rows") => {
                if let Some(table) = self.tables.last_mut() {
                    table.in_heading_rows = false;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        let Some(Some(paragraph)) = self.paragraphs.last() else {
            return;
        };
        let mut before = paragraph.content.text.chars().next_back().unwrap_or(' ');
        let mut kept = String::with_capacity(text.len());
        for character in text.chars() {
            let is_space = matches!(character, ' ' | '\t' | '\n' | '\r');
            if !is_space {
                kept.push(character);
            } else if before != ' ' {
                kept.push(' ');
            }
            before = if is_space { ' ' } else { character };
        }
        self.push(&kept);
    }
}
