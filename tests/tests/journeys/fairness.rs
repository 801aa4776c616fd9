//! What keeps the checks fair: mappings corrected by hand, text typed where a
//! file cannot be read, resubmissions compared, and other people's details kept.

use anyhow::{Context, Result};
use assessment::ids::SubmissionId;
use demo_lms::Manners;
use demo_lms::browser::Page;
use demo_lms::play::{DOCX, Visitor};
use end_to_end::Site;
use end_to_end::work::{
    ASSESSOR, LEARNER, PASS, REFERRAL, add_strong, csrf_of, hand_in, mark, release, submission_of,
};
use serde_json::Value;

/// The paragraph of the weak assignment that answers 2.4 without a heading.
const BARRIERS: &str = "Barriers can be a problem";
/// What the weak assignment tells of somebody else.
const PERSONAL: [&str; 2] = ["tutor.example@example.org", "01632 960 417"];

async fn add_weak(learner: &mut Visitor) -> Result<Page> {
    let weak = end_to_end::fixture("304-weak/304-weak.docx");
    Ok(learner.upload("304-weak.docx", DOCX, &weak).await?)
}

async fn see(visitor: &mut Visitor, page: &Page, link: &str) -> Result<Page> {
    let url = page
        .link(link)
        .with_context(|| format!("no link “{link}”"))?;
    Ok(visitor.browser().get(&url).await?)
}

/// The text page of a file with what each block offers, one of them opened.
async fn mapping(visitor: &mut Visitor, evidence: &Page, link: &str) -> Result<Page> {
    let text = see(visitor, evidence, link).await?;
    let on = see(visitor, &text, "Correct it").await?;
    see(visitor, &on, "What begins here?").await
}

/// Says that a block begins the answer to some criteria.
async fn say(
    visitor: &mut Visitor,
    page: &Page,
    block: usize,
    criteria: &[&str],
    begins: &str,
) -> Result<Page> {
    let csrf = csrf_of(page);
    let id = page
        .url
        .path()
        .split('/')
        .nth(4)
        .expect("a file")
        .to_owned();
    let number = block.to_string();
    let mut fields = vec![
        ("csrf", csrf.as_str()),
        ("block", number.as_str()),
        ("begins", begins),
    ];
    fields.extend(criteria.iter().map(|id| ("criterion", *id)));
    let url = visitor.url(&format!("evidence/{id}/parts"));
    Ok(visitor.browser().post_form(&url, &fields).await?)
}

/// The number of the block whose text begins so.
fn block_of(page: &Page, text: &str) -> usize {
    let mut parts = page.body.split("<div class=\"part\" id=\"b").skip(1);
    let part = parts
        .find(|part| part.contains(&format!(">{text}")))
        .expect("a block with this text");
    let number = part.split('"').next().unwrap_or_default();
    number.parse().expect("a number")
}

async fn events(site: &Site, submission: &str) -> Result<Vec<(String, String, String)>> {
    let id: SubmissionId = submission.parse()?;
    let mut work = site.app.storage.read().await?;
    let events = work.events(id).await?;
    let told = events
        .into_iter()
        .map(|event| (event.kind, event.role, event.detail));
    Ok(told.collect())
}

#[tokio::test]
async fn a_learner_says_which_part_answers_what() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let evidence = add_weak(&mut learner).await?;
    assert!(evidence.body.contains("7 of 8 criteria have a heading"));
    let text = mapping(&mut learner, &evidence, "See it as we read it").await?;
    let block = block_of(&text, BARRIERS);

    let said = say(&mut learner, &text, block, &["2.4"], "answer").await?;
    assert_eq!(said.status, 200);
    assert!(
        said.texts(".read-label")
            .join(" ")
            .contains("Criterion 2.4"),
        "{:?}",
        said.texts(".read-label")
    );
    let evidence = learner.page("evidence").await?;
    assert!(evidence.body.contains("8 of 8 criteria have a heading"));

    // One part answers two criteria, and is shown once.
    let both = say(&mut learner, &text, block, &["2.3", "2.4"], "answer").await?;
    let labels = both.texts(".read-label").join(" ");
    assert!(labels.contains("Criteria 2.3, 2.4"), "{labels}");
    assert_eq!(
        both.body.matches(BARRIERS).count(),
        2,
        "text and record of it"
    );

    // A heading that was none.
    let heading = block_of(&text, "1.2 Explain");
    let none = say(&mut learner, &text, heading, &[], "no-answer").await?;
    assert!(none.texts(".read-label").join(" ").contains("No answer"));
    assert_eq!(
        say(&mut learner, &text, 100_000, &["2.4"], "answer")
            .await?
            .status,
        404
    );
    assert_eq!(
        say(&mut learner, &text, block, &[], "answer").await?.status,
        422
    );

    let undone = say(&mut learner, &text, heading, &[], "as-found").await?;
    assert!(
        undone
            .texts(".read-label")
            .join(" ")
            .contains("Criterion 1.2")
    );
    say(&mut learner, &text, block, &[], "all-as-found").await?;
    let evidence = learner.page("evidence").await?;
    assert!(evidence.body.contains("7 of 8 criteria have a heading"));

    learner.hand_in().await?;
    assert_eq!(
        say(&mut learner, &text, block, &["2.4"], "answer")
            .await?
            .status,
        409,
        "what was handed in is fixed"
    );
    Ok(())
}

