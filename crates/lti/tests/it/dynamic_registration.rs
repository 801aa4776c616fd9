//! Dynamic registration, and what guards it.

use std::collections::BTreeMap;

use lti::claims::{SCOPE_LINE_ITEM, SCOPE_ROSTER, SCOPE_SCORE};
use lti::dynamic_registration::{
    CanvasVisibility, MessageType, Privacy, SharedIssuer, ToolMessage, canvas_configuration,
    fetch_configuration, hosted_canvas, read_registration, register, replace_registration,
    request_body,
};
use lti::{
    Guard, GuardError, Initiation, PlatformConfiguration, PlatformFamily, Registered,
    RegistrationError, ToolDescription,
};
use serde_json::{Map, Value, json};
use url::Url;

use crate::common::{Asked, Platform, Reply, fixture};

const TOOL_CONFIGURATION: &str = "https://purl.imsglobal.org/spec/lti-tool-configuration";
const PLATFORM_CONFIGURATION: &str = "https://purl.imsglobal.org/spec/lti-platform-configuration";
/// The platforms of these tests are on this machine.
const HERE: Guard = Guard {
    allow_http: true,
    allow_private: true,
};

fn url(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

fn captured() -> Value {
    fixture("moodle-dynamic-registration.json")
}

fn moodle_configuration() -> Map<String, Value> {
    captured()["openid_configuration"]
        .as_object()
        .expect("a configuration")
        .clone()
}

fn configuration(edit: impl FnOnce(&mut Value)) -> PlatformConfiguration {
    let mut configuration = Value::Object(moodle_configuration());
    edit(&mut configuration);
    PlatformConfiguration::from_json(configuration.as_object().expect("an object"))
        .expect("a configuration")
}

fn tool() -> ToolDescription {
    let mut tool = ToolDescription::new(
        "DynReg Tool",
        url("http://localhost:9000/login"),
        url("http://localhost:9000/launch"),
        url("http://localhost:9000/jwks"),
    );
    tool.description = Some("d".to_owned());
    tool.redirect_urls = vec![
        url("http://localhost:9000/launch"),
        url("http://localhost:9000/dl"),
    ];
    tool.logo_url = Some(url("http://localhost:9000/logo.png"));
    tool.contacts = vec!["a@b.c".to_owned()];
    tool.scopes = vec![
        "openid".to_owned(),
        SCOPE_LINE_ITEM.to_owned(),
        SCOPE_SCORE.to_owned(),
        SCOPE_ROSTER.to_owned(),
        "https://example.com/unknown".to_owned(),
    ];
    tool.privacy = Privacy::Public;
    tool.custom = BTreeMap::from([("ctx".to_owned(), "$Context.id".to_owned())]);
    tool.tool_id = Some("tool-1".to_owned());
    let mut deep_linking = ToolMessage::new(MessageType::DeepLinking);
    deep_linking.target_url = Some(url("http://localhost:9000/dl"));
    deep_linking.label = Some("Add".to_owned());
    deep_linking.placements = vec!["ContentArea".to_owned(), "RichTextEditor".to_owned()];
    deep_linking.canvas_placements = vec!["assignment_selection".to_owned()];
    tool.messages.push(deep_linking);
    tool.messages
        .push(ToolMessage::new(MessageType::SubmissionReview));
    tool
}

fn initiation(platform: &Platform, target: &str) -> Initiation {
    Initiation {
        openid_configuration: platform.url(target),
        registration_token: Some("token-r".to_owned()),
    }
}

/// The captured configuration, with Moodle's address replaced by this server's.
fn configuration_here(asked: &Asked) -> Reply {
    let host = asked.header("host").expect("a host");
    let text = Value::Object(moodle_configuration()).to_string();
    Reply::status(200, &text.replace("localhost:8081", host))
}

fn code<T>(result: Result<T, RegistrationError>) -> &'static str {
    match result {
        Ok(_) => "accepted",
        Err(error) => {
            assert!(!error.to_string().is_empty());
            error.code()
        }
    }
}

