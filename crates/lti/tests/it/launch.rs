//! Validation of launches.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use lti::claims::{
    CANVAS_PLACEMENT, CONTEXT, CUSTOM, DEEP_LINKING_SETTINGS, DEPLOYMENT_ID, FOR_USER,
    GRADE_SERVICE, GROUP_SERVICE, LAUNCH_PRESENTATION, LEGACY, LEGACY_USER_ID, MESSAGE_TYPE,
    NOTIFICATION_SERVICE, RESOURCE_LINK, ROLES, TARGET_LINK_URI, TOOL_PLATFORM, VERSION,
};
use lti::launch::{History, LegacyIds, OptionalMessage};
use lti::{Launch, LaunchError, Message, Registration};
use serde_json::{Value, json};

use crate::common::{
    CLIENT_ID, ISSUER, NONCE, Platform, fixture, now, other_key, platform_key, sign_with_header,
};

const INSTRUCTOR: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor";
const LEARNER: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";
const STUDENT: &str = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student";
const UNKNOWN: &str = "http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Unknown";

/// A launch with everything that the specification asks for.
fn claims() -> Value {
    json!({
        "iss": ISSUER,
        "aud": CLIENT_ID,
        "sub": "person-1",
        "nonce": NONCE,
        "iat": now().timestamp(),
        "exp": now().timestamp() + 3600,
        "name": "Lee Nguyen",
        "given_name": "Lee",
        "family_name": "Nguyen",
        "email": "lee@example.com",
        VERSION: "1.3.0",
        MESSAGE_TYPE: "LtiResourceLinkRequest",
        DEPLOYMENT_ID: "deployment-1",
        TARGET_LINK_URI: "https://tool.test/lti/launch",
        RESOURCE_LINK: { "id": "link-1", "title": "Unit 304", "description": null },
        ROLES: [LEARNER],
        CONTEXT: { "id": "course-1", "label": "C1", "title": "Course", "type": ["CourseSection"] },
    })
}

fn header() -> Value {
    json!({ "typ": "JWT", "alg": "RS256", "kid": platform_key().kid() })
}

fn edited(edit: impl FnOnce(&mut Value)) -> Value {
    let mut claims = claims();
    edit(&mut claims);
    claims
}

fn without(names: &[&str]) -> Value {
    edited(|claims| {
        for name in names {
            claims
                .as_object_mut()
                .expect("claims")
                .shift_remove(*name)
                .expect("the claim");
        }
    })
}

fn with(name: &str, value: Value) -> Value {
    edited(|claims| claims[name] = value)
}

fn signed(claims: &Value) -> String {
    sign_with_header(&header(), claims, platform_key())
}

/// Validates in a task of its own, as a server does.
async fn validate(token: &str) -> Result<Launch, LaunchError> {
    let platform = Platform::with_key(platform_key()).await;
    let token = token.to_owned();
    let task = tokio::spawn(async move {
        let (registration, keys) = (platform.registration(), Platform::key_sets());
        lti::validate(&token, &registration, NONCE, &keys, now()).await
    });
    task.await.expect("a task")
}

async fn code(token: &str) -> &'static str {
    match validate(token).await {
        Ok(_) => "accepted",
        Err(error) => error.code(),
    }
}

