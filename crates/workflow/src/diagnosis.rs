//! Whether everything works between us and a platform, and the launches that
//! did not. Nothing here changes anything on a platform: it only reads.

use std::sync::{Mutex, PoisonError};

use assessment::ids::RegistrationId;
use chrono::{DateTime, Utc};
use futures_util::StreamExt;
use lti::ags::{LineItemsQuery, line_items};
use lti::claims::{
    SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ_ONLY, SCOPE_RESULT, SCOPE_ROSTER, SCOPE_SCORE,
};
use lti::nrps::{MembersQuery, MembershipPage, members};
use lti::service::ServiceError;
use lti::token::{TokenClient, TokenError};
use serde::{Deserialize, Serialize};
use storage::courses::CourseRecord;
use storage::diagnosis::FailedLaunchRecord;
use storage::platforms::{NewDeployments, RegistrationRecord};
use storage::{Storage, StorageError};
use url::Url;

use crate::passback::services;
use crate::{App, Problem, platforms};

/// Token requests are dated five seconds back, and Moodle takes none from the future.
const CLOCKS_WORK_SECONDS: i64 = 5;
/// Launches may come from this far in the future.
const CLOCKS_FAIL_SECONDS: i64 = 60;
/// How many people are asked for: enough to see that it works.
const FIRST_PEOPLE: u32 = 50;
/// Of strangers' failures this many are written down at once, and then one in a second.
const STRANGERS_AT_ONCE: i64 = 20;

/// How a test went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It works.
    Works,
    /// It works in part, or could not be tried.
    Look,
    /// It does not work.
    Fails,
}

impl Standing {
    /// Its word on pages and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Works => "works",
            Self::Look => "look",
            Self::Fails => "fails",
        }
    }
}

/// One test, for administrators.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// What was tested.
    pub subject: String,
    /// How it went.
    pub standing: Standing,
    /// What was seen.
    pub seen: String,
    /// What to do next; empty where nothing is to be done.
    pub next: String,
}

impl Probe {
    /// A test that went well.
    pub fn works(subject: &str, seen: impl Into<String>) -> Self {
        Self::new(subject, Standing::Works, seen.into(), "")
    }

    /// A test that wants a look.
    pub fn look(subject: &str, seen: impl Into<String>, next: &str) -> Self {
        Self::new(subject, Standing::Look, seen.into(), next)
    }

    /// A test that went wrong.
    pub fn fails(subject: &str, seen: impl Into<String>, next: &str) -> Self {
        Self::new(subject, Standing::Fails, seen.into(), next)
    }

    fn new(subject: &str, standing: Standing, seen: String, next: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            standing,
            seen,
            next: next.to_owned(),
        }
    }
}

/// The tests of one registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// When they were made.
    pub at: DateTime<Utc>,
    /// Each of them.
    pub probes: Vec<Probe>,
}

impl Diagnosis {
    /// How many went this way.
    pub fn count(&self, standing: Standing) -> usize {
        self.probes
            .iter()
            .filter(|probe| probe.standing == standing)
            .count()
    }
}

/// Tests a registration now, and keeps how it went in place of the last time.
///
/// # Errors
/// [`Problem::NotFound`] where there is no such registration; else where the
/// database fails. A platform that does not answer is no error.
pub async fn examine(app: &App, id: RegistrationId) -> Result<Diagnosis, Problem> {
    let mut work = app.storage.read().await?;
    let record = work.registration(id).await?.ok_or(Problem::NotFound)?;
    let deployments = work.deployments(id).await?;
    let course = work.newest_course(id).await?;
    drop(work);
    let deployment = course
        .as_ref()
        .map(|course| course.deployment.as_str())
        .or(deployments.first().map(String::as_str));
    let (clock, key_set, own_key_set, tokens, roster, grades) = tokio::join!(
        clock(app, &record),
        key_set(app, &record),
        own_key_set(app, id),
        tokens(app, &record, deployment),
        read_roster(app, &record, course.as_ref()),
        read_grades(app, &record, course.as_ref()),
    );
    let tokens = tokens?;
    let probes = vec![
        configuration(app, &record, &deployments),
        clock,
        key_set,
        own_key_set?,
        tokens.probe(),
        roster_probe(course.as_ref(), roster?),
        grades_probe(course.as_ref(), grades?, &tokens),
    ];
    let at = app.now();
    let kept =
        serde_json::to_string(&probes).map_err(|error| StorageError::Driver(Box::new(error)))?;
    let mut work = app.storage.write().await?;
    work.put_diagnosis(id, at, &kept).await?;
    work.save().await?;
    Ok(Diagnosis { at, probes })
}

