//! Rosters (Names and Role Provisioning Services 2.0).
//!
//! A roster is read page by page and never held as a whole; an answer that is longer than a page is taken apart while
//! it arrives. Moodle answers only when `Accept` is exactly the
//! media type of the service; it sends everybody on one page unless a limit is given; and its paging counts
//! places, so that a change of enrolments between two pages may skip or repeat a person. Read a course without
//! a limit where it is small, and treat a person who is missing from one reading as missing only after a second.
//!
//! # Who has left
//!
//! Only a reading that ended without an error is complete, and only a complete reading may remove somebody:
//! mark whom each page names, and take away the unmarked when the stream has ended well. Where a page gives
//! [`MembershipPage::differences`], keep the address and read [`changes`] the next time: that list is short, and names
//! who has left as [`MemberStatus::Deleted`]. Neither Moodle nor Canvas gives one.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::{StreamExt, unfold};
use reqwest::Response;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use crate::claims::{SCOPE_ROSTER, custom, identifier};
use crate::link::Links;
use crate::members::{MemberReader, Part};
use crate::roles::Roles;
use crate::service::{Pages, ServiceError, Services};

const MEDIA_TYPE: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";
/// An answer with a whole course may take so long, with what the caller does with it meanwhile.
const LONGEST_ANSWER: Duration = Duration::from_mins(10);

/// Which members are asked for (NRPS §2, §3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MembersQuery {
    /// Only this role. Moodle knows `Instructor` and `Learner` and ignores the rest.
    pub role: Option<String>,
    /// How many at a time; the platform may choose another number.
    pub limit: Option<u32>,
    /// Only those who may open this resource link, each with what the platform would tell in a launch
    /// ([`Member::custom`]). Canvas refuses a link that is not this tool's in this course.
    pub resource_link_id: Option<String>,
}

/// One page of a roster, or a part of one: a platform that ignores [`MembersQuery::limit`] sends a whole course as one
/// page, which comes in parts of some hundred members (NRPS §2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MembershipPage {
    /// Whether a page of the platform's begins here, and not a further part of one.
    pub is_new: bool,
    /// The course, where the platform has said it.
    pub context_id: Option<String>,
    /// The members on this page.
    pub members: Vec<Member>,
    /// How many entries had no user id and could not be read.
    pub unreadable: usize,
    /// Where changes from now on can be read, for [`changes`]. Few platforms offer it, on any page.
    pub differences: Option<Url>,
}

/// One member of a course (NRPS §2).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
    /// Who the person was in LTI 1.1.
    pub legacy_user_id: Option<String>,
    /// The groups that the person is in, as [`crate::groups::Group::id`].
    pub groups: Vec<String>,
    /// Custom parameters of a launch of this person, where a resource link was asked for.
    pub custom: BTreeMap<String, String>,
}

/// Whether a member takes part (NRPS §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberStatus {
    /// Takes part; also when the platform does not say.
    Active,
    /// Does not take part at present; also when the platform says something unknown.
    Inactive,
    /// Has left.
    Deleted,
}

/// Reads a roster page by page (NRPS §2).
///
/// The stream ends after the last page, or after the first error.
///
/// A page may take up to ten minutes to come, whatever the client's time limit for a call: set
/// [`read_timeout`](reqwest::ClientBuilder::read_timeout) on a client of your own, as [`http_client`](crate::http_client)
/// does, so that a platform that falls silent keeps nobody waiting.
///
/// # Errors
///
/// Each page may be a [`ServiceError`]. What may pass was tried again before, unless a part of the page had been handed
/// on already.
pub fn members(
    client: &Services,
    service_url: &Url,
    query: &MembersQuery,
) -> impl Stream<Item = Result<MembershipPage, ServiceError>> + Send + Unpin + use<> {
    let lasting = lasting_parameters(query);
    read(client, first_page(service_url, query), lasting)
}

/// Reads what has changed since a roster was read, page by page, at the address from [`MembershipPage::differences`]
/// (NRPS §2.5).
///
/// Members who have left come as [`MemberStatus::Deleted`]; members who are not named are as they were.
/// The pages bring the address for the next time.
///
/// # Errors
///
/// As [`members`]. A platform may forget what has changed since a reading long ago, and refuse: then read everybody.
pub fn changes(
    client: &Services,
    differences_url: &Url,
) -> impl Stream<Item = Result<MembershipPage, ServiceError>> + Send + Unpin + use<> {
    read(client, differences_url.clone(), Vec::new())
}

