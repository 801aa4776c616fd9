//! Names of claims and scopes, and how members are read out of them.

use serde_json::{Map, Value};
use url::Url;

/// Claim: version of LTI.
pub const VERSION: &str = "https://purl.imsglobal.org/spec/lti/claim/version";
/// Claim: type of the message.
pub const MESSAGE_TYPE: &str = "https://purl.imsglobal.org/spec/lti/claim/message_type";
/// Claim: deployment of the tool.
pub const DEPLOYMENT_ID: &str = "https://purl.imsglobal.org/spec/lti/claim/deployment_id";
/// Claim: where the launch ends.
pub const TARGET_LINK_URI: &str = "https://purl.imsglobal.org/spec/lti/claim/target_link_uri";
/// Claim: the placement of the tool in a course.
pub const RESOURCE_LINK: &str = "https://purl.imsglobal.org/spec/lti/claim/resource_link";
/// Claim: roles of the person.
pub const ROLES: &str = "https://purl.imsglobal.org/spec/lti/claim/roles";
/// Claim: the course.
pub const CONTEXT: &str = "https://purl.imsglobal.org/spec/lti/claim/context";
/// Claim: the platform.
pub const TOOL_PLATFORM: &str = "https://purl.imsglobal.org/spec/lti/claim/tool_platform";
/// Claim: how the tool is shown.
pub const LAUNCH_PRESENTATION: &str =
    "https://purl.imsglobal.org/spec/lti/claim/launch_presentation";
/// Claim: custom parameters.
pub const CUSTOM: &str = "https://purl.imsglobal.org/spec/lti/claim/custom";
/// Claim: whose work is reviewed.
pub const FOR_USER: &str = "https://purl.imsglobal.org/spec/lti/claim/for_user";
/// Claim: what a deep linking request accepts.
pub const DEEP_LINKING_SETTINGS: &str =
    "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings";
/// Claim: addresses of the grade service.
pub const GRADE_SERVICE: &str = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint";
/// Claim: address of the roster service.
pub const ROSTER_SERVICE: &str = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice";

/// Scope: read and write line items.
pub const SCOPE_LINE_ITEM: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem";
/// Scope: read line items.
pub const SCOPE_LINE_ITEM_READ_ONLY: &str =
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly";
/// Scope: read results.
pub const SCOPE_RESULT: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly";
/// Scope: post scores.
pub const SCOPE_SCORE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";
/// Scope: read the roster.
pub const SCOPE_ROSTER: &str =
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";

/// A text member; `None` when it is absent, null or no text.
pub(crate) fn text(claims: &Map<String, Value>, name: &str) -> Option<String> {
    claims.get(name)?.as_str().map(str::to_owned)
}

/// A text member with at least one character.
pub(crate) fn non_empty_text(claims: &Map<String, Value>, name: &str) -> Option<String> {
    text(claims, name).filter(|value| !value.is_empty())
}

/// An object member; `None` when it is absent, null or no object.
pub(crate) fn object<'a>(
    claims: &'a Map<String, Value>,
    name: &str,
) -> Option<&'a Map<String, Value>> {
    claims.get(name)?.as_object()
}

/// The texts of an array member, or a single text; everything else in it is left out.
pub(crate) fn texts(claims: &Map<String, Value>, name: &str) -> Vec<String> {
    match claims.get(name) {
        Some(Value::String(single)) => vec![single.clone()],
        Some(Value::Array(items)) => items
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

/// A member that is a web address.
pub(crate) fn web_address(claims: &Map<String, Value>, name: &str) -> Option<Url> {
    parse_web_address(claims.get(name)?.as_str()?)
}

/// An address that a server can be called at.
pub(crate) fn parse_web_address(text: &str) -> Option<Url> {
    Url::parse(text)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// A member that is a number, or a text that holds one.
pub(crate) fn number(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number| number.is_finite())
}

/// An identifier that some platforms write as a number.
pub(crate) fn identifier(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
