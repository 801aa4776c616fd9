//! One learner's work, opened from the gradebook: by a submission review, and by
//! the address that `SpeedGrader` was given.

use anyhow::Result;
use demo_lms::Manners;
use demo_lms::browser::Browser;
use end_to_end::Site;
use end_to_end::platform::code_of;
use end_to_end::work::{ASSESSOR, LEARNER, OTHER_LEARNER, PASS, hand_in, release, submission_of};
use url::Url;

/// The address by which `SpeedGrader` opens a submission.
fn address(site: &Site, submission: &str) -> Url {
    let mut url = site.url("lti/launch");
    url.query_pairs_mut().append_pair("submission", submission);
    url
}

#[tokio::test]
async fn a_review_opens_the_learners_work() -> Result<()> {
    for manners in [Manners::Strict, Manners::Moodle] {
        let site = Site::start(manners).await?;
        hand_in(&site, LEARNER).await?;
        let mut browser = Browser::new()?;
        let page = browser
            .open(&site.lms.review_url(ASSESSOR, LEARNER))
            .await?;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.url.path().contains("/submissions/"), "{}", page.url);
        assert!(page.body.contains(&site.name(LEARNER)));
    }
    Ok(())
}

#[tokio::test]
async fn a_review_of_nothing_says_so() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut browser = Browser::new()?;
    let page = browser
        .open(&site.lms.review_url(ASSESSOR, LEARNER))
        .await?;
    assert_eq!(page.status, 404);
    assert_eq!(code_of(&page).as_deref(), Some("nothing-to-review"));

    // The activity is opened once; this learner still has nothing there.
    hand_in(&site, OTHER_LEARNER).await?;
    let page = browser
        .open(&site.lms.review_url(ASSESSOR, LEARNER))
        .await?;
    assert_eq!(page.status, 200);
    assert!(page.url.path().ends_with("/cohort"), "{}", page.url);
    let notice = page.text(".notice").unwrap_or_default();
    assert!(
        notice.contains("This learner has handed in nothing here yet"),
        "{notice}"
    );
    Ok(())
}

#[tokio::test]
async fn a_review_that_names_nobody_opens_the_list() -> Result<()> {
    let site = Site::start(Manners::Moodle).await?;
    hand_in(&site, LEARNER).await?;
    let mut browser = Browser::new()?;
    let page = browser.open(&site.lms.review_url(ASSESSOR, "")).await?;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.url.path().ends_with("/cohort"), "{}", page.url);
    assert!(!page.body.contains("has handed in nothing here yet"));
    let page = browser.open(&site.lms.review_url(LEARNER, "")).await?;
    assert!(page.url.path().ends_with("/result"), "{}", page.url);
    Ok(())
}

#[tokio::test]
async fn a_learner_reviews_their_own_result_only() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    hand_in(&site, OTHER_LEARNER).await?;
    hand_in(&site, LEARNER).await?;
    release(&site, LEARNER, &PASS).await?;
    let mut browser = Browser::new()?;
    for whose in [LEARNER, OTHER_LEARNER] {
        let page = browser.open(&site.lms.review_url(LEARNER, whose)).await?;
        assert_eq!(page.status, 200);
        assert!(page.url.path().ends_with("/result"), "{}", page.url);
        assert!(!page.body.contains(&site.name(OTHER_LEARNER)));
    }
    Ok(())
}

#[tokio::test]
async fn speed_grader_opens_the_work_that_the_address_names() -> Result<()> {
    let mut site = Site::start(Manners::Canvas).await?;
    let mut learner = hand_in(&site, LEARNER).await?;
    let mut other = hand_in(&site, OTHER_LEARNER).await?;
    let mut browser = Browser::new()?;
    let cohort = browser.open(&site.lms.launch_url(ASSESSOR)).await?;
    let marking = cohort
        .links()
        .into_iter()
        .find(|link| link.url.path().contains("/submissions/"))
        .expect("work to mark");
    let first = browser.get(&marking.url).await?;
    let submission = submission_of(&first);

    let page = browser
        .open(
            &site
                .lms
                .speed_grader_url(ASSESSOR, &address(&site, &submission)),
        )
        .await?;
    assert_eq!(page.url, first.url, "the marking page itself");

    // Whoever is no assessor sees their own place, whatever the address names.
    for (visitor, person) in [(&mut learner, LEARNER), (&mut other, OTHER_LEARNER)] {
        let url = site
            .lms
            .speed_grader_url(person, &address(&site, &submission));
        let page = visitor.browser().open(&url).await?;
        assert!(!page.url.path().contains("/submissions/"), "{}", page.url);
    }
    // An address that names nothing here opens the activity.
    let nowhere = address(&site, "0197f2c4-0000-7000-8000-000000000000");
    let page = browser
        .open(&site.lms.speed_grader_url(ASSESSOR, &nowhere))
        .await?;
    assert!(page.url.path().ends_with("/cohort"), "{}", page.url);

    // Neither does another tenant's assessor see it.
    let elsewhere = site.add_vle(Manners::Canvas).await?;
    let url = elsewhere.speed_grader_url(ASSESSOR, &address(&site, &submission));
    let page = browser.open(&url).await?;
    assert!(page.url.path().ends_with("/cohort"), "{}", page.url);
    assert!(!page.body.contains(&submission));
    Ok(())
}
