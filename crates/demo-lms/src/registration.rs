//! Dynamic registration of tools (LTI Dynamic Registration 1.0), and the page where an
//! administrator adds one by its address.
//!
//! The tool that was registered last serves the activity; Moodle's waits until somebody
//! presses Activate.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use axum::{
    Form, Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use chrono::{DateTime, TimeDelta, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::{
    DemoLms, Manners, Tool,
    course::{self, PageError},
    keys::random_word,
    services,
};

const TOOL_CONFIGURATION: &str = "https://purl.imsglobal.org/spec/lti-tool-configuration";
const PLATFORM_CONFIGURATION: &str = "https://purl.imsglobal.org/spec/lti-platform-configuration";

/// Loads the list of tools again when the tool says that it is done.
const CLOSE_SCRIPT: &str = "addEventListener('message', (event) => { if (event.data && event.data.subject === 'org.imsglobal.lti.close') location.replace('/tools'); })";

/// A tool that registered itself.
#[derive(Clone, Debug)]
pub(crate) struct RegisteredTool {
    pub(crate) tool: Tool,
    name: String,
    /// Host and port.
    domain: String,
    pub(crate) active: bool,
    /// What the tool sent, and what it was given.
    registration: Value,
}

/// What a registration token allows.
#[derive(Clone, Debug)]
pub(crate) struct Allowance {
    client_id: String,
    update: bool,
    used: bool,
    expires: DateTime<Utc>,
}

impl DemoLms {
    /// The page where an administrator adds tools.
    pub fn tools_url(&self) -> Url {
        self.address("/tools")
    }

    /// Where the platform describes itself to tools.
    pub fn configuration_url(&self) -> Url {
        self.address("/.well-known/openid-configuration")
    }

    /// The tool that serves the activity.
    pub fn tool(&self) -> Tool {
        let state = self.state();
        let registered = state.registered.iter().rev().find(|tool| tool.active);
        registered.map_or_else(|| self.settings().tool.clone(), |tool| tool.tool.clone())
    }
}

/// `GET /tools`: the tools, and a field for the address of one more.
pub(crate) async fn tools(State(lms): State<DemoLms>) -> Result<Response, PageError> {
    tools_page(&lms, None, None)
}

#[derive(Debug, Deserialize)]
pub(crate) struct Added {
    address: String,
    /// Client id of the tool that is to be changed.
    update: Option<String>,
}

/// `POST /tools`: opens the tool's registration address in a frame, as Moodle and Canvas do.
pub(crate) async fn add(
    State(lms): State<DemoLms>,
    Form(added): Form<Added>,
) -> Result<Response, PageError> {
    let Ok(mut address) = Url::parse(added.address.trim()) else {
        return Err(PageError {
            status: StatusCode::BAD_REQUEST,
            message: "This is no web address. Copy the whole registration address of the tool."
                .to_owned(),
        });
    };
    let update = added.update.filter(|client_id| !client_id.is_empty());
    // Moodle asks whether to change a tool of the same host or to register another one.
    let known = lms
        .state()
        .registered
        .iter()
        .find(|tool| tool.domain == domain(&address))
        .map(|tool| tool.tool.client_id.clone());
    let token = registration_token(&lms, update)?;
    address
        .query_pairs_mut()
        .append_pair("openid_configuration", lms.configuration_url().as_str())
        .append_pair("registration_token", &token);
    let known = known.filter(|_| lms.settings().manners == Manners::Moodle);
    let offer = known.map(|client_id| (client_id, added.address));
    tools_page(&lms, Some(&address), offer)
}

/// A token of Moodle's form: for a new tool, or for changing the one of this client id.
fn registration_token(lms: &DemoLms, update: Option<String>) -> Result<String, PageError> {
    let now = lms.now();
    let expires = now + TimeDelta::hours(1);
    let (client_id, is_update) = match update {
        Some(client_id) => (client_id, true),
        None => (new_client_id(lms)?, false),
    };
    let scope = if is_update { "reg-update" } else { "reg" };
    let claims = json!({
        "sub": client_id, "scope": scope, "iat": now.timestamp(), "exp": expires.timestamp(),
        "jti": random_word()?,
    });
    let token = lms.inner.key.sign(&claims)?;
    let allowance = Allowance {
        client_id,
        update: is_update,
        used: false,
        expires,
    };
    lms.state()
        .registration_tokens
        .insert(token.clone(), allowance);
    Ok(token)
}

/// Canvas numbers its keys, the others draw words.
fn new_client_id(lms: &DemoLms) -> Result<String, PageError> {
    Ok(match lms.settings().manners {
        Manners::Canvas => {
            let keys = lms.state().registration_tokens.len();
            format!("{}", 10_000_000_000_068 + keys)
        }
        Manners::Moodle | Manners::Strict => random_word()?.chars().take(15).collect(),
    })
}

#[derive(Debug, Deserialize)]
pub(crate) struct Activated {
    client_id: String,
}

/// `POST /tools/activate`: lets a pending tool be used.
pub(crate) async fn activate(
    State(lms): State<DemoLms>,
    Form(activated): Form<Activated>,
) -> Redirect {
    for tool in &mut lms.state().registered {
        if tool.tool.client_id == activated.client_id {
            tool.active = true;
        }
    }
    Redirect::to("/tools")
}

fn tools_page(
    lms: &DemoLms,
    opened: Option<&Url>,
    offer: Option<(String, String)>,
) -> Result<Response, PageError> {
    let tools: Vec<Value> = lms
        .state()
        .registered
        .iter()
        .map(|tool| {
            json!({
                "name": tool.name,
                "client_id": tool.tool.client_id,
                "deployment_id": tool.tool.deployment_id,
                "active": tool.active,
            })
        })
        .collect();
    let offer =
        offer.map(|(client_id, address)| json!({"client_id": client_id, "address": address}));
    let html = course::render(
        lms,
        "tools.html",
        &json!({
            "college": course::COLLEGE,
            "course": course::COURSE_TITLE,
            "manners": lms.settings().manners.to_string(),
            "person": null,
            "here": "tools",
            "tools": tools,
            "opened": opened,
            "offer": offer,
            "script": CLOSE_SCRIPT,
        }),
    )?;
    let script = STANDARD.encode(digest::digest(&digest::SHA256, CLOSE_SCRIPT.as_bytes()));
    let frame = opened.map_or_else(String::new, |url| url.origin().ascii_serialization());
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; script-src 'sha256-{script}'; \
         form-action 'self'; frame-src 'self' {frame}; base-uri 'none'; frame-ancestors 'self'"
    );
    Ok((course::page_headers(&policy), Html(html)).into_response())
}

