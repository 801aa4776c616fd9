//! Whether everything works between us and a VLE, and what is written down of a
//! launch that failed.

use std::time::Duration;

use anyhow::{Context, Result};
use demo_lms::Manners;
use demo_lms::browser::Browser;
use demo_lms::play::Visitor;
use end_to_end::Site;
use end_to_end::admin::Admin;
use end_to_end::platform::{Platform, claim};
use end_to_end::work::{ASSESSOR, LEARNER};
use serde_json::json;
use storage::diagnosis::{FAILED_LAUNCHES_KEPT, FailedLaunchRecord};
use storage::platforms::NewDeployments;
use workflow::diagnosis::{Diagnosis, Probe, Standing, examine, failed_launches, last, next_step};

const CONFIGURATION: &str = "Configuration";
const CLOCK: &str = "Clock";
const KEY_SET: &str = "Key set of the platform";
const OWN_KEY_SET: &str = "Our key set";
const TOKEN: &str = "Access token";
const ROSTER: &str = "Course list of people";
const GRADEBOOK: &str = "Gradebook";

async fn diagnose(site: &Site) -> Result<Diagnosis> {
    Ok(examine(&site.app, site.registration(&site.lms).await?).await?)
}

fn probe<'a>(diagnosis: &'a Diagnosis, subject: &str) -> &'a Probe {
    let found = diagnosis
        .probes
        .iter()
        .find(|probe| probe.subject == subject);
    found.expect("such a test is made")
}

/// These tests failed and no others, and each says what to do next.
fn assert_fails(diagnosis: &Diagnosis, subjects: &[&str]) {
    let failed: Vec<_> = diagnosis
        .probes
        .iter()
        .filter(|probe| probe.standing == Standing::Fails)
        .collect();
    let names: Vec<_> = failed.iter().map(|probe| probe.subject.as_str()).collect();
    assert_eq!(names, subjects, "{:#?}", diagnosis.probes);
    for probe in failed {
        assert!(!probe.next.is_empty(), "{probe:?}");
    }
}

#[tokio::test]
async fn a_healthy_vle_of_every_manner_works() -> Result<()> {
    for manners in [Manners::Strict, Manners::Moodle, Manners::Canvas] {
        let site = Site::start(manners).await?;
        Visitor::launch(&site.lms, ASSESSOR).await?;
        let before = site.lms.gradebook();
        let diagnosis = diagnose(&site).await?;
        assert_fails(&diagnosis, &[]);
        for subject in [CLOCK, KEY_SET, OWN_KEY_SET, TOKEN, ROSTER] {
            let probe = probe(&diagnosis, subject);
            assert_eq!(probe.standing, Standing::Works, "{manners}: {probe:?}");
            assert_eq!(probe.next, "");
        }
        let roster = &probe(&diagnosis, ROSTER).seen;
        assert!(roster.contains("30 learners, 2 others"), "{roster}");
        // The site has no certificate, and that is said.
        assert_eq!(probe(&diagnosis, CONFIGURATION).standing, Standing::Look);

        assert_eq!(site.lms.gradebook(), before, "nothing is changed there");
        for request in site.lms.requests() {
            assert!(
                request.starts_with("GET ") || request.starts_with("POST /lti/token"),
                "{request}"
            );
        }
        let id = site.registration(&site.lms).await?;
        let kept = last(&site.app, id).await?.context("it is kept")?;
        assert_eq!(kept.probes, diagnosis.probes);
    }
    Ok(())
}

