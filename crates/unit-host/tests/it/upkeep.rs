//! What a host keeps and what it takes in: the directory of compiled plugins, the
//! job that compiles, and descriptions that need more than most.

use std::ffi::OsString;

use unit_host::{CallFailure, InstallError, Limits, OwnLimits, Settings, UnitHost};

use crate::guest::UnitGuest;
use crate::{host, host_in, limits};

#[tokio::test]
async fn what_another_engine_compiled_is_cleared_away() {
    let directory = tempfile::tempdir().expect("a directory");
    let component = UnitGuest::good().component();
    let first = host_in(directory.path(), limits());
    first
        .install_unit(component.clone())
        .await
        .expect("a plugin");
    let folder = directory.path().join("compiled");
    let files = || {
        let entries = std::fs::read_dir(&folder).expect("a directory");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<String> = names
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    let [own] = &files()[..] else {
        panic!("one plugin, one file: {:?}", files());
    };
    let digest = "0".repeat(64);
    let old = format!("{digest}-0123456789abcdef.compiled");
    let strange = [
        "notes.txt".to_owned(),
        format!("{digest}.compiled"),
        format!("{digest}-0123456789abcdef.txt"),
        format!("{digest}-backup0123456789.compiled"),
    ];
    for name in strange.iter().chain([&old]) {
        std::fs::write(folder.join(name), "anything").expect("written");
    }
    let second = host_in(directory.path(), limits());
    let mut expected = [&strange[..], std::slice::from_ref(own)].concat();
    expected.sort();
    assert_eq!(files(), expected);
    second
        .install_unit(component.clone())
        .await
        .expect("a plugin");

    // An engine that counts compiles otherwise, and has a place of its own.
    let counting = UnitHost::with_accounts(settings(directory.path(), limits(), None));
    let counting = counting.expect("a host");
    counting.install_unit(component).await.expect("a plugin");
    host_in(directory.path(), limits());
    assert!(files().contains(own), "{:?}", files());
}

fn settings(
    directory: &std::path::Path,
    limits: Limits,
    compile_job: Option<Vec<OsString>>,
) -> Settings {
    Settings {
        cache_dir: directory.join("compiled"),
        cache_key: [7; 32],
        limits,
        compile_job,
    }
}

/// A job that a component has made write without an end.
#[tokio::test]
async fn what_a_compiling_job_writes_is_taken_in_so_far_only() {
    let directory = tempfile::tempdir().expect("a directory");
    let script = "cat > /dev/null; head -c 1000000000 /dev/zero";
    let job = ["sh", "-c", script].map(OsString::from).to_vec();
    let host = UnitHost::new(settings(directory.path(), limits(), Some(job))).expect("a host");
    let refused = host.install_unit(UnitGuest::good().component()).await;
    assert!(
        matches!(refused, Err(InstallError::CompileLimits)),
        "{refused:?}"
    );
}

/// A plugin that needs more memory than most, to describe itself too, and has it.
#[tokio::test]
async fn a_description_may_take_what_any_plugin_has() {
    let mut guest = UnitGuest::good();
    // 80 MiB, of which the host of these tests gives a unit 64.
    guest.describe = format!(
        "(if (i32.eq (memory.grow (i32.const 1280)) (i32.const -1)) (then unreachable)) {}",
        guest.describe
    );
    let (strict, _directory) = host(limits());
    let refused = strict.install_unit(guest.component()).await;
    assert!(
        matches!(
            refused,
            Err(InstallError::Describe(CallFailure::OutOfMemory { .. }))
        ),
        "{refused:?}"
    );
    let own = OwnLimits {
        memory_bytes: Some(128 << 20),
        ..OwnLimits::default()
    };
    let (host, _directory) = host(Limits {
        plugins: [("demo-1".to_owned(), own)].into(),
        ..limits()
    });
    host.install_unit(guest.component())
        .await
        .expect("a plugin");
}
