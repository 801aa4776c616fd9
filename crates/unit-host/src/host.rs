//! The host: installing plugins and calling them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use assessment::evidence::{Evidence, ReadFailure};
use assessment::finding::Finding;
use assessment::sheet::{CriterionOutcome, GradebookEntry, Outcome, Sheet, Verdict};
use assessment::unit::{Entry, Unit, Value, WordGuidance};
use chrono::NaiveDate;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use wasmtime::component::{Component, HasSelf, InstancePre, Linker};
use wasmtime::{Engine, Precompiled, Store};

use crate::bindings::reader::{ReaderPlugin as ReaderWorld, ReaderPluginIndices};
use crate::bindings::unit::markbridge::unit::types as wit;
use crate::bindings::unit::{UnitPlugin as UnitWorld, UnitPluginIndices};
use crate::cache::Cache;
use crate::compile;
use crate::error::{CallFailure, HostError, InstallError};
use crate::package::Package;
use crate::reader::{self, Content, FileToRead, ReaderPlugin, Wanted};
use crate::rules::{self, plain, shortened};
use crate::sandbox::{Account, CallState, Sandbox, instantiate, one_line};
use crate::turns::{Health, Turns};

/// The interface that a unit plugin exports.
const UNIT: &str = "markbridge:unit/plugin@1.0.0";
/// The interface that a reader exports.
const READER: &str = "markbridge:reader/plugin@1.0.0";
/// Most texts in one value of the interface.
const MOST_TEXTS: usize = 1_000;

/// What the host needs to know.
#[derive(Clone)]
pub struct Settings {
    /// Directory of compiled plugins. It belongs to the host alone.
    pub cache_dir: PathBuf,
    /// Secret that compiled plugins are signed with. Another key means that
    /// all are compiled again.
    pub cache_key: [u8; 32],
    /// Limits on plugins.
    pub limits: Limits,
    /// Program and arguments of the job that compiles plugins: something that
    /// calls [`compile_job`](crate::compile_job) on its standard input and output.
    /// None compiles in this process, which a component can then hold up.
    pub compile_job: Option<Vec<OsString>>,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("cache_dir", &self.cache_dir)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Limits on plugins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// On a call of a unit plugin.
    pub units: CallLimits,
    /// On a call of a reader.
    pub readers: CallLimits,
    /// What differs for the plugins with these ids.
    pub plugins: BTreeMap<String, OwnLimits>,
    /// How many calls run at a time.
    pub concurrent_calls: usize,
    /// How long a call waits for its turn.
    pub queue_wait: Duration,
    /// Largest component that is installed, in bytes.
    pub component_bytes: usize,
    /// How long compiling may take.
    pub compile_time: Duration,
}

/// Limits on the calls of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallLimits {
    /// Memory of a call, in bytes.
    pub memory_bytes: usize,
    /// Time of a call.
    pub time: Duration,
    /// How much of an answer is copied out, by wasmtime's count of bytes.
    pub output_bytes: usize,
    /// How much of its log is kept, in bytes.
    pub log_bytes: usize,
    /// How many calls of this one plugin run at a time. Less than all, so that
    /// a slow plugin leaves others their turns.
    pub concurrent_calls: usize,
}

/// Limits of one plugin; what is none is as for all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnLimits {
    /// Memory of a call, in bytes.
    pub memory_bytes: Option<usize>,
    /// Time of a call.
    pub time: Option<Duration>,
    /// How much of an answer is copied out, in bytes.
    pub output_bytes: Option<usize>,
    /// How much of its log is kept, in bytes.
    pub log_bytes: Option<usize>,
    /// How many of its calls run at a time.
    pub concurrent_calls: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // Python components need more than 64 MiB; findings have 2 MiB, and the
        // description of a unit 1.
        let units = CallLimits {
            memory_bytes: 128 << 20,
            time: Duration::from_secs(2),
            output_bytes: 8 << 20,
            log_bytes: 64 << 10,
            concurrent_calls: cores.div_ceil(2),
        };
        Self {
            units,
            // 4 MiB of text, and the columns beside it.
            readers: CallLimits {
                memory_bytes: 256 << 20,
                time: Duration::from_secs(10),
                output_bytes: 16 << 20,
                ..units
            },
            plugins: BTreeMap::new(),
            concurrent_calls: cores.max(2),
            queue_wait: Duration::from_secs(30),
            component_bytes: 64 << 20,
            compile_time: Duration::from_mins(2),
        }
    }
}

impl Limits {
    /// The most memory that any call may have.
    pub(crate) fn most_memory(&self) -> usize {
        let own = self.plugins.values().filter_map(|own| own.memory_bytes);
        [self.units.memory_bytes, self.readers.memory_bytes]
            .into_iter()
            .chain(own)
            .max()
            .unwrap_or_default()
    }

