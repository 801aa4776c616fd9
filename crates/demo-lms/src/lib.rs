//! A small LTI 1.3 platform: a course page, a roster and a gradebook.
//!
//! It serves `markbridge demo`, plugin authors and tests. Nothing of it is needed by a
//! running tool. Everything lives in memory and is gone when the process ends.
//!
//! A platform has [`Manners`]: `strict` follows the specifications to the letter, `moodle`
//! and `canvas` answer as those systems were measured to. The rules for scores are in one
//! table-like file, `scores.rs`; the roster's and the results' are in `services.rs`.
//!
//! # Adding a manner
//!
//! Add a variant to [`Manners`], let the compiler show each `match`, and add the manner's
//! column to the tables in `tests/it/scores.rs`.
//!
//! # Example
//!
//! ```no_run
//! # async fn example(settings: demo_lms::Settings, listener: tokio::net::TcpListener)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! use demo_lms::{DemoLms, browser::Browser};
//!
//! let clock = std::sync::Arc::new(chrono::Utc::now);
//! let lms = DemoLms::new(settings, clock)?;
//! let router = lms.router();
//! tokio::spawn(async move { axum::serve(listener, router).await });
//!
//! let mut browser = Browser::new()?;
//! let page = browser.open(&lms.launch_url("learner-1")).await?;
//! assert_eq!(page.status, 200);
//! # Ok(())
//! # }
//! ```

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{get, post, put},
};
use chrono::{DateTime, Utc};
use serde::Serialize;
use url::Url;

#[cfg(feature = "browser")]
pub mod browser;
mod course;
mod keys;
mod launch;
mod links;
mod people;
#[cfg(feature = "browser")]
pub mod play;
mod registration;
mod scores;
mod services;
mod token;

pub use links::{LineItem, Link};
pub use people::{Person, Role};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// What the platform is told at its start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Address at which browsers and the tool reach the platform, such as
    /// `http://localhost:8090`. It is the `iss` of launches, without a slash at the end.
    pub issuer: Url,
    /// The tool that is registered from the start.
    pub tool: Tool,
    /// Whose quirks to show.
    pub manners: Manners,
    /// Number of enrolled learners.
    pub learners: usize,
    /// Title of the one activity.
    pub unit_title: String,
    /// Custom parameters sent with the activity.
    pub custom: BTreeMap<String, String>,
    /// Highest score of the activity's gradebook column.
    pub score_maximum: f64,
}

/// Registration of the tool.
#[derive(Clone, Debug)]
pub struct Tool {
    /// Where third-party login initiation goes.
    pub login_url: Url,
    /// The one redirect URI, also sent as `target_link_uri`.
    pub launch_url: Url,
    /// The tool's key set, fetched at every token request.
    pub jwks_url: Url,
    /// Client id that the platform gave to the tool.
    pub client_id: String,
    /// Deployment of the tool in this platform.
    pub deployment_id: String,
}

/// Whose quirks the platform shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manners {
    /// The specifications to the letter.
    Strict,
    /// Moodle 4.5.
    Moodle,
    /// Canvas as hosted in 2026.
    Canvas,
}

impl FromStr for Manners {
    type Err = DemoLmsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "strict" => Ok(Manners::Strict),
            "moodle" => Ok(Manners::Moodle),
            "canvas" => Ok(Manners::Canvas),
            _ => Err(DemoLmsError::Manners(text.to_owned())),
        }
    }
}

impl fmt::Display for Manners {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Manners::Strict => "strict",
            Manners::Moodle => "moodle",
            Manners::Canvas => "canvas",
        })
    }
}

