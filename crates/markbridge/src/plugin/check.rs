//! `markbridge plugin check`: a unit's checks over evidence files.

use std::path::PathBuf;

use anyhow::Context;
use assessment::evidence::{Document, Table};
use assessment::finding::Finding;
use assessment::table::CellProblem;
use assessment::unit::Value;
use chrono::NaiveDate;
use clap::Args;
use serde_json::{Map, json};
use unit_host::{Context as UnitContext, UnitHost};

use super::evidence::{self, Given, Unread};
use super::{laid, plugin, whole};
use crate::{complain, compose, say};

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// A component file, or the id of a unit in the plugin folder; without evidence
    /// a project's folder too.
    #[arg(default_value = ".")]
    pub(crate) component: String,
    /// Evidence as SLOT=FILE; may be given several times. Without it the report is
    /// on the component itself.
    #[arg(long, value_name = "SLOT=FILE")]
    evidence: Vec<String>,
    /// The date that checks see; today where it is not given.
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<NaiveDate>,
    /// An overlay file to lay over the unit.
    #[arg(long, value_name = "FILE")]
    overlay: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

impl Check {
    /// Whether the report is on the component itself.
    pub(crate) fn is_without_evidence(&self) -> bool {
        self.evidence.is_empty()
    }
}

pub(crate) async fn run(host: &UnitHost, arguments: Check) -> anyhow::Result<()> {
    let plugin = plugin(host, &arguments.component).await?;
    let unit = &laid(&plugin, arguments.overlay)?;
    let today = arguments
        .today
        .unwrap_or_else(|| compose::now().date_naive());
    let mut given = Vec::new();
    for one in &arguments.evidence {
        let (slot, file) = one
            .split_once('=')
            .with_context(|| format!("`{one}` is not SLOT=FILE"))?;
        given.push(Given {
            slot: slot.to_owned(),
            file: PathBuf::from(file),
        });
    }
    let gathered = evidence::gather(host, unit, &given, None).await?;
    let (evidence, unread) = (gathered.evidence, gathered.unread);
    let mut failures: Vec<_> = unread
        .iter()
        .map(|Unread { name, failure, .. }| {
            let message = format!("{name}: {}", failure.message);
            json!({ "stage": "read", "code": failure.code, "message": message })
        })
        .collect();
    let tables: Vec<_> = evidence
        .tables
        .iter()
        .zip(&gathered.problems)
        .map(|(table, problems)| printed_table(table, problems))
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

fn printed_table(table: &Table, problems: &[CellProblem]) -> serde_json::Value {
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
    json!({ "slot": table.slot, "file": table.title, "rows": table.row_count, "problems": problems })
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
