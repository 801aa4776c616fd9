//! Diaries as people keep them.

use std::fmt::Write as _;

use assessment::evidence::ReadTable;
use read_csv::ReadCsv;
use read_xlsx::ReadXlsx;
use unit_sdk::wit::Value;

use crate::evidence::{Work, counts, grid, number, read_tables, rows_at, typed};

/// Sums that the order of the rows must not change.
fn totals(work: &Work) -> String {
    let findings = work.check();
    let hours = findings.one("practice-hours");
    let mut shown = format!("{} ", hours.status);
    for key in [
        "minutes_per_client",
        "minutes_per_month",
        "minutes_not_counted",
    ] {
        write!(shown, "{:?} ", counts(hours, key)).expect("a string takes all");
    }
    for rule in [
        "session-twice",
        "session-overlap",
        "session-future",
        "diary-gaps",
        "rows-progress",
        "goals-progress",
        "supervision-used",
    ] {
        let measure = findings
            .all(rule)
            .first()
            .map(|finding| finding.measure.clone());
        write!(shown, "{rule} {measure:?} ").expect("a string takes all");
    }
    let set_aside = hours
        .details
        .iter()
        .find(|entry| entry.key == "minutes_without_them");
    write!(shown, "{set_aside:?}").expect("a string takes all");
    shown
}

/// The rows in another order, by a rule without chance.
fn shuffled(read: &ReadTable, seed: usize) -> ReadTable {
    let mut order: Vec<usize> = (0..read.row_count as usize).collect();
    let mut state = seed;
    for at in (1..order.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        order.swap(at, (state >> 33) % (at + 1));
    }
    let mut shuffled = read.clone();
    for column in &mut shuffled.columns {
        let cells: Vec<&str> = column.cells.split('\n').collect();
        let kinds = column.kind.clone();
        let moved: Vec<&str> = order.iter().map(|row| cells[*row]).collect();
        let written: Vec<&str> = column.written.split('\n').collect();
        if written.len() == cells.len() {
            column.written = order
                .iter()
                .map(|row| written[*row])
                .collect::<Vec<_>>()
                .join("\n");
        }
        column.kind = order.iter().map(|row| kinds[*row]).collect();
        column.cells = moved.join("\n");
    }
    shuffled
}

#[test]
fn the_order_of_the_rows_changes_no_total() {
    for csv in [
        include_str!("../../../../tests/fixtures/306-complete/306-complete-diary.csv"),
        include_str!("../../../../tests/fixtures/306-short/306-short-diary.csv"),
    ] {
        let read = read_tables::<ReadCsv>(csv.as_bytes());
        let expected = totals(&Work::new().diary(&read));
        for seed in 1..40 {
            assert_eq!(
                totals(&Work::new().diary(&shuffled(&read, seed))),
                expected,
                "seed {seed}"
            );
        }
    }
}

#[test]
fn a_session_in_two_rows_has_the_same_time() {
    for whole in [2, 59, 60, 61, 90, 121, 240] {
        for first in [1, whole / 2, whole - 1] {
            let (one, two, all) = (
                first.to_string(),
                (whole - first).to_string(),
                whole.to_string(),
            );
            let later = format!("{}:{:02}", 10 + first / 60, first % 60);
            let split = Work::new().sessions(&[
                ["03/02/2026", "Client A", "10:00", &one, "mentoring"],
                ["03/02/2026", "Client A", &later, &two, "mentoring"],
            ]);
            let whole =
                Work::new().sessions(&[["03/02/2026", "Client A", "10:00", &all, "mentoring"]]);
            let (split, whole) = (split.check(), whole.check());
            for key in ["minutes_per_client", "minutes_per_month"] {
                assert_eq!(
                    counts(split.one("practice-hours"), key),
                    counts(whole.one("practice-hours"), key)
                );
            }
            assert!(!split.has("session-overlap"), "{first} of {all}");
        }
    }
}

#[test]
fn hours_are_met_at_exactly_the_threshold() {
    let rows = |last| {
        let mut rows = vec![["02/02/2026", "A", "", "720", "mentoring"]; 1];
        rows.push(["09/02/2026", "B", "", "720", "mentoring"]);
        rows.push(["16/02/2026", "C", "", last, "mentoring"]);
        rows
    };
    let status = |last| {
        Work::new()
            .sessions(&rows(last))
            .check()
            .status("practice-hours")
            .to_owned()
    };
    assert_eq!(
        (status("719"), status("720"), status("721")),
        ("not-found".into(), "found".into(), "found".into())
    );
    let raised = Work::new()
        .sessions(&rows("720"))
        .set("min_minutes_total", Value::Number(2400.0))
        .check();
    let hours = raised.one("practice-hours");
    assert_eq!(
        (hours.status.as_str(), hours.source.as_str()),
        ("not-found", "centre")
    );
    assert!(
        hours
            .message
            .contains("40 h are asked for, so 4 h are to go."),
        "{}",
        hours.message
    );
}

