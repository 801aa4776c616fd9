//! From a link in the course to a session: login initiation, then launch.
//!
//! State and nonce are single use. The state is bound to the browser by a
//! secret of its own, in a cookie or in the platform's storage; the database
//! keeps only digests. A launch that no cookie proves becomes an [`arrival`].

use assessment::ids::{ActivityId, CourseId, PersonId, RegistrationId, SelectionId};
use assessment::people::Role;
use chrono::Duration;
use lti::launch::{DeepLinkingSettings, Launch, LaunchError, Message, Presentation, validate};
use lti::login::{LoginError, LoginRequest, authentication_url, same_origin};
use lti::platform_storage::Exchange;
use lti::roles::Roles;
use storage::courses::{ActivityRecord, CourseRecord, PersonRecord};
use storage::launches::LoginRecord;
use storage::platforms::RegistrationRecord;
use storage::roster::RosterProgress;
use storage::{StorageError, UnitOfWork};
use url::Url;

use crate::arrival::{self, Place, SignedIn, Ticket, Unproven};
use crate::{App, course_copy, digest, platforms, selection};

/// Of a reason that holds what a stranger sent, this many characters are kept.
const LONGEST_REASON: usize = 300;
/// Of the code of an error that a platform reports, this many characters are looked at.
const LONGEST_CODE: usize = 60;
/// How long a login may take, which includes signing in to the VLE.
const LOGIN_MINUTES: i64 = 30;
/// Where to send the browser, and the secret that binds the state to it.
#[derive(Debug)]
pub struct LoginRedirect {
    /// The platform's authentication address.
    pub url: Url,
    /// The state.
    pub state: String,
    /// The secret that the browser keeps.
    pub browser_secret: String,
    /// Where the platform offers to keep it, for browsers that take no cookie.
    pub storage: Option<Exchange>,
}

/// How far a sound launch got.
#[derive(Debug)]
pub enum Launched {
    /// The browser is the one that began, and is signed in.
    SignedIn(SignedIn),
    /// No cookie says which browser it is.
    Unproven(Unproven),
}