#[tokio::test]
async fn a_gradebook_that_grants_no_mere_reading_works() -> Result<()> {
    for manners in [Manners::Strict, Manners::Moodle, Manners::Canvas] {
        let site = Site::start(manners).await?;
        site.lms.withhold_grade_scope("lineitem.readonly");
        site.lms.let_tool_make_line_items();
        Visitor::launch(&site.lms, ASSESSOR).await?;
        let diagnosis = diagnose(&site).await?;
        assert_fails(&diagnosis, &[]);
        let gradebook = probe(&diagnosis, GRADEBOOK);
        assert_eq!(
            gradebook.standing,
            Standing::Works,
            "{manners}: {gradebook:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn before_any_launch_there_is_no_course_to_try() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let diagnosis = diagnose(&site).await?;
    assert_fails(&diagnosis, &[]);
    for subject in [ROSTER, GRADEBOOK] {
        let probe = probe(&diagnosis, subject);
        assert_eq!(probe.standing, Standing::Look);
        assert!(probe.next.contains("Open an activity"), "{probe:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_registration_that_takes_its_first_deployment_lacks_none() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let id = site.registration(&site.lms).await?;
    let mut work = site.app.storage.write().await?;
    for deployment in work.deployments(id).await? {
        work.remove_deployment(id, &deployment).await?;
    }
    work.save().await?;
    assert_fails(&diagnose(&site).await?, &[CONFIGURATION]);
    for new in [NewDeployments::AddFirst, NewDeployments::AddAll] {
        let mut work = site.app.storage.write().await?;
        work.set_new_deployments(id, new).await?;
        work.save().await?;
        let diagnosis = diagnose(&site).await?;
        assert_fails(&diagnosis, &[]);
        let configuration = probe(&diagnosis, CONFIGURATION);
        assert!(
            configuration.seen.contains("the first launch adds its own"),
            "{configuration:?}"
        );
    }
    Visitor::launch(&site.lms, LEARNER).await?;
    let diagnosis = diagnose(&site).await?;
    assert!(
        !probe(&diagnosis, CONFIGURATION)
            .seen
            .contains("first launch")
    );
    Ok(())
}

#[tokio::test]
async fn a_key_set_that_does_not_answer_is_named() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    Visitor::launch(&site.lms, ASSESSOR).await?;
    site.lms.set_key_set_down(true);
    let diagnosis = diagnose(&site).await?;
    assert_fails(&diagnosis, &[KEY_SET]);
    let probe = probe(&diagnosis, KEY_SET);
    assert!(probe.seen.contains("status 500"), "{probe:?}");
    assert!(probe.next.contains(site.lms.jwks_url().as_str()));
    Ok(())
}

#[tokio::test]
async fn a_token_that_is_refused_is_named_with_the_platforms_words() -> Result<()> {
    let site = Site::start(Manners::Canvas).await?;
    Visitor::launch(&site.lms, ASSESSOR).await?;
    site.lms.set_tokens_refused(true);
    let diagnosis = diagnose(&site).await?;
    assert_fails(&diagnosis, &[TOKEN, ROSTER, GRADEBOOK]);
    let token = probe(&diagnosis, TOKEN);
    assert!(
        token.seen.contains("invalid_client") && token.seen.contains("Unknown client"),
        "{token:?}"
    );
    let roster = probe(&diagnosis, ROSTER);
    assert!(roster.next.contains("“Access token”"), "{roster:?}");
    Ok(())
}

#[tokio::test]
async fn clocks_that_differ_are_measured() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    site.clock.advance(Duration::from_secs(30));
    let diagnosis = diagnose(&site).await?;
    let clock = probe(&diagnosis, CLOCK);
    assert_eq!(clock.standing, Standing::Look, "{clock:?}");
    site.clock.advance(Duration::from_mins(10));
    let diagnosis = diagnose(&site).await?;
    assert_fails(&diagnosis, &[CLOCK]);
    let clock = probe(&diagnosis, CLOCK);
    assert!(clock.seen.starts_with("Our clock is 63"), "{clock:?}");
    assert!(clock.seen.ends_with("ahead of the platform’s"), "{clock:?}");
    Ok(())
}

#[tokio::test]
async fn a_roster_that_is_switched_off_is_named() -> Result<()> {
    for manners in [Manners::Strict, Manners::Moodle] {
        let site = Site::start(manners).await?;
        site.lms.set_roster_off(true);
        Visitor::launch(&site.lms, ASSESSOR).await?;
        let diagnosis = diagnose(&site).await?;
        assert_fails(&diagnosis, &[]);
        let roster = probe(&diagnosis, ROSTER);
        assert_eq!(roster.standing, Standing::Look);
        assert!(roster.next.contains("Services"), "{roster:?}");
        assert!(!roster.next.contains("no course"), "{roster:?}");
    }
    // Where an earlier launch named it, its address is still tried.
    let site = Site::start(Manners::Moodle).await?;
    Visitor::launch(&site.lms, ASSESSOR).await?;
    site.lms.set_roster_off(true);
    assert_fails(&diagnose(&site).await?, &[ROSTER]);
    Ok(())
}

/// What is written down under the reference on a page that refuses.
async fn written(site: &Site, page: &demo_lms::browser::Page) -> Result<FailedLaunchRecord> {
    let reference = page.text("p strong.mono").context("a reference")?;
    let mut work = site.app.storage.read().await?;
    let mut of = vec![None];
    of.extend(
        work.registrations(None)
            .await?
            .iter()
            .map(|record| Some(record.id)),
    );
    drop(work);
    let launches = failed_launches(site.app.storage.as_ref(), &of, 100).await?;
    let found = launches
        .into_iter()
        .find(|launch| launch.reference == reference);
    found.context("the reference is found")
}

#[tokio::test]
async fn a_failed_launch_is_found_by_the_reference_on_its_page() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let platform = Platform::start().await?;
    let registration = site.register(&platform).await?;
    let mut browser = platform.visit().await?;
    let page = platform
        .launch(&site, &mut browser, |token| {
            token.claims[claim("deployment_id")] = json!("9");
        })
        .await?;
    let launch = written(&site, &page).await?;
    assert_eq!(launch.registration, Some(registration));
    assert_eq!(launch.code, "unknown-deployment");
    assert!(launch.reason.contains("`9`"), "{}", launch.reason);
    assert!(next_step(&launch.code).contains("deployment"));

    // A launch whose platform is not known belongs to none.
    let stranger = Platform::start().await?;
    let mut browser = stranger.visit().await?;
    let fields = stranger.login_fields(&site);
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let page = browser.post_form(&site.url("lti/login"), &fields).await?;
    let launch = written(&site, &page).await?;
    assert_eq!(launch.registration, None);
    assert!(launch.reason.contains(&stranger.issuer()));
    Ok(())
}

#[tokio::test]
async fn nothing_about_a_person_is_written_down_with_a_failure() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let platform = Platform::start().await?;
    site.register(&platform).await?;
    let mut browser = platform.visit().await?;
    let fields = [
        ("error", "login_required"),
        ("error_description", "Ada Lovelace is not signed in"),
    ];
    let page = browser.post_form(&site.url("lti/launch"), &fields).await?;
    let launch = written(&site, &page).await?;
    assert_eq!(launch.reason, "the platform reports `login_required`");

    let page = platform
        .launch(&site, &mut browser, |token| {
            token.claims[claim("target_link_uri")] =
                json!("https://elsewhere.example/page?learner=Ada");
        })
        .await?;
    let launch = written(&site, &page).await?;
    assert_eq!(launch.code, "foreign-target");
    assert!(
        launch.reason.contains("https://elsewhere.example/page") && !launch.reason.contains("Ada")
    );
    Ok(())
}

