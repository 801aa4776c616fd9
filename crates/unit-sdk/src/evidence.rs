//! The author's view of the evidence. It borrows: nothing is copied.

use std::cell::OnceCell;
use std::ops::Range;

use crate::wit;

/// Everything that the learner handed in.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    inner: &'a wit::Evidence,
}

impl<'a> Evidence<'a> {
    /// A view of what the host passed on.
    pub fn new(inner: &'a wit::Evidence) -> Self {
        Self { inner }
    }

    /// All documents, ordered by slot, then as the learner ordered the files.
    pub fn documents(self) -> impl Iterator<Item = Document<'a>> {
        self.inner.documents.iter().map(Document::new)
    }

    /// Every section that answers the criterion, over all documents.
    pub fn sections(self, criterion: &str) -> impl Iterator<Item = Section<'a>> {
        self.documents()
            .flat_map(Document::sections)
            .filter(move |section| section.criterion() == Some(criterion))
    }

    /// The slot's tables: a diary's sheets, or the one row of a form.
    pub fn tables(self, slot: &str) -> impl Iterator<Item = Table<'a>> {
        self.inner
            .tables
            .iter()
            .filter(move |table| table.slot == slot)
            .map(Table::new)
    }

    /// How the slot was filled: `given`, `empty`, `unreadable` or `waived`.
    pub fn state(self, slot: &str) -> &'a str {
        let state = self.inner.slots.iter().find(|state| state.slot == slot);
        state.map_or("empty", |state| &state.state)
    }

    /// Whether the declaration of that slot was accepted.
    pub fn accepted(self, declaration: &str) -> bool {
        self.tables(declaration)
            .any(|table| table.rows().any(|row| row.text("accepted") == "yes"))
    }
}

/// A document: blocks (headings, paragraphs, list items, table cells) and sections.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    inner: &'a wit::Document,
}

impl<'a> Document<'a> {
    /// A view of one document.
    pub fn new(inner: &'a wit::Document) -> Self {
        Self { inner }
    }

    /// The columns as the host passed them.
    pub fn inner(self) -> &'a wit::Document {
        self.inner
    }

    /// Id of the slot that it was given for.
    pub fn slot(self) -> &'a str {
        &self.inner.slot
    }

    /// Name of the file, for messages.
    pub fn file_name(self) -> &'a str {
        &self.inner.file_name
    }

    /// All blocks, those of the body first.
    pub fn blocks(self) -> impl Iterator<Item = Block<'a>> {
        (0..self.inner.kind.len()).map(move |index| self.block(index))
    }

    /// The sections in the document's order.
    pub fn sections(self) -> impl Iterator<Item = Section<'a>> {
        self.inner.sections.iter().map(move |inner| Section {
            document: self,
            inner,
        })
    }

    /// Where `part`, which must be a slice of this document's text, stands.
    /// `None` for any other string.
    pub fn place(self, part: &str) -> Option<wit::Place> {
        let start = (part.as_ptr() as usize).checked_sub(self.inner.text.as_ptr() as usize)?;
        let end = start.checked_add(part.len())?;
        (end <= self.inner.text.len()).then(|| self.place_of(start..end))
    }

    fn block(self, index: usize) -> Block<'a> {
        Block {
            document: self,
            index,
        }
    }

    fn place_of(self, range: Range<usize>) -> wit::Place {
        wit::Place {
            slot: self.inner.slot.clone(),
            item: self.inner.item,
            start: u32::try_from(range.start).unwrap_or(u32::MAX),
            end: u32::try_from(range.end).unwrap_or(u32::MAX),
            column: None,
        }
    }
}

/// One block of a document.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    document: Document<'a>,
    index: usize,
}

impl<'a> Block<'a> {
    /// The document that it stands in.
    pub fn document(self) -> Document<'a> {
        self.document
    }

    /// Its text, without the number or bullet that the file's numbering adds.
    pub fn text(self) -> &'a str {
        let document = self.document.inner;
        let bounds = document
            .start
            .get(self.index)
            .zip(document.end.get(self.index));
        let text =
            bounds.and_then(|(start, end)| document.text.get(*start as usize..*end as usize));
        text.unwrap_or("")
    }

    /// Its kind as `wit` numbers it; see [`crate::reader::kind`].
    pub fn kind(self) -> u8 {
        self.document
            .inner
            .kind
            .get(self.index)
            .copied()
            .unwrap_or(0)
    }

    /// Where in the file it stands as `wit` numbers it; see [`crate::reader::part`].
    pub fn part(self) -> u8 {
        let part = self.document.inner.part.get(self.index);
        part.copied().unwrap_or(0)
    }

    /// Whether the file says that it is a list item.
    pub fn is_list_item(self) -> bool {
        self.kind() == crate::reader::kind::LIST_ITEM
    }

    /// Its words as the host counted them.
    pub fn word_count(self) -> u32 {
        self.document
            .inner
            .words
            .get(self.index)
            .copied()
            .unwrap_or(0)
    }

    /// Where it stands.
    pub fn place(self) -> wit::Place {
        let document = self.document.inner;
        let at = |column: &[u32]| column.get(self.index).copied().unwrap_or(0) as usize;
        self.document
            .place_of(at(&document.start)..at(&document.end))
    }
}

/// A run of blocks under one heading.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    document: Document<'a>,
    inner: &'a wit::Section,
}

