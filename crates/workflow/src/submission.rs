//! Handing in, taking back, and beginning a resubmission.

use assessment::ids::EvidenceId;
use assessment::passback::Message;
use assessment::submission::{State, Transition};
use object_store::ObjectStoreExt;
use storage::marking::DecisionRecord;
use storage::passback::PassbackRecord;
use storage::submissions::{CheckRecord, EvidenceRecord, SubmissionRecord};
use storage::table::TableRecord;

use crate::evidence::{draft, forget, new_draft, path_of, plugin_record};
use crate::passback::tell;
use crate::visit::Visit;
use crate::{App, Problem, checks, table};

/// A learner's own work as it stands.
#[derive(Debug, Default)]
pub struct OwnWork {
    /// The latest submission; none before the first file.
    pub submission: Option<SubmissionRecord>,
    /// Its files.
    pub files: Vec<EvidenceRecord>,
    /// Its rows.
    pub tables: Vec<TableRecord>,
    /// What the checks found.
    pub check: Option<CheckRecord>,
    /// The decision, only once it is released.
    pub released: Option<DecisionRecord>,
    /// The grade's way to the gradebook, only once it is released.
    pub passback: Option<PassbackRecord>,
}

/// The learner's own work. Before release there is no decision in it: this is
/// the one gate for grade and feedback towards learners.
///
/// # Errors
/// [`Problem::NotAllowed`] for anybody but a learner.
pub async fn own_work(app: &App, visit: &Visit) -> Result<OwnWork, Problem> {
    let actor = visit.learner()?;
    let mut work = app.storage.read().await?;
    let Some(submission) = work.latest_submission(actor.activity, actor.person).await? else {
        return Ok(OwnWork::default());
    };
    let files = work.evidence(submission.id).await?;
    let tables = work.tables(submission.id).await?;
    let check = work.check(submission.id).await?;
    let (released, passback) = if submission.state.is_released() {
        let decisions = work.decisions(submission.id).await?;
        let passback = work
            .passback(submission.activity, submission.person)
            .await?;
        (
            decisions
                .into_iter()
                .rev()
                .find(|decision| decision.voided.is_none()),
            passback.filter(|passback| {
                passback.submission == submission.id && passback.message.mark().is_some()
            }),
        )
    } else {
        (None, None)
    };
    Ok(OwnWork {
        submission: Some(submission),
        files,
        tables,
        check,
        released,
        passback,
    })
}

/// What a learner declares when handing in.
#[derive(Debug, Clone, Copy)]
pub struct Declaration {
    /// The work is their own. Without it nothing is handed in.
    pub own_work: bool,
    /// They refuse the awarding body the use of the script.
    pub refuses_script_use: bool,
}

/// What still stands in the way of handing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    /// A required slot is empty.
    Slot {
        /// The slot's id.
        slot: String,
    },
    /// Rows that were imported wait for the learner's word.
    Import {
        /// The slot's id.
        slot: String,
    },
    /// The declaration is not made.
    Declaration,
}

/// What stands in the way, for the page and for [`hand_in`].
pub fn missing(
    unit: &assessment::unit::Unit,
    files: &[EvidenceRecord],
    tables: &[TableRecord],
    own_work: bool,
) -> Vec<Missing> {
    let mut missing: Vec<_> = unit
        .slots
        .iter()
        .filter(|slot| {
            let has_rows = tables
                .iter()
                .any(|table| table.slot == slot.id && !table.rows.is_empty());
            // Files of a table wait until their rows are taken, unless only people can read them.
            let has_file = files.iter().any(|file| {
                file.slot == slot.id && (!table::takes_rows(slot) || file.failure.is_some())
            });
            let waits = tables
                .iter()
                .any(|table| table.slot == slot.id && table.import.is_some());
            slot.required && slot.kind != "declaration" && !has_rows && !has_file && !waits
        })
        .map(|slot| Missing::Slot {
            slot: slot.id.clone(),
        })
        .collect();
    let waiting = tables.iter().filter(|table| table.import.is_some());
    missing.extend(waiting.map(|table| Missing::Import {
        slot: table.slot.clone(),
    }));
    if !own_work {
        missing.push(Missing::Declaration);
    }
    missing
}

