//! Copies of a learner's text for somebody outside the centre, without what
//! tells who people are. Nothing is taken out of the work itself.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::ops::Range;
use std::sync::LazyLock;

use assessment::evidence::{Document, Table};
use assessment::finding::{CheckReport, MASK};
use assessment::people::shown_name;
use regex::Regex;
use storage::courses::PersonRecord;

use crate::marking::CheckedSubmission;
use crate::table::read_rows;
use crate::visit::Visit;
use crate::{App, Problem};

/// What is taken out wherever it stands, and what stands there instead. The
/// patterns are our heuristic for British addresses and numbers; staff see each
/// place before a copy is made and add what was missed.
const PATTERNS: [(&str, &str); 5] = [
    (
        "[e-mail address]",
        r"[\p{L}\d._%+'-]+@[\p{L}\d-]+(?:\.[\p{L}\d-]+)+",
    ),
    (
        "[telephone number]",
        r"\+\d{1,3}(?:[ \u{a0}().-]{0,2}\d){7,12}\b",
    ),
    (
        "[telephone number]",
        r"\(?\b0\d(?:[ \u{a0}().-]{0,2}\d){7,9}\b",
    ),
    (
        "[National Insurance number]",
        r"(?i)\b[a-ceghj-prtw-z][a-ceghj-nprtw-z] ?\d{2} ?\d{2} ?\d{2} ?[a-d]\b",
    ),
    (
        "[postcode]",
        r"(?i)\b(?:gir ?0aa|[a-z]{1,2}\d[a-z\d]? ?\d[abd-hjlnp-uw-z]{2})\b",
    ),
];
/// What stands for a word that staff named.
const NAME: &str = "[name]";
/// What stands for the learner.
const LEARNER: &str = "Learner 1";
/// A part of the learner's name that is shorter is as likely another word.
const SHORTEST_NAME: usize = 3;
/// The longest word or name that staff can add, in characters.
const LONGEST_WORD: usize = 100;

/// A copy of a submission's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedactedCopy {
    /// What stands for the learner.
    pub learner: &'static str,
    /// The documents, then the tables, each with a title that tells nothing.
    pub documents: Vec<RedactedDocument>,
    /// The words that staff named.
    pub words: Vec<String>,
}

/// A document of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedactedDocument {
    /// `Part 1`.
    pub title: String,
    /// Its blocks or rows.
    pub blocks: Vec<Block>,
}

/// A block or row of a copy, in pieces.
pub type Block = Vec<RedactedPiece>;

/// A run of text in a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedactedPiece {
    /// The text as it goes out.
    pub text: String,
    /// Whether it stands for something that was taken out.
    pub taken: bool,
}

/// Who a copy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The awarding body, to train and compare assessors.
    AwardingBody,
    /// External quality assurance, or an appeal.
    Review,
}

impl Purpose {
    /// The purpose that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "awarding-body" => Some(Self::AwardingBody),
            "review" => Some(Self::Review),
            _ => None,
        }
    }

    /// The word that is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::AwardingBody => "awarding-body",
            Self::Review => "review",
        }
    }
}

impl RedactedCopy {
    /// How many places are taken out.
    pub fn places(&self) -> usize {
        self.pieces().filter(|piece| piece.taken).count()
    }

    /// All pieces in order.
    pub fn pieces(&self) -> impl Iterator<Item = &RedactedPiece> {
        self.documents
            .iter()
            .flat_map(|document| &document.blocks)
            .flatten()
    }

    /// The copy as plain text.
    pub fn text(&self, heading: &str) -> String {
        let mut text = format!("{heading}\n{}\n", self.learner);
        for document in &self.documents {
            // Writing to a text cannot fail.
            writeln!(text, "\n\n{}", document.title).ok();
            for block in &document.blocks {
                let block: String = block.iter().map(|piece| piece.text.as_str()).collect();
                writeln!(text, "\n{}", block.replace('\u{2028}', "\n")).ok();
            }
        }
        text
    }
}

/// The copy as it would be made now.
///
/// # Errors
/// [`Problem::NotAllowed`] for anybody but an assessor.
pub async fn preview(
    app: &App,
    visit: &Visit,
    checked: &CheckedSubmission,
) -> Result<RedactedCopy, Problem> {
    visit.assessor()?;
    let mut work = app.storage.read().await?;
    let words = work.redacted_words(checked.submission.id).await?;
    let report = checked.check.as_ref().map(|check| &check.report);
    let finder = Finder::new(&checked.learner, &words);
    let documents = checked
        .files
        .iter()
        .filter_map(|file| file.document.as_ref())
        .map(|document| finder.document(document, report));
    let tables = checked
        .tables
        .iter()
        .filter_map(|table| Some((checked.unit.slot(&table.slot)?, table)))
        .map(|(slot, table)| finder.table(&read_rows(slot, &table.rows).table, report));
    // A title tells nothing, for names of files often hold the learner's.
    let documents = documents
        .chain(tables)
        .enumerate()
        .map(|(at, blocks)| RedactedDocument {
            title: format!("Part {}", at + 1),
            blocks,
        })
        .collect();
    Ok(RedactedCopy {
        learner: LEARNER,
        documents,
        words,
    })
}

