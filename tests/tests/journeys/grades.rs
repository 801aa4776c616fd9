//! Grades on their way: whatever the VLE does, each arrives once or is visibly
//! not delivered.

use std::time::Duration;

use anyhow::Result;
use demo_lms::browser::Page;
use demo_lms::play::Visitor;
use demo_lms::{Fault, Manners};
use end_to_end::Site;
use end_to_end::work::{LEARNER, PASS, csrf_of, hand_in, release, submission_of};

const ALL: [Manners; 3] = [Manners::Strict, Manners::Moodle, Manners::Canvas];

/// A site with a released pass that nobody has delivered yet.
async fn released(manners: Manners) -> Result<(Site, Visitor, Page)> {
    let site = Site::start(manners).await?;
    hand_in(&site, LEARNER).await?;
    let (assessor, page) = release(&site, LEARNER, &PASS).await?;
    Ok((site, assessor, page))
}

fn assert_arrived_once(site: &Site, manners: Manners) {
    let grade = site.grade(LEARNER);
    assert_eq!(grade.score, Some(50.0), "{manners}");
    assert_eq!(grade.comments, ["Pass, submission 1."], "{manners}");
    assert_eq!(grade.attempts, 0, "{manners}");
}

fn posts(site: &Site) -> usize {
    site.lms
        .requests()
        .iter()
        .filter(|request| request.starts_with("POST") && request.contains("/scores"))
        .count()
}

