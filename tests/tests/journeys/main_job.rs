//! From launch to gradebook, and the ways that do not end there.

use anyhow::Result;
use demo_lms::Manners;
use demo_lms::play::{DOCX, Visitor};
use end_to_end::work::{
    ASSESSOR, FEEDBACK, LEARNER, PASS, REFERRAL, add_strong, csrf_of, hand_in, mark, release, sign,
    submission_of,
};
use end_to_end::{Site, fixture};

async fn main_job(manners: Manners) -> Result<()> {
    let site = Site::start(manners).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let page = add_strong(&mut learner).await?;
    assert!(
        page.body.contains("8 of 8 criteria have a heading"),
        "{}",
        page.body
    );
    learner.hand_in().await?;

    let (mut assessor, released) = release(&site, LEARNER, &PASS).await?;
    assert_eq!(
        site.grade(LEARNER).score,
        None,
        "nothing arrives before it is delivered"
    );
    assert_eq!(site.deliver().await?, 1);
    assert_eq!(site.deliver().await?, 0, "it is sent once");

    let grade = site.grade(LEARNER);
    assert_eq!(grade.score, Some(50.0));
    assert_eq!(grade.comments, ["Pass, submission 1."]);
    assert_eq!(grade.grading_progress.as_deref(), Some("FullyGraded"));
    assert_eq!(grade.attempts, 0, "a grade opens no attempt");
    let result = learner.page("result").await?;
    assert_eq!(result.text("h1").as_deref(), Some("Pass"));
    assert!(
        result
            .text("main")
            .unwrap_or_default()
            .contains("50 of 100")
    );
    let delivery = assessor.browser().get(&released.url).await?;
    assert!(delivery.text("main").unwrap_or_default().contains("has it"));
    Ok(())
}

#[tokio::test]
async fn the_main_job_in_strict_manners() -> Result<()> {
    main_job(Manners::Strict).await
}

#[tokio::test]
async fn the_main_job_in_moodles_manners() -> Result<()> {
    main_job(Manners::Moodle).await
}

#[tokio::test]
async fn the_main_job_in_canvass_manners() -> Result<()> {
    main_job(Manners::Canvas).await
}

#[tokio::test]
async fn a_weak_assignment_is_explained_in_the_learners_words() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let page = learner
        .upload("304-weak.docx", DOCX, &fixture("304-weak/304-weak.docx"))
        .await?;
    let found = page.text("main").unwrap_or_default();
    for words in [
        "7 of 8 criteria have a heading",
        "We could not find a heading for AC 2.4.",
        "AC 1.4 is mostly a list. The task asks you to explain",
        "AC 1.3 still has 4 texts of the template.",
        "They do not mark your work",
    ] {
        assert!(found.contains(words), "“{words}” is missing in: {found}");
    }
    learner.hand_in().await?;
    let home = learner.page("unit").await?;
    assert!(
        home.text("main").unwrap_or_default().contains("Handed in"),
        "findings stop nobody"
    );
    Ok(())
}

#[tokio::test]
async fn a_plain_text_assignment_goes_the_same_way() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let page = learner
        .upload(
            "304-strong.txt",
            "text/plain",
            &fixture("304-strong/304-strong.txt"),
        )
        .await?;
    assert!(page.body.contains("8 of 8 criteria have a heading"));
    learner.hand_in().await?;
    release(&site, LEARNER, &PASS).await?;
    site.deliver().await?;
    assert_eq!(site.grade(LEARNER).score, Some(50.0));
    Ok(())
}

#[tokio::test]
async fn a_referral_sends_no_number_and_the_second_submission_passes() -> Result<()> {
    let site = Site::start(Manners::Moodle).await?;
    let mut learner = hand_in(&site, LEARNER).await?;
    let (_, released) = release(&site, LEARNER, &REFERRAL).await?;
    assert!(
        released
            .text("main")
            .unwrap_or_default()
            .contains("91 of 100")
    );
    assert_eq!(
        site.deliver().await?,
        0,
        "91 of 100 would look like success"
    );
    assert!(
        !site
            .lms
            .requests()
            .iter()
            .any(|request| request.contains("/scores"))
    );

    let result = learner.page("result").await?;
    assert!(result.text("h1").unwrap_or_default().contains("Referral"));
    assert!(result.body.contains(FEEDBACK));
    let begun = learner
        .browser()
        .submit(&result.form("form[action$='/resubmit']")?)
        .await?;
    assert!(
        begun
            .text("main")
            .unwrap_or_default()
            .contains("Submission 2 of 2")
    );
    assert!(
        begun.body.contains("304-strong.docx"),
        "it starts from what was handed in"
    );
    learner.hand_in().await?;

    release(&site, LEARNER, &PASS).await?;
    site.deliver().await?;
    let grade = site.grade(LEARNER);
    assert_eq!(grade.score, Some(50.0));
    assert_eq!(grade.comments, ["Pass, submission 2."]);
    Ok(())
}

