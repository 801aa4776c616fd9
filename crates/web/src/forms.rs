//! Fields of forms.

use axum::extract::{FromRequest, Request};
use axum::{Form, RequestExt};

use crate::failure::Failure;

/// The fields of an `application/x-www-form-urlencoded` body, in its order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(pub(crate) Vec<(String, String)>);

impl Fields {
    /// The first field of this name, as it was sent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Every field of this name, in the order of the form.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The same as [`Fields::get`], or an empty text.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Whether a box of this name was ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !value.is_empty())
    }

    /// Passes forms that carry the session's token.
    ///
    /// # Errors
    /// A failure that tells how to go on.
    pub(crate) fn guard(&self, csrf: &str) -> Result<(), Failure> {
        if self.get("csrf") == Some(csrf) {
            Ok(())
        } else {
            Err(Failure::no_session())
        }
    }
}

/// The largest form that is read: a launch token has at most 64 KiB, feedback 20 KB.
const LARGEST_FORM: usize = 2 * 1024 * 1024;

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Failure;

    async fn from_request(mut request: Request, _state: &S) -> Result<Self, Failure> {
        let length = request
            .headers()
            .get(axum::http::header::CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok())
            .and_then(|length| length.parse::<usize>().ok());
        if length.is_some_and(|length| length > LARGEST_FORM) {
            return Err(Failure::bad_form(
                "What was sent is far larger than this form can be.",
            ));
        }
        let body = std::mem::take(request.body_mut());
        *request.body_mut() =
            axum::body::Body::new(http_body_util::Limited::new(body, LARGEST_FORM));
        let Form(fields) = request
            .extract::<Form<Vec<(String, String)>>, _>()
            .await
            .map_err(|_| Failure::bad_form("The form could not be read."))?;
        Ok(Self(fields))
    }
}
