//! Installing plugins, and which version of each work begins with.
//!
//! A plugin's bytes lie in the store of files under their digest, so that every
//! process of one database has them. Versions live side by side: work that was
//! handed in keeps the one it was checked with. A new version of something that
//! is there waits until an administrator, who has seen what it would change,
//! makes it the default; going back is the same step.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assessment::evidence::ReadFailure;
use assessment::finding::CheckReport;
use assessment::people::Role;
use assessment::sheet::Verdict;
use assessment::unit::Unit;
use chrono::{Duration, NaiveDate};
use futures_util::StreamExt;
use lti::{Guard, GuardError};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use sha2::{Digest, Sha256};
use storage::UnitOfWork;
use storage::plugins::{DefaultRecord, InstalledRecord};
use storage::submissions::{PluginRecord, SubmissionRecord};
use unit_host::{
    CallFailure, Content, Context, FileToRead, Health, Identity, InstallError, Package,
    PackageError, ReaderPlugin, TrustedKey, UnitHost, UnitPlugin, Wanted,
};
use url::{Host, Url};

use crate::overlay::{misfits, unit_in_force};
use crate::{App, Problem, checks, evidence, table};

/// On so much of the latest work an upgrade is tried.
const SAMPLE: u32 = 20;
/// After so many failures in a row the trial of a version ends.
const MOST_FAILURES: u32 = 3;
/// How long a plugin that cannot be loaded is left alone, for trying takes the
/// compiler's time.
const BROKEN_PAUSE: Duration = Duration::minutes(10);
/// How long a plugin's download may take.
const DOWNLOAD_TIME: std::time::Duration = std::time::Duration::from_mins(2);

/// A plugin that somebody wants to install.
#[derive(Debug, Clone)]
pub struct Offer {
    /// The file: a component, or one that was packed.
    pub bytes: Vec<u8>,
    /// Where it came from: a file's name, or an address.
    pub source: String,
    /// SHA-256 in hexadecimal, of the file or of the component in it, as its
    /// maker published it. None where a signature by a trusted key is to count.
    pub digest: Option<String>,
}

/// What became of an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Id, version and digest.
    pub plugin: PluginRecord,
    /// Name of the trusted key that signed it.
    pub signed_by: Option<String>,
    /// Whether work begins with it now. Otherwise another version does, until
    /// [`make_default`] is called.
    pub is_default: bool,
}

