//! A teacher chooses units for the course in the tool (deep linking).

use std::time::Duration;

use anyhow::{Context, Result};
use demo_lms::Manners;
use demo_lms::browser::{Browser, Page};
use demo_lms::play::Visitor;
use end_to_end::platform::code_of;
use end_to_end::work::{ASSESSOR, LEARNER, csrf_of};
use end_to_end::{Site, UNIT, components, empty_host, install_all};
use serde_json::{Value, json};
use unit_host::{Limits, UnitHost};

const CONTENT_ITEMS: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/content_items";
/// The second unit of these tests: the first under another number.
const OTHER_UNIT: &str = "ilm-8577-305";

async fn units() -> Result<UnitHost> {
    let host = empty_host(Limits::default())?;
    install_all(&host).await?;
    let mut component = std::fs::read(components().join(format!("{UNIT}.wasm")))?;
    let (from, to) = (b"8577-304", b"8577-305");
    for at in 0..component.len() - from.len() {
        if component[at..].starts_with(from) {
            component[at..at + to.len()].copy_from_slice(to);
        }
    }
    host.install_unit(component).await?;
    Ok(host)
}

/// A browser on the list of units.
async fn list(site: &Site, person: &str) -> Result<(Browser, Page)> {
    let mut browser = Browser::new()?;
    let page = browser.open(&site.lms.select_url(person)).await?;
    Ok((browser, page))
}

/// The page for title, points and dates of one unit.
async fn details(browser: &mut Browser, list: &Page) -> Result<Page> {
    let form = list
        .form("form[action$='/details']")?
        .with("unit", UNIT)
        .press("Go on")?;
    Ok(browser.submit(&form).await?)
}

/// Sends a review page on, to the course's answer.
async fn send(browser: &mut Browser, review: &Page) -> Result<Page> {
    let form = review
        .form("form[action$='/answer']")?
        .press("Add to the course")?;
    let answer = browser.submit(&form).await?;
    Ok(browser.follow_auto_forms(answer).await?)
}

fn items(response: &Value) -> &[Value] {
    response[CONTENT_ITEMS]
        .as_array()
        .map_or(&[], Vec::as_slice)
}

