//! `markbridge plugin template`: the import template of a slot.

use std::io::Write;

use anyhow::Context;
use assessment::unit::{Slot, Unit};

/// The form of an import template.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum TemplateFormat {
    /// Comma-separated text.
    Csv,
    /// A workbook with typed columns.
    Xlsx,
}

/// Prints the import template of the slot.
pub(crate) fn print(unit: &Unit, slot: &str, format: TemplateFormat) -> anyhow::Result<()> {
    let slot_of = unit.slot(slot);
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
        .context("the template could not be printed")
}
