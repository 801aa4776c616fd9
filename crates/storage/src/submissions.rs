//! Submissions, their evidence, and what the checks found.

use assessment::evidence::{Document, ReadFailure};
use assessment::finding::CheckReport;
use assessment::ids::{ActivityId, EvidenceId, PersonId, RegistrationId, SubmissionId};
use assessment::overlay::Overlay;
use assessment::submission::State;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;

/// The plugin that checked or decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginRecord {
    /// Unit id.
    pub id: String,
    /// Version.
    pub version: String,
    /// SHA-256 of the component, in hexadecimal.
    pub digest: String,
}

/// A learner's submission for an activity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionRecord {
    /// The id.
    pub id: SubmissionId,
    /// The tenant.
    pub registration: RegistrationId,
    /// The activity.
    pub activity: ActivityId,
    /// The learner.
    pub person: PersonId,
    /// Which submission it is, from 1.
    pub number: u32,
    /// Where it stands.
    pub state: State,
    /// Whether the learner refuses the awarding body the use of the script.
    pub refuses_script_use: bool,
    /// When the learner declared the work their own.
    pub declared_at: Option<DateTime<Utc>>,
    /// When it was handed in.
    pub submitted_at: Option<DateTime<Utc>>,
    /// The plugin that it was checked with and is marked by.
    pub plugin: Option<PluginRecord>,
    /// Counts changes, for optimistic locking.
    pub version: i64,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
}

/// A file of a submission. The bytes are in the evidence store, by digest.
#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceRecord {
    /// The id.
    pub id: EvidenceId,
    /// The submission.
    pub submission: SubmissionId,
    /// The unit's slot.
    pub slot: String,
    /// Name of the file, without folders.
    pub file_name: String,
    /// Media type that the browser named.
    pub media_type: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the bytes, in hexadecimal.
    pub digest: String,
    /// When it was added.
    pub added_at: DateTime<Utc>,
    /// What the reader found, with its sections.
    pub document: Option<Document>,
    /// Why it could not be read.
    pub failure: Option<ReadFailure>,
    /// Whether the learner typed it into the page, so that there are no bytes.
    pub typed: bool,
}

/// What the checks found, when, and by which plugin.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckRecord {
    /// The submission.
    pub submission: SubmissionId,
    /// The findings.
    pub report: CheckReport,
    /// The plugin.
    pub plugin: PluginRecord,
    /// What the centre had set for the unit, which the work is marked by,
    /// whatever the centre sets later; none where that was not kept yet.
    pub overlays: Option<Vec<Overlay>>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Reading and writing of submissions.
#[async_trait]
pub trait Submissions {
    /// Adds a submission.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] where the learner has one of this number.
    async fn add_submission(&mut self, record: &SubmissionRecord) -> Result<(), StorageError>;
    /// The submission of this id.
    async fn submission(
        &mut self,
        registration: RegistrationId,
        id: SubmissionId,
    ) -> Result<Option<SubmissionRecord>, StorageError>;
    /// The learner's latest submission for an activity.
    async fn latest_submission(
        &mut self,
        activity: ActivityId,
        person: PersonId,
    ) -> Result<Option<SubmissionRecord>, StorageError>;
    /// The learner's submission of this number for an activity.
    async fn numbered_submission(
        &mut self,
        activity: ActivityId,
        person: PersonId,
        number: u32,
    ) -> Result<Option<SubmissionRecord>, StorageError>;
    /// Whether anybody has begun to work on an activity.
    async fn has_submissions(
        &mut self,
        registration: RegistrationId,
        activity: ActivityId,
    ) -> Result<bool, StorageError>;
    /// Every submission for an activity, earlier ones of a learner included.
    async fn submissions(
        &mut self,
        registration: RegistrationId,
        activity: ActivityId,
    ) -> Result<Vec<SubmissionRecord>, StorageError>;
    /// Writes state and facts of a submission that is still at `record.version`,
    /// and counts the version up.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] where it has moved on.
    async fn update_submission(&mut self, record: &SubmissionRecord) -> Result<(), StorageError>;
    /// Adds a file.
    async fn add_evidence(&mut self, record: &EvidenceRecord) -> Result<(), StorageError>;
    /// Removes a file from a submission. False where it has none of this id.
    async fn remove_evidence(
        &mut self,
        submission: SubmissionId,
        id: EvidenceId,
    ) -> Result<bool, StorageError>;
    /// The files of a submission, oldest first.
    async fn evidence(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Vec<EvidenceRecord>, StorageError>;
    /// The file of this id, whichever submission it is in.
    async fn evidence_file(
        &mut self,
        registration: RegistrationId,
        id: EvidenceId,
    ) -> Result<Option<EvidenceRecord>, StorageError>;
    /// Keeps what the checks found, in place of what they found before.
    async fn put_check(&mut self, record: &CheckRecord) -> Result<(), StorageError>;
    /// What the checks found last.
    async fn check(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Option<CheckRecord>, StorageError>;
    /// Keeps what the checks found after an assessor corrected a mapping,
    /// beside what they found before.
    async fn put_recheck(&mut self, record: &CheckRecord) -> Result<(), StorageError>;
    /// What the checks found after an assessor corrected a mapping; none while
    /// nobody did.
    async fn recheck(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Option<CheckRecord>, StorageError>;
    /// Forgets what the checks found after a correction.
    async fn remove_recheck(&mut self, submission: SubmissionId) -> Result<(), StorageError>;
}
