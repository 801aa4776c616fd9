//! `markbridge doctor`: whether everything works, line by line.

use std::process::ExitCode;
use std::sync::Arc;

use assessment::ids::RegistrationId;
use chrono::SecondsFormat;
use object_store::{ObjectStore, ObjectStoreExt};
use storage::Storage;
use storage::platforms::RegistrationRecord;
use unit_host::UnitHost;
use workflow::App;
use workflow::diagnosis::{Probe, Standing, examine, failed_launches, next_step};
use workflow::keys::KeyRing;
use workflow::plugins::Versions;
use workflow::records::InstalledRecord;

use crate::platform::registration_id;
use crate::settings::Settings;
use crate::{compose, overlay, say};

/// What is said of plugins.
const PLUGINS: &str = "Units and readers";
const NO_PLUGINS: &str = "`markbridge plugin install` installs a plugin, and `plugins.dir` names a folder with components; in a clone, `cargo xtask plugins` fills it.";
/// How many failed launches are listed.
const LAST: u32 = 10;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Test this registration only.
    #[arg(long, value_name = "ID")]
    platform: Option<String>,
}

pub(crate) async fn run(settings: &Settings, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let platform = arguments.platform.as_deref().map(registration_id);
    let platform = platform.transpose()?;
    say("This installation");
    let mut report = Report::default();
    let storage = report.database(settings).await;
    let app = match &storage {
        Some(storage) => report.rest(settings, storage.clone()).await,
        None => None,
    };
    if let Some(storage) = &storage {
        let platforms = match platform {
            Some(id) => storage
                .read()
                .await?
                .registration(id)
                .await?
                .into_iter()
                .collect(),
            None => storage.read().await?.registrations(None).await?,
        };
        anyhow::ensure!(
            platform.is_none() || !platforms.is_empty(),
            "there is no such registration; `markbridge platform list` shows them"
        );
        match &app {
            Some(app) => report.platforms(app, &platforms).await?,
            None => say("\nThe platforms are tested when the above is put right."),
        }
        say_failed_launches(storage.as_ref(), &platforms).await?;
    }
    say(&format!(
        "\n{} work, {} to look at, {} failed",
        report.works, report.look, report.fails
    ));
    Ok(if report.fails == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What was found so far.
#[derive(Default)]
struct Report {
    works: u32,
    look: u32,
    fails: u32,
}

impl Report {
    fn add(&mut self, probe: &Probe) {
        *match probe.standing {
            Standing::Works => &mut self.works,
            Standing::Look => &mut self.look,
            Standing::Fails => &mut self.fails,
        } += 1;
        say(&format!(
            "  {:<5}  {}: {}",
            probe.standing.word(),
            probe.subject,
            probe.seen
        ));
        if !probe.next.is_empty() {
            say(&format!("         next: {}", probe.next));
        }
    }

    async fn database(&mut self, settings: &Settings) -> Option<Arc<dyn Storage>> {
        const SUBJECT: &str = "Database";
        let url = &settings.database.url;
        let opened = async {
            let storage = compose::storage(settings).await?;
            // A turn to write shows that the disk takes it; nothing is kept.
            drop(storage.write().await?);
            anyhow::Ok(storage)
        };
        match opened.await {
            Ok(storage) => {
                self.add(&Probe::works(
                    SUBJECT,
                    format!("{url} can be read and written"),
                ));
                Some(storage)
            }
            Err(error) => {
                let next = "See whether folder and file belong to the user that Markbridge runs as, and whether the disk is full.";
                self.add(&Probe::fails(SUBJECT, format!("{error:#}"), next));
                None
            }
        }
    }

    /// Keys, files and plugins, and with them all the application.
    async fn rest(&mut self, settings: &Settings, storage: Arc<dyn Storage>) -> Option<Arc<App>> {
        let keys = match compose::keys(settings, storage.clone()).await {
            Ok(keys) => {
                self.add(&Probe::works("Signing keys", "They open with the seal key"));
                Some(keys)
            }
            Err(error) => {
                // The error says what to do.
                self.add(&Probe::fails("Signing keys", format!("{error:#}"), ""));
                None
            }
        };
        let files = self.files(settings).await;
        let host = self.plugin_folder(settings).await;
        let (Some(keys), Some(files), Some(host)) = (keys, files, host.clone()) else {
            // Without the whole application the folder is all there is to tell.
            if let Some(host) = host {
                self.plugins(&host, &[]);
            }
            return None;
        };
        let mut app = match self.installed(settings, storage, keys, host, files).await {
            Ok(app) => app,
            Err(error) => {
                self.add(&Probe::fails(PLUGINS, format!("{error:#}"), ""));
                return None;
            }
        };
        let whole = async {
            let files = overlay::load(settings, &compose::Installed::of(&app).await?)?;
            app.overlays = files.into_iter().map(|file| file.overlay).collect();
            anyhow::Ok(Arc::new(app))
        };
        match whole.await {
            Ok(app) => Some(app),
            Err(error) => {
                self.add(&Probe::fails("Centre’s texts", format!("{error:#}"), ""));
                None
            }
        }
    }

    async fn files(&mut self, settings: &Settings) -> Option<Arc<dyn ObjectStore>> {
        const SUBJECT: &str = "Evidence folder";
        let tried = async {
            let files = compose::files(settings)?;
            let path = object_store::path::Path::from("markbridge-doctor");
            files
                .put(&path, "Written by markbridge doctor.".into())
                .await?;
            files.delete(&path).await?;
            anyhow::Ok(files)
        };
        match tried.await {
            Ok(files) => {
                let seen = format!("{} can be written", settings.evidence.url);
                self.add(&Probe::works(SUBJECT, seen));
                Some(files)
            }
            Err(error) => {
                let next = "See whether the folder belongs to the user that Markbridge runs as, and whether the disk is full.";
                self.add(&Probe::fails(SUBJECT, format!("{error:#}"), next));
                None
            }
        }
    }

    async fn plugin_folder(&mut self, settings: &Settings) -> Option<UnitHost> {
        match compose::units(settings).await {
            Ok(host) => Some(host),
            Err(error) => {
                self.add(&Probe::fails(PLUGINS, format!("{error:#}"), NO_PLUGINS));
                None
            }
        }
    }

    /// The application with all that is installed, which it counts.
    async fn installed(
        &mut self,
        settings: &Settings,
        storage: Arc<dyn Storage>,
        keys: KeyRing,
        host: UnitHost,
        files: Arc<dyn ObjectStore>,
    ) -> anyhow::Result<App> {
        let mut app = compose::assemble(settings, storage, keys, host, files)?;
        compose::load_installed(settings, &mut app).await?;
        let known = workflow::plugins::all(&app).await?;
        self.plugins(&app.units, &known);
        Ok(app)
    }

    /// How many units and readers there are, and those that cannot be loaded.
    fn plugins(&mut self, host: &UnitHost, known: &[Versions]) {
        let (units, readers) = (host.units().len(), host.readers().len());
        let seen = format!("units: {units}, readers: {readers}");
        self.add(&if units == 0 || readers == 0 {
            Probe::look(PLUGINS, seen, NO_PLUGINS)
        } else {
            Probe::works(PLUGINS, seen)
        });
        for plugin in known {
            let broken = |record: &&InstalledRecord| plugin.broken.contains(&record.plugin.digest);
            let broken: Vec<_> = plugin
                .installed
                .iter()
                .filter(broken)
                .map(|record| record.plugin.version.as_str())
                .collect();
            let next = "The server’s log says why. Install it again from its maker’s file, or choose another version with `markbridge plugin pin`.";
            if plugin.current.is_none() {
                let seen = format!("no version of {} is in use", plugin.id);
                self.add(&Probe::fails(PLUGINS, seen, next));
            } else if !broken.is_empty() {
                let seen = format!("{} {} cannot be loaded", plugin.id, broken.join(", "));
                self.add(&Probe::look(PLUGINS, seen, next));
            }
        }
    }

    async fn platforms(
        &mut self,
        app: &App,
        platforms: &[RegistrationRecord],
    ) -> anyhow::Result<()> {
        for record in platforms {
            say(&format!(
                "\nPlatform {}, client {}, registration {}",
                record.issuer, record.client_id, record.id
            ));
            for probe in examine(app, record.id).await?.probes {
                self.add(&probe);
            }
        }
        if platforms.is_empty() {
            say("\nNo platform is registered yet; `markbridge platform add` registers one.");
        }
        Ok(())
    }
}

async fn say_failed_launches(
    storage: &dyn Storage,
    platforms: &[RegistrationRecord],
) -> anyhow::Result<()> {
    let of: Vec<Option<RegistrationId>> = platforms
        .iter()
        .map(|record| Some(record.id))
        .chain([None])
        .collect();
    let launches = failed_launches(storage, &of, LAST).await?;
    if launches.is_empty() {
        say("\nNo launch has failed.");
        return Ok(());
    }
    say("\nThe last launches that failed");
    for launch in launches {
        say(&format!(
            "  {}  {}  {}: {}\n         next: {}",
            launch.at.to_rfc3339_opts(SecondsFormat::Secs, true),
            launch.reference,
            launch.code,
            launch.reason,
            next_step(&launch.code)
        ));
    }
    Ok(())
}
