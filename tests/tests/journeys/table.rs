//! Rows of a table: imported by matching columns, pasted and typed in the page,
//! counted by the unit's own checks, and frozen when they are handed in.

use anyhow::{Context, Result};
use demo_lms::Manners;
use demo_lms::browser::Page;
use demo_lms::play::Visitor;
use end_to_end::work::{ASSESSOR, LEARNER, OTHER_LEARNER};
use end_to_end::{Site, components, empty_host, fixture, install_all};
use unit_host::Limits;

/// The unit whose diary is a table.
const UNIT: &str = "ilm-8577-306";
const CSV: &str = "text/csv";
/// 24 rows, 35 h 59 min of mentoring.
const SHORT: &str = "306-short/306-short-diary.csv";

async fn site() -> Result<Site> {
    Site::start_with(Manners::Strict, |settings| {
        settings.custom.insert("unit".to_owned(), UNIT.to_owned());
    })
    .await
}

/// A learner who has chosen a file for the diary; the page that comes back.
pub(crate) async fn choose(learner: &mut Visitor, name: &str, bytes: &[u8]) -> Result<Page> {
    let page = learner.page("evidence/diary/rows").await?;
    let form = page.form("form[enctype='multipart/form-data']")?.with_file(
        "file",
        name,
        CSV,
        bytes.to_vec(),
    );
    Ok(learner.browser().submit(&form).await?)
}

/// Takes the rows of the import page, by this button.
pub(crate) async fn take(learner: &mut Visitor, import: &Page, button: &str) -> Result<Page> {
    let form = import.form("form#columns")?.press(button)?;
    Ok(learner.browser().submit(&form).await?)
}

async fn with_short_diary(site: &Site) -> Result<(Visitor, Page)> {
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let import = choose(&mut learner, "diary.csv", &fixture(SHORT)).await?;
    let page = take(&mut learner, &import, "add").await?;
    Ok((learner, page))
}

/// Fills in the form for a new row, or the one of a row that is being changed.
async fn type_row(
    learner: &mut Visitor,
    page: &Page,
    row: Option<u32>,
    fields: &[(&str, &str)],
) -> Result<Page> {
    let address = match row {
        Some(row) => format!("edit={row}"),
        None => "add=1".to_owned(),
    };
    let mut url = page.url.clone();
    url.set_query(Some(&address));
    let page = learner.browser().get(&url).await?;
    let mut form = page.form("form[action$='/rows']")?;
    if row.is_none() {
        // A new row begins like the last one; here all fields are the test's own.
        for field in page.texts("form[action$='/rows'] label") {
            assert!(!field.is_empty());
        }
        for id in ["date", "client", "kind", "start", "minutes", "ref", "mode"] {
            form = form.with(&format!("field-{id}"), "");
        }
    }
    for (field, text) in fields {
        form = form.with(&format!("field-{field}"), text);
    }
    Ok(learner.browser().submit(&form).await?)
}

fn total(page: &Page) -> String {
    page.text(".big").unwrap_or_default()
}

fn rows(page: &Page) -> usize {
    page.texts("tr[id^='row-']").len()
}

