//! Files that were made to break readers, through the sandbox that learners'
//! files go through. Prints its table: file, expected, got.

use std::time::Instant;

use anyhow::Result;
use end_to_end::hostile::{described, files, to_read};
use end_to_end::process::memory;
use end_to_end::{fixture, units};

/// What may stay of a file's memory, in MiB: what the engine keeps for the next
/// call, and what the allocator does not give back.
const LEFT_BEHIND: f64 = 24.0;

#[tokio::test(flavor = "multi_thread")]
async fn every_file_ends_as_expected_and_leaves_nothing_behind() -> Result<()> {
    let test = "files::every_file_ends_as_expected_and_leaves_nothing_behind";
    if let Some(said) = crate::said_alone(test)? {
        for row in said.lines().filter(|line| line.contains(" | ")) {
            println!("{row}");
        }
        return Ok(());
    }
    let host = units().await?;
    let good = || to_read("304-strong.docx", fixture("304-strong/304-strong.docx"));
    let expected = host.read(good()).await.map_err(|failure| failure.code);
    assert!(expected.is_ok(), "{expected:?}");
    let mut wrong = Vec::new();
    for file in files() {
        let bytes = file.file();
        let length = bytes.bytes.len();
        let (before, _) = memory()?;
        let started = Instant::now();
        let got = described(&host, bytes).await;
        let took = started.elapsed().as_millis();
        let (after, _) = memory()?;
        let mark = if got == file.expected { "ok" } else { "WRONG" };
        println!(
            "{:50} | {:16} | {:9} bytes | {:50} | {got:50} | {took:5} ms | {mark}",
            file.what, file.name, length, file.expected
        );
        if got != file.expected {
            wrong.push(format!(
                "{}: expected {}, got {got}",
                file.what, file.expected
            ));
        }
        if after - before > LEFT_BEHIND {
            wrong.push(format!(
                "{} left {:.0} MiB behind",
                file.what,
                after - before
            ));
        }
        let next = host.read(good()).await.map_err(|failure| failure.code);
        if next != expected {
            wrong.push(format!("after {} the host answered otherwise", file.what));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}
