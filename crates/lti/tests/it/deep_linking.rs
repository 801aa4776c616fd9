//! Responses to deep linking requests.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use lti::ags::SubmissionReview;
use lti::claims::{
    CONTENT_ITEMS, DEEP_LINKING_DATA, DEEP_LINKING_ERROR_LOG, DEEP_LINKING_ERROR_MESSAGE,
    DEEP_LINKING_LOG, DEEP_LINKING_MESSAGE, DEPLOYMENT_ID, MESSAGE_TYPE, VERSION,
};
use lti::deep_linking::{
    Embed, File, Html, Iframe, Image, Link, LtiResourceLink, NewLineItem, Period, Picture,
    ReturnMessages, Window, response,
};
use lti::launch::DeepLinkingSettings;
use lti::{ContentItem, DeepLinkingError, DeepLinkingResponse, KeySets, Registration};
use serde_json::{Value, json};
use url::Url;

use crate::common::{
    CLIENT_ID, ISSUER, Platform, claims_of, client, fixture, now, other_key, time,
};

fn url(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

fn settings() -> DeepLinkingSettings {
    DeepLinkingSettings {
        return_url: url("https://vle.test/return"),
        accept_types: ["ltiResourceLink", "link", "html", "file", "image"]
            .map(str::to_owned)
            .to_vec(),
        accept_presentation_document_targets: Vec::new(),
        accept_multiple: Some(true),
        accept_line_item: None,
        auto_create: false,
        title: None,
        text: None,
        data: None,
    }
}

fn link() -> LtiResourceLink {
    LtiResourceLink {
        title: Some("Unit 304".to_owned()),
        ..LtiResourceLink::default()
    }
}

fn resource_link(link: LtiResourceLink) -> ContentItem {
    ContentItem::LtiResourceLink(Box::new(link))
}

fn chosen(items: Vec<ContentItem>) -> DeepLinkingResponse {
    DeepLinkingResponse {
        items,
        messages: ReturnMessages::default(),
    }
}

fn registration() -> Registration {
    Registration {
        issuer: ISSUER.to_owned(),
        client_id: CLIENT_ID.to_owned(),
        auth_url: url("https://vle.test/auth"),
        token_url: url("https://vle.test/token"),
        jwks_url: url("https://vle.test/jwks"),
        token_audience: None,
    }
}

fn sign(
    settings: &DeepLinkingSettings,
    chosen: &DeepLinkingResponse,
) -> Result<String, DeepLinkingError> {
    response(
        &registration(),
        "deployment-1",
        settings,
        chosen,
        other_key(),
        now(),
        "nonce-9",
    )
}

fn claims(settings: &DeepLinkingSettings, chosen: &DeepLinkingResponse) -> Value {
    claims_of(&sign(settings, chosen).expect("a response"))
}

fn picture(address: &str) -> Picture {
    Picture {
        url: url(address),
        width: Some(50),
        height: Some(50),
    }
}

#[tokio::test]
async fn the_response_is_signed_and_says_no_more_than_it_must() {
    let token = sign(&settings(), &chosen(Vec::new())).expect("a response");
    assert_eq!(
        claims_of(&token),
        json!({
            "iss": CLIENT_ID,
            "aud": ISSUER,
            "iat": now().timestamp() - 5,
            "exp": now().timestamp() + 300,
            "nonce": "nonce-9",
            DEPLOYMENT_ID: "deployment-1",
            MESSAGE_TYPE: "LtiDeepLinkingResponse",
            VERSION: "1.3.0",
            CONTENT_ITEMS: [],
        })
    );
    let header = token.split('.').next().expect("a header");
    let header: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).expect("base64url")).expect("JSON");
    assert_eq!(header["alg"], "RS256");
    assert_eq!(header["kid"], other_key().kid());
    let tool = Platform::with_key(other_key()).await;
    let (signed, signature) = token.rsplit_once('.').expect("a signature");
    KeySets::new(client())
        .verify(
            &tool.url("/jwks"),
            other_key().kid(),
            signed.as_bytes(),
            signature,
        )
        .await
        .expect("the tool's signature");
}

#[test]
fn data_goes_back_exactly_when_it_came() {
    for data in [None, Some(""), Some("909708"), Some("a=b&c=\"ü\"")] {
        let settings = DeepLinkingSettings {
            data: data.map(str::to_owned),
            ..settings()
        };
        let claims = claims(&settings, &chosen(Vec::new()));
        assert_eq!(
            claims.get(DEEP_LINKING_DATA).and_then(Value::as_str),
            data,
            "{data:?}"
        );
    }
}

