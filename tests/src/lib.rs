//! A whole Markbridge beside a demo VLE, in this process and on loopback, for
//! tests that go through the front door: real pages, real database, real
//! plugins. Only the clock is the test's own.
//!
//! - [`Site`] is all of it; [`work`] has the steps that most tests begin with.
//! - [`admin::Admin`] is an administrator of the tool.
//! - [`made`] makes small files of each format, [`hostile`] those that were made
//!   to break readers, [`fuzz`] changes files at random.
//! - [`platform::Platform`] stands for a platform that signs what a test wants,
//!   [`crowd::Crowd`] for the roster of a large course.

pub mod admin;
pub mod crowd;
pub mod fuzz;
pub mod hostile;
pub mod made;
pub mod platform;
pub mod process;
pub mod work;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::Context;
use assessment::ids::RegistrationId;
use assessment::overlay::{Overlay, OverlayDescriptor};
use axum::serve::ListenerExt;
use chrono::{DateTime, Utc};
use demo_lms::{DemoLms, GradeRow, Manners, Tool};
use object_store::local::LocalFileSystem;
use storage::Storage;
use storage_sqlite::SqliteStorage;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use unit_host::{InstallError, Limits, TrustedKey, UnitHost};
use url::Url;
use workflow::diagnosis::Allowance;
use workflow::keys::{KeyLife, KeyRing, SealKey};
use workflow::platforms::{NewPlatform, add};
use workflow::register::RegistrationRules;
use workflow::{App, Centre};

/// The unit that the demo course teaches.
pub const UNIT: &str = "ilm-8577-304";
/// Which of a site's servers is the tool; the first is its VLE.
const TOOL_SERVER: usize = 1;
/// Our client id on the demo VLE.
pub const CLIENT: &str = "markbridge-test";

