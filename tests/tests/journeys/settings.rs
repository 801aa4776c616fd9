//! What a centre sets for itself: shown as its own, held to the unit, and kept
//! with the work that was checked with it.

use anyhow::Result;
use assessment::overlay::Overlay;
use demo_lms::Manners;
use demo_lms::play::{DOCX, Visitor};
use end_to_end::admin::Admin;
use end_to_end::work::{
    ASSESSOR, FEEDBACK, LEARNER, OTHER_LEARNER, PASS, add_strong, hand_in, mark, sign,
    submission_of,
};
use end_to_end::{Site, UNIT, fixture, units};
use serde_json::{Value, json};
use workflow::App;

use crate::table::{choose, take};

/// The unit that prints no marks and asks for 36 hours.
const EXTENDED: &str = "ilm-8577-306";
const HANDBOOK: &str = "Centre handbook 2026, section 4";

/// What the centre sets, from the lines of its file.
fn overlay(mut lines: Value) -> Overlay {
    if lines["unit"].is_null() {
        lines["unit"] = json!(UNIT);
    }
    if lines["source"].is_null() {
        lines["source"] = json!(HANDBOOK);
    }
    serde_json::from_value(lines).expect("an overlay")
}

async fn site_with(lines: Value) -> Result<Site> {
    let overlays = vec![overlay(lines)];
    Site::start_with_app(Manners::Strict, |app| app.overlays = overlays).await
}

/// The same with an activity for the extended unit, whose diary and portfolio a
/// learner has handed in: 39 h 15 min of mentoring.
async fn site_with_extended(lines: Value) -> Result<Site> {
    let overlays = vec![overlay(lines)];
    let unit = |settings: &mut demo_lms::Settings| {
        let unit = EXTENDED.to_owned();
        settings.custom.insert("unit".to_owned(), unit);
    };
    let change_app = |app: &mut App| app.overlays = overlays;
    let site = Site::start_changed(units().await?, Manners::Strict, unit, change_app).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let diary = fixture("306-complete/306-complete-diary.csv");
    let import = choose(&mut learner, "diary.csv", &diary).await?;
    take(&mut learner, &import, "add").await?;
    let portfolio = fixture("306-complete/306-complete-portfolio.docx");
    let form = learner
        .page("evidence")
        .await?
        .form("section[aria-labelledby='slot-portfolio'] form[enctype='multipart/form-data']")?
        .with_file("file", "portfolio.docx", DOCX, portfolio);
    learner.browser().submit(&form).await?;
    learner.hand_in().await?;
    Ok(site)
}

/// A learner who has added a text file.
async fn with_text(site: &Site, text: &str) -> Result<Visitor> {
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let page = learner
        .upload("answers.txt", "text/plain", text.as_bytes())
        .await?;
    anyhow::ensure!(page.status == 200, "{}", page.body);
    Ok(learner)
}

#[tokio::test]
async fn what_a_centre_sets_is_shown_as_its_own() -> Result<()> {
    let site = site_with(json!({
        "title": "Mentoring at this centre",
        "words": { "nominal": 3100, "low": 3000, "high": 3200 },
        "sheet": { "reference": "T1 FEB 26 V1" },
        "settings": { "near_empty_words": 1000, "words_1.1": 450 },
    }))
    .await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let page = add_strong(&mut learner).await?;
    let said = page.text("body").unwrap_or_default();
    for words in [
        "Mentoring at this centre",
        "Guide: 450.",
        "Between 3,000 and 3,200 are suggested",
    ] {
        assert!(said.contains(words), "“{words}” is missing in: {said}");
    }
    learner.hand_in().await?;

    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let marking = assessor.open_work(&site.name(LEARNER)).await?;
    let said = marking.text("body").unwrap_or_default();
    for words in [
        "guide 450",
        &format!("Asked for by your centre. Threshold: 1000 words. From: {HANDBOOK}."),
    ] {
        assert!(said.contains(words), "“{words}” is missing in: {said}");
    }
    let mut address = marking.url.clone();
    address.set_query(None);
    address.set_path(&format!("{}/sheet", marking.url.path()));
    let sheet = assessor.browser().get(&address).await?;
    let said = sheet.text("body").unwrap_or_default();
    for words in ["T1 FEB 26 V1", &format!("Set by the centre: {HANDBOOK}")] {
        assert!(said.contains(words), "“{words}” is missing in: {said}");
    }
    Ok(())
}