    /// The limits on a plugin's own description. Who it is, only that tells, so it
    /// has the most that any plugin has.
    fn of_description(&self, standard: CallLimits) -> CallLimits {
        fn most<T: Ord + Copy>(
            all: &BTreeMap<String, OwnLimits>,
            standard: T,
            own: impl Fn(&OwnLimits) -> Option<T>,
        ) -> T {
            all.values().filter_map(own).fold(standard, T::max)
        }
        let all = &self.plugins;
        CallLimits {
            memory_bytes: most(all, standard.memory_bytes, |own| own.memory_bytes),
            time: most(all, standard.time, |own| own.time),
            output_bytes: most(all, standard.output_bytes, |own| own.output_bytes),
            log_bytes: most(all, standard.log_bytes, |own| own.log_bytes),
            ..standard
        }
    }

    /// Whether every plugin has a turn at all.
    fn give_turns(&self) -> bool {
        let own = self.plugins.values();
        let own = own.filter_map(|own| own.concurrent_calls);
        [
            self.concurrent_calls,
            self.units.concurrent_calls,
            self.readers.concurrent_calls,
        ]
        .into_iter()
        .chain(own)
        .all(|calls| calls > 0)
    }

    /// The limits of the plugin with this id.
    fn of(&self, id: &str, standard: CallLimits) -> CallLimits {
        let own = self.plugins.get(id).copied().unwrap_or_default();
        CallLimits {
            memory_bytes: own.memory_bytes.unwrap_or(standard.memory_bytes),
            time: own.time.unwrap_or(standard.time),
            output_bytes: own.output_bytes.unwrap_or(standard.output_bytes),
            log_bytes: own.log_bytes.unwrap_or(standard.log_bytes),
            // Whatever is set, one turn is left for others where there are several.
            concurrent_calls: own
                .concurrent_calls
                .unwrap_or(standard.concurrent_calls)
                .min(self.concurrent_calls - 1)
                .max(1),
        }
    }
}

/// Id, version and digest of an installed plugin; a decision names all three.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Id, the same in every version.
    pub id: String,
    /// Version, as semantic versioning has it.
    pub version: String,
    /// SHA-256 of the component, in hexadecimal.
    pub digest: String,
}

/// An installed unit.
pub struct UnitPlugin {
    identity: Identity,
    unit: Arc<Unit>,
    turns: Arc<Turns>,
    pre: InstancePre<CallState>,
    exports: UnitPluginIndices,
}

impl UnitPlugin {
    /// Id, version and digest.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The unit as the plugin described it when it was installed.
    pub fn unit(&self) -> &Unit {
        &self.unit
    }
}

impl std::fmt::Debug for UnitPlugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("UnitPlugin").field(&self.identity).finish()
    }
}

/// What else a call may depend on; nothing about the learner.
#[derive(Debug, Clone, PartialEq)]
pub struct Context {
    /// Today's date in the calendar of the centre.
    pub today: NaiveDate,
    /// Language for messages, as BCP 47 has it.
    pub locale: String,
    /// Which submission this is, from 1.
    pub submission: u32,
    /// How many further submissions the centre's rules leave.
    pub submissions_left: u32,
    /// Id, value and source of each of the unit's settings, in its order.
    pub settings: Vec<(String, Value, String)>,
    /// What a centre put in place of the plugin's own texts: `prompts` (texts),
    /// and guidance on length as counts of `nominal`, `low` and `high`, `words`
    /// for the whole submission and `words.` with a criterion's id.
    pub more: Vec<Entry>,
}

impl Context {
    /// The context in which every setting has the value that `unit` says: its
    /// standard one, or the centre's where overlays were laid over the unit.
    pub fn standard(unit: &Unit, today: NaiveDate, submission: u32, left: u32) -> Self {
        Self {
            today,
            locale: unit.language.clone(),
            submission,
            submissions_left: left,
            settings: unit
                .settings
                .iter()
                .map(|setting| {
                    (
                        setting.field.id.clone(),
                        setting.standard.clone(),
                        setting.source.clone(),
                    )
                })
                .collect(),
            more: centre_texts(unit),
        }
    }
}

