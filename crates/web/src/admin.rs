//! Administrators: signing in and out, and what their pages share.

use axum::extract::{FromRequestParts, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use workflow::admin::{Administrator, enter as enter_by, leave, link_counts};

use crate::Web;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::pages::{AdminEnter, Frame, NavItem, OurSide};
use crate::session::cookies;

/// Name of the session cookie of administrators.
const SESSION: &str = "markbridge-admin";

/// Administrators come to pages of their own, never in another site's frame, so
/// their cookie stays home: `Lax` lets a link open the page, and no foreign form
/// brings the cookie along.
fn session_cookie(token: &str, seconds: i64) -> String {
    format!("{SESSION}={token}; Path=/admin; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax")
}

/// The administrator who asks; without one, the page that says how to sign in.
#[derive(Debug)]
pub(crate) struct AdminSession(pub(crate) Administrator);

impl FromRequestParts<Web> for AdminSession {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        for token in cookies(&parts.headers, SESSION) {
            if let Some(administrator) = Administrator::of(web.app(), token).await? {
                return Ok(Self(administrator));
            }
        }
        Err(Failure::no_administrator())
    }
}

impl AdminSession {
    /// Passes forms that carry the session's token.
    ///
    /// # Errors
    /// A failure that tells how to go on.
    pub(crate) fn guard(&self, fields: &Fields) -> Result<(), Failure> {
        fields
            .guard(&self.0.csrf)
            .map_err(|_| Failure::no_administrator())
    }
}

/// The frame of a page; `current` is the last part of its address.
pub(crate) fn frame(web: &Web, session: &AdminSession, current: &str) -> Frame {
    Frame {
        base: "/admin".to_owned(),
        stylesheet: web.0.stylesheet.clone(),
        script: web.0.script.clone(),
        unit_number: String::new(),
        unit_title: String::new(),
        who: "Administrator".to_owned(),
        nav: NavItem::of_administrators(current),
        return_url: None,
        return_target: "_self",
        csrf: session.0.csrf.clone(),
        notice: None,
    }
}

/// What platforms are told about us.
pub(crate) fn our_side(web: &Web) -> OurSide {
    let address = |path: &str| {
        let mut url = web.app().public_url.clone();
        url.set_path(path);
        url.to_string()
    };
    OurSide {
        launch: address("/lti/launch"),
        login: address("/lti/login"),
        jwks: address("/lti/jwks"),
        canvas: address("/lti/canvas.json"),
    }
}

pub(crate) async fn start() -> Redirect {
    Redirect::to("/admin/platforms")
}

pub(crate) async fn enter_page(
    State(web): State<Web>,
    Query(params): Query<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let code = Fields(params).text("code").to_owned();
    let counts = link_counts(web.app(), &code).await?;
    entering(&web, counts.then_some(code))
}

pub(crate) async fn enter(State(web): State<Web>, fields: Fields) -> Result<Response, Failure> {
    let Some(entered) = enter_by(web.app(), fields.text("code")).await? else {
        return entering(&web, None);
    };
    let cookie = session_cookie(&entered.token, entered.lifetime.num_seconds());
    Ok(([(SET_COOKIE, cookie)], Redirect::to("/admin/platforms")).into_response())
}

fn entering(web: &Web, code: Option<String>) -> Result<Response, Failure> {
    let status = if code.is_some() {
        StatusCode::OK
    } else {
        StatusCode::FORBIDDEN
    };
    let page = AdminEnter {
        stylesheet: web.0.stylesheet.clone(),
        code,
    };
    Ok((status, web.page(&page)?).into_response())
}

pub(crate) async fn sign_out(
    State(web): State<Web>,
    session: AdminSession,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    session.guard(&fields)?;
    for token in cookies(&headers, SESSION) {
        leave(web.app(), token).await?;
    }
    let gone = session_cookie("", 0);
    Ok(([(SET_COOKIE, gone)], Redirect::to("/admin/enter")).into_response())
}
