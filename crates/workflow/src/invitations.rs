//! Invitations: links by which a platform's administrator registers that
//! platform here. Each registers one platform and ends soon; the database keeps
//! only a digest of what is secret in it.

use assessment::ids::InvitationId;
use chrono::{DateTime, Duration, Utc};
use storage::invitations::InvitationRecord;
use storage::{Storage, StorageError};
use url::Url;

use crate::admin::Administrator;
use crate::{App, Entropy, Problem, digest, secret};

/// How long an invitation may be open, in hours: time for a letter to be answered.
pub const LONGEST_HOURS: u32 = 30 * 24;
/// How long an invitation is open where nothing else is said, in hours.
pub const STANDARD_HOURS: u32 = 72;

/// What an invitation names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    /// Whom it is for, in the administrator's words; may be empty.
    pub note: String,
    /// How long it is open, in hours, at most [`LONGEST_HOURS`].
    pub hours: u32,
    /// Whether the platform may be reached by plain HTTP.
    pub allow_http: bool,
    /// Whether the registration waits until an administrator approves it. Else
    /// the invitation is the approval.
    pub approve_first: bool,
}

/// Makes an invitation and says its link, which is shown this once.
///
/// # Errors
/// Where the database fails.
pub async fn make(
    storage: &dyn Storage,
    new: &NewInvitation,
    public_url: &Url,
    now: DateTime<Utc>,
    random: &Entropy,
) -> Result<Url, StorageError> {
    let secret = secret(random);
    let mut id = [0; 10];
    random(&mut id);
    let mut work = storage.write().await?;
    work.add_invitation(&InvitationRecord {
        id: InvitationId::new(now, id),
        secret_digest: digest(&secret),
        note: new.note.clone(),
        allow_http: new.allow_http,
        approve_first: new.approve_first,
        created_at: now,
        expires_at: now + Duration::hours(i64::from(new.hours.clamp(1, LONGEST_HOURS))),
        revoked: false,
        used_at: None,
        registration: None,
    })
    .await?;
    work.save().await?;
    let mut link = public_url.clone();
    link.set_path("/lti/register");
    link.query_pairs_mut().append_pair("invitation", &secret);
    Ok(link)
}

/// Makes an invitation on a page.
///
/// # Errors
/// [`Problem::Storage`] where the database fails.
pub async fn invite(app: &App, _by: &Administrator, new: &NewInvitation) -> Result<Url, Problem> {
    let storage = app.storage.as_ref();
    Ok(make(storage, new, &app.public_url, app.now(), &app.entropy).await?)
}

/// All invitations, newest first.
///
/// # Errors
/// [`Problem::Storage`] where the database fails.
pub async fn all(app: &App, _by: &Administrator) -> Result<Vec<InvitationRecord>, Problem> {
    Ok(app.storage.read().await?.invitations().await?)
}

/// Takes an invitation back.
///
/// # Errors
/// [`Problem::NotNow`] where it was used or taken back before.
pub async fn revoke(app: &App, _by: &Administrator, id: InvitationId) -> Result<(), Problem> {
    let mut work = app.storage.write().await?;
    if !work.revoke_invitation(id).await? {
        return Err(Problem::NotNow(
            "This invitation was used or taken back in the meantime, so there is nothing to take back. If a platform registered by it that should not have, pause that platform."
                .to_owned(),
        ));
    }
    work.save().await?;
    Ok(())
}
