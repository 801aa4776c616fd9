//! What people say about the parts of a document.

use assessment::ids::{EvidenceId, PersonId, SubmissionId};
use assessment::people::Role;
use assessment::sections::Begins;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;

/// What a person said about a block of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartMarkRecord {
    /// The file.
    pub evidence: EvidenceId,
    /// The block.
    pub block: u32,
    /// As what they said it.
    pub role: Role,
    /// What begins there.
    pub begins: Begins,
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
}

/// Reading and writing of corrected mappings.
#[async_trait]
pub trait Mappings {
    /// Keeps what a person said, in place of what was said about this block in
    /// the same role.
    async fn put_part_mark(&mut self, record: &PartMarkRecord) -> Result<(), StorageError>;
    /// Takes back what was said in a role about a block, or about all of them.
    /// Says how many words were taken back.
    async fn remove_part_marks(
        &mut self,
        evidence: EvidenceId,
        role: Role,
        block: Option<u32>,
    ) -> Result<u64, StorageError>;
    /// What was said about the files of a submission, the latest last. It goes
    /// with the file.
    async fn part_marks(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Vec<PartMarkRecord>, StorageError>;
}
