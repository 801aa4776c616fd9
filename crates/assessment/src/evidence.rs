//! What the learner handed in, as readers found it and as checks see it.

use serde::{Deserialize, Serialize};

/// Most rows of a table that every reader and plugin takes (`table` in `reader.wit`).
pub const MOST_ROWS: u32 = 20_000;
/// Most columns of one.
pub const MOST_COLUMNS: usize = 64;
/// Most text of one, in bytes; and of a document.
pub const MOST_TEXT_BYTES: usize = 4 << 20;

/// A submission's evidence.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// One for each slot of the unit, in its order.
    pub slots: Vec<SlotState>,
    /// Documents, by slot, then by file.
    pub documents: Vec<Document>,
    /// Tables, by slot, then by file.
    pub tables: Vec<Table>,
}

/// How a slot was filled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlotState {
    /// The slot's id.
    pub slot: String,
    /// `given`, `empty`, `unreadable` or `waived`.
    pub state: String,
    /// Why; may be empty.
    pub note: String,
}

/// A named column of numbers, one for each block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberColumn {
    /// Code.
    pub name: String,
    /// The numbers.
    pub numbers: Vec<u32>,
}

/// Something that a reader left out or guessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Code: `pictures`, `tracked-changes` and so on.
    pub code: String,
    /// One sentence for the assessor.
    pub message: String,
    /// How many times.
    pub count: u32,
}

/// A document as a reader gives it: one text of lines, and columns beside it.
/// Line `i` is block `i`. Derived values are absent, so they cannot be wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadDocument {
    /// Blocks, parted by U+000A.
    pub text: String,
    /// Numbers and bullets of the blocks, as lines; empty if there are none.
    pub labels: String,
    /// What each block is; see [`block`].
    pub kind: Vec<u8>,
    /// Outline level or list depth of each block.
    pub level: Vec<u8>,
    /// Looks of each block, as a sum of bits; see [`style`].
    pub style: Vec<u8>,
    /// Where each block stands; 0 is the body.
    pub part: Vec<u8>,
    /// Further columns.
    pub more: Vec<NumberColumn>,
    /// What could not be taken in.
    pub warnings: Vec<Warning>,
}

/// A table as a reader gives it; `table` in `reader.wit`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadTable {
    /// Name of the sheet, caption, or empty.
    pub title: String,
    /// Rows without the heading row.
    pub row_count: u32,
    /// The columns from left to right.
    pub columns: Vec<ReadColumn>,
    /// Each row's number in the file, from 1.
    pub source_row: Vec<u32>,
    /// `marked`, `guessed` or `none`.
    pub headings: String,
    /// What could not be taken in.
    pub warnings: Vec<Warning>,
}

impl ReadTable {
    /// Whether there is more than readers and plugins take.
    pub fn is_too_large(&self) -> bool {
        let columns = self.columns.iter();
        let bytes: usize = columns
            .map(|column| column.heading.len() + column.cells.len() + column.written.len())
            .sum();
        self.row_count > MOST_ROWS || self.columns.len() > MOST_COLUMNS || bytes > MOST_TEXT_BYTES
    }
}

/// A column of a [`ReadTable`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadColumn {
    /// The heading as written; may be empty.
    pub heading: String,
    /// What each cell is: 0 blank, 1 text, 2 number, 3 date, 4 time, 5 date
    /// with time, 6 duration, 7 yes-no, 8 error.
    pub kind: Vec<u8>,
    /// Cells in one written form by their kind, as lines.
    pub cells: String,
    /// Cells as people see them, as lines; empty if that is `cells`.
    pub written: String,
}

/// Codes of the column `kind`.
pub mod block {
    /// A paragraph.
    pub const PARAGRAPH: u8 = 0;
    /// A heading.
    pub const HEADING: u8 = 1;
    /// A list item.
    pub const LIST_ITEM: u8 = 2;
    /// A table cell.
    pub const TABLE_CELL: u8 = 3;
    /// The document's title.
    pub const TITLE: u8 = 4;
}

/// Bits of the column `style`.
pub mod style {
    /// The whole block is bold.
    pub const BOLD: u8 = 1;
    /// The whole block is underlined.
    pub const UNDERLINED: u8 = 4;
    /// The whole block is in capitals.
    pub const CAPITALS: u8 = 8;
    /// The whole block is larger than the body text.
    pub const LARGER: u8 = 16;
}

/// A document as checks and pages see it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// The slot it was given for.
    pub slot: String,
    /// Which of the slot's documents, from 0.
    pub item: u32,
    /// Name of the file, without folders.
    pub file_name: String,
    /// What the reader gave.
    #[serde(flatten)]
    pub read: ReadDocument,
    /// Byte offset where each block starts.
    pub start: Vec<u32>,
    /// Byte offset where each block ends, before the line break.
    pub end: Vec<u32>,
    /// White-space separated words of each block.
    pub words: Vec<u32>,
    /// Which blocks answer which criterion.
    pub sections: Vec<Section>,
}