/// Why a plugin was not installed. Nothing changed then.
#[derive(Debug, thiserror::Error)]
pub enum InstallProblem {
    /// The package is not in order.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// The digest is another.
    #[error(
        "this is not the file that you named: its SHA-256 is {found}, not {wanted}; get it again from its maker, and compare the digest that they published"
    )]
    Digest {
        /// What the file has.
        found: String,
        /// What was asked for.
        wanted: String,
    },
    /// The text is no digest.
    #[error(
        "`{0}` is no SHA-256 digest; expected 64 digits and letters from a to f, as `sha256sum` prints them"
    )]
    NoDigest(String),
    /// Neither a signature nor a digest.
    #[error(
        "nobody vouches for this plugin: it is not signed with a key that this server trusts (`plugins.trusted_keys`); name the SHA-256 digest that its maker published, or have it signed"
    )]
    NotTrusted,
    /// Another plugin has this version already.
    #[error(
        "version {version} of {id} is installed already with other content; its maker gives each release a version of its own"
    )]
    SameVersion {
        /// The plugin.
        id: String,
        /// The version.
        version: String,
    },
    /// A reader of another id reads such files already.
    #[error(
        "it reads .{ending} files, and {other} does so already; a reader that is to take the place of another is a new version of it, with the same id"
    )]
    OtherReader {
        /// What both read.
        ending: String,
        /// The reader that is there.
        other: String,
    },
    /// It cannot be used.
    #[error(transparent)]
    Install(#[from] InstallError),
    /// The address may not be called, or does not answer with a file.
    #[error("{0}")]
    Download(String),
    /// Database or store failed.
    #[error(transparent)]
    Problem(#[from] Problem),
}

impl From<storage::StorageError> for InstallProblem {
    fn from(error: storage::StorageError) -> Self {
        Self::Problem(error.into())
    }
}

/// Gets a plugin from an address. What it is, the digest says.
///
/// # Errors
/// [`InstallProblem::Download`] in words that say what to do.
pub async fn download(app: &App, address: &Url) -> Result<Vec<u8>, InstallProblem> {
    let most = app.units.limits().component_bytes;
    let failed = |what: &str| {
        InstallProblem::Download(format!(
            "{address} {what}; download the file yourself and install it from there"
        ))
    };
    let private = app.registration.allow_private_addresses;
    let guard = Guard {
        allow_http: private,
        allow_private: private,
    };
    let addresses = guard.addresses(address).await.map_err(|error| {
        failed(match error {
            GuardError::Scheme(_) => "is no https address",
            GuardError::Credentials => "holds a user name or a password",
            GuardError::NotPublic(_) => "is not on the public internet",
            _ => "names a host that is not known",
        })
    })?;
    let mut client = reqwest::Client::builder()
        .timeout(DOWNLOAD_TIME)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy();
    if let Some(Host::Domain(domain)) = address.host() {
        client = client.resolve_to_addrs(domain, &addresses);
    }
    let client = client.build().map_err(|_| failed("cannot be called"))?;
    let answer = client.get(address.clone()).send().await;
    let answer = answer.map_err(|_| failed("does not answer"))?;
    if answer.status().is_redirection() {
        return Err(failed("leads to another address"));
    }
    if !answer.status().is_success() {
        let status = answer.status().as_u16();
        return Err(failed(&format!("answers with status {status}")));
    }
    let mut bytes = Vec::new();
    let mut parts = answer.bytes_stream();
    while let Some(part) = parts.next().await {
        bytes.extend(part.map_err(|_| failed("broke off"))?);
        if bytes.len() > most {
            return Err(failed("gives more than a plugin may have"));
        }
    }
    Ok(bytes)
}

/// Installs a plugin. The first version of a unit or reader becomes its default
/// at once; of something that is there, the present version stays the default,
/// whatever becomes of it. What is installed already stays as it is.
///
/// # Errors
/// [`InstallProblem`]; nothing changed then.
pub async fn install(app: &App, offer: Offer) -> Result<Installed, InstallProblem> {
    let Offer {
        bytes,
        source,
        digest: named,
    } = offer;
    let keys = app.trusted_keys.clone();
    let today = app.today();
    // Digests and signatures of large files take their time.
    let vouched = tokio::task::spawn_blocking(move || {
        let signed_by = trusted(&bytes, named.as_deref(), &keys, today);
        signed_by.map(|signed_by| (signed_by, bytes))
    });
    let (signed_by, bytes) = vouched
        .await
        .map_err(|_| PackageError::Damaged("it could not be looked at to its end".to_owned()))??;
    let prepared = prepare(app, bytes.clone()).await?;
    let plugin = prepared.plugin();
    let current = current_of(app, &plugin.id);
    if let (Prepared::Reader(reader), None) = (&prepared, &current) {
        takes_no_place(app, reader)?;
    }
    let size = bytes.len() as u64;
    let mut work = app.storage.read().await?;
    let known = work.plugins().await?;
    drop(work);
    no_other_content(&known, &plugin)?;
    let known = known
        .into_iter()
        .find(|known| known.plugin.digest == plugin.digest);
    let is_signed_now = signed_by.is_some()
        && known
            .as_ref()
            .is_some_and(|known| known.signed_by.is_none());
    // The kept file goes with what is kept about it.
    if known.is_none() || is_signed_now || stored(app, &plugin.digest).await.is_err() {
        put(app, &plugin.digest, bytes).await?;
    }
    let record = InstalledRecord {
        plugin: plugin.clone(),
        kind: prepared.kind().to_owned(),
        source,
        signed_by: signed_by.clone(),
        bytes: size,
        installed_at: app.now(),
    };
    let mut work = app.storage.write().await?;
    if let Some(name) = signed_by.as_ref().filter(|_| is_signed_now) {
        work.sign_plugin(&plugin.digest, name, size).await?;
    }
    add_version(app, work.as_mut(), &record, current).await?;
    work.save().await?;
    follow_choices(app).await?;
    prepared.add(app);
    let now = current_of(app, &plugin.id);
    Ok(Installed {
        is_default: now.is_some_and(|now| now.digest == plugin.digest),
        plugin,
        signed_by: signed_by.or(known.and_then(|known| known.signed_by)),
    })
}

/// Refuses other bytes under a version that is there.
fn no_other_content(
    known: &[InstalledRecord],
    plugin: &PluginRecord,
) -> Result<(), InstallProblem> {
    let is_other = known.iter().map(|known| &known.plugin).any(|known| {
        known.id == plugin.id && known.version == plugin.version && known.digest != plugin.digest
    });
    if is_other {
        return Err(InstallProblem::SameVersion {
            id: plugin.id.clone(),
            version: plugin.version.clone(),
        });
    }
    Ok(())
}

/// Adds a version, and says in the same transaction which one work begins with
/// where nobody has said so: the first one, else the one that was there before, so
/// that no other comes into use by itself when that one cannot be loaded.
async fn add_version(
    app: &App,
    work: &mut dyn UnitOfWork,
    record: &InstalledRecord,
    current: Option<PluginRecord>,
) -> Result<(), InstallProblem> {
    let plugin = &record.plugin;
    let known = work.plugins().await?;
    // Somebody else may have been quicker.
    no_other_content(&known, plugin)?;
    let is_new = work.add_plugin(record).await?;
    let defaults = work.defaults().await?;
    if !is_new
        || defaults
            .iter()
            .any(|default| default.plugin.id == plugin.id)
    {
        return Ok(());
    }
    let mut before = known.into_iter().map(|known| known.plugin);
    let before = current.or_else(|| before.find(|before| before.id == plugin.id));
    let (begins, reason) = match before {
        Some(before) => (before, WAS_THERE),
        None => (plugin.clone(), "It is the first version."),
    };
    work.add_default(&DefaultRecord {
        plugin: begins,
        reason: reason.to_owned(),
        at: app.now(),
    })
    .await?;
    Ok(())
}

/// Why work begins with a version that nobody chose.
const WAS_THERE: &str = "It was there before another was.";

/// Passes readers of files that nothing else reads: nobody's work is read by
/// something else because a plugin was installed.
fn takes_no_place(app: &App, reader: &ReaderPlugin) -> Result<(), InstallProblem> {
    for other in app.units.readers() {
        let mut endings = reader.extensions().iter();
        let shared = endings.find(|ending| other.extensions().contains(ending));
        let mut types = reader.media_types().iter();
        let shared = shared.or_else(|| types.find(|one| other.media_types().contains(one)));
        if let Some(ending) = shared {
            return Err(InstallProblem::OtherReader {
                ending: ending.clone(),
                other: other.identity().id.clone(),
            });
        }
    }
    Ok(())
}

/// Who vouches for a file: the name of a trusted key, or nobody where its digest
/// was named.
fn trusted(
    bytes: &[u8],
    named: Option<&str>,
    keys: &[TrustedKey],
    today: NaiveDate,
) -> Result<Option<String>, InstallProblem> {
    let package = Package::read(bytes)?;
    let signer = match &package.papers {
        Some(papers) => papers.signer(keys, today),
        None => Ok(None),
    };
    let Some(named) = named else {
        let signer = signer?.ok_or(InstallProblem::NotTrusted)?;
        return Ok(Some(signer.name().to_owned()));
    };
    let wanted = named.trim().to_lowercase();
    if wanted.len() != 64 || !wanted.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(InstallProblem::NoDigest(named.to_owned()));
    }
    let of_file = format!("{:x}", Sha256::digest(bytes));
    if ![&of_file, &package.digest()].contains(&&wanted) {
        return Err(InstallProblem::Digest {
            found: of_file,
            wanted,
        });
    }
    // Whoever names the digest has chosen these very bytes, whoever signed them.
    Ok(signer.ok().flatten().map(|key| key.name().to_owned()))
}

