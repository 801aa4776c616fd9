//! Signing, releasing, reopening, and sending a grade again.

use assessment::passback::Delivery;
use assessment::sheet::Verdict;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use workflow::Problem;
use workflow::marking::{
    CheckedSubmission, Signature as Signing, evaluate, reopen as reopen_sheet, sign as sign_sheet,
};
use workflow::release::{preview, release as release_result, resend as send_again};
use workflow::visit::Visit;

use crate::Web;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::frame::{base, frame};
use crate::marking::opened;
use crate::pages::{
    DeliveryView, Notice, NoticeKind, Release, Sign, SignError, SignRow, Signature, Summary,
};
use crate::session::Session;
use crate::wording::{clock, date_time, name, platform};

pub(crate) async fn sign_page(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let checked = opened(&web, &visit, &id).await?;
    if !checked.submission.state.is_markable() {
        return Ok(
            Redirect::to(&format!("{}/submissions/{id}/release", base(&visit))).into_response(),
        );
    }
    web.page(&signing(&web, &visit, &checked).await?)
}

async fn signing(web: &Web, visit: &Visit, checked: &CheckedSubmission) -> Result<Sign, Failure> {
    let app = web.app();
    let unit = &checked.unit;
    let state = evaluate(app, checked).await;
    if let Some(failure) = state.failure {
        return Err(Problem::Unit(failure).into());
    }
    let summary = Summary::new(unit, &state.sheet, &state.outcome);
    Ok(Sign {
        frame: frame(web, visit, ""),
        submission: checked.submission.id.to_string(),
        learner: name(&checked.learner),
        number: checked.submission.number,
        rows: state
            .sheet
            .entries
            .iter()
            .zip(&summary.criteria)
            .map(|(entry, standing)| {
                let marks = unit.is_marked();
                SignRow {
                    id: entry.criterion.clone(),
                    title: unit
                        .criterion(&entry.criterion)
                        .map(|criterion| criterion.wording.clone())
                        .unwrap_or_default(),
                    mark: if marks {
                        standing.awarded.clone()
                    } else {
                        String::new()
                    },
                    maximum: if marks {
                        unit.marks(entry.maximum)
                    } else {
                        String::new()
                    },
                    minimum: if marks {
                        unit.marks(entry.minimum)
                    } else {
                        String::new()
                    },
                    state: standing.state,
                }
            })
            .collect(),
        verdict: state.outcome.verdict.word().to_owned(),
        verdict_words: summary.verdict_words,
        reasons: summary.reasons,
        total: summary.total,
        maximum: summary.maximum,
        met: summary.met,
        obstacles: summary.obstacles,
        digest: state.sheet.digest(),
        unit_version: checked.plugin.identity().version.clone(),
        account_name: visit.actor.name.clone(),
        name: String::new(),
        judged: false,
        errors: Vec::new(),
    })
}

pub(crate) async fn sign(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    let checked = opened(&web, &visit, &id).await?;
    let signing_with = Signing {
        name: fields.text("name").to_owned(),
        judged: fields.ticked("judged"),
        sheet_digest: fields.text("digest").to_owned(),
    };
    let mut errors = Vec::new();
    if !signing_with.judged {
        errors.push(SignError::Judged);
    }
    if signing_with.name.trim().is_empty() {
        errors.push(SignError::Name);
    }
    let (typed_name, judged) = (signing_with.name.clone(), signing_with.judged);
    if errors.is_empty() {
        match sign_sheet(web.app(), &visit, &checked, signing_with).await {
            Ok(_) => {
                return Ok(
                    Redirect::to(&format!("{}/submissions/{id}/release", base(&visit)))
                        .into_response(),
                );
            }
            Err(Problem::Conflict) => errors.push(SignError::Changed),
            Err(problem) => return Err(problem.into()),
        }
    }
    let checked = opened(&web, &visit, &id).await?;
    let mut page = signing(&web, &visit, &checked).await?;
    page.errors = errors;
    page.name = typed_name;
    page.judged = judged;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, web.page(&page)?).into_response())
}

pub(crate) async fn page(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
) -> Result<Response, Failure> {
    let checked = opened(&web, &visit, &id).await?;
    if checked.submission.state.is_markable() {
        return Ok(
            Redirect::to(&format!("{}/submissions/{id}/sign", base(&visit))).into_response(),
        );
    }
    web.page(&releasing(&web, &visit, &checked).await?)
}

