//! The outbox towards gradebooks. A row stands for the latest intention towards
//! one learner's place in one line item; a newer one takes the older's place, so
//! that a hand-in nobody has told yet is not told after the mark. Each
//! registration has a lane, in which one message goes after the other.

use assessment::ids::{ActivityId, DecisionId, PersonId, RegistrationId, SubmissionId};
use assessment::passback::{Delivery, Message, Reason};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;

/// A message on its way.
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
    /// The decision that it reports; none for a hand-in.
    pub decision: Option<DecisionId>,
    /// What the platform is to hear.
    pub message: Message,
    /// The message's timestamp: whole seconds, later than any before.
    pub timestamp: DateTime<Utc>,
    /// How far it got.
    pub delivery: Delivery,
    /// Tries so far.
    pub attempts: u32,
    /// Whether this message or an equal one may have reached the platform, so
    /// that the result must be read before the next try.
    pub outcome_unknown: bool,
    /// When the next try is due.
    pub run_at: DateTime<Utc>,
    /// What the platform answered last; empty before the first try.
    pub answer: String,
    /// Why the platform does not take it, where people can set that right.
    pub reason: Option<Reason>,
    /// What staff can do about it; empty where nothing is needed.
    pub advice: String,
    /// When the row last changed.
    pub changed_at: DateTime<Utc>,
}

/// The line item that an activity's messages go to, once it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineItemRecord {
    /// The activity.
    pub activity: ActivityId,
    /// The tenant.
    pub registration: RegistrationId,
    /// What the launch named when it was looked at; empty where it named none.
    /// Once a launch names another, this record has had its day.
    pub named: String,
    /// Its address.
    pub url: String,
}

/// Reading and writing of the outbox.
#[async_trait]
pub trait Passbacks {
    /// Puts a message into the outbox, in place of an earlier intention. Where a
    /// try of that is under way, the outcome of this one counts as unknown too.
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
    /// All messages that wait or have failed, for staff on the command line.
    async fn undelivered(&mut self) -> Result<Vec<PassbackRecord>, StorageError>;
    /// Takes what is due longest in up to `limit` lanes that are free, one
    /// message from each, and keeps other workers off these lanes until
    /// `lease_until`. A message whose earlier lease ran out unsettled comes back
    /// with `outcome_unknown`, for a worker died in the middle of its try.
    async fn claim_passbacks(
        &mut self,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<PassbackRecord>, StorageError>;
    /// Writes how a try went, logs it, and frees the lane. Nothing is written
    /// where a newer intention has taken the place: `claimed` is the timestamp
    /// of the claim, `lease_until` the end of its lease.
    async fn settle_passback(
        &mut self,
        record: &PassbackRecord,
        claimed: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<bool, StorageError>;
    /// Keeps a registration's lane closed until then, for its platform asks for
    /// a pause. A pause is never made shorter.
    async fn pause_passbacks(
        &mut self,
        registration: RegistrationId,
        until: DateTime<Utc>,
    ) -> Result<(), StorageError>;
    /// When the next waiting message can be claimed.
    async fn next_passback_due(&mut self) -> Result<Option<DateTime<Utc>>, StorageError>;
    /// The line item that an activity's messages go to.
    async fn line_item(
        &mut self,
        registration: RegistrationId,
        activity: ActivityId,
    ) -> Result<Option<LineItemRecord>, StorageError>;
    /// Keeps the line item that was found or made for an activity.
    async fn put_line_item(&mut self, record: &LineItemRecord) -> Result<(), StorageError>;
}
