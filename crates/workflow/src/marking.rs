//! The mark sheet and the signature.

use std::collections::BTreeMap;
use std::sync::Arc;

use assessment::evidence::Document;
use assessment::ids::{DecisionId, PersonId, SubmissionId};
use assessment::overlay::{Change as ChangedSetting, changes as changed_settings};
use assessment::people::Role;
use assessment::sheet::{
    Award, CriterionOutcome, Obstacle, Outcome, Sheet, SheetEntry, Verdict, obstacles,
};
use assessment::submission::{State, Transition};
use assessment::unit::Unit;
use chrono::{DateTime, Utc};
use storage::courses::PersonRecord;
use storage::marking::{DecisionRecord, FindingVerdictRecord, SheetLineRecord};
use storage::passback::PassbackRecord;
use storage::submissions::{CheckRecord, EvidenceRecord, SubmissionRecord};
use storage::table::TableRecord;
use storage::{StorageError, UnitOfWork};
use unit_host::{CallFailure, Context, UnitPlugin};

use crate::changes::{Change, Earlier, changes, earlier};
use crate::evidence::{load, plugin_record};
use crate::overlay::unit_in_force;
use crate::visit::Visit;
use crate::{App, Problem, checks};

/// The longest feedback on a criterion, in bytes.
const LONGEST_FEEDBACK: usize = 20_000;
/// The verdict on a finding of which the assessor takes back what was thought
/// in the submission before.
const UNDECIDED: &str = "undecided";

/// A submission that was handed in and checked, opened by an assessor who may
/// mark it: the proof that marking asks for.
#[derive(Debug)]
pub struct CheckedSubmission {
    /// The submission.
    pub submission: SubmissionRecord,
    /// The learner.
    pub learner: PersonRecord,
    /// The unit's plugin in the version that checked it.
    pub plugin: Arc<UnitPlugin>,
    /// The same unit as the centre had it when it was checked.
    pub unit: Unit,
    /// What the centre has changed of the unit since then. It counts for work
    /// that is checked from now on.
    pub changed_since: Vec<ChangedSetting>,
    /// Its files.
    pub files: Vec<EvidenceRecord>,
    /// Its rows.
    pub tables: Vec<TableRecord>,
    /// What the checks found.
    pub check: Option<CheckRecord>,
    /// By what each finding is known in other reports too, in their order.
    pub finding_keys: Vec<String>,
    /// What assessors think of the findings.
    pub verdicts: Vec<FindingVerdictRecord>,
    /// The submission before this one; none in the first.
    pub earlier: Option<Earlier>,
    /// The saved lines of the sheet.
    pub lines: Vec<SheetLineRecord>,
    /// Names of those who saved lines.
    pub markers: BTreeMap<PersonId, String>,
    /// All decisions, oldest first.
    pub decisions: Vec<DecisionRecord>,
    /// The grade's way to the gradebook.
    pub passback: Option<PassbackRecord>,
}

impl CheckedSubmission {
    /// The sheet as it stands.
    pub fn sheet(&self) -> Sheet {
        let mut sheet = Sheet::empty(&self.unit);
        for entry in &mut sheet.entries {
            if let Some(line) = self
                .lines
                .iter()
                .find(|line| line.criterion == entry.criterion)
            {
                entry.award = line.award.clone();
                entry.feedback.clone_from(&line.feedback);
                entry.band.clone_from(&line.band);
            }
        }
        sheet
    }

    /// What an assessor thinks of one of the findings. What was thought of the
    /// same finding in the submission before holds until somebody thinks otherwise.
    pub fn verdict(&self, finding: usize) -> Option<&FindingVerdictRecord> {
        let key = self.finding_keys.get(finding)?;
        let earlier = self.earlier.iter().flat_map(|earlier| &earlier.verdicts);
        self.verdicts
            .iter()
            .chain(earlier)
            .find(|verdict| verdict.finding == *key)
            .filter(|verdict| verdict.verdict != UNDECIDED)
    }

    /// What changed since the submission before, for each criterion in the
    /// unit's order.
    pub fn changes(&self, earlier: &Earlier) -> Vec<Change> {
        let report = self.check.as_ref().map(|check| &check.report);
        changes(&self.unit, earlier, &self.files, report)
    }

