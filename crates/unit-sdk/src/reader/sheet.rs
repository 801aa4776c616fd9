//! Cells of a sheet, made into a table: which row holds the headings, which
//! rows and columns hold anything, and the limits of the interface.

use std::collections::BTreeSet;
use std::ops::Range;

use super::wit::{Failure, Table, TableColumn, Warning};
use super::{MOST_TEXT, failure, in_a_line, line, warning};

/// Kinds of cell (`table-column.kind`).
pub mod cell {
    /// Nothing.
    pub const BLANK: u8 = 0;
    /// Text.
    pub const TEXT: u8 = 1;
    /// A number.
    pub const NUMBER: u8 = 2;
    /// A date.
    pub const DATE: u8 = 3;
    /// A time of day.
    pub const TIME: u8 = 4;
    /// A date with a time.
    pub const DATE_TIME: u8 = 5;
    /// A duration.
    pub const DURATION: u8 = 6;
    /// Yes or no.
    pub const YES_NO: u8 = 7;
    /// An error, as a formula gives it.
    pub const ERROR: u8 = 8;
}

/// Most tables of a file (`reader.wit`, `content`).
pub const MOST_TABLES: usize = 256;
/// Most rows of a table (`reader.wit`, `table`).
pub const MOST_ROWS: usize = 20_000;
/// Most columns of a table (`reader.wit`, `table`).
pub const MOST_COLUMNS: usize = 64;
/// Most cells that are held at once, so that they fit in 64 MiB.
const MOST_CELLS: usize = 500_000;
/// Rows among which headings are looked for, and rows below that are compared
/// with them (our heuristic, as all below).
const ROWS_ABOVE: usize = 20;
const ROWS_BELOW: usize = 50;
/// Longest heading in characters where only its place tells that it is one.
const LONGEST_HEADING: usize = 60;

/// What a sheet holds that is not taken in as it stands.
#[derive(Debug, Default)]
pub struct LeftOut {
    /// Hidden rows that hold cells.
    pub hidden_rows: u32,
    /// Stretches of hidden columns.
    pub hidden_columns: u32,
    /// Cells that reach over others.
    pub merged_cells: u32,
    /// Formulas without a result.
    pub formulas: u32,
}

impl LeftOut {
    /// A warning for each that there is, in words for the learner.
    pub fn warnings(&self) -> Vec<Warning> {
        let all = [
            (
                "hidden-rows",
                "Hidden rows were left out. Please show them and upload the file anew if they belong to it.",
                self.hidden_rows,
            ),
            (
                "hidden-columns",
                "Hidden columns were left out. Please show them and upload the file anew if they belong to it.",
                self.hidden_columns,
            ),
            (
                "merged-cells",
                "Merged cells were read where they begin.",
                self.merged_cells,
            ),
            (
                "formulas",
                "Formulas without a result in the file were left blank. Please open the file in your spreadsheet, save it and upload it anew.",
                self.formulas,
            ),
        ];
        let counted = all.into_iter().filter(|(_, _, count)| *count > 0);
        counted
            .map(|(code, message, count)| warning(code, message, count))
            .collect()
    }
}

/// A sheet as a reader collects it, cell by cell, in any order.
#[derive(Debug, Default)]
pub struct Sheet {
    cells: Vec<Stored>,
    /// Texts of all cells, one after the other.
    texts: String,
    columns: BTreeSet<u32>,
    rows: usize,
}

/// A cell: where it stands, and where its text ends; as people see it, it
/// reaches from there to `written`, and is the same text if that is empty.
#[derive(Clone, Copy, Debug)]
struct Stored {
    row: u32,
    column: u32,
    kind: u8,
    start: u32,
    end: u32,
    written: u32,
}

