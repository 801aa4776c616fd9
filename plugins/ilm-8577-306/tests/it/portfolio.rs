//! Portfolios as people write them.

use unit_sdk::wit::{Section, Value};

use crate::evidence::{Work, grid, rows_at, texts, typed};

/// A diary of three clients, a week apart, from 2 February 2026.
const SESSIONS: [[&str; 5]; 6] = [
    ["02/02/2026", "Client A", "10:00", "90", "mentoring"],
    ["03/02/2026", "Client B", "10:00", "60", "mentoring"],
    ["04/02/2026", "Client C", "10:00", "75", "mentoring"],
    ["09/02/2026", "Client A", "10:00", "80", "mentoring"],
    ["10/02/2026", "Client B", "10:00", "70", "mentoring"],
    ["11/02/2026", "Client C", "10:00", "60", "mentoring"],
];

fn with(portfolio: &str) -> Work {
    Work::new().sessions(&SESSIONS).portfolio(portfolio)
}

/// The states of a client's row in the matrix.
fn states(work: &Work, client: &str) -> Vec<String> {
    let findings = work.check();
    let matrix = findings.one("client-matrix");
    let names = grid(matrix, "matrix");
    let at = names
        .iter()
        .position(|row| row[0] == client)
        .expect("the client has a row");
    grid(matrix, "matrix-states")[at]
        .iter()
        .map(|state| (*state).to_owned())
        .collect()
}

#[test]
fn one_contract_may_serve_everybody() {
    let work = with(
        "AC 1.2 Contract the scope and content of the workplace mentoring sessions\n\
        Clients A, B and C each signed the same contract on 30th Jan 2026. Our talks are confidential, \
        we meet weekly, I keep notes under lock, and we review it half way.",
    );
    let findings = work.check();
    assert_eq!(findings.status("client-contract"), "found");
    assert!(!findings.has("session-before-contract"));
}

#[test]
fn sessions_before_the_contract_are_pointed_at() {
    let work = with(
        "AC 1.2 Contract the scope and content of the workplace mentoring sessions\n\
        Client A: signed on 5 February 2026. It is confidential, we meet weekly, and we review it in March.\n\
        Client B: signed on 3 February. It is confidential, we meet weekly, and we review it in March.\n\
        Client C: It is confidential, we meet weekly, both signed, and we review it in March.",
    );
    let findings = work.check();
    let contracts = findings.one("client-contract");
    assert_eq!(contracts.status, "look");
    assert_eq!(
        texts(contracts, "clients"),
        [
            "Client A: dated 5 February 2026, after the first session on 2 February 2026",
            "Client B: dated 3 February",
            "Client C: we could not find a date"
        ]
    );
    assert_eq!(rows_at(&work, findings.one("session-before-contract")), [1]);
}

#[test]
fn goals_without_codes_are_goals() {
    let work = with(
        "AC 1.3 Agree goals for the workplace mentoring sessions\n\
        Client A’s goal is to lead the handover by the end of April 2026, for the ward needs it.\n\
        Mentee B and I agreed an objective: ten invoices a day.\n\
        Client C: to be agreed.",
    );
    let findings = work.check();
    assert_eq!(findings.status("client-goals"), "not-found");
    assert_eq!(states(&work, "Client A")[4], "found");
    assert_eq!(states(&work, "Client B")[4], "found");
    assert_eq!(states(&work, "Client C")[4], "not-found");
}

#[test]
fn feedback_that_is_said_to_be_missing_is_not_found() {
    let work = with(
        "AC 3.1 Collect feedback from mentoring stakeholders\n\
        Client A filled in a form on 9 February 2026 and liked the pace.\n\
        Client B did not return the form.\n\
        Client C told me by e-mail that the questions helped.",
    );
    let findings = work.check();
    let feedback = findings.one("client-feedback");
    assert_eq!(feedback.status, "not-found");
    assert_eq!(
        texts(feedback, "clients"),
        [
            "Client A: end",
            "Client B: the text says that there is none",
            "Client C: no date"
        ]
    );
    assert_eq!(findings.status("feedback-others"), "info");
    assert_eq!(findings.status("feedback-in-diary"), "not-found");
}