/// A time that moves with the real one from where the test sets it. Tokens that
/// the VLE signs carry the same time.
#[derive(Debug, Clone, Default)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// The time.
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's clock stands on the real one"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        Utc::now() + chrono::Duration::milliseconds(self.0.load(Ordering::SeqCst))
    }

    /// A clock that moves on from this time.
    pub fn at(time: DateTime<Utc>) -> Self {
        let clock = Self::default();
        let by = (time - clock.now()).num_milliseconds();
        clock.0.store(by, Ordering::SeqCst);
        clock
    }

    /// Moves the time on.
    pub fn advance(&self, by: Duration) {
        let milliseconds = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

/// Markbridge and a VLE. Dropping it ends both and deletes the data.
#[derive(Debug)]
pub struct Site {
    /// The application, to look behind the pages where a page cannot tell.
    pub app: Arc<App>,
    /// The VLE.
    pub lms: DemoLms,
    /// The clock of both.
    pub clock: TestClock,
    servers: Vec<JoinHandle<()>>,
    folder: TempDir,
}

impl Site {
    /// Starts both, with the VLE's manners.
    ///
    /// # Errors
    /// Where a port, a folder or the plugins are missing.
    pub async fn start(manners: Manners) -> anyhow::Result<Self> {
        Self::start_with(manners, |_| {}).await
    }

    /// Starts both after a change of the VLE's settings.
    ///
    /// # Errors
    /// As [`Site::start`].
    pub async fn start_with(
        manners: Manners,
        change: impl FnOnce(&mut demo_lms::Settings),
    ) -> anyhow::Result<Self> {
        Self::start_on(units().await?, manners, change).await
    }

    /// Starts both with plugins of the test's choice.
    ///
    /// # Errors
    /// As [`Site::start`].
    pub async fn start_on(
        units: UnitHost,
        manners: Manners,
        change: impl FnOnce(&mut demo_lms::Settings),
    ) -> anyhow::Result<Self> {
        Self::start_changed(units, manners, change, |_| {}).await
    }

    /// Starts both after a change of the application.
    ///
    /// # Errors
    /// As [`Site::start`].
    pub async fn start_with_app(
        manners: Manners,
        change_app: impl FnOnce(&mut App),
    ) -> anyhow::Result<Self> {
        Self::start_changed(units().await?, manners, |_| {}, change_app).await
    }

    /// Starts both on a day of the test's choice, after a change of the VLE's settings.
    ///
    /// # Errors
    /// As [`Site::start`].
    pub async fn start_at(
        time: DateTime<Utc>,
        manners: Manners,
        change: impl FnOnce(&mut demo_lms::Settings),
    ) -> anyhow::Result<Self> {
        let clock = TestClock::at(time);
        Self::start_by(clock, units().await?, manners, change, |_| {}).await
    }

    /// Starts both with plugins of the test's choice, after changes of both.
    ///
    /// # Errors
    /// As [`Site::start`].
    pub async fn start_changed(
        units: UnitHost,
        manners: Manners,
        change: impl FnOnce(&mut demo_lms::Settings),
        change_app: impl FnOnce(&mut App),
    ) -> anyhow::Result<Self> {
        Self::start_by(TestClock::default(), units, manners, change, change_app).await
    }

    async fn start_by(
        clock: TestClock,
        units: UnitHost,
        manners: Manners,
        change: impl FnOnce(&mut demo_lms::Settings),
        change_app: impl FnOnce(&mut App),
    ) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let tool = TcpListener::bind("127.0.0.1:0").await?;
        let public_url = Url::parse(&format!("http://{}", tool.local_addr()?))?;
        let mut app = app_on(units, folder.path(), public_url, &clock).await?;
        Arc::get_mut(&mut app).map(change_app);
        let (lms, vle) = start_vle(&app.public_url, manners, &clock, change).await?;
        register_vle(&app, &lms).await?;
        let servers = vec![vle, serve(tool, web::router(web::Web::new(app.clone())?))];
        Ok(Self {
            app,
            lms,
            clock,
            servers,
            folder,
        })
    }

    /// Starts a second VLE, another tenant, whose people have the same ids.
    ///
    /// # Errors
    /// As [`Site::start`].
    pub async fn add_vle(&mut self, manners: Manners) -> anyhow::Result<DemoLms> {
        let (lms, server) = start_vle(&self.app.public_url, manners, &self.clock, |_| {}).await?;
        self.servers.push(server);
        register_vle(&self.app, &lms).await?;
        Ok(lms)
    }

    /// Starts the tool anew on its data, as after a change of its settings. Who
    /// was there before keeps an old connection, so launch again.
    ///
    /// # Errors
    /// As [`Site::start`].
    pub async fn restart(&mut self, change_app: impl FnOnce(&mut App)) -> anyhow::Result<()> {
        let before = self.servers.remove(TOOL_SERVER);
        before.abort();
        before.await.ok();
        let public_url = self.app.public_url.clone();
        let address = public_url.socket_addrs(|| None)?;
        let units = self.app.units.clone();
        let mut app = app_on(units, self.folder.path(), public_url, &self.clock).await?;
        Arc::get_mut(&mut app).map(change_app);
        let tool = TcpListener::bind(&address[..]).await?;
        let router = web::router(web::Web::new(app.clone())?);
        self.servers.insert(TOOL_SERVER, serve(tool, router));
        self.app = app;
        Ok(())
    }

    /// Registers a platform that signs what a test wants.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn register(&self, platform: &platform::Platform) -> anyhow::Result<RegistrationId> {
        let new = NewPlatform {
            issuer: platform.issuer(),
            client_id: CLIENT.to_owned(),
            deployments: vec!["1".to_owned()],
            auth_url: platform.url("auth"),
            token_url: platform.url("token"),
            jwks_url: platform.url("jwks"),
        };
        Ok(add(
            self.app.storage.as_ref(),
            &new,
            self.clock.now(),
            self.app.random(),
        )
        .await?)
    }

    /// An address of the tool.
    ///
    /// # Panics
    /// Where the path is none.
    pub fn url(&self, path: &str) -> Url {
        self.app.public_url.join(path).expect("a path")
    }

    /// A learner's line of the gradebook.
    ///
    /// # Panics
    /// Where there is no such learner.
    pub fn grade(&self, learner: &str) -> GradeRow {
        let row = self
            .lms
            .gradebook()
            .into_iter()
            .find(|row| row.user_id == learner);
        row.expect("the learner is in the gradebook")
    }

    /// The name of one of the VLE's people.
    ///
    /// # Panics
    /// Where there is nobody of this id.
    pub fn name(&self, person: &str) -> String {
        let found = self
            .lms
            .people()
            .into_iter()
            .find(|found| found.id == person);
        found.expect("somebody of the course").name()
    }

    /// Reads the rosters that are due now, as the worker does.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn read_rosters(&self) -> anyhow::Result<()> {
        Ok(workflow::roster::sync_due(&self.app).await?)
    }

    /// The id of the registration of a VLE.
    ///
    /// # Errors
    /// Where the database fails, or the VLE is not registered.
    pub async fn registration(&self, lms: &DemoLms) -> anyhow::Result<RegistrationId> {
        let mut work = self.app.storage.read().await?;
        let known = work.registrations(Some(&lms.issuer())).await?;
        Ok(known.first().context("the VLE is registered")?.id)
    }

    /// Delivers what is due now, as the worker does. Says how many were tried.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn deliver(&self) -> anyhow::Result<usize> {
        Ok(workflow::passback::deliver_due(&self.app).await?)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        for server in &self.servers {
            server.abort();
        }
    }
}