#[tokio::test]
async fn a_spreadsheet_is_matched_looked_at_and_counted_to_the_minute() -> Result<()> {
    let site = site().await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let import = choose(&mut learner, "diary.csv", &fixture(SHORT)).await?;
    assert!(import.url.path().ends_with("/evidence/diary/import"));
    let matched = import.texts("form#columns tbody tr");
    let row = |title: &str| {
        let row = matched.iter().find(|row| row.starts_with(title));
        row.cloned().unwrap_or_default()
    };
    assert!(row("Date").contains("02/02/2026") && row("Date").contains("Matched"));
    assert!(row("Tools").contains("Matched"), "{}", row("Tools"));
    let none_yet = learner.page("evidence/diary/rows").await?;
    assert_eq!(
        rows(&none_yet),
        0,
        "nothing counts before the learner says so"
    );
    assert!(none_yet.body.contains("wait for you"));

    let page = take(&mut learner, &import, "add").await?;
    assert_eq!(rows(&page), 24);
    assert_eq!(total(&page), "35 h 59 min");
    let said = page.text("main").unwrap_or_default();
    assert!(
        said.contains("of at least 36 h") && said.contains("1 min to go"),
        "{said}"
    );
    assert!(said.contains("20 h 45 min"), "per client: {said}");
    assert!(
        page.text("table.matrix")
            .is_some_and(|matrix| matrix.contains("Client C"))
    );
    let future = page.text("#row-23").unwrap_or_default();
    assert!(
        future.starts_with("23") && future.contains("12 May 2027"),
        "{future}"
    );
    assert!(
        page.attribute("#row-23", "data-look").is_some(),
        "a row to look at is marked: {future}"
    );
    let only = learner
        .page_with("evidence/diary/rows", "show=look")
        .await?;
    assert!(rows(&only) < 24 && only.text("#row-23").is_some());

    let file = page.link("diary.csv").context("the file is kept")?;
    let file = learner.browser().get(&file).await?;
    assert_eq!(file.bytes, fixture(SHORT));
    Ok(())
}

#[tokio::test]
async fn typed_rows_count_as_imported_ones() -> Result<()> {
    let site = site().await?;
    let (mut learner, imported) = with_short_diary(&site).await?;
    let mut other = Visitor::launch(&site.lms, OTHER_LEARNER).await?;
    let mut page = other.page("evidence/diary/rows").await?;
    let text = String::from_utf8(fixture(SHORT))?;
    // No cell of these columns has a comma or a quote in it.
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let kind = cells[5];
        page = type_row(
            &mut other,
            &page,
            None,
            &[
                ("date", cells[0]),
                ("client", cells[1]),
                ("start", cells[2]),
                ("minutes", cells[3]),
                ("kind", kind),
            ],
        )
        .await?;
        assert_eq!(
            page.status,
            200,
            "{}",
            page.text("main").unwrap_or_default()
        );
    }
    assert_eq!(rows(&page), 24);
    assert_eq!(total(&page), total(&imported));
    assert_eq!(page.texts(".bars dd.num"), imported.texts(".bars dd.num"));

    // One more hour, in words, and the diary reaches what is asked for.
    let page = type_row(
        &mut learner,
        &imported,
        None,
        &[
            ("date", "3rd June 2026"),
            ("client", "Client C"),
            ("minutes", "1 h"),
            ("kind", "mentoring"),
        ],
    )
    .await?;
    assert_eq!(total(&page), "36 h 59 min");
    assert!(
        page.text("#row-26")
            .is_some_and(|row| row.contains("3 Jun 2026"))
    );
    Ok(())
}

#[tokio::test]
async fn a_row_is_changed_deleted_and_brought_back() -> Result<()> {
    let site = site().await?;
    let (mut learner, page) = with_short_diary(&site).await?;
    let page = type_row(
        &mut learner,
        &page,
        Some(15),
        &[("minutes", "an hour or so")],
    )
    .await?;
    assert_eq!(page.status, 422);
    assert_eq!(
        page.attribute("#row-15 [name='field-minutes']", "value")
            .as_deref(),
        Some("an hour or so"),
        "what was typed stays"
    );
    let why = page.text("#row-15 .field-error").unwrap_or_default();
    assert!(!why.is_empty(), "and the row says why");
    let form = page
        .form("#row-15 form[action$='/rows']")?
        .with("field-minutes", "1:30");
    let page = learner.browser().submit(&form).await?;
    assert_eq!((page.status, total(&page)), (200, "37 h 29 min".to_owned()));

    let form = page.form("#row-14 form[action$='/remove-row']")?;
    let page = learner.browser().submit(&form).await?;
    assert_eq!((rows(&page), total(&page)), (23, "35 h 29 min".to_owned()));
    assert!(
        page.text("#row-15").is_some(),
        "the others keep their numbers"
    );
    let undo = page.form("form[action$='/undo']")?;
    let page = learner.browser().submit(&undo).await?;
    assert_eq!((rows(&page), total(&page)), (24, "37 h 29 min".to_owned()));
    assert!(page.form("form[action$='/undo']").is_err(), "once");
    let all = page.form("form[action$='/remove-rows']")?;
    let page = learner.browser().submit(&all).await?;
    assert_eq!(rows(&page), 0);
    let page = learner
        .browser()
        .submit(&page.form("form[action$='/undo']")?)
        .await?;
    assert_eq!(rows(&page), 24);
    assert!(
        page.link("diary.csv").is_some(),
        "with the file that they came from"
    );
    Ok(())
}

