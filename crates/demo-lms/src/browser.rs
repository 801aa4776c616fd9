//! A browser without a window, for tests and checks.
//!
//! It keeps cookies as today's browsers do where third-party cookies are blocked: inside
//! another site's frame only `Partitioned; Secure; SameSite=None` cookies live, each in the
//! partition of the top-level site. It runs no scripts, but submits the forms that submit
//! themselves. It talks to loopback addresses only.

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use reqwest::{
    Method, StatusCode,
    header::{COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE},
    multipart,
};
use scraper::{ElementRef, Html, Selector};
use url::{Host, Url};

const MOST_REDIRECTS: usize = 20;
const MOST_AUTOMATIC_FORMS: usize = 10;

/// A browser with a cookie jar and one page at a time.
#[derive(Debug)]
pub struct Browser {
    client: reqwest::Client,
    cookies: Vec<Cookie>,
    /// Site of the page around the frame; none in a window.
    frame_of: Option<String>,
    /// Page that the next request comes from.
    here: Option<Url>,
    frames_keep_cookies: bool,
    /// What the next requests ask for.
    accept: &'static str,
}

const ACCEPT_PAGE: &str = "text/html,application/xhtml+xml,*/*;q=0.8";

/// A page as it came back, whatever its status.
#[derive(Clone, Debug)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// Address after all redirects.
    pub url: Url,
    /// Header fields of the answer.
    pub headers: HeaderMap,
    /// Body as text; bytes that are not UTF-8 are replaced.
    pub body: String,
    /// Body as it came, for downloads.
    pub bytes: Vec<u8>,
}

/// A link of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Text, with white space collapsed.
    pub text: String,
    /// Absolute address.
    pub url: Url,
}

/// A form, filled as the page filled it.
#[derive(Clone, Debug)]
pub struct Form {
    method: Method,
    action: Url,
    multipart: bool,
    fields: Vec<(String, String)>,
    files: Vec<File>,
    buttons: Vec<Button>,
    pressed: Option<usize>,
}

/// Why the browser has no page to show.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BrowserError {
    /// The HTTP client could not be set up.
    #[error("The browser could not be set up: check the system's TLS certificates.")]
    Client(#[source] reqwest::Error),
    /// The address is not on this machine.
    #[error("The browser stays on this machine and does not open `{0}`.")]
    NotLoopback(Url),
    /// The server could not be reached or broke off.
    #[error("`{url}` did not answer: check that the server runs.")]
    NoAnswer {
        /// Address of the request.
        url: Url,
        /// What the client says.
        #[source]
        source: reqwest::Error,
    },
    /// A redirect leads nowhere or on and on.
    #[error("`{0}` redirects too often or without a valid address.")]
    Redirect(Url),
    /// Forms submit themselves on and on.
    #[error("The forms of `{0}` submit themselves without an end.")]
    EndlessForms(Url),
    /// There is no such form on the page.
    #[error("`{url}` has no form at `{selector}` (status {status}).")]
    NoForm {
        /// The page.
        url: Url,
        /// Its status.
        status: u16,
        /// CSS selector that was looked for.
        selector: String,
    },
    /// The form has no such field or button.
    #[error("The form has no field or button `{0}`.")]
    NoField(String),
}

impl Browser {
    /// A fresh browser with an empty jar.
    ///
    /// # Errors
    ///
    /// [`BrowserError::Client`] when the system offers no TLS.
    pub fn new() -> Result<Self, BrowserError> {
        // The port of the address is used where this one is 0.
        let loopback = [
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
        ];
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .resolve_to_addrs("localhost", &loopback)
            .timeout(Duration::from_mins(1))
            .build()
            .map_err(BrowserError::Client)?;
        Ok(Self {
            client,
            cookies: Vec::new(),
            frame_of: None,
            here: None,
            frames_keep_cookies: true,
            accept: ACCEPT_PAGE,
        })
    }

    /// Opens an address in a frame of a page of the same site, and follows automatic forms:
    /// a launch address of the platform ends on the tool's page, inside the platform's frame.
    ///
    /// # Errors
    ///
    /// Any [`BrowserError`] of the way; pages of any status are pages.
    pub async fn open(&mut self, url: &Url) -> Result<Page, BrowserError> {
        self.frame_of = Some(site(url));
        self.here = Some(url.clone());
        let page = self.get(url).await?;
        self.follow_auto_forms(page).await
    }