#[test]
fn the_item_that_moodle_took_is_written_in_the_same_way() {
    let item = resource_link(LtiResourceLink {
        url: Some(url("http://localhost:9000/launch?x=3")),
        title: Some("Chapter 3 quiz".to_owned()),
        text: Some("Some <b>text</b>".to_owned()),
        icon: Some(picture("http://localhost:9000/i.png")),
        thumbnail: None,
        window: Some(Window {
            target_name: Some("w".to_owned()),
            ..Window::default()
        }),
        iframe: Some(Iframe {
            src: None,
            width: Some(600),
            height: Some(400),
        }),
        custom: BTreeMap::from([
            ("chapter".to_owned(), "3".to_owned()),
            (
                "due".to_owned(),
                "$ResourceLink.submission.endDateTime".to_owned(),
            ),
        ]),
        line_item: Some(NewLineItem {
            label: Some("Ch 3".to_owned()),
            score_maximum: 20.0,
            resource_id: Some("ch3".to_owned()),
            tag: Some("quiz".to_owned()),
            grades_released: None,
            submission_review: Some(SubmissionReview {
                reviewable_status: vec!["Submitted".to_owned()],
                ..SubmissionReview::default()
            }),
        }),
        available: Some(Period {
            from: Some(time("2026-01-01T00:00:00Z")),
            until: None,
        }),
        submission: Some(Period {
            from: None,
            until: Some(time("2026-12-01T00:00:00Z")),
        }),
    });
    let captured = fixture("moodle-deep-linking.json");
    let mut expected = captured[0]["claims"][CONTENT_ITEMS][0].clone();
    // The same number, which the other tool wrote without a fraction.
    expected["lineItem"]["scoreMaximum"] = json!(20.0);
    let claims = claims(&settings(), &chosen(vec![item]));
    assert_eq!(claims[CONTENT_ITEMS], json!([expected]));
    // Moodle asks for no data, and reads the same claims that are always there.
    for name in ["iss", "aud", DEPLOYMENT_ID, MESSAGE_TYPE, VERSION] {
        let kind = |value: &Value| value.is_string();
        assert!(
            kind(&claims[name]) && kind(&captured[0]["claims"][name]),
            "{name}"
        );
    }
}

#[test]
fn every_type_of_item_is_written_without_nulls() {
    let period = Period {
        from: None,
        until: None,
    };
    let cases = [
        (
            resource_link(LtiResourceLink::default()),
            json!({ "type": "ltiResourceLink" }),
        ),
        (
            resource_link(LtiResourceLink {
                available: Some(period),
                window: Some(Window::default()),
                line_item: Some(NewLineItem {
                    label: None,
                    score_maximum: 0.5,
                    resource_id: None,
                    tag: None,
                    grades_released: Some(false),
                    submission_review: Some(SubmissionReview {
                        reviewable_status: vec!["Submitted".to_owned(), "Completed".to_owned()],
                        label: Some("Open".to_owned()),
                        url: Some(url("https://tool.test/review")),
                        custom: BTreeMap::from([("a".to_owned(), "b".to_owned())]),
                    }),
                }),
                ..link()
            }),
            json!({
                "type": "ltiResourceLink",
                "title": "Unit 304",
                "lineItem": {
                    "scoreMaximum": 0.5,
                    "gradesReleased": false,
                    "submissionReview": {
                        "reviewableStatus": ["Submitted", "Completed"],
                        "label": "Open",
                        "url": "https://tool.test/review",
                        "custom": { "a": "b" },
                    },
                },
            }),
        ),
        (
            ContentItem::Link(Box::new(Link {
                url: url("https://example.org/a"),
                title: Some("A link".to_owned()),
                text: None,
                icon: None,
                thumbnail: Some(picture("https://example.org/t.png")),
                window: Some(Window {
                    target_name: Some("_blank".to_owned()),
                    width: None,
                    height: Some(9),
                    window_features: Some("menubar=no".to_owned()),
                }),
                iframe: Some(Iframe {
                    src: Some(url("https://example.org/f")),
                    ..Iframe::default()
                }),
                embed: Some(Embed {
                    html: "<p>x</p>".to_owned(),
                }),
            })),
            json!({
                "type": "link",
                "url": "https://example.org/a",
                "title": "A link",
                "thumbnail": { "url": "https://example.org/t.png", "width": 50, "height": 50 },
                "window": { "targetName": "_blank", "height": 9, "windowFeatures": "menubar=no" },
                "iframe": { "src": "https://example.org/f" },
                "embed": { "html": "<p>x</p>" },
            }),
        ),
        (
            ContentItem::Html(Html {
                html: "<b>x</b>".to_owned(),
                title: None,
                text: None,
            }),
            json!({ "type": "html", "html": "<b>x</b>" }),
        ),
        (
            ContentItem::File(Box::new(File {
                url: url("https://tool.test/f.pdf"),
                title: None,
                text: None,
                icon: None,
                thumbnail: None,
                media_type: Some("application/pdf".to_owned()),
                expires_at: Some(time("2026-11-22T00:00:00Z")),
            })),
            json!({
                "type": "file",
                "url": "https://tool.test/f.pdf",
                "mediaType": "application/pdf",
                "expiresAt": "2026-11-22T00:00:00Z",
            }),
        ),
        (
            ContentItem::Image(Box::new(Image {
                url: url("https://tool.test/i.png"),
                title: Some("I".to_owned()),
                text: None,
                icon: None,
                thumbnail: None,
                width: Some(1),
                height: None,
            })),
            json!({ "type": "image", "url": "https://tool.test/i.png", "title": "I", "width": 1 }),
        ),
    ];
    for (item, expected) in cases {
        assert_eq!(item.type_name(), expected["type"]);
        let claims = claims(&settings(), &chosen(vec![item]));
        assert_eq!(claims[CONTENT_ITEMS], json!([expected]));
    }
}

