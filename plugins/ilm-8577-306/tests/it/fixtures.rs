//! What the fixtures' manifests say.

use unit_sdk::wit::{Finding, Value};

use crate::evidence::{Findings, Work, counts, grid, number, rows_at, texts};

const COMPLETE: &[u8] =
    include_bytes!("../../../../tests/fixtures/306-complete/306-complete-portfolio.docx");
const COMPLETE_DIARY: &str =
    include_str!("../../../../tests/fixtures/306-complete/306-complete-diary.csv");
const SHORT: &[u8] =
    include_bytes!("../../../../tests/fixtures/306-short/306-short-portfolio.docx");
const SHORT_DIARY: &str = include_str!("../../../../tests/fixtures/306-short/306-short-diary.csv");

pub(crate) fn complete() -> Work {
    Work::new()
        .diary_file(COMPLETE_DIARY)
        .portfolio_file(COMPLETE)
}

pub(crate) fn short() -> Work {
    Work::new().diary_file(SHORT_DIARY).portfolio_file(SHORT)
}

fn counted(finding: &Finding) -> (f64, Option<f64>) {
    let measure = finding.measure.as_ref().expect("a count");
    (measure.counted, measure.wanted)
}

fn section_words(findings: &Findings) -> Vec<f64> {
    let words = findings.all("section-words").into_iter();
    words.map(|finding| counted(finding).0).collect()
}

/// Rules that ask for a look or could not find something.
fn open(findings: &Findings) -> Vec<String> {
    let open = findings
        .0
        .iter()
        .filter(|finding| !matches!(finding.status.as_str(), "found" | "info"));
    open.map(|finding| {
        format!(
            "{} {} {}",
            finding.rule,
            finding.criterion.as_deref().unwrap_or("-"),
            finding.status
        )
    })
    .collect()
}

#[test]
fn the_complete_diary_adds_up_as_its_manifest_says() {
    let findings = complete().check();
    let hours = findings.one("practice-hours");
    assert_eq!(
        (hours.status.as_str(), hours.source.as_str()),
        ("found", "ilm")
    );
    assert_eq!(counted(hours), (2355.0, Some(2160.0)));
    assert!(
        hours
            .message
            .starts_with("The diary shows 39 h 15 min of mentoring in 27 sessions;")
    );
    assert_eq!(
        (number(hours, "counted_minutes"), number(hours, "clients")),
        (Some(2355.0), Some(4.0))
    );
    assert_eq!(
        counts(hours, "minutes_per_client"),
        [
            ("Client A", 660.0),
            ("Client B", 600.0),
            ("Client C", 630.0),
            ("Client D", 465.0)
        ]
    );
    assert_eq!(
        counts(hours, "minutes_per_month"),
        [
            ("January 2026", 405.0),
            ("February 2026", 540.0),
            ("March 2026", 585.0),
            ("April 2026", 525.0),
            ("May 2026", 300.0)
        ]
    );
    assert_eq!(
        counts(hours, "minutes_not_counted"),
        [("Cancelled", 60.0), ("Supervision", 150.0)]
    );
    let clients = findings.one("practice-clients");
    assert_eq!(
        (clients.status.as_str(), counted(clients)),
        ("found", (4.0, Some(3.0)))
    );
    assert_eq!(counted(findings.one("rows-progress")), (27.0, Some(27.0)));
    assert_eq!(counted(findings.one("rows-impact")), (27.0, Some(27.0)));
    assert_eq!(counted(findings.one("goals-progress")), (7.0, Some(7.0)));
    assert_eq!(findings.status("hours-claimed"), "found");
}