#[tokio::test]
async fn a_teacher_adds_two_units_at_once() -> Result<()> {
    let site = Site::start_on(units().await?, Manners::Strict, |_| {}).await?;
    let (mut browser, page) = list(&site, ASSESSOR).await?;
    assert_eq!(
        page.text("h1").as_deref(),
        Some("Choose units for Coaching and Mentoring, autumn group")
    );
    assert!(page.body.contains("What learners see"));
    let criteria = page.texts("details li").len();
    assert_eq!(criteria, 8 + 8 + 12, "the criteria of every unit");

    // A search keeps what is ticked.
    let search = page
        .form("form[action$='/details']")?
        .with("unit", UNIT)
        .with("q", "305 ilm");
    let found = browser.submit(&search).await?;
    let form = found.form("form[action$='/details']")?;
    assert_eq!(form.value("unit"), Some(UNIT), "it is still ticked");
    let page = browser
        .submit(&form.with_also("unit", OTHER_UNIT).press("Go on")?)
        .await?;
    assert_eq!(page.texts("h2").len(), 2);
    let form = page.form("form[action$='/review']")?;
    assert_eq!(form.value("points-0"), Some("100"), "the sheet's marks");
    let form = form
        .with("title-0", "Mentoring I")
        .with("points-0", "50,5")
        .with("due-0", "2027-07-16T17:00")
        .with("opens-0", "2027-01-11T09:00")
        .with("closes-0", "2027-07-30T17:00")
        .with("window-0", "yes")
        .with("title-1", "Mentoring II")
        .without("graded-1");
    let review = browser.submit(&form).await?;
    let said = review.text("main").unwrap_or_default();
    for fact in [
        "Mentoring I",
        "A column of 50,5 points",
        "16 July 2027, 17:00",
        "A window of its own",
        "No column",
    ] {
        assert!(said.contains(fact), "{fact}: {said}");
    }

    // A second thought, which keeps what was typed.
    let back = review
        .form("form[action$='/answer']")?
        .press("Change something")?;
    let form = browser
        .submit(&back)
        .await?
        .form("form[action$='/review']")?;
    assert_eq!(form.value("title-1"), Some("Mentoring II"));
    assert_eq!(
        (form.value("points-0"), form.value("graded-1")),
        (Some("50,5"), None)
    );
    let review = browser.submit(&form.with("points-0", "50")).await?;
    let form = review
        .form("form[action$='/answer']")?
        .press("Add to the course")?;
    let answer = browser.submit(&form).await?;
    let policy = answer.headers["content-security-policy"].to_str()?;
    let place = site.lms.course_url().origin().ascii_serialization();
    assert!(
        policy.contains(&format!("form-action {place};")),
        "{policy}"
    );
    let taken = browser.follow_auto_forms(answer).await?;
    assert_eq!(
        taken.text("h1").as_deref(),
        Some("Content added"),
        "{}",
        taken.body
    );

    let [response] = &site.lms.deep_linking_responses()[..] else {
        anyhow::bail!("one answer came");
    };
    let [first, second] = items(response) else {
        anyhow::bail!("two items came: {response}");
    };
    assert_eq!(first["lineItem"]["resourceId"], UNIT);
    assert_eq!(first["lineItem"]["tag"], "result");
    assert_eq!(first["lineItem"]["scoreMaximum"], 50.0);
    assert_eq!(
        first["lineItem"]["submissionReview"]["url"],
        site.url("lti/launch").as_str()
    );
    assert_eq!(first["url"], site.url("lti/launch").as_str());
    assert_eq!(first["window"]["targetName"], "_blank");
    // British summer time is an hour ahead of the wire's.
    assert_eq!(
        first["submission"],
        json!({"endDateTime": "2027-07-16T16:00:00Z"})
    );
    assert_eq!(first["available"]["startDateTime"], "2027-01-11T09:00:00Z");
    assert_eq!(second["custom"]["unit"], OTHER_UNIT);
    assert!(second.get("lineItem").is_none() && second.get("window").is_none());
    assert_ne!(first["custom"]["link"], second["custom"]["link"]);

    // The new links work, and their columns say what they are for.
    let [one, two] = &site.lms.links()[..] else {
        anyhow::bail!("two links were made");
    };
    let mut learner = Visitor::at(Browser::new()?, page);
    learner.first = learner
        .browser()
        .open(&site.lms.link_url(LEARNER, &one.id))
        .await?;
    let home = learner.page("unit").await?;
    assert!(home.body.contains("16 July 2027, 17:00"), "{}", home.body);
    assert!(home.body.contains("8577-304"));
    let other = learner
        .browser()
        .open(&site.lms.link_url(LEARNER, &two.id))
        .await?;
    assert!(other.body.contains("8577-305") && !other.body.contains("Hand in by"));
    let column = one.line_item.as_ref().context("a column")?;
    assert_eq!(
        (column.resource_id.as_deref(), column.tag.as_deref()),
        (Some(UNIT), Some("result"))
    );
    assert!(two.line_item.is_none());
    Ok(())
}

