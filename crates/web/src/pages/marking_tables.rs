//! Tables on the marking page: the overview, counted time, and rows.

use assessment::finding::Finding;
use serde::Serialize;

use super::table::sample_total;
use super::{Labelled, Letter, Matrix, MatrixCell, MatrixRow, Total};

/// What a page shows first where the work has a matrix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// Who has what.
    pub matrix: Matrix,
    /// Time that the checks counted.
    pub time: Vec<CountedTime>,
    /// How much there is to look at in each criterion, in the unit's order.
    pub look: Vec<LookThere>,
}

/// How much there is to look at in a criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LookThere {
    /// The criterion: id and short name.
    pub criterion: Labelled,
    /// How many findings want a look.
    pub count: usize,
}

/// Time that the checks counted for a criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CountedTime {
    /// The criterion.
    pub criterion: String,
    /// The count.
    pub total: Total,
    /// What else the criterion asks for that can be counted.
    pub beside: Vec<Measured>,
}

/// Something else that was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// What it is.
    pub title: String,
    /// Status of the finding.
    pub status: String,
    /// `2 of at least 3 clients`.
    pub words: String,
}

impl Measured {
    /// What a finding counted against what is asked for; none where it did not.
    pub fn of(finding: &Finding, title: &str) -> Option<Self> {
        let measure = finding.measure.as_ref()?;
        let wanted = measure.wanted?;
        let words = format!("{} of at least {wanted} {}", measure.counted, measure.unit);
        Some(Self {
            title: title.to_owned(),
            status: finding.status.clone(),
            words: words.trim_end().to_owned(),
        })
    }
}

/// Rows of a table that findings on a criterion point at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceTable {
    /// The slot that the table fills.
    pub slot: String,
    /// The slot's title.
    pub title: String,
    /// Headings of the columns with little in them.
    pub columns: Vec<String>,
    /// Titles of the longer texts, which stand below each other.
    pub texts: Vec<String>,
    /// The rows that are shown.
    pub rows: Vec<EvidenceRow>,
    /// How many more rows findings point at.
    pub more: usize,
    /// How many rows the table has.
    pub all_rows: u32,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceRow {
    /// Its number as people see it in the file.
    pub number: u32,
    /// Its cells, one for each column.
    pub cells: Vec<EvidenceCell>,
    /// Its longer texts, one for each title.
    pub texts: Vec<EvidenceCell>,
    /// Ids of findings' first rows that this row is.
    pub places: Vec<String>,
    /// Why it is shown.
    pub reasons: Vec<RowReason>,
}

/// A cell of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EvidenceCell {
    /// Its text; may be empty.
    pub text: String,
    /// Whether a finding points at this very cell.
    pub pointed_at: bool,
}

/// Why a row is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowReason {
    /// The finding's letter.
    pub letter: Letter,
    /// What the finding is about.
    pub title: String,
    /// Whether it wants a look.
    pub look: bool,
}

pub(super) fn sample_overview() -> Overview {
    let cell = |state: &str, words: &str, more: &str, criterion: &str| MatrixCell {
        state: state.to_owned(),
        words: words.to_owned(),
        more: more.to_owned(),
        criterion: criterion.to_owned(),
    };
    Overview {
        matrix: Matrix {
            title: "Clients at a glance".to_owned(),
            head: ["Client", "Sessions", "Plan", "Feedback"]
                .map(str::to_owned)
                .to_vec(),
            rows: vec![
                MatrixRow {
                    name: "Client A".to_owned(),
                    cells: vec![
                        cell("found", "11", "20 h 45 min", "2.3"),
                        cell("found", "26 January 2026", "", "1.1"),
                        cell("not-applicable", "Waived", "", ""),
                    ],
                },
                MatrixRow {
                    name: "Client <C>".to_owned(),
                    cells: vec![
                        cell("not-found", "1", "0 min", "2.3"),
                        cell("look", "still open", "", "1.1"),
                        cell("not-found", "–", "", ""),
                    ],
                },
            ],
        },
        time: vec![sample_time()],
        look: [("1.1", "The role of a mentor", 2), ("1.2", "Qualities", 0)]
            .map(|(id, title, count)| LookThere {
                criterion: Labelled::new(id, title),
                count,
            })
            .to_vec(),
    }
}

pub(super) fn sample_time() -> CountedTime {
    CountedTime {
        criterion: "2.3".to_owned(),
        total: sample_total(),
        beside: vec![Measured {
            title: "Clients with time".to_owned(),
            status: "not-found".to_owned(),
            words: "2 of at least 3 clients".to_owned(),
        }],
    }
}

pub(super) fn sample_rows(criterion: &str) -> EvidenceTable {
    let cell = |text: &str| EvidenceCell {
        text: text.to_owned(),
        pointed_at: false,
    };
    let reason = |look: bool| RowReason {
        letter: Letter {
            letter: "X".to_owned(),
            status: if look { "look" } else { "found" }.to_owned(),
            finding: format!("f-{criterion}-X"),
        },
        title: "Sessions that overlap".to_owned(),
        look,
    };
    EvidenceTable {
        slot: "diary".to_owned(),
        title: "Mentoring diary".to_owned(),
        columns: ["Date", "Client", "Minutes"].map(str::to_owned).to_vec(),
        texts: vec!["What happened".to_owned()],
        rows: vec![
            EvidenceRow {
                number: 10,
                cells: vec![
                    cell("2 Mar 2026"),
                    cell("Client A"),
                    EvidenceCell {
                        text: String::new(),
                        pointed_at: true,
                    },
                ],
                texts: vec![cell(
                    "Long talk about wanting to run the finishing section.",
                )],
                places: vec![format!("r-{criterion}-X")],
                reasons: vec![reason(true)],
            },
            EvidenceRow {
                number: 12,
                cells: ["4 Mar 2026", "Client B", "60"].map(cell).to_vec(),
                texts: vec![cell("")],
                places: Vec::new(),
                reasons: vec![reason(false)],
            },
        ],
        more: 3,
        all_rows: 24,
    }
}
