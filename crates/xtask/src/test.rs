//! `cargo xtask test`: set-up, then every test, or those of the groups named.
//! The last line is `N passed, N failed`.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

use crate::{arrows, browser, cargo, examples, interop, metadata, plugins, root, target};

/// Version of cargo-deny that is installed where none is there.
const CARGO_DENY: &str = "0.20.2";

/// The groups, in their order.
const GROUPS: [&str; 8] = [
    "checks",
    "unit",
    "conformance",
    "interop",
    "browser",
    "hostile",
    "crash",
    "docs",
];

/// What was counted.
#[derive(Default)]
struct Tally {
    passed: u64,
    failed: u64,
}

pub(crate) fn run(groups: &[String]) -> ExitCode {
    if let Some(unknown) = groups
        .iter()
        .find(|group| !GROUPS.contains(&group.as_str()))
    {
        eprintln!(
            "there is no group `{unknown}`; groups: {}",
            GROUPS.join(", ")
        );
        return ExitCode::from(2);
    }
    let mut tally = Tally::default();
    if let Err(error) = plugins::build().and_then(|()| examples::build()) {
        eprintln!("error: {error:#}");
        tally.failed += 1;
    } else {
        for group in GROUPS
            .into_iter()
            .filter(|group| groups.is_empty() || groups.iter().any(|named| named == group))
        {
            println!("\n== {group}");
            if let Err(error) = run_group(group, &mut tally) {
                eprintln!("error: {error:#}");
                tally.failed += 1;
            }
        }
    }
    println!("{} passed, {} failed", tally.passed, tally.failed);
    if tally.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn run_group(group: &str, tally: &mut Tally) -> Result<()> {
    match group {
        "checks" => checks(tally),
        "unit" => unit(tally),
        "conformance" => tests(&["--test", "conformance"], &["--nocapture"], tally),
        "interop" => {
            interop::set_up()?;
            tests(&["--test", "interop"], &[], tally)
        }
        "browser" => browser(tally),
        "hostile" => tests(&["--test", "it"], &["hostile::"], tally)
            .and_then(|()| tests(&["--test", "hostile"], &["--nocapture"], tally)),
        "crash" => tests(&["--test", "crash"], &[], tally),
        _ => docs(tally),
    }
}

/// Tests that have a group of their own.
const OWN_GROUP: [&str; 4] = ["conformance", "interop", "hostile", "crash"];

/// Everything but what has a group of its own.
fn unit(tally: &mut Tally) -> Result<()> {
    let metadata = metadata()?;
    let mut names: Vec<&str> = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|package| package["targets"].as_array().into_iter().flatten())
        .filter(|target| target["kind"][0] == "test")
        .filter_map(|target| target["name"].as_str())
        .filter(|name| !OWN_GROUP.contains(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut targets = vec!["--lib", "--bins", "--examples"];
    targets.extend(names.iter().flat_map(|name| ["--test", *name]));
    tests(&targets, &["--skip", "hostile::"], tally)
}

/// Runs `cargo test` over these targets and adds its counts up. It is always
/// the whole workspace, for another choice of packages would build the sandbox
/// once more with other features.
fn tests(targets: &[&str], arguments: &[&str], tally: &mut Tally) -> Result<()> {
    let mut child = cargo()
        .args(["test", "--workspace", "--no-fail-fast"])
        .args(targets)
        .arg("--")
        .args(arguments)
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo could not be started")?;
    let before = tally.failed;
    if let Some(output) = child.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            if let Some(counts) = line.strip_prefix("test result: ") {
                tally.passed += number_before(counts, " passed");
                tally.failed += number_before(counts, " failed");
            }
        }
    }
    let status = child.wait()?;
    // Where nothing was compiled or a process died, no line counted it.
    if !status.success() && tally.failed == before {
        bail!("`cargo test {}` ended with {status}", targets.join(" "));
    }
    Ok(())
}

fn number_before(text: &str, words: &str) -> u64 {
    let Some(end) = text.find(words) else {
        return 0;
    };
    let digits = text[..end]
        .rsplit(|c: char| !c.is_ascii_digit())
        .next()
        .unwrap_or_default();
    digits.parse().unwrap_or(0)
}

/// Scripts that drive a real browser.
fn browser(tally: &mut Tally) -> Result<()> {
    for mut script in browser::scripts()? {
        let output = script.stderr(Stdio::inherit()).output()?;
        let report = String::from_utf8_lossy(&output.stdout);
        print!("{report}");
        let before = tally.failed;
        for line in report.lines() {
            let count = |word| line.strip_prefix(word).and_then(|count| count.parse().ok());
            tally.passed += count("# pass ").unwrap_or(0);
            tally.failed += count("# fail ").unwrap_or(0) + count("# cancelled ").unwrap_or(0);
        }
        // Where a script died, no line counted it.
        if !output.status.success() && tally.failed == before {
            bail!("a script ended with {}", output.status);
        }
    }
    Ok(())
}

/// Formatting, lints, arrows, the crate that can be published, licences.
fn checks(tally: &mut Tally) -> Result<()> {
    count(
        "formatting",
        cargo().args(["fmt", "--all", "--check"]),
        tally,
    )?;
    let mut clippy = cargo();
    clippy.args([
        "clippy",
        "--quiet",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]);
    count("lints", &mut clippy, tally)?;
    match arrows::check() {
        Ok(edges) => {
            println!("ok      arrows ({edges})");
            tally.passed += 1;
        }
        Err(error) => {
            println!("FAILED  arrows: {error:#}");
            tally.failed += 1;
        }
    }
    let mut package = cargo();
    package.args(["package", "--quiet", "--package", "lti"]);
    // It was built above, and a test neither asks a registry nor wants everything committed.
    package.args(["--no-verify", "--allow-dirty", "--offline"]);
    count("the crate `lti` as a package", &mut package, tally)?;
    let mut deny = Command::new(cargo_deny()?);
    // Advisories need the network; a test does not.
    deny.current_dir(root()).args([
        "--log-level",
        "error",
        "check",
        "licenses",
        "bans",
        "sources",
    ]);
    count("licences, banned crates and sources", &mut deny, tally)
}

/// Documentation without warnings, and its examples.
fn docs(tally: &mut Tally) -> Result<()> {
    let mut doc = cargo();
    doc.args(["doc", "--quiet", "--workspace", "--no-deps"])
        .env("RUSTDOCFLAGS", "-D warnings");
    count("documentation", &mut doc, tally)?;
    tests(&["--doc"], &[], tally)
}

fn count(name: &str, command: &mut Command, tally: &mut Tally) -> Result<()> {
    let status = command.status().with_context(|| {
        format!(
            "{name}: {} could not be started",
            command.get_program().display()
        )
    })?;
    if status.success() {
        println!("ok      {name}");
        tally.passed += 1;
    } else {
        println!("FAILED  {name}");
        tally.failed += 1;
    }
    Ok(())
}

/// The cargo-deny of the machine, or one that is built once below the target directory.
fn cargo_deny() -> Result<std::path::PathBuf> {
    let own = target()?.join("tools");
    let installed = own
        .join("bin")
        .join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
    if installed.is_file() {
        return Ok(installed);
    }
    if Command::new("cargo-deny")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok()
    {
        return Ok("cargo-deny".into());
    }
    println!("Installing cargo-deny {CARGO_DENY}. This takes some minutes, once …");
    crate::run(
        cargo()
            .args([
                "install",
                "cargo-deny",
                "--quiet",
                "--locked",
                "--version",
                CARGO_DENY,
                "--root",
            ])
            .arg(&own),
    )?;
    Ok(installed)
}
