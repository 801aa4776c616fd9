//! Names of claims and scopes, and how members are read out of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use url::Url;

/// Claim: version of LTI (Core §5.3.2).
pub const VERSION: &str = "https://purl.imsglobal.org/spec/lti/claim/version";
/// Claim: type of the message (Core §5.3.1).
pub const MESSAGE_TYPE: &str = "https://purl.imsglobal.org/spec/lti/claim/message_type";
/// Claim: deployment of the tool (Core §5.3.3).
pub const DEPLOYMENT_ID: &str = "https://purl.imsglobal.org/spec/lti/claim/deployment_id";
/// Claim: where the launch ends (Core §5.3.4).
pub const TARGET_LINK_URI: &str = "https://purl.imsglobal.org/spec/lti/claim/target_link_uri";
/// Claim: the placement of the tool in a course (Core §5.3.5).
pub const RESOURCE_LINK: &str = "https://purl.imsglobal.org/spec/lti/claim/resource_link";
/// Claim: roles of the person (Core §5.3.7).
pub const ROLES: &str = "https://purl.imsglobal.org/spec/lti/claim/roles";
/// Claim: the course (Core §5.4.1).
pub const CONTEXT: &str = "https://purl.imsglobal.org/spec/lti/claim/context";
/// Claim: the platform (Core §5.4.2).
pub const TOOL_PLATFORM: &str = "https://purl.imsglobal.org/spec/lti/claim/tool_platform";
/// Claim: how the tool is shown (Core §5.4.4).
pub const LAUNCH_PRESENTATION: &str =
    "https://purl.imsglobal.org/spec/lti/claim/launch_presentation";
/// Claim: custom parameters (Core §5.4.6).
pub const CUSTOM: &str = "https://purl.imsglobal.org/spec/lti/claim/custom";
/// Claim: whose work is reviewed (SR).
pub const FOR_USER: &str = "https://purl.imsglobal.org/spec/lti/claim/for_user";
/// Claim: what a deep linking request accepts (DL §4.4.1).
pub const DEEP_LINKING_SETTINGS: &str =
    "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings";
/// Claim: addresses of the grade service (AGS §3.1).
pub const GRADE_SERVICE: &str = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint";
/// Claim: address of the roster service (NRPS §3.6.1.1).
pub const ROSTER_SERVICE: &str = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice";
/// Claim: address of the groups service (GS).
pub const GROUP_SERVICE: &str = "https://purl.imsglobal.org/spec/lti-gs/claim/groupsservice";
/// Claim: address of the Platform Notification Service (PNS).
pub const NOTIFICATION_SERVICE: &str =
    "https://purl.imsglobal.org/spec/lti/claim/platformnotificationservice";
/// Claim: who the person and the placement were before a move from LTI 1.1 (LTI 1.3 migration guide).
pub const LEGACY: &str = "https://purl.imsglobal.org/spec/lti/claim/lti1p1";
/// Claim: who the person was in LTI 1.1, as Canvas writes it.
pub const LEGACY_USER_ID: &str = "https://purl.imsglobal.org/spec/lti/claim/lti11_legacy_user_id";
/// Claim of Canvas: the place in its pages from which the tool was opened.
pub const CANVAS_PLACEMENT: &str = "https://www.instructure.com/placement";
/// Claim of a deep linking response: what was chosen (DL §4.5).
pub const CONTENT_ITEMS: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/content_items";
/// Claim of a deep linking response: what the platform wants back unaltered (DL §4.5).
pub const DEEP_LINKING_DATA: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/data";
/// Claim of a deep linking response: a text for the person (DL §4.5).
pub const DEEP_LINKING_MESSAGE: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/msg";
/// Claim of a deep linking response: a text for the platform's log (DL §4.5).
pub const DEEP_LINKING_LOG: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/log";
/// Claim of a deep linking response: an error for the person (DL §4.5).
pub const DEEP_LINKING_ERROR_MESSAGE: &str =
    "https://purl.imsglobal.org/spec/lti-dl/claim/errormsg";
/// Claim of a deep linking response: an error for the platform's log (DL §4.5).
pub const DEEP_LINKING_ERROR_LOG: &str = "https://purl.imsglobal.org/spec/lti-dl/claim/errorlog";

/// Scope: read and write line items (AGS §3.1).
pub const SCOPE_LINE_ITEM: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem";
/// Scope: read line items (AGS §3.1).
pub const SCOPE_LINE_ITEM_READ_ONLY: &str =
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly";
/// Scope: read results (AGS §3.1).
pub const SCOPE_RESULT: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly";
/// Scope: post scores (AGS §3.1).
pub const SCOPE_SCORE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";
/// Scope: read the roster (NRPS §3.6.1.1).
pub const SCOPE_ROSTER: &str =
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";
/// Scope: read the groups of a course (GS).
pub const SCOPE_GROUPS: &str = "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly";
/// Scope: say where notices of the Platform Notification Service go (PNS).
pub const SCOPE_NOTICE_HANDLERS: &str = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers";

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

/// Custom parameters. Variables that the platform did not fill in are left out.
pub(crate) fn custom(claims: &Map<String, Value>) -> BTreeMap<String, String> {
    object(claims, CUSTOM)
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), plain_text(value)))
        // A variable that the platform does not know, or may not tell, stays as its own name.
        .filter(|(_, value)| !value.starts_with('$'))
        .collect()
}

/// A text as it is, everything else as JSON.
pub(crate) fn plain_text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// The same without members that are null, and without objects that have nothing else.
///
/// Several platforms refuse a null where a member may be left out.
pub(crate) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, member)| (name, without_nulls(member)))
            .filter(|(_, member)| {
                !member.is_null() && member.as_object().is_none_or(|object| !object.is_empty())
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(items) => items.into_iter().map(without_nulls).collect(),
        value => value,
    }
}
