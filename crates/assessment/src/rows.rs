//! Rows as a learner wrote them: imported, pasted or typed into a page.
//!
//! Each cell is kept as it was written, beside the value that was read in it, so
//! that rows of several files and typed ones can stand together whatever their
//! headings meant. A row is named by its number as people see it, which stays
//! the same while other rows come and go.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::evidence::{ReadColumn, ReadTable};
use crate::ids::EvidenceId;
use crate::table::{CellProblem, Matching, table};
use crate::unit::{Field, Slot};

/// The rows that were given for one slot.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// The rows as they were written.
    pub read: ReadTable,
    /// Which column serves which field.
    pub matching: Matching,
    /// The files that they came from, oldest first.
    pub files: Vec<EvidenceId>,
}

/// A cell: its kind as `reader.wit` numbers it, its text, and the text as people see it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Cell {
    kind: u8,
    text: String,
    written: String,
}

impl Cell {
    /// A cell of a field of this kind. What could not be read stays text.
    fn new(kind: &str, text: &str, written: &str) -> Self {
        let (kind, text) = match kind {
            _ if written.is_empty() => (0, ""),
            _ if text.is_empty() => (1, written),
            "whole-number" | "number" => (2, text),
            "date" => (3, text),
            "time" => (4, text),
            "duration" => (6, text),
            "yes-no" => (7, text),
            _ => (1, text),
        };
        Self {
            kind,
            text: text.to_owned(),
            written: written.to_owned(),
        }
    }
}

/// Typed text as it stands in a cell: on one line, its line breaks kept as U+2028.
fn as_cell(text: &str) -> String {
    let text = text.trim().replace("\r\n", "\n");
    text.chars()
        .filter_map(|letter| match letter {
            '\n' | '\r' => Some('\u{2028}'),
            '\t' => Some(' '),
            letter if letter.is_control() => None,
            letter => Some(letter),
        })
        .collect()
}

impl Rows {
    /// The rows of a file, without those that are no entries, and what a person
    /// should see about them.
    pub fn of(
        slot: &Slot,
        read: &ReadTable,
        matching: &Matching,
        locale: &str,
    ) -> (Self, Vec<CellProblem>) {
        let (table, problems) = table(slot, 0, &slot.title, read, matching, locale);
        let mut rows = Self {
            read: ReadTable {
                title: read.title.clone(),
                row_count: table.row_count,
                source_row: table.source_row,
                headings: "marked".to_owned(),
                warnings: read.warnings.clone(),
                columns: Vec::new(),
            },
            ..Self::default()
        };
        let mut columns = Vec::new();
        for (at, column) in table.columns.iter().enumerate() {
            if let Some(field) = slot.fields.get(at) {
                rows.serve(field, at);
            }
            let written = if column.written.is_empty() {
                &column.cells
            } else {
                &column.written
            };
            let cells = column.cells.split('\n').zip(written.split('\n'));
            let cells = cells
                .take(rows.len())
                .map(|(text, written)| Cell::new(&column.kind, text, written));
            columns.push((column.title.clone(), cells.collect()));
        }
        rows.pack(columns);
        (rows, problems)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.read.row_count as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.read.row_count == 0
    }

    /// Where the row of this number stands, from 0.
    pub fn position(&self, number: u32) -> Option<usize> {
        self.read.source_row.iter().position(|&row| row == number)
    }

    /// The number of the last row; none without rows.
    pub fn last(&self) -> Option<u32> {
        self.read.source_row.last().copied()
    }

    /// A cell as it was written, with its line breaks; empty where the row or the column is
    /// missing.
    pub fn written(&self, number: u32, field: &str) -> String {
        let cell = self
            .column_of(field)
            .and_then(|column| self.read.columns.get(column))
            .zip(self.position(number))
            .and_then(|(column, position)| {
                let lines = if column.written.is_empty() {
                    &column.cells
                } else {
                    &column.written
                };
                lines.split('\n').nth(position)
            });
        cell.unwrap_or_default().replace('\u{2028}', "\n")
    }

