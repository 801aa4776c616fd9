//! The addresses that platforms call: login, launch, key set.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use lti::keys::key_set_json;
use workflow::launch::{LaunchForm, begin_login, complete};

use crate::Web;
use crate::failure::Failure;
use crate::forms::Fields;
use crate::session::{cookie, cookies, session_cookie};

/// How long the cookie that binds a state to its browser lasts.
const LOGIN_SECONDS: i64 = 30 * 60;

/// One cookie for each login under way, so that two launches in one browser do
/// not push each other out. A piece of the state tells them apart.
fn login_cookie_name(state: &str) -> String {
    let tag: String = state
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(12)
        .collect();
    format!("markbridge-login-{tag}")
}

pub(crate) async fn login_by_query(
    web: State<Web>,
    query: Result<Query<Vec<(String, String)>>, QueryRejection>,
) -> Result<Response, Failure> {
    let Query(params) = query.map_err(|_| Failure::bad_form("The address could not be read."))?;
    login(web, Fields(params)).await
}

pub(crate) async fn login_by_form(web: State<Web>, fields: Fields) -> Result<Response, Failure> {
    login(web, fields).await
}

async fn login(State(web): State<Web>, Fields(params): Fields) -> Result<Response, Failure> {
    let redirect = begin_login(web.app(), &params)
        .await
        .map_err(|problem| Failure::launch(&problem))?;
    let name = login_cookie_name(&redirect.state);
    let cookie = cookie(&name, &redirect.browser_secret, "/lti", LOGIN_SECONDS);
    Ok((
        StatusCode::FOUND,
        [(LOCATION, redirect.url.to_string()), (SET_COOKIE, cookie)],
    )
        .into_response())
}

pub(crate) async fn launch(
    State(web): State<Web>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    let own = |name: &str| {
        fields
            .get(name)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    };
    let name = login_cookie_name(fields.text("state"));
    let form = LaunchForm {
        id_token: own("id_token"),
        state: own("state"),
        error: own("error"),
        error_description: own("error_description"),
        browser_secret: cookies(&headers, &name).next().map(str::to_owned),
    };
    let signed_in = complete(web.app(), form)
        .await
        .map_err(|problem| Failure::launch(&problem))?;
    let session = session_cookie(
        signed_in.activity,
        &signed_in.token,
        signed_in.lifetime.num_seconds(),
    );
    let mut response = (
        StatusCode::SEE_OTHER,
        [(LOCATION, format!("/a/{}", signed_in.activity))],
    )
        .into_response();
    for cookie in [session, cookie(&name, "", "/lti", 0)] {
        if let Ok(value) = cookie.parse() {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
    Ok(response)
}

pub(crate) async fn key_set(State(web): State<Web>) -> Response {
    let keys = key_set_json(&[&web.app().signing_key]);
    ([(CACHE_CONTROL, "public, max-age=300")], Json(keys)).into_response()
}