#[test]
fn the_link_that_moodle_opens_is_read() {
    let link = url(captured()["start_redirect"].as_str().expect("a link"));
    let params: Vec<(String, String)> = link.query_pairs().into_owned().collect();
    let initiation = Initiation::from_params(&params).expect("an initiation");
    assert_eq!(
        initiation.openid_configuration.as_str(),
        "http://localhost:8081/mod/lti/openid-configuration.php"
    );
    assert!(!initiation.is_update());
    let token = initiation.registration_token.clone().expect("a token");
    assert!(!format!("{initiation:?}").contains(&token));

    let update = Initiation {
        // {"sub":"3","scope":"reg-update"}
        registration_token: Some("e30.eyJzdWIiOiIzIiwic2NvcGUiOiJyZWctdXBkYXRlIn0.x".to_owned()),
        ..initiation.clone()
    };
    assert!(update.is_update());
    for token in [None, Some(""), Some("a.b.c"), Some("opaque")] {
        let initiation = Initiation {
            registration_token: token.map(str::to_owned),
            ..initiation.clone()
        };
        assert!(!initiation.is_update(), "{token:?}");
    }
}

#[test]
fn parameters_are_checked() {
    let read = |params: &[(&str, &str)]| {
        let params: Vec<(String, String)> = params
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Initiation::from_params(&params)
    };
    let address = "https://vle.test/config";
    let long = "x".repeat(17 * 1024);
    for (params, expected) in [
        (vec![], "parameter_missing"),
        (vec![("openid_configuration", "")], "parameter_missing"),
        (
            vec![("openid_configuration", "config")],
            "configuration_no_address",
        ),
        (
            vec![("openid_configuration", "file:///etc/passwd")],
            "configuration_no_address",
        ),
        (
            vec![
                ("openid_configuration", address),
                ("openid_configuration", "https://b.test"),
            ],
            "parameter_malformed",
        ),
        (vec![("openid_configuration", &long)], "parameter_malformed"),
        (
            vec![
                ("openid_configuration", address),
                ("registration_token", &long),
            ],
            "parameter_malformed",
        ),
        (
            vec![("openid_configuration", address), ("invitation", "1")],
            "accepted",
        ),
    ] {
        assert_eq!(code(read(&params)), expected);
    }
    let without_token = read(&[
        ("openid_configuration", address),
        ("registration_token", ""),
    ]);
    assert_eq!(
        without_token.expect("an initiation").registration_token,
        None
    );
}

#[test]
fn the_configuration_of_moodle_is_read() {
    let platform = configuration(|_| {});
    assert_eq!(platform.issuer, "http://localhost:8081");
    assert_eq!(
        platform.registration_endpoint.as_str(),
        "http://localhost:8081/mod/lti/openid-registration.php"
    );
    assert_eq!(platform.family(), PlatformFamily::Moodle);
    assert_eq!(platform.scopes_supported.len(), 8);
    assert_eq!(platform.messages_supported.len(), 2);
    assert_eq!(platform.messages_supported[1].placements, ["ContentArea"]);
    assert!(
        platform
            .variables
            .contains(&"Context.id.history".to_owned())
    );
    assert_eq!(platform.authorization_server, None);
}

#[test]
fn configurations_are_read_however_they_are_written() {
    let platform = configuration(|configuration| {
        configuration["scopes_supported"] = json!("openid a b");
        configuration["claims_supported"] = json!(null);
        configuration["authorization_server"] = json!("https://auth.test");
        configuration[PLATFORM_CONFIGURATION] = json!({
            "product_family_code": "Canvas",
            "messages_supported": ["LtiResourceLinkRequest", { "type": "X", "placements": null }, 5, {}],
        });
    });
    assert_eq!(platform.scopes_supported, ["openid", "a", "b"]);
    assert_eq!(platform.claims_supported, [] as [&str; 0]);
    assert_eq!(platform.family(), PlatformFamily::Canvas);
    assert_eq!(platform.messages_supported.len(), 2);

    for name in [
        "issuer",
        "authorization_endpoint",
        "token_endpoint",
        "jwks_uri",
        "registration_endpoint",
    ] {
        for value in [json!(null), json!(5), json!("")] {
            let mut configuration = moodle_configuration();
            configuration[name] = value;
            let result = PlatformConfiguration::from_json(&configuration);
            assert!(
                matches!(result, Err(RegistrationError::Incomplete(found)) if found == name),
                "{name}"
            );
        }
    }
    let bare = configuration(|configuration| {
        configuration[PLATFORM_CONFIGURATION] = json!(null);
    });
    assert_eq!(bare.family(), PlatformFamily::Other);
}

