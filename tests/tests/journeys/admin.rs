//! Pages for administrators: who gets in, and what they change.

use std::time::Duration;

use anyhow::{Context, Result};
use demo_lms::Manners;
use demo_lms::browser::{Browser, Page};
use demo_lms::play::Visitor;
use end_to_end::admin::{Admin, sign_in_link};
use end_to_end::platform::{Platform, claim, code_of};
use end_to_end::work::{ASSESSOR, LEARNER, csrf_of};
use end_to_end::{CLIENT, Site};
use serde_json::json;

const QUARTER: Duration = Duration::from_mins(15);
const TWELVE_HOURS: Duration = Duration::from_hours(12);

/// The id of the only registration, from its page's address.
async fn only_platform(admin: &mut Admin) -> Result<String> {
    let list = admin.page("platforms").await?;
    let mut ids = list
        .links()
        .into_iter()
        .filter_map(|link| {
            link.url
                .path()
                .strip_prefix("/admin/platforms/")
                .map(str::to_owned)
        })
        .filter(|id| id != "add");
    let id = ids.next().context("no platform is listed")?;
    anyhow::ensure!(ids.next().is_none(), "more than one platform is listed");
    Ok(id)
}

fn states(page: &Page) -> Vec<String> {
    page.texts(".state")
}

#[tokio::test]
async fn a_sign_in_link_works_once_and_looking_at_it_does_no_harm() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let link = sign_in_link(&site).await?;
    let mut preview = Browser::new()?;
    for _ in 0..2 {
        let page = preview.open_window(&link).await?;
        assert_eq!(page.status, 200);
        assert!(preview.cookie_names(&site.url("admin")).is_empty());
    }
    let mut browser = Browser::new()?;
    let page = browser.open_window(&link).await?;
    let form = page.form("form[action='/admin/enter']")?;
    let list = browser.submit(&form).await?;
    assert_eq!((list.status, list.url.path()), (200, "/admin/platforms"));
    assert_eq!(
        browser.cookie_names(&site.url("admin/platforms")),
        ["markbridge-admin"]
    );
    assert!(browser.cookie_names(&site.url("a/x")).is_empty());

    for page in [
        preview.open_window(&link).await?,
        preview.submit(&form).await?,
    ] {
        assert_eq!(page.status, 403);
        assert_eq!(
            page.text("h1").as_deref(),
            Some("This link does not work any more")
        );
        assert!(page.body.contains("markbridge admin link"));
    }
    assert_eq!(preview.get(&site.url("admin/platforms")).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_sign_in_link_ends_after_a_quarter_of_an_hour() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let link = sign_in_link(&site).await?;
    let mut browser = Browser::new()?;
    let page = browser.open_window(&link).await?;
    site.clock.advance(QUARTER);
    let late = browser.submit(&page.form("main form")?).await?;
    assert_eq!(late.status, 403);
    let link = sign_in_link(&site).await?;
    site.clock.advance(QUARTER);
    assert_eq!(browser.open_window(&link).await?.status, 403);
    for code in ["", "?code=", "?code=guessed"] {
        let page = browser
            .open_window(&site.url(&format!("admin/enter{code}")))
            .await?;
        assert_eq!(page.status, 403, "{code}");
    }
    assert_eq!(browser.get(&site.url("admin")).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_session_ends_by_time_and_by_signing_out() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let mut other = Admin::sign_in(&site).await?;
    let list = admin.page("platforms").await?;
    let form = list.form("form[action='/admin/sign-out']")?;
    let out = admin.browser.submit(&form).await?;
    assert_eq!(out.status, 403, "a page that says how to come back");
    assert!(admin.browser.cookie_names(&site.url("admin")).is_empty());
    assert_eq!(admin.page("platforms").await?.status, 401);

    assert_eq!(other.page("platforms").await?.status, 200);
    site.clock.advance(TWELVE_HOURS);
    let late = other.page("platforms").await?;
    assert_eq!(late.status, 401);
    assert_eq!(
        late.text("h1").as_deref(),
        Some("Please sign in as administrator")
    );
    Ok(())
}

#[tokio::test]
async fn an_administrator_is_no_assessor_and_an_assessor_no_administrator() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let id = only_platform(&mut admin).await?;
    let token = csrf_of(&admin.page("platforms").await?);
    let mut people = vec![Visitor::at(Browser::new()?, admin.page("platforms").await?)];
    for person in [LEARNER, ASSESSOR] {
        people.push(Visitor::launch(&site.lms, person).await?);
    }
    for visitor in &mut people {
        for path in [
            "admin",
            "admin/platforms",
            "admin/platforms/add",
            &format!("admin/platforms/{id}"),
            "admin/invitations",
            "admin/units",
        ] {
            let page = visitor.browser().get(&site.url(path)).await?;
            assert_eq!(page.status, 401, "{path}");
            assert!(!page.body.contains(CLIENT), "{path}");
        }
        for path in [
            "admin/sign-out".to_owned(),
            "admin/platforms/add".to_owned(),
            format!("admin/platforms/{id}/pause"),
            format!("admin/platforms/{id}/approve"),
            format!("admin/platforms/{id}/name"),
            "admin/invitations".to_owned(),
            format!("admin/invitations/{id}/revoke"),
        ] {
            let fields = [("csrf", token.as_str()), ("name", "Mine"), ("hours", "72")];
            let page = visitor
                .browser()
                .post_form(&site.url(&path), &fields)
                .await?;
            assert_eq!(page.status, 401, "{path}");
        }
    }
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let theirs = learner.url("unit");
    assert_eq!(learner.browser().get(&theirs).await?.status, 200);
    assert_eq!(admin.browser.get(&theirs).await?.status, 401);
    let list = admin.page("platforms").await?;
    assert_eq!(states(&list), ["In use"]);
    assert!(
        site.app
            .storage
            .read()
            .await?
            .invitations()
            .await?
            .is_empty()
    );
    Ok(())
}