    /// Whether the unit's checks ran, at the hand-in or later.
    pub fn checks_ran(&self) -> bool {
        let check = self.check.as_ref();
        check.is_some_and(|check| check.report.checks_ran())
    }

    /// The decision that stands.
    pub fn standing(&self) -> Option<&DecisionRecord> {
        self.decisions
            .iter()
            .rev()
            .find(|decision| decision.voided.is_none())
    }
}

/// Opens a submission for its assessor.
///
/// # Errors
/// [`Problem::NotFound`] for another activity's submission, a draft, or the
/// assessor's own; [`Problem::NotNow`] where the unit's plugin is not installed.
pub async fn open(
    app: &App,
    visit: &Visit,
    id: SubmissionId,
) -> Result<CheckedSubmission, Problem> {
    let actor = visit.assessor()?;
    let mut work = app.storage.read().await?;
    let submission = work
        .submission(actor.registration, id)
        .await?
        .filter(|submission| {
            submission.activity == actor.activity
                && submission.state.is_with_assessor()
                && submission.person != actor.person
        })
        .ok_or(Problem::NotFound)?;
    let learner = work
        .person(actor.registration, submission.person)
        .await?
        .ok_or(Problem::NotFound)?;
    let plugin = plugin_of(app, visit, &submission)?;
    let lines = work.sheet_lines(id).await?;
    let mut markers = BTreeMap::new();
    for line in &lines {
        if let std::collections::btree_map::Entry::Vacant(entry) = markers.entry(line.changed_by)
            && let Some(person) = work.person(actor.registration, line.changed_by).await?
        {
            entry.insert(person.name);
        }
    }
    let check = checks::for_assessor(work.as_mut(), &submission).await?;
    let kept = check.as_ref().and_then(|check| check.overlays.as_ref());
    let unit = unit_in_force(&plugin, kept.unwrap_or(&visit.overlays));
    let files = load(work.as_mut(), Some(&unit), &submission, Role::Assessor).await?;
    let documents: Vec<Document> = files
        .iter()
        .filter_map(|file| file.document.clone())
        .collect();
    Ok(CheckedSubmission {
        finding_keys: check
            .as_ref()
            .map(|check| check.report.keys(&documents))
            .unwrap_or_default(),
        earlier: earlier(work.as_mut(), &unit, &submission).await?,
        files,
        tables: work.tables(id).await?,
        check,
        changed_since: changed_settings(&unit, &unit_in_force(&plugin, &visit.overlays)),
        unit,
        verdicts: work.finding_verdicts(id).await?,
        decisions: work.decisions(id).await?,
        passback: work
            .passback(submission.activity, submission.person)
            .await?,
        submission,
        learner,
        plugin,
        lines,
        markers,
    })
}

/// The version of the unit that work belongs to: the one that it was handed in
/// with, and no other; a draft goes with the one that is in use.
///
/// # Errors
/// [`Problem::NotNow`] where it is not installed.
pub(crate) fn plugin_of(
    app: &App,
    visit: &Visit,
    submission: &SubmissionRecord,
) -> Result<Arc<UnitPlugin>, Problem> {
    let handed_in = submission.state != State::Draft;
    let Some(plugin) = submission.plugin.as_ref().filter(|_| handed_in) else {
        return visit.plugin().cloned();
    };
    app.units.unit_by_digest(&plugin.digest).ok_or_else(|| {
        tracing::error!(
            plugin = plugin.id,
            version = plugin.version,
            digest = plugin.digest,
            "the version of a unit that work was handed in with is not installed"
        );
        Problem::NotNow(format!(
            "The version of the unit that this work was handed in with ({}) is not installed just now. Nothing is lost. Try again in a minute; if it stays so, ask your administrator to install it again.",
            plugin.version
        ))
    })
}

/// What the sheet comes to, and what stands between it and a signature.
#[derive(Debug)]
pub struct SheetState {
    /// The sheet.
    pub sheet: Sheet,
    /// What the unit's plugin worked out, held to the rules by the host; an
    /// incomplete outcome where it did not.
    pub outcome: Outcome,
    /// What stands in the way.
    pub obstacles: Vec<Obstacle>,
    /// Why the unit's plugin could not work it out. Such a sheet can be marked
    /// and cannot be signed.
    pub failure: Option<CallFailure>,
}