#[tokio::test]
async fn headings_and_questions_of_the_centres_template_are_known() -> Result<()> {
    let text = "Why people mentor at work\n\nWhat do we call it here?\n\nIt is called mentoring.\n";
    let without = site_with(json!({})).await?;
    let page = with_text(&without, text).await?.page("evidence").await?;
    let said = page.text("body").unwrap_or_default();
    assert!(said.contains("heading for AC 1.1"), "{said}");
    assert!(!said.contains("of the template"), "{said}");

    let site = site_with(json!({ "criteria": [{
        "id": "1.1",
        "aliases": ["Why people mentor at work"],
        "prompts": ["What do we call it here?"],
    }] }))
    .await?;
    let page = with_text(&site, text).await?.page("evidence").await?;
    let said = page.text("body").unwrap_or_default();
    assert!(said.contains("We found your answer to AC 1.1"), "{said}");
    assert!(
        said.contains("AC 1.1 still has 1 text of the template"),
        "{said}"
    );
    Ok(())
}

#[tokio::test]
async fn a_sheet_keeps_the_values_that_its_work_was_checked_with() -> Result<()> {
    let mut site = site_with(json!({})).await?;
    for learner in [LEARNER, OTHER_LEARNER] {
        hand_in(&site, learner).await?;
    }
    sign(&site, LEARNER, &PASS).await?;
    let stricter = overlay(json!({
        "settings": { "near_empty_words": 60 },
        "criteria": [{ "id": "1.1", "minimum": 16 }],
    }));
    site.restart(|app| app.overlays = vec![stricter]).await?;

    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let release = assessor.open_work(&site.name(LEARNER)).await?;
    let path = format!("submissions/{}", submission_of(&release));
    let signed = assessor.page(&path).await?;
    let said = signed.text("body").unwrap_or_default();
    assert!(said.contains("Signed by Joan Hartley"), "{said}");
    let changed = signed.text("#changed-since").unwrap_or_default();
    for words in [
        "It is marked by those it was checked with",
        "40 words when it was checked, 60 words now",
        "AC 1.1: marks: 16, at least 8 when it was checked, 16, at least 16 now",
    ] {
        assert!(changed.contains(words), "“{words}” in: {changed}");
    }
    assessor.release(&release).await?;
    site.deliver().await?;
    assert_eq!(
        site.grade(LEARNER).score,
        Some(50.0),
        "a pass as it was signed"
    );

    let (_, open) = mark(&site, OTHER_LEARNER, &PASS[..1]).await?;
    let line = open.text("[data-line='1.1']").unwrap_or_default();
    assert!(line.contains("Met"), "8 of 16 as before: {line}");
    Ok(())
}

#[tokio::test]
async fn work_that_is_checked_anew_has_the_new_values() -> Result<()> {
    let mut site = site_with(json!({})).await?;
    hand_in(&site, LEARNER).await?;
    let stricter = overlay(json!({ "criteria": [{ "id": "1.1", "minimum": 9 }] }));
    site.restart(|app| app.overlays = vec![stricter]).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let page = learner.page("evidence").await?;
    let back = page.form("form[action$='/take-back']")?;
    learner.browser().submit(&back).await?;
    learner.hand_in().await?;

    let (_, sheet) = mark(&site, LEARNER, &[("1.1", "8")]).await?;
    assert_eq!(sheet.text("#changed-since"), None);
    let line = sheet.text("[data-line='1.1']").unwrap_or_default();
    assert!(line.contains("Below 9"), "{line}");
    Ok(())
}

#[tokio::test]
async fn an_overlay_may_be_for_one_platform_only() -> Result<()> {
    let mut site = site_with(json!({})).await?;
    let second = site.add_vle(Manners::Strict).await?;
    let overlays = vec![
        overlay(json!({ "title": "Only there", "platforms": [second.issuer()] })),
        overlay(json!({ "title": "Everywhere", "source": "All" })),
    ];
    site.restart(|app| app.overlays = overlays).await?;
    for (lms, title) in [(&site.lms, "Everywhere"), (&second, "Only there")] {
        let learner = Visitor::launch(lms, LEARNER).await?;
        let said = learner.first.text("body").unwrap_or_default();
        assert!(said.contains(title), "“{title}” in: {said}");
    }
    let page = Admin::sign_in(&site).await?.page("units").await?;
    let said = page.text("main").unwrap_or_default();
    for words in [
        format!("Only for {}", second.issuer()),
        "Title: Everywhere → Only there".to_owned(),
        HANDBOOK.to_owned(),
    ] {
        assert!(said.contains(&words), "“{words}” in: {said}");
    }
    Ok(())
}

