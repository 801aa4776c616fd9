//! Tools that register themselves, in each platform's manners.

use demo_lms::Manners;
use serde_json::{Value, json};
use url::Url;

use crate::world::World;

const TOOL_CONFIGURATION: &str = "https://purl.imsglobal.org/spec/lti-tool-configuration";

/// What the page for adding tools adds to the tool's address: configuration and token.
async fn initiation(world: &World, update: &str) -> (Url, String) {
    let address = world.tool.url.join("register?invitation=i-1").unwrap();
    let page = world
        .http
        .post(world.lms.tools_url())
        .form(&[("address", address.as_str()), ("update", update)])
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let (_, rest) = page.split_once("<iframe class=\"tool\" src=\"").unwrap();
    let opened = rest.split('"').next().unwrap();
    let opened = opened.replace("&amp;", "&").replace("&#x2f;", "/");
    let opened = Url::parse(&opened).unwrap();
    let parameter = |name: &str| {
        let (_, value) = opened.query_pairs().find(|(key, _)| key == name).unwrap();
        value.into_owned()
    };
    assert_eq!(parameter("invitation"), "i-1", "what was there stays");
    (
        Url::parse(&parameter("openid_configuration")).unwrap(),
        parameter("registration_token"),
    )
}

fn request(world: &World) -> Value {
    let url = |path: &str| world.tool.url.join(path).unwrap();
    json!({
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["client_credentials", "implicit"],
        "initiate_login_uri": url("login"),
        "redirect_uris": [url("launch")],
        "client_name": "Tool",
        "jwks_uri": url("jwks"),
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": "https://purl.imsglobal.org/spec/lti-ags/scope/score",
        TOOL_CONFIGURATION: {
            "domain": format!("127.0.0.1:{}", world.tool.url.port().unwrap()),
            "target_link_uri": url("launch"),
            "claims": ["iss", "sub"],
            "messages": [{"type": "LtiDeepLinkingRequest"}],
        },
    })
}

