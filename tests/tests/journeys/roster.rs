//! The roster: read to its end in whatever way the platform pages, with who came,
//! who went, who is in which group, and nobody lost when a reading breaks off.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use demo_lms::browser::Page;
use demo_lms::play::Visitor;
use demo_lms::{Fault, Manners, Names};
use end_to_end::crowd::{self, Crowd};
use end_to_end::platform::Platform;
use end_to_end::work::{ASSESSOR, LEARNER, OTHER_LEARNER, hand_in};
use end_to_end::{Site, units};
use serde_json::json;
use workflow::App;
use workflow::roster::{RosterProblem, sync_course};

/// Presses “Read the roster now”; the page that comes says that it will be read.
async fn ask(assessor: &mut Visitor) -> Result<Page> {
    let cohort = assessor.page("cohort").await?;
    let form = cohort.form("form[action$='/roster/sync']")?;
    Ok(assessor.browser().submit(&form).await?)
}

/// Has the roster read, a second after whatever was before.
async fn read_roster(site: &Site, assessor: &mut Visitor) -> Result<Page> {
    site.clock.advance(Duration::from_secs(1));
    ask(assessor).await?;
    site.read_rosters().await?;
    Ok(assessor.page("cohort").await?)
}

fn roster_calls(site: &Site) -> usize {
    calls(site, "/memberships").len()
}

fn calls(site: &Site, path: &str) -> Vec<String> {
    site.lms
        .requests()
        .into_iter()
        .filter(|request| request.contains(path))
        .collect()
}

/// How the reading of the roster stands, in the words of the page.
fn state(page: &Page) -> String {
    page.text("#roster").unwrap_or_default()
}

async fn large_site(manners: Manners, learners: usize) -> Result<Site> {
    Site::start_with(manners, |settings| settings.learners = learners).await
}

async fn everybody_is_there(
    manners: Manners,
    learners: usize,
    relative_links: bool,
    calls: usize,
) -> Result<()> {
    let site = large_site(manners, learners).await?;
    site.lms.set_relative_links(relative_links);
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    read_roster(&site, &mut assessor).await?;
    assert_eq!(roster_calls(&site), calls, "{manners}");
    let roster = assessor.page("roster").await?;
    let caption = roster.text("caption").unwrap_or_default();
    let all = learners + 2;
    assert!(
        caption.contains(&format!("of {}", thousands(all))),
        "{manners}: {caption}"
    );
    let mut names = Vec::new();
    for page in 1..=all.div_ceil(50) {
        let page = assessor
            .page_with("roster", &format!("page={page}"))
            .await?;
        names.extend(page.texts("tbody th"));
    }
    for person in site.lms.people() {
        assert!(
            names.contains(&person.name()),
            "{manners}: {}",
            person.name()
        );
    }
    Ok(())
}

fn thousands(number: usize) -> String {
    if number < 1_000 {
        number.to_string()
    } else {
        format!("{},{:03}", number / 1_000, number % 1_000)
    }
}

#[tokio::test]
async fn everybody_comes_however_the_platform_pages() -> Result<()> {
    everybody_is_there(Manners::Strict, 30, false, 1).await?;
    everybody_is_there(Manners::Strict, 1_100, false, 3).await?;
    everybody_is_there(Manners::Strict, 1_100, true, 3).await?;
    everybody_is_there(Manners::Moodle, 1_100, false, 3).await?;
    everybody_is_there(Manners::Canvas, 130, false, 3).await
}

#[tokio::test]
async fn twenty_thousand_learners_by_pages_of_fifty() -> Result<()> {
    let site = large_site(Manners::Canvas, 20_000).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let cohort = read_roster(&site, &mut assessor).await?;
    assert_eq!(roster_calls(&site), 401);
    assert!(cohort.body.contains("1 to 50 of 20,000"), "{}", cohort.body);
    assert_eq!(cohort.texts("tbody tr").len(), 50);
    let last = assessor.page_with("cohort", "page=400").await?;
    assert!(last.body.contains("19,951 to 20,000 of 20,000"));
    let found = assessor
        .page_with("cohort", "q=amelia+clarke&state=not-handed-in")
        .await?;
    let rows = found.texts("tbody th");
    assert!(
        !rows.is_empty() && rows.len() <= 50 && rows.iter().all(|name| name == "Amelia Clarke"),
        "{rows:?}"
    );
    let roster = assessor.page("roster").await?;
    assert!(
        state(&roster).contains("20,002 came, nobody went"),
        "{}",
        state(&roster)
    );
    Ok(())
}