impl Sheet {
    /// Adds a cell: row and column from 0, its kind (see [`mod@cell`]), its text
    /// in one written form and as people see it. Blank cells are left out.
    ///
    /// # Errors
    ///
    /// `too-large` beyond the limits of `reader.wit`.
    pub fn push(
        &mut self,
        row: u32,
        column: u32,
        kind: u8,
        text: &str,
        written: &str,
    ) -> Result<(), Failure> {
        let (text, written) = (in_a_line(text), in_a_line(written));
        if kind == cell::BLANK || (text.is_empty() && written.is_empty()) {
            return Ok(());
        }
        self.columns.insert(column);
        if self.cells.last().is_none_or(|last| last.row != row) {
            self.rows += 1;
        }
        let bytes = self.texts.len() + self.cells.len() + text.len() + written.len();
        if bytes > MOST_TEXT
            || self.cells.len() >= MOST_CELLS
            || self.columns.len() > MOST_COLUMNS
            || self.rows > MOST_ROWS + ROWS_ABOVE
        {
            return Err(too_large());
        }
        let start = self.texts.len();
        self.texts.push_str(&text);
        let end = self.texts.len();
        if written != text {
            self.texts.push_str(&written);
        }
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        self.cells.push(Stored {
            row,
            column,
            kind,
            start: offset(start),
            end: offset(end),
            written: offset(self.texts.len()),
        });
        Ok(())
    }

    /// Whether no cell was added.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The table, or none if there are no rows. `marked` is the row, from 0,
    /// that the file marks as headings; else it is guessed.
    ///
    /// # Errors
    ///
    /// `too-large` beyond the limits of `reader.wit`.
    pub fn table(
        mut self,
        title: &str,
        marked: Option<u32>,
        mut warnings: Vec<Warning>,
    ) -> Result<Option<Table>, Failure> {
        self.cells.sort_by_key(|cell| (cell.row, cell.column));
        self.cells.dedup_by_key(|cell| (cell.row, cell.column));
        let mut rows: Vec<Range<usize>> = Vec::new();
        for (at, cell) in self.cells.iter().enumerate() {
            match rows.last_mut() {
                Some(row) if self.cells[row.start].row == cell.row => row.end = at + 1,
                _ => rows.push(at..at + 1),
            }
        }
        let marked = marked.and_then(|row| {
            rows.iter()
                .position(|cells| self.cells[cells.start].row == row)
        });
        let (heading, headings) = match marked {
            Some(row) => (Some(row), "marked"),
            None => match self.headings(&rows) {
                Some(row) => (Some(row), "guessed"),
                None => (None, "none"),
            },
        };
        let above = heading.unwrap_or(0);
        if above > 0 {
            warnings.push(warning(
                "rows-above-headings",
                "Rows above the headings were left out.",
                u32::try_from(above).unwrap_or(u32::MAX),
            ));
        }
        let body = &rows[heading.map_or(0, |row| row + 1)..];
        if body.is_empty() {
            return Ok(None);
        }
        if body.len() > MOST_ROWS {
            return Err(too_large());
        }
        let used: BTreeSet<u32> = self.cells[rows[above].start..]
            .iter()
            .map(|cell| cell.column)
            .collect();
        let columns: Vec<TableColumn> = used
            .iter()
            .map(|&column| self.column(column, heading.map(|row| &rows[row]), body))
            .collect();
        let bytes =
            |column: &TableColumn| column.heading.len() + column.cells.len() + column.written.len();
        if columns.iter().map(bytes).sum::<usize>() > MOST_TEXT {
            return Err(too_large());
        }
        Ok(Some(Table {
            title: line(title),
            row_count: u32::try_from(body.len()).unwrap_or(u32::MAX),
            columns,
            source_row: body
                .iter()
                .map(|row| self.cells[row.start].row + 1)
                .collect(),
            headings: headings.into(),
            warnings,
        }))
    }