#[test]
fn a_centre_may_ask_for_more_feedback() {
    let text = "AC 3.1 Collect feedback from mentoring stakeholders\n\
        Clients A, B and C filled in a form. My line manager wrote an e-mail.";
    let asked = |choice: &str| {
        let findings = with(text)
            .set("feedback_required_from", Value::Text(choice.into()))
            .check();
        findings.status("feedback-others").to_owned()
    };
    assert_eq!(asked("clients"), "found");
    assert_eq!(asked("clients-and-another"), "found");
    assert_eq!(asked("clients-and-supervisor"), "not-found");
}

#[test]
fn a_technique_that_is_only_named_is_worth_a_look() {
    let heading = "AC 2.2 Use mentoring techniques of questioning and listening to effectively mentor in the workplace";
    let status = |text: &str| {
        let findings = with(&format!("{heading}\n{text}")).check();
        (
            findings.status("questioning").to_owned(),
            findings.status("listening").to_owned(),
        )
    };
    assert_eq!(
        status("Questioning and listening matter."),
        ("look".into(), "look".into())
    );
    assert_eq!(
        status("With Client B I asked open questions. Listening matters."),
        ("found".into(), "look".into())
    );
    assert_eq!(
        status("I gave advice."),
        ("not-found".into(), "not-found".into())
    );
}

#[test]
fn supervision_may_stand_in_the_text_alone() {
    let heading = "AC 4.1 Reflect and review on how tutorial support/supervision was used during extended mentoring practice to inform and challenge the approach taken to workplace mentoring";
    let check = |text: &str| with(&format!("{heading}\n{text}")).check();
    let found = check(
        "On 6 February 2026 my tutor challenged my habit of giving advice. Since then I ask first.",
    );
    assert_eq!(found.status("supervision-used"), "found");
    let late = check(
        "On 11 February 2026 my tutor challenged my habit of giving advice. Since then I ask first.",
    );
    assert_eq!(late.status("supervision-used"), "look");
    assert!(
        late.one("supervision-used")
            .message
            .contains("end of the period")
    );
    let listed = check("I met my tutor on 4 February 2026 and on 6 February 2026.");
    assert_eq!(listed.status("supervision-used"), "look");
    let none = check("Supervision is important.");
    assert_eq!(none.status("supervision-used"), "not-found");
}

#[test]
fn a_portfolio_may_come_in_several_documents() {
    let work = Work::new()
        .sessions(&SESSIONS)
        .portfolio("AC 1.1 Prepare and plan the workplace mentoring sessions\n\
            Plan for Client A, 1 February 2026: the outcome is to lead, by practice, with the staff handbook; no risk was seen.")
        .portfolio("AC 1.1 Prepare and plan the workplace mentoring sessions\n\
            Plan for Client B, 1 February 2026: the outcome is to plan, by practice, with the staff handbook; no risk was seen.\n\
            AC 3.2 Reflect and assess the effectiveness of different mentoring programmes\n\
            The programme with Client A worked better than the one with Client B.");
    let findings = work.check();
    let plans = findings.one("client-plan");
    assert_eq!(texts(plans, "clients").len(), 3);
    let documents: Vec<u32> = plans.places.iter().map(|place| place.item).collect();
    assert_eq!(documents, [0, 1]);
    assert_eq!(findings.all("client-reflection")[0].status, "found");
}

#[test]
fn sections_that_people_mapped_count_like_others() {
    let mut work = with(
        "My diary notes\nPlan for Client A, 1 February 2026: outcome, practice, handbook as a resource, risk.",
    );
    assert_eq!(work.check().status("client-plan"), "not-found");
    work.evidence.documents[0].sections.push(Section {
        kind: "criterion".into(),
        id: "1.1".into(),
        heading: None,
        start: 1,
        end: 2,
        words: 15,
        found_by: "learner".into(),
    });
    assert_eq!(states(&work, "Client A")[2], "found");
    assert_eq!(states(&work, "Client B")[2], "not-found");
}

