//! What the benchmark of languages sets beside our host: Extism, whose library
//! comes ready-made from the Python registry, and the example unit as its plugin.

use anyhow::{Context, Result};
use plugin_kit::rust;

use crate::{cargo, packages, root, run, target};

/// Installs the library and builds the plugin, once, below the target directory.
pub(crate) fn set_up() -> Result<()> {
    let from = root().join("tests").join("extism");
    let folder = target()?.join("extism");
    packages::python(&from, &folder.join("library"), "Extism for the benchmarks")?;
    let mut build = cargo();
    build
        .args(["build", "--release", "--locked", "--target", rust::TARGET])
        .arg("--manifest-path")
        .arg(from.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", &folder);
    run(&mut build).context("the plugin of Extism was not built")
}
