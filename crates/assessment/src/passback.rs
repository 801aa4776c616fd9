//! What the course's gradebook is to hear, and how far it got.

use chrono::Duration;
use serde::{Deserialize, Serialize};

use crate::sheet::GradebookEntry;

/// What the platform is to hear of a submission. After a mark there are only
/// marks: anything else could clear it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Message {
    /// It was handed in, and people have to mark it.
    HandedIn,
    /// A referral was released, which has no number in the gradebook.
    Referred,
    /// The mark that was released.
    Mark(GradebookEntry),
}

impl Message {
    /// The word for the message in logs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::HandedIn => "handed-in",
            Self::Referred => "referred",
            Self::Mark(_) => "mark",
        }
    }

    /// The mark, where it is one.
    pub fn mark(&self) -> Option<&GradebookEntry> {
        match self {
            Self::Mark(entry) => Some(entry),
            Self::HandedIn | Self::Referred => None,
        }
    }
}

/// How far a message got on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// It waits for its next try.
    Waiting,
    /// The platform took it.
    Delivered,
    /// The platform refused it for good; staff are told why and what to do.
    Failed,
    /// It is no longer true, or could clear a grade, so it is not sent.
    Dropped,
}

impl Delivery {
    /// The word that is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }

    /// The state that a stored word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Delivered, Self::Failed, Self::Dropped]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// Why a platform does not take a message, where it is something that people
/// can set right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The person is no learner in the course, or not any more.
    NotGradable,
    /// The column of the gradebook is locked.
    Locked,
    /// The course has ended.
    Concluded,
    /// The activity is not published yet.
    NotPublished,
    /// The gradebook shows another grade, which somebody entered there.
    Overridden,
    /// The learner has no attempt left on the platform.
    NoAttemptsLeft,
    /// The platform does not allow the tool to send grades.
    NotPermitted,
    /// The tool was taken out of the course.
    ToolRemoved,
    /// The gradebook has no column for the activity, or several.
    NoColumn,
}

impl Reason {
    const ALL: [Self; 9] = [
        Self::NotGradable,
        Self::Locked,
        Self::Concluded,
        Self::NotPublished,
        Self::Overridden,
        Self::NoAttemptsLeft,
        Self::NotPermitted,
        Self::ToolRemoved,
        Self::NoColumn,
    ];

    /// The word that is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::NotGradable => "not-gradable",
            Self::Locked => "locked",
            Self::Concluded => "concluded",
            Self::NotPublished => "not-published",
            Self::Overridden => "overridden",
            Self::NoAttemptsLeft => "no-attempts-left",
            Self::NotPermitted => "not-permitted",
            Self::ToolRemoved => "tool-removed",
            Self::NoColumn => "no-column",
        }
    }

    /// The reason that a stored word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// How long to wait before try number `attempt` (from 1): five seconds, doubled
/// each time, at most six hours; and never less than the platform asked for.
pub fn delay(attempt: u32, retry_after: Option<Duration>) -> Duration {
    let own =
        Duration::seconds(5 * (1_i64 << attempt.saturating_sub(1).min(13))).min(Duration::hours(6));
    retry_after.map_or(own, |asked| own.max(asked.min(Duration::hours(24))))
}
