//! `cargo xtask bench [NAME…]`: what the things cost that happen often. Prints
//! a table and writes `bench/report.json` below the target directory. What
//! stands beside a value was measured in the same run, for machines differ.

#![expect(clippy::print_stdout, reason = "the report")]

use std::io::{Cursor, Read};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use assessment::evidence::{Document, Evidence, SlotState};
use assessment::ids::PersonId;
use assessment::passback::Delivery;
use assessment::sections;
use assessment::table::{matching, table};
use assessment::unit::Unit;
use axum::Json;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{Request, Response, StatusCode};
use axum::routing::get;
use cpu_time::ProcessTime;
use demo_lms::Manners;
use end_to_end::crowd::{self, Crowd};
use end_to_end::hostile::to_read;
use end_to_end::made::zipped;
use end_to_end::platform::Platform;
use end_to_end::process::{forget_peak, memory};
use end_to_end::{
    Site, TestClock, UNIT, app, components, empty_host, fixture, install_all, target, units, work,
};
use futures_util::{StreamExt, TryStreamExt};
use lti::keys::{SigningKey, key_set_json};
use serde_json::{Value, json};
use storage::courses::PersonRecord;
use storage::passback::PassbackRecord;
use tower::ServiceExt;
use unit_host::{Content, Context as UnitContext, FileToRead, Limits, UnitHost};
use url::Url;
use workflow::App;
use workflow::platforms::{NewPlatform, add};
use zip::ZipArchive;

use crate::guest::UnitGuest;
use crate::misbehaviour::{misbehaviours, slow_check};

/// The guests of the host's own tests.
#[expect(dead_code, reason = "the host's tests use more of it")]
#[path = "../../crates/unit-host/tests/it/guest.rs"]
mod guest;

#[path = "../../crates/unit-host/tests/it/misbehaviour.rs"]
mod misbehaviour;

/// Launches that are measured at a time, after as many that warm up.
const LAUNCHES: usize = 400;
/// How often CPU per launch is measured. The median counts, since whatever else
/// the machine does shows in it.
const ROUNDS: usize = 7;
/// People of the large course, and of the one that its memory is compared with.
const PEOPLE: usize = 20_000;
const FEWER_PEOPLE: usize = 5_000;
/// Grades of the large course.
const SCORES: usize = 1_000;
/// Bytes of a page of a guest's memory, and the pages that a reader may have.
const PAGE: usize = 64 << 10;
const MOST_PAGES: usize = (256 << 20) / PAGE;
/// Calls of a plugin that are measured.
const CALLS: usize = 300;

/// The median of repeated calls in milliseconds.
macro_rules! median {
    ($call:expr) => {{
        let mut times = Vec::with_capacity(CALLS);
        for _ in 0..CALLS {
            let started = Instant::now();
            $call;
            times.push(started.elapsed().as_secs_f64() * 1e3);
        }
        times.sort_by(f64::total_cmp);
        times[CALLS / 2]
    }};
}

// After the macro, which it uses.
#[path = "report/languages.rs"]
mod languages;

#[tokio::main]
async fn main() -> Result<()> {
    // Cargo adds a flag of its own.
    let named: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let wanted = |name: &str| named.is_empty() || named.iter().any(|named| named == name);
    let mut rows = Vec::new();
    // Nearly every launch changes nothing of what is kept; the first one of a person does.
    for (name, goal, new_people) in [("launch", Some(0.4), false), ("launch-first", None, true)] {
        if wanted(name) {
            rows.push(launch(name, goal, new_people).await?);
        }
    }
    for at_once in [8, 64] {
        let name = format!("launches-{at_once}");
        if wanted(&name) {
            rows.push(launches(&name, at_once).await?);
        }
    }
    for on_a_page in [50, 100, 1_000] {
        let name = format!("roster-{on_a_page}");
        if wanted(&name) {
            rows.push(roster(&name, on_a_page).await?);
        }
    }
    if wanted("roster-one-page") {
        rows.push(roster("roster-one-page", PEOPLE).await?);
    }
    if wanted("scores") {
        rows.push(scores().await?);
    }
    if wanted("read-docx") {
        rows.push(read_docx().await?);
    }
    if wanted("check") {
        rows.push(check().await?);
    }
    for evidence in evidences()? {
        if wanted(evidence.name) {
            rows.push(read_and_check(&evidence).await?);
        }
    }
    if wanted("languages") {
        rows.extend(languages::languages().await?);
    }
    if wanted("read-memory") {
        rows.push(read_memory().await?);
    }
    if wanted("misbehaving") {
        rows.push(beside_misbehaviours().await?);
    }
    if wanted("start") {
        rows.push(start().await?);
    }
    println!(
        "{:27} {:>10} {:7} {:>6} {:>6}  beside",
        "what", "value", "unit", "goal", "met"
    );
    for row in &rows {
        let beside: Vec<String> = row["beside"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(what, value)| format!("{what} {:.3}", value.as_f64().unwrap_or_default()))
            .collect();
        let or_dash = |name: &str| match &row[name] {
            Value::Null => "–".to_owned(),
            Value::Number(number) => format!("{:.3}", number.as_f64().unwrap_or_default()),
            value => value.to_string(),
        };
        println!(
            "{:27} {:>10.3} {:7} {:>6} {:>6}  {}",
            row["name"].as_str().unwrap_or_default(),
            row["value"].as_f64().unwrap_or_default(),
            row["unit"].as_str().unwrap_or_default(),
            or_dash("goal"),
            or_dash("met"),
            beside.join(", "),
        );
    }
    let folder = target()?.join("bench");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(
        folder.join("report.json"),
        serde_json::to_string_pretty(&rows)?,
    )?;
    Ok(())
}

