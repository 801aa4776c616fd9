//! From a link in the course to a session: login initiation, then launch.
//!
//! State and nonce are single use. The state is bound to the browser by a
//! cookie with a secret of its own; the database keeps only digests.

use assessment::ids::{ActivityId, CourseId, PersonId, RegistrationId};
use assessment::people::Role;
use chrono::Duration;
use lti::launch::{Launch, LaunchError, Message, validate};
use lti::login::{LoginError, LoginRequest, authentication_url, same_origin};
use lti::roles::Roles;
use storage::StorageError;
use storage::courses::{ActivityRecord, CourseRecord, PersonRecord};
use storage::launches::{LoginRecord, SessionRecord};
use storage::platforms::RegistrationRecord;
use url::Url;

use crate::{App, digest, platforms};

/// How long a login may take, which includes signing in to the VLE.
const LOGIN_MINUTES: i64 = 30;
/// How long a session lasts. A lost one is opened again from the course.
const SESSION_HOURS: i64 = 12;

/// Where to send the browser, and the secret that binds the state to it.
#[derive(Debug)]
pub struct LoginRedirect {
    /// The platform's authentication address.
    pub url: Url,
    /// The state.
    pub state: String,
    /// The secret for the browser's cookie.
    pub browser_secret: String,
}

/// A browser that is signed in to an activity.
#[derive(Debug)]
pub struct SignedIn {
    /// The activity.
    pub activity: ActivityId,
    /// The secret for the browser's session cookie.
    pub token: String,
    /// How long it lasts.
    pub lifetime: Duration,
}

