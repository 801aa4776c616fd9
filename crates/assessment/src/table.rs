//! Rows as people keep them, turned into a slot's typed columns: which column
//! of a file serves which field, and what each cell says.
//!
//! Rows come from a reader, are pasted, or are typed in a page; all are a
//! [`ReadTable`]. Dates, times, durations and choices are read as people type
//! them. What cannot be read is left blank and said, row by row.

mod matching;
#[cfg(feature = "template")]
mod template;
mod value;

use serde::{Deserialize, Serialize};

use crate::evidence::{MOST_COLUMNS, ReadColumn, ReadTable, Table, TableColumn};
use crate::sections::fold;
use crate::unit::{Field, Slot};

pub use matching::{FieldMatch, Matching, best_fit, matching};
#[cfg(feature = "template")]
pub use template::template;

use value::{Cell, Trouble};

/// Most problems that are reported of one table; the first ones.
const MOST_PROBLEMS: usize = 1_000;
/// Most characters of a cell that a problem repeats.
const MOST_CHARACTERS_WRITTEN: usize = 80;
/// First words of a row that sums up the rows above it (our heuristic).
const WORDS_OF_A_TOTAL: [&str; 5] = ["total", "totals", "sum", "subtotal", "grand"];

/// Something about a row or a column that a person should see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellProblem {
    /// The row's index in the [`ReadTable`], from 0; none for a whole column.
    pub row: Option<u32>,
    /// The row's number as people see it, from 1; 0 for a whole column.
    pub source_row: u32,
    /// Id of the field; empty for a whole row.
    pub field: String,
    /// What stood there, shortened; may be empty.
    pub written: String,
    /// `unreadable` (left blank), `missing` (asked for and blank, or a column
    /// that is not there), `out-of-bounds` (taken, but outside what the unit
    /// allows), `look` (taken, but it could mean something else) or `left-out`
    /// (the row is no entry).
    pub code: String,
    /// What it is, and what to write instead, for the learner.
    pub message: String,
}

/// The slot's table of these rows: its fields first, in their order, then the
/// file's other columns. Rows that are no entries are left out: empty ones, the
/// template's example, totals, and headings that are repeated.
///
/// `item` is which of the slot's tables it is, `title` names it in messages,
/// and `locale` (BCP 47) decides whether `03/02/2026` is in February or March.
/// Problems come row by row, those of whole columns first; at most 1,000.
pub fn table(
    slot: &Slot,
    item: u32,
    title: &str,
    read: &ReadTable,
    matching: &Matching,
    locale: &str,
) -> (Table, Vec<CellProblem>) {
    let lines: Vec<Lines<'_>> = read.columns.iter().map(Lines::of).collect();
    let column_of = |field: &Field| {
        let column = matching.column(&field.id)? as usize;
        (column < lines.len()).then_some(column)
    };
    let fields: Vec<(&Field, Option<usize>)> = slot
        .fields
        .iter()
        .map(|field| (field, column_of(field)))
        .collect();

    let mut problems = Vec::new();
    for (field, column) in &fields {
        if column.is_none() && field.required {
            problems.push(problem(
                None,
                0,
                &field.id,
                "",
                "missing",
                &Trouble::NoColumn,
            ));
        }
    }

    let mut rows = Vec::new();
    for row in 0..read.row_count as usize {
        if lines.iter().all(|column| column.cell(row).is_blank()) {
            continue;
        }
        match no_entry(&fields, &lines, read, row, locale) {
            Some(trouble) => {
                let shown = shown_number(read, row);
                problems.push(problem(Some(row), shown, "", "", "left-out", &trouble));
            }
            None => rows.push(row),
        }
    }

    let mut columns: Vec<TableColumn> = fields
        .iter()
        .map(|(field, column)| TableColumn {
            id: field.id.clone(),
            title: column
                .map(|column| read.columns[column].heading.clone())
                .filter(|heading| !heading.is_empty())
                .unwrap_or_else(|| field.title.clone()),
            kind: field.kind.clone(),
            present: column.is_some(),
            cells: String::new(),
            written: String::new(),
            numbers: Vec::new(),
        })
        .collect();
    let mut texts: Vec<Vec<String>> = vec![Vec::with_capacity(rows.len()); columns.len()];
    for &row in &rows {
        let shown = shown_number(read, row);
        for (at, (field, column)) in fields.iter().enumerate() {
            let cell = column.map_or(Cell::default(), |column| lines[column].cell(row));
            let heading = columns[at].title.as_str();
            let mut tell = |code, trouble: &Trouble| {
                if problems.len() < MOST_PROBLEMS {
                    let row = Some(row);
                    problems.push(problem(row, shown, &field.id, cell.seen, code, trouble));
                }
            };
            let value = match value::read(field, heading, cell, locale) {
                Ok(value) => value,
                Err(trouble) => {
                    tell("unreadable", &trouble);
                    value::Value::blank()
                }
            };
            if let Some(note) = &value.note {
                tell("look", note);
            }
            if let Some(trouble) = value::outside(field, &value) {
                tell("out-of-bounds", &trouble);
            }
            if field.required && column.is_some() && value.is_blank_as_written(field, cell) {
                tell("missing", &Trouble::Missing);
            }
            if !value::is_text(field) {
                columns[at].numbers.push(value.number);
            }
            texts[at].push(value.text);
        }
    }
    for ((column, texts), (_, source)) in columns.iter_mut().zip(&texts).zip(&fields) {
        column.cells = texts.join("\n");
        if let Some(source) = source {
            let seen: Vec<&str> = rows
                .iter()
                .map(|&row| lines[*source].cell(row).seen)
                .collect();
            if seen != *texts {
                column.written = seen.join("\n");
            }
        }
    }

    let unmatched =
        (0..lines.len()).filter(|column| !fields.iter().any(|(_, of)| of == &Some(*column)));
    for column in unmatched.take(MOST_COLUMNS.saturating_sub(columns.len())) {
        let cells: Vec<&str> = rows
            .iter()
            .map(|&row| lines[column].cell(row).seen)
            .collect();
        columns.push(TableColumn {
            id: String::new(),
            title: read.columns[column].heading.clone(),
            kind: "text".to_owned(),
            present: true,
            cells: cells.join("\n"),
            written: String::new(),
            numbers: Vec::new(),
        });
    }
    let table = Table {
        slot: slot.id.clone(),
        item,
        title: title.to_owned(),
        row_count: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        columns,
        source_row: rows.iter().map(|&row| shown_number(read, row)).collect(),
    };
    (table, problems)
}