fn row(name: &str, value: f64, unit: &str, goal: Option<f64>, beside: &[(&str, f64)]) -> Value {
    let beside: serde_json::Map<_, _> = beside
        .iter()
        .map(|(what, value)| ((*what).to_owned(), json!(value)))
        .collect();
    json!({
        "name": name,
        "value": value,
        "unit": unit,
        "goal": goal,
        "met": goal.map(|goal| value <= goal),
        "beside": beside,
    })
}

/// CPU time of the whole process so far, in milliseconds: all threads, the
/// database's too, in user and system.
fn cpu_ms() -> f64 {
    ProcessTime::now().as_duration().as_secs_f64() * 1e3
}

/// A platform that signs its own tokens, and the tool before it.
struct Launches {
    router: axum::Router,
    key: Arc<SigningKey>,
    app: Arc<App>,
    issuer: String,
    server: tokio::task::JoinHandle<()>,
    _folder: tempfile::TempDir,
}

/// A login that waits for its launch.
struct Begun {
    state: String,
    nonce: String,
    cookie: String,
}

impl Launches {
    async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let key = Arc::new(SigningKey::generate()?);
        let key_set = key_set_json(&[&key]);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let platform = Url::parse(&format!("http://{}", listener.local_addr()?))?;
        let key_route =
            axum::Router::new().route("/keys", get(move || async move { Json(key_set) }));
        let server = tokio::spawn(async move {
            axum::serve(listener, key_route).await.ok();
        });
        let clock = TestClock::default();
        let app = app(folder.path(), Url::parse("http://127.0.0.1:1")?, &clock).await?;
        let issuer = platform.as_str().trim_end_matches('/').to_owned();
        let new = NewPlatform {
            issuer: issuer.clone(),
            client_id: "bench".to_owned(),
            deployments: vec!["1".to_owned()],
            auth_url: platform.join("auth")?,
            token_url: platform.join("token")?,
            jwks_url: platform.join("keys")?,
        };
        add(app.storage.as_ref(), &new, app.now(), app.random()).await?;
        let router = web::router(web::Web::new(app.clone())?);
        Ok(Self {
            router,
            key,
            app,
            issuer,
            server,
            _folder: folder,
        })
    }

    async fn ask(&self, request: Request<Body>) -> Result<Response<Body>> {
        Ok(self.router.clone().oneshot(request).await?)
    }

    async fn login(&self, address: &str) -> Result<Begun> {
        let answer = self.ask(Request::get(address).body(Body::empty())?).await?;
        anyhow::ensure!(
            answer.status() == StatusCode::FOUND,
            "the login answered {}",
            answer.status()
        );
        let header = |name| {
            answer
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let url = Url::parse(header(LOCATION))?;
        let parameter = |name: &str| {
            url.query_pairs()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        Ok(Begun {
            state: parameter("state").context("no state")?,
            nonce: parameter("nonce").context("no nonce")?,
            cookie: header(SET_COOKIE)
                .split(';')
                .next()
                .unwrap_or_default()
                .to_owned(),
        })
    }

    /// A launch with as much in it as Moodle sends where everything is switched on.
    fn token(&self, nonce: &str, learner: usize) -> Result<String> {
        let now = self.app.now().timestamp();
        let claim = |name: &str| format!("https://purl.imsglobal.org/spec/lti/claim/{name}");
        let services = format!("{}/mod/lti/services.php", self.issuer);
        let token = self.key.sign(&json!({
            "iss": self.issuer, "aud": "bench", "sub": format!("learner-{learner}"), "nonce": nonce,
            "iat": now, "exp": now + 3600, "name": "Sam Sample", "given_name": "Sam",
            "family_name": "Sample", "email": format!("learner-{learner}@college.example"),
            claim("version"): "1.3.0", claim("message_type"): "LtiResourceLinkRequest",
            claim("deployment_id"): "1", claim("target_link_uri"): "http://127.0.0.1:1/lti/launch",
            claim("roles"): [
                "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student",
                "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner",
            ],
            claim("context"): {
                "id": "2", "label": "ILM3", "title": "Mentoring", "type": ["CourseSection"],
            },
            claim("resource_link"): {
                "id": "1", "title": "Unit 304", "description": "Undertaking mentoring in the workplace",
            },
            claim("lti1p1"): { "user_id": format!("{learner}") },
            claim("ext"): { "user_username": format!("learner-{learner}"), "lms": "moodle-2" },
            claim("launch_presentation"): {
                "locale": "en", "document_target": "iframe",
                "return_url": format!("{}/mod/lti/return.php?course=2&launch_container=3&instanceid=1&sesskey=AbCdEfGhIj", self.issuer),
            },
            claim("tool_platform"): {
                "product_family_code": "moodle", "version": "2025041401.05", "guid": "college.example",
                "name": "College", "description": "A college",
            },
            claim("lis"): { "person_sourcedid": "", "course_section_sourcedid": "" },
            claim("custom"): {
                "unit": UNIT, "link": "0197f2c4-7f2e-7c11-9a55-2f0e6f6a9b10", "course": "2",
                "context_history": "", "context_memberships_url": format!("{services}/CourseSection/2/bindings/1/memberships"),
                "system_setting_url": format!("{services}/tool/1/custom"),
                "context_setting_url": format!("{services}/CourseSection/2/bindings/tool/1/custom"),
                "link_setting_url": format!("{services}/links/1/custom"),
            },
            "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
                "scope": [
                    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem",
                    "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly",
                    "https://purl.imsglobal.org/spec/lti-ags/scope/score",
                ],
                "lineitems": format!("{services}/2/lineitems?type_id=1"),
                "lineitem": format!("{services}/2/lineitems/1/lineitem?type_id=1"),
            },
            "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
                "context_memberships_url": format!("{services}/CourseSection/2/bindings/1/memberships"),
                "service_versions": ["1.0", "2.0"],
            },
        }))?;
        anyhow::ensure!(
            (2_900..5_000).contains(&token.len()),
            "the token has {} bytes",
            token.len()
        );
        Ok(token)
    }

    async fn launch(&self, begun: &Begun, token: &str) -> Result<()> {
        let body = format!("state={}&id_token={token}", begun.state);
        let request = Request::post("/lti/launch")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(COOKIE, &begun.cookie)
            .body(Body::from(body))?;
        let answer = self.ask(request).await?;
        anyhow::ensure!(
            answer.status() == StatusCode::SEE_OTHER,
            "the launch answered {}",
            answer.status()
        );
        Ok(())
    }

    fn login_address(&self) -> String {
        format!(
            "/lti/login?iss={}&client_id=bench&login_hint=1&lti_message_hint=2&target_link_uri=http%3A%2F%2F127.0.0.1%3A1%2Flti%2Flaunch",
            self.issuer
        )
    }

    /// Milliseconds of CPU for one login and launch, the signing left out, of so
    /// many learners from this one on.
    async fn round(&self, first_learner: usize, count: usize) -> Result<f64> {
        let address = self.login_address();
        let before = cpu_ms();
        let mut begun = Vec::with_capacity(count);
        for _ in 0..count {
            begun.push(self.login(&address).await?);
        }
        let logins = cpu_ms() - before;
        let mut tokens = Vec::with_capacity(count);
        for (learner, begun) in (first_learner..).zip(&begun) {
            tokens.push(self.token(&begun.nonce, learner)?);
        }
        let before = cpu_ms();
        for (begun, token) in begun.iter().zip(&tokens) {
            self.launch(begun, token).await?;
        }
        #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
        let each = (logins + cpu_ms() - before) / count as f64;
        Ok(each)
    }
}

