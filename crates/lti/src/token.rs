//! Access tokens for platform services (LTI security 4.1, RFC 7523).

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use oauth2::basic::BasicClient;
use oauth2::{
    ClientId, HttpRequest, HttpResponse, RequestTokenError, Scope, TokenResponse, TokenUrl,
};
use serde_json::{Value, json};
use thiserror::Error;
use url::Url;

use crate::claims::{self, text};
use crate::http::{self, Answer, BodyError, read_body, status_line};
use crate::keys::{KeyError, SigningKey};
use crate::registration::Registration;
use crate::{lock, shorten};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Moodle takes no `iat` from the future, not even by a second, so ours lies a little back.
const BACKDATED: TimeDelta = TimeDelta::seconds(5);
const ASSERTION_LIFE: TimeDelta = TimeDelta::minutes(5);
/// A token is renewed this long before it ends.
const RENEWED_EARLY: TimeDelta = TimeDelta::seconds(60);
/// What RFC 6749 leaves open: the life of a token whose answer does not tell it.
const UNSTATED_LIFE: Duration = Duration::from_mins(5);
const LONGEST_LIFE: Duration = Duration::from_hours(24);
const ANSWER_BYTES: usize = 64 * 1024;

/// Asks platforms for access tokens and keeps them while they last (SEC §4.1).
///
/// Clones share what they keep. Tokens are kept apart by token address, issuer, client id, deployment,
/// scopes and key; one task at a time asks for each of them.
#[derive(Clone, Debug)]
pub struct TokenClient {
    client: reqwest::Client,
    tokens: Arc<Mutex<HashMap<CacheKey, Slot>>>,
}

impl TokenClient {
    /// Asks with this client, which should follow no redirects (ours).
    pub fn new(client: reqwest::Client) -> Self {
        Self {
            client,
            tokens: Arc::default(),
        }
    }

    /// A token for these scopes, from the cache or from the platform (SEC §4.1).
    ///
    /// `jti` is a fresh random text. The platform may grant fewer scopes than were asked for.
    ///
    /// # Errors
    ///
    /// The platform refuses, cannot be reached, or does not answer with a token.
    pub async fn access_token(
        &self,
        registration: &Registration,
        deployment_id: Option<&str>,
        scopes: &[&str],
        key: &SigningKey,
        now: DateTime<Utc>,
        jti: &str,
    ) -> Result<AccessToken, TokenError> {
        let cache_key = CacheKey::new(registration, deployment_id, scopes, key);
        let slot = self.slot(&cache_key, now);
        let mut kept = slot.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| token.is_fresh(now)) {
            return Ok(token.clone());
        }
        let assertion = assertion(registration, deployment_id, key, now, jti)?;
        let token = self
            .ask(registration, &cache_key.scopes, &assertion, now)
            .await?;
        *kept = Some(token.clone());
        Ok(token)
    }

    /// Drops a token that the platform no longer takes, so that the next call asks for a new one (ours).
    pub fn forget(
        &self,
        registration: &Registration,
        deployment_id: Option<&str>,
        scopes: &[&str],
        key: &SigningKey,
    ) {
        let cache_key = CacheKey::new(registration, deployment_id, scopes, key);
        lock(&self.tokens).remove(&cache_key);
    }

    fn slot(&self, cache_key: &CacheKey, now: DateTime<Utc>) -> Slot {
        let mut tokens = lock(&self.tokens);
        if let Some(slot) = tokens.get(cache_key) {
            return Arc::clone(slot);
        }
        // New keys are rare, and a good time to throw away what has ended.
        tokens.retain(|_, slot| {
            slot.try_lock().map_or(true, |kept| {
                kept.as_ref().is_some_and(|token| token.is_fresh(now))
            })
        });
        Arc::clone(tokens.entry(cache_key.clone()).or_default())
    }

    /// Boxed, because through the OAuth library's traits callers cannot see that the future may change threads.
    fn ask<'a>(
        &'a self,
        registration: &'a Registration,
        scopes: &'a [String],
        assertion: &'a str,
        now: DateTime<Utc>,
    ) -> BoxFuture<'a, Result<AccessToken, TokenError>> {
        async move {
            let send = |request: HttpRequest| send(self.client.clone(), request, now);
            let granted = BasicClient::new(ClientId::new(registration.client_id.clone()))
                .set_token_uri(TokenUrl::from_url(registration.token_url.clone()))
                .exchange_client_credentials()
                .add_scopes(scopes.iter().cloned().map(Scope::new))
                .add_extra_param("client_assertion_type", ASSERTION_TYPE)
                .add_extra_param("client_assertion", assertion)
                .request_async(&send)
                .await
                .map_err(|error| match error {
                    RequestTokenError::Request(error) => error,
                    RequestTokenError::Parse(_, body) => {
                        TokenError::NotJson(http::answer(200, "OK".to_owned(), &body))
                    }
                    RequestTokenError::ServerResponse(_) | RequestTokenError::Other(_) => {
                        TokenError::NotJson(http::answer(200, "OK".to_owned(), b""))
                    }
                })?;
            let life = granted
                .expires_in()
                .unwrap_or(UNSTATED_LIFE)
                .min(LONGEST_LIFE);
            Ok(AccessToken {
                secret: granted.access_token().secret().clone(),
                expires_at: now + life,
                scopes: match granted.scopes() {
                    Some(granted) => granted.iter().map(|scope| scope.to_string()).collect(),
                    None => scopes.to_vec(),
                },
            })
        }
        .boxed()
    }
}