/// A plugin that is compiled and not in use yet.
enum Prepared {
    Unit(Arc<UnitPlugin>),
    Reader(Arc<ReaderPlugin>),
}

impl Prepared {
    fn plugin(&self) -> PluginRecord {
        record(match self {
            Self::Unit(plugin) => plugin.identity(),
            Self::Reader(plugin) => plugin.identity(),
        })
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Unit(_) => UNIT,
            Self::Reader(_) => READER,
        }
    }

    /// Puts it beside the other versions.
    fn add(self, app: &App) {
        match self {
            Self::Unit(unit) => {
                app.units.add_unit(unit);
            }
            Self::Reader(reader) => {
                app.units.add_reader(reader);
            }
        }
    }
}

/// The version of a plugin that work begins with now.
fn current_of(app: &App, id: &str) -> Option<PluginRecord> {
    let units = app.units.units();
    let unit = units
        .iter()
        .map(|unit| unit.identity())
        .find(|unit| unit.id == id);
    let readers = app.units.readers();
    let mut readers = readers.iter().map(|reader| reader.identity());
    unit.or_else(|| readers.find(|reader| reader.id == id))
        .map(record)
}

const UNIT: &str = "unit";
const READER: &str = "reader";

fn record(identity: &Identity) -> PluginRecord {
    PluginRecord {
        id: identity.id.clone(),
        version: identity.version.clone(),
        digest: identity.digest.clone(),
    }
}

/// Prepares a plugin as what it is: a unit, else a reader.
async fn prepare(app: &App, bytes: Vec<u8>) -> Result<Prepared, InstallError> {
    match app.units.prepare_unit(bytes.clone()).await {
        Ok(plugin) => Ok(Prepared::Unit(plugin)),
        Err(InstallError::NoInterface { .. }) => {
            Ok(Prepared::Reader(app.units.prepare_reader(bytes).await?))
        }
        Err(error) => Err(error),
    }
}

async fn put(app: &App, digest: &str, bytes: Vec<u8>) -> Result<(), Problem> {
    app.files
        .put(&path_of(digest), bytes.into())
        .await
        .map_err(Problem::Files)?;
    Ok(())
}

/// Where a plugin's bytes are kept. No registration has this name.
fn path_of(digest: &str) -> Path {
    Path::from(format!("plugins/{digest}.wasm"))
}

/// Keeps a plugin of the plugin folder, so that work stays with its version when
/// the file in the folder gives way to another. One that could not be loaded is
/// not kept.
///
/// # Errors
/// [`Problem`] where database or store fail.
pub async fn keep(app: &App, bytes: Vec<u8>, source: &str) -> Result<(), Problem> {
    let is_used = |package: Package| is_loaded(app, &package.digest());
    if !Package::read(&bytes).is_ok_and(is_used) {
        return Ok(());
    }
    // The host has it already, so this only finds it.
    let Ok(prepared) = prepare(app, bytes.clone()).await else {
        return Ok(());
    };
    let plugin = prepared.plugin();
    let size = bytes.len() as u64;
    put(app, &plugin.digest, bytes).await?;
    let mut work = app.storage.write().await?;
    work.add_plugin(&InstalledRecord {
        plugin,
        kind: prepared.kind().to_owned(),
        source: source.to_owned(),
        signed_by: None,
        bytes: size,
        installed_at: app.now(),
    })
    .await?;
    work.save().await?;
    Ok(())
}