    /// Opens an address in a window of its own, and follows automatic forms.
    ///
    /// # Errors
    ///
    /// As [`Browser::open`].
    pub async fn open_window(&mut self, url: &Url) -> Result<Page, BrowserError> {
        self.frame_of = None;
        self.here = None;
        let page = self.get(url).await?;
        self.follow_auto_forms(page).await
    }

    /// Goes to an address from the page at hand. Automatic forms stay where they are.
    ///
    /// # Errors
    ///
    /// As [`Browser::open`].
    pub async fn get(&mut self, url: &Url) -> Result<Page, BrowserError> {
        self.request(Method::GET, url.clone(), Payload::None).await
    }

    /// Posts fields as a form of the page at hand would.
    ///
    /// # Errors
    ///
    /// As [`Browser::open`].
    pub async fn post_form(
        &mut self,
        url: &Url,
        fields: &[(&str, &str)],
    ) -> Result<Page, BrowserError> {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        self.request(Method::POST, url.clone(), Payload::Form(fields))
            .await
    }

    /// Submits a form with the pressed button, or with its first one as the Enter key does.
    ///
    /// # Errors
    ///
    /// As [`Browser::open`].
    pub async fn submit(&mut self, form: &Form) -> Result<Page, BrowserError> {
        let mut fields = form.fields.clone();
        let mut action = form.action.clone();
        if let Some(button) = form.buttons.get(form.pressed.unwrap_or(0)) {
            fields.extend(button.name.clone().map(|name| (name, button.value.clone())));
            action = button.action.clone().unwrap_or(action);
        }
        if form.method == Method::GET {
            action.query_pairs_mut().clear().extend_pairs(&fields);
            return self.request(Method::GET, action, Payload::None).await;
        }
        let payload = if form.multipart {
            Payload::Multipart(fields, form.files.clone())
        } else {
            Payload::Form(fields)
        };
        self.request(Method::POST, action, payload).await
    }

    /// Submits a form whose answer opens in a window of its own, and goes on there.
    ///
    /// # Errors
    ///
    /// As [`Browser::open`].
    pub async fn submit_in_window(&mut self, form: &Form) -> Result<Page, BrowserError> {
        self.frame_of = None;
        self.submit(form).await
    }

    /// Submits a form as a script of the page does, which asks for JSON and not for a page.
    ///
    /// # Errors
    ///
    /// As [`Browser::open`].
    pub async fn submit_by_script(&mut self, form: &Form) -> Result<Page, BrowserError> {
        self.accept = "application/json";
        let page = self.submit(form).await;
        self.accept = ACCEPT_PAGE;
        page
    }

    /// Submits forms that submit themselves, and goes on from pages that go on by
    /// themselves (`data-next`), until a page comes that stays.
    ///
    /// # Errors
    ///
    /// As [`Browser::open`], and [`BrowserError::EndlessForms`].
    pub async fn follow_auto_forms(&mut self, page: Page) -> Result<Page, BrowserError> {
        let mut page = page;
        for _ in 0..MOST_AUTOMATIC_FORMS {
            page = if let Some(form) = page.auto_form() {
                self.submit(&form).await?
            } else if let Some(next) = page.auto_link() {
                self.get(&next).await?
            } else {
                return Ok(page);
            };
        }
        Err(BrowserError::EndlessForms(page.url))
    }

    /// Whether frames of another site may keep partitioned cookies; they may at first.
    /// Browsers with all cookies blocked in frames do not, which a tool must survive.
    pub fn set_frames_keep_cookies(&mut self, keep: bool) {
        self.frames_keep_cookies = keep;
    }

    /// Names of the cookies that would go with a request to this address from its own site.
    pub fn cookie_names(&self, url: &Url) -> Vec<String> {
        self.cookies
            .iter()
            .filter(|cookie| self.sends(cookie, url, true))
            .map(|cookie| cookie.name.clone())
            .collect()
    }

    /// Takes away one cookie wherever it is kept, as if it had run out.
    pub fn forget_cookie(&mut self, name: &str) {
        self.cookies.retain(|cookie| cookie.name != name);
    }