/// Login and launch on `SQLite` with the key set cached; beside it the check of
/// the token's signature alone. Of new people, everybody comes for the first time.
async fn launch(name: &str, goal: Option<f64>, new_people: bool) -> Result<Value> {
    let launches = Launches::start().await?;
    launches.round(0, LAUNCHES).await?;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for round in 1..=ROUNDS {
        let first_learner = if new_people { round * LAUNCHES } else { 0 };
        rounds.push(launches.round(first_learner, LAUNCHES).await?);
    }
    rounds.sort_by(f64::total_cmp);
    let token = launches.token("nonce", 1)?;
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    let token_kb = token.len() as f64 / 1e3;
    let (message, signature) = token
        .rsplit_once('.')
        .context("the token has no signature")?;
    let key_set = Url::parse(&format!("{}/keys", launches.issuer))?;
    let before = cpu_ms();
    for _ in 0..LAUNCHES {
        launches
            .app
            .key_sets
            .verify(&key_set, launches.key.kid(), message.as_bytes(), signature)
            .await?;
    }
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let signature_alone = (cpu_ms() - before) / LAUNCHES as f64;
    launches.server.abort();
    Ok(row(
        name,
        rounds[ROUNDS / 2],
        "ms CPU",
        goal,
        &[
            ("least", rounds[0]),
            ("kB of a token", token_kb),
            ("the token's signature alone", signature_alone),
        ],
    ))
}

