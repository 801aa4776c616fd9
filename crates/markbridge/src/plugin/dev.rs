//! `markbridge plugin dev`: the unit as learners and assessors see it, built again
//! at each change. It is the whole server on a database of its own, opened from a
//! demo VLE; the page around it is the VLE's neighbour, so that the browser treats
//! the server as it does inside a real course.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use axum::response::Html;
use axum::routing::get;
use axum::{Json, Router};
use clap::Args;
use demo_lms::{DemoLms, Manners, Tool};
use notify::{RecursiveMode, Watcher};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use unit_host::{Account, UnitHost};
use url::Url;

use super::test::{grouped, mebibytes, own_lines};
use super::workbench::{Project, install_readers};
use crate::settings::Settings;
use crate::{complain, compose, demo, say, serve};

const CLIENT: &str = "markbridge-dev";
/// Calls that the page shows.
const MOST_CALLS: usize = 12;
/// How long the author's editor is given to write all its files.
const REST: Duration = Duration::from_millis(200);
/// Folders whose changes are not the author's.
const NOT_SOURCES: [&str; 7] = [
    "target",
    "data",
    "node_modules",
    "markbridge",
    ".venv",
    "__pycache__",
    ".git",
];
const PAGE: &str = include_str!("dev.html");

#[derive(Debug, Args)]
pub(crate) struct Dev {
    /// The project's folder, or its `unit.toml`.
    #[arg(default_value = ".")]
    project: PathBuf,
    /// Port of the page; another one is taken where it is busy.
    #[arg(long, default_value_t = 8090)]
    port: u16,
}

/// What the page shows beside the server.
#[derive(Default)]
struct Shown {
    /// How many builds there were; the page loads the unit anew when it changes.
    builds: u64,
    /// What the plugin is, or what is wrong with it.
    state: String,
    /// What the tools said where a build failed.
    errors: Vec<String>,
    /// The last calls, the newest first.
    calls: VecDeque<Account>,
}

pub(crate) async fn run(settings: &Settings, arguments: Dev) -> anyhow::Result<()> {
    let project = Project::find(&arguments.project)?;
    let folder = tempfile::tempdir().context("there is no place for temporary files")?;
    let settings = own_settings(settings, folder.path()).await?;
    compose::log(&settings)?;
    let cache = super::workbench::cache(&settings);
    let units = UnitHost::with_accounts(compose::host_settings(&settings, &cache)?)?;
    install_readers(&units, &settings).await?;
    let mut changes = watch(&project.folder)?;
    let shown = Arc::new(Mutex::new(Shown::default()));
    while !build(&project, &units, &shown).await {
        say("Waiting for a change …");
        changed(&mut changes).await;
    }
    let unit = units.units().first().cloned();
    let unit = unit.context("only units are shown; this is a reader")?;
    units.take_accounts();

    let vle = demo::listener(Ipv4Addr::LOCALHOST.into(), arguments.port).await?;
    let lms = platform(&settings, &vle, unit.unit())?;
    let storage = compose::storage(&settings).await?;
    demo::register(storage.as_ref(), &lms, CLIENT).await?;
    let keys = compose::keys(&settings, storage.clone()).await?;
    let files = compose::files(&settings)?;
    let mut app = compose::assemble(&settings, storage, keys, units.clone(), files)?;
    // The latest build counts, whatever was there before.
    app.plugin_folder.clear();
    let app = Arc::new(app);
    let tool = TcpListener::bind(settings.server.listen).await?;
    let router = web::router(web::Web::new(app.clone())?);
    tokio::spawn(async move { axum::serve(tool, router).await });
    tokio::spawn(serve::work(app));
    let page = page(&units, &shown).merge(lms.router());
    let address = format!("{}/dev", lms.issuer());
    tokio::spawn(async move { axum::serve(vle, page).await });
    say(&format!("\nOpen {address}\n\nStop with Ctrl+C."));

    loop {
        tokio::select! {
            () = serve::stop() => return Ok(()),
            () = changed(&mut changes) => {
                build(&project, &units, &shown).await;
            }
        }
    }
}

/// The settings of a server on a database of its own.
async fn own_settings(settings: &Settings, folder: &Path) -> anyhow::Result<Settings> {
    let mut own = settings.clone();
    let listen = demo::listener(Ipv4Addr::LOCALHOST.into(), 8080)
        .await?
        .local_addr()?;
    let home = folder.display();
    own.server.listen = listen;
    own.server.public_url = Url::parse(&format!("http://127.0.0.1:{}", listen.port()))?;
    own.database.url = format!("sqlite://{home}/markbridge.sqlite");
    own.evidence.url = format!("file://{home}/evidence");
    own.keys.seal_key_file = folder.join("seal.key");
    own.registration.allow_private_addresses = true;
    "Your centre".clone_into(&mut own.centre.name);
    "warn".clone_into(&mut own.log.filter);
    Ok(own)
}

