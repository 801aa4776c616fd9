//! The keys that sign our messages to platforms.

use assessment::ids::RegistrationId;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;

/// A key that signs our messages to platforms.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKeyRecord {
    /// Key id, never used twice.
    pub kid: String,
    /// The one registration that it is for; none where it is for all that have no key of their own.
    pub registration: Option<RegistrationId>,
    /// The private key under a seal; in PEM where an earlier version left it so.
    pub private_key: String,
    /// When it was made, which is when it was published.
    pub created_at: DateTime<Utc>,
    /// From when it signs.
    pub signs_from: DateTime<Utc>,
}

impl std::fmt::Debug for SigningKeyRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKeyRecord")
            .field("kid", &self.kid)
            .field("registration", &self.registration)
            .field("signs_from", &self.signs_from)
            .finish_non_exhaustive()
    }
}

/// Reading and writing of signing keys.
#[async_trait]
pub trait Keys {
    /// Adds a signing key.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] where its id is taken.
    async fn add_signing_key(&mut self, record: &SigningKeyRecord) -> Result<(), StorageError>;
    /// All signing keys, the one that signs latest first.
    async fn signing_keys(&mut self) -> Result<Vec<SigningKeyRecord>, StorageError>;
    /// Writes the private key of a signing key anew.
    async fn set_private_key(&mut self, kid: &str, private_key: &str) -> Result<(), StorageError>;
    /// Removes a signing key.
    async fn remove_signing_key(&mut self, kid: &str) -> Result<(), StorageError>;
}
