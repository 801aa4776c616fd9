//! The example unit from `plugins/examples/toml/unit.toml` beside the one in Rust.

use unit_from_data::data::UnitData;
use unit_sdk::wit::{self, Award};
use unit_sdk::{Plugin, testing};
use workplace_induction::WorkplaceInduction;

use crate::{Numbers, changed, moved, same, same_findings, same_outcome, with_sections};

const FILE: &str = include_str!("../../../examples/toml/unit.toml");
const STATEMENT: &str = "AC 1.1 Describe the workplace and the people in it\n\
    We are a bakery with nine people, and I work at the oven.\n\
    AC 1.2 Explain how to stay safe at work\n\
    What would you do if you heard the fire alarm?\n\
    I leave by the back door because the front door sticks.\n\
    AC 2.2 Reflect on what was learnt and what comes next\n\
    I have learnt to ask first.";
const TRIES: usize = 300;

/// Lengths as people give them, readable or not, in minutes.
const LENGTHS: [f64; 8] = [60.0, 90.0, 0.5, 360.0, 0.0, -5.0, 1500.0, f64::NAN];

fn evidence(unit: &wit::Unit, numbers: &mut Numbers) -> wit::Evidence {
    let text = changed(STATEMENT, numbers);
    let plain = testing::evidence_from_text(unit, "statement", &text);
    let mut evidence = with_sections(unit, plain);
    let states = ["given", "empty", "waived", "unreadable"];
    evidence.slots[1].state = states[numbers.below(states.len())].into();
    let rows = numbers.below(8);
    if rows > 0 {
        let lengths: Vec<f64> = (0..rows)
            .map(|_| LENGTHS[numbers.below(LENGTHS.len())])
            .collect();
        evidence.tables.push(record(lengths));
    }
    evidence
}

fn record(lengths: Vec<f64>) -> wit::Table {
    let rows = u32::try_from(lengths.len()).expect("few rows");
    let cells: Vec<String> = lengths.iter().map(f64::to_string).collect();
    wit::Table {
        slot: "record".into(),
        item: 0,
        title: "record.csv".into(),
        row_count: rows,
        columns: vec![wit::TableColumn {
            id: "minutes".into(),
            title: "Minutes".into(),
            kind: "duration".into(),
            present: true,
            cells: cells.join("\n"),
            written: String::new(),
            numbers: lengths,
        }],
        source_row: (2..2 + rows).collect(),
    }
}

#[test]
fn the_unit_is_described_alike() {
    let data = crate::data(FILE);
    let described = WorkplaceInduction::describe();
    same(&UnitData::read(&data).unit, &described, "the description");
}

#[test]
fn records_are_checked_and_marked_alike() {
    let data = crate::data(FILE);
    let data = UnitData::read(&data);
    let mut numbers = Numbers(101);
    for number in 0..TRIES {
        let evidence = evidence(&data.unit, &mut numbers);
        let context = moved(testing::context(&data.unit), &mut numbers);
        let what = format!("record {number}");
        same_findings::<WorkplaceInduction>(&data, &evidence, &context, None, &what);
        let awards: Vec<Award> = (0..4)
            .map(|_| match numbers.below(14) {
                13 => Award::Undecided,
                marks => Award::Marks(u32::try_from(marks).unwrap_or(0)),
            })
            .collect();
        let sheet = testing::sheet(&data.unit, "marks", &awards);
        same_outcome::<WorkplaceInduction>(&data, &sheet, &context);
    }
}
