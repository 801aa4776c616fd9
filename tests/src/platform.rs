//! A platform that signs whatever a test wants, to launch with anything that no
//! decent platform would send.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use anyhow::{Context, Result};
use axum::Json;
use axum::extract::Request;
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use demo_lms::browser::{Browser, Page};
use jsonwebtoken::{Algorithm, EncodingKey};
use lti::SigningKey;
use lti::claims::{SCOPE_LINE_ITEM, SCOPE_RESULT, SCOPE_ROSTER, SCOPE_SCORE};
use lti::keys::key_set_json;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use crate::{CLIENT, Site, UNIT, serve};

/// Role of a learner in a course.
pub const LEARNER_ROLE: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";
/// Role of a teacher in a course.
pub const INSTRUCTOR_ROLE: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";

/// A claim's name in the LTI vocabulary.
pub fn claim(name: &str) -> String {
    format!("https://purl.imsglobal.org/spec/lti/claim/{name}")
}

/// A platform on a site of its own. It publishes one key, and has a page from
/// which browsers set out and one at which they come by on their way. Its
/// services give one person and one gradebook column, and keep what they were asked.
#[derive(Debug)]
pub struct Platform {
    base: Url,
    key_set_readers: Arc<AtomicUsize>,
    received: Arc<Mutex<Vec<Received>>>,
    server: JoinHandle<()>,
}

/// A request that the tool sent to a service.
#[derive(Debug, Clone)]
pub struct Received {
    /// Method and path with its query.
    pub line: String,
    /// `Accept`.
    pub accept: String,
    /// `Content-Type`.
    pub content_type: String,
    /// `Authorization`.
    pub authorization: String,
    /// The body as it came.
    pub body: String,
}

/// What the platform offers and grants to tools: line items under the one scope
/// that allows changes too.
pub const GRANTED: [&str; 4] = [SCOPE_ROSTER, SCOPE_LINE_ITEM, SCOPE_RESULT, SCOPE_SCORE];

/// The access token that the platform grants.
pub const ACCESS_TOKEN: &str = "granted-by-the-platform";

/// A login under way.
#[derive(Debug, Clone)]
pub struct Login {
    /// What the tool wants back with the token.
    pub state: String,
    /// What the tool wants back in the token.
    pub nonce: String,
}

/// A token before it is signed.
#[derive(Debug, Clone)]
pub struct Token {
    /// Its header.
    pub header: Value,
    /// Its claims.
    pub claims: Value,
    /// The key that signs it, and how.
    pub signed: Signed,
}

/// How a token is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// With the platform's key, by this algorithm.
    Own(Algorithm),
    /// With somebody else's key.
    Foreign,
    /// With the platform's published key taken as a shared secret.
    PublicKeyAsSecret,
    /// Not at all.
    No,
}

/// Keys are made once, for that takes a while.
fn own_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate().expect("a key"))
}

/// The key of somebody who is no platform of ours.
///
/// # Panics
/// Where none can be made.
pub fn foreign_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate().expect("a key"))
}

impl Platform {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn start() -> Result<Self> {
        Self::start_with(axum::Router::new()).await
    }