    /// Writes the fields of the row of this number, or of a new one at the end, as
    /// they were typed, and gives its number; none where there is no such row. A
    /// field that still says the same keeps what was written before.
    ///
    /// # Errors
    /// What could not be read in them; nothing is changed then.
    pub fn put(
        &mut self,
        slot: &Slot,
        number: Option<u32>,
        typed: &[(String, String)],
        locale: &str,
    ) -> Result<Option<u32>, Vec<CellProblem>> {
        let position = match number {
            Some(number) => match self.position(number) {
                Some(position) => position,
                None => return Ok(None),
            },
            None => self.len(),
        };
        let number = number.unwrap_or_else(|| self.next_number());
        let (new, mut problems) = Self::typed(slot, number, typed, locale);
        problems.retain(|problem| {
            let is_new = self.written(number, &problem.field) != problem.written;
            match problem.code.as_str() {
                "unreadable" => is_new,
                code => code == "left-out",
            }
        });
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut columns = self.unpack();
        if position == self.len() {
            self.read.source_row.push(number);
            self.read.row_count += 1;
            for (_, cells) in &mut columns {
                cells.push(Cell::default());
            }
        }
        for (field, (_, mut cell)) in slot.fields.iter().zip(new.unpack()) {
            let column = self.column(field, &mut columns);
            let (old, new) = (
                &mut columns[column].1[position],
                cell.pop().unwrap_or_default(),
            );
            if old.text != new.text || old.kind != new.kind {
                *old = new;
            }
        }
        self.pack(columns);
        Ok(Some(number))
    }

    /// One row as it was typed, read under the fields' own titles.
    fn typed(
        slot: &Slot,
        number: u32,
        typed: &[(String, String)],
        locale: &str,
    ) -> (Self, Vec<CellProblem>) {
        let mut rows = Self::default();
        let columns = slot.fields.iter().enumerate().map(|(at, field)| {
            rows.serve(field, at);
            let text = typed.iter().find(|(id, _)| *id == field.id);
            let text = text.map(|(_, text)| as_cell(text)).unwrap_or_default();
            ReadColumn {
                heading: field.title.clone(),
                kind: vec![u8::from(!text.is_empty())],
                cells: text,
                written: String::new(),
            }
        });
        let read = ReadTable {
            row_count: 1,
            columns: columns.collect(),
            source_row: vec![number],
            headings: "marked".to_owned(),
            ..ReadTable::default()
        };
        Self::of(slot, &read, &rows.matching, locale)
    }

    /// Removes the row of this number. False where there is none.
    pub fn remove(&mut self, number: u32) -> bool {
        let Some(position) = self.position(number) else {
            return false;
        };
        let mut columns = self.unpack();
        for (_, cells) in &mut columns {
            cells.remove(position);
        }
        self.read.source_row.remove(position);
        self.read.row_count -= 1;
        self.pack(columns);
        true
    }

    /// Adds the rows of `other` behind these, field by field; its other columns
    /// join those of the same heading. Where rows are here already, the new ones
    /// are numbered on.
    pub fn append(&mut self, slot: &Slot, other: Self) {
        if self.is_empty() {
            let files = std::mem::take(&mut self.files);
            *self = other;
            self.files.splice(0..0, files);
            return;
        }
        let mut columns = self.unpack();
        let rows = self.len();
        let mut theirs: Vec<Option<(String, Vec<Cell>)>> =
            other.unpack().into_iter().map(Some).collect();
        for field in &slot.fields {
            let column = other.column_of(&field.id);
            if let Some((_, cells)) = column.and_then(|column| theirs.get_mut(column)?.take()) {
                let own = self.column(field, &mut columns);
                columns[own].1.extend(cells);
            }
        }
        let served: Vec<usize> = slot
            .fields
            .iter()
            .filter_map(|field| self.column_of(&field.id))
            .collect();
        for (heading, cells) in theirs.into_iter().flatten() {
            let same = (0..columns.len()).find(|at| {
                !served.contains(at) && columns[*at].0 == heading && columns[*at].1.len() == rows
            });
            let at = same.unwrap_or_else(|| {
                columns.push((heading, vec![Cell::default(); rows]));
                columns.len() - 1
            });
            columns[at].1.extend(cells);
        }
        let all = rows + other.len();
        for (_, cells) in &mut columns {
            cells.resize(all, Cell::default());
        }
        for _ in 0..other.len() {
            let number = self.next_number();
            self.read.source_row.push(number);
        }
        self.read.row_count += other.read.row_count;
        self.read.warnings.extend(other.read.warnings);
        self.files.extend(other.files);
        self.pack(columns);
    }