/// How the tests of a registration went last; `None` before the first time.
///
/// # Errors
/// [`Problem::Storage`] where the database fails.
pub async fn last(app: &App, id: RegistrationId) -> Result<Option<Diagnosis>, Problem> {
    let kept = app.storage.read().await?.diagnosis(id).await?;
    let Some((at, probes)) = kept else {
        return Ok(None);
    };
    let probes = serde_json::from_str(&probes).map_err(|_| StorageError::Inconsistency {
        table: "diagnoses",
        column: "probes_json",
    })?;
    Ok(Some(Diagnosis { at, probes }))
}

fn configuration(app: &App, record: &RegistrationRecord, deployments: &[String]) -> Probe {
    const SUBJECT: &str = "Configuration";
    if record.disabled {
        return Probe::look(
            SUBJECT,
            "This registration is switched off: launches from it are refused",
            "If that is meant, nothing is to be done.",
        );
    }
    if deployments.is_empty() && record.new_deployments == NewDeployments::Refuse {
        return Probe::fails(
            SUBJECT,
            "This registration has no deployment, so every launch is refused",
            "Look the deployment id up on the platform and add it with `markbridge platform add`.",
        );
    }
    let deployments = if deployments.is_empty() {
        "none yet, the first launch adds its own".to_owned()
    } else {
        deployments.join(", ")
    };
    if app.public_url.scheme() != "https" {
        return Probe::look(
            SUBJECT,
            format!(
                "Our address is {}, without https; deployments: {deployments}",
                app.public_url
            ),
            "That only works for browsers on this machine itself. Set `server.public_url` to the https address under which people reach Markbridge, and restart it.",
        );
    }
    let plain = [&record.auth_url, &record.token_url, &record.jwks_url]
        .into_iter()
        .find(|url| !url.starts_with("https:"));
    if let Some(plain) = plain {
        return Probe::look(
            SUBJECT,
            format!("The platform’s address {plain} is without https"),
            "Ask the platform’s administrator for its https addresses and register them: others can read and change what goes over plain http.",
        );
    }
    Probe::works(
        SUBJECT,
        format!("Reached at {}; deployments: {deployments}", app.public_url),
    )
}

/// Every answer over HTTP tells the time of its server.
async fn clock(app: &App, record: &RegistrationRecord) -> Probe {
    const SUBJECT: &str = "Clock";
    let answer = app.http.get(&record.jwks_url).send().await;
    let now = app.now();
    let theirs = answer.ok().and_then(|answer| {
        let date = answer.headers().get("date")?.to_str().ok()?;
        DateTime::parse_from_rfc2822(date).ok()
    });
    let Some(theirs) = theirs else {
        return Probe::look(
            SUBJECT,
            "The platform did not say what time it is",
            "Compare the clocks of both servers by hand if launches fail because they are too old or from the future.",
        );
    };
    let ahead = (now - theirs.to_utc()).num_seconds();
    let apart = ahead.abs();
    if apart <= CLOCKS_WORK_SECONDS {
        return Probe::works(SUBJECT, format!("At most {} s apart", apart + 1));
    }
    let seen = format!(
        "Our clock is {apart} s {} the platform’s",
        if ahead > 0 { "ahead of" } else { "behind" }
    );
    let next = "Let both servers set their clocks by the network (NTP): `timedatectl` shows whether ours does. Launches and access tokens are refused where they are a minute apart, by Moodle even sooner.";
    if apart <= CLOCKS_FAIL_SECONDS {
        Probe::look(SUBJECT, seen, next)
    } else {
        Probe::fails(SUBJECT, seen, next)
    }
}

