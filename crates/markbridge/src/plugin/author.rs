//! `markbridge plugin new` and `build`.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use plugin_kit::project::{Language, NewProject, Sdk, is_id};
use sha2::{Digest, Sha256};

use super::workbench::{Project, Workbench};
use crate::settings::Settings;
use crate::{complain, say};

#[derive(Debug, Args)]
pub(crate) struct New {
    /// Id of the unit, such as `acme-101`; its folder is called so too.
    name: Option<String>,
    /// How the unit is written: toml (no programming), rust, javascript or python.
    #[arg(long)]
    language: Option<Language>,
    /// The unit's title.
    #[arg(long)]
    title: Option<String>,
    /// The unit's number, as its awarding body prints it.
    #[arg(long)]
    number: Option<String>,
    /// Name of the awarding body.
    #[arg(long)]
    awarding_body: Option<String>,
    /// The folder to make; one with the unit's id where it is not given.
    #[arg(long, value_name = "FOLDER")]
    dir: Option<PathBuf>,
    /// For a unit in Rust: where `unit-sdk` is, the folder of a clone of Markbridge
    /// or the https address of its repository.
    #[arg(long, value_name = "FOLDER|ADDRESS")]
    sdk: Option<String>,
}

pub(crate) fn new(arguments: New) -> anyhow::Result<()> {
    let id = match arguments.name {
        Some(name) => name,
        None => ask("Id of the unit, such as acme-101", None, "NAME")?,
    };
    if !is_id(&id) {
        bail!(plugin_kit::project::NewProjectError::Id(id));
    }
    let language = match arguments.language {
        Some(language) => language,
        None => ask(
            "How to write it: toml (no programming), rust, javascript or python",
            Some("toml"),
            "--language",
        )?
        .parse()
        .map_err(anyhow::Error::msg)?,
    };
    let or_ask = |given: Option<String>, question: &str, standard: &str, flag: &str| match given {
        Some(given) => Ok(given),
        None if std::io::stdin().is_terminal() => ask(question, Some(standard), flag),
        // Without anybody to ask, what can be changed later has a value.
        None => Ok(standard.to_owned()),
    };
    let title = or_ask(arguments.title, "The unit's title", &titled(&id), "--title")?;
    let number = or_ask(arguments.number, "The unit's number", &id, "--number")?;
    let awarding_body = or_ask(
        arguments.awarding_body,
        "The awarding body",
        "Own awards",
        "--awarding-body",
    )?;
    let sdk = match (language, arguments.sdk) {
        (Language::Rust, given) => sdk(given)?,
        _ => Sdk::Git(String::new()),
    };
    let folder = arguments.dir.unwrap_or_else(|| PathBuf::from(&id));
    NewProject {
        language,
        id,
        title,
        number,
        awarding_body,
        sdk,
    }
    .write(&folder)?;
    say(&format!("Made {}. Go on with:", folder.display()));
    say(&format!("  cd {}", folder.display()));
    match language {
        Language::JavaScript => say("  npm install"),
        Language::Python => {
            say("  python3 -m venv .venv");
            say("  .venv/bin/pip install -r requirements.txt");
        }
        Language::Rust | Language::Toml => {}
    }
    say("  markbridge plugin test");
    say("  markbridge plugin dev");
    say(&format!(
        "The unit is in {}.",
        folder.join(language.source()).display()
    ));
    Ok(())
}

/// Where `unit-sdk` is. It is in no registry, so it comes from a clone or a
/// repository.
fn sdk(given: Option<String>) -> anyhow::Result<Sdk> {
    let Some(given) = given else {
        let standard = env!("CARGO_PKG_REPOSITORY");
        if standard.is_empty() {
            bail!(
                "a unit in Rust needs `unit-sdk`, and this program does not know where it is published; name it with --sdk: the folder of a clone of Markbridge, or the https address of its repository"
            );
        }
        return Ok(Sdk::Git(standard.to_owned()));
    };
    if given.starts_with("https://") || given.starts_with("ssh://") {
        return Ok(Sdk::Git(given));
    }
    let folder = std::path::absolute(&given)?;
    let places = [folder.clone(), folder.join("crates").join("unit-sdk")];
    let found = places.into_iter().find(|place| {
        let manifest = std::fs::read_to_string(place.join("Cargo.toml")).unwrap_or_default();
        manifest.contains("name = \"unit-sdk\"")
    });
    found.map(Sdk::Folder).with_context(|| {
        format!(
            "there is no `unit-sdk` in {given}; expected the folder of a clone of Markbridge, or its crates/unit-sdk"
        )
    })
}

/// `acme-101` as a title: `Acme 101`.
fn titled(id: &str) -> String {
    let mut title = id.replace('-', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}

/// Asks on the terminal; `flag` is what answers instead.
fn ask(question: &str, standard: Option<&str>, flag: &str) -> anyhow::Result<String> {
    if !std::io::stdin().is_terminal() {
        bail!("{flag} is missing; there is nobody to ask");
    }
    let mut out = std::io::stdout();
    match standard {
        Some(standard) => write!(out, "{question} [{standard}]: ")?,
        None => write!(out, "{question}: ")?,
    }
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    let answer = answer.trim();
    match (answer.is_empty(), standard) {
        (true, Some(standard)) => Ok(standard.to_owned()),
        (true, None) => bail!("nothing was typed; {flag} can be given on the command line too"),
        (false, _) => Ok(answer.to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// The project's folder, or its `unit.toml`.
    #[arg(default_value = ".")]
    project: PathBuf,
    /// Keep the names of functions and the lines of the source, which makes it larger.
    #[arg(long)]
    dev: bool,
    /// The file to write; the unit's id with `.wasm` in the project's folder where
    /// it is not given.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(crate) async fn build(settings: &Settings, arguments: Build) -> anyhow::Result<()> {
    let project = Project::find(&arguments.project)?;
    let component = project.build(arguments.dev, &mut complain)?;
    let workbench = Workbench::new(settings).await?;
    let identity = workbench
        .identify(&component)
        .await
        .context("it was built, but no server would take it")?;
    let file = arguments
        .out
        .unwrap_or_else(|| project.folder.join(format!("{}.wasm", identity.id)));
    write(&file, &component)?;
    say(&format!(
        "{} {}: {}, {} bytes\nSHA-256 {:x}",
        identity.id,
        identity.version,
        file.display(),
        component.len(),
        Sha256::digest(&component)
    ));
    Ok(())
}

/// Writes a file that people are given, whole or not at all.
pub(crate) fn write(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut partly = file.as_os_str().to_owned();
    partly.push(".part");
    std::fs::write(&partly, bytes)
        .and_then(|()| std::fs::rename(&partly, file))
        .with_context(|| format!("{} cannot be written", file.display()))
}
