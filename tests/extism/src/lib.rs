//! The example unit as a plugin of Extism: evidence comes and findings go as
//! JSON, which is how its plugins exchange what is more than bytes.

use extism_pdk::{FnResult, Json, plugin_fn};
use serde::Deserialize;
use unit_sdk::{Evidence, Plugin, wit};
use workplace_induction::WorkplaceInduction;

/// What a check is given.
#[derive(Deserialize)]
pub struct Given {
    evidence: wit::Evidence,
    context: wit::Context,
}

/// The unit's check.
#[plugin_fn]
pub fn check(Json(given): Json<Given>) -> FnResult<Json<Vec<wit::Finding>>> {
    let evidence = Evidence::new(&given.evidence);
    let findings = WorkplaceInduction::check(evidence, &given.context, None);
    Ok(Json(findings.unwrap_or_default()))
}

/// A check that takes the evidence and finds nothing.
#[plugin_fn]
pub fn empty(Json(_given): Json<Given>) -> FnResult<Json<Vec<wit::Finding>>> {
    Ok(Json(Vec::new()))
}
