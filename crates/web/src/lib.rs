//! Routes, forms, cookies and pages. A handler only translates: it takes the
//! request apart, calls one step of `workflow`, and shows what came of it. SQL
//! and rules are elsewhere.
//!
//! Everything that belongs to an activity lives below `/a/{activity}`, and so
//! does the session cookie, so that two activities open in two tabs are two
//! sessions.
//!
//! # Adding a page
//! Add its context and template to [`pages`], a handler to the module of its
//! subject, and the route to [`router`].

mod admin;
mod arrival;
mod cohort;
mod course_copy;
mod diagnosis;
mod evidence;
mod failure;
mod forms;
mod frame;
mod import;
mod invitations;
mod launch;
mod mapping;
mod marking;
mod marking_tables;
mod overlay;
pub mod pages;
mod platforms;
mod plugins;
mod redaction;
mod register;
mod release;
mod result;
mod roster;
mod selection;
mod session;
mod table;
mod typed;
mod unit;
mod wording;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Request, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use sha2::{Digest, Sha256};
use tower_http::catch_panic::CatchPanicLayer;
use workflow::App;

use crate::pages::{Page, RenderError, Templates};

/// What handlers share.
#[derive(Debug, Clone)]
pub struct Web(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    app: Arc<App>,
    templates: Templates,
    stylesheet: String,
    script: String,
    arrival_script: String,
}

impl Web {
    /// Compiles the templates and names the static files by their digests.
    ///
    /// # Errors
    /// [`RenderError`] where a template does not compile.
    pub fn new(app: Arc<App>) -> Result<Self, RenderError> {
        Ok(Self(Arc::new(Shared {
            app,
            templates: Templates::new()?,
            stylesheet: address("markbridge.css", pages::STYLESHEET),
            script: address("markbridge.js", pages::SCRIPT),
            arrival_script: address("arrival.js", pages::ARRIVAL_SCRIPT),
        })))
    }

    fn app(&self) -> &App {
        &self.0.app
    }

    fn page<P: Page>(&self, page: &P) -> Result<Response, failure::Failure> {
        let html = self
            .0
            .templates
            .render(page)
            .map_err(|error| failure::Failure::template(&error))?;
        Ok(axum::response::Html(html).into_response())
    }
}

/// Address of a static file, with its digest in it, so that it can be kept for good.
fn address(name: &str, content: &str) -> String {
    let digest = format!("{:x}", Sha256::digest(content.as_bytes()));
    format!("/static/{}/{name}", &digest[..16])
}