/// Why somebody did not get in. The page says what to do; the log says why.
#[derive(Debug, thiserror::Error)]
pub enum LaunchProblem {
    /// The login initiation lacks something.
    #[error("the login request is incomplete")]
    Login(#[from] LoginError),
    /// No registration fits.
    #[error(
        "no platform is registered with the issuer `{issuer}` and {}",
        named(client_id)
    )]
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
    /// The platform reports an error instead of a launch, by this code. What it
    /// says besides may be about the person, so it is not kept.
    #[error("the platform reports `{0}`")]
    Platform(String),
    /// There is no token or no state.
    #[error("the launch carries no `{0}`")]
    Missing(&'static str),
    /// The state was used already, is too old, or was never given.
    #[error("the state is not known: it was used before, or is too old")]
    StateUnknown,
    /// The browser is not the one that began.
    #[error("the browser's secret belongs to another login")]
    OtherBrowser,
    /// The code of an arrival was used already, is too old, or was never given.
    #[error("the code of the arrival is not known: it was used before, or is too old")]
    ArrivalUnknown,
    /// The token is not valid.
    #[error("the launch token is not valid")]
    Token(#[source] LaunchError),
    /// The deployment is not one of the registration's.
    #[error("the deployment `{0}` is not registered")]
    UnknownDeployment(String),
    /// A message that this tool does not take yet.
    #[error("this kind of launch is not offered")]
    NotOffered,
    /// Somebody who does not teach wants to choose content.
    #[error("no role that may choose content: {0}")]
    MayNotSelect(String),
    /// A review of an activity that nobody has opened here.
    #[error("the review is of an activity that is not known here")]
    NothingToReview,
    /// The person has a role that has no part here.
    #[error("no role that has a part here: {0}")]
    NoPart(String),
    /// The database failed.
    #[error("the database failed during the launch")]
    Storage(#[from] StorageError),
}

/// A launch that failed, and whose it was where that was known.
#[derive(Debug)]
pub struct FailedLaunch {
    /// The registration.
    pub registration: Option<RegistrationId>,
    /// The way back to the course, where the platform's token was valid and names one.
    pub way_back: Option<WayBack>,
    /// Why it failed.
    pub problem: LaunchProblem,
}

/// Where a platform wants people to go back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WayBack {
    /// The address.
    pub url: Url,
    /// The product, such as `canvas` or `moodle`; empty where it is not known.
    pub platform_family: String,
}

impl WayBack {
    fn of(launch: &Launch) -> Option<Self> {
        Some(Self {
            url: launch.presentation.as_ref()?.return_url.clone()?,
            platform_family: platform_family(launch),
        })
    }
}

impl FailedLaunch {
    fn of(record: &RegistrationRecord, problem: LaunchProblem) -> Self {
        Self {
            registration: Some(record.id),
            ..problem.into()
        }
    }
}

impl<E: Into<LaunchProblem>> From<E> for FailedLaunch {
    fn from(problem: E) -> Self {
        Self {
            registration: None,
            way_back: None,
            problem: problem.into(),
        }
    }
}

fn named(client_id: &str) -> String {
    if client_id.is_empty() {
        "without a client id".to_owned()
    } else {
        format!("the client id `{client_id}`")
    }
}

impl LaunchProblem {
    /// The reason for administrators, without anything about the person, and
    /// short whatever was sent.
    pub fn reason(&self) -> String {
        let reason = match self {
            Self::ForeignTarget(target) => {
                format!(
                    "the target `{}` is not an address of this tool",
                    without_query(target)
                )
            }
            Self::Login(error) => error.to_string(),
            Self::Token(LaunchError::KeySet(error)) => error.to_string(),
            Self::Token(error) => error.to_string(),
            problem => problem.to_string(),
        };
        let printable = reason.chars().map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        });
        printable.take(LONGEST_REASON).collect()
    }

    /// A short code for the log.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Login(_) => "login-incomplete",
            Self::UnknownPlatform { .. } => "unknown-platform",
            Self::Disabled => "registration-disabled",
            Self::ForeignTarget(_) => "foreign-target",
            // Codes of OpenID Connect Core 3.1.2.6 and RFC 6749 4.1.2.1, and Canvas's own.
            Self::Platform(error) => match error.as_str() {
                "launch_no_longer_valid" => "launch-used",
                "login_required" | "interaction_required" | "account_selection_required" => {
                    "login-required"
                }
                // Moodle says it to whoever is signed in there as somebody else.
                "access_denied" | "consent_required" => "access-denied",
                "unauthorized_client" | "invalid_client" => "tool-not-allowed",
                "invalid_request"
                | "invalid_request_object"
                | "invalid_scope"
                | "unsupported_response_type" => "login-refused",
                "server_error" | "temporarily_unavailable" => "platform-unavailable",
                _ => "platform-error",
            },
            Self::Missing(_) => "launch-incomplete",
            Self::StateUnknown => "state-unknown",
            Self::OtherBrowser => "other-browser",
            Self::ArrivalUnknown => "arrival-unknown",
            Self::Token(error) => error.code(),
            Self::UnknownDeployment(_) => "unknown-deployment",
            Self::NotOffered => "message-not-offered",
            Self::MayNotSelect(_) => "may-not-select",
            Self::NothingToReview => "nothing-to-review",
            Self::NoPart(_) => "role-without-part",
            Self::Storage(_) => "storage",
        }
    }
}