#[tokio::test]
async fn the_configuration_is_fetched_with_the_token() {
    let platform = Platform::start(configuration_here).await;
    let found = fetch_configuration(&initiation(&platform, "/config?x=1"), HERE, &[])
        .await
        .expect("a configuration");
    assert_eq!(format!("{}/", found.issuer), platform.base.as_str());
    let asked = &platform.asked()[0];
    assert_eq!(asked.target, "/config?x=1");
    assert_eq!(asked.header("authorization"), Some("Bearer token-r"));
    assert_eq!(asked.header("accept"), Some("application/json"));

    let without = Initiation {
        registration_token: None,
        ..initiation(&platform, "/config")
    };
    fetch_configuration(&without, HERE, &[])
        .await
        .expect("a configuration");
    assert_eq!(platform.asked()[1].header("authorization"), None);
}

#[tokio::test]
async fn only_the_issuers_own_host_or_an_allowed_one_speaks_for_it() {
    let platform = Platform::start(configuration_here).await;
    let host = platform.base.host_str().expect("a host").to_owned();
    let speaks = async |issuer: &str, shared: &[SharedIssuer]| {
        let issuer = issuer.to_owned();
        let other = Platform::start(move |asked| {
            let mut reply = configuration_here(asked);
            let mut body: Value = serde_json::from_str(&reply.body).expect("JSON");
            body["issuer"] =
                json!(issuer.replace("PORT", &asked.header("host").expect("a host")[10..]));
            reply.body = body.to_string();
            reply
        })
        .await;
        code(fetch_configuration(&initiation(&other, "/config"), HERE, shared).await)
    };
    let canvas = "https://canvas.instructure.com";
    let shared = |issuer: &str, hosts: &[&str]| SharedIssuer {
        issuer: issuer.to_owned(),
        hosts: hosts.iter().map(|&host| host.to_owned()).collect(),
    };
    for (issuer, shared, expected) in [
        ("http://127.0.0.1:PORT", vec![], "accepted"),
        ("http://127.0.0.1:PORT/path", vec![], "accepted"),
        ("http://127.0.0.1", vec![], "issuer_foreign"),
        ("http://127.0.0.1:1", vec![], "issuer_foreign"),
        ("http://localhost:PORT", vec![], "issuer_foreign"),
        ("some words", vec![], "issuer_foreign"),
        (canvas, hosted_canvas(), "issuer_foreign"),
        (canvas, vec![shared(canvas, &[&host])], "accepted"),
        (canvas, vec![shared(canvas, &["0.1"])], "accepted"),
        (
            canvas,
            vec![shared(canvas, &["27.0.0.1"])],
            "issuer_foreign",
        ),
        (
            canvas,
            vec![shared("https://canvas.test.instructure.com", &[&host])],
            "issuer_foreign",
        ),
    ] {
        assert_eq!(
            speaks(issuer, &shared).await,
            expected,
            "{issuer} {shared:?}"
        );
    }
    let issuers: Vec<String> = hosted_canvas()
        .into_iter()
        .map(|shared| shared.issuer)
        .collect();
    assert_eq!(
        issuers,
        [
            "https://canvas.instructure.com",
            "https://canvas.beta.instructure.com",
            "https://canvas.test.instructure.com"
        ]
    );
}