async fn post(world: &World, token: Option<&str>, body: &Value) -> (u16, String, String) {
    let mut request = world.http.post(world.address("/lti/register")).json(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.unwrap();
    let kind = response.headers()["content-type"].to_str().unwrap();
    let kind = kind.split(';').next().unwrap().to_owned();
    (
        response.status().as_u16(),
        kind,
        response.text().await.unwrap(),
    )
}

#[tokio::test]
async fn each_platform_tells_who_it_is_to_whom_it_does() {
    for (manners, without, family) in [
        (Manners::Strict, 200, "demo-lms"),
        (Manners::Moodle, 200, "moodle"),
        (Manners::Canvas, 401, "canvas"),
    ] {
        let world = World::start(manners).await;
        let (configuration, token) = initiation(&world, "").await;
        let bare = world.http.get(configuration.clone()).send().await.unwrap();
        assert_eq!(bare.status(), without, "{manners}");
        let told = world
            .http
            .get(configuration)
            .bearer_auth(&token)
            .send()
            .await
            .unwrap();
        assert_eq!(told.status(), 200, "{manners}");
        let told: Value = told.json().await.unwrap();
        assert_eq!(told["issuer"], world.lms.issuer().as_str());
        let platform = &told["https://purl.imsglobal.org/spec/lti-platform-configuration"];
        assert_eq!(platform["product_family_code"], family);
    }
}

#[tokio::test]
async fn a_registration_is_answered_and_launched_as_each_platform_does() {
    for (manners, status, in_answer) in [
        (Manners::Strict, 201, None),
        (Manners::Moodle, 200, Some("inside")),
        (Manners::Canvas, 200, Some("top")),
    ] {
        let world = World::start(manners).await;
        let (_, token) = initiation(&world, "").await;
        let (got, _, body) = post(&world, Some(&token), &request(&world)).await;
        assert_eq!(got, status, "{manners}: {body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        let (top, inside) = (
            &body["deployment_id"],
            &body[TOOL_CONFIGURATION]["deployment_id"],
        );
        assert_eq!(top.is_string(), in_answer == Some("top"), "{manners}");
        assert_eq!(inside.is_string(), in_answer == Some("inside"), "{manners}");
        assert_eq!(
            body["registration_access_token"].is_string(),
            manners == Manners::Strict
        );

        if manners == Manners::Moodle {
            assert_eq!(world.lms.tool().client_id, "client-7", "it is pending");
            let client = [("client_id", body["client_id"].as_str().unwrap())];
            let activate = world.http.post(world.address("/tools/activate"));
            let page = activate.form(&client).send().await.unwrap();
            assert_eq!(page.status(), 200);
        }
        assert_eq!(body["client_id"], world.lms.tool().client_id.as_str());

        let (status, _, body) = post(&world, Some(&token), &request(&world)).await;
        assert_eq!(status, 401, "{manners}");
        assert!(body.contains("token_already_used"), "{manners}: {body}");
    }
}

/// What a request says otherwise than it should.
type Change<'a> = &'a dyn Fn(&mut Value);

#[tokio::test]
async fn what_is_missing_is_said_in_each_platforms_words() {
    let without = |name: &'static str| {
        move |body: &mut Value| {
            body.as_object_mut().unwrap().remove(name);
        }
    };
    let no_domain =
        |body: &mut Value| body[TOOL_CONFIGURATION]["domain"] = json!("elsewhere.example");
    let openid = |body: &mut Value| body["scope"] = json!("openid");
    let (no_name, no_keys) = (without("client_name"), without("jwks_uri"));
    let cases: [(Manners, Change, u16, &str, &str); 7] = [
        (
            Manners::Moodle,
            &no_name,
            400,
            "text/html",
            "missing required attribute client_name",
        ),
        (
            Manners::Moodle,
            &no_domain,
            400,
            "text/html",
            "domain_targetlinkuri_mismatch",
        ),
        (
            Manners::Moodle,
            &openid,
            200,
            "application/json",
            "client_id",
        ),
        (
            Manners::Canvas,
            &openid,
            422,
            "application/json",
            r#"{"errors":["scope cannot contain openid"]}"#,
        ),
        (
            Manners::Canvas,
            &no_keys,
            422,
            "application/json",
            r#"{"errors":["missing required attribute jwks_uri"]}"#,
        ),
        (
            Manners::Strict,
            &no_keys,
            400,
            "application/json",
            "invalid_client_metadata",
        ),
        (
            Manners::Strict,
            &openid,
            201,
            "application/json",
            "client_id",
        ),
    ];
    for (manners, change, status, kind, words) in cases {
        let world = World::start(manners).await;
        let (_, token) = initiation(&world, "").await;
        let mut body = request(&world);
        change(&mut body);
        let (got, got_kind, text) = post(&world, Some(&token), &body).await;
        assert_eq!(
            (got, got_kind.as_str()),
            (status, kind),
            "{manners}: {text}"
        );
        assert!(text.contains(words), "{manners}: {text}");
    }
    for (manners, missing, invalid) in [
        (Manners::Strict, 401, 401),
        (Manners::Moodle, 401, 404),
        (Manners::Canvas, 401, 401),
    ] {
        let world = World::start(manners).await;
        let body = request(&world);
        assert_eq!(post(&world, None, &body).await.0, missing, "{manners}");
        let (status, _, text) = post(&world, Some("guessed"), &body).await;
        assert_eq!(status, invalid, "{manners}: {text}");
    }
}

#[tokio::test]
async fn moodle_reads_and_changes_a_registration_by_a_token_for_that() {
    let world = World::start(Manners::Moodle).await;
    let (_, token) = initiation(&world, "").await;
    let (_, _, first) = post(&world, Some(&token), &request(&world)).await;
    let first: Value = serde_json::from_str(&first).unwrap();
    let client_id = first["client_id"].as_str().unwrap();
    let (_, update) = initiation(&world, client_id).await;
    let read = |token: String| {
        let read = world.http.get(world.address("/lti/register"));
        read.bearer_auth(token).send()
    };
    assert_eq!(read(token).await.unwrap().status(), 404);
    let standing: Value = read(update.clone()).await.unwrap().json().await.unwrap();
    assert_eq!(standing, first);
    let mut changed = request(&world);
    changed["client_name"] = json!("Tool of today");
    let (status, _, body) = post(&world, Some(&update), &changed).await;
    assert_eq!(status, 200, "{body}");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["client_id"], client_id);
    assert_eq!(
        body[TOOL_CONFIGURATION]["deployment_id"],
        first[TOOL_CONFIGURATION]["deployment_id"]
    );
}
