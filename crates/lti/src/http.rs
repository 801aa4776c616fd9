//! HTTP as the services of LTI need it.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use hyper::ext::ReasonPhrase;
use reqwest::Response;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use thiserror::Error;

use crate::shorten;

/// The HTTP client that calls go through, named here so that tools need not depend on its crate.
pub use reqwest::Client;

/// How much of an answer is kept for people to read, in bytes.
const KEPT_BYTES: usize = 500;
const LONGEST_WAIT: Duration = Duration::from_hours(30 * 24);

/// A client with the time limits that calls to platforms need: 5 s to connect, 15 s in all, and no silence of 15 s in
/// an answer that may take longer (ours).
///
/// It follows no redirects, so that neither tokens nor grades go to an address that nobody registered.
///
/// # Errors
///
/// The TLS library of this machine cannot be set up.
pub fn http_client() -> Result<reqwest::Client, HttpClientError> {
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .timeout(Duration::from_secs(15))
        .read_timeout(Duration::from_secs(15))
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("lti-rs/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(HttpClientError)
}

/// No HTTP client could be set up (ours).
#[derive(Debug, Error)]
#[error(
    "The HTTP client could not be set up. Check the machine's TLS certificates and proxy settings"
)]
pub struct HttpClientError(#[source] reqwest::Error);

/// What a platform answered, as far as people need it (ours).
///
/// The status line is kept whole because Moodle says only there why it refused a score.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The rest of the status line, at most 500 bytes. HTTP/2 sends none; then it is the standard text.
    pub reason: String,
    /// The first 500 bytes of the body.
    pub body: String,
}

impl Answer {
    /// Whether status line or body contain a text, in any spelling of case.
    pub(crate) fn mentions(&self, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        self.reason.to_ascii_lowercase().contains(&text)
            || self.body.to_ascii_lowercase().contains(&text)
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.status, self.reason)
    }
}

/// Why a body could not be read.
#[derive(Debug)]
pub(crate) enum BodyError {
    TooLarge,
    Lost(reqwest::Error),
}

/// Reads a body, but not more than `limit` bytes of it.
pub(crate) async fn read_body(mut response: Response, limit: usize) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > limit => return Err(BodyError::TooLarge),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(body),
            Err(error) => return Err(BodyError::Lost(error.without_url())),
        }
    }
}

/// Keeps the part of an answer that people need. A body that breaks off is kept as far as it came.
pub(crate) async fn read_answer(mut response: Response) -> Answer {
    let (status, reason) = status_line(&response);
    let mut body = Vec::new();
    while body.len() < KEPT_BYTES {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    answer(status, reason, &body)
}

/// Status code and reason phrase.
pub(crate) fn status_line(response: &Response) -> (u16, String) {
    let status = response.status();
    let reason = match response.extensions().get::<ReasonPhrase>() {
        Some(phrase) => first_bytes(phrase.as_bytes()),
        None => status.canonical_reason().unwrap_or_default().to_owned(),
    };
    (status.as_u16(), reason)
}

/// An answer whose body is at hand.
pub(crate) fn answer(status: u16, reason: String, body: &[u8]) -> Answer {
    Answer {
        status,
        reason,
        body: first_bytes(body),
    }
}

/// How long the platform asks to wait: seconds, or an HTTP date (RFC 9110, 10.2.3). Never longer than a month, so that
/// callers can add it to any time.
pub(crate) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if let Ok(seconds) = value.parse() {
        Duration::from_secs(seconds)
    } else {
        let date = DateTime::parse_from_rfc2822(value).ok()?;
        (date.to_utc() - now).to_std().unwrap_or_default()
    };
    Some(wait.min(LONGEST_WAIT))
}

fn first_bytes(bytes: &[u8]) -> String {
    let kept = String::from_utf8_lossy(&bytes[..bytes.len().min(KEPT_BYTES)]).into_owned();
    // A control character in a log line or on a page helps nobody.
    let plain: String = kept
        .chars()
        .map(|character| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        })
        .collect();
    shorten(plain.trim(), KEPT_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = DateTime::parse_from_rfc3339("2026-11-21T17:00:00Z")
            .expect("a valid date")
            .to_utc();
        let check = |value: &str, seconds: Option<u64>| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, value.parse().expect("a valid header"));
            assert_eq!(
                retry_after(&headers, now),
                seconds.map(Duration::from_secs),
                "{value}"
            );
        };
        check("120", Some(120));
        check(" 0 ", Some(0));
        check("Sat, 21 Nov 2026 17:01:30 GMT", Some(90));
        check("Sat, 21 Nov 2026 16:00:00 GMT", Some(0));
        check("18446744073709551615", Some(30 * 24 * 3600));
        check("Sun, 21 Nov 9999 17:00:00 GMT", Some(30 * 24 * 3600));
        check("soon", None);
        check("-5", None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