#[tokio::test]
async fn administrators_see_what_is_in_force_and_whose_it_is() -> Result<()> {
    let site = site_with(json!({ "settings": { "near_empty_words": 60 } })).await?;
    let page = Admin::sign_in(&site).await?.page("units").await?;
    assert_eq!(page.text("h1").as_deref(), Some("Units and settings"));
    let rows = page.texts("tbody tr");
    let row = |id: &str| {
        rows.iter()
            .find(|row| row.contains(id))
            .cloned()
            .unwrap_or_default()
    };
    let set = row("near_empty_words");
    for words in ["40 words", "our rule of thumb", "60 words", HANDBOOK] {
        assert!(set.contains(words), "“{words}” in: {set}");
    }
    let own = row("list_share");
    assert!(
        own.contains("the unit’s own") && !own.contains(HANDBOOK),
        "{own}"
    );
    Ok(())
}

#[tokio::test]
async fn hours_that_a_centre_raised_are_shown_as_its_own() -> Result<()> {
    let site = site_with_extended(json!({
        "unit": EXTENDED,
        "settings": { "min_minutes_total": 2400 },
    }))
    .await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    let said = sheet.text("[data-criterion='2.3']").unwrap_or_default()
        + &sheet.text("#mark-sheet").unwrap_or_default();
    for words in [
        "40 h are asked for",
        &format!("Asked for by your centre. Threshold: 2400 minutes. From: {HANDBOOK}."),
    ] {
        assert!(said.contains(words), "“{words}” in: {said}");
    }
    Ok(())
}

/// The marks are made up: the unit prints none.
#[tokio::test]
async fn a_sheet_of_decisions_becomes_a_marked_one() -> Result<()> {
    let ids = [
        "1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "3.1", "3.2", "3.3", "4.1", "4.2",
    ];
    let criteria = ids.map(|id| json!({ "id": id, "maximum": 10, "minimum": 5 }));
    let site = site_with_extended(json!({
        "unit": EXTENDED,
        "source": "A mark sheet made up for this test",
        "sheet": { "mode": "marks", "reference": "T306 MADE UP V1" },
        "criteria": criteria,
        "descriptors": [
            { "criterion": "1.1", "band": "pass", "label": "Pass", "around": 5, "texts": ["Planned"] },
        ],
    }))
    .await?;
    let (mut assessor, sheet) = mark(&site, LEARNER, &ids.map(|id| (id, "5"))).await?;
    let said = sheet.text("main").unwrap_or_default();
    assert!(said.contains("of 10") && said.contains("Planned"), "{said}");
    let below = assessor.mark(&sheet, "4.2", "4", FEEDBACK).await?;
    let line = below.text("[data-line='4.2']").unwrap_or_default();
    assert!(line.contains("Below 5"), "{line}");
    let above = assessor.mark(&below, "4.2", "11", FEEDBACK).await?;
    assert_eq!(above.status, 422);
    let sheet = assessor.mark(&below, "4.2", "7", FEEDBACK).await?;
    let signed = assessor.sign(&sheet, "Joan Hartley").await?;
    assessor.release(&signed).await?;
    site.deliver().await?;
    let row = site.grade(LEARNER);
    let share = row.score.map(|score| score / row.maximum);
    assert!(
        share.is_some_and(|share| (share - 62.0 / 120.0).abs() < 1e-6),
        "62 of 120: {row:?}"
    );
    Ok(())
}

#[tokio::test]
async fn a_centre_may_decide_by_pass_and_referral() -> Result<()> {
    let site = site_with(json!({ "sheet": { "mode": "pass-referral" } })).await?;
    hand_in(&site, LEARNER).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let mut sheet = assessor.open_work(&site.name(LEARNER)).await?;
    for (criterion, _) in PASS {
        let form = sheet
            .form(&format!("form[id='sheet-{criterion}']"))?
            .with("decision", "pass")
            .with("feedback", FEEDBACK);
        sheet = assessor.browser().submit(&form).await?;
        assert_eq!(sheet.status, 200, "{criterion}");
    }
    let said = sheet.text("main").unwrap_or_default();
    assert!(!said.contains("of 16"), "no marks are shown: {said}");
    let signed = assessor.sign(&sheet, "Joan Hartley").await?;
    assessor.release(&signed).await?;
    site.deliver().await?;
    let row = site.grade(LEARNER);
    assert_eq!(
        row.score,
        Some(row.maximum),
        "1 of 1, whatever the column has"
    );
    Ok(())
}