#[test]
fn the_complete_portfolio_leaves_nothing_to_look_at() {
    let work = complete();
    let findings = work.check();
    assert_eq!(open(&findings), [""; 0]);
    for rule in [
        "effectiveness",
        "feedback-used",
        "performance",
        "own-part",
        "supervision-plan",
    ] {
        assert_eq!(findings.status(rule), "found", "{rule}");
    }
    assert_eq!(
        section_words(&findings),
        [
            271.0, 343.0, 181.0, 96.0, 92.0, 60.0, 72.0, 218.0, 123.0, 102.0, 90.0, 94.0
        ]
    );
    let contracts = findings.one("client-contract");
    assert_eq!(
        texts(contracts, "clients"),
        [
            "Client A: dated 12 January 2026",
            "Client B: dated 14 January 2026",
            "Client C: dated 19 January 2026",
            "Client D: dated 9 February 2026"
        ]
    );
    assert_eq!(
        work.texts_at(contracts)[0],
        "Contract with Client A (signed by both 12 January 2026"
    );
    let goals = findings.one("client-goals");
    assert_eq!(
        texts(goals, "goal_codes"),
        ["A1", "A2", "B1", "B2", "C1", "C2", "D1"]
    );
    for key in [
        "goals",
        "goals_with_agreed_date",
        "goals_with_target",
        "goals_with_organisation",
    ] {
        assert_eq!(number(goals, key), Some(7.0), "{key}");
    }
    let tools = findings.one("client-tools");
    assert_eq!(texts(tools, "first_rows"), ["D01", "D02", "D03", "D07"]);
    assert_eq!(texts(tools, "later_rows"), ["D30", "D24", "D26"]);
    let models = texts(findings.one("named-techniques"), "models");
    for model in [
        "GROW",
        "OSKAR",
        "scaling",
        "solution focus",
        "powerful questions",
    ] {
        assert!(models.contains(&model), "{model}");
    }
    let feedback = findings.one("client-feedback");
    assert_eq!(
        texts(feedback, "points"),
        [
            "Client A: mid and end",
            "Client B: mid and end",
            "Client C: mid and end",
            "Client D: end"
        ]
    );
    assert!(
        findings
            .one("feedback-others")
            .message
            .ends_with("a manager.")
    );
    assert_eq!(
        texts(findings.one("feedback-in-diary"), "rows"),
        ["D18", "D19", "D20", "D26", "D28", "D29", "D30"]
    );
    let supervision = findings.one("supervision-used");
    assert_eq!(
        texts(supervision, "days"),
        ["13 February 2026", "17 April 2026"]
    );
    assert_eq!(texts(supervision, "later_rows"), ["D13", "D24", "D25"]);
    assert_eq!(number(supervision, "minutes"), Some(150.0));
}

#[test]
fn the_matrix_of_the_complete_work_is_full() {
    let findings = complete().check();
    let matrix = findings.one("client-matrix");
    assert_eq!(
        (matrix.status.as_str(), matrix.criterion.as_deref()),
        ("info", None)
    );
    let cells = grid(matrix, "matrix");
    assert_eq!(
        cells[0],
        [
            "Client",
            "Sessions",
            "Plan",
            "Contract",
            "Goals",
            "Diagnostic",
            "Feedback",
            "Reflection"
        ]
    );
    assert_eq!(
        cells[1],
        [
            "Client A",
            "8; 11 h",
            "8 January 2026",
            "12 January 2026",
            "2 goals; A1, A2",
            "skills audit, baseline",
            "mid and end",
            "3.2, 3.3"
        ]
    );
    let sessions: Vec<&str> = cells[1..].iter().map(|row| row[1]).collect();
    assert_eq!(
        sessions,
        ["8; 11 h", "7; 10 h", "7; 10 h 30 min", "5; 7 h 45 min"]
    );
    let states = grid(matrix, "matrix-states");
    assert_eq!(states[0], cells[0]);
    assert_eq!(
        texts(matrix, "matrix-criteria"),
        ["", "2.3", "1.1", "1.2", "1.3", "2.1", "3.1", "3.2"],
        "where each column leads to"
    );
    assert!(
        states[1..].iter().flatten().all(|state| *state == "found"),
        "{states:?}"
    );
}

