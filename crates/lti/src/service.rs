//! Calls to a platform's services, with a token, and what can go wrong.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use reqwest::{Method, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;
use tokio::time::Instant;
use url::Url;

use crate::http::{self, Answer, BodyError, read_answer, read_body, retry_after, status_line};
use crate::keys::SigningKey;
use crate::link::Links;
use crate::registration::Registration;
use crate::token::{TokenClient, TokenError};

/// The largest page that is read.
const PAGE_BYTES: usize = 10 * 1024 * 1024;
/// More pages than any course has.
const MOST_PAGES: usize = 10_000;
/// Before a page that could not be read is asked for again, where the platform asks for no longer one.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
];
/// A page is not asked for again after this time: whoever waits for it should hear what is wrong.
const LONGEST_PATIENCE: Duration = Duration::from_secs(20);
pub(crate) const NOT_JSON: &str = "it is not the JSON that was asked for";
const NOT_PERMITTED: &str = "Ask the administrator of the course platform to switch on this service for the tool: sending grades, reading results, or names and roles. Then send again.";

/// The services of one deployment: everything that a call needs (SEC §4.1). Clones are cheap.
#[derive(Clone)]
pub struct Services {
    client: reqwest::Client,
    tokens: TokenClient,
    registration: Arc<Registration>,
    deployment_id: Option<String>,
    key: Arc<SigningKey>,
    clock: Clock,
    identifiers: Identifiers,
}

impl Services {
    /// Brings together what calls need (ours).
    ///
    /// `clock` tells the time; `identifiers` makes a fresh random text at every call, for token requests.
    /// They are functions because a roster may take longer to read than a token lasts.
    pub fn new(
        client: reqwest::Client,
        tokens: TokenClient,
        registration: Registration,
        deployment_id: Option<String>,
        key: Arc<SigningKey>,
        clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static,
        identifiers: impl Fn() -> String + Send + Sync + 'static,
    ) -> Self {
        Self {
            client,
            tokens,
            registration: Arc::new(registration),
            deployment_id,
            key,
            clock: Arc::new(clock),
            identifiers: Arc::new(identifiers),
        }
    }

    /// Sends a request with a token. A 401 is answered once with a new token, for it says that nothing was done.
    ///
    /// Everything but a success is an error.
    pub(crate) async fn send(&self, request: &Request<'_>) -> Result<Response, ServiceError> {
        self.send_within(request, None).await
    }

    /// The same, with a time limit of its own where one is given, in place of the client's.
    async fn send_within(
        &self,
        request: &Request<'_>,
        limit: Option<Duration>,
    ) -> Result<Response, ServiceError> {
        let mut response = self.send_once(request, limit).await?;
        if response.status().as_u16() == 401 {
            self.tokens.forget(
                &self.registration,
                self.deployment_id.as_deref(),
                request.scopes,
                &self.key,
            );
            response = self.send_once(request, limit).await?;
        }
        if response.status().is_success() {
            return Ok(response);
        }
        let headers = response.headers().clone();
        let answer = read_answer(response).await;
        Err(ServiceError::refused(answer, &headers, (self.clock)()))
    }