/// Begins a login (LTI security framework §5.1.1): checks who asks and for
/// what, keeps state and nonce, and says where to send the browser.
///
/// # Errors
/// [`FailedLaunch`] where the request is incomplete, the platform is not
/// registered, or the target is not on this tool's host.
pub async fn begin_login(
    app: &App,
    params: &[(String, String)],
) -> Result<LoginRedirect, FailedLaunch> {
    let request = LoginRequest::from_params(params)?;
    if !same_origin(&request.target_link_uri, &app.public_url) {
        return Err(LaunchProblem::ForeignTarget(request.target_link_uri).into());
    }
    let mut work = app.storage.write_once().await?;
    let record = registration_for(work.as_mut(), &request).await?;
    if record.disabled {
        return Err(FailedLaunch::of(&record, LaunchProblem::Disabled));
    }
    let registration = platforms::registration(&record)?;
    let (state, nonce, browser_secret) = (app.secret(), app.secret(), app.secret());
    let redirect_uri = redirect_uri(app);
    let url = authentication_url(&registration, &request, &redirect_uri, &state, &nonce);
    let storage = request
        .storage_target
        .as_deref()
        .map(|frame| Exchange::new(&registration, Some(frame), &state));
    work.add_login(&LoginRecord {
        state_digest: digest(&state),
        registration: record.id,
        nonce,
        target_link_uri: request.target_link_uri,
        browser_digest: digest(&browser_secret),
        storage_frame: request.storage_target,
        expires_at: app.now() + Duration::minutes(LOGIN_MINUTES),
    })
    .await?;
    Ok(LoginRedirect {
        url,
        state,
        browser_secret,
        storage,
    })
}

/// The one address that platforms send launches to.
pub fn redirect_uri(app: &App) -> Url {
    let mut url = app.public_url.clone();
    url.set_path("/lti/launch");
    url
}

async fn registration_for(
    work: &mut dyn UnitOfWork,
    request: &LoginRequest,
) -> Result<RegistrationRecord, LaunchProblem> {
    let mut known = work.registrations(Some(&request.issuer)).await?;
    if let Some(client_id) = &request.client_id {
        known.retain(|record| &record.client_id == client_id);
    }
    // Without a client id the issuer must leave no choice.
    match (known.pop(), known.is_empty()) {
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
    /// `lti_storage_target`, where the platform names its storage again.
    pub storage_frame: Option<String>,
    /// The secret from the browser's cookie for this state.
    pub browser_secret: Option<String>,
}

/// Completes a launch: the token is validated, the browser is held against the
/// one that began, and person, course and activity are kept with a new session,
/// or with an arrival where no cookie came. The state is used up whatever comes
/// of it.
///
/// # Errors
/// [`FailedLaunch`]; nothing is kept then but that the state is used up.
pub async fn complete(app: &App, form: LaunchForm) -> Result<Launched, FailedLaunch> {
    let state_digest = form.state.as_deref().map(digest);
    let found = match &state_digest {
        Some(state_digest) => {
            let mut work = app.storage.read_once().await?;
            work.login(state_digest).await?
        }
        None => None,
    };
    if let Some(error) = form.error {
        let problem = LaunchProblem::Platform(error_code(&error));
        let Some((login, record)) = found else {
            return Err(problem.into());
        };
        let mut work = app.storage.write_once().await?;
        work.take_login(&login.state_digest).await?;
        return Err(FailedLaunch::of(&record, problem));
    }
    let state = form.state.ok_or(LaunchProblem::Missing("state"))?;
    let id_token = form.id_token.ok_or(LaunchProblem::Missing("id_token"))?;
    let Some((login, record)) = found else {
        return Err(LaunchProblem::StateUnknown.into());
    };
    let posted = Posted {
        state: &state,
        id_token: &id_token,
        browser_secret: form.browser_secret.as_deref(),
        storage_frame: form.storage_frame,
    };
    finish(app, login, &record, posted).await
}

/// The code of an error, which is letters, digits and a few signs. Whatever else
/// stands in its place may be about the person, and is not kept.
fn error_code(error: &str) -> String {
    let is_code = error.len() <= LONGEST_CODE
        && error
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte));
    if is_code { error } else { "no code" }.to_owned()
}

/// What belongs to a login that is known.
struct Posted<'a> {
    state: &'a str,
    id_token: &'a str,
    browser_secret: Option<&'a str>,
    storage_frame: Option<String>,
}

