//! One unit in Rust, JavaScript and Python (`plugins/examples`): what a call
//! costs that has nothing to look for, and one that looks through a document and
//! a record. Beside it the same code without a sandbox, and as a plugin of
//! another host, Extism. Then both mentoring units beside themselves without a sandbox.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use assessment::evidence::{Document, Evidence, ReadColumn, ReadDocument, ReadTable, SlotState};
use assessment::sections;
use assessment::table::{matching, table};
use assessment::unit::Unit;
use end_to_end::{components, fixture, target, units};
use serde_json::{Value, json};
use unit_host::{CallLimits, Limits, Settings, UnitHost, UnitPlugin};
use unit_sdk::{Plugin, wit};
use workplace_induction::WorkplaceInduction;

use crate::{CALLS, as_evidence, context, read, row, sixty_rows, to_read};

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

/// How a language is called, and the goal of a whole check in milliseconds where
/// it does not follow from others.
const LANGUAGES: [(&str, Option<f64>); 3] = [
    ("rust", None),
    ("javascript", Some(12.0)),
    ("python", Some(6.0)),
];
/// Goals in milliseconds: the fresh instance of a unit in Rust, and a check by it
/// that only takes the evidence.
const INSTANCE: f64 = 0.004;
const EMPTY: f64 = 0.030;
/// Goals of a check in Rust: so many times the native one, and so much of Extism's.
const TIMES_NATIVE: f64 = 1.6;
const OF_EXTISM: f64 = 0.5;
/// How long calls are counted on two threads.
const COUNTING: Duration = Duration::from_secs(1);

/// The rows of all languages.
pub(crate) async fn languages() -> Result<Vec<Value>> {
    let unit = unit().await?;
    let evidence = evidence(&unit)?;
    let extism = extism(&evidence)?;
    let extism = |what: &str| extism[what].as_f64().unwrap_or(f64::NAN);
    let mut rows = vec![
        instance(&evidence).await?,
        empty(&without_work(&evidence), extism("empty")).await?,
    ];
    for (language, goal) in LANGUAGES {
        let folder = tempfile::tempdir()?;
        let component = example(&format!("workplace-induction-{language}"));
        let (_, _, compiling) = install(folder.path(), &component).await?;
        let (host, plugin, loading) = install(folder.path(), &component).await?;
        let native = native::<WorkplaceInduction>(&evidence);
        let check = check_beside(&host, &plugin, &evidence, native).await?;
        let nothing = self::check(&host, &plugin, &without_work(&evidence)).await?;
        let mut beside = vec![
            ("with the change of thread", check.answered),
            ("nothing to find", nothing.call),
            ("compiling and describing", compiling),
            ("loading from the cache and describing", loading),
        ];
        if goal.is_none() {
            beside.extend([("Extism compiling", extism("compile"))]);
        }
        rows.push(row(
            &format!("{language}: check"),
            check.call,
            "ms",
            goal,
            &beside,
        ));
        if goal.is_none() {
            rows.extend([
                beside_native("rust: beside native", &check),
                row(
                    "rust: beside Extism",
                    check.call / extism("check"),
                    "x",
                    Some(OF_EXTISM),
                    &[
                        ("ours", check.call),
                        ("Extism", extism("check")),
                        ("Extism, one instance for all calls", extism("check_reused")),
                    ],
                ),
                two_threads(&host, &plugin, &evidence, extism("checks_per_second")).await?,
            ]);
        }
    }
    rows.extend(mentoring().await?);
    Ok(rows)
}

fn beside_native(name: &str, check: &Checked) -> Value {
    row(
        name,
        check.call / check.beside,
        "x",
        Some(TIMES_NATIVE),
        &[
            ("in the sandbox", check.call),
            ("with the change of thread", check.answered),
            ("native", check.beside),
        ],
    )
}

