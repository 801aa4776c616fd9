//! Coming from the course, and not getting in.

use anyhow::Result;
use demo_lms::browser::{Browser, Page};
use demo_lms::play::Visitor;
use demo_lms::{DemoLms, Manners};
use end_to_end::admin::Admin;
use end_to_end::platform::{
    INSTRUCTOR_ROLE, LEARNER_ROLE, Login, Platform, Token, claim, code_of, post,
};
use end_to_end::work::{ASSESSOR, LEARNER};
use end_to_end::{CLIENT, Site, UNIT};
use serde_json::{Value, json};
use workflow::diagnosis::{failed_launches, next_step};

async fn site_and_platform() -> Result<(Site, Platform)> {
    let site = Site::start(Manners::Strict).await?;
    let platform = Platform::start().await?;
    site.register(&platform).await?;
    Ok((site, platform))
}

/// A page that refuses: status, main heading, code for administrators, and a
/// reference that can be read out over the telephone.
fn assert_refused(page: &Page, status: u16, title: &str, code: &str) {
    assert_eq!(page.status, status, "{}", page.body);
    assert_eq!(page.text("h1").as_deref(), Some(title));
    assert_eq!(code_of(page).as_deref(), Some(code));
    let reference = page.text("strong.mono").unwrap_or_default();
    assert!(
        reference.len() == 9 && reference.chars().nth(4) == Some('-'),
        "“{reference}”"
    );
    assert!(page.text("main").unwrap_or_default().contains("What to do"));
}

const NOT_CONNECTED: &str = "Your course and Markbridge are not connected properly";
const SIGN_IN: &str = "Please sign in to your course again";
const NOT_THROUGH: &str = "Your course did not let you through";
const ONCE: &str = "This page could not be opened this time";
const OTHER_BROWSER: &str = "This visit began in another browser";
const USED: &str = "This way in has been used already";
const FROM_A_COURSE: &str = "This page is opened from a course";

