//! What a posted score does to a gradebook, in each manner.
//!
//! Strict is AGS 2.0 section 3.4; the other two were measured on the running systems.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde_json::Value;
use url::Url;

use crate::Manners;

/// What the gradebook keeps for one learner.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Grade {
    pub(crate) score: Option<f64>,
    pub(crate) comments: Vec<String>,
    pub(crate) timestamp: Option<DateTime<Utc>>,
    pub(crate) activity_progress: Option<String>,
    pub(crate) grading_progress: Option<String>,
    pub(crate) attempts: u32,
    pub(crate) overridden: bool,
    /// The tool's score that a teacher's own entry hides.
    pub(crate) hidden: Option<f64>,
    pub(crate) submission_url: Option<Url>,
}

/// Why a score was not taken.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) reason: String,
}

/// Stores a score. `grades` has an entry for each learner and for nobody else.
pub(crate) fn record(
    manners: Manners,
    grades: &mut BTreeMap<String, Grade>,
    maximum: f64,
    attempts_allowed: Option<u32>,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    match manners {
        Manners::Strict => record_strict(grades, maximum, body),
        Manners::Moodle => record_moodle(grades, maximum, body),
        Manners::Canvas => record_canvas(grades, maximum, attempts_allowed, body, now),
    }
}

const ACTIVITY_PROGRESS: [&str; 5] = [
    "Initialized",
    "Started",
    "InProgress",
    "Submitted",
    "Completed",
];

const GRADING_PROGRESS: [&str; 5] = [
    "FullyGraded",
    "Pending",
    "PendingManual",
    "Failed",
    "NotReady",
];

fn record_strict(
    grades: &mut BTreeMap<String, Grade>,
    maximum: f64,
    body: &[u8],
) -> Result<(), Refusal> {
    let bad = |reason: &str| refuse(StatusCode::BAD_REQUEST, reason);
    let score = parse(body).ok_or_else(|| bad("The score is not a JSON object."))?;
    let user_id = text(&score, "userId").ok_or_else(|| bad("`userId` is missing."))?;
    let timestamp = text(&score, "timestamp")
        .and_then(|text| DateTime::parse_from_rfc3339(&text).ok())
        .ok_or_else(|| bad("`timestamp` is missing or no ISO 8601 time with a zone."))?
        .to_utc();
    let activity = text(&score, "activityProgress")
        .filter(|value| ACTIVITY_PROGRESS.contains(&value.as_str()))
        .ok_or_else(|| bad("`activityProgress` is missing or unknown."))?;
    let grading = text(&score, "gradingProgress")
        .filter(|value| GRADING_PROGRESS.contains(&value.as_str()))
        .ok_or_else(|| bad("`gradingProgress` is missing or unknown."))?;
    let given = match score.get("scoreGiven") {
        None => None,
        Some(value) => {
            let given = value
                .as_f64()
                .filter(|given| *given >= 0.0)
                .ok_or_else(|| bad("`scoreGiven` is not a number from 0."))?;
            let out_of = score
                .get("scoreMaximum")
                .and_then(Value::as_f64)
                .filter(|out_of| *out_of > 0.0)
                .ok_or_else(|| bad("`scoreMaximum` above 0 must come with `scoreGiven`."))?;
            Some(given * maximum / out_of)
        }
    };
    let grade = grades
        .get_mut(&user_id)
        .ok_or_else(|| bad("The user is not a learner of this course."))?;
    if grade.timestamp.is_some_and(|stored| timestamp <= stored) {
        return Err(refuse(
            StatusCode::CONFLICT,
            "The stored score is not older.",
        ));
    }
    // A score without `scoreGiven` clears the stored one, and so does a missing comment.
    grade.score = given;
    grade.comments = text(&score, "comment").into_iter().collect();
    grade.timestamp = Some(timestamp);
    grade.activity_progress = Some(activity);
    grade.grading_progress = Some(grading);
    Ok(())
}

fn record_moodle(
    grades: &mut BTreeMap<String, Grade>,
    maximum: f64,
    body: &[u8],
) -> Result<(), Refusal> {
    // Moodle puts the whole body behind its words, into the status line.
    let incorrect = || {
        refuse(
            StatusCode::BAD_REQUEST,
            &format!("Incorrect score received{}", String::from_utf8_lossy(body)),
        )
    };
    let score = parse(body).ok_or_else(incorrect)?;
    let user_id = text_or_number(&score, "userId").ok_or_else(incorrect)?;
    let timestamp = text(&score, "timestamp")
        .and_then(|text| lenient_time(&text))
        .ok_or_else(incorrect)?;
    let activity = text(&score, "activityProgress").ok_or_else(incorrect)?;
    let grading = text(&score, "gradingProgress").ok_or_else(incorrect)?;
    let given = lenient_number(&score, "scoreGiven");
    let out_of = lenient_number(&score, "scoreMaximum");
    if given.is_some() && out_of.is_none() {
        return Err(incorrect());
    }
    let grade = grades.get_mut(&user_id).ok_or_else(incorrect)?;
    if grade
        .timestamp
        .is_some_and(|stored| timestamp.timestamp() <= stored.timestamp())
    {
        return Err(refuse(
            StatusCode::CONFLICT,
            &format!("Refusing score with an earlier timestamp for item 1 and user {user_id}"),
        ));
    }
    let stored = given
        .zip(out_of)
        .filter(|_| grading == "FullyGraded")
        .map(|(given, out_of)| five_decimals((given * maximum / out_of).clamp(0.0, maximum)));
    // What a teacher entered goes on counting, and Moodle says yes all the same.
    if grade.overridden {
        grade.hidden = stored;
        return Ok(());
    }
    grade.score = stored;
    grade.comments = text(&score, "comment").into_iter().collect();
    // Clearing a grade also clears its time, so an older score passes afterwards.
    grade.timestamp = stored.map(|_| timestamp);
    grade.activity_progress = Some(activity);
    grade.grading_progress = Some(grading);
    Ok(())
}

