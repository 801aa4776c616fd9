//! Cookies, and the visit that a session cookie stands for.

use assessment::ids::ActivityId;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use axum::http::request::Parts;
use workflow::visit::Visit;

use crate::Web;
use crate::failure::Failure;

/// Name of the session cookie; its path is the activity's.
pub(crate) const SESSION: &str = "markbridge";

/// A cookie as a tool in a foreign frame needs it: it comes back inside that
/// frame on that site only (`Partitioned`), never to scripts, never over plain
/// HTTP. Browsers count loopback addresses as safe.
pub(crate) fn cookie(name: &str, value: &str, path: &str, seconds: i64) -> String {
    format!(
        "{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; Secure; SameSite=None; Partitioned"
    )
}

/// The cookie of a session below this path.
pub(crate) fn session_cookie(path: &str, token: &str, seconds: i64) -> String {
    cookie(SESSION, token, path, seconds)
}

/// All values of cookies of this name; a browser may hold one inside and one outside the frame.
pub(crate) fn cookies<'a>(headers: &'a HeaderMap, name: &'a str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(move |(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// The visit of the person who asks; without one, the page that says how to come back.
#[derive(Debug)]
pub(crate) struct Session(pub(crate) Visit);

impl FromRequestParts<Web> for Session {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Failure> {
        let path = RawPathParams::from_request_parts(parts, web)
            .await
            .map_err(|_| Failure::not_found())?;
        let activity: ActivityId = path
            .iter()
            .find(|(name, _)| *name == "activity")
            .and_then(|(_, id)| id.parse().ok())
            .ok_or_else(Failure::not_found)?;
        for token in cookies(&parts.headers, SESSION) {
            if let Some(visit) = Visit::of(web.app(), activity, token).await? {
                return Ok(Self(visit));
            }
        }
        Err(Failure::no_session())
    }
}
