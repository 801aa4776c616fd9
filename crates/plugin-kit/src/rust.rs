//! Units in Rust: what cargo is told, so that a component is small, does not name
//! the machine that it was built on, and comes out the same in every folder.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::component::{ComponentError, componentize};

/// What plugins in Rust are compiled for.
pub const TARGET: &str = "wasm32-unknown-unknown";
/// Compiled for use: small, quick, and without unwinding, for a guest cannot
/// unwind anyway.
const FOR_USE: (&str, &[&str]) = (
    "plugin",
    &[
        "inherits='release'",
        "opt-level=3",
        "lto=true",
        "codegen-units=1",
        "panic='abort'",
        "strip=true",
    ],
);
/// Compiled for its author: soon done, with the names of functions and lines.
const FOR_ITS_AUTHOR: (&str, &[&str]) = (
    "plugin-development",
    &[
        "inherits='dev'",
        "opt-level=1",
        "debug='line-tables-only'",
        "panic='abort'",
    ],
);

/// Why a crate makes no plugin.
#[derive(Debug, thiserror::Error)]
pub enum RustError {
    /// Cargo is not there.
    #[error(
        "a unit in Rust needs Rust on this machine; install it from https://rustup.rs, then run `rustup target add {TARGET}`"
    )]
    NoCargo(#[source] std::io::Error),
    /// The standard library for plugins is not there.
    #[error("Rust cannot compile plugins yet on this machine; run `rustup target add {TARGET}`")]
    NoTarget,
    /// Cargo did not understand the project; what it said was told.
    #[error("cargo cannot read the project; what is wrong stands above")]
    NoMetadata,
    /// The compiler refused the project; what it said was told.
    #[error("the unit was not built; what is wrong stands above")]
    Refused,
    /// Cargo built no such library.
    #[error(
        "the crate makes no library for plugins; its Cargo.toml needs `[lib]` with `crate-type = [\"cdylib\", \"rlib\"]`"
    )]
    NoModule,
    /// The module that was built cannot be read.
    #[error("the built module {} cannot be read", path.display())]
    Module {
        /// The module.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The module makes no component.
    #[error(transparent)]
    Component(#[from] ComponentError),
}

/// Adds to a `cargo build` what plugins are built with: target, profile, and other
/// names for the folders of this machine. Gives the profile's folder below the target.
///
/// # Errors
/// [`RustError::NoCargo`], [`RustError::NoTarget`] and [`RustError::NoMetadata`].
pub fn for_plugins(
    build: &mut Command,
    project: &Path,
    development: bool,
    tell: &mut dyn FnMut(&str),
) -> Result<PathBuf, RustError> {
    let (profile, settings) = if development { FOR_ITS_AUTHOR } else { FOR_USE };
    build.args(["--target", TARGET, "--profile", profile]);
    for setting in settings {
        build.args(["--config", &format!("profile.{profile}.{setting}")]);
    }
    let sysroot = sysroot()?;
    if !sysroot.join("lib/rustlib").join(TARGET).is_dir() {
        return Err(RustError::NoTarget);
    }
    // These take the place of whatever flags the machine has for all projects.
    let names = other_names(project, &sysroot, development, tell)?;
    build.env("CARGO_ENCODED_RUSTFLAGS", names.join("\x1f".as_ref()));
    Ok(Path::new(TARGET).join(profile))
}

/// Builds the crate in this folder. Each line that cargo prints goes to `tell`.
///
/// # Errors
/// [`RustError`].
pub fn build(
    project: &Path,
    development: bool,
    tell: &mut dyn FnMut(&str),
) -> Result<Vec<u8>, RustError> {
    let mut command = cargo(project);
    command.args(["build", "--lib", "--message-format=json-render-diagnostics"]);
    for_plugins(&mut command, project, development, tell)?;
    let output = run(&mut command, tell)?.ok_or(RustError::Refused)?;
    let manifest = project.join("Cargo.toml");
    let manifest = manifest.canonicalize().unwrap_or(manifest);
    let path = output
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter(|message| {
            let of = message["manifest_path"].as_str().map(Path::new);
            of.and_then(|of| of.canonicalize().ok()).as_ref() == Some(&manifest)
        })
        .flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default())
        .filter_map(|name| Some(PathBuf::from(name.as_str()?)))
        .find(|name| name.extension().is_some_and(|ending| ending == "wasm"))
        .ok_or(RustError::NoModule)?;
    let module = std::fs::read(&path).map_err(|source| RustError::Module { path, source })?;
    Ok(componentize(&module)?)
}

