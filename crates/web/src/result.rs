//! The learner's result, once it is released.

use assessment::passback::Delivery;
use assessment::sheet::{Award, Verdict};
use assessment::submission::State as Stands;
use axum::extract::State;
use axum::response::{Redirect, Response};
use workflow::submission::{own_work, resubmit as begin_resubmission};

use crate::Web;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::frame::{base, frame};
use crate::pages::{
    ChangeView, CourseGrade, LearnerResult, NotSetUp, Released, Resubmission, ResultCriterion,
};
use crate::session::Session;
use crate::unit::stage;
use crate::wording::date;

pub(crate) async fn page(
    State(web): State<Web>,
    Session(visit): Session,
) -> Result<Response, Failure> {
    visit.learner()?;
    let app = web.app();
    if visit.plugin.is_none() {
        return web.page(&NotSetUp {
            frame: frame(&web, &visit, "result"),
        });
    }
    let own = own_work(app, &visit).await?;
    let unit = visit.unit()?;
    let released =
        own.submission
            .as_ref()
            .zip(own.released.as_ref())
            .map(|(submission, decision)| {
                let pass = decision.outcome.verdict == Verdict::Pass;
                let marks = decision.sheet.mode == "marks";
                Released {
                    submission: submission.number,
                    on: date(app, submission.changed_at),
                    assessor: decision.signed_name.clone(),
                    handed_in: submission
                        .submitted_at
                        .map(|at| date(app, at))
                        .unwrap_or_default(),
                    pass,
                    label: decision.outcome.label.clone(),
                    criteria: decision
                        .sheet
                        .entries
                        .iter()
                        .zip(&decision.outcome.criteria)
                        .map(|(entry, criterion)| ResultCriterion {
                            id: entry.criterion.clone(),
                            wording: unit
                                .criterion(&entry.criterion)
                                .map(|criterion| criterion.wording.clone())
                                .unwrap_or_default(),
                            met: criterion.met == Some(true),
                            awarded: match &entry.award {
                                Award::Marks(parts) => Some(unit.marks(*parts)),
                                Award::Undecided | Award::Decision(_) => None,
                            },
                            maximum: unit.marks(entry.maximum),
                            minimum: unit.marks(entry.minimum),
                            feedback: entry.feedback.clone(),
                            change: own
                                .changes
                                .iter()
                                .find(|change| change.criterion == entry.criterion)
                                .map(|change| ChangeView::new(submission.number - 1, change)),
                        })
                        .collect(),
                    total: decision
                        .outcome
                        .total
                        .filter(|_| marks)
                        .map(|total| unit.marks(total)),
                    maximum: decision
                        .outcome
                        .maximum
                        .filter(|_| marks)
                        .map(|maximum| unit.marks(maximum)),
                    course_grade: match &own.passback {
                        None if pass => CourseGrade::NotOffered,
                        None => CourseGrade::NoNumber,
                        Some(passback) => match (passback.delivery, passback.message.mark()) {
                            (Delivery::Waiting, _) => CourseGrade::Waiting,
                            (Delivery::Delivered, Some(mark)) => CourseGrade::Sent {
                                score: format!("{} of {}", mark.score, mark.maximum),
                            },
                            _ => CourseGrade::Failed,
                        },
                    },
                    resubmission: (submission.state == Stands::ResubmissionOpen).then(|| {
                        Resubmission {
                            submission: submission.number + 1,
                            last: submission.number + 1 >= app.centre.submissions,
                            by: None,
                            started: false,
                        }
                    }),
                    appeal_days: None,
                    mark_sheet: None,
                }
            });
    web.page(&LearnerResult {
        frame: frame(&web, &visit, "result"),
        stage: stage(&own),
        released,
    })
}

pub(crate) async fn resubmit(
    State(web): State<Web>,
    Session(visit): Session,
    fields: Fields,
) -> Result<Redirect, Failure> {
    fields.guard(&visit.csrf)?;
    begin_resubmission(web.app(), &visit).await?;
    Ok(Redirect::to(&format!("{}/evidence", base(&visit))))
}