#[tokio::test]
async fn two_windows_never_overwrite_each_other() -> Result<()> {
    let site = site().await?;
    let (mut learner, page) = with_short_diary(&site).await?;
    let stale = learner.page_with("evidence/diary/rows", "edit=2").await?;
    type_row(&mut learner, &page, Some(3), &[("minutes", "60")]).await?;
    let form = stale
        .form("#row-2 form[action$='/rows']")?
        .with("field-minutes", "61");
    let page = learner.browser().submit(&form).await?;
    assert_eq!(page.status, 409);
    assert_eq!(total(&page), "34 h 59 min", "only the first change counts");
    let form = page.form("#row-2 form[action$='/rows']")?;
    assert_eq!(
        form.value("field-minutes"),
        Some("61"),
        "what was typed stays"
    );
    let page = learner.browser().submit(&form).await?;
    assert_eq!((page.status, total(&page)), (200, "34 h".to_owned()));
    Ok(())
}

#[tokio::test]
async fn pasted_rows_are_added_or_take_the_place_of_all() -> Result<()> {
    let site = site().await?;
    let (mut learner, page) = with_short_diary(&site).await?;
    let pasted = "When\tWho\tHow long\tType\tWeather\n4 June 2026\tClient C\t1h 15\tMentoring\tsunny\n5 June 2026\tClient C\t45 min\tCancelled – ill\t\n";
    let form = page.form("form[action$='/paste']")?.with("text", pasted);
    let import = learner.browser().submit(&form).await?;
    assert_eq!(import.status, 200);
    let titles = ["date", "client", "minutes", "kind"];
    let mut form = import.form("form#columns")?;
    for (column, field) in titles.iter().enumerate() {
        form = form.with(&format!("column-{field}"), &column.to_string());
    }
    let looked = learner
        .browser()
        .submit(&form.clone().press("look")?)
        .await?;
    assert!(
        looked.body.contains("Weather"),
        "a column of its own is kept"
    );
    let page = take(&mut learner, &looked, "add").await?;
    assert_eq!((rows(&page), total(&page)), (26, "37 h 14 min".to_owned()));
    let row = page.text("#row-26").unwrap_or_default();
    assert!(row.contains("Client C") && row.contains("sunny"), "{row}");

    let import = choose(&mut learner, "newer.csv", &fixture(SHORT)).await?;
    assert!(import.body.contains("in your table already"));
    let page = take(&mut learner, &import, "replace").await?;
    assert_eq!((rows(&page), total(&page)), (24, "35 h 59 min".to_owned()));
    assert!(page.link("newer.csv").is_some() && page.link("diary.csv").is_none());
    let page = learner
        .browser()
        .submit(&page.form("form[action$='/undo']")?)
        .await?;
    assert_eq!((rows(&page), total(&page)), (26, "37 h 14 min".to_owned()));
    assert!(page.link("diary.csv").is_some() && page.link("newer.csv").is_none());
    Ok(())
}