/// Id and digest of the version of each plugin that work begins with. Of a plugin
/// of which no version can be used there is none.
pub fn in_use(host: &UnitHost) -> BTreeMap<String, String> {
    let units = host.units();
    let units = units.iter().map(|unit| unit.identity());
    let readers = host.readers();
    let readers = readers.iter().map(|reader| reader.identity());
    units
        .chain(readers)
        .map(|identity| (identity.id.clone(), identity.digest.clone()))
        .collect()
}

/// Digest and id of all plugins that are kept.
///
/// # Errors
/// [`Problem`] where the database fails.
pub async fn kept(app: &App) -> Result<BTreeMap<String, String>, Problem> {
    let mut work = app.storage.read().await?;
    let plugins = work.plugins().await?;
    Ok(plugins
        .into_iter()
        .map(|InstalledRecord { plugin, .. }| (plugin.digest, plugin.id))
        .collect())
}

/// The way that the choices of a plugin's version have led, the present one first.
/// A choice of a version that stands on the way is a step back to it: what was
/// chosen after it is left, and nothing leads there by itself.
fn way(latest_first: &[DefaultRecord]) -> Vec<&PluginRecord> {
    let mut way: Vec<&PluginRecord> = Vec::new();
    for DefaultRecord { plugin, .. } in latest_first.iter().rev() {
        match way.iter().position(|known| known.digest == plugin.digest) {
            Some(at) => way.truncate(at + 1),
            None => way.push(plugin),
        }
    }
    way.reverse();
    way
}

/// Tells the host which versions were chosen, which any process may have done:
/// those of the way, so that while the present one cannot be loaded, the one before
/// it counts, and never one that waits. Waits for no compiler.
///
/// # Errors
/// [`Problem`] where the database fails.
pub async fn follow_choices(app: &App) -> Result<(), Problem> {
    // One at a time, so that an older answer of the database never comes last.
    let _turn = app.choosing.lock().await;
    let mut work = app.storage.read().await?;
    let defaults = work.defaults().await?;
    drop(work);
    let mut chosen: BTreeMap<String, Vec<String>> = defaults
        .chunk_by(|one, next| one.plugin.id == next.plugin.id)
        .filter_map(|defaults| {
            let way = way(defaults);
            let digests = way.iter().map(|plugin| plugin.digest.clone()).collect();
            Some((way.first()?.id.clone(), digests))
        })
        .collect();
    for (id, digest) in &app.plugin_folder {
        let digests = chosen.entry(id.clone());
        digests.or_insert_with(|| vec![digest.clone()]);
    }
    app.units.set_defaults(chosen);
    Ok(())
}

/// Brings the host up to what the database says, which any process may have
/// changed. Calls under way go on as they began. A plugin that cannot be loaded
/// is reported in the log and left out.
///
/// # Errors
/// [`Problem`] where the database fails.
pub async fn refresh(app: &App) -> Result<(), Problem> {
    let mut broken = app.loading.lock().await;
    let mut work = app.storage.read().await?;
    let mut plugins = work.plugins().await?;
    let defaults = work.defaults().await?;
    drop(work);
    // After the list was read and before anything is loaded, so that no version is
    // in use that should wait.
    follow_choices(app).await?;
    let is_chosen = |digest: &String| {
        let mut chosen = defaults.iter().map(|default| &default.plugin.digest);
        app.plugin_folder.values().any(|known| known == digest)
            || chosen.any(|known| known == digest)
    };
    plugins.sort_by_key(|installed| !is_chosen(&installed.plugin.digest));
    let now = app.now();
    broken.retain(|_, since| now - *since < BROKEN_PAUSE);
    for InstalledRecord { plugin, .. } in plugins {
        let digest = &plugin.digest;
        if is_loaded(app, digest) || broken.contains_key(digest) {
            continue;
        }
        match load(app, digest).await {
            Ok(prepared) => prepared.add(app),
            Err(error) => {
                tracing::error!(
                    plugin = plugin.id,
                    version = plugin.version,
                    digest,
                    error = &error as &dyn std::error::Error,
                    "an installed plugin cannot be loaded and is left out"
                );
                broken.insert(digest.clone(), now);
            }
        }
    }
    Ok(())
}

fn is_loaded(app: &App, digest: &str) -> bool {
    app.units.unit_by_digest(digest).is_some() || app.units.reader_by_digest(digest).is_some()
}

async fn load(app: &App, digest: &str) -> Result<Prepared, InstallProblem> {
    Ok(prepare(app, stored(app, digest).await?).await?)
}

/// The file that is kept of a plugin, if it is still what it was.
async fn stored(app: &App, digest: &str) -> Result<Vec<u8>, InstallProblem> {
    let file = app.files.get(&path_of(digest)).await;
    let file = file.map_err(Problem::Files)?;
    let bytes = file.bytes().await.map_err(Problem::Files)?;
    let found = Package::read(&bytes)?.digest();
    if found != digest {
        return Err(InstallProblem::Digest {
            found,
            wanted: digest.to_owned(),
        });
    }
    Ok(bytes.into())
}