#[tokio::test]
async fn only_allowed_addresses_are_called() {
    let (private, never) = ("not public", "not public");
    // No name service is asked for a label of 64 characters.
    let unknown = format!("https://{}/", "x".repeat(64));
    let plain = Guard::default();
    let http = Guard {
        allow_http: true,
        ..plain
    };
    for (address, guard, expected) in [
        ("http://1.1.1.1/", plain, "scheme"),
        ("https://1.1.1.1/", plain, "allowed"),
        ("http://1.1.1.1/", http, "allowed"),
        ("http://me@1.1.1.1/", http, "credentials"),
        ("https://:secret@1.1.1.1/", plain, "credentials"),
        ("https://[2606:4700::1111]:8443/", plain, "allowed"),
        ("https://127.0.0.1/", plain, private),
        ("https://localhost/", plain, private),
        ("https://[::1]/", plain, private),
        ("https://2130706433/", plain, private),
        ("https://0x7f.1/", plain, private),
        ("https://10.0.0.1/", plain, private),
        ("https://[::ffff:192.168.0.1]/", plain, private),
        ("https://127.0.0.1/", HERE, "allowed"),
        ("http://localhost:9/", HERE, "allowed"),
        ("https://[fd12::1]/", HERE, "allowed"),
        ("http://169.254.169.254/latest/meta-data", HERE, never),
        ("http://[fd00:ec2::254]/", HERE, never),
        ("http://0.0.0.0/", HERE, never),
        (&unknown, HERE, "unknown"),
    ] {
        let found = match guard.addresses(&url(address)).await {
            Ok(addresses) => {
                assert!(!addresses.is_empty());
                "allowed"
            }
            Err(GuardError::Scheme(_)) => "scheme",
            Err(GuardError::Credentials) => "credentials",
            Err(GuardError::NoHost) => "no host",
            Err(GuardError::UnknownHost(_)) => "unknown",
            Err(GuardError::NotPublic(_)) => "not public",
            Err(error) => panic!("{address}: {error}"),
        };
        assert_eq!(found, expected, "{address} {guard:?}");
    }
}

#[tokio::test]
async fn nothing_is_sent_to_an_address_that_is_not_allowed() {
    let platform = Platform::start(configuration_here).await;
    for guard in [
        Guard::default(),
        Guard {
            allow_http: true,
            ..Guard::default()
        },
        Guard {
            allow_private: true,
            ..Guard::default()
        },
    ] {
        let result = fetch_configuration(&initiation(&platform, "/config"), guard, &[]).await;
        assert_eq!(code(result), "address_not_allowed", "{guard:?}");
    }
    assert_eq!(platform.asked().len(), 0);

    // Addresses inside the configuration are checked before anything else calls them.
    for name in [
        "authorization_endpoint",
        "registration_endpoint",
        "token_endpoint",
        "jwks_uri",
    ] {
        let address = match name {
            "authorization_endpoint" => "http://me@vle.test/auth",
            _ => "http://169.254.169.254/",
        };
        let platform = Platform::start(move |asked| {
            let mut reply = configuration_here(asked);
            let mut body: Value = serde_json::from_str(&reply.body).expect("JSON");
            body[name] = json!(address);
            reply.body = body.to_string();
            reply
        })
        .await;
        let result = fetch_configuration(&initiation(&platform, "/config"), HERE, &[]).await;
        assert_eq!(code(result), "address_not_allowed", "{name}");
    }
}

#[tokio::test]
async fn redirects_are_followed_by_hand() {
    let redirecting = async |first: &'static str| {
        Platform::start(move |asked| {
            let location = match asked.target.as_str() {
                "/config" => first,
                "/1" => "/2",
                "/2" => "3",
                "/3" => return configuration_here(asked),
                "/0" => "/1",
                _ => "/none",
            };
            if location.is_empty() {
                Reply::status(302, "")
            } else {
                Reply::status(302, "").header("location", location)
            }
        })
        .await
    };
    for (first, expected, calls) in [
        ("/1", "accepted", 4),
        ("/0", "redirects", 4),
        ("", "redirects", 1),
        ("http://169.254.169.254/config", "address_not_allowed", 1),
        ("file:///etc/passwd", "address_not_allowed", 1),
        ("http://me@127.0.0.1:1/", "address_not_allowed", 1),
    ] {
        let platform = redirecting(first).await;
        let result = fetch_configuration(&initiation(&platform, "/config"), HERE, &[]).await;
        assert_eq!(code(result), expected, "{first}");
        assert_eq!(platform.asked().len(), calls, "{first}");
    }

    // The token stays where it belongs, and the last host is the one that speaks.
    let last = Platform::start(configuration_here).await;
    let location = last.url("/config").to_string();
    let first =
        Platform::start(move |_| Reply::status(307, "").header("location", &location)).await;
    fetch_configuration(&initiation(&first, "/config"), HERE, &[])
        .await
        .expect("a configuration");
    assert_eq!(
        first.asked()[0].header("authorization"),
        Some("Bearer token-r")
    );
    assert_eq!(last.asked()[0].header("authorization"), None);
}

