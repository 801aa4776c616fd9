//! What goes back to a platform when somebody has chosen content (Deep Linking 2.0).
//!
//! [`response`] makes the JWT that the tool's page posts, as the form field [`FORM_FIELD`], to
//! [`DeepLinkingSettings::return_url`] from the person's own browser: platforms need their session there.
//! Go back on cancel too, with no items.
//!
//! # What platforms make of it
//!
//! - `iss` must be the client id, and `aud` a single text: several platforms refuse a list.
//! - Canvas and Moodle take custom parameters only as texts, which [`BTreeMap<String, String>`] sees to.
//! - Moodle ignores window, iframe, thumbnail and dates; its column gets the activity's name, not the line item's.
//! - Canvas makes an unpublished assignment of a line item, with the dates of [`LtiResourceLink::available`] and
//!   [`LtiResourceLink::submission`].
//! - Put what the tool needs to know into `custom` rather than into the address: platforms compare addresses with
//!   the registered ones, each in its own way.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serde_json::{Map, Value, json};
use thiserror::Error;
use url::Url;

use crate::ags::SubmissionReview;
use crate::claims::{
    CONTENT_ITEMS, DEEP_LINKING_DATA, DEEP_LINKING_ERROR_LOG, DEEP_LINKING_ERROR_MESSAGE,
    DEEP_LINKING_LOG, DEEP_LINKING_MESSAGE, DEPLOYMENT_ID, MESSAGE_TYPE, VERSION, without_nulls,
};
use crate::keys::{KeyError, SigningKey};
use crate::launch::DeepLinkingSettings;
use crate::registration::Registration;

/// The name of the form field that carries the response (DL §4.5).
pub const FORM_FIELD: &str = "JWT";
/// Moodle takes no `iat` from the future, not even by a second, so ours lies a little back.
const BACKDATED: TimeDelta = TimeDelta::seconds(5);
/// Canvas takes none that is older than this.
const LIFE: TimeDelta = TimeDelta::minutes(5);

/// What was chosen, and what the platform should say about it (DL §4.5).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeepLinkingResponse {
    /// What was chosen; nothing on cancel.
    pub items: Vec<ContentItem>,
    /// What the platform should say.
    pub messages: ReturnMessages,
}

/// Texts that go back to a platform, in a deep linking response or with a person who has finished (DL §4.5, Core
/// §5.4.4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReturnMessages {
    /// For the person.
    pub message: Option<String>,
    /// For the platform's log.
    pub log: Option<String>,
    /// An error, for the person.
    pub error_message: Option<String>,
    /// An error, for the platform's log.
    pub error_log: Option<String>,
}

impl ReturnMessages {
    /// Puts the texts into the address where a person goes who has finished
    /// ([`Presentation::return_url`](crate::launch::Presentation::return_url)) (Core §5.4.4).
    pub fn added_to(&self, return_url: &Url) -> Url {
        let mut url = return_url.clone();
        let texts = [
            ("lti_msg", &self.message),
            ("lti_log", &self.log),
            ("lti_errormsg", &self.error_message),
            ("lti_errorlog", &self.error_log),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                url.query_pairs_mut().append_pair(name, text);
            }
        }
        url
    }
}

/// One thing that was chosen (DL §3).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type")]
#[non_exhaustive]
pub enum ContentItem {
    /// A placement of this tool.
    #[serde(rename = "ltiResourceLink")]
    LtiResourceLink(Box<LtiResourceLink>),
    /// A web address.
    #[serde(rename = "link")]
    Link(Box<Link>),
    /// A piece of a page.
    #[serde(rename = "html")]
    Html(Html),
    /// A file, which the platform fetches and keeps.
    #[serde(rename = "file")]
    File(Box<File>),
    /// An image.
    #[serde(rename = "image")]
    Image(Box<Image>),
}

impl ContentItem {
    /// The name on the wire, as it stands in [`DeepLinkingSettings::accept_types`] (DL §3).
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::LtiResourceLink(_) => "ltiResourceLink",
            Self::Link(_) => "link",
            Self::Html(_) => "html",
            Self::File(_) => "file",
            Self::Image(_) => "image",
        }
    }
}

