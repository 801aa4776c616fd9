//! What a check saw. A finding advises; it carries no mark.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::evidence::Document;
use crate::unit::Entry;

/// The rule under which every unit points at personal details, by agreement of
/// all plugins: its places are masked on assessors' pages.
pub const PERSONAL_DATA: &str = "personal-data";
/// What stands in place of a personal detail wherever it is masked.
pub const MASK: &str = "[personal detail]";

/// One thing that was looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Id of the rule.
    pub rule: String,
    /// The criterion; none for the whole submission.
    pub criterion: Option<String>,
    /// `found`, `look`, `not-found`, `not-applicable` or `info`; what is not
    /// known counts as `look`.
    pub status: String,
    /// For the assessor.
    pub message: String,
    /// For the learner; none where they do not see it.
    pub learner_message: Option<String>,
    /// Who asks for it: the awarding body's code, `centre` or `heuristic`.
    pub source: String,
    /// What was counted.
    pub measure: Option<Measure>,
    /// Where it was seen.
    pub places: Vec<Place>,
    /// More.
    pub details: Vec<Entry>,
}

/// A count and its threshold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What was counted.
    pub counted: f64,
    /// What is wanted.
    pub wanted: Option<f64>,
    /// What it counts, for people.
    pub unit: String,
    /// Id of the setting that the threshold is.
    pub setting: Option<String>,
}

/// A place in the evidence. An empty range at 0 means all of the item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The slot.
    pub slot: String,
    /// Which of the slot's documents or tables, from 0.
    pub item: u32,
    /// Byte offset in a document's text, or a row.
    pub start: u32,
    /// End, not included.
    pub end: u32,
    /// Column, to point at cells.
    pub column: Option<String>,
}

/// What came of running the checks once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CheckReport {
    /// Findings in the order of the page.
    pub findings: Vec<Finding>,
    /// What could not be read or run. Such a failure is a notice for the
    /// assessor and never stops a learner.
    pub failures: Vec<CheckFailure>,
}

impl CheckReport {
    /// Whether the unit's checks ran; a file that could not be read keeps none of
    /// them from running.
    pub fn checks_ran(&self) -> bool {
        self.failures.iter().all(|failure| failure.stage != "check")
    }

    /// For each finding a name by which it is known in other reports too: what
    /// an assessor thinks of it holds for as long as rule, criterion, status,
    /// words and the text that it points at are the same, wherever that text
    /// stands by then. Findings that are alike in all this are counted.
    pub fn keys(&self, documents: &[Document]) -> Vec<String> {
        let mut seen = BTreeMap::<String, u32>::new();
        self.findings
            .iter()
            .map(|finding| {
                let digest = finding.digest(documents);
                let count = seen.entry(digest.clone()).or_default();
                *count += 1;
                format!("{digest}-{count}")
            })
            .collect()
    }

    /// The places that a unit calls personal details, in documents and in cells
    /// of tables.
    pub fn personal_data(&self) -> impl Iterator<Item = &Place> {
        self.findings
            .iter()
            .filter(|finding| finding.rule == PERSONAL_DATA)
            .flat_map(|finding| &finding.places)
    }
}

impl Finding {
    fn digest(&self, documents: &[Document]) -> String {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(text.as_bytes());
        };
        add(&self.rule);
        add(self.criterion.as_deref().unwrap_or_default());
        add(&self.status);
        add(&self.message);
        for place in &self.places {
            match place.text(documents) {
                Some(text) => add(text),
                None => add(&format!("{place:?}")),
            }
        }
        format!("{:x}", hash.finalize())
    }
}

impl Place {
    /// Whether it is a range in this document.
    pub fn is_in(&self, document: &Document) -> bool {
        self.column.is_none() && self.slot == document.slot && self.item == document.item
    }

    /// The text of a place in one of these documents; none for all of a
    /// document and for rows of a table.
    pub fn text<'a>(&self, documents: &'a [Document]) -> Option<&'a str> {
        let document = documents.iter().find(|document| self.is_in(document))?;
        if self.end <= self.start {
            return None;
        }
        document
            .read
            .text
            .get(self.start as usize..self.end as usize)
    }
}

/// Something that kept a check from running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckFailure {
    /// `read` or `check`.
    pub stage: String,
    /// Code.
    pub code: String,
    /// One sentence for the assessor.
    pub message: String,
}
