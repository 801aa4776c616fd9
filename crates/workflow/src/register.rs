//! From an invitation to a registration (LTI Dynamic Registration 1.0).
//!
//! The platform's administrator opens the invitation's link from within the
//! platform. [`look`] asks the platform who it is and what it offers, and
//! [`register`] tells it about this tool and keeps what comes back. Nothing is
//! kept and the invitation stays good where one of them fails.

use assessment::ids::RegistrationId;
use lti::ags::PlatformFamily;
use lti::claims::{
    SCOPE_GROUPS, SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ_ONLY, SCOPE_RESULT, SCOPE_ROSTER,
    SCOPE_SCORE,
};
use lti::dynamic_registration::{
    MessageType, Privacy, Registered, SharedIssuer, ToolMessage, canvas_configuration,
    fetch_configuration, read_registration, register as register_at, replace_registration,
};
use lti::{
    Guard, Initiation, PlatformConfiguration, Registration, RegistrationError, ToolDescription,
};
use serde_json::Value;
use storage::invitations::InvitationRecord;
use storage::platforms::{NewDeployments, RegistrationAccess, RegistrationRecord};
use storage::{StorageError, UnitOfWork};
use url::Url;

use crate::keys::KeyProblem;
use crate::{App, digest};

/// What the configuration says about platforms that register by invitation.
#[derive(Debug, Clone, Default)]
pub struct RegistrationRules {
    /// Whether they may be on this machine or in a private network.
    pub allow_private_addresses: bool,
    /// Issuers whose configuration lies on other hosts than their own.
    pub shared_issuers: Vec<SharedIssuer>,
}

/// Why a platform did not register. The page says what to do; the log says why.
#[derive(Debug, thiserror::Error)]
pub enum RegisterProblem {
    /// The address carries no invitation that was made here.
    #[error("the invitation is missing or was never made here")]
    InvitationUnknown,
    /// The invitation has ended.
    #[error("the invitation has ended")]
    InvitationEnded,
    /// The invitation was used.
    #[error("the invitation was used before")]
    InvitationUsed,
    /// The invitation was taken back.
    #[error("the invitation was taken back")]
    InvitationRevoked,
    /// The invitation was used or taken back while the platform registered the tool.
    #[error("the invitation was used or taken back while the platform registered this tool")]
    InvitationLost,
    /// Another platform answers than the one that was shown.
    #[error("the platform calls itself `{now}`, but `{shown}` was shown")]
    IssuerChanged {
        /// The issuer on the page.
        shown: String,
        /// The issuer of the configuration.
        now: String,
    },
    /// A change was asked for, but there is nothing to change.
    #[error("no registration of `{issuer}` has the client id `{client_id}` that is to be changed")]
    NothingToChange {
        /// The platform.
        issuer: String,
        /// Our client id there, as the platform says.
        client_id: String,
    },
    /// The platform gave a client id that is taken, without asking for a change.
    #[error("`{issuer}` is registered already with the client id `{client_id}`")]
    KnownAlready {
        /// The platform.
        issuer: String,
        /// The client id that it gave.
        client_id: String,
    },
    /// The platform gave no means of changing its registration from here, or
    /// there is no such registration.
    #[error("the platform lets nobody change this registration from here")]
    NotChangeable,
    /// The token for changing the registration was sealed with another secret.
    #[error("the token for changing the registration cannot be opened")]
    TokenLost(#[source] KeyProblem),
    /// The registration with the platform did not come about.
    #[error("the registration with the platform did not come about")]
    Platform(#[from] RegistrationError),
    /// The database failed.
    #[error("the database failed during the registration")]
    Storage(#[from] StorageError),
}

impl RegisterProblem {
    /// A short code for the log.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvitationUnknown => "invitation-unknown",
            Self::InvitationEnded => "invitation-ended",
            Self::InvitationUsed => "invitation-used",
            Self::InvitationRevoked => "invitation-revoked",
            Self::InvitationLost => "invitation-lost",
            Self::IssuerChanged { .. } => "issuer-changed",
            Self::NothingToChange { .. } => "nothing-to-change",
            Self::KnownAlready { .. } => "known-already",
            Self::NotChangeable => "not-changeable",
            Self::TokenLost(_) => "token-lost",
            Self::Platform(error) => error.code(),
            Self::Storage(_) => "storage",
        }
    }
}

/// A platform that asks to be registered and may be.
#[derive(Debug)]
pub struct Applicant {
    /// Who it is, and what it offers.
    pub platform: PlatformConfiguration,
    /// What it will be told about this tool.
    pub tool: ToolDescription,
    /// Whether a registration that is there is to be changed.
    pub is_update: bool,
    invitation: InvitationRecord,
    initiation: Initiation,
}

impl Applicant {
    /// Services that the tool will ask for, as far as the platform offers them.
    pub fn scopes(&self) -> Vec<&str> {
        offered_scopes(&self.tool, &self.platform)
    }
}

fn offered_scopes<'a>(tool: &'a ToolDescription, platform: &PlatformConfiguration) -> Vec<&'a str> {
    let offered = &platform.scopes_supported;
    tool.scopes
        .iter()
        .map(String::as_str)
        .filter(|scope| offered.is_empty() || offered.iter().any(|known| known == scope))
        .collect()
}

