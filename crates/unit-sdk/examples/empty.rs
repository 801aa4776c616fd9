//! The least unit: it takes the evidence and finds nothing. The benchmarks
//! measure with it what a call costs before a unit does anything.

use unit_sdk::describe::{criterion, declaration_slot, outcome, unit};
use unit_sdk::{Evidence, Plugin, plugin, wit};

struct Empty;

plugin!(Empty);

impl Plugin for Empty {
    fn describe() -> wit::Unit {
        unit("empty", "1.0.0", "0", "A unit that finds nothing")
            .awarding_body("example", "Example Awards")
            .outcome(outcome("1", "Know nothing").criterion(criterion(
                "1.1",
                &["state"],
                "State nothing",
            )))
            .slot(declaration_slot(
                "declaration",
                "Declaration",
                "I know nothing.",
            ))
    }

    fn check(
        _evidence: Evidence<'_>,
        _context: &wit::Context,
        _previous: Option<&wit::Attempt>,
    ) -> Result<Vec<wit::Finding>, wit::PluginError> {
        Ok(Vec::new())
    }
}