#[tokio::test]
async fn certification_refuses_the_twelve_bad_launches_each_in_its_own_way() {
    let bad_times = edited(|claims| {
        claims["iat"] = json!(11111);
        claims["exp"] = json!(22222);
    });
    let no_kid = json!({ "typ": "JWT", "alg": "RS256", "junk": "junk" });
    let wrong_kid = json!({ "typ": "JWT", "alg": "RS256", "kid": "imstester_66067" });
    let key = platform_key();
    let cases = [
        (
            "No KID Sent in JWT header",
            sign_with_header(&no_kid, &claims(), key),
            "kid_missing",
        ),
        (
            "Incorrect KID in JWT header",
            sign_with_header(&wrong_kid, &claims(), key),
            "key_unknown",
        ),
        (
            "Wrong LTI Version",
            signed(&with(VERSION, json!("11.3"))),
            "version",
        ),
        (
            "No LTI Version",
            signed(&without(&[VERSION])),
            "version_missing",
        ),
        (
            "Invalid LTI message",
            signed(&json!({ "name": "badltilaunch" })),
            "issuer_missing",
        ),
        (
            "Missing LTI Claims",
            signed(&without(&[MESSAGE_TYPE, VERSION, ROLES])),
            "not_lti",
        ),
        ("Timestamps Incorrect", signed(&bad_times), "expired"),
        (
            "message_type Claim Missing",
            signed(&without(&[MESSAGE_TYPE])),
            "message_type_missing",
        ),
        (
            "role Claim Missing",
            signed(&without(&[ROLES])),
            "roles_missing",
        ),
        (
            "deployment_id Claim Missing",
            signed(&without(&[DEPLOYMENT_ID])),
            "deployment_id_missing",
        ),
        (
            "resource_link_id Claim Missing",
            signed(&without(&[RESOURCE_LINK])),
            "resource_link_id_missing",
        ),
        (
            "user Claim Missing",
            signed(&with("sub", json!(""))),
            "subject_missing",
        ),
    ];
    let mut codes = std::collections::BTreeSet::new();
    for (name, token, expected) in &cases {
        assert_eq!(code(token).await, *expected, "{name}");
        codes.insert(expected);
    }
    assert_eq!(codes.len(), 12);

    let link_without_id = with(RESOURCE_LINK, json!({ "title": "Unit" }));
    assert_eq!(
        code(&signed(&link_without_id)).await,
        "resource_link_id_missing"
    );
    assert_eq!(code(&signed(&without(&["sub"]))).await, "subject_missing");
}

#[tokio::test]
async fn certification_accepts_the_eighteen_good_launches() {
    for (who, role, short) in [
        ("Instructor", INSTRUCTOR, "Instructor"),
        ("Student", LEARNER, "Learner"),
    ] {
        let roles = |roles: Value| edited(|claims| claims[ROLES] = roles);
        let person = |names: &[&str]| {
            let mut claims = without(names);
            claims[ROLES] = json!([role]);
            claims
        };
        let all = ["name", "given_name", "family_name", "email"];
        let cases = [
            ("Valid Launch", roles(json!([role])), true),
            ("Launch with Roles", roles(json!([role, STUDENT])), true),
            ("Launch Short Role", roles(json!([short])), true),
            ("Launch Unknown Role", roles(json!([role, UNKNOWN])), true),
            ("Launch No Role", roles(json!([""])), false),
            ("Launch Email Only", person(&all[..3]), true),
            ("Launch Names Only", person(&all[3..]), true),
            ("Launch No PII", person(&all), true),
            (
                "Launch Email Without Context",
                person(&["name", "given_name", "family_name", CONTEXT]),
                true,
            ),
        ];
        for (name, claims, has_role) in &cases {
            let launch = validate(&signed(claims))
                .await
                .unwrap_or_else(|error| panic!("{who}: {name}: {error}"));
            let roles = &launch.roles;
            assert_eq!(
                (roles.is_instructor(), roles.is_learner()),
                (
                    *has_role && who == "Instructor",
                    *has_role && who == "Student"
                ),
                "{who}: {name}"
            );
            assert_eq!(
                launch.person.email.is_some(),
                claims.get("email").is_some(),
                "{who}: {name}"
            );
            assert_eq!(
                launch.context.is_some(),
                claims.get(CONTEXT).is_some(),
                "{who}: {name}"
            );
        }
    }
}