#[tokio::test]
async fn a_login_begins_by_get_and_by_post() -> Result<()> {
    let (site, platform) = site_and_platform().await?;
    let mut url = site.url("lti/login");
    url.query_pairs_mut()
        .extend_pairs(platform.login_fields(&site));
    let mut browser = platform.visit().await?;
    let by_get = Login::of(&browser.get(&url).await?)?;
    let by_post = platform.login(&site, &mut browser).await?;
    for login in [by_get, by_post] {
        let token = platform.token(&site, &login).encode();
        assert_eq!(
            post(&site, &mut browser, &token, &login.state)
                .await?
                .status,
            200
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_login_from_nowhere_is_refused() -> Result<()> {
    let (site, platform) = site_and_platform().await?;
    let mut browser = platform.visit().await?;
    let cases = [
        (
            "client_id",
            "somebody-else",
            403,
            NOT_CONNECTED,
            "unknown-platform",
        ),
        (
            "iss",
            "https://elsewhere.example",
            403,
            NOT_CONNECTED,
            "unknown-platform",
        ),
        (
            "target_link_uri",
            "https://evil.example/lti/launch",
            403,
            NOT_CONNECTED,
            "foreign-target",
        ),
        ("login_hint", "", 400, FROM_A_COURSE, "login-incomplete"),
    ];
    for (name, value, status, title, code) in cases {
        let fields = platform.login_fields(&site);
        let fields: Vec<_> = fields
            .iter()
            .map(|(key, own)| (*key, if *key == name { value } else { own.as_str() }))
            .collect();
        let page = browser.post_form(&site.url("lti/login"), &fields).await?;
        assert_refused(&page, status, title, code);
    }
    let bare = browser.get(&site.url("lti/login")).await?;
    assert_refused(&bare, 400, FROM_A_COURSE, "login-incomplete");
    let bare = browser.post_form(&site.url("lti/launch"), &[]).await?;
    assert_refused(&bare, 400, FROM_A_COURSE, "launch-incomplete");
    Ok(())
}

#[tokio::test]
async fn a_disabled_registration_lets_nobody_in() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let platform = Platform::start().await?;
    let id = site.register(&platform).await?;
    let mut browser = platform.visit().await?;
    let login = platform.login(&site, &mut browser).await?;
    let mut work = site.app.storage.write().await?;
    assert!(work.set_registration_disabled(id, true).await?);
    work.save().await?;

    let token = platform.token(&site, &login).encode();
    let page = post(&site, &mut browser, &token, &login.state).await?;
    assert_refused(&page, 403, NOT_CONNECTED, "registration-disabled");
    let fields = platform.login_fields(&site);
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let page = browser.post_form(&site.url("lti/login"), &fields).await?;
    assert_refused(&page, 403, NOT_CONNECTED, "registration-disabled");
    Ok(())
}

#[tokio::test]
async fn an_unknown_deployment_and_a_foreign_target_are_named() -> Result<()> {
    let (site, platform) = site_and_platform().await?;
    let mut browser = platform.visit().await?;
    let page = platform
        .launch(&site, &mut browser, |token| {
            token.claims[claim("deployment_id")] = json!("77");
        })
        .await?;
    assert_refused(&page, 403, NOT_CONNECTED, "unknown-deployment");
    assert_eq!(
        page.texts("details dd").get(1).map(String::as_str),
        Some("77")
    );
    let foreign = "https://evil.example/lti/launch";
    let page = platform
        .launch(&site, &mut browser, |token| {
            token.claims[claim("target_link_uri")] = json!(foreign);
        })
        .await?;
    assert_refused(&page, 403, NOT_CONNECTED, "foreign-target");
    Ok(())
}

/// The page by which the platform sends a person to the tool, not yet gone on from.
async fn on_the_way(lms: &DemoLms, browser: &mut Browser) -> Result<Page> {
    browser.open(&lms.course_url()).await?;
    let page = browser.get(&lms.launch_url(LEARNER)).await?;
    let page = browser.submit(&page.form("form")?).await?;
    // Where the platform offers storage, the login is a page.
    match page.link("Go on by hand") {
        Some(next) => Ok(browser.get(&next).await?),
        None => Ok(page),
    }
}

#[tokio::test]
async fn a_launch_works_once() -> Result<()> {
    let site = Site::start(Manners::Moodle).await?;
    let mut browser = Browser::new()?;
    let form = on_the_way(&site.lms, &mut browser).await?.form("form")?;
    assert_eq!(browser.submit(&form).await?.status, 200);
    let again = browser.submit(&form).await?;
    assert_refused(&again, 400, ONCE, "state-unknown");
    assert!(
        again
            .text("main")
            .unwrap_or_default()
            .contains("not by “Back” or a bookmark")
    );
    Ok(())
}

#[tokio::test]
async fn a_launch_belongs_to_the_browser_that_began_it() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut browser = Browser::new()?;
    let form = on_the_way(&site.lms, &mut browser).await?.form("form")?;
    let mut other = Browser::new()?;
    other.open(&site.lms.course_url()).await?;
    // It learns whose launch that is, and is signed in to nothing.
    let page = other.submit(&form).await?;
    assert_own_window(&site, &page);
    let start = other.get(&site.url("/a/")).await?;
    assert_ne!(start.status, 200);
    assert_eq!(other.cookie_names(&site.url("/a/")), Vec::<String>::new());
    let used = browser.submit(&form).await?;
    assert_refused(&used, 400, ONCE, "state-unknown");
    Ok(())
}

#[tokio::test]
async fn another_login_of_the_same_name_does_not_pass() -> Result<()> {
    let (site, platform) = site_and_platform().await?;
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let answer = http
        .post(site.url("lti/login"))
        .form(&platform.login_fields(&site))
        .send()
        .await?;
    assert_eq!(answer.status(), 302);
    let cookie = answer.headers()["set-cookie"].to_str()?.to_owned();
    let (name, _) = cookie.split_once('=').expect("a cookie");
    for flag in [
        "HttpOnly",
        "Secure",
        "SameSite=None",
        "Partitioned",
        "Path=/lti",
    ] {
        assert!(cookie.contains(flag), "{cookie}");
    }
    let location = url::Url::parse(answer.headers()["location"].to_str()?)?;
    let value = |wanted: &str| {
        location
            .query_pairs()
            .find(|(key, _)| key == wanted)
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    let login = Login {
        state: value("state"),
        nonce: value("nonce"),
    };
    let token = platform.token(&site, &login).encode();
    let answer = http
        .post(site.url("lti/launch"))
        .header("cookie", format!("{name}=somebody-elses-secret"))
        .form(&[("id_token", &token), ("state", &login.state)])
        .send()
        .await?;
    assert_eq!(answer.status(), 400);
    let body = answer.text().await?;
    assert!(
        body.contains("other-browser") && body.contains(OTHER_BROWSER),
        "{body}"
    );
    Ok(())
}

/// The page that offers a window of its own and says who one would be there.
fn assert_own_window(site: &Site, page: &Page) {
    assert_eq!(page.status, 200, "{}", page.body);
    assert_eq!(
        page.text("h1").as_deref(),
        Some("Open it in its own window")
    );
    let main = page.text("main").unwrap_or_default();
    let name = site.name(LEARNER);
    assert!(
        main.contains(&format!("You are {name}, learner.")),
        "{main}"
    );
    assert!(main.contains("8577-304"), "{main}");
}

#[tokio::test]
async fn a_browser_that_keeps_no_cookie_in_frames_opens_a_window() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut browser = Browser::new()?;
    browser.set_frames_keep_cookies(false);
    let page = browser.open(&site.lms.launch_url(LEARNER)).await?;
    assert_own_window(&site, &page);
    let form = page.form("form[target=_blank]")?;
    let opened = browser.submit_in_window(&form).await?;
    assert_eq!(opened.status, 200, "{}", opened.body);
    assert!(opened.url.path().ends_with("/unit"), "{}", opened.url);
    assert!(!opened.url.as_str().contains("code="), "{}", opened.url);
    let evidence = opened.link("My evidence").expect("the way on");
    assert_eq!(browser.get(&evidence).await?.status, 200);

    let again = browser.submit_in_window(&form).await?;
    assert_refused(&again, 400, USED, "arrival-unknown");
    Ok(())
}

/// Whoever launches without a cookie gets a code of their own. Their page must
/// not be able to sign somebody else's browser in with it.
#[tokio::test]
async fn codes_and_secrets_count_from_our_own_pages_only() -> Result<()> {
    let (site, platform) = site_and_platform().await?;
    let mut attacker = platform.visit().await?;
    attacker.set_frames_keep_cookies(false);
    let (login, secret) = login_with_storage(&site, &platform, &mut attacker).await?;
    let token = platform.token(&site, &login).encode();
    let page = post(&site, &mut attacker, &token, &login.state).await?;
    let proof = page.form("#proof")?.with("secret", &secret);
    let code = proof.value("code").expect("a code").to_owned();

    let mut victim = Browser::new()?;
    for path in ["lti/window", "lti/proof"] {
        victim.open_window(&platform.url("course")).await?;
        let fields = [("code", code.as_str()), ("secret", secret.as_str())];
        let refused = victim.post_form(&site.url(path), &fields).await?;
        assert_refused(&refused, 400, OTHER_BROWSER, "other-browser");
        let silent = reqwest::Client::builder().no_proxy().build()?;
        let answer = silent.post(site.url(path)).form(&fields).send().await?;
        assert_eq!(answer.status(), 400, "{path} without saying from where");
    }
    let opened = attacker
        .submit_in_window(&page.form("form[target=_blank]")?)
        .await?;
    assert_eq!(opened.status, 200, "the page itself may still use its code");
    Ok(())
}

#[tokio::test]
async fn the_code_of_a_window_lasts_five_minutes() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut browser = Browser::new()?;
    browser.set_frames_keep_cookies(false);
    let page = browser.open(&site.lms.launch_url(LEARNER)).await?;
    let form = page.form("form[target=_blank]")?;
    site.clock.advance(std::time::Duration::from_mins(5));
    let late = browser.submit_in_window(&form).await?;
    assert_refused(&late, 400, USED, "arrival-unknown");
    Ok(())
}

