//! `markbridge plugin`.

mod author;
mod check;
mod dev;
mod evaluate;
mod evidence;
mod look;
mod pack;
mod template;
mod test;
mod versions;
mod workbench;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use assessment::unit::Unit;
use clap::Subcommand;
use serde_json::{Number, json};
use unit_host::{UnitHost, UnitPlugin};

use self::template::TemplateFormat;
use self::workbench::Workbench;
use crate::compose::Installed;
use crate::overlay::OverlayFile;
use crate::settings::Settings;
use crate::{compose, overlay};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List plugins with their versions.
    List,
    /// Install a plugin that is signed with a trusted key, or whose digest is named.
    Install(versions::Install),
    /// Choose the version of a plugin that work begins with.
    Pin(versions::Pin),
    /// Make the project of a new unit.
    New(author::New),
    /// Make the component of a project.
    Build(author::Build),
    /// Say what a component is and whether a server takes it; with evidence, run
    /// its checks, without a database.
    Check(check::Check),
    /// Run the cases of a project, as a server would.
    Test(test::Test),
    /// Show the unit as learners and assessors see it, and build it at each change.
    Dev(dev::Dev),
    /// Make the one file that is installed: component, papers and signature.
    Pack(pack::Pack),
    /// Take a packed plugin apart.
    Unpack(pack::Unpack),
    /// Make a key to sign plugins with.
    Key(pack::Key),
    /// Work out what a mark sheet comes to.
    Evaluate(evaluate::Evaluate),
    /// Print what the centre's overlays change of a unit.
    Overlay {
        /// A component file, or the id of an installed unit.
        component: String,
        /// An overlay file; all of the overlay folder where it is not given.
        file: Option<PathBuf>,
    },
    /// Print the import template of a slot that takes a table.
    Template {
        /// A component file, or the id of an installed unit.
        component: String,
        /// The slot.
        slot: String,
        /// As comma-separated text, or as a workbook.
        #[arg(long, value_enum, default_value = "csv")]
        format: TemplateFormat,
    },
}

pub(crate) async fn run(settings: &Settings, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::List => versions::list(settings).await?,
        Command::Install(arguments) => versions::install(settings, arguments).await?,
        Command::Pin(arguments) => versions::pin(settings, arguments).await?,
        Command::New(arguments) => author::new(arguments)?,
        Command::Build(arguments) => author::build(settings, arguments).await?,
        Command::Check(arguments) if arguments.is_without_evidence() => {
            let good = look::run(settings, &arguments.component, arguments.json).await?;
            return Ok(if good {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(2)
            });
        }
        Command::Check(arguments) => {
            let host = if settings.plugins.dir.is_dir() || compose::has_database(settings) {
                Installed::find(settings).await?.host
            } else {
                Workbench::new(settings).await?.host
            };
            check::run(&host, arguments).await?;
        }
        Command::Test(arguments) => {
            let passed = test::run(settings, arguments).await?;
            return Ok(if passed {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            });
        }
        Command::Dev(arguments) => dev::run(settings, arguments).await?,
        Command::Pack(arguments) => pack::pack(settings, arguments).await?,
        Command::Unpack(arguments) => pack::unpack(&arguments)?,
        Command::Key(arguments) => pack::key(&arguments)?,
        Command::Evaluate(arguments) => {
            evaluate::run(&Installed::find(settings).await?.host, arguments).await?;
        }
        Command::Overlay { component, file } => {
            let installed = Installed::find(settings).await?;
            let plugin = plugin(&installed.host, &component).await?;
            let files = match file {
                Some(file) => vec![OverlayFile::read(file)?],
                None => overlay::load(settings, &installed)?,
            };
            overlay::print(plugin.unit(), &files)?;
        }
        Command::Template {
            component,
            slot,
            format,
        } => {
            let host = Installed::find(settings).await?.host;
            let plugin = plugin(&host, &component).await?;
            template::print(plugin.unit(), &slot, format)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn plugin(host: &UnitHost, component: &str) -> anyhow::Result<Arc<UnitPlugin>> {
    let path = Path::new(component);
    if path.is_file() {
        let bytes = std::fs::read(path).with_context(|| format!("{component} cannot be read"))?;
        return host
            .install_unit(bytes)
            .await
            .with_context(|| format!("{component} cannot be used"));
    }
    host.unit(component).with_context(|| {
        let known: Vec<_> = host
            .units()
            .iter()
            .map(|plugin| plugin.identity().id.clone())
            .collect();
        format!(
            "there is neither a file nor an installed unit `{component}`; installed: {}",
            if known.is_empty() {
                "none (in a clone, `cargo xtask plugins` builds them)".to_owned()
            } else {
                known.join(", ")
            }
        )
    })
}

/// The unit, with an overlay laid over it where one is given.
fn laid(plugin: &UnitPlugin, overlay: Option<PathBuf>) -> anyhow::Result<Unit> {
    match overlay {
        Some(file) => OverlayFile::read(file)?.laid_over(plugin.unit()),
        None => Ok(plugin.unit().clone()),
    }
}

/// A number without a fraction is printed without one.
fn whole(number: f64) -> serde_json::Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        return Number::from(number as i64).into();
    }
    json!(number)
}
