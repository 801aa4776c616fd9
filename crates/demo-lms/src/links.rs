//! Placements that a teacher chooses in the tool (Deep Linking 2.0), and copies of the course.

use std::collections::BTreeMap;

use axum::{
    Form, Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use crate::{
    DemoLms, DemoLmsError, Manners, State as Kept,
    course::{self, COURSE_ID, COURSE_TITLE, PageError, RESOURCE_LINK_ID},
    keys::random_word,
    token,
};

/// A placement of the tool in a course.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Link {
    /// Id of the resource link.
    pub id: String,
    /// Id of the course.
    pub course: String,
    /// Its name in the course.
    pub title: String,
    /// Custom parameters as they were given, variables not filled in.
    pub custom: BTreeMap<String, String>,
    /// Its column in the gradebook.
    pub line_item: Option<LineItem>,
    /// When work is due, where the platform keeps dates.
    pub due: Option<String>,
    /// Resource links that it was copied from, latest first.
    pub history: Vec<String>,
}

/// A column of the gradebook.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LineItem {
    /// Highest score.
    pub score_maximum: f64,
    /// The tool's name for what is graded.
    pub resource_id: Option<String>,
    /// The tool's name for the kind of grade.
    pub tag: Option<String>,
    /// Where a review of a submission ends.
    pub review_url: Option<String>,
}

/// A course that was made as a copy.
#[derive(Clone, Debug)]
pub(crate) struct CopiedCourse {
    id: String,
    title: String,
    /// Courses that it was copied from, latest first.
    history: Vec<String>,
}

impl DemoLms {
    /// Address at which a browser opens the tool to choose content.
    pub fn select_url(&self, person_id: &str) -> Url {
        let mut url = self.launch_url(person_id);
        url.query_pairs_mut().append_pair("select", "yes");
        url
    }

    /// Address at which a browser launches a placement of [`DemoLms::links`].
    pub fn link_url(&self, person_id: &str, link: &str) -> Url {
        let mut url = self.launch_url(person_id);
        url.query_pairs_mut().append_pair("link", link);
        url
    }

    /// Placements beyond the one that the course begins with, oldest first.
    pub fn links(&self) -> Vec<Link> {
        self.state().links.clone()
    }

    /// Claims of the deep linking responses that were taken, oldest first.
    pub fn deep_linking_responses(&self) -> Vec<Value> {
        self.state().deep_linking_responses.clone()
    }

    /// Members that take the place of the manner's own in the next deep linking settings.
    pub fn set_deep_linking_settings(&self, settings: Value) {
        self.state().deep_linking_settings = settings;
    }

    /// Copies a course with all its placements, their titles and their custom parameters. The
    /// copies have ids of their own. Says the new course's id.
    pub fn copy_course(&self, course: &str) -> String {
        let main = self.main_link();
        let mut state = self.state();
        let id = (state.courses.len() + 3).to_string();
        let mut history = vec![course.to_owned()];
        history.extend(course_history(&state, course));
        let sources: Vec<Link> = std::iter::once(main)
            .chain(state.links.clone())
            .filter(|link| link.course == course)
            .collect();
        for source in sources {
            add_copy(&mut state, &source, &id);
        }
        state.courses.push(CopiedCourse {
            title: format!("{COURSE_TITLE} copy {id}"),
            id: id.clone(),
            history,
        });
        id
    }

    /// Makes a placement anew in its own course, as a restore over it does: with another id and,
    /// as Moodle does it, without any word of the earlier one. Says the new id.
    pub fn restore_link(&self, link: &str) -> Option<String> {
        let source = self.link(Some(link))?;
        let mut state = self.state();
        let course = source.course.clone();
        let id = add_copy(&mut state, &source, &course);
        state.links.retain(|kept| kept.id != link);
        if let Some(copy) = state.links.last_mut() {
            copy.history.clear();
        }
        Some(id)
    }

    /// The placement of this id; the one that the course begins with where none is named.
    pub(crate) fn link(&self, id: Option<&str>) -> Option<Link> {
        match id {
            None | Some(RESOURCE_LINK_ID) => Some(self.main_link()),
            Some(id) => self.links().into_iter().find(|link| link.id == id),
        }
    }

    fn main_link(&self) -> Link {
        let settings = self.settings();
        Link {
            id: RESOURCE_LINK_ID.to_owned(),
            course: COURSE_ID.to_owned(),
            title: settings.unit_title.clone(),
            custom: settings.custom.clone(),
            line_item: Some(LineItem {
                score_maximum: settings.score_maximum,
                resource_id: None,
                tag: None,
                review_url: None,
            }),
            due: None,
            history: Vec::new(),
        }
    }

