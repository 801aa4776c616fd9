//! What the group `browser` needs: Chromium and Node from the system, the
//! library that drives them in a folder below the target directory, and the
//! built binary.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{binary, cargo, packages, root, run, target};

/// Names that the browser has on different systems.
const CHROMIUM: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Sets everything up and gives a command for each script of `tests/browser`.
pub(crate) fn scripts() -> Result<Vec<Command>> {
    let chromium = system(&CHROMIUM, "chromium")?;
    let node = system(&["node"], "nodejs")?;
    let npm = system(&["npm"], "npm")?;
    let scripts = root().join("tests").join("browser");
    let library = target()?.join("browser");
    packages::npm(
        &npm,
        &scripts,
        &library,
        "the library that drives the browser",
    )?;
    run(cargo().args(["build", "--quiet", "--workspace", "--bins"]))?;
    let mut names: Vec<PathBuf> = std::fs::read_dir(&scripts)?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "mjs"))
        .collect();
    names.sort();
    names
        .into_iter()
        .map(|name| {
            let mut command = Command::new(&node);
            command
                .args(["--test", "--test-reporter=tap"])
                .arg(name)
                .current_dir(root())
                .env("MARKBRIDGE", binary()?)
                .env("CHROMIUM", &chromium)
                .env("PLAYWRIGHT", library.join("node_modules"));
            Ok(command)
        })
        .collect()
}

/// A program of the system; installs Debian's package where it is missing.
fn system(names: &[&str], package: &str) -> Result<PathBuf> {
    if let Some(found) = find(names) {
        return Ok(found);
    }
    println!("Installing {package} …");
    let installed = Command::new("apt-get")
        .args(["install", "--yes", "--no-install-recommends", package])
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !installed {
        bail!(
            "{} is missing and could not be installed; on Debian, as root: apt-get install {package}",
            names[0]
        );
    }
    find(names).with_context(|| format!("the package {package} brought no {}", names[0]))
}

/// A program of the machine by one of its names.
pub(crate) fn find(names: &[&str]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    names
        .iter()
        .flat_map(|name| std::env::split_paths(&path).map(move |folder| folder.join(name)))
        .find(|candidate| candidate.is_file())
}
