//! Grades (Assignment and Grade Services 2.0).
//!
//! # What destroys a grade, and how this module never does it
//!
//! - **A score without a mark clears the grade** (specification, 3.4.5). Moodle clears it for every
//!   `gradingProgress` but `FullyGraded` too, even when a mark is sent along, and clears a comment-only score.
//!   So what is not a finished mark ([`Score::is_mark`]) is sent without numbers, and [`post_score`] sends it only
//!   where [`progress_allowed`] says so: never to Moodle, which shows no progress anyway; to Canvas with
//!   `preserve_score`; elsewhere only until a mark has been released.
//! - **Canvas opens a new attempt for every score** that does not say otherwise, and may mark it late.
//!   A mark carries `new_submission: false`; progress opens an attempt only when it says `Submitted`.
//! - **`preserve_score` together with a mark loses the mark.** The two are never sent together.
//! - **Canvas's extension goes to Canvas only** ([`score_body`]).
//! - **An equal or earlier timestamp is refused**, by Moodle in whole seconds, and a timestamp in the future
//!   blocks everything until then. [`next_timestamp`] gives the earliest one that is taken.
//! - **A repeated comment appears twice in Canvas**, and a missing one deletes the old one in Moodle. Where a score
//!   [may have arrived](ServiceError::may_have_been_done) call [`read_result`] before sending again: Canvas gives back
//!   the last comment that was sent.
//! - **`/scores` belongs before the query** of a line item's address ([`scores_url`]). After the query it is another
//!   address, which some platforms answer with success.
//! - **`limit` makes Moodle's results fail** and its line items answer with links that cannot be read. It is never sent.
//! - **A line item is never deleted here**: in Canvas that deletes the assignment, in Moodle the column. It is changed
//!   only by reading it first and sending everything back ([`change_line_item`]), for what is left out is erased.
//!
//! # Two messages
//!
//! - [`post_hand_in`] tells that a learner has handed in, where the platform has a place for it and no grade is lost.
//! - [`post_score`] releases a mark; [`confirm_score`] reads it back, for a grade that a teacher typed in wins
//!   silently in Moodle.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Timelike, Utc};
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use url::Url;

use crate::claims::{
    SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ_ONLY, SCOPE_RESULT, SCOPE_SCORE, identifier,
    non_empty_text, number, object, parse_web_address, plain_text, texts, web_address,
    without_nulls,
};
use crate::http::Answer;
use crate::link::Links;
use crate::service::{Pages, Request, ServiceError, Services, read_json, read_success};

const LINE_ITEM: &str = "application/vnd.ims.lis.v2.lineitem+json";
const LINE_ITEMS: &str = "application/vnd.ims.lis.v2.lineitemcontainer+json";
const RESULTS: &str = "application/vnd.ims.lis.v2.resultcontainer+json";
const SCORE: &str = "application/vnd.ims.lis.v1.score+json";
const CANVAS_SUBMISSION: &str = "https://canvas.instructure.com/lti/submission";
/// Two grades closer than this part of their maximum are the same. Moodle keeps five decimals.
const SAME_GRADE: f64 = 1e-4;
/// More line items than any course has.
const MOST_LINE_ITEMS: usize = 10_000;
/// What platforms say of somebody who gets no grades.
const NO_LEARNER: [&str; 7] = [
    "not a student",
    "not a learner",
    "user not found",
    "user could not be found",
    "user in requested score",
    "is not enrolled",
    "enrolled in the course as a student",
];

/// Platforms that want to be treated in their own way (ours).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlatformFamily {
    /// Canvas.
    Canvas,
    /// Moodle.
    Moodle,
    /// Everything else: the specification holds.
    Other,
}

impl PlatformFamily {
    /// From `product_family_code` of the launch (Core §5.4.2). The issuer does not tell: Canvas shares one between all
    /// customers.
    pub fn from_product_family_code(code: Option<&str>) -> Self {
        match code.map(str::to_ascii_lowercase).as_deref() {
            Some("canvas") => Self::Canvas,
            Some("moodle") => Self::Moodle,
            _ => Self::Other,
        }
    }
}

