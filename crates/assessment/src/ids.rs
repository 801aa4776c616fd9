//! Ids, each a type of its own so that one cannot be given for another.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id of UUID version 7, from the time and ten random bytes.
            pub fn new(now: DateTime<Utc>, random: [u8; 10]) -> Self {
                let milliseconds = u64::try_from(now.timestamp_millis()).unwrap_or(0);
                Self(uuid::Builder::from_unix_timestamp_millis(milliseconds, &random).into_uuid())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// A platform registration, which is the tenant: every row belongs to one.
    RegistrationId,
    /// An invitation that lets one platform register.
    InvitationId,
    /// A person as one registration knows them.
    PersonId,
    /// A course (LTI context) of one deployment.
    CourseId,
    /// An activity in a course (LTI resource link) that launches one unit.
    ActivityId,
    /// One learner's submission for an activity; a resubmission has its own.
    SubmissionId,
    /// A file of a submission.
    EvidenceId,
    /// A signed decision; a reopened sheet leads to a new one.
    DecisionId,
    /// An entry of the history of a submission.
    EventId,
    /// A choice of content for a course that is under way.
    SelectionId,
}