/// A token that opens a platform's services (SEC §4.1, RFC 6749).
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken {
    secret: String,
    expires_at: DateTime<Utc>,
    scopes: Vec<String>,
}

impl AccessToken {
    /// The token itself, for the `Authorization` header (RFC 6750).
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// When it ends (RFC 6749, 5.1).
    pub fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }

    /// What it opens, which may be less than was asked for (RFC 6749, 5.1).
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        now < self.expires_at - RENEWED_EARLY
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AccessToken")
            .field("expires_at", &self.expires_at)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// No token could be had (SEC §4.1, RFC 6749, 5.2).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The platform refused.
    #[error(
        "The platform refused an access token with status {status}: `{error}`. Check the registration: client id, key set address and the services that are switched on for the tool"
    )]
    Refused {
        /// The status code.
        status: u16,
        /// The error as the platform calls it. Moodle writes sentences here.
        error: String,
        /// What the platform adds.
        description: Option<String>,
        /// The answer itself.
        answer: Answer,
    },
    /// The platform has trouble or wants us to wait.
    #[error("The platform cannot hand out access tokens at the moment (status {}). Wait and try again", answer.status)]
    Temporary {
        /// How long to wait, where the platform says it.
        retry_after: Option<Duration>,
        /// The answer itself.
        answer: Answer,
    },
    /// The token address cannot be reached.
    #[error("The platform's token address could not be reached. Check the address and the network")]
    Unreachable(#[source] reqwest::Error),
    /// The answer holds no token.
    #[error(
        "The platform's token address does not answer with a token. Check the token address of the registration"
    )]
    NotJson(Answer),
    /// The request could not be signed.
    #[error("The request for an access token could not be signed")]
    Sign(#[source] KeyError),
}

impl TokenError {
    /// Whether waiting may help (ours). What is no token may be the page of a proxy, which goes away again.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Temporary { .. } | Self::Unreachable(_) | Self::NotJson(_) => true,
            Self::Refused { .. } | Self::Sign(_) => false,
        }
    }

    /// How long the platform asks to wait, where it does (RFC 9110, 10.2.3).
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Temporary { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the platform gives this tool no token for the services that were asked for (RFC 6749, 5.2).
    pub fn is_scope_refused(&self) -> bool {
        matches!(self, Self::Refused { error, .. } if error == "invalid_scope")
    }

    /// What the platform answered, where it did (ours).
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Refused { answer, .. }
            | Self::Temporary { answer, .. }
            | Self::NotJson(answer) => Some(answer),
            Self::Unreachable(_) | Self::Sign(_) => None,
        }
    }
}

