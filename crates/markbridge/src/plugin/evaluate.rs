//! `markbridge plugin evaluate`: what a mark sheet comes to.

use std::path::PathBuf;

use anyhow::{Context, bail};
use assessment::sheet::{Award, Outcome, Sheet};
use assessment::unit::Unit;
use clap::Args;
use serde_json::json;
use unit_host::{Context as UnitContext, UnitHost};

use super::{laid, plugin, whole};
use crate::{compose, say};

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// A component file, or the id of an installed unit.
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

pub(crate) async fn run(host: &UnitHost, arguments: Evaluate) -> anyhow::Result<()> {
    let plugin = plugin(host, &arguments.component).await?;
    let unit = &laid(&plugin, arguments.overlay)?;
    let (mode, given) = match (&arguments.marks, &arguments.decisions) {
        (Some(marks), _) => ("marks", marks),
        (None, Some(decisions)) => ("pass-referral", decisions),
        (None, None) => bail!("give --marks or --decisions"),
    };
    let pairs = given
        .split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (criterion, value) = pair
                .split_once('=')
                .with_context(|| format!("`{pair}` is not CRITERION=VALUE"))?;
            Ok((criterion.trim().to_owned(), value.trim().to_owned()))
        })
        .collect::<anyhow::Result<Vec<_>>>()?;
    let sheet = filled(unit, mode, &pairs)?;
    let context = UnitContext::standard(unit, compose::now().date_naive(), 1, 1);
    let outcome = host
        .evaluate(&plugin, &sheet, &context)
        .await
        .map_err(|failure| anyhow::anyhow!(failure.message()))?;
    if arguments.json {
        say(&printed_outcome(unit, &sheet, &outcome).to_string());
    } else {
        let marks = |parts| in_marks(unit, parts);
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

/// The sheet with these values, by criterion: marks, or `pass` and `referral`.
pub(crate) fn filled(
    unit: &Unit,
    mode: &str,
    values: &[(String, String)],
) -> anyhow::Result<Sheet> {
    let mut sheet = Sheet::empty(unit);
    mode.clone_into(&mut sheet.mode);
    if mode == "marks" && unit.criteria().all(|criterion| criterion.maximum == 0) {
        bail!("the unit prints no marks; give the centre's own with an overlay, or give decisions");
    }
    for (criterion, value) in values {
        let entry = sheet
            .entries
            .iter_mut()
            .find(|entry| entry.criterion == *criterion)
            .with_context(|| format!("the unit has no criterion `{criterion}`"))?;
        entry.award = if value.is_empty() {
            Award::Undecided
        } else if mode == "marks" {
            Award::Marks(parts(unit, criterion, value)?)
        } else {
            Award::Decision(value.clone())
        };
    }
    Ok(sheet)
}

/// Marks as they are typed, in the unit's parts of a mark.
fn parts(unit: &Unit, criterion: &str, value: &str) -> anyhow::Result<u32> {
    let parts = unit.sheet.parts_per_mark.max(1);
    let marks: f64 = value
        .parse()
        .with_context(|| format!("`{value}` for {criterion} is not a mark"))?;
    let counted = marks * f64::from(parts);
    if counted.fract() != 0.0 || !(0.0..=f64::from(u32::MAX)).contains(&counted) {
        match parts {
            1 => bail!("`{value}` for {criterion} is not a whole mark"),
            parts => {
                bail!("`{value}` for {criterion} does not come out even in {parts} parts of a mark")
            }
        }
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and within bounds"
    )]
    Ok(counted as u32)
}

/// Parts of marks as marks.
fn in_marks(unit: &Unit, parts: u32) -> serde_json::Value {
    whole(f64::from(parts) / f64::from(unit.sheet.parts_per_mark.max(1)))
}

/// What a sheet comes to, as this command prints it.
pub(crate) fn printed_outcome(unit: &Unit, sheet: &Sheet, outcome: &Outcome) -> serde_json::Value {
    let marks = |parts| in_marks(unit, parts);
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
    json!({
        "outcome": outcome.verdict.word(),
        "total": outcome.total.map(marks),
        "maximum": outcome.maximum.map(marks),
        "percent": outcome.percent(),
        "criteria": criteria,
        "reasons": outcome.reasons,
    })
}
