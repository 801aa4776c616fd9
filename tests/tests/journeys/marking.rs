//! The mark sheet: saved as it is typed, by one or by two, and never lost.

use anyhow::Result;
use demo_lms::Manners;
use demo_lms::browser::{Form, Page};
use demo_lms::play::Visitor;
use end_to_end::platform::{INSTRUCTOR_ROLE, LEARNER_ROLE, Platform, claim};
use end_to_end::work::{
    ASSESSOR, FEEDBACK, LEARNER, OTHER_ASSESSOR, PASS, add_strong, hand_in, mark, submission_of,
};
use end_to_end::{CENTRE_WORDS, Site};
use serde_json::{Value, json};

fn line(sheet: &Page, criterion: &str, mark: &str, feedback: &str) -> Result<Form> {
    let form = sheet.form(&format!("form[id='sheet-{criterion}']"))?;
    Ok(form.with("mark", mark).with("feedback", feedback))
}

fn body(page: &Page) -> Result<Value> {
    Ok(serde_json::from_str(&page.body)?)
}

/// The mark that stands in the field of a criterion.
fn mark_of(sheet: &Page, criterion: &str) -> Option<String> {
    sheet.attribute(&format!("[id='mark-{criterion}']"), "value")
}

#[tokio::test]
async fn a_mark_is_saved_as_it_is_typed() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    hand_in(&site, LEARNER).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    let saved = assessor
        .browser()
        .submit_by_script(&line(&sheet, "1.1", "8", FEEDBACK)?)
        .await?;
    assert_eq!(saved.status, 200);
    let saved = body(&saved)?;
    assert_eq!(saved["version"], 1);
    assert!(saved["saved_at"].is_string());
    assert_eq!(saved["sheet"]["total"], "8");
    assert_eq!(saved["sheet"]["verdict"], "incomplete");
    assert_eq!(
        saved["sheet"]["criteria"][0],
        json!({"id": "1.1", "awarded": "8", "state": "met", "words": "Met"})
    );
    assert_eq!(
        saved["sheet"]["obstacles"].as_array().map(Vec::len),
        Some(7)
    );

    for (typed, words) in [
        ("17", "Whole marks from 0 to 16."),
        ("-1", "Whole marks"),
        ("7.5", "Whole marks"),
        ("eight", "Whole marks"),
    ] {
        let form = line(&sheet, "1.2", typed, "")?;
        let refused = assessor.browser().submit_by_script(&form).await?;
        assert_eq!(refused.status, 422, "{typed}");
        assert!(
            body(&refused)?["error"]
                .as_str()
                .unwrap_or_default()
                .contains(words),
            "{typed}"
        );
        let page = assessor.browser().submit(&form).await?;
        assert_eq!(page.status, 422, "{typed}");
        assert_eq!(
            mark_of(&page, "1.2").as_deref(),
            Some(typed),
            "what was typed stays in the field"
        );
    }
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    assert_eq!(mark_of(&sheet, "1.1").as_deref(), Some("8"));
    assert_eq!(mark_of(&sheet, "1.2").as_deref(), Some(""));
    Ok(())
}

#[tokio::test]
async fn two_assessors_on_one_sheet_never_overwrite_each_other() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    hand_in(&site, LEARNER).await?;
    let mut joan = Visitor::launch(&site.lms, ASSESSOR).await?;
    let mut tom = Visitor::launch(&site.lms, OTHER_ASSESSOR).await?;
    let joans = joan.open_work(&site.name(LEARNER)).await?;
    let toms = tom.open_work(&site.name(LEARNER)).await?;
    joan.mark(&joans, "1.1", "10", "Joan's words.").await?;

    let form = line(&toms, "1.1", "7", "Tom's words.")?;
    let conflict = tom.browser().submit_by_script(&form).await?;
    assert_eq!(conflict.status, 409);
    let conflict = &body(&conflict)?["conflict"];
    assert_eq!(conflict["criterion"], "1.1");
    assert_eq!(conflict["by"], site.name(ASSESSOR));
    assert_eq!(conflict["mark"], "10");
    assert_eq!(conflict["feedback"], "Joan's words.");
    assert_eq!(conflict["version"], 1);

    let both = tom.browser().submit(&form).await?;
    assert_eq!(both.status, 409);
    let theirs = both.text("#conflict").unwrap_or_default();
    assert!(
        theirs.contains("10") && theirs.contains("Joan's words."),
        "{theirs}"
    );
    assert_eq!(mark_of(&both, "1.1").as_deref(), Some("7"), "and his own");
    let stands = joan.open_work(&site.name(LEARNER)).await?;
    assert_eq!(
        mark_of(&stands, "1.1").as_deref(),
        Some("10"),
        "nothing was overwritten"
    );

    let kept = tom
        .browser()
        .submit(&both.form("form[id='sheet-1.1']")?)
        .await?;
    assert_eq!(kept.status, 200, "Tom keeps his, knowing hers");
    let stands = joan.open_work(&site.name(LEARNER)).await?;
    assert_eq!(mark_of(&stands, "1.1").as_deref(), Some("7"));
    Ok(())
}