#[tokio::test]
async fn other_bad_launches_are_refused() {
    let cases = [
        ("iss", with("iss", json!("https://other.test")), "issuer"),
        (
            "iss with slash",
            with("iss", json!(format!("{ISSUER}/"))),
            "issuer",
        ),
        ("no aud", without(&["aud"]), "audience_missing"),
        ("empty aud", with("aud", json!([])), "audience_missing"),
        ("aud", with("aud", json!("client-2")), "audience"),
        ("aud list", with("aud", json!(["client-2"])), "audience"),
        (
            "foreign audience in list",
            with("aud", json!([CLIENT_ID, "client-2"])),
            "audience_foreign",
        ),
        (
            "aud of numbers",
            with("aud", json!([CLIENT_ID, 2])),
            "audience_missing",
        ),
        (
            "several audiences without azp",
            with("aud", json!([CLIENT_ID, CLIENT_ID])),
            "authorised_party_missing",
        ),
        ("azp", with("azp", json!("client-2")), "authorised_party"),
        ("azp as a number", with("azp", json!(1)), "authorised_party"),
        ("no nonce", without(&["nonce"]), "nonce_missing"),
        ("nonce", with("nonce", json!("nonce-2")), "nonce_mismatch"),
        ("no iat", without(&["iat"]), "time_missing"),
        ("no exp", without(&["exp"]), "time_missing"),
        (
            "exp as a text",
            with("exp", json!("tomorrow")),
            "time_missing",
        ),
        (
            "exp beyond all times",
            with("exp", json!(1e300)),
            "time_missing",
        ),
        (
            "exp before iat",
            with("exp", json!(now().timestamp() - 1)),
            "times_reversed",
        ),
        ("version as a number", with(VERSION, json!(1.3)), "version"),
        (
            "version null",
            with(VERSION, json!(null)),
            "version_missing",
        ),
        (
            "message type",
            with(MESSAGE_TYPE, json!("LtiStartProctoring")),
            "message_type_unknown",
        ),
        (
            "message type of a later specification",
            with(MESSAGE_TYPE, json!("LtiEulaRequest")),
            "message_type_not_offered",
        ),
        ("roles null", with(ROLES, json!(null)), "roles_missing"),
        (
            "roles as a text",
            with(ROLES, json!("Learner")),
            "roles_not_a_list",
        ),
        (
            "role as a number",
            with(ROLES, json!([LEARNER, 5])),
            "role_not_text",
        ),
        ("role null", with(ROLES, json!([null])), "role_not_text"),
        (
            "deployment empty",
            with(DEPLOYMENT_ID, json!("")),
            "deployment_id_missing",
        ),
        (
            "deployment number",
            with(DEPLOYMENT_ID, json!(1)),
            "deployment_id_missing",
        ),
        (
            "deployment long",
            with(DEPLOYMENT_ID, json!("d".repeat(256))),
            "id_too_long",
        ),
        ("sub null", with("sub", json!(null)), "subject_missing"),
        (
            "sub long",
            with("sub", json!("s".repeat(256))),
            "id_too_long",
        ),
        (
            "link long",
            with(RESOURCE_LINK, json!({ "id": "l".repeat(256) })),
            "id_too_long",
        ),
        (
            "no target",
            without(&[TARGET_LINK_URI]),
            "target_link_uri_missing",
        ),
        (
            "deep linking without settings",
            with(MESSAGE_TYPE, json!("LtiDeepLinkingRequest")),
            "deep_linking_settings_missing",
        ),
        (
            "review of a learner without an id",
            edited(|claims| {
                claims[MESSAGE_TYPE] = json!("LtiSubmissionReviewRequest");
                claims[FOR_USER] = json!({"name": "Sam Student"});
            }),
            "for_user_missing",
        ),
    ];
    for (name, claims, expected) in &cases {
        assert_eq!(code(&signed(claims)).await, *expected, "{name}");
    }
}

#[tokio::test]
async fn only_rs256_with_the_published_key_is_a_signature() {
    let key = platform_key();
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let good = signed(&claims());
    let pieces: Vec<&str> = good.split('.').collect();

    for algorithm in [
        "none", "None", "HS256", "RS384", "RS512", "PS256", "ES256", "rs256", "",
    ] {
        let header = json!({ "alg": algorithm, "kid": key.kid() });
        let token = sign_with_header(&header, &claims(), key);
        assert_eq!(code(&token).await, "algorithm", "{algorithm}");
    }
    let unsigned = format!(
        "{}.{}.",
        part(&json!({ "alg": "none", "kid": key.kid() })),
        part(&claims())
    );
    assert_eq!(code(&unsigned).await, "algorithm");
    let no_algorithm = sign_with_header(&json!({ "kid": key.kid() }), &claims(), key);
    assert_eq!(code(&no_algorithm).await, "algorithm");

    // The public key as a secret of HS256: the classic confusion.
    let mut confused = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    confused.kid = Some(key.kid().to_owned());
    let secret = key.public_jwk().to_string();
    let secret = jsonwebtoken::EncodingKey::from_secret(secret.as_bytes());
    let token = jsonwebtoken::encode(&confused, &claims(), &secret).expect("a token");
    assert_eq!(code(&token).await, "algorithm");

    let forged = sign_with_header(&header(), &claims(), other_key());
    assert_eq!(code(&forged).await, "signature");
    let changed = format!(
        "{}.{}.{}",
        pieces[0],
        part(&with("sub", json!("x"))),
        pieces[2]
    );
    assert_eq!(code(&changed).await, "signature");
    assert_eq!(
        code(&format!("{}.{}.", pieces[0], pieces[1])).await,
        "signature"
    );

    let critical = json!({ "alg": "RS256", "kid": key.kid(), "crit": ["b64"], "b64": false });
    assert_eq!(
        code(&sign_with_header(&critical, &claims(), key)).await,
        "critical_header"
    );
    for malformed in ["", ".", "..", "a.b.c.d", "%.%.%", "e30.e30", &good[1..]] {
        assert_eq!(code(malformed).await, "token_malformed", "{malformed}");
    }
}

