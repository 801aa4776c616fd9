//! Running a unit's checks over a submission's evidence.

use assessment::evidence::{Evidence, SlotState, Table, TableColumn};
use assessment::finding::{CheckFailure, CheckReport};
use assessment::people::Role;
use assessment::unit::Unit;
use storage::UnitOfWork;
use storage::submissions::{CheckRecord, EvidenceRecord, SubmissionRecord};
use storage::table::TableRecord;
use unit_host::{Attempt, Context, UnitPlugin};

use crate::changes::earlier;
use crate::evidence::{load, plugin_record};
use crate::marking::plugin_of;
use crate::overlay::unit_in_force;
use crate::table::{read_rows, takes_rows};
use crate::visit::Visit;
use crate::{App, Problem};

/// The evidence as a plugin sees it: every slot with its state, the documents
/// with their sections, the rows, and the declaration as a table of one row.
pub fn evidence(
    unit: &Unit,
    files: &[EvidenceRecord],
    rows: &[TableRecord],
    declared: Option<chrono::NaiveDate>,
) -> Evidence {
    let slots = unit
        .slots
        .iter()
        .map(|slot| {
            let given: Vec<_> = files.iter().filter(|file| file.slot == slot.id).collect();
            let unread = given.iter().find_map(|file| file.failure.as_ref());
            let has_rows = rows
                .iter()
                .any(|table| table.slot == slot.id && !table.rows.is_empty());
            let state = if slot.kind == "declaration" {
                if declared.is_some() { "given" } else { "empty" }
            } else if unread.is_some() && given.iter().all(|file| file.document.is_none()) {
                "unreadable"
            } else if has_rows || (!takes_rows(slot) && !given.is_empty()) {
                "given"
            } else {
                "empty"
            };
            SlotState {
                slot: slot.id.clone(),
                state: state.to_owned(),
                note: unread
                    .map(|failure| failure.message.clone())
                    .unwrap_or_default(),
            }
        })
        .collect();
    let documents = unit
        .slots
        .iter()
        .flat_map(|slot| files.iter().filter(move |file| file.slot == slot.id))
        .filter_map(|file| file.document.clone())
        .collect();
    let tables = unit
        .slots
        .iter()
        .filter_map(|slot| {
            if slot.kind == "declaration" {
                return declared.map(|day| declaration(&slot.id, day));
            }
            let table = rows.iter().find(|table| table.slot == slot.id)?;
            (takes_rows(slot) && !table.rows.is_empty()).then(|| read_rows(slot, &table.rows).table)
        })
        .collect();
    Evidence {
        slots,
        documents,
        tables,
    }
}

/// An accepted declaration, as a table of one row.
pub fn declaration(slot: &str, day: chrono::NaiveDate) -> Table {
    let column = |id: &str, title: &str, kind: &str, cell: String, number: f64| TableColumn {
        id: id.to_owned(),
        title: title.to_owned(),
        kind: kind.to_owned(),
        present: true,
        cells: cell,
        written: String::new(),
        numbers: vec![number],
    };
    let epoch = chrono::NaiveDate::default();
    #[expect(
        clippy::cast_precision_loss,
        reason = "days since 1970 are exact in 53 bits"
    )]
    let days = (day - epoch).num_days() as f64;
    Table {
        slot: slot.to_owned(),
        item: 0,
        title: String::new(),
        row_count: 1,
        columns: vec![
            column("accepted", "Accepted", "yes-no", "yes".to_owned(), 1.0),
            column("date", "Date", "date", day.to_string(), days),
        ],
        source_row: vec![1],
    }
}

