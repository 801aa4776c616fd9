//! A person who uses the tool through its pages, as the headless check and the
//! end-to-end tests do over and over: open the activity, hand in, mark, sign,
//! release. Every step goes through the page that a person would see, with the
//! forms that are on it.

use crate::DemoLms;
use crate::browser::{Browser, BrowserError, Page};

/// Media type of a Word file.
pub const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// Somebody with a browser who came from the course.
#[derive(Debug)]
pub struct Visitor {
    browser: Browser,
    /// The page that the launch ended on.
    pub first: Page,
}

/// What went otherwise than a person expects.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// The browser could not do it.
    #[error("the browser could not go on")]
    Browser(#[from] BrowserError),
    /// The tool answered with another page.
    #[error("{doing}: the tool answered {status} “{title}”")]
    Unexpected {
        /// What was being done.
        doing: &'static str,
        /// HTTP status.
        status: u16,
        /// The page's main heading.
        title: String,
    },
}

impl Visitor {
    /// Opens the activity as this person, in the course's frame.
    ///
    /// # Errors
    /// [`PlayError`] where the launch ends on another page than the tool's.
    pub async fn launch(lms: &DemoLms, person: &str) -> Result<Self, PlayError> {
        let mut browser = Browser::new()?;
        let first = browser.open(&lms.launch_url(person)).await?;
        let first = expect("opening the activity", first)?;
        Ok(Self { browser, first })
    }

    /// Somebody who got to a page of the tool in another way than by the demo VLE.
    pub fn at(browser: Browser, first: Page) -> Self {
        Self { browser, first }
    }

    /// The browser, for anything special.
    pub fn browser(&mut self) -> &mut Browser {
        &mut self.browser
    }

    /// A page of the activity: `evidence`, `cohort` and so on.
    ///
    /// # Errors
    /// [`PlayError`] where the tool does not show it.
    pub async fn page(&mut self, name: &str) -> Result<Page, PlayError> {
        let url = self.url(name);
        expect("opening a page", self.browser.get(&url).await?)
    }

    /// The same with a query: `page=2`.
    ///
    /// # Errors
    /// [`PlayError`] where the tool does not show it.
    pub async fn page_with(&mut self, name: &str, query: &str) -> Result<Page, PlayError> {
        let mut url = self.url(name);
        url.set_query(Some(query));
        expect("opening a page", self.browser.get(&url).await?)
    }

    /// The address of a page of the activity.
    pub fn url(&self, name: &str) -> url::Url {
        let mut url = self.first.url.clone();
        let activity: String = url.path().split('/').take(3).collect::<Vec<_>>().join("/");
        url.set_query(None);
        url.set_path(&format!("{activity}/{name}"));
        url
    }

    /// Adds a file in the first place for files; the page that comes back may
    /// refuse it.
    ///
    /// # Errors
    /// [`PlayError`] where there is no form for it.
    pub async fn upload(
        &mut self,
        name: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<Page, PlayError> {
        let page = self.page("evidence").await?;
        let form = page.form("form[enctype='multipart/form-data']")?.with_file(
            "file",
            name,
            media_type,
            bytes.to_vec(),
        );
        Ok(self.browser.submit(&form).await?)
    }

    /// Declares the work one's own, personal details looked at, and hands in.
    ///
    /// # Errors
    /// [`PlayError`] where something is still missing.
    pub async fn hand_in(&mut self) -> Result<Page, PlayError> {
        let page = self.page("evidence").await?;
        let form = page
            .form("form[action$='/hand-in']")?
            .with("looked_at_personal_data", "yes")
            .with("own_work", "yes");
        expect("handing in", self.browser.submit(&form).await?)
    }

    /// The marking page of a learner, found in the list by their name.
    ///
    /// # Errors
    /// [`PlayError`] where the list has no such learner with work.
    pub async fn open_work(&mut self, learner: &str) -> Result<Page, PlayError> {
        let page = self.page("cohort").await?;
        let Some(url) = page.link(learner) else {
            return Err(PlayError::Unexpected {
                doing: "looking for the learner’s work",
                status: page.status,
                title: learner.to_owned(),
            });
        };
        expect("opening the work", self.browser.get(&url).await?)
    }

    /// Puts down one criterion on the marking page; the page that comes back
    /// may say why not.
    ///
    /// # Errors
    /// [`PlayError`] where the form is missing.
    pub async fn mark(
        &mut self,
        marking: &Page,
        criterion: &str,
        mark: &str,
        feedback: &str,
    ) -> Result<Page, PlayError> {
        let form = marking
            .form(&format!("form[id='sheet-{criterion}']"))?
            .with("mark", mark)
            .with("feedback", feedback);
        Ok(self.browser.submit(&form).await?)
    }

    /// Signs the sheet of the work that `marking` shows.
    ///
    /// # Errors
    /// [`PlayError`] where the sheet cannot be signed.
    pub async fn sign(&mut self, marking: &Page, name: &str) -> Result<Page, PlayError> {
        let url = below(marking, "sign");
        let page = expect("opening the signature", self.browser.get(&url).await?)?;
        let form = page
            .form("form[action$='/sign']")?
            .with("judged", "yes")
            .with("name", name);
        expect("signing", self.browser.submit(&form).await?)
    }

    /// Releases the signed result.
    ///
    /// # Errors
    /// [`PlayError`] where it cannot be released.
    pub async fn release(&mut self, signed: &Page) -> Result<Page, PlayError> {
        let form = signed.form("form[action$='/release']")?;
        expect("releasing", self.browser.submit(&form).await?)
    }
}

/// An address below the one of this submission.
fn below(marking: &Page, name: &str) -> url::Url {
    let mut url = marking.url.clone();
    url.set_query(None);
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&format!("{path}/{name}"));
    url
}

fn expect(doing: &'static str, page: Page) -> Result<Page, PlayError> {
    if (200..300).contains(&page.status) {
        Ok(page)
    } else {
        let title = page.text("h1").unwrap_or_default();
        Err(PlayError::Unexpected {
            doing,
            status: page.status,
            title,
        })
    }
}