#[tokio::test]
async fn a_window_beside_the_course_is_opened_from_every_page() -> Result<()> {
    let site = Site::start(Manners::Moodle).await?;
    let mut browser = Browser::new()?;
    let unit = browser.open(&site.lms.launch_url(LEARNER)).await?;
    let offer = unit.link("New window").expect("the link");
    let offer = browser.get(&offer).await?;
    assert_own_window(&site, &offer);
    let form = offer.form("form[target=_blank]")?;
    let opened = browser.submit_in_window(&form).await?;
    assert_eq!(opened.status, 200);
    assert_eq!(opened.url, unit.url);

    let mut stranger = Browser::new()?;
    let offer = stranger.get(&offer.url).await?;
    assert_eq!(offer.status, 401, "a window is for those who are signed in");
    Ok(())
}

#[tokio::test]
async fn a_browser_without_any_cookies_is_told_so() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut browser = Browser::new()?;
    browser.set_frames_keep_cookies(false);
    let page = browser.open(&site.lms.launch_url(LEARNER)).await?;
    // Staying in the frame stands for a browser that blocks cookies everywhere.
    let blocked = browser.submit(&page.form("form[target=_blank]")?).await?;
    assert_eq!(blocked.status, 403);
    assert_eq!(
        blocked.text("h1").as_deref(),
        Some("Your browser keeps no cookies")
    );
    Ok(())
}