/// How long a launch takes while so many are under way. The logins before it and
/// the signing of tokens are done beforehand; the rate counts the logins too.
async fn launches(name: &str, at_once: usize) -> Result<Value> {
    let launches = Arc::new(Launches::start().await?);
    launches.round(0, LAUNCHES).await?;
    let address = launches.login_address();
    let started = Instant::now();
    let logins = each_of((0..LAUNCHES).collect(), at_once, |_| {
        let (launches, address) = (launches.clone(), address.clone());
        async move { launches.login(&address).await }
    })
    .await?;
    let mut seconds = started.elapsed().as_secs_f64();
    let mut begun = Vec::with_capacity(LAUNCHES);
    for (learner, (login, _)) in logins.into_iter().enumerate() {
        let token = launches.token(&login.nonce, learner)?;
        begun.push((login, token));
    }
    let started = Instant::now();
    let done = each_of(begun, at_once, |(login, token)| {
        let launches = launches.clone();
        async move { launches.launch(&login, &token).await }
    })
    .await?;
    seconds += started.elapsed().as_secs_f64();
    let mut times: Vec<f64> = done.into_iter().map(|((), time)| time).collect();
    times.sort_by(f64::total_cmp);
    launches.server.abort();
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let rate = LAUNCHES as f64 / seconds;
    Ok(row(
        name,
        times[LAUNCHES * 99 / 100],
        "ms p99",
        None,
        &[
            ("median", times[LAUNCHES / 2]),
            ("launches with login per second", rate),
        ],
    ))
}

/// Does something to each, so many at a time, and says how many milliseconds
/// each of them took.
async fn each_of<T, R, F>(
    items: Vec<T>,
    at_once: usize,
    work: impl Fn(T) -> F,
) -> Result<Vec<(R, f64)>>
where
    F: Future<Output = Result<R>> + Send + 'static,
    R: Send + 'static,
{
    futures_util::stream::iter(items.into_iter().map(|item| {
        let work = work(item);
        async move {
            let timed = async move {
                let started = Instant::now();
                let result = work.await?;
                Ok((result, started.elapsed().as_secs_f64() * 1e3))
            };
            tokio::spawn(timed).await?
        }
    }))
    .buffered(at_once)
    .try_collect()
    .await
}

/// Reading a roster of 20,000 into an empty database: how much memory it takes
/// above what the process holds after it has read a small one.
async fn roster(name: &str, on_a_page: usize) -> Result<Value> {
    sweep(on_a_page, (on_a_page * 2).min(FEWER_PEOPLE)).await?;
    let fewer = sweep(on_a_page, FEWER_PEOPLE).await?;
    let all = sweep(on_a_page, PEOPLE).await?;
    Ok(row(
        name,
        all.mib,
        "MiB",
        Some(16.0),
        &[
            ("for a quarter of the people", fewer.mib),
            ("seconds", all.seconds),
            ("seconds of CPU, the platform's too", all.cpu_seconds),
        ],
    ))
}

struct Sweep {
    mib: f64,
    seconds: f64,
    cpu_seconds: f64,
}

async fn sweep(on_a_page: usize, people: usize) -> Result<Sweep> {
    let crowd = Arc::new(Crowd::new(people, on_a_page));
    let site = Site::start(Manners::Strict).await?;
    let platform = Platform::start_with(crowd.clone().router()).await?;
    let registration = site.register(&platform).await?;
    let course = crowd::course(&site, &platform, registration).await?;
    forget_peak()?;
    let (idle, _) = memory()?;
    let (started, cpu) = (Instant::now(), cpu_ms());
    let read = workflow::roster::sync_course(&site.app, &course).await?;
    let (_, peak) = memory()?;
    anyhow::ensure!(
        usize::try_from(read.seen)? == people,
        "{} of {people} people were read",
        read.seen
    );
    Ok(Sweep {
        mib: peak - idle,
        seconds: started.elapsed().as_secs_f64(),
        cpu_seconds: (cpu_ms() - cpu) / 1e3,
    })
}

