//! Page headers, footers and page numbers, known by their repetition.

use std::collections::{BTreeMap, BTreeSet};

use crate::lines::{Flow, Line};

/// So many lines at the top and at the bottom of a page may be its furniture.
const EDGE_LINES: usize = 4;
/// Lines of furniture are at most so many font sizes apart.
const WIDEST_GAP: f32 = 3.0;
/// Repeated lines stand at the same height, give or take so many points.
const SAME_HEIGHT: f32 = 3.0;

/// A line at the edge of a page.
struct Edge {
    page: u32,
    /// Place of the line: flow and line.
    at: (usize, usize),
    /// How many lines are between it and the edge.
    depth: usize,
    is_top: bool,
    height: f32,
    size: f32,
    /// Its text without digits, and the numbers that they are.
    pattern: String,
    numbers: Vec<i64>,
}

/// Takes the furniture out and gives each text of it once.
pub(crate) fn take(flows: &mut [Flow]) -> Vec<Line> {
    let pages: BTreeSet<u32> = flows.iter().map(|flow| flow.page).collect();
    let edges: Vec<Edge> = pages.iter().flat_map(|page| edges(flows, *page)).collect();
    let mut by_pattern: BTreeMap<(bool, &str), Vec<&Edge>> = BTreeMap::new();
    for edge in &edges {
        by_pattern
            .entry((edge.is_top, &edge.pattern))
            .or_default()
            .push(edge);
    }
    let mut repeated = BTreeSet::new();
    for group in by_pattern.values() {
        for edge in group {
            let alike: BTreeSet<u32> = group
                .iter()
                .filter(|other| edge.repeats(other))
                .map(|other| other.page)
                .collect();
            // On half of the pages, for left and right pages may differ.
            if alike.len() > 1 && alike.len() * 2 >= pages.len() {
                repeated.insert(edge.at);
            }
        }
    }
    // Only what reaches to the edge without a gap is furniture.
    let mut taken = BTreeMap::new();
    for page in &pages {
        for is_top in [true, false] {
            let mut side: Vec<&Edge> = edges
                .iter()
                .filter(|edge| edge.page == *page && edge.is_top == is_top)
                .collect();
            side.sort_by_key(|edge| edge.depth);
            let mut before: Option<&Edge> = None;
            let furniture = side.into_iter().take_while(|edge| {
                let is_near = before.is_none_or(|before| {
                    (before.height - edge.height).abs() <= WIDEST_GAP * before.size
                });
                before = Some(edge);
                is_near && (repeated.contains(&edge.at) || edge.is_page_number())
            });
            for edge in furniture {
                taken.insert(edge.at, &edge.pattern);
            }
        }
    }
    let mut seen = BTreeSet::new();
    let mut lines = Vec::new();
    for ((flow, line), pattern) in taken.iter().rev() {
        let line = flows[*flow].lines.remove(*line);
        lines.push((line, pattern));
    }
    lines.reverse();
    lines
        .into_iter()
        .filter(|(_, pattern)| seen.insert(*pattern))
        .map(|(line, _)| line)
        .collect()
}

/// The outermost lines of a page.
fn edges(flows: &[Flow], page: u32) -> Vec<Edge> {
    let mut places: Vec<(f32, (usize, usize))> = Vec::new();
    for (at, flow) in flows
        .iter()
        .enumerate()
        .filter(|(_, flow)| flow.page == page)
    {
        let lines = flow.lines.iter().enumerate();
        places.extend(lines.map(|(line, text)| (text.baseline, (at, line))));
    }
    places.sort_by(|a, b| b.0.total_cmp(&a.0));
    let edge = |depth: usize, is_top: bool, (height, at): (f32, (usize, usize))| {
        let (pattern, numbers) = pattern(&flows[at.0].lines[at.1].text());
        Edge {
            page,
            at,
            depth,
            is_top,
            height,
            size: flows[at.0].lines[at.1].size,
            pattern,
            numbers,
        }
    };
    let top = places.iter().take(EDGE_LINES).enumerate();
    let bottom = places.iter().rev().take(EDGE_LINES).enumerate();
    top.map(|(depth, place)| edge(depth, true, *place))
        .chain(bottom.map(|(depth, place)| edge(depth, false, *place)))
        .collect()
}

impl Edge {
    /// Whether another line is this one on another page: the same numbers, or
    /// ones that count with the pages.
    fn repeats(&self, other: &Self) -> bool {
        let pages = i64::from(other.page) - i64::from(self.page);
        let counts = self.numbers.iter().zip(&other.numbers);
        (self.height - other.height).abs() <= SAME_HEIGHT
            && self.numbers.len() == other.numbers.len()
            && counts
                .into_iter()
                .all(|(here, there)| here == there || there - here == pages)
    }

    /// Whether it is nothing but the page's number.
    fn is_page_number(&self) -> bool {
        let words = self.pattern.split(|letter: char| !letter.is_alphabetic());
        self.numbers.first() == Some(&i64::from(self.page))
            && self.numbers.len() <= 2
            && words
                .filter(|word| !word.is_empty())
                .all(|word| matches!(word.to_lowercase().as_str(), "page" | "of" | "p"))
    }
}

fn pattern(text: &str) -> (String, Vec<i64>) {
    let mut pattern = String::new();
    let mut numbers = Vec::new();
    let mut digits = String::new();
    for letter in text.chars().chain([' ']) {
        if letter.is_ascii_digit() {
            digits.push(letter);
            continue;
        }
        if !digits.is_empty() {
            numbers.push(digits.parse().unwrap_or(i64::MAX / 2));
            digits.clear();
            pattern.push('#');
        }
        pattern.push(letter);
    }
    (pattern.trim().to_owned(), numbers)
}

/// Each text of furniture that the file itself marks as such, once.
pub(crate) fn once<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    texts
        .filter(|text| seen.insert(pattern(text).0))
        .map(str::to_owned)
        .collect()
}