#[tokio::test]
async fn a_lost_session_loses_no_mark() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    hand_in(&site, LEARNER).await?;
    let (mut assessor, sheet) = mark(&site, LEARNER, &PASS[..3]).await?;
    assessor.browser().forget_cookie("markbridge");
    let form = line(&sheet, "1.4", "6", FEEDBACK)?;
    let lost = assessor.browser().submit_by_script(&form).await?;
    assert_eq!(lost.status, 401);
    let said = body(&lost)?;
    let error = said["error"].as_str().unwrap_or_default();
    assert!(
        error.contains("Everything that was saved is still there"),
        "{said}"
    );
    let steps = said["steps"].as_array().into_iter().flatten();
    assert!(
        steps
            .clone()
            .any(|step| step == "Open the activity again by its own link."),
        "{said}"
    );
    let page = assessor.browser().submit(&form).await?;
    assert_eq!(page.status, 401);
    assert_eq!(
        page.text("h1").as_deref(),
        Some("Please open the activity again")
    );

    let mut again = Visitor::launch(&site.lms, ASSESSOR).await?;
    let sheet = again.open_work(&site.name(LEARNER)).await?;
    for (criterion, mark) in &PASS[..3] {
        assert_eq!(mark_of(&sheet, criterion).as_deref(), Some(*mark));
    }
    assert_eq!(mark_of(&sheet, "1.4").as_deref(), Some(""));
    Ok(())
}

#[tokio::test]
async fn a_session_ends_by_itself() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    site.clock.advance(std::time::Duration::from_hours(13));
    let url = learner.url("unit");
    assert_eq!(learner.browser().get(&url).await?.status, 401);
    Ok(())
}

#[tokio::test]
async fn findings_are_confirmed_or_dismissed_and_stay() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let weak = end_to_end::fixture("304-weak/304-weak.docx");
    learner
        .upload("304-weak.docx", demo_lms::play::DOCX, &weak)
        .await?;
    learner.hand_in().await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    let dismiss = sheet.form("form[data-finding]")?.press("dismissed")?;
    assert_eq!(
        assessor.browser().submit_by_script(&dismiss).await?.status,
        200
    );
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    let verdicts = |word: &str| {
        sheet
            .body
            .matches(&format!("data-verdict=\"{word}\""))
            .count()
    };
    assert_eq!((verdicts("dismissed"), verdicts("confirmed")), (1, 0));
    let unknown = dismiss.with("finding", "999");
    assert_eq!(
        assessor.browser().submit_by_script(&unknown).await?.status,
        422
    );
    Ok(())
}

#[tokio::test]
async fn nobody_marks_their_own_work() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let platform = Platform::start().await?;
    site.register(&platform).await?;
    let mut browser = platform.visit().await?;
    let first = platform
        .launch(&site, &mut browser, |token| {
            token.claims[claim("roles")] = json!([LEARNER_ROLE]);
        })
        .await?;
    let mut person = Visitor::at(browser, first);
    add_strong(&mut person).await?;
    person.hand_in().await?;
    let evidence = person
        .page("evidence")
        .await?
        .link("Download")
        .expect("a file");

    let cohort = platform
        .launch(&site, person.browser(), |token| {
            token.claims[claim("roles")] = json!([LEARNER_ROLE, INSTRUCTOR_ROLE]);
        })
        .await?;
    assert_eq!(cohort.text("h1").as_deref(), Some("To mark"));
    let own = cohort.link("Ada Lovelace").expect("they are in the list");
    assert_eq!(person.browser().get(&own).await?.status, 404);
    assert_eq!(person.browser().get(&evidence).await?.status, 404);

    let mut other = platform.visit().await?;
    let cohort = platform
        .launch(&site, &mut other, |token| {
            token.claims[claim("roles")] = json!([INSTRUCTOR_ROLE]);
            token.claims["sub"] = json!("person-2");
        })
        .await?;
    let sheet = other
        .get(&cohort.link("Ada Lovelace").expect("the same list"))
        .await?;
    assert_eq!(sheet.status, 200, "somebody else does");
    assert!(own.path().ends_with(&submission_of(&sheet)));
    Ok(())
}

#[tokio::test]
async fn a_centre_puts_its_own_words_over_a_descriptor() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    hand_in(&site, LEARNER).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    let bands = sheet.texts("[data-criterion='2.4'] .band");
    assert_eq!(bands.len(), 3);
    let [referral, pass, good_pass] = &bands[..] else {
        unreachable!("three bands were counted")
    };
    assert!(pass.contains(CENTRE_WORDS), "{pass}");
    for own in [referral, good_pass] {
        assert!(!own.contains(CENTRE_WORDS), "{own}");
    }
    let others = sheet.texts("[data-criterion='2.3'] .band").join(" ");
    assert!(!others.contains(CENTRE_WORDS), "{others}");
    Ok(())
}