/// Handing 1,000 released grades back to one course. The first one is released
/// by hand; the others are the same for other learners.
async fn scores() -> Result<Value> {
    let site = Site::start_with(Manners::Strict, |settings| settings.learners = SCORES).await?;
    work::hand_in(&site, work::LEARNER).await?;
    let (_, released) = work::release(&site, work::LEARNER, &work::PASS).await?;
    site.deliver().await?;
    let activity = released
        .url
        .path_segments()
        .and_then(|segments| segments.into_iter().nth(1)?.parse().ok())
        .context("the page belongs to no activity")?;
    let mut kept = site.app.storage.write().await?;
    let registration = kept
        .registrations(None)
        .await?
        .pop()
        .context("the platform is not registered")?
        .id;
    let first = kept
        .passbacks(registration, activity)
        .await?
        .pop()
        .context("nothing was released")?;
    for number in 2..=SCORES {
        let person = PersonRecord {
            id: PersonId::new(site.app.now(), site.app.random()),
            registration,
            subject: format!("learner-{number}"),
            name: format!("Learner {number}"),
            family_name: String::new(),
            email: String::new(),
            is_preview: false,
        };
        let person = kept.put_person(&person).await?;
        kept.put_passback(&PassbackRecord {
            person,
            delivery: Delivery::Waiting,
            attempts: 0,
            run_at: site.app.now(),
            ..first.clone()
        })
        .await?;
    }
    kept.save().await?;
    let (before, started, cpu) = (site.lms.requests().len(), Instant::now(), cpu_ms());
    site.deliver().await?;
    let (seconds, cpu) = (started.elapsed().as_secs_f64(), cpu_ms() - cpu);
    let arrived = site.lms.gradebook();
    let arrived = arrived.iter().filter(|row| row.score.is_some()).count();
    anyhow::ensure!(arrived == SCORES, "{arrived} of {SCORES} grades arrived");
    let requests = site.lms.requests().len() - before;
    #[expect(clippy::cast_precision_loss, reason = "some thousands")]
    let (each, requests) = (cpu / SCORES as f64, requests as f64);
    Ok(row(
        "scores",
        seconds,
        "s",
        None,
        &[
            ("requests", requests),
            ("ms of CPU for each, the platform's too", each),
        ],
    ))
}

fn assignment() -> FileToRead {
    to_read("304-strong.docx", fixture("304-strong/304-strong.docx"))
}

/// Reading the strong assignment in the sandbox, an instance each; beside it
/// the same text as plain text.
async fn read_docx() -> Result<Value> {
    let host = units().await?;
    let docx = median!(read(&host, assignment()).await?);
    let text = fixture("304-strong/304-strong.txt");
    let text = median!(read(&host, to_read("304-strong.txt", text.clone())).await?);
    Ok(row(
        "read-docx",
        docx,
        "ms",
        Some(10.0),
        &[("the same as plain text", text), ("ratio", docx / text)],
    ))
}

/// What the host makes of a file that was read, for the unit to check.
fn as_evidence(unit: &Unit, name: &str, content: Content) -> Result<Evidence> {
    let mut evidence = Evidence {
        slots: unit
            .slots
            .iter()
            .map(|slot| SlotState {
                slot: slot.id.clone(),
                state: "given".to_owned(),
                note: String::new(),
            })
            .collect(),
        documents: Vec::new(),
        tables: Vec::new(),
    };
    match content {
        Content::Document(read) => {
            let mut document = Document::new("assignment", 0, name, read)?;
            document.sections = sections::find(unit, &document);
            evidence.documents.push(document);
        }
        Content::Tables(tables) => {
            let slot = unit.slots.iter().find(|slot| slot.kind == "table");
            let slot = slot.context("the unit has no table")?;
            for read in &tables {
                let matching = matching(slot, read);
                let (table, _) = table(slot, 0, name, read, &matching, "en-GB");
                evidence.tables.push(table);
            }
        }
    }
    Ok(evidence)
}

