//! `cargo xtask fuzz [SECONDS] read-pdf …`: gives readers files that were
//! changed at random, each for so long, and prints what came of them. What it
//! finds it lays down in `fuzz/readers/` below the target directory. Ends with a
//! failure where a reader or the host has a defect.

#![expect(clippy::print_stdout, reason = "the report")]

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use end_to_end::fuzz::fuzz;
use end_to_end::{target, units};

#[tokio::main]
async fn main() -> Result<()> {
    // Cargo adds a flag of its own.
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"));
    let seconds = arguments.next().context("for how many seconds?")?;
    let seconds = Duration::from_secs(seconds.parse()?);
    let host = units().await?;
    let mut defects = 0;
    for name in arguments {
        let readers = host.readers();
        let reader = readers.iter().find(|reader| reader.identity().id == name);
        let reader = reader.with_context(|| format!("there is no reader `{name}`"))?;
        let started = Instant::now();
        let fuzzed = fuzz(&host, reader, |_| started.elapsed() >= seconds).await?;
        let codes: Vec<String> = fuzzed
            .codes
            .iter()
            .map(|(code, count)| format!("{code} {count}"))
            .collect();
        println!(
            "{name}: {} files in {} s, {} read; {}; slowest {} ms of CPU, largest {:.1} MiB",
            fuzzed.files,
            seconds.as_secs(),
            fuzzed.read,
            codes.join(", "),
            fuzzed.slowest.as_millis(),
            fuzzed.largest,
        );
        let folder = target()?.join("fuzz").join("readers").join(&name);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("slowest"), &fuzzed.slowest_file)?;
        for (number, found) in (1..).zip(&fuzzed.findings) {
            let path = folder.join(format!("{number}-{}-{}", found.code, found.name));
            std::fs::write(&path, &found.bytes)?;
            println!("  {}: {}: {}", found.code, found.message, path.display());
            defects += usize::from(found.is_defect());
        }
    }
    ensure!(defects == 0, "{defects} defects were found");
    Ok(())
}
