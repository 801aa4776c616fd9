//! Hostile unit plugins, as people at the pages meet them: the learner hands
//! in all the same, and the assessor is told in words.

use std::time::Duration;

use crate::guest::{self, UnitGuest, findings, outcome};
use anyhow::Result;
use assessment::evidence::Evidence;
use demo_lms::Manners;
use demo_lms::browser::Page;
use demo_lms::play::Visitor;
use end_to_end::work::{
    ASSESSOR, FEEDBACK, LEARNER, OTHER_LEARNER, add_strong, csrf_of, hand_in, submission_of,
};
use end_to_end::{Site, UNIT, empty_host, install_all};
use unit_host::{Context, Limits, UnitHost};

/// Id of the guests' unit.
const GUEST: &str = "demo-1";

async fn host_with(guest: &UnitGuest) -> Result<UnitHost> {
    let mut limits = Limits::default();
    limits.units.time = Duration::from_millis(500);
    let host = empty_host(limits)?;
    install_all(&host).await?;
    host.install_unit(guest.component()).await?;
    Ok(host)
}

async fn site_with(guest: &UnitGuest) -> Result<Site> {
    let host = host_with(guest).await?;
    Site::start_on(host, Manners::Strict, |settings| {
        settings.custom.insert("unit".to_owned(), GUEST.to_owned());
    })
    .await
}

/// A check that goes wrong stops nobody, and is told to both sides.
async fn stops_nobody(guest: UnitGuest, words: &str) -> Result<()> {
    let site = site_with(&guest).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let page = add_strong(&mut learner).await?;
    let said = page.text("main").unwrap_or_default();
    assert!(
        said.contains("could not run") && said.contains("you can hand in"),
        "{said}"
    );
    learner.hand_in().await?;

    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    assert!(
        assessor
            .first
            .text("tbody")
            .unwrap_or_default()
            .contains("Could not run")
    );
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    let said = sheet.text(".notice--look").unwrap_or_default();
    assert!(
        said.contains("Not everything could be checked.") && said.contains(words),
        "{said}"
    );
    assert!(sheet.form("form[id='sheet-1.1']").is_ok(), "and can mark");
    let healthy = assessor.browser().get(&site.url("readyz")).await?;
    assert_eq!(healthy.status, 200);
    Ok(())
}

/// A guest whose sheet is honest while it is open, so that its page opens.
fn checking(check: &str) -> UnitGuest {
    let mut guest = UnitGuest::checking(check);
    let open = open_outcome(&mut guest);
    guest.evaluate = format!("i32.const {open}");
    guest
}

/// What an empty sheet comes to: nothing is decided.
fn open_outcome(guest: &mut UnitGuest) -> u32 {
    let criteria = ["1.1", "1.2"]
        .map(|id| guest::Record::new().text(&mut guest.image, id).u8(0).u8(0))
        .into();
    let record = guest::Record::new()
        .u8(0)
        .zeros(4, 0)
        .u8(2)
        .text(&mut guest.image, "")
        .u32(1)
        .u32(0)
        .u32(1)
        .u32(4)
        .list(&mut guest.image, criteria)
        .texts(&mut guest.image, &[])
        .texts(&mut guest.image, &[]);
    guest.image.put(record)
}

#[tokio::test]
async fn a_check_without_an_end() -> Result<()> {
    stops_nobody(
        checking("(loop $again (br $again)) unreachable"),
        "longer than",
    )
    .await
}

#[tokio::test]
async fn a_check_that_traps() -> Result<()> {
    stops_nobody(checking("unreachable"), "the plugin broke off").await
}

#[tokio::test]
async fn a_check_that_takes_all_memory() -> Result<()> {
    let greedy = "(loop $again
        (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))
        (br $again)) unreachable";
    stops_nobody(checking(greedy), "memory").await
}

#[tokio::test]
async fn a_check_that_finds_far_too_much() -> Result<()> {
    let mut guest = checking("unreachable");
    let address = findings(&mut guest.image, 2_001);
    guest.check = format!("i32.const {address}");
    stops_nobody(guest, "2001 findings; there may be 2000").await
}

