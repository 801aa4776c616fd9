//! A platform that signs and answers, and records what it was asked.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use hyper::ext::ReasonPhrase;
use lti::{KeySets, Registration, Services, SigningKey, TokenClient};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

pub(crate) const ISSUER: &str = "https://vle.test";
pub(crate) const CLIENT_ID: &str = "client-1";
pub(crate) const NONCE: &str = "nonce-1";

/// The moment at which the tests take place.
pub(crate) fn now() -> DateTime<Utc> {
    time("2026-11-21T18:00:00Z")
}

pub(crate) fn time(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text)
        .expect("a valid time")
        .to_utc()
}

/// The platform's key; made once, because that takes a while.
pub(crate) fn platform_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate().expect("a key"))
}

/// Somebody else's key, and the tool's.
pub(crate) fn other_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate().expect("a key"))
}

/// Signs with RS256 and a header of the test's choice.
pub(crate) fn sign_with_header(header: &Value, claims: &Value, key: &SigningKey) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let key = jsonwebtoken::EncodingKey::from_rsa_pem(key.to_pem().as_bytes()).expect("a key");
    let signature =
        jsonwebtoken::crypto::sign(signed.as_bytes(), &key, jsonwebtoken::Algorithm::RS256)
            .expect("a signature");
    format!("{signed}.{signature}")
}

/// The claims of a token, unchecked.
pub(crate) fn claims_of(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("a payload");
    let payload = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_slice(&payload).expect("JSON")
}

pub(crate) fn client() -> reqwest::Client {
    client_builder().build().expect("a client")
}

/// A client that gives up after half a second, or half a second of silence.
pub(crate) fn impatient_client() -> reqwest::Client {
    let builder = client_builder()
        .timeout(Duration::from_millis(500))
        .read_timeout(Duration::from_millis(500));
    builder.build().expect("a client")
}

fn client_builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
}

pub(crate) fn fixture(name: &str) -> Value {
    serde_json::from_str(&text_fixture(name)).expect("JSON")
}

pub(crate) fn text_fixture(name: &str) -> String {
    // Told at run time, so that checkouts may share a target directory.
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
    std::fs::read_to_string(format!("{here}/tests/fixtures/{name}")).expect("a fixture")
}

/// One exchange with Moodle, as it was captured.
pub(crate) fn exchange(name: &str) -> Value {
    fixture("moodle-exchanges.json")
        .as_array()
        .expect("a list")
        .iter()
        .find(|exchange| exchange["name"] == name)
        .unwrap_or_else(|| panic!("no exchange `{name}`"))
        .clone()
}

/// What the platform was asked.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn form(&self, name: &str) -> Option<String> {
        url::form_urlencoded::parse(self.body.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// What the platform answers.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) reason: Option<String>,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: String,
    pub(crate) delay: Duration,
}

impl Reply {
    pub(crate) fn json(body: &Value) -> Self {
        Self::status(200, &body.to_string())
    }

    pub(crate) fn status(status: u16, body: &str) -> Self {
        Self {
            status,
            reason: None,
            headers: Vec::new(),
            body: body.to_owned(),
            delay: Duration::ZERO,
        }
    }

    /// An answer that nobody waits for.
    pub(crate) fn late() -> Self {
        Self {
            delay: Duration::from_mins(1),
            ..Self::status(200, "")
        }
    }

