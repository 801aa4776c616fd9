//! Administrators of the server: the links by which they sign in, and their sessions.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;

/// A signed-in administrator's browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminSessionRecord {
    /// SHA-256 of the token in the browser's cookie.
    pub token_digest: Vec<u8>,
    /// Token that forms carry.
    pub csrf: String,
    /// From when it no longer counts.
    pub expires_at: DateTime<Utc>,
}

/// Reading and writing of administrators' links and sessions.
#[async_trait]
pub trait Admins {
    /// Adds a link by the SHA-256 of its code.
    async fn add_admin_link(
        &mut self,
        code_digest: &[u8],
        expires_at: DateTime<Utc>,
    ) -> Result<(), StorageError>;
    /// When the link of this code ends; none where it was used.
    async fn admin_link(
        &mut self,
        code_digest: &[u8],
    ) -> Result<Option<DateTime<Utc>>, StorageError>;
    /// Takes a link out and says when it ends: the second call finds nothing.
    async fn take_admin_link(
        &mut self,
        code_digest: &[u8],
    ) -> Result<Option<DateTime<Utc>>, StorageError>;
    /// Adds a session.
    async fn add_admin_session(&mut self, record: &AdminSessionRecord) -> Result<(), StorageError>;
    /// The session of this token, expired or not.
    async fn admin_session(
        &mut self,
        token_digest: &[u8],
    ) -> Result<Option<AdminSessionRecord>, StorageError>;
    /// Ends a session. False where there is none.
    async fn remove_admin_session(&mut self, token_digest: &[u8]) -> Result<bool, StorageError>;
    /// Removes links and sessions that have expired; says how many.
    async fn remove_expired_admins(&mut self, now: DateTime<Utc>) -> Result<u64, StorageError>;
}
