//! Launches: third-party login initiation, `OpenID` Connect authentication, the message.
//!
//! LTI security framework 1.0 section 5.1; refusals as each manner was measured.

use std::collections::BTreeMap;

use axum::{
    Form, Json,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::{
    DemoLms, Manners, Person, Role,
    course::{self, PageError},
    keys::random_word,
    links, services,
};

/// Name of the claim in the LTI core vocabulary.
macro_rules! claim {
    ($name:literal) => {
        concat!("https://purl.imsglobal.org/spec/lti/claim/", $name)
    };
}

/// A launch that waits for the browser to come back from the tool's login page.
#[derive(Debug)]
pub(crate) struct PendingLaunch {
    person_id: String,
    opened: Opened,
}

/// What a launch opens, and where.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Opened {
    #[serde(default)]
    target: Target,
    /// Learner whose work is reviewed (Submission Review 1.0); empty where it is everybody's.
    review: Option<String>,
    /// Placement that is opened, beside the one that the course begins with.
    link: Option<String>,
    /// Present where content is chosen (Deep Linking 2.0).
    select: Option<String>,
    /// Address of the tool that was handed in with a learner's work, as `SpeedGrader` opens it.
    address: Option<Url>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Target {
    #[default]
    Iframe,
    Window,
}

#[derive(Debug, Deserialize)]
pub(crate) struct LaunchQuery {
    person: Option<String>,
    #[serde(flatten)]
    opened: Opened,
}

/// `GET /lti/launch`: sends the browser to the tool's login page.
pub(crate) async fn launch(
    State(lms): State<DemoLms>,
    Query(query): Query<LaunchQuery>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let person_id = query
        .person
        .or_else(|| course::session(&headers))
        .unwrap_or_default();
    let Some(person) = lms.person(&person_id) else {
        return Err(PageError {
            status: StatusCode::NOT_FOUND,
            message: "Choose whom to be first, then open the activity again.".to_owned(),
        });
    };
    let launch_id = random_word()?;
    // Moodle's hint is JSON text, so that tools learn to hand it back byte for byte.
    let hint = match lms.settings().manners {
        Manners::Moodle => {
            json!({"cmid": 1, "launchid": format!("ltilaunch1_{launch_id}")}).to_string()
        }
        Manners::Strict | Manners::Canvas => launch_id,
    };
    lms.state().launches.insert(
        hint.clone(),
        PendingLaunch {
            person_id: person.id.clone(),
            opened: query.opened.clone(),
        },
    );
    let tool = lms.tool();
    let mut fields = vec![
        ("iss", lms.issuer()),
        (
            "target_link_uri",
            target_link_uri(&lms, &query.opened).to_string(),
        ),
        ("login_hint", person.id.clone()),
        ("lti_message_hint", hint),
        ("client_id", tool.client_id.clone()),
    ];
    if lms.settings().manners == Manners::Canvas {
        fields.push(("deployment_id", tool.deployment_id.clone()));
        fields.push(("canvas_region", "eu-west-1".to_owned()));
        fields.push(("canvas_environment", "production".to_owned()));
        fields.push(("lti_storage_target", STORAGE_FRAME.to_owned()));
    } else {
        fields.push(("lti_deployment_id", tool.deployment_id.clone()));
    }
    let page = course::post_page(&lms, tool.login_url.as_str(), &fields)?;
    Ok((
        [(header::SET_COOKIE, course::session_cookie(&person.id))],
        page,
    )
        .into_response())
}

fn target_link_uri(lms: &DemoLms, opened: &Opened) -> Url {
    opened
        .address
        .clone()
        .unwrap_or_else(|| lms.tool().launch_url)
}

/// Name of the frame that keeps values for the tool, beside the tool's own frame.
const STORAGE_FRAME: &str = "lti_storage";

/// `GET /lti/storage.js`: for the frame and the page around it.
pub(crate) async fn storage_script() -> Response {
    (
        [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")],
        include_str!("pages/storage.js"),
    )
        .into_response()
}

/// `GET /lti/jwks`: the key that signs launches.
pub(crate) async fn key_set(State(lms): State<DemoLms>) -> Response {
    if lms.state().key_set_down {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    (
        [(header::CACHE_CONTROL, "public, max-age=3600")],
        Json(lms.inner.key.key_set()),
    )
        .into_response()
}

type Parameters = BTreeMap<String, String>;

/// `GET /lti/auth`, the usual way.
pub(crate) async fn authenticate(
    State(lms): State<DemoLms>,
    Query(parameters): Query<Parameters>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    answer(&lms, &headers, &parameters)
}

/// `POST /lti/auth`, which `OpenID` Connect allows as well.
pub(crate) async fn authenticate_form(
    State(lms): State<DemoLms>,
    headers: HeaderMap,
    Form(parameters): Form<Parameters>,
) -> Result<Response, PageError> {
    answer(&lms, &headers, &parameters)
}

/// What is wrong with an authentication request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Problem {
    Client,
    RedirectUri,
    Scope,
    ResponseType,
    ResponseMode,
    Prompt,
    Nonce,
    MessageHint,
    SomebodyElse,
    UsedLaunch,
}

fn answer(
    lms: &DemoLms,
    headers: &HeaderMap,
    parameters: &Parameters,
) -> Result<Response, PageError> {
    let session = course::session(headers);
    // The session cookie is `SameSite=Lax`, so a browser keeps it back when the tool sent the
    // request. A form that this page posts to itself comes from the same site and brings it.
    if session.is_none() && !parameters.contains_key("repost") {
        let mut fields: Vec<(&str, String)> = parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.clone()))
            .collect();
        fields.push(("repost", "true".to_owned()));
        return course::post_page(lms, lms.authorization_url().as_str(), &fields);
    }
    let state = parameters.get("state").cloned().unwrap_or_default();
    let launch_url = lms.tool().launch_url;
    let launch_url = launch_url.as_str();
    match check(lms, session.as_deref(), parameters) {
        Ok((person, opened)) => {
            let nonce = parameters.get("nonce").cloned().unwrap_or_default();
            let id_token = lms
                .inner
                .key
                .sign(&message(lms, &person, &opened, &nonce)?)?;
            let fields = [("id_token", id_token), ("state", state)];
            course::post_page(lms, launch_url, &fields)
        }
        Err(problem) => match oauth_error(lms.settings().manners, problem) {
            Some((error, description)) => {
                let fields = [
                    ("error", error.to_owned()),
                    ("error_description", description.to_owned()),
                    ("state", state),
                ];
                course::post_page(lms, launch_url, &fields)
            }
            None => Err(PageError {
                status: match lms.settings().manners {
                    Manners::Moodle => StatusCode::NOT_FOUND,
                    Manners::Strict | Manners::Canvas => StatusCode::BAD_REQUEST,
                },
                message: format!(
                    "Invalid request: {}. Go back to the course and open the activity again.",
                    explain(problem)
                ),
            }),
        },
    }
}