#[tokio::test]
async fn answers_that_are_no_configuration_are_refused() {
    for (reply, expected) in [
        (Reply::status(200, "<html>"), "answer_not_json"),
        (Reply::status(200, "[]"), "answer_not_json"),
        (Reply::status(200, "{}"), "configuration_incomplete"),
        (Reply::status(401, ""), "token_refused"),
        (Reply::status(404, "<html>"), "refused"),
        (Reply::status(500, ""), "refused"),
        (
            Reply::status(200, &"x".repeat(256 * 1024 + 1)),
            "answer_too_large",
        ),
    ] {
        let platform = Platform::start(move |_| reply.clone()).await;
        let result = fetch_configuration(&initiation(&platform, "/config"), HERE, &[]).await;
        assert_eq!(code(result), expected);
    }
    // Nothing listens on port 1.
    let nobody = Initiation {
        openid_configuration: url("http://127.0.0.1:1/config"),
        registration_token: None,
    };
    let result = fetch_configuration(&nobody, HERE, &[]).await;
    assert_eq!(code(result), "unreachable");
}

#[test]
fn moodle_is_told_what_it_took_from_another_tool() {
    let good = captured()["registrations"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|registration| registration["name"] == "good")
        .expect("a good one")["request"]
        .clone();
    let body = request_body(&tool(), &configuration(|_| {}));
    for name in [
        "application_type",
        "response_types",
        "initiate_login_uri",
        "redirect_uris",
        "client_name",
        "jwks_uri",
        "logo_uri",
        "token_endpoint_auth_method",
        "contacts",
    ] {
        assert_eq!(body[name], good[name], "{name}");
    }
    assert_eq!(
        body["grant_types"],
        json!(["client_credentials", "implicit"])
    );
    // What this platform does not know is not asked for.
    assert_eq!(
        body["scope"],
        format!("openid {SCOPE_LINE_ITEM} {SCOPE_SCORE} {SCOPE_ROSTER}")
    );
    assert_eq!(
        body[TOOL_CONFIGURATION],
        json!({
            "domain": "localhost:9000",
            "description": "d",
            "target_link_uri": "http://localhost:9000/launch",
            "custom_parameters": { "ctx": "$Context.id" },
            "claims": ["iss", "sub", "name", "given_name", "family_name", "email"],
            "messages": [
                {
                    "type": "LtiResourceLinkRequest",
                    "target_link_uri": "http://localhost:9000/launch",
                },
                {
                    "type": "LtiDeepLinkingRequest",
                    "target_link_uri": "http://localhost:9000/dl",
                    "label": "Add",
                    "placements": ["ContentArea"],
                },
            ],
        })
    );
}

#[test]
fn a_platform_that_says_little_is_told_everything() {
    let platform = configuration(|configuration| {
        configuration["scopes_supported"] = json!([]);
        configuration["claims_supported"] = json!([]);
        configuration[PLATFORM_CONFIGURATION] = json!({});
    });
    let body = request_body(&tool(), &platform);
    assert_eq!(
        body["scope"].as_str().expect("scopes").split(' ').count(),
        5
    );
    let configuration = &body[TOOL_CONFIGURATION];
    assert_eq!(configuration["claims"].as_array().expect("claims").len(), 7);
    let messages = configuration["messages"].as_array().expect("messages");
    assert_eq!(messages.len(), 3);
    assert_eq!(
        messages[1]["placements"],
        json!(["ContentArea", "RichTextEditor"])
    );
    assert_eq!(body.get("policy_uri"), None);

    let domains = [
        ("https://tool.test/launch", "tool.test"),
        ("https://tool.test:443/launch", "tool.test"),
        ("https://tool.test:8443/launch", "tool.test:8443"),
    ];
    for (launch_url, domain) in domains {
        let mut tool = tool();
        tool.launch_url = url(launch_url);
        tool.redirect_urls = Vec::new();
        let body = request_body(&tool, &platform);
        assert_eq!(body[TOOL_CONFIGURATION]["domain"], domain);
        assert_eq!(body["redirect_uris"], json!([tool.launch_url]));
    }
}

