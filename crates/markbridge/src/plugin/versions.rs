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
    let app = compose::app_with_untried_overlays(settings).await?;
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
    let app = compose::app_with_untried_overlays(settings).await?;
    for plugin in all(&app).await? {
        let about = match plugin.kind.as_str() {
            "reader" => format!("reads {}", plugin.about),
            _ => plugin.about.clone(),
        };
        say(&format!("{}  {about}", plugin.id));
        match &plugin.current {
            Some(current) => say(&format!("  {} {}  in use", current.version, current.digest)),
            None => say(
                "  no version is in use: none that was chosen can be loaded; the server’s log says why. Install it again, or choose another with `markbridge plugin pin`",
            ),
        }
        for version in &plugin.installed {
            let record = &version.plugin;
            if plugin.current.as_ref() == Some(record) {
                continue;
            }
            let vouched = version
                .signed_by
                .as_ref()
                .map_or(String::new(), |name| format!(", signed by {name}"));
            let chosen = if plugin.chosen() == Some(record) {
                ", chosen"
            } else {
                ""
            };
            let broken = if plugin.broken.contains(&record.digest) {
                ", cannot be loaded"
            } else {
                ""
            };
            say(&format!(
                "  {} {}  from {}{vouched}{chosen}{broken}",
                record.version, record.digest, version.source
            ));
        }
    }
    Ok(())
}

pub(crate) async fn pin(settings: &Settings, arguments: Pin) -> anyhow::Result<()> {
    let app = compose::app_with_untried_overlays(settings).await?;
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
        None => versions.before().with_context(|| {
            format!(
                "there is nothing further back: no other version of {} was chosen before this one. `markbridge plugin pin {} VERSION` chooses any that is installed",
                versions.id, versions.id
            )
        })?,
    };
    if versions.chosen() == Some(wanted) && versions.current.as_ref() == Some(wanted) {
        say(&format!(
            "Work begins with {} {} already.",
            wanted.id, wanted.version
        ));
        return Ok(());
    }
    if versions.broken.contains(&wanted.digest) {
        bail!(
            "{} {} cannot be loaded; the server’s log says why. Install it again",
            wanted.id,
            wanted.version
        );
    }
    show(versions, &preview(&app, &wanted.digest).await?);
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
        "Work begins with {} {} from now on; servers that run notice within seconds.",
        now.id, now.version
    ));
    let all = all(app).await?;
    let before = all.iter().find(|known| known.id == versions.id);
    if let Some(before) = before.and_then(Versions::before) {
        say(&format!(
            "Go back to {} with `markbridge plugin pin {} --back`.",
            before.version, versions.id
        ));
    }
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

fn show(versions: &Versions, upgrade: &Upgrade) {
    let is_unit = versions.kind == "unit";
    let what = if is_unit { "submissions" } else { "files" };
    let beside = match &upgrade.from {
        Some(from) => format!("beside {}", from.version),
        None => "by itself, for no version is in use".to_owned(),
    };
    say(&format!(
        "{}: {} {beside}, on the latest {} {what}",
        upgrade.to.id, upgrade.to.version, upgrade.sample
    ));
    for sentence in &upgrade.description {
        say(&format!("  {sentence}"));
    }
    for misfit in &upgrade.misfits {
        say(&format!("  what the centre sets does not fit it: {misfit}"));
    }
    if upgrade.from.is_some() {
        let results = if is_unit {
            format!(
                "; {} signed sheets come to another result",
                upgrade.other_results
            )
        } else {
            String::new()
        };
        say(&format!(
            "  {} of {} come out exactly the same{results}",
            upgrade.same, upgrade.tried
        ));
    }
    if upgrade.tried < upgrade.sample {
        say(&format!(
            "  it failed again and again, so it was tried on {} of them only",
            upgrade.tried
        ));
    }
    for code in &upgrade.failures {
        say(&format!("  it failed: {code}"));
    }
    for file in &upgrade.files {
        say(&format!(
            "  a .{} file: {} → {}",
            file.ending, file.before, file.after
        ));
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
