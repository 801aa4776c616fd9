//! A course of any size: its roster is made page by page, as it is asked for,
//! with trouble on the way where a test wants it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use assessment::ids::RegistrationId;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use storage::courses::CourseRecord;

use crate::Site;
use crate::platform::{INSTRUCTOR_ROLE, LEARNER_ROLE, Platform, claim};

/// The roster service of a platform, and its tokens.
#[derive(Debug, Default)]
pub struct Crowd {
    people: AtomicUsize,
    on_a_page: usize,
    /// None where this is 0.
    trouble_every: usize,
    calls: AtomicUsize,
    /// The number of the only valid token.
    token: AtomicUsize,
}

impl Crowd {
    /// A course with so many people, the first of whom teaches, and so many of
    /// them on a page, whatever the tool asks for.
    pub fn new(people: usize, on_a_page: usize) -> Self {
        Self {
            people: AtomicUsize::new(people),
            on_a_page,
            ..Self::default()
        }
    }

    /// One call in so many, for a token or for a page, meets trouble.
    #[must_use]
    pub fn with_trouble_every(mut self, calls: usize) -> Self {
        self.trouble_every = calls;
        self
    }

    /// From now on the people from this number on are in the course no more.
    pub fn take_off(&self, number: usize) {
        self.people.store(number - 1, Ordering::Relaxed);
    }

    /// `/token` and `/members`, to be served beside a platform's other addresses.
    pub fn router(self: Arc<Self>) -> Router {
        Router::new()
            .route("/token", post(token))
            .route("/members", get(members))
            .with_state(self)
    }

    /// The subject of the person with this number, from 1.
    pub fn subject(number: usize) -> String {
        format!("person-{number}")
    }

    /// Calls so far.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// What happens instead of an answer, if it is this call's turn.
    async fn trouble(&self) -> Option<Response> {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        if self.trouble_every == 0 || !call.is_multiple_of(self.trouble_every) {
            return None;
        }
        let status = match call / self.trouble_every % 7 {
            0 => StatusCode::SERVICE_UNAVAILABLE,
            1 => {
                let pause = [(header::RETRY_AFTER, "0")];
                return Some((StatusCode::TOO_MANY_REQUESTS, pause).into_response());
            }
            2 => {
                // The connection breaks in the middle of the answer.
                let torn = [
                    Ok(Bytes::from_static(b"{\"members\": [")),
                    Err(std::io::Error::other("torn on purpose")),
                ];
                return Some(Body::from_stream(futures_util::stream::iter(torn)).into_response());
            }
            3 => return Some("<html>Down for maintenance</html>".into_response()),
            // No answer at all, for longer than any client waits.
            4 => std::future::pending().await,
            // The token in hand is void, as after its end; then all that were ever given.
            5 => {
                self.token.fetch_add(1, Ordering::Relaxed);
                StatusCode::UNAUTHORIZED
            }
            _ => {
                self.token.fetch_add(100, Ordering::Relaxed);
                StatusCode::UNAUTHORIZED
            }
        };
        Some(status.into_response())
    }

    fn valid_token(&self) -> String {
        format!("token-{}", self.token.load(Ordering::Relaxed))
    }
}

/// Lets the first of the crowd launch, who teaches, so that the tool knows the
/// course and where its roster is.
///
/// # Errors
/// Where the launch leads nowhere.
pub async fn course(
    site: &Site,
    platform: &Platform,
    registration: RegistrationId,
) -> Result<CourseRecord> {
    let mut browser = platform.visit().await?;
    let roster = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice";
    let page = platform
        .launch(site, &mut browser, |token| {
            token.claims[claim("roles")] = json!([INSTRUCTOR_ROLE]);
            token.claims[roster] = json!({
                "context_memberships_url": platform.url("members"),
                "service_versions": ["2.0"],
            });
        })
        .await?;
    let activity = page
        .url
        .path_segments()
        .and_then(|segments| segments.into_iter().nth(1)?.parse().ok())
        .with_context(|| format!("the launch led to {}", page.url))?;
    let mut work = site.app.storage.read().await?;
    let activity = work
        .activity(registration, activity)
        .await?
        .context("the launch made no activity")?;
    work.course(registration, activity.course)
        .await?
        .context("the launch made no course")
}

async fn token(State(crowd): State<Arc<Crowd>>) -> Response {
    if let Some(trouble) = crowd.trouble().await {
        // A token address that answers 401 refuses the tool, which is no passing trouble.
        return match trouble.status() {
            StatusCode::UNAUTHORIZED => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            _ => trouble,
        };
    }
    Json(json!({ "access_token": crowd.valid_token(), "token_type": "Bearer", "expires_in": 3600 }))
        .into_response()
}

async fn members(
    State(crowd): State<Arc<Crowd>>,
    Query(query): Query<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    if let Some(trouble) = crowd.trouble().await {
        return trouble;
    }
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    if bearer != Some(&format!("Bearer {}", crowd.valid_token())) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let page: usize = query
        .iter()
        .find(|(name, _)| name == "page")
        .and_then(|(_, page)| page.parse().ok())
        .unwrap_or(0);
    let first = page * crowd.on_a_page;
    let people = crowd.people.load(Ordering::Relaxed);
    let last = (first + crowd.on_a_page).min(people);
    // A piece for each member, so that a benchmark of memory sees none of the platform's.
    let begin = Bytes::from_static(br#"{"context":{"id":"course-1"},"members":["#);
    let members = (first + 1..=last).map(move |number| {
        let comma = if number < last { "," } else { "" };
        Bytes::from(format!("{}{comma}", member(number)))
    });
    let pieces = std::iter::once(begin)
        .chain(members)
        .chain([Bytes::from_static(b"]}")])
        .map(Ok::<_, std::io::Error>);
    let kind = [(header::CONTENT_TYPE, "application/json")];
    let body = Body::from_stream(futures_util::stream::iter(pieces));
    let mut response = (kind, body).into_response();
    if last < people
        && let Ok(next) = format!("<?page={}>; rel=\"next\"", page + 1).parse()
    {
        response.headers_mut().insert(header::LINK, next);
    }
    response
}

fn member(number: usize) -> Value {
    let role = if number == 1 {
        INSTRUCTOR_ROLE
    } else {
        LEARNER_ROLE
    };
    json!({
        "user_id": Crowd::subject(number),
        "roles": [role],
        "status": "Active",
        "name": format!("Given{number} Family{number}"),
        "given_name": format!("Given{number}"),
        "family_name": format!("Family{number}"),
        "email": format!("person-{number}@example.org"),
    })
}