#[tokio::test]
async fn somebody_who_left_is_marked_and_keeps_their_work() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    hand_in(&site, LEARNER).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    read_roster(&site, &mut assessor).await?;
    site.lms.take_off_course(LEARNER);
    site.lms.take_off_course(OTHER_LEARNER);
    let cohort = read_roster(&site, &mut assessor).await?;
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

    let gone = assessor.page_with("roster", "who=gone").await?;
    assert!(gone.body.contains("keeps their work"), "{}", gone.body);
    for learner in [LEARNER, OTHER_LEARNER] {
        assert!(gone.body.contains(&site.name(learner)));
    }
    let went = gone.link("2 went").expect("the reading says who went");
    let went = assessor.browser().get(&went).await?;
    assert!(
        went.body.contains(&site.name(LEARNER)) && !went.body.contains(&site.name("learner-3"))
    );

    site.lms.put_on_course(OTHER_LEARNER);
    let cohort = read_roster(&site, &mut assessor).await?;
    assert_eq!(cohort.texts("tbody th").len(), 30);
    let roster = assessor.page("roster").await?;
    assert!(
        state(&roster).contains("1 came, nobody went"),
        "{}",
        state(&roster)
    );
    let came = roster.link("1 came").expect("the reading says who came");
    let came = assessor.browser().get(&came).await?;
    assert!(came.body.contains(&site.name(OTHER_LEARNER)));
    Ok(())
}

#[tokio::test]
async fn a_roster_that_breaks_off_removes_nobody() -> Result<()> {
    let site = large_site(Manners::Canvas, 130).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    read_roster(&site, &mut assessor).await?;
    site.lms.take_off_course(LEARNER);
    site.lms.set_roster_breaks(true);
    let cohort = read_roster(&site, &mut assessor).await?;
    assert!(cohort.body.contains("of 130"));
    let notice = state(&cohort);
    assert!(
        notice.contains("The list of learners could not be read")
            && notice.contains("Everybody who was here before still is")
            && notice.contains("500"),
        "{notice}"
    );
    let roster = assessor.page("roster").await?;
    assert!(roster.body.contains("Broke off"), "{}", roster.body);
    site.lms.set_roster_breaks(false);
    let cohort = read_roster(&site, &mut assessor).await?;
    assert!(cohort.body.contains("of 129"), "{}", state(&cohort));
    Ok(())
}

#[tokio::test]
async fn a_roster_that_cannot_be_read_in_parts_removes_nobody() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    read_roster(&site, &mut assessor).await?;
    site.lms.alter_member(LEARNER, json!({"user_id": null}));
    site.lms.take_off_course(OTHER_LEARNER);
    let cohort = read_roster(&site, &mut assessor).await?;
    assert_eq!(cohort.texts("tbody tr").len(), 30);
    assert!(
        state(&cohort).contains("an entry without the person’s id, so nobody was taken off"),
        "{}",
        state(&cohort)
    );
    Ok(())
}

