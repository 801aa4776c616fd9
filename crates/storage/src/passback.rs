//! The outbox of grades. A row stands for the latest intention towards one
//! learner's place in one line item; a newer release takes the older's place.

use assessment::ids::{ActivityId, DecisionId, PersonId, RegistrationId, SubmissionId};
use assessment::passback::Delivery;
use assessment::sheet::GradebookEntry;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;

/// A grade on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct PassbackRecord {
    /// The activity, whose line item gets it.
    pub activity: ActivityId,
    /// The learner.
    pub person: PersonId,
    /// The tenant.
    pub registration: RegistrationId,
    /// The submission that it reports.
    pub submission: SubmissionId,
    /// The decision that it reports.
    pub decision: DecisionId,
    /// What the gradebook gets.
    pub entry: GradebookEntry,
    /// The score's timestamp: whole seconds, later than any before.
    pub timestamp: DateTime<Utc>,
    /// How far it got.
    pub delivery: Delivery,
    /// Tries so far.
    pub attempts: u32,
    /// Whether a try may have reached the platform without an answer, so that
    /// the result must be read before the next.
    pub outcome_unknown: bool,
    /// When the next try is due.
    pub run_at: DateTime<Utc>,
    /// What the platform answered last; empty before the first try.
    pub answer: String,
    /// What staff can do about it; empty where nothing is needed.
    pub advice: String,
    /// When the row last changed.
    pub changed_at: DateTime<Utc>,
}

/// Reading and writing of the outbox.
#[async_trait]
pub trait Passbacks {
    /// Puts a grade into the outbox, in place of an earlier intention.
    async fn put_passback(&mut self, record: &PassbackRecord) -> Result<(), StorageError>;
    /// The latest intention towards a learner.
    async fn passback(
        &mut self,
        activity: ActivityId,
        person: PersonId,
    ) -> Result<Option<PassbackRecord>, StorageError>;
    /// The latest intentions of an activity.
    async fn passbacks(
        &mut self,
        registration: RegistrationId,
        activity: ActivityId,
    ) -> Result<Vec<PassbackRecord>, StorageError>;
    /// All intentions that are not delivered, for staff on the command line.
    async fn undelivered(&mut self) -> Result<Vec<PassbackRecord>, StorageError>;
    /// Takes up to `limit` grades that are due and keeps other workers off
    /// them until `lease_until`. One whose earlier lease ran out unsettled comes
    /// back with `outcome_unknown`, for a worker died in the middle of its try.
    async fn claim_passbacks(
        &mut self,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<PassbackRecord>, StorageError>;
    /// Writes how a try went and logs it. Nothing is written where a newer
    /// intention has taken the place: `claimed` is the timestamp of the claim.
    async fn settle_passback(
        &mut self,
        record: &PassbackRecord,
        claimed: DateTime<Utc>,
    ) -> Result<bool, StorageError>;
    /// When the next waiting grade is due.
    async fn next_passback_due(&mut self) -> Result<Option<DateTime<Utc>>, StorageError>;
}
