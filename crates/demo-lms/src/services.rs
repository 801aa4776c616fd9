//! The services that the tool calls: roster (NRPS 2.0) and grades (AGS 2.0).

use std::{
    collections::{BTreeMap, BTreeSet},
    convert::Infallible,
};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequestParts, Path, Query, Request},
    http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header, request::Parts},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use chrono::SecondsFormat;
use hyper::ext::ReasonPhrase;
use serde_json::{Value, json};
use url::Url;

use crate::{DemoLms, Fault, Link, Manners, Names, Person, Settings, course, scores};

pub(crate) const ROSTER_SCOPE: &str =
    "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly";

pub(crate) const GROUP_SCOPE: &str =
    "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly";

const LINE_ITEM_SCOPE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly";
const RESULT_SCOPE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly";
const SCORE_SCOPE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/score";
pub(crate) const MAKE_LINE_ITEM_SCOPE: &str =
    "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem";

/// What a tool may do with grades at first.
pub(crate) const GRADE_SCOPES: [&str; 3] = [LINE_ITEM_SCOPE, RESULT_SCOPE, SCORE_SCOPE];

/// Role of a preview learner besides that of a learner (LTI core 1.3, appendix A.2.1).
pub(crate) const TEST_USER: &str = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser";

const ROSTER_TYPE: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";
const GROUPS_TYPE: &str = "application/vnd.ims.lti-gs.v1.contextgroupcontainer+json";
const LINE_ITEM_TYPE: &str = "application/vnd.ims.lis.v2.lineitem+json";
const LINE_ITEMS_TYPE: &str = "application/vnd.ims.lis.v2.lineitemcontainer+json";
const RESULTS_TYPE: &str = "application/vnd.ims.lis.v2.resultcontainer+json";
const SCORE_TYPE: &str = "application/vnd.ims.lis.v1.score+json";

/// Members on a page when the tool names no limit: few, so that tools really page.
const PAGE_SIZE: usize = 10;
/// Canvas never sends more than this, whatever the limit says.
const LARGEST_PAGE: usize = 50;
/// The groups of the course. Learners take turns in them, and teachers are in none.
const GROUPS: [(&str, &str); 2] = [("1", "Monday evening"), ("2", "Thursday morning")];

pub(crate) fn memberships_url(lms: &DemoLms) -> Url {
    lms.address("/lti/services/memberships")
}

pub(crate) fn groups_url(lms: &DemoLms) -> Url {
    lms.address("/lti/services/groups")
}

pub(crate) fn line_items_url(lms: &DemoLms, course: &str) -> Url {
    let mut url = with_type_id(lms, lms.address("/lti/services/lineitems"));
    if course != course::COURSE_ID {
        url.query_pairs_mut().append_pair("course", course);
    }
    url
}

/// Address of a column; the column of a placement goes by the placement's id.
pub(crate) fn item_url(lms: &DemoLms, id: &str) -> Url {
    with_type_id(lms, lms.address(&format!("/lti/services/lineitems/{id}")))
}

/// The column that launches of a placement name, if they name one.
pub(crate) fn named_line_item(lms: &DemoLms, link: &Link) -> Option<Url> {
    if link.id != course::RESOURCE_LINK_ID {
        return link.line_item.as_ref().map(|_| item_url(lms, &link.id));
    }
    let (own, other) = {
        let state = lms.state();
        let own = state.own_item.as_ref().map(|item| item.id.clone());
        (own, state.other_items.last().map(|item| item.id.clone()))
    };
    match (own, other) {
        (Some(_), Some(_)) if lms.settings().manners == Manners::Moodle => None,
        (_, Some(id)) | (Some(id), None) => Some(item_url(lms, &id)),
        (None, None) => None,
    }
}

/// A column of the gradebook.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) id: String,
    /// The placement that it belongs to.
    pub(crate) link: String,
    pub(crate) label: String,
    pub(crate) score_maximum: f64,
    pub(crate) resource_id: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) submission_review: Value,
}

impl Column {
    /// A column of the activity that the course begins with.
    pub(crate) fn of_activity(settings: &Settings, id: String) -> Self {
        Self {
            id,
            link: course::RESOURCE_LINK_ID.to_owned(),
            label: settings.unit_title.clone(),
            score_maximum: settings.score_maximum,
            resource_id: None,
            tag: None,
            submission_review: Value::Null,
        }
    }