#[tokio::test]
async fn keys_in_the_header_are_never_used() {
    let attacker = Platform::with_key(other_key()).await;
    let members = json!({
        "alg": "RS256",
        "kid": platform_key().kid(),
        "jwk": other_key().public_jwk(),
        "jku": attacker.url("/jwks"),
        "x5u": attacker.url("/x5u"),
        "x5c": ["MIIB"],
    });
    let forged = sign_with_header(&members, &claims(), other_key());
    assert_eq!(code(&forged).await, "signature");
    let mut own_kid = members.clone();
    own_kid["kid"] = json!(other_key().kid());
    let forged = sign_with_header(&own_kid, &claims(), other_key());
    assert_eq!(code(&forged).await, "key_unknown");
    // A platform that adds them for others is not punished for it.
    let honest = sign_with_header(&members, &claims(), platform_key());
    assert_eq!(code(&honest).await, "accepted");
    assert_eq!(attacker.asked().len(), 0);
}

#[tokio::test]
async fn a_token_of_a_megabyte_is_refused_before_anything_else() {
    let platform = Platform::with_key(platform_key()).await;
    let keys = Platform::key_sets();
    let token = signed(&with("padding", json!("x".repeat(1024 * 1024))));
    let result = lti::validate(&token, &platform.registration(), NONCE, &keys, now()).await;
    assert_eq!(result.expect_err("refused").code(), "token_too_long");
    assert_eq!(platform.asked().len(), 0);
}

#[tokio::test]
async fn times_have_a_minute_of_leeway() {
    let at = |iat: i64, exp: i64| {
        signed(&edited(|claims| {
            claims["iat"] = json!(now().timestamp() + iat);
            claims["exp"] = json!(now().timestamp() + exp);
        }))
    };
    for (iat, exp, expected) in [
        (-120, -1, "accepted"),
        (-120, -60, "accepted"),
        (-120, -61, "expired"),
        (60, 120, "accepted"),
        (61, 120, "issued_in_the_future"),
        (-3660, 60, "accepted"),
        (-3661, 60, "too_old"),
        (-5, 90 * 24 * 3600, "accepted"),
    ] {
        assert_eq!(code(&at(iat, exp)).await, expected, "{iat} {exp}");
    }
    let fractions = edited(|claims| {
        claims["iat"] = json!(1_795_284_000.25);
        claims["exp"] = json!(1_795_284_060.75);
    });
    assert_eq!(now().timestamp(), 1_795_284_000);
    assert_eq!(code(&signed(&fractions)).await, "accepted");
}

