//! Everybody in the activity, for those who mark.

use assessment::passback::Delivery;
use assessment::sheet::Verdict;
use assessment::submission::State as Stands;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use workflow::marking::{CohortRow as Learner, cohort};
use workflow::roster::{RosterProblem, sync};
use workflow::visit::Visit;

use crate::Web;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::frame::{base, frame};
use crate::pages::{
    Cohort, CohortFilter, CohortRow, DeliveryProblem, GoOn, Notice, NoticeKind, Pager, Roster,
    RosterState, RowChecks, RowDelivery, RowState, Tile,
};
use crate::session::Session;
use crate::wording::{clock, date, date_time, name, platform};

/// Learners on one page.
const PAGE_SIZE: usize = 50;

pub(crate) async fn page(
    State(web): State<Web>,
    Session(visit): Session,
    Query(query): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    if visit.plugin.is_none() {
        visit.assessor()?;
        return Ok(Redirect::to(&format!("{}/choose-unit", base(&visit))).into_response());
    }
    let query = Fields(query);
    let mut page = cohort_page(&web, &visit, &query).await?;
    if query.ticked("nothing-to-review") {
        page.frame.notice = Some(Notice {
            kind: NoticeKind::Info,
            title: "This learner has handed in nothing here yet".to_owned(),
            text: "You came from the gradebook for one learner’s work. Everybody’s work is listed below.".to_owned(),
        });
    }
    web.page(&page)
}

async fn cohort_page(web: &Web, visit: &Visit, query: &Fields) -> Result<Cohort, Failure> {
    let app = web.app();
    let learners = cohort(app, visit).await?;
    let unit = visit.plugin()?.unit();
    let criteria = unit.criteria().count();
    let filter = CohortFilter::from_word(query.text("state"));
    let search = query.text("q").trim();
    let tiles = CohortFilter::ALL
        .into_iter()
        .map(|filter| Tile {
            filter,
            count: learners
                .iter()
                .filter(|learner| shows(filter, learner))
                .count(),
        })
        .collect();
    let mut shown: Vec<&Learner> = learners
        .iter()
        .filter(|learner| shows(filter, learner))
        .filter(|learner| {
            search.is_empty()
                || name(&learner.learner)
                    .to_lowercase()
                    .contains(&search.to_lowercase())
        })
        .collect();
    // What waits for the assessor comes first, longest waiting on top.
    shown.sort_by_key(|learner| {
        let state = row_state(learner);
        let order = match state {
            RowState::InMarking => 0,
            RowState::Waiting => 1,
            RowState::Signed => 2,
            RowState::GettingReady | RowState::NothingYet => 3,
            RowState::Released => 4,
        };
        (
            order,
            learner
                .submission
                .as_ref()
                .filter(|_| order < 3)
                .and_then(|submission| submission.submitted_at),
        )
    });
    let go_on = learners
        .iter()
        .filter(|learner| matches!(row_state(learner), RowState::InMarking | RowState::Waiting))
        .min_by_key(|learner| {
            (
                row_state(learner) == RowState::Waiting,
                learner
                    .submission
                    .as_ref()
                    .and_then(|submission| submission.submitted_at),
            )
        })
        .and_then(|learner| {
            let submission = learner.submission.as_ref()?;
            Some(GoOn {
                name: name(&learner.learner),
                submission: submission.id.to_string(),
            })
        });
    let page = query.text("page").parse().unwrap_or(1);
    let pager = Pager::new(page, PAGE_SIZE, shown.len(), search, filter);
    let rows = shown
        .iter()
        .skip(pager.first.saturating_sub(1))
        .take(PAGE_SIZE)
        .map(|learner| row(web, visit, learner, criteria))
        .collect();
    Ok(Cohort {
        frame: frame(web, visit, "cohort"),
        course: visit.course.title.clone(),
        tiles,
        filter,
        query: search.to_owned(),
        go_on,
        rows,
        pager,
        roster: Roster {
            state: match (&visit.course.memberships_url, visit.course.roster_synced_at) {
                (None, _) => RosterState::NotOffered,
                (Some(_), None) => RosterState::NotYet,
                (Some(_), Some(_)) => RosterState::Read,
            },
            at: visit.course.roster_synced_at.map(|at| date_time(app, at)),
            answer: String::new(),
        },
        problems: learners
            .iter()
            .filter_map(|learner| problem(web, visit, learner))
            .collect(),
    })
}

fn row_state(learner: &Learner) -> RowState {
    match learner
        .submission
        .as_ref()
        .map(|submission| submission.state)
    {
        None => RowState::NothingYet,
        Some(Stands::Draft) => RowState::GettingReady,
        Some(Stands::Submitted | Stands::Checked) => RowState::Waiting,
        Some(Stands::InAssessment) => RowState::InMarking,
        Some(Stands::Assessed | Stands::Confirmed) => RowState::Signed,
        Some(Stands::ResubmissionOpen | Stands::Achieved | Stands::ClosedNotAchieved) => {
            RowState::Released
        }
    }
}