    fn of_link(link: &Link) -> Option<Self> {
        let item = link.line_item.clone()?;
        Some(Self {
            id: link.id.clone(),
            link: link.id.clone(),
            label: link.title.clone(),
            score_maximum: item.score_maximum,
            resource_id: item.resource_id,
            tag: item.tag,
            submission_review: item
                .review_url
                .map_or(Value::Null, |url| json!({"url": url})),
        })
    }

    pub(crate) fn to_json(&self, lms: &DemoLms) -> Value {
        let mut item = json!({
            "id": item_url(lms, &self.id),
            "label": self.label,
            "scoreMaximum": self.score_maximum,
            "resourceLinkId": self.link,
        });
        let texts = [("resourceId", &self.resource_id), ("tag", &self.tag)];
        for (name, value) in texts {
            if let Some(value) = value {
                item[name] = json!(value);
            }
        }
        if !self.submission_review.is_null() {
            item["submissionReview"] = self.submission_review.clone();
        }
        item
    }
}

/// The id of the activity's next column; an old one never comes back. Columns of other
/// placements go by the placements' small numbers.
pub(crate) fn next_item_id(state: &crate::State) -> String {
    let items = state.own_item.iter().chain(&state.other_items);
    let largest = items.filter_map(|item| item.id.parse::<usize>().ok()).max();
    (largest.unwrap_or(0).max(1000) + 1).to_string()
}

/// Moodle's grade addresses carry a query, which tools must keep behind any longer path.
fn with_type_id(lms: &DemoLms, mut url: Url) -> Url {
    if lms.settings().manners == Manners::Moodle {
        url.set_query(Some("type_id=1"));
    }
    url
}

/// Which calls meet which trouble.
#[derive(Debug, Default)]
pub(crate) struct FaultPlan {
    every: usize,
    faults: Vec<Fault>,
    calls: usize,
}

impl FaultPlan {
    pub(crate) fn new(every: usize, faults: Vec<Fault>) -> Self {
        Self {
            every,
            faults,
            calls: 0,
        }
    }

    /// Counts a call; the trouble that it meets, if it is its turn.
    fn next(&mut self) -> Option<Fault> {
        if self.every == 0 || self.faults.is_empty() {
            return None;
        }
        self.calls += 1;
        let turn = self.calls / self.every;
        self.calls
            .is_multiple_of(self.every)
            .then(|| self.faults[(turn - 1) % self.faults.len()])
    }
}

/// Writes down each call and lets the wanted troubles strike.
pub(crate) async fn watch(call: Call, request: Request, next: Next) -> Response {
    let path = call.uri.path();
    let line = format!("{} {}", call.method, call.uri);
    let is_service = path.starts_with("/lti/services/");
    let (response, fault) = if let Some(response) = down(&call) {
        (response, None)
    } else {
        let fault = if is_service {
            next_fault(&call)
        } else {
            call.lms.state().token_plan.next()
        };
        if let Some(response) = fault.and_then(|fault| instead(&call, fault)) {
            (response, None)
        } else {
            if let Some(Fault::Slow(time)) = fault {
                tokio::time::sleep(time).await;
            }
            (next.run(request).await, fault)
        }
    };
    let status = response.status().as_u16();
    let stored = path.ends_with("/scores") && response.status().is_success();
    let fault = fault.or_else(|| {
        let waits = stored.then(|| take_fault(&call, strikes_after_store));
        waits.flatten()
    });
    match fault {
        Some(Fault::DropAfterStore) => {
            call.lms.state().requests.push(format!("{line} dropped"));
            return dropped_connection();
        }
        Some(Fault::BadGatewayAfterStore) => {
            let requests = &mut call.lms.state().requests;
            requests.push(format!("{line} {status} became 502"));
            let page = "<!DOCTYPE html><title>502 Bad Gateway</title>";
            return (StatusCode::BAD_GATEWAY, Html(page)).into_response();
        }
        _ => {}
    }
    call.lms.state().requests.push(format!("{line} {status}"));
    match fault {
        Some(Fault::TornAnswer) => torn_answer(response).await,
        Some(Fault::BadJson) => bad_json(response),
        _ => response,
    }
}