/// How far the learner is (AGS §3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActivityProgress {
    /// Has not begun.
    Initialized,
    /// Has begun.
    Started,
    /// Is at work.
    InProgress,
    /// Has handed in and may hand in again.
    Submitted,
    /// Has finished.
    Completed,
}

impl ActivityProgress {
    /// The name on the wire (AGS §3.4).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Initialized => "Initialized",
            Self::Started => "Started",
            Self::InProgress => "InProgress",
            Self::Submitted => "Submitted",
            Self::Completed => "Completed",
        }
    }
}

/// How far the marking is (AGS §3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GradingProgress {
    /// The mark is final.
    FullyGraded,
    /// The tool will mark without people.
    Pending,
    /// People have to mark.
    PendingManual,
    /// Marking has failed.
    Failed,
    /// There is nothing to mark.
    NotReady,
}

impl GradingProgress {
    /// The name on the wire (AGS §3.4).
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FullyGraded => "FullyGraded",
            Self::Pending => "Pending",
            Self::PendingManual => "PendingManual",
            Self::Failed => "Failed",
            Self::NotReady => "NotReady",
        }
    }
}

/// What the platform is told about one learner's work (AGS §3.4).
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The learner.
    pub user_id: String,
    /// How far the learner is.
    pub activity_progress: ActivityProgress,
    /// How far the marking is.
    pub grading_progress: GradingProgress,
    /// When this became so; later than that of every earlier score of the learner.
    pub timestamp: DateTime<Utc>,
    /// What was given, and the most that could be given.
    pub score: Option<(f64, f64)>,
    /// Feedback as plain text.
    pub comment: Option<String>,
    /// When the learner handed in.
    pub submitted_at: Option<DateTime<Utc>>,
}

impl Score {
    /// Whether this is a finished mark (ours). Everything else is progress, and its numbers are not sent.
    pub fn is_mark(&self) -> bool {
        self.score.is_some() && self.grading_progress == GradingProgress::FullyGraded
    }

    fn check(&self) -> Result<(), ServiceError> {
        match self.score {
            Some((given, maximum)) if !given.is_finite() || !maximum.is_finite() => {
                Err(ServiceError::InvalidScore("its numbers are not finite"))
            }
            Some((given, _)) if given < 0.0 => {
                Err(ServiceError::InvalidScore("it is less than zero"))
            }
            Some((_, maximum)) if maximum <= 0.0 => Err(ServiceError::InvalidScore(
                "its maximum is not more than zero",
            )),
            _ => Ok(()),
        }
    }
}

/// That a learner has handed in, and people have to mark (AGS §3.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandIn {
    /// The learner.
    pub user_id: String,
    /// When this message was made; later than that of every earlier score of the learner.
    pub timestamp: DateTime<Utc>,
    /// When the learner handed in. Canvas refuses a time that is more than a minute ahead of its clock.
    pub submitted_at: DateTime<Utc>,
    /// An address of the tool that shows this learner's work to a teacher who launches it from Canvas's `SpeedGrader`.
    ///
    /// Nothing else in that launch says whose work is meant. The address must be on the domain of the registration.
    pub review_url: Option<Url>,
    /// Whether this opens an attempt in Canvas. Say no when an earlier message may have arrived, or when the platform
    /// answered [`ServiceError::NoAttemptsLeft`].
    pub new_attempt: bool,
}

/// The platform took a score (ours).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScoreReceipt {
    /// What the platform answered.
    pub answer: Answer,
    /// Where the result can be read, which only some platforms tell.
    pub result_url: Option<Url>,
}

/// What stands in the platform's gradebook (AGS §3.3).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ResultRecord {
    /// The learner.
    pub user_id: String,
    /// Grade and maximum; `None` when there is a record but no grade.
    pub score: Option<(f64, f64)>,
    /// Feedback.
    pub comment: Option<String>,
    /// When the platform last changed it, where it says so.
    pub timestamp: Option<DateTime<Utc>>,
}

