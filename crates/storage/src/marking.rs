//! The assessor's sheet, verdicts on findings, and signed decisions.

use assessment::ids::{DecisionId, PersonId, SubmissionId};
use assessment::sheet::{Award, Outcome, Sheet};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;
use crate::submissions::PluginRecord;

/// One line of the sheet as it was last saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetLineRecord {
    /// The submission.
    pub submission: SubmissionId,
    /// The criterion.
    pub criterion: String,
    /// What was put down.
    pub award: Award,
    /// Feedback to the learner.
    pub feedback: String,
    /// Code of the closest descriptor; may be empty.
    pub band: String,
    /// Counts changes, from 1; 0 stands for a line that was never saved.
    pub version: i64,
    /// Who changed it last.
    pub changed_by: PersonId,
    /// When.
    pub changed_at: DateTime<Utc>,
}

/// What an assessor thinks of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FindingVerdictRecord {
    /// Which finding, by its key in every report.
    pub finding: String,
    /// `confirmed` or `dismissed`.
    pub verdict: String,
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
}

/// A signed decision. Rows never change; a void is a row of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionRecord {
    /// The id.
    pub id: DecisionId,
    /// The submission.
    pub submission: SubmissionId,
    /// The sheet as it was signed.
    pub sheet: Sheet,
    /// Digest of the sheet.
    pub sheet_digest: String,
    /// What it comes to.
    pub outcome: Outcome,
    /// The plugin that worked it out.
    pub plugin: PluginRecord,
    /// Who signed.
    pub signed_by: PersonId,
    /// The name they typed.
    pub signed_name: String,
    /// When.
    pub signed_at: DateTime<Utc>,
    /// When and why it was voided; none while it stands.
    pub voided: Option<(DateTime<Utc>, String)>,
}

/// Reading and writing of marks and decisions.
#[async_trait]
pub trait Marking {
    /// Saves a line over the version it began from; returns the new version.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] where somebody saved it in the meantime.
    async fn put_sheet_line(&mut self, record: &SheetLineRecord) -> Result<i64, StorageError>;
    /// The saved lines of a submission's sheet.
    async fn sheet_lines(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Vec<SheetLineRecord>, StorageError>;
    /// How many criteria of a submission have a mark.
    async fn marked_count(&mut self, submission: SubmissionId) -> Result<u32, StorageError>;
    /// Keeps what an assessor thinks of a finding; none takes it back.
    async fn put_finding_verdict(
        &mut self,
        submission: SubmissionId,
        finding: &str,
        verdict: Option<&str>,
        by: PersonId,
        at: DateTime<Utc>,
    ) -> Result<(), StorageError>;
    /// What assessors think of a submission's findings.
    async fn finding_verdicts(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Vec<FindingVerdictRecord>, StorageError>;
    /// Adds a signed decision.
    async fn add_decision(&mut self, record: &DecisionRecord) -> Result<(), StorageError>;
    /// Voids a decision; it stays on record.
    async fn void_decision(
        &mut self,
        id: DecisionId,
        by: PersonId,
        at: DateTime<Utc>,
        reason: &str,
    ) -> Result<(), StorageError>;
    /// All decisions of a submission, oldest first.
    async fn decisions(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Vec<DecisionRecord>, StorageError>;
    /// The decision of a submission that stands.
    async fn standing_decision(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Option<DecisionRecord>, StorageError>;
}
