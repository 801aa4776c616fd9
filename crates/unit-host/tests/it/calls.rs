//! What a plugin that behaves answers, and what the host makes of answers that
//! break a rule.

use assessment::evidence::{Document, Evidence, ReadDocument, Table};
use assessment::sheet::{Award, GradebookEntry, Sheet, Verdict};
use unit_host::{Attempt, CallFailure, Settings, UnitHost, UnitPlugin};

use crate::guest::{Image, UnitGuest, gradebook, one_finding, outcome, plugin_error};
use crate::{context, evidence, host, limits};

pub(crate) async fn check(
    host: &UnitHost,
    plugin: &UnitPlugin,
) -> Result<Vec<assessment::finding::Finding>, CallFailure> {
    host.check(plugin, evidence(), context(plugin.unit()), None)
        .await
}

/// A sheet with one mark for each criterion, or nothing yet.
fn sheet(plugin: &UnitPlugin, award: &Award) -> Sheet {
    let mut sheet = Sheet::empty(plugin.unit());
    for entry in &mut sheet.entries {
        entry.award = award.clone();
    }
    sheet
}

#[tokio::test]
async fn a_good_plugin_is_asked_everything() {
    let (host, _directory) = host(limits());
    let plugin = host
        .install_unit(UnitGuest::good().component())
        .await
        .expect("a plugin");
    assert_eq!(plugin.identity().id, "demo-1");
    assert_eq!(plugin.identity().digest.len(), 64);
    let criteria: Vec<_> = plugin
        .unit()
        .criteria()
        .map(|one| one.id.as_str())
        .collect();
    assert_eq!(criteria, ["1.1", "1.2"]);

    let context = context(plugin.unit());
    let findings = check(&host, &plugin).await.expect("findings");
    assert_eq!(findings.len(), 1);
    assert_eq!(
        findings[0].message, "Found it",
        "a line break is no plain text"
    );
    let places: Vec<_> = findings[0]
        .places
        .iter()
        .map(|place| (place.item, place.start, place.end))
        .collect();
    assert_eq!(
        places,
        [(0, 0, 12), (0, 0, 0)],
        "beyond the text, within a letter and in another item there is no place"
    );
    let measure = findings[0].measure.as_ref().expect("a measure");
    assert!((measure.counted - 3.0).abs() < f64::EPSILON);

    let marks = sheet(&plugin, &Award::Marks(1));
    let outcome = host
        .evaluate(&plugin, &marks, &context)
        .await
        .expect("an outcome");
    assert_eq!(outcome.verdict, Verdict::Pass);
    assert_eq!(outcome.percent(), Some(50));

    let grade = host.grade(&plugin, &outcome, &context).await;
    assert_eq!(
        grade,
        Ok(Some(GradebookEntry {
            score: 2.0,
            maximum: 4.0,
            comment: "Well done.".to_owned()
        }))
    );
}

#[tokio::test]
async fn a_plugin_is_held_to_the_sheet() {
    let (host, _directory) = host(limits());
    let plugin = host
        .install_unit(UnitGuest::good().component())
        .await
        .expect("a plugin");
    let context = context(plugin.unit());
    let unfinished = sheet(&plugin, &Award::Undecided);
    let failure = host
        .evaluate(&plugin, &unfinished, &context)
        .await
        .expect_err("it passes whatever the sheet says");
    assert_eq!(failure.code(), "broken-promise");
    assert!(
        failure
            .message()
            .contains("contradicts the sheet on criterion 1.1"),
        "{}",
        failure.message()
    );
}

#[tokio::test]
async fn an_unfinished_outcome_has_no_grade() {
    let (host, _directory) = host(limits());
    let guest = UnitGuest {
        grade: "unreachable".to_owned(),
        ..UnitGuest::good()
    };
    let plugin = host
        .install_unit(guest.component())
        .await
        .expect("a plugin");
    let context = context(plugin.unit());
    let marks = sheet(&plugin, &Award::Marks(1));
    let mut outcome = host
        .evaluate(&plugin, &marks, &context)
        .await
        .expect("an outcome");
    let failure = host.grade(&plugin, &outcome, &context).await;
    assert_eq!(failure.expect_err("it breaks off").code(), "trapped");
    outcome.verdict = Verdict::Incomplete;
    assert_eq!(host.grade(&plugin, &outcome, &context).await, Ok(None));
}