/// A plugin with its versions.
#[derive(Debug, Clone)]
pub struct Versions {
    /// The plugin's id.
    pub id: String,
    /// What it is for: a unit's number and title, or the endings a reader reads;
    /// empty where no version could be loaded.
    pub about: String,
    /// `unit` or `reader`.
    pub kind: String,
    /// The version that work begins with; none where none that was chosen could be
    /// loaded.
    pub current: Option<PluginRecord>,
    /// All that are kept, the latest installed first.
    pub installed: Vec<InstalledRecord>,
    /// Digests of those of them that could not be loaded.
    pub broken: BTreeSet<String>,
    /// The versions that work began with by and by, the present one first; empty
    /// as long as nobody decided.
    pub defaults: Vec<DefaultRecord>,
    /// How its calls went since this process started.
    pub health: Option<Health>,
}

/// All plugins, by id.
///
/// # Errors
/// [`Problem`] where the database fails.
pub async fn all(app: &App) -> Result<Vec<Versions>, Problem> {
    let mut work = app.storage.read().await?;
    let installed = work.plugins().await?;
    let defaults = work.defaults().await?;
    drop(work);
    let mut all: BTreeMap<String, Versions> = BTreeMap::new();
    let mut health: BTreeMap<String, Health> = app
        .units
        .health()
        .into_iter()
        .map(|health| (health.id.clone(), health))
        .collect();
    let mut add = |id: &str, about: String, kind: &str, current: Option<PluginRecord>| {
        let health = health.remove(id);
        all.entry(id.to_owned()).or_insert_with(|| Versions {
            id: id.to_owned(),
            about,
            kind: kind.to_owned(),
            current,
            installed: Vec::new(),
            broken: BTreeSet::new(),
            defaults: Vec::new(),
            health,
        });
    };
    for plugin in app.units.units() {
        let identity = plugin.identity();
        let about = about(app, &identity.digest);
        add(&identity.id, about, UNIT, Some(record(identity)));
    }
    for reader in app.units.readers() {
        let identity = reader.identity();
        let about = about(app, &identity.digest);
        add(&identity.id, about, READER, Some(record(identity)));
    }
    for record in &installed {
        add(&record.plugin.id, String::new(), &record.kind, None);
    }
    for record in installed {
        if let Some(versions) = all.get_mut(&record.plugin.id) {
            let digest = &record.plugin.digest;
            if versions.about.is_empty() {
                versions.about = about(app, digest);
            }
            if !is_loaded(app, digest) {
                versions.broken.insert(digest.clone());
            }
            versions.installed.push(record);
        }
    }
    for record in defaults {
        if let Some(versions) = all.get_mut(&record.plugin.id) {
            versions.defaults.push(record);
        }
    }
    Ok(all.into_values().collect())
}

/// What a plugin is for; empty where it is not loaded.
fn about(app: &App, digest: &str) -> String {
    let unit = app.units.unit_by_digest(digest);
    let unit = unit.map(|plugin| format!("{} {}", plugin.unit().number, plugin.unit().title));
    let reader = app.units.reader_by_digest(digest);
    unit.or_else(|| Some(reader?.extensions().join(", ")))
        .unwrap_or_default()
}