/// A column of the gradebook (AGS §3.2).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LineItem {
    /// Its address, which may have a query.
    pub id: Url,
    /// Its name.
    pub label: String,
    /// The most that can be reached.
    pub score_maximum: f64,
    /// The tool's own name for what is graded.
    pub resource_id: Option<String>,
    /// The placement that it belongs to.
    pub resource_link_id: Option<String>,
    /// The tool's own name for the kind of grade.
    pub tag: Option<String>,
    /// From when learners may work.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when learners may work.
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether learners see their grades.
    pub grades_released: Option<bool>,
    /// Whether and where the platform opens submissions for review.
    pub submission_review: Option<SubmissionReview>,
}

/// That the tool can show a learner's submission, for the platform's gradebook to link there (SR).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubmissionReview {
    /// At which progress there is something to see, by the names of [`ActivityProgress`].
    pub reviewable_status: Vec<String>,
    /// Text of the link.
    pub label: Option<String>,
    /// Where the launch ends, when it is not where the placement's does.
    pub url: Option<Url>,
    /// Custom parameters of this launch.
    pub custom: BTreeMap<String, String>,
}

impl SubmissionReview {
    pub(crate) fn to_json(&self) -> Value {
        without_nulls(json!(self))
    }
}

/// What becomes different in a line item (AGS §3.2). What is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LineItemChange {
    /// Its name.
    pub label: Option<String>,
    /// The most that can be reached. Moodle does not rescale the grades that are there.
    pub score_maximum: Option<f64>,
    /// The tool's own name for what is graded.
    pub resource_id: Option<String>,
    /// The tool's own name for the kind of grade.
    pub tag: Option<String>,
    /// From when learners may work.
    pub starts_at: Option<DateTime<Utc>>,
    /// Until when learners may work.
    pub ends_at: Option<DateTime<Utc>>,
    /// Whether learners see their grades.
    pub grades_released: Option<bool>,
    /// Whether and where the platform opens submissions for review.
    pub submission_review: Option<SubmissionReview>,
}

/// A column to be made (AGS §3.2).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewLineItem {
    /// Its name.
    pub label: String,
    /// The most that can be reached, more than zero.
    pub score_maximum: f64,
    /// The tool's own name for what is graded.
    pub resource_id: Option<String>,
    /// The placement that it belongs to.
    pub resource_link_id: Option<String>,
    /// The tool's own name for the kind of grade.
    pub tag: Option<String>,
    /// Whether and where the platform opens submissions for review. Moodle keeps it only from deep links.
    pub submission_review: Option<SubmissionReview>,
}

/// Which line items are asked for (AGS §3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LineItemsQuery {
    /// Only those of this placement.
    pub resource_link_id: Option<String>,
    /// Only those with this name.
    pub resource_id: Option<String>,
    /// Only those of this kind.
    pub tag: Option<String>,
}

/// Which line item the tool is looking for (ours).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The tool's own name for what is graded. It survives the copy of a course.
    pub resource_id: Option<String>,
    /// The tool's own name for the kind of grade.
    pub tag: Option<String>,
    /// The placement.
    pub resource_link_id: Option<String>,
}

impl Wanted {
    /// Whether grades may go to this line item: nothing in it says that it is for something else (ours).
    ///
    /// Ask this of the line item in a launch too, where an activity may have several.
    pub fn allows(&self, item: &LineItem) -> bool {
        let agrees = |wanted: &Option<String>, found: &Option<String>| {
            wanted.is_none() || found.is_none() || wanted == found
        };
        agrees(&self.resource_id, &item.resource_id)
            && agrees(&self.tag, &item.tag)
            && agrees(&self.resource_link_id, &item.resource_link_id)
    }

    /// How much in the line item says that it is the right one.
    fn agreements(&self, item: &LineItem) -> usize {
        [
            (&self.resource_id, &item.resource_id),
            (&self.tag, &item.tag),
            (&self.resource_link_id, &item.resource_link_id),
        ]
        .into_iter()
        .filter(|(wanted, found)| wanted.is_some() && wanted == found)
        .count()
    }
}