/// What a centre set that is no setting and that checks go by. A plugin knows
/// its own description only.
fn centre_texts(unit: &Unit) -> Vec<Entry> {
    let set = |about: &str| unit.centre_source(about).is_some();
    let words = |key: String, words: &WordGuidance| {
        let counts = [
            ("nominal", Some(words.nominal)),
            ("low", words.low),
            ("high", words.high),
        ];
        let counts = counts
            .into_iter()
            .filter_map(|(name, count)| Some((name.to_owned(), f64::from(count?))));
        Entry {
            key,
            value: Value::Counts(counts.collect()),
        }
    };
    let of_outcomes = unit
        .outcomes
        .iter()
        .filter(|outcome| set(&format!("outcome:{}.prompts", outcome.id)))
        .flat_map(|outcome| &outcome.prompts);
    let of_criteria = unit
        .criteria()
        .filter(|criterion| set(&format!("criterion:{}.prompts", criterion.id)))
        .flat_map(|criterion| &criterion.prompts);
    let prompts: Vec<_> = of_outcomes
        .chain(of_criteria)
        .take(MOST_TEXTS)
        .cloned()
        .collect();
    let mut more = Vec::new();
    if !prompts.is_empty() {
        more.push(Entry {
            key: "prompts".to_owned(),
            value: Value::Texts(prompts),
        });
    }
    let whole = unit.words.as_ref().filter(|_| set("unit.words"));
    more.extend(whole.map(|whole| words("words".to_owned(), whole)));
    for criterion in unit.criteria() {
        let own = criterion.words.as_ref();
        let own = own.filter(|_| set(&format!("criterion:{}.words", criterion.id)));
        more.extend(own.map(|own| words(format!("words.{}", criterion.id), own)));
    }
    more
}

/// An earlier submission for the same unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Its submission number, from 1.
    pub number: u32,
    /// When it was submitted.
    pub submitted: NaiveDate,
    /// Its evidence, as it was.
    pub evidence: Evidence,
    /// What was decided.
    pub decisions: Vec<CriterionOutcome>,
}

/// The host of all plugins. Clones share one engine, cache and set of plugins.
#[derive(Clone)]
pub struct UnitHost(Arc<Shared>);

struct Shared {
    limits: Limits,
    cache: Cache,
    sandbox: Sandbox,
    unit_linker: Linker<CallState>,
    reader_linker: Linker<CallState>,
    compile_job: Option<Vec<OsString>>,
    /// One component is compiled at a time, so that slow ones cannot pile up.
    compiler: Semaphore,
    /// One for each plugin's id, shared by its versions.
    turns: Mutex<BTreeMap<String, Arc<Turns>>>,
    /// Which versions of a plugin work may begin with, by the plugin's id; of an id
    /// that is not here, the newest.
    defaults: RwLock<BTreeMap<String, Vec<String>>>,
    units: RwLock<Vec<Arc<UnitPlugin>>>,
    readers: RwLock<Vec<Arc<ReaderPlugin>>>,
}

impl std::fmt::Debug for UnitHost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UnitHost")
            .field("limits", &self.0.limits)
            .field("units", &self.units())
            .field("readers", &self.readers())
            .finish()
    }
}

impl UnitHost {
    /// A host without plugins.
    ///
    /// # Errors
    /// [`HostError`] where the cache directory cannot be used, a limit is
    /// zero, or the sandbox cannot be set up.
    pub fn new(settings: Settings) -> Result<Self, HostError> {
        Self::with(settings, Sandbox::new)
    }

    /// A host without plugins for those who write them: it keeps an account of
    /// each call ([`UnitHost::take_accounts`]), which costs time, and compiles in
    /// this process.
    ///
    /// # Errors
    /// As [`UnitHost::new`].
    pub fn with_accounts(settings: Settings) -> Result<Self, HostError> {
        let settings = Settings {
            // Its engine compiles otherwise, so the two would clear each other's
            // files away.
            cache_dir: settings.cache_dir.join("with-accounts"),
            compile_job: None,
            ..settings
        };
        Self::with(settings, Sandbox::with_accounts)
    }

    /// What calls took since this was last asked, in the order of their ends.
    /// None but on a host [with accounts](UnitHost::with_accounts).
    pub fn take_accounts(&self) -> Vec<Account> {
        self.0.sandbox.take_accounts()
    }