#[tokio::test]
async fn each_platform_gets_its_own_answer() -> Result<()> {
    for manners in [Manners::Canvas, Manners::Moodle] {
        let site = Site::start(manners).await?;
        let (mut browser, page) = list(&site, ASSESSOR).await?;
        let several = manners == Manners::Moodle;
        let kind = page.attribute("#unit-1", "type");
        assert_eq!(
            kind.as_deref(),
            Some(if several { "checkbox" } else { "radio" })
        );
        let page = details(&mut browser, &page).await?;
        let form = page.form("form[action$='/review']")?;
        // Moodle looks at neither dates nor windows, so that it is not asked for them.
        assert_eq!(form.value("opens-0").is_none(), several, "{manners}");
        assert_eq!(page.body.contains("window-0"), !several, "{manners}");
        let review = browser
            .submit(&form.with("due-0", "2027-07-16T17:00"))
            .await?;
        let taken = send(&mut browser, &review).await?;
        assert_eq!(
            taken.text("h1").as_deref(),
            Some("Content added"),
            "{manners}: {}",
            taken.body
        );
        let response = &site.lms.deep_linking_responses()[0];
        assert_eq!(response["aud"], site.lms.issuer());
        let [item] = items(response) else {
            anyhow::bail!("one item came");
        };
        assert_eq!(item.get("submission").is_some(), !several, "{manners}");
        let link = &site.lms.links()[0];
        let home = Browser::new()?
            .open(&site.lms.link_url(LEARNER, &link.id))
            .await?;
        assert!(
            home.body.contains("16 July 2027, 17:00"),
            "{manners}: {}",
            home.body
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_date_that_was_moved_in_the_course_counts() -> Result<()> {
    let site = Site::start_with(Manners::Strict, |settings| {
        for (name, value) in [
            ("due", "2027-09-01T10:00:00Z"),
            ("hand_in_by", "2027-07-16T16:00:00Z"),
        ] {
            settings.custom.insert(name.to_owned(), value.to_owned());
        }
    })
    .await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let home = learner.page("unit").await?;
    assert!(
        home.body.contains("1 September 2027, 11:00"),
        "{}",
        home.body
    );
    let evidence = learner.page("evidence").await?;
    assert!(evidence.body.contains("1 September 2027, 11:00"));
    Ok(())
}

#[tokio::test]
async fn who_changes_their_mind_goes_back_with_nothing() -> Result<()> {
    for manners in [Manners::Strict, Manners::Moodle, Manners::Canvas] {
        let site = Site::start(manners).await?;
        let (mut browser, page) = list(&site, ASSESSOR).await?;
        let cancel = page.form("form[action$='/cancel']")?;
        let answer = browser.submit(&cancel).await?;
        let back = browser.follow_auto_forms(answer).await?;
        assert_eq!(
            back.text("h1").as_deref(),
            Some("Nothing added"),
            "{}",
            back.body
        );
        assert!(back.body.contains("Nothing was added."));
        assert!(items(&site.lms.deep_linking_responses()[0]).is_empty());
        assert!(site.lms.links().is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn a_choice_is_answered_once_and_in_time() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let (mut browser, page) = list(&site, ASSESSOR).await?;
    let details_page = details(&mut browser, &page).await?;
    let review = browser
        .submit(&details_page.form("form[action$='/review']")?)
        .await?;
    let form = review
        .form("form[action$='/answer']")?
        .press("Add to the course")?;
    let first = browser.submit(&form).await?;
    assert_eq!(first.status, 200);
    for again in [browser.submit(&form).await?, browser.get(&page.url).await?] {
        assert_eq!(again.status, 409);
        assert_eq!(
            again.text("h1").as_deref(),
            Some("This was sent to your course already")
        );
    }
    let cancel = browser
        .submit(&page.form("form[action$='/cancel']")?)
        .await?;
    assert_eq!(cancel.status, 409, "nor is it cancelled any more");

    let (mut browser, page) = list(&site, ASSESSOR).await?;
    site.clock.advance(Duration::from_mins(61));
    let late = details(&mut browser, &page).await?;
    assert_eq!(late.status, 401);
    assert_eq!(
        late.text("h1").as_deref(),
        Some("Please choose again from your course")
    );
    assert!(
        late.text("main")
            .unwrap_or_default()
            .contains("Choose content there again")
    );
    Ok(())
}

#[tokio::test]
async fn only_who_teaches_chooses_and_only_in_their_own_browser() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let (_, refused) = list(&site, LEARNER).await?;
    assert_eq!(refused.status, 403);
    assert_eq!(code_of(&refused).as_deref(), Some("may-not-select"));

    let (mut browser, page) = list(&site, ASSESSOR).await?;
    let mut other = Browser::new()?;
    other.open(&site.lms.course_url()).await?;
    assert_eq!(
        other.get(&page.url).await?.status,
        401,
        "the address alone opens nothing"
    );
    let details_page = details(&mut browser, &page).await?;
    let review_form = details_page.form("form[action$='/review']")?;
    let review = browser.submit(&review_form).await?;
    let answer = review
        .form("form[action$='/answer']")?
        .press("Add to the course")?;
    let (mut colleague, theirs) = list(&site, "assessor-2").await?;
    for form in [
        &review_form,
        &answer,
        &page.form("form[action$='/cancel']")?,
    ] {
        for csrf in ["", "guessed", &csrf_of(&theirs)] {
            let forged = browser.submit(&form.clone().with("csrf", csrf)).await?;
            assert_eq!(forged.status, 401, "{}", form.action());
        }
        let foreign = colleague.submit(form).await?;
        assert_eq!(foreign.status, 401, "another's cookie does not reach it");
    }
    assert!(site.lms.deep_linking_responses().is_empty());
    let taken = send(&mut browser, &review).await?;
    assert_eq!(
        taken.text("h1").as_deref(),
        Some("Content added"),
        "it was untouched"
    );
    Ok(())
}

#[tokio::test]
async fn what_the_course_does_not_take_is_told_before() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    site.lms
        .set_deep_linking_settings(json!({"accept_types": ["file", "html"]}));
    let (mut browser, page) = list(&site, ASSESSOR).await?;
    assert_eq!(
        page.text("h1").as_deref(),
        Some("There is nothing to choose here")
    );
    let answer = browser
        .submit(&page.form("form[action$='/cancel']")?)
        .await?;
    let back = browser.follow_auto_forms(answer).await?;
    assert!(
        back.body
            .contains("this place in the course does not take them"),
        "{}",
        back.body
    );

    site.lms
        .set_deep_linking_settings(json!({"accept_lineitem": false, "accept_multiple": false}));
    let (mut browser, page) = list(&site, ASSESSOR).await?;
    assert!(page.body.contains("takes one unit at a time"));
    let details_page = details(&mut browser, &page).await?;
    assert!(details_page.body.contains("makes no gradebook column"));
    let form = details_page.form("form[action$='/review']")?;
    assert_eq!(form.value("points-0"), None);
    // Fields that the page did not have change nothing.
    let form = form.with("graded-0", "yes").with("points-0", "7");
    let review = browser.submit(&form).await?;
    let several = review
        .form("form[action$='/answer']")?
        .with_also("unit", UNIT)
        .with("title-1", "Once more")
        .press("Add to the course")?;
    let refused = browser.submit(&several).await?;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("takes one unit at a time here"));
    send(&mut browser, &review).await?;
    let responses = site.lms.deep_linking_responses();
    let [item] = items(&responses[1]) else {
        anyhow::bail!("one item came");
    };
    assert!(item.get("lineItem").is_none());
    Ok(())
}

#[tokio::test]
async fn fields_that_cannot_be_used_are_named() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let (mut browser, page) = list(&site, ASSESSOR).await?;
    let nothing = page.form("form[action$='/details']")?.press("Go on")?;
    let nothing = browser.submit(&nothing).await?;
    assert_eq!(
        nothing.text("#error-summary h2").as_deref(),
        Some("Nothing is chosen yet")
    );
    let details_page = details(&mut browser, &page).await?;
    let form = details_page.form("form[action$='/review']")?;
    let long = "x".repeat(256);
    for (field, value, words) in [
        ("title-0", " ", "Write a title."),
        ("title-0", long.as_str(), "at most 255 characters"),
        ("points-0", "0", "a number above 0"),
        ("points-0", "many", "a number above 0"),
        ("points-0", "inf", "a number above 0"),
        ("due-0", "tomorrow", "Write day and time"),
        // The clocks of the centre go forward in that night.
        ("due-0", "2027-03-28T01:30", "Write day and time"),
        ("closes-0", "2027-01-01T09:00", "It closes before it opens"),
        ("due-0", "2027-01-31T09:00", "due before the activity opens"),
        (
            "due-0",
            "2027-12-31T09:00",
            "due after the activity has closed",
        ),
    ] {
        let wrong = form
            .clone()
            .with("opens-0", "2027-02-01T09:00")
            .with("closes-0", "2027-08-01T09:00")
            .with(field, value);
        let page = browser.submit(&wrong).await?;
        let summary = page.text("#error-summary").unwrap_or_default();
        assert!(summary.contains(words), "{field} {value}: {summary}");
        let at = format!("a[href='#{field}']");
        assert!(page.text(&at).is_some(), "{field}: the summary leads there");
        assert_eq!(
            page.attribute(&format!("#{field}"), "aria-invalid")
                .as_deref(),
            Some("true")
        );
        let kept = page.form("form[action$='/review']")?;
        assert_eq!(
            kept.value(field),
            Some(value),
            "what was typed is still there"
        );
    }
    // A browser without a field for times sends a space.
    let plain = form.with("due-0", "2027-03-28 02:30");
    let review = browser.submit(&plain).await?;
    assert!(
        review.body.contains("28 March 2027, 02:30"),
        "{}",
        review.body
    );

    // A unit that is not installed is none, also in the last form.
    let forged = review
        .form("form[action$='/answer']")?
        .with("unit", "ilm-none")
        .press("Add to the course")?;
    assert_eq!(browser.submit(&forged).await?.status, 422);
    assert!(site.lms.deep_linking_responses().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_browser_without_cookies_in_frames_chooses_in_a_window() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut browser = Browser::new()?;
    browser.set_frames_keep_cookies(false);
    let offer = browser.open(&site.lms.select_url(ASSESSOR)).await?;
    let form = offer.form("form[action$='/lti/window']")?;
    let list = browser.submit_in_window(&form).await?;
    assert_eq!(list.status, 200, "{}", list.body);
    let page = details(&mut browser, &list).await?;
    let review = browser
        .submit(&page.form("form[action$='/review']")?)
        .await?;
    let taken = send(&mut browser, &review).await?;
    assert_eq!(taken.text("h1").as_deref(), Some("Content added"));
    Ok(())
}