/// Whether progress without a mark may be sent, given whether a mark has been released to this platform before (ours).
///
/// Moodle never: it shows no progress, and clears whatever grade it has, even one that a teacher typed in.
pub fn progress_allowed(family: PlatformFamily, released: bool) -> bool {
    match family {
        PlatformFamily::Canvas => true,
        PlatformFamily::Moodle => false,
        PlatformFamily::Other => !released,
    }
}

/// The earliest timestamp, from `now` on, that platforms take after a score with the timestamp `last` (AGS §3.4).
pub fn next_timestamp(now: DateTime<Utc>, last: Option<DateTime<Utc>>) -> DateTime<Utc> {
    let Some(last) = last else {
        return now;
    };
    // Moodle compares whole seconds.
    let next_second = last.with_nanosecond(0).unwrap_or(last) + TimeDelta::seconds(1);
    now.max(next_second)
}

/// The score on the wire (AGS §3.4), as this platform wants it.
pub fn score_body(score: &Score, family: PlatformFamily) -> Value {
    let mut body = json!({
        "userId": score.user_id,
        "timestamp": milliseconds(score.timestamp),
        "activityProgress": score.activity_progress.as_str(),
        "gradingProgress": score.grading_progress.as_str(),
    });
    let is_mark = score.is_mark();
    if is_mark && let Some((given, maximum)) = score.score {
        body["scoreGiven"] = json!(given);
        body["scoreMaximum"] = json!(maximum);
    }
    if let Some(comment) = score
        .comment
        .as_deref()
        .filter(|comment| !comment.is_empty())
    {
        body["comment"] = json!(comment);
    }
    if let Some(submitted_at) = score.submitted_at {
        body["submission"] = json!({ "submittedAt": milliseconds(submitted_at) });
    }
    if family == PlatformFamily::Canvas {
        body[CANVAS_SUBMISSION] = if is_mark {
            json!({ "new_submission": false })
        } else {
            json!({
                "new_submission": score.activity_progress == ActivityProgress::Submitted,
                "preserve_score": true,
            })
        };
    }
    body
}

/// Where scores of a line item are posted: the path goes on before the query (AGS §3.4).
pub fn scores_url(line_item: &Url) -> Url {
    below(line_item, "scores")
}

/// Where results of a line item are read: the path goes on before the query (AGS §3.3).
pub fn results_url(line_item: &Url) -> Url {
    below(line_item, "results")
}

/// Posts a score (AGS §3.4).
///
/// `released` says whether a mark was ever released to this line item and learner; see [`progress_allowed`].
///
/// # Errors
///
/// The score would clear a grade or makes no sense (nothing was sent), or the platform did not take it.
pub async fn post_score(
    client: &Services,
    line_item: &Url,
    score: &Score,
    family: PlatformFamily,
    released: bool,
) -> Result<ScoreReceipt, ServiceError> {
    score.check()?;
    if !score.is_mark() && !progress_allowed(family, released) {
        return Err(ServiceError::WouldClearGrade);
    }
    post(client, line_item, &score_body(score, family), family).await
}

/// That somebody has handed in, as this platform wants to hear it; `None` where it must not hear of it (AGS §3.4).
///
/// `released` says whether a mark was ever released to this line item and learner; see [`progress_allowed`].
pub fn hand_in_body(hand_in: &HandIn, family: PlatformFamily, released: bool) -> Option<Value> {
    if !progress_allowed(family, released) {
        return None;
    }
    let mut body = score_body(&progress(hand_in), family);
    if family == PlatformFamily::Canvas {
        let submission = &mut body[CANVAS_SUBMISSION];
        submission["new_submission"] = json!(hand_in.new_attempt);
        submission["submitted_at"] = json!(milliseconds(hand_in.submitted_at));
        if let Some(review_url) = &hand_in.review_url {
            submission["submission_type"] = json!("basic_lti_launch");
            submission["submission_data"] = json!(review_url);
        }
    }
    Some(body)
}

/// Tells the platform that somebody has handed in; `None` where it must not hear of it, and nothing was sent (AGS
/// §3.4).
///
/// # Errors
///
/// The platform did not take it.
pub async fn post_hand_in(
    client: &Services,
    line_item: &Url,
    hand_in: &HandIn,
    family: PlatformFamily,
    released: bool,
) -> Result<Option<ScoreReceipt>, ServiceError> {
    match hand_in_body(hand_in, family, released) {
        Some(body) => post(client, line_item, &body, family).await.map(Some),
        None => Ok(None),
    }
}

