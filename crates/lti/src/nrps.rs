//! Rosters (Names and Role Provisioning Services 2.0).
//!
//! A roster is read page by page and never held as a whole. Moodle answers only when `Accept` is exactly the
//! media type of the service; it sends everybody on one page unless a limit is given; and its paging counts
//! places, so that a change of enrolments between two pages may skip or repeat a person. Read a course without
//! a limit where it is small, and treat a person who is missing from one reading as missing only after a second.

use futures_util::Stream;
use futures_util::stream::{StreamExt, unfold};
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::claims::{SCOPE_ROSTER, identifier};
use crate::roles::Roles;
use crate::service::{Pages, ServiceError, Services};

const MEDIA_TYPE: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";

/// Which members are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MembersQuery {
    /// Only this role. Moodle knows `Instructor` and `Learner` and ignores the rest.
    pub role: Option<String>,
    /// How many at a time; the platform may choose another number.
    pub limit: Option<u32>,
    /// Only those who may open this resource link.
    pub resource_link_id: Option<String>,
}

/// One page of a roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembershipPage {
    /// The course, where the platform says it.
    pub context_id: Option<String>,
    /// The members on this page.
    pub members: Vec<Member>,
    /// How many entries had no user id and could not be read.
    pub unreadable: usize,
}

/// One member of a course.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The same text as the subject of the person's launches.
    pub user_id: String,
    /// Roles in the course, which may be short names.
    pub roles: Roles,
    /// Whether the person takes part.
    pub status: MemberStatus,
    /// Full name.
    pub name: Option<String>,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// Mail address.
    pub email: Option<String>,
    /// The person's number in the institution's register.
    pub sourced_id: Option<String>,
}

/// Whether a member takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberStatus {
    /// Takes part; also when the platform does not say.
    Active,
    /// Does not take part at present; also when the platform says something unknown.
    Inactive,
    /// Has left.
    Deleted,
}

/// Reads a roster page by page.
///
/// The stream ends after the last page, or after the first error.
pub fn members(
    client: &Services,
    service_url: &Url,
    query: &MembersQuery,
) -> impl Stream<Item = Result<MembershipPage, ServiceError>> + Send + Unpin + use<> {
    let state = (
        client.clone(),
        Pages::starting_at(first_page(service_url, query)),
        query.role.clone(),
    );
    unfold(state, |(client, mut pages, role)| async move {
        let url = pages.take()?;
        let page = match client
            .get_page::<Container>(&url, MEDIA_TYPE, &[SCOPE_ROSTER])
            .await
        {
            Ok((container, next)) => {
                let next = next.map(|next| keep_role(next, role.as_deref()));
                pages
                    .continue_with(&url, next)
                    .map(|()| MembershipPage::from(container))
            }
            Err(error) => Err(error),
        };
        Some((page, (client, pages, role)))
    })
    .boxed()
}

#[derive(Deserialize)]
struct Container {
    #[serde(default)]
    context: Option<ContainerContext>,
    members: Vec<Entry>,
}

#[derive(Deserialize)]
struct ContainerContext {
    #[serde(default)]
    id: Value,
}

/// A member as platforms write it: every field may be missing, null or of another type.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Entry {
    user_id: Value,
    roles: Value,
    status: Value,
    name: Value,
    given_name: Value,
    family_name: Value,
    email: Value,
    lis_person_sourcedid: Value,
}

impl From<Container> for MembershipPage {
    fn from(container: Container) -> Self {
        let entries = container.members.len();
        let members: Vec<Member> = container.members.into_iter().filter_map(member).collect();
        Self {
            context_id: container
                .context
                .and_then(|context| identifier(Some(&context.id))),
            unreadable: entries - members.len(),
            members,
        }
    }
}

fn member(entry: Entry) -> Option<Member> {
    Some(Member {
        user_id: identifier(Some(&entry.user_id))?,
        roles: Roles::new(match entry.roles {
            Value::Array(roles) => roles.into_iter().filter_map(non_empty).collect(),
            single => non_empty(single).into_iter().collect(),
        }),
        status: match &entry.status {
            Value::Null => MemberStatus::Active,
            Value::String(status) if status.eq_ignore_ascii_case("Active") => MemberStatus::Active,
            Value::String(status) if status.eq_ignore_ascii_case("Deleted") => {
                MemberStatus::Deleted
            }
            _ => MemberStatus::Inactive,
        },
        name: non_empty(entry.name),
        given_name: non_empty(entry.given_name),
        family_name: non_empty(entry.family_name),
        email: non_empty(entry.email),
        sourced_id: non_empty(entry.lis_person_sourcedid),
    })
}

fn non_empty(value: Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

fn first_page(service_url: &Url, query: &MembersQuery) -> Url {
    let mut url = service_url.clone();
    let limit = query.limit.map(|limit| limit.to_string());
    let parameters = [
        ("role", query.role.as_deref()),
        ("limit", limit.as_deref()),
        ("rlid", query.resource_link_id.as_deref()),
    ];
    for (name, value) in parameters {
        if let Some(value) = value {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    url
}

/// Moodle's link to the next page loses the role that was asked for.
fn keep_role(mut next: Url, role: Option<&str>) -> Url {
    if let Some(role) = role
        && !next.query_pairs().any(|(name, _)| name == "role")
    {
        next.query_pairs_mut().append_pair("role", role);
    }
    next
}
