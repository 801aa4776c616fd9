//! The pages of the demo course.

use aws_lc_rs::digest;
use axum::{
    Form, Json,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use minijinja::Environment;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{DemoLms, DemoLmsError, GradeRow, Manners, Person, Role};

pub(crate) const COLLEGE: &str = "Northgate College";
pub(crate) const COURSE_ID: &str = "2";
pub(crate) const COURSE_CODE: &str = "CM3-A";
pub(crate) const COURSE_TITLE: &str = "Coaching and Mentoring, autumn group";
pub(crate) const RESOURCE_LINK_ID: &str = "1";

/// Sends a form on its way; the button beside it serves browsers without scripts.
const SUBMIT_SCRIPT: &str = "document.forms[0].submit()";

const SESSION_COOKIE: &str = "demo_vle_person";

/// The page templates, compiled.
pub(crate) fn templates() -> Result<Environment<'static>, DemoLmsError> {
    let mut templates = Environment::new();
    for (name, source) in [
        ("base.html", include_str!("pages/base.html")),
        ("course.html", include_str!("pages/course.html")),
        ("people.html", include_str!("pages/people.html")),
        ("activity.html", include_str!("pages/activity.html")),
        ("gradebook.html", include_str!("pages/gradebook.html")),
        ("message.html", include_str!("pages/message.html")),
        ("select.html", include_str!("pages/select.html")),
        ("storage.html", include_str!("pages/storage.html")),
        ("post.html", include_str!("pages/post.html")),
        ("tools.html", include_str!("pages/tools.html")),
    ] {
        templates.add_template(name, source)?;
    }
    Ok(templates)
}

/// A page that says why there is no other.
#[derive(Debug)]
pub(crate) struct PageError {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
}

impl From<DemoLmsError> for PageError {
    fn from(error: DemoLmsError) -> Self {
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            message: error.to_string(),
        }
    }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        // An error must be shown even when the templates are what is broken.
        let title = self
            .status
            .canonical_reason()
            .unwrap_or("Something went wrong");
        let mut templates = Environment::new();
        let page = templates
            .add_template("message.html", include_str!("pages/message.html"))
            .and_then(|()| templates.get_template("message.html"))
            .and_then(|template| {
                let values = json!({"title": title, "message": self.message, "college": COLLEGE});
                template.render(minijinja::value::Serde(&values))
            })
            .unwrap_or_else(|_| self.message.clone());
        let headers = page_headers(
            "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'self'",
        );
        (self.status, headers, Html(page)).into_response()
    }
}

/// `GET /`: the course.
pub(crate) async fn course(
    State(lms): State<DemoLms>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let grade = own_grade(&lms, &headers);
    let values = json!({"grade": grade, "links": lms.links()});
    page(&lms, &headers, "course.html", values)
}

/// `GET /people`: whom to be.
pub(crate) async fn people(
    State(lms): State<DemoLms>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let (learners, assessors): (Vec<&Person>, Vec<&Person>) = lms
        .inner
        .people
        .iter()
        .partition(|person| person.role == Role::Learner);
    let context = json!({"assessors": assessors, "learners": learners});
    page(&lms, &headers, "people.html", context)
}

#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    person: String,
}

/// `POST /people`: signs in as somebody. There is nothing to protect, so no password.
pub(crate) async fn choose_person(
    State(lms): State<DemoLms>,
    Form(choice): Form<Choice>,
) -> Result<Response, PageError> {
    let Some(person) = lms.person(&choice.person) else {
        return Err(PageError {
            status: StatusCode::NOT_FOUND,
            message: "Nobody of that name is on this course. Choose from the list.".to_owned(),
        });
    };
    Ok((
        [(header::SET_COOKIE, session_cookie(&person.id))],
        Redirect::to("/"),
    )
        .into_response())
}

/// `GET /activity/{link}`: an activity with the tool in a frame.
pub(crate) async fn activity(
    State(lms): State<DemoLms>,
    Path(link): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    if signed_in(&lms, &headers).is_none() {
        return Ok(Redirect::to("/people").into_response());
    }
    let Some(link) = lms.link(Some(&link)) else {
        return Err(not_found().await);
    };
    let grade = own_grade(&lms, &headers);
    // Canvas keeps values for tools in a frame beside the tool's; Moodle does not.
    let storage = lms.settings().manners == Manners::Canvas;
    let values = json!({"grade": grade, "storage": storage, "link": link});
    page(&lms, &headers, "activity.html", values)
}

/// `GET /select`: the tool in a frame, to choose content.
pub(crate) async fn select(
    State(lms): State<DemoLms>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    page(&lms, &headers, "select.html", json!({}))
}

/// A page with something to say.
pub(crate) fn message_page(
    lms: &DemoLms,
    headers: &HeaderMap,
    title: &str,
    message: &str,
) -> Result<Response, PageError> {
    let values = json!({"title": title, "message": message});
    page(lms, headers, "message.html", values)
}

/// `GET /lti/storage`: the frame that keeps values for the tool.
pub(crate) async fn storage(
    State(lms): State<DemoLms>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    page(&lms, &headers, "storage.html", json!({}))
}

/// `GET /gradebook`: a learner sees their own line, everybody else sees all.
pub(crate) async fn gradebook(
    State(lms): State<DemoLms>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let rows: Vec<Value> = match own_grade(&lms, &headers) {
        Some(own) => vec![own],
        None => lms.gradebook().iter().map(row_value).collect(),
    };
    page(&lms, &headers, "gradebook.html", json!({"rows": rows}))
}

/// `GET /gradebook.json`: every line, for programs.
pub(crate) async fn gradebook_json(State(lms): State<DemoLms>) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(lms.gradebook())).into_response()
}