/// The login of a platform that offers storage: the page that asks it, and the
/// secret that the page puts there.
async fn login_with_storage(
    site: &Site,
    platform: &Platform,
    browser: &mut Browser,
) -> Result<(Login, String)> {
    let mut fields = platform.login_fields(site);
    fields.push(("lti_storage_target", "storage".to_owned()));
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let page = browser.post_form(&site.url("lti/login"), &fields).await?;
    assert_eq!(page.status, 200, "a page and no redirect");
    let of = |name: &str| page.attribute("main", name).expect("told to the script");
    assert_eq!(of("data-origin"), platform.issuer());
    assert_eq!(of("data-frame"), "storage");
    let next = browser.get(&url::Url::parse(&of("data-next"))?).await?;
    let login = Login::of(&next)?;
    assert_eq!(of("data-key"), format!("lti_state_{}", login.state));
    Ok((login, of("data-secret")))
}

#[tokio::test]
async fn the_platforms_storage_proves_a_browser_without_cookies() -> Result<()> {
    let (site, platform) = site_and_platform().await?;
    let mut browser = platform.visit().await?;
    browser.set_frames_keep_cookies(false);
    let (login, secret) = login_with_storage(&site, &platform, &mut browser).await?;
    let token = platform.token(&site, &login).encode();
    let page = post(&site, &mut browser, &token, &login.state).await?;
    assert!(!page.body.contains(&secret), "the page has to ask for it");
    assert_eq!(
        page.attribute("main", "data-key"),
        Some(format!("lti_state_{}", login.state))
    );
    let proof = page.form("#proof")?.with("secret", &secret);

    // The browser keeps no session either: a window of its own is left.
    let page = browser.submit(&proof).await?;
    assert_eq!(
        page.text("h1").as_deref(),
        Some("Open it in its own window")
    );
    let opened = browser
        .submit_in_window(&page.form("form[target=_blank]")?)
        .await?;
    assert!(opened.url.path().ends_with("/unit"), "{}", opened.url);
    Ok(())
}