    /// Reads one page of JSON, and where it leads.
    pub(crate) async fn get_page<T: DeserializeOwned>(
        &self,
        url: &Url,
        accept: &'static str,
        scopes: &'static [&'static str],
    ) -> Result<(T, Links), ServiceError> {
        self.patiently(|| async {
            let response = self.get(url, accept, scopes, None).await?;
            let links = Links::read(response.headers(), url);
            Ok((read_json(response).await?, links))
        })
        .await
    }

    /// Reads something, and again where it failed in a way that may pass.
    ///
    /// Reading changes nothing, so it can be tried again here: a long list need not begin anew because one of its pages
    /// failed.
    pub(crate) async fn patiently<T, F: Future<Output = Result<T, ServiceError>>>(
        &self,
        read: impl Fn() -> F,
    ) -> Result<T, ServiceError> {
        let deadline = Instant::now() + LONGEST_PATIENCE;
        for pause in PAUSES {
            let error = match read().await {
                Err(error) if error.may_pass() => error,
                result => return result,
            };
            let wait = error.retry_after().unwrap_or_default().max(pause);
            if wait > deadline.saturating_duration_since(Instant::now()) {
                return Err(error);
            }
            tracing::debug!(%error, "a page is asked for again");
            tokio::time::sleep(wait).await;
        }
        read().await
    }

    /// Asks for something, within this time where it is given, else within the client's.
    pub(crate) async fn get(
        &self,
        url: &Url,
        accept: &'static str,
        scopes: &'static [&'static str],
        limit: Option<Duration>,
    ) -> Result<Response, ServiceError> {
        let request = Request {
            method: Method::GET,
            url,
            accept: Some(accept),
            body: None,
            scopes,
        };
        self.send_within(&request, limit).await
    }

    async fn send_once(
        &self,
        request: &Request<'_>,
        limit: Option<Duration>,
    ) -> Result<Response, ServiceError> {
        let token = self
            .tokens
            .access_token(
                &self.registration,
                self.deployment_id.as_deref(),
                request.scopes,
                &self.key,
                (self.clock)(),
                &(self.identifiers)(),
            )
            .await
            .map_err(ServiceError::Token)?;
        let mut builder = self
            .client
            .request(request.method.clone(), request.url.clone())
            .bearer_auth(token.secret());
        if let Some(accept) = request.accept {
            builder = builder.header(ACCEPT, accept);
        }
        if let Some(limit) = limit {
            builder = builder.timeout(limit);
        }
        if let Some((content_type, body)) = request.body {
            builder = builder
                .header(CONTENT_TYPE, content_type)
                .body(body.to_string());
        }
        builder.send().await.map_err(|error| {
            let error = error.without_url();
            if error.is_connect() || error.is_builder() {
                ServiceError::NotDelivered(error)
            } else {
                ServiceError::UnknownOutcome(error)
            }
        })
    }
}

impl fmt::Debug for Services {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Services")
            .field("registration", &self.registration)
            .field("deployment_id", &self.deployment_id)
            .finish_non_exhaustive()
    }
}