/// Every assessor's page asks the unit for the sheet; that this works does not make
/// checks that always fail any better.
#[tokio::test]
async fn checks_that_always_fail_are_slowed_down_though_sheets_work() -> Result<()> {
    let site = site_with(&checking("unreachable")).await?;
    hand_in(&site, LEARNER).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    assert!(sheet.form("form[id='sheet-1.1']").is_ok());
    let health = || {
        let health = site.app.units.health().into_iter();
        let mut health = health.filter(|health| health.id == GUEST);
        health.next().expect("it was called")
    };
    assert!(!health().slowed, "{:?}", health());
    hand_in(&site, OTHER_LEARNER).await?;
    assert!(health().slowed, "{:?}", health());
    assessor.open_work(&site.name(LEARNER)).await?;
    assert!(health().slowed, "{:?}", health());
    Ok(())
}

/// The checks of one unit keep each other waiting for a moment, and that moment is
/// somebody's hand-in.
#[tokio::test]
async fn checks_that_could_not_run_at_the_hand_in_run_when_the_assessor_asks() -> Result<()> {
    let mut limits = Limits::default();
    limits.units.time = Duration::from_secs(5);
    limits.units.concurrent_calls = 1;
    limits.queue_wait = Duration::from_millis(100);
    let host = empty_host(limits)?;
    install_all(&host).await?;
    // Another version of the unit, which shares its turns and never ends.
    let mut endless = UnitGuest::of(UNIT, "99.0.0");
    endless.check = "(loop $again (br $again)) unreachable".to_owned();
    let endless = host.prepare_unit(endless.component()).await?;
    let site = Site::start_on(host.clone(), Manners::Strict, |_| {}).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    add_strong(&mut learner).await?;
    let context = Context::standard(endless.unit(), site.app.today(), 1, 1);
    let busy = tokio::spawn(async move {
        let nothing = Evidence {
            slots: Vec::new(),
            documents: Vec::new(),
            tables: Vec::new(),
        };
        host.check(&endless, nothing, context, None).await
    });
    // It takes its turn before the learner goes on.
    tokio::task::yield_now().await;
    learner.hand_in().await?;
    assert!(busy.await?.is_err());

    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    let said = sheet.text(".notice--look").unwrap_or_default();
    assert!(said.contains("too many checks are running"), "{said}");
    let sheet = assessor.mark(&sheet, "1.1", "8", FEEDBACK).await?;
    let again = sheet.form("form[action$='/check']")?;
    let sheet = assessor.browser().submit(&again).await?;
    let has_findings = |sheet: &Page| {
        let said = sheet.text("main").unwrap_or_default();
        assert!(!said.contains("too many checks are running"));
        assert!(said.contains("AC 1.1 has a section under its heading"));
        assert!(sheet.form("form[action$='/check']").is_err());
        let mark = sheet.attribute("[id='mark-1.1']", "value");
        assert_eq!(mark.as_deref(), Some("8"), "the mark stays");
    };
    has_findings(&sheet);

    // A correction that is taken back leads to the same, and not to the failure.
    let submission = submission_of(&sheet).parse()?;
    let mut work = site.app.storage.read().await?;
    let file = work.evidence(submission).await?.remove(0);
    drop(work);
    let url = assessor.url(&format!("evidence/{}/parts", file.id));
    let csrf = csrf_of(&sheet);
    for begins in ["nothing", "all-as-found"] {
        let fields = [("csrf", csrf.as_str()), ("begins", begins), ("block", "0")];
        assessor.browser().post_form(&url, &fields).await?;
        has_findings(&assessor.open_work(&site.name(LEARNER)).await?);
    }
    // Asked once more, the checks that ran stay as they are.
    assessor.browser().submit(&again).await?;
    has_findings(&assessor.open_work(&site.name(LEARNER)).await?);
    Ok(())
}

