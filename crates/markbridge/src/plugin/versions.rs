//! Installing plugins, and which version of each work begins with.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use url::Url;
use workflow::App;
use workflow::plugins::{
    FindingChange, Offer, Upgrade, Versions, all, download, install as install_offer, make_default,
    preview,
};

use crate::settings::Settings;
use crate::{compose, say};

#[derive(Debug, Args)]
pub(crate) struct Install {
    /// A component or packed plugin: a file, or an https address.
    from: String,
    /// SHA-256 that its maker published, of the file or of the component in it.
    /// Without it the plugin must be signed with a trusted key.
    #[arg(long, value_name = "SHA256")]
    digest: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Pin {
    /// The plugin's id.
    id: String,
    /// The version that work is to begin with, or the beginning of its digest.
    #[arg(required_unless_present = "back")]
    version: Option<String>,
    /// Go back to the version before.
    #[arg(long, conflicts_with = "version")]
    back: bool,
    /// Only say what it would change.
    #[arg(long)]
    dry_run: bool,
    /// Why, for the record.
    #[arg(long, default_value = "")]
    reason: String,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
}

pub(crate) async fn install(settings: &Settings, arguments: Install) -> anyhow::Result<()> {
    let app = compose::app(settings).await?;
    let Install { from, digest } = arguments;
    let bytes = if from.starts_with("https://") || from.starts_with("http://") {
        if digest.is_none() {
            bail!(
                "name the SHA-256 digest that the plugin's maker published (`--digest`): an address can give something else tomorrow"
            );
        }
        let address = Url::parse(&from).with_context(|| format!("{from} is no address"))?;
        download(&app, &address).await?
    } else {
        std::fs::read(&from).with_context(|| format!("{from} cannot be read"))?
    };
    let source = if from.contains("://") {
        from
    } else {
        let path = PathBuf::from(&from);
        let name = path.file_name();
        name.map_or(from, |name| name.to_string_lossy().into_owned())
    };
    let offer = Offer {
        bytes,
        source,
        digest,
    };
    let installed = install_offer(&app, offer).await?;
    let plugin = &installed.plugin;
    let vouched = match &installed.signed_by {
        Some(name) => format!("signed by {name}"),
        None => "chosen by its digest".to_owned(),
    };
    say(&format!(
        "{} {} is installed, {vouched}.\n  {}",
        plugin.id, plugin.version, plugin.digest
    ));
    if installed.is_default {
        say("Work begins with it from now on.");
    } else {
        say(&format!(
            "Work still begins with the version before. See what would change, and switch, with `markbridge plugin pin {} {}`.",
            plugin.id, plugin.version
        ));
    }
    Ok(())
}

pub(crate) async fn list(settings: &Settings) -> anyhow::Result<()> {
    let app = compose::app(settings).await?;
    for plugin in all(&app).await? {
        let about = match plugin.kind.as_str() {
            "reader" => format!("reads {}", plugin.about),
            _ => plugin.about.clone(),
        };
        say(&format!("{}  {about}", plugin.id));
        let Some(current) = &plugin.current else {
            say("  no version can be loaded; the log says why");
            continue;
        };
        say(&format!("  {} {}  in use", current.version, current.digest));
        for version in &plugin.installed {
            let record = &version.plugin;
            if record.digest == current.digest {
                continue;
            }
            let vouched = version
                .signed_by
                .as_ref()
                .map_or(String::new(), |name| format!(", signed by {name}"));
            say(&format!(
                "  {} {}  from {}{vouched}",
                record.version, record.digest, version.source
            ));
        }
    }
    Ok(())
}

pub(crate) async fn pin(settings: &Settings, arguments: Pin) -> anyhow::Result<()> {
    let app = compose::app(settings).await?;
    let versions = all(&app).await?;
    let versions = versions
        .iter()
        .find(|versions| versions.id == arguments.id)
        .with_context(|| {
            let known: Vec<_> = versions
                .iter()
                .map(|versions| versions.id.as_str())
                .collect();
            format!(
                "no plugin `{}` is installed; installed: {}",
                arguments.id,
                known.join(", ")
            )
        })?;
    let wanted = match &arguments.version {
        Some(meant) => versions
            .find(meant)
            .map(|found| &found.plugin)
            .with_context(|| {
                let known: Vec<_> = versions
                    .installed
                    .iter()
                    .map(|found| {
                        format!("{} ({})", found.plugin.version, &found.plugin.digest[..12])
                    })
                    .collect();
                format!(
                    "`{meant}` is not one version of {}; installed: {}",
                    versions.id,
                    known.join(", ")
                )
            })?,
        None => versions
            .before()
            .with_context(|| format!("{} had no other version before", versions.id))?,
    };
    if versions.current.as_ref() == Some(wanted) {
        say(&format!(
            "Work begins with {} {} already.",
            wanted.id, wanted.version
        ));
        return Ok(());
    }
    if versions.kind == "unit" {
        show(&preview(&app, &wanted.digest).await?);
    }
    if arguments.dry_run {
        return Ok(());
    }
    if !arguments.yes && !agreed(&format!("Begin work with {} from now on?", wanted.version))? {
        say("Nothing was changed.");
        return Ok(());
    }
    switch(&app, versions, &wanted.digest, &arguments).await
}

async fn switch(
    app: &App,
    versions: &Versions,
    digest: &str,
    arguments: &Pin,
) -> anyhow::Result<()> {
    let reason = match arguments.reason.as_str() {
        "" if arguments.back => "Gone back by command.",
        "" => "Pinned by command.",
        reason => reason,
    };
    let now = make_default(app, digest, reason).await?;
    say(&format!(
        "Work begins with {} {} from now on; servers that run notice within seconds. Go back with `markbridge plugin pin {} --back`.",
        now.id, now.version, versions.id
    ));
    Ok(())
}

/// Asks a person; a script says `--yes`.
fn agreed(question: &str) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("nobody is here to answer; add `--yes`");
    }
    say(&format!("{question} [y/N]"));
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

fn show(upgrade: &Upgrade) {
    say(&format!(
        "{}: {} beside {}, on the latest {} submissions",
        upgrade.to.id, upgrade.to.version, upgrade.from.version, upgrade.tried
    ));
    for sentence in &upgrade.description {
        say(&format!("  {sentence}"));
    }
    say(&format!(
        "  {} of {} come out exactly the same; {} signed sheets come to another result",
        upgrade.same, upgrade.tried, upgrade.other_results
    ));
    for code in &upgrade.failures {
        say(&format!("  the checks could not run: {code}"));
    }
    for change in &upgrade.findings {
        say(&format!("  {}", changed(change)));
    }
}

fn changed(change: &FindingChange) -> String {
    let status = |status: &Option<String>| status.as_deref().unwrap_or("nothing").to_owned();
    let what = if change.before == change.after {
        format!("{}, in other words", status(&change.after))
    } else {
        format!("{} → {}", status(&change.before), status(&change.after))
    };
    let about = match change.criterion.as_str() {
        "" => change.rule.clone(),
        criterion => format!("{criterion} {}", change.rule),
    };
    format!("{about}: {what} ({} times)", change.count)
}