#[tokio::test]
async fn an_import_that_is_refused_or_cancelled_loses_nothing() -> Result<()> {
    let site = site().await?;
    let (mut learner, _) = with_short_diary(&site).await?;
    let many = format!(
        "Date,Client,Minutes\n{}",
        "3/2/26,Client A,60\n".repeat(20_001)
    );
    let refused = [
        (
            "essay.docx",
            fixture("304-strong/304-strong.docx"),
            "was not added",
        ),
        ("empty.csv", b" \n\n".to_vec(), "was not added"),
        ("many.csv", many.into_bytes(), "was not added"),
    ];
    for (name, bytes, words) in refused {
        let page = choose(&mut learner, name, &bytes).await?;
        let said = page.text("#error-summary").unwrap_or_default();
        assert_eq!(page.status, 422, "{name}: {said}");
        assert!(
            said.contains(words) && said.contains("Your rows are as they were"),
            "{name}: {said}"
        );
        assert_eq!((rows(&page), total(&page)), (24, "35 h 59 min".to_owned()));
    }
    let form = learner
        .page("evidence/diary/rows")
        .await?
        .form("form[action$='/paste']")?
        .with("text", "  ");
    let page = learner.browser().submit(&form).await?;
    assert_eq!(page.status, 422);

    let import = choose(&mut learner, "second.csv", &fixture(SHORT)).await?;
    let page = take(&mut learner, &import, "cancel").await?;
    assert_eq!(rows(&page), 24);
    let evidence = learner.page("evidence").await?;
    assert!(
        !evidence.body.contains("second.csv"),
        "and leaves no file behind"
    );
    assert_eq!(page.link("second.csv"), None);
    Ok(())
}

#[tokio::test]
async fn rows_are_frozen_when_they_are_handed_in() -> Result<()> {
    let site = site().await?;
    let (mut learner, page) = with_short_diary(&site).await?;
    let portfolio = fixture("306-short/306-short-portfolio.docx");
    let stale = page.form("#row-2 form[action$='/remove-row']")?;
    let form = learner
        .page("evidence")
        .await?
        .form("section[aria-labelledby='slot-portfolio'] form[enctype='multipart/form-data']")?
        .with_file("file", "portfolio.docx", demo_lms::play::DOCX, portfolio);
    assert_eq!(learner.browser().submit(&form).await?.status, 200);
    learner.hand_in().await?;

    let page = learner.page("evidence/diary/rows").await?;
    assert_eq!((rows(&page), total(&page)), (24, "35 h 59 min".to_owned()));
    assert!(page.form("form").is_err(), "there is nothing to change");
    assert_eq!(learner.browser().submit(&stale).await?.status, 409);
    let table = own_table(&site, &learner).await?;
    assert_eq!(table.digest.len(), 64);

    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    let diary = sheet.link("Mentoring diary").context("a way to the rows")?;
    let page = assessor.browser().get(&diary).await?;
    assert_eq!((rows(&page), total(&page)), (24, "35 h 59 min".to_owned()));
    assert!(page.attribute("#row-23", "data-look").is_some());
    assert!(page.form("form").is_err());

    let back = learner
        .page("evidence")
        .await?
        .form("form[action$='/take-back']")?;
    learner.browser().submit(&back).await?;
    let page = learner.page("evidence/diary/rows").await?;
    let form = page.form("#row-2 form[action$='/remove-row']")?;
    let page = learner.browser().submit(&form).await?;
    assert_eq!(rows(&page), 23);
    assert_ne!(own_table(&site, &learner).await?.digest, table.digest);
    Ok(())
}

/// The table behind the pages.
async fn own_table(site: &Site, learner: &Visitor) -> Result<workflow::records::TableRecord> {
    let activity = learner.url("");
    let activity = activity
        .path()
        .split('/')
        .nth(2)
        .unwrap_or_default()
        .parse()?;
    let mut work = site.app.storage.read().await?;
    let registration = site.registration(&site.lms).await?;
    let submissions = work.submissions(registration, activity).await?;
    let first = submissions.first().context("a submission")?;
    let table = work.tables(first.id).await?.into_iter().next();
    table.context("a table")
}