/// A placement of this tool (DL §3.2).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LtiResourceLink {
    /// Where launches end; the tool's usual target where nothing is said.
    pub url: Option<Url>,
    /// Its name in the course.
    pub title: Option<String>,
    /// Its description in the course, which may be HTML.
    pub text: Option<String>,
    /// A small picture.
    pub icon: Option<Picture>,
    /// A larger picture.
    pub thumbnail: Option<Picture>,
    /// How it opens in a window of its own.
    pub window: Option<Window>,
    /// How it opens in the page.
    pub iframe: Option<Iframe>,
    /// Custom parameters of its launches.
    pub custom: BTreeMap<String, String>,
    /// Its column in the gradebook. Left out where the platform says that it takes none.
    pub line_item: Option<NewLineItem>,
    /// When it can be opened.
    pub available: Option<Period>,
    /// When learners can hand in.
    pub submission: Option<Period>,
}

/// A web address (DL §3.1).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// The address.
    pub url: Url,
    /// Its name in the course.
    pub title: Option<String>,
    /// Its description in the course.
    pub text: Option<String>,
    /// A small picture.
    pub icon: Option<Picture>,
    /// A larger picture.
    pub thumbnail: Option<Picture>,
    /// How it opens in a window of its own.
    pub window: Option<Window>,
    /// How it opens in the page.
    pub iframe: Option<Iframe>,
    /// HTML that shows it in the page.
    pub embed: Option<Embed>,
}

/// A piece of a page (DL §3.4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Html {
    /// The HTML.
    pub html: String,
    /// Its name in the course.
    pub title: Option<String>,
    /// Its description in the course.
    pub text: Option<String>,
}

/// A file, which the platform fetches and keeps (DL §3.3).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct File {
    /// Where the platform gets it, without signing in.
    pub url: Url,
    /// Its name in the course.
    pub title: Option<String>,
    /// Its description in the course.
    pub text: Option<String>,
    /// A small picture.
    pub icon: Option<Picture>,
    /// A larger picture.
    pub thumbnail: Option<Picture>,
    /// Its media type.
    pub media_type: Option<String>,
    /// Until when the address serves.
    pub expires_at: Option<DateTime<Utc>>,
}

/// An image (DL §3.5).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// The address.
    pub url: Url,
    /// Its name in the course.
    pub title: Option<String>,
    /// Its description in the course.
    pub text: Option<String>,
    /// A small picture.
    pub icon: Option<Picture>,
    /// A larger picture.
    pub thumbnail: Option<Picture>,
    /// Width in pixels.
    pub width: Option<u32>,
    /// Height in pixels.
    pub height: Option<u32>,
}

/// A picture beside an item (DL §3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// The address.
    pub url: Url,
    /// Width in pixels.
    pub width: Option<u32>,
    /// Height in pixels.
    pub height: Option<u32>,
}

/// How an item opens in a window of its own (DL §3.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Window {
    /// Name of the window; items of one name share it. `_blank` is always a new one.
    pub target_name: Option<String>,
    /// Width in pixels.
    pub width: Option<u32>,
    /// Height in pixels.
    pub height: Option<u32>,
    /// Features, as `window.open` takes them.
    pub window_features: Option<String>,
}

/// How an item opens in the page (DL §3.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Iframe {
    /// The address of a link's frame. A placement of this tool has none.
    pub src: Option<Url>,
    /// Width in pixels.
    pub width: Option<u32>,
    /// Height in pixels.
    pub height: Option<u32>,
}

/// HTML that shows a link in the page (DL §3.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Embed {
    /// The HTML.
    pub html: String,
}

/// A column of the gradebook that comes into being with its placement (DL §3.2).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NewLineItem {
    /// Its name; the item's title where nothing is said.
    pub label: Option<String>,
    /// The most that can be reached, more than zero.
    pub score_maximum: f64,
    /// The tool's own name for what is graded. It survives the copy of a course.
    pub resource_id: Option<String>,
    /// The tool's own name for the kind of grade.
    pub tag: Option<String>,
    /// Whether learners see their grades.
    pub grades_released: Option<bool>,
    /// Whether and where the platform opens submissions for review.
    pub submission_review: Option<SubmissionReview>,
}

/// A time with an open or fixed beginning and end (DL §3.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Period {
    /// Its beginning.
    #[serde(rename = "startDateTime")]
    pub from: Option<DateTime<Utc>>,
    /// Its end.
    #[serde(rename = "endDateTime")]
    pub until: Option<DateTime<Utc>>,
}

