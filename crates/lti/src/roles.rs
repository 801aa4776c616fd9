//! Roles of a person in a course (LTI core, annex A.2).

use serde::{Deserialize, Serialize};

const MEMBERSHIP: &str = "http://purl.imsglobal.org/vocab/lis/v2/membership";
const MEMBERSHIP_URN: &str = "urn:lti:role:ims/lis/";
const TEST_USER: &str = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser";

/// The roles that a platform named, as it wrote them (Core §5.3.7, A.2).
///
/// Only roles **in the context** give rights: an administrator of the institution or of the system
/// is a stranger in a course until the course itself gives a role. Full URIs, short names (`Learner`),
/// names of LTI 1.1 (`urn:lti:role:ims/lis/Learner`) and any spelling of case are understood;
/// everything else is kept and means nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roles(Vec<String>);

impl Roles {
    /// Takes the roles as the platform wrote them (Core §5.3.7).
    pub fn new(roles: Vec<String>) -> Self {
        Self(roles)
    }

    /// The roles as the platform wrote them (Core §5.3.7).
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// Whether the person learns in this context (Core A.2).
    pub fn is_learner(&self) -> bool {
        self.has_context_role("Learner")
    }

    /// Whether the person teaches in this context, with any sub-role of `Instructor` (Core A.2).
    ///
    /// A teaching assistant named by `membership/Instructor#TeachingAssistant` is one of them;
    /// ask [`Roles::is_teaching_assistant`] too where that makes a difference. A learner who assists and is
    /// nothing more is none: Open edX names those so who keep order in its forums.
    pub fn is_instructor(&self) -> bool {
        let learns = self.is_learner();
        self.context_roles().any(|(principal, sub_role)| {
            principal.eq_ignore_ascii_case("Instructor") && !(learns && assists(sub_role))
        })
    }

    /// Whether the person administers this context (Core A.2).
    pub fn is_administrator(&self) -> bool {
        self.has_context_role("Administrator")
    }

    /// Whether the person assists in teaching this context (Core A.2).
    pub fn is_teaching_assistant(&self) -> bool {
        self.context_roles().any(|(principal, sub_role)| {
            principal.eq_ignore_ascii_case("TeachingAssistant")
                || (principal.eq_ignore_ascii_case("Instructor") && assists(sub_role))
        })
    }

    /// Whether this is a preview learner (Canvas's Student View): it belongs in no roster and gets no scores (Core
    /// A.2).
    pub fn is_test_user(&self) -> bool {
        self.0
            .iter()
            .any(|role| role.trim().eq_ignore_ascii_case(TEST_USER))
    }

    /// Whether one of the roles in this context has this principal name, such as `Mentor` or `Manager` (Core A.2).
    pub fn has_context_role(&self, principal: &str) -> bool {
        self.context_roles()
            .any(|(found, _)| found.eq_ignore_ascii_case(principal))
    }

    /// Principal and sub-role of every role in the context.
    fn context_roles(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().filter_map(|role| context_role(role.trim()))
    }
}

fn assists(sub_role: Option<&str>) -> bool {
    sub_role.is_some_and(|sub_role| {
        sub_role
            .to_ascii_lowercase()
            .starts_with("teachingassistant")
    })
}

fn context_role(role: &str) -> Option<(&str, Option<&str>)> {
    let name = if let Some(rest) = strip_prefix_ignoring_case(role, MEMBERSHIP) {
        // `#Instructor` is a principal role, `/Instructor#Grader` a sub-role.
        rest.strip_prefix('#').or_else(|| rest.strip_prefix('/'))?
    } else if let Some(rest) = strip_prefix_ignoring_case(role, MEMBERSHIP_URN) {
        rest
    } else if role.contains(':') {
        return None;
    } else {
        role
    };
    let mut parts = name.splitn(2, ['#', '/']);
    let principal = parts.next().filter(|principal| !principal.is_empty())?;
    Some((principal, parts.next()))
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix)
        .then(|| &text[prefix.len()..])
}
