//! Grades on their way: whatever the VLE does, each arrives once or is visibly
//! not delivered.

use std::time::Duration;

use anyhow::Result;
use demo_lms::browser::Page;
use demo_lms::play::Visitor;
use demo_lms::{Fault, Manners};
use end_to_end::work::{
    ASSESSOR, LEARNER, PASS, REFERRAL, add_strong, csrf_of, hand_in, mark, release,
    released_passes, submission_of, told_hand_ins,
};
use end_to_end::{Site, UNIT, units};
use workflow::App;

const ALL: [Manners; 3] = [Manners::Strict, Manners::Moodle, Manners::Canvas];
/// What leaves us without knowing that a score was stored.
const LOST: [Fault; 2] = [Fault::DropAfterStore, Fault::BadGatewayAfterStore];

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

/// What somebody reads on the page that they come back to.
async fn reads(visitor: &mut Visitor, page: &Page) -> Result<String> {
    let page = visitor.browser().get(&page.url).await?;
    Ok(page.text("main").unwrap_or_default())
}

/// What the assessors' list says first of grades that did not arrive.
async fn first_problem(assessor: &mut Visitor) -> Result<String> {
    let cohort = assessor.page("cohort").await?;
    Ok(cohort.text(".notice--stop").unwrap_or_default())
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
        // One for the line item, that one once more, and one for the score. Moodle is asked for
        // the result afterwards, which takes a token of its own.
        let expected = if manners == Manners::Moodle { 4 } else { 3 };
        assert_eq!(tokens, expected, "{manners}");
    }
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_neither_loses_nor_doubles_the_grade() -> Result<()> {
    for (manners, fault) in ALL
        .into_iter()
        .flat_map(|manners| LOST.map(|lost| (manners, lost)))
    {
        let (site, ..) = released(manners).await?;
        site.lms.set_fault(Some(fault));
        assert_eq!(site.deliver().await?, 1);
        assert_arrived_once(&site, manners);
        site.clock.advance(Duration::from_secs(6));
        assert_eq!(site.deliver().await?, 1);
        assert_arrived_once(&site, manners);
        assert_eq!(
            posts(&site),
            1,
            "{manners}, {fault:?}: the second try found it"
        );
        site.clock.advance(Duration::from_hours(48));
        assert_eq!(site.deliver().await?, 0, "{manners}: it is settled");
    }
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_to_a_grade_that_was_changed_meanwhile_doubles_no_comment() -> Result<()> {
    for fault in LOST {
        let (site, ..) = released(Manners::Canvas).await?;
        site.lms.set_fault(Some(fault));
        assert_eq!(site.deliver().await?, 1);
        // As Canvas itself does with work that it holds to be late.
        site.lms.edit_grade(LEARNER, 45.0);
        site.clock.advance(Duration::from_secs(20));
        while site.deliver().await? > 0 {
            site.clock.advance(Duration::from_secs(20));
        }
        assert!(posts(&site) > 1, "{fault:?}: the grade was sent again");
        assert_arrived_once(&site, Manners::Canvas);
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
        assert!(
            said.contains("Not delivered")
                && said.contains("Ask the teacher to unlock the grade item"),
            "{manners}: {said}"
        );
        // Moodle says nothing but 500, which we know; the others say it themselves.
        assert!(
            manners == Manners::Moodle || said.contains("The column is locked."),
            "{manners}: {said}"
        );
        let cohort = assessor.page("cohort").await?;
        assert!(
            cohort
                .text(".notice--stop")
                .unwrap_or_default()
                .contains("the column of the gradebook is locked")
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
        assert!(
            said.contains("Not delivered")
                && said.contains("Check that the person is enrolled in the course as a learner"),
            "{manners}: {said}"
        );
        let problem = first_problem(&mut assessor).await?;
        assert!(
            problem.contains("takes no grade for this person"),
            "{manners}: {problem}"
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
async fn a_course_that_has_ended_is_shown_to_staff() -> Result<()> {
    let (site, mut assessor, page) = released(Manners::Canvas).await?;
    site.lms.conclude();
    site.deliver().await?;
    let said = reads(&mut assessor, &page).await?;
    assert!(
        said.contains("Not delivered")
            && said.contains("Ask the teacher to open the course again or to move its end"),
        "{said}"
    );
    let problem = first_problem(&mut assessor).await?;
    assert!(
        problem.contains("the course has ended on Canvas"),
        "{problem}"
    );
    site.clock.advance(Duration::from_hours(48));
    assert_eq!(site.deliver().await?, 0, "it is not tried on and on");
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
            let problem = first_problem(&mut assessor).await?;
            assert!(
                problem.contains("the gradebook shows another grade"),
                "{problem}"
            );
        }
        site.clock.advance(Duration::from_hours(48));
        assert_eq!(site.deliver().await?, 0);
    }
    Ok(())
}

#[tokio::test]
async fn a_grade_that_was_hidden_gets_its_comment_when_it_is_sent_again() -> Result<()> {
    let (site, mut assessor, page) = released(Manners::Moodle).await?;
    site.lms.edit_grade(LEARNER, 10.0);
    site.clock.advance(Duration::from_secs(20));
    while site.deliver().await? > 0 {
        site.clock.advance(Duration::from_secs(20));
    }
    site.lms.take_edit_back(LEARNER);
    assert_eq!(site.grade(LEARNER).score, Some(50.0));
    assert_eq!(site.grade(LEARNER).comments, [""; 0]);
    let url = assessor.url(&format!("submissions/{}/resend", submission_of(&page)));
    let csrf = csrf_of(&assessor.page("cohort").await?);
    let again = [("csrf", csrf.as_str())];
    assessor.browser().post_form(&url, &again).await?;
    assert_eq!(site.deliver().await?, 1);
    assert_arrived_once(&site, Manners::Moodle);
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
        let comments = site.grade(LEARNER).comments;
        assert_eq!(comments, ["Pass, submission 1."], "{manners}");
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

/// The columns of a gradebook that show how far somebody is.
fn progress(site: &Site) -> (Option<f64>, Option<String>, Option<String>) {
    let grade = site.grade(LEARNER);
    (grade.score, grade.activity_progress, grade.grading_progress)
}

fn shown(activity: &str, grading: &str) -> (Option<f64>, Option<String>, Option<String>) {
    (None, Some(activity.to_owned()), Some(grading.to_owned()))
}

/// The row of the first learner in the assessor's list.
async fn cohort_row(assessor: &mut Visitor) -> Result<String> {
    Ok(assessor
        .page("cohort")
        .await?
        .text("tbody tr")
        .unwrap_or_default())
}

#[tokio::test]
async fn a_hand_in_is_told_where_it_costs_no_grade() -> Result<()> {
    for manners in ALL {
        let site = Site::start(manners).await?;
        hand_in(&site, LEARNER).await?;
        let tried = site.deliver().await?;
        if manners == Manners::Moodle {
            assert_eq!((tried, posts(&site)), (0, 0), "it would clear a grade");
            continue;
        }
        assert_eq!(progress(&site), shown("Submitted", "PendingManual"));
        let told = site.grade(LEARNER);
        let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
        assert!(
            cohort_row(&mut assessor)
                .await?
                .contains("Knows of the hand-in")
        );
        if manners == Manners::Canvas {
            assert_eq!(told.attempts, 1);
            let address = told.submission_url.expect("SpeedGrader has an address");
            let page = assessor
                .browser()
                .open(&site.lms.speed_grader_url(ASSESSOR, &address))
                .await?;
            assert!(page.body.contains(&site.name(LEARNER)), "{}", page.url);
        }

        site.clock.advance(Duration::from_secs(2));
        release(&site, LEARNER, &PASS).await?;
        assert_eq!(site.deliver().await?, 1);
        let grade = site.grade(LEARNER);
        assert_eq!(grade.score, Some(50.0), "{manners}");
        assert_eq!(grade.attempts, told.attempts, "a mark is no attempt");
        assert!(grade.timestamp > told.timestamp, "{manners}");
    }
    Ok(())
}

#[tokio::test]
async fn a_hand_in_that_nobody_told_gives_way_to_the_mark() -> Result<()> {
    for manners in [Manners::Strict, Manners::Canvas] {
        let site = Site::start(manners).await?;
        hand_in(&site, LEARNER).await?;
        site.lms.set_service_down(true);
        assert_eq!(site.deliver().await?, 1);
        let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
        let cohort = assessor.page("cohort").await?;
        assert!(
            cohort.text(".notice--stop").is_none(),
            "a hand-in that waits troubles nobody"
        );
        release(&site, LEARNER, &PASS).await?;
        site.lms.set_service_down(false);
        site.clock.advance(Duration::from_secs(6));
        assert_eq!(site.deliver().await?, 1);
        assert_arrived_once(&site, manners);
        site.clock.advance(Duration::from_hours(48));
        assert_eq!(site.deliver().await?, 0);
    }
    Ok(())
}

#[tokio::test]
async fn a_hand_in_without_an_answer_opens_one_attempt() -> Result<()> {
    let told = [Manners::Strict, Manners::Canvas].into_iter();
    for (manners, fault) in told.flat_map(|manners| LOST.map(|lost| (manners, lost))) {
        let site = Site::start(manners).await?;
        hand_in(&site, LEARNER).await?;
        site.lms.set_fault(Some(fault));
        assert_eq!(site.deliver().await?, 1);
        site.clock.advance(Duration::from_secs(6));
        assert_eq!(site.deliver().await?, 1);
        assert_eq!(progress(&site), shown("Submitted", "PendingManual"));
        let attempts = u32::from(manners == Manners::Canvas);
        assert_eq!(
            site.grade(LEARNER).attempts,
            attempts,
            "{manners}, {fault:?}"
        );
        let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
        let row = cohort_row(&mut assessor).await?;
        assert!(row.contains("Knows of the hand-in"), "{manners}: {row}");
        site.clock.advance(Duration::from_hours(48));
        assert_eq!(site.deliver().await?, 0, "{manners}: it is settled");
    }
    Ok(())
}

#[tokio::test]
async fn work_that_is_taken_back_is_told_once_it_is_handed_in_again() -> Result<()> {
    let site = Site::start(Manners::Canvas).await?;
    let take_back = async |learner: &mut Visitor| {
        let page = learner.page("evidence").await?;
        let form = page.form("form[action$='/take-back']")?;
        learner.browser().submit(&form).await?;
        anyhow::Ok(())
    };
    let mut learner = hand_in(&site, LEARNER).await?;
    take_back(&mut learner).await?;
    assert_eq!(site.deliver().await?, 1);
    assert_eq!(posts(&site), 0, "what is no longer true is not told");
    learner.hand_in().await?;
    assert_eq!(site.deliver().await?, 1);
    assert_eq!(site.grade(LEARNER).attempts, 1);

    take_back(&mut learner).await?;
    assert_eq!(site.deliver().await?, 0, "taking back is not told");
    site.clock.advance(Duration::from_secs(2));
    learner.hand_in().await?;
    assert_eq!(site.deliver().await?, 1);
    assert_eq!(site.grade(LEARNER).attempts, 1, "it is the same submission");
    Ok(())
}

#[tokio::test]
async fn a_grade_that_a_teacher_entered_is_not_cleared_by_a_hand_in() -> Result<()> {
    for manners in ALL {
        let site = Site::start(manners).await?;
        site.lms.edit_grade(LEARNER, 70.0);
        site.clock.advance(Duration::from_secs(2));
        hand_in(&site, LEARNER).await?;
        site.deliver().await?;
        assert_eq!(site.grade(LEARNER).score, Some(70.0), "{manners}");
    }
    Ok(())
}

#[tokio::test]
async fn a_hand_in_is_not_told_where_nobody_can_tell_whether_there_is_a_grade() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    site.lms.withhold_grade_scope("result.readonly");
    site.lms.edit_grade(LEARNER, 70.0);
    site.clock.advance(Duration::from_secs(2));
    hand_in(&site, LEARNER).await?;
    assert_eq!(site.deliver().await?, 1);
    assert_eq!((site.grade(LEARNER).score, posts(&site)), (Some(70.0), 0));
    site.clock.advance(Duration::from_hours(48));
    assert_eq!(site.deliver().await?, 0, "it is settled");

    // A grade needs no look at what is there.
    release(&site, LEARNER, &PASS).await?;
    assert_eq!(site.deliver().await?, 1);
    assert_arrived_once(&site, Manners::Strict);
    Ok(())
}

#[tokio::test]
async fn work_of_a_preview_learner_is_marked_and_never_sent() -> Result<()> {
    for manners in ALL {
        for marks in [&PASS, &REFERRAL] {
            let site = Site::start(manners).await?;
            site.lms.set_preview(LEARNER);
            let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
            add_strong(&mut learner).await?;
            learner.hand_in().await?;
            assert_eq!(site.deliver().await?, 0, "{manners}");

            let (mut assessor, sheet) = mark(&site, LEARNER, marks).await?;
            let row = cohort_row(&mut assessor).await?;
            assert!(row.contains("Preview learners get no grades"), "{row}");
            assert!(!row.contains("no longer in the course"), "{row}");
            let signed = assessor.sign(&sheet, "Joan Hartley").await?;
            let released = assessor.release(&signed).await?;
            for page in [signed, released] {
                let said = page.text("main").unwrap_or_default();
                assert!(said.contains("preview learners get no grades"), "{said}");
            }
            let row = cohort_row(&mut assessor).await?;
            assert!(row.contains("Preview learners get no grades"), "{row}");
            assert_eq!((site.deliver().await?, posts(&site)), (0, 0), "{manners}");
            assert_eq!(site.grade(LEARNER).score, None);
            let result = learner.page("result").await?;
            let result = result.text("main").unwrap_or_default();
            assert!(!result.contains("On its way"), "{result}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_learner_without_attempts_is_told_of_quietly() -> Result<()> {
    let site = Site::start(Manners::Canvas).await?;
    site.lms.set_attempts_allowed(0);
    hand_in(&site, LEARNER).await?;
    assert_eq!(site.deliver().await?, 1);
    assert_eq!(progress(&site), shown("Submitted", "PendingManual"));
    assert_eq!(site.grade(LEARNER).attempts, 0);
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let row = cohort_row(&mut assessor).await?;
    assert!(row.contains("allow another attempt"), "{row}");
    Ok(())
}

#[tokio::test]
async fn a_referral_is_progress_and_never_a_number() -> Result<()> {
    for manners in ALL {
        let site = Site::start(manners).await?;
        hand_in(&site, LEARNER).await?;
        release(&site, LEARNER, &REFERRAL).await?;
        let tried = site.deliver().await?;
        if manners == Manners::Moodle {
            assert_eq!((tried, posts(&site)), (0, 0));
            continue;
        }
        assert_eq!(tried, 1, "{manners}");
        assert_eq!(progress(&site), shown("InProgress", "Pending"), "{manners}");
        assert_eq!(site.grade(LEARNER).attempts, 0, "{manners}");
    }
    Ok(())
}

#[tokio::test]
async fn a_column_of_ours_is_found_behind_one_that_is_not() -> Result<()> {
    for manners in ALL {
        let site = Site::start(manners).await?;
        site.lms.name_line_item(UNIT, workflow::passback::TAG);
        site.lms.add_line_item("register", "attendance");
        hand_in(&site, LEARNER).await?;
        release(&site, LEARNER, &PASS).await?;
        site.deliver().await?;
        assert_arrived_once(&site, manners);
    }
    Ok(())
}

#[tokio::test]
async fn a_column_is_made_where_there_is_none_and_the_platform_allows_it() -> Result<()> {
    for manners in ALL {
        let site = Site::start(manners).await?;
        site.lms.delete_line_item();
        site.lms.let_tool_make_line_items();
        hand_in(&site, LEARNER).await?;
        release(&site, LEARNER, &PASS).await?;
        site.deliver().await?;
        assert_arrived_once(&site, manners);
        let item = site.lms.line_item().expect("a column");
        assert_eq!(item["resourceId"], UNIT, "{manners}");
        assert_eq!(item["tag"], "result", "{manners}");
        let review = item["submissionReview"]["url"].as_str();
        let expected = site.url("lti/launch");
        assert_eq!(
            review,
            (manners == Manners::Strict).then_some(expected.as_str()),
            "{manners}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn the_one_right_to_columns_that_is_granted_serves_for_reading_too() -> Result<()> {
    for manners in ALL {
        let site = Site::start(manners).await?;
        site.lms.withhold_grade_scope("lineitem.readonly");
        site.lms.let_tool_make_line_items();
        // Two columns, of which ours has to be found, and none, so that one has to be made.
        site.lms.name_line_item(UNIT, workflow::passback::TAG);
        site.lms.add_line_item("register", "attendance");
        hand_in(&site, LEARNER).await?;
        release(&site, LEARNER, &PASS).await?;
        site.deliver().await?;
        assert_arrived_once(&site, manners);

        let site = Site::start(manners).await?;
        site.lms.withhold_grade_scope("lineitem.readonly");
        site.lms.let_tool_make_line_items();
        site.lms.delete_line_item();
        hand_in(&site, LEARNER).await?;
        release(&site, LEARNER, &PASS).await?;
        site.deliver().await?;
        assert_arrived_once(&site, manners);
    }
    Ok(())
}

#[tokio::test]
async fn a_column_that_is_gone_is_looked_for_once_more() -> Result<()> {
    for manners in ALL {
        let (site, mut assessor, page) = released(manners).await?;
        site.deliver().await?;
        site.lms.delete_line_item();
        let url = assessor.url(&format!("submissions/{}/resend", submission_of(&page)));
        let csrf = csrf_of(&assessor.page("cohort").await?);
        assessor
            .browser()
            .post_form(&url, &[("csrf", &csrf)])
            .await?;
        site.deliver().await?;
        let said = assessor
            .page("cohort")
            .await?
            .text(".notice--stop")
            .unwrap_or_default();
        assert!(
            said.contains("the gradebook has no column for this activity"),
            "{manners}: {said}"
        );

        // The tool makes none in place of one that was taken away, but finds one.
        site.lms.let_tool_make_line_items();
        site.lms.make_line_item();
        assessor
            .browser()
            .post_form(&url, &[("csrf", &csrf)])
            .await?;
        site.deliver().await?;
        assert_arrived_once(&site, manners);
    }
    Ok(())
}

/// A site with two VLEs that each wait for two grades: the site's own and the other.
async fn two_platforms() -> Result<(Site, demo_lms::DemoLms)> {
    let mut site = Site::start(Manners::Strict).await?;
    released_passes(&site, 2).await?;
    let other = site.add_vle(Manners::Strict).await?;
    let own = std::mem::replace(&mut site.lms, other);
    released_passes(&site, 2).await?;
    let other = std::mem::replace(&mut site.lms, own);
    Ok((site, other))
}

fn graded(lms: &demo_lms::DemoLms) -> usize {
    let rows = lms.gradebook();
    rows.iter().filter(|row| row.score.is_some()).count()
}

#[tokio::test]
async fn a_slow_platform_holds_no_other_up() -> Result<()> {
    let (site, other) = two_platforms().await?;
    site.lms
        .set_fault(Some(Fault::Slow(Duration::from_secs(4))));
    let other_is_done = async {
        while graded(&other) < 2 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        graded(&site.lms)
    };
    let (tried, meanwhile) = tokio::join!(site.deliver(), other_is_done);
    assert_eq!((tried?, meanwhile), (4, 0));
    assert_eq!(graded(&site.lms), 2, "in its own time");
    Ok(())
}

/// Each platform's first grade has its line item written down, while the others' are settled.
#[tokio::test]
async fn many_platforms_are_served_side_by_side() -> Result<()> {
    let mut site = Site::start(Manners::Strict).await?;
    let mut platforms = vec![site.lms.clone()];
    for _ in 0..5 {
        platforms.push(site.add_vle(Manners::Strict).await?);
    }
    for lms in &platforms {
        site.lms = lms.clone();
        released_passes(&site, 3).await?;
    }
    assert_eq!(site.deliver().await?, 18);
    for lms in &platforms {
        assert_eq!(graded(lms), 3);
    }
    Ok(())
}

#[tokio::test]
async fn a_throttled_platform_is_left_alone_and_others_go_on() -> Result<()> {
    let (site, other) = two_platforms().await?;
    site.lms
        .set_fault(Some(Fault::TooManyRequests { retry_after: 600 }));
    assert_eq!(site.deliver().await?, 3, "its second grade is not tried");
    assert_eq!((graded(&site.lms), graded(&other)), (0, 2));
    site.clock.advance(Duration::from_mins(9));
    assert_eq!(site.deliver().await?, 0);
    site.clock.advance(Duration::from_secs(61));
    assert_eq!(site.deliver().await?, 2);
    assert_eq!(graded(&site.lms), 2);
    Ok(())
}

/// How many grades are neither delivered nor given up.
async fn undelivered(site: &Site) -> Result<usize> {
    let mut work = site.app.storage.read().await?;
    Ok(work.undelivered().await?.len())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_grades_arrive_once_each_through_every_fault() -> Result<()> {
    tokio::try_join!(
        a_thousand_grades(Manners::Strict),
        a_thousand_grades(Manners::Moodle),
        a_thousand_grades(Manners::Canvas)
    )?;
    Ok(())
}

/// Delivers until nothing is left, with time for pauses. Two workers at the same time, as two
/// processes would be.
async fn deliver_all(site: &Site) -> Result<()> {
    for _ in 0..200 {
        let (one, other) = tokio::join!(site.deliver(), site.deliver());
        one?;
        other?;
        if undelivered(site).await? == 0 {
            return Ok(());
        }
        site.clock.advance(Duration::from_secs(30));
    }
    anyhow::bail!("{} messages are left", undelivered(site).await?)
}

/// A quarter of the learners hand in first, where the platform hears of it.
async fn a_thousand_grades(manners: Manners) -> Result<()> {
    const LEARNERS: usize = 1_000;
    const HAND_INS: usize = 250;
    let patience = Duration::from_millis(1_500);
    let http = lti::http::Client::builder().timeout(patience).build()?;
    let many = |settings: &mut demo_lms::Settings| settings.learners = LEARNERS;
    let impatient = |app: &mut App| {
        app.tokens = lti::TokenClient::new(http.clone());
        app.http = http;
    };
    let site = Site::start_changed(units().await?, manners, many, impatient).await?;
    let anywhere = vec![
        Fault::ServiceUnavailable,
        Fault::TooManyRequests { retry_after: 30 },
        Fault::DropAfterStore,
        Fault::BadJson,
        Fault::TornAnswer,
        Fault::Slow(patience * 4),
        Fault::BadGatewayAfterStore,
    ];
    let mut at_services = anywhere.clone();
    at_services.extend([Fault::TokenExpired, Fault::TokensRevoked]);
    site.lms.fault_every(20, at_services);
    site.lms.fault_tokens_every(3, anywhere);
    // What becomes of a hand-in on Moodle, `a_hand_in_is_told_where_it_costs_no_grade` shows.
    if manners != Manners::Moodle {
        told_hand_ins(&site, HAND_INS).await?;
        deliver_all(&site).await?;
    }
    let opened = site.lms.gradebook().into_iter().map(|row| row.attempts);
    let opened: Vec<u32> = opened.collect();
    assert_eq!(
        opened.iter().max(),
        Some(&u32::from(manners == Manners::Canvas))
    );
    if manners == Manners::Canvas {
        // A try that may have opened one is never followed by one that may do so too.
        let opened: u32 = opened[..HAND_INS].iter().sum();
        assert!(opened > 230, "{opened} attempts");
    }
    let before = site.lms.requests().len();
    released_passes(&site, LEARNERS).await?;
    deliver_all(&site).await?;
    let rows = site.lms.gradebook();
    assert_eq!(rows.len(), LEARNERS);
    for (row, opened) in rows.iter().zip(opened) {
        assert_eq!(row.score, Some(50.0), "{manners}: {}", row.user_id);
        assert_eq!(row.comments, ["Pass, submission 1."], "{manners}");
        assert_eq!(row.attempts, opened, "{manners}: a mark is no attempt");
    }
    let requests = site.lms.requests();
    let stored = requests[before..].iter().filter(|request| {
        request.starts_with("POST")
            && request.contains("/scores")
            && [" 200", " 204", " dropped"]
                .iter()
                .any(|taken| request.contains(taken))
    });
    assert_eq!(stored.count(), LEARNERS, "{manners}: each was taken once");
    let tokens = requests
        .iter()
        .filter(|request| request.contains("/lti/token"));
    let struck = tokens.filter(|request| !request.ends_with(" 200")).count();
    assert!(struck >= 3, "{manners}: {struck} tokens met trouble");
    Ok(())
}