/// Asks the unit what the sheet comes to. A plugin that fails keeps nobody from
/// the evidence and the marks.
pub async fn evaluate(app: &App, checked: &CheckedSubmission) -> SheetState {
    let sheet = checked.sheet();
    let answer = app
        .units
        .evaluate(&checked.plugin, &sheet, &context(app, checked))
        .await;
    let (outcome, failure) = match answer {
        Ok(outcome) => (outcome, None),
        Err(failure) => {
            tracing::error!(
                unit.id = checked.plugin.identity().id,
                code = failure.code(),
                "a unit could not work out a sheet"
            );
            (unfinished(&sheet), Some(failure))
        }
    };
    let obstacles = obstacles(&sheet, &outcome);
    SheetState {
        sheet,
        outcome,
        obstacles,
        failure,
    }
}

/// What can be said of a sheet without its unit: which marks reach the minimum.
fn unfinished(sheet: &Sheet) -> Outcome {
    let met = |entry: &SheetEntry| match &entry.award {
        Award::Undecided => None,
        Award::Marks(marks) => Some(*marks >= entry.minimum),
        Award::Decision(decision) => Some(decision == "pass"),
    };
    Outcome {
        verdict: Verdict::Incomplete,
        label: String::new(),
        total: None,
        maximum: None,
        criteria: sheet
            .entries
            .iter()
            .map(|entry| CriterionOutcome {
                criterion: entry.criterion.clone(),
                met: met(entry),
            })
            .collect(),
        reasons: Vec::new(),
        details: Vec::new(),
    }
}

pub(crate) fn context(app: &App, checked: &CheckedSubmission) -> Context {
    let number = checked.submission.number;
    Context::standard(
        &checked.unit,
        app.today(),
        number,
        app.centre.submissions.saturating_sub(number),
    )
}

/// One line of the sheet as the assessor saves it.
#[derive(Debug)]
pub struct NewLine {
    /// The criterion.
    pub criterion: String,
    /// What is put down, as typed: whole marks, or `pass` or `referral`; empty for nothing.
    pub award: String,
    /// Feedback to the learner.
    pub feedback: String,
    /// Code of the closest descriptor; may be empty.
    pub band: String,
    /// The version of the line that the assessor began from; 0 for a new one.
    pub version: i64,
}

/// Saves one line of the sheet, as it is typed. The first one begins the marking.
///
/// Returns the line's new version.
///
/// # Errors
/// [`Problem::Conflict`] where somebody else saved it since; [`Problem::Invalid`]
/// for marks that the criterion does not have; [`Problem::NotNow`] once signed.
pub async fn record_mark(
    app: &App,
    visit: &Visit,
    checked: &CheckedSubmission,
    line: NewLine,
) -> Result<i64, Problem> {
    let actor = visit.assessor()?;
    let unit = &checked.unit;
    let criterion = unit.criterion(&line.criterion).ok_or(Problem::NotFound)?;
    let mode = unit.sheet.modes.first().map_or("marks", String::as_str);
    let award = parse_award(
        mode,
        criterion.maximum,
        unit.sheet.parts_per_mark.max(1),
        line.award.trim(),
    )?;
    if line.feedback.len() > LONGEST_FEEDBACK {
        return Err(Problem::Invalid(
            "The feedback is longer than 20,000 characters. Shorten it, and it will be saved."
                .to_owned(),
        ));
    }
    let now = app.now();
    let mut work = app.storage.write().await?;
    let submission = work
        .submission(actor.registration, checked.submission.id)
        .await?
        .ok_or(Problem::NotFound)?;
    begin(app, visit, work.as_mut(), submission).await?;
    let version = work
        .put_sheet_line(&SheetLineRecord {
            submission: checked.submission.id,
            criterion: line.criterion,
            award,
            feedback: line.feedback,
            band: if criterion
                .descriptors
                .iter()
                .any(|descriptor| descriptor.band == line.band)
            {
                line.band
            } else {
                String::new()
            },
            version: line.version,
            changed_by: actor.person,
            changed_at: now,
        })
        .await?;
    work.save().await?;
    Ok(version)
}

/// The submission in marking: whoever changes anything about it begins that.
///
/// # Errors
/// [`Problem::NotNow`] where it cannot be marked.
pub(crate) async fn begin(
    app: &App,
    visit: &Visit,
    work: &mut dyn UnitOfWork,
    submission: SubmissionRecord,
) -> Result<SubmissionRecord, Problem> {
    if submission.state == State::InAssessment {
        return Ok(submission);
    }
    let begun = SubmissionRecord {
        state: submission.state.after(Transition::StartMarking)?,
        changed_at: app.now(),
        ..submission
    };
    app.remember(work, &visit.actor, begun.id, "marking-begun", "")
        .await?;
    work.update_submission(&begun).await?;
    Ok(begun)
}