async fn key_set(app: &App, record: &RegistrationRecord) -> Probe {
    const SUBJECT: &str = "Key set of the platform";
    let next = format!(
        "Open {} in a browser on the server that Markbridge runs on: it must show JSON with `keys`. If the platform shows another address for its public key set, register that one.",
        record.jwks_url
    );
    let Ok(url) = Url::parse(&record.jwks_url) else {
        return Probe::fails(SUBJECT, "Its address cannot be read", &next);
    };
    match app.key_sets.count_usable(&url).await {
        Ok(0) => Probe::fails(SUBJECT, "It holds no key that can check a launch", &next),
        Ok(count) => Probe::works(SUBJECT, format!("{} in it", counted(count, "key", "keys"))),
        Err(error) => Probe::fails(SUBJECT, error.to_string(), &next),
    }
}

/// Our key set as others see it, at the public address.
async fn own_key_set(app: &App, id: RegistrationId) -> Result<Probe, StorageError> {
    const SUBJECT: &str = "Our key set";
    let kid = app.keys.signing_key(id).await?.kid().to_owned();
    let mut url = app.public_url.clone();
    url.set_path("/lti/jwks");
    let answer = async {
        let answer = app.http.get(url.clone()).send().await?;
        answer.error_for_status()?.json::<serde_json::Value>().await
    };
    let next = format!(
        "See whether the server runs, and whether proxy and firewall pass {url} on to it. Platforms read it there. Where only this machine cannot reach that address and access tokens are granted, nothing is to be done."
    );
    let set = match answer.await {
        Ok(set) => set,
        Err(error) => {
            let why = match error.status() {
                Some(status) => format!("{url} answers with status {}", status.as_u16()),
                None if error.is_decode() => format!("{url} does not answer with a key set"),
                None => format!("{url} cannot be reached from this machine"),
            };
            return Ok(Probe::fails(SUBJECT, why, &next));
        }
    };
    let keys = set["keys"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    Ok(if keys.iter().any(|key| key["kid"] == kid.as_str()) {
        let count = counted(keys.len(), "key", "keys");
        Probe::works(
            SUBJECT,
            format!("{count} at {url}, the one that signs among them"),
        )
    } else {
        Probe::fails(
            SUBJECT,
            format!("{url} shows other keys than ours"),
            "Something else answers at that address, or a server with another database. Compare `server.public_url` and `database.url` of all servers, and empty the proxy’s cache.",
        )
    })
}

/// Which scopes the platform gives a token for.
struct Tokens {
    granted: Vec<&'static str>,
    /// Until the first was granted, in milliseconds.
    took: i64,
    /// How long it lasts, in minutes.
    lasts: i64,
    refusal: Option<TokenError>,
}

/// Asks for one scope at a time, because some platforms refuse all where they
/// refuse one. What is kept of earlier tokens does not count.
async fn tokens(
    app: &App,
    record: &RegistrationRecord,
    deployment: Option<&str>,
) -> Result<Tokens, StorageError> {
    let registration = platforms::registration(record)?;
    let key = app.keys.signing_key(record.id).await?;
    let client = TokenClient::new(app.http.clone());
    let mut tokens = Tokens {
        granted: Vec::new(),
        took: 0,
        lasts: 0,
        refusal: None,
    };
    for scope in [
        SCOPE_ROSTER,
        SCOPE_LINE_ITEM_READ_ONLY,
        SCOPE_LINE_ITEM,
        SCOPE_RESULT,
        SCOPE_SCORE,
    ] {
        let asked_at = app.now();
        let answer = client
            .access_token(
                &registration,
                deployment,
                &[scope],
                &key,
                asked_at,
                &app.secret(),
            )
            .await;
        match answer {
            Ok(token) => {
                if tokens.granted.is_empty() {
                    tokens.took = (app.now() - asked_at).num_milliseconds();
                    tokens.lasts = (token.expires_at() - asked_at).num_minutes();
                }
                if token.scopes().iter().any(|granted| granted == scope) {
                    tokens.granted.push(scope);
                }
            }
            Err(TokenError::Refused { error, .. }) if error == "invalid_scope" => {}
            Err(error) => {
                tokens.refusal = Some(error);
                break;
            }
        }
    }
    Ok(tokens)
}

impl Tokens {
    fn grants(&self, scope: &str) -> bool {
        self.granted.contains(&scope)
    }

    fn probe(&self) -> Probe {
        const SUBJECT: &str = "Access token";
        if let Some(refusal) = &self.refusal {
            let mut seen = refusal.to_string();
            if let TokenError::Refused {
                description: Some(description),
                ..
            } = refusal
            {
                seen = format!("{seen}. It adds: {description}");
            }
            return Probe::fails(
                SUBJECT,
                seen,
                "Compare client id, token address and the address of our key set on both sides, and look at “Our key set” above. In Moodle, see also whether HTTP security lets it call our address and port.",
            );
        }
        if self.granted.is_empty() {
            return Probe::fails(
                SUBJECT,
                "The platform knows us, but grants no service",
                "Switch the services on for this tool: in Moodle in the tool’s settings under Services, in Canvas as scopes of the developer key.",
            );
        }
        let services = counted(self.granted.len(), "service", "services");
        Probe::works(
            SUBJECT,
            format!(
                "Granted in {}.{} s, valid for {} minutes, for {services}",
                self.took / 1000,
                self.took % 1000 / 100,
                self.lasts
            ),
        )
    }
}

/// What a service of a course answered; `None` where there is none to ask.
type Answered<T> = Option<Result<T, ServiceError>>;

async fn read_roster(
    app: &App,
    record: &RegistrationRecord,
    course: Option<&CourseRecord>,
) -> Result<Answered<Option<MembershipPage>>, StorageError> {
    let Some((course, url)) = service(course, |course| course.memberships_url.as_deref()) else {
        return Ok(None);
    };
    let services = services(app, record, course).await?;
    let query = MembersQuery {
        limit: Some(FIRST_PEOPLE),
        ..MembersQuery::default()
    };
    Ok(Some(
        members(&services, &url, &query).next().await.transpose(),
    ))
}

async fn read_grades(
    app: &App,
    record: &RegistrationRecord,
    course: Option<&CourseRecord>,
) -> Result<Answered<usize>, StorageError> {
    let Some((course, url)) = service(course, |course| course.line_items_url.as_deref()) else {
        return Ok(None);
    };
    let services = services(app, record, course).await?;
    let items = line_items(&services, &url, &LineItemsQuery::default()).await;
    Ok(Some(items.map(|items| items.len())))
}

fn service(
    course: Option<&CourseRecord>,
    address: impl Fn(&CourseRecord) -> Option<&str>,
) -> Option<(&CourseRecord, Url)> {
    let course = course?;
    Some((course, Url::parse(address(course)?).ok()?))
}

const OPEN_AN_ACTIVITY: &str = "Open an activity of the course once as a teacher, then test again.";

fn roster_probe(
    course: Option<&CourseRecord>,
    answered: Answered<Option<MembershipPage>>,
) -> Probe {
    const SUBJECT: &str = "Course list of people";
    let Some(answered) = answered else {
        return not_offered(
            SUBJECT,
            course,
            "list of people",
            "In Moodle, choose “Use this service to retrieve members’ information” in the tool’s settings under Services. In Canvas, give the developer key the scope for course members.",
        );
    };
    let page = match answered {
        Ok(page) => page,
        Err(error) => return service_fails(SUBJECT, &error),
    };
    let people = page.map(|page| page.members).unwrap_or_default();
    let learners = people
        .iter()
        .filter(|member| member.roles.is_learner() && !member.roles.is_instructor())
        .count();
    let seen = format!(
        "{}, {} others on the first page",
        counted(learners, "learner", "learners"),
        people.len() - learners
    );
    if people.is_empty() {
        Probe::look(
            SUBJECT,
            "It can be read, and nobody is on it",
            "Look whether people are enrolled in the course and may open the activity.",
        )
    } else if people
        .iter()
        .all(|member| member.name.is_none() && member.given_name.is_none())
    {
        Probe::look(
            SUBJECT,
            format!("{seen}, without names"),
            "Let the platform share names with this tool: in Moodle in the tool’s settings under Privacy, in Canvas as the privacy level of the developer key.",
        )
    } else {
        Probe::works(SUBJECT, seen)
    }
}

fn grades_probe(
    course: Option<&CourseRecord>,
    answered: Answered<usize>,
    tokens: &Tokens,
) -> Probe {
    const SUBJECT: &str = "Gradebook";
    let Some(answered) = answered else {
        return not_offered(
            SUBJECT,
            course,
            "gradebook",
            "In Moodle, choose “Use this service for grade sync and column management” in the tool’s settings under Services, and let it accept grades. In Canvas, give the developer key the scopes for line items, results and scores.",
        );
    };
    let columns = match answered {
        Ok(columns) => counted(columns, "column", "columns"),
        Err(error) => return service_fails(SUBJECT, &error),
    };
    if !tokens.grants(SCOPE_SCORE) {
        return Probe::fails(
            SUBJECT,
            format!("{columns} can be read, but grades may not be sent"),
            "In Moodle, choose “Use this service for grade sync and column management” in the tool’s settings under Services. In Canvas, give the developer key the scope for scores.",
        );
    }
    if !tokens.grants(SCOPE_RESULT) {
        return Probe::look(
            SUBJECT,
            format!("{columns}; grades may be sent, but not read back"),
            "Without reading, a grade that a teacher’s own entry hides is not noticed. Switch the reading of results on for this tool.",
        );
    }
    if !tokens.grants(SCOPE_LINE_ITEM) {
        return Probe::look(
            SUBJECT,
            format!("{columns}; reading and grading work, making columns is not allowed"),
            "Where each activity has its own column, nothing is to be done. Otherwise choose “Use this service for grade sync and column management” in Moodle’s settings of the tool under Services; in Canvas, give the developer key the scope for line items.",
        );
    }
    Probe::works(
        SUBJECT,
        format!("{columns}; reading, grading and making columns are allowed"),
    )
}

fn not_offered(subject: &str, course: Option<&CourseRecord>, what: &str, how: &str) -> Probe {
    match course {
        None => Probe::look(
            subject,
            "No course with services was opened here yet",
            OPEN_AN_ACTIVITY,
        ),
        Some(course) => Probe::look(
            subject,
            format!("The course “{}” gives no {what}", course.title),
            &format!("{how} {OPEN_AN_ACTIVITY}"),
        ),
    }
}

fn service_fails(subject: &str, error: &ServiceError) -> Probe {
    match error {
        ServiceError::Token(_) => Probe::fails(
            subject,
            "The platform grants no access token for it",
            "Put “Access token” right first. Where that works, switch this service on for the tool.",
        ),
        error => Probe::fails(subject, error.to_string(), error.advice()),
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// How many failures of strangers may be written down: whoever sends nonsense in
/// masses must not keep the database busy. The log has them all.
#[derive(Debug, Default)]
pub struct Allowance(Mutex<Option<(DateTime<Utc>, i64)>>);

impl Allowance {
    fn take(&self, now: DateTime<Utc>) -> bool {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, before) = used.filter(|(since, _)| *since <= now).unwrap_or((now, 0));
        let seconds = (now - since).num_seconds();
        let count = (before - seconds).max(0);
        if count >= STRANGERS_AT_ONCE {
            return false;
        }
        // Time that has been counted is not counted again; its rest is.
        *used = Some((since + chrono::Duration::seconds(seconds), count + 1));
        true
    }
}

/// Writes down a launch that failed, so that the reference that its person was
/// shown can be looked up. Nothing comes of a database that fails but a line in
/// the log.
pub async fn remember(
    app: &App,
    reference: &str,
    registration: Option<RegistrationId>,
    code: &str,
    reason: &str,
) {
    let now = app.now();
    if registration.is_none() && !app.strangers.take(now) {
        return;
    }
    let record = FailedLaunchRecord {
        reference: reference.to_owned(),
        registration,
        at: now,
        code: code.to_owned(),
        reason: reason.to_owned(),
    };
    let written = async {
        let mut work = app.storage.write().await?;
        work.add_failed_launch(&record).await?;
        work.save().await
    };
    if let Err(error) = written.await {
        tracing::warn!(
            reference,
            error = &error as &dyn std::error::Error,
            "the failed launch was not written down"
        );
    }
}

/// The newest launches that failed, newest first, up to `limit`: of these
/// registrations, and with `None` among them of those that were of none.
///
/// # Errors
/// [`StorageError`] where the database fails.
pub async fn failed_launches(
    storage: &dyn Storage,
    of: &[Option<RegistrationId>],
    limit: u32,
) -> Result<Vec<FailedLaunchRecord>, StorageError> {
    let mut work = storage.read().await?;
    let mut found = Vec::new();
    for &registration in of {
        found.append(&mut work.failed_launches(registration, limit).await?);
    }
    found.sort_by_key(|launch| std::cmp::Reverse(launch.at));
    found.truncate(limit as usize);
    Ok(found)
}

/// What an administrator can do about a launch that failed with this code.
pub fn next_step(code: &str) -> &'static str {
    match code {
        "state-unknown" | "arrival-unknown" | "nonce_mismatch" | "launch-used" => {
            "The activity is opened again from the course; “Back” and bookmarks do not work. If it happens to many people, see whether a proxy keeps pages."
        }
        "login-required" => {
            "The person signs in to the platform again and opens the activity from the course. If it happens to many people, see whether their browsers hold back the platform’s own cookies, and whether its sign-in lasts long enough."
        }
        "access-denied" => {
            "The person signs out of the platform, signs in as themselves, and opens the activity from the course. If it stays, see on the platform whether they are enrolled and may open the activity."
        }
        "tool-not-allowed" => {
            "Switch the tool on for this account or course on the platform: in Canvas see whether the developer key is on, in Moodle whether the tool is active. Compare the client id too."
        }
        "login-refused" => {
            "Compare the redirect address that the platform has of this tool with the one on the page of the platform, letter for letter. If they are the same, show the code to the administrator of the platform."
        }
        "platform-unavailable" => {
            "Wait, and open the activity again. If it goes on, ask the administrator of the platform whether it is up."
        }
        "platform-error" => {
            "Look the code up with the administrator of the platform: its own log says more about it."
        }
        "other-browser" => "The activity is opened again from the course, in one browser.",
        "unknown-platform" => {
            "If this is your platform, register this issuer and client id. Issuers must agree to the letter, a slash at the end too."
        }
        "unknown-deployment" => {
            "If this deployment is yours, add it on the page of its platform, or with `markbridge platform add`."
        }
        "registration-disabled" => {
            "Approve or resume the platform on its page, if it was not meant to be kept out."
        }
        "foreign-target" => {
            "Compare the tool’s address on the platform with `server.public_url`: they must have the same host."
        }
        "role-without-part" => {
            "If this person should hand in or mark, give them the role of a student or teacher in the course."
        }
        "message-not-offered" | "message_type_unknown" | "message_type_not_offered" => {
            "Switch this kind of link off for the tool on the platform."
        }
        "nothing-to-review" => "Open the activity once by its own link in the course.",
        "expired" | "too_old" | "issued_in_the_future" => {
            "If it happens again, compare the clocks of both servers: see “Clock” in the tests of the registration."
        }
        "key_set" | "key_unknown" | "key_unusable" | "kid_missing" | "signature" => {
            "See “Key set of the platform” in the tests of the registration, and whether its address is the one that the platform shows."
        }
        "issuer"
        | "audience"
        | "audience_foreign"
        | "authorised_party"
        | "authorised_party_missing" => {
            "Compare issuer and client id on both sides. In Moodle, an activity may have a consumer key of its own."
        }
        "login-incomplete" | "launch-incomplete" => {
            "Somebody may have opened the address by hand. If it comes from a course, compare the addresses that the platform has of the tool."
        }
        _ => {
            "Show the reason to the administrator of the platform: it sent something that LTI 1.3 does not allow."
        }
    }
}