    /// Starts it with services besides.
    ///
    /// # Errors
    /// Where no port is free.
    pub async fn start_with(services: axum::Router) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = Url::parse(&format!(
            "http://localhost:{}",
            listener.local_addr()?.port()
        ))?;
        let key_set_readers = Arc::new(AtomicUsize::new(0));
        let counter = key_set_readers.clone();
        let received: Arc<Mutex<Vec<Received>>> = Arc::default();
        let (kept, items) = (received.clone(), format!("{base}lineitems"));
        let router = axum::Router::new()
            .fallback(move |request: Request| answer(request, kept.clone(), items.clone()))
            .route(
                "/jwks",
                get(move || async move {
                    counter.fetch_add(1, Ordering::SeqCst);
                    Json(key_set_json(&[own_key()]))
                }),
            )
            .route("/course", get(|| async { Html("<h1>A course</h1>") }))
            .route("/auth", get(|| async { Html("<h1>On the way</h1>") }))
            .merge(services);
        Ok(Self {
            base,
            key_set_readers,
            received,
            server: serve(listener, router),
        })
    }

    /// How often its key set was read.
    pub fn key_set_readers(&self) -> usize {
        self.key_set_readers.load(Ordering::SeqCst)
    }

    /// The requests so far whose method and path begin like this.
    ///
    /// # Panics
    /// Where a service panicked.
    pub fn received(&self, line: &str) -> Vec<Received> {
        let received = self.received.lock().expect("no service panicked");
        received
            .iter()
            .filter(|request| request.line.starts_with(line))
            .cloned()
            .collect()
    }

    /// The `iss` of its launches.
    pub fn issuer(&self) -> String {
        self.base.as_str().trim_end_matches('/').to_owned()
    }

    /// One of its addresses.
    ///
    /// # Panics
    /// Where the path is none.
    pub fn url(&self, path: &str) -> Url {
        self.base.join(path).expect("a path")
    }

    /// What the platform sends to the tool's login address.
    pub fn login_fields(&self, site: &Site) -> Vec<(&'static str, String)> {
        vec![
            ("iss", self.issuer()),
            ("client_id", CLIENT.to_owned()),
            ("login_hint", "person-1".to_owned()),
            ("target_link_uri", site.url("lti/launch").to_string()),
        ]
    }

    /// A browser in a frame of the course.
    ///
    /// # Errors
    /// Where the browser cannot be set up.
    pub async fn visit(&self) -> Result<Browser> {
        let mut browser = Browser::new()?;
        browser.open(&self.url("course")).await?;
        Ok(browser)
    }

    /// Sends the browser through the tool's login page and back.
    ///
    /// # Errors
    /// Where the tool does not send it here.
    pub async fn login(&self, site: &Site, browser: &mut Browser) -> Result<Login> {
        let fields = self.login_fields(site);
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let page = browser.post_form(&site.url("lti/login"), &fields).await?;
        Login::of(&page)
    }

    /// A complete launch of a learner, fresh from now.
    pub fn token(&self, site: &Site, login: &Login) -> Token {
        let now = site.clock.now().timestamp();
        let mut claims = json!({
            "iss": self.issuer(),
            "aud": CLIENT,
            "sub": "person-1",
            "iat": now,
            "exp": now + 300,
            "nonce": login.nonce,
            "name": "Ada Lovelace",
            "given_name": "Ada",
            "family_name": "Lovelace",
            "email": "ada@example.org",
        });
        for (name, value) in [
            ("version", json!("1.3.0")),
            ("message_type", json!("LtiResourceLinkRequest")),
            ("deployment_id", json!("1")),
            ("target_link_uri", json!(site.url("lti/launch"))),
            ("roles", json!([LEARNER_ROLE])),
            ("context", json!({"id": "course-1", "title": "Mentoring"})),
            (
                "resource_link",
                json!({"id": "link-1", "title": "Assignment"}),
            ),
            ("custom", json!({"unit": UNIT})),
        ] {
            claims[claim(name)] = value;
        }
        Token {
            header: json!({"typ": "JWT", "alg": "RS256", "kid": own_key().kid()}),
            claims,
            signed: Signed::Own(Algorithm::RS256),
        }
    }

    /// The whole way of a launch, with a change of the token.
    ///
    /// # Errors
    /// Where a step on the way fails; a page that refuses is a page.
    pub async fn launch(
        &self,
        site: &Site,
        browser: &mut Browser,
        change: impl FnOnce(&mut Token),
    ) -> Result<Page> {
        let login = self.login(site, browser).await?;
        let mut token = self.token(site, &login);
        change(&mut token);
        post(site, browser, &token.encode(), &login.state).await
    }
}

