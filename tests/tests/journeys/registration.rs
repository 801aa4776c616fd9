//! Platforms that register themselves by an invitation.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use axum::Json;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use demo_lms::Manners;
use demo_lms::browser::{Browser, Page};
use demo_lms::play::Visitor;
use end_to_end::Site;
use end_to_end::admin::{Admin, framed, open_in_vle, register_by};
use end_to_end::platform::code_of;
use end_to_end::work::{ASSESSOR, LEARNER};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

/// A platform that answers what a test wants, and remembers who asked.
struct Stranger {
    base: Url,
    asked: Arc<Mutex<Vec<String>>>,
    server: JoinHandle<()>,
}

impl Stranger {
    async fn start(
        answer: impl Fn(&Url, &Method, &str) -> Response + Clone + Send + Sync + 'static,
    ) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let base = Url::parse(&format!(
            "http://localhost:{}",
            listener.local_addr()?.port()
        ))?;
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (here, log) = (base.clone(), asked.clone());
        let router = axum::Router::new().fallback(move |request: Request| {
            let path = request.uri().path().to_owned();
            log.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(format!("{} {path}", request.method()));
            let response = answer(&here, request.method(), &path);
            async move { response }
        });
        let server = tokio::spawn(async move {
            // Ends with the test; what it would report nobody reads.
            axum::serve(listener, router).await.ok();
        });
        Ok(Self {
            base,
            asked,
            server,
        })
    }

    fn asked(&self) -> Vec<String> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The invitation's link as this platform opens it.
    fn opens(&self, link: &Url, token: &str) -> Result<Url> {
        let mut link = link.clone();
        link.query_pairs_mut()
            .append_pair(
                "openid_configuration",
                self.base.join("configuration")?.as_str(),
            )
            .append_pair("registration_token", token);
        Ok(link)
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// What a decent platform says about itself.
fn configuration(base: &Url) -> Value {
    let address = |path: &str| base.join(path).expect("a path");
    json!({
        "issuer": base.as_str().trim_end_matches('/'),
        "authorization_endpoint": address("auth"),
        "token_endpoint": address("token"),
        "jwks_uri": address("jwks"),
        "registration_endpoint": address("register"),
    })
}

/// A platform that gives every tool the same client id.
fn always(client_id: &'static str) -> impl Fn(&Url, &Method, &str) -> Response + Clone {
    move |base, _, path| {
        let body = if path == "/register" {
            json!({"client_id": client_id})
        } else {
            configuration(base)
        };
        Json(body).into_response()
    }
}

/// A page that refuses: status, code for administrators, and what to do.
fn assert_refused(page: &Page, status: u16, code: &str) {
    assert_eq!(page.status, status, "{}", page.body);
    assert_eq!(code_of(page).as_deref(), Some(code), "{}", page.body);
    let main = page.text("main").unwrap_or_default();
    assert!(main.contains("What to do"), "{main}");
    let reference = page.text("strong.mono").unwrap_or_default();
    assert_eq!(reference.len(), 9, "“{reference}”");
}

async fn states(admin: &mut Admin, path: &str) -> Result<Vec<String>> {
    Ok(admin.page(path).await?.texts(".state"))
}

#[tokio::test]
async fn a_platform_of_each_kind_registers_and_people_come_in() -> Result<()> {
    for (manners, next, deployment) in [
        (Manners::Strict, "switch the new tool on", None),
        (Manners::Moodle, "Press Activate on that card", Some("2")),
        (Manners::Canvas, "Switch the app on", Some("2:")),
    ] {
        let site = Site::start(manners).await?;
        let mut admin = Admin::sign_in(&site).await?;
        let link = admin
            .invite(|form| {
                form.with("allow_http", "yes")
                    .with("note", "Northgate College")
            })
            .await?;
        let (mut browser, page) = open_in_vle(&site.lms, &link).await?;
        assert_eq!(page.status, 200, "{}", page.body);
        let words = page.text("main").unwrap_or_default();
        assert!(words.contains(&site.lms.issuer()), "{words}");
        assert!(
            words.contains("To write grades and short comments"),
            "{words}"
        );
        assert!(
            !words.contains("groups"),
            "the platform does not offer them"
        );
        let policy = page.headers["content-security-policy"].to_str()?;
        assert!(
            !policy.contains("frame-ancestors"),
            "the platform frames it"
        );

        let done = browser.submit(&page.form("main form")?).await?;
        assert_eq!(done.status, 200, "{}", done.body);
        let words = done.text("main").unwrap_or_default();
        assert!(words.contains(next), "{manners}: {words}");
        assert!(done.attribute("[data-lti-close]", "type").is_some());
        assert!(!words.contains("did not allow"), "{manners}: {words}");
        let tools = browser.open(&site.lms.tools_url()).await?;
        if manners == Manners::Moodle {
            browser.submit(&tools.form(".activate")?).await?;
        } else {
            assert!(tools.form(".activate").is_err());
        }

        let list = admin.page("platforms").await?;
        assert_eq!(list.texts(".state"), ["In use", "In use"]);
        let ours = list.link("Northgate College").expect("it is in the list");
        let page = admin.browser.get(&ours).await?;
        let deployments = page.texts(".results .mono");
        match deployment {
            Some(start) => assert!(deployments[0].starts_with(start), "{deployments:?}"),
            None => assert!(deployments.is_empty(), "{deployments:?}"),
        }
        assert!(page.body.contains(&site.lms.tool().client_id));

        // Launch, and an access token for the new client id.
        Visitor::launch(&site.lms, LEARNER).await?;
        let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
        let cohort = assessor.page("cohort").await?;
        let form = cohort.form("form[action$='/roster/sync']")?;
        assessor.browser().submit(&form).await?;
        site.read_rosters().await?;
        let read = assessor.page("cohort").await?;
        assert!(read.body.contains("Read from the course"), "{manners}");
        let page = admin.browser.get(&ours).await?;
        assert_eq!(
            page.texts(".results .mono"),
            [site.lms.tool().deployment_id],
            "{manners}: the deployment stands there, at the latest since the first launch"
        );
        assert_eq!(
            page.attribute("#new-deployments option[selected]", "value")
                .as_deref(),
            Some("refuse"),
            "{manners}: no second one comes by itself"
        );
        assert_eq!(states(&mut admin, "invitations").await?, ["Used"]);
    }
    Ok(())
}

#[tokio::test]
async fn without_a_good_invitation_nobody_is_asked_anything() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let stranger = Stranger::start(always("c1")).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let mut browser = Browser::new()?;
    let (revoked, ended) = (admin.invite_here().await?, admin.invite_here().await?);
    let list = admin.page("invitations").await?;
    let newest_first = list.texts("form[action$='/revoke']");
    assert_eq!(newest_first.len(), 2);
    let oldest = list.form("tr:last-child form[action$='/revoke']")?;
    admin.browser.submit(&oldest).await?;
    let used = admin.invite_here().await?;
    let page = browser.open_window(&stranger.opens(&used, "t")?).await?;
    let form = page.form("main form")?;
    assert_eq!(browser.submit(&form).await?.status, 200);
    let asked = stranger.asked().len();

    site.clock.advance(Duration::from_hours(73));
    let mut unknown = site.url("lti/register");
    unknown.set_query(Some("invitation=guessed"));
    for (link, code) in [
        (&site.url("lti/register"), "invitation-unknown"),
        (&unknown, "invitation-unknown"),
        (&revoked, "invitation-revoked"),
        (&ended, "invitation-ended"),
        (&used, "invitation-used"),
    ] {
        let page = browser.open_window(&stranger.opens(link, "t")?).await?;
        assert_refused(&page, 403, code);
    }
    let again = browser.submit(&form).await?;
    assert_refused(&again, 403, "invitation-used");
    let forged = form.with("invitation", "guessed");
    assert_refused(&browser.submit(&forged).await?, 403, "invitation-unknown");
    assert_eq!(stranger.asked().len(), asked, "{:?}", stranger.asked());
    Ok(())
}