/// `GET /.well-known/openid-configuration`: what the platform is. Canvas tells it to the
/// bearer of a registration token only.
pub(crate) async fn configuration(State(lms): State<DemoLms>, headers: HeaderMap) -> Response {
    let manners = lms.settings().manners;
    if manners == Manners::Canvas && allowance(&lms, &headers).is_none() {
        let body = Json(json!({"errors": [{"message": "Invalid access token."}]}));
        return (StatusCode::UNAUTHORIZED, body).into_response();
    }
    let (family, version, placements, variables): (_, _, &[&str], &[&str]) = match manners {
        Manners::Strict => (
            "demo-lms",
            "1",
            &["ContentArea"],
            &["Context.id.history", "ResourceLink.id.history"],
        ),
        Manners::Moodle => (
            "moodle",
            "4.5.6 (Build: 20250811)",
            &["ContentArea"],
            &["Context.id", "Context.id.history", "ResourceLink.id"],
        ),
        Manners::Canvas => (
            "canvas",
            "vCloud",
            &[
                "https://canvas.instructure.com/lti/assignment_selection",
                "https://canvas.instructure.com/lti/link_selection",
            ],
            &[
                "Context.id.history",
                "Canvas.course.previousContextIds.recursive",
            ],
        ),
    };
    let scopes: Vec<&str> = services::GRADE_SCOPES
        .into_iter()
        .chain([services::ROSTER_SCOPE, "openid"])
        .collect();
    let mut messages = vec![
        json!({"type": "LtiResourceLinkRequest"}),
        json!({"type": "LtiDeepLinkingRequest", "placements": placements}),
    ];
    if manners == Manners::Strict {
        messages.push(json!({"type": "LtiSubmissionReviewRequest"}));
    }
    let body = json!({
        "issuer": lms.issuer(),
        "authorization_endpoint": lms.authorization_url(),
        "token_endpoint": lms.token_url(),
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": lms.jwks_url(),
        "registration_endpoint": lms.address("/lti/register"),
        "scopes_supported": scopes,
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email"],
        PLATFORM_CONFIGURATION: {
            "product_family_code": family,
            "version": version,
            "messages_supported": messages,
            "variables": variables,
        },
    });
    ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// What the request's token allows, used or not.
fn allowance(lms: &DemoLms, headers: &HeaderMap) -> Option<(String, Allowance)> {
    let token = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")?;
    let now = lms.now();
    let allowance = lms.state().registration_tokens.get(token).cloned()?;
    (allowance.expires > now).then(|| (token.to_owned(), allowance))
}

/// Why a registration was refused.
struct Refusal {
    status: StatusCode,
    reason: String,
}

fn refuse(status: StatusCode, reason: impl Into<String>) -> Refusal {
    Refusal {
        status,
        reason: reason.into(),
    }
}

fn refused(manners: Manners, refusal: Refusal) -> Response {
    let Refusal { status, reason } = refusal;
    match manners {
        // Moodle's reasons are plain text that calls itself HTML, and its failures are pages.
        Manners::Moodle => {
            let body = if status == StatusCode::NOT_FOUND {
                format!(
                    "<!DOCTYPE html>\n<html><head><title>Error</title></head><body>{reason}</body></html>"
                )
            } else {
                reason
            };
            let kind = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
            (status, kind, body).into_response()
        }
        Manners::Canvas if status == StatusCode::UNAUTHORIZED => {
            (status, Json(json!({"errors": [{"message": reason}]}))).into_response()
        }
        Manners::Canvas => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Json(json!({"errors": [reason]})),
        )
            .into_response(),
        Manners::Strict => {
            let error = if status == StatusCode::UNAUTHORIZED {
                "invalid_token"
            } else {
                "invalid_client_metadata"
            };
            (
                status,
                Json(json!({"error": error, "error_description": reason})),
            )
                .into_response()
        }
    }
}

