//! Text that learners type into the page.

use assessment::ids::SubmissionId;
use async_trait::async_trait;

use crate::StorageError;

/// What was typed for a criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedAnswerRecord {
    /// The submission.
    pub submission: SubmissionId,
    /// The unit's slot.
    pub slot: String,
    /// The criterion.
    pub criterion: String,
    /// The text.
    pub text: String,
    /// Counts changes, from 1; 0 stands for one that was never saved.
    pub version: i64,
}

/// Reading and writing of typed text.
#[async_trait]
pub trait TypedAnswers {
    /// Saves an answer over the version it began from; returns the new version.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] where it was saved in the meantime.
    async fn put_typed_answer(&mut self, record: &TypedAnswerRecord) -> Result<i64, StorageError>;
    /// What was typed for a submission.
    async fn typed_answers(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Vec<TypedAnswerRecord>, StorageError>;
    /// Removes what was typed for a slot.
    async fn remove_typed_answers(
        &mut self,
        submission: SubmissionId,
        slot: &str,
    ) -> Result<(), StorageError>;
}