#[tokio::test]
async fn the_template_has_the_units_columns_and_its_example_does_not_count() -> Result<()> {
    let site = site().await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let page = learner.page("evidence/diary/rows").await?;
    let workbook = page.link("Take our template").context("a link")?;
    let workbook = learner.browser().get(&workbook).await?;
    let import = choose(&mut learner, "template.xlsx", &workbook.bytes).await?;
    assert!(import.body.contains("example"), "it is left out, and said");
    assert_eq!(rows(&take(&mut learner, &import, "cancel").await?), 0);

    let template = page.link("as .csv").context("a link")?;
    let template = learner.browser().get(&template).await?;
    let disposition = template.headers["content-disposition"].to_str()?.to_owned();
    assert!(disposition.contains("ilm-8577-306-diary"), "{disposition}");
    let mut filled = String::from_utf8(template.bytes)?;
    assert_eq!(filled.lines().count(), 2);
    let columns = filled
        .lines()
        .next()
        .map_or(0, |line| line.split(',').count());
    let at = |title: &str| filled.split(',').position(|heading| heading == title);
    let (date, client, minutes) = (at("Date"), at("Client"), at("Minutes"));
    let kind = filled
        .lines()
        .next()
        .and_then(|line| line.split(',').position(|title| title.starts_with("Kind")));
    let mut cells = vec![""; columns];
    for (at, text) in [
        (date, "3/2/26"),
        (client, "Client A"),
        (minutes, "90"),
        (kind, "mentoring"),
    ] {
        cells[at.context("a column")?] = text;
    }
    filled.push_str(&cells.join(","));
    let import = choose(&mut learner, "filled.csv", filled.as_bytes()).await?;
    let page = take(&mut learner, &import, "add").await?;
    assert_eq!((rows(&page), total(&page)), (1, "1 h 30 min".to_owned()));
    Ok(())
}

#[tokio::test]
async fn rows_that_wait_stop_the_hand_in_and_a_choice_moves_a_column() -> Result<()> {
    let site = site().await?;
    let (mut learner, _) = with_short_diary(&site).await?;
    let import = choose(&mut learner, "more.csv", &fixture(SHORT)).await?;
    let page = learner.page("evidence").await?;
    let form = page
        .form("form[action$='/hand-in']")?
        .with("own_work", "yes");
    let refused = learner.browser().submit(&form).await?;
    let said = refused.text("#error-summary").unwrap_or_default();
    assert!(
        refused.status == 422 && said.contains("wait for you"),
        "{said}"
    );

    // “Progress” is taken from its field by the one that the learner gives it to.
    let form = import.form("form#columns")?;
    let progress = form.value("column-progress").context("matched")?.to_owned();
    let form = form.with("column-next", &progress).press("look")?;
    let looked = learner.browser().submit(&form).await?;
    let form = looked.form("form#columns")?;
    assert_eq!(form.value("column-next"), Some(progress.as_str()));
    assert_eq!(form.value("column-progress"), Some(""));
    Ok(())
}

#[tokio::test]
async fn a_resubmission_begins_with_the_same_rows() -> Result<()> {
    let site = site().await?;
    let (mut learner, _) = with_short_diary(&site).await?;
    let portfolio = fixture("306-short/306-short-portfolio.docx");
    let form = learner
        .page("evidence")
        .await?
        .form("section[aria-labelledby='slot-portfolio'] form[enctype='multipart/form-data']")?
        .with_file("file", "portfolio.docx", demo_lms::play::DOCX, portfolio);
    learner.browser().submit(&form).await?;
    learner.hand_in().await?;
    let first = own_table(&site, &learner).await?;

    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let mut sheet = assessor.open_work(&site.name(LEARNER)).await?;
    let criteria = sheet.texts("ol:not(.mk-over) .ac b");
    for criterion in &criteria {
        let form = sheet
            .form(&format!("form[id='sheet-{criterion}']"))?
            .with("decision", "referral")
            .with("feedback", "One minute more.");
        sheet = assessor.browser().submit(&form).await?;
        assert_eq!(sheet.status, 200);
    }
    let signed = assessor.sign(&sheet, "Joan Hartley").await?;
    assessor.release(&signed).await?;

    let result = learner.page("result").await?;
    learner
        .browser()
        .submit(&result.form("form[action$='/resubmit']")?)
        .await?;
    let page = learner.page("evidence/diary/rows").await?;
    assert_eq!((rows(&page), total(&page)), (24, "35 h 59 min".to_owned()));
    let file = page.link("diary.csv").context("with their file")?;
    assert_eq!(learner.browser().get(&file).await?.bytes, fixture(SHORT));
    let page = type_row(&mut learner, &page, Some(15), &[("minutes", "1")]).await?;
    assert_eq!(total(&page), "36 h");
    let kept = own_table(&site, &learner).await?;
    assert_eq!(kept, first, "what was marked stays as it was");
    Ok(())
}

