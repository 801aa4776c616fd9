//! `cargo xtask`: everything that a clone needs beyond `cargo build`.
//!
//! - `demo [--check] [arguments of markbridge demo]`
//! - `test [checks|unit|conformance|interop|browser|hostile|crash|docs …]`
//! - `bench [NAME…]`
//! - `fuzz [SECONDS] [TARGET…] [READER…]`
//! - `plugins`: build units, readers and examples as components
//! - `arrows`: prove that no crate uses one that it must not

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line's output"
)]

mod arrows;
mod bench;
mod browser;
mod examples;
mod extism;
mod fuzz;
mod interop;
mod packages;
mod plugins;
mod test;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = arguments
        .split_first()
        .map_or(("", &[][..]), |(command, rest)| (command.as_str(), rest));
    let result = match command {
        "demo" => demo(rest),
        "test" => return test::run(rest),
        "bench" => bench::run(rest),
        "fuzz" => fuzz::run(rest),
        "plugins" => plugins::build().map(|()| examples::build_if_possible()),
        "arrows" => arrows::check().map(|edges| println!("{edges} arrows, all allowed")),
        _ => {
            eprintln!(
                "usage: cargo xtask demo [--check] | test [GROUP…] | bench [NAME…] | fuzz [SECONDS] [TARGET…] [READER…] | plugins | arrows"
            );
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn demo(arguments: &[String]) -> Result<()> {
    plugins::build()?;
    println!("Building Markbridge. The first time this takes a quarter of an hour or so …");
    run(cargo().args([
        "build",
        "--package",
        "markbridge",
        "--features",
        "demo-check",
    ]))?;
    let status = Command::new(binary()?)
        .current_dir(root())
        .arg("demo")
        .args(arguments)
        .status()
        .context("markbridge could not be started")?;
    ensure!(status.success(), "the demo ended with {status}");
    Ok(())
}

/// The workspace's folder. Cargo tells it at every start: two checkouts that
/// share a target directory share this binary too.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    here.ancestors().nth(2).unwrap_or(&here).to_owned()
}

/// The cargo that runs us, in the workspace.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .with_context(|| format!("{} could not be started", command.get_program().display()))?;
    if !status.success() {
        let arguments: Vec<_> = command
            .get_args()
            .map(|argument| argument.to_string_lossy().into_owned())
            .collect();
        bail!(
            "`{} {}` ended with {status}",
            command.get_program().display(),
            arguments.join(" ")
        );
    }
    Ok(())
}

/// What cargo says of the workspace.
pub(crate) fn metadata() -> Result<serde_json::Value> {
    let output = cargo()
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .output()?;
    ensure!(
        output.status.success(),
        "`cargo metadata` failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Where cargo builds to, which the environment may have moved.
pub(crate) fn target() -> Result<PathBuf> {
    let metadata = metadata()?;
    let target = metadata["target_directory"]
        .as_str()
        .context("`cargo metadata` names no target directory")?;
    Ok(PathBuf::from(target))
}

/// The built binary.
pub(crate) fn binary() -> Result<PathBuf> {
    Ok(target()?
        .join("debug")
        .join(format!("markbridge{}", std::env::consts::EXE_SUFFIX)))
}