/// A run of blocks under one heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// `criterion`, `outcome`, `references`, `declaration`, `front` or `other`.
    pub kind: String,
    /// Id of the criterion or outcome; else empty.
    pub id: String,
    /// Block of the heading.
    pub heading: Option<u32>,
    /// First block after the heading.
    pub start: u32,
    /// Block after the last.
    pub end: u32,
    /// Words of the blocks from `start` to `end`.
    pub words: u32,
    /// How it was found: `number`, `wording`, `alias`, or who said so: `learner`,
    /// `assessor`.
    pub found_by: String,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The slot it was given for.
    pub slot: String,
    /// Which of the slot's tables, from 0.
    pub item: u32,
    /// File and sheet, for messages.
    pub title: String,
    /// Number of rows.
    pub row_count: u32,
    /// Columns.
    pub columns: Vec<TableColumn>,
    /// Each row's number as people see it.
    pub source_row: Vec<u32>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableColumn {
    /// Id of the field; empty for one that the unit did not ask for.
    pub id: String,
    /// The heading as written.
    pub title: String,
    /// The field's kind.
    pub kind: String,
    /// Whether the file had it.
    pub present: bool,
    /// Cells in their one written form, as lines.
    pub cells: String,
    /// Cells as the learner wrote them, as lines; empty if the same.
    pub written: String,
    /// Cells as numbers, where they are.
    pub numbers: Vec<f64>,
}

/// Why a file could not be read. The code decides what the learner is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadFailure {
    /// `password-protected`, `image-only`, `damaged`, `unsupported`,
    /// `too-large`, `empty`, or one of the host's own: `took-too-long`,
    /// `out-of-memory`, `reader-failed`.
    pub code: String,
    /// One sentence for the assessor.
    pub message: String,
}

/// Why a reader's columns do not make a document: the reader's defect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the reader gave {lines} lines but {values} values in the column `{column}`")]
pub struct ColumnMismatch {
    /// Number of lines of the text.
    pub lines: usize,
    /// Number of values found.
    pub values: usize,
    /// The column.
    pub column: &'static str,
}

impl Document {
    /// Derives offsets and word counts; sections are found later.
    ///
    /// # Errors
    /// [`ColumnMismatch`] where a column is not as long as the text has lines.
    pub fn new(
        slot: &str,
        item: u32,
        file_name: &str,
        read: ReadDocument,
    ) -> Result<Self, ColumnMismatch> {
        let blocks = read.kind.len();
        let (mut start, mut end, mut words) = (
            Vec::with_capacity(blocks),
            Vec::with_capacity(blocks),
            Vec::with_capacity(blocks),
        );
        if blocks > 0 || !read.text.is_empty() {
            let mut offset = 0;
            for line in read.text.split('\n') {
                start.push(small(offset));
                end.push(small(offset + line.len()));
                words.push(small(line.split_whitespace().count()));
                offset += line.len() + 1;
            }
        }
        let lines = start.len();
        let columns: [(&'static str, usize); 4] = [
            ("kind", read.kind.len()),
            ("level", read.level.len()),
            ("style", read.style.len()),
            ("part", read.part.len()),
        ];
        for (column, values) in columns {
            if values != lines {
                return Err(ColumnMismatch {
                    lines,
                    values,
                    column,
                });
            }
        }
        if !read.labels.is_empty() && read.labels.split('\n').count() != lines {
            return Err(ColumnMismatch {
                lines,
                values: read.labels.split('\n').count(),
                column: "labels",
            });
        }
        if let Some(column) = read
            .more
            .iter()
            .find(|column| column.numbers.len() != lines)
        {
            return Err(ColumnMismatch {
                lines,
                values: column.numbers.len(),
                column: "more",
            });
        }
        Ok(Self {
            slot: slot.to_owned(),
            item,
            file_name: file_name.to_owned(),
            read,
            start,
            end,
            words,
            sections: Vec::new(),
        })
    }

    /// Number of blocks.
    pub fn len(&self) -> usize {
        self.start.len()
    }

    /// Whether there are no blocks.
    pub fn is_empty(&self) -> bool {
        self.start.is_empty()
    }

    /// Text of block `index`; empty beyond the last.
    pub fn block(&self, index: usize) -> &str {
        match (self.start.get(index), self.end.get(index)) {
            (Some(&start), Some(&end)) => &self.read.text[start as usize..end as usize],
            _ => "",
        }
    }

    /// Label of block `index` as the file's numbering shows it; often empty.
    pub fn label(&self, index: usize) -> &str {
        if self.read.labels.is_empty() {
            ""
        } else {
            self.read.labels.split('\n').nth(index).unwrap_or("")
        }
    }

    /// Words of the body, notes and page headers left out.
    pub fn body_words(&self) -> u32 {
        self.words
            .iter()
            .zip(&self.read.part)
            .filter(|&(_, &part)| part == 0)
            .map(|(words, _)| words)
            .sum()
    }

    /// The sections that answer a criterion.
    pub fn sections_of<'a>(&'a self, criterion: &'a str) -> impl Iterator<Item = &'a Section> {
        self.sections
            .iter()
            .filter(move |section| section.kind == "criterion" && section.id == criterion)
    }
}

/// Counts fit in 32 bits, for a document is at most 4 MiB.
fn small(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
