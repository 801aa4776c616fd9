//! Handing in, taking back, and beginning a resubmission.

use assessment::ids::EvidenceId;
use assessment::passback::Message;
use assessment::people::Role;
use assessment::submission::{State, Transition};
use object_store::ObjectStoreExt;
use storage::marking::DecisionRecord;
use storage::passback::PassbackRecord;
use storage::submissions::{CheckRecord, EvidenceRecord, SubmissionRecord};
use storage::table::TableRecord;
use storage::typed::TypedAnswerRecord;

use crate::changes::{Change, carry_forward, changes, earlier};
use crate::evidence::{draft, forget, load, new_draft, path_of, plugin_record};
use crate::passback::tell;
use crate::visit::Visit;
use crate::{App, Problem, checks, mapping, table};

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
    /// Whether the checks would find something else if they ran now: the draft,
    /// the day or the unit has changed since.
    pub stale: bool,
    /// What a resubmission changes, for each criterion; empty in the first submission.
    pub changes: Vec<Change>,
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
    let unit = visit.unit.as_ref();
    let files = load(work.as_mut(), unit, &submission, Role::Learner).await?;
    let tables = work.tables(submission.id).await?;
    let check = work.check(submission.id).await?;
    let stale = submission.state == State::Draft
        && !files.is_empty()
        && check
            .as_ref()
            .is_none_or(|check| checks::is_stale(app, visit, &submission, check));
    let changed = match unit {
        Some(unit) => earlier(work.as_mut(), unit, &submission)
            .await?
            .map(|earlier| {
                let report = check.as_ref().map(|check| &check.report);
                changes(unit, &earlier, &files, report)
            })
            .unwrap_or_default(),
        None => Vec::new(),
    };
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
        stale,
        changes: changed,
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
    /// They have looked at the personal details that the checks point at.
    pub looked_at_personal_data: bool,
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
    /// The checks point at personal details, and the learner has not said that
    /// they looked at them.
    PersonalData,
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
    let files = load(work.as_mut(), Some(unit), &submission, Role::Learner).await?;
    let tables = work.tables(submission.id).await?;
    let mut missing = missing(unit, &files, &tables, declaration.own_work);
    let personal = match work.check(submission.id).await? {
        Some(check) if !checks::is_stale(app, visit, &submission, &check) => {
            check.report.personal_data().count()
        }
        // The checks are behind, so they run before the learner decides.
        _ if missing.is_empty() => {
            work.save().await?;
            let report = checks::run_and_keep(app, visit, &submission).await?;
            let personal = report.personal_data().count();
            work = app.storage.write().await?;
            personal
        }
        _ => 0,
    };
    if personal > 0 && !declaration.looked_at_personal_data {
        missing.insert(
            missing.len() - usize::from(!declaration.own_work),
            Missing::PersonalData,
        );
    }
    if !missing.is_empty() {
        return Ok(missing);
    }
    let left = table::freeze(work.as_mut(), submission.id).await?;
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
    if personal > 0 {
        let detail = format!("{personal} places");
        app.remember(
            work.as_mut(),
            actor,
            submitted.id,
            "personal-data-looked-at",
            &detail,
        )
        .await?;
    }
    app.remember(work.as_mut(), actor, submitted.id, "submitted", "")
        .await?;
    carry_forward(app, work.as_mut(), unit, &submitted).await?;
    tell(app, work.as_mut(), visit, &submitted, Message::HandedIn).await?;
    work.save().await?;
    for id in left {
        forget(app, visit, id).await;
    }
    app.grade_due.notify_one();

    // The work is safe now; whatever the checks do cannot undo the hand-in.
    checks::run_and_keep(app, visit, &submitted).await?;
    let mut work = app.storage.write().await?;
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
    visit.plugin()?;
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
    let said = work.part_marks(last.id).await?;
    let mut copies = Vec::new();
    for mut file in work.evidence(last.id).await? {
        let before = file.id;
        file.id = EvidenceId::new(now, app.random());
        copies.push((before, file.id));
        file.submission = next.id;
        if !file.typed {
            let (from, to) = (
                path_of(actor.registration, before),
                path_of(actor.registration, file.id),
            );
            app.files.copy(&from, &to).await.map_err(Problem::Files)?;
        }
        work.add_evidence(&file).await?;
        mapping::copy(work.as_mut(), &said, before, &file).await?;
    }
    table::copy(work.as_mut(), last.id, next.id, &copies).await?;
    for answer in work.typed_answers(last.id).await? {
        work.put_typed_answer(&TypedAnswerRecord {
            submission: next.id,
            version: 0,
            ..answer
        })
        .await?;
    }
    app.remember(work.as_mut(), actor, next.id, "resubmission-begun", "")
        .await?;
    work.save().await?;
    checks::run_and_keep(app, visit, &next).await?;
    Ok(())
}
