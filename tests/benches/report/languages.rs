//! One unit in Rust, JavaScript and Python (`plugins/examples`): what a call
//! costs that has nothing to look for, and one that looks through a document and
//! a record; beside it the same code without a sandbox.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use assessment::evidence::{Document, Evidence, ReadColumn, ReadDocument, ReadTable, SlotState};
use assessment::sections;
use assessment::table::{matching, table};
use assessment::unit::Unit;
use end_to_end::components;
use serde_json::Value;
use unit_host::{CallLimits, Limits, Settings, UnitHost, UnitPlugin};
use unit_sdk::{Plugin, wit};
use workplace_induction::WorkplaceInduction;

use crate::{CALLS, context, row};

/// Words of the statement, and the sections that they stand in.
const WORDS: usize = 2_500;
const HEADINGS: [&str; 10] = [
    "AC 1.1 Describe the workplace and the people in it",
    "Where it is",
    "Who is there",
    "AC 1.2 Explain how to stay safe at work",
    "Fire",
    "Machines",
    "Lifting",
    "AC 2.2 Reflect on what was learnt and what comes next",
    "What was new",
    "What I would like to learn",
];
const SENTENCE: &str = "On the first day I was shown the way out, the people whom I would work with and the café, and I wrote down what I did not know yet.";
/// Rows and columns of the record.
const ROWS: usize = 200;
const COLUMNS: [(&str, &str); 12] = [
    ("Date", "2026-02-03"),
    ("Activity", "Shown how the saw is switched off"),
    ("Minutes", "45"),
    ("Reference", "D07"),
    ("With", "Person A"),
    ("Began", "09:05"),
    ("Place", "Workshop"),
    ("Goal", "Know the machine"),
    ("Tools", "Checklist"),
    ("What happened", "I switched it off and on again"),
    ("Progress", "Better than last week"),
    ("Next", "The plane"),
];

/// How a language is called, the goal of a whole check in milliseconds where
/// it does not follow from the native one, and of an empty one.
const LANGUAGES: [(&str, Option<f64>, Option<f64>); 3] = [
    ("rust", None, Some(0.030)),
    ("javascript", Some(12.0), None),
    ("python", Some(6.0), None),
];
/// Goal of the Rust unit: so many times the native check.
const TIMES_NATIVE: f64 = 1.6;

/// Two rows for each language.
pub(crate) async fn languages() -> Result<Vec<Value>> {
    let unit = unit().await?;
    let evidence = evidence(&unit)?;
    let nothing = without_work(&evidence);
    let native = native(&evidence);
    let mut rows = Vec::new();
    for (language, goal, goal_of_empty) in LANGUAGES {
        let folder = tempfile::tempdir()?;
        let (_, _, compiling) = install(folder.path(), language).await?;
        let (host, plugin, loading) = install(folder.path(), language).await?;
        let about = context(plugin.unit());
        let sheet = assessment::sheet::Sheet::empty(plugin.unit());
        let evaluate = median!(host.evaluate(&plugin, &sheet, &about).await?);
        let empty = median!(
            host.check(&plugin, nothing.clone(), about.clone(), None)
                .await?
        );
        let check = median!(
            host.check(&plugin, evidence.clone(), about.clone(), None)
                .await?
        );
        rows.push(row(
            &format!("{language}: nothing to find"),
            empty,
            "ms",
            goal_of_empty,
            &[("an empty sheet evaluated", evaluate)],
        ));
        rows.push(row(
            &format!("{language}: check"),
            check,
            "ms",
            goal.or(Some(native * TIMES_NATIVE)),
            &[
                ("native Rust", native),
                ("ratio", check / native),
                ("compiling and describing", compiling),
                ("loading from the cache and describing", loading),
            ],
        ));
    }
    Ok(rows)
}

/// Installs the unit on a host of its own, and says how many milliseconds it took.
async fn install(folder: &Path, language: &str) -> Result<(UnitHost, Arc<UnitPlugin>, f64)> {
    let limits = Limits::default();
    let host = UnitHost::new(Settings {
        cache_dir: folder.to_owned(),
        cache_key: [7; 32],
        limits: Limits {
            units: CallLimits {
                time: Duration::from_mins(1),
                ..limits.units
            },
            ..limits
        },
        compile_job: None,
    })?;
    let name = format!("examples/workplace-induction-{language}.wasm");
    let path = components().with_file_name(name);
    let component = std::fs::read(&path)
        .with_context(|| format!("{} is missing; run `cargo xtask plugins`", path.display()))?;
    let started = Instant::now();
    let plugin = host.install_unit(component).await?;
    Ok((host, plugin, started.elapsed().as_secs_f64() * 1e3))
}

