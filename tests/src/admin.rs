//! An administrator's browser, and a platform's administrator beside it.

use anyhow::{Context, Result};
use demo_lms::DemoLms;
use demo_lms::browser::{Browser, Form, Page};
use url::Url;
use workflow::admin::make_link;

use crate::Site;

/// Somebody who is signed in to the pages for administrators.
#[derive(Debug)]
pub struct Admin {
    /// Their browser, in a window of its own.
    pub browser: Browser,
    /// The address that all pages start from.
    base: Url,
}

/// A link as `markbridge admin link` prints it.
///
/// # Errors
/// Where the database fails.
pub async fn sign_in_link(site: &Site) -> Result<Url> {
    let app = &site.app;
    Ok(make_link(
        app.storage.as_ref(),
        &app.public_url,
        app.now(),
        &app.entropy,
    )
    .await?)
}

impl Admin {
    /// Signs in by a fresh link.
    ///
    /// # Errors
    /// Where a page does not do what it should.
    pub async fn sign_in(site: &Site) -> Result<Self> {
        let mut browser = Browser::new()?;
        let page = browser.open_window(&sign_in_link(site).await?).await?;
        let page = browser.submit(&page.form("main form")?).await?;
        anyhow::ensure!(page.url.path() == "/admin/platforms", "{}", page.body);
        Ok(Self {
            browser,
            base: site.app.public_url.clone(),
        })
    }

    /// A page below `/admin/`.
    ///
    /// # Errors
    /// Where it does not answer.
    pub async fn page(&mut self, path: &str) -> Result<Page> {
        let url = self.base.join("admin/")?.join(path)?;
        Ok(self.browser.get(&url).await?)
    }

    /// Submits the form that goes to this path below `/admin/`, as a page shows it.
    ///
    /// # Errors
    /// Where the page has no such form.
    pub async fn submit(
        &mut self,
        page: &Page,
        path: &str,
        fill: impl FnOnce(Form) -> Form,
    ) -> Result<Page> {
        let form = page.form(&format!("form[action$='{path}']"))?;
        Ok(self.browser.submit(&fill(form)).await?)
    }

    /// Makes an invitation and copies its link.
    ///
    /// # Errors
    /// Where the page shows none.
    pub async fn invite(&mut self, fill: impl FnOnce(Form) -> Form) -> Result<Url> {
        let page = self.page("invitations").await?;
        let page = self.submit(&page, "/admin/invitations", fill).await?;
        let link = page.text(".notice .mono").context("no link is shown")?;
        Ok(Url::parse(&link)?)
    }

    /// An invitation for a platform of the tests, which have no https.
    ///
    /// # Errors
    /// As [`Admin::invite`].
    pub async fn invite_here(&mut self) -> Result<Url> {
        self.invite(|form| form.with("allow_http", "yes")).await
    }
}

/// Opens a registration link as the VLE's administrator does; the page that the
/// tool shows in the VLE's frame.
///
/// # Errors
/// Where the VLE does not open it.
pub async fn open_in_vle(lms: &DemoLms, link: &Url) -> Result<(Browser, Page)> {
    let mut browser = Browser::new()?;
    let tools = browser.open(&lms.tools_url()).await?;
    let form = tools.form("#add")?.with("address", link.as_str());
    let page = browser.submit(&form).await?;
    let page = framed(&mut browser, &page).await?;
    Ok((browser, page))
}

/// What the frame of a page shows.
///
/// # Errors
/// Where there is no frame.
pub async fn framed(browser: &mut Browser, page: &Page) -> Result<Page> {
    let address = page
        .attribute("iframe", "src")
        .context("the page has no frame")?;
    Ok(browser.get(&Url::parse(&address)?).await?)
}

/// Registers the tool on the VLE by an invitation, and activates it where the
/// VLE asks for that.
///
/// # Errors
/// Where a page does not do what it should.
pub async fn register_by(lms: &DemoLms, link: &Url) -> Result<Page> {
    let (mut browser, page) = open_in_vle(lms, link).await?;
    let done = browser.submit(&page.form("main form")?).await?;
    anyhow::ensure!(done.status == 200, "{}", done.body);
    let tools = browser.open(&lms.tools_url()).await?;
    if let Ok(form) = tools.form(".activate") {
        browser.submit(&form).await?;
    }
    Ok(done)
}