fn progress(hand_in: &HandIn) -> Score {
    Score {
        user_id: hand_in.user_id.clone(),
        activity_progress: ActivityProgress::Submitted,
        grading_progress: GradingProgress::PendingManual,
        timestamp: hand_in.timestamp,
        score: None,
        comment: None,
        submitted_at: Some(hand_in.submitted_at),
    }
}

async fn post(
    client: &Services,
    line_item: &Url,
    body: &Value,
    family: PlatformFamily,
) -> Result<ScoreReceipt, ServiceError> {
    let request = Request {
        method: Method::POST,
        url: &scores_url(line_item),
        accept: None,
        body: Some((SCORE, body)),
        scopes: &[SCOPE_SCORE],
    };
    let response = client
        .send(&request)
        .await
        .map_err(|error| score_error(error, family))?;
    let (answer, body) = read_success(response).await;
    let result_url = serde_json::from_slice::<Value>(&body)
        .ok()
        .and_then(|body| parse_web_address(body.get("resultUrl")?.as_str()?));
    Ok(ScoreReceipt { answer, result_url })
}

/// Reads a mark back that the platform has taken, to see whether it counts (ours). `None` where a mark of nothing was
/// sent, which Moodle leaves out of its results.
///
/// A column may count in a scale or by a factor, so that the number alone does not tell. A grade that a teacher
/// typed in keeps the time of that entry, so one with the time of the score is the score.
///
/// A platform that works through scores later may still show the old grade for a while: ask again before
/// anybody is told.
///
/// # Errors
///
/// [`ServiceError::Overridden`] where the gradebook shows another grade or none; else the platform refuses, or
/// its answer cannot be read.
pub async fn confirm_score(
    client: &Services,
    line_item: &Url,
    sent: &Score,
) -> Result<Option<ResultRecord>, ServiceError> {
    let record = read_result(client, line_item, &sent.user_id).await?;
    let found = record.as_ref().and_then(|record| record.score);
    let counts = match (sent.score, found) {
        (Some((given, _)), None) => given <= 0.0,
        (Some(sent), Some(found)) if same_grade(sent, found) => true,
        _ => record
            .as_ref()
            .and_then(|record| record.timestamp)
            .is_some_and(|time| time.timestamp() == sent.timestamp.timestamp()),
    };
    if counts {
        Ok(record)
    } else {
        Err(ServiceError::Overridden { found })
    }
}

/// Whether the gradebook shows what was sent, whatever maximum it counts by (ours).
///
/// Moodle cuts a score above the maximum down to it, and rounds.
pub fn same_grade(sent: (f64, f64), found: (f64, f64)) -> bool {
    let sent = sent.0 / sent.1;
    let found = found.0 / found.1;
    (sent - found).abs() < SAME_GRADE || (sent > 1.0 && (found - 1.0).abs() < SAME_GRADE)
}

/// Reads what stands in the platform's gradebook for one learner (AGS §3.3); `None` when there is no record.
///
/// # Errors
///
/// The platform refuses, or its answer cannot be read.
pub async fn read_result(
    client: &Services,
    line_item: &Url,
    user_id: &str,
) -> Result<Option<ResultRecord>, ServiceError> {
    let mut first = results_url(line_item);
    first.query_pairs_mut().append_pair("user_id", user_id);
    let mut pages = Pages::starting_at(first);
    while let Some(url) = pages.take() {
        let (records, links) = client
            .get_page::<Vec<Map<String, Value>>>(&url, RESULTS, &[SCOPE_RESULT])
            .await?;
        // Platforms may ignore the filter, so the learner is looked for.
        if let Some(record) = records
            .iter()
            .filter_map(result_record)
            .find(|record| record.user_id == user_id)
        {
            return Ok(Some(record));
        }
        pages.continue_with(&url, links.next)?;
    }
    Ok(None)
}