async fn unit() -> Result<Unit> {
    let folder = tempfile::tempdir()?;
    let (_, plugin, _) = install(folder.path(), "rust").await?;
    Ok(plugin.unit().clone())
}

fn evidence(unit: &Unit) -> Result<Evidence> {
    let words = SENTENCE.split(' ').count();
    let sentences = WORDS / HEADINGS.len() / words;
    let mut lines = Vec::new();
    for heading in HEADINGS {
        lines.push((heading, 1));
        lines.extend(std::iter::repeat_n((SENTENCE, 0), sentences));
    }
    let text: Vec<&str> = lines.iter().map(|(line, _)| *line).collect();
    let read = ReadDocument {
        text: text.join("\n"),
        kind: lines.iter().map(|(_, kind)| *kind).collect(),
        level: lines.iter().map(|(_, kind)| *kind).collect(),
        style: vec![0; lines.len()],
        part: vec![0; lines.len()],
        ..ReadDocument::default()
    };
    let mut document = Document::new("statement", 0, "statement.docx", read)?;
    document.sections = sections::find(unit, &document);
    let columns = COLUMNS.iter().map(|(heading, cell)| ReadColumn {
        heading: (*heading).to_owned(),
        kind: vec![1; ROWS],
        cells: vec![*cell; ROWS].join("\n"),
        written: String::new(),
    });
    let read = ReadTable {
        row_count: u32::try_from(ROWS)?,
        columns: columns.collect(),
        source_row: (2..).take(ROWS).collect(),
        headings: "marked".to_owned(),
        ..ReadTable::default()
    };
    let slot = &unit.slots[1];
    let (record, _) = table(
        slot,
        0,
        "record.xlsx",
        &read,
        &matching(slot, &read),
        "en-GB",
    );
    let slots = unit.slots.iter().map(|slot| SlotState {
        slot: slot.id.clone(),
        state: "given".to_owned(),
        note: String::new(),
    });
    Ok(Evidence {
        slots: slots.collect(),
        documents: vec![document],
        tables: vec![record],
    })
}

/// The record for another slot, so that the unit gets all of it and finds nothing
/// to add up, and no document.
fn without_work(evidence: &Evidence) -> Evidence {
    let mut evidence = evidence.clone();
    evidence.documents.clear();
    for table in &mut evidence.tables {
        "another".clone_into(&mut table.slot);
    }
    evidence
}

/// Milliseconds of the same check in this process.
fn native(evidence: &Evidence) -> f64 {
    let (evidence, context) = (
        as_wit(evidence),
        unit_sdk::testing::context(&WorkplaceInduction::describe()),
    );
    let mut times = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        // What a call gets is its own, as in the sandbox.
        let given = evidence.clone();
        let started = Instant::now();
        let findings = WorkplaceInduction::check(unit_sdk::Evidence::new(&given), &context, None);
        std::hint::black_box(findings.ok());
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    times[CALLS / 2]
}

fn as_wit(evidence: &Evidence) -> wit::Evidence {
    let slots = evidence.slots.iter().map(|state| wit::SlotState {
        slot: state.slot.clone(),
        state: state.state.clone(),
        note: state.note.clone(),
    });
    let section = |section: &assessment::evidence::Section| wit::Section {
        kind: section.kind.clone(),
        id: section.id.clone(),
        heading: section.heading,
        start: section.start,
        end: section.end,
        words: section.words,
        found_by: section.found_by.clone(),
    };
    let documents = evidence.documents.iter().map(|document| wit::Document {
        slot: document.slot.clone(),
        item: document.item,
        file_name: document.file_name.clone(),
        text: document.read.text.clone(),
        labels: document.read.labels.clone(),
        kind: document.read.kind.clone(),
        level: document.read.level.clone(),
        style: document.read.style.clone(),
        part: document.read.part.clone(),
        start: document.start.clone(),
        end: document.end.clone(),
        words: document.words.clone(),
        more: Vec::new(),
        sections: document.sections.iter().map(section).collect(),
        warnings: Vec::new(),
    });
    let column = |column: &assessment::evidence::TableColumn| wit::TableColumn {
        id: column.id.clone(),
        title: column.title.clone(),
        kind: column.kind.clone(),
        present: column.present,
        cells: column.cells.clone(),
        written: column.written.clone(),
        numbers: column.numbers.clone(),
    };
    let tables = evidence.tables.iter().map(|table| wit::Table {
        slot: table.slot.clone(),
        item: table.item,
        title: table.title.clone(),
        row_count: table.row_count,
        columns: table.columns.iter().map(column).collect(),
        source_row: table.source_row.clone(),
    });
    wit::Evidence {
        slots: slots.collect(),
        documents: documents.collect(),
        tables: tables.collect(),
    }
}
