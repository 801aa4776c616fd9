//! A unit that is data: `markbridge plugin build unit.toml` puts the unit's data
//! into this module, which then runs the checks of the kit that the data names.
//!
//! [`data`] holds the types that the builder writes and this module reads;
//! [`place`] is where the data lies in the module.

pub mod data;
pub mod place;
mod run;

use unit_sdk::{Evidence, Plugin, wit};

use crate::data::UnitData;

/// The unit whose data lies in the module.
#[derive(Debug)]
pub struct FromData;

unit_sdk::plugin!(FromData);

impl Plugin for FromData {
    fn describe() -> wit::Unit {
        UnitData::read(place::data()).unit
    }

    fn check(
        evidence: Evidence<'_>,
        context: &wit::Context,
        previous: Option<&wit::Attempt>,
    ) -> Result<Vec<wit::Finding>, wit::PluginError> {
        Ok(UnitData::read(place::data()).check(evidence, context, previous))
    }
}