    async fn request(
        &mut self,
        method: Method,
        url: Url,
        payload: Payload,
    ) -> Result<Page, BrowserError> {
        let (mut method, mut url, mut payload) = (method, url, payload);
        let start = url.clone();
        // A redirect keeps the page that the first request came from as its origin.
        let initiator = self.here.clone();
        for _ in 0..MOST_REDIRECTS {
            let response = self
                .send(&method, &url, &payload, initiator.as_ref())
                .await?;
            let status = response.status();
            if !status.is_redirection() || status == StatusCode::NOT_MODIFIED {
                let headers = response.headers().clone();
                let bytes = response
                    .bytes()
                    .await
                    .map_err(|source| BrowserError::NoAnswer {
                        url: url.clone(),
                        source,
                    })?
                    .to_vec();
                self.here = Some(url.clone());
                return Ok(Page {
                    status: status.as_u16(),
                    url,
                    headers,
                    body: String::from_utf8_lossy(&bytes).into_owned(),
                    bytes,
                });
            }
            url = response
                .headers()
                .get(LOCATION)
                .and_then(|location| location.to_str().ok())
                .and_then(|location| url.join(location).ok())
                .ok_or(BrowserError::Redirect(url))?;
            let keeps_method = matches!(
                status,
                StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
            );
            if !keeps_method {
                method = Method::GET;
                payload = Payload::None;
            }
        }
        Err(BrowserError::Redirect(start))
    }

    async fn send(
        &mut self,
        method: &Method,
        url: &Url,
        payload: &Payload,
        initiator: Option<&Url>,
    ) -> Result<reqwest::Response, BrowserError> {
        if !is_loopback(url) {
            return Err(BrowserError::NotLoopback(url.clone()));
        }
        let same_site = initiator.is_none_or(|from| site(from) == site(url));
        // `Lax` cookies also go with a click from another site that opens a whole page.
        let lax_too = same_site || (self.frame_of.is_none() && *method == Method::GET);
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .filter(|cookie| self.sends(cookie, url, lax_too))
            .filter(|cookie| cookie.same_site != SameSite::Strict || same_site)
            .map(|cookie| format!("{}={}", cookie.name, cookie.value))
            .collect();
        let mut request = self
            .client
            .request(method.clone(), url.clone())
            .header("accept", self.accept)
            .header("accept-language", "en-GB,en;q=0.9")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-site", fetch_site(initiator, url))
            .header(
                "sec-fetch-dest",
                if self.frame_of.is_some() {
                    "iframe"
                } else {
                    "document"
                },
            );
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        if let Some(from) = initiator.filter(|_| *method != Method::GET) {
            request = request.header(ORIGIN, from.origin().ascii_serialization());
        }
        let request = match payload {
            Payload::None => request,
            Payload::Form(fields) => request.form(fields),
            Payload::Multipart(fields, files) => request.multipart(multipart_body(fields, files)),
        };
        let response = request
            .send()
            .await
            .map_err(|source| BrowserError::NoAnswer {
                url: url.clone(),
                source,
            })?;
        for line in response.headers().get_all(SET_COOKIE) {
            if let Ok(line) = line.to_str() {
                self.store(line, url);
            }
        }
        Ok(response)
    }

    fn is_third_party(&self, url: &Url) -> bool {
        self.frame_of.as_ref().is_some_and(|top| *top != site(url))
    }

    /// Site at the top of the page that an address is shown in.
    fn top_site(&self, url: &Url) -> String {
        self.frame_of.clone().unwrap_or_else(|| site(url))
    }

    fn sends(&self, cookie: &Cookie, url: &Url, lax_too: bool) -> bool {
        let in_place =
            Some(cookie.host.as_str()) == url.host_str() && path_matches(&cookie.path, url.path());
        let in_partition = match &cookie.partition {
            Some(partition) => *partition == self.top_site(url),
            None => !self.is_third_party(url),
        };
        let in_context =
            cookie.same_site == SameSite::None || (lax_too && !self.is_third_party(url));
        in_place && in_partition && in_context
    }

    fn store(&mut self, line: &str, url: &Url) {
        let Some((cookie, partitioned, gone)) = parse_cookie(line, url) else {
            return;
        };
        let third_party = self.is_third_party(url);
        let lives_in_frame =
            self.frames_keep_cookies && partitioned && cookie.same_site == SameSite::None;
        if third_party && !lives_in_frame {
            return;
        }
        let cookie = Cookie {
            partition: partitioned.then(|| self.top_site(url)),
            ..cookie
        };
        self.cookies.retain(|old| {
            (&old.name, &old.host, &old.path, &old.partition)
                != (&cookie.name, &cookie.host, &cookie.path, &cookie.partition)
        });
        if !gone {
            self.cookies.push(cookie);
        }
    }
}

