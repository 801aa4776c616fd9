//! A platform at `localhost`, a small tool at `127.0.0.1`, and a clock that tests move.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex},
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use axum::{
    Form, Json, Router,
    extract::{Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
    routing::{any, get, post},
};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use chrono::{DateTime, TimeDelta, Utc};
use demo_lms::{DemoLms, Manners, Settings, Tool};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
    jwk::JwkSet,
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

pub(crate) const ALL_SCOPES: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score \
    https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly \
    https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly \
    https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";

pub(crate) struct World {
    pub(crate) lms: DemoLms,
    pub(crate) tool: FakeTool,
    pub(crate) http: reqwest::Client,
    now: Arc<Mutex<DateTime<Utc>>>,
}

/// What the tool is told to do and what it has seen.
#[derive(Clone)]
pub(crate) struct FakeTool {
    pub(crate) url: Url,
    state: Arc<Mutex<ToolState>>,
    key: Arc<EncodingKey>,
    key_set: Arc<Value>,
}

#[derive(Default)]
struct ToolState {
    authorization_url: Option<Url>,
    jwks_url: Option<Url>,
    logins: Vec<BTreeMap<String, String>>,
    launches: Vec<Value>,
    errors: Vec<BTreeMap<String, String>>,
    changes: BTreeMap<String, Option<String>>,
    asks_by_page: bool,
}

/// Answer to a posted score.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) body: String,
}