    fn with(
        settings: Settings,
        sandbox: impl Fn(&Limits) -> wasmtime::Result<Sandbox>,
    ) -> Result<Self, HostError> {
        let Settings {
            cache_dir,
            cache_key,
            limits,
            compile_job,
        } = settings;
        if !limits.give_turns() {
            return Err(HostError::Limit("concurrent_calls"));
        }
        let broken = |error: wasmtime::Error| HostError::Sandbox(error.into_boxed_dyn_error());
        let sandbox = sandbox(&limits).map_err(broken)?;
        let cache = Cache::new(&cache_dir, cache_key, &sandbox.engine).map_err(|source| {
            HostError::CacheDirectory {
                path: cache_dir,
                source,
            }
        })?;
        let mut unit_linker = Linker::new(&sandbox.engine);
        UnitWorld::add_to_linker::<_, HasSelf<_>>(&mut unit_linker, |state: &mut CallState| state)
            .map_err(broken)?;
        let mut reader_linker = Linker::new(&sandbox.engine);
        ReaderWorld::add_to_linker::<_, HasSelf<_>>(&mut reader_linker, |state: &mut CallState| {
            state
        })
        .map_err(broken)?;
        Ok(Self(Arc::new(Shared {
            limits,
            cache,
            sandbox,
            unit_linker,
            reader_linker,
            compile_job,
            compiler: Semaphore::new(1),
            turns: Mutex::default(),
            defaults: RwLock::default(),
            units: RwLock::default(),
            readers: RwLock::default(),
        })))
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Installs a unit plugin, raw or packed. The same bytes again give the same
    /// plugin.
    ///
    /// # Errors
    /// [`InstallError`]; nothing is installed then.
    pub async fn install_unit(&self, component: Vec<u8>) -> Result<Arc<UnitPlugin>, InstallError> {
        Ok(self.add_unit(self.prepare_unit(component).await?))
    }

    /// Prepares a unit plugin for [`UnitHost::add_unit`]: checks its imports,
    /// compiles it, and asks it for its unit. It can be called, and nothing finds it.
    ///
    /// # Errors
    /// [`InstallError`].
    pub async fn prepare_unit(&self, component: Vec<u8>) -> Result<Arc<UnitPlugin>, InstallError> {
        let (digest, component) = self.compile(component).await?;
        if let Some(plugin) = self.unit_by_digest(&digest) {
            return Ok(plugin);
        }
        fits(&component, self.engine(), UNIT)?;
        let linker = &self.0.unit_linker;
        let (exports, pre) = linker
            .instantiate_pre(&component)
            .and_then(|pre| Ok((UnitPluginIndices::new(&pre)?, pre)))
            .map_err(|error| mismatch(UNIT, &error))?;
        let for_call = (pre.clone(), exports.clone());
        let mut unit = self
            .0
            .sandbox
            .run(
                "describe",
                &Turns::of_unit(self.0.limits.of_description(self.0.limits.units)),
                move |store| {
                    let (pre, exports) = for_call;
                    let instance = instantiate(&pre, store)?;
                    // The engine compares the types of exports only here.
                    let guest = match exports.load(&mut *store, &instance) {
                        Ok(guest) => guest,
                        Err(error) => return Ok(Ok(Err(mismatch(UNIT, &error)))),
                    };
                    let answer = guest.markbridge_unit_plugin().call_describe(&mut *store)?;
                    let log = described(store);
                    Ok(answer
                        .map(|unit| Ok(Unit::from(unit)))
                        .map_err(|error| plugin_failure(error, log)))
                },
            )
            .await
            .map_err(|failure| InstallError::Describe(failure.with_last_line()))??;
        rules::unit(&mut unit).map_err(|problem| InstallError::Description { problem })?;
        let readers = self.0.readers.read();
        let readers = readers.unwrap_or_else(PoisonError::into_inner);
        if readers.iter().any(|reader| reader.identity.id == unit.id) {
            return Err(taken(&unit.id, "reader"));
        }
        Ok(Arc::new(UnitPlugin {
            identity: Identity {
                id: unit.id.clone(),
                version: unit.version.clone(),
                digest,
            },
            turns: self.turns(&unit.id, Turns::of_unit, self.0.limits.units),
            unit: Arc::new(unit),
            pre,
            exports,
        }))
    }

    /// Adds a prepared unit, unless it is there already.
    pub fn add_unit(&self, plugin: Arc<UnitPlugin>) -> Arc<UnitPlugin> {
        let mut units = self.0.units.write().unwrap_or_else(PoisonError::into_inner);
        keep(&mut units, plugin, |plugin| &plugin.identity)
    }

    /// Installs a reader, as [`UnitHost::install_unit`] does a unit.
    ///
    /// # Errors
    /// [`InstallError`]; nothing is installed then.
    pub async fn install_reader(
        &self,
        component: Vec<u8>,
    ) -> Result<Arc<ReaderPlugin>, InstallError> {
        Ok(self.add_reader(self.prepare_reader(component).await?))
    }

    /// Prepares a reader for [`UnitHost::add_reader`], as
    /// [`UnitHost::prepare_unit`] does a unit.
    ///
    /// # Errors
    /// [`InstallError`].
    pub async fn prepare_reader(
        &self,
        component: Vec<u8>,
    ) -> Result<Arc<ReaderPlugin>, InstallError> {
        let (digest, component) = self.compile(component).await?;
        if let Some(reader) = self.reader_by_digest(&digest) {
            return Ok(reader);
        }
        fits(&component, self.engine(), READER)?;
        let linker = &self.0.reader_linker;
        let (exports, pre) = linker
            .instantiate_pre(&component)
            .and_then(|pre| Ok((ReaderPluginIndices::new(&pre)?, pre)))
            .map_err(|error| mismatch(READER, &error))?;
        let for_call = (pre.clone(), exports.clone());
        let description = self
            .0
            .sandbox
            .run(
                "describe",
                &Turns::of_reader(self.0.limits.of_description(self.0.limits.readers)),
                move |store| {
                    let (pre, exports) = for_call;
                    let instance = instantiate(&pre, store)?;
                    let guest = match exports.load(&mut *store, &instance) {
                        Ok(guest) => guest,
                        Err(error) => return Ok(Ok(Err(mismatch(READER, &error)))),
                    };
                    let answer = guest
                        .markbridge_reader_plugin()
                        .call_describe(&mut *store)?;
                    described(store);
                    Ok(Ok(Ok(answer)))
                },
            )
            .await
            .map_err(|failure| InstallError::Describe(failure.with_last_line()))??;
        reader::description(&description)
            .map_err(|problem| InstallError::Description { problem })?;
        let units = self.0.units.read().unwrap_or_else(PoisonError::into_inner);
        if units.iter().any(|unit| unit.identity.id == description.id) {
            return Err(taken(&description.id, "unit"));
        }
        drop(units);
        let turns = self.turns(&description.id, Turns::of_reader, self.0.limits.readers);
        Ok(Arc::new(ReaderPlugin::new(
            digest,
            description,
            turns,
            pre,
            exports,
        )))
    }

    /// Adds a prepared reader, unless it is there already.
    pub fn add_reader(&self, plugin: Arc<ReaderPlugin>) -> Arc<ReaderPlugin> {
        let readers = self.0.readers.write();
        let mut readers = readers.unwrap_or_else(PoisonError::into_inner);
        keep(&mut readers, plugin, ReaderPlugin::identity)
    }

    /// The version of each installed unit that work begins with, ordered by id, as
    /// [`UnitHost::set_defaults`] says. A unit of which none may be begun with is
    /// not among them.
    pub fn units(&self) -> Vec<Arc<UnitPlugin>> {
        let units = self.0.units.read().unwrap_or_else(PoisonError::into_inner);
        self.chosen(&units, |plugin| &plugin.identity)
    }

    /// The version of a unit that work begins with.
    pub fn unit(&self, id: &str) -> Option<Arc<UnitPlugin>> {
        self.units()
            .into_iter()
            .find(|plugin| plugin.identity.id == id)
    }

    /// Says which version of each plugin work begins with from now on: the first of
    /// these, as SHA-256 in hexadecimal, that is installed, and none where none is.
    /// Of a plugin whose id is not named it is the newest. Calls under way go on
    /// with the version they began with.
    pub fn set_defaults(&self, defaults: BTreeMap<String, Vec<String>>) {
        *self
            .0
            .defaults
            .write()
            .unwrap_or_else(PoisonError::into_inner) = defaults;
    }

    /// How the plugins did since the host started, ordered by id.
    pub fn health(&self) -> Vec<Health> {
        let turns = self.0.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.iter().map(|(id, turns)| turns.health(id)).collect()
    }

    /// The installed unit of this SHA-256, in hexadecimal; every version counts.
    pub fn unit_by_digest(&self, digest: &str) -> Option<Arc<UnitPlugin>> {
        let units = self.0.units.read().unwrap_or_else(PoisonError::into_inner);
        of_digest(&units, digest, |plugin| &plugin.identity).cloned()
    }

    /// The version of each installed reader that files are read with, ordered by
    /// id, as [`UnitHost::units`].
    pub fn readers(&self) -> Vec<Arc<ReaderPlugin>> {
        let readers = self.0.readers.read();
        let readers = readers.unwrap_or_else(PoisonError::into_inner);
        self.chosen(&readers, ReaderPlugin::identity)
    }

    /// The installed reader of this SHA-256, in hexadecimal; every version counts.
    pub fn reader_by_digest(&self, digest: &str) -> Option<Arc<ReaderPlugin>> {
        let readers = self.0.readers.read();
        let readers = readers.unwrap_or_else(PoisonError::into_inner);
        of_digest(&readers, digest, ReaderPlugin::identity).cloned()
    }

    /// Of each plugin the first of its defaults that is installed, else nothing;
    /// its newest version where it has no defaults.
    fn chosen<P>(&self, plugins: &[Arc<P>], identity: fn(&P) -> &Identity) -> Vec<Arc<P>> {
        let defaults = self.0.defaults.read();
        let defaults = defaults.unwrap_or_else(PoisonError::into_inner);
        newest(plugins, identity)
            .into_iter()
            .filter_map(|newest| match defaults.get(&identity(&newest).id) {
                Some(digests) => digests
                    .iter()
                    .find_map(|digest| of_digest(plugins, digest, identity))
                    .cloned(),
                None => Some(newest),
            })
            .collect()
    }

    /// The same unit with turns of its own, one at a time: a trial takes none from
    /// those who work with it, and its failures are not theirs.
    #[must_use]
    pub fn apart(&self, plugin: &UnitPlugin) -> UnitPlugin {
        UnitPlugin {
            identity: plugin.identity.clone(),
            unit: Arc::clone(&plugin.unit),
            turns: Turns::of_unit(CallLimits {
                concurrent_calls: 1,
                ..plugin.turns.limits
            }),
            pre: plugin.pre.clone(),
            exports: plugin.exports.clone(),
        }
    }

    /// The same reader with turns of its own, as [`UnitHost::apart`].
    #[must_use]
    pub fn reader_apart(&self, reader: &ReaderPlugin) -> ReaderPlugin {
        ReaderPlugin {
            identity: reader.identity.clone(),
            media_types: reader.media_types.clone(),
            extensions: reader.extensions.clone(),
            gives: reader.gives.clone(),
            turns: Turns::of_reader(CallLimits {
                concurrent_calls: 1,
                ..reader.turns.limits
            }),
            pre: reader.pre.clone(),
            exports: reader.exports.clone(),
        }
    }

    /// Reads a file with the reader that fits it.
    ///
    /// # Errors
    /// [`ReadFailure`], the reader's own or the host's; its code is then
    /// `took-too-long`, `out-of-memory`, `reader-failed` or `busy`.
    pub async fn read(&self, file: FileToRead) -> Result<Content, ReadFailure> {
        let readers = self.readers();
        let reader = reader::choose(&readers, &file)?;
        self.read_with(reader, file).await
    }

    /// Reads a file with this reader, whatever the file is.
    ///
    /// # Errors
    /// As [`UnitHost::read`].
    pub async fn read_with(
        &self,
        reader: &ReaderPlugin,
        file: FileToRead,
    ) -> Result<Content, ReadFailure> {
        let (pre, exports) = (reader.pre.clone(), reader.exports.clone());
        let wanted = file.wanted;
        self.0
            .sandbox
            .run("read", &reader.turns, move |store| {
                let file = file.into();
                let instance = instantiate(&pre, store)?;
                let guest = exports.load(&mut *store, &instance)?;
                let answer = guest
                    .markbridge_reader_plugin()
                    .call_read(&mut *store, &file)?;
                Ok(Ok(reader::content(answer, wanted)))
            })
            .await
            .unwrap_or_else(|failure| {
                failed(&reader.identity, "read", &failure);
                Err(reader::ended(&failure))
            })
    }

    /// Lets a unit look through the evidence. `previous` is the latest earlier
    /// submission.
    ///
    /// # Errors
    /// [`CallFailure`]: a notice for the assessor, never a stop for a learner.
    pub async fn check(
        &self,
        plugin: &UnitPlugin,
        evidence: Evidence,
        context: Context,
        previous: Option<Attempt>,
    ) -> Result<Vec<Finding>, CallFailure> {
        let unit = Arc::clone(&plugin.unit);
        self.call(plugin, "check", move |guest, store| {
            let evidence = evidence.into();
            let context = context.into();
            let previous = previous.map(wit::Attempt::from);
            let earlier = previous.as_ref().map(|previous| &previous.evidence);
            if let Err(failure) = rules::evidence(&evidence, earlier) {
                return Ok(Err(failure));
            }
            let answer = guest.markbridge_unit_plugin().call_check(
                &mut *store,
                &evidence,
                &context,
                previous.as_ref(),
            )?;
            let log = store.data().log();
            Ok(match answer {
                Ok(findings) => rules::findings(findings, &evidence, &unit, log, &mut |line| {
                    store.data_mut().tell(line);
                }),
                Err(error) => Err(plugin_failure(error, log)),
            })
        })
        .await
    }

    /// Works out what a sheet comes to, and holds the plugin to the rules that
    /// all units share.
    ///
    /// # Errors
    /// [`CallFailure`]; `BrokenPromise` where the outcome contradicts the sheet.
    pub async fn evaluate(
        &self,
        plugin: &UnitPlugin,
        sheet: &Sheet,
        context: &Context,
    ) -> Result<Outcome, CallFailure> {
        let asked = wit::Sheet::from(sheet);
        let sheet = sheet.clone();
        let context = wit::Context::from(context.clone());
        self.call(plugin, "evaluate", move |guest, store| {
            let answer =
                guest
                    .markbridge_unit_plugin()
                    .call_evaluate(&mut *store, &asked, &context)?;
            let log = store.data().log();
            let outcome = match answer {
                Ok(outcome) => {
                    rules::outcome(outcome).map_err(|message| CallFailure::Invalid { message })
                }
                Err(error) => Err(plugin_failure(error, log)),
            };
            Ok(outcome.and_then(|outcome| {
                let held = sheet.holds(&outcome);
                held.map(|()| outcome).map_err(CallFailure::BrokenPromise)
            }))
        })
        .await
    }

    /// Asks a unit what the gradebook gets; none: nothing is sent. An outcome
    /// that is incomplete has no grade, and the plugin is not asked.
    ///
    /// # Errors
    /// [`CallFailure`]; `Invalid` where the grade is no grade.
    pub async fn grade(
        &self,
        plugin: &UnitPlugin,
        outcome: &Outcome,
        context: &Context,
    ) -> Result<Option<GradebookEntry>, CallFailure> {
        if outcome.verdict == Verdict::Incomplete {
            return Ok(None);
        }
        let outcome = wit::ResultSheet::from(outcome.clone());
        let context = wit::Context::from(context.clone());
        self.call(plugin, "grade", move |guest, store| {
            let answer =
                guest
                    .markbridge_unit_plugin()
                    .call_grade(&mut *store, &outcome, &context)?;
            let log = store.data().log();
            Ok(match answer {
                Ok(grade) => grade
                    .map(rules::gradebook)
                    .transpose()
                    .map_err(|message| CallFailure::Invalid { message }),
                Err(error) => Err(plugin_failure(error, log)),
            })
        })
        .await
    }

    /// One call of a unit plugin in an instance of its own.
    async fn call<R: Send + 'static>(
        &self,
        plugin: &UnitPlugin,
        function: &'static str,
        work: impl FnOnce(&UnitWorld, &mut Store<CallState>) -> wasmtime::Result<Result<R, CallFailure>>
        + Send
        + 'static,
    ) -> Result<R, CallFailure> {
        let (pre, exports) = (plugin.pre.clone(), plugin.exports.clone());
        self.0
            .sandbox
            .run(function, &plugin.turns, move |store| {
                let instance = instantiate(&pre, store)?;
                work(&exports.load(&mut *store, &instance)?, store)
            })
            .await
            .inspect_err(|failure| failed(&plugin.identity, function, failure))
    }

