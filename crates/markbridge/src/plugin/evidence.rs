//! Evidence from files, read as the learner's page reads it.

use std::path::PathBuf;

use anyhow::Context;
use assessment::evidence::{Evidence, ReadFailure, SlotState};
use assessment::table::CellProblem;
use assessment::unit::{Slot, Unit};
use chrono::NaiveDate;
use unit_host::UnitHost;
use workflow::checks::declaration;
use workflow::table::{ReadRows, takes_rows};

/// A file that is handed in for a slot.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    pub(crate) slot: String,
    pub(crate) file: PathBuf,
}

/// What came of the files.
pub(crate) struct Gathered {
    pub(crate) evidence: Evidence,
    /// What could not be read in each table of the evidence that came from a
    /// file, in its order.
    pub(crate) problems: Vec<Vec<CellProblem>>,
    /// The files that could not be read.
    pub(crate) unread: Vec<Unread>,
}

/// A file that could not be read.
pub(crate) struct Unread {
    pub(crate) slot: String,
    pub(crate) name: String,
    pub(crate) failure: ReadFailure,
}

/// Reads the files in the sandbox. `declared` is the day on which the learner
/// accepted the unit's declaration.
pub(crate) async fn gather(
    host: &UnitHost,
    unit: &Unit,
    given: &[Given],
    declared: Option<NaiveDate>,
) -> anyhow::Result<Gathered> {
    let mut files = Vec::new();
    for one in given {
        files.push((fileable(unit, &one.slot)?, &one.file));
    }
    // A unit sees evidence in the order of its slots.
    files.sort_by_key(|(slot, _)| unit.slots.iter().position(|known| known.id == slot.id));
    let mut gathered = Gathered {
        evidence: Evidence::default(),
        problems: Vec::new(),
        unread: Vec::new(),
    };
    let evidence = &mut gathered.evidence;
    for (slot, file) in files {
        let bytes =
            std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let name = file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let failure = if takes_rows(slot) {
            let item = item(evidence.tables.iter().map(|table| &table.slot), slot);
            match workflow::table::read_file(host, slot, item, &name, bytes).await {
                Ok(ReadRows { table, problems }) => {
                    evidence.tables.push(table);
                    gathered.problems.push(problems);
                    None
                }
                Err(failure) => Some(failure),
            }
        } else {
            let item = item(
                evidence.documents.iter().map(|document| &document.slot),
                slot,
            );
            let read = workflow::evidence::read(host, unit, &slot.id, item, &name, "", bytes).await;
            read.map(|document| evidence.documents.push(document)).err()
        };
        gathered.unread.extend(failure.map(|failure| Unread {
            slot: slot.id.clone(),
            name,
            failure,
        }));
    }
    if let Some(day) = declared {
        let declarations = unit.slots.iter().filter(|slot| slot.kind == "declaration");
        let declared = declarations.map(|slot| declaration(&slot.id, day));
        evidence.tables.extend(declared);
    }
    evidence.slots = unit
        .slots
        .iter()
        .map(|slot| state(slot, evidence, &gathered.unread))
        .collect();
    Ok(gathered)
}

/// How many there are of a slot already.
fn item<'e>(slots: impl Iterator<Item = &'e String>, slot: &Slot) -> u32 {
    u32::try_from(slots.filter(|known| **known == slot.id).count()).unwrap_or(u32::MAX)
}

/// How a slot was filled.
fn state(slot: &Slot, evidence: &Evidence, unread: &[Unread]) -> SlotState {
    let problem = unread.iter().find(|unread| unread.slot == slot.id);
    let mut documents = evidence.documents.iter();
    let mut tables = evidence.tables.iter();
    let given = documents.any(|document| document.slot == slot.id)
        || tables.any(|table| table.slot == slot.id);
    SlotState {
        slot: slot.id.clone(),
        state: match problem {
            Some(_) => "unreadable",
            None if given => "given",
            None => "empty",
        }
        .to_owned(),
        note: problem
            .map(|unread| unread.failure.message.clone())
            .unwrap_or_default(),
    }
}

/// The slot of this id, if files can be given for it.
fn fileable<'u>(unit: &'u Unit, id: &str) -> anyhow::Result<&'u Slot> {
    let takes_files = |slot: &&Slot| slot.kind == "document" || takes_rows(slot);
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
