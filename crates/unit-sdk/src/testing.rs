//! Evidence, contexts and sheets for native tests of a unit.
//!
//! The host finds sections in its own, more thorough way; here a heading is a
//! line that starts with the criterion's id or holds its wording, which is
//! enough to test rules:
//!
//! ```
//! use unit_sdk::describe::{criterion, document_slot, outcome, unit};
//! use unit_sdk::{Evidence, testing};
//!
//! let unit = unit("test", "1.0.0", "1", "Test")
//!     .outcome(outcome("1", "One").criterion(criterion("1.1", &["describe"], "Describe it")))
//!     .slot(document_slot("assignment", "Assignment", ""));
//! let evidence = testing::evidence_from_text(&unit, "assignment", "AC 1.1 Describe it\nIt is big.");
//! let section = Evidence::new(&evidence).sections("1.1").next();
//! assert_eq!(section.map(|section| section.word_count()), Some(3));
//! ```

use crate::reader::{self, Block, kind, part};
use crate::text::{Folded, word_count};
use crate::wit;

/// Evidence with one document of plain lines; lines that begin with `• ` are list items.
///
/// # Panics
///
/// If the text is larger than a document may be.
pub fn evidence_from_text(unit: &wit::Unit, slot: &str, text: &str) -> wit::Evidence {
    let blocks = text.lines().map(|line| {
        let item = line.strip_prefix("• ");
        Block {
            text: reader::line(item.unwrap_or(line)),
            label: item.map_or(String::new(), |_| "•".into()),
            kind: if item.is_some() {
                kind::LIST_ITEM
            } else {
                kind::PARAGRAPH
            },
            level: u8::from(item.is_some()),
            ..Block::default()
        }
    });
    let read = reader::document(blocks.collect(), Vec::new()).expect("a test's text is small");
    evidence(unit, slot, &read)
}

/// Evidence with one document as a reader gave it; all other slots are empty.
pub fn evidence(unit: &wit::Unit, slot: &str, read: &reader::wit::Document) -> wit::Evidence {
    let states = unit.slots.iter().map(|known| wit::SlotState {
        slot: known.id.clone(),
        state: if known.id == slot { "given" } else { "empty" }.into(),
        note: String::new(),
    });
    wit::Evidence {
        slots: states.collect(),
        documents: vec![document(unit, slot, read)],
        tables: Vec::new(),
    }
}

/// The unit's standard settings, first submission, on 2026-07-10.
pub fn context(unit: &wit::Unit) -> wit::Context {
    let settings = unit.settings.iter().map(|setting| wit::SettingValue {
        id: setting.field.id.clone(),
        value: setting.standard.clone(),
        source: setting.source.clone(),
    });
    wit::Context {
        today: "2026-07-10".into(),
        today_day: 20_644,
        locale: "en-GB".into(),
        submission: 1,
        submissions_left: 1,
        settings: settings.collect(),
        more: Vec::new(),
    }
}

/// A sheet with the unit's own bounds and these awards, in the unit's order.
pub fn sheet(unit: &wit::Unit, mode: &str, awards: &[wit::Award]) -> wit::Sheet {
    let entries = unit
        .criteria()
        .zip(awards)
        .map(|(criterion, award)| wit::SheetEntry {
            criterion: criterion.id.clone(),
            maximum: criterion.maximum,
            minimum: criterion.minimum,
            award: award.clone(),
        });
    wit::Sheet {
        mode: mode.into(),
        entries: entries.collect(),
    }
}

fn document(unit: &wit::Unit, slot: &str, read: &reader::wit::Document) -> wit::Document {
    let lines: Vec<&str> = if read.kind.is_empty() {
        Vec::new()
    } else {
        read.text.split('\n').collect()
    };
    let (mut start, mut end, mut offset) = (Vec::new(), Vec::new(), 0_usize);
    for line in &lines {
        start.push(index(offset));
        end.push(index(offset + line.len()));
        offset += line.len() + 1;
    }
    let words: Vec<u32> = lines.iter().map(|line| word_count(line)).collect();
    let body = read
        .part
        .iter()
        .take_while(|part| **part == part::BODY)
        .count();
    wit::Document {
        slot: slot.into(),
        item: 0,
        file_name: "test.docx".into(),
        text: read.text.clone(),
        labels: read.labels.clone(),
        kind: read.kind.clone(),
        level: read.level.clone(),
        style: read.style.clone(),
        part: read.part.clone(),
        start,
        end,
        more: Vec::new(),
        sections: sections(unit, &lines[..body], &words),
        words,
        warnings: read
            .warnings
            .iter()
            .map(|warning| warning.code.clone())
            .collect(),
    }
}

/// Sections by headings: each runs to the next heading of any kind. What stands
/// before the first heading is the front.
fn sections(unit: &wit::Unit, lines: &[&str], words: &[u32]) -> Vec<wit::Section> {
    let starts: Vec<(usize, &str, String)> = lines
        .iter()
        .enumerate()
        .filter_map(|(at, line)| heading(unit, line).map(|(kind, id)| (at, kind, id)))
        .collect();
    let ends = starts
        .iter()
        .skip(1)
        .map(|start| start.0)
        .chain([lines.len()]);
    let first = starts.first().map_or(lines.len(), |start| start.0);
    let front = wit::Section {
        kind: "front".into(),
        id: String::new(),
        heading: None,
        start: 0,
        end: index(first),
        words: words[..first].iter().sum(),
        found_by: "order".into(),
    };
    let front = (first > 0).then_some(front);
    let headed = starts
        .iter()
        .zip(ends)
        .map(|((at, kind, id), end)| wit::Section {
            kind: (*kind).into(),
            id: id.clone(),
            heading: Some(index(*at)),
            start: index(at + 1),
            end: index(end),
            words: words[at + 1..end].iter().sum(),
            found_by: "number".into(),
        });
    front.into_iter().chain(headed).collect()
}

fn heading(unit: &wit::Unit, line: &str) -> Option<(&'static str, String)> {
    let folded = Folded::new(line);
    let number = line
        .trim_start_matches("AC ")
        .split_whitespace()
        .next()
        .unwrap_or("");
    for criterion in unit.criteria() {
        let wording = Folded::new(&criterion.wording);
        if number == criterion.id || folded.as_str() == wording.as_str() {
            return Some(("criterion", criterion.id.clone()));
        }
    }
    for outcome in &unit.outcomes {
        let mut titles = outcome.aliases.iter().chain([&outcome.title]);
        let section = format!("section{}", outcome.id);
        if titles.any(|title| Folded::new(title).as_str() == folded.as_str())
            || folded.as_str() == section
        {
            return Some(("outcome", outcome.id.clone()));
        }
    }
    match folded.as_str() {
        "references" => Some(("references", String::new())),
        text if text.starts_with("bysubmittingiconfirm") => Some(("declaration", String::new())),
        _ => None,
    }
}

fn index(number: usize) -> u32 {
    u32::try_from(number).expect("a document has at most 4 MiB")
}
