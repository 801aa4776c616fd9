//! Lines become paragraphs, by what they look like.
//!
//! A file without tags only says where letters stand. Lines belong together
//! where distance, size and weight are alike and the first word of the second
//! had no room on the first. All numbers here are our heuristics.

use std::collections::BTreeMap;

use unit_sdk::reader::{Block, kind, style};

use crate::labels;
use crate::lines::{Flow, Line, margin};
use crate::passage::{Passage, Words, half_points};

/// Lines of a paragraph are at most so much farther apart than usual.
const WIDER_LEADING: f32 = 1.2;
/// An indent, as a part of the font size.
const INDENT: f32 = 0.8;
/// Two sizes are alike within this part.
const SAME_SIZE: f32 = 0.06;

/// What is usual in the file.
struct Usual {
    /// Distance of lines, as a part of the font size.
    leading: f32,
    /// Where long lines of the text end; without any, every line has room.
    margin: f32,
}

/// The paragraphs of all flows, in their order.
pub(crate) fn blocks(flows: &[Flow], words: &Words<'_>) -> Vec<Block> {
    let usual = Usual::of(flows);
    let mut blocks = Vec::new();
    let mut lefts = Vec::new();
    let mut paragraph: Vec<(&Line, &Flow)> = Vec::new();
    let mut end = |paragraph: &mut Vec<(&Line, &Flow)>| {
        let Some((first, flow)) = paragraph.first() else {
            return;
        };
        let mut passage = Passage::default();
        for (line, _) in paragraph.iter() {
            for (at, run) in line.runs.iter().enumerate() {
                passage.add(run, at == 0, words);
            }
        }
        let mut block = passage.block();
        labels::take(&mut block, &first.runs);
        block.page = flow.page;
        if flow.cell[0] > 0 {
            block.cell = flow.cell;
            block.kind = kind::TABLE_CELL;
            block.level = 0;
        }
        blocks.push(block);
        lefts.push(first.left);
        paragraph.clear();
    };
    for flow in flows {
        let margin = flow.margin.unwrap_or(usual.margin);
        for line in &flow.lines {
            if !usual.goes_on(&paragraph, line, flow, margin) {
                end(&mut paragraph);
            }
            paragraph.push((line, flow));
        }
    }
    end(&mut paragraph);
    labels::set_depths(&mut blocks, &lefts);
    blocks
}

impl Usual {
    fn of(flows: &[Flow]) -> Self {
        // Most frequent distance, in twentieths of the font size.
        let mut distances: BTreeMap<u32, usize> = BTreeMap::new();
        for pair in flows.iter().flat_map(|flow| flow.lines.windows(2)) {
            let distance = (pair[0].baseline - pair[1].baseline) / pair[0].size.max(1.0);
            if is_same_size(&pair[0], &pair[1]) && (0.8..4.0).contains(&distance) {
                *distances.entry(half_points(distance * 10.0)).or_default() += 1;
            }
        }
        let leading = distances.into_iter().max_by_key(|(_, count)| *count);
        let lines = flows.iter().filter(|flow| flow.margin.is_none());
        Self {
            leading: leading.map_or(1.2, |(twentieths, _)| {
                f32::from(u16::try_from(twentieths).unwrap_or(24)) / 20.0
            }),
            margin: margin(lines.flat_map(|flow| &flow.lines)).unwrap_or(f32::INFINITY),
        }
    }

    /// Whether a line goes on with the paragraph before it.
    fn goes_on(&self, paragraph: &[(&Line, &Flow)], line: &Line, flow: &Flow, margin: f32) -> bool {
        let Some((before, before_flow)) = paragraph.last() else {
            return false;
        };
        let text = line.text();
        let first_word = text.split_whitespace().next().unwrap_or_default();
        if before.is_parted || line.is_parted || begins_item(line, first_word) {
            return false;
        }
        let weight = |line: &Line| line.looks & style::BOLD;
        if weight(before) != weight(line) || !is_same_size(before, line) {
            return false;
        }
        let before_text = before.text();
        let is_open = !before_text.ends_with(['.', '!', '?', ':', ';', '”', '"', ')']);
        let in_midst = is_open && first_word.starts_with(char::is_lowercase);
        let is_full = in_midst || !had_room(before, line, first_word, margin);
        if !std::ptr::eq(*before_flow, flow) {
            // On the next page or column; the distance says nothing.
            return is_full && is_open && before_flow.cell == flow.cell;
        }
        let distance = before.baseline - line.baseline;
        if distance <= 0.0 || distance > (self.leading * WIDER_LEADING).max(1.3) * before.size {
            return false;
        }
        let indent = (line.left - before.left) / line.size.max(1.0);
        let is_single = paragraph.len() == 1;
        let has_label = is_single && labels::is_bullet(before.runs.first())
            || before_text
                .split_whitespace()
                .next()
                .is_some_and(labels::is_label);
        // After its first line, a paragraph keeps its left edge.
        if indent > INDENT && !is_single && !has_label {
            return false;
        }
        if indent < -INDENT && !is_single {
            return false;
        }
        is_full
    }
}

/// Whether a list item begins with this line.
fn begins_item(line: &Line, first_word: &str) -> bool {
    labels::is_label(first_word)
        || (first_word == "o" && line.runs.first().is_some_and(|run| run.text.trim() == "o"))
}

/// Whether the first word of a line had room on the line before.
fn had_room(before: &Line, line: &Line, first_word: &str, margin: f32) -> bool {
    let letters = line.text().chars().count().max(1);
    let share = |count: usize| f32::from(u16::try_from(count).unwrap_or(u16::MAX));
    let width = (line.right - line.left) * share(first_word.chars().count()) / share(letters);
    before.right + width + before.size * 0.3 < margin
}

fn is_same_size(a: &Line, b: &Line) -> bool {
    (a.size - b.size).abs() <= SAME_SIZE * a.size.max(b.size)
}