/// Services that were asked for and not granted.
fn withheld(scopes: &[&str], registered: &Registered) -> Vec<String> {
    let granted = &registered.scopes;
    scopes
        .iter()
        .filter(|scope| !granted.is_empty() && !granted.iter().any(|granted| granted == *scope))
        .map(|scope| (*scope).to_owned())
        .collect()
}

/// A platform that has registered.
#[derive(Debug)]
pub struct RegisteredPlatform {
    /// Its registration.
    pub id: RegistrationId,
    /// Its issuer.
    pub issuer: String,
    /// Our client id there.
    pub client_id: String,
    /// How it wants to be treated.
    pub family: PlatformFamily,
    /// Whether a registration that was there was changed.
    pub updated: bool,
    /// Whether it waits until an administrator approves it.
    pub waiting: bool,
    /// Services that were asked for and not granted.
    pub withheld: Vec<String>,
    /// Where an administrator of Canvas goes on.
    pub configuration_url: Option<Url>,
}

/// Checks the invitation, then asks the platform who it is and what it offers.
/// Without a good invitation no address is called.
///
/// # Errors
/// [`RegisterProblem`]; nothing is kept.
pub async fn look(app: &App, params: &[(String, String)]) -> Result<Applicant, RegisterProblem> {
    let invitation = invitation(app, params).await?;
    let initiation = Initiation::from_params(params)?;
    let rules = &app.registration;
    let platform =
        fetch_configuration(&initiation, guard(app, &invitation), &rules.shared_issuers).await?;
    Ok(Applicant {
        tool: tool(app, Some(&platform)),
        is_update: initiation.is_update(),
        platform,
        invitation,
        initiation,
    })
}

async fn invitation(
    app: &App,
    params: &[(String, String)],
) -> Result<InvitationRecord, RegisterProblem> {
    let (_, secret) = params
        .iter()
        .find(|(name, _)| name == "invitation")
        .ok_or(RegisterProblem::InvitationUnknown)?;
    let mut work = app.storage.read().await?;
    let invitation = work
        .invitation(&digest(secret))
        .await?
        .ok_or(RegisterProblem::InvitationUnknown)?;
    if invitation.revoked {
        Err(RegisterProblem::InvitationRevoked)
    } else if invitation.used_at.is_some() {
        Err(RegisterProblem::InvitationUsed)
    } else if invitation.expires_at <= app.now() {
        Err(RegisterProblem::InvitationEnded)
    } else {
        Ok(invitation)
    }
}

fn guard(app: &App, invitation: &InvitationRecord) -> Guard {
    Guard {
        allow_http: invitation.allow_http,
        allow_private: app.registration.allow_private_addresses,
    }
}

