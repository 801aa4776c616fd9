//! Release: the one gate through which grade and feedback leave.

use assessment::ids::{DecisionId, SubmissionId};
use assessment::passback::{Delivery, Message};
use assessment::people::Actor;
use assessment::sheet::GradebookEntry;
use assessment::submission::Transition;
use storage::UnitOfWork;
use storage::passback::PassbackRecord;
use storage::submissions::SubmissionRecord;

use crate::marking::{CheckedSubmission, context};
use crate::passback::{is_preview, tell};
use crate::visit::Visit;
use crate::{App, Problem};

/// A result that is released within the same transaction. Only [`release`]
/// makes one, and only it can put a grade into the outbox.
#[derive(Debug)]
pub struct ReleasedResult {
    submission: SubmissionRecord,
    decision: DecisionId,
    entry: Option<GradebookEntry>,
}

/// What the gradebook would get if the standing decision were released now.
///
/// # Errors
/// [`Problem::NotNow`] where nothing is signed, [`Problem::Unit`] where the
/// plugin fails.
pub async fn preview(
    app: &App,
    checked: &CheckedSubmission,
) -> Result<Option<GradebookEntry>, Problem> {
    let decision = checked
        .standing()
        .ok_or_else(|| Problem::NotNow("The mark sheet is not signed yet.".to_owned()))?;
    app.units
        .grade(&checked.plugin, &decision.outcome, &context(app, checked))
        .await
        .map_err(Problem::Unit)
}

/// Releases the signed decision: the learner sees it, and what the gradebook
/// gets enters the outbox in the same transaction.
///
/// # Errors
/// [`Problem::NotNow`] where nothing is signed or it is released already,
/// [`Problem::Conflict`] where the sheet was reopened in the meantime.
pub async fn release(app: &App, visit: &Visit, checked: &CheckedSubmission) -> Result<(), Problem> {
    let actor = visit.assessor()?;
    let entry = preview(app, checked).await?;
    let Some(decision) = checked.standing() else {
        return Err(Problem::Conflict);
    };
    let now = app.now();
    let mut work = app.storage.write().await?;
    let submission = work
        .submission(actor.registration, checked.submission.id)
        .await?
        .ok_or(Problem::NotFound)?;
    let standing = work
        .decisions(submission.id)
        .await?
        .into_iter()
        .rev()
        .find(|decision| decision.voided.is_none());
    if standing.as_ref().map(|standing| standing.id) != Some(decision.id) {
        return Err(Problem::Conflict);
    }
    // Without a sampling plan, confirmation is part of the release.
    let left = app.centre.submissions.saturating_sub(submission.number);
    let state = submission
        .state
        .after(Transition::Confirm)?
        .after(Transition::Release(decision.outcome.verdict, left))?;
    let submission = SubmissionRecord {
        state,
        changed_at: now,
        ..submission
    };
    work.update_submission(&submission).await?;
    app.remember(
        work.as_mut(),
        actor,
        submission.id,
        "released",
        decision.outcome.verdict.word(),
    )
    .await?;
    let released = ReleasedResult {
        submission,
        decision: decision.id,
        entry,
    };
    queue_passback(app, work.as_mut(), visit, &released).await?;
    work.save().await?;
    app.grade_due.notify_one();
    Ok(())
}

/// Puts what the gradebook gets into the outbox. A referral gets no number, for
/// 91 of 100 would look like success there.
async fn queue_passback(
    app: &App,
    work: &mut dyn UnitOfWork,
    visit: &Visit,
    released: &ReleasedResult,
) -> Result<(), Problem> {
    let submission = &released.submission;
    let Some(entry) = released.entry.clone() else {
        tell(app, work, visit, submission, Message::Referred).await?;
        return Ok(());
    };
    if is_preview(work, submission).await? {
        return Ok(());
    }
    let now = app.now();
    let last = work
        .passback(submission.activity, submission.person)
        .await?;
    work.put_passback(&PassbackRecord {
        activity: submission.activity,
        person: submission.person,
        registration: submission.registration,
        submission: submission.id,
        decision: Some(released.decision),
        message: Message::Mark(entry),
        timestamp: lti::ags::next_timestamp(now, last.map(|last| last.timestamp)),
        delivery: Delivery::Waiting,
        attempts: 0,
        outcome_unknown: false,
        run_at: now,
        answer: String::new(),
        reason: None,
        advice: String::new(),
        changed_at: now,
    })
    .await?;
    Ok(())
}

/// Sends a grade again that was not delivered, or that somebody changed in the
/// gradebook. What stands there is read first, so that nothing is doubled.
///
/// # Errors
/// [`Problem::NotNow`] where there is nothing to send.
pub async fn resend(app: &App, visit: &Visit, submission: SubmissionId) -> Result<(), Problem> {
    let actor: &Actor = visit.assessor()?;
    let mut work = app.storage.write().await?;
    let record = work
        .submission(actor.registration, submission)
        .await?
        .filter(|record| record.activity == actor.activity)
        .ok_or(Problem::NotFound)?;
    let passback = work
        .passback(record.activity, record.person)
        .await?
        .filter(|passback| passback.message.mark().is_some())
        .ok_or_else(|| Problem::NotNow("There is no grade to send for this learner.".to_owned()))?;
    again(app, work.as_mut(), passback).await?;
    app.remember(work.as_mut(), actor, submission, "grade-sent-again", "")
        .await?;
    work.save().await?;
    app.grade_due.notify_one();
    Ok(())
}

/// Makes a message due now, with a fresh count of tries.
pub(crate) async fn again(
    app: &App,
    work: &mut dyn UnitOfWork,
    passback: PassbackRecord,
) -> Result<(), Problem> {
    let now = app.now();
    work.put_passback(&PassbackRecord {
        timestamp: lti::ags::next_timestamp(now, Some(passback.timestamp)),
        delivery: Delivery::Waiting,
        attempts: 0,
        outcome_unknown: true,
        run_at: now,
        reason: None,
        advice: String::new(),
        changed_at: now,
        ..passback
    })
    .await?;
    Ok(())
}