/// The answer of a grade service that is down, or of a course that has ended.
fn down(call: &Call) -> Option<Response> {
    if !call.uri.path().starts_with("/lti/services/lineitems") {
        return None;
    }
    let (down, concluded) = {
        let state = call.lms.state();
        (state.service_down, state.concluded)
    };
    if concluded && call.lms.settings().manners == Manners::Canvas {
        let reason =
            "This course has concluded. AGS requests will no longer be accepted for this course.";
        let refused = call.refuse(StatusCode::UNPROCESSABLE_ENTITY, reason);
        return Some(refused.into_response());
    }
    down.then(|| {
        let wait = [(header::RETRY_AFTER, "1")];
        let text = "The grade service is down.";
        (StatusCode::SERVICE_UNAVAILABLE, wait, text).into_response()
    })
}

/// The trouble that this call meets. One that strikes a stored score waits until it is stored.
fn next_fault(call: &Call) -> Option<Fault> {
    let planned = call.lms.state().plan.next();
    planned.or_else(|| take_fault(call, |fault| !strikes_after_store(fault)))
}

/// Whether the trouble befalls the answer to a score that is stored.
fn strikes_after_store(fault: Fault) -> bool {
    matches!(fault, Fault::DropAfterStore | Fault::BadGatewayAfterStore)
}

/// An answer in place of the service's own.
fn instead(call: &Call, fault: Fault) -> Option<Response> {
    match fault {
        Fault::TooManyRequests { retry_after } => {
            let wait = [(header::RETRY_AFTER, retry_after.to_string())];
            let text = "429 Too Many Requests (Rate Limit Exceeded)";
            return Some((StatusCode::TOO_MANY_REQUESTS, wait, text).into_response());
        }
        Fault::ServiceUnavailable => {
            let text = "The service takes a rest.";
            return Some((StatusCode::SERVICE_UNAVAILABLE, text).into_response());
        }
        Fault::TokenExpired => {
            if let Some(token) = call.bearer() {
                call.lms.state().tokens.remove(token);
            }
        }
        Fault::TokensRevoked => call.lms.state().tokens.clear(),
        Fault::Slow(_)
        | Fault::DropAfterStore
        | Fault::BadGatewayAfterStore
        | Fault::TornAnswer
        | Fault::BadJson => return None,
    }
    Some(call.unauthorized().into_response())
}

fn take_fault(call: &Call, wanted: impl Fn(Fault) -> bool) -> Option<Fault> {
    let mut state = call.lms.state();
    let fault = state.fault.filter(|fault| wanted(*fault))?;
    state.fault = None;
    Some(fault)
}

/// Half of the answer, and then nothing.
async fn torn_answer(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    let whole = axum::body::to_bytes(body, usize::MAX)
        .await
        .unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    let broken =
        futures_util::stream::iter([Ok(half), Err(std::io::Error::other("torn on purpose"))]);
    Response::from_parts(parts, Body::from_stream(broken))
}

/// The page that a proxy shows in place of the answer, with its status.
fn bad_json(response: Response) -> Response {
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(
        parts,
        Body::from("<!DOCTYPE html><title>Please wait</title>"),
    )
}

/// A body that fails at once makes the server close the connection before the head of the
/// answer has left it: the caller cannot know what became of the call.
fn dropped_connection() -> Response {
    let broken = async { Err::<Bytes, _>(std::io::Error::other("dropped on purpose")) };
    Body::from_stream(futures_util::stream::once(broken)).into_response()
}

