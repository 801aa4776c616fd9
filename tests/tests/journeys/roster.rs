//! The roster: read to its end, in whatever way the platform pages.

use anyhow::Result;
use demo_lms::Manners;
use demo_lms::browser::Page;
use demo_lms::play::Visitor;
use end_to_end::Site;
use end_to_end::work::{ASSESSOR, LEARNER, OTHER_LEARNER, hand_in};

/// Presses “Read the roster now”.
async fn read_roster(assessor: &mut Visitor) -> Result<Page> {
    let cohort = assessor.page("cohort").await?;
    let form = cohort.form("form[action$='/roster/sync']")?;
    Ok(assessor.browser().submit(&form).await?)
}

fn roster_calls(site: &Site) -> usize {
    site.lms
        .requests()
        .iter()
        .filter(|request| request.contains("/memberships"))
        .count()
}

async fn everybody_is_there(manners: Manners, relative_links: bool, calls: usize) -> Result<()> {
    let site = Site::start(manners).await?;
    site.lms.set_relative_links(relative_links);
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let cohort = read_roster(&mut assessor).await?;
    assert_eq!(cohort.texts("tbody tr").len(), 30, "{}", cohort.body);
    assert!(
        cohort
            .text("caption")
            .unwrap_or_default()
            .contains("1 to 30 of 30")
    );
    for person in site
        .lms
        .people()
        .iter()
        .filter(|person| person.role == demo_lms::Role::Learner)
    {
        assert!(
            cohort
                .texts("tbody th")
                .iter()
                .any(|name| name.contains(&person.name())),
            "{}",
            person.name()
        );
    }
    assert_eq!(roster_calls(&site), calls);
    Ok(())
}

#[tokio::test]
async fn thirty_learners_by_pages() -> Result<()> {
    everybody_is_there(Manners::Strict, false, 4).await
}

#[tokio::test]
async fn thirty_learners_by_relative_links() -> Result<()> {
    everybody_is_there(Manners::Strict, true, 4).await
}

#[tokio::test]
async fn thirty_learners_as_moodle_and_canvas_send_them() -> Result<()> {
    everybody_is_there(Manners::Moodle, false, 1).await?;
    everybody_is_there(Manners::Canvas, false, 4).await
}

#[tokio::test]
async fn somebody_who_left_is_marked_and_keeps_their_work() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    hand_in(&site, LEARNER).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    read_roster(&mut assessor).await?;
    site.lms.take_off_course(LEARNER);
    site.lms.take_off_course(OTHER_LEARNER);
    site.clock.advance(std::time::Duration::from_secs(1));
    let cohort = read_roster(&mut assessor).await?;
    let names = cohort.texts("tbody th");
    assert_eq!(
        names.len(),
        29,
        "who left without work is gone from the list"
    );
    let left = names
        .iter()
        .find(|name| name.contains(&site.name(LEARNER)))
        .expect("their work is here");
    assert!(left.contains("no longer in the course"), "{left}");
    assert_eq!(assessor.open_work(&site.name(LEARNER)).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_roster_that_breaks_off_removes_nobody() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    read_roster(&mut assessor).await?;
    site.lms.take_off_course(LEARNER);
    site.lms.set_roster_breaks(true);
    site.clock.advance(std::time::Duration::from_secs(1));
    let cohort = read_roster(&mut assessor).await?;
    assert_eq!(cohort.texts("tbody tr").len(), 30);
    let notice = cohort.text(".notice--look").unwrap_or_default();
    assert!(
        notice.contains("The list of learners could not be read")
            && notice.contains("Everybody who was here before still is"),
        "{notice}"
    );
    site.lms.set_roster_breaks(false);
    let cohort = read_roster(&mut assessor).await?;
    assert_eq!(cohort.texts("tbody tr").len(), 29);
    Ok(())
}