#[test]
fn one_minute_is_one_minute() {
    let work = short();
    let findings = work.check();
    let hours = findings.one("practice-hours");
    assert_eq!(
        (hours.status.as_str(), counted(hours)),
        ("not-found", (2159.0, Some(2160.0)))
    );
    let learner = hours.learner_message.as_deref().unwrap_or("");
    assert_eq!(
        learner,
        "We counted 35 h 59 min of mentoring in 21 sessions; 36 h are asked for, so 1 minute is to go. \
         If rows 14 and 23 were set aside, 32 h 44 min would be left."
    );
    assert_eq!(rows_at(&work, hours), [14, 23]);
    assert_eq!(
        counts(hours, "minutes_set_aside"),
        [
            ("Row 14 (the same again)", 120.0),
            ("Row 23 (after today)", 75.0)
        ]
    );
    assert_eq!(number(hours, "minutes_without_them"), Some(1964.0));
    assert_eq!(
        counts(hours, "minutes_per_client"),
        [("Client A", 1245.0), ("Client B", 914.0), ("Client C", 0.0)]
    );
    assert_eq!(
        counts(hours, "minutes_per_month"),
        [
            ("February 2026", 795.0),
            ("March 2026", 795.0),
            ("April 2026", 330.0),
            ("May 2026", 164.0),
            ("May 2027", 75.0)
        ]
    );
    assert_eq!(
        counts(hours, "minutes_not_counted"),
        [
            ("Admin and preparation", 45.0),
            ("Cancelled", 60.0),
            ("Supervision", 60.0)
        ]
    );
    let clients = findings.one("practice-clients");
    assert_eq!(
        (clients.status.as_str(), counted(clients)),
        ("not-found", (2.0, Some(3.0)))
    );
    let claimed = findings.one("hours-claimed");
    assert_eq!(
        (claimed.status.as_str(), counted(claimed)),
        ("look", (2160.0, Some(2159.0)))
    );
}

#[test]
fn the_rows_in_question_of_the_short_diary_are_those_of_its_manifest() {
    let work = short();
    let findings = work.check();
    let rows = |rule| rows_at(&work, findings.one(rule));
    assert_eq!(rows("session-overlap"), [10, 11, 13, 14]);
    assert_eq!(
        texts(findings.one("session-overlap"), "rows"),
        ["rows 10 and 11 by 30 min", "rows 13 and 14 by 2 h"]
    );
    assert_eq!(rows("session-twice"), [14, 13]);
    assert_eq!(rows("session-minutes"), [15]);
    assert_eq!(rows("session-future"), [23]);
    assert_eq!(rows("diary-order"), [24, 23]);
    assert_eq!(counted(findings.one("diary-gaps")), (351.0, Some(42.0)));
    for absent in [
        "session-long",
        "client-share",
        "session-lengths",
        "session-kind",
        "session-before-contract",
    ] {
        assert!(!findings.has(absent), "{absent}");
    }
    let progress = findings.one("rows-progress");
    assert_eq!(
        (progress.status.as_str(), counted(progress)),
        ("found", (20.0, Some(21.0)))
    );
    assert_eq!(rows("rows-progress"), [15]);
    let impact = findings.one("rows-impact");
    assert_eq!(
        (impact.status.as_str(), counted(impact)),
        ("found", (18.0, Some(21.0)))
    );
    assert_eq!(rows("rows-impact"), [2, 3, 15]);
    assert_eq!(
        texts(findings.one("goals-progress"), "goals_without"),
        ["C1 (Client C)"]
    );
}