/// Keeps a request to a service and answers it.
async fn answer(request: Request, received: Arc<Mutex<Vec<Received>>>, items: String) -> Response {
    let (parts, body) = request.into_parts();
    let header = |name| {
        let value = parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let line = format!("{} {}", parts.method, parts.uri);
    let bytes = axum::body::to_bytes(body, 1_000_000)
        .await
        .unwrap_or_default();
    let body = String::from_utf8_lossy(&bytes).into_owned();
    let item = format!("{items}/1?type=7");
    let answer = match line.split(['?', ' ']).nth(1).unwrap_or_default() {
        "/token" => {
            let scope = url::form_urlencoded::parse(body.as_bytes())
                .find(|(name, _)| name == "scope")
                .map(|(_, scope)| scope.into_owned())
                .unwrap_or_default();
            if scope.split(' ').all(|scope| GRANTED.contains(&scope)) {
                Json(json!({
                    "access_token": ACCESS_TOKEN,
                    "token_type": "Bearer",
                    "expires_in": 3600,
                    "scope": scope,
                }))
                .into_response()
            } else {
                let refusal = Json(json!({"error": "invalid_scope"}));
                (StatusCode::BAD_REQUEST, refusal).into_response()
            }
        }
        "/members" => Json(json!({
            "id": "members",
            "context": {"id": "course-1"},
            "members": [{"user_id": "person-1", "roles": ["Learner"], "name": "Ada Lovelace"}],
        }))
        .into_response(),
        "/lineitems" if parts.method == Method::POST => {
            let mut made: Value = serde_json::from_str(&body).unwrap_or_default();
            made["id"] = json!(item);
            (StatusCode::CREATED, Json(made)).into_response()
        }
        "/lineitems" | "/lineitems/1/results" => Json(json!([])).into_response(),
        "/lineitems/1/scores" => StatusCode::NO_CONTENT.into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    };
    if let Ok(mut received) = received.lock() {
        received.push(Received {
            line,
            accept: header(ACCEPT),
            content_type: header(CONTENT_TYPE),
            authorization: header(AUTHORIZATION),
            body,
        });
    }
    answer
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Login {
    /// Reads state and nonce from the address to which the tool sent the browser.
    ///
    /// # Errors
    /// Where it did not.
    pub fn of(page: &Page) -> Result<Self> {
        let wanted = |name: &str| {
            let found = page.url.query_pairs().find(|(key, _)| key == name);
            let (_, value) = found.with_context(|| {
                format!("the tool sent no `{name}`; it answered {}", page.status)
            })?;
            Ok::<_, anyhow::Error>(value.into_owned())
        };
        Ok(Self {
            state: wanted("state")?,
            nonce: wanted("nonce")?,
        })
    }
}

impl Token {
    /// As it goes over the wire.
    ///
    /// # Panics
    /// Where the key does not sign.
    pub fn encode(&self) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(&self.header), part(&self.claims));
        let rsa =
            |key: &SigningKey| EncodingKey::from_rsa_pem(key.to_pem().as_bytes()).expect("a key");
        let (key, algorithm) = match self.signed {
            Signed::Own(algorithm) => (rsa(own_key()), algorithm),
            Signed::Foreign => (rsa(foreign_key()), Algorithm::RS256),
            Signed::PublicKeyAsSecret => {
                let modulus = own_key().public_jwk()["n"].to_string();
                (
                    EncodingKey::from_secret(modulus.as_bytes()),
                    Algorithm::HS256,
                )
            }
            Signed::No => return format!("{message}."),
        };
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm).expect("a signature");
        format!("{message}.{signature}")
    }
}

/// Posts a launch, as the platform's page makes the browser do.
///
/// # Errors
/// Where the tool does not answer.
pub async fn post(site: &Site, browser: &mut Browser, id_token: &str, state: &str) -> Result<Page> {
    let fields = [("id_token", id_token), ("state", state)];
    Ok(browser.post_form(&site.url("lti/launch"), &fields).await?)
}

/// The code on a page that refuses, which stands in the log too; none on other pages.
pub fn code_of(page: &Page) -> Option<String> {
    page.text("details dd")
}
