//! The mark sheet, and the outcome that a unit's plugin works out from it. The
//! host holds the plugin to the rules that every awarding body shares.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::unit::{Entry, Unit};

/// What the assessor put down for a criterion.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value", rename_all = "kebab-case")]
pub enum Award {
    /// Nothing yet. Not a zero.
    #[default]
    Undecided,
    /// Marks, in parts.
    Marks(u32),
    /// `pass` or `referral`.
    Decision(String),
}

/// The assessor's sheet as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// `marks` or `pass-referral`.
    pub mode: String,
    /// One entry for each criterion, in the unit's order.
    pub entries: Vec<SheetEntry>,
}

/// A criterion's line on the sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetEntry {
    /// The criterion's id.
    pub criterion: String,
    /// Most marks, in parts.
    pub maximum: u32,
    /// Fewest marks that meet it, in parts.
    pub minimum: u32,
    /// What the assessor put down.
    pub award: Award,
    /// Feedback to the learner.
    #[serde(default)]
    pub feedback: String,
    /// Code of the closest descriptor; stored beside the mark, never sets it.
    #[serde(default)]
    pub band: String,
}

/// The result of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every criterion is met.
    Pass,
    /// At least one is not: "not yet", never "fail".
    Referral,
    /// The sheet is not finished; it cannot be signed.
    Incomplete,
}

impl Verdict {
    /// The word that is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Referral => "referral",
            Self::Incomplete => "incomplete",
        }
    }
}

/// What a sheet comes to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The result.
    pub verdict: Verdict,
    /// A finer grade as printed; may be empty.
    pub label: String,
    /// Sum of the marks, in parts.
    pub total: Option<u32>,
    /// What the sum could be, in parts.
    pub maximum: Option<u32>,
    /// One for each entry of the sheet, in its order.
    pub criteria: Vec<CriterionOutcome>,
    /// Why, in sentences.
    pub reasons: Vec<String>,
    /// More.
    pub details: Vec<Entry>,
}

impl Outcome {
    /// Percentage of the marks, rounded down, so that nobody is told of a mark
    /// that they did not get. None without marks.
    pub fn percent(&self) -> Option<u32> {
        let (total, maximum) = self.total.zip(self.maximum)?;
        (maximum > 0)
            .then(|| u32::try_from(u64::from(total) * 100 / u64::from(maximum)).unwrap_or(0))
    }
}

/// Whether a criterion is met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CriterionOutcome {
    /// The criterion's id.
    pub criterion: String,
    /// None while it is undecided.
    pub met: Option<bool>,
}

/// What the course's gradebook gets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GradebookEntry {
    /// The score, from 0.
    pub score: f64,
    /// What it is out of; more than 0.
    pub maximum: f64,
    /// What the learner reads beside it.
    pub comment: String,
}

/// How a plugin's outcome breaks the rules that the host holds it to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutcomeError {
    /// The criteria are not those of the sheet, in its order.
    #[error("the outcome does not list the sheet's criteria in order")]
    OtherCriteria,
    /// A criterion below its minimum counts as met, or the reverse.
    #[error("the outcome contradicts the sheet on criterion {0}")]
    Contradicts(String),
    /// The verdict does not follow from the criteria.
    #[error("the verdict `{0}` does not follow from the criteria")]
    Verdict(&'static str),
    /// The total is not the sum of the marks, or the maximum not the sum of the maxima.
    #[error("the total or the maximum is not the sum of what stands on the sheet")]
    Total,
}

impl Sheet {
    /// An empty sheet of the unit's default mode.
    pub fn empty(unit: &Unit) -> Self {
        Self {
            mode: unit.sheet.modes.first().cloned().unwrap_or_default(),
            entries: unit
                .criteria()
                .map(|criterion| SheetEntry {
                    criterion: criterion.id.clone(),
                    maximum: criterion.maximum,
                    minimum: criterion.minimum,
                    award: Award::Undecided,
                    feedback: String::new(),
                    band: String::new(),
                })
                .collect(),
        }
    }

    /// The line of this criterion.
    pub fn entry(&self, criterion: &str) -> Option<&SheetEntry> {
        self.entries
            .iter()
            .find(|entry| entry.criterion == criterion)
    }

    /// SHA-256 of the sheet in hexadecimal, which a signature names.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
            hash.update(text.as_bytes());
        };
        add(&self.mode);
        for entry in &self.entries {
            add(&entry.criterion);
            add(&format!(
                "{} {} {:?}",
                entry.maximum, entry.minimum, entry.award
            ));
            add(&entry.feedback);
            add(&entry.band);
        }
        format!("{:x}", hash.finalize())
    }

    /// Holds a plugin's outcome to the sheet: a pass only with every criterion
    /// met, incomplete as long as one is undecided, each criterion met exactly
    /// where its marks reach the minimum, the total the sum of the marks.
    ///
    /// # Errors
    /// The first [`OutcomeError`] found.
    pub fn holds(&self, outcome: &Outcome) -> Result<(), OutcomeError> {
        if self.entries.len() != outcome.criteria.len() {
            return Err(OutcomeError::OtherCriteria);
        }
        let (mut marks, mut most) = (0_u64, 0_u64);
        for (entry, criterion) in self.entries.iter().zip(&outcome.criteria) {
            if entry.criterion != criterion.criterion {
                return Err(OutcomeError::OtherCriteria);
            }
            let met = match &entry.award {
                Award::Undecided => None,
                Award::Marks(awarded) => {
                    marks += u64::from(*awarded);
                    Some(*awarded >= entry.minimum)
                }
                Award::Decision(decision) => Some(decision == "pass"),
            };
            most += u64::from(entry.maximum);
            if met != criterion.met {
                return Err(OutcomeError::Contradicts(entry.criterion.clone()));
            }
        }
        let expected = if outcome
            .criteria
            .iter()
            .any(|criterion| criterion.met.is_none())
        {
            Verdict::Incomplete
        } else if outcome
            .criteria
            .iter()
            .all(|criterion| criterion.met == Some(true))
        {
            Verdict::Pass
        } else {
            Verdict::Referral
        };
        if outcome.verdict != expected {
            return Err(OutcomeError::Verdict(outcome.verdict.word()));
        }
        let is_sum =
            |number: Option<u32>, sum: u64| number.is_none_or(|number| u64::from(number) == sum);
        if !is_sum(outcome.total, marks) || !is_sum(outcome.maximum, most) {
            return Err(OutcomeError::Total);
        }
        Ok(())
    }
}

/// Why the sheet cannot be signed yet, each with the criterion it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Obstacle {
    /// Nothing is put down for the criterion.
    NotMarked {
        /// The criterion's id.
        criterion: String,
    },
    /// A referred criterion needs words that say what to work on.
    NoFeedback {
        /// The criterion's id.
        criterion: String,
    },
}

/// What stands between the sheet and a signature, in the unit's order.
pub fn obstacles(sheet: &Sheet, outcome: &Outcome) -> Vec<Obstacle> {
    sheet
        .entries
        .iter()
        .zip(&outcome.criteria)
        .filter_map(|(entry, criterion)| match criterion.met {
            None => Some(Obstacle::NotMarked {
                criterion: entry.criterion.clone(),
            }),
            Some(false) if entry.feedback.trim().is_empty() => Some(Obstacle::NoFeedback {
                criterion: entry.criterion.clone(),
            }),
            _ => None,
        })
        .collect()
}