impl Page {
    /// The first form that the CSS selector finds.
    ///
    /// # Errors
    ///
    /// [`BrowserError::NoForm`] when there is none.
    pub fn form(&self, selector: &str) -> Result<Form, BrowserError> {
        let html = Html::parse_document(&self.body);
        parse_selector(selector)
            .and_then(|selector| {
                html.select(&selector)
                    .find(|element| element.value().name() == "form")
            })
            .map(|form| read_form(&html, form, &self.url))
            .ok_or_else(|| BrowserError::NoForm {
                url: self.url.clone(),
                status: self.status,
                selector: selector.to_owned(),
            })
    }

    /// Text of the first element that the CSS selector finds, with white space collapsed.
    pub fn text(&self, selector: &str) -> Option<String> {
        self.texts(selector).into_iter().next()
    }

    /// Texts of all elements that the CSS selector finds.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let html = Html::parse_document(&self.body);
        parse_selector(selector)
            .map(|selector| html.select(&selector).map(element_text).collect())
            .unwrap_or_default()
    }

    /// An attribute of the first element that the CSS selector finds.
    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let html = Html::parse_document(&self.body);
        let selector = parse_selector(selector)?;
        let element = html.select(&selector).next()?;
        element.value().attr(name).map(str::to_owned)
    }

    /// All links with an address that can be followed.
    pub fn links(&self) -> Vec<Link> {
        let html = Html::parse_document(&self.body);
        let Some(selector) = parse_selector("a[href]") else {
            return Vec::new();
        };
        html.select(&selector)
            .filter_map(|link| {
                Some(Link {
                    text: element_text(link),
                    url: self.url.join(link.value().attr("href")?).ok()?,
                })
            })
            .collect()
    }

    /// Address of the first link whose text contains the words.
    pub fn link(&self, words: &str) -> Option<Url> {
        self.links()
            .into_iter()
            .find(|link| link.text.contains(words))
            .map(|link| link.url)
    }

    /// Where the script of a page on the way in goes by itself, once the platform's
    /// storage has answered or not.
    fn auto_link(&self) -> Option<Url> {
        self.attribute("main[data-next]", "data-next")
            .and_then(|next| self.url.join(&next).ok())
    }

    /// The form that a browser with scripts would submit by itself: one marked
    /// `data-auto-submit`, or the first one beside an inline `….submit()`.
    fn auto_form(&self) -> Option<Form> {
        if let Ok(form) = self.form("form[data-auto-submit]") {
            return Some(form);
        }
        let html = Html::parse_document(&self.body);
        let scripts = parse_selector("script")?;
        let has_script = html
            .select(&scripts)
            .any(|script| script.text().any(|text| text.contains(".submit()")));
        let on_load = self
            .attribute("body", "onload")
            .is_some_and(|code| code.contains(".submit()"));
        if has_script || on_load {
            self.form("form").ok()
        } else {
            None
        }
    }
}

impl Form {
    /// Where the form goes.
    pub fn action(&self) -> &Url {
        &self.action
    }

    /// Value of a field; none when it is absent, unchecked or a file.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    /// Sets a field to one value, whether or not the page gave it one: text is typed, an
    /// option is chosen, a box is ticked.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.fields.iter().position(|(field, _)| field == name) {
            Some(index) => value.clone_into(&mut self.fields[index].1),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// Adds one more value to a field: a second box of the same name is ticked.
    #[must_use]
    pub fn with_also(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Unticks a box.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self
    }

    /// Chooses a file. The form must be one for uploads.
    #[must_use]
    pub fn with_file(
        mut self,
        name: &str,
        file_name: &str,
        media_type: &str,
        bytes: Vec<u8>,
    ) -> Self {
        self.files
            .retain(|file| file.field != name || !file.name.is_empty());
        self.files.push(File {
            field: name.to_owned(),
            name: file_name.to_owned(),
            media_type: media_type.to_owned(),
            bytes,
        });
        self
    }

