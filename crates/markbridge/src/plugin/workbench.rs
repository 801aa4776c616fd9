//! What authors work with: the engine as servers have it, and one that keeps an
//! account of each call. The readers are in this binary, so that nothing else is
//! needed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use plugin_kit::Interpreted;
use plugin_kit::data_unit::{self, BuildError};
use plugin_kit::project::Language;
use unit_host::{Identity, InstallError, UnitHost, UnitPlugin};

use crate::settings::Settings;
use crate::{complain, compose};

include!(concat!(env!("OUT_DIR"), "/carried.rs"));

/// The engines.
pub(crate) struct Workbench {
    /// As servers have it, with readers.
    pub(crate) host: UnitHost,
    /// The one that keeps an account of each call; it has no readers.
    pub(crate) accounts: UnitHost,
}

/// An author's plugin, in both engines.
pub(crate) struct Installed {
    pub(crate) plugin: Arc<UnitPlugin>,
    pub(crate) with_accounts: Arc<UnitPlugin>,
}

impl Workbench {
    pub(crate) async fn new(settings: &Settings) -> anyhow::Result<Self> {
        let cache = cache(settings);
        let host = UnitHost::new(compose::host_settings(settings, &cache)?)?;
        let accounts = UnitHost::with_accounts(compose::host_settings(settings, &cache)?)?;
        install_readers(&host, settings).await?;
        Ok(Self { host, accounts })
    }

    /// The id and version of a component, which a server would take as a unit or
    /// as a reader.
    pub(crate) async fn identify(&self, component: &[u8]) -> anyhow::Result<Identity> {
        match self.host.install_unit(component.to_vec()).await {
            Ok(plugin) => Ok(plugin.identity().clone()),
            Err(InstallError::NoInterface { .. }) => {
                let reader = self.host.install_reader(component.to_vec()).await?;
                Ok(reader.identity().clone())
            }
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) async fn install(&self, component: &[u8]) -> anyhow::Result<Installed> {
        Ok(Installed {
            plugin: self.host.install_unit(component.to_vec()).await?,
            with_accounts: self.accounts.install_unit(component.to_vec()).await?,
        })
    }
}

/// Installs the readers of this binary, and those of the plugin folder.
pub(crate) async fn install_readers(host: &UnitHost, settings: &Settings) -> anyhow::Result<()> {
    for (name, component) in READERS {
        host.install_reader(component.to_vec())
            .await
            .with_context(|| format!("the reader {name} of this program cannot be used"))?;
    }
    if settings.plugins.dir.is_dir() {
        for (file, component) in compose::components(&settings.plugins.dir)? {
            match host.install_reader(component).await {
                Ok(_) | Err(InstallError::NoInterface { .. }) => {}
                Err(error) => complain(&format!("{} is left out: {error:#}", file.display())),
            }
        }
    }
    if host.readers().is_empty() {
        complain(
            "There are no readers, so no evidence can be read. In a clone, `cargo xtask plugins` builds them; then build this program again.",
        );
    }
    Ok(())
}

/// Where compiled plugins are kept: with the installation's where there is one,
/// else with what else is kept for this user.
pub(crate) fn cache(settings: &Settings) -> PathBuf {
    let own = &settings.plugins.cache_dir;
    let user = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let user = user.or_else(|| Some(std::env::home_dir()?.join(".cache")));
    match user {
        Some(user) if !own.is_dir() && !settings.plugins.dir.is_dir() => {
            user.join("markbridge").join("plugins")
        }
        _ => own.clone(),
    }
}

/// An author's project.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) folder: PathBuf,
    pub(crate) language: Language,
    /// The file of a unit without programming.
    file: PathBuf,
}

impl Project {
    /// The project of this folder, or of a file in it.
    pub(crate) fn find(path: &Path) -> anyhow::Result<Self> {
        let is_toml = path.extension().is_some_and(|ending| ending == "toml");
        let is_crate = path.file_name().is_some_and(|name| name == "Cargo.toml");
        if path.is_file() && is_toml && !is_crate {
            return Ok(Self {
                folder: folder_of(path).to_owned(),
                language: Language::Toml,
                file: path.to_owned(),
            });
        }
        let folder = if path.is_file() {
            folder_of(path)
        } else {
            path
        };
        let language = Language::of(folder).with_context(|| {
            format!(
                "there is no unit in {}; expected a `unit.toml`, `Cargo.toml`, `unit.js` or `unit.py` there (`markbridge plugin new` makes a project)",
                folder.display()
            )
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            language,
            file: folder.join(language.source()),
        })
    }

    /// The component of the project as it is now. What the tools say goes to `tell`.
    pub(crate) fn build(
        &self,
        development: bool,
        tell: &mut dyn FnMut(&str),
    ) -> anyhow::Result<Vec<u8>> {
        match self.language {
            Language::Rust => Ok(plugin_kit::rust::build(&self.folder, development, tell)?),
            Language::JavaScript => Ok(Interpreted::JavaScript.build(&self.folder)?),
            Language::Python => Ok(Interpreted::Python.build(&self.folder)?),
            Language::Toml => self.build_data(),
        }
    }

    /// The component of a unit without programming, or all that is wrong with its file.
    fn build_data(&self) -> anyhow::Result<Vec<u8>> {
        let file = self.file.display();
        let text = std::fs::read_to_string(&self.file)
            .with_context(|| format!("{file} cannot be read as text"))?;
        let module = KIT.iter().find(|(name, _)| *name == "unit-from-data");
        let (_, module) = module.context(
            "this program was built without the module that runs units from files; in a clone, run `cargo xtask plugins` and build it again",
        )?;
        let problems = match data_unit::build(&text, module) {
            Ok(component) => return Ok(component),
            Err(BuildError::File(problems)) => problems,
            Err(error) => return Err(error.into()),
        };
        let many = match problems.len() {
            1 => "one problem".to_owned(),
            many => format!("{many} problems"),
        };
        let said = problems
            .iter()
            .map(|problem| format!("\n{file}, line {}: {}", problem.line, problem.message));
        bail!(
            "{many} in {file}; nothing was built:{}",
            said.collect::<String>()
        )
    }
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}
