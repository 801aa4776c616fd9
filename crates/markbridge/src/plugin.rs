//! `markbridge plugin`.

mod versions;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use assessment::evidence::{Document, Evidence, ReadFailure, ReadTable, SlotState, Table};
use assessment::finding::Finding;
use assessment::sections;
use assessment::sheet::{Award, Sheet};
use assessment::table::{CellProblem, Matching, matching, table};
use assessment::unit::{Slot, Unit, Value};
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::{Map, Number, json};
use unit_host::{Content, Context as UnitContext, FileToRead, UnitHost, UnitPlugin, Wanted};

use crate::overlay::OverlayFile;
use crate::settings::Settings;
use crate::{complain, compose, overlay, say};

/// Language that decides which of `03/04/2026` is the month.
const LOCALE: &str = "en-GB";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List plugins with their versions.
    List,
    /// Install a plugin that is signed with a trusted key, or whose digest is named.
    Install(versions::Install),
    /// Choose the version of a plugin that work begins with.
    Pin(versions::Pin),
    /// Run a unit's checks over evidence files, without a database.
    Check(Check),
    /// Work out what a mark sheet comes to.
    Evaluate(Evaluate),
    /// Print what the centre's overlays change of a unit.
    Overlay {
        /// A component file, or the id of a unit in the plugin folder.
        component: String,
        /// An overlay file; all of the overlay folder where it is not given.
        file: Option<PathBuf>,
    },
    /// Print the import template of a slot that takes a table.
    Template {
        /// A component file, or the id of a unit in the plugin folder.
        component: String,
        /// The slot.
        slot: String,
        /// As comma-separated text, or as a workbook.
        #[arg(long, value_enum, default_value = "csv")]
        format: TemplateFormat,
    },
}

