//! Words that are taken out of copies that leave the centre.

use assessment::ids::{PersonId, SubmissionId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;

/// Reading and writing of words to be taken out.
#[async_trait]
pub trait Redactions {
    /// Keeps a word that is to be taken out of a submission's copies.
    async fn add_redacted_word(
        &mut self,
        submission: SubmissionId,
        word: &str,
        by: PersonId,
        at: DateTime<Utc>,
    ) -> Result<(), StorageError>;
    /// Lets a word stand again.
    async fn remove_redacted_word(
        &mut self,
        submission: SubmissionId,
        word: &str,
    ) -> Result<(), StorageError>;
    /// The words to be taken out of a submission's copies, in their order.
    async fn redacted_words(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Vec<String>, StorageError>;
}
