//! ILM 8577-304, Understanding good practice in workplace mentoring (level 3).
//!
//! `data.rs` holds what the unit is: regulated wording, marks, guidance, prompts.
//! `components.rs` says what each answer should speak of. The checks are the
//! shared ones of the kit; this file says which of them run and in which order.

mod components;
mod data;

use unit_sdk::checks::{Checks, ListRule};
use unit_sdk::lexicon::mentoring::{HEADER_FIELDS, PERSONAL_DATA};
use unit_sdk::{Evidence, Plugin, wit};

/// The unit.
#[derive(Debug)]
pub struct Mentoring;

unit_sdk::plugin!(Mentoring);

impl Plugin for Mentoring {
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
        let mut findings = checks.section_found();
        findings.extend(checks.changes(previous));
        findings.extend(checks.order());
        findings.extend(checks.section_words());
        findings.extend(checks.total_words());
        findings.extend(checks.section_empty(data::NEAR_EMPTY_WORDS));
        findings.extend(checks.left_over_prompts());
        findings.extend(checks.merely_listed(ListRule {
            share: data::LIST_SHARE,
            short_line: data::LIST_LINE_WORDS,
            long_item: data::LIST_ITEM_WORDS,
        }));
        findings.extend(checks.components(&components::COMPONENTS, components::NEAR_SENTENCES));
        findings.extend(checks.models(&components::MODELS));
        findings.extend(checks.pairs(&components::BARRIERS));
        findings.extend(checks.cues(&components::REASONS));
        findings.extend(checks.cues(&components::FEATURES));
        findings.extend(checks.cues(&components::OWN_CONTEXT));
        findings.extend(checks.personal_data(&PERSONAL_DATA));
        findings.extend(checks.repeated_passages(data::REPEATED_WORDS));
        findings.extend(checks.references());
        findings.extend(checks.header_fields(&HEADER_FIELDS, "ilm"));
        findings.extend(checks.declaration(data::DECLARATION));
        Ok(findings)
    }
}
