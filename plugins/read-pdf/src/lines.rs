//! Stretches of text become lines, column by column.

use unit_sdk::reader::style;

use crate::content::{Page, Rule, Run};
use crate::grids::grids;

/// Texts whose baselines differ by less than this part of the font size stand
/// on one line; it takes in raised and lowered figures (our heuristic).
const SAME_LINE: f32 = 0.4;
/// A gap of this part of the font size may be one between columns (our heuristic).
const COLUMN_GAP: f32 = 1.3;
/// A column has at least so many lines, with so many letters on average; less is
/// taken for a table, which is read row by row (our heuristic).
const FEWEST_LINES: usize = 4;
const FEWEST_LETTERS: usize = 18;
/// How many letters of a line make it one that shows where the margin is.
const LONG_LINE: usize = 40;
/// Text keeps so many points away from a cell's right edge (what word
/// processors do if nobody changes it).
const CELL_PADDING: f32 = 5.0;
/// Most columns side by side that are told apart.
const MOST_COLUMNS: u8 = 4;

/// A line of text.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) runs: Vec<Run>,
    pub(crate) left: f32,
    pub(crate) right: f32,
    pub(crate) baseline: f32,
    /// Font size of most of its text.
    pub(crate) size: f32,
    /// Looks that all its text has in common.
    pub(crate) looks: u8,
    /// Whether a wide gap parts it, as it parts cells of a table.
    pub(crate) is_parted: bool,
}

/// Lines that are read one after the other.
#[derive(Debug)]
pub(crate) struct Flow {
    /// Page from 1.
    pub(crate) page: u32,
    pub(crate) lines: Vec<Line>,
    /// Where its lines end, where that is not where those of the text end.
    pub(crate) margin: Option<f32>,
    /// Table, row and column from 1 where it is a cell, else 0.
    pub(crate) cell: [u32; 3],
}

impl Line {
    fn of(runs: Vec<Run>) -> Self {
        let letters = |run: &&Run| run.text.len();
        let main = runs.iter().max_by_key(letters);
        let (size, baseline) = main.map_or((0.0, 0.0), |run| (run.size, run.baseline));
        let gaps = runs.windows(2);
        Self {
            left: runs.first().map_or(0.0, |run| run.left),
            right: runs.iter().map(|run| run.right).fold(0.0, f32::max),
            baseline,
            size,
            looks: runs.iter().fold(u8::MAX, |looks, run| looks & run.looks),
            is_parted: gaps
                .filter(|pair| pair[1].left - pair[0].right > COLUMN_GAP * size)
                .count()
                > usize::from(crate::labels::is_bullet(runs.first())),
            runs,
        }
    }

    /// Its text, for comparisons.
    pub(crate) fn text(&self) -> String {
        let texts: Vec<&str> = self.runs.iter().map(|run| run.text.trim()).collect();
        texts.join(" ")
    }
}

/// The lines of a page in reading order. `turn` says which way the text runs
/// that is read; the rest is not part of them. `tables` counts the tables so far.
pub(crate) fn flows(page: &Page, number: u32, turn: u8, tables: &mut u32) -> Vec<Flow> {
    let mut runs: Vec<Run> = page
        .runs
        .iter()
        .filter(|run| run.turn == turn)
        .cloned()
        .collect();
    // Lines are known as they stand on an upright page only.
    let grids = if turn == 0 {
        underline(&mut runs, &page.rules);
        grids(page)
    } else {
        Vec::new()
    };
    let mut flows = Vec::new();
    let text = |runs: Vec<Run>, flows: &mut Vec<Flow>| {
        let mut parts = Vec::new();
        columns(pieces(runs), &page.rules, MOST_COLUMNS, &mut parts);
        flows.extend(parts.into_iter().map(|(lines, is_column)| Flow {
            page: number,
            margin: is_column.then(|| margin(lines.iter())).flatten(),
            lines,
            cell: [0; 3],
        }));
    };
    for grid in grids {
        let (inside, rest): (Vec<Run>, Vec<Run>) =
            runs.into_iter().partition(|run| grid.holds(run));
        let (above, below) = rest.into_iter().partition(|run| run.baseline > grid.top());
        runs = below;
        text(above, &mut flows);
        let cells = grid.cells(inside);
        *tables += u32::from(!cells.is_empty());
        for cell in cells {
            let rows = pieces(cell.runs).into_iter();
            flows.push(Flow {
                page: number,
                margin: Some(cell.right - CELL_PADDING),
                lines: rows
                    .map(|row| Line::of(row.into_iter().flatten().collect()))
                    .collect(),
                cell: [*tables, cell.place.0, cell.place.1],
            });
        }
    }
    text(runs, &mut flows);
    flows
}

