//! What the group `interop` needs: Open edX's LTI platform from the Python
//! registry, in a virtual environment below the target directory. It is under
//! the AGPL, so it is installed for the tests and never kept beside our code.

use std::process::Command;

use anyhow::{Context, Result};

use crate::{root, run, target};

/// Installs what `tests/interop/requirements.txt` names, once.
pub(crate) fn set_up() -> Result<()> {
    let folder = target()?.join("interop");
    let python = folder.join("bin").join("python");
    let requirements = root()
        .join("tests")
        .join("interop")
        .join("requirements.txt");
    let wanted = std::fs::read_to_string(&requirements)?;
    let installed = folder.join("requirements.txt");
    if python.exists() && std::fs::read_to_string(&installed).is_ok_and(|text| text == wanted) {
        return Ok(());
    }
    println!("Installing Open edX's LTI platform for the tests …");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    // With the system's pip, for Debian keeps the one that environments get in a package of its own.
    run(Command::new("python3")
        .args(["-m", "venv", "--without-pip"])
        .arg(&folder))
    .context("Python 3.11 or later is needed; on Debian: apt-get install python3 python3-pip")?;
    run(Command::new("python3")
        .args(["-m", "pip", "--python"])
        .arg(&python)
        .args(["install", "--quiet", "--no-input"])
        .args(["--disable-pip-version-check", "--requirement"])
        .arg(&requirements))
    .context("pip could not install it; on Debian: apt-get install python3-pip")?;
    std::fs::write(installed, wanted)?;
    Ok(())
}
