//! `cargo xtask fuzz`: the readers of `lti` under libFuzzer.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::{root, target};

/// Seconds for each target, where none are named.
const SECONDS: &str = "600";

/// Runs the fuzz targets one after the other, all or those named, from the
/// seeds that the tests use too. A number among the names is the time for each
/// in seconds. It needs a nightly compiler and `cargo install cargo-fuzz`, and
/// ends at the first finding, which lies in `tests/fuzz/artifacts` then. What
/// the fuzzer has learned is kept in `fuzz/` below the target directory.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let (numbers, named): (Vec<&String>, Vec<&String>) = arguments
        .iter()
        .partition(|argument| argument.parse::<u32>().is_ok());
    let seconds = numbers.first().map_or(SECONDS, |seconds| seconds.as_str());
    let seeds = root().join("crates/lti/tests/seeds");
    let mut targets = Vec::new();
    for entry in std::fs::read_dir(&seeds)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            targets.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    targets.sort();
    for name in &named {
        ensure!(
            targets.contains(name),
            "there is no fuzz target `{name}`; targets: {}",
            targets.join(", ")
        );
    }
    targets.retain(|target| named.is_empty() || named.contains(&target));
    for name in targets {
        let corpus = target()?.join("fuzz").join("corpus").join(&name);
        std::fs::create_dir_all(&corpus)?;
        let status = Command::new("cargo")
            .current_dir(root())
            .env("CARGO_TARGET_DIR", target()?.join("fuzz"))
            .args(["+nightly", "fuzz", "run", "--fuzz-dir", "tests/fuzz"])
            .arg(&name)
            .args([&corpus, &seeds.join(&name)])
            .args(["--", "-timeout=5", "-max_len=65536", "-print_final_stats=1"])
            .arg(format!("-max_total_time={seconds}"))
            .status()
            .context("cargo could not be started")?;
        ensure!(
            status.success(),
            "the fuzz target `{name}` ended with {status}"
        );
    }
    Ok(())
}
