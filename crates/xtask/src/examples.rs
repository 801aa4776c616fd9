//! The example unit in JavaScript and Python, built as an author builds it: in a
//! folder of its own below the target directory, with the tools that its lock
//! files pin. That in Rust is built with the other plugins.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use plugin_kit::Interpreted;

use crate::{browser, packages, root, target};

/// What the components of the examples are called, with the language behind it.
pub(crate) const NAME: &str = "workplace-induction";

/// Builds both into `data/examples` unless they are there already.
pub(crate) fn build() -> Result<()> {
    javascript().context("the JavaScript example was not built")?;
    python().context("the Python example was not built")
}

/// The same, where the tools can be had; else says in a line what is left out.
pub(crate) fn build_if_possible() {
    for built in [
        javascript().context("The JavaScript example is left out"),
        python().context("The Python example is left out"),
    ] {
        if let Err(error) = built {
            println!("{error:#}");
        }
    }
}

fn javascript() -> Result<()> {
    let npm = browser::find(&["npm"]);
    let (Some(npm), Some(_)) = (npm, browser::find(&["node"])) else {
        bail!("node and npm are missing; on Debian: apt-get install nodejs npm");
    };
    let (from, folder) = folders("javascript")?;
    packages::npm(&npm, &from, &folder, "what builds units in JavaScript")?;
    build_in(Interpreted::JavaScript, "javascript", &from, &folder)
}

fn python() -> Result<()> {
    let (from, folder) = folders("python")?;
    packages::python(&from, &folder.join(".venv"), "what builds units in Python")?;
    build_in(Interpreted::Python, "python", &from, &folder)
}

/// Where the example lies, and the folder that it is built in.
fn folders(language: &str) -> Result<(PathBuf, PathBuf)> {
    let from = root().join("plugins").join("examples").join(language);
    let folder = target()?.join("examples").join(language);
    Ok((from, folder))
}

fn build_in(language: Interpreted, name: &str, from: &Path, folder: &Path) -> Result<()> {
    let out = root().join("data").join("examples");
    std::fs::create_dir_all(&out)?;
    std::fs::create_dir_all(folder)?;
    std::fs::copy(from.join(language.source()), folder.join(language.source()))?;
    language.lay_out_kit(folder)?;
    let component = out.join(format!("{NAME}-{name}.wasm"));
    let stamp = out.join(format!("{NAME}-{name}.inputs"));
    let inputs = inputs(language, folder)?;
    if component.is_file() && std::fs::read(&stamp).is_ok_and(|found| found == inputs) {
        return Ok(());
    }
    println!("Building the example in {name} …");
    let built = language.build(folder)?;
    ensure!(!built.is_empty(), "the tool made an empty component");
    std::fs::write(&component, built)?;
    std::fs::write(stamp, inputs)?;
    Ok(())
}

/// All that the component is made of: the unit, the kit, and which tools.
fn inputs(language: Interpreted, folder: &Path) -> Result<Vec<u8>> {
    let files = match language {
        Interpreted::JavaScript => ["unit.js", "markbridge/markbridge.js", "package-lock.json"],
        Interpreted::Python => [
            "unit.py",
            "markbridge/__init__.py",
            ".venv/requirements.txt",
        ],
    };
    let mut inputs = Vec::new();
    for file in files.into_iter().chain(["markbridge/unit.wit"]) {
        inputs.extend(std::fs::read(folder.join(file))?);
    }
    Ok(inputs)
}
