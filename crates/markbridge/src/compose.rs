//! Puts the application together from its settings.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use storage::Storage;
use storage_sqlite::SqliteStorage;
use unit_host::{InstallError, Package, UnitHost};
use workflow::diagnosis::Allowance;
use workflow::keys::{KeyProblem, KeyRing, SealKey};
use workflow::{App, Centre, Clock, Entropy, plugins};

use crate::settings::{LogFormat, Settings};
use crate::{compile, complain, overlay};

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

/// The same, as the application takes it.
pub(crate) fn entropy() -> Entropy {
    Arc::new(random)
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

/// The file of the database.
fn database_file(settings: &Settings) -> &Path {
    let url = &settings.database.url;
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    Path::new(path.split('?').next().unwrap_or(path))
}

/// Whether this is a server's place, and not only an author's.
pub(crate) fn has_database(settings: &Settings) -> bool {
    database_file(settings).is_file()
}

pub(crate) async fn storage(settings: &Settings) -> anyhow::Result<Arc<dyn Storage>> {
    let url = &settings.database.url;
    if let Some(folder) = database_file(settings)
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

/// What the plugin host needs to know, with compiled plugins in this folder.
pub(crate) fn host_settings(
    settings: &Settings,
    cache_dir: &Path,
) -> anyhow::Result<unit_host::Settings> {
    Ok(unit_host::Settings {
        cache_key: cache_key(cache_dir)?,
        cache_dir: cache_dir.to_owned(),
        limits: settings.plugins.limits(),
        compile_job: Some(compile::command(settings)?),
    })
}

/// The plugin host with every component of the plugin folder installed. A
/// component that cannot be used is named and left out.
pub(crate) async fn units(settings: &Settings) -> anyhow::Result<UnitHost> {
    let host = UnitHost::new(host_settings(settings, &settings.plugins.cache_dir)?)?;
    let folder = &settings.plugins.dir;
    if !folder.is_dir() {
        complain(&format!(
            "There are no plugins: the folder {} does not exist. In a clone, `cargo xtask plugins` fills it.",
            folder.display()
        ));
        return Ok(host);
    }
    for (file, component) in components(folder)? {
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
    let key = match std::fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let mut key = [0; 32];
            random(&mut key);
            make_secret(path, &key)
        }
        read => read,
    };
    let key = key.with_context(|| format!("{} cannot be made or read", path.display()))?;
    key.try_into().map_err(|_| {
        anyhow::anyhow!(
            "{} is not a key of 32 bytes; delete it, and plugins are compiled anew",
            path.display()
        )
    })
}

/// The signing keys of the database, each of which opens with the seal key.
pub(crate) async fn keys(
    settings: &Settings,
    storage: Arc<dyn Storage>,
) -> anyhow::Result<KeyRing> {
    let has_sealed = workflow::keys::any_sealed(storage.as_ref()).await?;
    let ring = key_ring(settings, storage, has_sealed)?;
    match ring.prepare().await {
        Ok(()) => Ok(ring),
        Err(error @ KeyProblem::DoesNotOpen(_)) => {
            Err(anyhow::Error::new(error).context(format!(
                "the seal key in {} is not the one that sealed the signing keys of this database; {SEAL_KEY_ADVICE}",
                seal_key_place(settings)
            )))
        }
        Err(error) => Err(error.into()),
    }
}

/// What to do without the right seal key.
const SEAL_KEY_ADVICE: &str = "put the right one back from its copy, or, where it is lost for good, run `markbridge key replace`, which makes a new signing key";

/// The signing keys of a database, not looked at yet. The file with the seal key
/// is made where it is missing, but not where something is sealed already.
pub(crate) fn key_ring(
    settings: &Settings,
    storage: Arc<dyn Storage>,
    has_sealed: bool,
) -> anyhow::Result<KeyRing> {
    let seal = match &settings.keys.seal_key {
        Some(seal) => seal.clone(),
        None => seal_key(&settings.keys.seal_key_file, has_sealed)?,
    };
    Ok(KeyRing::new(
        storage,
        seal,
        settings.key_life(),
        Arc::new(now),
        Arc::new(random),
    ))
}

fn seal_key_place(settings: &Settings) -> String {
    match settings.keys.seal_key {
        Some(_) => "`keys.seal_key`".to_owned(),
        None => settings.keys.seal_key_file.display().to_string(),
    }
}

fn seal_key(path: &Path, has_sealed: bool) -> anyhow::Result<SealKey> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && has_sealed => bail!(
            "the seal key file {} (`keys.seal_key_file`) is missing, and the signing keys of this database are sealed; {SEAL_KEY_ADVICE}",
            path.display()
        ),
        Err(error) if error.kind() == ErrorKind::NotFound => make_seal_key(path)
            .with_context(|| format!("the seal key file {} cannot be made", path.display()))?,
        Err(error) => {
            return Err(error)
                .with_context(|| format!("the seal key file {} cannot be read", path.display()));
        }
    };
    SealKey::from_base64(&text).with_context(|| {
        format!(
            "the seal key file {} does not hold 32 bytes in base64; {SEAL_KEY_ADVICE}",
            path.display()
        )
    })
}

fn make_seal_key(path: &Path) -> std::io::Result<String> {
    let mut key = [0; 32];
    random(&mut key);
    let made = make_secret(path, format!("{}\n", STANDARD.encode(key)).as_bytes())?;
    String::from_utf8(made).map_err(std::io::Error::other)
}