#[tokio::test]
async fn plain_http_needs_an_invitation_that_allows_it() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let link = admin.invite(|form| form).await?;
    let (_, page) = open_in_vle(&site.lms, &link).await?;
    assert_refused(&page, 403, "address_not_allowed");
    assert_eq!(
        page.text("h1").as_deref(),
        Some("Your platform has no https address")
    );
    assert_eq!(states(&mut admin, "invitations").await?, ["Open"]);
    Ok(())
}

#[tokio::test]
async fn private_addresses_are_not_called_unless_the_settings_allow_it() -> Result<()> {
    let site = Site::start_with_app(Manners::Strict, |app| {
        app.registration.allow_private_addresses = false;
    })
    .await?;
    let stranger = Stranger::start(always("c1")).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let link = admin.invite_here().await?;
    let mut browser = Browser::new()?;
    let page = browser.open_window(&stranger.opens(&link, "t")?).await?;
    assert_refused(&page, 403, "address_not_allowed");
    assert_eq!(
        page.text("h1").as_deref(),
        Some("Your platform is on a private network")
    );
    assert!(stranger.asked().is_empty());
    assert_eq!(states(&mut admin, "invitations").await?, ["Open"]);
    Ok(())
}

#[tokio::test]
async fn each_address_on_the_way_is_checked() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let link = admin.invite_here().await?;
    let mut browser = Browser::new()?;
    // Where clouds tell their secrets: not even the settings allow that.
    let secret = "http://169.254.169.254/latest/meta-data";
    let with = |name: &'static str, value: &'static str| {
        move |base: &Url, _: &Method, path: &str| {
            let mut body = configuration(base);
            body[name] = json!(value);
            if path == "/register" {
                body = json!({"client_id": "c1"});
            }
            Json(body).into_response()
        }
    };
    let redirect = move |_: &Url, _: &Method, _: &str| Redirect::to(secret).into_response();
    let in_circles = |_: &Url, _: &Method, _: &str| Redirect::to("/configuration").into_response();
    let huge = |_: &Url, _: &Method, _: &str| "x".repeat(300 * 1024).into_response();
    let text = |_: &Url, _: &Method, _: &str| "<h1>Hello</h1>".into_response();
    let half =
        |base: &Url, _: &Method, _: &str| Json(json!({"issuer": base.as_str()})).into_response();
    let refuses = |_: &Url, _: &Method, _: &str| StatusCode::UNAUTHORIZED.into_response();
    let broken = |_: &Url, _: &Method, _: &str| StatusCode::INTERNAL_SERVER_ERROR.into_response();
    let strangers = [
        (Stranger::start(redirect).await?, 403, "address_not_allowed"),
        (Stranger::start(in_circles).await?, 502, "redirects"),
        (Stranger::start(huge).await?, 502, "answer_too_large"),
        (Stranger::start(text).await?, 502, "answer_not_json"),
        (
            Stranger::start(half).await?,
            502,
            "configuration_incomplete",
        ),
        (Stranger::start(refuses).await?, 502, "token_refused"),
        (Stranger::start(broken).await?, 502, "refused"),
        (
            Stranger::start(with("registration_endpoint", secret)).await?,
            403,
            "address_not_allowed",
        ),
        (
            Stranger::start(with("token_endpoint", secret)).await?,
            403,
            "address_not_allowed",
        ),
        (
            Stranger::start(with("jwks_uri", secret)).await?,
            403,
            "address_not_allowed",
        ),
        (
            Stranger::start(with("issuer", "https://moodle.elsewhere.example")).await?,
            403,
            "issuer_foreign",
        ),
    ];
    for (stranger, status, code) in strangers {
        let page = browser.open_window(&stranger.opens(&link, "t")?).await?;
        assert_refused(&page, status, code);
        assert!(!page.body.contains("Hello"));
    }
    for (query, code) in [
        ("", "parameter_missing"),
        ("&openid_configuration=nowhere", "configuration_no_address"),
        (
            "&openid_configuration=http://a.example&openid_configuration=http://b.example",
            "parameter_malformed",
        ),
    ] {
        let page = browser
            .open_window(&Url::parse(&format!("{link}{query}"))?)
            .await?;
        assert_refused(&page, 400, code);
    }
    let gone = Stranger::start(always("c1")).await?;
    let address = gone.opens(&link, "t")?;
    gone.server.abort();
    while !gone.server.is_finished() {
        tokio::task::yield_now().await;
    }
    let page = browser.open_window(&address).await?;
    assert_refused(&page, 502, "unreachable");
    assert_eq!(states(&mut admin, "invitations").await?, ["Open"]);
    assert_eq!(states(&mut admin, "platforms").await?, ["In use"]);
    Ok(())
}