#[test]
fn canvas_is_told_in_its_own_names() {
    let platform = configuration(|configuration| {
        configuration["scopes_supported"]
            .as_array_mut()
            .expect("scopes")
            .push(json!("https://example.com/unknown"));
        configuration["claims_supported"] = json!(["sub", "name", "picture"]);
        configuration[PLATFORM_CONFIGURATION] = json!({
            "product_family_code": "canvas",
            "messages_supported": [
                { "type": "LtiResourceLinkRequest", "placements": ["https://canvas.instructure.com/lti/course_navigation"] },
                { "type": "LtiDeepLinkingRequest", "placements": ["ContentArea"] },
            ],
        });
    });
    let mut tool = tool();
    let navigation = &mut tool.messages[0];
    navigation.label = Some("Units".to_owned());
    navigation.icon_url = Some(url("http://localhost:9000/i.png"));
    navigation.canvas_placements = vec!["course_navigation".to_owned(), "ContentArea".to_owned()];
    navigation.canvas_visibility = Some(CanvasVisibility::Admins);
    navigation.canvas_display = Some("full_width".to_owned());
    navigation.canvas_default_enabled = Some(false);
    navigation.roles =
        vec!["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor".to_owned()];
    let body = request_body(&tool, &platform);
    assert!(!body["scope"].as_str().expect("scopes").contains("openid"));
    let configuration = &body[TOOL_CONFIGURATION];
    assert_eq!(
        configuration["https://canvas.instructure.com/lti/privacy_level"],
        "public"
    );
    assert_eq!(
        configuration["https://canvas.instructure.com/lti/tool_id"],
        "tool-1"
    );
    assert_eq!(
        configuration["claims"],
        json!(["iss", "sub", "name", "picture"])
    );
    assert_eq!(
        configuration["messages"],
        json!([
            {
                "type": "LtiResourceLinkRequest",
                "target_link_uri": "http://localhost:9000/launch",
                "label": "Units",
                "icon_uri": "http://localhost:9000/i.png",
                "placements": ["https://canvas.instructure.com/lti/course_navigation", "ContentArea"],
                "roles": ["http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"],
                "https://canvas.instructure.com/lti/visibility": "admins",
                "https://canvas.instructure.com/lti/display_type": "full_width",
                "https://canvas.instructure.com/lti/course_navigation/default_enabled": false,
            },
            {
                "type": "LtiDeepLinkingRequest",
                "target_link_uri": "http://localhost:9000/dl",
                "label": "Add",
                "placements": ["https://canvas.instructure.com/lti/assignment_selection"],
            },
        ])
    );
    let levels = [
        (Privacy::Anonymous, "anonymous"),
        (Privacy::NameOnly, "name_only"),
        (Privacy::EmailOnly, "email_only"),
        (Privacy::Public, "public"),
    ];
    for (privacy, level) in levels {
        assert_eq!(privacy.as_str(), level);
    }
}

#[test]
fn a_canvas_key_can_be_made_by_hand() {
    let mut tool = tool();
    tool.messages[0].canvas_placements = vec!["course_navigation".to_owned()];
    tool.messages[0].canvas_default_enabled = Some(false);
    tool.messages[0].canvas_visibility = Some(CanvasVisibility::Members);
    assert_eq!(
        canvas_configuration(&tool),
        json!({
            "title": "DynReg Tool",
            "description": "d",
            "oidc_initiation_url": "http://localhost:9000/login",
            "target_link_uri": "http://localhost:9000/launch",
            "scopes": [SCOPE_LINE_ITEM, SCOPE_SCORE, SCOPE_ROSTER],
            "public_jwk_url": "http://localhost:9000/jwks",
            "custom_fields": { "ctx": "$Context.id" },
            "extensions": [{
                "platform": "canvas.instructure.com",
                "domain": "localhost:9000",
                "tool_id": "tool-1",
                "privacy_level": "public",
                "settings": {
                    "text": "DynReg Tool",
                    "icon_url": "http://localhost:9000/logo.png",
                    "placements": [
                        {
                            "placement": "course_navigation",
                            "message_type": "LtiResourceLinkRequest",
                            "target_link_uri": "http://localhost:9000/launch",
                            "text": "DynReg Tool",
                            "enabled": true,
                            "visibility": "members",
                            "default": "disabled",
                        },
                        {
                            "placement": "assignment_selection",
                            "message_type": "LtiDeepLinkingRequest",
                            "target_link_uri": "http://localhost:9000/dl",
                            "text": "Add",
                            "enabled": true,
                        },
                    ],
                },
            }],
        })
    );
}