#[test]
fn what_could_not_be_read_or_was_waived_is_not_missing() {
    for (state, expected) in [
        ("unreadable", "not-applicable"),
        ("waived", "not-applicable"),
        ("empty", "not-found"),
    ] {
        let work = Work::new().sessions(&SESSIONS).state("portfolio", state);
        let findings = work.check();
        for rule in ["client-plan", "client-contract", "client-goals"] {
            assert_eq!(findings.status(rule), expected, "{rule} {state}");
        }
        assert_eq!(states(&work, "Client A")[2], expected, "{state}");
        assert_eq!(findings.status("practice-hours"), "not-found");
    }
    // One of several files could not be read, so the rest may stand there.
    let partly = with("AC 1.1 Prepare and plan the workplace mentoring sessions\nNothing yet.")
        .state("portfolio", "unreadable");
    assert_eq!(partly.check().status("client-plan"), "look");
}

#[test]
fn without_a_diary_the_portfolio_still_names_the_clients() {
    let work = Work::new().portfolio(
        "AC 1.1 Prepare and plan the workplace mentoring sessions\n\
        Plan for Client A, 1 February 2026: outcome, practice, handbook as a resource, risk.\n\
        Plan for Client B: to follow.",
    );
    let findings = work.check();
    assert_eq!(findings.status("practice-hours"), "not-found");
    assert_eq!(states(&work, "Client A")[1..3], ["not-found", "found"]);
    assert_eq!(states(&work, "Client B")[1..3], ["not-found", "look"]);
}

#[test]
fn hours_and_records_need_no_section_where_there_is_a_diary() {
    let with_diary = with("AC 1.1 Prepare and plan the workplace mentoring sessions\nOne.").check();
    let without = Work::new()
        .portfolio("AC 1.1 Prepare and plan the workplace mentoring sessions\nOne.")
        .check();
    let status = |findings: &crate::evidence::Findings, id: &str| {
        let sections = findings.all("section-found");
        let section = sections
            .iter()
            .find(|section| section.criterion.as_deref() == Some(id));
        section
            .expect("each criterion has its finding")
            .status
            .clone()
    };
    for id in ["2.3", "2.4"] {
        assert_eq!(status(&with_diary, id), "info");
        assert_eq!(status(&without, id), "not-found");
    }
    assert_eq!(status(&with_diary, "1.2"), "not-found");
}

#[test]
fn goals_of_the_portfolio_are_looked_for_in_the_diary() {
    let titles = ["Date", "Client", "Minutes", "Kind", "Goals"];
    let rows = [
        ["02/02/2026", "Client A", "90", "mentoring", "A1"],
        [
            "03/02/2026",
            "Client B",
            "60",
            "mentoring",
            "quotes on time",
        ],
        ["04/02/2026", "Client B", "60", "supervision", "B1"],
    ];
    let goals = "AC 1.3 Agree goals for the workplace mentoring sessions\n\
        A1 plan the rota by the end of March 2026. B1 nine quotes out of ten on time.\n\
        C1 to be agreed with Client C.";
    let with_rows = |rows: &[[&str; 5]]| {
        let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.to_vec()).collect();
        Work::new().diary(&typed(&titles, &rows)).portfolio(goals)
    };
    let work = with_rows(&rows);
    let findings = work.check();
    let followed = findings.one("goals-in-diary");
    assert_eq!(followed.status, "look");
    assert!(
        followed
            .message
            .starts_with("The diary comes back to 1 of 2 goals that AC 1.3 names; we could not find B1 (Client B)"),
        "{}",
        followed.message
    );
    assert_eq!(
        work.texts_at(followed),
        ["B1 nine quotes out of ten on time"]
    );
    // Where the rows have words for goals only, nobody can say which they are.
    assert!(!with_rows(&rows[1..2]).check().has("goals-in-diary"));
}

#[test]
fn the_first_page_names_the_learner_and_own_work_is_in_the_first_person() {
    let front = "Learner name: Sam Sample\nCentre number: 000000\nRegistration no: TEST1\n";
    let reflection = "AC 3.3 Reflect on and review own performance in mentoring\n";
    let own = format!("{front}{reflection}I learned to ask before I answer.");
    let findings = with(&own).check();
    assert_eq!(findings.status("header-fields"), "found");
    assert_eq!(findings.status("own-context"), "found");
    assert_eq!(findings.status("references"), "info");
    let other = format!("{reflection}Mentors learn to ask before they answer.");
    let findings = with(&other).check();
    assert_eq!(findings.status("header-fields"), "look");
    assert_eq!(findings.status("own-context"), "look");
}