    /// An answer whose body ends before its announced length.
    pub(crate) fn torn() -> Self {
        Self::status(200, "{\"members\": [").header("content-length", "100")
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    pub(crate) fn token() -> Self {
        Self::json(
            &json!({ "access_token": "token-1", "token_type": "Bearer", "expires_in": 3600 }),
        )
    }

    /// The answer of a captured exchange, with Moodle's address replaced by this server's.
    pub(crate) fn captured(exchange: &Value, host: &str) -> Self {
        let response = &exchange["response"];
        let here = |text: &str| text.replace("localhost:8081", host);
        let headers = response["headers"].as_object().expect("headers");
        Self {
            status: u16::try_from(response["status"].as_u64().expect("a status"))
                .expect("a status"),
            reason: response["reason"].as_str().map(here),
            headers: headers
                .iter()
                .map(|(name, value)| {
                    // The capture holds header bytes as characters of the same number.
                    let bytes = here(value.as_str().expect("a text"))
                        .chars()
                        .map(|character| u8::try_from(u32::from(character)).expect("a byte"))
                        .collect();
                    (name.clone(), bytes)
                })
                .collect(),
            body: here(response["body"].as_str().expect("a body")),
            delay: Duration::ZERO,
        }
    }
}

/// A platform on a free port of this machine.
#[derive(Clone)]
pub(crate) struct Platform {
    pub(crate) base: Url,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Platform {
    /// Starts a platform that answers what `answer` makes of each request.
    pub(crate) async fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let log = Arc::clone(&asked);
        let answer = Arc::new(answer);
        let router = axum::Router::new().fallback(move |request: Request| {
            let log = Arc::clone(&log);
            let answer = Arc::clone(&answer);
            async move {
                let (parts, body) = request.into_parts();
                let body = to_bytes(body, usize::MAX).await.expect("a body");
                let asked = Asked {
                    method: parts.method.to_string(),
                    target: parts.uri.to_string(),
                    headers: parts.headers,
                    body: String::from_utf8(body.to_vec()).expect("a text"),
                };
                let reply = answer(&asked);
                log.lock().expect("the log").push(asked);
                tokio::time::sleep(reply.delay).await;
                respond(reply)
            }
        });
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            base: Url::parse(&format!("http://{address}/")).expect("an address"),
            asked,
        }
    }

    /// A platform that publishes one key and does nothing else.
    pub(crate) async fn with_key(key: &SigningKey) -> Self {
        let key_set = lti::keys::key_set_json(&[key]);
        Self::start(move |_| Reply::json(&key_set)).await
    }

    /// A Moodle that answers services with captured exchanges, in this order.
    pub(crate) async fn moodle(names: &[&str]) -> Self {
        let mut names = names.iter().map(|name| exchange(name)).collect::<Vec<_>>();
        names.reverse();
        let names = Mutex::new(names);
        let token = exchange("token ok");
        Self::start(move |asked| {
            let host = asked.header("host").expect("a host").to_owned();
            if asked.target == "/token" {
                return Reply::captured(&token, &host)
                    .header("content-type", "text/html; charset=utf-8");
            }
            let exchange = names.lock().expect("the exchanges").pop();
            Reply::captured(&exchange.expect("one more exchange"), &host)
        })
        .await
    }

    pub(crate) fn url(&self, target: &str) -> Url {
        self.base.join(target).expect("an address")
    }

    pub(crate) fn registration(&self) -> Registration {
        Registration {
            issuer: ISSUER.to_owned(),
            client_id: CLIENT_ID.to_owned(),
            auth_url: self.url("/auth"),
            token_url: self.url("/token"),
            jwks_url: self.url("/jwks"),
            token_audience: None,
        }
    }

    pub(crate) fn key_sets() -> KeySets {
        KeySets::new(client())
    }

    pub(crate) fn services(&self) -> Services {
        self.services_through(client())
    }

    pub(crate) fn services_through(&self, client: reqwest::Client) -> Services {
        let count = Mutex::new(0);
        Services::new(
            client.clone(),
            TokenClient::new(client),
            self.registration(),
            Some("deployment-1".to_owned()),
            Arc::new(other_key().clone()),
            now,
            move || {
                let mut count = count.lock().expect("the count");
                *count += 1;
                format!("jti-{count}")
            },
        )
    }

    /// Everything that was asked.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("the log").clone()
    }

    /// What services were asked, tokens left out.
    pub(crate) fn service_calls(&self) -> Vec<Asked> {
        let mut asked = self.asked();
        asked.retain(|asked| asked.target != "/token");
        asked
    }
}

fn respond(reply: Reply) -> Response<Body> {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).expect("a status");
    if let Some(reason) = reply.reason {
        let reason = ReasonPhrase::try_from(reason.into_bytes()).expect("a reason");
        response.extensions_mut().insert(reason);
    }
    for (name, value) in reply.headers {
        response.headers_mut().append(
            axum::http::HeaderName::try_from(name).expect("a header name"),
            HeaderValue::from_bytes(&value).expect("a header value"),
        );
    }
    response
}