/// Trouble that strikes one service call of the tool: the next one ([`DemoLms::set_fault`]) or
/// one of so many ([`DemoLms::fault_every`], and [`DemoLms::fault_tokens_every`] for tokens).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call is answered 401, and its token is void from then on.
    TokenExpired,
    /// The call is answered 401, and every token given out so far is void from then on.
    TokensRevoked,
    /// The call is answered 429.
    TooManyRequests {
        /// Seconds named by `Retry-After`.
        retry_after: u64,
    },
    /// The call is answered 503, without a word about when to come back.
    ServiceUnavailable,
    /// The call waits this long before it is looked at.
    Slow(Duration),
    /// The call is done, but the connection breaks before any answer. As the next trouble, it
    /// waits for a score that is stored.
    DropAfterStore,
    /// The call is done, but answered 502, as by a machine in front that gave up waiting. As the
    /// next trouble, it waits for a score that is stored.
    BadGatewayAfterStore,
    /// The call is done, but the connection breaks in the middle of the answer.
    TornAnswer,
    /// The call is done, but what should be JSON in the answer is the page of a proxy.
    BadJson,
}

/// Whose names the roster tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// Everybody's.
    #[default]
    Shown,
    /// Everybody's, where it is asked for the activity; as Moodle where privacy
    /// is left to each activity.
    ShownForTheActivity,
    /// Nobody's.
    Hidden,
}

/// One learner's line of the gradebook.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GradeRow {
    /// The learner's id.
    pub user_id: String,
    /// The learner's name.
    pub name: String,
    /// Stored score, out of [`GradeRow::maximum`]; none while ungraded or cleared.
    pub score: Option<f64>,
    /// Highest score of the column.
    pub maximum: f64,
    /// Comments, oldest first. Only Canvas keeps more than one.
    pub comments: Vec<String>,
    /// Time that the last accepted score bore.
    pub timestamp: Option<DateTime<Utc>>,
    /// Last `activityProgress` received.
    pub activity_progress: Option<String>,
    /// Last `gradingProgress` received.
    pub grading_progress: Option<String>,
    /// Attempts that scores have opened; only Canvas counts them.
    pub attempts: u32,
    /// Address of the tool that shows the work; only Canvas keeps one.
    pub submission_url: Option<Url>,
}

/// Why the platform could not do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoLmsError {
    /// No key or random word could be made.
    #[error("The demo platform could not make a key: check the system's random source.")]
    Key,
    /// The HTTP client could not be set up.
    #[error(
        "The demo platform could not set up its HTTP client: check the system's TLS certificates."
    )]
    Client(#[source] reqwest::Error),
    /// A page template is broken.
    #[error("A page of the demo platform could not be drawn: report this as a bug.")]
    Template(#[from] minijinja::Error),
    /// There is no such manner.
    #[error("`{0}` is not a manner of the demo platform: use `strict`, `moodle` or `canvas`.")]
    Manners(String),
}

/// A running demo platform. Clones are handles to the same one.
#[derive(Clone)]
pub struct DemoLms {
    inner: Arc<Inner>,
}

struct Inner {
    settings: Settings,
    now: Clock,
    key: keys::SigningKey,
    http: reqwest::Client,
    templates: minijinja::Environment<'static>,
    people: Vec<Person>,
    state: Mutex<State>,
}

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a trouble of its own, which a test switches on and off"
)]
#[derive(Default)]
struct State {
    grades: BTreeMap<String, scores::Grade>,
    launches: HashMap<String, launch::PendingLaunch>,
    tokens: HashMap<String, token::AccessToken>,
    assertion_ids: HashSet<String>,
    requests: Vec<String>,
    assertion_kid: Option<String>,
    fault: Option<Fault>,
    plan: services::FaultPlan,
    token_plan: services::FaultPlan,
    attempts_allowed: Option<u32>,
    own_item: Option<services::Column>,
    other_items: Vec<services::Column>,
    grade_scopes: Vec<&'static str>,
    service_down: bool,
    item_locked: bool,
    concluded: bool,
    relative_links: bool,
    roster_breaks: bool,
    roster_off: bool,
    key_set_down: bool,
    tokens_refused: bool,
    left: HashSet<String>,
    preview: HashSet<String>,
    altered: HashMap<String, serde_json::Map<String, serde_json::Value>>,
    names: Names,
    differences: bool,
    changes: Vec<String>,
    oldest_change: usize,
    registered: Vec<registration::RegisteredTool>,
    registration_tokens: HashMap<String, registration::Allowance>,
    links: Vec<Link>,
    links_made: usize,
    /// Gradebook columns of [`Link`]s, by the link's id.
    link_grades: BTreeMap<String, BTreeMap<String, scores::Grade>>,
    courses: Vec<links::CopiedCourse>,
    selections: HashMap<String, serde_json::Value>,
    deep_linking_settings: serde_json::Value,
    deep_linking_responses: Vec<serde_json::Value>,
}