const CANVAS_SUBMISSION: &str = "https://canvas.instructure.com/lti/submission";

fn record_canvas(
    grades: &mut BTreeMap<String, Grade>,
    maximum: f64,
    attempts_allowed: Option<u32>,
    body: &[u8],
    now: DateTime<Utc>,
) -> Result<(), Refusal> {
    let bad = |reason: &str| refuse(StatusCode::BAD_REQUEST, reason);
    let unprocessable = |reason: &str| refuse(StatusCode::UNPROCESSABLE_ENTITY, reason);
    let score = parse(body).ok_or_else(|| bad("Invalid JSON"))?;
    let grade = text_or_number(&score, "userId")
        .and_then(|user_id| grades.get_mut(&user_id))
        .ok_or_else(|| unprocessable("User not found in course or is not a student"))?;
    let activity = text(&score, "activityProgress")
        .ok_or_else(|| bad("param is missing or the value is empty: activityProgress"))?;
    let grading = text(&score, "gradingProgress")
        .ok_or_else(|| bad("param is missing or the value is empty: gradingProgress"))?;
    let timestamp = text(&score, "timestamp")
        .ok_or_else(|| bad("param is missing or the value is empty: timestamp"))?;
    let timestamp = lenient_time(&timestamp).ok_or_else(|| bad("Provided timestamp of invalid"))?;
    // An equal time passes: a repeated post is taken twice.
    if grade.timestamp.is_some_and(|stored| timestamp < stored) {
        return Err(bad("Provided timestamp before last updated timestamp"));
    }
    let submission = score.get(CANVAS_SUBMISSION);
    let submitted_at = submission
        .and_then(|submission| submission.get("submitted_at"))
        .or_else(|| score.get("submission")?.get("submittedAt"))
        .or_else(|| score.get("submittedAt"));
    if let Some(submitted_at) = submitted_at {
        let submitted_at = submitted_at
            .as_str()
            .and_then(lenient_time)
            .ok_or_else(|| bad("Provided submittedAt of invalid"))?;
        if submitted_at > now + TimeDelta::minutes(1) {
            return Err(bad("Provided submittedAt is in the future"));
        }
    }
    let flag = |name: &str| {
        submission
            .and_then(|submission| submission.get(name))
            .and_then(Value::as_bool)
    };
    let is_final = matches!(grading.as_str(), "FullyGraded" | "PendingManual");
    let given = lenient_number(&score, "scoreGiven").filter(|_| is_final);
    let scaled = match given {
        None => None,
        Some(given) => {
            let out_of = lenient_number(&score, "scoreMaximum")
                .ok_or_else(|| unprocessable("ScoreMaximum must be supplied"))?;
            if out_of < 0.0 || (out_of <= 0.0 && maximum > 0.0) {
                return Err(unprocessable("ScoreMaximum must be greater than 0"));
            }
            if given < 0.0 {
                return Err(unprocessable(
                    "ScoreGiven must be greater than or equal to 0",
                ));
            }
            // Both maxima may be 0, and then so is the score.
            Some(if out_of > 0.0 {
                given * maximum / out_of
            } else {
                0.0
            })
        }
    };
    let submission_type = submission
        .and_then(|submission| submission.get("submission_type"))
        .and_then(Value::as_str);
    if flag("new_submission").unwrap_or(submission_type != Some("none")) {
        if attempts_allowed.is_some_and(|allowed| grade.attempts >= allowed) {
            return Err(unprocessable(
                "The maximum number of allowed attempts has been reached for this submission",
            ));
        }
        grade.attempts += 1;
    }
    if submission_type == Some("basic_lti_launch") {
        grade.submission_url = submission
            .and_then(|submission| submission.get("submission_data")?.as_str())
            .and_then(|address| Url::parse(address).ok());
    }
    let keeps_other_grade =
        flag("prioritize_non_tool_grade") == Some(true) && grade.score.is_some();
    if flag("preserve_score") != Some(true) && (scaled.is_none() || !keeps_other_grade) {
        grade.score = scaled;
    }
    // Canvas adds a submission comment at each post and never takes one away.
    grade.comments.extend(text(&score, "comment"));
    grade.timestamp = Some(timestamp);
    grade.activity_progress = Some(activity);
    grade.grading_progress = Some(grading);
    Ok(())
}

fn refuse(status: StatusCode, reason: &str) -> Refusal {
    Refusal {
        status,
        reason: reason.to_owned(),
    }
}

fn parse(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok().filter(Value::is_object)
}

fn text(score: &Value, name: &str) -> Option<String> {
    score
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn text_or_number(score: &Value, name: &str) -> Option<String> {
    text(score, name).or_else(|| Some(score.get(name)?.as_i64()?.to_string()))
}

fn lenient_number(score: &Value, name: &str) -> Option<f64> {
    let value = score.get(name)?;
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

/// A time without a zone is taken as the server's, which is UTC here.
fn lenient_time(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| time.to_utc())
        .ok()
        .or_else(|| {
            NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
                .ok()
                .map(|time| time.and_utc())
        })
}

fn five_decimals(score: f64) -> f64 {
    (score * 100_000.0).round() / 100_000.0
}