#[tokio::test]
async fn a_refusal_keeps_nothing_and_leaves_the_invitation_good() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let link = admin.invite_here().await?;
    let mut browser = Browser::new()?;
    let says = |status: StatusCode, body: &'static str| {
        move |base: &Url, method: &Method, _: &str| {
            if method == Method::POST {
                let kind = [(header::CONTENT_TYPE, "text/html")];
                (status, kind, body).into_response()
            } else {
                Json(configuration(base)).into_response()
            }
        }
    };
    let cases = [
        (
            StatusCode::UNPROCESSABLE_ENTITY,
            r#"{"errors":["scope cannot contain <openid>"]}"#,
            "refused",
            "scope cannot contain <openid>",
        ),
        (
            StatusCode::BAD_REQUEST,
            "domain_targetlinkuri_mismatch",
            "refused",
            "domain_targetlinkuri_mismatch",
        ),
        (
            StatusCode::UNAUTHORIZED,
            "token_already_used",
            "token_used",
            "was used before",
        ),
        (StatusCode::OK, "{}", "client_id_missing", "client id"),
        (
            StatusCode::OK,
            "no JSON",
            "answer_not_json",
            "something else",
        ),
    ];
    for (status, body, code, words) in cases {
        let stranger = Stranger::start(says(status, body)).await?;
        let page = browser.open_window(&stranger.opens(&link, "t")?).await?;
        let page = browser.submit(&page.form("main form")?).await?;
        let status = if code == "token_used" { 409 } else { 502 };
        assert_refused(&page, status, code);
        let main = page.text("main").unwrap_or_default();
        assert!(main.contains(words), "{main}");
        assert!(
            !page.body.contains("<openid>"),
            "what comes from outside is escaped"
        );
    }
    assert_eq!(states(&mut admin, "platforms").await?, ["In use"]);
    assert_eq!(states(&mut admin, "invitations").await?, ["Open"]);
    let done = register_by(&site.lms, &link).await?;
    assert_eq!(done.status, 200);
    assert_eq!(states(&mut admin, "platforms").await?, ["In use", "In use"]);
    Ok(())
}

