//! 8577-306 from `plugins/examples/ilm-8577-306/unit.toml` beside the plugin in Rust.

use ilm_8577_306::ExtendedMentoring;
use read_docx::ReadDocx;
use unit_from_data::data::UnitData;
use unit_sdk::reader::{Reader, wit as read};
use unit_sdk::wit;
use unit_sdk::{Plugin, testing};

use crate::{Numbers, changed, moved, same, same_findings, with_sections};

const FILE: &str = include_str!("../../../examples/ilm-8577-306/unit.toml");
const PORTFOLIO: &[u8] =
    include_bytes!("../../../../tests/fixtures/306-complete/306-complete-portfolio.docx");
const TRIES: usize = 200;

const CLIENTS: [&str; 8] = [
    "Client A", "A", "client b", "B", "Client C", "A and B", "", "Jo Smith",
];
const KINDS: [&str; 6] = [
    "mentoring",
    "mentoring",
    "mentoring",
    "supervision",
    "admin",
    "",
];
const TEXTS: [&str; 8] = [
    "A1, A2",
    "B1",
    "Skills audit (baseline); open questions, GROW",
    "She said that it helped; feedback form F-A1",
    "My supervisor challenged me, so I changed how I listen",
    "-",
    "",
    "Planning moved from 4 to 5. 😀",
];

fn portfolio() -> String {
    let file = read::File {
        bytes: PORTFOLIO.to_vec(),
        media_type: String::new(),
        name: String::new(),
        wanted: read::Wanted::Document,
        locale: "en-GB".into(),
    };
    match ReadDocx::read(&file).expect("the file is read") {
        read::Content::Document(document) => document.text,
        read::Content::Tables(_) => panic!("gave tables"),
    }
}

/// A diary of random rows, some of them the same and some of them odd.
fn diary(unit: &wit::Unit, numbers: &mut Numbers) -> wit::Table {
    let rows = numbers.below(40);
    let columns = unit.slots[0].fields.iter().map(|field| {
        let mut cells = Vec::new();
        let mut values = Vec::new();
        for row in 0..rows {
            let (cell, value) = match field.id.as_str() {
                "ref" => (format!("D{row:02}"), f64::NAN),
                "date" => {
                    let day = 20_400 + i32::try_from(numbers.below(300)).unwrap_or(0);
                    (format!("day {day}"), f64::from(day))
                }
                "start" => ("14:30".to_owned(), 870.0),
                "minutes" => {
                    let minutes = [60.0, 90.0, 0.0, 2000.0, f64::NAN, 45.5][numbers.below(6)];
                    (minutes.to_string(), minutes)
                }
                "client" => (CLIENTS[numbers.below(CLIENTS.len())].to_owned(), f64::NAN),
                "kind" => (KINDS[numbers.below(KINDS.len())].to_owned(), f64::NAN),
                _ => (TEXTS[numbers.below(TEXTS.len())].to_owned(), f64::NAN),
            };
            cells.push(cell);
            values.push(value);
        }
        let is_text = matches!(field.kind.as_str(), "text" | "choice");
        wit::TableColumn {
            id: field.id.clone(),
            title: field.title.clone(),
            kind: field.kind.clone(),
            present: true,
            cells: cells.join("\n"),
            written: String::new(),
            numbers: if is_text { Vec::new() } else { values },
        }
    });
    let columns = columns.collect();
    let rows = u32::try_from(rows).expect("few rows");
    wit::Table {
        slot: "diary".into(),
        item: 0,
        title: "diary.csv".into(),
        row_count: rows,
        columns,
        source_row: (2..2 + rows).collect(),
    }
}

#[test]
fn the_unit_is_described_alike() {
    let data = crate::data(FILE);
    let described = ExtendedMentoring::describe();
    same(&UnitData::read(&data).unit, &described, "the description");
}

#[test]
fn diaries_and_portfolios_are_checked_alike() {
    let data = crate::data(FILE);
    let data = UnitData::read(&data);
    let portfolio = portfolio();
    let mut numbers = Numbers(306);
    let mut most = 0;
    for number in 0..TRIES {
        let text = changed(&portfolio, &mut numbers);
        let plain = testing::evidence_from_text(&data.unit, "portfolio", &text);
        let mut evidence = with_sections(&data.unit, plain);
        if number % 5 > 0 {
            evidence.slots[0].state = ["given", "given", "unreadable"][number % 3].into();
            evidence.tables.push(diary(&data.unit, &mut numbers));
        }
        let mut context = moved(testing::context(&data.unit), &mut numbers);
        for setting in &mut context.settings {
            if setting.id == "feedback_required_from" {
                let from = ["clients", "clients-and-supervisor", "clients-and-another"];
                setting.value = wit::Value::Text(from[numbers.below(3)].into());
            }
        }
        let what = format!("portfolio {number}");
        let findings = same_findings::<ExtendedMentoring>(&data, &evidence, &context, None, &what);
        most = most.max(findings);
    }
    assert!(most > 50, "at most {most} findings");
}