#[tokio::test]
async fn a_forged_form_changes_nothing() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let mut other = Admin::sign_in(&site).await?;
    let others = csrf_of(&other.page("platforms").await?);
    let id = only_platform(&mut admin).await?;
    for csrf in [None, Some(""), Some("guessed"), Some(others.as_str())] {
        for path in [
            "admin/sign-out".to_owned(),
            "admin/platforms/add".to_owned(),
            format!("admin/platforms/{id}/pause"),
            format!("admin/platforms/{id}/name"),
            format!("admin/platforms/{id}/add-deployment"),
            format!("admin/platforms/{id}/new-deployments"),
            "admin/invitations".to_owned(),
            format!("admin/invitations/{id}/revoke"),
        ] {
            let mut fields = vec![
                ("name", "Mine"),
                ("hours", "72"),
                ("deployment", "9"),
                ("new_deployments", "add-all"),
            ];
            fields.extend(csrf.map(|csrf| ("csrf", csrf)));
            let page = admin.browser.post_form(&site.url(&path), &fields).await?;
            assert_eq!(page.status, 401, "{path} with {csrf:?}");
        }
    }
    let page = admin.page(&format!("platforms/{id}")).await?;
    assert_eq!(states(&page), ["In use"]);
    assert_eq!(page.texts(".results .mono"), ["1"]);
    assert_eq!(page.attribute("#name", "value").as_deref(), Some(""));
    assert!(
        site.app
            .storage
            .read()
            .await?
            .invitations()
            .await?
            .is_empty()
    );
    Ok(())
}

#[tokio::test]
async fn no_other_site_frames_these_pages() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let id = only_platform(&mut admin).await?;
    let mut stranger = Browser::new()?;
    let mut pages = vec![
        stranger.open_window(&sign_in_link(&site).await?).await?,
        stranger.open_window(&site.url("admin/enter")).await?,
        stranger.open_window(&site.url("admin/platforms")).await?,
    ];
    for path in [
        "platforms".to_owned(),
        "platforms/add".to_owned(),
        format!("platforms/{id}"),
        "platforms/no-such-id".to_owned(),
        "invitations".to_owned(),
        "no-such-page".to_owned(),
    ] {
        pages.push(admin.page(&path).await?);
    }
    for page in pages {
        let policy = page.headers["content-security-policy"].to_str()?;
        assert!(policy.contains("frame-ancestors 'none'"), "{}", page.url);
        assert!(policy.contains("default-src 'none'"), "{}", page.url);
        assert_eq!(page.headers["cache-control"], "no-store", "{}", page.url);
    }
    Ok(())
}