    pub(crate) fn course_title(&self, course: &str) -> String {
        let state = self.state();
        let copied = state.courses.iter().find(|copied| copied.id == course);
        copied.map_or_else(|| COURSE_TITLE.to_owned(), |copied| copied.title.clone())
    }

    /// Custom parameters of a launch: each platform fills in the variables that it knows and
    /// leaves the others as they are.
    pub(crate) fn expanded(&self, link: &Link) -> BTreeMap<String, String> {
        let manners = self.settings().manners;
        let courses = course_history(&self.state(), &link.course).join(",");
        let value = |text: &str| match (text, manners) {
            ("$Context.id.history", _)
            | ("$Canvas.course.previousContextIds.recursive", Manners::Canvas) => {
                Some(courses.clone())
            }
            ("$ResourceLink.id.history", Manners::Strict) => Some(link.history.join(",")),
            ("$ResourceLink.submission.endDateTime", Manners::Strict | Manners::Canvas) => {
                link.due.clone()
            }
            _ => None,
        };
        link.custom
            .iter()
            .map(|(name, text)| (name.clone(), value(text).unwrap_or_else(|| text.clone())))
            .collect()
    }
}

fn course_history(state: &Kept, course: &str) -> Vec<String> {
    let copied = state.courses.iter().find(|copied| copied.id == course);
    copied
        .map(|copied| copied.history.clone())
        .unwrap_or_default()
}

fn next_id(state: &Kept) -> String {
    (state.links_made + 2).to_string()
}

fn add_copy(state: &mut Kept, source: &Link, course: &str) -> String {
    let id = next_id(state);
    state.links_made += 1;
    let mut history = vec![source.id.clone()];
    history.extend(source.history.clone());
    state.links.push(Link {
        id: id.clone(),
        course: course.to_owned(),
        history,
        ..source.clone()
    });
    id
}

/// The claim of a request for content, as each platform was measured to send it: Canvas from the
/// editor of an assignment, which takes one placement.
pub(crate) fn deep_linking_settings(lms: &DemoLms) -> Result<Value, DemoLmsError> {
    let key = random_word()?;
    let mut return_url = lms.address("/lti/deep-link");
    let mut settings = match lms.settings().manners {
        Manners::Strict => json!({
            "accept_types": ["link", "file", "html", "ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe", "window"],
            "accept_multiple": true,
            "accept_lineitem": true,
            "auto_create": false,
            "data": key,
        }),
        Manners::Moodle => {
            return_url
                .query_pairs_mut()
                .append_pair("course", COURSE_ID)
                .append_pair("id", "1")
                .append_pair("sesskey", &key);
            json!({
                "accept_types": ["ltiResourceLink"],
                "accept_presentation_document_targets": ["frame", "iframe", "window"],
                "accept_multiple": true,
                "auto_create": false,
            })
        }
        Manners::Canvas => {
            return_url.query_pairs_mut().append_pair("data", &key);
            json!({
                "accept_types": ["ltiResourceLink"],
                "accept_presentation_document_targets": ["iframe", "window"],
                "accept_media_types": "application/vnd.ims.lti.v1.ltilink",
                "accept_multiple": false,
                "auto_create": false,
            })
        }
    };
    settings["deep_link_return_url"] = json!(return_url);
    let mut state = lms.state();
    if let Value::Object(own) = state.deep_linking_settings.take() {
        for (name, value) in own {
            settings[name] = value;
        }
    }
    state.selections.insert(key, settings.clone());
    Ok(settings)
}

#[derive(Debug, Deserialize)]
pub(crate) struct Answer {
    #[serde(rename = "JWT")]
    jwt: String,
}

/// `POST /lti/deep-link`: what somebody chose in the tool.
pub(crate) async fn deep_link(
    State(lms): State<DemoLms>,
    headers: HeaderMap,
    axum::extract::Query(query): axum::extract::Query<BTreeMap<String, String>>,
    Form(answer): Form<Answer>,
) -> Result<Response, Response> {
    let refuse = |reason: &str| refusal(lms.settings().manners, reason);
    let claims = token::verified_claims(&lms, &answer.jwt)
        .await
        .map_err(|problem| refuse(&problem.description))?;
    let settings = check(&lms, &query, &claims).map_err(|reason| refuse(&reason))?;
    let items = claims["https://purl.imsglobal.org/spec/lti-dl/claim/content_items"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    if items.len() > 1 && settings["accept_multiple"] != true {
        return Err(refuse("Only one item is taken here"));
    }
    let links = items
        .iter()
        .map(|item| link(&lms, item))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|reason| refuse(&reason))?;
    let titles: Vec<String> = links.iter().map(|link| link.title.clone()).collect();
    {
        let mut state = lms.state();
        for mut link in links {
            link.id = next_id(&state);
            state.links_made += 1;
            state.links.push(link);
        }
        state.deep_linking_responses.push(claims.clone());
    }
    let said = ["errormsg", "msg"].iter().find_map(|name| {
        claims[format!("https://purl.imsglobal.org/spec/lti-dl/claim/{name}")].as_str()
    });
    let message = said.map_or_else(|| titles.join(", "), str::to_owned);
    let title = if titles.is_empty() {
        "Nothing added"
    } else {
        "Content added"
    };
    course::message_page(&lms, &headers, title, &message).map_err(IntoResponse::into_response)
}

