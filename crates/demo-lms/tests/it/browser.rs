//! The browser: cookies in frames and windows, forms, uploads, and where it does not go.

use axum::{
    Router,
    extract::RawQuery,
    http::{HeaderMap, header},
    response::{AppendHeaders, Html, IntoResponse},
    routing::get,
};
use demo_lms::{
    Manners,
    browser::{Browser, BrowserError},
};
use tokio::net::TcpListener;
use url::Url;

use crate::world::World;

/// A server that sets the cookies it is asked for and shows those that it gets, under two
/// names that are two sites.
async fn cookie_server() -> (Url, Url) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new()
        .route(
            "/set",
            get(|RawQuery(query): RawQuery| async move {
                let lines = query.unwrap().replace('+', " ").replace("%3B", ";");
                let lines: Vec<_> = lines
                    .split('|')
                    .map(|line| (header::SET_COOKIE, line.to_owned()))
                    .collect();
                AppendHeaders(lines).into_response()
            }),
        )
        .route(
            "/show",
            get(|headers: HeaderMap| async move {
                let cookies = headers.get(header::COOKIE);
                cookies.map_or(String::new(), |value| value.to_str().unwrap().to_owned())
            }),
        )
        .route(
            "/again",
            get(|| async { Html("<body onload='f.submit()'><form id=f action=/again></form>") }),
        );
    tokio::spawn(async move { axum::serve(listener, router).await });
    let site = |host: &str| format!("http://{host}:{port}/").parse().unwrap();
    (site("127.0.0.1"), site("localhost"))
}

const LINES: &str = "plain=1;Path=/|lax=1;Path=/;SameSite=Lax|strict=1;Path=/;SameSite=Strict\
    |none=1;Path=/;SameSite=None;Secure|open=1;Path=/;SameSite=None\
    |part=1;Path=/;SameSite=None;Secure;Partitioned|__Host-x=1;Path=/;Secure;SameSite=None;Partitioned\
    |__Host-y=1;Path=/deep;Secure|deep=1;Path=/deep";

fn set(site: &Url, lines: &str) -> Url {
    site.join(&format!("/set?{lines}")).unwrap()
}

fn show(site: &Url) -> Url {
    site.join("/show").unwrap()
}

#[tokio::test]
async fn first_party_cookies_are_kept_by_their_rules() {
    let (site, other) = cookie_server().await;
    let mut browser = Browser::new().unwrap();
    browser.open_window(&set(&site, LINES)).await.unwrap();
    let all = "plain=1; lax=1; strict=1; none=1; part=1; __Host-x=1";
    assert_eq!(browser.get(&show(&site)).await.unwrap().body, all);
    assert_eq!(browser.get(&show(&other)).await.unwrap().body, "");

    // A link from another site brings all but the strict one; a form that posts only those
    // that are for every site.
    let page = browser.get(&show(&site)).await.unwrap();
    assert_eq!(page.body, all.replace("strict=1; ", ""));
    browser.get(&show(&other)).await.unwrap();
    assert_eq!(browser.cookie_names(&site).len(), 6);

    browser
        .get(&set(&site, "lax=;Max-Age=0;Path=/"))
        .await
        .unwrap();
    browser
        .get(&set(
            &site,
            "none=;Path=/;SameSite=None;Secure;Expires=Thu,+01+Jan+1970+00:00:00+GMT",
        ))
        .await
        .unwrap();
    browser.forget_cookie("plain");
    let page = browser.get(&show(&site)).await.unwrap();
    assert_eq!(page.body, "strict=1; part=1; __Host-x=1");
}

#[tokio::test]
async fn in_a_frame_only_partitioned_cookies_live() {
    let (site, top) = cookie_server().await;
    let mut browser = Browser::new().unwrap();
    browser.open(&top).await.unwrap();
    browser.get(&set(&site, LINES)).await.unwrap();
    assert_eq!(
        browser.get(&show(&site)).await.unwrap().body,
        "part=1; __Host-x=1"
    );

    // The same site in a window of its own is another partition.
    let page = browser.open_window(&show(&site)).await.unwrap();
    assert_eq!(page.body, "");
    browser.open(&top).await.unwrap();
    assert_eq!(
        browser.get(&show(&site)).await.unwrap().body,
        "part=1; __Host-x=1"
    );

    let mut careful = Browser::new().unwrap();
    careful.set_frames_keep_cookies(false);
    careful.open(&top).await.unwrap();
    careful.get(&set(&site, LINES)).await.unwrap();
    assert_eq!(careful.get(&show(&site)).await.unwrap().body, "");
}

