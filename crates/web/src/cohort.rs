//! Everybody in the activity, for those who mark.

use assessment::passback::{Delivery, Message, Reason};
use assessment::sheet::Verdict;
use assessment::submission::State as Stands;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use url::form_urlencoded;
use workflow::cohort::{CohortRow as Learner, CohortView, cohort};
use workflow::course_copy::earlier;
use workflow::records::CohortFilter;
use workflow::roster::{PAGE_SIZE, last_reading};
use workflow::visit::Visit;

use crate::Web;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::frame::{base, frame};
use crate::pages::{
    Cohort, CohortRow, DeliveryProblem, GoOn, GroupChoice, Notice, NoticeKind, Pager, RowChecks,
    RowDelivery, RowState, Tile,
};
use crate::roster::panel;
use crate::session::Session;
use crate::wording::{clock, date, date_time, name, platform, thousands};

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
    let app = web.app();
    let filter = CohortFilter::from_word(query.text("state"));
    let search = query.text("q").trim();
    let group = query.get("group").filter(|group| !group.is_empty());
    let number = query.text("page").parse().unwrap_or(1);
    let view = CohortView {
        filter,
        search,
        group,
        page: number,
    };
    let found = cohort(app, &visit, view).await?;
    let criteria = visit.unit()?.criteria().count();
    let last = last_reading(app, &visit).await?;
    let kept = [
        ("q", search),
        ("state", filter.word()),
        ("group", group.unwrap_or_default()),
    ];
    let mut frame = frame(&web, &visit, "cohort");
    frame.notice = query.ticked("nothing-to-review").then(|| Notice {
        kind: NoticeKind::Info,
        title: "This learner has handed in nothing here yet".to_owned(),
        text:
            "You came from the gradebook for one learner’s work. Everybody’s work is listed below."
                .to_owned(),
    });
    web.page(&Cohort {
        frame,
        course: visit.course.title.clone(),
        tiles: CohortFilter::ALL
            .into_iter()
            .zip(found.counts)
            .map(|(filter, count)| Tile {
                filter,
                count: thousands(count),
            })
            .collect(),
        filter,
        query: search.to_owned(),
        groups: found
            .groups
            .into_iter()
            .map(|known| GroupChoice {
                chosen: group == Some(known.id.as_str()),
                name: if known.name.is_empty() {
                    known.id.clone()
                } else {
                    known.name
                },
                id: known.id,
            })
            .collect(),
        kept: group.map_or_else(String::new, |group| {
            let pair = form_urlencoded::Serializer::new(String::new())
                .append_pair("group", group)
                .finish();
            format!("&{pair}")
        }),
        go_on: found.next.map(|(learner, submission)| GoOn {
            name: name(&learner),
            submission: submission.to_string(),
        }),
        rows: found
            .rows
            .iter()
            .map(|learner| row(&web, &visit, learner, criteria))
            .collect(),
        link_again: !found.begun && !earlier(app, &visit).await?.is_empty(),
        pager: Pager::new(number, PAGE_SIZE, found.all, &kept),
        roster: panel(app, &visit, last.as_ref()),
        more_problems: found.more_problems,
        problems: found
            .problems
            .iter()
            .filter_map(|learner| problem(&web, &visit, learner))
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
    let unit = visit.unit.as_ref();
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
        left: !learner.present && !learner.learner.is_preview,
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
            (Some(passback), ..) => row_delivery(passback.delivery, &passback.message),
            (None, ..) if learner.learner.is_preview => RowDelivery::Preview,
            (None, RowState::Released, Some(Verdict::Pass)) => RowDelivery::NotOffered,
            _ => RowDelivery::Nothing,
        },
        note: learner
            .passback
            .as_ref()
            .filter(|passback| passback.message == Message::HandedIn)
            .filter(|passback| passback.delivery != Delivery::Waiting)
            .map(|passback| passback.advice.clone())
            .unwrap_or_default(),
    }
}

fn row_delivery(delivery: Delivery, message: &Message) -> RowDelivery {
    match (message, delivery) {
        (Message::Mark(_), Delivery::Waiting) => RowDelivery::Waiting,
        (Message::Mark(_), Delivery::Delivered) => RowDelivery::Delivered,
        (Message::Mark(_), Delivery::Failed) => RowDelivery::Failed,
        (Message::HandedIn, Delivery::Delivered) => RowDelivery::HandInTold,
        (Message::HandedIn, Delivery::Failed) => RowDelivery::HandInNotTold,
        _ => RowDelivery::Nothing,
    }
}

fn problem(web: &Web, visit: &Visit, learner: &Learner) -> Option<DeliveryProblem> {
    let app = web.app();
    let passback = learner.passback.as_ref()?;
    Some(DeliveryProblem {
        submission: passback.submission.to_string(),
        name: name(&learner.learner),
        platform: platform(&visit.activity.platform_family),
        reason: passback
            .reason
            .map(Reason::word)
            .unwrap_or_default()
            .to_owned(),
        advice: passback.advice.clone(),
        answer: passback.answer.clone(),
        tries: passback.attempts,
        last_try: date_time(app, passback.changed_at),
        next_try: (passback.delivery == Delivery::Waiting).then(|| clock(app, passback.run_at)),
    })
}
