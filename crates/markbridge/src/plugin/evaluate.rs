//! `markbridge plugin evaluate`: what a mark sheet comes to.

use std::path::PathBuf;

use anyhow::{Context, bail};
use assessment::sheet::{Award, Sheet};
use clap::Args;
use serde_json::json;
use unit_host::{Context as UnitContext, UnitHost};

use super::{laid, plugin, whole};
use crate::{compose, say};

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

pub(crate) async fn run(host: &UnitHost, arguments: Evaluate) -> anyhow::Result<()> {
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