/// Whether the gradebook has had its chances: a first try that waits for its
/// second is no problem yet.
fn is_undelivered(learner: &Learner) -> bool {
    learner
        .passback
        .as_ref()
        .is_some_and(|passback| match passback.delivery {
            Delivery::Failed => true,
            Delivery::Waiting => passback.attempts > 0,
            Delivery::Delivered => false,
        })
}

fn shows(filter: CohortFilter, learner: &Learner) -> bool {
    let state = row_state(learner);
    match filter {
        CohortFilter::All => true,
        CohortFilter::NotHandedIn => matches!(state, RowState::NothingYet | RowState::GettingReady),
        CohortFilter::Waiting => state == RowState::Waiting,
        CohortFilter::InMarking => state == RowState::InMarking,
        CohortFilter::Signed => state == RowState::Signed,
        CohortFilter::Released => state == RowState::Released,
        CohortFilter::NotDelivered => is_undelivered(learner),
    }
}

fn row(web: &Web, visit: &Visit, learner: &Learner, criteria: usize) -> CohortRow {
    let app = web.app();
    let state = row_state(learner);
    let submission = learner.submission.as_ref();
    let with_assessor = submission.filter(|submission| submission.state.is_with_assessor());
    let count = |status: &str| {
        learner.report.as_ref().map_or(0, |report| {
            report
                .findings
                .iter()
                .filter(|finding| finding.status == status)
                .count()
        })
    };
    let outcome = learner.decision.as_ref().map(|decision| &decision.outcome);
    let unit = visit.plugin.as_ref().map(|plugin| plugin.unit());
    CohortRow {
        name: name(&learner.learner),
        submission: with_assessor.map(|submission| submission.id.to_string()),
        number: submission.map_or(1, |submission| submission.number),
        state,
        since: with_assessor
            .and_then(|submission| match state {
                RowState::Waiting | RowState::InMarking => submission.submitted_at,
                _ => Some(submission.changed_at),
            })
            .map(|at| date(app, at)),
        left: !learner.present,
        checks: RowChecks {
            ran: learner.report.is_some(),
            not_found: count("not-found"),
            look: count("look"),
            could_not_run: learner
                .report
                .as_ref()
                .is_some_and(|report| !report.failures.is_empty()),
        },
        marked: learner.marked as usize,
        criteria,
        verdict: outcome
            .map(|outcome| outcome.verdict.word().to_owned())
            .unwrap_or_default(),
        total: outcome
            .and_then(|outcome| outcome.total.zip(outcome.maximum))
            .zip(unit)
            .map(|((total, maximum), unit)| {
                format!("{} of {}", unit.marks(total), unit.marks(maximum))
            }),
        delivery: match (
            &learner.passback,
            state,
            outcome.map(|outcome| outcome.verdict),
        ) {
            (Some(passback), ..) => match passback.delivery {
                Delivery::Waiting => RowDelivery::Waiting,
                Delivery::Delivered => RowDelivery::Delivered,
                Delivery::Failed => RowDelivery::Failed,
            },
            (None, RowState::Released, Some(Verdict::Pass)) => RowDelivery::NotOffered,
            _ => RowDelivery::Nothing,
        },
    }
}

fn problem(web: &Web, visit: &Visit, learner: &Learner) -> Option<DeliveryProblem> {
    let app = web.app();
    let passback = learner
        .passback
        .as_ref()
        .filter(|_| is_undelivered(learner))?;
    Some(DeliveryProblem {
        submission: passback.submission.to_string(),
        name: name(&learner.learner),
        platform: platform(&visit.activity.platform_family),
        advice: passback.advice.clone(),
        answer: passback.answer.clone(),
        tries: passback.attempts,
        last_try: date_time(app, passback.changed_at),
        next_try: (passback.delivery == Delivery::Waiting).then(|| clock(app, passback.run_at)),
    })
}

pub(crate) async fn sync_roster(
    State(web): State<Web>,
    Session(visit): Session,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    let notice = match sync(web.app(), &visit).await? {
        Ok(_) => return Ok(Redirect::to(&format!("{}/cohort", base(&visit))).into_response()),
        Err(RosterProblem::NotOffered) => Notice {
            kind: NoticeKind::Look,
            title: "Your course does not share its list of learners".to_owned(),
            text: "Learners appear here when they open the activity. An administrator can allow the list in the course platform’s settings for this tool.".to_owned(),
        },
        Err(RosterProblem::Service(error)) => Notice {
            kind: NoticeKind::Look,
            title: "The list of learners could not be read".to_owned(),
            text: format!("{error}. Everybody who was here before still is. {}", error.advice()),
        },
        Err(RosterProblem::Storage(error)) => return Err(workflow::Problem::from(error).into()),
    };
    let mut page = cohort_page(&web, &visit, &Fields::default()).await?;
    page.frame.notice = Some(notice);
    if page.roster.state != RosterState::NotOffered {
        page.roster.state = RosterState::Failed;
    }
    web.page(&page)
}