/// Holds the response to what the request asked for; gives the request's settings.
fn check(lms: &DemoLms, query: &BTreeMap<String, String>, claims: &Value) -> Result<Value, String> {
    let manners = lms.settings().manners;
    let tool = lms.tool();
    let now = lms.now().timestamp();
    let dl = |name: &str| &claims[format!("https://purl.imsglobal.org/spec/lti-dl/claim/{name}")];
    let core = |name: &str| &claims[format!("https://purl.imsglobal.org/spec/lti/claim/{name}")];
    let demand = |holds: bool, reason: &str| holds.then_some(()).ok_or_else(|| reason.to_owned());
    demand(claims["iss"] == tool.client_id, "Consumer key is incorrect")?;
    let issued = claims["iat"].as_i64().ok_or("iat is missing")?;
    let expires = claims["exp"].as_i64().ok_or("exp is missing")?;
    demand(expires > now, "Expired token")?;
    // Moodle allows no second of the future, Canvas thirty.
    let ahead = if manners == Manners::Moodle { 0 } else { 30 };
    demand(issued <= now + ahead, "iat lies in the future")?;
    let key = match manners {
        Manners::Strict => dl("data").as_str().unwrap_or_default().to_owned(),
        Manners::Moodle => query.get("sesskey").cloned().unwrap_or_default(),
        Manners::Canvas => query.get("data").cloned().unwrap_or_default(),
    };
    if manners != Manners::Moodle {
        demand(issued >= now - 300, "iat is too old")?;
        demand(
            claims["nonce"]
                .as_str()
                .is_some_and(|nonce| !nonce.is_empty()),
            "nonce is missing",
        )?;
        demand(claims["aud"] == lms.issuer(), "aud is not the platform")?;
        demand(
            *core("deployment_id") == tool.deployment_id,
            "deployment_id is another",
        )?;
        demand(
            *core("message_type") == "LtiDeepLinkingResponse" && *core("version") == "1.3.0",
            "it is no deep linking response",
        )?;
    }
    if manners == Manners::Strict {
        demand(!has_null(claims), "a member is null")?;
    }
    let settings = lms.state().selections.get(&key).cloned();
    settings.ok_or_else(|| "nobody asked for content".to_owned())
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

/// A placement out of a content item, with what the platform takes of it.
fn link(lms: &DemoLms, item: &Value) -> Result<Link, String> {
    let manners = lms.settings().manners;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    if manners != Manners::Moodle && item["type"] != "ltiResourceLink" {
        return Err("only ltiResourceLink is taken".to_owned());
    }
    let line_item = match &item["lineItem"] {
        Value::Null => None,
        wanted => Some(LineItem {
            score_maximum: wanted["scoreMaximum"]
                .as_f64()
                .filter(|maximum| *maximum > 0.0)
                .ok_or("scoreMaximum is missing")?,
            resource_id: text(&wanted["resourceId"]),
            tag: text(&wanted["tag"]),
            review_url: text(&wanted["submissionReview"]["url"]),
        }),
    };
    let mut custom = BTreeMap::new();
    for (name, value) in item["custom"].as_object().into_iter().flatten() {
        let value = text(value).ok_or("a custom parameter is no text")?;
        custom.insert(name.clone(), value);
    }
    Ok(Link {
        id: String::new(),
        course: COURSE_ID.to_owned(),
        title: text(&item["title"]).unwrap_or_default(),
        custom,
        line_item,
        // Moodle looks at no dates.
        due: text(&item["submission"]["endDateTime"]).filter(|_| manners != Manners::Moodle),
        history: Vec::new(),
    })
}

/// Canvas shows people JSON, the others a page.
fn refusal(manners: Manners, reason: &str) -> Response {
    match manners {
        Manners::Canvas => (
            StatusCode::BAD_REQUEST,
            Json(json!({"errors": {"jwt": [{"message": reason}]}})),
        )
            .into_response(),
        Manners::Strict | Manners::Moodle => PageError {
            status: StatusCode::BAD_REQUEST,
            message: format!("{reason}. Nothing was added to the course."),
        }
        .into_response(),
    }
}