/// A platform that answers registrations in this way, and what came of one.
async fn register_at(reply: Reply) -> (Result<Registered, RegistrationError>, Platform) {
    let platform = Platform::start(move |_| reply.clone()).await;
    let configuration = configuration(|configuration| {
        configuration["registration_endpoint"] = json!(platform.url("/register?x=1"));
    });
    let result = register(&configuration, Some("token-r"), &tool(), HERE).await;
    (result, platform)
}

#[tokio::test]
async fn captured_answers_of_moodle_to_registrations_are_understood() {
    for registration in captured()["registrations"].as_array().expect("a list") {
        let name = registration["name"].as_str().expect("a name");
        let status = u16::try_from(registration["status"].as_u64().expect("a status"));
        let body = registration["body"].as_str().expect("a body");
        let reply = Reply::status(status.expect("a status"), body)
            .header("content-type", "text/html; charset=utf-8");
        let (result, platform) = register_at(reply).await;
        match (name, result) {
            ("good", Ok(registered)) => {
                assert_eq!(registered.client_id, "RXq5GYNWWy6s0HA");
                assert_eq!(registered.deployment_id.as_deref(), Some("3"));
                assert_eq!(registered.scopes.len(), 5);
                assert_eq!(registered.registration_client_uri, None);
                let kept = registered.registration(&configuration(|_| {}));
                assert_eq!(kept.issuer, "http://localhost:8081");
                assert_eq!(kept.client_id, "RXq5GYNWWy6s0HA");
                assert_eq!(
                    kept.auth_url.as_str(),
                    "http://localhost:8081/mod/lti/auth.php"
                );
                assert_eq!(
                    kept.token_url.as_str(),
                    "http://localhost:8081/mod/lti/token.php"
                );
                assert_eq!(
                    kept.jwks_url.as_str(),
                    "http://localhost:8081/mod/lti/certs.php"
                );
            }
            ("no token", Err(RegistrationError::TokenRefused { answer })) => {
                assert_eq!(answer.status, 401);
            }
            ("again same token", Err(RegistrationError::TokenUsed { .. })) => {}
            ("bad token", Err(RegistrationError::Refused { reasons, answer })) => {
                assert_eq!((answer.status, reasons.len()), (404, 0));
            }
            (_, Err(error @ RegistrationError::Refused { .. })) => {
                assert!(error.to_string().ends_with(&format!(": {body}")), "{error}");
            }
            (name, result) => panic!("{name}: {result:?}"),
        }
        let asked = &platform.asked()[0];
        assert_eq!(
            (asked.method.as_str(), asked.target.as_str()),
            ("POST", "/register?x=1")
        );
        assert_eq!(asked.header("authorization"), Some("Bearer token-r"));
        assert_eq!(asked.header("content-type"), Some("application/json"));
    }
}

