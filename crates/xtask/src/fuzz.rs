//! `cargo xtask fuzz`: what reads foreign bytes, given bytes that were changed
//! at random. The readers of `lti` under libFuzzer, those of evidence in the
//! sandbox that learners' files go through.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{cargo, plugins, root, target};

/// Seconds for each target and reader, where none are named.
const SECONDS: &str = "600";

/// Runs all targets and readers one after the other, or those named. A number
/// among the names is the time for each in seconds.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let (numbers, named): (Vec<&String>, Vec<&String>) = arguments
        .iter()
        .partition(|argument| argument.parse::<u32>().is_ok());
    let seconds = numbers.first().map_or(SECONDS, |seconds| seconds.as_str());
    let mut targets = targets()?;
    let mut readers = plugins::names()?;
    readers.retain(|name| name.starts_with("read-"));
    for name in &named {
        ensure!(
            targets.contains(name) || readers.contains(name),
            "there is no fuzz target `{name}`; targets: {}, {}",
            targets.join(", "),
            readers.join(", ")
        );
    }
    let is_wanted = |name: &String| named.is_empty() || named.contains(&name);
    targets.retain(is_wanted);
    readers.retain(is_wanted);
    for name in targets {
        run_target(&name, seconds)?;
    }
    if readers.is_empty() {
        return Ok(());
    }
    run_readers(&readers, seconds)
}

/// Names of the fuzz targets: each has a folder of seeds.
fn targets() -> Result<Vec<String>> {
    let mut targets = Vec::new();
    for entry in std::fs::read_dir(seeds())? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            targets.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    targets.sort();
    Ok(targets)
}

fn seeds() -> std::path::PathBuf {
    root().join("crates/lti/tests/seeds")
}

/// Runs one target from the seeds that the tests use too. It needs a nightly
/// compiler and `cargo install cargo-fuzz`, and ends at the first finding, which
/// lies in `tests/fuzz/artifacts` then. What the fuzzer has learned is kept in
/// `fuzz/` below the target directory.
fn run_target(name: &str, seconds: &str) -> Result<()> {
    let corpus = target()?.join("fuzz").join("corpus").join(name);
    std::fs::create_dir_all(&corpus)?;
    let status = Command::new("cargo")
        .current_dir(root())
        .env("CARGO_TARGET_DIR", target()?.join("fuzz"))
        .args(["+nightly", "fuzz", "run", "--fuzz-dir", "tests/fuzz"])
        .arg(name)
        .args([&corpus, &seeds().join(name)])
        .args(["--", "-timeout=5", "-max_len=65536", "-print_final_stats=1"])
        .arg(format!("-max_total_time={seconds}"))
        .status()
        .context("cargo could not be started")?;
    ensure!(
        status.success(),
        "the fuzz target `{name}` ended with {status}"
    );
    Ok(())
}

/// Runs readers in the sandbox, with the profile of the tests. What is found
/// lies in `fuzz/readers/` below the target directory.
fn run_readers(readers: &[String], seconds: &str) -> Result<()> {
    plugins::build()?;
    let mut fuzz = cargo();
    fuzz.args([
        "bench",
        "--workspace",
        "--profile",
        "dev",
        "--bench",
        "fuzz",
        "--",
        seconds,
    ]);
    crate::run(fuzz.args(readers))
}