    /// How many of these rows say in the slot's fields what a row of `others` says.
    pub fn known_in(&self, others: &Self, slot: &Slot) -> usize {
        let rows_of = |rows: &Self| -> Vec<Vec<String>> {
            let columns = rows.unpack();
            let row = |position: usize| {
                let cells = slot.fields.iter().map(|field| {
                    let column = rows.column_of(&field.id).and_then(|at| columns.get(at));
                    column.map(|(_, cells)| cells[position].text.clone())
                });
                cells.map(Option::unwrap_or_default).collect()
            };
            (0..rows.len()).map(row).collect()
        };
        let known: BTreeSet<Vec<String>> = rows_of(others).into_iter().collect();
        rows_of(self)
            .iter()
            .filter(|row| known.contains(*row))
            .count()
    }

    fn next_number(&self) -> u32 {
        self.read.source_row.iter().max().map_or(1, |last| last + 1)
    }

    /// The column that serves a field; a new one where there is none.
    fn column(&mut self, field: &Field, columns: &mut Vec<(String, Vec<Cell>)>) -> usize {
        if let Some(column) = self
            .column_of(&field.id)
            .filter(|column| *column < columns.len())
        {
            return column;
        }
        let rows = self.len();
        columns.push((field.title.clone(), vec![Cell::default(); rows]));
        self.serve(field, columns.len() - 1);
        columns.len() - 1
    }

    fn column_of(&self, field: &str) -> Option<usize> {
        self.matching.column(field).map(|column| column as usize)
    }

    /// Puts down that a column serves a field.
    fn serve(&mut self, field: &Field, column: usize) {
        self.matching
            .choose(&field.id, u32::try_from(column).ok(), "");
    }

    fn unpack(&self) -> Vec<(String, Vec<Cell>)> {
        let rows = self.len();
        self.read
            .columns
            .iter()
            .map(|column| {
                let written = if column.written.is_empty() {
                    &column.cells
                } else {
                    &column.written
                };
                let mut cells: Vec<Cell> = column
                    .cells
                    .split('\n')
                    .zip(written.split('\n'))
                    .zip(&column.kind)
                    .map(|((text, written), &kind)| Cell {
                        kind,
                        text: text.to_owned(),
                        written: written.to_owned(),
                    })
                    .collect();
                cells.resize(rows, Cell::default());
                (column.heading.clone(), cells)
            })
            .collect()
    }

    fn pack(&mut self, columns: Vec<(String, Vec<Cell>)>) {
        let lines = |cells: &[Cell], line: fn(&Cell) -> &str| {
            cells.iter().map(line).collect::<Vec<_>>().join("\n")
        };
        self.read.columns = columns
            .into_iter()
            .map(|(heading, cells)| {
                let text = lines(&cells, |cell| &cell.text);
                let written = lines(&cells, |cell| &cell.written);
                ReadColumn {
                    heading,
                    kind: cells.iter().map(|cell| cell.kind).collect(),
                    written: if written == text {
                        String::new()
                    } else {
                        written
                    },
                    cells: text,
                }
            })
            .collect();
        "marked".clone_into(&mut self.read.headings);
    }
}