#[tokio::test]
async fn another_platform_than_the_one_shown_is_not_registered() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let stranger = Stranger::start(always("c1")).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let link = admin.invite_here().await?;
    let mut browser = Browser::new()?;
    let page = browser.open_window(&stranger.opens(&link, "t")?).await?;
    let form = page.form("main form")?;
    assert_eq!(
        form.value("issuer"),
        Some(stranger.base.as_str().trim_end_matches('/'))
    );
    for shown in ["", "https://moodle.elsewhere.example"] {
        let form = form.clone().with("issuer", shown);
        assert_refused(&browser.submit(&form).await?, 409, "issuer-changed");
    }
    assert!(!stranger.asked().contains(&"POST /register".to_owned()));
    Ok(())
}

#[tokio::test]
async fn the_same_platform_registers_twice_but_never_takes_a_registration_over() -> Result<()> {
    let site = Site::start(Manners::Moodle).await?;
    let mut admin = Admin::sign_in(&site).await?;
    for _ in 0..2 {
        let link = admin.invite_here().await?;
        register_by(&site.lms, &link).await?;
        Visitor::launch(&site.lms, LEARNER).await?;
    }
    assert_eq!(
        states(&mut admin, "platforms").await?,
        ["In use", "In use", "In use"]
    );

    // A client id that is taken, without a change that the platform began.
    let stranger = Stranger::start(always("c1")).await?;
    let mut browser = Browser::new()?;
    let mut register = async |link: Url, token: &str| -> Result<Page> {
        let page = browser.open_window(&stranger.opens(&link, token)?).await?;
        Ok(browser.submit(&page.form("main form")?).await?)
    };
    let first = register(admin.invite_here().await?, "t").await?;
    assert_eq!(first.status, 200, "{}", first.body);
    let second = register(admin.invite_here().await?, "t").await?;
    assert_refused(&second, 409, "known-already");
    assert_eq!(
        states(&mut admin, "invitations").await?,
        ["Open", "Used", "Used", "Used"]
    );
    Ok(())
}

