//! What helps to find out why something does not work: launches that failed,
//! and how the last tests of a registration went.

use assessment::ids::RegistrationId;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;
use crate::courses::CourseRecord;

/// How many failed launches are kept for each registration, and as many
/// together for all that belong to none: strangers cannot fill the disk.
pub const FAILED_LAUNCHES_KEPT: u32 = 200;

/// A launch that failed. Holds nothing about the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedLaunchRecord {
    /// What the person was shown, to quote it.
    pub reference: String,
    /// The registration, where it was known.
    pub registration: Option<RegistrationId>,
    /// When.
    pub at: DateTime<Utc>,
    /// The short code of the reason.
    pub code: String,
    /// The reason, for administrators.
    pub reason: String,
}

/// Reading and writing of what helps to find out.
#[async_trait]
pub trait Diagnoses {
    /// Adds a failed launch, and removes the oldest of the same registration,
    /// or of none, beyond [`FAILED_LAUNCHES_KEPT`].
    async fn add_failed_launch(&mut self, record: &FailedLaunchRecord) -> Result<(), StorageError>;
    /// The newest failed launches of a registration, or of none, newest first, up to `limit`.
    async fn failed_launches(
        &mut self,
        registration: Option<RegistrationId>,
        limit: u32,
    ) -> Result<Vec<FailedLaunchRecord>, StorageError>;
    /// Keeps how the tests of a registration went, in place of the last time.
    /// `probes` is JSON.
    async fn put_diagnosis(
        &mut self,
        registration: RegistrationId,
        at: DateTime<Utc>,
        probes: &str,
    ) -> Result<(), StorageError>;
    /// How the tests of a registration went last, and when.
    async fn diagnosis(
        &mut self,
        registration: RegistrationId,
    ) -> Result<Option<(DateTime<Utc>, String)>, StorageError>;
    /// The course of a registration that was added last, of those that offer a
    /// roster or a gradebook.
    async fn newest_course(
        &mut self,
        registration: RegistrationId,
    ) -> Result<Option<CourseRecord>, StorageError>;
}
