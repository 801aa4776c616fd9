//! Who acts, and as what.

use serde::{Deserialize, Serialize};

use crate::ids::{ActivityId, CourseId, PersonId, RegistrationId};

/// What somebody may do in an activity. A ceiling that the VLE's roles set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Hands in evidence and sees the released result.
    Learner,
    /// Marks, signs and releases.
    Assessor,
}

impl Role {
    /// The word that is stored and shown.
    pub fn word(self) -> &'static str {
        match self {
            Self::Learner => "learner",
            Self::Assessor => "assessor",
        }
    }

    /// The role that a stored word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Learner, Self::Assessor]
            .into_iter()
            .find(|role| role.word() == word)
    }
}

/// The person behind a request: always the first argument of what they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The tenant.
    pub registration: RegistrationId,
    /// The course they came from.
    pub course: CourseId,
    /// The activity they came from.
    pub activity: ActivityId,
    /// The person.
    pub person: PersonId,
    /// Their name as the platform gave it; empty where privacy hides it.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

/// A name for pages: the given one, or a neutral stand-in where the platform
/// keeps names private.
pub fn shown_name(name: &str, subject: &str) -> String {
    if name.trim().is_empty() {
        format!("Learner {subject}")
    } else {
        name.trim().to_owned()
    }
}