#[tokio::test]
async fn moodle_updates_the_registration_that_it_has() -> Result<()> {
    let site = Site::start(Manners::Moodle).await?;
    let mut admin = Admin::sign_in(&site).await?;
    register_by(&site.lms, &admin.invite_here().await?).await?;
    let before = site.lms.tool();
    let list = admin.page("platforms").await?;
    let link = admin.invite_here().await?;
    let mut browser = Browser::new()?;
    let tools = browser.open(&site.lms.tools_url()).await?;
    let form = tools.form("#add")?.with("address", link.as_str());
    let offer = browser.submit(&form).await?;
    let update = browser.submit(&offer.form("#update")?).await?;
    let page = framed(&mut browser, &update).await?;
    assert_eq!(
        page.text("h1").as_deref(),
        Some("Update the connection with Markbridge")
    );
    let done = browser.submit(&page.form("main form")?).await?;
    assert_eq!(
        done.text("h1").as_deref(),
        Some("The connection is updated")
    );
    assert_eq!(site.lms.tool().client_id, before.client_id);
    let after = admin.page("platforms").await?;
    assert_eq!(
        after.texts("tbody"),
        list.texts("tbody"),
        "nothing was added"
    );
    Visitor::launch(&site.lms, LEARNER).await?;
    assert_eq!(states(&mut admin, "invitations").await?, ["Used", "Used"]);
    Ok(())
}

/// The page of the platform that was registered last.
async fn page_of_last(admin: &mut Admin) -> Result<Page> {
    let list = admin.page("platforms").await?;
    let links = list.links();
    let ours = links
        .iter()
        .rfind(|link| link.url.path().starts_with("/admin/platforms/0"))
        .expect("it is in the list");
    Ok(admin.browser.get(&ours.url).await?)
}

#[tokio::test]
async fn a_registration_is_updated_where_the_platform_lets_us() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut admin = Admin::sign_in(&site).await?;
    register_by(&site.lms, &admin.invite_here().await?).await?;
    let before = site.lms.tool();
    let page = page_of_last(&mut admin).await?;
    // Each change brings a new token, so the second needs what the first one kept.
    for _ in 0..2 {
        let updated = admin.submit(&page, "/update", |form| form).await?;
        assert_eq!(updated.status, 200, "{}", updated.body);
        assert!(
            updated.body.contains("knows Markbridge as it is now"),
            "{}",
            updated.body
        );
    }
    assert_eq!(site.lms.tool().client_id, before.client_id);
    assert_eq!(site.lms.tool().deployment_id, before.deployment_id);
    Visitor::launch(&site.lms, LEARNER).await?;

    // A platform that gave no means is not offered it, and neither is one that was added by hand.
    let first = site.registration(&site.lms).await?;
    let by_hand = admin.page(&format!("platforms/{first}")).await?;
    assert!(by_hand.form("form[action$='/update']").is_err());
    let form = page.form("form[action$='/update']")?;
    let csrf = form.value("csrf").unwrap_or_default();
    let refused = admin
        .browser
        .post_form(
            &site.url(&format!("admin/platforms/{first}/update")),
            &[("csrf", csrf)],
        )
        .await?;
    assert_refused(&refused, 409, "not-changeable");
    let site = Site::start(Manners::Moodle).await?;
    let mut admin = Admin::sign_in(&site).await?;
    register_by(&site.lms, &admin.invite_here().await?).await?;
    let page = page_of_last(&mut admin).await?;
    assert!(page.form("form[action$='/update']").is_err());
    Ok(())
}