/// A service call that did not do what was asked (ours).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServiceError {
    /// There is no access token, so nothing was sent.
    #[error("The platform gave no access token")]
    Token(#[source] TokenError),
    /// The platform takes neither the token nor a new one.
    #[error("The platform does not let the tool use this service ({answer})")]
    Unauthorised {
        /// What the platform answered.
        answer: Answer,
    },
    /// The platform lets the tool in, but not use this service.
    #[error("The platform does not allow the tool this service ({answer})")]
    NotPermitted {
        /// What the platform answered.
        answer: Answer,
    },
    /// The tool was taken out of the course.
    #[error("The tool was taken out of the course on the platform ({answer})")]
    ToolRemoved {
        /// What the platform answered.
        answer: Answer,
    },
    /// The platform wants fewer calls.
    #[error("The platform asks for a pause ({answer})")]
    Throttled {
        /// How long to wait, where the platform says it.
        retry_after: Option<Duration>,
        /// What the platform answered.
        answer: Answer,
    },
    /// The platform has trouble of its own.
    #[error("The platform cannot answer at the moment ({answer})")]
    Temporary {
        /// How long to wait, where the platform says it.
        retry_after: Option<Duration>,
        /// What the platform answered.
        answer: Answer,
    },
    /// No connection came about: certainly nothing was done.
    #[error("The platform could not be reached, so nothing was sent")]
    NotDelivered(#[source] reqwest::Error),
    /// The connection was lost after something may have been sent: it may have been done, or not.
    #[error("The connection was lost before the platform answered; what was sent may have arrived")]
    UnknownOutcome(#[source] reqwest::Error),
    /// The platform has a score with the same or a later time.
    #[error("The platform already has a score of the same or a later time ({answer})")]
    NewerScoreExists {
        /// What the platform answered.
        answer: Answer,
    },
    /// The platform takes no score for this person.
    #[error("The platform takes no score for this person ({answer})")]
    NotGradable {
        /// What the platform answered.
        answer: Answer,
    },
    /// The column of the gradebook is locked.
    #[error("The column of the gradebook is locked ({answer})")]
    Locked {
        /// What the platform answered.
        answer: Answer,
    },
    /// The line item or the course is gone.
    #[error("The platform does not know this address any more ({answer})")]
    NotFound {
        /// What the platform answered.
        answer: Answer,
    },
    /// The course has ended: Canvas takes nothing for it any more.
    #[error("The course has ended on the platform, or was taken away ({answer})")]
    Concluded {
        /// What the platform answered.
        answer: Answer,
    },
    /// The activity is not published yet.
    #[error("The activity is not published on the platform yet ({answer})")]
    NotPublished {
        /// What the platform answered.
        answer: Answer,
    },
    /// The learner has no attempt left.
    #[error("The learner has no attempt left on the platform ({answer})")]
    NoAttemptsLeft {
        /// What the platform answered.
        answer: Answer,
    },
    /// The platform took the score, but its gradebook goes on showing another grade:
    /// somebody typed one in there, and that one counts.
    #[error("The gradebook shows another grade than the one that was sent")]
    Overridden {
        /// Grade and maximum that the gradebook shows; `None` when it shows none.
        found: Option<(f64, f64)>,
    },
    /// Several line items could be the right one, so none was chosen.
    #[error("Several columns of the gradebook belong to this activity")]
    Ambiguous,
    /// Refused for another reason.
    #[error("The platform refused ({answer})")]
    Refused {
        /// The status code.
        status: u16,
        /// What the platform answered.
        answer: Answer,
    },
    /// The platform said yes, but what it sent cannot be read.
    #[error("The platform's answer cannot be read: {0}")]
    Unreadable(&'static str),
    /// The score was not sent, because it would have cleared a grade.
    #[error("The score was not sent, because on this platform it would clear a grade")]
    WouldClearGrade,
    /// The score was not sent, because its numbers make no sense.
    #[error("The score was not sent: {0}")]
    InvalidScore(&'static str),
}

impl ServiceError {
    /// What staff can do (ours).
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Token(error) if error.may_pass() => {
                "Wait: the call can be repeated. If it goes on, ask the administrator of the course platform whether it is up."
            }
            Self::Token(error) if error.is_scope_refused() => NOT_PERMITTED,
            Self::Temporary { .. } | Self::NotDelivered(_) => {
                "Wait: the call can be repeated. If it goes on, ask the administrator of the course platform whether it is up."
            }
            Self::Token(_) => {
                "Ask the administrator to compare the registration on both sides: client id, token address, key set address, and the services that are switched on for the tool."
            }
            Self::Unauthorised { .. } => {
                "Ask the administrator of the course platform whether the tool is still added to this course and may use the grade and roster services."
            }
            Self::NotPermitted { .. } => NOT_PERMITTED,
            Self::ToolRemoved { .. } => {
                "Ask the teacher or the administrator of the course platform to add the tool to this course again, then send again."
            }
            Self::Throttled { .. } => "Wait: the call can be repeated after a pause.",
            Self::UnknownOutcome(_) => {
                "Look at the grade in the platform's gradebook before sending it again: it may have arrived."
            }
            Self::NewerScoreExists { .. } => {
                "Look at the grade in the platform's gradebook. If it is the right one, nothing is to be done; if somebody changed it there, send the grade again with the present time."
            }
            Self::NotGradable { .. } => {
                "Check that the person is enrolled in the course as a learner. Teachers, preview learners and people who have left get no grades."
            }
            Self::Locked { .. } => {
                "Ask the teacher to unlock the grade item in the platform's gradebook, then send the grade again."
            }
            Self::NotFound { .. } => {
                "Check that the activity, its gradebook column and the course still exist and that the course has not ended. Then open the activity once from the course, and send again."
            }
            Self::Concluded { .. } => {
                "Ask the teacher to open the course again or to move its end, then send again. Where the course is gone for good, nothing is to be done."
            }
            Self::NotPublished { .. } => {
                "Ask the teacher to publish the activity in the course, then send again."
            }
            Self::NoAttemptsLeft { .. } => {
                "Ask the teacher to allow another attempt in the course, then send again."
            }
            Self::Overridden { found: Some(_) } => {
                "If the grade there is meant to stay, nothing is to be done. Otherwise ask the teacher to remove it, or its mark as overridden, in the gradebook. Then send again."
            }
            Self::Overridden { found: None } => {
                "Ask the teacher to set the grade of this activity to points in the course, and to look whether an empty grade was entered for this person in the gradebook. Then send again."
            }
            Self::Ambiguous => {
                "Ask the teacher which of the activity's columns in the gradebook counts, and to remove the others. Then open the activity once from the course."
            }
            Self::Unreadable(NOT_JSON) => {
                "Wait: the call can be repeated. If it goes on, ask the administrator of the course platform what stands between it and the tool, such as a proxy."
            }
            Self::Refused { .. } | Self::Unreadable(_) => {
                "Show the platform's answer to the administrator of the course platform."
            }
            Self::WouldClearGrade => {
                "Nothing is to be done: this platform does not show progress, and keeps its grade."
            }
            Self::InvalidScore(_) => "Correct the marks and the maximum, then send again.",
        }
    }

    /// Whether the same call may succeed later without anybody doing something (ours). What should be JSON and is not
    /// may have been damaged on its way, or be the page of a machine in front of the platform.
    ///
    /// Where it [may have been done](Self::may_have_been_done), look at the result before repeating.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Token(error) => error.may_pass(),
            Self::Throttled { .. }
            | Self::Temporary { .. }
            | Self::NotDelivered(_)
            | Self::UnknownOutcome(_)
            | Self::Unreadable(NOT_JSON) => true,
            _ => false,
        }
    }

    /// Whether what was sent may have been done all the same (ours): look before sending it again.
    ///
    /// A machine in front of the platform answers 502, 503 or 504 when it waited in vain for a platform that goes on
    /// working, and 500 comes from one that broke off in the middle. A 503 that says when to come back is the
    /// platform's own, before any work; only Varnish says so too when it lost an answer.
    pub fn may_have_been_done(&self) -> bool {
        match self {
            Self::UnknownOutcome(_) => true,
            Self::Temporary {
                retry_after,
                answer,
            } if answer.status == 503 => {
                retry_after.is_none() || answer.mentions("backend fetch failed")
            }
            Self::Temporary { answer, .. } => answer.status >= 500,
            _ => false,
        }
    }

    /// Whether a token for another scope may open what this one did not. Platforms say it in many ways, and some
    /// grant a token that opens nothing.
    pub(crate) fn may_lack_scope(&self) -> bool {
        match self {
            Self::Token(error) => error.is_scope_refused(),
            Self::Unauthorised { .. }
            | Self::NotPermitted { .. }
            | Self::Refused { status: 403, .. } => true,
            _ => false,
        }
    }

    /// How long the platform asks to wait, where it does (RFC 9110, 10.2.3).
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Token(error) => error.retry_after(),
            Self::Throttled { retry_after, .. } | Self::Temporary { retry_after, .. } => {
                *retry_after
            }
            _ => None,
        }
    }

    /// What the platform answered, where it did (ours).
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Token(error) => error.answer(),
            Self::Unauthorised { answer }
            | Self::NotPermitted { answer }
            | Self::ToolRemoved { answer }
            | Self::Throttled { answer, .. }
            | Self::Temporary { answer, .. }
            | Self::NewerScoreExists { answer }
            | Self::NotGradable { answer }
            | Self::Locked { answer }
            | Self::NotFound { answer }
            | Self::Concluded { answer }
            | Self::NotPublished { answer }
            | Self::NoAttemptsLeft { answer }
            | Self::Refused { answer, .. } => Some(answer),
            Self::NotDelivered(_)
            | Self::UnknownOutcome(_)
            | Self::Unreadable(_)
            | Self::Overridden { .. }
            | Self::Ambiguous
            | Self::WouldClearGrade
            | Self::InvalidScore(_) => None,
        }
    }

    fn refused(answer: Answer, headers: &HeaderMap, now: DateTime<Utc>) -> Self {
        let retry_after = retry_after(headers, now);
        match answer.status {
            // Canvas says which of three things it means by 401.
            401 | 403 if answer.mentions("not linked to a tool") => Self::ToolRemoved { answer },
            401 | 403 if answer.mentions("insufficient permission") || answer.mentions("scope") => {
                Self::NotPermitted { answer }
            }
            401 => Self::Unauthorised { answer },
            // Canvas looks only among courses that go on, and newer versions say what is the matter.
            404 if answer.mentions("context not found")
                || answer.mentions("context is deleted") =>
            {
                Self::Concluded { answer }
            }
            422 if answer.mentions("course has concluded") => Self::Concluded { answer },
            // By 412 Canvas means a line item that is not ours or not there any more.
            404 | 412 => Self::NotFound { answer },
            429 => Self::Throttled {
                retry_after,
                answer,
            },
            // Canvas throttles with 403 on some versions and with 429 on others.
            403 if answer.mentions("rate limit exceeded") || nothing_remains(headers) => {
                Self::Throttled {
                    retry_after,
                    answer,
                }
            }
            408 | 425 | 500.. => Self::Temporary {
                retry_after,
                answer,
            },
            status => Self::Refused { status, answer },
        }
    }
}