    /// Chooses the button that submits, by its text or value.
    ///
    /// # Errors
    ///
    /// [`BrowserError::NoField`] when the form has no such button.
    pub fn press(mut self, words: &str) -> Result<Self, BrowserError> {
        let pressed = self
            .buttons
            .iter()
            .position(|button| button.text.contains(words) || button.value == words)
            .ok_or_else(|| BrowserError::NoField(words.to_owned()))?;
        self.pressed = Some(pressed);
        Ok(self)
    }
}

#[derive(Clone, Debug)]
struct File {
    field: String,
    name: String,
    media_type: String,
    bytes: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Button {
    text: String,
    name: Option<String>,
    value: String,
    action: Option<Url>,
}

#[derive(Debug)]
enum Payload {
    None,
    Form(Vec<(String, String)>),
    Multipart(Vec<(String, String)>, Vec<File>),
}

#[derive(Clone, Debug)]
struct Cookie {
    name: String,
    value: String,
    host: String,
    path: String,
    same_site: SameSite,
    partition: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SameSite {
    None,
    Lax,
    Strict,
}

/// Scheme and host: loopback names have no registrable domain above them, and cookies and
/// partitions do not look at ports.
fn site(url: &Url) -> String {
    format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn fetch_site(initiator: Option<&Url>, url: &Url) -> &'static str {
    match initiator {
        None => "none",
        Some(from) if from.origin() == url.origin() => "same-origin",
        Some(from) if site(from) == site(url) => "same-site",
        Some(_) => "cross-site",
    }
}

fn path_matches(cookie_path: &str, path: &str) -> bool {
    path == cookie_path
        || path
            .strip_prefix(cookie_path)
            .is_some_and(|rest| cookie_path.ends_with('/') || rest.starts_with('/'))
}

/// The cookie of a `Set-Cookie` line, whether it is partitioned, and whether it is a removal;
/// none when browsers would refuse it (RFC 6265bis; CHIPS).
fn parse_cookie(line: &str, url: &Url) -> Option<(Cookie, bool, bool)> {
    let mut parts = line.split(';').map(str::trim);
    let (name, value) = parts.next()?.split_once('=')?;
    let attributes: Vec<(String, &str)> = parts
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.trim().to_lowercase(), value.trim())
        })
        .collect();
    let attribute = |wanted: &str| {
        attributes
            .iter()
            .rev()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| *value)
    };
    let secure = attribute("secure").is_some();
    let partitioned = attribute("partitioned").is_some();
    let same_site = match attribute("samesite").map(str::to_lowercase).as_deref() {
        Some("none") => SameSite::None,
        Some("strict") => SameSite::Strict,
        _ => SameSite::Lax,
    };
    let default_path = match url.path().rfind('/') {
        Some(end) if end > 0 => &url.path()[..end],
        _ => "/",
    };
    let path = attribute("path").filter(|path| path.starts_with('/'));
    let is_host_cookie = secure && path == Some("/") && attribute("domain").is_none();
    let must_be_secure =
        same_site == SameSite::None || partitioned || name.starts_with("__Secure-");
    let refused = (must_be_secure && !secure) || (name.starts_with("__Host-") && !is_host_cookie);
    if refused {
        return None;
    }
    // Without a clock, a date is a removal when it lies before the web had such cookies.
    let gone = match attribute("max-age") {
        Some(seconds) => seconds.parse::<i64>().is_ok_and(|seconds| seconds <= 0),
        None => attribute("expires").is_some_and(|date| {
            chrono::DateTime::parse_from_rfc2822(date).is_ok_and(|date| date.timestamp() < 1)
        }),
    };
    let cookie = Cookie {
        name: name.trim().to_owned(),
        value: value.trim().to_owned(),
        host: url.host_str()?.to_owned(),
        path: path.unwrap_or(default_path).to_owned(),
        same_site,
        partition: None,
    };
    Some((cookie, partitioned, gone))
}

fn multipart_body(fields: &[(String, String)], files: &[File]) -> multipart::Form {
    let form = fields
        .iter()
        .fold(multipart::Form::new(), |form, (name, value)| {
            form.text(name.clone(), value.clone())
        });
    files.iter().fold(form, |form, file| {
        let part = || multipart::Part::bytes(file.bytes.clone()).file_name(file.name.clone());
        let typed = part().mime_str(&file.media_type).unwrap_or_else(|_| part());
        form.part(file.field.clone(), typed)
    })
}

fn parse_selector(selector: &str) -> Option<Selector> {
    Selector::parse(selector).ok()
}

