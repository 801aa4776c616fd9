//! Registrations of platforms.

use assessment::ids::RegistrationId;
use chrono::{DateTime, Utc};
use lti::registration::Registration;
use storage::platforms::{NewDeployments, RegistrationRecord};
use storage::{Storage, StorageError, UnitOfWork};
use url::Url;

use crate::admin::Administrator;
use crate::arrival::SESSION_HOURS;
use crate::{App, Problem};

/// Longest name of a platform, in characters.
const LONGEST_NAME: usize = 200;

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
            name: String::new(),
            disabled: false,
            waiting: false,
            new_deployments: NewDeployments::Refuse,
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

/// A registration as administrators see it.
#[derive(Debug)]
pub struct Overview {
    /// The registration.
    pub record: RegistrationRecord,
    /// Its deployments.
    pub deployments: Vec<String>,
    /// When somebody last came from there; none where nobody did while a
    /// session lasts.
    pub last_launch: Option<DateTime<Utc>>,
}

async fn overview(
    work: &mut dyn UnitOfWork,
    record: RegistrationRecord,
) -> Result<Overview, StorageError> {
    let lifetime = chrono::Duration::hours(SESSION_HOURS);
    Ok(Overview {
        deployments: work.deployments(record.id).await?,
        last_launch: work
            .newest_session_end(record.id)
            .await?
            .map(|end| end - lifetime),
        record,
    })
}

/// All registrations, oldest first.
///
/// # Errors
/// [`Problem::Storage`] where the database fails.
pub async fn all(app: &App, _by: &Administrator) -> Result<Vec<Overview>, Problem> {
    let mut work = app.storage.read().await?;
    let mut all = Vec::new();
    for record in work.registrations(None).await? {
        all.push(overview(work.as_mut(), record).await?);
    }
    Ok(all)
}

/// One registration.
///
/// # Errors
/// [`Problem::NotFound`] where there is none of this id.
pub async fn one(app: &App, _by: &Administrator, id: RegistrationId) -> Result<Overview, Problem> {
    let mut work = app.storage.read().await?;
    let record = work.registration(id).await?.ok_or(Problem::NotFound)?;
    Ok(overview(work.as_mut(), record).await?)
}

/// Something that an administrator changes about a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// What administrators call it; empty for the issuer's host.
    Name(String),
    /// Lets its launches in, where it waits for that.
    Approve,
    /// Keeps its launches out, where it waits for a decision.
    Reject,
    /// Keeps its launches out until it is resumed. Nothing is deleted.
    Pause,
    /// Lets its launches in again.
    Resume,
    /// Adds a deployment.
    AddDeployment(String),
    /// Removes a deployment; its launches are refused from then on.
    RemoveDeployment(String),
    /// What becomes of a deployment that a launch names for the first time.
    NewDeployments(NewDeployments),
}

/// Changes a registration.
///
/// # Errors
/// [`Problem::NotFound`] where there is none of this id, [`Problem::NotNow`]
/// where somebody else decided first, [`Problem::Invalid`] where a name is
/// missing or too long.
pub async fn change(
    app: &App,
    _by: &Administrator,
    id: RegistrationId,
    change: Change,
) -> Result<(), Problem> {
    let mut work = app.storage.write().await?;
    let record = work.registration(id).await?.ok_or(Problem::NotFound)?;
    let not_now = |words: &str| Err(Problem::NotNow(words.to_owned()));
    match change {
        Change::Name(name) => {
            if name.chars().count() > LONGEST_NAME {
                return Err(Problem::Invalid(format!(
                    "The name is longer than {LONGEST_NAME} letters. Shorten it."
                )));
            }
            work.set_registration_name(id, name.trim()).await?;
        }
        Change::Approve | Change::Reject => {
            if !work
                .decide_registration(id, change == Change::Approve)
                .await?
            {
                return not_now("Somebody has decided about this platform already.");
            }
        }
        Change::Pause | Change::Resume => {
            if record.waiting {
                return not_now("This platform waits for approval. Approve or reject it first.");
            }
            work.set_registration_disabled(id, change == Change::Pause)
                .await?;
        }
        Change::AddDeployment(deployment) => {
            let deployment = deployment.trim();
            if !is_id(deployment) {
                return Err(Problem::Invalid(
                    "A deployment id is 1 to 255 letters and digits without spaces. Copy it from the platform."
                        .to_owned(),
                ));
            }
            work.add_deployment(id, deployment).await?;
        }
        Change::RemoveDeployment(deployment) => {
            if !work.remove_deployment(id, &deployment).await? {
                return not_now("Somebody has removed this deployment already.");
            }
        }
        Change::NewDeployments(new) => {
            work.set_new_deployments(id, new).await?;
        }
    }
    work.save().await?;
    Ok(())
}

