//! The history of what was done. Entries are only ever added.

use assessment::ids::{EventId, PersonId, RegistrationId, SubmissionId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;

/// One thing that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRecord {
    /// The id.
    pub id: EventId,
    /// The tenant.
    pub registration: RegistrationId,
    /// The submission.
    pub submission: SubmissionId,
    /// Who; none where the system did it.
    pub actor: Option<PersonId>,
    /// As what: a role's word, or `system`.
    pub role: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What: `submitted`, `signed`, `released` and so on.
    pub kind: String,
    /// Reason or further facts; never evidence or feedback.
    pub detail: String,
}

/// Reading and writing of the history.
#[async_trait]
pub trait History {
    /// Adds an entry.
    async fn add_event(&mut self, record: &EventRecord) -> Result<(), StorageError>;
    /// A submission's history, oldest first.
    async fn events(&mut self, submission: SubmissionId) -> Result<Vec<EventRecord>, StorageError>;
}
