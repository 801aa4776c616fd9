//! The host against guests that behave, and against those that do not. Guests
//! are short core modules; their answers lie ready in memory, in the layout of
//! the canonical ABI.

mod calls;
mod guest;
mod hostile;
mod install;
mod languages;
mod misbehaviour;
mod package;
mod readers;
mod reference;
mod upkeep;

use std::time::Duration;

use assessment::evidence::{Document, Evidence, ReadDocument, SlotState};
use assessment::unit::Unit;
use chrono::NaiveDate;
use unit_host::{CallLimits, Context, Limits, Settings, UnitHost};

/// Limits that make a hostile guest fail soon.
fn limits() -> Limits {
    let standard = Limits::default();
    let soon = |limits| CallLimits {
        time: Duration::from_millis(300),
        concurrent_calls: 2,
        ..limits
    };
    Limits {
        units: CallLimits {
            memory_bytes: 64 << 20,
            ..soon(standard.units)
        },
        readers: soon(standard.readers),
        concurrent_calls: 2,
        ..standard
    }
}

/// A host, and the directory of its cache, which goes with it.
fn host(limits: Limits) -> (UnitHost, tempfile::TempDir) {
    let directory = tempfile::tempdir().expect("a directory");
    (host_in(directory.path(), limits), directory)
}

fn host_in(directory: &std::path::Path, limits: Limits) -> UnitHost {
    UnitHost::new(Settings {
        cache_dir: directory.join("compiled"),
        cache_key: [7; 32],
        limits,
        compile_job: None,
    })
    .expect("a host")
}

/// A document of two blocks, of which the second has a letter of two bytes.
fn evidence() -> Evidence {
    let read = ReadDocument {
        text: "1.1 Describe\nA café".to_owned(),
        kind: vec![1, 0],
        level: vec![1, 0],
        style: vec![0, 0],
        part: vec![0, 0],
        ..ReadDocument::default()
    };
    Evidence {
        slots: vec![SlotState {
            slot: "assignment".to_owned(),
            state: "given".to_owned(),
            note: String::new(),
        }],
        documents: vec![Document::new("assignment", 0, "work.docx", read).expect("a document")],
        tables: Vec::new(),
    }
}

fn context(unit: &Unit) -> Context {
    let today = NaiveDate::from_ymd_opt(2026, 7, 10).expect("a date");
    Context::standard(unit, today, 1, 1)
}