#[tokio::test]
async fn strangers_fill_neither_the_disk_nor_the_lists_of_others() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let platform = Platform::start().await?;
    let registration = site.register(&platform).await?;
    let mut browser = platform.visit().await?;
    let own = platform
        .launch(&site, &mut browser, |token| {
            token.claims["nonce"] = json!("another");
        })
        .await?;
    let own = written(&site, &own).await?;

    let client = reqwest::Client::builder().no_proxy().build()?;
    let issuer = "https://stranger.example/".repeat(200);
    for _ in 0..60 {
        let answer = client
            .post(site.url("lti/login"))
            .form(&[
                ("iss", issuer.as_str()),
                ("login_hint", "x\u{1b}[31m"),
                ("target_link_uri", site.url("lti/launch").as_str()),
            ])
            .send()
            .await?;
        assert!(answer.status().is_client_error());
    }
    let storage = site.app.storage.as_ref();
    let strangers = failed_launches(storage, &[None], FAILED_LAUNCHES_KEPT).await?;
    assert!(
        (20..40).contains(&strangers.len()),
        "some are written down, the rest is in the log: {}",
        strangers.len()
    );
    for launch in &strangers {
        assert!(launch.reason.chars().count() <= 300);
        assert!(!launch.reason.contains(char::is_control));
    }
    let of_platform = failed_launches(storage, &[Some(registration)], 10).await?;
    assert_eq!(of_platform, [own]);

    // Later there is room again.
    site.clock.advance(Duration::from_mins(1));
    let before = strangers.len();
    let mut browser = Browser::new()?;
    let page = browser.open(&site.url("lti/login")).await?;
    assert_eq!(written(&site, &page).await?.code, "login-incomplete");
    let strangers = failed_launches(storage, &[None], FAILED_LAUNCHES_KEPT).await?;
    assert_eq!(strangers.len(), before + 1);
    assert_eq!(Visitor::launch(&site.lms, LEARNER).await?.first.status, 200);
    Ok(())
}

#[tokio::test]
async fn the_page_of_a_platform_shows_the_tests_and_the_launches_that_failed() -> Result<()> {
    let site = Site::start(Manners::Moodle).await?;
    let id = site.registration(&site.lms).await?;
    let path = format!("platforms/{id}");
    let mut admin = Admin::sign_in(&site).await?;
    let page = admin.page(&path).await?;
    assert!(page.body.contains("Not tested yet"), "{}", page.body);
    assert!(page.body.contains("None from this platform"));

    Visitor::launch(&site.lms, ASSESSOR).await?;
    site.lms.set_tokens_refused(true);
    let page = admin.submit(&page, "/test", |form| form).await?;
    assert_eq!(page.status, 200);
    let results = page.texts(".results .result");
    let of = |subject: &str| {
        let found = results.iter().find(|result| result.contains(subject));
        found.cloned().unwrap_or_default()
    };
    assert!(of(KEY_SET).contains("works"), "{results:?}");
    assert!(of(TOKEN).contains("fails"), "{results:?}");
    assert!(of(TOKEN).contains("Next: Compare client id"), "{results:?}");
    site.lms.set_tokens_refused(false);
    let page = admin.submit(&page, "/test", |form| form).await?;
    assert!(page.body.contains(", 0 failed."), "{}", page.body);

    let mut browser = Browser::new()?;
    let refused = browser.open(&site.url("lti/login")).await?;
    let reference = refused.text("p strong.mono").context("a reference")?;
    let page = admin.page(&path).await?;
    let rows = page.texts("tbody tr");
    let row = rows.iter().find(|row| row.contains(&reference));
    let row = row.context("the reference is on the page")?;
    assert!(row.contains("The login request has no iss"), "{row}");

    // Without an administrator's session nobody has anything tested.
    let stranger = reqwest::Client::builder().no_proxy().build()?;
    let calls = site.lms.requests().len();
    let answer = stranger
        .post(site.url(&format!("admin/{path}/test")))
        .send()
        .await?;
    assert_eq!(answer.status(), 401);
    assert_eq!(site.lms.requests().len(), calls);
    Ok(())
}