/// All checks of the unit over the strong assignment; beside it an evaluation
/// of an empty sheet, which is little more than an instance.
async fn check() -> Result<Value> {
    let host = units().await?;
    let plugin = host.unit(UNIT).context("the unit is not installed")?;
    let unit = plugin.unit();
    let read = read(&host, assignment()).await?;
    let evidence = as_evidence(unit, "304-strong.docx", read)?;
    let context = context(unit);
    let sheet = assessment::sheet::Sheet::empty(unit);
    let check = median!(
        host.check(&plugin, evidence.clone(), context.clone(), None)
            .await?
    );
    let evaluate = median!(host.evaluate(&plugin, &sheet, &context).await?);
    Ok(row(
        "check",
        check,
        "ms",
        Some(5.0),
        &[
            ("an empty sheet evaluated", evaluate),
            ("ratio", check / evaluate),
        ],
    ))
}

fn context(unit: &Unit) -> UnitContext {
    UnitContext::standard(unit, TestClock::default().now().date_naive(), 1, 1)
}

async fn read(host: &UnitHost, file: FileToRead) -> Result<Content> {
    let read = host.read(file).await;
    read.map_err(|failure| anyhow::anyhow!(failure.message))
}

/// A file that learners hand in, and the programs that read such a file besides.
struct Evidenced {
    name: &'static str,
    unit: &'static str,
    file: FileToRead,
    /// Program and its arguments; `FILE` and `FOLDER` stand for places of the run.
    beside: &'static [&'static [&'static str]],
    /// Milliseconds, or that many times the first of `beside`.
    goal: Goal,
}

enum Goal {
    None,
    Milliseconds(f64),
    OfTheFirstBeside(f64),
}

const PANDOC: &[&str] = &["pandoc", "--to=plain", "--output=/dev/null", "FILE"];
const LIBREOFFICE: &[&str] = &[
    "soffice",
    "--headless",
    "--convert-to",
    "txt:Text",
    "--outdir",
    "FOLDER",
    "FILE",
];
const LIBREOFFICE_TABLES: &[&str] = &[
    "soffice",
    "--headless",
    "--convert-to",
    "csv",
    "--outdir",
    "FOLDER",
    "FILE",
];
const PDFTOTEXT: &[&str] = &["pdftotext", "FILE", "/dev/null"];
/// Runs of a program; the median counts.
const RUNS: usize = 7;

fn evidences() -> Result<[Evidenced; 4]> {
    let strong = |ending: &str| {
        let name = format!("304-strong.{ending}");
        let bytes = fixture(&format!("304-strong/{name}"));
        to_read(&name, bytes)
    };
    Ok([
        Evidenced {
            name: "docx",
            unit: UNIT,
            file: strong("docx"),
            beside: &[PANDOC, LIBREOFFICE],
            goal: Goal::OfTheFirstBeside(0.1),
        },
        Evidenced {
            name: "odt",
            unit: UNIT,
            file: strong("odt"),
            beside: &[PANDOC, LIBREOFFICE],
            goal: Goal::None,
        },
        Evidenced {
            name: "pdf",
            unit: UNIT,
            file: strong("pdf"),
            beside: &[PDFTOTEXT],
            goal: Goal::OfTheFirstBeside(1.0),
        },
        Evidenced {
            name: "xlsx",
            unit: "ilm-8577-306",
            file: to_read("diary.xlsx", sixty_rows()?),
            beside: &[LIBREOFFICE_TABLES],
            goal: Goal::Milliseconds(5.0),
        },
    ])
}

/// The diary of the complete fixture with its thirty rows twice.
fn sixty_rows() -> Result<Vec<u8>> {
    let fixture = fixture("306-complete/306-complete-diary.xlsx");
    let mut archive = ZipArchive::new(Cursor::new(fixture))?;
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let mut text = String::new();
        entry.read_to_string(&mut text)?;
        parts.push((entry.name().to_owned(), text));
    }
    let sheet = parts
        .iter_mut()
        .find(|(name, _)| name == "xl/worksheets/sheet1.xml");
    let (_, sheet) = sheet.context("the diary has no sheet")?;
    let start = sheet
        .find("<row r=\"2\"")
        .context("there is no second row")?;
    let end = sheet.find("</sheetData>").context("the rows have no end")?;
    let mut again = sheet[start..end].to_owned();
    // From the last row, or a number that was changed would be changed again.
    for row in (2..=31).rev() {
        for column in [
            "", "A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M",
        ] {
            let (before, after) = (
                format!("r=\"{column}{row}\""),
                format!("r=\"{column}{}\"", row + 30),
            );
            again = again.replace(&before, &after);
        }
    }
    sheet.insert_str(end, &again);
    let parts: Vec<(&str, &[u8])> = parts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_bytes()))
        .collect();
    Ok(zipped(&parts))
}

