//! Registrations of learning platforms, and their deployments.

use std::fmt;

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
    /// What administrators call it; may be empty.
    pub name: String,
    /// Whether launches are refused.
    pub disabled: bool,
    /// Whether it waits for an administrator's approval. It is disabled too, then.
    pub waiting: bool,
    /// What becomes of a deployment that a launch names for the first time.
    pub new_deployments: NewDeployments,
    /// When it was added.
    pub created_at: DateTime<Utc>,
}

/// What becomes of a deployment that a launch names for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewDeployments {
    /// Its launches are refused until somebody adds it.
    Refuse,
    /// The first is added; from then on others are refused.
    AddFirst,
    /// Each is added.
    AddAll,
}

impl NewDeployments {
    /// Its name in storage and forms.
    pub fn word(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::AddFirst => "add-first",
            Self::AddAll => "add-all",
        }
    }

    /// Reads that name.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Refuse, Self::AddFirst, Self::AddAll]
            .into_iter()
            .find(|new| new.word() == word)
    }
}

/// How a registration can be changed on its platform, where that lets us.
#[derive(Clone, PartialEq, Eq)]
pub struct RegistrationAccess {
    /// Where the registration is changed.
    pub client_uri: String,
    /// Where the platform describes itself.
    pub configuration_url: String,
    /// The token for it, sealed.
    pub sealed_token: Option<String>,
}

impl fmt::Debug for RegistrationAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RegistrationAccess")
    }
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
    /// Ends the waiting of a registration: it is used, or stays disabled. False where none of
    /// this id waits.
    async fn decide_registration(
        &mut self,
        id: RegistrationId,
        approved: bool,
    ) -> Result<bool, StorageError>;
    /// Replaces a registration's addresses and audience. False where there is no such registration.
    async fn set_registration_addresses(
        &mut self,
        record: &RegistrationRecord,
    ) -> Result<bool, StorageError>;
    /// How the registration can be changed on its platform; none where it cannot.
    async fn registration_access(
        &mut self,
        id: RegistrationId,
    ) -> Result<Option<RegistrationAccess>, StorageError>;
    /// Keeps how a registration can be changed. False where there is no such registration.
    async fn set_registration_access(
        &mut self,
        id: RegistrationId,
        access: &RegistrationAccess,
    ) -> Result<bool, StorageError>;
    /// Names a registration. False where there is no such registration.
    async fn set_registration_name(
        &mut self,
        id: RegistrationId,
        name: &str,
    ) -> Result<bool, StorageError>;
    /// Says what becomes of new deployments. False where there is no such registration.
    async fn set_new_deployments(
        &mut self,
        id: RegistrationId,
        new_deployments: NewDeployments,
    ) -> Result<bool, StorageError>;
    /// When the newest session of the registration's people ends; none while there is none.
    async fn newest_session_end(
        &mut self,
        id: RegistrationId,
    ) -> Result<Option<DateTime<Utc>>, StorageError>;
    /// Adds a deployment; adding it twice changes nothing.
    async fn add_deployment(
        &mut self,
        registration: RegistrationId,
        deployment: &str,
    ) -> Result<(), StorageError>;
    /// Removes a deployment. False where the registration has none of this name.
    async fn remove_deployment(
        &mut self,
        registration: RegistrationId,
        deployment: &str,
    ) -> Result<bool, StorageError>;
    /// The registration's deployments.
    async fn deployments(
        &mut self,
        registration: RegistrationId,
    ) -> Result<Vec<String>, StorageError>;
}
