//! The first step of a launch.

use std::collections::BTreeMap;

use lti::{LoginError, LoginRequest, Registration, authentication_url, same_origin};
use url::Url;

use crate::common::fixture;

fn params(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

const REQUIRED: [(&str, &str); 3] = [
    ("iss", "https://vle.test"),
    ("login_hint", "4"),
    ("target_link_uri", "https://tool.test/lti/launch"),
];

fn url(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

/// What Moodle sent to the login address.
fn captured(name: &str) -> LoginRequest {
    let captured = fixture(name);
    let params: Vec<(String, String)> = captured["params"]
        .as_object()
        .expect("parameters")
        .iter()
        .map(|(name, value)| (name.clone(), value.as_str().expect("a text").to_owned()))
        .collect();
    LoginRequest::from_params(&params).expect("a request")
}

#[test]
fn the_logins_that_moodle_sends_are_read() {
    let deep_linking = captured("moodle-deeplink.login_init.json");
    assert_eq!(deep_linking.target_link_uri, "http://localhost:9000/dl");
    assert_eq!(deep_linking.login_hint, "3");
    assert_eq!(
        deep_linking.lti_message_hint.as_deref(),
        Some(r#"{"launchid":"ltilaunch_ContentItemSelectionRequest1438614895"}"#)
    );
    let request = captured("moodle-launch_student1.login_init.json");
    assert_eq!(request.issuer, "http://localhost:8081");
    assert_eq!(request.client_id.as_deref(), Some("dummyclient12345"));
    assert_eq!(request.deployment_id.as_deref(), Some("1"));
    assert_eq!(request.storage_target, None);
    assert_eq!(
        request.lti_message_hint.as_deref(),
        Some(r#"{"cmid":1,"launchid":"ltilaunch1_1249459759"}"#)
    );
}

#[test]
fn parameters_are_checked() {
    let check = |extra: &[(&str, &str)]| {
        let mut all = params(&REQUIRED);
        all.extend(params(extra));
        LoginRequest::from_params(&all)
    };
    let deployment = |extra: &[(&str, &str)]| check(extra).expect("a request").deployment_id;
    assert_eq!(deployment(&[]), None);
    assert_eq!(
        deployment(&[("deployment_id", "7:ab")]).as_deref(),
        Some("7:ab")
    );
    assert_eq!(
        deployment(&[("deployment_id", "a"), ("lti_deployment_id", "b")]).as_deref(),
        Some("b")
    );
    assert_eq!(check(&[("iss", "https://vle.test")]), check(&[]));
    assert_eq!(
        check(&[("iss", "https://other.test")]),
        Err(LoginError::Contradictory("iss"))
    );
    let long = "x".repeat(256);
    assert_eq!(
        check(&[("client_id", &long)]),
        Err(LoginError::TooLong {
            name: "client_id",
            limit: 255
        })
    );
    for missing in ["iss", "login_hint", "target_link_uri"] {
        let mut pairs = params(&REQUIRED);
        pairs.retain(|(name, _)| name != missing);
        assert_eq!(
            LoginRequest::from_params(&pairs),
            Err(LoginError::Missing(missing))
        );
        pairs.push((missing.to_owned(), String::new()));
        assert_eq!(
            LoginRequest::from_params(&pairs),
            Err(LoginError::Missing(missing))
        );
    }
}

#[test]
fn the_browser_is_sent_on_with_every_parameter() {
    let registration = Registration {
        issuer: "https://vle.test".to_owned(),
        client_id: "client-1".to_owned(),
        auth_url: url("https://vle.test/auth?tenant=a%20b#part"),
        token_url: url("https://vle.test/token"),
        jwks_url: url("https://vle.test/jwks"),
        token_audience: None,
    };
    let mut all = params(&REQUIRED);
    let hint = r#"{"cmid":1,"x":"a&b=c +%"}"#;
    all.push(("lti_message_hint".to_owned(), hint.to_owned()));
    let request = LoginRequest::from_params(&all).expect("a request");
    let redirect_uri = url("https://tool.test/lti/launch");
    let address = authentication_url(&registration, &request, &redirect_uri, "s", "n");
    assert!(
        address
            .as_str()
            .starts_with("https://vle.test/auth?tenant=a%20b&"),
        "{address}"
    );
    assert_eq!(address.fragment(), None);
    let query: BTreeMap<String, String> = address.query_pairs().into_owned().collect();
    let expected = [
        ("client_id", "client-1"),
        ("login_hint", "4"),
        ("lti_message_hint", hint),
        ("nonce", "n"),
        ("prompt", "none"),
        ("redirect_uri", "https://tool.test/lti/launch"),
        ("response_mode", "form_post"),
        ("response_type", "id_token"),
        ("scope", "openid"),
        ("state", "s"),
        ("tenant", "a b"),
    ];
    assert_eq!(query, params(&expected).into_iter().collect());

    let plain = LoginRequest::from_params(&params(&REQUIRED)).expect("a request");
    let address = authentication_url(&registration, &plain, &redirect_uri, "s", "n");
    assert!(!address.as_str().contains("lti_message_hint"));
}

#[test]
fn only_the_tools_own_origin_is_a_target() {
    let tool = url("https://tool.test/base/");
    for (target, same) in [
        ("https://tool.test/lti/launch?item=1", true),
        ("https://tool.test:443/", true),
        ("https://TOOL.test/", true),
        ("http://tool.test/", false),
        ("https://tool.test:8443/", false),
        ("https://tool.test.evil.test/", false),
        ("https://tool.test@evil.test/", false),
        ("https://someone@tool.test/", false),
        ("//tool.test/", false),
        ("/lti/launch", false),
        ("javascript:alert(1)", false),
        ("", false),
    ] {
        assert_eq!(same_origin(target, &tool), same, "{target}");
    }
    assert!(!same_origin("data:text/html,x", &url("data:text/html,x")));
}
