//! Files that cannot be used: each is explained, and loses nothing.

use std::io::{Cursor, Write};

use anyhow::Result;
use demo_lms::Manners;
use demo_lms::browser::Page;
use demo_lms::play::{DOCX, Visitor};
use end_to_end::Site;
use end_to_end::work::{LEARNER, add_strong, strong};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

fn zipped(parts: &[(&str, &[u8])]) -> Result<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(*name, SimpleFileOptions::default())?;
        writer.write_all(bytes)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// A small file that unpacks to 300 MB of spaces.
fn bomb() -> Result<Vec<u8>> {
    let spaces = vec![b' '; 300_000_000];
    zipped(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("word/document.xml", &spaces),
    ])
}

/// A compound file, as old Word documents and encrypted new ones are.
fn compound(entry: &str) -> Vec<u8> {
    let mut bytes = vec![0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];
    bytes.resize(512, 0);
    bytes.extend(entry.encode_utf16().flat_map(u16::to_le_bytes));
    bytes.resize(4096, 0);
    bytes
}

async fn refused(name: &str, media_type: &str, bytes: &[u8], words: &str) -> Result<Page> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    add_strong(&mut learner).await?;
    let page = learner.upload(name, media_type, bytes).await?;
    let said = page.text("main").unwrap_or_default();
    assert_eq!(page.status, 422, "{name}: {said}");
    assert!(
        said.contains(words),
        "{name}: “{words}” is missing in: {said}"
    );
    let evidence = learner.page("evidence").await?;
    for page in [&page, &evidence] {
        assert!(
            page.text(".file")
                .unwrap_or_default()
                .contains("304-strong.docx"),
            "the earlier file stays"
        );
        assert!(page.body.contains("8 of 8"), "and its checks");
    }
    learner.hand_in().await?;
    Ok(page)
}

#[tokio::test]
async fn a_file_of_another_kind() -> Result<()> {
    let workbook = zipped(&[
        ("[Content_Types].xml", b"<Types/>"),
        ("xl/workbook.xml", b"<workbook/>"),
    ])?;
    let kinds = "We could not open this file as Word (.docx), OpenDocument (.odt), PDF (.pdf), RTF (.rtf) or plain text (.txt).";
    refused("photo.png", "image/png", b"\x89PNG\r\n\x1a\n", kinds).await?;
    let damaged = "It seems to be damaged";
    refused(
        "essay.pdf",
        "application/pdf",
        b"%PDF-1.7 and so on",
        damaged,
    )
    .await?;
    refused("marks.xlsx", "application/zip", &workbook, kinds).await?;
    let mislabelled = "Its name says that it is one, but it holds something else.";
    refused("marks.docx", DOCX, &workbook, mislabelled).await?;
    refused(
        "essay.doc",
        "application/msword",
        &compound("WordDocument"),
        kinds,
    )
    .await?;
    Ok(())
}

#[tokio::test]
async fn an_empty_file() -> Result<()> {
    refused("essay.docx", DOCX, b"", "This file has nothing in it.").await?;
    Ok(())
}

#[tokio::test]
async fn no_file_at_all() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let page = learner.page("evidence").await?;
    let form = page.form("form[enctype='multipart/form-data']")?;
    let page = learner.browser().submit(&form).await?;
    assert_eq!(page.status, 422);
    assert!(
        page.text("#error-summary")
            .unwrap_or_default()
            .contains("Choose a file")
    );
    Ok(())
}

#[tokio::test]
async fn a_hundred_megabytes() -> Result<()> {
    let large = vec![b'a'; 100_000_000];
    refused(
        "essay.docx",
        DOCX,
        &large,
        "This file is larger than 20 MB.",
    )
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_zip_bomb() -> Result<()> {
    let bomb = bomb()?;
    assert!(bomb.len() < 1_000_000);
    refused(
        "essay.docx",
        DOCX,
        &bomb,
        "It unpacks to more than any assignment can be.",
    )
    .await?;
    Ok(())
}

#[tokio::test]
async fn half_a_document() -> Result<()> {
    let whole = strong();
    let page = refused(
        "essay.docx",
        DOCX,
        &whole[..whole.len() / 2],
        "It seems to be damaged",
    )
    .await?;
    assert!(
        page.body
            .contains("The file that you added before is still here.")
    );
    Ok(())
}

#[tokio::test]
async fn a_document_under_a_password() -> Result<()> {
    refused(
        "essay.docx",
        DOCX,
        &compound("EncryptedPackage"),
        "It opens only with a password.",
    )
    .await?;
    Ok(())
}

#[tokio::test]
async fn handing_in_needs_file_and_declaration() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let form = learner
        .page("evidence")
        .await?
        .form("form[action$='/hand-in']")?;
    let page = learner.browser().submit(&form).await?;
    assert_eq!(page.status, 422);
    let said = page.text("#error-summary").unwrap_or_default();
    assert!(
        said.contains("Add your file") && said.contains("your own work"),
        "{said}"
    );

    add_strong(&mut learner).await?;
    let page = learner
        .browser()
        .submit(&form.with("refuse_script_use", "yes"))
        .await?;
    assert_eq!(page.status, 422);
    assert!(
        page.text("#error-summary")
            .unwrap_or_default()
            .contains("Confirm that this is your own work")
    );
    assert!(
        page.attribute("#refuse-script-use", "checked").is_some(),
        "what was ticked stays"
    );
    assert!(page.body.contains("304-strong.docx"));
    assert!(
        learner
            .page("evidence")
            .await?
            .form("form[action$='/hand-in']")
            .is_ok(),
        "it is still a draft"
    );
    Ok(())
}

#[tokio::test]
async fn the_file_comes_back_as_it_was_sent() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let mut learner = Visitor::launch(&site.lms, LEARNER).await?;
    let page = add_strong(&mut learner).await?;
    let file = learner
        .browser()
        .get(&page.link("Download").expect("a link"))
        .await?;
    assert_eq!(file.bytes, strong());
    assert_eq!(file.headers["content-type"], "application/octet-stream");
    assert!(
        file.headers["content-disposition"]
            .to_str()?
            .starts_with("attachment;")
    );
    assert_eq!(
        file.headers["content-security-policy"],
        "default-src 'none'; sandbox"
    );
    Ok(())
}
