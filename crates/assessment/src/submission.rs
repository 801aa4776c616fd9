//! The life of a submission. States are left only through the transitions here.

use serde::{Deserialize, Serialize};

use crate::sheet::Verdict;

/// Where a submission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// The learner prepares it; only they see it.
    Draft,
    /// Handed in and frozen.
    Submitted,
    /// The checks have run, or could not.
    Checked,
    /// An assessor has begun.
    InAssessment,
    /// Signed.
    Assessed,
    /// Quality assurance is done or not asked for.
    Confirmed,
    /// Released as a referral; another submission is open.
    ResubmissionOpen,
    /// Released as a pass.
    Achieved,
    /// Released as a referral, with no submission left.
    ClosedNotAchieved,
}

/// What can happen to a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// The learner hands it in.
    Submit,
    /// The checks are done.
    Check,
    /// The learner takes it back.
    TakeBack,
    /// An assessor begins.
    StartMarking,
    /// The assessor signs.
    Sign,
    /// The assessor takes the signature back.
    Reopen,
    /// Quality assurance lets it through.
    Confirm,
    /// It is released with this verdict, with so many submissions left.
    Release(Verdict, u32),
}

/// A step that the state does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a submission that is `{}` cannot go through `{transition:?}`", state.word())]
pub struct InvalidTransition {
    /// The state it is in.
    pub state: State,
    /// What was asked for.
    pub transition: Transition,
}

impl State {
    /// All states.
    pub const ALL: [Self; 9] = [
        Self::Draft,
        Self::Submitted,
        Self::Checked,
        Self::InAssessment,
        Self::Assessed,
        Self::Confirmed,
        Self::ResubmissionOpen,
        Self::Achieved,
        Self::ClosedNotAchieved,
    ];

    /// The word that is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Submitted => "submitted",
            Self::Checked => "checked",
            Self::InAssessment => "in-assessment",
            Self::Assessed => "assessed",
            Self::Confirmed => "confirmed",
            Self::ResubmissionOpen => "resubmission-open",
            Self::Achieved => "achieved",
            Self::ClosedNotAchieved => "closed-not-achieved",
        }
    }

    /// The state that a stored word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether the learner may see grade and feedback.
    pub fn is_released(self) -> bool {
        matches!(
            self,
            Self::ResubmissionOpen | Self::Achieved | Self::ClosedNotAchieved
        )
    }

    /// Whether an assessor may see and mark it.
    pub fn is_with_assessor(self) -> bool {
        !matches!(self, Self::Draft)
    }

    /// Whether marks may be changed.
    pub fn is_markable(self) -> bool {
        matches!(self, Self::Submitted | Self::Checked | Self::InAssessment)
    }

    /// The state after `transition`.
    ///
    /// # Errors
    /// [`InvalidTransition`] where the state does not allow it.
    pub fn after(self, transition: Transition) -> Result<Self, InvalidTransition> {
        use Transition as T;
        match (self, transition) {
            (Self::Draft, T::Submit) => Ok(Self::Submitted),
            (Self::Submitted, T::Check) => Ok(Self::Checked),
            (Self::Submitted | Self::Checked, T::TakeBack) => Ok(Self::Draft),
            (Self::Submitted | Self::Checked, T::StartMarking) | (Self::Assessed, T::Reopen) => {
                Ok(Self::InAssessment)
            }
            (Self::InAssessment, T::Sign) => Ok(Self::Assessed),
            (Self::Assessed, T::Confirm) => Ok(Self::Confirmed),
            (Self::Confirmed, T::Release(Verdict::Pass, _)) => Ok(Self::Achieved),
            (Self::Confirmed, T::Release(Verdict::Referral, 0)) => Ok(Self::ClosedNotAchieved),
            (Self::Confirmed, T::Release(Verdict::Referral, _)) => Ok(Self::ResubmissionOpen),
            (state, transition) => Err(InvalidTransition { state, transition }),
        }
    }
}