/// The form of an import template.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum TemplateFormat {
    /// Comma-separated text.
    Csv,
    /// A workbook with typed columns.
    Xlsx,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// A component file, or the id of a unit in the plugin folder.
    component: String,
    /// Evidence as SLOT=FILE; may be given several times.
    #[arg(long, value_name = "SLOT=FILE", required = true)]
    evidence: Vec<String>,
    /// The date that checks see; today where it is not given.
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<NaiveDate>,
    /// An overlay file to lay over the unit.
    #[arg(long, value_name = "FILE")]
    overlay: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// A component file, or the id of a unit in the plugin folder.
    component: String,
    /// Marks as CRITERION=MARKS, separated by commas; what is left out is not marked.
    #[arg(
        long,
        conflicts_with = "decisions",
        required_unless_present = "decisions"
    )]
    marks: Option<String>,
    /// Decisions as CRITERION=pass or CRITERION=referral, separated by commas.
    #[arg(long)]
    decisions: Option<String>,
    /// An overlay file to lay over the unit.
    #[arg(long, value_name = "FILE")]
    overlay: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(settings: &Settings, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::List => {
            versions::list(settings).await?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Install(arguments) => {
            versions::install(settings, arguments).await?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Pin(arguments) => {
            versions::pin(settings, arguments).await?;
            return Ok(ExitCode::SUCCESS);
        }
        _ => {}
    }
    let host = compose::units(settings).await?;
    match command {
        Command::List | Command::Install(_) | Command::Pin(_) => {}
        Command::Check(arguments) => check(&host, arguments).await?,
        Command::Evaluate(arguments) => evaluate(&host, arguments).await?,
        Command::Overlay { component, file } => {
            let plugin = plugin(&host, &component).await?;
            let files = match file {
                Some(file) => vec![OverlayFile::read(file)?],
                None => overlay::load(settings, &host)?,
            };
            overlay::print(plugin.unit(), &files)?;
        }
        Command::Template {
            component,
            slot,
            format,
        } => {
            let plugin = plugin(&host, &component).await?;
            let unit = plugin.unit();
            let slot_of = unit.slot(&slot);
            let template = match format {
                TemplateFormat::Csv => slot_of
                    .and_then(Slot::import_template)
                    .map(String::into_bytes),
                TemplateFormat::Xlsx => slot_of.and_then(assessment::table::template),
            };
            let template = template.with_context(|| {
                let tables = unit.slots.iter().filter(|slot| slot.kind == "table");
                let known: Vec<_> = tables.map(|slot| slot.id.as_str()).collect();
                let known = if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                };
                format!("the unit takes no table in `{slot}`; slots with tables: {known}")
            })?;
            std::io::stdout()
                .write_all(&template)
                .context("the template could not be printed")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn plugin(host: &UnitHost, component: &str) -> anyhow::Result<Arc<UnitPlugin>> {
    let path = Path::new(component);
    if path.is_file() {
        let bytes = std::fs::read(path).with_context(|| format!("{component} cannot be read"))?;
        return host
            .install_unit(bytes)
            .await
            .with_context(|| format!("{component} cannot be used"));
    }
    host.unit(component).with_context(|| {
        let known: Vec<_> = host
            .units()
            .iter()
            .map(|plugin| plugin.identity().id.clone())
            .collect();
        format!(
            "there is neither a file nor an installed unit `{component}`; installed: {}",
            if known.is_empty() {
                "none (in a clone, `cargo xtask plugins` builds them)".to_owned()
            } else {
                known.join(", ")
            }
        )
    })
}

/// The unit, with an overlay laid over it where one is given.
fn laid(plugin: &UnitPlugin, overlay: Option<PathBuf>) -> anyhow::Result<Unit> {
    match overlay {
        Some(file) => OverlayFile::read(file)?.laid_over(plugin.unit()),
        None => Ok(plugin.unit().clone()),
    }
}

async fn check(host: &UnitHost, arguments: Check) -> anyhow::Result<()> {
    let plugin = plugin(host, &arguments.component).await?;
    let unit = &laid(&plugin, arguments.overlay)?;
    let today = arguments
        .today
        .unwrap_or_else(|| compose::now().date_naive());
    let mut evidence = Evidence::default();
    let mut tables = Vec::new();
    let mut failures = Vec::new();
    let mut unread = Vec::new();
    for given in &arguments.evidence {
        let (slot, file) = given
            .split_once('=')
            .with_context(|| format!("`{given}` is not SLOT=FILE"))?;
        let slot = fileable(unit, slot)?;
        let path = PathBuf::from(file);
        let bytes = std::fs::read(&path).with_context(|| format!("{file} cannot be read"))?;
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let items = match slot.kind.as_str() {
            "table" => evidence.tables.iter().filter(|t| t.slot == slot.id).count(),
            _ => evidence
                .documents
                .iter()
                .filter(|d| d.slot == slot.id)
                .count(),
        };
        let item = u32::try_from(items).unwrap_or(u32::MAX);
        let read = match slot.kind.as_str() {
            "table" => rows(host, slot, item, &name, bytes)
                .await
                .map(|(table, problems)| {
                    tables.push(printed_table(&name, &table, &problems));
                    evidence.tables.push(table);
                }),
            _ => document(host, unit, &slot.id, item, &name, bytes)
                .await
                .map(|document| evidence.documents.push(document)),
        };
        if let Err(ReadFailure { code, message }) = read {
            failures.push(
                json!({ "stage": "read", "code": code, "message": format!("{name}: {message}") }),
            );
            unread.push((slot.id.clone(), message));
        }
    }
    evidence.slots = unit
        .slots
        .iter()
        .map(|slot| {
            let problem = unread.iter().find(|(unread, _)| *unread == slot.id);
            let given = evidence
                .documents
                .iter()
                .any(|document| document.slot == slot.id)
                || evidence.tables.iter().any(|table| table.slot == slot.id);
            SlotState {
                slot: slot.id.clone(),
                state: match problem {
                    Some(_) => "unreadable",
                    None if given => "given",
                    None => "empty",
                }
                .to_owned(),
                note: problem
                    .map(|(_, message)| message.clone())
                    .unwrap_or_default(),
            }
        })
        .collect();
    let documents: Vec<_> = evidence.documents.iter().map(printed_document).collect();
    let context = UnitContext::standard(unit, today, 1, 1);
    let findings = match host.check(&plugin, evidence, context, None).await {
        Ok(findings) => findings,
        Err(failure) => {
            failures.push(
                json!({ "stage": "check", "code": failure.code(), "message": failure.message() }),
            );
            for line in failure.log() {
                complain(&format!("log: {line}"));
            }
            Vec::new()
        }
    };
    let identity = plugin.identity();
    let report = json!({
        "plugin": { "id": identity.id, "version": identity.version, "digest": identity.digest },
        "documents": documents,
        "tables": tables,
        "findings": findings.iter().map(printed_finding).collect::<Vec<_>>(),
        "failures": failures,
    });
    if arguments.json {
        say(&report.to_string());
        return Ok(());
    }
    for table in &tables {
        for problem in table["problems"].as_array().into_iter().flatten() {
            say(&format!(
                "row {} {}: {}",
                problem["row"],
                problem["field"].as_str().unwrap_or_default(),
                problem["message"].as_str().unwrap_or_default()
            ));
        }
    }
    for finding in &findings {
        let criterion = finding.criterion.as_deref().unwrap_or("-");
        say(&format!(
            "{criterion:4} {:14} {:18} {}",
            finding.status, finding.rule, finding.message
        ));
    }
    for failure in &failures {
        say(&format!(
            "failed: {} ({})",
            failure["message"].as_str().unwrap_or_default(),
            failure["code"].as_str().unwrap_or_default()
        ));
    }
    Ok(())
}

/// The slot of this id, if files can be given for it.
fn fileable<'u>(unit: &'u Unit, id: &str) -> anyhow::Result<&'u Slot> {
    let takes_files = |slot: &&Slot| matches!(slot.kind.as_str(), "document" | "table");
    let found = unit
        .slots
        .iter()
        .filter(takes_files)
        .find(|slot| slot.id == id);
    found.with_context(|| {
        let known: Vec<_> = unit
            .slots
            .iter()
            .filter(takes_files)
            .map(|slot| slot.id.as_str())
            .collect();
        format!(
            "the unit has no slot `{id}` for files; it has {}",
            known.join(", ")
        )
    })
}

async fn read(
    host: &UnitHost,
    name: &str,
    bytes: Vec<u8>,
    wanted: Wanted,
) -> Result<Content, ReadFailure> {
    let file = FileToRead {
        bytes,
        media_type: String::new(),
        name: name.to_owned(),
        wanted,
        locale: LOCALE.to_owned(),
    };
    host.read(file).await
}

async fn document(
    host: &UnitHost,
    unit: &Unit,
    slot: &str,
    item: u32,
    name: &str,
    bytes: Vec<u8>,
) -> Result<Document, ReadFailure> {
    let Content::Document(read) = read(host, name, bytes, Wanted::Document).await? else {
        return Err(broken("the reader gave tables"));
    };
    let mut document =
        Document::new(slot, item, name, read).map_err(|error| broken(&error.to_string()))?;
    document.sections = sections::find(unit, &document);
    Ok(document)
}

/// The rows of the file's table that has most of the slot's columns.
async fn rows(
    host: &UnitHost,
    slot: &Slot,
    item: u32,
    name: &str,
    bytes: Vec<u8>,
) -> Result<(Table, Vec<CellProblem>), ReadFailure> {
    let Content::Tables(read) = read(host, name, bytes, Wanted::Tables).await? else {
        return Err(broken("the reader gave a document"));
    };
    let matched = |(_, matching): &(ReadTable, Matching)| {
        matching
            .fields
            .iter()
            .filter(|field| field.column.is_some())
            .count()
    };
    let best = read
        .into_iter()
        .map(|read| {
            let matching = matching(slot, &read);
            (read, matching)
        })
        // Of equal ones the first counts.
        .rev()
        .max_by_key(matched);
    let (read, matching) = best.ok_or_else(|| ReadFailure {
        code: "empty".to_owned(),
        message: "The file holds no rows.".to_owned(),
    })?;
    Ok(table(slot, item, name, &read, &matching, LOCALE))
}

fn broken(problem: &str) -> ReadFailure {
    ReadFailure {
        code: "reader-failed".to_owned(),
        message: problem.to_owned(),
    }
}

fn printed_table(name: &str, table: &Table, problems: &[CellProblem]) -> serde_json::Value {
    let problems: Vec<_> = problems
        .iter()
        .map(|problem| {
            json!({
                "row": problem.source_row,
                "field": problem.field,
                "written": problem.written,
                "code": problem.code,
                "message": problem.message,
            })
        })
        .collect();
    json!({ "slot": table.slot, "file": name, "rows": table.row_count, "problems": problems })
}

fn printed_document(document: &Document) -> serde_json::Value {
    let sections: Vec<_> = document
        .sections
        .iter()
        .filter(|section| section.kind == "criterion")
        .map(|section| {
            let heading = section
                .heading
                .map(|heading| document.block(heading as usize))
                .unwrap_or_default();
            json!({ "criterion": section.id, "heading": heading, "words": section.words })
        })
        .collect();
    json!({ "slot": document.slot, "file": document.file_name, "words": document.body_words(), "sections": sections })
}

fn printed_finding(finding: &Finding) -> serde_json::Value {
    let mut detail = Map::new();
    for entry in &finding.details {
        detail.insert(entry.key.clone(), printed_value(&entry.value));
    }
    json!({
        "rule": finding.rule,
        "criterion": finding.criterion,
        "status": finding.status,
        "message": finding.message,
        "detail": detail,
        "source": finding.source,
    })
}

fn printed_value(value: &Value) -> serde_json::Value {
    match value {
        Value::Flag(flag) => json!(flag),
        Value::Number(number) => whole(*number),
        Value::Text(text) => json!(text),
        Value::Texts(texts) => json!(texts),
        Value::Counts(counts) => counts
            .iter()
            .map(|(name, number)| (name.clone(), whole(*number)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Grid(rows) => json!(rows),
    }
}

/// A number without a fraction is printed without one.
fn whole(number: f64) -> serde_json::Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        return Number::from(number as i64).into();
    }
    json!(number)
}

async fn evaluate(host: &UnitHost, arguments: Evaluate) -> anyhow::Result<()> {
    let plugin = plugin(host, &arguments.component).await?;
    let unit = &laid(&plugin, arguments.overlay)?;
    let mut sheet = Sheet::empty(unit);
    let parts = unit.sheet.parts_per_mark.max(1);
    let (mode, given) = match (&arguments.marks, &arguments.decisions) {
        (Some(marks), _) => ("marks", marks),
        (None, Some(decisions)) => ("pass-referral", decisions),
        (None, None) => bail!("give --marks or --decisions"),
    };
    mode.clone_into(&mut sheet.mode);
    if mode == "marks" && unit.criteria().all(|criterion| criterion.maximum == 0) {
        bail!(
            "the unit prints no marks; give the centre's own with --overlay, or give --decisions"
        );
    }
    for pair in given
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
    {
        let (criterion, value) = pair
            .split_once('=')
            .with_context(|| format!("`{pair}` is not CRITERION=VALUE"))?;
        let entry = sheet
            .entries
            .iter_mut()
            .find(|entry| entry.criterion == criterion.trim())
            .with_context(|| format!("the unit has no criterion `{criterion}`"))?;
        let value = value.trim();
        entry.award = if value.is_empty() {
            Award::Undecided
        } else if mode == "marks" {
            let marks: u32 = value
                .parse()
                .with_context(|| format!("`{value}` for {criterion} is not a whole mark"))?;
            Award::Marks(
                marks
                    .checked_mul(parts)
                    .with_context(|| format!("`{value}` for {criterion} is too large"))?,
            )
        } else {
            Award::Decision(value.to_owned())
        };
    }
    let context = UnitContext::standard(unit, compose::now().date_naive(), 1, 1);
    let outcome = host
        .evaluate(&plugin, &sheet, &context)
        .await
        .map_err(|failure| anyhow::anyhow!(failure.message()))?;
    let marks = |parts_of_marks: u32| whole(f64::from(parts_of_marks) / f64::from(parts));
    let criteria: Vec<_> = sheet
        .entries
        .iter()
        .zip(&outcome.criteria)
        .map(|(entry, criterion)| {
            let awarded = match &entry.award {
                Award::Undecided => serde_json::Value::Null,
                Award::Marks(awarded) => marks(*awarded),
                Award::Decision(decision) => json!(decision),
            };
            json!({
                "id": entry.criterion,
                "awarded": awarded,
                "maximum": marks(entry.maximum),
                "minimum": marks(entry.minimum),
                "met": criterion.met,
            })
        })
        .collect();
    if arguments.json {
        say(&json!({
            "outcome": outcome.verdict.word(),
            "total": outcome.total.map(marks),
            "maximum": outcome.maximum.map(marks),
            "percent": outcome.percent(),
            "criteria": criteria,
            "reasons": outcome.reasons,
        })
        .to_string());
    } else {
        let total = outcome
            .total
            .zip(outcome.maximum)
            .map(|(total, maximum)| format!(", {} of {}", marks(total), marks(maximum)));
        say(&format!(
            "{}{}",
            outcome.verdict.word(),
            total.unwrap_or_default()
        ));
        for reason in &outcome.reasons {
            say(&format!("  {reason}"));
        }
    }
    Ok(())
}
