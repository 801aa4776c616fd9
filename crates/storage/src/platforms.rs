//! Registrations of learning platforms, and their deployments.

use assessment::ids::RegistrationId;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;

/// A platform's registration, keyed by issuer and client id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationRecord {
    /// Its id, which is the tenant's.
    pub id: RegistrationId,
    /// The platform's issuer, exactly as its tokens carry it.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// Where logins are sent.
    pub auth_url: String,
    /// Where access tokens come from.
    pub token_url: String,
    /// Where its keys are published.
    pub jwks_url: String,
    /// Audience of our assertions, where it is not the token address.
    pub token_audience: Option<String>,
    /// Whether launches are refused.
    pub disabled: bool,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

/// Reading and writing of registrations.
#[async_trait]
pub trait Platforms {
    /// Adds a registration.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] where issuer and client id are taken.
    async fn add_registration(&mut self, record: &RegistrationRecord) -> Result<(), StorageError>;
    /// The registration of this id.
    async fn registration(
        &mut self,
        id: RegistrationId,
    ) -> Result<Option<RegistrationRecord>, StorageError>;
    /// All registrations, oldest first; of one issuer where it is given.
    async fn registrations(
        &mut self,
        issuer: Option<&str>,
    ) -> Result<Vec<RegistrationRecord>, StorageError>;
    /// Refuses or allows launches. False where there is no such registration.
    async fn set_registration_disabled(
        &mut self,
        id: RegistrationId,
        disabled: bool,
    ) -> Result<bool, StorageError>;
    /// Adds a deployment; adding it twice changes nothing.
    async fn add_deployment(
        &mut self,
        registration: RegistrationId,
        deployment: &str,
    ) -> Result<(), StorageError>;
    /// The registration's deployments.
    async fn deployments(
        &mut self,
        registration: RegistrationId,
    ) -> Result<Vec<String>, StorageError>;
}
