//! The arrows between crates, as ARCHITECTURE.md draws them.

use anyhow::{Context, Result, bail};

use crate::{metadata, root};

/// What each crate may use of this workspace.
const ALLOWED: &[(&str, &[&str])] = &[
    ("assessment", &[]),
    ("lti", &[]),
    ("unit-sdk", &[]),
    ("plugin-kit", &["unit-from-data", "unit-sdk"]),
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
            "plugin-kit",
            "storage",
            "storage-sqlite",
            "unit-host",
            "web",
            "workflow",
        ],
    ),
    ("xtask", &["plugin-kit"]),
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
];

/// What each plugin may use: a plugin is whatever lies in `plugins/`.
const ALLOWED_TO_PLUGINS: &[&str] = &["unit-sdk"];

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
        let is_plugin = package["manifest_path"]
            .as_str()
            .is_some_and(|path| std::path::Path::new(path).starts_with(root().join("plugins")));
        let of_plugins = is_plugin.then_some(ALLOWED_TO_PLUGINS);
        let known = ALLOWED.iter().find(|(known, _)| *known == name);
        let Some(allowed) = of_plugins.or(known.map(|(_, allowed)| *allowed)) else {
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