fn check(
    lms: &DemoLms,
    session: Option<&str>,
    parameters: &Parameters,
) -> Result<(Person, Opened), Problem> {
    let parameter = |name: &str| parameters.get(name).map(String::as_str);
    let tool = lms.tool();
    let demand = |holds: bool, problem: Problem| holds.then_some(()).ok_or(problem);
    // The redirect URI comes first: until it is known to be the tool's, nothing may go there.
    demand(
        parameter("redirect_uri") == Some(tool.launch_url.as_str()),
        Problem::RedirectUri,
    )?;
    demand(
        parameter("client_id") == Some(&tool.client_id),
        Problem::Client,
    )?;
    demand(parameter("scope") == Some("openid"), Problem::Scope)?;
    demand(
        parameter("response_type") == Some("id_token"),
        Problem::ResponseType,
    )?;
    demand(
        parameter("response_mode") == Some("form_post"),
        Problem::ResponseMode,
    )?;
    demand(
        match parameter("prompt") {
            None => lms.settings().manners == Manners::Moodle,
            Some(prompt) => prompt == "none",
        },
        Problem::Prompt,
    )?;
    demand(
        parameter("nonce").is_some_and(|nonce| !nonce.is_empty()),
        Problem::Nonce,
    )?;
    let hint = parameter("lti_message_hint").ok_or(Problem::MessageHint)?;
    let person = parameter("login_hint")
        .filter(|login_hint| session == Some(login_hint))
        .and_then(|id| lms.person(id))
        .ok_or(Problem::SomebodyElse)?;
    let launch = lms
        .state()
        .launches
        .remove(hint)
        .ok_or(Problem::UsedLaunch)?;
    demand(launch.person_id == person.id, Problem::SomebodyElse)?;
    Ok((person.clone(), launch.opened))
}

/// Error that is posted to the tool; none means that the browser stays on an error page.
fn oauth_error(manners: Manners, problem: Problem) -> Option<(&'static str, &'static str)> {
    let error = match (manners, problem) {
        (_, Problem::RedirectUri)
        | (
            Manners::Moodle,
            Problem::Scope | Problem::Nonce | Problem::MessageHint | Problem::UsedLaunch,
        ) => return None,
        (_, Problem::Client) => "unauthorized_client",
        (Manners::Canvas, Problem::UsedLaunch) => "launch_no_longer_valid",
        (Manners::Moodle, Problem::SomebodyElse) => "access_denied",
        (_, Problem::SomebodyElse) => "login_required",
        (Manners::Canvas, _) => "invalid_request_object",
        (Manners::Strict, Problem::Scope) => "invalid_scope",
        (_, Problem::ResponseType) => "unsupported_response_type",
        (_, _) => "invalid_request",
    };
    Some((error, explain(problem)))
}