/// Until a fresh instance stands: the median of calls that keep an account and do
/// nothing else; beside it the same in the middle of whole checks.
async fn instance(evidence: &Evidence) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let host = UnitHost::with_accounts(settings(folder.path()))?;
    let mut starts = Vec::new();
    for (name, evidence) in [
        ("empty", &Evidence::default()),
        ("workplace-induction-rust", evidence),
    ] {
        let plugin = host.install_unit(std::fs::read(example(name))?).await?;
        // The first half warms up.
        for _ in 0..2 * CALLS {
            let about = context(plugin.unit());
            host.check(&plugin, evidence.clone(), about, None).await?;
        }
        let accounts = host.take_accounts().split_off(CALLS);
        let mut times: Vec<f64> = accounts
            .iter()
            .map(|account| account.start.as_secs_f64() * 1e3)
            .collect();
        times.sort_by(f64::total_cmp);
        starts.push(times[times.len() / 2]);
    }
    Ok(row(
        "rust: store and instance",
        starts[0],
        "ms",
        Some(INSTANCE),
        &[("between whole checks", starts[1])],
    ))
}

/// A check that takes the evidence and finds nothing.
async fn empty(evidence: &Evidence, extism: f64) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let (host, plugin, _) = install(folder.path(), &example("empty")).await?;
    let check = check(&host, &plugin, evidence).await?;
    Ok(row(
        "rust: empty check",
        check.call,
        "ms",
        Some(EMPTY),
        &[
            ("with the change of thread", check.answered),
            ("Extism", extism),
            ("ratio", check.call / extism),
        ],
    ))
}

/// Checks a second while two callers ask without a pause, beside one caller.
async fn two_threads(
    host: &UnitHost,
    plugin: &Arc<UnitPlugin>,
    evidence: &Evidence,
    extism: f64,
) -> Result<Value> {
    let mut rates = Vec::new();
    for callers in [1, 2] {
        let until = Instant::now() + COUNTING;
        let asking: Vec<_> = (0..callers)
            .map(|_| {
                let (host, plugin, evidence) = (host.clone(), plugin.clone(), evidence.clone());
                tokio::spawn(async move {
                    let mut calls = 0;
                    while Instant::now() < until {
                        let about = context(plugin.unit());
                        host.check(&plugin, evidence.clone(), about, None).await?;
                        calls += 1;
                    }
                    anyhow::Ok(calls)
                })
            })
            .collect();
        let mut calls = 0;
        for caller in asking {
            calls += caller.await??;
        }
        rates.push(f64::from(calls) / COUNTING.as_secs_f64());
    }
    Ok(row(
        "rust: two at once",
        rates[1],
        "checks/s",
        None,
        &[
            ("one at a time", rates[0]),
            ("ratio", rates[1] / rates[0]),
            ("Extism, two at once", extism),
        ],
    ))
}

/// Both mentoring units: the strong assignment, and sixty rows of a diary.
async fn mentoring() -> Result<[Value; 2]> {
    let host = units().await?;
    let strong = to_read("304-strong.docx", fixture("304-strong/304-strong.docx"));
    let diary = to_read("diary.xlsx", sixty_rows()?);
    Ok([
        mentoring_unit::<ilm_8577_304::Mentoring>(&host, "ilm-8577-304", strong).await?,
        mentoring_unit::<ilm_8577_306::ExtendedMentoring>(&host, "ilm-8577-306", diary).await?,
    ])
}

async fn mentoring_unit<P: Plugin>(
    host: &UnitHost,
    id: &str,
    file: unit_host::FileToRead,
) -> Result<Value> {
    let plugin = host.unit(id).context("the unit is not installed")?;
    let name = file.name.clone();
    let evidence = as_evidence(plugin.unit(), &name, read(host, file).await?)?;
    let check = check_beside(host, &plugin, &evidence, native::<P>(&evidence)).await?;
    Ok(beside_native(&format!("{id}: beside native"), &check))
}

/// Medians of a check in milliseconds.
struct Checked {
    /// From the fresh store to its end, on the thread of the call, as native code
    /// and Extism are measured.
    call: f64,
    /// Until who asked has the findings: with the change to that thread and back.
    answered: f64,
    /// What was measured in turn with it.
    beside: f64,
}

async fn check(host: &UnitHost, plugin: &UnitPlugin, evidence: &Evidence) -> Result<Checked> {
    check_beside(host, plugin, evidence, || Duration::ZERO).await
}

