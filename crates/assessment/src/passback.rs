//! What the course's gradebook is to hear, and how far it got.

use chrono::Duration;
use serde::{Deserialize, Serialize};

/// How far a grade got on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// It waits for its next try.
    Waiting,
    /// The platform took it.
    Delivered,
    /// The platform refused it for good; staff are told why and what to do.
    Failed,
}

impl Delivery {
    /// The word that is stored.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }

    /// The state that a stored word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Delivered, Self::Failed]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// How long to wait before try number `attempt` (from 1): five seconds, doubled
/// each time, at most six hours; and never less than the platform asked for.
pub fn delay(attempt: u32, retry_after: Option<Duration>) -> Duration {
    let own =
        Duration::seconds(5 * (1_i64 << attempt.saturating_sub(1).min(13))).min(Duration::hours(6));
    retry_after.map_or(own, |asked| own.max(asked.min(Duration::hours(24))))
}
