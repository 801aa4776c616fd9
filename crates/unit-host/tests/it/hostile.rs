//! Plugins that try to take the host down, hold it up, or fill it. After each
//! the host answers as before, and its memory is back.

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use unit_host::{CallFailure, Limits, OwnLimits, UnitHost, UnitPlugin};

use crate::calls::check;
use crate::guest::{UnitGuest, findings};
use crate::misbehaviour::{ENDLESS, misbehaviours, slow_check};
use crate::package::not_vouched_for;
use crate::{context, evidence, host, limits};

/// Resident memory of this process in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .expect("a line");
    let number = line.trim().trim_end_matches(" kB");
    number.parse().expect("a number")
}

/// A good plugin, and another that checks like this.
async fn good_beside(host: &UnitHost, check: &str) -> (Arc<UnitPlugin>, Arc<UnitPlugin>) {
    let other = UnitGuest {
        check: check.to_owned(),
        ..UnitGuest::of("beside", "1.0.0")
    };
    let install = async |guest: UnitGuest| {
        let plugin = host.install_unit(guest.component()).await;
        plugin.expect("a plugin")
    };
    (install(UnitGuest::good()).await, install(other).await)
}

/// Whether the host has its memory back.
fn is_back(before: u64, after: &str) {
    let left = resident().saturating_sub(before);
    assert!(left < 12 << 10, "{after} left {left} KiB behind");
}

/// The memory of a process tells of one test only if no other runs in it, so
/// this test calls itself in a process of its own.
#[tokio::test(flavor = "multi_thread")]
async fn whatever_a_plugin_does_the_host_answers_the_next() {
    if std::env::var_os("UNIT_HOST_ALONE").is_none() {
        let output = std::process::Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "--test-threads=1"])
            .arg("hostile::whatever_a_plugin_does_the_host_answers_the_next")
            .env("UNIT_HOST_ALONE", "1")
            .output()
            .expect("a process");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("1 passed"), "{said}");
        return;
    }
    let (host, _directory) = host(limits());
    let good = host
        .install_unit(UnitGuest::good().component())
        .await
        .expect("a plugin");
    let expected = check(&host, &good).await.expect("findings");

    let mut plugins = Vec::new();
    for (code, name, guest) in misbehaviours() {
        let plugin = host.install_unit(guest.component()).await.expect(name);
        plugins.push((code, name, plugin));
    }
    let before = resident();
    let mut page = PAGE.to_owned();
    for (code, name, plugin) in plugins {
        let started = Instant::now();
        let failure = check(&host, &plugin).await.expect_err(name);
        assert_eq!(failure.code(), code, "{name}: {failure}");
        assert!(
            started.elapsed() < Duration::from_secs(3),
            "{name} took {:?}",
            started.elapsed()
        );
        let kept: usize = failure.log().iter().map(String::len).sum();
        assert!(kept <= 64 << 10, "{name} logged {kept} bytes");
        if name.starts_with("a log line before") {
            assert_eq!(failure.log(), ["1.1"], "for the author");
            assert!(!failure.message().contains("1.1"), "not for the assessor");
        }
        assert_eq!(
            check(&host, &good).await.expect("findings"),
            expected,
            "after {name}"
        );
        is_back(before, name);
        writeln!(page, "| {name} | `{code}` | {} |", failure.message()).ok();
    }

    page.push_str(PAGE_OF_REFUSALS);
    let refused = refused_components(&host);
    let before = resident();
    for (name, component) in refused {
        let refusal = host.install_unit(component).await.expect_err(name);
        writeln!(page, "| {name} | {} |", sentence(&refusal)).ok();
        assert_eq!(check(&host, &good).await.expect("findings"), expected);
        is_back(before, name);
    }
    for (name, refusal) in not_vouched_for() {
        writeln!(page, "| {name} | {} |", sentence(&refusal)).ok();
    }
    page.push_str(PAGE_OF_THE_CACHE);
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src/misbehaving.md");
    if std::env::var_os("MARKBRIDGE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("written");
    }
    assert!(
        std::fs::read_to_string(&path).unwrap_or_default() == page,
        "docs/src/misbehaving.md is not what the host says; write it anew as it says itself"
    );
}

const PAGE: &str = "# Plugins that misbehave

