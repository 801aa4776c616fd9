//! Building the plugins of this repository as components.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use plugin_kit::{componentize, rust};

use crate::{cargo, examples, root, run, target};

/// Builds every crate of `plugins/` and puts the components where the server
/// looks for them.
pub(crate) fn build() -> Result<()> {
    add_target()?;
    let names = names()?;
    println!("Building {} plugins …", names.len());
    let mut build = cargo();
    build.arg("build");
    let profile = rust::for_plugins(&mut build, &root(), false, &mut |line| eprintln!("{line}"))?;
    for name in &names {
        build.args(["--package", name]);
    }
    build.args(["--package", examples::NAME]);
    run(&mut build)?;
    let out = root().join("data").join("plugins");
    std::fs::create_dir_all(&out).with_context(|| format!("{} cannot be made", out.display()))?;
    let modules = target()?.join(profile);
    for name in &names {
use crate::{cargo, examples, root, run, target};
    }
    // The server installs what lies in `data/plugins`, and an example is for reading.
    let examples = root().join("data").join("examples");
    std::fs::create_dir_all(&examples)?;
    componentize(
        &module_of(&modules, examples::NAME),
        &examples.join(format!("{}-rust.wasm", examples::NAME)),
    )
}

/// What the compiler makes of a package.
fn module_of(modules: &Path, name: &str) -> PathBuf {
    modules.join(format!("{}.wasm", name.replace('-', "_")))
}

/// Names of the packages in `plugins/`: those with a manifest.
pub(crate) fn names() -> Result<Vec<String>> {
    let folder = root().join("plugins");
    let mut names: Vec<String> = std::fs::read_dir(&folder)?
        .filter_map(Result::ok)
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

/// Adds the Wasm target of this toolchain if it is missing.
fn add_target() -> Result<()> {
    let sysroot = Command::new("rustc")
        .args(["--print", "sysroot"])
        .output()
        .context("rustc is not there; install it with rustup")?;
    let sysroot = String::from_utf8(sysroot.stdout)?;
    let installed = Path::new(sysroot.trim())
        .join("lib")
        .join("rustlib")
        .join(rust::TARGET)
        .is_dir();
    if installed {
        return Ok(());
    }
    println!("Adding the target {} …", rust::TARGET);
    run(Command::new("rustup").args(["target", "add", rust::TARGET])).context(
        "the Wasm target could not be added; run `rustup target add wasm32-unknown-unknown`",
    )
}
