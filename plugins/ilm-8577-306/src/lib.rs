//! ILM 8577-306, Undertaking an extended period of mentoring in the workplace (level 3).
//!
//! `data.rs` holds what the unit is: regulated wording, the diary's columns,
//! settings and rules. `choice.rs` says which checks of the kit run, with which
//! words. Evidence is a diary, as a table, and a portfolio under headings.

mod choice;
mod data;

use unit_sdk::checks::{Checks, Diary};
use unit_sdk::lexicon::mentoring::{HEADER_FIELDS, PERSONAL_DATA};
use unit_sdk::{Evidence, Plugin, Status, finding, wit};

/// Criteria that the diary answers, with or without a section in the portfolio.
const ANSWERED_BY_DIARY: [&str; 2] = ["2.3", "2.4"];

/// The unit.
#[derive(Debug)]
pub struct ExtendedMentoring;

unit_sdk::plugin!(ExtendedMentoring);

impl Plugin for ExtendedMentoring {
    fn describe() -> wit::Unit {
        data::unit()
    }

    fn check(
        evidence: Evidence<'_>,
        context: &wit::Context,
        previous: Option<&wit::Attempt>,
    ) -> Result<Vec<wit::Finding>, wit::PluginError> {
        let unit = data::unit();
        let checks = Checks::new(evidence, &unit, context);
        let diary = Diary::new(evidence, &unit, context, choice::DIARY);

        let plans = diary.client_documents(&choice::PLANS);
        let contracts = diary.client_documents(&choice::CONTRACTS);
        let goals = diary.client_goals(&choice::GOALS);
        let tools = diary.client_tools(&choice::TOOLS);
        let feedback = diary.client_feedback(&choice::FEEDBACK);
        let reflection = diary.client_reflection(&choice::REFLECTION);
        let columns = [
            ("Plan", &plans),
            ("Contract", &contracts),
            ("Goals", &goals),
            ("Diagnostic", &tools),
            ("Feedback", &feedback),
            ("Reflection", &reflection),
        ];

        let mut findings: Vec<wit::Finding> = diary.client_matrix(&columns).into_iter().collect();
        findings.extend(diary.client_codes());
        findings.push(diary.practice_hours());
        findings.push(diary.practice_clients());
        findings.extend(diary.oddities());
        findings.extend(diary.sessions_before(&contracts));
        findings.extend(diary.hours_claimed("2.3"));
        findings.extend(diary.records());
        findings.extend(diary.goals_in_diary(&choice::GOALS));
        for artefacts in [plans, contracts, goals, tools] {
            findings.extend(artefacts.findings);
        }
        findings.push(diary.technique(&choice::QUESTIONING));
        findings.push(diary.technique(&choice::LISTENING));
        findings.push(diary.named_techniques(&choice::NAMED_TECHNIQUES));
        findings.extend(feedback.findings);
        findings.extend(reflection.findings);
        findings.push(diary.supervision_used(&choice::SUPERVISION));
        // No component asks for a word close by, so no setting says how close.
        let components = checks.components(&choice::COMPONENTS, "");
        findings.extend(components.into_iter().map(for_information));

        let has_diary = evidence.state(data::DIARY) != "empty";
        let sections = checks.section_found().into_iter();
        findings.extend(sections.map(|found| {
            if has_diary {
                or_the_diary(found)
            } else {
                found
            }
        }));
        findings.extend(checks.changes(previous));
        findings.extend(checks.order());
        findings.extend(checks.section_words());
        let nearly_empty = checks.section_empty(data::NEAR_EMPTY_WORDS).into_iter();
        findings.extend(nearly_empty.filter(|found| !is_answered_by_diary(found)));
        findings.extend(checks.left_over_prompts());
        findings.extend(checks.repeated_passages(data::REPEATED_WORDS));
        findings.extend(checks.cues(&choice::OWN_CONTEXT));
        findings.extend(checks.references());
        findings.extend(checks.personal_data(&PERSONAL_DATA));
        findings.extend(checks.header_fields(&HEADER_FIELDS, "ilm"));
        findings.extend(checks.declaration(data::DECLARATION));
        Ok(findings)
    }
}

/// A section that is missing is no gap where the diary answers the criterion.
fn or_the_diary(found: wit::Finding) -> wit::Finding {
    let Some(id) = found
        .criterion
        .as_deref()
        .filter(|_| found.status == Status::NotFound.code())
    else {
        return found;
    };
    if !ANSWERED_BY_DIARY.contains(&id) {
        return found;
    }
    let message = format!("AC {id} has no section of its own; the diary answers it.");
    finding(&found.rule, Status::Info, &message)
        .learner(message)
        .criterion(id)
}

/// That a reflection draws on no feedback is a fact and no gap.
fn for_information(mut found: wit::Finding) -> wit::Finding {
    if found.rule == choice::FEEDBACK_USED && found.status == Status::NotFound.code() {
        found.status = Status::Info.code().into();
    }
    found
}

fn is_answered_by_diary(found: &wit::Finding) -> bool {
    found
        .criterion
        .as_deref()
        .is_some_and(|id| ANSWERED_BY_DIARY.contains(&id))
}
