//! Paragraphs, lists and tables out of the tree.

use std::collections::{BTreeMap, BTreeSet};

use unit_sdk::reader::numbers::{LONGEST_LABEL, number};
use unit_sdk::reader::wit::Failure;
use unit_sdk::reader::{self, Block, Blocks, LeftOut, kind, kind_of_style, line, part, symbol};
use unit_sdk::text::cut;

use crate::looks::{Looks, Rules};
use crate::tree::{Element, Node, ROOT};

/// Most columns that a cell counts for: those of a table in the interface.
const MOST_COLUMNS: u32 = 64;
/// Bullets of lists in lists, as browsers show them.
const BULLETS: [&str; 3] = ["•", "◦", "▪"];

/// Collects blocks.
pub(crate) struct Body<'a> {
    nodes: &'a [Node],
    rules: Rules,
    pub(crate) blocks: Blocks,
    /// Rows of headings, as (table, row).
    pub(crate) heading_rows: BTreeSet<(u32, u32)>,
    pub(crate) left_out: LeftOut,
    content: reader::Paragraph,
    /// The label that the next paragraph of the open item gets.
    label: Option<String>,
    lists: Vec<List>,
    tables: Vec<Table>,
    tables_seen: u32,
    /// Which body block refers to which note.
    references: BTreeMap<&'a str, u32>,
}

/// What holds where the walk stands.
#[derive(Clone, Copy, Default)]
struct Place {
    looks: Looks,
    /// Kind and level of paragraphs, where an element says so.
    kind: Option<(u8, u8)>,
    part: u8,
    anchor: u32,
    /// Whether the text is the number or bullet of a list item.
    is_label: bool,
}

/// An element on the way from the root.
struct Step<'a> {
    element: &'a Element,
    place: Place,
    next: usize,
}

struct List {
    /// As [`number`] calls it; none for bullets.
    format: Option<&'static str>,
    next: u32,
    is_unmarked: bool,
}

#[derive(Default)]
struct Table {
    number: u32,
    row: u32,
    column: u32,
    /// For how many rows a cell from above still stands in each column.
    taken: BTreeMap<u32, u32>,
    has_heading_cells: bool,
    has_other_cells: bool,
}

impl<'a> Body<'a> {
    pub(crate) fn new(nodes: &'a [Node]) -> Self {
        Self {
            nodes,
            rules: Rules::default(),
            blocks: Blocks::default(),
            heading_rows: BTreeSet::new(),
            left_out: LeftOut::default(),
            content: reader::Paragraph::default(),
            label: None,
            lists: Vec::new(),
            tables: Vec::new(),
            tables_seen: 0,
            references: BTreeMap::new(),
        }
    }

    /// Walks through the whole tree, with a stack of its own.
    ///
    /// # Errors
    ///
    /// `too-large` beyond the limits of a document.
    pub(crate) fn read(&mut self) -> Result<(), Failure> {
        for node in self.nodes {
            if let Node::Element(element) = node
                && &*element.name == "style"
            {
                for child in &element.children {
                    if let Node::Text(text) = &self.nodes[*child] {
                        self.rules.add(text);
                    }
                }
            }
        }
        let mut steps: Vec<Step<'a>> = Vec::new();
        if let Node::Element(element) = &self.nodes[ROOT] {
            steps.push(Step {
                element,
                place: Place::default(),
                next: 0,
            });
        }
        while let Some(step) = steps.last_mut() {
            let Some(child) = step.element.children.get(step.next) else {
                let (element, place) = (step.element, step.place);
                steps.pop();
                self.close(element, place)?;
                continue;
            };
            step.next += 1;
            let place = step.place;
            match &self.nodes[*child] {
                Node::Text(text) => self.text(text, place),
                Node::Element(element) => {
                    if let Some(place) = self.open(element, place)? {
                        steps.push(Step {
                            element,
                            place,
                            next: 0,
                        });
                    }
                }
                Node::Nothing => {}
            }
        }
        Ok(())
    }

    /// An element begins; none where it is left out with all that it holds.
    fn open(&mut self, element: &'a Element, around: Place) -> Result<Option<Place>, Failure> {
        let name = &*element.name;
        match name {
            "head" | "script" | "style" | "template" | "noscript" | "title" | "meta" | "link"
            | "rt" | "rp" | "select" | "datalist" | "button" | "input" | "frameset" => {
                return Ok(None);
            }
            "img" | "svg" | "canvas" | "picture" | "v:imagedata" => {
                self.left_out.pictures += 1;
                return Ok(None);
            }
            "iframe" | "object" | "embed" | "applet" | "audio" | "video" => {
                self.left_out.embedded_files += 1;
                return Ok(None);
            }
            "math" => {
                self.left_out.equations += 1;
                return Ok(None);
            }
            "del" => {
                self.left_out.tracked_changes += 1;
                return Ok(None);
            }
            "ins" => self.left_out.tracked_changes += 1,
            "dialog" if element.attribute("open").is_none() => {
                self.left_out.hidden_texts += 1;
                return Ok(None);
            }
            "br" => {
                self.line_break(around)?;
                return Ok(None);
            }
            "a" if self.refers_to_note(element) => return Ok(None),
            _ => {}
        }
        let mut place = around;
        place.looks = self.rules.within(around.looks, element);
        if place.looks.hidden && !around.looks.hidden {
            self.left_out.hidden_texts += 1;
        }
        if is_block(name) {
            self.flush(around)?;
        }
        self.open_block(element, &mut place);
        Ok(Some(place))
    }