#[test]
fn one_client_has_many_spellings() {
    let work = Work::new().sessions(&[
        ["02/02/2026", "Client A", "", "60", "mentoring"],
        ["09/02/2026", "client  a", "", "60", "mentoring"],
        ["16/02/2026", "A", "", "60", "mentoring"],
        ["23/02/2026", "Mentee B", "", "60", "mentoring"],
    ]);
    let findings = work.check();
    let hours = findings.one("practice-hours");
    assert_eq!(
        counts(hours, "minutes_per_client"),
        [("Client A", 180.0), ("Client B", 60.0)]
    );
    let codes = findings.one("client-codes");
    assert_eq!(codes.status, "info");
    assert!(
        codes
            .message
            .contains("Client A (“A”, “Client A”, “client a”)"),
        "{}",
        codes.message
    );
}

#[test]
fn names_are_pointed_out_and_not_repeated() {
    let work = Work::new().sessions(&[
        ["02/02/2026", "Gwenllian Prys", "", "60", "mentoring"],
        ["09/02/2026", "JS", "", "60", "mentoring"],
    ]);
    let findings = work.check();
    let codes = findings.one("client-codes");
    assert_eq!(
        (codes.status.as_str(), rows_at(&work, codes)),
        ("look", vec![1])
    );
    assert!(!codes.message.contains("Gwenllian"));
    assert!(
        codes
            .learner_message
            .as_deref()
            .unwrap_or("")
            .contains("You could use codes")
    );
}

#[test]
fn a_group_counts_once_in_the_total_and_for_each_of_its_clients() {
    let work = Work::new().sessions(&[
        ["02/02/2026", "A, B", "", "60", "mentoring"],
        ["09/02/2026", "Clients A and B", "", "30", "mentoring"],
        ["16/02/2026", "C", "", "15", "mentoring"],
    ]);
    let findings = work.check();
    let hours = findings.one("practice-hours");
    assert_eq!(number(hours, "counted_minutes"), Some(105.0));
    assert_eq!(
        counts(hours, "minutes_per_client"),
        [("Client A", 90.0), ("Client B", 90.0), ("Client C", 15.0)]
    );
    assert_eq!(rows_at(&work, findings.one("session-group")), [1, 2]);
}

#[test]
fn time_of_an_unknown_kind_is_neither_counted_nor_dropped() {
    let work = Work::new().sessions(&[
        ["02/02/2026", "A", "", "1000", "mentoring"],
        ["09/02/2026", "B", "", "1000", ""],
        ["16/02/2026", "C", "", "200", "brainstorm"],
    ]);
    let findings = work.check();
    let hours = findings.one("practice-hours");
    assert_eq!(
        (hours.status.as_str(), number(hours, "counted_minutes")),
        ("look", Some(1000.0))
    );
    assert!(
        hours
            .message
            .contains("20 h hang on rows whose kind of session we do not know"),
        "{}",
        hours.message
    );
    assert_eq!(
        counts(hours, "minutes_not_counted"),
        [("Kind not known", 1200.0)]
    );
    let kinds = findings.one("session-kind");
    assert_eq!(
        (kinds.status.as_str(), rows_at(&work, kinds)),
        ("look", vec![2, 3])
    );
    assert!(
        kinds.message.contains("row 2 (blank); row 3 (brainstorm)"),
        "{}",
        kinds.message
    );
}

#[test]
fn cells_that_cannot_be_read_are_named() {
    let work = Work::new().sessions(&[
        ["02/02/2026", "A", "", "60", "mentoring"],
        ["09/02/2026", "A", "", "", "mentoring"],
        ["16/02/2026", "A", "", "-30", "mentoring"],
        ["23/02/2026", "A", "", "99999", "mentoring"],
        ["last Tuesday", "A", "", "45", "mentoring"],
        ["02/03/2026", "", "", "30", "mentoring"],
        ["06/03/2026", "A", "", "60", "supervision"],
    ]);
    let findings = work.check();
    let rows = |rule| rows_at(&work, findings.one(rule));
    assert_eq!(rows("session-minutes"), [2, 3, 4]);
    assert_eq!(rows("session-date"), [5]);
    assert_eq!(rows("session-client"), [6]);
    let hours = findings.one("practice-hours");
    assert_eq!(number(hours, "counted_minutes"), Some(135.0));
    // Supervision is about a client at most; it is no time with one.
    assert_eq!(counts(hours, "minutes_per_client"), [("Client A", 105.0)]);
}

#[test]
fn long_sessions_one_client_and_equal_lengths_are_worth_a_look() {
    let rows: Vec<[&str; 5]> = [
        "02/02/2026",
        "03/02/2026",
        "04/02/2026",
        "05/02/2026",
        "06/02/2026",
    ]
    .map(|date| [date, "A", "", "300", "mentoring"])
    .to_vec();
    let findings = Work::new().sessions(&rows).check();
    let measure = |rule: &str| findings.one(rule).measure.clone().expect("a count");
    assert_eq!(
        (
            measure("session-long").counted,
            measure("session-long").wanted
        ),
        (300.0, Some(240.0))
    );
    assert_eq!(
        (
            measure("client-share").counted,
            measure("client-share").wanted
        ),
        (1.0, Some(0.8))
    );
    assert_eq!(
        (
            measure("session-lengths").counted,
            measure("session-lengths").wanted
        ),
        (5.0, None)
    );
    let fewer = Work::new().sessions(&rows[..4]).check();
    assert!(!fewer.has("session-lengths"));
}