/// Runs the unit's checks with the settings of `unit`. A failure of the plugin is
/// part of the report: it is for the assessor to know, and stops nobody. Work that was handed in is
/// checked as of that day, whenever the checks run again, and as far as `role`
/// sees what was said about its parts.
///
/// # Errors
/// [`Problem::Storage`] where the database fails.
pub async fn run(
    app: &App,
    plugin: &UnitPlugin,
    unit: &Unit,
    submission: &SubmissionRecord,
    role: Role,
) -> Result<CheckReport, Problem> {
    let day = |at| app.day(at);
    let today = submission.submitted_at.map_or_else(|| app.today(), day);
    let mut work = app.storage.read().await?;
    let files = load(work.as_mut(), Some(unit), submission, role).await?;
    let tables = work.tables(submission.id).await?;
    let previous = previous(app, unit, work.as_mut(), submission).await?;
    drop(work);
    let evidence = evidence(unit, &files, &tables, submission.declared_at.map(day));
    let left = app.centre.submissions.saturating_sub(submission.number);
    let context = Context::standard(unit, today, submission.number, left);
    let mut report = CheckReport::default();
    for file in &files {
        if let Some(failure) = &file.failure {
            report.failures.push(CheckFailure {
                stage: "read".to_owned(),
                code: failure.code.clone(),
                message: format!("{}: {}", file.file_name, failure.message),
            });
        }
    }
    match app.units.check(plugin, evidence, context, previous).await {
        Ok(findings) => report.findings = findings,
        Err(failure) => {
            tracing::warn!(
                unit.id = plugin.identity().id,
                code = failure.code(),
                "a unit's checks could not run"
            );
            report.failures.push(CheckFailure {
                stage: "check".to_owned(),
                code: failure.code().to_owned(),
                message: failure.message(),
            });
        }
    }
    Ok(report)
}

/// Runs the checks and keeps what they found as the learner's report.
pub(crate) async fn run_and_keep(
    app: &App,
    visit: &Visit,
    submission: &SubmissionRecord,
) -> Result<CheckReport, Problem> {
    let (plugin, unit) = (visit.plugin()?, visit.unit()?);
    let report = run(app, plugin, unit, submission, Role::Learner).await?;
    let mut work = app.storage.write().await?;
    let record = CheckRecord {
        submission: submission.id,
        report,
        plugin: plugin_record(plugin),
        overlays: Some(visit.unit_overlays()),
        at: app.now(),
    };
    work.put_check(&record).await?;
    work.save().await?;
    Ok(record.report)
}

/// Runs the checks for those who mark, by the version and the settings that the
/// work was checked with, and keeps what they found beside the learner's report.
pub(crate) async fn run_for_assessor(
    app: &App,
    visit: &Visit,
    submission: &SubmissionRecord,
) -> Result<(), Problem> {
    let plugin = plugin_of(app, visit, submission)?;
    let mut work = app.storage.read().await?;
    let overlays = for_assessor(work.as_mut(), submission)
        .await?
        .and_then(|check| check.overlays)
        .unwrap_or_else(|| visit.unit_overlays());
    drop(work);
    let unit = unit_in_force(&plugin, &overlays);
    let report = run(app, &plugin, &unit, submission, Role::Assessor).await?;
    let mut work = app.storage.write().await?;
    work.put_recheck(&CheckRecord {
        submission: submission.id,
        report,
        plugin: plugin_record(&plugin),
        overlays: Some(overlays),
        at: app.now(),
    })
    .await?;
    work.save().await?;
    Ok(())
}

/// Whether a report is older than the draft it is about, or would come out
/// otherwise today or with the unit as it is now.
pub fn is_stale(
    app: &App,
    visit: &Visit,
    submission: &SubmissionRecord,
    check: &CheckRecord,
) -> bool {
    let digest = visit
        .plugin
        .as_ref()
        .map(|plugin| &plugin.identity().digest);
    check.at < submission.changed_at
        || app.day(check.at) != app.today()
        || Some(&check.plugin.digest) != digest
        || check.overlays.as_ref() != Some(&visit.unit_overlays())
}

/// What assessors go by: the report after their corrections of the mapping, or of
/// checks that ran later, else the one of what was handed in.
pub(crate) async fn for_assessor(
    work: &mut dyn UnitOfWork,
    submission: &SubmissionRecord,
) -> Result<Option<CheckRecord>, Problem> {
    Ok(match work.recheck(submission.id).await? {
        Some(again) => Some(again),
        None => work.check(submission.id).await?,
    })
}

/// The submission before this one as a unit sees it.
async fn previous(
    app: &App,
    unit: &Unit,
    work: &mut dyn UnitOfWork,
    submission: &SubmissionRecord,
) -> Result<Option<Attempt>, Problem> {
    let Some(earlier) = earlier(work, unit, submission).await? else {
        return Ok(None);
    };
    let record = &earlier.submission;
    let declared = record.declared_at.map(|at| app.day(at));
    Ok(Some(Attempt {
        number: record.number,
        submitted: app.day(record.submitted_at.unwrap_or(record.changed_at)),
        evidence: evidence(unit, &earlier.files, &earlier.tables, declared),
        decisions: earlier
            .decision
            .map(|decision| decision.outcome.criteria)
            .unwrap_or_default(),
    }))
}
