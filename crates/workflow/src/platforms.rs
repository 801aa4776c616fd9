//! Registrations of platforms.

use assessment::ids::RegistrationId;
use chrono::{DateTime, Utc};
use lti::registration::Registration;
use storage::platforms::RegistrationRecord;
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