/// A VLE on a port of its own, on another site than the tool.
async fn start_vle(
    tool: &Url,
    manners: Manners,
    clock: &TestClock,
    change: impl FnOnce(&mut demo_lms::Settings),
) -> anyhow::Result<(DemoLms, JoinHandle<()>)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut settings = vle_settings(listener.local_addr()?.port(), tool, manners)?;
    change(&mut settings);
    let time = clock.clone();
    let lms = DemoLms::new(settings, Arc::new(move || time.now()))?;
    let server = serve(listener, lms.router());
    Ok((lms, server))
}

/// A VLE's settings: thirty learners, and one activity of our unit.
///
/// # Errors
/// Where the tool's address takes no paths.
pub fn vle_settings(port: u16, tool: &Url, manners: Manners) -> anyhow::Result<demo_lms::Settings> {
    Ok(demo_lms::Settings {
        issuer: Url::parse(&format!("http://localhost:{port}"))?,
        tool: Tool {
            login_url: tool.join("lti/login")?,
            launch_url: tool.join("lti/launch")?,
            jwks_url: tool.join("lti/jwks")?,
            client_id: CLIENT.to_owned(),
            deployment_id: "1".to_owned(),
        },
        manners,
        learners: 30,
        unit_title: "Mentoring".to_owned(),
        custom: [("unit".to_owned(), UNIT.to_owned())].into(),
        score_maximum: 100.0,
    })
}

async fn register_vle(app: &App, lms: &DemoLms) -> anyhow::Result<()> {
    let platform = NewPlatform {
        issuer: lms.issuer(),
        client_id: CLIENT.to_owned(),
        deployments: vec!["1".to_owned()],
        auth_url: lms.authorization_url(),
        token_url: lms.token_url(),
        jwks_url: lms.jwks_url(),
    };
    add(app.storage.as_ref(), &platform, app.now(), app.random()).await?;
    Ok(())
}

fn serve(listener: TcpListener, router: axum::Router) -> JoinHandle<()> {
    // An answer in pieces would wait for the other side at each of them.
    let listener = listener.tap_io(|stream| {
        stream.set_nodelay(true).ok();
    });
    tokio::spawn(async move {
        // Ends with the test; what it would report nobody reads.
        axum::serve(listener, router).await.ok();
    })
}

/// An application of its own in a folder.
///
/// # Errors
/// Where the database, the plugins or the key cannot be made.
pub async fn app(folder: &Path, public_url: Url, clock: &TestClock) -> anyhow::Result<Arc<App>> {
    app_on(units().await?, folder, public_url, clock).await
}

async fn app_on(
    units: UnitHost,
    folder: &Path,
    public_url: Url,
    clock: &TestClock,
) -> anyhow::Result<Arc<App>> {
    let storage =
        SqliteStorage::open(&format!("sqlite://{}/markbridge.sqlite", folder.display())).await?;
    let files = folder.join("evidence");
    std::fs::create_dir_all(&files)?;
    let http = lti::http_client()?;
    let storage: Arc<dyn Storage> = Arc::new(storage);
    let keys = key_ring(storage.clone(), clock);
    keys.prepare().await?;
    let time = clock.clone();
    Ok(Arc::new(App {
        plugin_folder: workflow::plugins::in_use(&units),
        choosing: tokio::sync::Mutex::default(),
        loading: tokio::sync::Mutex::default(),
        storage,
        units,
        trusted_keys: TrustedKey::new(SIGNER, &signing_keys().pk.to_base64(), None)
            .into_iter()
            .collect(),
        files: Arc::new(LocalFileSystem::new_with_prefix(files)?),
        key_sets: lti::KeySets::new(http.clone()),
        tokens: lti::TokenClient::new(http.clone()),
        http,
        keys,
        public_url,
        registration: RegistrationRules {
            // Everything in a test is on this machine.
            allow_private_addresses: true,
            shared_issuers: Vec::new(),
        },
        overlays: vec![overlay()],
        centre: Centre {
            name: "Example Training Centre".to_owned(),
            time_zone: chrono_tz::Europe::London,
            largest_file: 20_000_000,
            submissions: 2,
        },
        clock: Arc::new(move || time.now()),
        entropy: Arc::new(random),
        strangers: Allowance::default(),
        grade_due: tokio::sync::Notify::new(),
        roster_due: tokio::sync::Notify::new(),
    }))
}