/// Keeps a word that is to be taken out wherever it stands, or lets it stand
/// again.
///
/// # Errors
/// [`Problem::Invalid`] for an empty word or one that is no word.
pub async fn set_word(
    app: &App,
    visit: &Visit,
    checked: &CheckedSubmission,
    typed: &str,
    redacted: bool,
) -> Result<(), Problem> {
    let actor = visit.assessor()?;
    let name = typed.trim();
    if name.is_empty() || name.chars().count() > LONGEST_WORD || name.contains(char::is_control) {
        return Err(Problem::Invalid(
            "Type a name or word of at most 100 characters.".to_owned(),
        ));
    }
    let mut work = app.storage.write().await?;
    let submission = checked.submission.id;
    if redacted {
        work.add_redacted_word(submission, name, actor.person, app.now())
            .await?;
    } else {
        work.remove_redacted_word(submission, name).await?;
    }
    // The word itself is a name, and names do not belong into the history.
    let kind = if redacted {
        "redacted-word-added"
    } else {
        "redacted-word-removed"
    };
    app.remember(work.as_mut(), actor, submission, kind, "")
        .await?;
    work.save().await?;
    Ok(())
}

/// Makes a copy, and writes down who made it for whom.
///
/// # Errors
/// [`Problem::NotNow`] where the learner refused this use.
pub async fn make(
    app: &App,
    visit: &Visit,
    checked: &CheckedSubmission,
    purpose: Purpose,
) -> Result<RedactedCopy, Problem> {
    let actor = visit.assessor()?;
    if purpose == Purpose::AwardingBody && checked.submission.refuses_script_use {
        return Err(Problem::NotNow(
            "The learner does not let the awarding body use this work to train and compare assessors, so there is no copy for that."
                .to_owned(),
        ));
    }
    let copy = preview(app, visit, checked).await?;
    let mut work = app.storage.write().await?;
    app.remember(
        work.as_mut(),
        actor,
        checked.submission.id,
        "redacted-copy-made",
        &format!("{}, {} places", purpose.word(), copy.places()),
    )
    .await?;
    work.save().await?;
    Ok(copy)
}

/// A range that is taken out, and what stands there instead.
pub(crate) type Taken = (Range<usize>, &'static str);

/// Finds what is to be taken out.
struct Finder {
    patterns: Vec<(&'static str, Regex)>,
}

static ALWAYS: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    PATTERNS
        .iter()
        .filter_map(|(label, pattern)| Some((*label, Regex::new(pattern).ok()?)))
        .collect()
});

impl Finder {
    fn new(learner: &PersonRecord, words: &[String]) -> Self {
        let whole = shown_name(&learner.name, &learner.subject);
        let mut patterns = Vec::new();
        let mut add = |label, options: &str, word: &str| {
            // Around a letter the word ends; around a sign it may go on.
            let edge = |letter: Option<char>| {
                if letter.is_some_and(char::is_alphanumeric) {
                    r"\b"
                } else {
                    ""
                }
            };
            let parts: Vec<String> = word.split_whitespace().map(regex::escape).collect();
            let pattern = format!(
                "{options}{}{}{}",
                edge(word.chars().next()),
                parts.join(r"\s+"),
                edge(word.chars().last())
            );
            patterns.extend(Regex::new(&pattern).ok().map(|pattern| (label, pattern)));
        };
        for word in words {
            add(NAME, "(?i)", word);
        }
        add(LEARNER, "(?i)", &whole);
        // Parts of a name are words too (Will, May), so their capitals count.
        for part in whole
            .split_whitespace()
            .filter(|part| part.chars().filter(|c| c.is_alphabetic()).count() >= SHORTEST_NAME)
        {
            add(LEARNER, "", part);
        }
        Self { patterns }
    }

    /// What the patterns find in a text.
    fn find(&self, text: &str) -> Vec<Taken> {
        let found = ALWAYS.iter().chain(&self.patterns);
        found
            .flat_map(|(label, pattern)| {
                pattern.find_iter(text).map(|found| (found.range(), *label))
            })
            .collect()
    }

    fn document(&self, document: &Document, report: Option<&CheckReport>) -> Vec<Block> {
        let text = &document.read.text;
        let mut taken = self.find(text);
        taken.extend(personal_details(document, report));
        let taken = merged(taken);
        (0..document.len())
            .filter(|&block| !document.block(block).trim().is_empty())
            .map(|block| {
                let block = document.start[block] as usize..document.end[block] as usize;
                pieces(text, block, &taken)
            })
            .collect()
    }