#[tokio::test]
async fn a_platform_is_added_by_hand_with_errors_beside_the_fields() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let platform = Platform::start().await?;
    let mut admin = Admin::sign_in(&site).await?;
    let empty = admin.page("platforms/add").await?;
    let canvas = site.url("lti/canvas.json").to_string();
    assert!(empty.texts(".mono").contains(&canvas));
    let wrong = admin
        .submit(&empty, "/platforms/add", |form| {
            form.with("issuer", "vle.example.org")
                .with("client_id", "two words")
                .with("auth_url", "javascript:alert(1)")
                .with("token_url", platform.url("token").as_str())
        })
        .await?;
    assert_eq!(wrong.status, 422);
    for field in ["issuer", "client_id", "deployment", "auth_url", "jwks_url"] {
        let described = wrong.attribute(&format!("#{field}"), "aria-describedby");
        assert!(
            described.is_some_and(|ids| ids.contains(&format!("{field}-error"))),
            "{field}"
        );
    }
    assert!(wrong.text("#token_url-error").is_none());
    assert_eq!(
        wrong.attribute("#client_id", "value").as_deref(),
        Some("two words"),
        "what was typed stays"
    );

    let filled = wrong
        .form("form[action='/admin/platforms/add']")?
        .with("issuer", &platform.issuer())
        .with("client_id", CLIENT)
        .with("deployment", " 1 ")
        .with("auth_url", platform.url("auth").as_str())
        .with("token_url", platform.url("token").as_str())
        .with("jwks_url", platform.url("jwks").as_str());
    let page = admin.browser.submit(&filled).await?;
    assert_eq!(page.status, 200);
    assert_eq!(states(&page), ["In use"]);
    let mut learner = platform.visit().await?;
    let unit = platform.launch(&site, &mut learner, |_| {}).await?;
    assert_eq!(unit.status, 200, "{}", unit.body);

    let moved = filled.with("jwks_url", platform.url("other").as_str());
    let known = admin.browser.submit(&moved).await?;
    assert_eq!(known.status, 422);
    assert!(
        known
            .text("#error-summary")
            .is_some_and(|text| text.contains("registered already"))
    );
    Ok(())
}

#[tokio::test]
async fn a_paused_platform_lets_nobody_in_until_it_is_resumed() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let id = only_platform(&mut admin).await?;
    let here = format!("platforms/{id}");
    let page = admin.page(&here).await?;
    let page = admin.submit(&page, "/pause", |form| form).await?;
    assert_eq!(states(&page), ["Paused"]);
    let mut learner = Browser::new()?;
    let refused = learner.open(&site.lms.launch_url(LEARNER)).await?;
    assert_eq!(code_of(&refused).as_deref(), Some("registration-disabled"));
    let list = admin.page("platforms").await?;
    assert!(list.body.contains("None in the last 12 hours"));

    let page = admin.submit(&page, "/resume", |form| form).await?;
    assert_eq!(states(&page), ["In use"]);
    Visitor::launch(&site.lms, LEARNER).await?;
    let list = admin.page("platforms").await?;
    assert!(!list.body.contains("None in the last 12 hours"));
    Ok(())
}