impl State {
    /// What is kept in the column of a placement, where every learner of the course has a line.
    fn grades_of(&mut self, link: &str) -> &mut BTreeMap<String, scores::Grade> {
        if link == course::RESOURCE_LINK_ID {
            return &mut self.grades;
        }
        let learners = self.grades.keys().cloned();
        let empty = || learners.map(|id| (id, scores::Grade::default())).collect();
        self.link_grades
            .entry(link.to_owned())
            .or_insert_with(empty)
    }
}

impl DemoLms {
    /// Sets up a platform with an empty gradebook and a fresh key.
    ///
    /// # Errors
    ///
    /// [`DemoLmsError::Key`] and [`DemoLmsError::Client`] when the system offers no random
    /// bytes or no TLS.
    pub fn new(settings: Settings, now: Clock) -> Result<Self, DemoLmsError> {
        let people = people::people(settings.learners);
        let grades = people
            .iter()
            .filter(|person| person.role == Role::Learner)
            .map(|person| (person.id.clone(), scores::Grade::default()))
            .collect();
        let http = reqwest::Client::builder()
            .no_proxy()
            .timeout(Duration::from_secs(10))
            .build()
            .map_err(DemoLmsError::Client)?;
        let first_column = services::Column::of_activity(&settings, "1".to_owned());
        Ok(Self {
            inner: Arc::new(Inner {
                settings,
                now,
                key: keys::SigningKey::generate()?,
                http,
                templates: course::templates()?,
                people,
                state: Mutex::new(State {
                    grades,
                    own_item: Some(first_column),
                    grade_scopes: services::GRADE_SCOPES.to_vec(),
                    ..State::default()
                }),
            }),
        })
    }

    /// Every address of the platform, to be served at the issuer's.
    pub fn router(&self) -> Router {
        let services = Router::new()
            .route("/lti/token", post(token::token))
            .route("/lti/services/memberships", get(services::memberships))
            .route("/lti/services/memberships/changes", get(services::changes))
            .route("/lti/services/groups", get(services::groups))
            .route(
                "/lti/services/lineitems",
                get(services::line_items).post(services::make_line_item),
            )
            .route("/lti/services/lineitems/{item}", get(services::line_item))
            .route(
                "/lti/services/lineitems/{item}/scores",
                post(services::scores),
            )
            .route(
                "/lti/services/lineitems/{item}/results",
                get(services::results),
            )
            .layer(from_fn_with_state(self.clone(), services::watch));
        Router::new()
            .route("/", get(course::course))
            .route("/people", get(course::people).post(course::choose_person))
            .route("/activity/{link}", get(course::activity))
            .route("/select", get(course::select))
            .route("/gradebook", get(course::gradebook))
            .route("/gradebook.json", get(course::gradebook_json))
            .route("/style.css", get(course::style))
            .route("/tools", get(registration::tools).post(registration::add))
            .route("/tools/activate", post(registration::activate))
            .route(
                "/.well-known/openid-configuration",
                get(registration::configuration),
            )
            .route(
                "/lti/register",
                get(registration::read).post(registration::register),
            )
            .route("/lti/register/{client_id}", put(registration::replace))
            .route("/lti/launch", get(launch::launch))
            .route(
                "/lti/auth",
                get(launch::authenticate).post(launch::authenticate_form),
            )
            .route("/lti/return", get(course::tool_return))
            .route("/lti/deep-link", post(links::deep_link))
            .route("/lti/jwks", get(launch::key_set))
            .route("/lti/storage", get(course::storage))
            .route("/lti/storage.js", get(launch::storage_script))
            .merge(services)
            .fallback(course::not_found)
            .with_state(self.clone())
    }

