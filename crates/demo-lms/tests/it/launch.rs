//! Launches through the browser, and what the platform refuses.

use demo_lms::{Manners, browser::Browser};
use serde_json::json;

use crate::world::World;

const ALL: [Manners; 3] = [Manners::Strict, Manners::Moodle, Manners::Canvas];

#[tokio::test]
async fn launch_ends_on_the_tools_page_with_its_session() {
    for manners in ALL {
        let world = World::start(manners).await;
        let mut browser = Browser::new().unwrap();
        let page = browser
            .open(&world.lms.launch_url("learner-3"))
            .await
            .unwrap();
        assert_eq!(page.status, 200, "{manners}: {}", page.body);
        assert_eq!(page.url, world.tool.url.join("home").unwrap());
        let cookies = page.text("#cookies").unwrap();
        assert!(cookies.contains("tool_session=s1"), "{manners}: {cookies}");

        let login = world.tool.last_login();
        let deployment = match manners {
            Manners::Canvas => "deployment_id",
            Manners::Strict | Manners::Moodle => "lti_deployment_id",
        };
        assert_eq!(login["iss"], world.lms.issuer());
        assert_eq!(login["login_hint"], "learner-3");
        assert_eq!(login[deployment], "1");
        assert_eq!(
            login["lti_message_hint"].starts_with('{'),
            manners == Manners::Moodle
        );

        let claims = world.tool.last_launch();
        let claim =
            |name: &str| &claims[format!("https://purl.imsglobal.org/spec/lti/claim/{name}")];
        let now = world.now().timestamp();
        let lifetime = match manners {
            Manners::Strict => 300,
            Manners::Moodle => 60,
            Manners::Canvas => 3600,
        };
        assert_eq!(claims["iss"], world.lms.issuer());
        assert_eq!(claims["sub"], "learner-3");
        assert_eq!(claims["nonce"], "nonce-1");
        assert_eq!(claims["iat"], now);
        assert_eq!(claims["exp"], now + lifetime);
        assert_eq!(claims["name"], "Priya Sharma");
        assert_eq!(claim("message_type"), "LtiResourceLinkRequest");
        assert_eq!(claim("version"), "1.3.0");
        assert_eq!(claim("deployment_id"), "1");
        assert_eq!(claim("resource_link")["title"], "Unit 304 & more");
        assert_eq!(claim("custom")["unit"], "ilm-8577-304");
        assert_eq!(claim("launch_presentation")["document_target"], "iframe");
        let learner = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner";
        assert!(claim("roles").as_array().unwrap().contains(&json!(learner)));
        let line_item =
            &claims["https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"]["lineitem"];
        let line_item = line_item.as_str().unwrap();
        assert_eq!(
            line_item.ends_with("?type_id=1"),
            manners == Manners::Moodle
        );
        assert_eq!(claims["azp"].is_string(), manners == Manners::Canvas);
    }
}

#[tokio::test]
async fn a_preview_learner_is_one_in_launches_and_roster() {
    for manners in [Manners::Strict, Manners::Moodle, Manners::Canvas] {
        let world = World::start(manners).await;
        world.lms.set_preview("learner-1");
        for (person, preview) in [("learner-1", true), ("learner-2", false)] {
            let mut browser = Browser::new().unwrap();
            browser.open(&world.lms.launch_url(person)).await.unwrap();
            let roles =
                &world.tool.last_launch()["https://purl.imsglobal.org/spec/lti/claim/roles"];
            let told = roles.to_string();
            assert_eq!(told.contains("#TestUser"), preview, "{manners}: {told}");
            assert!(told.contains("Learner"), "{manners}: {told}");
        }
        let token = world.token().await;
        let url = world.address("/lti/services/memberships?limit=40");
        let accept = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";
        let roster: serde_json::Value = world.get(url, accept, &token).await.json().await.unwrap();
        let members = roster["members"].as_array().unwrap();
        let tests = members
            .iter()
            .filter(|member| member["roles"].to_string().contains("#TestUser"));
        assert_eq!(tests.count(), 1, "{manners}");
    }
}

#[tokio::test]
async fn launch_from_the_course_pages() {
    let world = World::start(Manners::Strict).await;
    let mut browser = Browser::new().unwrap();
    let page = browser.open_window(&world.lms.course_url()).await.unwrap();
    let page = browser
        .get(&page.link("Choose whom to be").unwrap())
        .await
        .unwrap();
    assert_eq!(page.texts(".people button").len(), 32);
    let form = page.form("form").unwrap().press("Joan Hartley").unwrap();
    let page = browser.submit(&form).await.unwrap();
    assert_eq!(page.text(".who strong").unwrap(), "Joan Hartley");
    let page = browser
        .get(&page.link("Unit 304 & more").unwrap())
        .await
        .unwrap();
    let frame = page.attribute("iframe", "src").unwrap();
    let in_frame = browser.open(&page.url.join(&frame).unwrap()).await.unwrap();
    assert_eq!(in_frame.text("h1").unwrap(), "Tool's home");
    assert_eq!(world.tool.last_launch()["sub"], "assessor-1");

    let new_window = page.link("Open in new window").unwrap();
    let page = browser.open_window(&new_window).await.unwrap();
    assert_eq!(page.text("h1").unwrap(), "Tool's home");
    let target = "https://purl.imsglobal.org/spec/lti/claim/launch_presentation";
    assert_eq!(
        world.tool.last_launch()[target]["document_target"],
        "window"
    );
}

#[tokio::test]
async fn a_request_from_the_tools_own_page_comes_back_with_the_session() {
    let world = World::start(Manners::Moodle).await;
    world.tool.ask_by_page();
    let mut browser = Browser::new().unwrap();
    let page = browser
        .open(&world.lms.launch_url("learner-1"))
        .await
        .unwrap();
    assert_eq!(page.text("h1").unwrap(), "Tool's home");
    assert_eq!(world.tool.launches(), 1);
}

