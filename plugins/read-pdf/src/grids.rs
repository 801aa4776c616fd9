//! Tables of files without tags: cells between drawn lines.

use std::collections::BTreeMap;

use crate::content::{Page, Rule, Run};

/// Lines that are so many points apart or less touch each other, and are one
/// where they run side by side.
const TOUCHING: f32 = 3.0;
/// Most lines of a page that may belong to tables; more is a drawing.
const MOST_RULES: usize = 1_500;
/// Most cells of a table that are told apart.
const MOST_CELLS: usize = 20_000;

/// A table's lines.
#[derive(Debug)]
pub(crate) struct Grid {
    /// Edges of columns, from left to right.
    columns: Vec<f32>,
    /// Edges of rows, from top to bottom.
    rows: Vec<f32>,
    /// Vertical lines: where they stand, and from where to where they reach.
    posts: Vec<[f32; 3]>,
}

/// A cell and its texts.
#[derive(Debug)]
pub(crate) struct Cell {
    /// Row and column from 1.
    pub(crate) place: (u32, u32),
    /// Its right edge.
    pub(crate) right: f32,
    pub(crate) runs: Vec<Run>,
}

/// A drawn line as left, bottom, right and top.
type Stroke = [f32; 4];

/// The tables of a page, from top to bottom.
pub(crate) fn grids(page: &Page) -> Vec<Grid> {
    let level = |rule: &Rule| [rule.left, rule.height, rule.right, rule.height];
    let strokes: Vec<Stroke> = page
        .rules
        .iter()
        .map(level)
        .chain(page.posts.iter().copied())
        .collect();
    if strokes.len() > MOST_RULES {
        return Vec::new();
    }
    let mut grids: Vec<Grid> = touching(&strokes)
        .iter()
        .filter_map(|strokes| Grid::of(strokes))
        .collect();
    grids.sort_by(|a, b| b.top().total_cmp(&a.top()));
    grids
}

/// Groups of lines that touch each other.
fn touching(strokes: &[Stroke]) -> Vec<Vec<Stroke>> {
    let touch = |a: &Stroke, b: &Stroke| {
        a[0] <= b[2] + TOUCHING
            && b[0] <= a[2] + TOUCHING
            && a[1] <= b[3] + TOUCHING
            && b[1] <= a[3] + TOUCHING
    };
    let mut left: Vec<Stroke> = strokes.to_vec();
    let mut groups = Vec::new();
    while let Some(first) = left.pop() {
        let mut group = vec![first];
        let mut at = 0;
        while at < group.len() {
            let here = group[at];
            let (near, far): (Vec<Stroke>, Vec<Stroke>) =
                left.into_iter().partition(|stroke| touch(&here, stroke));
            group.extend(near);
            left = far;
            at += 1;
        }
        groups.push(group);
    }
    groups
}

/// Sorted numbers, those that are almost the same once.
fn edges(numbers: impl Iterator<Item = f32>) -> Vec<f32> {
    let mut numbers: Vec<f32> = numbers.collect();
    numbers.sort_by(f32::total_cmp);
    let mut edges: Vec<f32> = Vec::new();
    for number in numbers {
        if edges.last().is_none_or(|last| number - last > TOUCHING) {
            edges.push(number);
        }
    }
    edges
}

impl Grid {
    /// The table of a group of lines; none where it has no two cells.
    fn of(strokes: &[Stroke]) -> Option<Self> {
        let is_post = |stroke: &&Stroke| stroke[3] - stroke[1] > stroke[2] - stroke[0];
        let posts: Vec<[f32; 3]> = strokes
            .iter()
            .filter(is_post)
            .map(|post| [post[0], post[1], post[3]])
            .collect();
        let level = strokes.iter().filter(|stroke| !is_post(stroke));
        let mut rows = edges(level.map(|stroke| stroke[1]));
        rows.reverse();
        let columns = edges(posts.iter().map(|post| post[0]));
        let cells = rows.len().saturating_sub(1) * columns.len().saturating_sub(1);
        (2..=MOST_CELLS).contains(&cells).then_some(Self {
            columns,
            rows,
            posts,
        })
    }

    pub(crate) fn top(&self) -> f32 {
        self.rows.first().copied().unwrap_or(0.0)
    }

    /// Whether a text stands within the table.
    pub(crate) fn holds(&self, run: &Run) -> bool {
        let height = run.baseline + run.size * 0.3;
        let (Some(left), Some(right)) = (self.columns.first(), self.columns.last()) else {
            return false;
        };
        let (Some(top), Some(bottom)) = (self.rows.first(), self.rows.last()) else {
            return false;
        };
        (*left - TOUCHING..*right).contains(&run.left) && (*bottom..*top).contains(&height)
    }

    /// Its cells that have text, row by row.
    pub(crate) fn cells(&self, runs: Vec<Run>) -> Vec<Cell> {
        let mut cells: BTreeMap<(u32, u32), Cell> = BTreeMap::new();
        for run in runs {
            let height = run.baseline + run.size * 0.3;
            let row = self.rows.partition_point(|edge| *edge > height).max(1);
            let middle = f32::midpoint(run.left, run.left.max(run.right.min(run.left + run.size)));
            let mut column = self.columns.partition_point(|edge| *edge < middle).max(1);
            // Where no line parts two columns, they are one cell.
            while column > 1 && !self.is_parted(self.columns[column - 1], height) {
                column -= 1;
            }
            let mut last = column;
            while last + 1 < self.columns.len() && !self.is_parted(self.columns[last], height) {
                last += 1;
            }
            let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            let place = (small(row), small(column));
            let right = self.columns.get(last).copied().unwrap_or(run.right);
            let cell = cells.entry(place).or_insert_with(|| Cell {
                place,
                right,
                runs: Vec::new(),
            });
            cell.runs.push(run);
        }
        cells.into_values().collect()
    }

    fn is_parted(&self, edge: f32, height: f32) -> bool {
        self.posts.iter().any(|[at, bottom, top]| {
            (at - edge).abs() <= TOUCHING && (*bottom..=*top).contains(&height)
        })
    }
}
