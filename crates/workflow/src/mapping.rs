//! Saying by hand which part of a document answers which criterion. What people
//! say stands beside what was found: the document itself never changes, and
//! each word can be taken back.

use assessment::evidence::Document;
use assessment::ids::{EvidenceId, SubmissionId};
use assessment::people::Role;
use assessment::sections::{self, Begins, PartMark};
use assessment::submission::State;
use assessment::unit::Unit;
use storage::UnitOfWork;
use storage::mapping::PartMarkRecord;
use storage::submissions::{EvidenceRecord, SubmissionRecord};

use crate::evidence::find;
use crate::marking::begin;
use crate::visit::Visit;
use crate::{App, Problem, checks};

/// Says what begins at a block of a file, or with none takes back what was
/// said in the same role; the checks run again. Learners correct their draft,
/// assessors what they mark, each beside the other.
///
/// # Errors
/// [`Problem::NotFound`] for a file that is not theirs to correct or a block
/// that it does not have, [`Problem::Invalid`] for no criterion,
/// [`Problem::NotNow`] where the work is fixed.
pub async fn say(
    app: &App,
    visit: &Visit,
    id: EvidenceId,
    block: u32,
    begins: Option<Begins>,
) -> Result<(), Problem> {
    let unit = visit.unit()?;
    let found = find(app, visit, id).await?;
    let document = found.file.document.as_ref().ok_or(Problem::NotFound)?;
    if block as usize >= document.len() {
        return Err(Problem::NotFound);
    }
    if let Some(Begins::Answer(criteria)) = &begins {
        let known = |id: &String| unit.criterion(id).is_some();
        if criteria.is_empty() || !criteria.iter().all(known) {
            return Err(Problem::Invalid(
                "Tick the criteria that this part answers.".to_owned(),
            ));
        }
    }
    let actor = &visit.actor;
    let now = app.now();
    let mut work = app.storage.write().await?;
    let submission = open(app, visit, work.as_mut(), found.file.submission).await?;
    let detail = match &begins {
        None => format!("block {block}: as it was found"),
        Some(Begins::Answer(criteria)) => format!("block {block}: {}", criteria.join(", ")),
        Some(Begins::NoAnswer) => format!("block {block}: no answer"),
        Some(Begins::Nothing) => format!("block {block}: goes on"),
    };
    match begins {
        None => {
            work.remove_part_marks(id, actor.role, Some(block)).await?;
        }
        Some(begins) => {
            work.put_part_mark(&PartMarkRecord {
                evidence: id,
                block,
                role: actor.role,
                begins,
                by: actor.person,
                at: now,
            })
            .await?;
        }
    }
    app.remember(work.as_mut(), actor, submission.id, "part-mapped", &detail)
        .await?;
    work.save().await?;
    check(app, visit, &submission).await
}

/// Takes back all that was said about a file in the same role.
///
/// # Errors
/// As [`say`].
pub async fn undo(app: &App, visit: &Visit, id: EvidenceId) -> Result<(), Problem> {
    let found = find(app, visit, id).await?;
    let actor = &visit.actor;
    let mut work = app.storage.write().await?;
    let submission = open(app, visit, work.as_mut(), found.file.submission).await?;
    work.remove_part_marks(id, actor.role, None).await?;
    app.remember(
        work.as_mut(),
        actor,
        submission.id,
        "part-mapped",
        "all as it was found",
    )
    .await?;
    work.save().await?;
    check(app, visit, &submission).await
}

/// The submission, where this person may correct its mapping now. An assessor
/// who does so has begun to mark it.
async fn open(
    app: &App,
    visit: &Visit,
    work: &mut dyn UnitOfWork,
    id: SubmissionId,
) -> Result<SubmissionRecord, Problem> {
    let submission = work
        .submission(visit.actor.registration, id)
        .await?
        .ok_or(Problem::NotFound)?;
    match visit.actor.role {
        Role::Assessor => begin(app, visit, work, submission).await,
        Role::Learner if submission.state == State::Draft => {
            let changed = SubmissionRecord {
                changed_at: app.now(),
                ..submission
            };
            work.update_submission(&changed).await?;
            Ok(changed)
        }
        Role::Learner => Err(Problem::NotNow(
            "Your work is handed in and kept exactly as you sent it. To change it, take it back first.".to_owned(),
        )),
    }
}

/// Runs the checks over the corrected mapping. What an assessor's corrections
/// lead to stands beside the report of what was handed in.
async fn check(app: &App, visit: &Visit, submission: &SubmissionRecord) -> Result<(), Problem> {
    if visit.actor.role == Role::Learner {
        checks::run_and_keep(app, visit, submission).await?;
        return Ok(());
    }
    let mut work = app.storage.read().await?;
    let said = work.part_marks(submission.id).await?;
    let handed_in = work.check(submission.id).await?;
    drop(work);
    // Without a correction the report of what was handed in is the same, unless the
    // checks could not run then.
    if seen_by(&said, submission, Role::Learner).count() == said.len()
        && handed_in.is_some_and(|check| check.report.checks_ran())
    {
        let mut work = app.storage.write().await?;
        work.remove_recheck(submission.id).await?;
        work.save().await?;
        return Ok(());
    }
    checks::run_for_assessor(app, visit, submission).await
}

/// The words that count for somebody: learners see their work as they handed
/// it in, without what was said about it later.
pub(crate) fn seen_by<'a>(
    said: &'a [PartMarkRecord],
    submission: &SubmissionRecord,
    role: Role,
) -> impl Iterator<Item = &'a PartMarkRecord> {
    let until = submission.submitted_at.filter(|_| role == Role::Learner);
    said.iter()
        .filter(move |one| until.is_none_or(|until| one.at <= until))
}

/// Finds the sections of a document again with what was said about it.
pub(crate) fn apply<'a>(
    unit: &Unit,
    document: &mut Document,
    said: impl Iterator<Item = &'a PartMarkRecord>,
) {
    let said: Vec<PartMark> = said
        .map(|one| PartMark {
            block: one.block,
            begins: one.begins.clone(),
            by: one.role,
        })
        .collect();
    if !said.is_empty() {
        document.sections = sections::find_with(unit, document, &said);
    }
}

/// Copies what was said about a file to its copy in the next submission.
pub(crate) async fn copy(
    work: &mut dyn UnitOfWork,
    said: &[PartMarkRecord],
    from: EvidenceId,
    to: &EvidenceRecord,
) -> Result<(), Problem> {
    for one in said.iter().filter(|one| one.evidence == from) {
        work.put_part_mark(&PartMarkRecord {
            evidence: to.id,
            ..one.clone()
        })
        .await?;
    }
    Ok(())
}