#[tokio::test]
async fn the_storages_secret_counts_once_and_must_be_right() -> Result<()> {
    let (site, platform) = site_and_platform().await?;
    let mut browser = platform.visit().await?;
    let (login, secret) = login_with_storage(&site, &platform, &mut browser).await?;
    // The login's cookie gets lost on the way; later ones are kept.
    for name in browser.cookie_names(&site.url("lti/launch")) {
        browser.forget_cookie(&name);
    }
    let mut other = platform.visit().await?;
    browser.set_frames_keep_cookies(false);
    let token = platform.token(&site, &login).encode();
    let page = post(&site, &mut other, &token, &login.state).await?;
    let wrong = page.form("#proof")?.with("secret", "guessed");
    let refused = other.submit(&wrong).await?;
    assert_refused(&refused, 400, OTHER_BROWSER, "other-browser");
    let right = page.form("#proof")?.with("secret", &secret);
    let late = other.submit(&right).await?;
    assert_refused(&late, 400, USED, "arrival-unknown");

    let (login, secret) = login_with_storage(&site, &platform, &mut other).await?;
    for name in other.cookie_names(&site.url("lti/launch")) {
        other.forget_cookie(&name);
    }
    let mut frame = platform.visit().await?;
    let token = platform.token(&site, &login).encode();
    let page = post(&site, &mut frame, &token, &login.state).await?;
    let inside = frame
        .submit(&page.form("#proof")?.with("secret", &secret))
        .await?;
    assert_eq!(inside.status, 200);
    assert!(inside.url.path().ends_with("/unit"), "{}", inside.url);
    Ok(())
}

#[tokio::test]
async fn what_the_platform_reports_is_a_page_too() -> Result<()> {
    let site = Site::start(Manners::Canvas).await?;
    let mut browser = Browser::new()?;
    let page = on_the_way(&site.lms, &mut browser).await?;
    assert_eq!(browser.submit(&page.form("form")?).await?.status, 200);
    // The same address again: Canvas has given this launch away already.
    browser.open(&site.lms.course_url()).await?;
    let used = browser.get(&page.url).await?;
    let used = browser.follow_auto_forms(used).await?;
    assert_refused(&used, 400, ONCE, "launch-used");
    Ok(())
}

/// Each error has words of its own, for the person and for administrators, and
/// is written down as one of the platform that was asked.
#[tokio::test]
async fn each_error_that_a_platform_reports_is_explained() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let platform = Platform::start().await?;
    let registration = site.register(&platform).await?;
    let mut browser = platform.visit().await?;
    let switched_off = "Markbridge is not switched on for your course";
    let mut advice = Vec::new();
    for (error, status, title, code) in [
        ("launch_no_longer_valid", 400, ONCE, "launch-used"),
        ("login_required", 403, SIGN_IN, "login-required"),
        ("access_denied", 403, NOT_THROUGH, "access-denied"),
        ("unauthorized_client", 403, switched_off, "tool-not-allowed"),
        (
            "invalid_request_object",
            502,
            NOT_CONNECTED,
            "login-refused",
        ),
        (
            "temporarily_unavailable",
            502,
            "Your course cannot open it at the moment",
            "platform-unavailable",
        ),
        (
            "something_new",
            502,
            "Your course did not open this page",
            "platform-error",
        ),
    ] {
        let login = platform.login(&site, &mut browser).await?;
        let fields = [
            ("error", error),
            ("error_description", "<b>Ada Lovelace</b> is too late"),
            ("state", login.state.as_str()),
        ];
        let page = browser.post_form(&site.url("lti/launch"), &fields).await?;
        assert_refused(&page, status, title, code);
        assert_eq!(
            page.texts("details dd").get(1).map(String::as_str),
            Some(error)
        );
        assert!(!page.body.contains("Lovelace"), "{}", page.body);
        assert_eq!(
            page.body.contains("already used once"),
            error == "launch_no_longer_valid",
            "{error}"
        );

        let storage = site.app.storage.as_ref();
        let failed = failed_launches(storage, &[Some(registration)], 1).await?;
        let [failed] = failed.as_slice() else {
            panic!("{error} is none of the platform's");
        };
        assert_eq!(failed.code, code);
        assert_eq!(failed.reason, format!("the platform reports `{error}`"));
        advice.push(next_step(code));

        // The state is used up by that.
        let token = platform.token(&site, &login).encode();
        let late = post(&site, &mut browser, &token, &login.state).await?;
        assert_refused(&late, 400, ONCE, "state-unknown");
    }
    advice.sort_unstable();
    advice.dedup();
    assert_eq!(advice.len(), 7, "{advice:#?}");
    Ok(())
}