/// Marks as typed, in parts; or a decision.
fn parse_award(
    mode: &str,
    maximum: u32,
    parts_per_mark: u32,
    typed: &str,
) -> Result<Award, Problem> {
    if typed.is_empty() {
        return Ok(Award::Undecided);
    }
    if mode == "pass-referral" {
        return match typed {
            "pass" | "referral" => Ok(Award::Decision(typed.to_owned())),
            _ => Err(Problem::Invalid("Choose pass or referral.".to_owned())),
        };
    }
    let most = maximum / parts_per_mark;
    let refuse = || {
        Problem::Invalid(if parts_per_mark == 1 {
            format!("Whole marks from 0 to {most}.")
        } else {
            format!("Marks from 0 to {most}, in steps of 1/{parts_per_mark}.")
        })
    };
    let (whole, fraction) = typed.split_once(['.', ',']).unwrap_or((typed, ""));
    let digits = |text: &str| text.len() <= 4 && text.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return Err(refuse());
    }
    let whole: u32 = whole.parse().map_err(|_| refuse())?;
    let scale = 10_u32.pow(u32::try_from(fraction.len()).unwrap_or(0));
    let numerator = if fraction.is_empty() {
        0
    } else {
        fraction.parse::<u32>().map_err(|_| refuse())? * parts_per_mark
    };
    if !numerator.is_multiple_of(scale) {
        return Err(refuse());
    }
    let parts = whole * parts_per_mark + numerator / scale;
    if parts > maximum {
        Err(refuse())
    } else {
        Ok(Award::Marks(parts))
    }
}

/// Keeps what the assessor thinks of a finding, which is named by its key. A
/// dismissed one stays on record, and the history tells each change of mind.
///
/// # Errors
/// [`Problem::Invalid`] for a finding or verdict that does not exist.
pub async fn judge_finding(
    app: &App,
    visit: &Visit,
    checked: &CheckedSubmission,
    finding: &str,
    verdict: &str,
) -> Result<(), Problem> {
    let actor = visit.assessor()?;
    let known = checked
        .finding_keys
        .iter()
        .position(|key| key == finding)
        .and_then(|at| checked.check.as_ref()?.report.findings.get(at));
    let Some(known) = known.filter(|_| matches!(verdict, "" | "confirmed" | "dismissed")) else {
        return Err(Problem::Invalid(
            "Confirm or dismiss one of the findings on the page.".to_owned(),
        ));
    };
    if !checked.submission.state.is_markable() {
        checked.submission.state.after(Transition::StartMarking)?;
    }
    let mut work = app.storage.write().await?;
    let thought_before = checked
        .earlier
        .iter()
        .flat_map(|earlier| &earlier.verdicts)
        .any(|verdict| verdict.finding == finding);
    let kept = match verdict {
        // What was thought in the submission before is set aside by a word of its own.
        "" if thought_before => Some(UNDECIDED),
        "" => None,
        verdict => Some(verdict),
    };
    work.put_finding_verdict(
        checked.submission.id,
        finding,
        kept,
        actor.person,
        app.now(),
    )
    .await?;
    let kind = match verdict {
        "" => "finding-undecided".to_owned(),
        verdict => format!("finding-{verdict}"),
    };
    let criterion = known.criterion.as_deref().unwrap_or("all");
    app.remember(
        work.as_mut(),
        actor,
        checked.submission.id,
        &kind,
        &format!("{} {criterion}", known.rule),
    )
    .await?;
    work.save().await?;
    Ok(())
}

/// Runs the checks where they could not run so far, as when the server was busy at
/// the hand-in. Marks and what was thought of findings stay; where the checks have
/// run, nothing happens.
///
/// # Errors
/// [`Problem::NotNow`] once signed.
pub async fn check_again(
    app: &App,
    visit: &Visit,
    checked: &CheckedSubmission,
) -> Result<(), Problem> {
    let actor = visit.assessor()?;
    if checked.checks_ran() {
        return Ok(());
    }
    let mut work = app.storage.write().await?;
    let submission = work
        .submission(actor.registration, checked.submission.id)
        .await?
        .ok_or(Problem::NotFound)?;
    // What the learner takes back now would come again with this report.
    let submission = begin(app, visit, work.as_mut(), submission).await?;
    app.remember(work.as_mut(), actor, submission.id, "checked-again", "")
        .await?;
    work.save().await?;
    checks::run_for_assessor(app, visit, &submission).await
}