/// `GET /lti/register`: the registration that a token for a change stands for.
pub(crate) async fn read(State(lms): State<DemoLms>, headers: HeaderMap) -> Response {
    let manners = lms.settings().manners;
    let found = allowance(&lms, &headers)
        .filter(|(_, allowance)| allowance.update && manners == Manners::Moodle)
        .and_then(|(_, allowance)| {
            let state = lms.state();
            let tool = state
                .registered
                .iter()
                .find(|tool| tool.tool.client_id == allowance.client_id)?;
            Some(tool.registration.clone())
        });
    match found {
        Some(registration) => Json(registration).into_response(),
        None => refused(
            manners,
            refuse(StatusCode::NOT_FOUND, "There is no registration to read."),
        ),
    }
}

/// `POST /lti/register`: registers a tool, or changes the one that the token is for.
pub(crate) async fn register(
    State(lms): State<DemoLms>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let manners = lms.settings().manners;
    match accept(&lms, &headers, &body) {
        Ok(registration) => {
            // RFC 7591 says 201; Moodle was measured to say 200.
            let status = match manners {
                Manners::Strict => StatusCode::CREATED,
                Manners::Moodle | Manners::Canvas => StatusCode::OK,
            };
            (status, Json(registration)).into_response()
        }
        Err(refusal) => refused(manners, refusal),
    }
}

fn accept(lms: &DemoLms, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
    let manners = lms.settings().manners;
    if !headers.contains_key(header::AUTHORIZATION) {
        return Err(refuse(
            StatusCode::UNAUTHORIZED,
            "missing_registration_token",
        ));
    }
    let (token, allowance) = allowance(lms, headers).ok_or_else(|| {
        let status = match manners {
            Manners::Moodle => StatusCode::NOT_FOUND,
            Manners::Strict | Manners::Canvas => StatusCode::UNAUTHORIZED,
        };
        refuse(status, "The registration token is not valid.")
    })?;
    if allowance.used {
        return Err(refuse(StatusCode::UNAUTHORIZED, "token_already_used"));
    }
    let registration = keep(lms, &allowance.client_id, body)?;
    if let Some(allowance) = lms.state().registration_tokens.get_mut(&token) {
        allowance.used = true;
    }
    Ok(registration)
}