#[tokio::test]
async fn deployments_are_added_removed_and_taken_from_launches() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let platform = Platform::start().await?;
    let id = site.register(&platform).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let here = format!("platforms/{id}");
    let launch = async |deployment: &str| -> Result<u16> {
        let mut browser = platform.visit().await?;
        let page = platform
            .launch(&site, &mut browser, |token| {
                token.claims[claim("deployment_id")] = json!(deployment);
            })
            .await?;
        Ok(page.status)
    };
    let deployments = async |admin: &mut Admin| -> Result<Vec<String>> {
        Ok(admin.page(&here).await?.texts(".results .mono"))
    };
    assert_eq!(launch("2").await?, 403);
    let page = admin.page(&here).await?;
    let page = admin
        .submit(&page, "/add-deployment", |form| {
            form.with("deployment", "2")
        })
        .await?;
    assert_eq!(launch("2").await?, 200);
    let removed = admin
        .submit(&page, "/remove-deployment", |form| form)
        .await?;
    assert_eq!(removed.texts(".results .mono"), ["2"]);
    assert_eq!(launch("1").await?, 403);

    // The first new one only.
    let page = admin
        .submit(&removed, "/new-deployments", |form| {
            form.with("new_deployments", "add-first")
        })
        .await?;
    assert_eq!(launch("3").await?, 200);
    assert_eq!(launch("4").await?, 403);
    assert_eq!(launch("3").await?, 200);
    assert_eq!(deployments(&mut admin).await?, ["2", "3"]);

    // Each new one.
    admin
        .submit(&page, "/new-deployments", |form| {
            form.with("new_deployments", "add-all")
        })
        .await?;
    assert_eq!([launch("5").await?, launch("6").await?], [200, 200]);
    assert_eq!(deployments(&mut admin).await?, ["2", "3", "5", "6"]);

    let spaces = admin
        .submit(&page, "/add-deployment", |form| {
            form.with("deployment", "a b")
        })
        .await?;
    assert_eq!(spaces.status, 422);
    // The VLE of the site is another tenant, and stays as it was.
    let mut work = site.app.storage.read().await?;
    for record in work.registrations(None).await? {
        if record.id != id {
            assert_eq!(work.deployments(record.id).await?, ["1"]);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_platform_is_named_and_unknown_ones_are_not_found() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let id = only_platform(&mut admin).await?;
    let page = admin.page(&format!("platforms/{id}")).await?;
    assert_eq!(page.text("h1").as_deref(), Some("localhost"));
    let named = admin
        .submit(&page, "/name", |form| {
            form.with("name", "  Our <b>Moodle</b> ")
        })
        .await?;
    assert_eq!(named.text("h1").as_deref(), Some("Our <b>Moodle</b>"));
    let long = "x".repeat(201);
    let refused = admin
        .submit(&named, "/name", |form| form.with("name", &long))
        .await?;
    assert_eq!(refused.status, 422);
    for path in ["platforms/no-such-id", "no-such-page"] {
        assert_eq!(admin.page(path).await?.status, 404, "{path}");
    }
    let csrf = csrf_of(&named);
    let elsewhere = "admin/platforms/0197f2c4-0000-7000-8000-000000000000/pause";
    let fields = [("csrf", csrf.as_str())];
    for (path, status) in [
        (elsewhere.to_owned(), 404),
        (format!("admin/platforms/{id}/explode"), 404),
        (format!("admin/platforms/{id}/approve"), 409),
        (format!("admin/platforms/{id}/new-deployments"), 422),
        (format!("admin/invitations/{id}/revoke"), 409),
    ] {
        let page = admin.browser.post_form(&site.url(&path), &fields).await?;
        assert_eq!(page.status, status, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn invitations_are_listed_and_taken_back_without_their_links() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut admin = Admin::sign_in(&site).await?;
    let link = admin
        .invite(|form| {
            form.with("note", "Northgate <College>")
                .with("approve_first", "yes")
        })
        .await?;
    assert_eq!(link.path(), "/lti/register");
    assert!(link.query().is_some_and(|query| query.len() > 50));
    let list = admin.page("invitations").await?;
    assert!(!list.body.contains(link.query().unwrap_or_default()));
    assert!(list.body.contains("Northgate &lt;College&gt;"));
    assert_eq!(states(&list), ["Open"]);
    let list = admin.submit(&list, "/revoke", |form| form).await?;
    assert_eq!(states(&list), ["Taken back"]);

    admin.invite(|form| form.with("hours", "24")).await?;
    site.clock.advance(TWELVE_HOURS);
    let mut admin = Admin::sign_in(&site).await?;
    assert_eq!(
        states(&admin.page("invitations").await?),
        ["Open", "Taken back"]
    );
    site.clock.advance(TWELVE_HOURS);
    let mut admin = Admin::sign_in(&site).await?;
    let list = admin.page("invitations").await?;
    assert_eq!(states(&list), ["Ended", "Taken back"]);
    let form = list.form("form[action='/admin/invitations']")?;
    for hours in ["", "0", "9999999", "x"] {
        let page = admin
            .browser
            .submit(&form.clone().with("hours", hours))
            .await?;
        assert_eq!(page.status, 422, "{hours}");
    }
    Ok(())
}
