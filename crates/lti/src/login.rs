//! The first step of a launch: third-party initiated login (LTI security 5.1.1).

use thiserror::Error;
use url::Url;

use crate::registration::Registration;

/// What a platform sends to the login address, by GET or POST (SEC §5.1.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginRequest {
    /// The platform, as it calls itself.
    pub issuer: String,
    /// Opaque; it goes back to the platform unaltered.
    pub login_hint: String,
    /// Where the launch is meant to end.
    pub target_link_uri: String,
    /// Opaque; it goes back to the platform unaltered.
    pub lti_message_hint: Option<String>,
    /// Which registration is meant, where the issuer has several.
    pub client_id: Option<String>,
    /// Which deployment is meant.
    pub deployment_id: Option<String>,
    /// The frame that offers platform storage, where the platform has it.
    pub storage_target: Option<String>,
}

impl LoginRequest {
    /// Reads the parameters of the request, from the query or the form (SEC §5.1.1.1).
    ///
    /// Unknown parameters are ignored. The deployment is read as `lti_deployment_id` (specification)
    /// or `deployment_id` (Canvas).
    ///
    /// # Errors
    ///
    /// A required parameter is missing, a parameter is too long, or one was sent twice with different values.
    pub fn from_params(params: &[(String, String)]) -> Result<Self, LoginError> {
        Ok(Self {
            issuer: required(params, "iss", 1024)?,
            login_hint: required(params, "login_hint", 8 * 1024)?,
            target_link_uri: required(params, "target_link_uri", 4 * 1024)?,
            lti_message_hint: optional(params, "lti_message_hint", 16 * 1024)?,
            client_id: optional(params, "client_id", 255)?,
            deployment_id: match optional(params, "lti_deployment_id", 255)? {
                Some(id) => Some(id),
                None => optional(params, "deployment_id", 255)?,
            },
            storage_target: optional(params, "lti_storage_target", 255)?,
        })
    }
}

/// A login request that cannot be answered (SEC §5.1.1.1).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LoginError {
    /// A required parameter is absent or empty.
    #[error("The login request has no `{0}`. Open the activity again from the course")]
    Missing(&'static str),
    /// A parameter is longer than any platform needs.
    #[error(
        "The login request's `{name}` is longer than {limit} bytes. Open the activity again from the course"
    )]
    TooLong {
        /// The parameter.
        name: &'static str,
        /// The longest that is taken, in bytes.
        limit: usize,
    },
    /// A parameter was sent twice with different values.
    #[error(
        "The login request has two different values of `{0}`. Open the activity again from the course"
    )]
    Contradictory(&'static str),
}

/// Where to send the browser to be authenticated (SEC §5.1.1.2).
///
/// `state` and `nonce` are fresh random texts; `redirect_uri` must be registered with the platform, letter for letter.
pub fn authentication_url(
    registration: &Registration,
    request: &LoginRequest,
    redirect_uri: &Url,
    state: &str,
    nonce: &str,
) -> Url {
    let mut url = registration.auth_url.clone();
    url.set_fragment(None);
    {
        let mut query = url.query_pairs_mut();
        query
            .append_pair("scope", "openid")
            .append_pair("response_type", "id_token")
            .append_pair("response_mode", "form_post")
            .append_pair("prompt", "none")
            .append_pair("client_id", &registration.client_id)
            .append_pair("redirect_uri", redirect_uri.as_str())
            .append_pair("login_hint", &request.login_hint)
            .append_pair("state", state)
            .append_pair("nonce", nonce);
        if let Some(hint) = &request.lti_message_hint {
            query.append_pair("lti_message_hint", hint);
        }
    }
    url
}

/// Whether a `target_link_uri` lies on the tool's own origin, so that a browser may be sent there (ours).
pub fn same_origin(target: &str, tool: &Url) -> bool {
    let Ok(target) = Url::parse(target) else {
        return false;
    };
    matches!(target.scheme(), "http" | "https")
        && target.username().is_empty()
        && target.password().is_none()
        && target.origin() == tool.origin()
}

fn required(
    params: &[(String, String)],
    name: &'static str,
    limit: usize,
) -> Result<String, LoginError> {
    optional(params, name, limit)?.ok_or(LoginError::Missing(name))
}

/// A parameter that was sent once, or several times with one value. One without a value counts as absent.
pub(crate) fn optional(
    params: &[(String, String)],
    name: &'static str,
    limit: usize,
) -> Result<Option<String>, LoginError> {
    let mut values = params
        .iter()
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.any(|other| other != value) {
        return Err(LoginError::Contradictory(name));
    }
    if value.len() > limit {
        return Err(LoginError::TooLong { name, limit });
    }
    Ok((!value.is_empty()).then(|| value.clone()))
}
