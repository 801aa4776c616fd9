//! Administrators of this server. Whoever can run commands on its machine is
//! one: a link made there signs a browser in, once and soon.

use chrono::{DateTime, Duration, Utc};
use storage::admin::AdminSessionRecord;
use storage::{Storage, StorageError};
use url::Url;

use crate::{App, Entropy, Problem, digest, secret};

/// How long a link may lie about.
const LINK_MINUTES: i64 = 15;
/// How long an administrator's session lasts. A lost one is made again by a new link.
const SESSION_HOURS: i64 = 12;

/// A signed-in administrator: the proof that a link was used before.
#[derive(Debug)]
pub struct Administrator {
    /// Token that forms carry.
    pub csrf: String,
}

impl Administrator {
    /// The administrator of this session. None where there is no such session,
    /// or it has expired.
    ///
    /// # Errors
    /// [`Problem::Storage`] where the database fails.
    pub async fn of(app: &App, token: &str) -> Result<Option<Self>, Problem> {
        let mut work = app.storage.read().await?;
        let session = work.admin_session(&digest(token)).await?;
        Ok(session
            .filter(|session| session.expires_at > app.now())
            .map(|session| Self { csrf: session.csrf }))
    }
}

/// Makes a link that signs one browser in, within a quarter of an hour.
///
/// # Errors
/// Where the database fails.
pub async fn make_link(
    storage: &dyn Storage,
    public_url: &Url,
    now: DateTime<Utc>,
    random: &Entropy,
) -> Result<Url, StorageError> {
    let code = secret(random);
    let mut work = storage.write().await?;
    work.remove_expired_admins(now).await?;
    work.add_admin_link(&digest(&code), now + Duration::minutes(LINK_MINUTES))
        .await?;
    work.save().await?;
    let mut link = public_url.clone();
    link.set_path("/admin/enter");
    link.query_pairs_mut().append_pair("code", &code);
    Ok(link)
}

/// Whether a link would sign somebody in now. Looking does not use it up, so
/// that previews of links do no harm.
///
/// # Errors
/// [`Problem::Storage`] where the database fails.
pub async fn link_counts(app: &App, code: &str) -> Result<bool, Problem> {
    let mut work = app.storage.read().await?;
    let expires_at = work.admin_link(&digest(code)).await?;
    Ok(expires_at.is_some_and(|expires_at| expires_at > app.now()))
}

/// A browser that is signed in.
#[derive(Debug)]
pub struct Entered {
    /// The secret for the browser's session cookie.
    pub token: String,
    /// How long it lasts.
    pub lifetime: Duration,
}

/// Uses a link up and signs in. None where it was used before or has ended.
///
/// # Errors
/// [`Problem::Storage`] where the database fails; the link is not used up then.
pub async fn enter(app: &App, code: &str) -> Result<Option<Entered>, Problem> {
    let now = app.now();
    let mut work = app.storage.write().await?;
    let expires_at = work.take_admin_link(&digest(code)).await?;
    if expires_at.is_none_or(|expires_at| expires_at <= now) {
        work.save().await?;
        return Ok(None);
    }
    let (token, lifetime) = (app.secret(), Duration::hours(SESSION_HOURS));
    work.add_admin_session(&AdminSessionRecord {
        token_digest: digest(&token),
        csrf: app.secret(),
        expires_at: now + lifetime,
    })
    .await?;
    work.save().await?;
    Ok(Some(Entered { token, lifetime }))
}

/// Ends a session on this server, so that a copied cookie opens nothing.
///
/// # Errors
/// [`Problem::Storage`] where the database fails.
pub async fn leave(app: &App, token: &str) -> Result<(), Problem> {
    let mut work = app.storage.write().await?;
    work.remove_admin_session(&digest(token)).await?;
    work.save().await?;
    Ok(())
}