fn read(
    client: &Services,
    first: Url,
    lasting: Vec<(&'static str, String)>,
) -> impl Stream<Item = Result<MembershipPage, ServiceError>> + Send + Unpin + use<> {
    let reading = Reading {
        client: client.clone(),
        pages: Pages::starting_at(first),
        lasting,
        answer: None,
    };
    unfold(reading, |mut reading| async move {
        let page = reading.next().await?;
        Some((page, reading))
    })
    .boxed()
}

struct Reading {
    client: Services,
    pages: Pages,
    lasting: Vec<(&'static str, String)>,
    /// The answer that is not yet read to its end.
    answer: Option<Answer>,
}

impl Reading {
    async fn next(&mut self) -> Option<Result<MembershipPage, ServiceError>> {
        if let Some(mut answer) = self.answer.take() {
            match answer.part().await {
                // The end came right after the last part.
                Ok(part) if answer.has_ended && part == Part::default() => {}
                Ok(part) => return Some(Ok(self.page(answer, part, false))),
                Err(error) => return Some(Err(error)),
            }
        }
        let url = self.pages.take()?;
        let client = &self.client;
        let (answer, part) = match client.patiently(|| open(client, &url)).await {
            Ok(opened) => opened,
            Err(error) => return Some(Err(error)),
        };
        let next = answer.next.clone().map(|next| keep(next, &self.lasting));
        let goes_on = self.pages.continue_with(&url, next);
        Some(goes_on.map(|()| self.page(answer, part, true)))
    }

    fn page(&mut self, answer: Answer, part: Part, is_new: bool) -> MembershipPage {
        let page = MembershipPage {
            is_new,
            context_id: answer.members.context_id(),
            members: part.members,
            unreadable: part.unreadable,
            differences: answer.differences.clone(),
        };
        self.answer = Some(answer).filter(|answer| !answer.has_ended);
        page
    }
}

/// An answer that is being read.
struct Answer {
    response: Response,
    members: MemberReader,
    next: Option<Url>,
    differences: Option<Url>,
    has_ended: bool,
}

/// Asks for a page, and reads its first part.
async fn open(client: &Services, url: &Url) -> Result<(Answer, Part), ServiceError> {
    let response = client
        .get(url, MEDIA_TYPE, &[SCOPE_ROSTER], Some(LONGEST_ANSWER))
        .await?;
    let links = Links::read(response.headers(), url);
    let mut answer = Answer {
        response,
        members: MemberReader::default(),
        next: links.next,
        // Another server must not see the token.
        differences: links
            .differences
            .filter(|differences| differences.origin() == url.origin()),
        has_ended: false,
    };
    let part = answer.part().await?;
    Ok((answer, part))
}

impl Answer {
    async fn part(&mut self) -> Result<Part, ServiceError> {
        while !self.has_ended && !self.members.is_enough() {
            let chunk = self.response.chunk().await;
            let chunk = chunk.map_err(|error| ServiceError::UnknownOutcome(error.without_url()))?;
            let taken = if let Some(chunk) = chunk {
                self.members.take(&chunk)
            } else {
                self.has_ended = true;
                self.members.end()
            };
            taken.map_err(ServiceError::Unreadable)?;
        }
        Ok(self.members.part())
    }
}

/// A member as platforms write it: every field may be missing, null or of another type.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(crate) struct Entry {
    user_id: Value,
    roles: Value,
    status: Value,
    name: Value,
    given_name: Value,
    family_name: Value,
    email: Value,
    lis_person_sourcedid: Value,
    lti11_legacy_user_id: Value,
    group_enrollments: Value,
    message: Value,
}

pub(crate) fn member(entry: Entry) -> Option<Member> {
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
        legacy_user_id: identifier(Some(&entry.lti11_legacy_user_id)),
        groups: objects(&entry.group_enrollments)
            .filter_map(|group| identifier(group.get("group_id")))
            .collect(),
        custom: objects(&entry.message).flat_map(custom).collect(),
    })
}

/// The objects of a list; everything else in it is left out.
fn objects(value: &Value) -> impl Iterator<Item = &Map<String, Value>> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
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

/// What every page must be asked with.
fn lasting_parameters(query: &MembersQuery) -> Vec<(&'static str, String)> {
    [("role", &query.role), ("rlid", &query.resource_link_id)]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.clone()?)))
        .collect()
}

/// Moodle's link to the next page loses the role that was asked for.
fn keep(mut next: Url, lasting: &[(&'static str, String)]) -> Url {
    for (name, value) in lasting {
        if !next.query_pairs().any(|(found, _)| found == *name) {
            next.query_pairs_mut().append_pair(name, value);
        }
    }
    next
}
