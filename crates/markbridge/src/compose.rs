//! Puts the application together from its settings.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use assessment::unit::Overlay;
use chrono::{DateTime, Utc};
use object_store::local::LocalFileSystem;
use storage::Storage;
use storage_sqlite::SqliteStorage;
use unit_host::{InstallError, Limits, UnitHost};
use workflow::{App, Centre, Clock, Entropy};

use crate::complain;
use crate::settings::{LogFormat, Settings};

/// The one clock of the process.
#[expect(
    clippy::disallowed_methods,
    reason = "the composition root tells the time"
)]
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// The one source of randomness of the process: the operating system.
pub(crate) fn random(bytes: &mut [u8]) {
    // A machine without randomness cannot keep a secret: better to stop at once.
    #[expect(clippy::expect_used, reason = "there is no safe way on")]
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}

pub(crate) fn log(settings: &Settings) -> anyhow::Result<()> {
    let filter =
        tracing_subscriber::EnvFilter::try_new(&settings.log.filter).with_context(|| {
            format!(
                "`log.filter` is `{}`; expected a filter such as `info`",
                settings.log.filter
            )
        })?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match settings.log.format {
        LogFormat::Text => subscriber.init(),
        LogFormat::Json => subscriber.json().init(),
    }
    Ok(())
}

pub(crate) async fn storage(settings: &Settings) -> anyhow::Result<Arc<dyn Storage>> {
    let url = &settings.database.url;
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let path = path.split('?').next().unwrap_or(path);
    if let Some(folder) = Path::new(path)
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    }
    let storage = SqliteStorage::open(url)
        .await
        .with_context(|| format!("the database `{url}` cannot be opened"))?;
    Ok(Arc::new(storage))
}

/// The plugin host with every component of the plugin folder installed. A
/// component that cannot be used is named and left out.
pub(crate) async fn units(settings: &Settings) -> anyhow::Result<UnitHost> {
    let cache_dir = settings.plugins.cache_dir.clone();
    let host = UnitHost::new(unit_host::Settings {
        cache_key: cache_key(&cache_dir)?,
        cache_dir,
        limits: Limits::default(),
    })?;
    let folder = &settings.plugins.dir;
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            complain(&format!(
                "There are no plugins: the folder {} does not exist. In a clone, `cargo xtask plugins` fills it.",
                folder.display()
            ));
            return Ok(host);
        }
        Err(error) => {
            return Err(error)
                .with_context(|| format!("the folder {} cannot be read", folder.display()));
        }
    };
    let mut files: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|extension| extension == "wasm")
    });
    files.sort();
    for file in files {
        let component =
            std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        if let Err(error) = install(&host, component).await {
            complain(&format!("{} is left out: {error:#}", file.display()));
        }
    }
    Ok(host)
}

/// Installs a component as what it is: a unit, else a reader.
pub(crate) async fn install(host: &UnitHost, component: Vec<u8>) -> anyhow::Result<()> {
    match host.install_unit(component.clone()).await {
        Ok(_) => Ok(()),
        Err(InstallError::NoInterface { .. }) => {
            host.install_reader(component).await?;
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// The key that proves that compiled plugins are ours, made at the first start.
fn cache_key(cache_dir: &Path) -> anyhow::Result<[u8; 32]> {
    let mut name = cache_dir.as_os_str().to_owned();
    name.push(".key");
    let path = Path::new(&name);
    match std::fs::read(path) {
        Ok(key) => key.try_into().map_err(|_| {
            anyhow::anyhow!(
                "{} is not a key of 32 bytes; delete it, and plugins are compiled anew",
                path.display()
            )
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut key = [0; 32];
            random(&mut key);
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
                .with_context(|| format!("{} cannot be written", path.display()))?;
            file.write_all(&key)?;
            Ok(key)
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// The centre's own texts, each tried on its unit.
fn overlays(settings: &Settings, host: &UnitHost) -> anyhow::Result<Vec<Overlay>> {
    if settings.centre.overlays_dir.is_empty() {
        return Ok(Vec::new());
    }
    let folder = Path::new(&settings.centre.overlays_dir);
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .with_context(|| {
            format!(
                "`centre.overlays_dir` is `{}`, which cannot be read",
                folder.display()
            )
        })?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .collect();
    files.sort();
    let mut overlays = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("{} cannot be read", file.display()))?;
        let overlay: Overlay =
            toml::from_str(&text).with_context(|| format!("{} is no overlay", file.display()))?;
        let Some(plugin) = host.unit(&overlay.unit) else {
            bail!(
                "{} is for the unit `{}`, which is not installed",
                file.display(),
                overlay.unit
            );
        };
        overlay
            .apply(&mut plugin.unit().clone())
            .with_context(|| format!("{} does not fit its unit", file.display()))?;
        overlays.push(overlay);
    }
    Ok(overlays)
}

/// The whole application.
pub(crate) async fn app(settings: &Settings) -> anyhow::Result<Arc<App>> {
    let storage = storage(settings).await?;
    let units = units(settings).await?;
    let folder = settings.evidence.url.trim_start_matches("file://");
    std::fs::create_dir_all(folder)
        .with_context(|| format!("the folder {folder} for learners' files cannot be made"))?;
    let files = LocalFileSystem::new_with_prefix(folder)
        .with_context(|| format!("the folder {folder} for learners' files cannot be used"))?
        .with_fsync(true);
    let http = lti::http_client()?;
    let clock: Clock = Arc::new(now);
    let entropy: Entropy = Arc::new(random);
    let signing_key = workflow::platforms::signing_key(storage.as_ref(), now()).await?;
    Ok(Arc::new(App {
        overlays: overlays(settings, &units)?,
        storage,
        units,
        files: Arc::new(files),
        key_sets: lti::KeySets::new(http.clone()),
        tokens: lti::TokenClient::new(http.clone()),
        http,
        signing_key,
        public_url: settings.server.public_url.clone(),
        centre: Centre {
            name: settings.centre.name.clone(),
            time_zone: settings.time_zone()?,
            largest_file: settings.centre.largest_file_mb * 1_000_000,
            submissions: settings.centre.submissions,
        },
        clock,
        entropy,
        grade_due: tokio::sync::Notify::new(),
        roster_due: tokio::sync::Notify::new(),
    }))
}