#[tokio::test]
async fn an_assessor_corrects_the_mapping_beside_what_was_handed_in() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    add_weak(&mut learner).await?;
    learner.hand_in().await?;
    let before = learner.page("evidence").await?;

    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    let submission = submission_of(&sheet);
    let form = sheet.form("[data-criterion='1.4'] form[data-finding]")?;
    let dismissed = form.press("dismissed")?;
    assessor.browser().submit_by_script(&dismissed).await?;
    let text = mapping(&mut assessor, &sheet, "Whole text").await?;
    let block = block_of(&text, BARRIERS);
    let said = say(&mut assessor, &text, block, &["2.4"], "answer").await?;
    assert!(
        said.body.contains(&site.name(ASSESSOR)),
        "who said so is shown"
    );

    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    let answer = sheet
        .text("[data-criterion='2.4'] .evidence")
        .unwrap_or_default();
    assert!(answer.starts_with(BARRIERS), "{answer}");
    assert_eq!(
        sheet.body.matches("data-verdict=\"dismissed\"").count(),
        1,
        "a verdict outlives the new run of the checks"
    );

    let after = learner.page("evidence").await?;
    assert_eq!(before.texts(".results"), after.texts(".results"));
    let own = see(&mut learner, &after, "See it as we read it").await?;
    assert!(!own.texts(".read-label").join(" ").contains("2.4"));

    let told = events(&site, &submission).await?;
    let told = |kind: &str| {
        let of_kind = told.iter().filter(|(known, _, _)| known == kind);
        of_kind
            .map(|(_, role, detail)| format!("{role}: {detail}"))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        told("part-mapped"),
        [format!("assessor: block {block}: 2.4")]
    );
    assert_eq!(told("finding-dismissed").len(), 1);
    assert_eq!(
        told("marking-begun").len(),
        1,
        "whoever corrects has begun to mark"
    );

    say(&mut assessor, &text, block, &[], "all-as-found").await?;
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    assert_eq!(sheet.text("[data-criterion='2.4'] .evidence"), None);
    Ok(())
}