#[tokio::test]
async fn a_launch_without_cookies_fails_in_the_frame_and_works_in_a_window() {
    let world = World::start(Manners::Strict).await;
    let mut browser = Browser::new().unwrap();
    browser.set_frames_keep_cookies(false);
    let page = browser
        .open(&world.lms.launch_url("learner-1"))
        .await
        .unwrap();
    assert_eq!(
        (page.status, page.text("h1").unwrap().as_str()),
        (403, "Another browser")
    );
    let page = browser
        .open_window(&world.lms.launch_url("learner-1"))
        .await
        .unwrap();
    assert_eq!(
        (page.status, page.text("h1").unwrap().as_str()),
        (200, "Tool's home")
    );
}

#[tokio::test]
async fn forms_are_read_and_filled() {
    let world = World::start(Manners::Strict).await;
    let mut browser = Browser::new().unwrap();
    let page = browser
        .open(&world.lms.launch_url("learner-1"))
        .await
        .unwrap();
    let form = page.form("#search").unwrap();
    assert_eq!(form.value("sort"), Some("down"));
    assert_eq!(form.value("all"), None);
    let submitted = browser.submit(&form).await.unwrap();
    let expected = r#"{"go": "first", "late": "x", "new": "on", "q": "old", "sort": "down"}"#;
    assert_eq!(submitted.text("#query").unwrap(), expected);
    assert_eq!(submitted.text("#site").unwrap(), "same-origin");

    let form = form
        .with("q", "ä & b")
        .with("all", "1")
        .without("new")
        .press("More")
        .unwrap();
    let submitted = browser.submit(&form).await.unwrap();
    let expected = r#"{"all": "1", "go": "second", "late": "x", "q": "ä & b", "sort": "down"}"#;
    assert_eq!(submitted.text("#query").unwrap(), expected);

    let upload = page.form("#upload").unwrap();
    assert_eq!(upload.value("note"), Some("hello\n"));
    let empty = browser.submit(&upload).await.unwrap();
    assert_eq!(
        empty.text("p:last-child").unwrap(),
        r#"evidence Some("") Some("application/octet-stream") 0"#
    );
    let upload = upload
        .with_file("evidence", "one.txt", "text/plain", b"12345".to_vec())
        .with_file("evidence", "two.txt", "text/plain", b"123".to_vec());
    let done = browser.submit(&upload).await.unwrap();
    assert_eq!(
        done.texts("p"),
        [
            "note None None 6",
            r#"evidence Some("one.txt") Some("text/plain") 5"#,
            r#"evidence Some("two.txt") Some("text/plain") 3"#,
        ]
    );

    let again = browser
        .get(&page.link("Come again").unwrap())
        .await
        .unwrap();
    assert_eq!(again.text("#query").unwrap(), r#"{"again": "1"}"#);
    let home = world.tool.url.join("home").unwrap();
    let posted = browser.post_form(&home, &[("a", "1")]).await.unwrap();
    let origin = world.tool.url.origin().ascii_serialization();
    assert_eq!(posted.text("#origin").unwrap(), origin);
}

#[tokio::test]
async fn the_browser_says_why_it_cannot_go_on() {
    let (site, _) = cookie_server().await;
    let mut browser = Browser::new().unwrap();
    let outside: Url = "http://example.org/".parse().unwrap();
    let error = browser.get(&outside).await.unwrap_err();
    assert!(matches!(error, BrowserError::NotLoopback(url) if url == outside));
    let again = site.join("/again").unwrap();
    let error = browser.open_window(&again).await.unwrap_err();
    assert!(matches!(error, BrowserError::EndlessForms(_)));
    let page = browser.get(&again).await.unwrap();
    assert!(matches!(
        page.form("#none"),
        Err(BrowserError::NoForm { status: 200, .. })
    ));
    let error = page.form("form").unwrap().press("Send").unwrap_err();
    assert!(matches!(error, BrowserError::NoField(name) if name == "Send"));
    let closed: Url = "http://127.0.0.1:1/".parse().unwrap();
    let error = browser.get(&closed).await.unwrap_err();
    assert!(matches!(error, BrowserError::NoAnswer { url, .. } if url == closed));
}
