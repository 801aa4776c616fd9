//! Courses that are copied or restored: units come along, work stays where it is.

use anyhow::{Context, Result};
use demo_lms::browser::{Browser, Page};
use demo_lms::play::Visitor;
use demo_lms::{Link, Manners};
use end_to_end::work::{
    ASSESSOR, LEARNER, OTHER_ASSESSOR, PASS, add_strong, csrf_of, hand_in, release,
};
use end_to_end::{Site, UNIT};

async fn open(site: &Site, person: &str, link: &str) -> Result<Visitor> {
    let mut browser = Browser::new()?;
    let first = browser.open(&site.lms.link_url(person, link)).await?;
    assert_eq!(first.status, 200, "{}", first.body);
    Ok(Visitor::at(browser, first))
}

/// A link that a teacher chose in the tool.
async fn chosen(site: &Site) -> Result<Link> {
    let mut browser = Browser::new()?;
    let list = browser.open(&site.lms.select_url(ASSESSOR)).await?;
    let form = list
        .form("form[action$='/details']")?
        .with("unit", UNIT)
        .press("Go on")?;
    let details = browser.submit(&form).await?;
    let form = details
        .form("form[action$='/review']")?
        .with("due-0", "2027-07-16T17:00");
    let review = browser.submit(&form).await?;
    let form = review
        .form("form[action$='/answer']")?
        .press("Add to the course")?;
    let answer = browser.submit(&form).await?;
    browser.follow_auto_forms(answer).await?;
    site.lms.links().pop().context("the link was made")
}

/// The copy of a link in a copy of its course.
fn copy_of(site: &Site, link: &str, course: &str) -> Result<Link> {
    let mut links = site.lms.links().into_iter();
    let found = links
        .find(|copy| copy.course == course && copy.history.first().is_some_and(|id| id == link));
    found.context("the link was copied")
}