/// Makes the response to a deep linking request (DL §4.5).
///
/// `deployment_id` and `settings` are those of the launch; `nonce` is a fresh random text.
///
/// # Errors
///
/// The platform does not take what was chosen, which [`DeepLinkingError`] tells before anything is signed,
/// or the key refuses to sign.
pub fn response(
    registration: &Registration,
    deployment_id: &str,
    settings: &DeepLinkingSettings,
    response: &DeepLinkingResponse,
    key: &SigningKey,
    now: DateTime<Utc>,
    nonce: &str,
) -> Result<String, DeepLinkingError> {
    check(settings, &response.items)?;
    let items: Vec<Value> = response
        .items
        .iter()
        .map(|item| content_item(item, settings))
        .collect();
    let mut claims = json!({
        "iss": registration.client_id,
        "aud": registration.issuer,
        "iat": (now - BACKDATED).timestamp(),
        "exp": (now + LIFE).timestamp(),
        "nonce": nonce,
        DEPLOYMENT_ID: deployment_id,
        MESSAGE_TYPE: "LtiDeepLinkingResponse",
        VERSION: "1.3.0",
        CONTENT_ITEMS: items,
    });
    let messages = &response.messages;
    let texts = [
        (DEEP_LINKING_DATA, &settings.data),
        (DEEP_LINKING_MESSAGE, &messages.message),
        (DEEP_LINKING_LOG, &messages.log),
        (DEEP_LINKING_ERROR_MESSAGE, &messages.error_message),
        (DEEP_LINKING_ERROR_LOG, &messages.error_log),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            claims[name] = json!(text);
        }
    }
    key.sign(&claims).map_err(DeepLinkingError::Sign)
}

/// Something was chosen that the platform does not take (DL §4.4.1).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeepLinkingError {
    /// The platform does not take this type of item.
    #[error(
        "The course takes no item of the type `{found}` here. It takes: {}. Choose something else, or open the tool from another place in the course",
        accepted.join(", ")
    )]
    TypeNotAccepted {
        /// The type that was chosen.
        found: &'static str,
        /// The types that the platform takes.
        accepted: Vec<String>,
    },
    /// The platform takes one item only.
    #[error("The course takes one item at a time here, but {0} were chosen. Choose one")]
    OnlyOne(usize),
    /// A line item's maximum is not more than zero.
    #[error("The most marks that can be reached must be more than zero. Correct it")]
    Maximum,
    /// A period ends before it begins.
    #[error("The end of a period lies before its beginning. Correct the dates")]
    Period,
    /// The response could not be signed.
    #[error("The answer to the course could not be signed")]
    Sign(#[source] KeyError),
}

fn check(settings: &DeepLinkingSettings, items: &[ContentItem]) -> Result<(), DeepLinkingError> {
    for item in items {
        let found = item.type_name();
        if !settings
            .accept_types
            .iter()
            .any(|accepted| accepted == found)
        {
            return Err(DeepLinkingError::TypeNotAccepted {
                found,
                accepted: settings.accept_types.clone(),
            });
        }
        if let ContentItem::LtiResourceLink(link) = item {
            check_link(link)?;
        }
    }
    // A platform that leaves it open need not take more than one.
    if items.len() > 1 && settings.accept_multiple != Some(true) {
        return Err(DeepLinkingError::OnlyOne(items.len()));
    }
    Ok(())
}

fn check_link(link: &LtiResourceLink) -> Result<(), DeepLinkingError> {
    if let Some(line_item) = &link.line_item
        && !(line_item.score_maximum.is_finite() && line_item.score_maximum > 0.0)
    {
        return Err(DeepLinkingError::Maximum);
    }
    for period in [link.available, link.submission].into_iter().flatten() {
        if let (Some(from), Some(until)) = (period.from, period.until)
            && until < from
        {
            return Err(DeepLinkingError::Period);
        }
    }
    Ok(())
}

fn content_item(item: &ContentItem, settings: &DeepLinkingSettings) -> Value {
    let mut members: Map<String, Value> = match without_nulls(json!(item)) {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    if settings.accept_line_item == Some(false) {
        members.shift_remove("lineItem");
    }
    Value::Object(members)
}
