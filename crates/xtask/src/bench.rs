//! `cargo xtask bench`: benchmarks, never timed tests.

use anyhow::Result;

use crate::{cargo, plugins};

/// Runs the benchmarks, all or those named, in the release profile. They print
/// their table and write `bench/report.json` below the target directory.
pub(crate) fn run(names: &[String]) -> Result<()> {
    plugins::build()?;
    crate::run(
        cargo()
            .args([
                "bench",
                "--package",
                "end-to-end",
                "--bench",
                "report",
                "--",
            ])
            .args(names),
    )
}