    /// `iss` of every launch.
    pub fn issuer(&self) -> String {
        self.inner
            .settings
            .issuer
            .as_str()
            .trim_end_matches('/')
            .to_owned()
    }

    /// The course page.
    pub fn course_url(&self) -> Url {
        self.address("/")
    }

    /// Launches the activity as this person, whoever the browser's session was for.
    pub fn launch_url(&self, person_id: &str) -> Url {
        let mut url = self.address("/lti/launch");
        url.query_pairs_mut().append_pair("person", person_id);
        url
    }

    /// Address at which a browser launches the tool to review a learner's work, as a gradebook
    /// does (`LtiSubmissionReviewRequest`); without a learner, as Moodle's does from the head of a column.
    pub fn review_url(&self, person_id: &str, learner: &str) -> Url {
        let mut url = self.launch_url(person_id);
        url.query_pairs_mut().append_pair("review", learner);
        url
    }

    /// Address at which a browser launches the tool at an address that was handed in with a
    /// learner's work, as Canvas's `SpeedGrader` does: the message does not name the learner.
    pub fn speed_grader_url(&self, person_id: &str, address: &Url) -> Url {
        let mut url = self.launch_url(person_id);
        url.query_pairs_mut()
            .append_pair("address", address.as_str());
        url
    }

    /// `OpenID` Connect authentication endpoint.
    pub fn authorization_url(&self) -> Url {
        self.address("/lti/auth")
    }

    /// Access token endpoint.
    pub fn token_url(&self) -> Url {
        self.address("/lti/token")
    }

    /// The platform's key set.
    pub fn jwks_url(&self) -> Url {
        self.address("/lti/jwks")
    }

    /// Everybody on the course: assessors first, then learners.
    pub fn people(&self) -> Vec<Person> {
        self.inner.people.clone()
    }

    /// One row for each learner, graded or not, in the order of [`DemoLms::people`].
    pub fn gradebook(&self) -> Vec<GradeRow> {
        self.gradebook_of(course::RESOURCE_LINK_ID)
    }

    /// The same for the column of a placement.
    pub fn gradebook_of(&self, link: &str) -> Vec<GradeRow> {
        let maximum = self
            .link(Some(link))
            .and_then(|link| link.line_item)
            .map_or(0.0, |item| item.score_maximum);
        let mut state = self.state();
        let grades = state.grades_of(link).clone();
        self.inner
            .people
            .iter()
            .filter_map(|person| {
                let grade = grades.get(&person.id)?.clone();
                Some(GradeRow {
                    user_id: person.id.clone(),
                    name: person.name(),
                    score: grade.score,
                    maximum,
                    comments: grade.comments,
                    timestamp: grade.timestamp,
                    activity_progress: grade.activity_progress,
                    grading_progress: grade.grading_progress,
                    attempts: grade.attempts,
                    submission_url: grade.submission_url,
                })
            })
            .collect()
    }

    /// While down, the grade service answers 503 with `Retry-After: 1`.
    pub fn set_service_down(&self, down: bool) {
        self.state().service_down = down;
    }

    /// While locked, the gradebook column takes no scores: Moodle answers 500, Canvas 422,
    /// a strict platform 403.
    pub fn set_item_locked(&self, locked: bool) {
        self.state().item_locked = locked;
    }