#[test]
fn a_diary_in_several_tables_is_one_diary() {
    let work = Work::new()
        .sessions(&[["02/02/2026", "A", "10:00", "60", "mentoring"]])
        .sessions(&[
            ["01/02/2026", "A", "10:00", "60", "mentoring"],
            ["02/02/2026", "A", "10:30", "60", "mentoring"],
        ]);
    let findings = work.check();
    assert_eq!(
        number(findings.one("practice-hours"), "counted_minutes"),
        Some(180.0)
    );
    assert!(!findings.has("diary-order"));
    let overlap = findings.one("session-overlap");
    assert!(
        overlap
            .message
            .contains("rows 1 of “diary 1” and 2 of “diary 2” by 30 min"),
        "{}",
        overlap.message
    );
}

#[test]
fn a_diary_that_is_not_there_is_told_by_why() {
    for (state, expected) in [
        ("empty", "not-found"),
        ("unreadable", "not-applicable"),
        ("waived", "not-applicable"),
    ] {
        let findings = Work::new().state("diary", state).check();
        assert_eq!(findings.status("practice-hours"), expected, "{state}");
        assert_eq!(findings.status("practice-clients"), expected, "{state}");
        assert!(!findings.has("rows-progress"), "{state}");
    }
    // One of several files could not be read, so more time may stand there.
    let partly = Work::new()
        .sessions(&[["02/02/2026", "A", "", "60", "mentoring"]])
        .state("diary", "unreadable")
        .check();
    assert_eq!(partly.status("practice-hours"), "look");
    assert_eq!(partly.status("practice-clients"), "look");
}

#[test]
fn a_diary_without_a_column_of_kinds_is_not_counted_in_silence() {
    let rows = vec![vec!["02/02/2026", "A", "2200"]];
    let findings = Work::new()
        .diary(&typed(&["Date", "Client", "Minutes"], &rows))
        .check();
    assert_eq!(findings.status("practice-hours"), "not-found");
    let rows = vec![
        vec!["02/02/2026", "A", "1100"],
        vec!["03/02/2026", "B", "1100"],
    ];
    let findings = Work::new()
        .diary(&typed(&["Date", "Client", "Minutes"], &rows))
        .check();
    assert_eq!(findings.status("practice-hours"), "look");
    assert!(findings.has("session-kind"));
}

#[test]
fn a_diary_gives_the_same_totals_from_any_file_and_typed_rows() {
    for (csv, xlsx) in [
        (
            include_str!("../../../../tests/fixtures/306-complete/306-complete-diary.csv"),
            include_bytes!("../../../../tests/fixtures/306-complete/306-complete-diary.xlsx")
                .as_slice(),
        ),
        (
            include_str!("../../../../tests/fixtures/306-short/306-short-diary.csv"),
            include_bytes!("../../../../tests/fixtures/306-short/306-short-diary.xlsx").as_slice(),
        ),
    ] {
        let expected = totals(&Work::new().diary_file(csv));
        assert_eq!(
            totals(&Work::new().diary(&read_tables::<ReadXlsx>(xlsx))),
            expected
        );
        // Rows that are typed in a page have no types, and no numbers of a file.
        let mut typed = read_tables::<ReadCsv>(csv.as_bytes());
        for column in &mut typed.columns {
            column.kind = column
                .cells
                .split('\n')
                .map(|cell| u8::from(!cell.is_empty()))
                .collect();
        }
        typed.source_row = (1..=typed.row_count).collect();
        assert_eq!(totals(&Work::new().diary(&typed)), expected);
    }
}

#[test]
fn the_largest_diary_that_there_may_be_is_checked() {
    let days: Vec<String> = (0..20_000)
        .map(|row| format!("{:02}/{:02}/2026", row % 28 + 1, row % 6 + 1))
        .collect();
    let clients: Vec<String> = (0..20_000).map(|row| format!("K{row}")).collect();
    let rows = days
        .iter()
        .zip(&clients)
        .map(|(day, client)| vec![day.as_str(), client, "10:00", "30", "mentoring"]);
    let read = typed(
        &["Date", "Client", "Start", "Minutes", "Kind"],
        &rows.collect::<Vec<_>>(),
    );
    let findings = Work::new().diary(&read).check();
    assert_eq!(
        number(findings.one("practice-hours"), "counted_minutes"),
        Some(600_000.0)
    );
    for finding in &findings.0 {
        let learner = finding.learner_message.as_ref().map_or(0, String::len);
        assert!(
            finding.message.len() <= 2_000 && learner <= 2_000,
            "{}",
            finding.rule
        );
        assert!(finding.places.len() <= 100, "{}", finding.rule);
    }
    assert_eq!(grid(findings.one("client-matrix"), "matrix").len(), 200);
}