    fn open_block(&mut self, element: &'a Element, place: &mut Place) {
        let name = &*element.name;
        let style = element.attribute("style").unwrap_or_default();
        match name {
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                place.kind = Some((kind::HEADING, name.as_bytes()[1] - b'0'));
            }
            "blockquote" => place.kind = Some((kind::QUOTATION, 0)),
            "caption" | "figcaption" => place.kind = Some((kind::CAPTION, 0)),
            "p" => place.kind = paragraph_kind(element).or(place.kind),
            "ul" | "ol" | "menu" | "dir" => self.open_list(element),
            "li" => self.open_item(element),
            "table" => {
                self.tables_seen += 1;
                self.tables.push(Table {
                    number: self.tables_seen,
                    ..Table::default()
                });
            }
            "tr" => {
                if let Some(table) = self.tables.last_mut() {
                    table.row += 1;
                    table.column = 0;
                    (table.has_heading_cells, table.has_other_cells) = (false, false);
                    table.taken.retain(|_, rows| {
                        *rows -= 1;
                        *rows > 0
                    });
                }
            }
            "td" | "th" => self.open_cell(element),
            // Word and LibreOffice write the number of a list item as text that they mark.
            "span"
                if style
                    .replace(' ', "")
                    .to_lowercase()
                    .contains("mso-list:ignore") =>
            {
                place.is_label = true;
            }
            "div" => self.open_part(element, style, place),
            _ => {}
        }
    }

    fn open_list(&mut self, element: &Element) {
        let style = element
            .attribute("style")
            .unwrap_or_default()
            .to_lowercase();
        let style = style
            .split_once("list-style")
            .and_then(|(_, style)| style.split_once(':'))
            .map_or("", |(_, style)| {
                style.split(';').next().unwrap_or_default().trim()
            });
        let format = match (element.attribute("type"), style) {
            (Some("a"), _) | (_, "lower-alpha" | "lower-latin") => "lowerLetter",
            (Some("A"), _) | (_, "upper-alpha" | "upper-latin") => "upperLetter",
            (Some("i"), _) | (_, "lower-roman") => "lowerRoman",
            (Some("I"), _) | (_, "upper-roman") => "upperRoman",
            _ => "decimal",
        };
        let start = element
            .attribute("start")
            .and_then(|start| start.parse().ok());
        self.lists.push(List {
            format: (&*element.name == "ol").then_some(format),
            next: start.unwrap_or(1),
            is_unmarked: style == "none",
        });
    }

    fn open_item(&mut self, element: &Element) {
        let depth = self.lists.len();
        let Some(list) = self.lists.last_mut() else {
            self.label = Some(BULLETS[0].to_owned());
            return;
        };
        let value = element
            .attribute("value")
            .and_then(|value| value.parse().ok());
        let value = value.filter(|_| list.format.is_some());
        let count = value.unwrap_or(list.next);
        list.next = count.saturating_add(1);
        self.label = Some(match list.format {
            _ if list.is_unmarked => String::new(),
            Some(format) => format!("{}.", number(count, format)),
            None => BULLETS[(depth - 1).min(BULLETS.len() - 1)].to_owned(),
        });
    }

    fn open_cell(&mut self, element: &Element) {
        let span = |name: &str| {
            let span = element
                .attribute(name)
                .and_then(|span| span.trim().parse().ok());
            span.unwrap_or(1).clamp(1, MOST_COLUMNS)
        };
        let (columns, rows) = (span("colspan"), span("rowspan"));
        self.left_out.merged_cells += u32::from(columns > 1 || rows > 1);
        let Some(table) = self.tables.last_mut() else {
            return;
        };
        table.column += 1;
        while table.taken.contains_key(&table.column) {
            table.column += 1;
        }
        let first = table.column;
        // The cell counts for its first column; those behind come after its last.
        for column in first..first + columns {
            if rows > 1 || column > first {
                table.taken.insert(column, rows);
            }
        }
        if &*element.name == "th" {
            table.has_heading_cells = true;
        } else {
            table.has_other_cells = true;
        }
    }

    /// Notes and page headers, which stand in divisions with known names.
    fn open_part(&mut self, element: &Element, style: &str, place: &mut Place) {
        let id = element.attribute("id").unwrap_or_default();
        let is_note = ["sdfootnote", "sdendnote", "ftn", "edn"]
            .iter()
            .any(|start| id.strip_prefix(start).is_some_and(is_number));
        if is_note || style.contains("mso-element:footnote") {
            place.part = part::NOTE;
            place.anchor = self.references.get(id).copied().unwrap_or(0);
        } else if matches!(element.attribute("title"), Some("header" | "footer")) {
            place.part = part::HEADER;
        }
    }

    /// Whether a link is only the number of a note, at the text or at the note.
    fn refers_to_note(&mut self, element: &'a Element) -> bool {
        let class = element.attribute("class").unwrap_or_default();
        let target = element.attribute("href").unwrap_or_default();
        let target = target.trim_start_matches('#').trim_start_matches('_');
        let target = target.strip_suffix("sym").unwrap_or(target);
        let is_mark = matches!(
            class,
            "sdfootnoteanc" | "sdendnoteanc" | "sdfootnotesym" | "sdendnotesym"
        ) || element.attribute("style").is_some_and(|style| {
            style.contains("mso-footnote-id") || style.contains("mso-endnote-id")
        });
        if is_mark {
            let block = self.blocks.next_anchor();
            self.references.entry(target).or_insert(block);
        }
        is_mark
    }

    fn close(&mut self, element: &Element, place: Place) -> Result<(), Failure> {
        let name = &*element.name;
        if is_block(name) {
            self.flush(place)?;
        }
        match name {
            "ul" | "ol" | "menu" | "dir" => {
                self.lists.pop();
            }
            "li" => self.label = None,
            "table" => {
                self.tables.pop();
            }
            "tr" => {
                if let Some(table) = self.tables.last()
                    && table.has_heading_cells
                    && !table.has_other_cells
                {
                    self.heading_rows.insert((table.number, table.row));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str, place: Place) {
        if place.looks.hidden {
            return;
        }
        if place.is_label {
            let label = self.label.get_or_insert_default();
            label.extend(text.chars().map(|sign| symbol(sign).unwrap_or('•')));
            let seen = label.replace(['·', '§'], "•").replace('\u{a0}', " ");
            *label = cut(seen.trim().to_owned(), LONGEST_LABEL);
            return;
        }
        let mut before = self.content.text.chars().next_back().unwrap_or(' ');
        let mut kept = String::with_capacity(text.len());
        for character in text.chars() {
            let is_space = matches!(character, ' ' | '\t' | '\n' | '\r' | '\u{c}');
            if !is_space || (place.looks.preformatted && character == '\t') {
                kept.extend(symbol(character));
            } else if place.looks.preformatted && character == '\n' {
                kept.push('\u{2028}');
            } else if place.looks.preformatted || !matches!(before, ' ' | '\u{2028}') {
                kept.push(' ');
            }
            before = if is_space { ' ' } else { character };
        }
        self.content.push(&kept, place.looks.bits, place.looks.size);
    }

    /// Two line breaks on end are seen as the end of a paragraph.
    fn line_break(&mut self, place: Place) -> Result<(), Failure> {
        if place.looks.hidden {
            return Ok(());
        }
        if self
            .content
            .text
            .trim_end_matches(' ')
            .ends_with('\u{2028}')
        {
            return self.flush(place);
        }
        self.content.push("\u{2028}", 0, 0);
        Ok(())
    }

    /// Ends the paragraph that is open.
    fn flush(&mut self, place: Place) -> Result<(), Failure> {
        if line(&self.content.text).is_empty() {
            self.content = reader::Paragraph::default();
            return Ok(());
        }
        let content = std::mem::take(&mut self.content);
        let label = self.label.take();
        let depth = u8::try_from(self.lists.len().clamp(1, 9)).unwrap_or(1);
        let (kind, level) = match (place.kind, &label) {
            (Some(kind), _) => kind,
            (None, Some(_)) => (kind::LIST_ITEM, depth),
            (None, None) if self.tables.is_empty() => (kind::PARAGRAPH, 0),
            (None, None) => (kind::TABLE_CELL, 0),
        };
        self.blocks.push(Block {
            label: label.unwrap_or_default(),
            kind,
            level,
            part: place.part,
            cell: self
                .tables
                .last()
                .filter(|table| table.column > 0)
                .map_or([0; 3], |table| [table.number, table.row, table.column]),
            anchor: place.anchor,
            ..content.block()
        })
    }
}

/// Paragraphs of Word bear their style's name as their class.
fn paragraph_kind(element: &Element) -> Option<(u8, u8)> {
    let classes = element.attribute("class").unwrap_or_default();
    let named = classes
        .split_whitespace()
        .find_map(|class| kind_of_style(class.strip_prefix("Mso").unwrap_or(class)));
    let style = element.attribute("style").unwrap_or_default();
    let list = style.split_once("mso-list:").map(|(_, list)| list);
    let level = list.and_then(|list| list.split_once("level"));
    let level = level.and_then(|(_, level)| level.as_bytes().first());
    let level = level.map(|digit| digit.wrapping_sub(b'0').clamp(1, 9));
    named.or_else(|| Some((kind::LIST_ITEM, level?)))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit())
}

/// Whether an element stands on lines of its own.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "caption"
            | "center"
            | "dd"
            | "details"
            | "dialog"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hgroup"
            | "hr"
            | "html"
            | "legend"
            | "li"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "search"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "textarea"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
    )
}