impl Versions {
    /// The installed version that a person means: a version, or the beginning of
    /// a digest. None where there is none, or more than one.
    pub fn find(&self, meant: &str) -> Option<&InstalledRecord> {
        let mut found = self.installed.iter().filter(|record| {
            let plugin = &record.plugin;
            plugin.version == meant || (meant.len() >= 6 && plugin.digest.starts_with(meant))
        });
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// The version that was chosen, which is not the current one while it cannot be
    /// loaded; where nobody chose, the current one.
    pub fn chosen(&self) -> Option<&PluginRecord> {
        let chosen = self.defaults.first().map(|default| &default.plugin);
        chosen.or(self.current.as_ref())
    }

    /// The version that going back leads to: the one before the chosen one on the
    /// way that the choices led. None at its beginning.
    pub fn before(&self) -> Option<&PluginRecord> {
        let mut before = way(&self.defaults).into_iter().skip(1);
        before.find(|plugin| !self.broken.contains(&plugin.digest))
    }
}

/// Makes an installed version the one that work begins with from now on. Work
/// that was handed in keeps its own; drafts are checked with the new one.
///
/// # Errors
/// [`Problem::NotFound`] where this digest is not installed; [`Problem::Invalid`]
/// where what the centre sets does not fit it, with what to do.
pub async fn make_default(app: &App, digest: &str, reason: &str) -> Result<PluginRecord, Problem> {
    if let Some(unit) = app.units.unit_by_digest(digest) {
        let in_use = app.units.unit(&unit.identity().id);
        let misfits = misfits(app, in_use.as_deref(), &unit);
        if !misfits.is_empty() {
            return Err(Problem::Invalid(format!(
                "What the centre sets does not fit version {} of {}, and all of it would be left out: {}. In the files of `centre.overlays_dir`, write what fits both versions or take those lines out; restart the server, then choose the version again.",
                unit.identity().version,
                unit.identity().id,
                misfits.join("; ")
            )));
        }
    }
    let mut work = app.storage.write().await?;
    let installed = work.plugins().await?;
    let plugin = installed
        .into_iter()
        .map(|record| record.plugin)
        .find(|plugin| plugin.digest == digest && is_loaded(app, digest))
        .ok_or(Problem::NotFound)?;
    let has_default = work
        .defaults()
        .await?
        .iter()
        .any(|default| default.plugin.id == plugin.id);
    let mut add = async |plugin: &PluginRecord, reason: &str| {
        work.add_default(&DefaultRecord {
            plugin: plugin.clone(),
            reason: reason.to_owned(),
            at: app.now(),
        })
        .await
    };
    // So that there is a way back to what was there before anybody chose.
    if let Some(before) = current_of(app, &plugin.id).filter(|_| !has_default) {
        add(&before, WAS_THERE).await?;
    }
    add(&plugin, reason).await?;
    work.save().await?;
    // It is loaded, so going back never waits for a compiler.
    follow_choices(app).await?;
    Ok(plugin)
}

/// What an upgrade of a unit or reader would change.
#[derive(Debug, Clone)]
pub struct Upgrade {
    /// The version that work begins with now; none where none can.
    pub from: Option<PluginRecord>,
    /// The version that was looked at.
    pub to: PluginRecord,
    /// What else the unit says of itself, in whole sentences.
    pub description: Vec<String>,
    /// What the centre sets that does not fit it. It cannot be chosen as long as
    /// there is any.
    pub misfits: Vec<String>,
    /// How much of the latest work there was to try it on: submissions of a unit,
    /// files of a reader.
    pub sample: usize,
    /// On how much of it both versions were tried. Less than all where the new one
    /// failed too often in a row.
    pub tried: usize,
    /// On how much of it both said the same.
    pub same: usize,
    /// What differs in findings, most often first.
    pub findings: Vec<FindingChange>,
    /// How many signed sheets come to another result.
    pub other_results: usize,
    /// How often the new version failed where the old one did not, with the code of
    /// each failure.
    pub failures: Vec<String>,
    /// The files that a reader reads differently.
    pub files: Vec<FileChange>,
}

impl Upgrade {
    fn untried(from: Option<&Identity>, to: &Identity, sample: usize) -> Self {
        Self {
            from: from.map(record),
            to: record(to),
            description: Vec::new(),
            misfits: Vec::new(),
            sample,
            tried: 0,
            same: 0,
            findings: Vec::new(),
            other_results: 0,
            failures: Vec::new(),
            files: Vec::new(),
        }
    }
}

/// A file that a reader reads differently. Its name is the learner's and not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// The ending of its name.
    pub ending: String,
    /// What the version in use gives.
    pub before: Reading,
    /// What the other gives. The same as before where only the words are others.
    pub after: Reading,
}

/// What a reader made of a file, by counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reading {
    /// A document.
    Document {
        /// Paragraphs, headings, cells and the like.
        blocks: usize,
        /// Words.
        words: usize,
        /// What could not be taken in.
        warnings: usize,
    },
    /// Tables.
    Tables {
        /// Rows of all tables.
        rows: usize,
        /// Columns of all tables.
        columns: usize,
        /// What could not be taken in.
        warnings: usize,
    },
    /// Nothing; the code says why.
    Nothing {
        /// The code of the failure.
        code: String,
    },
}

impl Reading {
    fn of(read: &Result<Content, ReadFailure>) -> Self {
        match read {
            Ok(Content::Document(document)) => Self::Document {
                blocks: document.kind.len(),
                words: document.text.split_whitespace().count(),
                warnings: document.warnings.len(),
            },
            Ok(Content::Tables(tables)) => Self::Tables {
                rows: tables.iter().map(|table| table.row_count as usize).sum(),
                columns: tables.iter().map(|table| table.columns.len()).sum(),
                warnings: tables.iter().map(|table| table.warnings.len()).sum(),
            },
            Err(failure) => Self::Nothing {
                code: failure.code.clone(),
            },
        }
    }
}

impl std::fmt::Display for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (counts, warnings) = match self {
            Self::Document {
                blocks,
                words,
                warnings,
            } => ([(*blocks, "block"), (*words, "word")], *warnings),
            Self::Tables {
                rows,
                columns,
                warnings,
            } => ([(*rows, "row"), (*columns, "column")], *warnings),
            Self::Nothing { code } => return write!(f, "not read ({code})"),
        };
        let warned = Some((warnings, "warning")).filter(|_| warnings > 0);
        let parts = counts.into_iter().chain(warned);
        let parts: Vec<String> = parts
            .map(|(count, what)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }))
            .collect();
        f.write_str(&parts.join(", "))
    }
}

/// A finding that comes out otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FindingChange {
    /// The rule.
    pub rule: String,
    /// The criterion; empty for the whole submission.
    pub criterion: String,
    /// Its status before; none where it was not there.
    pub before: Option<String>,
    /// Its status now; none where it is not there. The same as before where only
    /// the words are others.
    pub after: Option<String>,
    /// In how much of the work.
    pub count: usize,
}