    /// Digest and compiled component of these bytes.
    async fn compile(&self, mut bytes: Vec<u8>) -> Result<(String, Component), InstallError> {
        let papers = Package::read(&bytes)?;
        bytes.truncate(papers.component.len());
        let limit = self.0.limits.component_bytes;
        if bytes.len() > limit {
            return Err(InstallError::TooLarge {
                bytes: bytes.len(),
                limit,
            });
        }
        if let Some(found) = other_format(&bytes) {
            return Err(InstallError::NotAComponent { found });
        }
        let digest = format!("{:x}", Sha256::digest(&bytes));
        let host = self.clone();
        // Waiting for the turn is not the plugin's time.
        let _turn = self.0.compiler.acquire().await;
        let compiled = async {
            let wanted = digest.clone();
            let found =
                tokio::task::spawn_blocking(move || host.0.cache.find(host.engine(), &wanted));
            if let Ok(Some(component)) = found.await {
                return Ok(component);
            }
            let compiled = match &self.0.compile_job {
                Some(command) => compile::in_a_job(command, bytes).await?,
                None => compile::here(self.engine().clone(), bytes).await?,
            };
            let (host, wanted) = (self.clone(), digest.clone());
            let put = tokio::task::spawn_blocking(move || {
                host.0.cache.put(host.engine(), &wanted, &compiled)
            });
            match put.await {
                Ok(Ok(component)) => Ok(component),
                Ok(Err(error)) => Err(InstallError::Damaged {
                    reason: one_line(&error),
                }),
                Err(_) => Err(InstallError::Damaged {
                    reason: "its compiled code could not be loaded".to_owned(),
                }),
            }
        };
        let limit = self.0.limits.compile_time;
        match tokio::time::timeout(limit, compiled).await {
            Err(_) => Err(InstallError::CompileTime { limit }),
            Ok(compiled) => Ok((digest.clone(), compiled?)),
        }
    }