/// One call.
pub(crate) struct Request<'a> {
    pub(crate) method: Method,
    pub(crate) url: &'a Url,
    pub(crate) accept: Option<&'static str>,
    /// Content type and body.
    pub(crate) body: Option<(&'static str, &'a Value)>,
    pub(crate) scopes: &'static [&'static str],
}

/// Where a list of pages goes on, without going in circles.
#[derive(Debug)]
pub(crate) struct Pages {
    next: Option<Url>,
    seen: HashSet<Url>,
}

impl Pages {
    pub(crate) fn starting_at(first: Url) -> Self {
        Self {
            next: Some(first),
            seen: HashSet::new(),
        }
    }

    /// The next page to read, if there is one.
    pub(crate) fn take(&mut self) -> Option<Url> {
        let next = self.next.take()?;
        self.seen.insert(next.clone());
        Some(next)
    }

    /// Remembers what the page just read said about the next one.
    ///
    /// # Errors
    ///
    /// The list has no end, or leads to another server, which must not see the token.
    pub(crate) fn continue_with(
        &mut self,
        current: &Url,
        next: Option<Url>,
    ) -> Result<(), ServiceError> {
        let Some(next) = next else {
            return Ok(());
        };
        if next.origin() != current.origin() {
            return Err(ServiceError::Unreadable(
                "the next page is on another server",
            ));
        }
        if self.seen.contains(&next) || self.seen.len() >= MOST_PAGES {
            return Err(ServiceError::Unreadable("the list of pages has no end"));
        }
        self.next = Some(next);
        Ok(())
    }
}

/// Reads a successful answer as JSON.
pub(crate) async fn read_json<T: DeserializeOwned>(response: Response) -> Result<T, ServiceError> {
    let body = read_body(response, PAGE_BYTES)
        .await
        .map_err(|error| match error {
            BodyError::TooLarge => ServiceError::Unreadable("it is larger than 10 MiB"),
            BodyError::Lost(error) => ServiceError::UnknownOutcome(error),
        })?;
    serde_json::from_slice(&body).map_err(|_| ServiceError::Unreadable(NOT_JSON))
}

/// Keeps the part of a successful answer that people need, and the whole body besides.
///
/// A body that cannot be read does not undo the success, so it counts as empty.
pub(crate) async fn read_success(response: Response) -> (Answer, Vec<u8>) {
    let (status, reason) = status_line(&response);
    let body = read_body(response, PAGE_BYTES).await.unwrap_or_default();
    (http::answer(status, reason, &body), body)
}

type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;
type Identifiers = Arc<dyn Fn() -> String + Send + Sync>;

fn nothing_remains(headers: &HeaderMap) -> bool {
    headers
        .get("x-rate-limit-remaining")
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.trim().parse::<f64>().ok())
        .is_some_and(|remaining| remaining <= 0.0)
}