/// Checks the evidence, given each time as by a server that has just read it, in
/// turn with something else: on a busy machine both have their share of bad times.
async fn check_beside(
    host: &UnitHost,
    plugin: &UnitPlugin,
    evidence: &Evidence,
    mut other: impl FnMut() -> Duration,
) -> Result<Checked> {
    let about = context(plugin.unit());
    let ran = || {
        let health = host.health().into_iter();
        let mut of_it = health.filter(|health| health.id == plugin.identity().id);
        of_it.next().map_or(Duration::ZERO, |health| health.time)
    };
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..CALLS {
        let (evidence, about) = (evidence.clone(), about.clone());
        let (before, started) = (ran(), Instant::now());
        host.check(plugin, evidence, about, None).await?;
        let answered = started.elapsed();
        for (times, time) in times
            .iter_mut()
            .zip([ran().saturating_sub(before), answered, other()])
        {
            times.push(time.as_secs_f64() * 1e3);
        }
    }
    let [call, answered, beside] = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[CALLS / 2]
    });
    Ok(Checked {
        call,
        answered,
        beside,
    })
}

/// What the example costs as a plugin of Extism, by its own library.
fn extism(evidence: &Evidence) -> Result<Value> {
    let folder = target()?.join("extism");
    let given = tempfile::NamedTempFile::new()?;
    let context = unit_sdk::testing::context(&WorkplaceInduction::describe());
    serde_json::to_writer(
        &given,
        &json!({ "evidence": as_wit(evidence), "context": context }),
    )?;
    let plugin = folder.join("wasm32-unknown-unknown/release/beside_extism.wasm");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/extism/beside.py");
    let ran = Command::new(folder.join("library/bin/python"))
        .arg(script)
        .args([plugin.as_path(), given.path()])
        .arg(CALLS.to_string())
        .output()
        .context("Extism is not there; run this by `cargo xtask bench`")?;
    anyhow::ensure!(
        ran.status.success(),
        "Extism: {}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let measured: Value = serde_json::from_slice(&ran.stdout)?;
    let given = as_wit(evidence);
    let findings = WorkplaceInduction::check(unit_sdk::Evidence::new(&given), &context, None);
    anyhow::ensure!(
        measured["findings"] == findings.unwrap_or_default().len(),
        "Extism's plugin found something else"
    );
    Ok(measured)
}

fn example(name: &str) -> PathBuf {
    components().with_file_name(format!("examples/{name}.wasm"))
}

fn settings(folder: &Path) -> Settings {
    let limits = Limits::default();
    Settings {
        cache_dir: folder.to_owned(),
        cache_key: [7; 32],
        limits: Limits {
            units: CallLimits {
                time: Duration::from_mins(1),
                concurrent_calls: 2,
                ..limits.units
            },
            // One turn is always left for other plugins.
            concurrent_calls: 3,
            ..limits
        },
        compile_job: None,
    }
}

/// Installs the unit on a host of its own, and says how many milliseconds it took.
async fn install(folder: &Path, path: &Path) -> Result<(UnitHost, Arc<UnitPlugin>, f64)> {
    let host = UnitHost::new(settings(folder))?;
    let component = std::fs::read(path)
        .with_context(|| format!("{} is missing; run `cargo xtask bench`", path.display()))?;
    let started = Instant::now();
    let plugin = host.install_unit(component).await?;
    Ok((host, plugin, started.elapsed().as_secs_f64() * 1e3))
}

async fn unit() -> Result<Unit> {
    let folder = tempfile::tempdir()?;
    let (_, plugin, _) = install(folder.path(), &example("workplace-induction-rust")).await?;
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

/// A unit's check in this process, which says how long it took.
fn native<P: Plugin>(evidence: &Evidence) -> impl FnMut() -> Duration {
    let (evidence, context) = (as_wit(evidence), unit_sdk::testing::context(&P::describe()));
    move || {
        // What a call gets is its own, as in the sandbox.
        let given = evidence.clone();
        let started = Instant::now();
        let findings = P::check(unit_sdk::Evidence::new(&given), &context, None);
        std::hint::black_box(findings.ok());
        started.elapsed()
    }
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
