//! Groups of a course (Course Groups Service 1.0).
//!
//! Who is in which group stands in the roster ([`Member::groups`](crate::nrps::Member::groups)), or is asked for one
//! person here. Few platforms offer the service; Moodle's `mod_lti` and Canvas do not, and tell groups through the
//! custom variables `$Moodle.Person.userGroupIds` and `$com.instructure.Course.groupIds`.

use serde_json::{Map, Value};
use url::Url;

use crate::claims::{SCOPE_GROUPS, identifier, non_empty_text};
use crate::launch::GroupService;
use crate::service::{Pages, ServiceError, Services};

/// Sets of groups come in the same media type.
const MEDIA_TYPE: &str = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json";
/// More groups than any course has.
const MOST_GROUPS: usize = 10_000;

/// A group of a course (GS).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Unique within the course.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The platform's name for the kind of group.
    pub tag: Option<String>,
    /// The set that it belongs to.
    pub set_id: Option<String>,
}

/// A set of groups, such as all groups that were made for one project (GS).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupSet {
    /// Unique within the course.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// Reads the groups of a course, or only those that one person is in (GS).
///
/// # Errors
///
/// The platform refuses, or its answer cannot be read.
pub async fn groups(
    client: &Services,
    service: &GroupService,
    user_id: Option<&str>,
) -> Result<Vec<Group>, ServiceError> {
    let mut first = service.context_groups_url.clone();
    if let Some(user_id) = user_id {
        first.query_pairs_mut().append_pair("user_id", user_id);
    }
    read(client, first, "groups", |group| {
        Some(Group {
            id: identifier(group.get("id"))?,
            name: non_empty_text(group, "name").unwrap_or_default(),
            tag: non_empty_text(group, "tag"),
            set_id: identifier(group.get("set_id")),
        })
    })
    .await
}

/// Reads the sets of groups of a course; none where the platform has no sets (GS).
///
/// # Errors
///
/// The platform refuses, or its answer cannot be read.
pub async fn group_sets(
    client: &Services,
    service: &GroupService,
) -> Result<Vec<GroupSet>, ServiceError> {
    let Some(first) = service.context_group_sets_url.clone() else {
        return Ok(Vec::new());
    };
    read(client, first, "sets", |set| {
        Some(GroupSet {
            id: identifier(set.get("id"))?,
            name: non_empty_text(set, "name").unwrap_or_default(),
        })
    })
    .await
}

async fn read<T>(
    client: &Services,
    first: Url,
    member: &str,
    entry: impl Fn(&Map<String, Value>) -> Option<T> + Send,
) -> Result<Vec<T>, ServiceError> {
    let mut pages = Pages::starting_at(first);
    let mut entries = Vec::new();
    while let Some(url) = pages.take() {
        let (page, links) = client
            .get_page::<Map<String, Value>>(&url, MEDIA_TYPE, &[SCOPE_GROUPS])
            .await?;
        let list = page
            .get(member)
            .and_then(Value::as_array)
            .ok_or(ServiceError::Unreadable("it is no list of groups"))?;
        entries.extend(list.iter().filter_map(Value::as_object).filter_map(&entry));
        if entries.len() > MOST_GROUPS {
            return Err(ServiceError::Unreadable(
                "it has more groups than any course",
            ));
        }
        pages.continue_with(&url, links.next)?;
    }
    Ok(entries)
}