    /// A row as a block: `Date: 2 Feb 26; Client: Client A`.
    fn table(&self, table: &Table, report: Option<&CheckReport>) -> Vec<Block> {
        let personal: BTreeSet<(&str, u32)> = report
            .into_iter()
            .flat_map(CheckReport::personal_data)
            .filter(|place| place.slot == table.slot && place.item == table.item)
            .filter_map(|place| Some((place.column.as_deref()?, place)))
            .flat_map(|(column, place)| (place.start..place.end).map(move |row| (column, row)))
            .collect();
        let mut rows: Vec<Block> = vec![Vec::new(); table.row_count as usize];
        for column in &table.columns {
            let cells = if column.written.is_empty() {
                &column.cells
            } else {
                &column.written
            };
            for ((row, at), cell) in rows.iter_mut().zip(0_u32..).zip(cells.split('\n')) {
                if cell.is_empty() {
                    continue;
                }
                let before = if row.is_empty() { "" } else { "; " };
                row.push(RedactedPiece {
                    text: format!("{before}{}: ", column.title),
                    taken: false,
                });
                let taken = if personal.contains(&(column.id.as_str(), at)) {
                    vec![(0..cell.len(), MASK)]
                } else {
                    self.find(cell)
                };
                row.extend(pieces(cell, 0..cell.len(), &merged(taken)));
            }
        }
        rows
    }
}

/// The places in a document's text that its unit calls personal details.
pub(crate) fn personal_details<'r>(
    document: &'r Document,
    report: Option<&'r CheckReport>,
) -> impl Iterator<Item = Taken> + 'r {
    let text = &document.read.text;
    report
        .into_iter()
        .flat_map(CheckReport::personal_data)
        .filter(|place| place.is_in(document))
        .map(|place| {
            let start = text.floor_char_boundary(place.start as usize);
            let end = text.ceil_char_boundary(place.end as usize);
            (start..end, MASK)
        })
}

/// Ranges in order without overlaps. Of two that overlap the first names what
/// both are.
pub(crate) fn merged(mut ranges: Vec<Taken>) -> Vec<Taken> {
    ranges.retain(|(range, _)| range.start < range.end);
    // The sort is stable, so of two that begin together the pattern's name counts.
    ranges.sort_by_key(|(range, _)| range.start);
    let mut merged: Vec<Taken> = Vec::new();
    for (range, label) in ranges {
        match merged.last_mut() {
            Some((last, _)) if range.start < last.end => last.end = last.end.max(range.end),
            _ => merged.push((range, label)),
        }
    }
    merged
}

/// A block in pieces; what goes over its end goes on in the next.
pub(crate) fn pieces(text: &str, block: Range<usize>, ranges: &[Taken]) -> Block {
    let mut pieces = Vec::new();
    let mut at = block.start;
    let kept = |range: Range<usize>| RedactedPiece {
        text: text[range].to_owned(),
        taken: false,
    };
    let first = ranges.partition_point(|(range, _)| range.end <= block.start);
    for (range, label) in ranges[first..]
        .iter()
        .take_while(|(range, _)| range.start < block.end)
    {
        let (start, end) = (range.start.max(at), range.end.min(block.end));
        if start > at {
            pieces.push(kept(at..start));
        }
        pieces.push(RedactedPiece {
            text: (*label).to_owned(),
            taken: true,
        });
        at = end;
    }
    if at < block.end {
        pieces.push(kept(at..block.end));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(text: &str) -> String {
        let ranges = ALWAYS
            .iter()
            .flat_map(|(label, pattern)| {
                pattern.find_iter(text).map(|found| (found.range(), *label))
            })
            .collect();
        let pieces = pieces(text, 0..text.len(), &merged(ranges));
        pieces.into_iter().map(|piece| piece.text).collect()
    }

    #[test]
    fn addresses_and_numbers_as_people_write_them() {
        assert_eq!(ALWAYS.len(), PATTERNS.len(), "every pattern is one");
        for (label, written) in [
            ("[e-mail address]", "tutor.example@example.org"),
            ("[e-mail address]", "o'neil+work@mail.example.co.uk"),
            ("[telephone number]", "01632 960 417"),
            ("[telephone number]", "(01632) 960417"),
            ("[telephone number]", "07700900123"),
            ("[telephone number]", "+44 (0)7700 900 123"),
            ("[telephone number]", "020 7946 0018"),
            ("[National Insurance number]", "AB 12 34 56 C"),
            ("[postcode]", "SW1A 1AA"),
            ("[postcode]", "m1 1ae"),
        ] {
            assert_eq!(
                redacted(&format!("before {written} after")),
                format!("before {label} after")
            );
        }
        for kept in [
            "2,160 minutes in 24 sessions",
            "on 10/07/2026 at 09:05",
            "unit 8577-304",
            "A1 and B12",
            "35 h 59 min",
            "the 1st and 2nd of May 2026",
            "@home",
        ] {
            assert_eq!(redacted(kept), kept);
        }
    }
}
