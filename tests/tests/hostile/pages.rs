//! Text that browsers and templates would run, on the pages that show it.

use anyhow::{Context, Result};
use demo_lms::Manners;
use demo_lms::browser::Page;
use demo_lms::play::{DOCX, Visitor};
use end_to_end::Site;
use end_to_end::hostile::MARKUP;
use end_to_end::made::{docx, docx_body, escaped, paragraph};
use end_to_end::work::{ASSESSOR, LEARNER};

/// A file's name that browsers and templates would run.
const NAME: &str = "<img src=x onerror=alert(1)>{{ 7*7 }}";

/// Nothing of a learner's markup is markup on a page.
fn is_harmless(what: &str, page: &Page) {
    assert_eq!(page.status, 200, "{what}");
    assert!(
        !page.body.contains("<script>alert") && !page.body.contains("<img src=x"),
        "{what}: {}",
        page.body
    );
}

/// And it stands there letter by letter, so that no template has worked it out.
fn shows(what: &str, page: &Page, text: &str) {
    is_harmless(what, page);
    let said = page.text("main").unwrap_or_default();
    assert!(said.contains(text), "{what}: {said}");
}

#[tokio::test]
async fn markup_in_a_document_stays_text_on_every_page() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let text = escaped(MARKUP);
    let body: String = ["AC 1.1", &text, "AC 1.2", &text].map(paragraph).concat();
    let bytes = docx(&docx_body(&body), &[]);
    let page = learner
        .upload(&format!("{NAME}.docx"), DOCX, &bytes)
        .await?;
    shows("the learner’s evidence", &page, NAME);
    let read = page
        .link("See it as we read it")
        .context("a link to the text")?;
    let read = learner.browser().get(&read).await?;
    shows("the text as we read it", &read, MARKUP);
    is_harmless("the receipt", &learner.hand_in().await?);

    let mut assessor = Visitor::launch(&site.lms, ASSESSOR).await?;
    is_harmless("the list of all work", &assessor.page("cohort").await?);
    let sheet = assessor.open_work(&site.name(LEARNER)).await?;
    shows("the marking page", &sheet, MARKUP);
    let sheet = assessor.mark(&sheet, "1.1", "8", MARKUP).await?;
    shows("the marking page with feedback", &sheet, MARKUP);
    Ok(())
}

#[tokio::test]
async fn markup_in_a_table_stays_text_on_every_page() -> Result<()> {
    let site = Site::start_with(Manners::Strict, |settings| {
        let unit = "ilm-8577-306".to_owned();
        settings.custom.insert("unit".to_owned(), unit);
    })
    .await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let rows = format!(
        "Date,Client,Minutes,Kind,Happened,{NAME}\n03/02/2026,{MARKUP},60,mentoring,{MARKUP},{MARKUP}"
    );
    let page = learner.page("evidence/diary/rows").await?;
    let form = page.form("form[enctype='multipart/form-data']")?.with_file(
        "file",
        &format!("{NAME}.csv"),
        "text/csv",
        rows.into_bytes(),
    );
    let import = learner.browser().submit(&form).await?;
    shows("the import page", &import, NAME);
    let form = import.form("form#columns")?.press("add")?;
    let page = learner.browser().submit(&form).await?;
    shows("the rows", &page, MARKUP);
    is_harmless("the evidence", &learner.page("evidence").await?);
    Ok(())
}