/// Tells the platform about this tool, keeps the registration, and uses the
/// invitation up. `shown` is the issuer that the person said yes to.
///
/// A registration that is there changes only where the platform began a change
/// and names the same client id; its state and its deployments stay.
///
/// # Errors
/// [`RegisterProblem`]; nothing is kept then, and the invitation stays good.
pub async fn register(
    app: &App,
    applicant: Applicant,
    shown: &str,
) -> Result<RegisteredPlatform, RegisterProblem> {
    let platform = &applicant.platform;
    if platform.issuer != shown {
        return Err(RegisterProblem::IssuerChanged {
            shown: shown.to_owned(),
            now: platform.issuer.clone(),
        });
    }
    let guard = guard(app, &applicant.invitation);
    let token = applicant.initiation.registration_token.as_deref();
    if applicant.is_update {
        // Before the platform changes anything: is there something to change here?
        let standing = read_registration(&platform.registration_endpoint, token, guard).await?;
        let mut work = app.storage.read().await?;
        if known(work.as_mut(), &platform.issuer, &standing.client_id)
            .await?
            .is_none()
        {
            return Err(RegisterProblem::NothingToChange {
                issuer: platform.issuer.clone(),
                client_id: standing.client_id,
            });
        }
    }
    let registered = register_at(platform, token, &applicant.tool, guard).await?;
    keep(app, &applicant, registered).await
}

async fn known(
    work: &mut dyn UnitOfWork,
    issuer: &str,
    client_id: &str,
) -> Result<Option<RegistrationRecord>, StorageError> {
    Ok(work
        .registrations(Some(issuer))
        .await?
        .into_iter()
        .find(|record| record.client_id == client_id))
}

async fn keep(
    app: &App,
    applicant: &Applicant,
    registered: Registered,
) -> Result<RegisteredPlatform, RegisterProblem> {
    let now = app.now();
    let platform = &applicant.platform;
    let withheld = withheld(&applicant.scopes(), &registered);
    let record = new_record(app, applicant, &registered);
    let mut work = app.storage.write().await?;
    let standing = known(work.as_mut(), &record.issuer, &record.client_id).await?;
    let (id, waiting) = match &standing {
        Some(_) if !applicant.is_update => {
            return Err(RegisterProblem::KnownAlready {
                issuer: record.issuer,
                client_id: record.client_id,
            });
        }
        None if applicant.is_update => {
            return Err(RegisterProblem::NothingToChange {
                issuer: record.issuer,
                client_id: record.client_id,
            });
        }
        Some(standing) => {
            work.set_registration_addresses(&RegistrationRecord {
                id: standing.id,
                ..record
            })
            .await?;
            (standing.id, standing.waiting)
        }
        None => {
            work.add_registration(&record).await?;
            (record.id, record.waiting)
        }
    };
    // An administrator may have removed the deployment that a change names again.
    if let (None, Some(deployment)) = (&standing, &registered.deployment_id) {
        work.add_deployment(id, deployment).await?;
    }
    let configuration = applicant.initiation.openid_configuration.as_str();
    if let Some(access) = access(app, id, &registered, configuration)? {
        work.set_registration_access(id, &access).await?;
    }
    if !work
        .use_invitation(applicant.invitation.id, id, now)
        .await?
    {
        return Err(RegisterProblem::InvitationLost);
    }
    work.save().await?;
    Ok(RegisteredPlatform {
        id,
        issuer: platform.issuer.clone(),
        client_id: registered.client_id,
        family: platform.family(),
        updated: standing.is_some(),
        waiting,
        withheld,
        configuration_url: registered.configuration_url,
    })
}

/// The name under which the token for changing a registration is sealed.
fn token_name(id: RegistrationId) -> String {
    format!("registration {id}")
}