    fn engine(&self) -> &Engine {
        &self.0.sandbox.engine
    }

    /// The turns of the plugin with this id, which its versions share.
    fn turns(
        &self,
        id: &str,
        make: fn(CallLimits) -> Arc<Turns>,
        standard: CallLimits,
    ) -> Arc<Turns> {
        let mut all = self.0.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let turns = all.entry(id.to_owned());
        let limits = self.0.limits.of(id, standard);
        Arc::clone(turns.or_insert_with(|| make(limits)))
    }
}

impl ReaderPlugin {
    fn new(
        digest: String,
        description: crate::bindings::reader::markbridge::reader::types::Reader,
        turns: Arc<Turns>,
        pre: InstancePre<CallState>,
        exports: ReaderPluginIndices,
    ) -> Self {
        use crate::bindings::reader::markbridge::reader::types::Wanted as Given;
        Self {
            identity: Identity {
                id: description.id,
                version: description.version,
                digest,
            },
            media_types: description.media_types,
            extensions: description.extensions,
            gives: description
                .gives
                .into_iter()
                .map(|given| match given {
                    Given::Document => Wanted::Document,
                    Given::Tables => Wanted::Tables,
                })
                .collect(),
            turns,
            pre,
            exports,
        }
    }
}

/// What bytes are that begin like something else than a component.
fn other_format(bytes: &[u8]) -> Option<&'static str> {
    match Engine::detect_precompiled(bytes) {
        Some(Precompiled::Component | Precompiled::Module) => {
            return Some("compiled code for one kind of processor");
        }
        None => {}
    }
    // Preamble: magic, then 16 bits of version and 16 bits of layer.
    match bytes.first_chunk::<8>() {
        Some(b"\0asm\x0d\0\x01\0") => None,
        Some([0, b'a', b's', b'm', _, _, 0, 0]) => Some("a WebAssembly module"),
        Some([0, b'a', b's', b'm', ..]) => Some("WebAssembly of another version"),
        _ => Some("some other file"),
    }
}

