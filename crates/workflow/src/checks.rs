//! Running a unit's checks over a submission's evidence.

use assessment::evidence::{Evidence, SlotState, Table, TableColumn};
use assessment::finding::{CheckFailure, CheckReport};
use assessment::unit::Unit;
use storage::submissions::EvidenceRecord;
use storage::table::TableRecord;
use unit_host::{Context, UnitPlugin};

use crate::App;
use crate::table::{read_rows, takes_rows};

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
            } else if unread.is_some() {
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

fn declaration(slot: &str, day: chrono::NaiveDate) -> Table {
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

/// Runs the unit's checks with the settings of `unit`. A failure of the plugin is part of the report: it
/// is for the assessor to know, and stops nobody.
pub async fn run(
    app: &App,
    plugin: &UnitPlugin,
    unit: &Unit,
    files: &[EvidenceRecord],
    tables: &[TableRecord],
    declared: bool,
    submission: u32,
) -> CheckReport {
    let today = app.today();
    let evidence = evidence(unit, files, tables, declared.then_some(today));
    let left = app.centre.submissions.saturating_sub(submission);
    let context = Context::standard(unit, today, submission, left);
    let mut report = CheckReport::default();
    for file in files {
        if let Some(failure) = &file.failure {
            report.failures.push(CheckFailure {
                stage: "read".to_owned(),
                code: failure.code.clone(),
                message: format!("{}: {}", file.file_name, failure.message),
            });
        }
    }
    match app.units.check(plugin, evidence, context, None).await {
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
    report
}