fn cargo(project: &Path) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(project);
    cargo
}

fn sysroot() -> Result<PathBuf, RustError> {
    let output = Command::new("rustc")
        .args(["--print", "sysroot"])
        .output()
        .map_err(RustError::NoCargo)?;
    Ok(PathBuf::from(
        String::from_utf8_lossy(&output.stdout).trim(),
    ))
}

/// Other names for the folders in which the compiler finds sources, so that
/// neither a trap nor the component itself names a folder of this machine.
fn other_names(
    project: &Path,
    sysroot: &Path,
    development: bool,
    tell: &mut dyn FnMut(&str),
) -> Result<Vec<OsString>, RustError> {
    let mut command = cargo(project);
    command.args([
        "metadata",
        "--format-version",
        "1",
        "--filter-platform",
        TARGET,
    ]);
    let metadata = run(&mut command, tell)?.ok_or(RustError::NoMetadata)?;
    let metadata: Value = serde_json::from_str(&metadata).map_err(|_| RustError::NoMetadata)?;
    let workspace = Path::new(metadata["workspace_root"].as_str().unwrap_or_default());
    let mut names = BTreeSet::new();
    let packages = metadata["packages"].as_array().into_iter().flatten();
    for package in packages {
        let text = |key: &str| package[key].as_str().unwrap_or_default();
        let manifest = Path::new(text("manifest_path"));
        let Some(folder) = manifest.parent() else {
            continue;
        };
        if text("source").starts_with("registry") {
            // The folder's name tells which mirror the machine uses.
            names.extend(
                folder
                    .parent()
                    .map(|all| (all.to_owned(), "/cargo".to_owned())),
            );
        } else if !folder.starts_with(workspace) {
            names.insert((folder.to_owned(), format!("/{}", text("name"))));
        }
    }
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    // The project's own files have short names but where lines are kept. Without
    // its folder here, projects that build to one place share what they use.
    let own = development.then(|| (workspace.to_owned(), ".".to_owned()));
    // Of several that fit the compiler takes the last.
    Ok(home
        .into_iter()
        .map(|home| (home, "/cargo".to_owned()))
        .chain([(sysroot.to_owned(), "/rust".to_owned())])
        .chain(own)
        .chain(names)
        .map(|(folder, name)| {
            let mut flag = OsString::from("--remap-path-prefix=");
            flag.push(folder);
            flag.push("=");
            flag.push(name);
            flag
        })
        .collect())
}

/// Runs cargo and gives what it wrote to standard output; none where it failed.
fn run(command: &mut Command, tell: &mut dyn FnMut(&str)) -> Result<Option<String>, RustError> {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(RustError::NoCargo)?;
    let stdout = child.stdout.take();
    // Both ends are read at once, so that neither fills up.
    let output = std::thread::spawn(move || {
        stdout
            .map(std::io::read_to_string)
            .and_then(Result::ok)
            .unwrap_or_default()
    });
    let lines = child
        .stderr
        .take()
        .into_iter()
        .flat_map(|stderr| BufReader::new(stderr).lines());
    for line in lines.map_while(Result::ok) {
        tell(&line);
    }
    let status = child.wait().map_err(RustError::NoCargo)?;
    let output = output.join().unwrap_or_default();
    Ok(status.success().then_some(output))
}