#[tokio::test]
async fn a_second_referral_closes_the_unit() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = hand_in(&site, LEARNER).await?;
    release(&site, LEARNER, &REFERRAL).await?;
    let result = learner.page("result").await?;
    learner
        .browser()
        .submit(&result.form("form[action$='/resubmit']")?)
        .await?;
    learner.hand_in().await?;
    release(&site, LEARNER, &REFERRAL).await?;
    let closed = learner.page("result").await?;
    assert!(
        closed
            .text("main")
            .unwrap_or_default()
            .contains("This was the last submission for this unit.")
    );
    assert!(closed.form("form[action$='/resubmit']").is_err());
    let csrf = csrf_of(&result);
    let url = learner.url("resubmit");
    let forced = learner
        .browser()
        .post_form(&url, &[("csrf", &csrf)])
        .await?;
    assert_eq!(forced.status, 409);
    Ok(())
}

#[tokio::test]
async fn after_a_pass_nothing_can_be_changed_any_more() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = hand_in(&site, LEARNER).await?;
    let own = csrf_of(&learner.page("evidence").await?);
    let (mut assessor, signed) = sign(&site, LEARNER, &PASS).await?;
    let csrf = csrf_of(&signed);
    assessor.release(&signed).await?;
    let submission = submission_of(&signed);
    for (action, fields) in [
        (
            "marks",
            vec![
                ("criterion", "1.1"),
                ("mark", "0"),
                ("version", "1"),
                ("feedback", ""),
            ],
        ),
        ("reopen", vec![("reason", "A second thought.")]),
        ("release", vec![]),
    ] {
        let fields = [vec![("csrf", csrf.as_str())], fields].concat();
        let url = assessor.url(&format!("submissions/{submission}/{action}"));
        let refused = assessor.browser().post_form(&url, &fields).await?;
        assert_eq!(refused.status, 409, "{action}");
    }
    let url = learner.url("resubmit");
    let refused = learner.browser().post_form(&url, &[("csrf", &own)]).await?;
    assert_eq!(refused.status, 409);
    site.deliver().await?;
    assert_eq!(site.grade(LEARNER).score, Some(50.0));
    Ok(())
}

/// Sends a signature although the page offers none.
async fn force_signature(
    assessor: &mut Visitor,
    sheet: &demo_lms::browser::Page,
) -> Result<(String, u16)> {
    let submission = submission_of(sheet);
    let url = assessor.url(&format!("submissions/{submission}/sign"));
    let page = assessor.browser().get(&url).await?;
    assert!(
        page.form("form[action$='/sign']").is_err(),
        "there is nothing to sign"
    );
    let fields = [
        ("csrf", csrf_of(sheet)),
        ("judged", "yes".into()),
        ("name", "Joan Hartley".into()),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let forced = assessor.browser().post_form(&url, &fields).await?;
    Ok((page.text("main").unwrap_or_default(), forced.status))
}

#[tokio::test]
async fn an_incomplete_sheet_cannot_be_signed() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    hand_in(&site, LEARNER).await?;
    let (mut assessor, sheet) = mark(&site, LEARNER, &PASS[..7]).await?;
    let (page, status) = force_signature(&mut assessor, &sheet).await?;
    assert!(
        page.contains("Not ready to sign") && page.contains("mark 2.4"),
        "{page}"
    );
    assert_eq!(status, 409);
    Ok(())
}

#[tokio::test]
async fn a_referred_criterion_needs_feedback_before_the_signature() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    hand_in(&site, LEARNER).await?;
    let (mut assessor, sheet) = mark(&site, LEARNER, &PASS).await?;
    let sheet = assessor.mark(&sheet, "1.1", "7", "").await?;
    let (page, status) = force_signature(&mut assessor, &sheet).await?;
    assert!(page.contains("give feedback on 1.1"), "{page}");
    assert_eq!(status, 409);
    let sheet = assessor.mark(&sheet, "1.1", "7", FEEDBACK).await?;
    let signed = assessor.sign(&sheet, "Joan Hartley").await?;
    assert!(signed.text("main").unwrap_or_default().contains("Referral"));
    Ok(())
}

#[tokio::test]
async fn a_signature_needs_name_and_judgement_and_the_sheet_that_was_shown() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    hand_in(&site, LEARNER).await?;
    let (mut assessor, sheet) = mark(&site, LEARNER, &PASS).await?;
    let url = assessor.url(&format!("submissions/{}/sign", submission_of(&sheet)));
    let page = assessor.browser().get(&url).await?;
    let empty = assessor
        .browser()
        .submit(&page.form("form[action$='/sign']")?)
        .await?;
    assert_eq!(empty.status, 422);
    let said = empty.text("#error-summary").unwrap_or_default();
    assert!(
        said.contains("Confirm how you judged") && said.contains("Type your name"),
        "{said}"
    );

    assessor.mark(&sheet, "1.1", "9", FEEDBACK).await?;
    let form = page
        .form("form[action$='/sign']")?
        .with("judged", "yes")
        .with("name", "Joan Hartley");
    let stale = assessor.browser().submit(&form).await?;
    assert_eq!(stale.status, 422);
    assert!(
        stale
            .text("#error-summary")
            .unwrap_or_default()
            .contains("The sheet was changed")
    );
    assert!(
        stale.body.contains("51 of 100"),
        "it shows the sheet as it stands now"
    );
    Ok(())
}

