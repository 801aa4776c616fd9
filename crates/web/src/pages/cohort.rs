//! Everyone on the roster, for those who mark.

use serde::Serialize;
use url::form_urlencoded;
use workflow::records::CohortFilter;

use super::{Frame, Page, Roster, RosterState, sample};
use crate::wording::thousands;

/// Everyone on the roster, and what waits for the assessor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cohort {
    /// The frame.
    pub frame: Frame,
    /// Name of the course; may be empty.
    pub course: String,
    /// Counts by state.
    pub tiles: Vec<Tile>,
    /// Which of them is shown.
    pub filter: CohortFilter,
    /// What was searched for; may be empty.
    pub query: String,
    /// The groups of the course.
    pub groups: Vec<GroupChoice>,
    /// What of the address the tiles keep: empty, or `&group=7`.
    pub kept: String,
    /// The main button's learner.
    pub go_on: Option<GoOn>,
    /// This page's learners.
    pub rows: Vec<CohortRow>,
    /// Which page it is.
    pub pager: Pager,
    /// Whether nobody has begun here and the work of another activity can be brought.
    pub link_again: bool,
    /// The roster.
    pub roster: Roster,
    /// Grades that the gradebook did not take.
    pub problems: Vec<DeliveryProblem>,
    /// How many more of them there are.
    pub more_problems: u32,
}

/// A group to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupChoice {
    /// The platform's id of it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// How many learners a filter shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tile {
    /// The filter.
    pub filter: CohortFilter,
    /// How many, for people.
    pub count: String,
}

/// The learner to mark next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GoOn {
    /// Their name.
    pub name: String,
    /// The submission.
    pub submission: String,
}

/// A learner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CohortRow {
    /// Their name.
    pub name: String,
    /// Id of their submission; none for those who have nothing yet.
    pub submission: Option<String>,
    /// Which submission it is, from 1.
    pub number: u32,
    /// Where it stands.
    pub state: RowState,
    /// Since when, for people.
    pub since: Option<String>,
    /// Whether they are no longer in the course.
    pub left: bool,
    /// What the checks found.
    pub checks: RowChecks,
    /// Criteria with a mark.
    pub marked: usize,
    /// All criteria.
    pub criteria: usize,
    /// `pass` or `referral` once signed; else empty.
    pub verdict: String,
    /// Sum of the marks once signed, where there are marks: `41 of 100`.
    pub total: Option<String>,
    /// How far the grade got, or before it the hand-in.
    pub delivery: RowDelivery,
    /// What staff can do where the platform was not told as it should be; may be empty.
    pub note: String,
}

/// Where a learner's submission stands, in assessors' words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowState {
    /// Nothing yet.
    NothingYet,
    /// The learner prepares it.
    GettingReady,
    /// Handed in, not opened.
    Waiting,
    /// Marking has begun.
    InMarking,
    /// Signed, not released.
    Signed,
    /// Released.
    Released,
}

/// What the checks found, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RowChecks {
    /// Whether they ran at all.
    pub ran: bool,
    /// Findings `not-found`.
    pub not_found: usize,
    /// Findings `look`.
    pub look: usize,
    /// Whether some or all could not run.
    pub could_not_run: bool,
}

/// How far a grade got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowDelivery {
    /// Nothing was sent, and nothing is on its way.
    Nothing,
    /// The platform knows of the hand-in.
    HandInTold,
    /// The platform did not hear of the hand-in, which costs nobody anything.
    HandInNotTold,
    /// It waits for its next try.
    Waiting,
    /// The platform took it.
    Delivered,
    /// The platform refused it.
    Failed,
    /// The platform takes no grades for this activity.
    NotOffered,
    /// The learner is a preview learner, who gets no grades.
    Preview,
}

/// Which page of a list it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pager {
    /// Number of the first row, from 1; 0 if there is none.
    pub first: String,
    /// Number of the last row.
    pub last: String,
    /// All rows.
    pub all: String,
    /// Query of the page before: `?state=all&page=1`.
    pub previous: Option<String>,
    /// Query of the page after.
    pub next: Option<String>,
}

impl Pager {
    /// Page `page`, from 1, of `all` rows, `size` on a page. A page beyond the
    /// last counts as the last. `kept` is what the addresses say besides; what
    /// is empty is left out.
    pub fn new(page: u32, size: u32, all: u32, kept: &[(&str, &str)]) -> Self {
        let size = size.max(1);
        let pages = all.div_ceil(size).max(1);
        let page = page.clamp(1, pages);
        let address = |page: u32| {
            let mut pairs = form_urlencoded::Serializer::new(String::new());
            pairs.extend_pairs(kept.iter().filter(|(_, value)| !value.is_empty()));
            pairs.append_pair("page", &page.to_string());
            format!("?{}", pairs.finish())
        };
        Self {
            first: thousands(if all == 0 { 0 } else { (page - 1) * size + 1 }),
            last: thousands((page * size).min(all)),
            all: thousands(all),
            previous: (page > 1).then(|| address(page - 1)),
            next: (page < pages).then(|| address(page + 1)),
        }
    }
}

/// A grade that the gradebook did not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeliveryProblem {
    /// The submission.
    pub submission: String,
    /// The learner's name.
    pub name: String,
    /// Name of the platform.
    pub platform: String,
    /// What kind of thing can be set right, such as `locked`; may be empty.
    pub reason: String,
    /// What happened and what to do, in a sentence or two.
    pub advice: String,
    /// What the platform answered.
    pub answer: String,
    /// How often it was tried.
    pub tries: u32,
    /// The last try, for people.
    pub last_try: String,
    /// The next try by itself, for people.
    pub next_try: Option<String>,
}

impl Page for Cohort {
    const TEMPLATE: &'static str = "cohort.html";