/// Where long lines end; a few that stand out do not count.
pub(crate) fn margin<'a>(lines: impl Iterator<Item = &'a Line>) -> Option<f32> {
    let mut ends: Vec<f32> = lines
        .filter(|line| !line.is_parted && line.text().len() >= LONG_LINE)
        .map(|line| line.right)
        .collect();
    ends.sort_by(f32::total_cmp);
    ends.get(ends.len().saturating_sub(1) * 49 / 50).copied()
}

/// The direction in which most text of a page runs.
pub(crate) fn main_turn(page: &Page) -> u8 {
    let bytes = |turn: &u8| {
        let runs = page.runs.iter().filter(|run| run.turn == *turn);
        runs.map(|run| run.text.len()).sum::<usize>()
    };
    (0..4).rev().max_by_key(bytes).unwrap_or(0)
}

/// Marks texts that a drawn line runs under.
pub(crate) fn underline(runs: &mut [Run], rules: &[Rule]) {
    let mut rules: Vec<Rule> = rules.to_vec();
    rules.sort_by(|a, b| a.height.total_cmp(&b.height));
    for run in runs {
        let (low, high) = (run.baseline - run.size * 0.25, run.baseline);
        let first = rules.partition_point(|rule| rule.height < low);
        let slack = run.size * 0.3;
        let below = rules[first..].iter().take_while(|rule| rule.height <= high);
        // Lines that reach far beyond the text belong to a table or a box.
        if below
            .into_iter()
            .any(|rule| rule.left <= run.left + slack && rule.right + slack >= run.right)
            && !run.text.trim().is_empty()
        {
            run.looks |= style::UNDERLINED;
        }
    }
}

/// Texts on one line, parted where the gap is wide.
type Row = Vec<Vec<Run>>;

fn pieces(mut runs: Vec<Run>) -> Vec<Row> {
    runs.sort_by(|a, b| b.baseline.total_cmp(&a.baseline));
    let mut rows: Vec<Vec<Run>> = Vec::new();
    let mut anchor = (0.0_f32, 0.0_f32);
    for run in runs {
        let is_near = (anchor.0 - run.baseline).abs() < SAME_LINE * run.size.max(anchor.1);
        if let Some(row) = rows.last_mut().filter(|_| is_near) {
            if run.size > anchor.1 {
                anchor = (run.baseline, run.size);
            }
            row.push(run);
        } else {
            anchor = (run.baseline, run.size);
            rows.push(vec![run]);
        }
    }
    rows.into_iter().map(parted).collect()
}

fn parted(mut row: Vec<Run>) -> Row {
    row.sort_by(|a, b| a.left.total_cmp(&b.left));
    let mut pieces: Row = Vec::new();
    for run in row {
        let Some(before) = pieces.last_mut().and_then(|piece| piece.last_mut()) else {
            pieces.push(vec![run]);
            continue;
        };
        // The same text twice in one place is how some programs print bold.
        if before.text == run.text && (before.left - run.left).abs() < run.size * 0.2 {
            before.looks |= style::BOLD;
            continue;
        }
        let is_apart = run.left - before.right > COLUMN_GAP * run.size;
        match pieces.last_mut().filter(|_| !is_apart) {
            Some(piece) => piece.push(run),
            None => pieces.push(vec![run]),
        }
    }
    pieces
}

fn left(piece: &[Run]) -> f32 {
    piece.first().map_or(0.0, |run| run.left)
}

fn right(piece: &[Run]) -> f32 {
    piece.last().map_or(0.0, |run| run.right)
}

