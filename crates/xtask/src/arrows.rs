//! The arrows between crates, as ARCHITECTURE.md draws them.

use anyhow::{Context, Result, bail};

use crate::metadata;

/// What each crate may use of this workspace.
const ALLOWED: [(&str, &[&str]); 18] = [
    ("assessment", &[]),
    ("lti", &[]),
    ("unit-sdk", &[]),
    ("unit-host", &["assessment"]),
    ("storage", &["assessment"]),
    ("storage-sqlite", &["assessment", "storage"]),
    ("workflow", &["assessment", "lti", "storage", "unit-host"]),
    ("web", &["assessment", "lti", "workflow"]),
    ("demo-lms", &[]),
    (
        "markbridge",
        &[
            "assessment",
            "demo-lms",
            "lti",
            "storage",
            "storage-sqlite",
            "unit-host",
            "web",
            "workflow",
        ],
    ),
    ("xtask", &[]),
    (
        "end-to-end",
        &[
            "assessment",
            "demo-lms",
            "lti",
            "storage",
            "storage-sqlite",
            "unit-host",
            "web",
            "workflow",
        ],
    ),
    ("ilm-8577-304", &["unit-sdk"]),
    ("read-docx", &["unit-sdk"]),
    ("read-html", &["unit-sdk"]),
    ("read-odt", &["unit-sdk"]),
    ("read-rtf", &["unit-sdk"]),
    ("read-txt", &["unit-sdk"]),
];

/// Holds the manifests to [`ALLOWED`] and says how many arrows there are. A
/// crate that is new must be added there, with what it may use. What tests use
/// (`dev-dependencies`) does not count.
pub(crate) fn check() -> Result<usize> {
    let metadata = metadata()?;
    let packages = metadata["packages"]
        .as_array()
        .context("`cargo metadata` lists no packages")?;
    let ours: Vec<&str> = packages
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    let mut edges = 0;
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| *known == name) else {
            bail!(
                "the crate `{name}` has no place in the architecture; give it one in xtask's arrows and in ARCHITECTURE.md"
            );
        };
        let dependencies = package["dependencies"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        for dependency in dependencies
            .iter()
            .filter(|dependency| dependency["kind"].is_null())
        {
            let used = dependency["name"].as_str().unwrap_or_default();
            if !ours.contains(&used) {
                continue;
            }
            if !allowed.contains(&used) {
                bail!("`{name}` must not use `{used}`; see ARCHITECTURE.md");
            }
            edges += 1;
        }
    }
    Ok(edges)
}