    fn column<'a>(
        &'a self,
        column: u32,
        heading: Option<&Range<usize>>,
        body: &[Range<usize>],
    ) -> TableColumn {
        let find = |row: &Range<usize>| {
            let cells = &self.cells[row.clone()];
            let found = cells.binary_search_by_key(&column, |cell| cell.column);
            found.ok().map(|at| &cells[at])
        };
        let found: Vec<Option<&Stored>> = body.iter().map(find).collect();
        let joined = |of: fn(&'a Self, &Stored) -> &'a str| {
            let lines: Vec<&str> = found
                .iter()
                .map(|cell| cell.map_or("", |cell| of(self, cell)))
                .collect();
            lines.join("\n")
        };
        let differs = found.iter().flatten().any(|cell| cell.written > cell.end);
        TableColumn {
            heading: heading
                .and_then(find)
                .map_or(String::new(), |cell| self.seen(cell).to_owned()),
            kind: found
                .iter()
                .map(|cell| cell.map_or(cell::BLANK, |cell| cell.kind))
                .collect(),
            cells: joined(Self::text),
            written: if differs {
                joined(Self::seen)
            } else {
                String::new()
            },
        }
    }

    fn text(&self, cell: &Stored) -> &str {
        &self.texts[cell.start as usize..cell.end as usize]
    }

    fn seen(&self, cell: &Stored) -> &str {
        if cell.written > cell.end {
            &self.texts[cell.end as usize..cell.written as usize]
        } else {
            self.text(cell)
        }
    }

    /// The row that holds the headings: the widest row of distinct texts above
    /// the first row of values; in a sheet of words alone, the first wide row if
    /// it is full and nothing of it recurs below.
    fn headings(&self, rows: &[Range<usize>]) -> Option<usize> {
        let mut best = None;
        let mut widest = 0;
        for (at, row) in rows.iter().enumerate().take(ROWS_ABOVE) {
            let cells = &self.cells[row.clone()];
            let below = &rows[at + 1..rows.len().min(at + 1 + ROWS_BELOW)];
            let below: Vec<&Stored> = below
                .iter()
                .flat_map(|row| &self.cells[row.clone()])
                .collect();
            let used: BTreeSet<u32> = below.iter().map(|cell| cell.column).collect();
            let covered = cells
                .iter()
                .filter(|cell| used.contains(&cell.column))
                .count();
            let is_wide = covered * 2 >= used.len() && (cells.len() > 1 || self.columns.len() == 1);
            if !is_wide {
                continue;
            }
            if cells.iter().any(|cell| self.is_data(cell)) {
                return best;
            }
            let texts: BTreeSet<&str> = cells.iter().map(|cell| self.text(cell)).collect();
            let recurs = |heading: &Stored| {
                let mut under = below.iter().filter(|cell| cell.column == heading.column);
                under.any(|cell| self.text(cell) == self.text(heading))
            };
            let is_short = |text: &&str| text.chars().count() <= LONGEST_HEADING;
            let is_full = covered == used.len() && !cells.iter().any(recurs);
            let over_values = below.iter().any(|cell| self.is_data(cell));
            if !over_values {
                return best.or_else(|| (is_full && texts.iter().all(is_short)).then_some(at));
            }
            if texts.len() == cells.len() && covered > widest {
                (best, widest) = (Some(at), covered);
            }
        }
        best
    }

    /// Whether a cell holds a value rather than words: a typed one, or a text of
    /// figures for the most part, as dates, times and numbers are.
    fn is_data(&self, cell: &Stored) -> bool {
        if cell.kind != cell::TEXT {
            return true;
        }
        let signs = self.text(cell).chars().filter(|c| c.is_alphanumeric());
        let (figures, letters): (Vec<char>, Vec<char>) = signs.partition(char::is_ascii_digit);
        figures.len() > letters.len()
    }
}

/// The failure of a file with more rows or columns than the interface takes.
pub fn too_large() -> Failure {
    failure(
        "too-large",
        "The table holds more than can be read (20,000 rows, 64 columns or 4 MiB of text). Please hand in only the rows that belong to the task.",
    )
}

/// The failure of a file without rows.
pub fn no_rows() -> Failure {
    failure(
        "empty",
        "The file holds no rows. Check that the right file was chosen.",
    )
}

/// The failure of a table that is asked for as a document.
pub fn no_document() -> Failure {
    failure(
        "unsupported",
        "This file holds rows and columns, not text under headings. Please hand in a document, such as .docx or .odt.",
    )
}