    fn samples() -> Vec<(&'static str, Self)> {
        let everyone = everyone();
        let none = Self {
            filter: CohortFilter::Waiting,
            query: "Zo<e>".to_owned(),
            go_on: None,
            rows: Vec::new(),
            pager: Pager::new(1, 10, 0, &[]),
            roster: Roster::sample(RosterState::Failed),
            problems: Vec::new(),
            ..everyone.clone()
        };
        let first_day = Self {
            tiles: CohortFilter::ALL
                .into_iter()
                .map(|filter| Tile {
                    filter,
                    count: "0".to_owned(),
                })
                .collect(),
            rows: Vec::new(),
            go_on: None,
            pager: Pager::new(1, 10, 0, &[]),
            link_again: true,
            roster: Roster::sample(RosterState::NotYet),
            problems: Vec::new(),
            course: String::new(),
            ..everyone.clone()
        };
        let not_offered = Self {
            roster: Roster::sample(RosterState::NotOffered),
            problems: Vec::new(),
            ..everyone.clone()
        };
        let by_group = Self {
            groups: ["Monday & Tuesday", "Thursday"]
                .into_iter()
                .map(|name| GroupChoice {
                    id: name.to_lowercase(),
                    name: name.to_owned(),
                    chosen: name == "Thursday",
                })
                .collect(),
            kept: "&group=thursday".to_owned(),
            roster: Roster::sample(RosterState::Reading),
            more_problems: 12,
            ..everyone.clone()
        };
        vec![
            ("everyone", everyone),
            ("by-group", by_group),
            ("nobody-found", none),
            ("first-day", first_day),
            ("no-roster", not_offered),
        ]
    }
}

fn everyone() -> Cohort {
    let row = |name: &str, state, since: &str| CohortRow {
        name: name.to_owned(),
        submission: (state != RowState::NothingYet).then(|| "s1".to_owned()),
        number: 1,
        state,
        since: (!since.is_empty()).then(|| since.to_owned()),
        left: false,
        checks: RowChecks {
            ran: !matches!(state, RowState::NothingYet | RowState::GettingReady),
            not_found: 3,
            look: 2,
            could_not_run: false,
        },
        marked: 0,
        criteria: 8,
        verdict: String::new(),
        total: None,
        delivery: RowDelivery::Nothing,
        note: String::new(),
    };
    let signed = |name: &str, state, since: &str, verdict: &str, total: &str, delivery| CohortRow {
        marked: 8,
        verdict: verdict.to_owned(),
        total: Some(total.to_owned()),
        delivery,
        ..row(name, state, since)
    };
    let rows = vec![
        CohortRow {
            number: 2,
            delivery: RowDelivery::HandInTold,
            ..row("Imran S.", RowState::Waiting, "24 June")
        },
        CohortRow {
            marked: 7,
            delivery: RowDelivery::HandInNotTold,
            note: "Ask the teacher to publish the activity in the course, then send again."
                .to_owned(),
            ..row("Dana P.", RowState::InMarking, "10 July")
        },
        CohortRow {
            checks: RowChecks {
                ran: true,
                not_found: 0,
                look: 0,
                could_not_run: true,
            },
            ..row("Bea L.", RowState::Waiting, "9 July")
        },
        CohortRow {
            checks: RowChecks {
                ran: true,
                not_found: 0,
                look: 0,
                could_not_run: false,
            },
            ..signed(
                "Marek T.",
                RowState::Signed,
                "9 July",
                "pass",
                "71 of 100",
                RowDelivery::Nothing,
            )
        },
        signed(
            "Kit A.",
            RowState::Released,
            "8 July",
            "referral",
            "91 of 100",
            RowDelivery::Delivered,
        ),
        CohortRow {
            left: true,
            ..signed(
                "Grace N.",
                RowState::Released,
                "8 July",
                "pass",
                "64 of 100",
                RowDelivery::Failed,
            )
        },
        signed(
            "Sana Q.",
            RowState::Released,
            "10 July",
            "pass",
            "88 of 100",
            RowDelivery::Waiting,
        ),
        CohortRow {
            delivery: RowDelivery::Preview,
            ..row("Test Student", RowState::Waiting, "9 July")
        },
        row("Tia W.", RowState::GettingReady, ""),
        row(
            "Maximiliane Featherstonehaugh-Ravensbourne",
            RowState::NothingYet,
            "",
        ),
    ];
    let counts = [34, 12, 9, 3, 4, 6, 1];
    Cohort {
        frame: sample::assessor("cohort"),
        course: "Workplace mentoring, spring 2026".to_owned(),
        tiles: CohortFilter::ALL
            .into_iter()
            .zip(counts)
            .map(|(filter, count)| Tile {
                filter,
                count: thousands(count),
            })
            .collect(),
        filter: CohortFilter::All,
        query: String::new(),
        groups: Vec::new(),
        kept: String::new(),
        go_on: Some(GoOn {
            name: "Dana P.".to_owned(),
            submission: "s1".to_owned(),
        }),
        rows,
        pager: Pager::new(2, 9, 34, &[("state", "all")]),
        link_again: false,
        roster: Roster::sample(RosterState::Read),
        problems: vec![DeliveryProblem {
            submission: "s1".to_owned(),
            name: "Grace N.".to_owned(),
            platform: "Moodle".to_owned(),
            reason: "not-gradable".to_owned(),
            advice: "This happens when somebody is no longer enrolled as a student. Ask your Moodle administrator to enrol them again, then send again.".to_owned(),
            answer: "400: user not found in course".to_owned(),
            tries: 5,
            last_try: "today at 09:12".to_owned(),
            next_try: Some("13:12".to_owned()),
        }],
        more_problems: 0,
    }
}