/// Reads the line items of a course (AGS §3.2).
///
/// Look here before making one: after the copy of a course the item may be there already.
///
/// # Errors
///
/// The platform refuses, or its answer cannot be read.
pub async fn line_items(
    client: &Services,
    line_items_url: &Url,
    query: &LineItemsQuery,
) -> Result<Vec<LineItem>, ServiceError> {
    let mut first = line_items_url.clone();
    let parameters = [
        ("resource_link_id", &query.resource_link_id),
        ("resource_id", &query.resource_id),
        ("tag", &query.tag),
    ];
    for (name, value) in parameters {
        if let Some(value) = value {
            first.query_pairs_mut().append_pair(name, value);
        }
    }
    let mut pages = Pages::starting_at(first);
    let mut line_items = Vec::new();
    while let Some(url) = pages.take() {
        let (page, links): (Vec<Map<String, Value>>, _) =
            read_items(client, &url, LINE_ITEMS).await?;
        line_items.extend(page.iter().filter_map(line_item));
        if line_items.len() > MOST_LINE_ITEMS {
            return Err(ServiceError::Unreadable(
                "it has more line items than any course",
            ));
        }
        pages.continue_with(&url, links.next)?;
    }
    Ok(line_items)
}

/// Finds the line item for an activity: by `resource_id` and `tag`, else by the placement (ours).
///
/// Line items of other placements and for other things are left alone, and of several that fit the one with most in
/// common is taken. `None` says that one may be made.
///
/// # Errors
///
/// [`ServiceError::Ambiguous`] where several fit equally well; else the platform refuses, or its answer cannot be read.
pub async fn find_line_item(
    client: &Services,
    line_items_url: &Url,
    wanted: &Wanted,
) -> Result<Option<LineItem>, ServiceError> {
    let by_name = LineItemsQuery {
        resource_id: wanted.resource_id.clone(),
        tag: wanted.tag.clone(),
        resource_link_id: None,
    };
    let by_placement = LineItemsQuery {
        resource_link_id: wanted.resource_link_id.clone(),
        ..LineItemsQuery::default()
    };
    // Platforms may ignore the filter, so what was asked for is looked for in the answer.
    if wanted.resource_id.is_some() {
        let mut found = line_items(client, line_items_url, &by_name).await?;
        found.retain(|item| item.resource_id == wanted.resource_id && wanted.allows(item));
        if let Some(best) = best(found, wanted)? {
            return Ok(Some(best));
        }
    }
    if wanted.resource_link_id.is_some() {
        let mut found = line_items(client, line_items_url, &by_placement).await?;
        found
            .retain(|item| item.resource_link_id == wanted.resource_link_id && wanted.allows(item));
        return best(found, wanted);
    }
    Ok(None)
}

fn best(found: Vec<LineItem>, wanted: &Wanted) -> Result<Option<LineItem>, ServiceError> {
    let most = found.iter().map(|item| wanted.agreements(item)).max();
    let mut best = found
        .into_iter()
        .filter(|item| Some(wanted.agreements(item)) == most);
    match (best.next(), best.next()) {
        (Some(_), Some(_)) => Err(ServiceError::Ambiguous),
        (first, _) => Ok(first),
    }
}

/// Reads one line item (AGS §3.2).
///
/// # Errors
///
/// The platform refuses, or its answer cannot be read.
pub async fn read_line_item(client: &Services, url: &Url) -> Result<LineItem, ServiceError> {
    let (item, _) = read_items(client, url, LINE_ITEM).await?;
    line_item(&item).ok_or(ServiceError::Unreadable("it is no line item"))
}

/// Reads under either scope that allows it (3.2): a platform may offer only the one that allows changes too.
async fn read_items<T: DeserializeOwned>(
    client: &Services,
    url: &Url,
    accept: &'static str,
) -> Result<(T, Links), ServiceError> {
    match client
        .get_page(url, accept, &[SCOPE_LINE_ITEM_READ_ONLY])
        .await
    {
        Err(error) if error.may_lack_scope() => {
            match client.get_page(url, accept, &[SCOPE_LINE_ITEM]).await {
                // Neither scope opens it, and the first refusal says why.
                Err(other) if other.may_lack_scope() => Err(error),
                answered => answered,
            }
        }
        answered => answered,
    }
}

