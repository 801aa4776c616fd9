//! `cargo xtask bench [NAME…]`: what the things cost that happen often. Prints
//! a table and writes `bench/report.json` below the target directory. Ratios
//! compare two things measured in the same run, for machines differ.

#![expect(clippy::print_stdout, reason = "the report")]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result};
use assessment::evidence::{Document, Evidence, SlotState};
use assessment::sections;
use axum::Json;
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{Request, Response, StatusCode};
use axum::routing::get;
use cpu_time::ProcessTime;
use end_to_end::{TestClock, UNIT, app, fixture, units};
use lti::keys::{SigningKey, key_set_json};
use serde_json::{Value, json};
use tower::ServiceExt;
use unit_host::{Content, Context as UnitContext, FileToRead, Wanted};
use url::Url;
use workflow::App;
use workflow::platforms::{NewPlatform, add};

/// Launches that are measured, after as many that warm up.
const LAUNCHES: usize = 400;
/// Calls of a plugin that are measured.
const CALLS: usize = 300;

#[tokio::main]
async fn main() -> Result<()> {
    // Cargo adds a flag of its own.
    let named: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .collect();
    let wanted = |name: &str| named.is_empty() || named.iter().any(|named| named == name);
    let mut rows = Vec::new();
    if wanted("launch") {
        rows.push(launch().await?);
    }
    if wanted("read-docx") {
        rows.push(read_docx().await?);
    }
    if wanted("check") {
        rows.push(check().await?);
    }
    println!(
        "{:12} {:>10} {:6} {:>10} {:>7}  beside",
        "what", "value", "unit", "goal", "met"
    );
    for row in &rows {
        println!(
            "{:12} {:>10.3} {:6} {:>10} {:>7}  {} {:.3}, ratio {:.2}",
            row["name"].as_str().unwrap_or_default(),
            row["value"].as_f64().unwrap_or_default(),
            row["unit"].as_str().unwrap_or_default(),
            row["goal"].to_string(),
            row["met"].to_string(),
            row["beside"]["what"].as_str().unwrap_or_default(),
            row["beside"]["value"].as_f64().unwrap_or_default(),
            row["ratio"].as_f64().unwrap_or_default(),
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

/// The target directory: the benchmark lies in `debug/deps` below it.
fn target() -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    Ok(here
        .ancestors()
        .nth(3)
        .context("the benchmark does not lie in a target directory")?
        .to_owned())
}

fn row(name: &str, value: f64, unit: &str, beside: (&str, f64), goal: f64) -> Value {
    json!({
        "name": name,
        "value": value,
        "unit": unit,
        "beside": { "what": beside.0, "value": beside.1 },
        "ratio": value / beside.1,
        "goal": goal,
        "met": value <= goal,
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

    fn token(&self, nonce: &str, learner: usize) -> Result<String> {
        let now = self.app.now().timestamp();
        let claim = |name: &str| format!("https://purl.imsglobal.org/spec/lti/claim/{name}");
        Ok(self.key.sign(&json!({
            "iss": self.issuer, "aud": "bench", "sub": format!("learner-{learner}"), "nonce": nonce,
            "iat": now, "exp": now + 3600, "name": "Sam Sample", "family_name": "Sample",
            claim("version"): "1.3.0", claim("message_type"): "LtiResourceLinkRequest",
            claim("deployment_id"): "1", claim("target_link_uri"): "http://127.0.0.1:1/lti/launch",
            claim("roles"): ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"],
            claim("context"): { "id": "2", "title": "Mentoring" },
            claim("resource_link"): { "id": "1", "title": "Unit 304" },
            claim("custom"): { "unit": UNIT },
        }))?)
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

    /// Milliseconds of CPU for one login and launch, the signing left out.
    async fn round(&self, count: usize) -> Result<f64> {
        let address = format!(
            "/lti/login?iss={}&client_id=bench&login_hint=1&lti_message_hint=2&target_link_uri=http%3A%2F%2F127.0.0.1%3A1%2Flti%2Flaunch",
            self.issuer
        );
        let before = cpu_ms();
        let mut begun = Vec::with_capacity(count);
        for _ in 0..count {
            begun.push(self.login(&address).await?);
        }
        let logins = cpu_ms() - before;
        let mut tokens = Vec::with_capacity(count);
        for (learner, begun) in begun.iter().enumerate() {
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
/// the token's signature alone.
async fn launch() -> Result<Value> {
    let launches = Launches::start().await?;
    launches.round(LAUNCHES).await?;
    let each = launches.round(LAUNCHES).await?;
    let token = launches.token("nonce", 1)?;
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
        "launch",
        each,
        "ms CPU",
        ("the token's signature alone", signature_alone),
        1.0,
    ))
}

fn assignment() -> FileToRead {
    FileToRead {
        bytes: fixture("304-strong/304-strong.docx"),
        media_type: String::new(),
        name: "304-strong.docx".to_owned(),
        wanted: Wanted::Document,
        locale: "en-GB".to_owned(),
    }
}

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

/// Reading the strong assignment in the sandbox, an instance each; beside it
/// the same text as plain text.
async fn read_docx() -> Result<Value> {
    let host = units().await?;
    let docx = median!(
        host.read(assignment())
            .await
            .map_err(|failure| anyhow::anyhow!(failure.message))?
    );
    let text = median!(
        host.read(FileToRead {
            bytes: fixture("304-strong/304-strong.txt"),
            name: "304-strong.txt".to_owned(),
            ..assignment()
        })
        .await
        .map_err(|failure| anyhow::anyhow!(failure.message))?
    );
    Ok(row(
        "read-docx",
        docx,
        "ms",
        ("the same as plain text", text),
        10.0,
    ))
}

/// All checks of the unit over the strong assignment; beside it an evaluation
/// of an empty sheet, which is little more than an instance.
async fn check() -> Result<Value> {
    let host = units().await?;
    let plugin = host.unit(UNIT).context("the unit is not installed")?;
    let unit = plugin.unit();
    let Content::Document(read) = host
        .read(assignment())
        .await
        .map_err(|failure| anyhow::anyhow!(failure.message))?
    else {
        anyhow::bail!("the reader gave tables");
    };
    let mut document = Document::new("assignment", 0, "304-strong.docx", read)?;
    document.sections = sections::find(unit, &document);
    let slot = |slot: &assessment::unit::Slot| SlotState {
        slot: slot.id.clone(),
        state: "given".to_owned(),
        note: String::new(),
    };
    let evidence = Evidence {
        slots: unit.slots.iter().map(slot).collect(),
        documents: vec![document],
        tables: Vec::new(),
    };
    let today = TestClock::default().now().date_naive();
    let context = UnitContext::standard(unit, today, 1, 1);
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
        ("an empty sheet evaluated", evaluate),
        5.0,
    ))
}
