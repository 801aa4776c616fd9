//! An example: the unit “Workplace induction record” in Rust. The README beside
//! this folder describes it; the folders next to this one hold the same unit in
//! other languages, with the same findings and outcomes to the byte.

use unit_sdk::checks::{Checks, HoursRule};
use unit_sdk::describe::{criterion, document_slot, field, outcome, table_slot, unit, words};
use unit_sdk::{Evidence, Plugin, plugin, wit};

/// The unit.
#[derive(Debug)]
pub struct WorkplaceInduction;

plugin!(WorkplaceInduction);

impl Plugin for WorkplaceInduction {
    fn describe() -> wit::Unit {
        unit("workplace-induction", "1.0.0", "WI-1", "Workplace induction record")
            .awarding_body("example", "Example Awards")
            .words(words(500, Some((350, 800)), "example"))
            .provenance("unit", "provisional", "Made up as an example; no awarding body prints it.")
            .outcome(
                outcome("1", "Know the workplace")
                    .criterion(
                        criterion("1.1", &["describe"], "Describe the workplace and the people in it")
                            .marks(10, 5)
                            .words(words(150, None, "example")),
                    )
                    .criterion(
                        criterion("1.2", &["explain"], "Explain how to stay safe at work")
                            .marks(10, 5)
                            .words(words(200, None, "example"))
                            .prompts(&["What would you do if you heard the fire alarm?"]),
                    ),
            )
            .outcome(
                outcome("2", "Take part in an induction")
                    .criterion(
                        criterion("2.1", &["keep"], "Keep a record of at least six hours of induction")
                            .marks(10, 5),
                    )
                    .criterion(
                        criterion("2.2", &["reflect"], "Reflect on what was learnt and what comes next")
                            .marks(10, 5)
                            .words(words(150, None, "example")),
                    ),
            )
            .sheet_note("One criterion below its fewest marks makes a referral, whatever the total.")
            .slot(wit::Slot {
                criteria: vec!["1.1".into(), "1.2".into(), "2.2".into()],
                ..document_slot("statement", "Statement", "One file with your answers under the headings of the criteria.")
            })
            .slot(wit::Slot {
                criteria: vec!["2.1".into()],
                ..table_slot(
                    "record",
                    "Induction record",
                    "One row for each part of your induction.",
                    vec![
                        field("date", "Date", "date"),
                        field("activity", "Activity", "text").help("What you did or were shown."),
                        field("minutes", "Minutes", "duration").unit("minutes").between(1.0, 1440.0),
                    ],
                )
            })
            .setting(
                field("min_minutes", "Minutes of induction", "whole-number").unit("minutes").between(0.0, 6000.0),
                360.0,
                "example",
                "raise",
            )
            .setting(
                field("least_words", "Words of an answer", "whole-number").unit("words").between(0.0, 200.0),
                20.0,
                "heuristic",
                "free",
            )
            .rule("section-found", "Sections", "Looks for the heading of each criterion in the statement.")
            .rule("section-words", "Words", "Counts the words of each section. Questions of the template and placeholders are left out. Length is only a guide.")
            .rule("section-empty", "Nearly empty sections", "Points at sections with hardly any words below the heading.")
            .rule("total-words", "Words in all", "Adds up the words of all sections.")
            .rule("induction-hours", "Hours of induction", "Adds up the minutes of all rows of the induction record.")
    }

    fn check(
        evidence: Evidence<'_>,
        context: &wit::Context,
        _previous: Option<&wit::Attempt>,
    ) -> Result<Vec<wit::Finding>, wit::PluginError> {
        let unit = Self::describe();
        let checks = Checks::new(evidence, &unit, context);
        let mut findings = checks.section_found();
        findings.extend(checks.section_words());
        findings.extend(checks.section_empty("least_words"));
        findings.extend(checks.total_words());
        findings.push(checks.hours(&HoursRule {
            rule: "induction-hours",
            criterion: "2.1",
            slot: "record",
            field: "minutes",
            setting: "min_minutes",
            table: "induction record",
        }));
        Ok(findings)
    }
}