/// Reading a file and checking what was read, warm: the median of many. Beside
/// it the first call after the plugins were loaded from the cache, reading
/// alone, and other programs that only read the same file.
async fn read_and_check(evidence: &Evidenced) -> Result<Value> {
    let host = units().await?;
    let loaded = Instant::now();
    let fresh = empty_host(Limits::default())?;
    install_all(&fresh).await?;
    let loading = loaded.elapsed().as_secs_f64() * 1e3;
    let started = Instant::now();
    once(&fresh, evidence).await?;
    let cold = started.elapsed().as_secs_f64() * 1e3;
    let warm = median!(once(&host, evidence).await?);
    let alone = median!(read(&host, evidence.file.clone()).await?);
    let plugin = host
        .unit(evidence.unit)
        .context("the unit is not installed")?;
    let content = read(&host, evidence.file.clone()).await?;
    let looked = as_evidence(plugin.unit(), &evidence.file.name, content)?;
    let about = context(plugin.unit());
    let checking = median!(
        host.check(&plugin, looked.clone(), about.clone(), None)
            .await?
    );
    let mut beside = vec![
        ("reading alone", alone),
        ("checking alone", checking),
        ("cold", cold),
        ("loading all plugins", loading),
    ];
    let mut others = Vec::new();
    for command in evidence.beside {
        match run(command, &evidence.file)? {
            Some(time) => others.push((command[0], time)),
            None => println!("{} is not on this machine and is left out", command[0]),
        }
    }
    let goal = match evidence.goal {
        Goal::None => None,
        Goal::Milliseconds(goal) => Some(goal),
        Goal::OfTheFirstBeside(share) => {
            let first = others
                .first()
                .filter(|(name, _)| *name == evidence.beside[0][0]);
            first.map(|(_, time)| time * share)
        }
    };
    beside.extend_from_slice(&others);
    Ok(row(evidence.name, warm, "ms", goal, &beside))
}

/// Reads and checks once, as after an upload.
async fn once(host: &UnitHost, evidence: &Evidenced) -> Result<()> {
    let plugin = host
        .unit(evidence.unit)
        .context("the unit is not installed")?;
    let content = read(host, evidence.file.clone()).await?;
    let looked = as_evidence(plugin.unit(), &evidence.file.name, content)?;
    let findings = host
        .check(&plugin, looked, context(plugin.unit()), None)
        .await?;
    anyhow::ensure!(!findings.is_empty(), "the check found nothing");
    Ok(())
}