type Slot = Arc<tokio::sync::Mutex<Option<AccessToken>>>;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct CacheKey {
    token_url: Url,
    issuer: String,
    client_id: String,
    deployment_id: Option<String>,
    scopes: Vec<String>,
    kid: String,
}

impl CacheKey {
    fn new(
        registration: &Registration,
        deployment_id: Option<&str>,
        scopes: &[&str],
        key: &SigningKey,
    ) -> Self {
        let mut scopes: Vec<String> = scopes.iter().map(|&scope| scope.to_owned()).collect();
        scopes.sort();
        scopes.dedup();
        Self {
            token_url: registration.token_url.clone(),
            issuer: registration.issuer.clone(),
            client_id: registration.client_id.clone(),
            deployment_id: deployment_id.map(str::to_owned),
            scopes,
            kid: key.kid().to_owned(),
        }
    }
}

fn assertion(
    registration: &Registration,
    deployment_id: Option<&str>,
    key: &SigningKey,
    now: DateTime<Utc>,
    jti: &str,
) -> Result<String, TokenError> {
    // A single text, because several platforms refuse a list.
    let audience = registration
        .token_audience
        .as_deref()
        .unwrap_or(registration.token_url.as_str());
    let mut assertion = json!({
        "iss": registration.client_id,
        "sub": registration.client_id,
        "aud": audience,
        "iat": (now - BACKDATED).timestamp(),
        "exp": (now + ASSERTION_LIFE).timestamp(),
        "jti": jti,
    });
    if let Some(deployment_id) = deployment_id {
        assertion[claims::DEPLOYMENT_ID] = json!(deployment_id);
    }
    key.sign(&assertion).map_err(TokenError::Sign)
}

fn refusal(answer: Answer, body: &[u8], retry_after: Option<Duration>) -> TokenError {
    // Canvas throttles with 403 on some versions.
    if matches!(answer.status, 408 | 425 | 429 | 500..)
        || answer.status == 403 && answer.mentions("rate limit exceeded")
    {
        return TokenError::Temporary {
            retry_after,
            answer,
        };
    }
    let said: Option<Value> = serde_json::from_slice(body).ok();
    let said = said.as_ref().and_then(Value::as_object);
    TokenError::Refused {
        status: answer.status,
        error: said
            .and_then(|said| text(said, "error"))
            .map_or_else(|| answer.reason.clone(), |error| shorten(&error, 200)),
        description: said
            .and_then(|said| text(said, "error_description"))
            .map(|description| shorten(&description, 500)),
        answer,
    }
}

/// Hands the request of the OAuth library to our client, and everything but a success back as an error.
async fn send(
    client: reqwest::Client,
    request: HttpRequest,
    now: DateTime<Utc>,
) -> Result<HttpResponse, TokenError> {
    let request = reqwest::Request::try_from(request)
        .map_err(|error| TokenError::Unreachable(error.without_url()))?;
    let response = client
        .execute(request)
        .await
        .map_err(|error| TokenError::Unreachable(error.without_url()))?;
    let (status, reason) = status_line(&response);
    let retry_after = http::retry_after(response.headers(), now);
    let body = match read_body(response, ANSWER_BYTES).await {
        Ok(body) => body,
        Err(BodyError::TooLarge) => {
            return Err(TokenError::NotJson(http::answer(status, reason, b"")));
        }
        Err(BodyError::Lost(error)) => return Err(TokenError::Unreachable(error)),
    };
    if status != 200 {
        let answer = http::answer(status, reason, &body);
        return Err(refusal(answer, &body, retry_after));
    }
    // Headers are left behind on purpose: Moodle calls its JSON `text/html`, which the library would refuse.
    Ok(HttpResponse::new(body))
}