#[tokio::test]
async fn odd_but_legal_members_are_tolerated() {
    let claims = edited(|claims| {
        claims["aud"] = json!([CLIENT_ID]);
        claims["azp"] = json!(CLIENT_ID);
        claims[ROLES] = json!([]);
        claims["name"] = json!(null);
        claims["https://example.com/claim"] = json!({ "anything": [1] });
        claims[CONTEXT] = json!({ "id": "course-1", "label": null, "type": ["Account", 7] });
        claims[TOOL_PLATFORM] =
            json!({ "guid": "g", "product_family_code": "canvas", "name": null });
        claims[LAUNCH_PRESENTATION] =
            json!({ "locale": "en-GB", "return_url": "javascript:alert(1)" });
        claims[GRADE_SERVICE] =
            json!({ "scope": null, "lineitems": "not an address", "lineitem": null });
        claims[FOR_USER] = json!(null);
        claims[CUSTOM] = json!({
            "text": "a", "empty": "", "number": 5, "flag": true, "nothing": null,
            "list": ["x"], "variable": "$Canvas.user.id",
        });
    });
    let launch = validate(&signed(&claims)).await.expect("a launch");
    assert_eq!(launch.roles.as_slice(), [] as [&str; 0]);
    assert_eq!(launch.person.name, None);
    let context = launch.context.expect("a course");
    assert_eq!(
        (context.label, context.types),
        (None, vec!["Account".to_owned()])
    );
    assert_eq!(
        launch
            .platform
            .and_then(|platform| platform.product_family_code)
            .as_deref(),
        Some("canvas")
    );
    let presentation = launch.presentation.expect("a presentation");
    assert_eq!(presentation.locale.as_deref(), Some("en-GB"));
    assert_eq!(presentation.return_url, None);
    let grades = launch.grades.expect("grades");
    assert_eq!((grades.line_items, grades.line_item), (None, None));
    let custom: Vec<(&str, &str)> = launch
        .custom
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        custom,
        [
            ("empty", ""),
            ("flag", "true"),
            ("list", "[\"x\"]"),
            ("number", "5"),
            ("text", "a")
        ]
    );
    // Identifiers are counted in characters.
    let long = with("sub", json!("ä".repeat(255)));
    assert_eq!(code(&signed(&long)).await, "accepted");
}