    /// Ends the course: Canvas takes nothing for its gradebook any more. The other manners know
    /// no such end.
    pub fn conclude(&self) {
        self.state().concluded = true;
    }

    /// Sends the roster's `Link` to the next page as a relative address (RFC 8288 allows both).
    pub fn set_relative_links(&self, relative: bool) {
        self.state().relative_links = relative;
    }

    /// While it breaks, the roster answers 500 from its second page on.
    pub fn set_roster_breaks(&self, breaks: bool) {
        self.state().roster_breaks = breaks;
    }

    /// While it is off, the tool may not use the roster: launches do not name it, and no token is for it.
    pub fn set_roster_off(&self, off: bool) {
        self.state().roster_off = off;
    }

    /// While down, the platform's key set answers 500.
    pub fn set_key_set_down(&self, down: bool) {
        self.state().key_set_down = down;
    }

    /// While refused, nobody gets a token, as where the platform does not know the client id.
    pub fn set_tokens_refused(&self, refused: bool) {
        self.state().tokens_refused = refused;
    }

    /// From now on Canvas takes only so many attempts of a learner.
    pub fn set_attempts_allowed(&self, attempts: u32) {
        self.state().attempts_allowed = Some(attempts);
    }

    /// Lets the tool make gradebook columns: launches and tokens carry the scope.
    pub fn let_tool_make_line_items(&self) {
        self.state()
            .grade_scopes
            .push(services::MAKE_LINE_ITEM_SCOPE);
    }

    /// Takes a right to grades away from the tool, such as `result.readonly`: launches do not
    /// name it, and no token is for it.
    pub fn withhold_grade_scope(&self, name: &str) {
        let withheld = |scope: &&str| scope.rsplit('/').next() == Some(name);
        self.state().grade_scopes.retain(|scope| !withheld(scope));
    }

    /// Deletes the activity's gradebook column with its grades. Until the tool makes another
    /// one, launches name none.
    pub fn delete_line_item(&self) {
        let mut state = self.state();
        state.own_item = None;
        for grade in state.grades.values_mut() {
            *grade = scores::Grade::default();
        }
    }

    /// A teacher makes a column for the activity again, after it was deleted.
    pub fn make_line_item(&self) {
        let mut state = self.state();
        let id = services::next_item_id(&state);
        state.own_item = Some(services::Column::of_activity(self.settings(), id));
    }

    /// Gives the activity's column the tool's own names, as a deep link would.
    pub fn name_line_item(&self, resource_id: &str, tag: &str) {
        if let Some(item) = &mut self.state().own_item {
            item.resource_id = Some(resource_id.to_owned());
            item.tag = Some(tag.to_owned());
        }
    }

    /// Makes another column for the same activity, which is not the tool's. Launches name it
    /// from now on, as Open edX does with one of several; Moodle names none then.
    pub fn add_line_item(&self, resource_id: &str, tag: &str) {
        let mut state = self.state();
        let id = services::next_item_id(&state);
        state.other_items.push(services::Column {
            resource_id: Some(resource_id.to_owned()),
            tag: Some(tag.to_owned()),
            ..services::Column::of_activity(self.settings(), id)
        });
    }

    /// The activity's gradebook column as the tool reads it; none where it was deleted.
    pub fn line_item(&self) -> Option<serde_json::Value> {
        let item = self.state().own_item.clone()?;
        Some(item.to_json(self))
    }

    /// Takes a learner off the course: they are gone from roster and gradebook.
    pub fn take_off_course(&self, person_id: &str) {
        let mut state = self.state();
        state.left.insert(person_id.to_owned());
        state.grades.remove(person_id);
        state.changes.push(person_id.to_owned());
    }

    /// Puts a learner back on the course, with an empty line in the gradebook.
    pub fn put_on_course(&self, person_id: &str) {
        let mut state = self.state();
        state.left.remove(person_id);
        state.grades.entry(person_id.to_owned()).or_default();
        state.changes.push(person_id.to_owned());
    }