#[tokio::test]
async fn an_update_that_fails_changes_nothing() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let answer = Arc::new(Mutex::new("gone"));
    let next = answer.clone();
    let stranger = Stranger::start(move |base: &Url, method: &Method, path: &str| {
        let next = *next.lock().unwrap_or_else(PoisonError::into_inner);
        let mut body = configuration(base);
        if path == "/register" {
            body = json!({
                "client_id": "c1",
                "registration_client_uri": base.join("client").expect("a path"),
                "registration_access_token": "a-secret",
            });
        } else if method == Method::PUT {
            return match next {
                "gone" => StatusCode::UNAUTHORIZED.into_response(),
                "another client" => Json(json!({"client_id": "c2"})).into_response(),
                _ => Json(json!({"client_id": "c1"})).into_response(),
            };
        } else if next == "another issuer" {
            body["issuer"] = json!(base.join("other").expect("a path"));
        } else if next == "moved" {
            body["token_endpoint"] = json!(base.join("moved").expect("a path"));
        }
        Json(body).into_response()
    })
    .await?;
    let mut browser = Browser::new()?;
    let link = admin.invite_here().await?;
    let page = browser.open_window(&stranger.opens(&link, "t")?).await?;
    browser.submit(&page.form("main form")?).await?;
    let page = page_of_last(&mut admin).await?;
    let addresses = page.texts("dd.mono");
    let mut work = site.app.storage.read().await?;
    let record = work
        .registrations(None)
        .await?
        .pop()
        .expect("a registration");
    let access = work.registration_access(record.id).await?;
    drop(work);
    let token = access.and_then(|access| access.sealed_token);
    let token = token.expect("a token");
    assert!(token.starts_with("sealed-1:") && !token.contains("a-secret"));
    for (next, status, code) in [
        ("gone", 502, "token_refused"),
        ("another client", 409, "nothing-to-change"),
        ("another issuer", 409, "issuer-changed"),
    ] {
        *answer.lock().unwrap_or_else(PoisonError::into_inner) = next;
        let refused = admin.submit(&page, "/update", |form| form).await?;
        assert_refused(&refused, status, code);
        let page = page_of_last(&mut admin).await?;
        assert_eq!(page.texts("dd.mono"), addresses, "{next}");
    }
    *answer.lock().unwrap_or_else(PoisonError::into_inner) = "moved";
    let updated = admin.submit(&page, "/update", |form| form).await?;
    assert!(
        updated
            .texts("dd.mono")
            .iter()
            .any(|address| address.ends_with("/moved")),
        "{}",
        updated.body
    );
    // The answer named no other token, so the old one is kept.
    let again = admin.submit(&page, "/update", |form| form).await?;
    assert_eq!(again.status, 200);
    let asked = stranger.asked();
    let changes = asked.iter().filter(|line| *line == "PUT /client");
    assert_eq!(changes.count(), 4, "another issuer is told nothing");
    Ok(())
}

/// A token of Moodle's for changing a registration; nobody here can check it.
const UPDATE_TOKEN: &str = "e30.eyJzdWIiOiJjMSIsInNjb3BlIjoicmVnLXVwZGF0ZSJ9.x";

#[tokio::test]
async fn an_update_changes_addresses_only_where_issuer_and_client_id_match() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut admin = Admin::sign_in(&site).await?;
    // The first time it has its token address elsewhere.
    let moves = Arc::new(Mutex::new("old-token"));
    let token_path = moves.clone();
    let stranger = Stranger::start(move |base: &Url, _: &Method, path: &str| {
        let mut body = configuration(base);
        let token = *token_path.lock().unwrap_or_else(PoisonError::into_inner);
        body["token_endpoint"] = json!(base.join(token).expect("a path"));
        if path == "/register" {
            body = json!({"client_id": "c1", "deployment_id": "7"});
        }
        Json(body).into_response()
    })
    .await?;
    let mut browser = Browser::new()?;
    let mut register = async |link: Url, token: &str| -> Result<Page> {
        let page = browser.open_window(&stranger.opens(&link, token)?).await?;
        Ok(browser.submit(&page.form("main form")?).await?)
    };
    let nothing = register(admin.invite_here().await?, UPDATE_TOKEN).await?;
    assert_refused(&nothing, 409, "nothing-to-change");
    assert!(
        !stranger.asked().contains(&"POST /register".to_owned()),
        "the platform changed nothing either"
    );
    let first = register(admin.invite_here().await?, "t").await?;
    assert_eq!(first.status, 200, "{}", first.body);
    let address = first.text("dd.mono").unwrap_or_default();
    let list = admin.page("platforms").await?;
    let (_, ours) = list
        .links()
        .into_iter()
        .filter(|link| link.url.path().starts_with("/admin/platforms/0"))
        .enumerate()
        .last()
        .expect("it is in the list");
    let page = admin.browser.get(&ours.url).await?;
    assert!(page.body.contains("old-token"), "{address}");
    admin.submit(&page, "/pause", |form| form).await?;

    *moves.lock().unwrap_or_else(PoisonError::into_inner) = "new-token";
    let updated = register(admin.invite_here().await?, UPDATE_TOKEN).await?;
    assert_eq!(updated.status, 200, "{}", updated.body);
    let page = admin.browser.get(&ours.url).await?;
    assert!(page.body.contains("new-token") && !page.body.contains("old-token"));
    assert_eq!(
        page.texts(".state"),
        ["Paused"],
        "an update resumes nothing"
    );
    assert_eq!(page.texts(".results .mono"), ["7"]);
    Ok(())
}