#[test]
fn the_short_portfolio_shows_what_its_manifest_says() {
    let work = short();
    let findings = work.check();
    assert_eq!(
        section_words(&findings),
        [
            99.0, 70.0, 54.0, 42.0, 37.0, 14.0, 27.0, 46.0, 35.0, 45.0, 22.0, 10.0
        ]
    );
    let plans = findings.one("client-plan");
    assert_eq!(
        (plans.status.as_str(), counted(plans)),
        ("look", (2.0, Some(3.0)))
    );
    assert!(
        plans.message.contains("Client C: it says “to be agreed”"),
        "{}",
        plans.message
    );
    let contracts = findings.one("client-contract");
    assert_eq!(
        (contracts.status.as_str(), counted(contracts)),
        ("found", (3.0, Some(3.0)))
    );
    assert!(
        texts(contracts, "clients")
            .iter()
            .all(|note| note.ends_with("dated 30 January 2026"))
    );
    let goals = findings.one("client-goals");
    assert_eq!(goals.status, "not-found");
    assert_eq!(texts(goals, "goal_codes"), ["A1", "A2", "B1"]);
    let followed = findings.one("goals-in-diary");
    assert_eq!(
        (followed.status.as_str(), counted(followed)),
        ("found", (3.0, Some(3.0)))
    );
    let header = findings.one("header-fields");
    assert_eq!(
        (header.status.as_str(), counted(header)),
        ("look", (2.0, Some(3.0)))
    );
    assert!(
        header.message.contains("the centre number"),
        "{}",
        header.message
    );
    let tools = findings.one("client-tools");
    assert_eq!(
        (tools.status.as_str(), counted(tools)),
        ("found", (2.0, Some(2.0)))
    );
    assert!(
        tools.message.contains("Client C: the text gives a reason"),
        "{}",
        tools.message
    );
    assert_eq!(findings.status("questioning"), "found");
    assert_eq!(findings.status("listening"), "found");
    assert!(texts(findings.one("named-techniques"), "models").contains(&"GROW"));
    let feedback = findings.one("client-feedback");
    assert_eq!(
        (feedback.status.as_str(), counted(feedback)),
        ("not-found", (1.0, Some(3.0)))
    );
    assert_eq!(number(feedback, "of_clients_with_time"), Some(1.0));
    assert_eq!(number(feedback, "clients_with_time"), Some(2.0));
    assert!(
        findings
            .one("feedback-others")
            .message
            .ends_with("a manager.")
    );
    let reflections: Vec<(f64, Option<f64>)> = findings
        .all("client-reflection")
        .into_iter()
        .map(counted)
        .collect();
    assert_eq!(reflections, [(3.0, Some(2.0)), (2.0, Some(2.0))]);
    let supervision = findings.one("supervision-used");
    assert_eq!(
        (supervision.status.as_str(), counted(supervision)),
        ("found", (1.0, Some(1.0)))
    );

    for (rule, expected) in [
        ("effectiveness", "found"),
        ("performance", "found"),
        ("own-part", "found"),
        ("supervision-plan", "look"),
    ] {
        assert_eq!(findings.status(rule), expected, "{rule}");
    }
    let plan = findings.one("supervision-plan");
    assert!(
        plan.message
            .ends_with("We could not find which model or form."),
        "{}",
        plan.message
    );

    let two = short()
        .set("min_supervision_records", Value::Number(2.0))
        .check();
    let supervision = two.one("supervision-used");
    assert_eq!(
        (supervision.status.as_str(), supervision.source.as_str()),
        ("look", "centre")
    );
}

#[test]
fn the_matrix_of_the_short_work_shows_the_gaps() {
    let findings = short().check();
    let matrix = findings.one("client-matrix");
    let cells = grid(matrix, "matrix");
    assert_eq!(
        cells[2][0..3],
        ["Client B", "9; 15 h 14 min", "27 January 2026"]
    );
    assert_eq!(
        cells[3],
        [
            "Client C",
            "1; 0 min",
            "still open",
            "30 January 2026",
            "still open",
            "reason given",
            "–",
            "3.2"
        ]
    );
    let states = grid(matrix, "matrix-states");
    assert_eq!(states[1][1..], ["found"; 7]);
    assert_eq!(
        states[2][1..],
        [
            "found",
            "found",
            "found",
            "found",
            "found",
            "not-found",
            "found"
        ]
    );
    assert_eq!(
        states[3][1..],
        [
            "not-found",
            "look",
            "found",
            "not-found",
            "not-applicable",
            "not-found",
            "found"
        ]
    );
}
