//! The rows of a submission's tables.

use assessment::evidence::ReadTable;
use assessment::ids::{EvidenceId, SubmissionId};
use assessment::rows::Rows;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::StorageError;

/// The rows that were given for one slot of a submission.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRecord {
    /// The submission.
    pub submission: SubmissionId,
    /// The unit's slot.
    pub slot: String,
    /// The rows.
    pub rows: Rows,
    /// The rows before the last change, to take it back; none once it was.
    pub before: Option<Rows>,
    /// What was read and waits for the learner's word.
    pub import: Option<ImportRecord>,
    /// SHA-256 of the rows, in hexadecimal.
    pub digest: String,
    /// Counts changes, from 1; 0 stands for a table that was never saved.
    pub version: i64,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
}

/// A file or pasted text that was read, before its rows count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportRecord {
    /// The file, kept with the evidence; none for pasted text.
    pub file: Option<EvidenceId>,
    /// Its name; empty for pasted text.
    pub name: String,
    /// Its sheets.
    pub tables: Vec<ReadTable>,
}

/// Reading and writing of tables.
#[async_trait]
pub trait Tables {
    /// Saves a table over the version it began from; returns the new version.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] where somebody saved it in the meantime.
    async fn put_table(&mut self, record: &TableRecord) -> Result<i64, StorageError>;
    /// The tables of a submission, by slot.
    async fn tables(&mut self, submission: SubmissionId) -> Result<Vec<TableRecord>, StorageError>;
}