#[tokio::test]
async fn other_answers_to_registrations_are_understood() {
    let canvas = json!({
        "client_id": 10_000_000_000_068_u64,
        "deployment_id": "1:abc",
        "scope": [SCOPE_SCORE, SCOPE_ROSTER],
        "registration_client_uri": "https://canvas.test/register/1",
        "registration_access_token": "secret-1",
        TOOL_CONFIGURATION: {
            "deployment_id": "2:def",
            "https://canvas.instructure.com/lti/registration_config_url": "https://canvas.test/config/1",
        },
    });
    for status in [200, 201] {
        let (result, _) = register_at(Reply::status(status, &canvas.to_string())).await;
        let registered = result.expect("registered");
        assert_eq!(registered.client_id, "10000000000068");
        assert_eq!(registered.deployment_id.as_deref(), Some("1:abc"));
        assert_eq!(registered.scopes, [SCOPE_SCORE, SCOPE_ROSTER]);
        assert_eq!(
            registered.configuration_url.as_ref().map(Url::as_str),
            Some("https://canvas.test/config/1")
        );
        assert!(!format!("{registered:?}").contains("secret-1"));
    }
    for (status, body, expected) in [
        (200, "{}", "client_id_missing"),
        (200, r#"{"client_id":""}"#, "client_id_missing"),
        (200, "registered", "answer_not_json"),
        (302, "", "refused"),
        (401, "token_already_used", "token_used"),
        (403, "", "token_refused"),
    ] {
        let (result, _) = register_at(Reply::status(status, body)).await;
        assert_eq!(code(result), expected, "{status} {body}");
    }
    for (status, body, expected) in [
        (
            400,
            r#"{"error":"invalid_redirect_uri","error_description":"not https"}"#,
            vec!["invalid_redirect_uri: not https"],
        ),
        (
            400,
            r#"{"error":"invalid_client_metadata"}"#,
            vec!["invalid_client_metadata"],
        ),
        (
            422,
            r#"{"errors":["scopes cannot contain openid","domain is missing"]}"#,
            vec!["scopes cannot contain openid", "domain is missing"],
        ),
        (
            422,
            r#"{"errors":[{"field":"x","message":"is wrong"}]}"#,
            vec!["is wrong"],
        ),
        (
            422,
            r#"{"errors":{"redirect_uris":["a","b"],"x":null}}"#,
            vec!["redirect_uris: a", "redirect_uris: b"],
        ),
        (422, "", vec![]),
        (500, "<html>oh</html>", vec![]),
        (400, "missing_domain", vec!["missing_domain"]),
    ] {
        let (result, _) = register_at(Reply::status(status, body)).await;
        match result {
            Err(RegistrationError::Refused { reasons, answer }) => {
                assert_eq!(reasons, expected, "{body}");
                assert_eq!(answer.status, status);
            }
            result => panic!("{body}: {result:?}"),
        }
    }
}

#[tokio::test]
async fn reasons_of_a_refusal_have_an_end() {
    // Written out in full, these would be a thousand times as large as the answer.
    let name = "x".repeat(50_000);
    let body = json!({ name: vec!["a"; 2_000] }).to_string();
    let (result, _) = register_at(Reply::status(422, &body)).await;
    let Err(RegistrationError::Refused { reasons, .. }) = result else {
        panic!("{result:?}");
    };
    assert_eq!(reasons.len(), 20);
    assert!(reasons.iter().all(|reason| reason.chars().count() == 500));
}

#[tokio::test]
async fn registrations_can_be_read_and_replaced() {
    let platform = Platform::start(|asked| {
        let host = asked.header("host").expect("a host");
        Reply::json(&json!({
            "client_id": "client-9",
            "registration_client_uri": format!("http://{host}/client/9"),
            "registration_access_token": "secret-9",
        }))
    })
    .await;
    let found = read_registration(&platform.url("/client/9"), Some("secret-8"), HERE)
        .await
        .expect("a registration");
    let replaced = replace_registration(&found, &configuration(|_| {}), &tool(), HERE)
        .await
        .expect("a registration");
    assert_eq!(replaced, found);
    let asked = platform.asked();
    let calls: Vec<_> = asked
        .iter()
        .map(|asked| {
            (
                asked.method.as_str(),
                asked.target.as_str(),
                asked.header("authorization"),
            )
        })
        .collect();
    assert_eq!(
        calls,
        [
            ("GET", "/client/9", Some("Bearer secret-8")),
            ("PUT", "/client/9", Some("Bearer secret-9")),
        ]
    );
    let sent: Value = serde_json::from_str(&asked[1].body).expect("JSON");
    assert_eq!(sent["client_id"], "client-9");
    assert_eq!(sent["client_name"], "DynReg Tool");

    let fixed = Registered {
        registration_client_uri: None,
        ..found
    };
    let result = replace_registration(&fixed, &configuration(|_| {}), &tool(), HERE).await;
    assert_eq!(code(result), "cannot_be_changed");
}