async fn releasing(
    web: &Web,
    visit: &Visit,
    checked: &CheckedSubmission,
) -> Result<Release, Failure> {
    let app = web.app();
    let unit = &checked.unit;
    let decision = checked.standing().ok_or_else(Failure::not_found)?;
    let outcome = &decision.outcome;
    let mut frame = frame(web, visit, "");
    let entry = match preview(app, checked).await {
        Ok(entry) => entry,
        // Without the unit nothing is released, but the sheet can be reopened.
        Err(Problem::Unit(_)) => {
            frame.notice = Some(Notice {
                kind: NoticeKind::Look,
                title: "This cannot be released for now".to_owned(),
                text: "The unit could not work out what the gradebook gets. The signature is kept. Please tell your administrator.".to_owned(),
            });
            None
        }
        Err(problem) => return Err(problem.into()),
    };
    let pass = outcome.verdict == Verdict::Pass;
    let released = checked.submission.state.is_released();
    // An intention of an earlier submission says nothing about this one.
    let passback = checked
        .passback
        .as_ref()
        .filter(|passback| passback.submission == checked.submission.id)
        .filter(|passback| passback.message.mark().is_some());
    let delivery = match passback {
        None if checked.learner.is_preview => DeliveryView::Preview,
        None if released && entry.is_some() => DeliveryView::NotOffered,
        None => DeliveryView::Nothing,
        Some(passback) => match passback.delivery {
            Delivery::Waiting => DeliveryView::Waiting {
                tries: passback.attempts,
                answer: passback.answer.clone(),
                next_try: if passback.attempts == 0 {
                    String::new()
                } else {
                    clock(app, passback.run_at)
                },
            },
            Delivery::Delivered => DeliveryView::Delivered {
                at: date_time(app, passback.changed_at),
                answer: passback.answer.clone(),
            },
            Delivery::Failed | Delivery::Dropped => DeliveryView::Failed {
                tries: passback.attempts,
                advice: passback.advice.clone(),
                answer: passback.answer.clone(),
            },
        },
    };
    Ok(Release {
        frame,
        submission: checked.submission.id.to_string(),
        learner: name(&checked.learner),
        number: checked.submission.number,
        submissions: app.centre.submissions,
        pass,
        verdict_words: if pass { "Pass" } else { "Referral" }.to_owned(),
        reasons: outcome.reasons.clone(),
        total: outcome
            .total
            .zip(outcome.maximum)
            .map(|(total, maximum)| format!("{} of {}", unit.marks(total), unit.marks(maximum))),
        met: outcome
            .criteria
            .iter()
            .filter(|criterion| criterion.met == Some(true))
            .count(),
        criteria: outcome.criteria.len(),
        signature: Signature {
            by: decision.signed_name.clone(),
            at: date_time(app, decision.signed_at),
            version: u32::try_from(checked.decisions.len()).unwrap_or(u32::MAX),
        },
        released: released.then(|| date_time(app, checked.submission.changed_at)),
        platform: platform(&visit.activity.platform_family),
        score: entry
            .as_ref()
            .map(|entry| format!("{} of {}", entry.score, entry.maximum)),
        comment: entry.map(|entry| entry.comment).unwrap_or_default(),
        delivery,
        reason_missing: false,
    })
}

pub(crate) async fn release(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Redirect, Failure> {
    fields.guard(&visit.csrf)?;
    let checked = opened(&web, &visit, &id).await?;
    release_result(web.app(), &visit, &checked).await?;
    Ok(Redirect::to(&format!(
        "{}/submissions/{id}/release",
        base(&visit)
    )))
}

pub(crate) async fn reopen(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    fields.guard(&visit.csrf)?;
    let checked = opened(&web, &visit, &id).await?;
    if fields.text("reason").trim().is_empty() {
        let mut page = releasing(&web, &visit, &checked).await?;
        page.reason_missing = true;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, web.page(&page)?).into_response());
    }
    reopen_sheet(web.app(), &visit, &checked, fields.text("reason")).await?;
    Ok(Redirect::to(&format!("{}/submissions/{id}", base(&visit))).into_response())
}

pub(crate) async fn resend(
    State(web): State<Web>,
    Session(visit): Session,
    Path((_, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Redirect, Failure> {
    fields.guard(&visit.csrf)?;
    let submission = id.parse().map_err(|_| Failure::not_found())?;
    send_again(web.app(), &visit, submission).await?;
    Ok(Redirect::to(&format!(
        "{}/submissions/{id}/release",
        base(&visit)
    )))
}