/// `GET /lti/services/memberships`: the roster (NRPS 2.0 section 2).
pub(crate) async fn memberships(
    call: Call,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, Refused> {
    let lms = &call.lms;
    call.authorize(&[ROSTER_SCOPE])?;
    call.negotiate(ROSTER_TYPE)?;
    let manners = lms.settings().manners;
    let parameter = |name: &str| query.get(name).map(String::as_str);
    let number = |name: &str| parameter(name).and_then(|text| text.parse::<usize>().ok());
    let other_link = parameter("rlid").is_some_and(|id| id != course::RESOURCE_LINK_ID);
    if other_link && manners != Manners::Moodle {
        return Err(call.refuse(StatusCode::BAD_REQUEST, "Invalid rlid."));
    }
    let left = lms.state().left.clone();
    let mut people: Vec<&Person> = lms
        .inner
        .people
        .iter()
        .filter(|person| parameter("role").is_none_or(|role| has_role(manners, person, role)))
        .filter(|person| !left.contains(&person.id))
        .collect();
    let limit = number("limit").filter(|limit| *limit > 0);
    let (start, size) = match manners {
        Manners::Moodle => {
            people.sort_by_key(|person| (&person.family_name, &person.given_name));
            (
                number("from").unwrap_or(0),
                limit.unwrap_or(people.len().max(1)),
            )
        }
        Manners::Strict | Manners::Canvas => {
            let largest = match manners {
                Manners::Canvas => LARGEST_PAGE,
                Manners::Strict | Manners::Moodle => usize::MAX,
            };
            let size = limit.unwrap_or(PAGE_SIZE).min(largest);
            let page = number("page").unwrap_or(1).max(1);
            ((page - 1).saturating_mul(size), size)
        }
    };
    if start > 0 && lms.state().roster_breaks {
        return Err(call.refuse(StatusCode::INTERNAL_SERVER_ERROR, "The roster is broken."));
    }
    let members: Vec<Value> = people
        .iter()
        .skip(start)
        .take(size)
        .map(|person| member(lms, person, parameter("rlid").is_some()))
        .collect();
    let body = container(lms, &members);
    let next = start
        .checked_add(size)
        .filter(|next| *next < people.len())
        .map(|next| page_link(lms, &query, next, size));
    let mut links = Vec::new();
    // Canvas names the page itself as well, ahead of the next one.
    if manners == Manners::Canvas {
        links.push(format!(
            "<{}>; rel=\"current\"",
            lms.address(call.uri.path())
        ));
    }
    links.extend(next.map(|next| format!("<{next}>; rel=\"next\"")));
    links.extend(differences_link(lms));
    Ok(linked(json_answer(ROSTER_TYPE, &body), &links))
}

fn container(lms: &DemoLms, members: &[Value]) -> Value {
    json!({
        "id": memberships_url(lms),
        "context": {
            "id": course::COURSE_ID,
            "label": course::COURSE_CODE,
            "title": course::COURSE_TITLE,
        },
        "members": members,
    })
}

fn linked(mut response: Response, links: &[String]) -> Response {
    if let Ok(value) = links.join(",").parse()
        && !links.is_empty()
    {
        response.headers_mut().insert(header::LINK, value);
    }
    response
}

/// Where what changes from now on can be read.
fn differences_link(lms: &DemoLms) -> Option<String> {
    let state = lms.state();
    let offers = state.differences && lms.settings().manners == Manners::Strict;
    let mut url = lms.address("/lti/services/memberships/changes");
    url.set_query(Some(&format!("since={}", state.changes.len())));
    offers.then(|| format!("<{url}>; rel=\"differences\""))
}

/// `GET /lti/services/memberships/changes`: everybody of whom something changed, as they are
/// now; who has left is `Deleted` (NRPS 2.0 section 2.5).
pub(crate) async fn changes(
    call: Call,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, Refused> {
    let lms = &call.lms;
    call.authorize(&[ROSTER_SCOPE])?;
    call.negotiate(ROSTER_TYPE)?;
    let since = query.get("since").and_then(|since| since.parse().ok());
    let (changed, left) = {
        let state = lms.state();
        let changed = since
            .filter(|since| *since >= state.oldest_change)
            .and_then(|since: usize| state.changes.get(since..));
        (
            changed.map(|changed| changed.iter().cloned().collect::<BTreeSet<_>>()),
            state.left.clone(),
        )
    };
    let Some(changed) = changed else {
        return Err(call.refuse(StatusCode::GONE, "These changes are forgotten."));
    };
    let members: Vec<Value> = changed
        .iter()
        .filter_map(|id| lms.person(id))
        .map(|person| {
            let mut member = member(lms, person, false);
            if left.contains(&person.id) {
                member["status"] = json!("Deleted");
            }
            member
        })
        .collect();
    let body = container(lms, &members);
    let links: Vec<String> = differences_link(lms).into_iter().collect();
    Ok(linked(json_answer(ROSTER_TYPE, &body), &links))
}

/// `GET /lti/services/groups` (course groups service 1.0 section 2).
pub(crate) async fn groups(
    call: Call,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, Refused> {
    call.authorize(&[GROUP_SCOPE])?;
    call.negotiate(GROUPS_TYPE)?;
    let of_one = query
        .get("user_id")
        .map(|id| call.lms.person(id).map(groups_of).unwrap_or_default());
    let groups: Vec<Value> = GROUPS
        .iter()
        .filter(|(id, _)| of_one.as_ref().is_none_or(|groups| groups.contains(id)))
        .map(|(id, name)| json!({"id": id, "name": name}))
        .collect();
    Ok(json_answer(GROUPS_TYPE, &json!({"groups": groups})))
}

fn groups_of(person: &Person) -> Vec<&'static str> {
    let number: Option<usize> = person
        .id
        .strip_prefix("learner-")
        .and_then(|number| number.parse().ok());
    number
        .map(|number| GROUPS[(number + 1) % GROUPS.len()].0)
        .into_iter()
        .collect()
}

fn has_role(manners: Manners, person: &Person, role: &str) -> bool {
    let is_full = role == person.role.uri();
    let is_short = role == person.role.short();
    match manners {
        Manners::Strict => is_full || is_short,
        // Canvas knows full names only and finds nobody for others.
        Manners::Canvas => is_full,
        // Moodle knows these two, in either form, and sends everybody for others.
        Manners::Moodle => {
            is_full
                || is_short
                || !["Instructor", "Learner"]
                    .iter()
                    .any(|known| role == *known || role.ends_with(&format!("membership#{known}")))
        }
    }
}

/// Somebody's entry of the roster, which may be asked for the activity.
fn member(lms: &DemoLms, person: &Person, for_activity: bool) -> Value {
    let manners = lms.settings().manners;
    let role = match manners {
        Manners::Moodle => person.role.short().to_owned(),
        Manners::Strict | Manners::Canvas => person.role.uri(),
    };
    let mut member = json!({
        "status": "Active",
        "roles": [role.clone()],
        "user_id": person.id,
        "name": person.name(),
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
    });
    if manners == Manners::Moodle {
        member["lis_person_sourcedid"] = json!("");
        member["ext_user_username"] = json!(person.id);
    }
    if manners == Manners::Strict {
        let enrolments = groups_of(person)
            .into_iter()
            .map(|group| json!({"group_id": group}));
        member["group_enrollments"] = enrolments.collect();
    }
    let state = lms.state();
    let hidden = match state.names {
        Names::Shown => false,
        Names::ShownForTheActivity => !for_activity,
        Names::Hidden => true,
    };
    if let Some(entry) = member.as_object_mut() {
        if hidden {
            for name in ["name", "given_name", "family_name", "email"] {
                entry.remove(name);
            }
        }
        if state.preview.contains(&person.id) {
            entry["roles"] = json!([role, TEST_USER]);
        }
        let altered = state.altered.get(&person.id).into_iter().flatten();
        entry.extend(altered.map(|(name, value)| (name.clone(), value.clone())));
    }
    member
}

/// Address of the page that begins with the member at `next`.
fn page_link(lms: &DemoLms, query: &BTreeMap<String, String>, next: usize, size: usize) -> String {
    let mut url = memberships_url(lms);
    {
        let mut pairs = url.query_pairs_mut();
        if lms.settings().manners == Manners::Moodle {
            // Moodle forgets the wanted role on the way to the next page.
            pairs.append_pair("limit", &size.to_string());
            pairs.append_pair("from", &next.to_string());
            if let Some(rlid) = query.get("rlid") {
                pairs.append_pair("rlid", rlid);
            }
        } else {
            for (name, value) in query.iter().filter(|(name, _)| *name != "page") {
                pairs.append_pair(name, value);
            }
            pairs.append_pair("page", &(next / size + 1).to_string());
        }
    }
    if lms.state().relative_links {
        format!("{}?{}", url.path(), url.query().unwrap_or_default())
    } else {
        url.to_string()
    }
}

/// `GET /lti/services/lineitems`: the columns of a course.
pub(crate) async fn line_items(
    call: Call,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, Refused> {
    let lms = &call.lms;
    call.authorize(&[LINE_ITEM_SCOPE, MAKE_LINE_ITEM_SCOPE])?;
    call.negotiate(LINE_ITEMS_TYPE)?;
    let course = query
        .get("course")
        .map_or(course::COURSE_ID, String::as_str);
    let matches = |item: &Value| {
        [
            ("resource_link_id", "resourceLinkId"),
            ("resource_id", "resourceId"),
            ("tag", "tag"),
        ]
        .iter()
        .all(|(parameter, name)| {
            query
                .get(*parameter)
                .is_none_or(|wanted| item[*name] == wanted.as_str())
        })
    };
    let items = columns(lms, Some(course))
        .iter()
        .map(|item| item.to_json(lms))
        .filter(matches)
        .collect();
    Ok(json_answer(LINE_ITEMS_TYPE, &Value::Array(items)))
}

/// `GET /lti/services/lineitems/{item}`.
pub(crate) async fn line_item(call: Call, Path(item): Path<String>) -> Result<Response, Refused> {
    let lms = &call.lms;
    call.authorize(&[LINE_ITEM_SCOPE, MAKE_LINE_ITEM_SCOPE])?;
    call.negotiate(LINE_ITEM_TYPE)?;
    let item = call.find_item(&item, StatusCode::NOT_FOUND)?;
    Ok(json_answer(LINE_ITEM_TYPE, &item.to_json(lms)))
}

/// The columns of a course, or of all.
fn columns(lms: &DemoLms, course: Option<&str>) -> Vec<Column> {
    let mut columns = Vec::new();
    if course.is_none_or(|course| course == course::COURSE_ID) {
        let state = lms.state();
        columns.extend(state.own_item.iter().chain(&state.other_items).cloned());
    }
    let links = lms.links();
    let of_course = links
        .iter()
        .filter(|link| course.is_none_or(|course| link.course == course));
    columns.extend(of_course.filter_map(Column::of_link));
    columns
}

/// `POST /lti/services/lineitems`: the tool makes a column. It becomes the activity's where
/// that has none. Only a strict platform keeps `submissionReview`.
pub(crate) async fn make_line_item(call: Call, body: Bytes) -> Result<Response, Refused> {
    let lms = &call.lms;
    call.authorize(&[MAKE_LINE_ITEM_SCOPE])?;
    if media_type(&call.headers, header::CONTENT_TYPE).is_none_or(|sent| sent != LINE_ITEM_TYPE) {
        let reason = format!("Send line items as {LINE_ITEM_TYPE}.");
        return Err(call.refuse(StatusCode::BAD_REQUEST, &reason));
    }
    let sent: Value = serde_json::from_slice(&body).unwrap_or_default();
    if !sent["label"].is_string() || sent["scoreMaximum"].as_f64().is_none_or(|most| most <= 0.0) {
        let reason = "`label` and a `scoreMaximum` above 0 are needed.";
        return Err(call.refuse(StatusCode::BAD_REQUEST, reason));
    }
    let text = |name: &str| sent[name].as_str().map(str::to_owned);
    let item = {
        let mut state = lms.state();
        let item = Column {
            resource_id: text("resourceId"),
            tag: text("tag"),
            label: text("label").unwrap_or_default(),
            submission_review: match lms.settings().manners {
                Manners::Strict => sent["submissionReview"].clone(),
                Manners::Moodle | Manners::Canvas => Value::Null,
            },
            ..Column::of_activity(lms.settings(), next_item_id(&state))
        };
        if state.own_item.is_none() {
            state.own_item = Some(item.clone());
        } else {
            state.other_items.push(item.clone());
        }
        item
    };
    let mut response = json_answer(LINE_ITEM_TYPE, &item.to_json(lms));
    *response.status_mut() = StatusCode::CREATED;
    Ok(response)
}

/// `POST /lti/services/lineitems/{item}/scores`: a grade arrives. What arrives for a column that
/// is not the activity's is taken and shown nowhere.
pub(crate) async fn scores(
    call: Call,
    Path(item): Path<String>,
    body: Bytes,
) -> Result<Response, Refused> {
    let lms = &call.lms;
    call.authorize(&[SCORE_SCOPE])?;
    let manners = lms.settings().manners;
    let sent_type = media_type(&call.headers, header::CONTENT_TYPE).unwrap_or_default();
    if sent_type != SCORE_TYPE {
        match manners {
            Manners::Strict => {
                return Err(call.refuse(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    &format!("Send scores as {SCORE_TYPE}."),
                ));
            }
            Manners::Moodle => {
                let reason = format!("No handler found for {} {sent_type}", call.uri.path());
                return Err(call.refuse(StatusCode::BAD_REQUEST, &reason));
            }
            Manners::Canvas => {}
        }
    }
    let missing = match manners {
        Manners::Strict | Manners::Moodle => StatusCode::NOT_FOUND,
        Manners::Canvas => StatusCode::PRECONDITION_FAILED,
    };
    let item = call.find_item(&item, missing)?;
    let now = lms.now();
    let outcome = {
        let mut state = lms.state();
        let is_other = state.other_items.iter().any(|other| other.id == item.id);
        if is_other {
            Ok(())
        } else if state.item_locked {
            Err(scores::Refusal {
                status: match manners {
                    Manners::Strict => StatusCode::FORBIDDEN,
                    Manners::Moodle => StatusCode::INTERNAL_SERVER_ERROR,
                    Manners::Canvas => StatusCode::UNPROCESSABLE_ENTITY,
                },
                reason: match manners {
                    Manners::Moodle => "Internal Server Error".to_owned(),
                    Manners::Strict | Manners::Canvas => "The column is locked.".to_owned(),
                },
            })
        } else {
            let allowed = state.attempts_allowed;
            let maximum = item.score_maximum;
            let grades = state.grades_of(&item.link);
            scores::record(manners, grades, maximum, allowed, &body, now)
        }
    };
    Ok(match (outcome, manners) {
        (Ok(()), Manners::Strict) => StatusCode::NO_CONTENT.into_response(),
        (Ok(()), Manners::Moodle) => typed(SCORE_TYPE, String::new()),
        (Ok(()), Manners::Canvas) => {
            let user_id = serde_json::from_slice::<Value>(&body)
                .ok()
                .and_then(|score| Some(score.get("userId")?.as_str()?.to_owned()))
                .unwrap_or_default();
            json_answer(
                "application/json",
                &json!({"resultUrl": result_url(lms, &item.id, &user_id)}),
            )
        }
        // Only Moodle's status line says why: the body is an empty list.
        (Err(refusal), Manners::Moodle) => {
            let mut response = typed(SCORE_TYPE, "[]".to_owned());
            *response.status_mut() = refusal.status;
            set_reason(&mut response, &refusal.reason);
            response
        }
        (Err(refusal), Manners::Strict | Manners::Canvas) => {
            return Err(call.refuse(refusal.status, &refusal.reason));
        }
    })
}

/// `GET /lti/services/lineitems/1/results`: what the gradebook made of the scores.
pub(crate) async fn results(
    call: Call,
    Path(item): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
) -> Result<Response, Refused> {
    let lms = &call.lms;
    call.authorize(&[RESULT_SCOPE])?;
    call.negotiate(RESULTS_TYPE)?;
    let item = call.find_item(&item, StatusCode::NOT_FOUND)?;
    let manners = lms.settings().manners;
    if manners == Manners::Moodle && query.contains_key("limit") {
        // Moodle 4.5 runs into an error of its own here and shows a page.
        let page = "<!DOCTYPE html><title>Error</title><p>Call to a member function out() on null";
        return Ok((StatusCode::NOT_FOUND, Html(page)).into_response());
    }
    let results: Vec<Value> = lms
        .gradebook_of(&item.link)
        .iter()
        .filter(|row| query.get("user_id").is_none_or(|id| *id == row.user_id))
        .filter(|row| row.activity_progress.is_some())
        .map(|row| {
            let mut result = json!({
                "id": result_url(lms, &item.id, &row.user_id),
                "userId": row.user_id,
            });
            // A cleared grade of Moodle is listed with nothing but the learner.
            if row.score.is_none() && manners == Manners::Moodle {
                return result;
            }
            result["scoreOf"] = json!(item_url(lms, &item.id));
            if let Some(score) = row.score {
                result["resultScore"] = json!(score);
                result["resultMaximum"] = json!(row.maximum);
            }
            if let Some(comment) = row.comments.last() {
                result["comment"] = json!(comment);
            }
            if let Some(time) = row.timestamp.filter(|_| manners == Manners::Moodle) {
                result["timestamp"] = json!(time.to_rfc3339_opts(SecondsFormat::Secs, false));
            }
            result
        })
        .collect();
    Ok(json_answer(RESULTS_TYPE, &Value::Array(results)))
}

fn result_url(lms: &DemoLms, item: &str, user_id: &str) -> Url {
    let mut url = item_url(lms, item);
    url.set_path(&format!("{}/results", url.path()));
    url.query_pairs_mut().append_pair("user_id", user_id);
    url
}

/// Media type of a header without its parameters.
pub(crate) fn media_type(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let text = headers.get(name)?.to_str().ok()?;
    Some(text.split(';').next()?.trim().to_lowercase())
}

/// One call of the tool.
pub(crate) struct Call {
    lms: DemoLms,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
}

impl FromRequestParts<DemoLms> for Call {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, lms: &DemoLms) -> Result<Self, Infallible> {
        Ok(Self {
            lms: lms.clone(),
            method: parts.method.clone(),
            uri: parts.uri.clone(),
            headers: parts.headers.clone(),
        })
    }
}

/// The answer that a call got in place of what it wanted.
pub(crate) struct Refused(Box<Response>);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        *self.0
    }
}