    /// Makes somebody a preview learner, like Canvas's Test Student: launches and roster say so.
    pub fn set_preview(&self, person_id: &str) {
        self.state().preview.insert(person_id.to_owned());
    }

    /// Has the roster say something else of somebody: these members take the place of the
    /// entry's own. `null` takes one away.
    pub fn alter_member(&self, person_id: &str, members: serde_json::Value) {
        let mut state = self.state();
        if let serde_json::Value::Object(members) = members {
            state.altered.insert(person_id.to_owned(), members);
            state.changes.push(person_id.to_owned());
        }
    }

    /// Says whose names the roster tells from now on. Launches tell them always.
    pub fn set_names(&self, names: Names) {
        self.state().names = names;
    }

    /// Names an address with each roster at which later changes can be read (NRPS 2.0
    /// section 2.5), in the manners `strict` only: neither Moodle nor Canvas has that.
    pub fn set_offers_differences(&self, offers: bool) {
        self.state().differences = offers;
    }

    /// Forgets all changes so far: addresses given out before are answered 410.
    pub fn forget_changes(&self) {
        let mut state = self.state();
        state.oldest_change = state.changes.len() + 1;
    }

    /// A teacher types a score into the gradebook. As in Moodle, that moves the grade's time;
    /// in Moodle's manners it also counts above every later score.
    pub fn edit_grade(&self, person_id: &str, score: f64) {
        let now = self.now();
        if let Some(grade) = self.state().grades.get_mut(person_id) {
            grade.score = Some(score);
            grade.timestamp = Some(now);
            grade.overridden = self.inner.settings.manners == Manners::Moodle;
            // Else the results would not list the learner.
            grade.activity_progress.get_or_insert_default();
        }
    }

    /// Takes a teacher's own entry back, as Moodle does: the tool's score shows again, without its comment.
    pub fn take_edit_back(&self, person_id: &str) {
        if let Some(grade) = self.state().grades.get_mut(person_id) {
            grade.overridden = false;
            grade.score = grade.hidden.take();
            grade.comments.clear();
        }
    }

    /// Sets or takes back the trouble that the next call meets.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.state().fault = fault;
    }

    /// Lets every `n`-th service call from now on meet trouble: the first of these, then the
    /// second, and so on in a circle. No troubles, or an `n` of 0, end it.
    pub fn fault_every(&self, n: usize, faults: Vec<Fault>) {
        self.state().plan = services::FaultPlan::new(n, faults);
    }

    /// The same for token requests, which are counted apart.
    pub fn fault_tokens_every(&self, n: usize, faults: Vec<Fault>) {
        self.state().token_plan = services::FaultPlan::new(n, faults);
    }

    /// The trouble that has not struck yet.
    pub fn fault(&self) -> Option<Fault> {
        self.state().fault
    }

    /// Token and service calls so far, such as `POST /lti/token 200`, oldest first.
    /// A call whose answer was dropped ends with `dropped`, one whose answer was hidden with
    /// what it was: `204 became 502`.
    pub fn requests(&self) -> Vec<String> {
        self.state().requests.clone()
    }

    /// Id of the key that signed the last token request whose signature was good.
    pub fn assertion_kid(&self) -> Option<String> {
        self.state().assertion_kid.clone()
    }

    fn address(&self, path: &str) -> Url {
        let mut url = self.inner.settings.issuer.clone();
        url.set_path(path);
        url
    }

    fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    fn now(&self) -> DateTime<Utc> {
        (self.inner.now)()
    }

    fn person(&self, id: &str) -> Option<&Person> {
        self.inner.people.iter().find(|person| person.id == id)
    }

    /// The state is only ever replaced by whole values, so it stays sound after a panic.
    fn state(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for DemoLms {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DemoLms")
            .field("settings", &self.inner.settings)
            .finish_non_exhaustive()
    }
}
