//! A unit with a diary and without marks, marked: the matrix and the hours first,
//! the rows in question beside their criterion, and a pass or referral for each.

use anyhow::Result;
use chrono::TimeZone as _;
use chrono::Utc;
use demo_lms::Manners;
use demo_lms::browser::Page;
use demo_lms::play::{DOCX, Visitor};
use end_to_end::work::{ASSESSOR, LEARNER};
use end_to_end::{Site, fixture};

const UNIT: &str = "ilm-8577-306";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// The criteria, all of which are passed or referred.
const CRITERIA: [&str; 12] = [
    "1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "2.4", "3.1", "3.2", "3.3", "4.1", "4.2",
];
const FEEDBACK: &str = "Wombat: sort out rows 13 and 14, and give row 23 its right date.";

/// The course on the day that the fixtures are made for.
async fn site() -> Result<Site> {
    let day = Utc.with_ymd_and_hms(2026, 7, 10, 12, 0, 0).unwrap();
    Site::start_at(day, Manners::Strict, |settings| {
        settings.custom.insert("unit".to_owned(), UNIT.to_owned());
        settings.score_maximum = 1.0;
    })
    .await
}

/// A learner who has handed in a diary and a portfolio of the fixtures.
async fn hand_in(site: &Site, fixtures: &str) -> Result<Visitor> {
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let rows = learner.page("evidence/diary/rows").await?;
    let diary = fixture(&format!("{fixtures}/{fixtures}-diary.xlsx"));
    let form = rows.form("form[enctype='multipart/form-data']")?.with_file(
        "file",
        "diary.xlsx",
        XLSX,
        diary,
    );
    let import = learner.browser().submit(&form).await?;
    let form = import.form("form#columns")?.press("add")?;
    let added = learner.browser().submit(&form).await?;
    assert!(added.texts("tr[id^='row-']").len() > 20, "{}", added.body);
    let portfolio = fixture(&format!("{fixtures}/{fixtures}-portfolio.docx"));
    let evidence = learner.page("evidence").await?;
    let form = evidence
        .form("form[enctype='multipart/form-data']:has(input[value='portfolio'])")?
        .with_file("file", "portfolio.docx", DOCX, portfolio);
    let page = learner.browser().submit(&form).await?;
    let read = page.text("main").unwrap_or_default();
    assert!(read.contains("12 of 12 criteria have a heading"), "{read}");
    learner.hand_in().await?;
    Ok(learner)
}

async fn decide(
    assessor: &mut Visitor,
    sheet: &Page,
    criterion: &str,
    decision: &str,
    feedback: &str,
) -> Result<Page> {
    let form = sheet
        .form(&format!("form[id='sheet-{criterion}']"))?
        .with("decision", decision)
        .with("feedback", feedback);
    let saved = assessor.browser().submit(&form).await?;
    assert_eq!(saved.status, 200, "{criterion} was not saved");
    Ok(saved)
}

/// What is not hidden in the evidence's part of the page.
fn shown(page: &Page) -> String {
    page.text("#evidence article:not([hidden])")
        .unwrap_or_default()
}

#[tokio::test]
async fn one_minute_short_is_referred_with_the_rows_in_sight() -> Result<()> {
    let site = site().await?;
    let mut learner = hand_in(&site, "306-short").await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let first = assessor.open_work(&site.name(LEARNER)).await?;

    let overview = shown(&first);
    for words in [
        "Client C",
        "35 h 59 min of at least 36 h",
        "1 min to go",
        "2 of at least 3 clients",
        "Client A 20 h 45 min",
        "March 2026 13 h 15 min",
        "Supervision 1 h",
        "Time without them 32 h 44 min",
    ] {
        assert!(overview.contains(words), "“{words}” is not in: {overview}");
    }
    let gap = first.text("table.matrix tr:last-child td[data-l='Feedback']");
    assert!(gap.unwrap_or_default().ends_with("Not found"));
    let there = first.attribute("table.matrix tr:last-child td[data-l='Goals'] a", "href");
    assert!(there.unwrap_or_default().ends_with("?criterion=1.3"));
    assert_eq!(
        first
            .texts(".looks li")
            .iter()
            .filter(|one| one.starts_with("2.3"))
            .count(),
        1
    );

    let mut url = first.url.clone();
    url.set_query(Some("criterion=2.3"));
    let page = assessor.browser().get(&url).await?;
    assert!(shown(&page).contains("rows that the checks point at 6 of 24 rows"));
    let numbers = page.texts("article[data-criterion='2.3'] tbody th");
    assert_eq!(numbers, ["10", "11", "13", "14", "15", "23"]);
    let late = page.text("article[data-criterion='2.3'] tbody tr:last-child");
    let late = late.unwrap_or_default();
    assert!(
        late.contains("12 May 2027") && late.contains("Sessions after today"),
        "{late}"
    );
    assert_eq!(
        page.text("article[data-criterion='2.3'] tbody tr:last-child mark")
            .as_deref(),
        Some("12 May 2027"),
        "the very cell"
    );
    assert!(shown(&page).contains("I have done over 36 hours"));
    let whole = page.link("23").expect("the row in the whole table");
    let whole = assessor.browser().get(&whole).await?;
    assert_eq!(whole.texts("tr[id^='row-']").len(), 24);

    let mut sheet = page;
    for criterion in CRITERIA {
        let (decision, feedback) = match criterion {
            "2.3" => ("referral", FEEDBACK),
            _ => ("pass", ""),
        };
        sheet = decide(&mut assessor, &sheet, criterion, decision, feedback).await?;
    }
    let bar = sheet.text(".signbar").unwrap_or_default();
    assert!(
        bar.contains("11 met · 1 referral · 0 open") && bar.contains("2.3"),
        "{bar}"
    );
    let signed = assessor.sign(&sheet, "Joan Hartley").await?;
    let released = assessor.release(&signed).await?;
    let said = released.text("main").unwrap_or_default();
    assert!(said.contains("2.3"), "{said}");
    site.deliver().await?;
    assert_eq!(
        site.grade(LEARNER).score,
        None,
        "a referral sends no number"
    );

    let result = learner.page("result").await?;
    assert!(
        result
            .text("h1")
            .unwrap_or_default()
            .contains("Referral: not yet met")
    );
    let open = result
        .text("section[aria-labelledby='to-do']")
        .unwrap_or_default();
    assert!(open.contains("2.3") && open.contains("Not yet met") && open.contains(FEEDBACK));
    assert!(
        !result.body.contains(" marks"),
        "there are none in this unit"
    );
    Ok(())
}

#[tokio::test]
async fn twelve_passes_are_a_pass_in_the_gradebook() -> Result<()> {
    let site = site().await?;
    let mut learner = hand_in(&site, "306-complete").await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let mut sheet = assessor.open_work(&site.name(LEARNER)).await?;
    assert!(shown(&sheet).contains("39 h 15 min of at least 36 h Reached"));
    for criterion in CRITERIA {
        sheet = decide(&mut assessor, &sheet, criterion, "pass", "").await?;
    }
    let signed = assessor.sign(&sheet, "Joan Hartley").await?;
    assessor.release(&signed).await?;
    assert_eq!(site.deliver().await?, 1);
    assert_eq!(site.grade(LEARNER).score, Some(1.0));
    assert_eq!(site.grade(LEARNER).comments, ["Pass, submission 1."]);
    let result = learner.page("result").await?;
    assert_eq!(result.text("h1").as_deref(), Some("Pass"));
    let said = result.text("main").unwrap_or_default();
    assert!(said.contains("12 of 12 criteria"), "{said}");
    Ok(())
}