/// Parts rows into columns where there are some, else joins each row to a line.
fn columns(rows: Vec<Row>, rules: &[Rule], most: u8, flows: &mut Vec<(Vec<Line>, bool)>) {
    let band = (most > 1).then(|| band(&rows, rules)).flatten();
    let Some((first, end, gutter)) = band else {
        let lines: Vec<Line> = rows
            .into_iter()
            .map(|row| Line::of(row.into_iter().flatten().collect()))
            .collect();
        if !lines.is_empty() {
            flows.push((lines, most < MOST_COLUMNS));
        }
        return;
    };
    let mut rows = rows;
    let below = rows.split_off(end);
    let beside = rows.split_off(first);
    // What stands above the columns has none of the same kind.
    columns(rows, rules, 1, flows);
    let at = flows.len();
    let (mut left_rows, mut right_rows) = (Vec::new(), Vec::new());
    for row in beside {
        let (before, after): (Row, Row) = row.into_iter().partition(|piece| left(piece) < gutter);
        left_rows.push(before);
        right_rows.push(after);
    }
    for side in [&mut left_rows, &mut right_rows] {
        side.retain(|row| !row.is_empty());
    }
    columns(left_rows, rules, 1, flows);
    columns(right_rows, rules, most - 1, flows);
    for (_, is_column) in &mut flows[at..] {
        *is_column = true;
    }
    columns(below, rules, most, flows);
}

/// The first band of rows with text on both sides of a gutter: first row, row
/// after the last, and where the right side begins.
fn band(rows: &[Row], rules: &[Rule]) -> Option<(usize, usize, f32)> {
    let pieces = || rows.iter().flatten();
    let edge_left = pieces().map(|piece| left(piece)).reduce(f32::min)?;
    let edge_right = pieces().map(|piece| right(piece)).reduce(f32::max)?;
    let width = edge_right - edge_left;
    let mut starts: Vec<f32> = pieces()
        .map(|piece| left(piece))
        .filter(|start| (0.2..0.85).contains(&((start - edge_left) / width.max(1.0))))
        .collect();
    starts.sort_by(f32::total_cmp);
    // Starts that are a few points apart are one column's; indents follow it.
    let mut candidates: Vec<(f32, usize)> = Vec::new();
    for start in starts {
        match candidates.last_mut() {
            Some((known, count)) if start - *known < 3.0 => *count += 1,
            _ => candidates.push((start, 1)),
        }
    }
    candidates.retain(|(_, count)| *count >= FEWEST_LINES);
    candidates.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    candidates
        .into_iter()
        .take(8)
        .find_map(|(gutter, _)| band_at(rows, rules, gutter))
}

fn band_at(rows: &[Row], rules: &[Rule], gutter: f32) -> Option<(usize, usize, f32)> {
    let gutter = gutter - 1.0;
    let crosses = |row: &Row| {
        row.iter()
            .any(|piece| left(piece) < gutter && right(piece) > gutter - 5.0)
    };
    let mut first = 0;
    while first < rows.len() {
        let end = (first..rows.len())
            .find(|at| crosses(&rows[*at]))
            .unwrap_or(rows.len());
        if is_band(&rows[first..end], rules, gutter) {
            return Some((first, end, gutter));
        }
        first = end + 1;
    }
    None
}

fn is_band(rows: &[Row], rules: &[Rule], gutter: f32) -> bool {
    let height = |row: Option<&Row>| {
        row.and_then(|row| row.first()?.first())
            .map(|run| run.baseline)
    };
    let (Some(top), Some(bottom)) = (height(rows.first()), height(rows.last())) else {
        return false;
    };
    let side = |is_right: bool| {
        let pieces = rows.iter().flatten();
        let texts = pieces.filter(|piece| (left(piece) >= gutter) == is_right);
        let letters: Vec<usize> = texts
            .map(|piece| piece.iter().map(|run| run.text.len()).sum())
            .collect();
        letters.len() >= FEWEST_LINES
            && letters.iter().sum::<usize>() >= FEWEST_LETTERS * letters.len()
    };
    // A drawn line from side to side is one of a table.
    let is_ruled = rules.iter().any(|rule| {
        rule.left < gutter - 10.0
            && rule.right > gutter + 10.0
            && (bottom..top).contains(&rule.height)
    });
    !is_ruled && side(false) && side(true)
}