/// Whether a component exports the interface and imports nothing that no
/// plugin gets. Later 1.x versions of the same names count too; the engine
/// compares the types.
fn fits(component: &Component, engine: &Engine, wanted: &'static str) -> Result<(), InstallError> {
    let ty = component.component_type();
    let package = wanted.split('/').next().unwrap_or_default();
    let is_ours = |name: &str, interfaces: &[&str]| {
        name.strip_prefix(package)
            .and_then(|name| name.strip_prefix('/'))
            .and_then(|name| name.split_once('@'))
            .is_some_and(|(interface, version)| {
                interfaces.contains(&interface) && version.starts_with("1.")
            })
    };
    let exports: Vec<&str> = ty.exports(engine).map(|(name, _)| name).collect();
    if !exports.iter().any(|name| is_ours(name, &["plugin"])) {
        let found = if exports.is_empty() {
            "nothing".to_owned()
        } else {
            format!("`{}`", exports.join("`, `"))
        };
        return Err(InstallError::NoInterface {
            wanted,
            found: shortened(plain(found), 500),
        });
    }
    if let Some((name, _)) = ty
        .imports(engine)
        .find(|(name, _)| !is_ours(name, &["log", "types"]))
    {
        return Err(InstallError::Import {
            name: shortened(plain(name.to_owned()), 200),
        });
    }
    Ok(())
}