async fn finish(
    app: &App,
    login: LoginRecord,
    record: &RegistrationRecord,
    posted: Posted<'_>,
) -> Result<Launched, FailedLaunch> {
    let failed = |problem| FailedLaunch::of(record, problem);
    let verified = verify(app, &login, record, posted.id_token, posted.browser_secret).await;
    // One transaction uses the state up and lets the person in. Of two launches
    // with one state, the second finds it gone.
    let mut work = app.storage.write().await?;
    if work.take_login(&login.state_digest).await?.is_none() {
        return Err(failed(LaunchProblem::StateUnknown));
    }
    let arrived = match verified {
        Ok(launch) => {
            let way_back = WayBack::of(&launch);
            arrive(app, work.as_mut(), record, launch)
                .await
                .map_err(|problem| FailedLaunch {
                    way_back,
                    ..failed(problem)
                })
        }
        Err(problem) => Err(failed(problem)),
    };
    let ticket = match arrived {
        Ok(ticket) => ticket,
        // A refusal comes before anything is touched but the state and a new deployment.
        Err(refusal) if !matches!(refusal.problem, LaunchProblem::Storage(_)) => {
            work.save().await?;
            return Err(refusal);
        }
        Err(failure) => return Err(failure),
    };
    let launched = if posted.browser_secret.is_some() {
        Launched::SignedIn(arrival::sign_in(app, work.as_mut(), &ticket).await?)
    } else {
        let frame = posted.storage_frame.or(login.storage_frame);
        let exchange = frame
            .map(|frame| {
                platforms::registration(record)
                    .map(|registration| Exchange::new(&registration, Some(&frame), posted.state))
            })
            .transpose()?;
        let mut unproven = arrival::keep(app, work.as_mut(), &ticket, login.browser_digest).await?;
        unproven.storage = exchange;
        Launched::Unproven(unproven)
    };
    work.save().await?;
    if ticket.role == Role::Assessor {
        app.roster_due.notify_one();
    }
    Ok(launched)
}

/// The launch that the token stands for, where login, registration, browser and
/// token allow it.
async fn verify(
    app: &App,
    login: &LoginRecord,
    record: &RegistrationRecord,
    id_token: &str,
    browser_secret: Option<&str>,
) -> Result<Launch, LaunchProblem> {
    let now = app.now();
    if login.expires_at <= now {
        return Err(LaunchProblem::StateUnknown);
    }
    if record.disabled {
        return Err(LaunchProblem::Disabled);
    }
    if browser_secret.is_some_and(|secret| digest(secret) != login.browser_digest) {
        return Err(LaunchProblem::OtherBrowser);
    }
    let registration = platforms::registration(record)?;
    let mut launch = validate(id_token, &registration, &login.nonce, &app.key_sets, now)
        .await
        .map_err(LaunchProblem::Token)?;
    if launch.target_link_uri.is_empty() {
        launch.target_link_uri.clone_from(&login.target_link_uri);
    }
    if !same_origin(&launch.target_link_uri, &app.public_url) {
        return Err(LaunchProblem::ForeignTarget(launch.target_link_uri));
    }
    // Both should be the same (LTI security framework §5.1.1.1), but only one is signed.
    if launch.target_link_uri != login.target_link_uri {
        tracing::info!(
            registration.id = %record.id,
            login = without_query(&login.target_link_uri),
            launch = without_query(&launch.target_link_uri),
            "the platform names another target in the launch than in the login; that of the launch counts"
        );
    }
    Ok(launch)
}

/// An address without what may be about a person.
fn without_query(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
}