/// A course with the unit, on `localhost`, which is another site than the server's.
fn platform(
    settings: &Settings,
    listener: &TcpListener,
    unit: &assessment::unit::Unit,
) -> anyhow::Result<DemoLms> {
    let SocketAddr::V4(address) = listener.local_addr()? else {
        anyhow::bail!("the page needs IPv4 on this machine");
    };
    let server = &settings.server.public_url;
    Ok(DemoLms::new(
        demo_lms::Settings {
            issuer: Url::parse(&format!("http://localhost:{}", address.port()))?,
            tool: Tool {
                login_url: server.join("lti/login")?,
                launch_url: server.join("lti/launch")?,
                jwks_url: server.join("lti/jwks")?,
                client_id: CLIENT.to_owned(),
                deployment_id: demo::DEPLOYMENT.to_owned(),
            },
            manners: Manners::Strict,
            learners: 3,
            unit_title: unit.title.clone(),
            custom: [("unit".to_owned(), unit.id.clone())].into(),
            score_maximum: 100.0,
        },
        Arc::new(compose::now),
    )?)
}

/// The page and what it asks for.
fn page(units: &UnitHost, shown: &Arc<Mutex<Shown>>) -> Router {
    let (units, shown) = (units.clone(), shown.clone());
    let state = move || async move {
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        for account in units.take_accounts() {
            shown.calls.push_front(account);
        }
        shown.calls.truncate(MOST_CALLS);
        Json(state(&shown))
    };
    Router::new()
        .route("/dev", get(|| async { Html(PAGE) }))
        .route("/dev/state", get(state))
}

fn state(shown: &Shown) -> Value {
    let calls: Vec<_> = shown
        .calls
        .iter()
        .map(|call| {
            json!({
                "function": call.function,
                "costs": format!(
                    "{:.1} ms ({:.2} to start), {} fuel, {:.1} MiB",
                    call.time.as_secs_f64() * 1000.0,
                    call.start.as_secs_f64() * 1000.0,
                    grouped(call.fuel),
                    mebibytes(call.memory_bytes)
                ),
                "log": call.log,
                "trace": own_lines(&call.trace),
            })
        })
        .collect();
    json!({ "builds": shown.builds, "state": shown.state, "errors": shown.errors, "calls": calls })
}

/// Builds the project and lets the server have it. Says whether that went well.
async fn build(project: &Project, units: &UnitHost, shown: &Mutex<Shown>) -> bool {
    let own = project.clone();
    let built = tokio::task::spawn_blocking(move || {
        let mut said = Vec::new();
        let component = own.build(true, &mut |line| {
            complain(line);
            said.push(line.to_owned());
        });
        (component, said)
    });
    let (component, mut said) = match built.await {
        Ok((component, said)) => (component, said),
        Err(error) => (Err(error.into()), Vec::new()),
    };
    let installed = match component {
        Ok(component) => {
            let installed = units.install_unit(component).await;
            installed.map_err(anyhow::Error::from)
        }
        Err(error) => Err(error),
    };
    let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
    match installed {
        Ok(plugin) => {
            let identity = plugin.identity();
            shown.state = format!("{} {} is built", identity.id, identity.version);
            shown.errors.clear();
            shown.builds += 1;
            say(&shown.state);
            true
        }
        Err(error) => {
            let error = format!("{error:#}");
            complain(&format!("error: {error}"));
            said.extend(error.lines().map(str::to_owned));
            "The build did not work; what you see is the last one that did."
                .clone_into(&mut shown.state);
            shown.errors = said;
            false
        }
    }
}

/// Tells of each change of the author's sources.
fn watch(folder: &Path) -> anyhow::Result<Changes> {
    let folder = std::path::absolute(folder)?;
    let (tell, changes) = mpsc::unbounded_channel();
    let root = folder.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let Ok(event) = event else { return };
        let is_source = |path: &PathBuf| {
            let below = path.strip_prefix(&root).unwrap_or(path);
            let first = below.iter().next().unwrap_or_default();
            NOT_SOURCES.iter().all(|name| first != *name)
                && !below.starts_with("cases")
                && below
                    .extension()
                    .is_none_or(|ending| ending != "wasm" && ending != "part")
        };
        if !event.kind.is_access() && event.paths.iter().any(is_source) {
            // Nobody listens any more once the command ends.
            tell.send(()).ok();
        }
    })
    .context("changes of files cannot be followed on this machine")?;
    watcher
        .watch(&folder, RecursiveMode::Recursive)
        .with_context(|| format!("{} cannot be watched", folder.display()))?;
    Ok(Changes {
        _watcher: Box::new(watcher),
        changes,
    })
}

/// Changes of files, for as long as it is kept.
struct Changes {
    _watcher: Box<dyn Watcher + Send>,
    changes: mpsc::UnboundedReceiver<()>,
}

/// Waits for a change, and until all that belongs to it is written.
async fn changed(changes: &mut Changes) {
    if changes.changes.recv().await.is_none() {
        std::future::pending::<()>().await;
    }
    while tokio::time::timeout(REST, changes.changes.recv())
        .await
        .is_ok_and(|change| change.is_some())
    {}
}