/// How the registration can be changed from now on; none where the platform does not say.
fn access(
    app: &App,
    id: RegistrationId,
    registered: &Registered,
    configuration_url: &str,
) -> Result<Option<RegistrationAccess>, StorageError> {
    let Some(client_uri) = &registered.registration_client_uri else {
        return Ok(None);
    };
    let token = registered.registration_access_token.as_deref();
    Ok(Some(RegistrationAccess {
        client_uri: client_uri.to_string(),
        configuration_url: configuration_url.to_owned(),
        sealed_token: token
            .map(|token| app.keys.seal(&token_name(id), token))
            .transpose()?,
    }))
}

/// Whether the platform lets this registration be changed from here.
///
/// # Errors
/// [`StorageError`] where the database fails.
pub async fn is_changeable(app: &App, id: RegistrationId) -> Result<bool, StorageError> {
    let mut work = app.storage.read().await?;
    Ok(work.registration_access(id).await?.is_some())
}

/// Tells the platform anew what this tool is, where it gave the means for that
/// (RFC 7592, 2.2), and keeps the platform's addresses as they are now. Gives
/// the services that it did not grant.
///
/// # Errors
/// [`RegisterProblem::NotChangeable`] where the platform gave none; else where
/// the platform refuses, or is another one than it was. Nothing is kept then.
pub async fn update(app: &App, id: RegistrationId) -> Result<Vec<String>, RegisterProblem> {
    let mut work = app.storage.read().await?;
    let (Some(record), Some(access)) = (
        work.registration(id).await?,
        work.registration_access(id).await?,
    ) else {
        return Err(RegisterProblem::NotChangeable);
    };
    drop(work);
    let address = |text: &str, column| {
        Url::parse(text).map_err(|_| StorageError::Inconsistency {
            table: "registrations",
            column,
        })
    };
    let token = access
        .sealed_token
        .as_deref()
        .map(|sealed| app.keys.open(&token_name(id), sealed))
        .transpose()
        .map_err(RegisterProblem::TokenLost)?;
    let before = Registered {
        client_id: record.client_id.clone(),
        deployment_id: None,
        scopes: Vec::new(),
        registration_client_uri: Some(address(&access.client_uri, "client_uri")?),
        registration_access_token: token,
        configuration_url: None,
    };
    let initiation = Initiation {
        openid_configuration: address(&access.configuration_url, "configuration_url")?,
        registration_token: None,
    };
    // A platform without https was let in by the invitation that it registered with.
    let guard = Guard {
        allow_http: record.token_url.starts_with("http:"),
        allow_private: app.registration.allow_private_addresses,
    };
    let platform =
        fetch_configuration(&initiation, guard, &app.registration.shared_issuers).await?;
    if platform.issuer != record.issuer {
        return Err(RegisterProblem::IssuerChanged {
            shown: record.issuer,
            now: platform.issuer,
        });
    }
    let tool = tool(app, Some(&platform));
    let mut registered = replace_registration(&before, &platform, &tool, guard).await?;
    if registered.client_id != record.client_id {
        return Err(RegisterProblem::NothingToChange {
            issuer: record.issuer,
            client_id: registered.client_id,
        });
    }
    // What the answer leaves out stays as it was.
    registered.registration_client_uri = registered
        .registration_client_uri
        .or(before.registration_client_uri);
    registered.registration_access_token = registered
        .registration_access_token
        .or(before.registration_access_token);
    let Registration {
        auth_url,
        token_url,
        jwks_url,
        token_audience,
        ..
    } = registered.registration(&platform);
    let mut work = app.storage.write().await?;
    work.set_registration_addresses(&RegistrationRecord {
        auth_url: auth_url.into(),
        token_url: token_url.into(),
        jwks_url: jwks_url.into(),
        token_audience,
        ..record
    })
    .await?;
    let configuration = initiation.openid_configuration.as_str();
    if let Some(access) = self::access(app, id, &registered, configuration)? {
        work.set_registration_access(id, &access).await?;
    }
    work.save().await?;
    Ok(withheld(&offered_scopes(&tool, &platform), &registered))
}