/// Why somebody did not get in. The page says what to do; the log says why.
#[derive(Debug, thiserror::Error)]
pub enum LaunchProblem {
    /// The login initiation lacks something.
    #[error("the login request is incomplete")]
    Login(#[from] LoginError),
    /// No registration fits.
    #[error("no platform is registered with the issuer `{issuer}` and the client id `{client_id}`")]
    UnknownPlatform {
        /// The issuer that was named.
        issuer: String,
        /// The client id that was named; may be empty.
        client_id: String,
    },
    /// The registration is switched off.
    #[error("the registration is disabled")]
    Disabled,
    /// The target is not ours.
    #[error("the target `{0}` is not an address of this tool")]
    ForeignTarget(String),
    /// The platform reports an error instead of a launch.
    #[error("the platform reports `{error}`: {description}")]
    Platform {
        /// The platform's code.
        error: String,
        /// What it says about it.
        description: String,
    },
    /// There is no token or no state.
    #[error("the launch carries no `{0}`")]
    Missing(&'static str),
    /// The state was used already, is too old, or was never given.
    #[error("the state is not known: it was used before, or is too old")]
    StateUnknown,
    /// The browser sent no cookie for this state.
    #[error("the browser sent no cookie for this state")]
    NoCookie,
    /// The browser is not the one that began.
    #[error("the cookie belongs to another login")]
    OtherBrowser,
    /// The token is not valid.
    #[error("the launch token is not valid")]
    Token(#[source] LaunchError),
    /// The deployment is not one of the registration's.
    #[error("the deployment `{0}` is not registered")]
    UnknownDeployment(String),
    /// A message that this tool does not take yet.
    #[error("this kind of launch is not offered")]
    NotOffered,
    /// The person has a role that has no part here.
    #[error("no role that has a part here: {0}")]
    NoPart(String),
    /// The database failed.
    #[error("the database failed during the launch")]
    Storage(#[from] StorageError),
}

impl LaunchProblem {
    /// A short code for the log.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Login(_) => "login-incomplete",
            Self::UnknownPlatform { .. } => "unknown-platform",
            Self::Disabled => "registration-disabled",
            Self::ForeignTarget(_) => "foreign-target",
            Self::Platform { .. } => "platform-error",
            Self::Missing(_) => "launch-incomplete",
            Self::StateUnknown => "state-unknown",
            Self::NoCookie => "no-cookie",
            Self::OtherBrowser => "other-browser",
            Self::Token(error) => error.code(),
            Self::UnknownDeployment(_) => "unknown-deployment",
            Self::NotOffered => "message-not-offered",
            Self::NoPart(_) => "role-without-part",
            Self::Storage(_) => "storage",
        }
    }
}

/// Begins a login (LTI security framework §5.1.1): checks who asks and for
/// what, keeps state and nonce, and says where to send the browser.
///
/// # Errors
/// [`LaunchProblem`] where the request is incomplete, the platform is not
/// registered, or the target is not on this tool's host.
pub async fn begin_login(
    app: &App,
    params: &[(String, String)],
) -> Result<LoginRedirect, LaunchProblem> {
    let request = LoginRequest::from_params(params)?;
    if !same_origin(&request.target_link_uri, &app.public_url) {
        return Err(LaunchProblem::ForeignTarget(request.target_link_uri));
    }
    let record = registration_for(app, &request).await?;
    let registration = platforms::registration(&record)?;
    let (state, nonce, browser_secret) = (app.secret(), app.secret(), app.secret());
    let redirect_uri = redirect_uri(app);
    let url = authentication_url(&registration, &request, &redirect_uri, &state, &nonce);
    let mut work = app.storage.write().await?;
    work.add_login(&LoginRecord {
        state_digest: digest(&state),
        registration: record.id,
        nonce,
        target_link_uri: request.target_link_uri,
        browser_digest: digest(&browser_secret),
        expires_at: app.now() + Duration::minutes(LOGIN_MINUTES),
    })
    .await?;
    work.save().await?;
    Ok(LoginRedirect {
        url,
        state,
        browser_secret,
    })
}

/// The one address that platforms send launches to.
pub fn redirect_uri(app: &App) -> Url {
    let mut url = app.public_url.clone();
    url.set_path("/lti/launch");
    url
}

async fn registration_for(
    app: &App,
    request: &LoginRequest,
) -> Result<RegistrationRecord, LaunchProblem> {
    let mut work = app.storage.read().await?;
    let mut known = work.registrations(Some(&request.issuer)).await?;
    if let Some(client_id) = &request.client_id {
        known.retain(|record| &record.client_id == client_id);
    }
    // Without a client id the issuer must leave no choice.
    match (known.pop(), known.is_empty()) {
        (Some(record), true) if record.disabled => Err(LaunchProblem::Disabled),
        (Some(record), true) => Ok(record),
        _ => Err(LaunchProblem::UnknownPlatform {
            issuer: request.issuer.clone(),
            client_id: request.client_id.clone().unwrap_or_default(),
        }),
    }
}

/// What the platform posted, and what the browser sent along.
#[derive(Debug, Default)]
pub struct LaunchForm {
    /// `id_token`.
    pub id_token: Option<String>,
    /// `state`.
    pub state: Option<String>,
    /// `error`, where the platform reports one.
    pub error: Option<String>,
    /// `error_description`.
    pub error_description: Option<String>,
    /// The secret from the browser's cookie for this state.
    pub browser_secret: Option<String>,
}

/// Completes a launch: the state is used up whatever comes of it, the token is
/// validated, the browser is held against the one that began, and person,
/// course and activity are kept with a new session.
///
/// # Errors
/// [`LaunchProblem`]; nothing is kept then but that the state is used up.
pub async fn complete(app: &App, form: LaunchForm) -> Result<SignedIn, LaunchProblem> {
    if let Some(error) = form.error {
        return Err(LaunchProblem::Platform {
            error,
            description: form.error_description.unwrap_or_default(),
        });
    }
    let state = form.state.ok_or(LaunchProblem::Missing("state"))?;
    let id_token = form.id_token.ok_or(LaunchProblem::Missing("id_token"))?;
    let now = app.now();

    let mut work = app.storage.write().await?;
    let login = work.take_login(&digest(&state)).await?;
    let record = match &login {
        Some(login) => work.registration(login.registration).await?,
        None => None,
    };
    work.save().await?;
    let (Some(login), Some(record)) = (login, record) else {
        return Err(LaunchProblem::StateUnknown);
    };
    if login.expires_at <= now {
        return Err(LaunchProblem::StateUnknown);
    }
    if record.disabled {
        return Err(LaunchProblem::Disabled);
    }
    let browser_secret = form.browser_secret.ok_or(LaunchProblem::NoCookie)?;
    if digest(&browser_secret) != login.browser_digest {
        return Err(LaunchProblem::OtherBrowser);
    }
    let registration = platforms::registration(&record)?;
    let launch = validate(&id_token, &registration, &login.nonce, &app.key_sets, now)
        .await
        .map_err(LaunchProblem::Token)?;
    if !same_origin(&launch.target_link_uri, &app.public_url) {
        return Err(LaunchProblem::ForeignTarget(launch.target_link_uri));
    }
    if launch.message != Message::ResourceLink {
        return Err(LaunchProblem::NotOffered);
    }
    let role = role(&launch.roles)?;
    sign_in(app, record.id, launch, role).await
}

/// What the platform's roles allow here. Only roles in the course count. A
/// person without any known role is let in with the fewest rights; one whose
/// only roles have no part here (an observer, a designer) is told so.
fn role(roles: &Roles) -> Result<Role, LaunchProblem> {
    if roles.is_instructor() {
        return Ok(Role::Assessor);
    }
    let without_part = [
        "Mentor",
        "Observer",
        "Manager",
        "ContentDeveloper",
        "Administrator",
        "Officer",
    ];
    if !roles.is_learner() && without_part.iter().any(|role| roles.has_context_role(role)) {
        return Err(LaunchProblem::NoPart(roles.as_slice().join(", ")));
    }
    Ok(Role::Learner)
}

async fn sign_in(
    app: &App,
    registration: RegistrationId,
    launch: Launch,
    role: Role,
) -> Result<SignedIn, LaunchProblem> {
    let now = app.now();
    let lifetime = Duration::hours(SESSION_HOURS);
    let mut work = app.storage.write().await?;
    if !work
        .deployments(registration)
        .await?
        .contains(&launch.deployment_id)
    {
        return Err(LaunchProblem::UnknownDeployment(launch.deployment_id));
    }
    let name = full_name(
        launch.person.name.as_deref(),
        launch.person.given_name.as_deref(),
        launch.person.family_name.as_deref(),
    );
    let person = work
        .put_person(&PersonRecord {
            id: PersonId::new(now, app.random()),
            registration,
            subject: launch.subject,
            name,
            family_name: launch.person.family_name.unwrap_or_default(),
            email: launch.person.email.unwrap_or_default(),
        })
        .await?;
    let link = launch
        .resource_link
        .ok_or(LaunchProblem::Token(LaunchError::ResourceLinkIdMissing))?;
    // A launch outside any course is a course of its own, without a name or roster.
    let context = launch.context;
    let course = work
        .put_course(&CourseRecord {
            id: CourseId::new(now, app.random()),
            registration,
            deployment: launch.deployment_id,
            context: context
                .as_ref()
                .map(|context| context.id.clone())
                .unwrap_or_default(),
            title: context
                .and_then(|context| context.title.or(context.label))
                .unwrap_or_default(),
            memberships_url: launch
                .roster
                .map(|roster| roster.context_memberships_url.to_string()),
            line_items_url: launch
                .grades
                .as_ref()
                .and_then(|grades| grades.line_items.as_ref())
                .map(Url::to_string),
            roster_synced_at: None,
            roster_tried_at: None,
        })
        .await?;
    let (line_item_url, grade_scopes) = launch.grades.map_or((None, Vec::new()), |grades| {
        (grades.line_item.as_ref().map(Url::to_string), grades.scopes)
    });
    let activity = work
        .put_activity(&ActivityRecord {
            id: ActivityId::new(now, app.random()),
            registration,
            course,
            resource_link: link.id,
            title: link.title.unwrap_or_default(),
            unit: launch
                .custom
                .get("unit")
                .filter(|unit| app.units.unit(unit).is_some())
                .cloned(),
            line_item_url,
            grade_scopes,
            platform_family: launch
                .platform
                .and_then(|platform| platform.product_family_code)
                .unwrap_or_default(),
        })
        .await?;
    // A preview user is nobody on the roster.
    if !launch.roles.is_test_user() {
        work.put_member(course, person, role, now).await?;
    }
    let token = app.secret();
    work.add_session(&SessionRecord {
        token_digest: digest(&token),
        registration,
        course,
        activity: activity.id,
        person,
        role,
        csrf: app.secret(),
        return_url: launch
            .presentation
            .and_then(|presentation| presentation.return_url)
            .map(|url| url.to_string()),
        expires_at: now + lifetime,
    })
    .await?;
    work.save().await?;
    if role == Role::Assessor {
        app.roster_due.notify_one();
    }
    Ok(SignedIn {
        activity: activity.id,
        token,
        lifetime,
    })
}

/// The name that the platform gave, else the parts of it that it gave; empty
/// where privacy hides them all.
pub(crate) fn full_name(name: Option<&str>, given: Option<&str>, family: Option<&str>) -> String {
    name.map_or_else(
        || {
            given
                .into_iter()
                .chain(family)
                .collect::<Vec<_>>()
                .join(" ")
        },
        str::to_owned,
    )
}
