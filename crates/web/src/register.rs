//! The address that a platform opens to register (Dynamic Registration 1.0),
//! and the configuration for Canvas by hand.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use lti::ags::PlatformFamily;
use lti::claims::{SCOPE_GROUPS, SCOPE_LINE_ITEM, SCOPE_RESULT, SCOPE_ROSTER, SCOPE_SCORE};
use serde_json::Value;
use workflow::register::{canvas_json, look, register as register_platform};

use crate::Web;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::pages::{Labelled, Register, Registered, Service};

/// What the form sends along of what the platform sent.
const PARAMETERS: [&str; 3] = ["invitation", "openid_configuration", "registration_token"];

fn services<'a>(scopes: impl IntoIterator<Item = &'a str>) -> Vec<Service> {
    scopes
        .into_iter()
        .filter_map(|scope| match scope {
            SCOPE_LINE_ITEM => Some(Service::Columns),
            SCOPE_SCORE => Some(Service::Scores),
            SCOPE_RESULT => Some(Service::Results),
            SCOPE_ROSTER => Some(Service::Roster),
            SCOPE_GROUPS => Some(Service::Groups),
            // The right to read columns comes with the right to make them, and `openid` with launches.
            _ => None,
        })
        .collect()
}

pub(crate) async fn page(
    State(web): State<Web>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(params) = query.map_err(|_| Failure::bad_form("The address could not be read."))?;
    let applicant = look(web.app(), &params)
        .await
        .map_err(|problem| Failure::register(&problem))?;
    let fields = params
        .iter()
        .filter(|(name, _)| PARAMETERS.contains(&name.as_str()))
        .map(|(name, value)| Labelled::new(name, value))
        .chain([Labelled::new("issuer", &applicant.platform.issuer)])
        .collect();
    web.page(&Register {
        stylesheet: web.0.stylesheet.clone(),
        product: product(applicant.platform.product_family_code.as_deref()),
        issuer: applicant.platform.issuer.clone(),
        is_update: applicant.is_update,
        services: services(applicant.scopes()),
        fields,
    })
}

/// A product as people write it.
fn product(code: Option<&str>) -> String {
    let code = code.unwrap_or_default();
    match code.to_ascii_lowercase().as_str() {
        "moodle" => "Moodle".to_owned(),
        "canvas" => "Canvas".to_owned(),
        _ => code.to_owned(),
    }
}

pub(crate) async fn register(State(web): State<Web>, fields: Fields) -> Result<Response, Failure> {
    let failure = |problem| Failure::register(&problem);
    let applicant = look(web.app(), &fields.0).await.map_err(failure)?;
    let done = register_platform(web.app(), applicant, fields.text("issuer"))
        .await
        .map_err(failure)?;
    web.page(&Registered {
        stylesheet: web.0.stylesheet.clone(),
        script: web.0.script.clone(),
        family: match done.family {
            PlatformFamily::Moodle => "moodle",
            PlatformFamily::Canvas => "canvas",
            _ => "other",
        },
        issuer: done.issuer,
        client_id: done.client_id,
        updated: done.updated,
        waiting: done.waiting,
        withheld: services(done.withheld.iter().map(String::as_str)),
        configuration_url: done.configuration_url.map(String::from),
    })
}

pub(crate) async fn canvas(State(web): State<Web>) -> Json<Value> {
    Json(canvas_json(web.app()))
}
