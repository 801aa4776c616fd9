//! Choices of content for a course that are under way (deep linking).

use assessment::ids::{CourseId, PersonId, RegistrationId, SelectionId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;

/// A platform's request for content that waits for somebody's choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectionRecord {
    /// The id.
    pub id: SelectionId,
    /// SHA-256 of the token in the browser's cookie.
    pub token_digest: Vec<u8>,
    /// The tenant.
    pub registration: RegistrationId,
    /// The course that the content is for.
    pub course: CourseId,
    /// Who chooses.
    pub person: PersonId,
    /// The platform's product: `moodle`, `canvas`; may be empty.
    pub platform_family: String,
    /// What the platform accepts and where the answer goes, as JSON.
    pub settings: String,
    /// Token that forms carry.
    pub csrf: String,
    /// From when it no longer counts.
    pub expires_at: DateTime<Utc>,
    /// When it was answered; none while it waits.
    pub answered_at: Option<DateTime<Utc>>,
}

/// Reading and writing of selections. They go with [`crate::launches::Launches::remove_expired`].
#[async_trait]
pub trait Selections {
    /// Adds a selection. One that is there gets the new token and form token, and
    /// stays answered where it was.
    async fn put_selection(&mut self, record: &SelectionRecord) -> Result<(), StorageError>;
    /// The selection of this id and token, answered, expired or not.
    async fn selection(
        &mut self,
        id: SelectionId,
        token_digest: &[u8],
    ) -> Result<Option<SelectionRecord>, StorageError>;
    /// Marks a selection as answered. False where it was before.
    async fn answer_selection(
        &mut self,
        registration: RegistrationId,
        id: SelectionId,
        at: DateTime<Utc>,
    ) -> Result<bool, StorageError>;
}