#[tokio::test]
async fn a_platform_may_have_to_wait_for_approval() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let link = admin
        .invite(|form| {
            form.with("allow_http", "yes")
                .with("approve_first", "yes")
                .with("note", "Waiting Hall")
        })
        .await?;
    let done = register_by(&site.lms, &link).await?;
    assert!(done.body.contains("has still to approve"));
    let mut learner = Browser::new()?;
    let refused = learner.open(&site.lms.launch_url(LEARNER)).await?;
    assert_eq!(code_of(&refused).as_deref(), Some("registration-disabled"));

    let list = admin.page("platforms").await?;
    assert_eq!(list.texts(".state"), ["In use", "Waiting for approval"]);
    let ours = list.link("Waiting Hall").expect("it is in the list");
    let page = admin.browser.get(&ours).await?;
    assert!(page.form("form[action$='/resume']").is_err());
    let approved = admin.submit(&page, "/approve", |form| form).await?;
    assert_eq!(approved.texts(".state"), ["In use"]);
    Visitor::launch(&site.lms, LEARNER).await?;
    let late = admin.submit(&page, "/reject", |form| form).await?;
    assert_eq!(late.status, 409, "somebody has decided already");

    let link = admin
        .invite(|form| {
            form.with("allow_http", "yes")
                .with("approve_first", "yes")
                .with("note", "Turned Away")
        })
        .await?;
    register_by(&site.lms, &link).await?;
    let list = admin.page("platforms").await?;
    let page = admin
        .browser
        .get(&list.link("Turned Away").expect("it is in the list"))
        .await?;
    let rejected = admin.submit(&page, "/reject", |form| form).await?;
    assert_eq!(rejected.texts(".state"), ["Paused"]);
    let refused = learner.open(&site.lms.launch_url(LEARNER)).await?;
    assert_eq!(code_of(&refused).as_deref(), Some("registration-disabled"));
    Ok(())
}

#[tokio::test]
async fn canvas_by_hand_reads_its_configuration_at_an_address() -> Result<()> {
    let site = Site::start(Manners::Canvas).await?;
    let mut browser = Browser::new()?;
    let page = browser.get(&site.url("lti/canvas.json")).await?;
    let json: Value = serde_json::from_str(&page.body)?;
    assert_eq!(json["oidc_initiation_url"], site.url("lti/login").as_str());
    assert_eq!(json["target_link_uri"], site.url("lti/launch").as_str());
    assert_eq!(json["public_jwk_url"], site.url("lti/jwks").as_str());
    let extension = &json["extensions"][0];
    assert_eq!(extension["privacy_level"], "public");
    let placements: Vec<(&str, &str)> = extension["settings"]["placements"]
        .as_array()
        .expect("placements")
        .iter()
        .filter_map(|one| Some((one["placement"].as_str()?, one["message_type"].as_str()?)))
        .collect();
    assert_eq!(
        placements,
        [
            "assignment_selection",
            "link_selection",
            "course_assignments_menu",
            "module_index_menu_modal"
        ]
        .map(|placement| (placement, "LtiDeepLinkingRequest"))
    );
    let scopes = json["scopes"].as_array().expect("scopes");
    assert_eq!(scopes.len(), 5);
    assert!(!scopes.contains(&json!("openid")));
    assert_eq!(
        json["custom_fields"]["context_history"],
        "$Context.id.history"
    );
    Ok(())
}