#[tokio::test]
async fn text_is_typed_where_a_file_cannot_be_read() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let evidence = learner.page("evidence").await?;
    let page = see(
        &mut learner,
        &evidence,
        "Type or paste your text into the page instead",
    )
    .await?;
    assert_eq!(page.texts("form[data-answer]").len(), 8);
    let form = page.form("form[data-answer='1.1']")?.with(
        "text",
        "Mentoring helps people to learn.\r\n- one\r\n- two words",
    );
    let saved = learner.browser().submit_by_script(&form).await?;
    assert_eq!(saved.status, 200);
    let saved: Value = serde_json::from_str(&saved.body)?;
    assert_eq!((&saved["version"], &saved["words"]), (&1.into(), &8.into()));

    // Another window that began from the same version overwrites nothing.
    let other = form.clone().with("text", "Something else.");
    let clash = learner.browser().submit_by_script(&other).await?;
    assert_eq!(clash.status, 409);
    let clash: Value = serde_json::from_str(&clash.body)?;
    assert_eq!(clash["conflict"]["version"], 1);
    let clash = learner.browser().submit(&other).await?;
    assert_eq!(clash.status, 409);
    assert!(
        clash.body.contains("Mentoring helps people") && clash.body.contains("Something else.")
    );
    let kept = clash.form("form[data-answer='1.1']")?;
    assert_eq!(learner.browser().submit(&kept).await?.status, 200);
    let long = page
        .form("form[data-answer='1.2']")?
        .with("text", &"a".repeat(100_001));
    assert_eq!(learner.browser().submit(&long).await?.status, 422);

    let evidence = learner.page("evidence").await?;
    let files = evidence.text(".file").unwrap_or_default();
    assert!(
        files.contains("Typed text") && files.contains("1 of 8 criteria have a heading"),
        "{files}"
    );
    assert!(evidence.body.contains("They have not looked at this yet"));
    let check = evidence.form("form[action$='/evidence/check']")?;
    let checked = learner.browser().submit(&check).await?;
    assert!(!checked.body.contains("They have not looked at this yet"));
    add_strong(&mut learner).await?;
    assert_eq!(learner.page("evidence").await?.texts(".file").len(), 2);
    learner.hand_in().await?;

    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    let answers = sheet.texts("[data-criterion='1.1'] .evidence");
    assert!(
        answers.iter().any(|text| text.contains("Something else.")),
        "{answers:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_resubmission_shows_what_changed_and_carries_what_was_met() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = hand_in(&site, LEARNER).await?;
    release(&site, LEARNER, &REFERRAL).await?;
    let result = learner.page("result").await?;
    let again = result.form("form[action$='/resubmit']")?;
    let evidence = learner.browser().submit(&again).await?;
    assert!(
        evidence
            .body
            .contains("1.1 was not yet met, and its text is as it was"),
        "the learner hears of it before handing in"
    );
    learner.hand_in().await?;

    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    let said = sheet.text("main").unwrap_or_default();
    assert!(
        said.contains("Referred before, and the text is the same: 1.1"),
        "{said}"
    );
    let of_criterion =
        |sheet: &Page, id: &str| sheet.texts(&format!("[data-criterion='{id}']")).join(" ");
    assert!(of_criterion(&sheet, "1.1").contains("where it was referred"));
    assert!(of_criterion(&sheet, "1.2").contains("Met in submission 1 and carried forward"));
    let mark_of = |sheet: &Page, id: &str| sheet.attribute(&format!("[id='mark-{id}']"), "value");
    assert_eq!(mark_of(&sheet, "1.1").as_deref(), Some(""));
    assert_eq!(mark_of(&sheet, "1.2").as_deref(), Some("16"));
    // The assessor may put down something else.
    let sheet = assessor.mark(&sheet, "1.2", "9", "Read again.").await?;
    assert_eq!(mark_of(&sheet, "1.2").as_deref(), Some("9"));
    assert!(!of_criterion(&sheet, "1.2").contains("carried forward"));

    release(&site, LEARNER, &PASS).await?;
    let result = learner.page("result").await?;
    assert!(result.body.contains("Unchanged since submission 1"));
    Ok(())
}

#[tokio::test]
async fn words_that_are_new_or_gone_are_shown() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let essay = |text: &str| {
        format!("1.1 Describe and define the purpose of workplace mentoring\n{text}\n")
    };
    let first = essay("Mentoring helps people.");
    learner
        .upload("essay.txt", "text/plain", first.as_bytes())
        .await?;
    learner.hand_in().await?;
    release(&site, LEARNER, &REFERRAL).await?;
    let result = learner.page("result").await?;
    let again = result.form("form[action$='/resubmit']")?;
    learner.browser().submit(&again).await?;
    let second = essay("Mentoring helps new staff. Write to ann@example.org.");
    learner
        .upload("essay.txt", "text/plain", second.as_bytes())
        .await?;
    learner.hand_in().await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    let added = sheet.texts("[data-criterion='1.1'] ins").join(" ");
    assert!(
        added.starts_with("new") && added.contains("Write to"),
        "{added}"
    );
    assert!(
        !sheet.body.contains("ann@example.org"),
        "a comparison masks too"
    );
    assert_eq!(sheet.texts("[data-criterion='1.1'] del"), ["people."]);
    Ok(())
}

#[tokio::test]
async fn verdicts_hold_in_the_resubmission_until_somebody_thinks_otherwise() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    add_weak(&mut learner).await?;
    learner.hand_in().await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    let form = sheet.form("[data-criterion='1.4'] form[data-finding]")?;
    assessor
        .browser()
        .submit_by_script(&form.press("dismissed")?)
        .await?;
    release(&site, LEARNER, &REFERRAL).await?;
    let result = learner.page("result").await?;
    let again = result.form("form[action$='/resubmit']")?;
    learner.browser().submit(&again).await?;
    learner.hand_in().await?;
    let dismissed = |sheet: &Page| sheet.body.matches("data-verdict=\"dismissed\"").count();
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    assert_eq!(dismissed(&sheet), 1);
    let form =
        sheet.form("[data-criterion='1.4'] [data-verdict='dismissed'] form[data-finding]")?;
    assessor.browser().submit(&form.press("Dismiss")?).await?;
    assert_eq!(
        dismissed(&assessor.open_work(&site.name(LEARNER)).await?),
        0
    );
    Ok(())
}