/// Changed parameter, its value, and the error in each manner.
type RefusalCase = (
    &'static str,
    Option<&'static str>,
    [Option<&'static str>; 3],
);

#[tokio::test]
async fn wrong_authentication_requests_are_refused_as_each_platform_does() {
    // Error that the tool is sent, in the order strict, moodle, canvas; none is a page.
    let cases: [RefusalCase; 9] = [
        (
            "redirect_uri",
            Some("http://127.0.0.1:1/launch"),
            [None, None, None],
        ),
        ("client_id", Some("other"), [Some("unauthorized_client"); 3]),
        (
            "scope",
            Some("openid email"),
            [Some("invalid_scope"), None, Some("invalid_request_object")],
        ),
        (
            "response_type",
            Some("code"),
            [
                Some("unsupported_response_type"),
                Some("unsupported_response_type"),
                Some("invalid_request_object"),
            ],
        ),
        (
            "response_mode",
            None,
            [
                Some("invalid_request"),
                Some("invalid_request"),
                Some("invalid_request_object"),
            ],
        ),
        (
            "prompt",
            Some("login"),
            [
                Some("invalid_request"),
                Some("invalid_request"),
                Some("invalid_request_object"),
            ],
        ),
        (
            "nonce",
            None,
            [
                Some("invalid_request"),
                None,
                Some("invalid_request_object"),
            ],
        ),
        (
            "login_hint",
            Some("learner-2"),
            [
                Some("login_required"),
                Some("access_denied"),
                Some("login_required"),
            ],
        ),
        (
            "lti_message_hint",
            Some("stale"),
            [
                Some("invalid_request"),
                None,
                Some("launch_no_longer_valid"),
            ],
        ),
    ];
    for (index, manners) in ALL.into_iter().enumerate() {
        let world = World::start(manners).await;
        let mut browser = Browser::new().unwrap();
        for (name, value, expected) in cases {
            world.tool.change(name, value);
            let page = browser
                .open(&world.lms.launch_url("learner-1"))
                .await
                .unwrap();
            let error = world.tool.take_error();
            let got = error.as_ref().map(|fields| fields["error"].as_str());
            assert_eq!(got, expected[index], "{manners}, {name}");
            if let Some(fields) = &error {
                assert_eq!(fields["state"], "state-1");
            } else {
                let status = if manners == Manners::Moodle { 404 } else { 400 };
                assert_eq!(page.status, status, "{manners}, {name}");
                assert!(page.text("main").unwrap().contains("Invalid request"));
            }
            world.tool.change_nothing();
        }
        assert_eq!(world.tool.launches(), 0);
    }
}

#[tokio::test]
async fn a_launch_is_used_once_and_only_by_the_signed_in_person() {
    let world = World::start(Manners::Strict).await;
    let mut browser = Browser::new().unwrap();
    browser
        .open(&world.lms.launch_url("learner-1"))
        .await
        .unwrap();
    let used = world.tool.last_login()["lti_message_hint"].clone();
    world.tool.change("lti_message_hint", Some(&used));
    browser
        .open(&world.lms.launch_url("learner-1"))
        .await
        .unwrap();
    assert_eq!(world.tool.take_error().unwrap()["error"], "invalid_request");

    // Without a session the platform asks once more and then gives up.
    let mut stranger = Browser::new().unwrap();
    let mut url = world.lms.authorization_url();
    let launch_url = world.tool.url.join("launch").unwrap();
    url.query_pairs_mut().extend_pairs([
        ("scope", "openid"),
        ("response_type", "id_token"),
        ("response_mode", "form_post"),
        ("prompt", "none"),
        ("nonce", "n"),
        ("client_id", "client-7"),
        ("login_hint", "learner-1"),
        ("lti_message_hint", "x"),
        ("redirect_uri", launch_url.as_str()),
    ]);
    stranger.open(&url).await.unwrap();
    assert_eq!(world.tool.take_error().unwrap()["error"], "login_required");
}

#[tokio::test]
async fn pages_say_what_is_wrong_and_carry_a_strict_policy() {
    let world = World::start(Manners::Strict).await;
    let mut browser = Browser::new().unwrap();
    let page = browser
        .open_window(&world.lms.launch_url("nobody"))
        .await
        .unwrap();
    assert_eq!(page.status, 404);
    assert!(
        page.text("main")
            .unwrap()
            .contains("Choose whom to be first")
    );
    let page = browser
        .open_window(&world.address("/nowhere"))
        .await
        .unwrap();
    assert_eq!(
        (page.status, page.text("h1").unwrap().as_str()),
        (404, "Not Found")
    );

    let back = world.address("/lti/return?lti_errormsg=No+%3Cb%3Eroom");
    let page = browser.open_window(&back).await.unwrap();
    assert!(page.text("main").unwrap().contains("No <b>room"));

    for path in ["/", "/people", "/gradebook", "/lti/launch?person=learner-1"] {
        let page = browser.get(&world.address(path)).await.unwrap();
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert_eq!(page.headers["cache-control"], "no-store", "{path}");
        assert!(page.body.contains("<html lang=\"en-GB\">"), "{path}");
    }
    let style = browser.get(&world.address("/style.css")).await.unwrap();
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
}

#[test]
fn manners_have_names() {
    for manners in ALL {
        assert_eq!(manners.to_string().parse::<Manners>().unwrap(), manners);
    }
    let error = "blackboard".parse::<Manners>().unwrap_err();
    assert!(error.to_string().contains("`blackboard`"));
}
