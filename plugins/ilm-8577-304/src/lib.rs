//! ILM 8577-304, Understanding good practice in workplace mentoring (level 3).
//!
//! `data.rs` holds what the unit is: regulated wording, marks, guidance, prompts.
//! The checks are the shared ones of the kit; this file says which of them run
//! and with which settings.

mod data;

use unit_sdk::checks::{Checks, ListRule};
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
        _previous: Option<&wit::Attempt>,
    ) -> Result<Vec<wit::Finding>, wit::PluginError> {
        let unit = data::unit();
        let checks = Checks::new(evidence, &unit, context);
        let mut findings = checks.section_found();
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
        Ok(findings)
    }
}