/// All routes.
pub fn router(web: Web) -> Router {
    let activity = Router::new()
        .route("/", get(unit::start))
        .route("/arrived", get(arrival::arrive))
        .route("/window", get(arrival::own))
        .route("/unit", get(unit::home))
        .route("/choose-unit", get(unit::choose).post(unit::chosen))
        .route(
            "/link-again",
            get(course_copy::page).post(course_copy::take_over),
        )
        .route("/evidence", get(evidence::page).post(evidence::upload))
        .route("/evidence/{id}/text", get(evidence::text))
        .route("/evidence/{id}/file", get(evidence::file))
        .route("/evidence/{id}/remove", post(evidence::remove))
        .route("/evidence/{id}/rows", get(table::page).post(table::save))
        .route("/evidence/{id}/remove-row", post(table::remove_row))
        .route("/evidence/{id}/remove-rows", post(table::remove_rows))
        .route("/evidence/{id}/undo", post(table::undo))
        .route("/evidence/{id}/paste", post(import::paste))
        .route(
            "/evidence/{id}/import",
            get(import::page).post(import::take),
        )
        .route("/evidence/{id}/template.xlsx", get(import::template))
        .route("/evidence/{id}/template.csv", get(import::template_csv))
        .route("/evidence/{id}/parts", post(mapping::say))
        .route("/evidence/{id}/personal", post(evidence::personal))
        .route("/evidence/{id}/type", get(typed::page).post(typed::save))
        .route("/evidence/check", post(evidence::check))
        .route("/hand-in", post(evidence::hand_in))
        .route("/take-back", post(evidence::take_back))
        .route("/result", get(result::page))
        .route("/resubmit", post(result::resubmit))
        .route("/cohort", get(cohort::page))
        .route("/roster", get(roster::page))
        .route("/roster/sync", post(roster::sync))
        .route("/submissions/{id}", get(marking::page))
        .route("/submissions/{id}/rows/{slot}", get(table::submitted))
        .route(
            "/submissions/{id}/rows/{slot}/personal",
            post(table::personal),
        )
        .route("/submissions/{id}/marks", post(marking::save))
        .route("/submissions/{id}/findings", post(marking::judge))
        .route("/submissions/{id}/check", post(marking::check))
        .route("/submissions/{id}/sheet", get(marking::sheet))
        .route(
            "/submissions/{id}/redaction",
            get(redaction::page).post(redaction::change),
        )
        .route("/submissions/{id}/redaction/copy", post(redaction::copy))
        .route(
            "/submissions/{id}/sign",
            get(release::sign_page).post(release::sign),
        )
        .route(
            "/submissions/{id}/release",
            get(release::page).post(release::release),
        )
        .route("/submissions/{id}/reopen", post(release::reopen))
        .route("/submissions/{id}/resend", post(release::resend));
    let admin = Router::new()
        .route("/", get(admin::start))
        .route("/enter", get(admin::enter_page).post(admin::enter))
        .route("/sign-out", post(admin::sign_out))
        .route("/platforms", get(platforms::list))
        .route(
            "/platforms/add",
            get(platforms::add_page).post(platforms::add),
        )
        .route("/platforms/{id}", get(platforms::page))
        .route("/platforms/{id}/test", post(diagnosis::test))
        .route("/platforms/{id}/{change}", post(platforms::change))
        .route(
            "/invitations",
            get(invitations::page).post(invitations::make),
        )
        .route("/invitations/{id}/revoke", post(invitations::revoke))
        .route("/units", get(overlay::page))
        .route("/plugins", get(plugins::page).post(plugins::install))
        .route("/plugins/upgrade", get(plugins::upgrade))
        .route("/plugins/use", post(plugins::use_version))
        .fallback(|| async { failure::Failure::no_such_admin_page() });
    let selection = Router::new()
        .route("/", get(selection::units))
        .route("/arrived", get(arrival::arrive_to_choose))
        .route("/details", get(selection::details).post(selection::change))
        .route("/review", post(selection::review))
        .route("/answer", post(selection::answer))
        .route("/cancel", post(selection::cancel));
    let (stylesheet, script, arrival_script) = (
        web.0.stylesheet.clone(),
        web.0.script.clone(),
        web.0.arrival_script.clone(),
    );
    Router::new()
        .route(
            "/lti/login",
            get(launch::login_by_query).post(launch::login_by_form),
        )
        .route("/lti/launch", post(launch::launch))
        .route("/lti/proof", post(arrival::proof))
        .route("/lti/window", post(arrival::window))
        .route("/lti/jwks", get(launch::key_set))
        .route(
            "/lti/register",
            get(register::page).post(register::register),
        )
        .route("/lti/canvas.json", get(register::canvas))
        .nest("/a/{activity}", activity)
        .nest("/admin", admin)
        .nest("/select/{selection}", selection)
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route(
            &stylesheet,
            get(|| async { kept_for_good("text/css; charset=utf-8", pages::STYLESHEET) }),
        )
        .route(
            &script,
            get(|| async { kept_for_good("text/javascript; charset=utf-8", pages::SCRIPT) }),
        )
        .route(
            &arrival_script,
            get(|| async {
                kept_for_good("text/javascript; charset=utf-8", pages::ARRIVAL_SCRIPT)
            }),
        )
        .fallback(|| async { failure::Failure::not_found() })
        .method_not_allowed_fallback(|| async { failure::Failure::only_sent_to() })
        // Uploads are cut off by `evidence::upload`, which reads them to their
        // end, so that the browser gets an answer instead of a broken connection.
        .layer(DefaultBodyLimit::disable())
        .layer(middleware::from_fn_with_state(web.clone(), failure::show))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(headers))
        .with_state(web)
}

async fn ready(State(web): State<Web>) -> Response {
    match web.app().storage.read().await {
        Ok(_) => "ready".into_response(),
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer",
        )
            .into_response(),
    }
}

fn kept_for_good(kind: &'static str, content: &'static str) -> Response {
    (
        [
            (CONTENT_TYPE, kind),
            (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ],
        content,
    )
        .into_response()
}

/// Where pages may take anything from and send forms to: to ourselves, and forms
/// to the places that are named.
pub(crate) fn content_policy(form_action: &str) -> String {
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action {form_action}; base-uri 'none'"
    )
}

/// What every answer says about itself. Framing is allowed anywhere, for a tool
/// lives in its platform's frame, and platforms have hosts that nobody registers;
/// but pages for administrators are never shown in a frame.
async fn headers(request: Request<axum::body::Body>, next: Next) -> Response {
    let path = request.uri().path();
    let is_admin = path == "/admin" || path.starts_with("/admin/");
    let mut policy = content_policy("'self'");
    if is_admin {
        policy.push_str("; frame-ancestors 'none'");
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    if let Ok(policy) = policy.parse() {
        headers.entry(CONTENT_SECURITY_POLICY).or_insert(policy);
    }
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers
        .entry(REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