impl Call {
    /// Whether the token opens one of these.
    fn authorize(&self, scopes: &[&str]) -> Result<(), Refused> {
        let manners = self.lms.settings().manners;
        let now = self.lms.now();
        let has_scope = self.bearer().and_then(|token| {
            let state = self.lms.state();
            let token = state
                .tokens
                .get(token)
                .filter(|token| token.expires > now)?;
            let opens = |held: &String| scopes.contains(&held.as_str());
            Some(token.scopes.iter().any(opens))
        });
        match (has_scope, manners) {
            (Some(true), _) => Ok(()),
            (Some(false), Manners::Strict) => {
                Err(self.refuse(StatusCode::FORBIDDEN, "The token lacks the scope."))
            }
            _ => Err(self.unauthorized()),
        }
    }

    /// The bearer token. Moodle reads the word `Bearer` with its capital only.
    fn bearer(&self) -> Option<&str> {
        let (scheme, token) = self
            .headers
            .get(header::AUTHORIZATION)?
            .to_str()
            .ok()?
            .split_once(' ')?;
        let known = match self.lms.settings().manners {
            Manners::Moodle => scheme == "Bearer",
            Manners::Strict | Manners::Canvas => scheme.eq_ignore_ascii_case("Bearer"),
        };
        known.then_some(token.trim())
    }