/// Whoever knows no state reports for nobody, and no sentence passes as a code.
#[tokio::test]
async fn an_error_without_a_state_belongs_to_no_platform() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let platform = Platform::start().await?;
    let registration = site.register(&platform).await?;
    let mut browser = platform.visit().await?;
    let fields = [
        ("error", "Ada Lovelace is not signed in"),
        ("state", "invented"),
    ];
    let page = browser.post_form(&site.url("lti/launch"), &fields).await?;
    assert_refused(
        &page,
        502,
        "Your course did not open this page",
        "platform-error",
    );
    assert!(!page.body.contains("Lovelace"), "{}", page.body);
    let storage = site.app.storage.as_ref();
    assert_eq!(
        failed_launches(storage, &[Some(registration)], 1).await?,
        []
    );
    let strangers = failed_launches(storage, &[None], 1).await?;
    assert_eq!(strangers[0].reason, "the platform reports `no code`");

    let mut admin = Admin::sign_in(&site).await?;
    let page = admin.page(&format!("platforms/{registration}")).await?;
    let rows = page.texts("tbody tr");
    let told = rows
        .iter()
        .any(|row| row.contains("the platform reports no code"));
    assert!(told, "{rows:?}");
    assert!(page.texts("td .mono").iter().any(|code| code == "no code"));
    Ok(())
}

/// A valid launch that leads nowhere knows the way back, and tells the platform why.
#[tokio::test]
async fn the_way_back_to_the_course_says_what_went_wrong() -> Result<()> {
    let (site, platform) = site_and_platform().await?;
    let refused = async |change: &dyn Fn(&mut Token)| {
        let mut browser = platform.visit().await?;
        let page = platform
            .launch(&site, &mut browser, |token| {
                token.claims[claim("roles")] =
                    json!(["http://purl.imsglobal.org/vocab/lis/v2/membership#Mentor"]);
                token.claims[claim("launch_presentation")] =
                    json!({"return_url": platform.url("course?id=7")});
                change(token);
            })
            .await?;
        anyhow::Ok(page)
    };
    let page = refused(&|_| {}).await?;
    let title = "Your role in this course has no part here";
    assert_refused(&page, 403, title, "role-without-part");
    let back = page.link("Go back to my course").expect("the way back");
    assert!(
        back.as_str()
            .starts_with(platform.url("course?id=7").as_str()),
        "{back}"
    );
    let told = |name: &str| {
        let found = back.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, text)| text.into_owned()).unwrap_or_default()
    };
    assert_eq!(told("lti_errormsg"), title);
    let reference = page.text("strong.mono").unwrap_or_default();
    assert_eq!(
        told("lti_errorlog"),
        format!("role-without-part, {reference}")
    );
    let target = |page: &Page| page.attribute("a.btn", "target");
    assert_eq!(target(&page).as_deref(), Some("_self"));
    let in_moodle = refused(&|token| {
        token.claims[claim("tool_platform")] = json!({"product_family_code": "moodle"});
    })
    .await?;
    assert_eq!(target(&in_moodle).as_deref(), Some("_top"));

    // What nobody has proved leads nowhere.
    let forged = refused(&|token| token.claims["nonce"] = json!("another")).await?;
    assert_refused(&forged, 400, ONCE, "nonce_mismatch");
    assert_eq!(forged.link("Go back to my course"), None);
    Ok(())
}