/// Code and text expected of a failure, and the answer that leads to it.
type Case<'a> = (&'a str, &'a str, Box<dyn Fn(&mut Image) -> u32 + 'a>);

#[tokio::test]
async fn answers_that_break_a_rule_have_a_name() {
    let (host, _directory) = host(limits());
    let long = "x".repeat(2_001);
    let cases: [Case<'_>; 4] = [
        (
            "invalid-answer",
            "2001 bytes of message",
            Box::new(|image| one_finding(image, &long, 1.0)),
        ),
        (
            "invalid-answer",
            "not a finite number",
            Box::new(|image| one_finding(image, "", f64::NAN)),
        ),
        (
            "bad-input",
            "No diary",
            Box::new(|image| plugin_error(image, "bad-input", "No diary.")),
        ),
        (
            "internal",
            "Oh dear",
            Box::new(|image| plugin_error(image, "never-heard", "Oh dear.")),
        ),
    ];
    for (code, text, answer) in cases {
        let mut guest = UnitGuest::good();
        let address = answer(&mut guest.image);
        guest.check = format!("i32.const {address}");
        let plugin = host
            .install_unit(guest.component())
            .await
            .expect("a plugin");
        let failure = check(&host, &plugin).await.expect_err(text);
        assert_eq!(failure.code(), code, "{failure}");
        let message = failure.message();
        assert!(
            message.starts_with("The check could not run: "),
            "{message}"
        );
        assert!(message.contains(text), "{message}");
    }
}

#[tokio::test]
async fn a_grade_must_be_a_grade() {
    let (host, _directory) = host(limits());
    for (score, maximum) in [
        (f64::NAN, 4.0),
        (-1.0, 4.0),
        (5.0, 4.0),
        (0.0, 0.0),
        (1.0, f64::INFINITY),
    ] {
        let mut guest = UnitGuest::good();
        let address = gradebook(&mut guest.image, score, maximum);
        guest.grade = format!("i32.const {address}");
        let plugin = host
            .install_unit(guest.component())
            .await
            .expect("a plugin");
        let context = context(plugin.unit());
        let marks = sheet(&plugin, &Award::Marks(1));
        let outcome = host
            .evaluate(&plugin, &marks, &context)
            .await
            .expect("an outcome");
        let failure = host
            .grade(&plugin, &outcome, &context)
            .await
            .expect_err("no grade");
        assert_eq!(failure.code(), "invalid-answer", "{score} of {maximum}");
    }
}

#[tokio::test]
async fn an_outcome_of_more_than_everything_is_refused() {
    let (host, _directory) = host(limits());
    let mut guest = UnitGuest::good();
    let address = outcome(&mut guest.image, 0, 5);
    guest.evaluate = format!("i32.const {address}");
    let plugin = host
        .install_unit(guest.component())
        .await
        .expect("a plugin");
    let marks = sheet(&plugin, &Award::Marks(1));
    let failure = host
        .evaluate(&plugin, &marks, &context(plugin.unit()))
        .await
        .expect_err("5 of 4");
    assert_eq!(failure.code(), "invalid-answer");
}

#[tokio::test]
async fn nothing_is_left_of_a_call() {
    let (host, _directory) = host(limits());
    let mut guest = UnitGuest::good();
    guest.extra = "(global $used (mut i32) (i32.const 0))".to_owned();
    // Breaks off if an earlier call left its mark in a global or in memory.
    guest.check = format!(
        "(if (i32.or (global.get $used) (i32.load (i32.const 100000))) (then unreachable))
         (global.set $used (i32.const 1))
         (i32.store (i32.const 100000) (i32.const 1))
         {}",
        guest.check
    );
    let plugin = host
        .install_unit(guest.component())
        .await
        .expect("a plugin");
    let first = check(&host, &plugin).await.expect("findings");
    for _ in 0..20 {
        assert_eq!(check(&host, &plugin).await.expect("findings"), first);
    }
}