impl World {
    pub(crate) async fn start(manners: Manners) -> Self {
        let tool_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let lms_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tool_url = format!("http://{}/", tool_listener.local_addr().unwrap());
        let tool = FakeTool::new(tool_url.parse().unwrap());
        let port = lms_listener.local_addr().unwrap().port();
        let now = Arc::new(Mutex::new("2026-11-21T10:00:00Z".parse().unwrap()));
        let clock = now.clone();
        let lms = DemoLms::new(
            Settings {
                issuer: format!("http://localhost:{port}").parse().unwrap(),
                tool: Tool {
                    login_url: tool.url.join("login").unwrap(),
                    launch_url: tool.url.join("launch").unwrap(),
                    jwks_url: tool.url.join("jwks").unwrap(),
                    client_id: "client-7".to_owned(),
                    deployment_id: "1".to_owned(),
                },
                manners,
                learners: 30,
                unit_title: "Unit 304 & more".to_owned(),
                custom: BTreeMap::from([("unit".to_owned(), "ilm-8577-304".to_owned())]),
                score_maximum: 50.0,
            },
            Arc::new(move || *clock.lock().unwrap()),
        )
        .unwrap();
        {
            let mut state = tool.state.lock().unwrap();
            state.authorization_url = Some(lms.authorization_url());
            state.jwks_url = Some(lms.jwks_url());
        }
        let (tool_router, lms_router) = (tool.router(), lms.router());
        tokio::spawn(async move { axum::serve(tool_listener, tool_router).await });
        tokio::spawn(async move { axum::serve(lms_listener, lms_router).await });
        Self {
            lms,
            tool,
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            now,
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        *self.now.lock().unwrap()
    }

    pub(crate) fn wait(&self, seconds: i64) {
        *self.now.lock().unwrap() += TimeDelta::seconds(seconds);
    }

    pub(crate) fn address(&self, path: &str) -> Url {
        self.lms.course_url().join(path).unwrap()
    }

    /// Claims of an assertion that every manner takes.
    pub(crate) fn assertion_claims(&self) -> Value {
        let now = self.now().timestamp();
        let id = format!("{:x}", next_number());
        json!({
            "iss": "client-7", "sub": "client-7", "aud": self.lms.token_url(),
            "iat": now - 5, "exp": now + 300, "jti": id,
        })
    }

    pub(crate) async fn ask_token(&self, claims: &Value, scope: &str) -> reqwest::Response {
        let assertion = self.tool.sign(claims, Some("tool-1"));
        self.ask_token_with(&assertion, scope).await
    }

    pub(crate) async fn ask_token_with(&self, assertion: &str, scope: &str) -> reqwest::Response {
        self.http
            .post(self.lms.token_url())
            .form(&[
                ("grant_type", "client_credentials"),
                (
                    "client_assertion_type",
                    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ),
                ("client_assertion", assertion),
                ("scope", scope),
            ])
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn token(&self) -> String {
        let claims = self.assertion_claims();
        let response = self.ask_token(&claims, ALL_SCOPES).await;
        assert_eq!(response.status(), 200);
        let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(body["token_type"], "Bearer");
        body["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn get(&self, url: Url, accept: &str, token: &str) -> reqwest::Response {
        self.http
            .get(url)
            .header("accept", accept)
            .bearer_auth(token)
            .send()
            .await
            .unwrap()
    }

    pub(crate) async fn post_score(&self, token: &str, score: &Value) -> Answer {
        let media_type = "application/vnd.ims.lis.v1.score+json";
        self.post_score_as(token, media_type, score).await
    }

    pub(crate) async fn post_score_as(
        &self,
        token: &str,
        media_type: &str,
        score: &Value,
    ) -> Answer {
        let response = self
            .http
            .post(self.address("/lti/services/lineitems/1/scores?type_id=1"))
            .header("content-type", media_type)
            .bearer_auth(token)
            .body(score.to_string())
            .send()
            .await
            .unwrap();
        let reason = response.extensions().get::<hyper::ext::ReasonPhrase>();
        Answer {
            reason: reason
                .map(|reason| String::from_utf8_lossy(reason.as_bytes()).into_owned())
                .unwrap_or_default(),
            status: response.status().as_u16(),
            body: response.text().await.unwrap(),
        }
    }
}

impl FakeTool {
    fn new(url: Url) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            STANDARD.encode(der.as_ref())
        );
        let public = pair.public_key();
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let key_set = json!({"keys": [{
            "kty": "RSA", "alg": "RS256", "use": "sig", "kid": "tool-1",
            "n": part(public.modulus().big_endian_without_leading_zero()),
            "e": part(public.exponent().big_endian_without_leading_zero()),
        }]});
        Self {
            url,
            state: Arc::default(),
            key: Arc::new(EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap()),
            key_set: Arc::new(key_set),
        }
    }

    pub(crate) fn sign(&self, claims: &Value, key_id: Option<&str>) -> String {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = key_id.map(str::to_owned);
        encode(&header, claims, &self.key).unwrap()
    }

    /// Changes or drops a parameter of the next authentication requests.
    pub(crate) fn change(&self, name: &str, value: Option<&str>) {
        let value = value.map(str::to_owned);
        let mut state = self.state.lock().unwrap();
        state.changes.insert(name.to_owned(), value);
    }

    pub(crate) fn change_nothing(&self) {
        self.state.lock().unwrap().changes.clear();
    }

    /// Sends the browser to the platform by a page of the tool instead of a redirect.
    pub(crate) fn ask_by_page(&self) {
        self.state.lock().unwrap().asks_by_page = true;
    }

    pub(crate) fn last_login(&self) -> BTreeMap<String, String> {
        self.state.lock().unwrap().logins.last().unwrap().clone()
    }

    pub(crate) fn last_launch(&self) -> Value {
        self.state.lock().unwrap().launches.last().unwrap().clone()
    }

    pub(crate) fn launches(&self) -> usize {
        self.state.lock().unwrap().launches.len()
    }

    pub(crate) fn take_error(&self) -> Option<BTreeMap<String, String>> {
        self.state.lock().unwrap().errors.pop()
    }

    fn router(&self) -> Router {
        Router::new()
            .route("/login", post(login))
            .route("/launch", post(launched))
            .route("/home", any(home))
            .route("/upload", post(upload))
            .route("/jwks", get(jwks))
            .with_state(self.clone())
    }
}

async fn jwks(State(tool): State<FakeTool>) -> Json<Value> {
    Json(tool.key_set.as_ref().clone())
}

async fn login(
    State(tool): State<FakeTool>,
    Form(login): Form<BTreeMap<String, String>>,
) -> Response {
    let mut state = tool.state.lock().unwrap();
    let mut parameters: BTreeMap<String, String> = [
        ("scope", "openid"),
        ("response_type", "id_token"),
        ("response_mode", "form_post"),
        ("prompt", "none"),
        ("nonce", "nonce-1"),
        ("state", "state-1"),
        ("client_id", &login["client_id"]),
        ("login_hint", &login["login_hint"]),
        ("lti_message_hint", &login["lti_message_hint"]),
        ("redirect_uri", tool.url.join("launch").unwrap().as_str()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    for (name, value) in &state.changes {
        match value {
            Some(value) => parameters.insert(name.clone(), value.clone()),
            None => parameters.remove(name),
        };
    }
    state.logins.push(login);
    let mut url = state.authorization_url.clone().unwrap();
    let cookie = "tool_state=state-1; Path=/; Secure; HttpOnly; SameSite=None; Partitioned";
    let answer = if state.asks_by_page {
        let mut page = format!("<form action='{url}'>");
        for (name, value) in &parameters {
            let value = value.replace('&', "&amp;").replace('\'', "&#39;");
            write!(page, "<input name='{name}' value='{value}'>").unwrap();
        }
        Html(page + "</form><script>document.forms[0].submit()</script>").into_response()
    } else {
        url.query_pairs_mut().extend_pairs(&parameters);
        Redirect::to(url.as_str()).into_response()
    };
    ([(header::SET_COOKIE, cookie)], answer).into_response()
}

async fn launched(
    State(tool): State<FakeTool>,
    headers: HeaderMap,
    Form(fields): Form<BTreeMap<String, String>>,
) -> Response {
    if fields.contains_key("error") {
        tool.state.lock().unwrap().errors.push(fields);
        return (StatusCode::BAD_REQUEST, Html("<h1>No launch</h1>")).into_response();
    }
    let cookies = headers
        .get(header::COOKIE)
        .map_or("", |cookies| cookies.to_str().unwrap());
    if !cookies.contains(&format!("tool_state={}", fields["state"])) {
        return (StatusCode::FORBIDDEN, Html("<h1>Another browser</h1>")).into_response();
    }
    let jwks_url = tool.state.lock().unwrap().jwks_url.clone().unwrap();
    let keys: JwkSet = reqwest::get(jwks_url).await.unwrap().json().await.unwrap();
    let token = &fields["id_token"];
    let key_id = decode_header(token).unwrap().kid.unwrap();
    let key = DecodingKey::from_jwk(keys.find(&key_id).unwrap()).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_audience(&["client-7"]);
    // The platform's clock is the test's, so its times are compared by the test.
    validation.validate_exp = false;
    let claims: Value = decode(token, &key, &validation).unwrap().claims;
    tool.state.lock().unwrap().launches.push(claims);
    let cookie = "tool_session=s1; Path=/; Secure; SameSite=None; Partitioned";
    ([(header::SET_COOKIE, cookie)], Redirect::to("/home")).into_response()
}

async fn home(headers: HeaderMap, Query(query): Query<BTreeMap<String, String>>) -> Html<String> {
    let cookies = headers
        .get(header::COOKIE)
        .map_or("none", |cookies| cookies.to_str().unwrap());
    let origin = headers
        .get("origin")
        .map_or("none", |origin| origin.to_str().unwrap());
    let site = headers["sec-fetch-site"].to_str().unwrap();
    Html(format!(
        "<h1>Tool's\n  home</h1><p id=cookies>{cookies}</p><p id=query>{query:?}</p>
         <p id=origin>{origin}</p><p id=site>{site}</p>
         <p><a href='/home?again=1'>Come again</a></p>
         <form id=search action=/home><input name=q value=old><select name=sort><option>up
         <option value=down selected>Down</select><input type=checkbox name=all value=1>
         <input type=checkbox name=new checked><fieldset disabled><input name=off value=1></fieldset>
         <button name=go value=first>Search</button><button name=go value=second>More</button></form>
         <input name=late value=x form=search>
         <form id=upload method=post enctype=multipart/form-data action=/upload>
         <input type=file name=evidence><textarea name=note>\nhello\n</textarea></form>"
    ))
}

async fn upload(mut parts: axum::extract::Multipart) -> Html<String> {
    let mut page = String::new();
    while let Some(part) = parts.next_field().await.unwrap() {
        let name = part.name().unwrap().to_owned();
        let file = part.file_name().map(str::to_owned);
        let kind = part.content_type().map(str::to_owned);
        let bytes = part.bytes().await.unwrap();
        write!(page, "<p>{name} {file:?} {kind:?} {}</p>", bytes.len()).unwrap();
    }
    Html(page)
}

/// A number that no other call of this process gets.
fn next_number() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