/// A unit that calls every sheet a pass, marked or not.
#[tokio::test]
async fn a_sheet_that_lies_is_refused_and_the_marks_are_safe() -> Result<()> {
    let mut liar = UnitGuest::good();
    let pass = outcome(&mut liar.image, 0, 2);
    liar.evaluate = format!("i32.const {pass}");
    let site = site_with(&liar).await?;
    hand_in(&site, LEARNER).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let csrf = csrf_of(&assessor.first);
    let link = assessor
        .first
        .link(&site.name(LEARNER))
        .expect("the work is in the list");
    let page = assessor.browser().get(&link).await?;
    assert_eq!(page.status, 200, "evidence and sheet stay within reach");
    let said = page.text(".notice--look").unwrap_or_default();
    assert!(said.contains("cannot be signed for now"), "{said}");

    let submission = submission_of(&page);
    let marks = assessor.url(&format!("submissions/{submission}/marks"));
    let fields = [
        ("csrf", csrf.as_str()),
        ("criterion", "1.1"),
        ("mark", "0"),
        ("feedback", "Not yet."),
        ("version", "0"),
    ];
    assessor.browser().post_form(&marks, &fields).await?;
    let mut work = site.app.storage.read().await?;
    let lines = work.sheet_lines(submission.parse()?).await?;
    assert_eq!(lines.len(), 1, "the mark is safe");
    assert_eq!(lines[0].feedback, "Not yet.");
    drop(work);

    let sign = assessor.url(&format!("submissions/{submission}/sign"));
    let fields = [
        ("csrf", csrf.as_str()),
        ("judged", "yes"),
        ("name", "Joan Hartley"),
    ];
    assert_eq!(
        assessor.browser().post_form(&sign, &fields).await?.status,
        500
    );
    let mut work = site.app.storage.read().await?;
    assert!(
        work.decisions(submission.parse()?).await?.is_empty(),
        "nothing is signed"
    );
    drop(work);
    // The VLE hears at most that the work was handed in.
    site.deliver().await?;
    assert_eq!(site.grade(LEARNER).score, None);
    Ok(())
}

#[tokio::test]
async fn a_grade_that_is_none_is_not_released() -> Result<()> {
    let mut guest = UnitGuest::good();
    let record = guest::gradebook(&mut guest.image, f64::NAN, 4.0);
    guest.grade = format!("i32.const {record}");
    let site = site_with(&guest).await?;
    hand_in(&site, LEARNER).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let csrf = csrf_of(&assessor.first);
    let link = assessor
        .first
        .link(&site.name(LEARNER))
        .expect("the work is in the list");
    let submission = submission_of(&assessor.browser().get(&link).await?);
    // The sheet of 1 + 1 marks is the one that this guest does not lie about.
    let marks = assessor.url(&format!("submissions/{submission}/marks"));
    for criterion in ["1.1", "1.2"] {
        let fields = [
            ("csrf", csrf.as_str()),
            ("criterion", criterion),
            ("mark", "1"),
            ("feedback", ""),
            ("version", "0"),
        ];
        assessor.browser().post_form(&marks, &fields).await?;
    }
    let sheet = assessor.browser().get(&link).await?;
    assert_eq!(sheet.status, 200);
    let url = assessor.url(&format!("submissions/{submission}/sign"));
    let form = assessor
        .browser()
        .get(&url)
        .await?
        .form("form[action$='/sign']")?;
    let page = assessor
        .browser()
        .submit(&form.with("judged", "yes").with("name", "Joan Hartley"))
        .await?;
    assert_eq!(page.status, 200);
    let said = page.text("main").unwrap_or_default();
    assert!(said.contains("cannot be released for now"), "{said}");
    let url = assessor.url(&format!("submissions/{submission}/release"));
    assert_eq!(
        assessor
            .browser()
            .post_form(&url, &[("csrf", &csrf)])
            .await?
            .status,
        500
    );
    // The VLE hears at most that the work was handed in.
    site.deliver().await?;
    assert_eq!(site.grade(LEARNER).score, None);
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    assert!(
        learner
            .page("result")
            .await?
            .text("main")
            .unwrap_or_default()
            .contains("Not released yet")
    );
    Ok(())
}
