//! Logins under way, arrivals, and sessions.

use assessment::ids::{ActivityId, CourseId, PersonId, RegistrationId};
use assessment::people::Role;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;
use crate::platforms::RegistrationRecord;

/// A login that waits for its launch. It is taken out by the first launch that
/// names its state, whatever comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginRecord {
    /// SHA-256 of the state.
    pub state_digest: Vec<u8>,
    /// The registration it was begun for.
    pub registration: RegistrationId,
    /// The nonce that the token must carry.
    pub nonce: String,
    /// Where the platform wants to go.
    pub target_link_uri: String,
    /// SHA-256 of the secret that the browser keeps, in a cookie or in the
    /// platform's storage.
    pub browser_digest: Vec<u8>,
    /// The frame that the platform named for its storage.
    pub storage_frame: Option<String>,
    /// From when it no longer counts.
    pub expires_at: DateTime<Utc>,
}

/// A person on the way to a session: a verified launch whose browser is not
/// proven yet, or somebody who opens a window of their own. It is taken out by
/// the first who names its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArrivalRecord {
    /// SHA-256 of the code.
    pub code_digest: Vec<u8>,
    /// The tenant.
    pub registration: RegistrationId,
    /// SHA-256 of the secret that the browser keeps.
    pub browser_digest: Vec<u8>,
    /// What the session will be.
    pub ticket_json: String,
    /// From when it no longer counts.
    pub expires_at: DateTime<Utc>,
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// SHA-256 of the token in the browser's cookie.
    pub token_digest: Vec<u8>,
    /// The tenant.
    pub registration: RegistrationId,
    /// The course.
    pub course: CourseId,
    /// The activity.
    pub activity: ActivityId,
    /// The person.
    pub person: PersonId,
    /// What they may do.
    pub role: Role,
    /// Token that forms carry.
    pub csrf: String,
    /// Where the platform wants people to go back to.
    pub return_url: Option<String>,
    /// From when it no longer counts.
    pub expires_at: DateTime<Utc>,
}

/// Reading and writing of logins, arrivals and sessions.
#[async_trait]
pub trait Launches {
    /// Adds a login.
    async fn add_login(&mut self, record: &LoginRecord) -> Result<(), StorageError>;
    /// The login of this state, expired or not, with its registration.
    async fn login(
        &mut self,
        state_digest: &[u8],
    ) -> Result<Option<(LoginRecord, RegistrationRecord)>, StorageError>;
    /// Takes a login out: the second call finds nothing.
    async fn take_login(
        &mut self,
        state_digest: &[u8],
    ) -> Result<Option<LoginRecord>, StorageError>;
    /// Adds an arrival.
    async fn add_arrival(&mut self, record: &ArrivalRecord) -> Result<(), StorageError>;
    /// Takes an arrival out: the second call finds nothing.
    async fn take_arrival(
        &mut self,
        code_digest: &[u8],
    ) -> Result<Option<ArrivalRecord>, StorageError>;
    /// Adds a session.
    async fn add_session(&mut self, record: &SessionRecord) -> Result<(), StorageError>;
    /// The session of this token, expired or not.
    async fn session(&mut self, token_digest: &[u8])
    -> Result<Option<SessionRecord>, StorageError>;
    /// Ends every session in an activity; says how many.
    async fn end_sessions(
        &mut self,
        registration: RegistrationId,
        activity: ActivityId,
    ) -> Result<u64, StorageError>;
    /// Removes logins, arrivals, sessions and selections that have expired; says
    /// how many.
    async fn remove_expired(&mut self, now: DateTime<Utc>) -> Result<u64, StorageError>;
}