/// The last part of an address of a page.
fn ends(page: &Page) -> String {
    page.url
        .path()
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[tokio::test]
async fn a_copied_course_begins_anew_with_the_same_units() -> Result<()> {
    for manners in [Manners::Strict, Manners::Moodle, Manners::Canvas] {
        let site = Site::start(manners).await?;
        let link = chosen(&site).await?;
        let mut learner = open(&site, LEARNER, &link.id).await?;
        add_strong(&mut learner).await?;
        learner.hand_in().await?;

        let course = site.lms.copy_course("2");
        let copy = copy_of(&site, &link.id, &course)?;
        let mut anew = open(&site, LEARNER, &copy.id).await?;
        assert_ne!(
            anew.url(""),
            learner.url(""),
            "{manners}: it is another activity"
        );
        let home = anew.page("unit").await?;
        assert!(
            home.body.contains("8577-304"),
            "{manners}: the unit came along"
        );
        let evidence = anew.page("evidence").await?;
        assert!(
            !evidence.body.contains("304-strong.docx"),
            "{manners}: work did not"
        );
        let date_came_along = home.body.contains("16 July 2027");
        // What the platform itself goes on saying of the copy counts; our own date was the original's.
        assert_eq!(date_came_along, manners != Manners::Moodle, "{manners}");
        let assessor = open(&site, ASSESSOR, &copy.id).await?;
        assert!(
            !assessor
                .first
                .text("tbody")
                .unwrap_or_default()
                .contains("Waiting"),
            "{manners}: nobody waits for marks there"
        );
        let original = open(&site, ASSESSOR, &link.id).await?;
        assert!(
            original
                .first
                .text("tbody")
                .unwrap_or_default()
                .contains("Waiting"),
            "{manners}: the work is where it was"
        );
    }
    Ok(())
}

/// A site whose activity was added by hand: its link says no more than its history.
async fn by_hand(manners: Manners) -> Result<Site> {
    Site::start_with(manners, |settings| {
        settings.custom = [
            ("context_history", "$Context.id.history"),
            ("resource_link_history", "$ResourceLink.id.history"),
            (
                "canvas_context_history",
                "$Canvas.course.previousContextIds.recursive",
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    })
    .await
}

/// Names the unit on the page that asks for it.
async fn choose(visitor: &mut Visitor) -> Result<Page> {
    let page = visitor.page("choose-unit").await?;
    let form = page
        .form("form[action$='/choose-unit']")?
        .with("unit", UNIT);
    Ok(visitor.browser().submit(&form).await?)
}

#[tokio::test]
async fn the_history_of_a_link_or_a_course_tells_the_unit() -> Result<()> {
    for manners in [Manners::Strict, Manners::Moodle, Manners::Canvas] {
        let site = by_hand(manners).await?;
        choose(&mut open(&site, ASSESSOR, "1").await?).await?;
        let course = site.lms.copy_course("2");
        let copy = copy_of(&site, "1", &course)?;
        let learner = open(&site, LEARNER, &copy.id).await?;
        assert_eq!(ends(&learner.first), "unit", "{manners}");
        assert!(
            learner.first.body.contains("8577-304"),
            "{manners}: {}",
            learner.first.body
        );
    }
    Ok(())
}

#[tokio::test]
async fn staff_take_a_unit_over_by_hand_where_nothing_tells_it() -> Result<()> {
    let site = Site::start_with(Manners::Strict, |settings| settings.custom.clear()).await?;
    choose(&mut open(&site, ASSESSOR, "1").await?).await?;
    let course = site.lms.copy_course("2");
    let copy = copy_of(&site, "1", &course)?;

    // Who does not teach the original sees nothing of it.
    let mut stranger = open(&site, OTHER_ASSESSOR, &copy.id).await?;
    assert_eq!(ends(&stranger.first), "choose-unit");
    let page = stranger.page("link-again").await?;
    assert!(
        page.body.contains("There is no earlier activity"),
        "{}",
        page.body
    );

    let mut assessor = open(&site, ASSESSOR, &copy.id).await?;
    let choose_page = assessor.page("choose-unit").await?;
    let link = choose_page
        .link("Take over what was set there")
        .context("a way there")?;
    let list = assessor.browser().get(&link).await?;
    let show = list.form("form[action$='/link-again']")?;
    let nothing = assessor.browser().submit(&show).await?;
    assert_eq!(
        nothing.text("#error-summary h2").as_deref(),
        Some("Nothing is chosen yet")
    );
    let from = list.attribute("#from-1", "value").context("the original")?;
    let preview = assessor.browser().submit(&show.with("from", &from)).await?;
    assert!(preview.body.contains("Work and marks stay where they are"));
    assert!(
        !preview.body.contains("Bring the work here"),
        "that is for one course"
    );
    let csrf = csrf_of(&preview);
    let form = preview.form("form[action$='/link-again']")?;

    // Nobody else does it for them, with or without the address.
    let mut learner = open(&site, LEARNER, &copy.id).await?;
    let url = learner.url("link-again");
    assert_eq!(learner.browser().get(&url).await?.status, 403);
    let fields = [("csrf", csrf.as_str()), ("from", &from), ("take", "unit")];
    assert_eq!(
        learner.browser().post_form(&url, &fields).await?.status,
        401
    );
    let theirs = csrf_of(&stranger.page("choose-unit").await?);
    let fields = [("csrf", theirs.as_str()), ("from", &from), ("take", "unit")];
    let url = stranger.url("link-again");
    assert_eq!(
        stranger.browser().post_form(&url, &fields).await?.status,
        404
    );

    let done = assessor.browser().submit(&form).await?;
    assert_eq!(ends(&done), "cohort", "{}", done.body);
    let learner = open(&site, LEARNER, &copy.id).await?;
    assert!(learner.first.body.contains("8577-304"));
    Ok(())
}

#[tokio::test]
async fn work_comes_to_a_place_that_was_made_anew() -> Result<()> {
    let site = Site::start(Manners::Moodle).await?;
    let link = chosen(&site).await?;
    let mut learner = open(&site, LEARNER, &link.id).await?;
    add_strong(&mut learner).await?;
    learner.hand_in().await?;
    let submission = {
        let mut work = site.app.storage.read().await?;
        let activity = learner
            .url("")
            .path()
            .split('/')
            .nth(2)
            .unwrap_or_default()
            .parse()?;
        let registration = work.registrations(None).await?[0].id;
        work.submissions(registration, activity).await?.remove(0)
    };
    let anew = site.lms.restore_link(&link.id).context("it is restored")?;
    let mut assessor = open(&site, ASSESSOR, &anew).await?;
    assert!(
        !assessor
            .first
            .text("tbody")
            .unwrap_or_default()
            .contains("Waiting")
    );
    let way = assessor
        .first
        .link("linked again")
        .context("the list says how")?;
    let list = assessor.browser().get(&way).await?;
    assert!(
        list.body.contains("this is probably its copy"),
        "{}",
        list.body
    );
    let from = list
        .attribute("#from-1", "value")
        .context("the earlier place")?;
    let show = list
        .form("form[action$='/link-again']")?
        .with("from", &from);
    let preview = assessor.browser().submit(&show).await?;
    assert!(
        !preview.body.contains("Take over the unit"),
        "it has it already"
    );
    let form = preview.form("form[action$='/link-again']")?;
    let done = assessor.browser().submit(&form).await?;
    assert_eq!(
        done.text("h1").as_deref(),
        Some("The work is in its new place"),
        "{}",
        done.body
    );
    let url = assessor.url("cohort");
    assert_eq!(
        assessor.browser().get(&url).await?.status,
        401,
        "it is opened again"
    );

    let mut assessor = open(&site, ASSESSOR, &anew).await?;
    assert!(
        assessor
            .first
            .text("tbody")
            .unwrap_or_default()
            .contains("Waiting")
    );
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    assert_eq!(sheet.status, 200);
    let mut learner = open(&site, LEARNER, &anew).await?;
    let evidence = learner.page("evidence").await?;
    assert!(evidence.body.contains("304-strong.docx"));
    let mut work = site.app.storage.read().await?;
    let events = work.events(submission.id).await?;
    assert!(
        events.iter().any(|event| event.kind == "linked-again"),
        "{events:?}"
    );
    Ok(())
}

#[tokio::test]
async fn work_never_leaves_its_course_nor_meets_other_work() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    hand_in(&site, LEARNER).await?;
    let (mut original, _) = release(&site, LEARNER, &PASS).await?;
    site.deliver().await?;
    let course = site.lms.copy_course("2");
    let copy = copy_of(&site, "1", &course)?;
    let mut elsewhere = open(&site, ASSESSOR, &copy.id).await?;
    let from = original
        .url("")
        .path()
        .split('/')
        .nth(2)
        .unwrap_or_default()
        .to_owned();
    let csrf = csrf_of(&elsewhere.page("cohort").await?);
    for (take, status) in [("work", 404), ("unit", 404)] {
        let fields = [("csrf", csrf.as_str()), ("from", &from), ("take", take)];
        let url = elsewhere.url("link-again");
        let refused = elsewhere.browser().post_form(&url, &fields).await?;
        assert_eq!(refused.status, status, "{take}: {}", refused.body);
    }

    // In the same course, where somebody has begun in the new place.
    let link = chosen(&site).await?;
    let mut begun = open(&site, LEARNER, &link.id).await?;
    add_strong(&mut begun).await?;
    let mut assessor = open(&site, ASSESSOR, &link.id).await?;
    let csrf = csrf_of(&assessor.page("cohort").await?);
    let fields = [("csrf", csrf.as_str()), ("from", &from), ("take", "work")];
    let url = assessor.url("link-again");
    assert_eq!(
        assessor.browser().post_form(&url, &fields).await?.status,
        404
    );
    assert!(
        assessor.first.link("linked again").is_none(),
        "nor is it offered"
    );
    let list = original.page("cohort").await?;
    assert!(list.text("tbody").unwrap_or_default().contains("Released"));
    Ok(())
}

#[tokio::test]
async fn a_released_grade_goes_out_again_to_the_new_column() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    hand_in(&site, LEARNER).await?;
    release(&site, LEARNER, &PASS).await?;
    site.deliver().await?;
    // The activity that the course begins with stays; the teacher adds a place for it beside it.
    let link = chosen(&site).await?;
    let mut assessor = open(&site, ASSESSOR, &link.id).await?;
    let list = assessor.page("link-again").await?;
    let from = list
        .attribute("#from-1", "value")
        .context("the earlier place")?;
    let show = list
        .form("form[action$='/link-again']")?
        .with("from", &from);
    let preview = assessor.browser().submit(&show).await?;
    let form = preview.form("form[action$='/link-again']")?;
    assessor.browser().submit(&form).await?;
    site.deliver().await?;
    let row = site
        .lms
        .gradebook_of(&link.id)
        .into_iter()
        .find(|row| row.user_id == LEARNER);
    assert_eq!(row.and_then(|row| row.score), Some(50.0));
    Ok(())
}