fn new_record(app: &App, applicant: &Applicant, registered: &Registered) -> RegistrationRecord {
    let now = app.now();
    let invitation = &applicant.invitation;
    let Registration {
        issuer,
        client_id,
        auth_url,
        token_url,
        jwks_url,
        token_audience,
    } = registered.registration(&applicant.platform);
    RegistrationRecord {
        id: RegistrationId::new(now, app.random()),
        issuer,
        client_id,
        auth_url: auth_url.into(),
        token_url: token_url.into(),
        jwks_url: jwks_url.into(),
        token_audience,
        name: invitation.note.clone(),
        disabled: invitation.approve_first,
        waiting: invitation.approve_first,
        // Some platforms name the deployment only in their first launch.
        new_deployments: if registered.deployment_id.is_none() {
            NewDeployments::AddFirst
        } else {
            NewDeployments::Refuse
        },
        created_at: now,
    }
}

/// What an administrator of Canvas gives the address of when making a key by hand.
pub fn canvas_json(app: &App) -> Value {
    canvas_configuration(&tool(app, None))
}

/// What this tool is, for a platform that says what it offers; without one, for
/// Canvas by hand. Nobody is promised what the platform does not offer.
fn tool(app: &App, platform: Option<&PlatformConfiguration>) -> ToolDescription {
    let address = |path: &str| {
        let mut url = app.public_url.clone();
        url.set_path(path);
        url
    };
    let canvas = platform.is_none_or(|platform| platform.family() == PlatformFamily::Canvas);
    let mut tool = ToolDescription::new(
        "Markbridge",
        address("/lti/login"),
        crate::launch::redirect_uri(app),
        address("/lti/jwks"),
    );
    tool.description = Some("Evidence, marking and grades for vocational units".to_owned());
    tool.privacy = Privacy::Public;
    tool.tool_id = Some("markbridge".to_owned());
    tool.scopes = [
        "openid",
        SCOPE_LINE_ITEM,
        SCOPE_LINE_ITEM_READ_ONLY,
        SCOPE_RESULT,
        SCOPE_SCORE,
        SCOPE_ROSTER,
    ]
    .map(str::to_owned)
    .to_vec();
    if platform.is_some_and(|platform| {
        platform
            .scopes_supported
            .iter()
            .any(|scope| scope == SCOPE_GROUPS)
    }) {
        tool.scopes.push(SCOPE_GROUPS.to_owned());
    }
    // A course that was copied is known again by what it was copied from.
    for (name, variable, of_canvas) in [
        ("context_history", "Context.id.history", false),
        ("resource_link_history", "ResourceLink.id.history", false),
        (
            "canvas_context_history",
            "Canvas.course.previousContextIds.recursive",
            true,
        ),
    ] {
        let offered = platform.is_none_or(|platform| {
            platform.variables.is_empty()
                || platform.variables.iter().any(|known| known == variable)
        });
        if offered && (canvas || !of_canvas) {
            tool.custom.insert(name.to_owned(), format!("${variable}"));
        }
    }
    let mut choose = ToolMessage::new(MessageType::DeepLinking);
    choose.label = Some("Markbridge".to_owned());
    choose.placements = vec!["ContentArea".to_owned()];
    choose.canvas_placements = [
        "assignment_selection",
        "link_selection",
        "course_assignments_menu",
        "module_index_menu_modal",
    ]
    .map(str::to_owned)
    .to_vec();
    if canvas {
        // Canvas reads a launch message without placements as one for `link_selection`, where
        // the choice of a unit belongs. What was chosen is launched all the same.
        tool.messages.clear();
    }
    tool.messages.push(choose);
    if platform.is_some_and(|platform| {
        platform
            .messages_supported
            .iter()
            .any(|message| message.message_type == MessageType::SubmissionReview.as_str())
    }) {
        tool.messages
            .push(ToolMessage::new(MessageType::SubmissionReview));
    }
    tool
}
