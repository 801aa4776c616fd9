//! The addresses that platforms call: login, launch, key set.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use lti::keys::key_set_json;
use workflow::Problem;
use workflow::launch::{LaunchForm, Launched, begin_login, complete};

use crate::Web;
use crate::arrival::{address, offer_window, signed_in_at};
use crate::failure::Failure;
use crate::forms::Fields;
use crate::pages::LoginPage;
use crate::session::{cookie, cookies};

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
        .map_err(Failure::launch)?;
    let name = login_cookie_name(&redirect.state);
    let cookie = cookie(&name, &redirect.browser_secret, "/lti", LOGIN_SECONDS);
    let url = redirect.url.to_string();
    let Some(exchange) = redirect.storage else {
        return Ok((StatusCode::FOUND, [(LOCATION, url), (SET_COOKIE, cookie)]).into_response());
    };
    // Where the platform offers to keep the secret too, a page asks it to.
    let page = web.page(&LoginPage {
        stylesheet: web.0.stylesheet.clone(),
        script: web.0.arrival_script.clone(),
        exchange,
        secret: redirect.browser_secret,
        next: url,
    })?;
    Ok(([(SET_COOKIE, cookie)], page).into_response())
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
        storage_frame: own("lti_storage_target"),
        browser_secret: cookies(&headers, &name).next().map(str::to_owned),
    };
    let launched = complete(web.app(), form).await.map_err(Failure::launch)?;
    let mut response = match launched {
        Launched::SignedIn(signed_in) => {
            let page = address(&signed_in.base, &signed_in.page);
            signed_in_at(&signed_in, &page)
        }
        Launched::Unproven(unproven) => offer_window(&web, unproven)?,
    };
    if let Ok(value) = cookie(&name, "", "/lti", 0).parse() {
        response.headers_mut().append(SET_COOKIE, value);
    }
    Ok(response)
}

pub(crate) async fn key_set(State(web): State<Web>) -> Result<Response, Failure> {
    let keys = web.app().keys.published().await.map_err(Problem::from)?;
    let keys: Vec<_> = keys.iter().map(AsRef::as_ref).collect();
    let key_set = Json(key_set_json(&keys));
    Ok(([(CACHE_CONTROL, "public, max-age=300")], key_set).into_response())
}
