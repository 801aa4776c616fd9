//! Files changed at random, a few hundred for each reader; `cargo xtask fuzz`
//! runs as long as one likes. And the same bytes, which give the same answer.

use anyhow::Result;
use end_to_end::fuzz::fuzz;
use end_to_end::hostile::to_read;
use end_to_end::{fixtures, units};

/// Files for each reader.
const FILES: u64 = 300;

#[tokio::test(flavor = "multi_thread")]
async fn no_change_of_a_file_finds_a_defect() -> Result<()> {
    let host = units().await?;
    let readers = host.readers();
    assert_eq!(readers.len(), 9);
    for reader in readers {
        let fuzzed = fuzz(&host, &reader, |fuzzed| fuzzed.files == FILES).await?;
        println!(
            "{}: {} read, {:?}",
            fuzzed.reader, fuzzed.read, fuzzed.codes
        );
        let defects = fuzzed.findings.iter().filter(|found| found.is_defect());
        let defects: Vec<_> = defects
            .map(|found| format!("{}: {}: {:?}", found.name, found.message, found.bytes))
            .collect();
        assert!(
            defects.is_empty(),
            "{}: {}",
            fuzzed.reader,
            defects.join("\n")
        );
        assert!(fuzzed.read > 0 && fuzzed.read < FILES, "{}", fuzzed.reader);
    }
    Ok(())
}

#[tokio::test]
async fn the_same_bytes_give_the_same_answer() -> Result<()> {
    let host = units().await?;
    let mut first = Vec::new();
    for (name, bytes) in fixtures()? {
        first.push(host.read(to_read(&name, bytes)).await);
    }
    // Backwards, so that each comes behind another file than before.
    for ((name, bytes), first) in fixtures()?.into_iter().zip(first).rev() {
        let again = host.read(to_read(&name, bytes)).await;
        assert!(again == first, "{name}");
    }
    Ok(())
}
