//! `markbridge plugin`.

mod check;
mod evaluate;
mod evidence;
mod template;
mod versions;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use assessment::unit::Unit;
use clap::Subcommand;
use serde_json::{Number, json};
use unit_host::{UnitHost, UnitPlugin};

use self::template::TemplateFormat;
use crate::overlay::OverlayFile;
use crate::settings::Settings;
use crate::{compose, overlay, say};

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List plugins with their versions.
    List,
    /// Install a plugin that is signed with a trusted key, or whose digest is named.
    Install(versions::Install),
    /// Choose the version of a plugin that work begins with.
    Pin(versions::Pin),
    /// Run a unit's checks over evidence files, without a database.
    Check(check::Check),
    /// Work out what a mark sheet comes to.
    Evaluate(evaluate::Evaluate),
    /// Print what the centre's overlays change of a unit.
    Overlay {
        /// A component file, or the id of a unit in the plugin folder.
        component: String,
        /// An overlay file; all of the overlay folder where it is not given.
        file: Option<PathBuf>,
    },
    /// Print the import template of a slot that takes a table.
    Template {
        /// A component file, or the id of a unit in the plugin folder.
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
        Command::Check(arguments) => check::run(&compose::units(settings).await?, arguments).await?,
        Command::Evaluate(arguments) => evaluate::run(&compose::units(settings).await?, arguments).await?,
        Command::Overlay { component, file } => {
            let host = compose::units(settings).await?;
            let plugin = plugin(&host, &component).await?;
            let files = match file {
                Some(file) => vec![OverlayFile::read(file)?],
                None => overlay::load(settings, &host)?,
            };
            overlay::print(plugin.unit(), &files)?;
        }
        Command::Template {
            component,
            slot,
            format,
        } => {
            let host = compose::units(settings).await?;
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
