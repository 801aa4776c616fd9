//! What a check saw. A finding advises; it carries no mark.

use serde::{Deserialize, Serialize};

use crate::unit::Entry;

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
