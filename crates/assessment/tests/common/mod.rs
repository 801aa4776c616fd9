//! An invented unit that is small enough to keep in mind.

use assessment::unit::{Criterion, Descriptor, LearningOutcome, SheetRules, Slot, Unit};

/// Two outcomes, three criteria of 16, 12 and 8 parts, and a declaration.
pub(crate) fn unit() -> Unit {
    Unit {
        id: "garden-1".to_owned(),
        version: "1.0.0".to_owned(),
        language: "en-GB".to_owned(),
        awarding_body: "test".to_owned(),
        awarding_body_name: "Test".to_owned(),
        number: "1".to_owned(),
        edition: String::new(),
        task_edition: String::new(),
        title: "Gardens".to_owned(),
        level: "3".to_owned(),
        credit: None,
        guided_learning_hours: None,
        words: None,
        provenance: Vec::new(),
        outcomes: vec![
            outcome(
                "1",
                "Understand how a garden is planned",
                &["Planning gardens"],
                vec![
                    criterion("1.1", "Describe the purpose of a planting plan", &[], 16, 8),
                    criterion(
                        "1.2",
                        "Explain how soil is tested before planting",
                        &["Soil testing", "Which soil do we have?"],
                        12,
                        6,
                    ),
                ],
            ),
            outcome(
                "2",
                "Know how to look after young plants",
                &[],
                vec![criterion(
                    "2.1",
                    "Identify tools for watering and pruning",
                    &[],
                    8,
                    4,
                )],
            ),
        ],
        sheet: SheetRules {
            modes: vec!["marks".to_owned(), "pass-referral".to_owned()],
            parts_per_mark: 1,
            notes: Vec::new(),
        },
        slots: vec![
            slot("assignment", "document", ""),
            slot(
                "declaration",
                "declaration",
                "I declare that the garden in this diary is mine alone",
            ),
        ],
        settings: Vec::new(),
        rules: Vec::new(),
        facts: Vec::new(),
    }
}

fn outcome(id: &str, title: &str, aliases: &[&str], criteria: Vec<Criterion>) -> LearningOutcome {
    LearningOutcome {
        id: id.to_owned(),
        title: title.to_owned(),
        aliases: aliases.iter().map(ToString::to_string).collect(),
        indicative_content: Vec::new(),
        prompts: Vec::new(),
        criteria,
    }
}

fn criterion(id: &str, wording: &str, aliases: &[&str], maximum: u32, minimum: u32) -> Criterion {
    Criterion {
        id: id.to_owned(),
        wording: wording.to_owned(),
        verbs: Vec::new(),
        aliases: aliases.iter().map(ToString::to_string).collect(),
        maximum,
        minimum,
        words: None,
        descriptors: ["referral", "pass"].map(descriptor).to_vec(),
        prompts: Vec::new(),
    }
}

fn descriptor(band: &str) -> Descriptor {
    Descriptor {
        band: band.to_owned(),
        label: band.to_owned(),
        around: None,
        texts: vec![format!("The unit's text for {band}"), "Another".to_owned()],
        provisional: true,
        source: "test".to_owned(),
    }
}

fn slot(id: &str, kind: &str, statement: &str) -> Slot {
    Slot {
        id: id.to_owned(),
        kind: kind.to_owned(),
        title: id.to_owned(),
        help: String::new(),
        required: true,
        most_files: 1,
        criteria: Vec::new(),
        fields: Vec::new(),
        statement: statement.to_owned(),
    }
}
