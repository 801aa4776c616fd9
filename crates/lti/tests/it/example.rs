//! The example in README.md, through a login and a launch.

#![expect(clippy::disallowed_methods, reason = "the example tells the time")]

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use lti::{KeySets, SigningKey};
use serde_json::json;
use tower::ServiceExt;
use url::Url;

use crate::common::{CLIENT_ID, ISSUER, Platform, client, other_key, platform_key};

#[expect(dead_code, reason = "the tests call the router, not `main`")]
#[path = "../../examples/tool.rs"]
mod tool;

async fn text(response: Response<Body>) -> String {
    let body = to_bytes(response.into_body(), usize::MAX).await;
    String::from_utf8(body.expect("a body").to_vec()).expect("a text")
}

fn form(address: &str, fields: &[(&str, &str)]) -> axum::http::request::Builder {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    Request::get(format!("{address}?{query}"))
}

#[test]
fn the_readme_shows_the_example() {
    let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
    let read = |name| std::fs::read_to_string(format!("{here}/{name}")).expect("a file");
    let example = read("examples/tool.rs");
    let (_, example) = example.split_once("\n\n").expect("what the lints need");
    assert!(read("README.md").contains(&format!("```rust,no_run\n{example}```")));
    assert!(example.lines().count() <= 60);
}

#[tokio::test]
async fn the_example_logs_in_and_launches() {
    let platform = Platform::with_key(platform_key()).await;
    let router = tool::router(platform.registration(), KeySets::new(client()), other_key());
    let ask =
        async |request: Request<Body>| router.clone().oneshot(request).await.expect("an answer");

    let keys = ask(Request::get("/jwks")
        .body(Body::empty())
        .expect("a request"))
    .await;
    assert!(text(keys).await.contains(SigningKey::kid(other_key())));

    let login = [
        ("iss", ISSUER),
        ("login_hint", "4"),
        ("target_link_uri", "https://tool.example/launch"),
    ];
    let stranger = form(
        "/login",
        &[&login[1..], &[("iss", "https://other.test")]].concat(),
    );
    let stranger = ask(stranger.body(Body::empty()).expect("a request")).await;
    assert_eq!(stranger.status(), StatusCode::BAD_REQUEST);

    for (same_browser, expected) in [
        (false, "Open the activity again from the course"),
        (true, "Hello, Sam Student!"),
    ] {
        let begun = ask(form("/login", &login)
            .body(Body::empty())
            .expect("a request"))
        .await;
        assert_eq!(begun.status(), StatusCode::SEE_OTHER);
        let header = |name| begun.headers()[name].to_str().expect("a text").to_owned();
        let to: Url = header("location").parse().expect("an address");
        let parameter = |name: &str| {
            let mut pairs = to.query_pairs();
            let found = pairs.find(|(found, _)| found == name);
            found.expect("a parameter").1.into_owned()
        };
        let claim = |name: &str| format!("https://purl.imsglobal.org/spec/lti/claim/{name}");
        let now = chrono::Utc::now().timestamp();
        let claims = json!({
            "iss": ISSUER, "aud": CLIENT_ID, "sub": "4", "name": "Sam Student",
            "iat": now, "exp": now + 60, "nonce": parameter("nonce"),
            claim("version"): "1.3.0", claim("message_type"): "LtiResourceLinkRequest",
            claim("deployment_id"): "1", claim("roles"): [],
            claim("target_link_uri"): "https://tool.example/launch",
            claim("resource_link"): { "id": "1" },
        });
        let state = parameter("state");
        let token = platform_key().sign(&claims).expect("a token");
        let launch = || {
            let cookie = header("set-cookie");
            let cookie = cookie.split(';').next().expect("a cookie");
            Request::post("/launch")
                .header("cookie", if same_browser { cookie } else { "" })
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Body::from(format!("state={state}&id_token={token}")))
                .expect("a request")
        };
        assert_eq!(text(ask(launch()).await).await, expected);
        // Each login is for one launch.
        assert_eq!(ask(launch()).await.status(), StatusCode::BAD_REQUEST);
    }
}