fn explain(problem: Problem) -> &'static str {
    match problem {
        Problem::Client => "Unknown client_id",
        Problem::RedirectUri => "Unregistered redirect_uri",
        Problem::Scope => "Invalid scope",
        Problem::ResponseType => "Invalid response_type",
        Problem::ResponseMode => "Invalid response_mode",
        Problem::Prompt => "Invalid prompt",
        Problem::Nonce => "Missing nonce",
        Problem::MessageHint => "Missing lti_message_hint",
        Problem::SomebodyElse => "The signed-in person is not the one of login_hint",
        Problem::UsedLaunch => "This launch was used already or never began",
    }
}

/// Claims of an `LtiResourceLinkRequest` (LTI core 1.3 section 5.3), or of the review of a
/// learner's work (Submission Review 1.0).
fn message(
    lms: &DemoLms,
    person: &Person,
    opened: &Opened,
    nonce: &str,
) -> Result<Value, PageError> {
    let link = lms.link(opened.link.as_deref()).ok_or_else(|| PageError {
        status: StatusCode::NOT_FOUND,
        message: "There is no such activity in the course.".to_owned(),
    })?;
    let (settings, tool) = (lms.settings(), lms.tool());
    let now = lms.now().timestamp();
    let memberships = services::memberships_url(lms);
    let grade_scopes = lms.state().grade_scopes.clone();
    let document_target = match opened.target {
        Target::Iframe => "iframe",
        Target::Window => "window",
    };
    let (lifetime, context_type, family) = match settings.manners {
        Manners::Strict => (
            300,
            "http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering",
            "demo-lms",
        ),
        Manners::Moodle => (60, "CourseSection", "moodle"),
        Manners::Canvas => (
            3600,
            "http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering",
            "canvas",
        ),
    };
    let mut custom: Parameters = lms.expanded(&link);
    if settings.manners == Manners::Moodle {
        custom.insert(
            "context_memberships_url".to_owned(),
            memberships.to_string(),
        );
    }
    let mut claims = json!({
        "iss": lms.issuer(),
        "aud": tool.client_id,
        "sub": person.id,
        "iat": now,
        "exp": now + lifetime,
        "nonce": nonce,
        "name": person.name(),
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
        claim!("version"): "1.3.0",
        claim!("message_type"): "LtiResourceLinkRequest",
        claim!("deployment_id"): tool.deployment_id,
        claim!("target_link_uri"): target_link_uri(lms, opened),
        claim!("roles"): [person.role.uri()],
        claim!("context"): {
            "id": link.course,
            "label": course::COURSE_CODE,
            "title": lms.course_title(&link.course),
            "type": [context_type],
        },
        claim!("resource_link"): {
            "id": link.id,
            "title": link.title,
        },
        claim!("launch_presentation"): {
            "locale": "en",
            "document_target": document_target,
            "return_url": lms.address("/lti/return"),
        },
        claim!("tool_platform"): {
            "guid": "northgate-demo",
            "name": course::COLLEGE,
            "product_family_code": family,
        },
        claim!("custom"): custom,
        "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint": {
            "scope": grade_scopes,
            "lineitems": services::line_items_url(lms, &link.course),
        },
        "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice": {
            "context_memberships_url": memberships,
            "service_versions": ["2.0"],
        },
    });
    if lms.state().roster_off
        && let Some(claims) = claims.as_object_mut()
    {
        claims.remove("https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice");
    }
    if let Some(item) = services::named_line_item(lms, &link) {
        claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]["lineitem"] = json!(item);
    }
    if opened.select.is_some() {
        claims[claim!("message_type")] = json!("LtiDeepLinkingRequest");
        claims["https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"] =
            links::deep_linking_settings(lms)?;
        if let Some(claims) = claims.as_object_mut() {
            claims.remove(claim!("resource_link"));
        }
    }
    if let Some(learner) = &opened.review {
        claims[claim!("message_type")] = json!("LtiSubmissionReviewRequest");
        // The link at the head of a column names nobody.
        if !learner.is_empty() {
            claims[claim!("for_user")] = json!({"user_id": learner});
        }
    }
    match settings.manners {
        Manners::Strict => {
            claims["https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice"] = json!({
                "context_groups_url": services::groups_url(lms),
                "scope": [services::GROUP_SCOPE],
                "service_versions": ["1.0"],
            });
        }
        Manners::Moodle => {
            claims[claim!("ext")] = json!({"user_username": person.id, "lms": "moodle-2"});
            claims[claim!("lis")] = json!({
                "person_sourcedid": "",
                "course_section_sourcedid": "",
            });
        }
        Manners::Canvas => {
            claims["azp"] = json!(tool.client_id);
            claims["https://www.instructure.com/placement"] = Value::Null;
            let institution = match person.role {
                Role::Assessor => "Instructor",
                Role::Learner => "Student",
            };
            claims[claim!("roles")] = json!([
                format!("http://purl.imsglobal.org/vocab/lis/v2/institution/person#{institution}"),
                person.role.uri(),
                "http://purl.imsglobal.org/vocab/lis/v2/system/person#User",
            ]);
        }
    }
    if lms.state().preview.contains(&person.id)
        && let Some(roles) = claims[claim!("roles")].as_array_mut()
    {
        roles.push(json!(services::TEST_USER));
    }
    Ok(claims)
}
