//! `cargo xtask bench`: benchmarks, never timed tests.

use anyhow::Result;

use crate::{cargo, examples, extism, plugins};

/// Runs the benchmarks, all or those named. They print their table and write
/// `bench/report.json` below the target directory. They use the profile of
/// tests and demo, whose dependencies are optimised and our own crates only
/// lightly: a release is faster, but would be a quarter of an hour's build.
pub(crate) fn run(names: &[String]) -> Result<()> {
    plugins::build()?;
    examples::build()?;
    if names.is_empty() || names.iter().any(|name| name == "languages") {
        plugins::build_empty()?;
        extism::set_up()?;
    }
    let mut bench = cargo();
    bench.args([
        "bench",
        "--workspace",
        "--profile",
        "dev",
        "--bench",
        "report",
        "--",
    ]);
    crate::run(bench.args(names))
}