impl<'a> Section<'a> {
    /// The document that it stands in.
    pub fn document(self) -> Document<'a> {
        self.document
    }

    /// The record as the host passed it.
    pub fn inner(self) -> &'a wit::Section {
        self.inner
    }

    /// The criterion that it answers, if it answers one.
    pub fn criterion(self) -> Option<&'a str> {
        (self.inner.kind == "criterion").then_some(self.inner.id.as_str())
    }

    /// The heading as typed; empty where people mapped text without one.
    pub fn heading(self) -> &'a str {
        self.heading_block().map_or("", Block::text)
    }

    /// The blocks after the heading.
    pub fn blocks(self) -> impl Iterator<Item = Block<'a>> {
        let blocks = self.document.inner.kind.len();
        let range = (self.inner.start as usize).min(blocks)..(self.inner.end as usize).min(blocks);
        range.map(move |index| self.document.block(index))
    }

    /// The text in one piece, blocks parted by line breaks.
    pub fn text(self) -> &'a str {
        let mut blocks = self.blocks();
        let Some(first) = blocks.next() else {
            return "";
        };
        let last = blocks.last().unwrap_or(first);
        let range = first.place().start as usize..last.place().end as usize;
        self.document.inner.text.get(range).unwrap_or("")
    }

    /// Words as the host counted them, the heading left out.
    pub fn word_count(self) -> u32 {
        self.inner.words
    }

    /// Whether people mapped it, rather than a heading.
    pub fn mapped_by_people(self) -> bool {
        matches!(self.inner.found_by.as_str(), "learner" | "assessor")
    }

    /// Where it stands: the blocks after the heading, or the heading if there are none.
    pub fn place(self) -> wit::Place {
        let mut blocks = self.blocks();
        let Some(first) = blocks.next() else {
            return self
                .heading_block()
                .map_or_else(|| self.document.place_of(0..0), Block::place);
        };
        let last = blocks.last().unwrap_or(first);
        self.document
            .place_of(first.place().start as usize..last.place().end as usize)
    }

    fn heading_block(self) -> Option<Block<'a>> {
        let index = self.inner.heading? as usize;
        Some(self.document.block(index))
    }
}

/// A table. A column is parted into lines when it is first asked for.
#[derive(Debug)]
pub struct Table<'a> {
    inner: &'a wit::Table,
    cells: Vec<OnceCell<Vec<&'a str>>>,
    written: Vec<OnceCell<Vec<&'a str>>>,
}

impl<'a> Table<'a> {
    /// A view of one table.
    pub fn new(inner: &'a wit::Table) -> Self {
        let columns = inner.columns.len();
        Self {
            inner,
            cells: vec![OnceCell::new(); columns],
            written: vec![OnceCell::new(); columns],
        }
    }

    /// The columns as the host passed them.
    pub fn inner(&self) -> &'a wit::Table {
        self.inner
    }

    /// The rows from top to bottom.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_, 'a>> {
        (0..self.inner.row_count as usize).map(move |index| Row { table: self, index })
    }

    fn column(&self, id: &str) -> Option<usize> {
        self.inner.columns.iter().position(|column| column.id == id)
    }

    fn cells(&self, column: usize) -> &[&'a str] {
        self.cells[column].get_or_init(|| self.inner.columns[column].cells.split('\n').collect())
    }

    fn written(&self, column: usize) -> &[&'a str] {
        self.written[column]
            .get_or_init(|| self.inner.columns[column].written.split('\n').collect())
    }
}

/// A row of a table. Cells are asked for by the id of their field.
#[derive(Clone, Copy, Debug)]
pub struct Row<'t, 'a> {
    table: &'t Table<'a>,
    index: usize,
}

impl<'t, 'a> Row<'t, 'a> {
    /// The table that it stands in.
    pub fn table(self) -> &'t Table<'a> {
        self.table
    }

    /// The cell in its one written form; empty if blank or without such a column.
    pub fn text(self, id: &str) -> &'a str {
        let column = self.table.column(id);
        let cell = column.and_then(|column| self.table.cells(column).get(self.index));
        cell.copied().unwrap_or("")
    }

    /// The cell as the learner wrote it; empty if blank or without such a column.
    pub fn written(self, id: &str) -> &'a str {
        let columns = &self.table.inner.columns;
        let column = self.table.column(id);
        let Some(column) = column.filter(|column| !columns[*column].written.is_empty()) else {
            return self.text(id);
        };
        let cell = self.table.written(column).get(self.index);
        cell.copied().unwrap_or("")
    }

    /// The cell as a number: days, minutes, the number, 1 or 0, index of a choice.
    pub fn number(self, id: &str) -> Option<f64> {
        let column = &self.table.inner.columns[self.table.column(id)?];
        let number = column.numbers.get(self.index).copied();
        number.filter(|number| number.is_finite())
    }

    /// The number that people see beside the row in the file.
    pub fn shown_number(self) -> u32 {
        let shown = self.table.inner.source_row.get(self.index).copied();
        shown.unwrap_or_else(|| u32::try_from(self.index + 1).unwrap_or(u32::MAX))
    }

    /// Where it stands.
    pub fn place(self) -> wit::Place {
        let start = u32::try_from(self.index).unwrap_or(u32::MAX);
        wit::Place {
            slot: self.table.inner.slot.clone(),
            item: self.table.inner.item,
            start,
            end: start.saturating_add(1),
            column: None,
        }
    }
}