/// What the assessor signs with.
#[derive(Debug)]
pub struct Signature {
    /// The name they typed.
    pub name: String,
    /// They confirm that they judged the work against the criteria.
    pub judged: bool,
    /// Digest of the sheet that they were shown.
    pub sheet_digest: String,
}

/// Signs the sheet. The outcome is the unit's; nobody can choose it.
///
/// # Errors
/// [`Problem::NotNow`] with what is missing, [`Problem::Conflict`] where the
/// sheet is not the one that was shown.
pub async fn sign(
    app: &App,
    visit: &Visit,
    checked: &CheckedSubmission,
    signature: Signature,
) -> Result<Verdict, Problem> {
    let actor = visit.assessor()?;
    let state = evaluate(app, checked).await;
    if let Some(failure) = state.failure {
        return Err(Problem::Unit(failure));
    }
    if state.outcome.verdict == Verdict::Incomplete || !state.obstacles.is_empty() {
        return Err(Problem::NotNow("The sheet is not finished: each criterion needs a mark, and each referred one feedback.".to_owned()));
    }
    let name = signature.name.trim();
    if name.is_empty() {
        return Err(Problem::Invalid("Type your name to sign.".to_owned()));
    }
    if !signature.judged {
        return Err(Problem::Invalid(
            "Confirm that you judged the work against the criteria.".to_owned(),
        ));
    }
    let sheet_digest = state.sheet.digest();
    if sheet_digest != signature.sheet_digest {
        return Err(Problem::Conflict);
    }
    let now = app.now();
    let mut work = app.storage.write().await?;
    // Lines may have been saved between reading the sheet and this transaction.
    if work.sheet_lines(checked.submission.id).await? != checked.lines {
        return Err(Problem::Conflict);
    }
    let submission = work
        .submission(actor.registration, checked.submission.id)
        .await?
        .ok_or(Problem::NotFound)?;
    let next = submission.state.after(Transition::Sign)?;
    work.add_decision(&DecisionRecord {
        id: DecisionId::new(now, app.random()),
        submission: submission.id,
        sheet: state.sheet,
        sheet_digest,
        outcome: state.outcome.clone(),
        plugin: plugin_record(&checked.plugin),
        signed_by: actor.person,
        signed_name: name.chars().take(200).collect(),
        signed_at: now,
        voided: None,
    })
    .await?;
    app.remember(
        work.as_mut(),
        actor,
        submission.id,
        "signed",
        state.outcome.verdict.word(),
    )
    .await?;
    work.update_submission(&SubmissionRecord {
        state: next,
        changed_at: now,
        ..submission
    })
    .await?;
    work.save().await?;
    Ok(state.outcome.verdict)
}

/// Reopens a signed sheet before release: the signature is voided and kept.
///
/// # Errors
/// [`Problem::Invalid`] without a reason, [`Problem::NotNow`] in another state.
pub async fn reopen(
    app: &App,
    visit: &Visit,
    checked: &CheckedSubmission,
    reason: &str,
) -> Result<(), Problem> {
    let actor = visit.assessor()?;
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Problem::Invalid(
            "Say in a few words why the sheet is reopened.".to_owned(),
        ));
    }
    let now: DateTime<Utc> = app.now();
    let mut work = app.storage.write().await?;
    let submission = work
        .submission(actor.registration, checked.submission.id)
        .await?
        .ok_or(Problem::NotFound)?;
    let next = submission.state.after(Transition::Reopen)?;
    let decision = checked
        .standing()
        .ok_or(Problem::Storage(StorageError::Conflict("decision")))?;
    work.void_decision(decision.id, actor.person, now, reason)
        .await?;
    app.remember(work.as_mut(), actor, submission.id, "reopened", reason)
        .await?;
    work.update_submission(&SubmissionRecord {
        state: next,
        changed_at: now,
        ..submission
    })
    .await?;
    work.save().await?;
    Ok(())
}
