//! What every answer says about itself, and the addresses without a person.

use anyhow::Result;
use demo_lms::Manners;
use demo_lms::browser::Browser;
use demo_lms::play::Visitor;
use end_to_end::Site;
use end_to_end::work::{ASSESSOR, LEARNER};

#[tokio::test]
async fn pages_carry_security_headers_and_are_not_kept() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let missing = learner.url("there-is-no-such-page");
    let pages = [
        learner.page("unit").await?,
        learner.page("evidence").await?,
        assessor.page("cohort").await?,
        learner.browser().get(&missing).await?,
        learner.browser().get(&site.url("lti/login")).await?,
    ];
    for page in pages {
        let header = |name: &str| {
            page.headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
        };
        let policy = header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self';"),
            "{}: {policy}",
            page.url
        );
        assert!(!policy.contains("unsafe"), "{}", page.url);
        assert_eq!(header("cache-control"), "no-store", "{}", page.url);
        assert_eq!(header("referrer-policy"), "no-referrer", "{}", page.url);
        assert_eq!(header("x-content-type-options"), "nosniff", "{}", page.url);
        assert_eq!(header("x-frame-options"), "", "a tool lives in a frame");
        assert!(
            !page.body.contains("style=\"") && !page.body.contains("onclick="),
            "{}",
            page.url
        );
    }
    Ok(())
}

#[tokio::test]
async fn an_address_that_only_takes_something_says_so() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let kept = [
        site.url("lti/launch"),
        learner.url("hand-in"),
        site.url("admin/plugins/use"),
    ];
    for address in kept {
        let page = learner.browser().get(&address).await?;
        assert_eq!(page.status, 405, "{address}");
        let title = page.text("h1").unwrap_or_default();
        assert_eq!(title, "This address opens no page", "{address}");
        assert!(page.text("main").unwrap_or_default().contains("What to do"));
    }
    Ok(())
}

#[tokio::test]
async fn the_session_cookie_belongs_to_one_activity_in_one_frame() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let (here, elsewhere) = (learner.url("unit"), site.url("a/another"));
    assert_eq!(learner.browser().cookie_names(&here), ["markbridge"]);
    assert!(learner.browser().cookie_names(&elsewhere).is_empty());
    let mut window = Browser::new()?;
    assert_eq!(window.get(&here).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn static_files_are_named_by_their_digest_and_kept_for_good() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    for (selector, attribute, kind) in [
        ("link[rel='stylesheet']", "href", "text/css"),
        ("script[src]", "src", "text/javascript"),
    ] {
        let path = learner
            .first
            .attribute(selector, attribute)
            .expect("the page names it");
        let file = learner.browser().get(&site.url(&path)).await?;
        assert_eq!(file.status, 200);
        assert!(file.headers["content-type"].to_str()?.starts_with(kind));
        assert_eq!(
            file.headers["cache-control"],
            "public, max-age=31536000, immutable"
        );
        let digest = path.split('/').nth(2).unwrap_or_default();
        assert!(
            digest.len() == 16 && digest.chars().all(|c| c.is_ascii_hexdigit()),
            "{path}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn health_readiness_and_keys() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut browser = Browser::new()?;
    assert_eq!(browser.get(&site.url("healthz")).await?.status, 200);
    assert_eq!(browser.get(&site.url("readyz")).await?.status, 200);
    let keys = browser.get(&site.url("lti/jwks")).await?;
    let keys: serde_json::Value = serde_json::from_str(&keys.body)?;
    let key = &keys["keys"][0];
    assert_eq!(
        (&key["kty"], &key["alg"], &key["use"]),
        (&"RSA".into(), &"RS256".into(), &"sig".into())
    );
    assert!(key["kid"].is_string());
    for private in ["d", "p", "q", "dp", "dq", "qi"] {
        assert!(key.get(private).is_none(), "the private key stays at home");
    }
    Ok(())
}