/// What a review or a choice of content leaves out, the login has said; where
/// both say something, what is signed counts.
#[tokio::test]
async fn a_launch_without_a_target_ends_where_its_login_wanted_to_go() -> Result<()> {
    let (site, platform) = site_and_platform().await?;
    let mut browser = platform.visit().await?;
    platform.launch(&site, &mut browser, |_| {}).await?;
    let review = platform
        .launch(&site, &mut browser, |token| {
            token.claims[claim("message_type")] = json!("LtiSubmissionReviewRequest");
            token.claims[claim("for_user")] = json!({"user_id": "person-1"});
            token.claims[claim("roles")] = json!([INSTRUCTOR_ROLE]);
            token.claims["sub"] = json!("teacher-1");
            token.claims[claim("target_link_uri")] = Value::Null;
        })
        .await?;
    assert_eq!(review.status, 200, "{}", review.body);
    assert!(review.url.path().ends_with("/cohort"), "{}", review.url);

    let choice = platform
        .launch(&site, &mut browser, |token| {
            token.claims[claim("message_type")] = json!("LtiDeepLinkingRequest");
            token.claims[claim("roles")] = json!([INSTRUCTOR_ROLE]);
            token.claims[claim("target_link_uri")] = Value::Null;
            token.claims["https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"] = json!({
                "deep_link_return_url": platform.url("return"),
                "accept_types": ["ltiResourceLink"],
                "accept_presentation_document_targets": ["iframe"],
            });
        })
        .await?;
    assert_eq!(choice.status, 200, "{}", choice.body);
    assert!(choice.url.path().starts_with("/select/"), "{}", choice.url);

    let other = platform
        .launch(&site, &mut browser, |token| {
            token.claims[claim("target_link_uri")] = json!(site.url("lti/launch?item=7"));
        })
        .await?;
    assert_eq!(other.status, 200, "{}", other.body);
    Ok(())
}

#[tokio::test]
async fn a_role_decides_where_one_ends() -> Result<()> {
    let (site, platform) = site_and_platform().await?;
    let membership =
        |name: &str| format!("http://purl.imsglobal.org/vocab/lis/v2/membership#{name}");
    let institution = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Instructor";
    for (roles, page) in [
        (json!([LEARNER_ROLE]), "unit"),
        (json!([INSTRUCTOR_ROLE]), "cohort"),
        (json!(["Instructor"]), "cohort"),
        (json!(["Learner"]), "unit"),
        (json!([]), "unit"),
        (json!([institution]), "unit"),
        (json!([membership("Mentor"), LEARNER_ROLE]), "unit"),
    ] {
        let mut browser = platform.visit().await?;
        let landed = platform
            .launch(&site, &mut browser, |token| {
                token.claims[claim("roles")] = roles.clone();
            })
            .await?;
        assert_eq!(landed.status, 200, "{roles}");
        assert!(
            landed.url.path().ends_with(page),
            "{roles} ended on {}",
            landed.url
        );
    }
    for role in ["Mentor", "Observer", "ContentDeveloper", "Administrator"] {
        let mut browser = platform.visit().await?;
        let refused = platform
            .launch(&site, &mut browser, |token| {
                token.claims[claim("roles")] = json!([membership(role)]);
            })
            .await?;
        assert_refused(
            &refused,
            403,
            "Your role in this course has no part here",
            "role-without-part",
        );
        assert!(browser.cookie_names(&site.url("a/")).is_empty(), "{role}");
    }
    Ok(())
}