    /// Moodle compares `Accept` letter by letter; the others read it kindly.
    fn negotiate(&self, media_type: &str) -> Result<(), Refused> {
        let accept = self
            .headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("*/*");
        if self.lms.settings().manners == Manners::Moodle {
            // The list of columns has two types in Moodle, so an open `Accept` finds neither.
            let open = accept == "*/*" && media_type != LINE_ITEMS_TYPE;
            if accept == media_type || open {
                return Ok(());
            }
            let reason = format!("No handler found for {} {accept} ", self.uri.path());
            return Err(self.refuse(StatusCode::BAD_REQUEST, &reason));
        }
        let fits = accept.split(',').any(|range| {
            let range = range.split(';').next().unwrap_or_default().trim();
            ["*/*", "application/*", "application/json"].contains(&range)
                || range.eq_ignore_ascii_case(media_type)
        });
        if fits {
            Ok(())
        } else {
            let reason = format!("This address answers with {media_type}.");
            Err(self.refuse(StatusCode::NOT_ACCEPTABLE, &reason))
        }
    }

    fn find_item(&self, item: &str, missing: StatusCode) -> Result<Column, Refused> {
        let known = columns(&self.lms, None);
        if let Some(known) = known.into_iter().find(|known| known.id == item) {
            return Ok(known);
        }
        let reason = format!("Not Found: Grade item {item} doesn't exist");
        Err(self.refuse(missing, &reason))
    }