#[tokio::test]
async fn other_peoples_details_are_pointed_out_and_masked() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let evidence = add_weak(&mut learner).await?;
    let places = evidence.texts("#personal-heading ~ .links li");
    assert!(places.len() >= 2, "{places:?}");
    assert!(
        places.iter().any(|place| place.contains("in 2.2")),
        "{places:?}"
    );
    let text = see(&mut learner, &evidence, "304-weak.docx: place 1, in 2.2").await?;
    assert!(
        text.texts("mark")
            .iter()
            .any(|place| PERSONAL.contains(&place.trim()))
    );

    let form = evidence
        .form("form[action$='/hand-in']")?
        .with("own_work", "yes");
    let refused = learner.browser().submit(&form).await?;
    assert_eq!(refused.status, 422);
    let said = refused.text("#error-summary").unwrap_or_default();
    assert!(said.contains("Look at the personal details"), "{said}");
    let form = form.with("looked_at_personal_data", "yes");
    assert_eq!(learner.browser().submit(&form).await?.status, 200);

    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    let submission = submission_of(&sheet);
    let text = see(&mut assessor, &sheet, "Whole text").await?;
    for page in [&sheet, &text] {
        assert!(page.body.contains("[personal detail]"));
        for detail in PERSONAL {
            assert!(!page.body.contains(detail), "{detail} is masked");
        }
    }
    let show = text.form("form[action$='/personal']")?;
    let shown = assessor.browser().submit(&show).await?;
    for detail in PERSONAL {
        assert!(shown.body.contains(detail), "{detail} is shown");
    }
    see(&mut assessor, &sheet, "Original file").await?;
    let told = events(&site, &submission).await?;
    let kinds: Vec<&str> = told.iter().map(|(kind, _, _)| kind.as_str()).collect();
    assert!(kinds.contains(&"personal-data-looked-at"), "{kinds:?}");
    let shown: Vec<&str> = told
        .iter()
        .filter(|(kind, role, _)| kind == "personal-data-shown" && role == "assessor")
        .map(|(_, _, detail)| detail.split(' ').next().unwrap_or_default())
        .collect();
    assert_eq!(shown, ["text", "download"]);
    Ok(())
}

#[tokio::test]
async fn what_leaves_the_centre_is_redacted() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    add_weak(&mut learner).await?;
    let form = learner
        .page("evidence")
        .await?
        .form("form[action$='/hand-in']")?
        .with("own_work", "yes")
        .with("looked_at_personal_data", "yes")
        .with("refuse_script_use", "yes");
    learner.browser().submit(&form).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    let page = see(&mut assessor, &sheet, "Redacted copy").await?;
    let add = page.form("form[action$='/redaction']")?;
    let page = assessor
        .browser()
        .submit(
            &add.clone()
                .with("word", "pinfold  lane")
                .with("change", "add"),
        )
        .await?;
    assert_eq!(page.status, 200);
    for taken in ["[e-mail address]", "[telephone number]", "[name]"] {
        assert!(page.body.contains(taken), "{taken}");
    }
    for detail in PERSONAL.iter().chain(&["Pinfold Lane"]) {
        let text = page.texts(".evidence").join(" ");
        assert!(!text.contains(detail), "{detail}");
    }
    let empty = assessor
        .browser()
        .submit(&add.with("word", " ").with("change", "add"))
        .await?;
    assert_eq!(empty.status, 422);

    let make = page.form("form[action$='/copy']")?;
    let copy = assessor.browser().submit(&make).await?;
    assert_eq!(copy.status, 200);
    assert!(copy.body.contains("Learner 1") && copy.body.contains("[e-mail address]"));
    for detail in PERSONAL.iter().chain(&["Pinfold Lane"]) {
        assert!(!copy.body.contains(detail), "{detail}");
    }
    let name = copy.headers["content-disposition"].to_str()?;
    assert_eq!(name, "attachment; filename=\"8577-304-learner-1.txt\"");
    let refused = assessor
        .browser()
        .submit(&make.with("purpose", "awarding-body"))
        .await?;
    assert_eq!(refused.status, 409, "the learner refused this use");

    let told = events(&site, &submission_of(&sheet)).await?;
    let copies: Vec<&String> = told
        .iter()
        .filter(|(kind, _, _)| kind == "redacted-copy-made")
        .map(|(_, _, detail)| detail)
        .collect();
    assert_eq!(copies.len(), 1);
    assert!(copies[0].starts_with("review, "), "{copies:?}");
    Ok(())
}

#[tokio::test]
async fn a_signed_sheet_ends_corrections() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    hand_in(&site, LEARNER).await?;
    let (mut assessor, sheet) = mark(&site, LEARNER, &PASS).await?;
    let text = mapping(&mut assessor, &sheet, "Whole text").await?;
    assessor.sign(&sheet, "Joan Hartley").await?;
    let refused = say(&mut assessor, &text, 3, &["2.4"], "answer").await?;
    assert_eq!(refused.status, 409);
    Ok(())
}