/// Whether a text can be a deployment or client id: at most 255 ASCII characters (LTI 1.3, 3.1.3).
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 255 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A registration by hand as it was typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedPlatform {
    /// The platform's issuer.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// A deployment.
    pub deployment: String,
    /// Where logins are sent.
    pub auth_url: String,
    /// Where access tokens come from.
    pub token_url: String,
    /// Where its keys are published.
    pub jwks_url: String,
}

/// A field of a registration by hand that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrongField {
    /// The issuer is no web address.
    Issuer,
    /// The client id is empty, or has spaces.
    ClientId,
    /// The deployment is empty, or has spaces.
    Deployment,
    /// The address for logins is none.
    AuthUrl,
    /// The address for access tokens is none.
    TokenUrl,
    /// The address of the keys is none.
    JwksUrl,
    /// Issuer and client id are registered with other addresses.
    Known,
}

impl TypedPlatform {
    /// Reads what was typed.
    ///
    /// # Errors
    /// The fields that cannot be used.
    pub fn read(&self) -> Result<NewPlatform, Vec<WrongField>> {
        let mut wrong = Vec::new();
        let mut address = |text: &str, field| {
            let url = Url::parse(text)
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
            if url.is_none() {
                wrong.push(field);
            }
            url
        };
        let issuer = address(&self.issuer, WrongField::Issuer);
        let auth_url = address(&self.auth_url, WrongField::AuthUrl);
        let token_url = address(&self.token_url, WrongField::TokenUrl);
        let jwks_url = address(&self.jwks_url, WrongField::JwksUrl);
        for (text, field) in [
            (&self.client_id, WrongField::ClientId),
            (&self.deployment, WrongField::Deployment),
        ] {
            if !is_id(text) {
                wrong.push(field);
            }
        }
        match (issuer, auth_url, token_url, jwks_url, wrong.is_empty()) {
            (Some(_), Some(auth_url), Some(token_url), Some(jwks_url), true) => Ok(NewPlatform {
                // The issuer is compared letter for letter, so it stays as it was typed.
                issuer: self.issuer.clone(),
                client_id: self.client_id.clone(),
                deployments: vec![self.deployment.clone()],
                auth_url,
                token_url,
                jwks_url,
            }),
            _ => Err(wrong),
        }
    }
}

/// Adds a platform as an administrator typed it, or a deployment to one that is
/// there with the same addresses.
///
/// # Errors
/// [`Problem::Conflict`] where issuer and client id are registered with other
/// addresses.
pub async fn add_by_page(
    app: &App,
    _by: &Administrator,
    new: &NewPlatform,
) -> Result<RegistrationId, Problem> {
    Ok(add(app.storage.as_ref(), new, app.now(), app.random()).await?)
}

/// Whether launches of this deployment are taken. One that is new is added
/// where the registration allows that.
pub(crate) async fn takes_deployment(
    work: &mut dyn UnitOfWork,
    registration: RegistrationId,
    deployment: &str,
) -> Result<bool, StorageError> {
    let known = work.deployments(registration).await?;
    if known.iter().any(|known| known == deployment) {
        return Ok(true);
    }
    let record = work.registration(registration).await?;
    match record.map_or(NewDeployments::Refuse, |record| record.new_deployments) {
        NewDeployments::Refuse => return Ok(false),
        NewDeployments::AddFirst => {
            work.set_new_deployments(registration, NewDeployments::Refuse)
                .await?;
        }
        NewDeployments::AddAll => {}
    }
    work.add_deployment(registration, deployment).await?;
    Ok(true)
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
