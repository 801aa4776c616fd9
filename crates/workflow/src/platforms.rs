//! Registrations of platforms, and the key that signs our messages to them.

use std::sync::Arc;

use assessment::ids::RegistrationId;
use chrono::{DateTime, Utc};
use lti::keys::SigningKey;
use lti::registration::Registration;
use storage::platforms::{RegistrationRecord, SigningKeyRecord};
use storage::{Storage, StorageError};
use url::Url;

/// What a registration by hand names.
#[derive(Debug, Clone)]
pub struct NewPlatform {
    /// The platform's issuer, exactly as its tokens carry it.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// Deployments, at least one.
    pub deployments: Vec<String>,
    /// Where logins are sent.
    pub auth_url: Url,
    /// Where access tokens come from.
    pub token_url: Url,
    /// Where its keys are published.
    pub jwks_url: Url,
}

/// Adds a platform, or deployments to one that is there with the same addresses.
///
/// # Errors
/// [`StorageError::Conflict`] where issuer and client id are registered with
/// other addresses.
pub async fn add(
    storage: &dyn Storage,
    new: &NewPlatform,
    now: DateTime<Utc>,
    random: [u8; 10],
) -> Result<RegistrationId, StorageError> {
    let mut work = storage.write().await?;
    let known = work.registrations(Some(&new.issuer)).await?;
    let known = known
        .into_iter()
        .find(|record| record.client_id == new.client_id);
    let id = if let Some(record) = known {
        let same = record.auth_url == new.auth_url.as_str()
            && record.token_url == new.token_url.as_str()
            && record.jwks_url == new.jwks_url.as_str();
        if !same {
            return Err(StorageError::Conflict("registration"));
        }
        record.id
    } else {
        let id = RegistrationId::new(now, random);
        work.add_registration(&RegistrationRecord {
            id,
            issuer: new.issuer.clone(),
            client_id: new.client_id.clone(),
            auth_url: new.auth_url.to_string(),
            token_url: new.token_url.to_string(),
            jwks_url: new.jwks_url.to_string(),
            token_audience: None,
            disabled: false,
            created_at: now,
        })
        .await?;
        id
    };
    for deployment in &new.deployments {
        work.add_deployment(id, deployment).await?;
    }
    work.save().await?;
    Ok(id)
}

/// The newest signing key; makes the first where there is none.
///
/// # Errors
/// [`KeyProblem`] where the database fails or no key can be made or read.
pub async fn signing_key(
    storage: &dyn Storage,
    now: DateTime<Utc>,
) -> Result<Arc<SigningKey>, KeyProblem> {
    let mut work = storage.write().await?;
    if let Some(record) = work.signing_keys().await?.first() {
        return Ok(Arc::new(SigningKey::from_pem(&record.kid, &record.pem)?));
    }
    let key = SigningKey::generate()?;
    work.add_signing_key(&SigningKeyRecord {
        kid: key.kid().to_owned(),
        pem: key.to_pem().to_owned(),
        created_at: now,
    })
    .await?;
    work.save().await?;
    Ok(Arc::new(key))
}

/// Why there is no signing key.
#[derive(Debug, thiserror::Error)]
pub enum KeyProblem {
    /// The database failed.
    #[error("the signing key could not be read from the database")]
    Storage(#[from] StorageError),
    /// The key cannot be made or used.
    #[error("the signing key cannot be used")]
    Key(#[from] lti::keys::KeyError),
}

/// A stored registration as the LTI library wants it. Addresses were parsed
/// when they were stored, so a broken one is the database's defect.
pub(crate) fn registration(record: &RegistrationRecord) -> Result<Registration, StorageError> {
    let url = |text: &str, column| {
        Url::parse(text).map_err(|_| StorageError::Inconsistency {
            table: "registrations",
            column,
        })
    };
    Ok(Registration {
        issuer: record.issuer.clone(),
        client_id: record.client_id.clone(),
        auth_url: url(&record.auth_url, "auth_url")?,
        token_url: url(&record.token_url, "token_url")?,
        jwks_url: url(&record.jwks_url, "jwks_url")?,
        token_audience: record.token_audience.clone(),
    })
}