#[tokio::test]
async fn only_who_takes_part_is_on_the_roster() -> Result<()> {
    let site = Site::start(Manners::Canvas).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let membership =
        |role: &str| format!("http://purl.imsglobal.org/vocab/lis/v2/membership{role}");
    let changes = [
        (1, json!({"status": "Inactive"})),
        (2, json!({"status": "Deleted"})),
        (3, json!({"status": "Enjoying a holiday"})),
        (4, json!({"roles": [membership("#Mentor")]})),
        (
            5,
            json!({"roles": [
                membership("#Learner"),
                "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
            ]}),
        ),
        (
            6,
            json!({"roles": ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Learner"]}),
        ),
        (7, json!({"roles": null})),
        // These take part.
        (8, json!({"roles": ["Learner"]})),
        (9, json!({"roles": "Learner"})),
        (10, json!({"roles": ["urn:lti:role:ims/lis/Learner"]})),
        (11, json!({"status": null})),
        (12, json!({"roles": [membership("/Learner#GuestLearner")]})),
        // And these mark.
        (
            13,
            json!({"roles": [membership("#Learner"), membership("#Instructor")]}),
        ),
        (
            14,
            json!({"roles": [membership("/Instructor#TeachingAssistant")]}),
        ),
    ];
    for (number, change) in changes {
        site.lms.alter_member(&format!("learner-{number}"), change);
    }
    let cohort = read_roster(&site, &mut assessor).await?;
    let names = cohort.texts("tbody th");
    for number in 1..=30 {
        let name = site.name(&format!("learner-{number}"));
        let is_listed = names.contains(&name);
        assert_eq!(
            is_listed,
            (8..=12).contains(&number) || number > 14,
            "{number}: {name}"
        );
    }
    let roster = assessor.page("roster").await?;
    let rows = roster.texts("tbody tr");
    for number in [13, 14] {
        let name = site.name(&format!("learner-{number}"));
        assert!(
            rows.iter()
                .any(|row| row.contains(&name) && row.contains("Assessor")),
            "{name}: {rows:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn changes_are_read_where_the_platform_tells_them() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    site.lms.set_offers_differences(true);
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    read_roster(&site, &mut assessor).await?;
    site.lms.take_off_course(LEARNER);
    site.lms
        .alter_member(OTHER_LEARNER, json!({"name": "Renamed Person"}));
    site.lms
        .alter_member("learner-3", json!({"status": "Inactive"}));
    let cohort = read_roster(&site, &mut assessor).await?;
    assert_eq!(cohort.texts("tbody th").len(), 28);
    assert!(cohort.body.contains("Renamed Person"));
    assert!(
        state(&cohort).contains("nobody came, 2 went"),
        "{}",
        state(&cohort)
    );
    site.lms.put_on_course(LEARNER);
    let cohort = read_roster(&site, &mut assessor).await?;
    assert_eq!(cohort.texts("tbody th").len(), 29);
    assert_eq!(
        calls(&site, "/memberships?").len(),
        1,
        "the whole list was read once: {:?}",
        calls(&site, "/memberships")
    );

    // A platform that has forgotten the changes is asked for everybody.
    site.lms.take_off_course(OTHER_LEARNER);
    site.lms.forget_changes();
    let cohort = read_roster(&site, &mut assessor).await?;
    assert_eq!(cohort.texts("tbody th").len(), 28);
    assert_eq!(calls(&site, "/memberships?").len(), 2);
    assert!(
        calls(&site, "/changes?")
            .iter()
            .any(|call| call.ends_with(" 410")),
        "{:?}",
        calls(&site, "/changes?")
    );
    Ok(())
}

#[tokio::test]
async fn names_that_privacy_hides_are_asked_for_the_activity_once() -> Result<()> {
    let site = Site::start(Manners::Moodle).await?;
    site.lms.set_names(Names::Hidden);
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let cohort = read_roster(&site, &mut assessor).await?;
    let names = cohort.texts("tbody th");
    let mut sorted = names.clone();
    sorted.sort();
    assert!(
        names.len() == 30
            && names
                .iter()
                .all(|name| name.starts_with("Learner learner-")),
        "{names:?}"
    );
    assert_eq!(
        names, sorted,
        "who has no name is sorted by the platform’s id"
    );
    read_roster(&site, &mut assessor).await?;
    assert_eq!(
        calls(&site, "rlid=").len(),
        1,
        "an activity that told no names is left alone"
    );

    site.lms.set_names(Names::ShownForTheActivity);
    site.clock.advance(Duration::from_hours(8 * 24));
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let cohort = read_roster(&site, &mut assessor).await?;
    assert!(cohort.texts("tbody th").contains(&site.name(LEARNER)));
    assert_eq!(calls(&site, "rlid=").len(), 2);
    read_roster(&site, &mut assessor).await?;
    assert_eq!(
        calls(&site, "rlid=").len(),
        2,
        "nobody asks again while everybody has a name"
    );
    Ok(())
}

#[tokio::test]
async fn a_reading_shows_how_far_it_is_and_keeps_others_off() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let asked = ask(&mut assessor).await?;
    assert!(
        state(&asked).contains("About to be read") && asked.body.contains("data-refresh"),
        "{}",
        state(&asked)
    );
    // Somebody, perhaps another process, is in the middle of it.
    let now = site.clock.now();
    let mut work = site.app.storage.write().await?;
    let course = work.courses_with_roster().await?.remove(0);
    let lease = now + chrono::Duration::minutes(3);
    assert!(work.begin_reading(course.id, now, lease).await?);
    assert!(work.note_reading(course.id, now, lease, 1_250).await?);
    work.save().await?;
    let page = assessor.page("roster").await?;
    assert!(
        state(&page).contains("1,250 so far") && page.form("form[action$='/roster/sync']").is_err(),
        "{}",
        state(&page)
    );
    assert!(matches!(
        sync_course(&site.app, &course).await,
        Err(RosterProblem::UnderWay)
    ));
    site.read_rosters().await?;
    assert_eq!(roster_calls(&site), 0, "one reading at a time");

    // It died. Its lease runs out, and the reading is begun again.
    site.clock.advance(Duration::from_mins(4));
    site.read_rosters().await?;
    let page = assessor.page("roster").await?;
    assert!(
        state(&page).contains("32 came, nobody went"),
        "{}",
        state(&page)
    );
    assert!(!page.body.contains("data-refresh"));
    Ok(())
}

#[tokio::test]
async fn a_roster_is_read_again_after_a_day_and_not_before() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    Visitor::launch(&site.lms, ASSESSOR).await?;
    let mut counts = Vec::new();
    for hours in [0, 1, 22, 2] {
        site.clock.advance(Duration::from_hours(hours));
        site.read_rosters().await?;
        counts.push(roster_calls(&site));
    }
    assert_eq!(counts, [1, 1, 1, 2]);
    Ok(())
}

#[tokio::test]
async fn a_platform_that_asks_for_an_hour_gets_it() -> Result<()> {
    let site = Site::start(Manners::Canvas).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let pause = Fault::TooManyRequests { retry_after: 3_600 };
    site.lms.fault_every(1, vec![pause]);
    let cohort = read_roster(&site, &mut assessor).await?;
    let all_calls = site.lms.requests().len();
    assert!(
        state(&cohort).contains("left alone for 61 minutes. Then the list is read again by itself"),
        "{}",
        state(&cohort)
    );
    let refused = ask(&mut assessor).await?;
    assert_eq!(refused.status, 409);
    assert!(
        refused.body.contains("alone for 60 minutes"),
        "{}",
        refused.body
    );
    site.lms.fault_every(0, Vec::new());
    for minutes in [16, 40] {
        site.clock.advance(Duration::from_mins(minutes));
        site.read_rosters().await?;
        assert_eq!(site.lms.requests().len(), all_calls, "{minutes}");
    }
    site.clock.advance(Duration::from_mins(5));
    site.read_rosters().await?;
    let cohort = assessor.page("cohort").await?;
    assert!(state(&cohort).contains("32 came"), "{}", state(&cohort));
    Ok(())
}

/// A platform that sends everybody in one answer, whatever was asked for.
#[tokio::test]
async fn a_course_of_twenty_thousand_comes_as_one_answer() -> Result<()> {
    let crowd = Arc::new(Crowd::new(20_000, 20_000));
    let site = Site::start(Manners::Strict).await?;
    let platform = Platform::start_with(crowd.clone().router()).await?;
    let registration = site.register(&platform).await?;
    let course = crowd::course(&site, &platform, registration).await?;
    let sweep = sync_course(&site.app, &course).await?;
    assert_eq!((sweep.seen, sweep.came), (20_000, 20_000));
    let mut work = site.app.storage.read().await?;
    for number in 1..=20_000 {
        let person = work
            .person_by_subject(course.registration, &Crowd::subject(number))
            .await?;
        assert!(person.is_some(), "{number}");
    }
    drop(work);
    // One answer is no list of several pages, which would be read twice before somebody is gone.
    let before = crowd.calls();
    crowd.take_off(20_000);
    site.clock.advance(Duration::from_secs(1));
    let sweep = sync_course(&site.app, &course).await?;
    assert_eq!((sweep.seen, sweep.left), (19_999, 1));
    assert_eq!(crowd.calls(), before + 1);
    Ok(())
}

#[tokio::test]
async fn a_long_roster_is_read_twice_before_somebody_counts_as_gone() -> Result<()> {
    let site = large_site(Manners::Moodle, 1_100).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    read_roster(&site, &mut assessor).await?;
    read_roster(&site, &mut assessor).await?;
    assert_eq!(roster_calls(&site), 6, "nobody is missing, so once each");
    site.lms.take_off_course(LEARNER);
    let cohort = read_roster(&site, &mut assessor).await?;
    assert_eq!(roster_calls(&site), 12);
    assert!(
        state(&cohort).contains("nobody came, 1 went"),
        "{}",
        state(&cohort)
    );
    Ok(())
}

#[tokio::test]
async fn a_cohort_is_shown_by_group_where_the_platform_has_groups() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    hand_in(&site, LEARNER).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let cohort = read_roster(&site, &mut assessor).await?;
    assert_eq!(
        cohort.texts("select[name='group'] option"),
        ["All groups", "Monday evening", "Thursday morning"]
    );
    let monday = assessor.page_with("cohort", "group=1").await?;
    let thursday = assessor.page_with("cohort", "group=2").await?;
    assert_eq!(monday.texts("tbody th").len(), 15);
    assert_eq!(thursday.texts("tbody th").len(), 15);
    assert!(monday.texts("tbody th").contains(&site.name(LEARNER)));
    assert!(monday.body.contains("Go on with"));
    assert!(
        !thursday.body.contains("Go on with"),
        "the other group has nothing to mark"
    );
    let waiting = assessor
        .page_with("cohort", "group=1&state=waiting")
        .await?;
    assert_eq!(waiting.texts("tbody th").len(), 1);

    let site = Site::start(Manners::Canvas).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let cohort = read_roster(&site, &mut assessor).await?;
    assert_eq!(cohort.texts("select[name='group'] option"), [""; 0]);
    assert_eq!(calls(&site, "/groups").len(), 0);
    Ok(())
}

/// 20,000 people by pages of 50, and every twentieth call goes wrong.
#[tokio::test]
async fn a_large_roster_arrives_whole_whatever_goes_wrong() -> Result<()> {
    let patience = Duration::from_secs(1);
    let http = lti::http::Client::builder()
        .timeout(patience)
        .read_timeout(patience)
        .build()?;
    let impatient = |app: &mut App| {
        app.tokens = lti::TokenClient::new(http.clone());
        app.http = http;
    };
    let crowd = Arc::new(Crowd::new(20_000, 50).with_trouble_every(20));
    let site = Site::start_changed(units().await?, Manners::Strict, |_| {}, impatient).await?;
    let platform = Platform::start_with(crowd.clone().router()).await?;
    let registration = site.register(&platform).await?;
    let course = crowd::course(&site, &platform, registration).await?;
    for came in [20_000, 0] {
        let sweep = sync_course(&site.app, &course).await?;
        assert_eq!((sweep.seen, sweep.came, sweep.left), (20_000, came, 0));
        site.clock.advance(Duration::from_secs(1));
    }
    let mut work = site.app.storage.read().await?;
    for number in 1..=20_000 {
        let person = work
            .person_by_subject(course.registration, &Crowd::subject(number))
            .await?;
        assert!(person.is_some(), "{number}");
    }
    // Every twentieth call failed, and no page was read again that had been read well.
    assert!((830..=880).contains(&crowd.calls()), "{}", crowd.calls());
    Ok(())
}