/// Tries an installed version of a unit or reader on the latest work beside the version
/// that work begins with. Nothing is kept, and nothing of a learner is shown. The
/// calls have turns of their own, and a version that fails again and again is not
/// tried to the end.
///
/// # Errors
/// [`Problem::NotFound`] where this digest is not installed.
pub async fn preview(app: &App, digest: &str) -> Result<Upgrade, Problem> {
    let Some(to) = app.units.unit_by_digest(digest) else {
        let to = app.units.reader_by_digest(digest);
        let to = to.ok_or(Problem::NotFound)?;
        return preview_reader(app, &to).await;
    };
    let from = app.units.unit(&to.identity().id);
    let (to, from) = (
        app.units.apart(&to),
        from.map(|from| app.units.apart(&from)),
    );
    let mut work = app.storage.read().await?;
    let sample = work.latest_submissions(&to.identity().id, SAMPLE).await?;
    drop(work);
    let identity = from.as_ref().map(UnitPlugin::identity);
    let mut upgrade = Upgrade::untried(identity, to.identity(), sample.len());
    upgrade.misfits = misfits(app, from.as_ref(), &to);
    if let Some(from) = &from {
        upgrade.description = differences(from.unit(), to.unit());
    }
    let mut counts: BTreeMap<FindingChange, usize> = BTreeMap::new();
    let mut failed_in_a_row = 0;
    for submission in &sample {
        if failed_in_a_row == MOST_FAILURES {
            break;
        }
        let (after, result_after) = tried(app, &to, submission).await?;
        upgrade.tried += 1;
        let fails = !after.checks_ran() || matches!(result_after, Some(Err(_)));
        failed_in_a_row = if fails { failed_in_a_row + 1 } else { 0 };
        let (before, result_before) = match &from {
            Some(from) => tried(app, from, submission).await?,
            None => (CheckReport::default(), None),
        };
        let failed = after
            .failures
            .iter()
            .filter(|failure| failure.stage == "check" && before.checks_ran());
        upgrade
            .failures
            .extend(failed.map(|failure| failure.code.clone()));
        if from.is_none() {
            continue;
        }
        let changed = changed(&before, &after);
        let other_result = result_before != result_after;
        upgrade.same += usize::from(changed.is_empty() && !other_result && before == after);
        upgrade.other_results += usize::from(other_result);
        for change in changed {
            *counts.entry(change).or_default() += 1;
        }
    }
    upgrade.findings = counts
        .into_iter()
        .map(|(change, count)| FindingChange { count, ..change })
        .collect();
    upgrade
        .findings
        .sort_by_key(|change| std::cmp::Reverse(change.count));
    Ok(upgrade)
}

/// Tries an installed version of a reader on the latest files of its kinds.
async fn preview_reader(app: &App, to: &ReaderPlugin) -> Result<Upgrade, Problem> {
    let id = &to.identity().id;
    let readers = app.units.readers();
    let from = readers.iter().find(|reader| reader.identity().id == *id);
    let from = from.map(|from| app.units.reader_apart(from));
    let to = app.units.reader_apart(to);
    let mut work = app.storage.read().await?;
    let mut sample = Vec::new();
    for ending in to.extensions() {
        sample.extend(work.latest_files(&format!(".{ending}"), SAMPLE).await?);
    }
    drop(work);
    sample.sort_by_key(|(_, file)| std::cmp::Reverse(file.added_at));
    sample.truncate(SAMPLE as usize);
    let identity = from.as_ref().map(ReaderPlugin::identity);
    let mut upgrade = Upgrade::untried(identity, to.identity(), sample.len());
    if let Some(from) = &from {
        upgrade.description = other_endings(from, &to);
    }
    let mut failed_in_a_row = 0;
    for (registration, file) in sample {
        if failed_in_a_row == MOST_FAILURES {
            break;
        }
        let path = evidence::path_of(registration, file.id);
        let Ok(kept) = app.files.get(&path).await else {
            // The learner took the work back and the file out meanwhile.
            upgrade.sample -= 1;
            continue;
        };
        let is_document = file.document.is_some() || !to.gives().contains(&Wanted::Tables);
        let ending = file.file_name.rsplit('.').next().unwrap_or_default();
        let ending = ending.to_lowercase();
        let to_read = FileToRead {
            bytes: kept.bytes().await.map_err(Problem::Files)?.into(),
            media_type: file.media_type,
            name: file.file_name,
            wanted: if is_document {
                Wanted::Document
            } else {
                Wanted::Tables
            },
            locale: table::LOCALE.to_owned(),
        };
        let before = match &from {
            Some(from) => Some(app.units.read_with(from, to_read.clone()).await),
            None => None,
        };
        let after = app.units.read_with(&to, to_read).await;
        upgrade.tried += 1;
        let was_read = before.as_ref().is_none_or(Result::is_ok);
        failed_in_a_row = match &after {
            Err(failure) if was_read => {
                upgrade.failures.push(failure.code.clone());
                failed_in_a_row + 1
            }
            _ => 0,
        };
        let Some(before) = before else { continue };
        if before == after {
            upgrade.same += 1;
            continue;
        }
        upgrade.files.push(FileChange {
            ending,
            before: Reading::of(&before),
            after: Reading::of(&after),
        });
    }
    Ok(upgrade)
}

/// Files that one version of a reader reads and the other does not.
fn other_endings(before: &ReaderPlugin, after: &ReaderPlugin) -> Vec<String> {
    let only = |one: &ReaderPlugin, other: &ReaderPlugin| -> Vec<String> {
        let endings = one.extensions().iter();
        let endings = endings.filter(|ending| !other.extensions().contains(ending));
        endings.cloned().collect()
    };
    let gone = only(before, after).into_iter();
    let gone = gone.map(|ending| format!("Files that end in .{ending} are no longer read."));
    let added = only(after, before).into_iter();
    gone.chain(added.map(|ending| format!("Files that end in .{ending} are read too.")))
        .collect()
}