/// `GET /style.css`.
pub(crate) async fn style() -> Response {
    (
        [
            (header::CONTENT_TYPE, "text/css; charset=utf-8"),
            (header::CACHE_CONTROL, "public, max-age=3600"),
        ],
        include_str!("pages/style.css"),
    )
        .into_response()
}

#[derive(Debug, Deserialize)]
pub(crate) struct ToolReturn {
    lti_msg: Option<String>,
    lti_errormsg: Option<String>,
}

/// `GET /lti/return`: where the tool sends people when they leave it.
pub(crate) async fn tool_return(
    State(lms): State<DemoLms>,
    Query(query): Query<ToolReturn>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let message = query
        .lti_errormsg
        .or(query.lti_msg)
        .unwrap_or_else(|| "You have left the activity.".to_owned());
    message_page(&lms, &headers, "Back from the activity", &message)
}

/// Any other address.
pub(crate) async fn not_found() -> PageError {
    PageError {
        status: StatusCode::NOT_FOUND,
        message: "There is no page at this address.".to_owned(),
    }
}

/// Id of the person that the browser is signed in as, known or not.
pub(crate) fn session(headers: &HeaderMap) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == SESSION_COOKIE)
        .map(|(_, value)| value.to_owned())
}

pub(crate) fn session_cookie(person_id: &str) -> String {
    format!("{SESSION_COOKIE}={person_id}; Path=/; HttpOnly; SameSite=Lax")
}

/// Page with a form that posts itself.
pub(crate) fn post_page(
    lms: &DemoLms,
    action: &str,
    fields: &[(&str, String)],
) -> Result<Response, PageError> {
    let html = render(
        lms,
        "post.html",
        &json!({"action": action, "fields": fields, "script": SUBMIT_SCRIPT, "college": COLLEGE}),
    )?;
    let script = STANDARD.encode(digest::digest(&digest::SHA256, SUBMIT_SCRIPT.as_bytes()));
    // Browsers hold the redirects behind a form to `form-action` as well, and the tool's login
    // page sends the browser back here: both sites are named.
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src data:; script-src 'sha256-{script}'; \
         form-action 'self' {}; base-uri 'none'; frame-ancestors 'self'",
        tool_origins(lms)
    );
    Ok((page_headers(&policy), Html(html)).into_response())
}

fn page(
    lms: &DemoLms,
    headers: &HeaderMap,
    template: &str,
    mut values: Value,
) -> Result<Response, PageError> {
    let person = signed_in(lms, headers).map(|person| {
        json!({
            "id": person.id,
            "name": person.name(),
            "role": role_name(person.role),
            "assesses": person.role == Role::Assessor,
        })
    });
    values["college"] = json!(COLLEGE);
    values["course"] = json!(COURSE_TITLE);
    values["unit_title"] = json!(lms.settings().unit_title);
    values["manners"] = json!(lms.settings().manners.to_string());
    values["person"] = json!(person);
    values["here"] = json!(template.trim_end_matches(".html"));
    let html = render(lms, template, &values)?;
    let policy = format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; \
         form-action 'self'; frame-src 'self' {}; base-uri 'none'; frame-ancestors 'self'",
        tool_origins(lms)
    );
    Ok((page_headers(&policy), Html(html)).into_response())
}

pub(crate) fn render(
    lms: &DemoLms,
    template: &str,
    values: &Value,
) -> Result<String, DemoLmsError> {
    let values = minijinja::value::Serde(values);
    Ok(lms.inner.templates.get_template(template)?.render(values)?)
}

pub(crate) fn page_headers(policy: &str) -> [(header::HeaderName, String); 4] {
    [
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy.to_owned()),
        (header::REFERRER_POLICY, "same-origin".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ]
}

fn tool_origins(lms: &DemoLms) -> String {
    let tool = lms.tool();
    let login = tool.login_url.origin().ascii_serialization();
    let launch = tool.launch_url.origin().ascii_serialization();
    if login == launch {
        login
    } else {
        format!("{login} {launch}")
    }
}

fn signed_in<'a>(lms: &'a DemoLms, headers: &HeaderMap) -> Option<&'a Person> {
    lms.person(&session(headers)?)
}

fn own_grade(lms: &DemoLms, headers: &HeaderMap) -> Option<Value> {
    let person = signed_in(lms, headers)?;
    let rows = lms.gradebook();
    let row = rows.iter().find(|row| row.user_id == person.id)?;
    Some(row_value(row))
}

fn row_value(row: &GradeRow) -> Value {
    let progress = match (&row.activity_progress, &row.grading_progress) {
        (Some(activity), Some(grading)) => {
            format!("{}, {}", in_words(activity), in_words(grading))
        }
        _ => "Nothing yet".to_owned(),
    };
    json!({
        "user_id": row.user_id,
        "name": row.name,
        "score": row.score.map(short_number),
        "maximum": short_number(row.maximum),
        "comments": row.comments,
        "time": row.timestamp.map(|time| time.format("%-d %B %Y, %H:%M:%S").to_string()),
        "progress": progress,
        "attempts": row.attempts,
    })
}

/// AGS names of progress as people say them; unknown ones stay as they came.
fn in_words(progress: &str) -> &str {
    match progress {
        "Initialized" => "opened",
        "Started" => "started",
        "InProgress" => "in progress",
        "Submitted" => "handed in",
        "Completed" => "completed",
        "FullyGraded" => "graded",
        "Pending" => "grade to come",
        "PendingManual" => "waiting for a marker",
        "Failed" => "grading failed",
        "NotReady" => "not graded",
        other => other,
    }
}

fn short_number(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Assessor => "assessor",
        Role::Learner => "learner",
    }
}
