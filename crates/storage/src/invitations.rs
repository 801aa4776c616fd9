//! Invitations, each of which lets one platform register.

use assessment::ids::{InvitationId, RegistrationId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationRecord {
    /// Its id, which opens nothing.
    pub id: InvitationId,
    /// SHA-256 of the secret in its link.
    pub secret_digest: Vec<u8>,
    /// Whom it is for, in the administrator's words; may be empty.
    pub note: String,
    /// Whether the platform may be reached by plain HTTP.
    pub allow_http: bool,
    /// Whether the registration waits until an administrator approves it.
    pub approve_first: bool,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when it no longer counts.
    pub expires_at: DateTime<Utc>,
    /// Whether it was taken back.
    pub revoked: bool,
    /// When it was used.
    pub used_at: Option<DateTime<Utc>>,
    /// The registration that it led to.
    pub registration: Option<RegistrationId>,
}

/// Reading and writing of invitations.
#[async_trait]
pub trait Invitations {
    /// Adds an invitation.
    async fn add_invitation(&mut self, record: &InvitationRecord) -> Result<(), StorageError>;
    /// The invitation of this secret, whether it still counts or not.
    async fn invitation(
        &mut self,
        secret_digest: &[u8],
    ) -> Result<Option<InvitationRecord>, StorageError>;
    /// All invitations, newest first.
    async fn invitations(&mut self) -> Result<Vec<InvitationRecord>, StorageError>;
    /// Uses an invitation up. False where it no longer counts.
    async fn use_invitation(
        &mut self,
        id: InvitationId,
        registration: RegistrationId,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError>;
    /// Takes an invitation back. False where it was used or taken back before.
    async fn revoke_invitation(&mut self, id: InvitationId) -> Result<bool, StorageError>;
}