#[tokio::test]
async fn the_newest_version_counts() {
    let (host, _directory) = host(limits());
    let mut digests = Vec::new();
    for version in ["1.9.0", "1.10.0", "1.10.0-rc.1"] {
        let component = UnitGuest::versioned(version).component();
        let plugin = host.install_unit(component).await.expect("a plugin");
        digests.push(plugin.identity().digest.clone());
    }
    let newest = host.unit("demo-1").expect("the unit");
    assert_eq!(newest.identity().version, "1.10.0");
    assert_eq!(host.units().len(), 1);
    let old = host.unit_by_digest(&digests[0]).expect("the old version");
    assert_eq!(old.identity().version, "1.9.0");
    assert!(host.unit("demo-2").is_none());
}

/// What is no number has several forms, and processors differ in which they make.
#[tokio::test]
async fn what_is_no_number_is_the_same_everywhere() {
    let mut guest = UnitGuest::good();
    guest.check = format!(
        "(if (i64.ne (i64.reinterpret_f64 (f64.div (f64.load (i32.const 200000)) (f64.load (i32.const 200000))))
                    (i64.const 0x7ff8000000000000)) (then unreachable))
         {}",
        guest.check
    );
    let (host, _directory) = host(limits());
    let plugin = host
        .install_unit(guest.component())
        .await
        .expect("a plugin");
    assert_eq!(check(&host, &plugin).await.map(|found| found.len()), Ok(1));
}

#[tokio::test]
async fn places_that_do_not_exist_are_told_to_the_author() {
    let directory = tempfile::tempdir().expect("a directory");
    let host = UnitHost::with_accounts(Settings {
        cache_dir: directory.path().to_owned(),
        cache_key: [7; 32],
        limits: limits(),
        compile_job: None,
    })
    .expect("a host");
    let plugin = host
        .install_unit(UnitGuest::good().component())
        .await
        .expect("a plugin");
    host.take_accounts();
    check(&host, &plugin).await.expect("findings");
    assert_eq!(
        host.take_accounts()[0].log,
        ["finding 1 (rule `words`): 3 of 5 places are not in the evidence and are left out"]
    );
}

#[tokio::test]
async fn a_plugin_never_gets_more_evidence_than_it_was_promised() {
    let (host, _directory) = host(limits());
    let plugin = host
        .install_unit(UnitGuest::good().component())
        .await
        .expect("a plugin");
    let ask = async |change: fn(&mut Evidence)| {
        let mut evidence = evidence();
        change(&mut evidence);
        host.check(&plugin, evidence, context(plugin.unit()), None)
            .await
    };
    let long = |bytes: usize| {
        let read = ReadDocument {
            text: "x".repeat(bytes),
            kind: vec![0],
            level: vec![0],
            style: vec![0],
            part: vec![0],
            ..ReadDocument::default()
        };
        Document::new("assignment", 1, "long.txt", read).expect("a document")
    };
    // A file has at most 4 MiB of text; two of them are too much together.
    let long = [long(3 << 20), long((3 << 20) + 1)];
    assert!(
        ask(|evidence| evidence.documents.resize(64, evidence.documents[0].clone()))
            .await
            .is_ok()
    );
    let many = ask(|evidence| evidence.documents.resize(65, evidence.documents[0].clone())).await;
    let mut large = evidence();
    large.documents = long.to_vec();
    let large = host
        .check(&plugin, large, context(plugin.unit()), None)
        .await;
    let table = Table {
        slot: "record".to_owned(),
        item: 0,
        title: String::new(),
        row_count: 0,
        columns: Vec::new(),
        source_row: Vec::new(),
    };
    let mut tables = evidence();
    tables.tables = vec![table; 257];
    // What was handed in before is passed on too.
    let before = Attempt {
        number: 1,
        submitted: chrono::NaiveDate::default(),
        evidence: tables.clone(),
        decisions: Vec::new(),
    };
    let about = || context(plugin.unit());
    let tables = host.check(&plugin, tables, about(), None).await;
    let earlier = host.check(&plugin, evidence(), about(), Some(before)).await;
    for (answer, words) in [
        (many, "65 documents"),
        (large, "bytes of text in all"),
        (tables, "257 tables;"),
        (earlier, "257 tables of the earlier submission"),
    ] {
        let failure = answer.expect_err(words);
        assert_eq!(failure.code(), "too-much-evidence");
        assert!(failure.message().contains(words), "{}", failure.message());
    }
    assert!(!host.health()[0].slowed, "that is not the plugin's fault");
}