/// Keeps what a launch brings, and says what its person may be signed in to.
/// It refuses before it writes anything but a new deployment, which the token
/// has proved whoever brought it.
async fn arrive(
    app: &App,
    work: &mut dyn UnitOfWork,
    record: &RegistrationRecord,
    launch: Launch,
) -> Result<Ticket, LaunchProblem> {
    if let Some(ticket) = opened_before(app, work, record.id, &launch).await? {
        return Ok(ticket);
    }
    if !platforms::takes_deployment(work, record.id, &launch.deployment_id).await? {
        return Err(LaunchProblem::UnknownDeployment(launch.deployment_id));
    }
    match launch.message.clone() {
        Message::ResourceLink => {
            let role = role(&launch.roles)?;
            match handed_in_address(work, record.id, &launch, role).await? {
                Some(review) => visit_of(app, work, record.id, launch, role, review).await,
                None => open_activity(app, work, record.id, launch, role).await,
            }
        }
        Message::SubmissionReview(learner) => {
            let role = role(&launch.roles)?;
            let learner = learner.as_ref().map(|learner| learner.user_id.as_str());
            let review = reviewed(work, record.id, &launch, role, learner).await?;
            visit_of(app, work, record.id, launch, role, review).await
        }
        Message::DeepLinking(settings) => {
            if !selection::may_select(&launch.roles) {
                return Err(LaunchProblem::MayNotSelect(
                    launch.roles.as_slice().join(", "),
                ));
            }
            choose_content(app, work, record.id, launch, settings).await
        }
        _ => Err(LaunchProblem::NotOffered),
    }
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

/// Opens the activity of the launch's link where the launch changes nothing of
/// what is kept, as nearly every launch does: one question instead of five.
async fn opened_before(
    app: &App,
    work: &mut dyn UnitOfWork,
    registration: RegistrationId,
    launch: &Launch,
) -> Result<Option<Ticket>, StorageError> {
    let opens_link = matches!(launch.message, Message::ResourceLink)
        && launch.resource_link.is_some()
        && launch.target_parameter("submission").is_none();
    let Some(role) = role(&launch.roles).ok().filter(|_| opens_link) else {
        return Ok(None);
    };
    let course = course_record(app, registration, launch);
    let unchanged = work
        .unchanged(
            &person_record(app, registration, launch),
            &course,
            &activity_record(app, registration, course.id, launch),
        )
        .await?;
    let Some((person, course, activity)) = unchanged else {
        return Ok(None);
    };
    put_member(app, work, launch, course, person, Some(role)).await?;
    Ok(Some(Ticket {
        registration,
        course,
        person,
        role,
        place: Place::Activity {
            id: activity,
            page: String::new(),
        },
        return_url: return_url(launch.presentation.clone()),
    }))
}

/// Opens the activity of the launch's link, which its first launch makes.
async fn open_activity(
    app: &App,
    work: &mut dyn UnitOfWork,
    registration: RegistrationId,
    launch: Launch,
    role: Role,
) -> Result<Ticket, LaunchProblem> {
    if launch.resource_link.is_none() {
        return Err(LaunchProblem::Token(LaunchError::ResourceLinkIdMissing));
    }
    let (person, course) = person_and_course(app, work, registration, &launch, Some(role)).await?;
    let unit = course_copy::unit_of_link(app, work, registration, course, &launch).await?;
    let activity = work
        .put_activity(&ActivityRecord {
            unit,
            ..activity_record(app, registration, course, &launch)
        })
        .await?;
    Ok(Ticket {
        registration,
        course,
        person,
        role,
        place: Place::Activity {
            id: activity.id,
            page: String::new(),
        },
        return_url: return_url(launch.presentation),
    })
}

/// Begins a choice of content. Who prepares or administers the course without
/// teaching it chooses too, and is nobody on its roster.
async fn choose_content(
    app: &App,
    work: &mut dyn UnitOfWork,
    registration: RegistrationId,
    launch: Launch,
    settings: Box<DeepLinkingSettings>,
) -> Result<Ticket, LaunchProblem> {
    let member = launch.roles.is_instructor().then_some(Role::Assessor);
    let (person, course) = person_and_course(app, work, registration, &launch, member).await?;
    Ok(Ticket {
        registration,
        course,
        person,
        role: Role::Assessor,
        place: Place::Selection {
            id: SelectionId::new(app.now(), app.random()),
            platform_family: platform_family(&launch),
            settings,
        },
        return_url: None,
    })
}

/// Keeps the person and the course of a launch, and the person in the course
/// where they have a role there.
async fn person_and_course(
    app: &App,
    work: &mut dyn UnitOfWork,
    registration: RegistrationId,
    launch: &Launch,
    role: Option<Role>,
) -> Result<(PersonId, CourseId), StorageError> {
    let person = work
        .put_person(&person_record(app, registration, launch))
        .await?;
    let course = work
        .put_course(&course_record(app, registration, launch))
        .await?;
    put_member(app, work, launch, course, person, role).await?;
    Ok((person, course))
}

/// Puts the person of a launch on the course's roster. A preview user is nobody
/// there, and neither is somebody without a role.
async fn put_member(
    app: &App,
    work: &mut dyn UnitOfWork,
    launch: &Launch,
    course: CourseId,
    person: PersonId,
    role: Option<Role>,
) -> Result<(), StorageError> {
    match role.filter(|_| !launch.roles.is_test_user()) {
        Some(role) => work.put_member(course, person, role, app.now()).await,
        None => Ok(()),
    }
}

/// The person of a launch.
fn person_record(app: &App, registration: RegistrationId, launch: &Launch) -> PersonRecord {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    PersonRecord {
        id: PersonId::new(app.now(), app.random()),
        registration,
        subject: launch.subject.clone(),
        name: full_name(
            launch.person.name.as_deref(),
            launch.person.given_name.as_deref(),
            launch.person.family_name.as_deref(),
        ),
        family_name: text(&launch.person.family_name),
        email: text(&launch.person.email),
        is_preview: launch.roles.is_test_user(),
    }
}

/// The course of a launch. A launch outside any course is a course of its own,
/// without a name or roster.
fn course_record(app: &App, registration: RegistrationId, launch: &Launch) -> CourseRecord {
    let context = launch.context.as_ref();
    CourseRecord {
        id: CourseId::new(app.now(), app.random()),
        registration,
        deployment: launch.deployment_id.clone(),
        context: context
            .map(|context| context.id.clone())
            .unwrap_or_default(),
        title: context
            .and_then(|context| context.title.clone().or_else(|| context.label.clone()))
            .unwrap_or_default(),
        memberships_url: launch
            .roster
            .as_ref()
            .map(|roster| roster.context_memberships_url.to_string()),
        line_items_url: launch
            .grades
            .as_ref()
            .and_then(|grades| grades.line_items.as_ref())
            .map(Url::to_string),
        groups_url: launch
            .groups
            .as_ref()
            .map(|groups| groups.context_groups_url.to_string()),
        roster: RosterProgress::default(),
    }
}

/// The activity of a launch's link.
fn activity_record(
    app: &App,
    registration: RegistrationId,
    course: CourseId,
    launch: &Launch,
) -> ActivityRecord {
    let text = |url: &Url| url.to_string();
    let grades = launch.grades.as_ref();
    let link = launch.resource_link.as_ref();
    ActivityRecord {
        id: ActivityId::new(app.now(), app.random()),
        registration,
        course,
        resource_link: link.map(|link| link.id.clone()).unwrap_or_default(),
        title: link.and_then(|link| link.title.clone()).unwrap_or_default(),
        unit: course_copy::named_unit(app, launch),
        line_item_url: grades.and_then(|grades| grades.line_item.as_ref().map(text)),
        line_items_url: grades.and_then(|grades| grades.line_items.as_ref().map(text)),
        grade_scopes: grades.map_or_else(Vec::new, |grades| grades.scopes.clone()),
        platform_family: platform_family(launch),
        link: launch.custom.get("link").cloned(),
        hand_in_by: course_copy::hand_in_by(launch),
    }
}

fn return_url(presentation: Option<Presentation>) -> Option<String> {
    presentation
        .and_then(|presentation| presentation.return_url)
        .map(|url| url.to_string())
}

/// The product that the platform of a launch is; empty where it does not say.
fn platform_family(launch: &Launch) -> String {
    launch
        .platform
        .as_ref()
        .and_then(|platform| platform.product_family_code.clone())
        .unwrap_or_default()
}

/// A place in an activity that a launch leads to without naming its link.
struct Review {
    activity: ActivityId,
    page: String,
}

/// Opens a page of an activity that is there already.
async fn visit_of(
    app: &App,
    work: &mut dyn UnitOfWork,
    registration: RegistrationId,
    launch: Launch,
    role: Role,
    review: Review,
) -> Result<Ticket, LaunchProblem> {
    let (person, course) = person_and_course(app, work, registration, &launch, Some(role)).await?;
    Ok(Ticket {
        registration,
        course,
        person,
        role,
        place: Place::Activity {
            id: review.activity,
            page: review.page,
        },
        return_url: return_url(launch.presentation),
    })
}

/// The work that a launch's address names, as `SpeedGrader` opens it: by the
/// address that was handed in with it. The address may be typed by anybody who
/// edits the course, so it counts within the launch's own course only, and a
/// learner sees no work but their own.
async fn handed_in_address(
    work: &mut dyn UnitOfWork,
    registration: RegistrationId,
    launch: &Launch,
    role: Role,
) -> Result<Option<Review>, StorageError> {
    let Some(id) = launch
        .target_parameter("submission")
        .and_then(|id| id.parse().ok())
    else {
        return Ok(None);
    };
    let Some(submission) = work.submission(registration, id).await? else {
        return Ok(None);
    };
    let Some(activity) = work.activity(registration, submission.activity).await? else {
        return Ok(None);
    };
    if !is_course_of(work, &activity, launch).await? {
        return Ok(None);
    }
    let learner = work.person(registration, submission.person).await?;
    let page = match role {
        Role::Assessor => format!("submissions/{id}"),
        Role::Learner if learner.is_some_and(|learner| learner.subject == launch.subject) => {
            "result".to_owned()
        }
        Role::Learner => return Ok(None),
    };
    Ok(Some(Review {
        activity: activity.id,
        page,
    }))
}

/// Whether the activity belongs to the course of the launch.
async fn is_course_of(
    work: &mut dyn UnitOfWork,
    activity: &ActivityRecord,
    launch: &Launch,
) -> Result<bool, StorageError> {
    let course = work.course(activity.registration, activity.course).await?;
    let context = launch
        .context
        .as_ref()
        .map_or("", |context| context.id.as_str());
    Ok(course.is_some_and(|course| {
        course.context == context && course.deployment == launch.deployment_id
    }))
}

/// The work of the learner whom a submission review names (Submission Review
/// 1.0): in the activity of its link, or of its line item where it has no link.
async fn reviewed(
    work: &mut dyn UnitOfWork,
    registration: RegistrationId,
    launch: &Launch,
    role: Role,
    learner: Option<&str>,
) -> Result<Review, LaunchProblem> {
    let line_item = launch
        .grades
        .as_ref()
        .and_then(|grades| grades.line_item.as_ref());
    let candidates = work
        .find_activities(
            registration,
            launch.resource_link.as_ref().map(|link| link.id.as_str()),
            line_item.map(Url::as_str),
        )
        .await?;
    let mut found = None;
    for activity in candidates {
        if is_course_of(work, &activity, launch).await? {
            found = Some(activity);
            break;
        }
    }
    let activity = found.ok_or(LaunchProblem::NothingToReview)?;
    if role == Role::Learner {
        // Learners see their own, whoever the message names.
        return Ok(Review {
            activity: activity.id,
            page: "result".to_owned(),
        });
    }
    let Some(learner) = learner else {
        return Ok(Review {
            activity: activity.id,
            page: "cohort".to_owned(),
        });
    };
    let submission = match work.person_by_subject(registration, learner).await? {
        Some(person) => work.latest_submission(activity.id, person.id).await?,
        None => None,
    };
    Ok(Review {
        activity: activity.id,
        page: submission.map_or_else(
            || "cohort?nothing-to-review=1".to_owned(),
            |submission| format!("submissions/{}", submission.id),
        ),
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