fn element_text(element: ElementRef<'_>) -> String {
    let text: Vec<&str> = element.text().flat_map(str::split_whitespace).collect();
    text.join(" ")
}

/// Reads the controls that belong to a form: those inside it and those that name its id.
fn read_form(html: &Html, element: ElementRef<'_>, url: &Url) -> Form {
    let value = element.value();
    let is_post = value
        .attr("method")
        .is_some_and(|method| method.eq_ignore_ascii_case("post"));
    let mut form = Form {
        method: if is_post { Method::POST } else { Method::GET },
        action: value
            .attr("action")
            .filter(|action| !action.is_empty())
            .and_then(|action| url.join(action).ok())
            .unwrap_or_else(|| url.clone()),
        multipart: value
            .attr("enctype")
            .is_some_and(|kind| kind.eq_ignore_ascii_case("multipart/form-data")),
        fields: Vec::new(),
        files: Vec::new(),
        buttons: Vec::new(),
        pressed: None,
    };
    let Some(controls) = parse_selector("input, textarea, select, button") else {
        return form;
    };
    let id = value.attr("id");
    for control in html.select(&controls) {
        let belongs = match control.value().attr("form") {
            Some(owner) => Some(owner) == id,
            None => control
                .ancestors()
                .any(|ancestor| ancestor.id() == element.id()),
        };
        if belongs && !is_disabled(control) {
            read_control(&mut form, control, url);
        }
    }
    form
}

fn is_disabled(control: ElementRef<'_>) -> bool {
    control.value().attr("disabled").is_some()
        || control
            .ancestors()
            .filter_map(ElementRef::wrap)
            .any(|outer| {
                outer.value().name() == "fieldset" && outer.value().attr("disabled").is_some()
            })
}

fn read_control(form: &mut Form, control: ElementRef<'_>, url: &Url) {
    let value = control.value();
    let name = value.attr("name").filter(|name| !name.is_empty());
    let kind = value.attr("type").unwrap_or_default().to_lowercase();
    let given = value.attr("value");
    match (value.name(), kind.as_str()) {
        ("button", "" | "submit") | ("input", "submit" | "image") => form.buttons.push(Button {
            text: if value.name() == "button" {
                element_text(control)
            } else {
                given.unwrap_or_default().to_owned()
            },
            name: name.map(str::to_owned),
            value: given.unwrap_or_default().to_owned(),
            action: value
                .attr("formaction")
                .and_then(|action| url.join(action).ok()),
        }),
        ("button", _) | ("input", "button" | "reset") => {}
        ("input", "file") => form.files.extend(name.map(|name| File {
            // A file field without a file is sent as an empty one.
            field: name.to_owned(),
            name: String::new(),
            media_type: "application/octet-stream".to_owned(),
            bytes: Vec::new(),
        })),
        ("input", "checkbox" | "radio") => {
            if let Some(name) = name.filter(|_| value.attr("checked").is_some()) {
                let value = given.unwrap_or("on").to_owned();
                form.fields.push((name.to_owned(), value));
            }
        }
        ("select", _) => {
            if let Some(name) = name {
                let chosen = chosen_options(control);
                form.fields
                    .extend(chosen.into_iter().map(|value| (name.to_owned(), value)));
            }
        }
        ("textarea", _) => {
            if let Some(name) = name {
                let text: String = control.text().collect();
                let text = text.strip_prefix('\n').unwrap_or(&text).to_owned();
                form.fields.push((name.to_owned(), text));
            }
        }
        _ => {
            if let Some(name) = name {
                let value = given.unwrap_or_default().to_owned();
                form.fields.push((name.to_owned(), value));
            }
        }
    }
}

/// Values of the selected options; a plain list without a selection stands on its first one.
fn chosen_options(select: ElementRef<'_>) -> Vec<String> {
    let Some(options) = parse_selector("option") else {
        return Vec::new();
    };
    let value = |option: ElementRef<'_>| {
        option
            .value()
            .attr("value")
            .map_or_else(|| element_text(option), str::to_owned)
    };
    let selected: Vec<String> = select
        .select(&options)
        .filter(|option| option.value().attr("selected").is_some())
        .map(value)
        .collect();
    if selected.is_empty() && select.value().attr("multiple").is_none() {
        select
            .select(&options)
            .next()
            .map(value)
            .into_iter()
            .collect()
    } else {
        selected
    }
}