/// What a version says of a submission: its findings, and what the signed sheet
/// comes to.
async fn tried(
    app: &App,
    plugin: &UnitPlugin,
    submission: &SubmissionRecord,
) -> Result<
    (
        CheckReport,
        Option<Result<(Verdict, Option<u32>), &'static str>>,
    ),
    Problem,
> {
    let mut work = app.storage.read().await?;
    let overlays = app
        .overlays_for(work.as_mut(), submission.registration)
        .await?;
    let decisions = work.decisions(submission.id).await?;
    drop(work);
    let unit = unit_in_force(plugin, &overlays);
    let report = checks::run(app, plugin, &unit, submission, Role::Assessor).await?;
    let signed = decisions
        .iter()
        .rev()
        .find(|decision| decision.voided.is_none());
    let Some(decision) = signed else {
        return Ok((report, None));
    };
    let left = app.centre.submissions.saturating_sub(submission.number);
    let context = Context::standard(&unit, app.today(), submission.number, left);
    let outcome = app.units.evaluate(plugin, &decision.sheet, &context).await;
    let result = outcome
        .map(|outcome| (outcome.verdict, outcome.total))
        .map_err(|failure: CallFailure| failure.code());
    Ok((report, Some(result)))
}

/// Findings that come out otherwise. Several of one rule and criterion are told
/// apart by their order.
fn changed(before: &CheckReport, after: &CheckReport) -> BTreeSet<FindingChange> {
    type Key<'r> = (&'r str, &'r str, usize);
    fn keyed(report: &CheckReport) -> BTreeMap<Key<'_>, (&str, &str)> {
        let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        let mut keyed = BTreeMap::new();
        for finding in &report.findings {
            let criterion = finding.criterion.as_deref().unwrap_or_default();
            let number = seen.entry((&finding.rule, criterion)).or_default();
            let said = (finding.status.as_str(), finding.message.as_str());
            keyed.insert((finding.rule.as_str(), criterion, *number), said);
            *number += 1;
        }
        keyed
    }
    let (old, new) = (keyed(before), keyed(after));
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    keys.into_iter()
        .filter(|key| old.get(*key) != new.get(*key))
        .map(|key| {
            let status = |said: Option<&(&str, &str)>| said.map(|(status, _)| (*status).to_owned());
            FindingChange {
                rule: key.0.to_owned(),
                criterion: key.1.to_owned(),
                before: status(old.get(key)),
                after: status(new.get(key)),
                count: 0,
            }
        })
        .collect()
}

/// What two versions of a unit say of it differently, as far as it bears on
/// work that is under way.
fn differences(before: &Unit, after: &Unit) -> Vec<String> {
    let mut said = Vec::new();
    let of = |unit: &Unit| -> BTreeMap<String, (String, u32, u32)> {
        unit.criteria()
            .map(|criterion| {
                let marks = (
                    criterion.wording.clone(),
                    criterion.minimum,
                    criterion.maximum,
                );
                (criterion.id.clone(), marks)
            })
            .collect()
    };
    let (old, new) = (of(before), of(after));
    for (id, (wording, minimum, maximum)) in &old {
        match new.get(id) {
            None => said.push(format!(
                "Criterion {id} is gone. Marks on sheets that are not signed yet are lost for it."
            )),
            Some((other, ..)) if other != wording => {
                said.push(format!("Criterion {id} has another wording."));
            }
            Some((_, least, most)) if (least, most) != (minimum, maximum) => {
                said.push(format!("Criterion {id} has other marks."));
            }
            Some(_) => {}
        }
    }
    let added = new.keys().filter(|id| !old.contains_key(*id));
    said.extend(added.map(|id| format!("Criterion {id} is new.")));
    if before.sheet.modes != after.sheet.modes {
        said.push("The sheet is marked in another way.".to_owned());
    }
    for slot in &before.slots {
        match after.slot(&slot.id) {
            None => said.push(format!(
                "“{}” is no longer asked for. What learners put there stays, and is not checked.",
                slot.title
            )),
            Some(other) if other.kind != slot.kind => {
                said.push(format!(
                    "“{}” takes something else than before.",
                    slot.title
                ));
            }
            Some(other) if other.fields != slot.fields => {
                said.push(format!("“{}” has other columns.", slot.title));
            }
            Some(_) => {}
        }
    }
    for slot in after
        .slots
        .iter()
        .filter(|slot| before.slot(&slot.id).is_none())
    {
        let must = if slot.required {
            " Learners must fill it in."
        } else {
            ""
        };
        said.push(format!("“{}” is new.{must}", slot.title));
    }
    for setting in &before.settings {
        let id = &setting.field.id;
        match after.settings.iter().find(|other| other.field.id == *id) {
            None => said.push(format!("The setting “{}” is gone.", setting.field.title)),
            Some(other) if other.standard != setting.standard => said.push(format!(
                "The setting “{}” has another standard value.",
                setting.field.title
            )),
            Some(_) => {}
        }
    }
    said
}
