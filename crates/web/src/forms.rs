//! Fields of forms.

use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request};
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

/// An upload is read to this size and thrown away beyond its limit, so that the
/// browser hears why; what is even larger is cut off.
const CUT_OFF: usize = 256 * 1024 * 1024;
/// The longest text beside a file, in bytes, and how many there may be.
const LARGEST_TEXT: usize = 64 * 1024;
const MOST_TEXTS: usize = 50;

/// A form with a file in it.
#[derive(Debug)]
pub(crate) struct Upload {
    /// The other fields.
    pub(crate) fields: Fields,
    /// The field `file`; none where nothing was chosen.
    pub(crate) file: Option<UploadedFile>,
}

/// A file of a form.
#[derive(Debug)]
pub(crate) struct UploadedFile {
    /// Its name, as the browser sent it.
    pub(crate) name: String,
    /// Its media type, as the browser sent it.
    pub(crate) media_type: String,
    /// Its bytes; none where there are more than are taken.
    pub(crate) bytes: Option<Vec<u8>>,
}

impl Upload {
    /// Reads a form whose file may have `most` bytes.
    ///
    /// # Errors
    /// A failure that tells how to go on, where the upload breaks off or is far
    /// too large.
    pub(crate) async fn read(mut form: Multipart, most: usize) -> Result<Self, Failure> {
        let unreadable = |_: MultipartError| {
            Failure::bad_form(
                "The upload broke off before its end. Nothing was changed; choose the file again.",
            )
        };
        let far_too_large = || {
            Failure::bad_form(
                "What was sent is far larger than what is taken here. Nothing was changed; choose a smaller file.",
            )
        };
        let (mut fields, mut file) = (Fields::default(), None);
        // All of the form together, whatever its parts are called.
        let mut read = 0;
        while let Some(mut field) = form.next_field().await.map_err(unreadable)? {
            let field_name = field.name().unwrap_or_default().to_owned();
            if field_name != "file" {
                let mut text = Vec::new();
                while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
                    text.extend_from_slice(&chunk);
                    if text.len() > LARGEST_TEXT {
                        return Err(far_too_large());
                    }
                }
                if fields.0.len() == MOST_TEXTS {
                    return Err(far_too_large());
                }
                let text = String::from_utf8_lossy(&text).into_owned();
                fields.0.push((field_name, text));
                continue;
            }
            let name = field.file_name().unwrap_or_default().to_owned();
            let media_type = field.content_type().unwrap_or_default().to_owned();
            let mut bytes = Some(Vec::new());
            while let Some(chunk) = field.chunk().await.map_err(unreadable)? {
                read += chunk.len();
                if read > CUT_OFF {
                    return Err(far_too_large());
                }
                bytes = bytes
                    .filter(|bytes: &Vec<u8>| bytes.len() + chunk.len() <= most)
                    .map(|mut bytes| {
                        bytes.extend_from_slice(&chunk);
                        bytes
                    });
            }
            if !name.is_empty() {
                file = Some(UploadedFile {
                    name,
                    media_type,
                    bytes,
                });
            }
        }
        Ok(Self { fields, file })
    }
}