#[tokio::test]
async fn rows_are_their_learners_and_their_assessors_alone() -> Result<()> {
    let mut site = site().await?;
    let (mut learner, page) = with_short_diary(&site).await?;
    let submission = own_table(&site, &learner).await?.submission;
    let path = format!("submissions/{submission}/rows/diary");
    let other = site.add_vle(Manners::Strict).await?;
    let mut classmate = Visitor::launch(&site.lms, OTHER_LEARNER).await?;
    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    let mut foreigner = Visitor::launch(&other, ASSESSOR).await?;
    for (who, status) in [
        (&mut learner, 403),
        (&mut classmate, 403),
        (&mut assessor, 404),
        (&mut foreigner, 404),
    ] {
        let url = who.url(&path);
        assert_eq!(who.browser().get(&url).await?.status, status, "a draft");
    }
    let own = classmate.page("evidence/diary/rows").await?;
    assert_eq!(rows(&own), 0);

    let token = page
        .attribute("input[name='csrf']", "value")
        .context("a token")?;
    let deeds: [(&str, &[(&str, &str)]); 5] = [
        ("rows", &[("version", "1"), ("field-client", "X")]),
        ("remove-row", &[("version", "1"), ("row", "2")]),
        ("remove-rows", &[("version", "1")]),
        ("undo", &[("version", "1")]),
        ("paste", &[("text", "a\tb")]),
    ];
    for (deed, fields) in deeds {
        let url = learner.url(&format!("evidence/diary/{deed}"));
        let page = learner.browser().post_form(&url, fields).await?;
        assert_eq!(page.status, 401, "{deed} without a token");
        let mut with_token = fields.to_vec();
        with_token.push(("csrf", token.as_str()));
        let url = classmate.url(&format!("evidence/diary/{deed}"));
        let page = classmate.browser().post_form(&url, &with_token).await?;
        assert_eq!(page.status, 401, "{deed} with somebody else's");
    }
    let page = learner.page("evidence/diary/rows").await?;
    assert_eq!(rows(&page), 24);
    Ok(())
}

/// The example unit, whose criterion 2.1 only the record answers.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_table_answers_needs_no_heading() -> Result<()> {
    let host = empty_host(Limits::default())?;
    install_all(&host).await?;
    let example = components().with_file_name("examples/workplace-induction-toml.wasm");
    host.install_unit(std::fs::read(example)?).await?;
    let site = Site::start_on(host, Manners::Strict, |settings| {
        let unit = "workplace-induction".to_owned();
        settings.custom.insert("unit".to_owned(), unit);
    })
    .await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let work =
        "AC 1.1 Describe the workplace and the people in it\n\nA workshop with six people.\n";
    let page = learner
        .upload("statement.txt", "text/plain", work.as_bytes())
        .await?;
    let said = page.text("main").unwrap_or_default();
    for criterion in ["1.2", "2.2"] {
        assert!(
            said.contains(&format!("could not find a heading for AC {criterion}")),
            "{said}"
        );
    }
    assert_eq!(said.matches("Heading not found").count(), 2, "{said}");
    assert!(!said.contains("heading for 2.1"), "{said}");
    Ok(())
}