    fn unauthorized(&self) -> Refused {
        let mut refused = self.refuse(StatusCode::UNAUTHORIZED, "Unauthorized");
        refused.0.headers_mut().insert(
            header::WWW_AUTHENTICATE,
            header::HeaderValue::from_static("Bearer error=\"invalid_token\""),
        );
        refused
    }

    fn refuse(&self, status: StatusCode, reason: &str) -> Refused {
        let manners = self.lms.settings().manners;
        let body = match manners {
            Manners::Strict => json!({"error": reason}),
            Manners::Moodle => {
                let sent =
                    |name: HeaderName| self.headers.get(name).and_then(|value| value.to_str().ok());
                json!({
                    "status": status.as_u16(),
                    "reason": reason,
                    "request": {
                        "method": self.method.as_str(),
                        "url": self.uri.path(),
                        "accept": sent(header::ACCEPT),
                        "contentType": sent(header::CONTENT_TYPE),
                    },
                })
            }
            Manners::Canvas => {
                let kind = status.canonical_reason().unwrap_or("error");
                let kind = kind.to_lowercase().replace(' ', "_");
                json!({"errors": {"type": kind, "message": reason}})
            }
        };
        let mut response = json_answer("application/json", &body);
        *response.status_mut() = status;
        if manners == Manners::Moodle {
            set_reason(&mut response, reason);
        }
        Refused(Box::new(response))
    }
}

fn set_reason(response: &mut Response, reason: &str) {
    let line: String = reason
        .chars()
        .filter(|character| !character.is_control())
        .collect();
    if let Ok(reason) = ReasonPhrase::try_from(line) {
        response.extensions_mut().insert(reason);
    }
}

fn json_answer(media_type: &'static str, body: &Value) -> Response {
    typed(media_type, body.to_string())
}

fn typed(media_type: &'static str, body: String) -> Response {
    let content_type = format!("{media_type}; charset=utf-8");
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}
