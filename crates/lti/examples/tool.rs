//! The tool of README.md. Its test is `tests/it/example.rs`.
#![expect(
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    reason = "a tool tells the time, and the shortest way to an answer is good enough for an example"
)]

use axum::routing::{any, get, post};
use axum::{Json, Router, response::IntoResponse, response::Redirect};
use axum::{extract::Form, extract::State, http::HeaderMap, http::StatusCode};
use lti::{KeySets, LoginRequest, Registration, SigningKey, authentication_url, validate};
use std::{collections::HashMap, sync::Arc, sync::Mutex};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let platform = serde_json::from_slice(&std::fs::read("registration.json")?)?;
    let keys = KeySets::new(lti::http_client()?);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    let key = SigningKey::generate()?; // A real tool keeps it.
    Ok(axum::serve(listener, router(platform, keys, &key)).await?)
}

/// The platform, its keys, and the nonce of each login by its state. A real tool lets logins end.
type Tool = State<Arc<(Registration, KeySets, Mutex<HashMap<String, String>>)>>;
type Fields = Form<HashMap<String, String>>;
type Answer<T> = Result<T, (StatusCode, String)>;

pub(crate) fn router(platform: Registration, keys: KeySets, key: &SigningKey) -> Router {
    let jwks = Json(lti::keys::key_set_json(&[key]));
    Router::new()
        .route("/jwks", get(|| async { jwks }))
        .route("/login", any(login))
        .route("/launch", post(launch))
        .with_state(Arc::new((platform, keys, Mutex::default())))
}

async fn login(tool: Tool, form: Form<Vec<(String, String)>>) -> Answer<impl IntoResponse> {
    let (platform, _, logins) = &**tool;
    let request = LoginRequest::from_params(&form).map_err(refuse)?;
    if request.issuer != platform.issuer {
        return Err(refuse("This platform is not registered"));
    }
    let [state, nonce] = [(); 2].map(|()| getrandom::u64().expect("randomness").to_string());
    let launch_url = "https://tool.example/launch".parse().map_err(refuse)?;
    let url = authentication_url(platform, &request, &launch_url, &state, &nonce);
    // Only a partitioned cookie comes back into the platform's frame.
    let cookie = format!("lti-{state}=1; Path=/; Secure; HttpOnly; SameSite=None; Partitioned");
    logins.lock().expect("logins").insert(state, nonce);
    Ok(([("set-cookie", cookie)], Redirect::to(url.as_str())))
}

async fn launch(tool: Tool, head: HeaderMap, form: Fields) -> Answer<String> {
    let (platform, keys, logins) = &**tool;
    let [state, token] = ["state", "id_token"].map(|name| form.get(name).map_or("", |text| text));
    let cookies = head.get("cookie").and_then(|all| all.to_str().ok());
    let same_browser = cookies.is_some_and(|all| all.contains(&format!("lti-{state}=1")));
    let login = logins.lock().expect("logins").remove(state);
    let nonce = login.filter(|_| same_browser);
    let nonce = nonce.ok_or_else(|| refuse("Open the activity again from the course"))?;
    let launch = validate(token, platform, &nonce, keys, chrono::Utc::now()).await;
    let name = launch.map_err(refuse)?.person.name;
    Ok(format!("Hello, {}!", name.unwrap_or_default()))
}

fn refuse(reason: impl ToString) -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, reason.to_string())
}