/// Hands the draft in: it is frozen, and checked once more with the version of
/// the unit that it will be marked by.
///
/// Gives back what is still missing, with nothing changed, or nothing.
///
/// # Errors
/// [`Problem::NotNow`] where there is no draft.
pub async fn hand_in(
    app: &App,
    visit: &Visit,
    declaration: Declaration,
) -> Result<Vec<Missing>, Problem> {
    let actor = visit.learner()?;
    let (plugin, unit) = (visit.plugin()?, visit.unit()?);
    let mut work = app.storage.write().await?;
    let submission = draft(app, visit, work.as_mut()).await?;
    let files = work.evidence(submission.id).await?;
    let tables = work.tables(submission.id).await?;
    let missing = missing(unit, &files, &tables, declaration.own_work);
    if !missing.is_empty() {
        return Ok(missing);
    }
    let left = table::freeze(work.as_mut(), submission.id).await?;
    let files = work.evidence(submission.id).await?;
    let now = app.now();
    let submitted = SubmissionRecord {
        state: submission.state.after(Transition::Submit)?,
        refuses_script_use: declaration.refuses_script_use,
        declared_at: Some(now),
        submitted_at: Some(now),
        plugin: Some(plugin_record(plugin)),
        changed_at: now,
        ..submission
    };
    work.update_submission(&submitted).await?;
    app.remember(work.as_mut(), actor, submitted.id, "submitted", "")
        .await?;
    tell(app, work.as_mut(), visit, &submitted, Message::HandedIn).await?;
    work.save().await?;
    for id in left {
        forget(app, visit, id).await;
    }
    app.grade_due.notify_one();

    // The work is safe now; whatever the checks do cannot undo the hand-in.
    let report = checks::run(app, plugin, unit, &files, &tables, true, submitted.number).await;
    let mut work = app.storage.write().await?;
    work.put_check(&CheckRecord {
        submission: submitted.id,
        report,
        plugin: plugin_record(plugin),
        overlays: Some(visit.unit_overlays()),
        at: now,
    })
    .await?;
    let checked = SubmissionRecord {
        state: submitted.state.after(Transition::Check)?,
        version: submitted.version + 1,
        ..submitted
    };
    work.update_submission(&checked).await?;
    work.save().await?;
    Ok(Vec::new())
}

/// Takes the work back to a draft, as long as nobody has begun to mark it.
///
/// # Errors
/// [`Problem::NotNow`] once marking has begun.
pub async fn take_back(app: &App, visit: &Visit) -> Result<(), Problem> {
    let actor = visit.learner()?;
    let mut work = app.storage.write().await?;
    let submission = work
        .latest_submission(actor.activity, actor.person)
        .await?
        .ok_or(Problem::NotFound)?;
    let state = submission.state.after(Transition::TakeBack)?;
    work.update_submission(&SubmissionRecord {
        state,
        declared_at: None,
        submitted_at: None,
        plugin: None,
        changed_at: app.now(),
        ..submission.clone()
    })
    .await?;
    app.remember(work.as_mut(), actor, submission.id, "taken-back", "")
        .await?;
    work.save().await?;
    Ok(())
}

/// Begins the next submission after a referral, from the files and rows of the last.
///
/// # Errors
/// [`Problem::NotNow`] where no resubmission is open.
pub async fn resubmit(app: &App, visit: &Visit) -> Result<(), Problem> {
    let actor = visit.learner()?;
    let (plugin, unit) = (visit.plugin()?, visit.unit()?);
    let now = app.now();
    let mut work = app.storage.write().await?;
    let last = work
        .latest_submission(actor.activity, actor.person)
        .await?
        .ok_or(Problem::NotFound)?;
    if last.state != State::ResubmissionOpen {
        return Err(Problem::NotNow(
            "There is no further submission open for this unit.".to_owned(),
        ));
    }
    let next = new_draft(app, actor, last.number + 1);
    work.add_submission(&next).await?;
    let mut files = work.evidence(last.id).await?;
    let mut copies = Vec::new();
    for file in &mut files {
        let id = EvidenceId::new(now, app.random());
        let (from, to) = (
            path_of(actor.registration, file.id),
            path_of(actor.registration, id),
        );
        app.files.copy(&from, &to).await.map_err(Problem::Files)?;
        copies.push((file.id, id));
        file.id = id;
        file.submission = next.id;
        work.add_evidence(file).await?;
    }
    table::copy(work.as_mut(), last.id, next.id, &copies).await?;
    let tables = work.tables(next.id).await?;
    app.remember(work.as_mut(), actor, next.id, "resubmission-begun", "")
        .await?;
    work.save().await?;
    let report = checks::run(app, plugin, unit, &files, &tables, false, next.number).await;
    let mut work = app.storage.write().await?;
    work.put_check(&CheckRecord {
        submission: next.id,
        report,
        plugin: plugin_record(plugin),
        overlays: Some(visit.unit_overlays()),
        at: now,
    })
    .await?;
    work.save().await?;
    Ok(())
}
