//! What would break the tool if it could: files that were made for it, files
//! that were changed at random, and plugins that misbehave.

mod files;
/// The guests of the host's own tests.
#[expect(dead_code, reason = "the host's tests use more of it")]
#[path = "../../../crates/unit-host/tests/it/guest.rs"]
mod guest;
mod installing;
mod mutations;
mod pages;
mod units;
mod versions;

/// What a test says in a process of its own; none where this is that process. The
/// memory of a process tells of one test only if no other runs in it.
fn said_alone(test: &str) -> anyhow::Result<Option<String>> {
    if std::env::var_os("HOSTILE_ALONE").is_some() {
        return Ok(None);
    }
    let output = std::process::Command::new(std::env::current_exe()?)
        .args(["--exact", "--nocapture", test])
        .env("HOSTILE_ALONE", "1")
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{complaint}");
    assert!(said.contains("1 passed"), "{said}");
    Ok(Some(said.into_owned()))
}