/// Settings and versions go by the id, so a unit and a reader cannot share one.
fn taken(id: &str, kind: &str) -> InstallError {
    InstallError::Description {
        problem: format!("its id `{id}` is that of a {kind} that is installed; give it another"),
    }
}

fn mismatch(wanted: &'static str, error: &wasmtime::Error) -> InstallError {
    InstallError::Mismatch {
        wanted,
        reason: one_line(error),
    }
}

/// Passes on what a plugin logged while it described itself: no evidence is in
/// reach of that call. The log of other calls may quote a learner, so it goes
/// to whoever gets the failure and never to the host's own log.
fn described(store: &mut Store<CallState>) -> Vec<String> {
    let log = store.data().log();
    for line in &log {
        tracing::debug!(line, "a plugin logged while it described itself");
    }
    log
}

fn failed(identity: &Identity, function: &'static str, failure: &CallFailure) {
    tracing::warn!(
        plugin = identity.id,
        version = identity.version,
        digest = identity.digest,
        function,
        code = failure.code(),
        "a plugin did not answer"
    );
}

fn plugin_failure(error: wit::PluginError, log: Vec<String>) -> CallFailure {
    let code = match error.code.as_str() {
        known @ ("bad-input" | "unsupported") => known,
        _ => "internal",
    };
    CallFailure::Plugin {
        code: code.to_owned(),
        message: shortened(plain(error.message), 2_000),
        log,
    }
}

/// Adds a plugin, unless its digest came in meanwhile; then that one stays.
fn keep<P>(
    plugins: &mut Vec<Arc<P>>,
    plugin: Arc<P>,
    identity: impl Fn(&P) -> &Identity,
) -> Arc<P> {
    let digest = &identity(&plugin).digest;
    if let Some(known) = plugins
        .iter()
        .find(|known| identity(known).digest == *digest)
    {
        return Arc::clone(known);
    }
    plugins.push(Arc::clone(&plugin));
    plugin
}

fn of_digest<'p, P>(
    plugins: &'p [Arc<P>],
    digest: &str,
    identity: fn(&P) -> &Identity,
) -> Option<&'p Arc<P>> {
    plugins
        .iter()
        .find(|plugin| identity(plugin).digest == digest)
}

/// The newest version of each id, ordered by id. Of equal versions the one
/// installed last counts, as when an author builds again.
fn newest<P>(plugins: &[Arc<P>], identity: impl Fn(&P) -> &Identity) -> Vec<Arc<P>> {
    let mut newest = std::collections::BTreeMap::<&str, (semver::Version, &Arc<P>)>::new();
    for plugin in plugins {
        let Identity { id, version, .. } = identity(plugin);
        // Versions were checked when the plugin was installed.
        let Ok(version) = semver::Version::parse(version) else {
            continue;
        };
        match newest.get(id.as_str()) {
            Some((known, _)) if *known > version => {}
            _ => {
                newest.insert(id, (version, plugin));
            }
        }
    }
    newest
        .into_values()
        .map(|(_, plugin)| Arc::clone(plugin))
        .collect()
}