/// A column's cells, parted once.
struct Lines<'a> {
    kind: &'a [u8],
    cells: Vec<&'a str>,
    written: Vec<&'a str>,
}

impl<'a> Lines<'a> {
    fn of(column: &'a ReadColumn) -> Self {
        let written = if column.written.is_empty() {
            Vec::new()
        } else {
            column.written.split('\n').collect()
        };
        Self {
            kind: &column.kind,
            cells: column.cells.split('\n').collect(),
            written,
        }
    }

    fn cell(&self, row: usize) -> Cell<'a> {
        let canonical = self.cells.get(row).copied().unwrap_or("").trim();
        Cell {
            kind: self.kind.get(row).copied().unwrap_or(0),
            canonical,
            seen: self.written.get(row).map_or(canonical, |seen| seen.trim()),
        }
    }
}

/// Why a row is no entry of the learner's: it sums up, repeats the headings, or
/// is the template's example left as it was.
fn no_entry(
    fields: &[(&Field, Option<usize>)],
    lines: &[Lines<'_>],
    read: &ReadTable,
    row: usize,
    locale: &str,
) -> Option<Trouble> {
    let mut seen = lines.iter().map(|column| column.cell(row).seen);
    let first = seen.clone().find(|seen| !seen.is_empty()).map(fold);
    let is_total = first.is_some_and(|words| {
        words.len() <= 3
            && words
                .first()
                .is_some_and(|word| WORDS_OF_A_TOTAL.contains(&word.as_str()))
    });
    let mut typed_cells = fields
        .iter()
        .filter(|(field, _)| matches!(field.kind.as_str(), "date" | "time" | "choice"))
        .filter_map(|(field, column)| Some((field, lines[(*column)?].cell(row))));
    let is_blank = |(field, cell): (&&Field, Cell<'_>)| {
        value::read(field, "", cell, locale).map_or(true, |value| value.text.is_empty())
    };
    if is_total && typed_cells.all(is_blank) {
        return Some(Trouble::Total);
    }
    let headings = read.columns.iter().map(|column| column.heading.as_str());
    if read.headings != "none"
        && headings.clone().any(|heading| !heading.is_empty())
        && seen.by_ref().eq(headings)
    {
        return Some(Trouble::Headings);
    }
    is_example(fields, lines, row, locale).then_some(Trouble::Example)
}

/// Whether every field says what its example says, and those without one are blank.
fn is_example(
    fields: &[(&Field, Option<usize>)],
    lines: &[Lines<'_>],
    row: usize,
    locale: &str,
) -> bool {
    let mut given = 0;
    fields.iter().all(|(field, column)| {
        let cell = column.map_or(Cell::default(), |column| lines[column].cell(row));
        if field.example.is_empty() {
            return cell.is_blank();
        }
        if column.is_none() {
            return true;
        }
        let example = Cell {
            kind: 1,
            canonical: &field.example,
            seen: &field.example,
        };
        given += 1;
        cell.seen == example.seen || {
            let of = |cell| {
                value::read(field, "", cell, locale)
                    .ok()
                    .map(|value| value.text)
            };
            of(cell) == of(example)
        }
    }) && given > 1
}

fn shown_number(read: &ReadTable, row: usize) -> u32 {
    let counted = u32::try_from(row + 1).unwrap_or(u32::MAX);
    read.source_row.get(row).copied().unwrap_or(counted)
}

fn problem(
    row: Option<usize>,
    source_row: u32,
    field: &str,
    written: &str,
    code: &str,
    trouble: &Trouble,
) -> CellProblem {
    CellProblem {
        row: row.and_then(|row| u32::try_from(row).ok()),
        source_row,
        field: field.to_owned(),
        written: written.chars().take(MOST_CHARACTERS_WRITTEN).collect(),
        code: code.to_owned(),
        message: trouble.to_string(),
    }
}