Written by the tests: `MARKBRIDGE_WRITE_DOCS=1 cargo test -p unit-host --test it whatever`
writes this page anew. After each of these the server goes on, with its memory back.
The limit on time is 0.3 seconds here and the one on memory 64 MiB, so that the tests
are quick; [Limits](limits.md) has the real ones. Learners can hand in all the same.
Whoever wrote the plugin reads more with `plugin test`: the code, the same sentence, what
the plugin logged before, and the functions that were running. Nobody else reads its log.

## When it is called

| what the check does | code | what the assessor reads |
|---|---|---|
";

const PAGE_OF_REFUSALS: &str = "
## When it is installed

| what is offered | what whoever installs it reads |
|---|---|
";

const PAGE_OF_THE_CACHE: &str = "
## When it lies compiled

A compiled plugin that was changed, cut off, exchanged for another, or made with another
key is thrown away, and the plugin is compiled again. Nobody notices but for the time.
";

/// An error and its causes in one sentence.
fn sentence(error: &dyn std::error::Error) -> String {
    let mut sentence = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        write!(sentence, ": {error}").ok();
        cause = error.source();
    }
    sentence
}

/// What no host installs.
fn refused_components(host: &UnitHost) -> Vec<(&'static str, Vec<u8>)> {
    let with_import = |wit: &str, import: &str, package: &str| {
        let mut guest = UnitGuest::good();
        let with = format!("import log;\n    {wit}\n    export plugin;");
        guest.wit = guest.wit.replace("import log;\n    export plugin;", &with) + package;
        import.clone_into(&mut guest.imports);
        guest.component()
    };
    let good = UnitGuest::good().component();
    let mut other_version = UnitGuest::good();
    other_version.wit = other_version.wit.replace("unit@1.0.0", "unit@2.0.0");
    "2.0.0".clone_into(&mut other_version.interface);
    let mut other_types = UnitGuest::good();
    other_types.wit = other_types
        .wit
        .replace("submissions-left: u32", "submissions-left: s32");
    let mut greedy = UnitGuest::good();
    greedy.pages = 2_000;
    let mut large = good.clone();
    large.resize(200 << 20, 0);
    let engine = wasmtime::Engine::default();
    let compiled = engine.precompile_component(&good).expect("compiled");
    assert!(large.len() > host.limits().component_bytes);
    vec![
        (
            "a component that imports random numbers",
            with_import(
                "import wasi:random/random@0.2.0;",
                "(import \"wasi:random/random@0.2.0\" \"get-random-u64\" (func (result i64)))",
                "\npackage wasi:random@0.2.0 { interface random { get-random-u64: func() -> u64; } }",
            ),
        ),
        (
            "a component that imports a function of its own",
            with_import(
                "import secret: func();",
                "(import \"$root\" \"secret\" (func))",
                "",
            ),
        ),
        (
            "another major version of the interface",
            other_version.component(),
        ),
        ("other types under the same name", other_types.component()),
        (
            "a component that begins with 125 MiB of memory",
            greedy.component(),
        ),
        (
            "a unit that never ends describing itself",
            UnitGuest {
                describe: ENDLESS.to_owned(),
                ..UnitGuest::good()
            }
            .component(),
        ),
        (
            "a component whose answers depend on the processor",
            UnitGuest::checking(
                "(drop (i8x16.relaxed_swizzle (v128.const i64x2 0 0) (v128.const i64x2 0 0))) unreachable",
            )
            .component(),
        ),
        ("half of a component", good[..good.len() / 2].to_vec()),
        ("a core module", UnitGuest::good().core_module()),
        ("code that was compiled elsewhere", compiled),
        ("a file of 200 MiB", large),
        ("a text", b"unit".to_vec()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_is_kept_by_the_clock() {
    let (host, _directory) = host(limits());
    let plugin = host
        .install_unit(UnitGuest::checking(ENDLESS).component())
        .await
        .expect("a plugin");
    let started = Instant::now();
    let failure = check(&host, &plugin).await.expect_err("endless");
    assert_eq!(failure.code(), "took-too-long");
    assert!(started.elapsed() >= limits().units.time);
    assert!(failure.message().contains("longer than the 0.3 seconds"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_description_has_limits_too() {
    let (host, _directory) = host(limits());
    let guest = UnitGuest {
        describe: ENDLESS.to_owned(),
        ..UnitGuest::good()
    };
    let error = host
        .install_unit(guest.component())
        .await
        .expect_err("endless");
    assert!(error.to_string().contains("could not describe itself"));
    assert!(host.units().is_empty());
}

/// Fills all slots with endless plugins and asks a good one besides.
async fn asked_when_all_slots_are_taken(queue_wait: Duration) -> Result<usize, CallFailure> {
    let (host, _directory) = host(Limits {
        queue_wait,
        ..limits()
    });
    let good = host
        .install_unit(UnitGuest::good().component())
        .await
        .expect("a plugin");
    let mut busy = Vec::new();
    for slot in 0..limits().concurrent_calls {
        // No plugin has all turns, so it takes one for each slot.
        let guest = UnitGuest {
            check: ENDLESS.to_owned(),
            ..UnitGuest::of(&format!("endless-{slot}"), "1.0.0")
        };
        let endless = host
            .install_unit(guest.component())
            .await
            .expect("a plugin");
        let host = host.clone();
        busy.push(tokio::spawn(async move { check(&host, &endless).await }));
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let answer = check(&host, &good).await.map(|findings| findings.len());
    for call in busy {
        let failure = call.await.expect("a call").expect_err("endless");
        assert_eq!(failure.code(), "took-too-long");
    }
    assert_eq!(
        check(&host, &good).await.map(|findings| findings.len()),
        Ok(1)
    );
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_waits_for_its_turn() {
    assert_eq!(
        asked_when_all_slots_are_taken(Duration::from_secs(10)).await,
        Ok(1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_waited_long_enough_is_told_so() {
    assert_eq!(
        asked_when_all_slots_are_taken(Duration::from_millis(50)).await,
        Err(CallFailure::Busy)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_who_leaves_does_not_free_the_slot() {
    let (host, _directory) = host(Limits {
        concurrent_calls: 1,
        queue_wait: Duration::from_millis(50),
        ..limits()
    });
    let endless = host
        .install_unit(UnitGuest::checking(ENDLESS).component())
        .await
        .expect("a plugin");
    let left = tokio::time::timeout(Duration::from_millis(50), check(&host, &endless)).await;
    assert!(left.is_err(), "the caller left");
    let failure = check(&host, &endless).await.expect_err("still running");
    assert_eq!(failure, CallFailure::Busy);
    tokio::time::sleep(limits().units.time).await;
    let failure = check(&host, &endless).await.expect_err("endless");
    assert_eq!(failure.code(), "took-too-long");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_plugin_leaves_others_their_turns() {
    let mut limits = Limits {
        queue_wait: Duration::from_millis(50),
        ..limits()
    };
    limits.units.concurrent_calls = 1;
    let (host, _directory) = host(limits);
    let (good, endless) = good_beside(&host, ENDLESS).await;
    let calls: Vec<_> = (0..5)
        .map(|_| {
            let (host, endless) = (host.clone(), endless.clone());
            tokio::spawn(async move { check(&host, &endless).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(check(&host, &good).await.map(|found| found.len()), Ok(1));
    let mut codes = Vec::new();
    for call in calls {
        let failure = call.await.expect("a call").expect_err("endless");
        codes.push(failure.code());
    }
    codes.sort_unstable();
    assert_eq!(
        codes,
        ["busy", "busy", "busy", "busy", "took-too-long"],
        "one had a turn"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_fails_again_and_again_is_slowed_down_and_reported() {
    let (host, _directory) = host(limits());
    let trapping = host
        .install_unit(UnitGuest::checking("(unreachable)").component())
        .await
        .expect("a plugin");
    let slowed = || {
        let health = host.health();
        assert_eq!(health.len(), 1);
        health[0].slowed
    };
    for _ in 0..3 {
        assert!(!slowed());
        check(&host, &trapping).await.expect_err("a trap");
    }
    assert!(slowed());
    let health = host.health().remove(0);
    assert_eq!(health.last_failure, Some("trapped"));
    assert_eq!(health.failures["trapped"], 3);
    assert!(health.time > Duration::ZERO);

    // It answers as before, and rests for 5 ms before its turn comes again.
    let began = Instant::now();
    for _ in 0..4 {
        let failure = check(&host, &trapping).await.expect_err("a trap");
        assert_eq!(failure.code(), "trapped");
    }
    assert!(began.elapsed() >= Duration::from_millis(15));

    // It still has its turn, one at a time; and a call that goes well ends it.
    let good = host
        .install_unit(UnitGuest::good().component())
        .await
        .expect("another version");
    check(&host, &good).await.expect("findings");
    assert!(!slowed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_counts_though_its_caller_went_away() {
    let (host, _directory) = host(limits());
    let endless = host
        .install_unit(UnitGuest::checking(ENDLESS).component())
        .await
        .expect("a plugin");
    for failures in 1..=3 {
        // A learner closes the page.
        let call = check(&host, &endless);
        let gone = tokio::time::timeout(Duration::from_millis(5), call).await;
        assert!(gone.is_err(), "it is endless");
        while host.health()[0].failures.get("took-too-long") != Some(&failures) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    assert!(host.health()[0].slowed);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_plugin_can_have_limits_of_its_own() {
    let mut limits = limits();
    let own = Duration::from_millis(5);
    let limits_of_it = OwnLimits {
        time: Some(own),
        ..OwnLimits::default()
    };
    limits.plugins.insert("demo-1".to_owned(), limits_of_it);
    let (host, _directory) = host(limits);
    let endless = host
        .install_unit(UnitGuest::checking(ENDLESS).component())
        .await
        .expect("a plugin");
    let failure = check(&host, &endless).await.expect_err("endless");
    assert!(
        matches!(&failure, CallFailure::TookTooLong { limit, .. } if *limit == own),
        "{failure}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plugin_that_is_slow_within_its_time_never_has_all_turns() {
    let mut limits = Limits {
        concurrent_calls: 2,
        ..limits()
    };
    // A machine that does much else must not make it too slow.
    limits.units.time = Duration::from_mins(1);
    limits.units.concurrent_calls = 1;
    let (host, _directory) = host(limits);
    let (good, slow) = good_beside(&host, &slow_check(20_000_000)).await;
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let (host, slow) = (host.clone(), slow.clone());
            tokio::spawn(async move { check(&host, &slow).await })
        })
        .collect();
    tokio::task::yield_now().await;
    let mut answered = 0;
    while calls.iter().any(|call| !call.is_finished()) {
        assert_eq!(check(&host, &good).await.map(|found| found.len()), Ok(1));
        answered += 1;
    }
    assert!(answered > 20, "the good one had {answered} turns");
    for call in calls {
        assert_eq!(call.await.expect("a call"), Ok(Vec::new()));
    }
    let health = host.health();
    let slow = health.iter().find(|plugin| plugin.id == "beside");
    let slow = slow.expect("it was called");
    assert!(slow.calls == 20 && slow.failures.is_empty() && !slow.slowed);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_own_limit_counts() {
    let asked = async |own: OwnLimits, guest: &UnitGuest| {
        let mut limits = limits();
        limits.plugins.insert("demo-1".to_owned(), own);
        let (host, _directory) = host(limits);
        let plugin = host
            .install_unit(guest.component())
            .await
            .expect("a plugin");
        host.check(&plugin, evidence(), context(plugin.unit()), None)
            .await
    };
    let own = OwnLimits::default;
    // 20 MiB are less than units have, and 1 MiB less than they may answer.
    let twenty = UnitGuest::checking(
        "(if (i32.eq (memory.grow (i32.const 320)) (i32.const -1)) (then unreachable))
         (i32.store8 (i32.const 100000) (i32.const 0))
         (i64.store (i32.const 100004) (i64.const 0)) (i32.const 100000)",
    );
    assert_eq!(asked(own(), &twenty).await, Ok(Vec::new()));
    let memory = OwnLimits {
        memory_bytes: Some(16 << 20),
        ..own()
    };
    let failure = asked(memory, &twenty).await.expect_err("too little memory");
    assert_eq!(failure.code(), "out-of-memory");
    assert!(
        failure.to_string().contains("16 MiB of memory"),
        "{failure}"
    );

    let (mut image, count) = (UnitGuest::good().image, 500);
    let address = findings(&mut image, count);
    let many = UnitGuest {
        image,
        check: format!("i32.const {address}"),
        ..UnitGuest::good()
    };
    assert_eq!(
        asked(own(), &many).await.map(|found| found.len()),
        Ok(count)
    );
    let output = OwnLimits {
        output_bytes: Some(10_000),
        ..own()
    };
    let failure = asked(output, &many).await.expect_err("too much");
    assert_eq!(failure.code(), "too-much-output");

    let logging = UnitGuest::checking(
        "(call $log (i32.const 4096) (i32.const 3)) (call $log (i32.const 4096) (i32.const 3)) unreachable",
    );
    let log = OwnLimits {
        log_bytes: Some(6),
        ..own()
    };
    let lines = asked(own(), &logging).await.expect_err("a trap");
    assert_eq!(lines.log(), ["1.1", "1.1"]);
    let lines = asked(log, &logging).await.expect_err("a trap");
    assert_eq!(lines.log(), ["1.1", "1"]);
}