/// How many milliseconds a program takes for a file; none where it is not there.
fn run(command: &[&str], file: &FileToRead) -> Result<Option<f64>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join(&file.name);
    std::fs::write(&path, &file.bytes)?;
    let arguments = command[1..].iter().map(|argument| match *argument {
        "FILE" => path.as_os_str(),
        "FOLDER" => folder.path().as_os_str(),
        other => other.as_ref(),
    });
    let mut process = Command::new(command[0]);
    process
        .args(arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let started = Instant::now();
        match process.status() {
            Ok(status) => anyhow::ensure!(status.success(), "{} ended with {status}", command[0]),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    Ok(Some(times[RUNS / 2]))
}

/// The least memory that a reader can read each file with: what the guest takes,
/// to a page. A process's growth would not tell, for instances lie in memory
/// that is kept for the next.
async fn read_memory() -> Result<Value> {
    let mut beside = Vec::new();
    for evidence in evidences()? {
        let (mut too_few, mut enough) = (0, MOST_PAGES);
        while enough - too_few > 1 {
            let pages = usize::midpoint(too_few, enough);
            let mut limits = Limits::default();
            // The largest limit is part of what is compiled, so it stays.
            limits.units.memory_bytes = limits.readers.memory_bytes;
            limits.readers.memory_bytes = pages * PAGE;
            let host = empty_host(limits)?;
            for component in std::fs::read_dir(components())? {
                // Units are none, and some readers begin with more memory.
                host.install_reader(std::fs::read(component?.path())?)
                    .await
                    .ok();
            }
            match read(&host, evidence.file.clone()).await {
                Ok(_) => enough = pages,
                Err(_) => too_few = pages,
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "some hundred pages")]
        beside.push((evidence.name, (enough * PAGE) as f64 / f64::from(1 << 20)));
    }
    let most = beside.iter().map(|(_, mib)| *mib).fold(0.0, f64::max);
    Ok(row("read-memory", most, "MiB", Some(64.0), &beside))
}

/// How often a good plugin is measured beside a bad one.
const TURNS: usize = 10;
/// Rounds of a check that are long, but well within its time; and again at once.
const ROUNDS_OF_SLOW: u64 = 300_000_000;

/// A good plugin beside each that misbehaves. The value is the worst ratio.
async fn beside_misbehaviours() -> Result<Value> {
    let slow = (
        "",
        "slow within its time",
        UnitGuest::checking(&slow_check(ROUNDS_OF_SLOW)),
    );
    let mut beside = vec![("nothing", beside_misbehaviour(None).await?)];
    for (_, name, guest) in misbehaviours().into_iter().chain([slow]) {
        beside.push((name, beside_misbehaviour(Some(guest)).await?));
    }
    let worst = beside.iter().map(|(_, ratio)| *ratio).fold(0.0, f64::max);
    Ok(row("misbehaving", worst, "x p99", Some(2.0), &beside))
}

/// The slowest hundredth of a good plugin's calls while another misbehaves
/// without a pause: so many times the same on a quiet host. The two take turns, so
/// that both have their share of the machine's bad times.
async fn beside_misbehaviour(guest: Option<UnitGuest>) -> Result<f64> {
    let host = empty_host(Limits::default())?;
    install_all(&host).await?;
    let good = host.unit(UNIT).context("the unit is installed")?;
    let content = read(&host, assignment()).await?;
    let evidence = as_evidence(good.unit(), "assignment.docx", content)?;
    let bad = match guest {
        Some(guest) => Some(host.install_unit(guest.component()).await?),
        None => None,
    };
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..=2 * TURNS {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let bad = bad.iter().filter(|_| round % 2 == 1);
        let callers: Vec<_> = bad
            .flat_map(|bad| std::iter::repeat_n(bad, 4))
            .map(|bad| {
                let (host, bad, stopped) = (host.clone(), bad.clone(), stopped.clone());
                tokio::spawn(async move {
                    while !*stopped.borrow() {
                        let asked = context(bad.unit());
                        host.check(&bad, Evidence::default(), asked, None)
                            .await
                            .ok();
                    }
                })
            })
            .collect();
        for _ in 0..CALLS / 2 {
            let started = Instant::now();
            host.check(&good, evidence.clone(), context(good.unit()), None)
                .await?;
            // The first turn warms up.
            if round > 0 {
                times[round % 2].push(started.elapsed());
            }
        }
        stop.send(true)?;
        for caller in callers {
            caller.await?;
        }
    }
    let [quiet, beside] = times.map(|mut times| {
        times.sort();
        times[times.len() * 99 / 100].as_secs_f64()
    });
    Ok(beside / quiet)
}

/// How long the server takes from its start until it is ready, with everything
/// compiled before.
async fn start() -> Result<Value> {
    let binary = target()?.join("debug").join("markbridge");
    anyhow::ensure!(
        binary.is_file(),
        "build the binary first: cargo build --package markbridge"
    );
    let folder = tempfile::tempdir()?;
    let home = folder.path().display();
    let port = std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    let plugins = components().display().to_string();
    let settings = format!(
        "[server]\nlisten = \"127.0.0.1:{port}\"\npublic_url = \"http://127.0.0.1:{port}\"\n\
         [database]\nurl = \"sqlite://{home}/markbridge.sqlite\"\n\
         [evidence]\nurl = \"file://{home}/evidence\"\n\
         [plugins]\ndir = \"{plugins}\"\ncache_dir = \"{home}/plugin-cache\"\n\
         [keys]\nseal_key_file = \"{home}/seal.key\"\n"
    );
    let file = folder.path().join("markbridge.toml");
    std::fs::write(&file, settings)?;
    let ready = format!("http://127.0.0.1:{port}/readyz");
    let mut times = Vec::new();
    // The first start makes keys and compiles.
    for _ in 0..8 {
        let started = Instant::now();
        let mut server = Command::new(&binary)
            .arg("--config")
            .arg(&file)
            .arg("serve")
            .stderr(Stdio::null())
            .spawn()?;
        while reqwest::get(&ready).await.is_err() {
            anyhow::ensure!(server.try_wait()?.is_none(), "the server does not start");
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        times.push(started.elapsed().as_secs_f64() * 1e3);
        server.kill()?;
        server.wait()?;
    }
    let first = times.remove(0);
    times.sort_by(f64::total_cmp);
    let installed = std::fs::read_dir(components())?.count();
    #[expect(clippy::cast_precision_loss, reason = "a dozen of plugins")]
    let installed = installed as f64;
    Ok(row(
        "start",
        times[times.len() / 2],
        "ms",
        Some(150.0),
        &[("first", first), ("plugins", installed)],
    ))
}