#[tokio::test]
async fn a_reopened_sheet_keeps_the_version_that_was_signed() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    hand_in(&site, LEARNER).await?;
    let (mut assessor, signed) = sign(&site, LEARNER, &PASS).await?;
    let form = signed.form("form[action$='/reopen']")?;
    let refused = assessor.browser().submit(&form).await?;
    assert_eq!(refused.status, 422, "it needs a reason");
    let sheet = assessor
        .browser()
        .submit(&form.with("reason", "A mark was in the wrong row."))
        .await?;
    assert_eq!(sheet.status, 200);
    let sheet = assessor.mark(&sheet, "1.1", "16", FEEDBACK).await?;
    let again = assessor.sign(&sheet, "Joan Hartley").await?;
    assert!(
        again
            .text("main")
            .unwrap_or_default()
            .contains("(version 2)")
    );

    let mut work = site.app.storage.read().await?;
    let decisions = work.decisions(submission_of(&again).parse()?).await?;
    let totals: Vec<_> = decisions
        .iter()
        .map(|decision| decision.outcome.total)
        .collect();
    assert_eq!(totals, [Some(50), Some(58)]);
    let reasons: Vec<_> = decisions
        .iter()
        .map(|decision| decision.voided.as_ref().map(|(_, why)| why.as_str()))
        .collect();
    assert_eq!(reasons, [Some("A mark was in the wrong row."), None]);
    drop(work);

    assessor.release(&again).await?;
    site.deliver().await?;
    assert_eq!(site.grade(LEARNER).score, Some(58.0));
    Ok(())
}

#[tokio::test]
async fn nothing_reaches_the_learner_before_release() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = hand_in(&site, LEARNER).await?;
    let (mut assessor, signed) = sign(&site, LEARNER, &PASS).await?;
    let submission = submission_of(&signed);
    let evidence = learner.page("evidence").await?;
    let text = evidence
        .link("See it as we read it")
        .expect("the file can be read");
    let result = learner.page("result").await?;
    assert!(
        result
            .text("main")
            .unwrap_or_default()
            .contains("Not released yet")
    );

    let mut addresses: Vec<_> = [learner.page("unit").await?, evidence, result]
        .iter()
        .flat_map(demo_lms::browser::Page::links)
        .map(|link| link.url)
        .filter(|url| url.origin() == site.app.public_url.origin())
        .collect();
    addresses.push(text);
    for name in ["", "/sheet", "/sign", "/release"] {
        addresses.push(learner.url(&format!("submissions/{submission}{name}")));
    }
    addresses.push(learner.url("cohort"));
    for url in addresses {
        let page = learner.browser().get(&url).await?;
        for secret in ["Quokka", "50 of 100", "Joan Hartley", "Would be"] {
            assert!(!page.body.contains(secret), "{url} shows “{secret}”");
        }
    }
    // The VLE hears at most that the work was handed in.
    site.deliver().await?;
    let grade = site.grade(LEARNER);
    assert_eq!((grade.score, grade.comments), (None, Vec::new()));
    assert!(
        grade
            .grading_progress
            .is_none_or(|progress| progress == "PendingManual")
    );

    assessor.release(&signed).await?;
    let result = learner.page("result").await?;
    assert!(result.body.contains(FEEDBACK), "now it is there");
    Ok(())
}

#[tokio::test]
async fn work_can_be_taken_back_until_marking_begins() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = hand_in(&site, LEARNER).await?;
    let page = learner.page("evidence").await?;
    let take_back = page.form("form[action$='/take-back']")?;
    learner.browser().submit(&take_back).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    assert!(
        assessor.open_work(&site.name(LEARNER)).await.is_err(),
        "a draft is the learner's own"
    );
    learner
        .upload("304-weak.docx", DOCX, &fixture("304-weak/304-weak.docx"))
        .await?;
    learner.hand_in().await?;

    mark(&site, LEARNER, &PASS[..1]).await?;
    let late = learner.browser().submit(&take_back).await?;
    assert_eq!(late.status, 409);
    assert!(
        late.text("main")
            .unwrap_or_default()
            .contains("This work is being marked")
    );
    let upload = learner.page("evidence").await?;
    assert!(upload.form("form[enctype='multipart/form-data']").is_err());
    Ok(())
}