/// A launch that Moodle sent, signed anew because Moodle's private key was thrown away.
async fn moodle(name: &str) -> Launch {
    let captured = fixture(name);
    let claims = captured.get("claims").unwrap_or(&captured);
    let platform = Platform::with_key(platform_key()).await;
    let registration = Registration {
        issuer: "http://localhost:8081".to_owned(),
        client_id: "dummyclient12345".to_owned(),
        ..platform.registration()
    };
    let issued = claims["iat"].as_i64().expect("a time");
    let now = chrono::DateTime::from_timestamp(issued, 0).expect("a time") + TimeDelta::seconds(3);
    let nonce = claims["nonce"].as_str().expect("a nonce");
    lti::validate(
        &signed(claims),
        &registration,
        nonce,
        &Platform::key_sets(),
        now,
    )
    .await
    .unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[tokio::test]
async fn launches_captured_from_moodle_are_understood() {
    let launch = moodle("moodle-launch_student1.claims.json").await;
    assert_eq!(launch.message, Message::ResourceLink);
    assert_eq!(
        (launch.subject.as_str(), launch.deployment_id.as_str()),
        ("4", "1")
    );
    assert!(launch.roles.is_learner() && !launch.roles.is_instructor());
    assert_eq!(launch.person.name.as_deref(), Some("Sam Student"));
    assert_eq!(launch.resource_link.expect("a link").id, "1");
    let grades = launch.grades.expect("grades");
    assert_eq!(grades.scopes.len(), 4);
    assert_eq!(
        grades.line_items.expect("an address").as_str(),
        "http://localhost:8081/mod/lti/services.php/2/lineitems?type_id=1"
    );
    assert_eq!(grades.line_item, None);
    assert_eq!(
        launch.roster.expect("a roster").service_versions,
        ["1.0", "2.0"]
    );
    assert_eq!(launch.custom.get("chapter").map(String::as_str), Some("5"));
    assert_eq!(launch.custom.get("unknown"), None);
    assert_eq!((launch.expires_at - launch.issued_at).num_seconds(), 60);

    let launch = moodle("moodle-launch_teacher1.claims.json").await;
    assert!(launch.roles.is_instructor() && !launch.roles.is_learner());

    // A site administrator is no administrator of the course.
    let launch = moodle("moodle-launch_admin.claims.json").await;
    assert!(!launch.roles.is_administrator());

    let launch = moodle("moodle-deeplink.claims.json").await;
    let Message::DeepLinking(settings) = launch.message else {
        panic!("{:?}", launch.message);
    };
    assert_eq!(settings.accept_types, ["ltiResourceLink"]);
    assert_eq!(settings.accept_multiple, Some(true));
    assert_eq!((settings.accept_line_item, settings.data), (None, None));
    assert!(settings.return_url.as_str().ends_with("sesskey=RKcYR9x5Z5"));
    assert_eq!(launch.resource_link, None);

    let launch = moodle("moodle-submission_review_teacher1.claims.json").await;
    let Message::SubmissionReview(Some(for_user)) = launch.message else {
        panic!("{:?}", launch.message);
    };
    assert_eq!(for_user.user_id, "4");
    assert!(launch.grades.expect("grades").line_item.is_some());
}

#[tokio::test]
async fn deep_linking_needs_a_place_for_the_answer() {
    let request = |settings: Value| {
        signed(&edited(|claims| {
            claims[MESSAGE_TYPE] = json!("LtiDeepLinkingRequest");
            claims[DEEP_LINKING_SETTINGS] = settings;
            claims
                .as_object_mut()
                .expect("claims")
                .shift_remove(TARGET_LINK_URI);
        }))
    };
    assert_eq!(
        code(&request(
            json!({ "deep_link_return_url": "https://vle.test/dl" })
        ))
        .await,
        "accepted"
    );
    assert_eq!(
        code(&request(
            json!({ "deep_link_return_url": "javascript:void(0)" })
        ))
        .await,
        "deep_linking_settings_missing"
    );
}

#[tokio::test]
async fn messages_that_have_to_be_asked_for_are_known_by_name() {
    for (name, message) in [
        (
            "LtiAssetProcessorSettingsRequest",
            OptionalMessage::AssetProcessorSettings,
        ),
        ("LtiReportReviewRequest", OptionalMessage::ReportReview),
        ("LtiEulaRequest", OptionalMessage::Eula),
    ] {
        let result = validate(&signed(&with(MESSAGE_TYPE, json!(name)))).await;
        assert!(
            matches!(result, Err(LaunchError::MessageTypeNotOffered(found)) if found == message),
            "{name}"
        );
        assert_eq!(message.as_str(), name);
    }
}

#[tokio::test]
async fn a_review_may_name_nobody() {
    let review = with(MESSAGE_TYPE, json!("LtiSubmissionReviewRequest"));
    let launch = validate(&signed(&review)).await.expect("a launch");
    assert_eq!(launch.message, Message::SubmissionReview(None));
}

#[tokio::test]
async fn a_review_says_whose_work_is_meant() {
    let review = edited(|claims| {
        claims[MESSAGE_TYPE] = json!("LtiSubmissionReviewRequest");
        claims[FOR_USER] = json!({
            "user_id": "person-2",
            "person_sourcedid": "S-2",
            "name": "Sam Student",
            "given_name": "",
            "email": null,
            "roles": [LEARNER],
        });
        claims
            .as_object_mut()
            .expect("claims")
            .shift_remove(RESOURCE_LINK);
    });
    let launch = validate(&signed(&review)).await.expect("a launch");
    assert_eq!(launch.resource_link, None);
    let Message::SubmissionReview(Some(learner)) = launch.message else {
        panic!("{:?}", launch.message);
    };
    assert_eq!(learner.user_id, "person-2");
    assert_eq!(learner.sourced_id.as_deref(), Some("S-2"));
    assert_eq!(learner.person.name.as_deref(), Some("Sam Student"));
    assert_eq!(
        (learner.person.given_name, learner.person.email),
        (None, None)
    );
    assert!(learner.roles.is_learner());
}

#[tokio::test]
async fn speedgrader_says_whose_work_is_meant_in_the_address_alone() {
    let target = "https://tool.test/lti/launch?item=7&learner=a%20b&learner=c";
    let claims = edited(|claims| {
        claims[ROLES] = json!([INSTRUCTOR]);
        claims[TARGET_LINK_URI] = json!(target);
    });
    let launch = validate(&signed(&claims)).await.expect("a launch");
    assert_eq!(launch.message, Message::ResourceLink);
    assert_eq!(launch.target_parameter("learner").as_deref(), Some("a b"));
    assert_eq!(launch.target_parameter("item").as_deref(), Some("7"));
    assert_eq!(launch.target_parameter("Item"), None);
    let odd = validate(&signed(&with(TARGET_LINK_URI, json!("no address?item=7")))).await;
    assert_eq!(odd.expect("a launch").target_parameter("item"), None);
}

#[test]
fn histories_are_read_however_they_are_written() {
    for (value, ids, complete) in [
        ("", vec![], true),
        ("2", vec!["2"], true),
        ("7, 5,,5 ,3", vec!["7", "5", "3"], true),
        ("a%2Cb,c%20d", vec!["a,b", "c d"], true),
        ("50%,%zz,%ff", vec!["50%", "%zz", "%ff"], true),
        ("%E2%82%AC", vec!["\u{20ac}"], true),
        ("9,8,truncated", vec!["9", "8"], false),
        ("timed out", vec![], false),
        (r#"["9",8,null]"#, vec!["9", "8"], true),
        ("null", vec![], true),
    ] {
        let history = History::parse(value);
        assert_eq!(
            (history.ids, history.complete),
            (ids.iter().map(|&id| id.to_owned()).collect(), complete),
            "{value}"
        );
    }
}

#[tokio::test]
async fn histories_are_found_by_the_name_of_the_parameter() {
    let claims = with(
        CUSTOM,
        json!({
            "contextHistory": "5,4",
            "link_history": "x",
            "unknown": "$ResourceLink.id.history",
            "empty": "",
        }),
    );
    let launch = validate(&signed(&claims)).await.expect("a launch");
    let ids = |name: &str| launch.history(name).map(|history| history.ids);
    assert_eq!(
        ids("contextHistory"),
        Some(vec!["5".to_owned(), "4".to_owned()])
    );
    assert_eq!(ids("link_history"), Some(vec!["x".to_owned()]));
    assert_eq!(ids("Link.History"), Some(vec!["x".to_owned()]));
    assert_eq!(ids("empty"), Some(Vec::new()));
    assert_eq!(ids("unknown"), None);
    assert_eq!(ids("other"), None);
}

#[tokio::test]
async fn other_services_and_former_names_are_read() {
    let claims = edited(|claims| {
        claims[GROUP_SERVICE] = json!({
            "context_groups_url": "https://vle.test/groups",
            "context_group_sets_url": null,
            "scope": ["https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"],
            "service_versions": ["1.0"],
        });
        claims[NOTIFICATION_SERVICE] = json!({
            "platform_notification_service_url": "https://vle.test/notices/1",
            "service_versions": ["1.0"],
            "scope": ["https://purl.imsglobal.org/spec/lti/scope/noticehandlers"],
            "notice_types_supported": ["LtiHelloWorldNotice", "LtiContextCopyNotice"],
        });
        claims[LEGACY] = json!({
            "user_id": 34212,
            "oauth_consumer_key": "179248902",
            "resource_link_id": "4b6f",
        });
        claims[CANVAS_PLACEMENT] = json!("course_navigation");
    });
    let launch = validate(&signed(&claims)).await.expect("a launch");
    let groups = launch.groups.expect("groups");
    assert_eq!(
        groups.context_groups_url.as_str(),
        "https://vle.test/groups"
    );
    assert_eq!(groups.context_group_sets_url, None);
    assert_eq!((groups.scopes.len(), groups.service_versions.len()), (1, 1));
    let notifications = launch.notifications.expect("notifications");
    assert_eq!(notifications.url.as_str(), "https://vle.test/notices/1");
    assert_eq!(
        notifications.notice_types,
        ["LtiHelloWorldNotice", "LtiContextCopyNotice"]
    );
    assert_eq!(
        launch.legacy,
        Some(LegacyIds {
            user_id: Some("34212".to_owned()),
            resource_link_id: Some("4b6f".to_owned()),
            context_id: None,
            consumer_key: Some("179248902".to_owned()),
        })
    );
    assert_eq!(
        launch.canvas_placement.as_deref(),
        Some("course_navigation")
    );

    let canvas = validate(&signed(&with(LEGACY_USER_ID, json!("opaque")))).await;
    let canvas = canvas.expect("a launch");
    assert_eq!(
        canvas.legacy.and_then(|legacy| legacy.user_id).as_deref(),
        Some("opaque")
    );
    // What cannot be used is as if it were not there.
    let odd = edited(|claims| {
        claims[GROUP_SERVICE] = json!({ "context_groups_url": "javascript:alert(1)" });
        claims[NOTIFICATION_SERVICE] = json!([]);
        claims[LEGACY] = json!({ "user_id": null });
        claims[CANVAS_PLACEMENT] = json!(null);
    });
    let launch = validate(&signed(&odd)).await.expect("a launch");
    assert_eq!((launch.groups, launch.notifications), (None, None));
    assert_eq!((launch.legacy, launch.canvas_placement), (None, None));
}