/// `PUT /lti/register/{client_id}`: changes a registration, for the bearer of the token that
/// came with it (RFC 7592). Each change brings a new token.
pub(crate) async fn replace(
    State(lms): State<DemoLms>,
    Path(client_id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let manners = lms.settings().manners;
    let standing = lms
        .state()
        .registered
        .iter()
        .find(|tool| tool.tool.client_id == client_id)
        .and_then(|tool| tool.registration["registration_access_token"].as_str())
        .map(|token| format!("Bearer {token}"));
    let sent = headers.get(header::AUTHORIZATION);
    let sent = sent.and_then(|token| token.to_str().ok());
    if standing.is_none() || standing.as_deref() != sent {
        let refusal = refuse(StatusCode::UNAUTHORIZED, "The token is not valid.");
        return refused(manners, refusal);
    }
    match keep(&lms, &client_id, &body) {
        Ok(registration) => Json(registration).into_response(),
        Err(refusal) => refused(manners, refusal),
    }
}

/// Checks a registration and keeps it, in place of what stands under the same client id.
fn keep(lms: &DemoLms, client_id: &str, body: &[u8]) -> Result<Value, Refusal> {
    let manners = lms.settings().manners;
    let request: Value = serde_json::from_slice(body)
        .map_err(|_| refuse(StatusCode::BAD_REQUEST, "The registration is no JSON."))?;
    check(manners, &request)?;
    let tool = tool(lms, client_id, &request)?;
    let mut registration = request.clone();
    registration["client_id"] = json!(tool.client_id);
    match manners {
        Manners::Moodle => {
            registration[TOOL_CONFIGURATION]["deployment_id"] = json!(tool.deployment_id);
        }
        Manners::Canvas => registration["deployment_id"] = json!(tool.deployment_id),
        Manners::Strict => {
            registration["registration_client_uri"] =
                json!(lms.address(&format!("/lti/register/{}", tool.client_id)));
            registration["registration_access_token"] = json!(
                random_word()
                    .map_err(|_| refuse(StatusCode::INTERNAL_SERVER_ERROR, "no randomness"))?
            );
        }
    }
    let registered = RegisteredTool {
        name: text(&request, "client_name").to_owned(),
        domain: text(&request[TOOL_CONFIGURATION], "domain").to_owned(),
        active: manners != Manners::Moodle,
        registration: registration.clone(),
        tool,
    };
    let mut state = lms.state();
    let standing = state
        .registered
        .iter()
        .position(|standing| standing.tool.client_id == registered.tool.client_id);
    match standing {
        Some(at) => {
            let active = state.registered[at].active;
            state.registered[at] = RegisteredTool {
                active,
                ..registered
            };
        }
        None => state.registered.push(registered),
    }
    Ok(registration)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

/// What each platform was seen to ask for, in Moodle's order and words.
fn check(manners: Manners, request: &Value) -> Result<(), Refusal> {
    let demand = |holds: bool, reason: &str| {
        holds
            .then_some(())
            .ok_or_else(|| refuse(StatusCode::BAD_REQUEST, reason))
    };
    let has = |list: &Value, wanted: &str| {
        list.as_array()
            .is_some_and(|list| list.iter().any(|one| one == wanted))
    };
    for name in [
        "response_types",
        "initiate_login_uri",
        "redirect_uris",
        "client_name",
        "jwks_uri",
        "token_endpoint_auth_method",
        TOOL_CONFIGURATION,
    ] {
        let missing = format!("missing required attribute {name}");
        demand(!request[name].is_null(), &missing)?;
    }
    demand(
        has(&request["response_types"], "id_token"),
        "invalid_response_types",
    )?;
    demand(
        request["token_endpoint_auth_method"] == "private_key_jwt",
        "invalid_token_endpoint_auth_method",
    )?;
    let configuration = &request[TOOL_CONFIGURATION];
    demand(!text(configuration, "domain").is_empty(), "missing_domain")?;
    let target = Url::parse(text(configuration, "target_link_uri"));
    demand(
        target.is_ok_and(|target| domain(&target) == text(configuration, "domain")),
        "domain_targetlinkuri_mismatch",
    )?;
    if manners == Manners::Canvas {
        let grants = &request["grant_types"];
        demand(
            has(grants, "client_credentials") && has(grants, "implicit"),
            "grant_types must include client_credentials and implicit",
        )?;
        let scopes = text(request, "scope");
        demand(
            !scopes.split(' ').any(|scope| scope == "openid"),
            "scope cannot contain openid",
        )?;
        demand(
            scopes.split_whitespace().all(|scope| {
                services::GRADE_SCOPES.contains(&scope) || scope == services::ROSTER_SCOPE
            }),
            "scope is not known",
        )?;
        demand(
            configuration["claims"].is_array() && configuration["messages"].is_array(),
            "claims and messages are required",
        )?;
    }
    Ok(())
}

/// Host, with the port where it is not the usual one.
fn domain(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

fn tool(lms: &DemoLms, client_id: &str, request: &Value) -> Result<Tool, Refusal> {
    let address = |value: &Value| {
        value
            .as_str()
            .and_then(|text| Url::parse(text).ok())
            .ok_or_else(|| refuse(StatusCode::BAD_REQUEST, "an address is none"))
    };
    let standing: BTreeMap<String, String> = lms
        .state()
        .registered
        .iter()
        .map(|tool| (tool.tool.client_id.clone(), tool.tool.deployment_id.clone()))
        .collect();
    let number = standing.len() + 2;
    let deployment_id = match standing.get(client_id) {
        Some(deployment) => deployment.clone(),
        None => match lms.settings().manners {
            Manners::Moodle => number.to_string(),
            Manners::Canvas => format!("{number}:{:040x}", number * 7919),
            Manners::Strict => format!("deployment-{number}"),
        },
    };
    Ok(Tool {
        login_url: address(&request["initiate_login_uri"])?,
        launch_url: address(&request["redirect_uris"][0])?,
        jwks_url: address(&request["jwks_uri"])?,
        client_id: client_id.to_owned(),
        deployment_id,
    })
}