/// Changes a line item (AGS §3.2): it is read, changed, and sent back with everything else that was in it,
/// known to this library or not.
///
/// # Errors
///
/// The new maximum makes no sense (nothing was sent), the platform refuses, or its answer cannot be read.
pub async fn change_line_item(
    client: &Services,
    url: &Url,
    change: &LineItemChange,
) -> Result<LineItem, ServiceError> {
    if let Some(maximum) = change.score_maximum {
        check_maximum(maximum)?;
    }
    let (mut item, _): (Map<String, Value>, _) =
        client.get_page(url, LINE_ITEM, &[SCOPE_LINE_ITEM]).await?;
    let time = |time: &Option<DateTime<Utc>>| time.map(|time| json!(milliseconds(time)));
    let members = [
        ("label", change.label.as_ref().map(|text| json!(text))),
        (
            "scoreMaximum",
            change.score_maximum.map(|maximum| json!(maximum)),
        ),
        (
            "resourceId",
            change.resource_id.as_ref().map(|text| json!(text)),
        ),
        ("tag", change.tag.as_ref().map(|text| json!(text))),
        ("startDateTime", time(&change.starts_at)),
        ("endDateTime", time(&change.ends_at)),
        (
            "gradesReleased",
            change.grades_released.map(|released| json!(released)),
        ),
        (
            "submissionReview",
            change
                .submission_review
                .as_ref()
                .map(SubmissionReview::to_json),
        ),
    ];
    for (name, member) in members {
        if let Some(member) = member {
            item.insert(name.to_owned(), member);
        }
    }
    let body = Value::Object(item);
    let request = Request {
        method: Method::PUT,
        url,
        // Moodle looks at the content type only.
        accept: None,
        body: Some((LINE_ITEM, &body)),
        scopes: &[SCOPE_LINE_ITEM],
    };
    let (_, answered) = read_success(client.send(&request).await?).await;
    // Some platforms answer without the line item; then what was sent stands.
    serde_json::from_slice::<Map<String, Value>>(&answered)
        .ok()
        .as_ref()
        .and_then(line_item)
        .or_else(|| line_item(body.as_object()?))
        .ok_or(ServiceError::Unreadable("it is no line item"))
}

fn check_maximum(maximum: f64) -> Result<(), ServiceError> {
    if maximum.is_finite() && maximum > 0.0 {
        Ok(())
    } else {
        Err(ServiceError::InvalidScore(
            "the maximum of the line item is not more than zero",
        ))
    }
}