#[test]
fn what_the_platform_does_not_take_is_refused_before_it_is_sent() {
    let html = || {
        ContentItem::Html(Html {
            html: String::new(),
            title: None,
            text: None,
        })
    };
    let only_links = DeepLinkingSettings {
        accept_types: vec!["ltiResourceLink".to_owned()],
        ..settings()
    };
    let error = sign(&only_links, &chosen(vec![resource_link(link()), html()]));
    assert!(matches!(
        error,
        Err(DeepLinkingError::TypeNotAccepted { found: "html", accepted }) if accepted == ["ltiResourceLink"]
    ));
    for (accept_multiple, taken) in [(Some(true), true), (Some(false), false), (None, false)] {
        let settings = DeepLinkingSettings {
            accept_multiple,
            ..settings()
        };
        let two = sign(&settings, &chosen(vec![html(), html()]));
        assert_eq!(two.is_ok(), taken, "{accept_multiple:?}");
        assert!(taken || matches!(two, Err(DeepLinkingError::OnlyOne(2))));
        sign(&settings, &chosen(vec![html()])).expect("one is always taken");
        sign(&settings, &chosen(Vec::new())).expect("cancel is always taken");
    }
    for score_maximum in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let item = resource_link(LtiResourceLink {
            line_item: Some(line_item(score_maximum)),
            ..link()
        });
        let error = sign(&settings(), &chosen(vec![item]));
        assert!(
            matches!(error, Err(DeepLinkingError::Maximum)),
            "{score_maximum}"
        );
    }
    let item = resource_link(LtiResourceLink {
        submission: Some(Period {
            from: Some(time("2026-12-01T00:00:00Z")),
            until: Some(time("2026-11-01T00:00:00Z")),
        }),
        ..link()
    });
    let error = sign(&settings(), &chosen(vec![item]));
    assert!(matches!(error, Err(DeepLinkingError::Period)));
}

fn line_item(score_maximum: f64) -> NewLineItem {
    NewLineItem {
        label: None,
        score_maximum,
        resource_id: None,
        tag: None,
        grades_released: None,
        submission_review: None,
    }
}

#[test]
fn a_platform_that_takes_no_line_items_gets_none() {
    for (accept_line_item, sent) in [(None, true), (Some(true), true), (Some(false), false)] {
        let settings = DeepLinkingSettings {
            accept_line_item,
            ..settings()
        };
        let item = resource_link(LtiResourceLink {
            line_item: Some(line_item(100.0)),
            ..link()
        });
        let claims = claims(&settings, &chosen(vec![item]));
        assert_eq!(
            claims[CONTENT_ITEMS][0].get("lineItem").is_some(),
            sent,
            "{accept_line_item:?}"
        );
        assert_eq!(claims[CONTENT_ITEMS][0]["title"], "Unit 304");
    }
}

#[test]
fn messages_go_back_with_a_response_and_with_a_person() {
    let messages = ReturnMessages {
        message: Some("Added!".to_owned()),
        log: Some("1 item".to_owned()),
        error_message: Some("Not quite & all".to_owned()),
        error_log: Some("trace".to_owned()),
    };
    let answer = DeepLinkingResponse {
        items: Vec::new(),
        messages: messages.clone(),
    };
    let claims = claims(&settings(), &answer);
    assert_eq!(claims[DEEP_LINKING_MESSAGE], "Added!");
    assert_eq!(claims[DEEP_LINKING_LOG], "1 item");
    assert_eq!(claims[DEEP_LINKING_ERROR_MESSAGE], "Not quite & all");
    assert_eq!(claims[DEEP_LINKING_ERROR_LOG], "trace");
    let return_url = url("https://vle.test/return.php?course=2");
    assert_eq!(
        messages.added_to(&return_url).as_str(),
        "https://vle.test/return.php?course=2&lti_msg=Added%21&lti_log=1+item&lti_errormsg=Not+quite+%26+all&lti_errorlog=trace"
    );
    let nothing = ReturnMessages::default();
    assert_eq!(nothing.added_to(&return_url), return_url);
}