#[tokio::test]
async fn a_grade_waits_while_the_vle_is_down() -> Result<()> {
    for manners in ALL {
        let (site, mut assessor, page) = released(manners).await?;
        site.lms.set_service_down(true);
        assert_eq!(site.deliver().await?, 1);
        assert_eq!(site.deliver().await?, 0, "not before its time");
        let waiting = assessor
            .browser()
            .get(&page.url)
            .await?
            .text("main")
            .unwrap_or_default();
        assert!(
            waiting.contains("On its way") && waiting.contains("Tried 1 time."),
            "{waiting}"
        );
        let cohort = assessor.page("cohort").await?;
        assert!(
            cohort
                .text(".notice--stop")
                .unwrap_or_default()
                .contains("We try again by ourselves")
        );

        site.lms.set_service_down(false);
        site.clock.advance(Duration::from_secs(6));
        assert_eq!(site.deliver().await?, 1);
        assert_arrived_once(&site, manners);
        let cohort = assessor.page("cohort").await?;
        assert!(cohort.text(".notice--stop").is_none());
        assert!(
            cohort
                .text("tbody")
                .unwrap_or_default()
                .contains("Delivered")
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_platform_that_asks_for_a_pause_gets_it() -> Result<()> {
    let (site, ..) = released(Manners::Canvas).await?;
    site.lms
        .set_fault(Some(Fault::TooManyRequests { retry_after: 120 }));
    assert_eq!(site.deliver().await?, 1);
    site.clock.advance(Duration::from_mins(1));
    assert_eq!(site.deliver().await?, 0);
    site.clock.advance(Duration::from_secs(61));
    assert_eq!(site.deliver().await?, 1);
    assert_arrived_once(&site, Manners::Canvas);
    Ok(())
}

#[tokio::test]
async fn a_token_that_ran_out_is_renewed_at_once() -> Result<()> {
    for manners in ALL {
        let (site, ..) = released(manners).await?;
        site.lms.set_fault(Some(Fault::TokenExpired));
        assert_eq!(site.deliver().await?, 1);
        assert_arrived_once(&site, manners);
        let tokens = site
            .lms
            .requests()
            .iter()
            .filter(|request| request.contains("/lti/token"))
            .count();
        // Moodle is asked for the result afterwards, which takes a token of its own.
        let expected = if manners == Manners::Moodle { 3 } else { 2 };
        assert_eq!(tokens, expected, "{manners}");
    }
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_neither_loses_nor_doubles_the_grade() -> Result<()> {
    for manners in ALL {
        let (site, ..) = released(manners).await?;
        site.lms.set_fault(Some(Fault::DropAfterStore));
        assert_eq!(site.deliver().await?, 1);
        assert_arrived_once(&site, manners);
        site.clock.advance(Duration::from_secs(6));
        assert_eq!(site.deliver().await?, 1);
        assert_arrived_once(&site, manners);
        assert_eq!(posts(&site), 1, "{manners}: the second try found it");
        site.clock.advance(Duration::from_hours(48));
        assert_eq!(site.deliver().await?, 0, "{manners}: it is settled");
    }
    Ok(())
}

#[tokio::test]
async fn a_locked_column_is_shown_to_staff_and_send_again_works() -> Result<()> {
    for manners in ALL {
        let (site, mut assessor, page) = released(manners).await?;
        site.lms.set_item_locked(true);
        site.deliver().await?;
        site.clock.advance(Duration::from_hours(11));
        assert_eq!(
            site.deliver().await?,
            0,
            "{manners}: it is not tried on and on"
        );
        let failed = assessor.browser().get(&page.url).await?;
        let said = failed.text("main").unwrap_or_default();
        // Moodle says nothing but 500, which we know; the others say it themselves.
        let words = match manners {
            Manners::Moodle => "Ask the teacher to unlock the grade item",
            Manners::Strict | Manners::Canvas => "The column is locked.",
        };
        assert!(
            said.contains("Not delivered") && said.contains(words),
            "{manners}: {said}"
        );
        let cohort = assessor.page("cohort").await?;
        assert!(
            cohort
                .text(".notice--stop")
                .unwrap_or_default()
                .contains("did not take the grade")
        );

        site.lms.set_item_locked(false);
        assessor
            .browser()
            .submit(&cohort.form("form[action$='/resend']")?)
            .await?;
        assert_eq!(site.deliver().await?, 1);
        assert_arrived_once(&site, manners);
    }
    Ok(())
}

#[tokio::test]
async fn a_learner_who_left_gets_no_grade_and_staff_see_why() -> Result<()> {
    for manners in ALL {
        let (site, mut assessor, page) = released(manners).await?;
        site.lms.take_off_course(LEARNER);
        site.deliver().await?;
        let said = assessor
            .browser()
            .get(&page.url)
            .await?
            .text("main")
            .unwrap_or_default();
        assert!(said.contains("Not delivered"), "{manners}: {said}");
        assert!(
            said.contains("enrolled in the course as a learner") || said.contains("administrator"),
            "{manners}: {said}"
        );
        let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
        let result = learner
            .page("result")
            .await?
            .text("main")
            .unwrap_or_default();
        assert!(
            result.contains("Pass") && result.contains("your result here counts"),
            "{manners}: {result}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_grade_that_a_teacher_typed_meanwhile_is_found_or_shown_to_staff() -> Result<()> {
    for (typed, expected_posts) in [(50.0, 1), (10.0, 2)] {
        let (site, mut assessor, page) = released(Manners::Moodle).await?;
        site.clock.advance(Duration::from_secs(20));
        site.lms.edit_grade(LEARNER, typed);
        assert_eq!(site.deliver().await?, 1, "Moodle refuses an earlier time");
        assert_eq!(site.grade(LEARNER).score, Some(typed));
        site.clock.advance(Duration::from_secs(10));
        site.deliver().await?;
        assert_eq!(
            site.grade(LEARNER).score,
            Some(typed),
            "what a teacher typed counts above ours"
        );
        assert_eq!(posts(&site), expected_posts);
        let said = assessor
            .browser()
            .get(&page.url)
            .await?
            .text("main")
            .unwrap_or_default();
        if expected_posts == 1 {
            assert!(said.contains("Moodle has it"), "{said}");
        } else {
            assert!(
                said.contains("Not delivered") && said.contains("overridden"),
                "{said}"
            );
        }
        site.clock.advance(Duration::from_hours(48));
        assert_eq!(site.deliver().await?, 0);
    }
    Ok(())
}

#[tokio::test]
async fn a_grade_sent_again_is_not_doubled() -> Result<()> {
    for manners in ALL {
        let (site, mut assessor, page) = released(manners).await?;
        site.deliver().await?;
        let url = assessor.url(&format!("submissions/{}/resend", submission_of(&page)));
        let csrf = csrf_of(&assessor.page("cohort").await?);
        let sent = assessor
            .browser()
            .post_form(&url, &[("csrf", &csrf)])
            .await?;
        assert_eq!(sent.status, 200);
        assert_eq!(site.deliver().await?, 1);
        assert_arrived_once(&site, manners);
        assert_eq!(
            posts(&site),
            1,
            "{manners}: what stands there is read first"
        );

        site.clock.advance(Duration::from_secs(2));
        site.lms.edit_grade(LEARNER, 3.0);
        site.clock.advance(Duration::from_secs(2));
        assessor
            .browser()
            .post_form(&url, &[("csrf", &csrf)])
            .await?;
        assert_eq!(site.deliver().await?, 1);
        // Moodle keeps what a teacher typed, which staff are told.
        let moodle = manners == Manners::Moodle;
        assert_eq!(
            site.grade(LEARNER).score,
            Some(if moodle { 3.0 } else { 50.0 }),
            "{manners}: a changed one is set right where the platform lets us"
        );
        let said = assessor
            .browser()
            .get(&page.url)
            .await?
            .text("main")
            .unwrap_or_default();
        assert_eq!(said.contains("Not delivered"), moodle, "{manners}: {said}");
    }
    Ok(())
}

#[tokio::test]
async fn a_grade_is_scaled_to_the_gradebooks_column() -> Result<()> {
    for manners in ALL {
        let site = Site::start_with(manners, |settings| settings.score_maximum = 30.0).await?;
        hand_in(&site, LEARNER).await?;
        release(&site, LEARNER, &PASS).await?;
        site.lms.set_fault(Some(Fault::DropAfterStore));
        site.deliver().await?;
        site.clock.advance(Duration::from_secs(6));
        site.deliver().await?;
        assert_eq!(site.grade(LEARNER).score, Some(15.0), "{manners}");
        assert_eq!(
            posts(&site),
            1,
            "{manners}: 15 of 30 is recognised as 50 of 100"
        );
    }
    Ok(())
}