/// Makes a line item (AGS §3.2). Neither Moodle nor Canvas notices when it exists already: ask [`find_line_item`]
/// first.
///
/// # Errors
///
/// The platform refuses, or its answer cannot be read.
pub async fn create_line_item(
    client: &Services,
    line_items_url: &Url,
    new: &NewLineItem,
) -> Result<LineItem, ServiceError> {
    check_maximum(new.score_maximum)?;
    let mut body = json!({ "label": new.label, "scoreMaximum": new.score_maximum });
    let texts = [
        ("resourceId", &new.resource_id),
        ("resourceLinkId", &new.resource_link_id),
        ("tag", &new.tag),
    ];
    for (name, value) in texts {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    if let Some(review) = &new.submission_review {
        body["submissionReview"] = review.to_json();
    }
    let request = Request {
        method: Method::POST,
        url: line_items_url,
        accept: Some(LINE_ITEM),
        body: Some((LINE_ITEM, &body)),
        scopes: &[SCOPE_LINE_ITEM],
    };
    let created: Map<String, Value> = read_json(client.send(&request).await?).await?;
    line_item(&created).ok_or(ServiceError::Unreadable("it is no line item"))
}

/// Finds out what a refusal of a score means on this platform.
fn score_error(error: ServiceError, family: PlatformFamily) -> ServiceError {
    match error {
        ServiceError::Refused {
            status: 409,
            answer,
        } => ServiceError::NewerScoreExists { answer },
        ServiceError::Refused {
            status: 400,
            answer,
        } if family == PlatformFamily::Canvas
            && answer.mentions("before last updated timestamp") =>
        {
            ServiceError::NewerScoreExists { answer }
        }
        // Open edX says it this way, without naming itself in launches.
        ServiceError::Refused {
            status: 400,
            answer,
        } if answer.mentions("to a later point in time")
            || answer.mentions("for the provided timestamp") =>
        {
            ServiceError::NewerScoreExists { answer }
        }
        // Canvas, Blackboard, Brightspace in two ways, and platforms that use the words of the specification.
        ServiceError::Refused {
            status: 400 | 403 | 422,
            answer,
        }
        | ServiceError::NotFound { answer }
            if NO_LEARNER.iter().any(|words| answer.mentions(words)) =>
        {
            ServiceError::NotGradable { answer }
        }
        ServiceError::Refused {
            status: 422,
            answer,
        } if answer.mentions("still unpublished") => ServiceError::NotPublished { answer },
        ServiceError::Refused {
            status: 422,
            answer,
        } if answer.mentions("maximum number of allowed attempts") => {
            ServiceError::NoAttemptsLeft { answer }
        }
        // Canvas while a moderated mark is open; others say it in one word.
        ServiceError::Refused {
            status: 403 | 422,
            answer,
        } if answer.mentions("cannot grade this submission at this time")
            || answer.mentions("locked") =>
        {
            ServiceError::Locked { answer }
        }
        // Moodle has one answer for everything that is wrong with a score. What this module sends is complete,
        // so the person is what is left. Behind HTTP/2 the reason is lost and only the empty list remains.
        ServiceError::Refused {
            status: 400,
            answer,
        } if family == PlatformFamily::Moodle
            && (answer.mentions("incorrect score received") || answer.body == "[]") =>
        {
            ServiceError::NotGradable { answer }
        }
        ServiceError::Temporary { answer, .. }
            if family == PlatformFamily::Moodle && answer.status == 500 && answer.body == "[]" =>
        {
            ServiceError::Locked { answer }
        }
        error => error,
    }
}

fn below(line_item: &Url, name: &str) -> Url {
    let mut url = line_item.clone();
    url.set_path(&format!(
        "{}/{name}",
        line_item.path().trim_end_matches('/')
    ));
    url
}

fn milliseconds(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

pub(crate) fn result_record(record: &Map<String, Value>) -> Option<ResultRecord> {
    Some(ResultRecord {
        user_id: identifier(record.get("userId"))?,
        score: number(record.get("resultScore")).map(|score| {
            // The specification's default.
            let maximum = number(record.get("resultMaximum")).unwrap_or(1.0);
            (score, maximum)
        }),
        comment: non_empty_text(record, "comment"),
        timestamp: time(record, "timestamp"),
    })
}

pub(crate) fn line_item(item: &Map<String, Value>) -> Option<LineItem> {
    Some(LineItem {
        id: parse_web_address(item.get("id")?.as_str()?)?,
        label: non_empty_text(item, "label").unwrap_or_default(),
        score_maximum: number(item.get("scoreMaximum"))?,
        resource_id: non_empty_text(item, "resourceId"),
        resource_link_id: identifier(item.get("resourceLinkId")),
        tag: non_empty_text(item, "tag"),
        starts_at: time(item, "startDateTime"),
        ends_at: time(item, "endDateTime"),
        grades_released: item.get("gradesReleased").and_then(Value::as_bool),
        submission_review: object(item, "submissionReview").map(|review| SubmissionReview {
            reviewable_status: texts(review, "reviewableStatus"),
            label: non_empty_text(review, "label"),
            url: web_address(review, "url"),
            custom: object(review, "custom")
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.clone(), plain_text(value)))
                .collect(),
        }),
    })
}

fn time(members: &Map<String, Value>, name: &str) -> Option<DateTime<Utc>> {
    let time = non_empty_text(members, name)?;
    DateTime::parse_from_rfc3339(&time)
        .ok()
        .map(|time| time.to_utc())
}