/// Makes a file with a secret in one step under a name of its own, so that of two
/// processes that start at once both go on with the same. Gives what it holds.
fn make_secret(path: &Path, secret: &[u8]) -> std::io::Result<Vec<u8>> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", std::process::id()));
    let draft = Path::new(&draft);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(draft)?;
    file.write_all(secret)?;
    file.sync_all()?;
    let linked = std::fs::hard_link(draft, path);
    std::fs::remove_file(draft)?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => std::fs::read(path),
    }
}

/// The folder for learners' files.
pub(crate) fn files(settings: &Settings) -> anyhow::Result<Arc<dyn ObjectStore>> {
    let folder = settings.evidence.url.trim_start_matches("file://");
    std::fs::create_dir_all(folder)
        .with_context(|| format!("the folder {folder} for learners' files cannot be made"))?;
    let files = LocalFileSystem::new_with_prefix(folder)
        .with_context(|| format!("the folder {folder} for learners' files cannot be used"))?
        .with_fsync(true);
    Ok(Arc::new(files))
}

/// The whole application, with what the centre sets, each file tried on its unit.
pub(crate) async fn app(settings: &Settings) -> anyhow::Result<Arc<App>> {
    let mut app = app_without_overlays(settings).await?;
    let files = overlay::load(settings, &Installed::of(&app).await?)?;
    app.overlays = files.into_iter().map(|file| file.overlay).collect();
    Ok(Arc::new(app))
}

/// The whole application with what the centre sets, not tried: for commands that
/// must work though it does not fit, such as going back to a version that it fits.
pub(crate) async fn app_with_untried_overlays(settings: &Settings) -> anyhow::Result<App> {
    let mut app = app_without_overlays(settings).await?;
    app.overlays = overlay::untried(settings);
    Ok(app)
}

async fn app_without_overlays(settings: &Settings) -> anyhow::Result<App> {
    let storage = storage(settings).await?;
    let keys = keys(settings, storage.clone()).await?;
    let units = units(settings).await?;
    let mut app = assemble(settings, storage, keys, units, files(settings)?)?;
    load_installed(settings, &mut app).await?;
    Ok(app)
}

/// Keeps what the plugin folder holds, and loads what is installed besides.
pub(crate) async fn load_installed(settings: &Settings, app: &mut App) -> anyhow::Result<()> {
    adopt(settings, app).await?;
    Ok(plugins::refresh(app).await?)
}

/// The plugins that commands go by.
pub(crate) struct Installed {
    pub(crate) host: UnitHost,
    /// Ids of all that are kept, of which some may not be loaded.
    pub(crate) kept: BTreeSet<String>,
}

impl Installed {
    /// Those of the server where there is a database, else those of the plugin
    /// folder.
    pub(crate) async fn find(settings: &Settings) -> anyhow::Result<Self> {
        if has_database(settings) {
            return Self::of(&app_without_overlays(settings).await?).await;
        }
        Ok(Self {
            host: units(settings).await?,
            kept: BTreeSet::new(),
        })
    }

    pub(crate) async fn of(app: &App) -> anyhow::Result<Self> {
        Ok(Self {
            host: app.units.clone(),
            kept: plugins::kept(app).await?.into_values().collect(),
        })
    }
}

/// Keeps the plugins of the folder that are not kept yet. A known one that could
/// not be loaded counts all the same, so that no other takes its place.
async fn adopt(settings: &Settings, app: &mut App) -> anyhow::Result<()> {
    let folder = &settings.plugins.dir;
    if !folder.is_dir() {
        return Ok(());
    }
    let kept = plugins::kept(app).await?;
    for (file, component) in components(folder)? {
        // What cannot be used was named when the folder was read.
        let Ok(package) = Package::read(&component) else {
            continue;
        };
        let digest = package.digest();
        if let Some(id) = kept.get(&digest) {
            app.plugin_folder.entry(id.clone()).or_insert(digest);
        } else {
            let name = file.file_name().unwrap_or_default().display();
            plugins::keep(app, component, &format!("the plugin folder: {name}")).await?;
        }
    }
    Ok(())
}

/// The components of a folder, by name.
pub(crate) fn components(folder: &Path) -> anyhow::Result<Vec<(PathBuf, Vec<u8>)>> {
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("the folder {} cannot be read", folder.display()))?;
    let mut files: Vec<_> = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|file| {
            file.extension()
                .is_some_and(|extension| extension == "wasm")
        })
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let component = std::fs::read(&file)
                .with_context(|| format!("{} cannot be read", file.display()))?;
            Ok((file, component))
        })
        .collect()
}

/// The whole application from its parts, without what the centre sets.
pub(crate) fn assemble(
    settings: &Settings,
    storage: Arc<dyn Storage>,
    keys: KeyRing,
    units: UnitHost,
    files: Arc<dyn ObjectStore>,
) -> anyhow::Result<App> {
    let http = lti::http_client()?;
    let clock: Clock = Arc::new(now);
    Ok(App {
        plugin_folder: plugins::in_use(&units),
        choosing: tokio::sync::Mutex::default(),
        loading: tokio::sync::Mutex::default(),
        overlays: Vec::new(),
        storage,
        units,
        trusted_keys: settings.plugins.trusted_keys()?,
        files,
        key_sets: lti::KeySets::new(http.clone()),
        tokens: lti::TokenClient::new(http.clone()),
        http,
        keys,
        public_url: settings.server.public_url.clone(),
        registration: settings.registration.rules(),
        centre: Centre {
            name: settings.centre.name.clone(),
            time_zone: settings.time_zone()?,
            largest_file: settings.centre.largest_file_mb * 1_000_000,
            submissions: settings.centre.submissions,
        },
        clock,
        entropy: entropy(),
        strangers: Allowance::default(),
        grade_due: tokio::sync::Notify::new(),
        roster_due: tokio::sync::Notify::new(),
    })
}