/// Name of the key that the tests' server trusts for plugins.
pub const SIGNER: &str = "Example Awarding College";

/// The keys that plugins of the tests are signed with.
///
/// # Panics
/// Where no keys can be made.
pub fn signing_keys() -> &'static minisign::KeyPair {
    static KEYS: std::sync::LazyLock<minisign::KeyPair> = std::sync::LazyLock::new(|| {
        minisign::KeyPair::generate_unencrypted_keypair().expect("keys")
    });
    &KEYS
}

/// The secret that seals the signing keys of the tests: 32 bytes in base64.
pub const SEAL_KEY: &str = "c2VhbCBrZXkgb2YgdGhlIHRlc3RzLCAzMiBieXRlcy4=";

/// The signing keys in a database, as another process on it would have them.
///
/// # Panics
/// Where the seal key is none.
pub fn key_ring(storage: Arc<dyn Storage>, clock: &TestClock) -> KeyRing {
    let time = clock.clone();
    KeyRing::new(
        storage,
        SealKey::from_base64(SEAL_KEY).expect("a seal key"),
        KeyLife {
            publish: chrono::Duration::minutes(60),
            overlap: chrono::Duration::hours(24),
            rotate: Some(chrono::Duration::days(90)),
        },
        Arc::new(move || time.now()),
        Arc::new(random),
    )
}

fn random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}

/// What the centre of the tests says of a pass in 2.4.
pub const CENTRE_WORDS: &str = "Words that this centre holds.";

/// The centre's own text for one descriptor.
fn overlay() -> Overlay {
    Overlay {
        unit: UNIT.to_owned(),
        source: "Mark sheet held by the centre".to_owned(),
        descriptors: vec![OverlayDescriptor {
            criterion: "2.4".to_owned(),
            band: "pass".to_owned(),
            texts: vec![CENTRE_WORDS.to_owned()],
            ..OverlayDescriptor::default()
        }],
        ..Overlay::default()
    }
}

/// The folder of these tests. Cargo tells it at every run: two checkouts that
/// share a target directory share the tests' binaries too.
pub fn here() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}

/// Where `cargo xtask plugins` puts components.
pub fn components() -> PathBuf {
    here().with_file_name("data").join("plugins")
}

/// A file of `tests/fixtures`.
///
/// # Panics
/// Where it is missing.
pub fn fixture(name: &str) -> Vec<u8> {
    let path = here().join("fixtures").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Names and bytes of all files of evidence in `tests/fixtures`.
///
/// # Errors
/// Where the folder cannot be read.
pub fn fixtures() -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(here().join("fixtures"))? {
        let folder = folder?;
        if !folder.file_type()?.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(folder.path())? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            if name != "manifest.json" {
                found.push((name, std::fs::read(file.path())?));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The target directory: tests and benchmarks lie in `debug/deps` below it.
///
/// # Errors
/// Where this program lies somewhere else.
pub fn target() -> anyhow::Result<PathBuf> {
    let here = std::env::current_exe()?;
    let target = here.ancestors().nth(3);
    Ok(target
        .context("this program does not lie in a target directory")?
        .to_owned())
}

/// One plugin host for all tests of a process, for compiling takes a while.
///
/// # Errors
/// Where the components are missing; `cargo xtask plugins` builds them.
pub async fn units() -> anyhow::Result<UnitHost> {
    static HOST: tokio::sync::OnceCell<UnitHost> = tokio::sync::OnceCell::const_new();
    let host = HOST
        .get_or_try_init(|| async {
            let host = empty_host(Limits::default())?;
            install_all(&host).await?;
            Ok::<_, anyhow::Error>(host)
        })
        .await?;
    Ok(host.clone())
}

/// A plugin host without plugins. What it compiles is kept for the next run.
///
/// # Errors
/// Where the folder for it cannot be used.
pub fn empty_host(limits: Limits) -> anyhow::Result<UnitHost> {
    let settings = unit_host::Settings {
        cache_dir: components().with_file_name("test-cache"),
        cache_key: [7; 32],
        limits,
        compile_job: None,
    };
    Ok(UnitHost::new(settings)?)
}

/// Installs every component that was built.
///
/// # Errors
/// Where they are missing; `cargo xtask plugins` builds them.
pub async fn install_all(host: &UnitHost) -> anyhow::Result<()> {
    let entries = std::fs::read_dir(components())
        .context("there are no plugins; run `cargo xtask plugins`")?;
    for entry in entries {
        let component = std::fs::read(entry?.path())?;
        match host.install_unit(component.clone()).await {
            Ok(_) => {}
            Err(InstallError::NoInterface { .. }) => {
                host.install_reader(component).await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
