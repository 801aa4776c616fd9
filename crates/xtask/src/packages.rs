//! Packages of other languages, installed below the target directory as their
//! lock files pin them.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::run;

const NPM_LOCK: &str = "package-lock.json";
const REQUIREMENTS: &str = "requirements.txt";

/// Installs into `folder` what the `package-lock.json` of `from` pins, once.
pub(crate) fn npm(npm: &Path, from: &Path, folder: &Path, what: &str) -> Result<()> {
    let wanted = std::fs::read(from.join(NPM_LOCK))?;
    let stamp = folder.join("installed");
    if std::fs::read(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    println!("Installing {what} …");
    std::fs::create_dir_all(folder)?;
    for name in ["package.json", NPM_LOCK] {
        std::fs::copy(from.join(name), folder.join(name))?;
    }
    run(Command::new(npm)
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(folder))?;
    std::fs::write(stamp, wanted)?;
    Ok(())
}

/// Makes a virtual environment of Python in `folder` with what the
/// `requirements.txt` of `from` names, once.
pub(crate) fn python(from: &Path, folder: &Path, what: &str) -> Result<()> {
    let python = folder.join("bin").join("python");
    let requirements = from.join(REQUIREMENTS);
    let wanted = std::fs::read(&requirements)?;
    let stamp = folder.join(REQUIREMENTS);
    if python.exists() && std::fs::read(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    println!("Installing {what} …");
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    // With the system's pip, for Debian keeps the one that environments get in a package of its own.
    run(Command::new("python3")
        .args(["-m", "venv", "--without-pip"])
        .arg(folder))
    .context("Python 3.11 or later is needed; on Debian: apt-get install python3 python3-pip")?;
    run(Command::new("python3")
        .args(["-m", "pip", "--python"])
        .arg(&python)
        .args(["install", "--quiet", "--no-input"])
        .args(["--disable-pip-version-check", "--requirement"])
        .arg(&requirements))
    .context("pip could not install it; on Debian: apt-get install python3-pip")?;
    std::fs::write(stamp, wanted)?;
    Ok(())
}
