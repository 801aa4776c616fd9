//! The tables of a document, for a slot that wants rows and columns.

use std::collections::{BTreeMap, BTreeSet};

use super::wit::{Failure, Table, TableColumn, Warning};
use super::{Block, kind, part, style, too_large};

/// Limits of the interface (`content.tables`, `table`).
const MOST_TABLES: usize = 256;
const MOST_ROWS: usize = 20_000;
const MOST_COLUMNS: usize = 64;

/// Cells by row and column, each with its paragraphs and whether all are bold.
type Cells<'a> = BTreeMap<(u32, u32), (Vec<&'a str>, bool)>;

/// One table for each table of the body that has rows. `heading_rows` names those
/// that the file marks as headings, as (table, row).
///
/// # Errors
///
/// `too-large` beyond the limits of `reader.wit`.
pub fn tables(
    blocks: &[Block],
    heading_rows: &BTreeSet<(u32, u32)>,
    warnings: &[Warning],
) -> Result<Vec<Table>, Failure> {
    let mut found = BTreeMap::<u32, (String, Cells<'_>)>::new();
    let mut caption = "";
    for block in blocks.iter().filter(|block| block.part == part::BODY) {
        let [table, row, column] = block.cell;
        if table == 0 {
            caption = if block.kind == kind::CAPTION {
                &block.text
            } else {
                ""
            };
            continue;
        }
        let (_, cells) = found
            .entry(table)
            .or_insert_with(|| (caption.to_owned(), Cells::new()));
        caption = "";
        let (texts, bold) = cells
            .entry((row, column))
            .or_insert_with(|| (Vec::new(), true));
        texts.push(&block.text);
        *bold &= block.style & style::BOLD != 0;
    }
    if found.len() > MOST_TABLES {
        return Err(too_large());
    }
    let tables = found.into_iter().map(|(number, (title, cells))| {
        let marked = |row| heading_rows.contains(&(number, row));
        table(title, &cells, marked, warnings)
    });
    tables
        .filter(|table| !matches!(table, Ok(table) if table.row_count == 0))
        .collect()
}

fn table(
    title: String,
    cells: &Cells<'_>,
    marked: impl Fn(u32) -> bool,
    warnings: &[Warning],
) -> Result<Table, Failure> {
    let mut rows: Vec<u32> = cells.keys().map(|(row, _)| *row).collect();
    rows.dedup();
    let columns: BTreeSet<u32> = cells.keys().map(|(_, column)| *column).collect();
    if rows.len() > MOST_ROWS || columns.len() > MOST_COLUMNS {
        return Err(too_large());
    }
    let headings = match rows.first() {
        Some(first) if marked(*first) => "marked",
        Some(first) if looks_like_headings(cells, *first, columns.len(), rows.len()) => "guessed",
        _ => "none",
    };
    let heading_row = (headings != "none").then(|| rows.remove(0));
    let cell = |row: u32, column: u32| {
        cells
            .get(&(row, column))
            .map_or(String::new(), |(texts, _)| texts.join("\u{2028}"))
    };
    let columns = columns.into_iter().map(|column| {
        let texts: Vec<String> = rows.iter().map(|row| cell(*row, column)).collect();
        TableColumn {
            heading: heading_row.map_or(String::new(), |row| cell(row, column)),
            kind: texts
                .iter()
                .map(|text| u8::from(!text.is_empty()))
                .collect(),
            cells: texts.join("\n"),
            written: String::new(),
        }
    });
    Ok(Table {
        title,
        row_count: u32::try_from(rows.len()).unwrap_or(u32::MAX),
        columns: columns.collect(),
        source_row: rows.clone(),
        headings: headings.into(),
        warnings: warnings.to_vec(),
    })
}

/// A first row that is full, and bold over rows that are not, or without digits
/// over rows that have some.
fn looks_like_headings(cells: &Cells<'_>, first: u32, columns: usize, rows: usize) -> bool {
    let row: Vec<_> = cells.iter().filter(|((row, _), _)| *row == first).collect();
    let rest = || cells.iter().filter(|((row, _), _)| *row != first);
    let has_digit = |texts: &[&str]| {
        texts
            .iter()
            .any(|text| text.contains(|character: char| character.is_ascii_digit()))
    };
    let bold_over_plain =
        row.iter().all(|(_, (_, bold))| *bold) && !rest().all(|(_, (_, bold))| *bold);
    let words_over_numbers = !row.iter().any(|(_, (texts, _))| has_digit(texts))
        && rest().any(|(_, (texts, _))| has_digit(texts));
    columns > 1 && rows > 1 && row.len() == columns && (bold_over_plain || words_over_numbers)
}