#[tokio::test]
async fn staff_choose_the_unit_where_the_link_names_none() -> Result<()> {
    let site = Site::start_with(Manners::Strict, |settings| settings.custom.clear()).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    for name in ["unit", "evidence", "result"] {
        assert_eq!(
            learner.page(name).await?.text("h1").as_deref(),
            Some("This activity is not ready yet")
        );
    }
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    assert_eq!(
        assessor.first.text("h1").as_deref(),
        Some("Which unit is this activity for?")
    );
    let form = assessor.first.form("form[action$='/choose-unit']")?;
    let nothing = assessor.browser().submit(&form).await?;
    assert!(
        nothing
            .text("#error-summary")
            .unwrap_or_default()
            .contains("Nothing is chosen yet")
    );
    let unknown = assessor
        .browser()
        .submit(&form.clone().with("unit", "no-such-unit"))
        .await?;
    assert_eq!(unknown.status, 422);
    let cohort = assessor.browser().submit(&form.with("unit", UNIT)).await?;
    assert_eq!(cohort.text("h1").as_deref(), Some("To mark"));
    let home = learner.page("unit").await?;
    assert!(home.text("main").unwrap_or_default().contains("8577-304"));
    Ok(())
}

#[tokio::test]
async fn two_activities_in_two_tabs_are_two_sessions() -> Result<()> {
    let (site, platform) = site_and_platform().await?;
    let mut browser = platform.visit().await?;
    let launch_as = |link: &'static str, subject: &'static str, name: &'static str| {
        move |token: &mut Token| {
            token.claims[claim("resource_link")] = json!({"id": link});
            token.claims["sub"] = json!(subject);
            token.claims["name"] = json!(name);
        }
    };
    let first = platform
        .launch(
            &site,
            &mut browser,
            launch_as("link-1", "person-1", "Ada Lovelace"),
        )
        .await?;
    let second = platform
        .launch(
            &site,
            &mut browser,
            launch_as("link-2", "person-2", "Grace Hopper"),
        )
        .await?;
    assert_ne!(first.url, second.url);
    for (tab, name) in [(&first, "Ada"), (&second, "Grace"), (&first, "Ada")] {
        let page = browser.get(&tab.url).await?;
        assert_eq!(page.status, 200);
        assert!(
            page.text(".bar-who").unwrap_or_default().contains(name),
            "{}",
            page.body
        );
    }
    Ok(())
}

#[tokio::test]
async fn two_launches_under_way_in_one_browser_do_not_push_each_other_out() -> Result<()> {
    let (site, platform) = site_and_platform().await?;
    let mut browser = platform.visit().await?;
    let one = platform.login(&site, &mut browser).await?;
    let two = platform.login(&site, &mut browser).await?;
    for login in [one, two] {
        let token = platform.token(&site, &login).encode();
        assert_eq!(
            post(&site, &mut browser, &token, &login.state)
                .await?
                .status,
            200
        );
    }
    Ok(())
}

#[tokio::test]
async fn one_issuer_may_have_several_clients() -> Result<()> {
    let (site, platform) = site_and_platform().await?;
    let second = workflow::platforms::NewPlatform {
        issuer: platform.issuer(),
        client_id: "second-client".to_owned(),
        deployments: vec!["1".to_owned()],
        auth_url: platform.url("auth"),
        token_url: platform.url("token"),
        jwks_url: platform.url("jwks"),
    };
    workflow::platforms::add(
        site.app.storage.as_ref(),
        &second,
        site.clock.now(),
        site.app.random(),
    )
    .await?;
    let mut browser = platform.visit().await?;
    let fields = platform.login_fields(&site);
    let without: Vec<_> = fields
        .iter()
        .filter(|(name, _)| *name != "client_id")
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let page = browser.post_form(&site.url("lti/login"), &without).await?;
    assert_refused(&page, 403, NOT_CONNECTED, "unknown-platform");
    let page = platform.launch(&site, &mut browser, |_| {}).await?;
    assert_eq!(page.status, 200);
    let page = platform
        .launch(&site, &mut browser, |token| {
            token.claims["aud"] = Value::from("second-client");
        })
        .await?;
    assert_refused(&page, 403, NOT_CONNECTED, "audience");
    assert_ne!(CLIENT, second.client_id);
    Ok(())
}
