//! The worker's side of the outbox: delivering grades until the platform has
//! them, or staff can see why it does not take them.

use assessment::passback::{Delivery, delay};
use chrono::Duration;
use lti::ags::{
    ActivityProgress, GradingProgress, LineItemsQuery, NewLineItem, PlatformFamily, Score,
    create_line_item, line_items, next_timestamp, post_score, read_result,
};
use lti::claims::SCOPE_LINE_ITEM;
use lti::service::{ServiceError, Services};
use storage::StorageError;
use storage::courses::{ActivityRecord, CourseRecord, PersonRecord};
use storage::passback::PassbackRecord;
use storage::platforms::RegistrationRecord;
use url::Url;

use crate::release::again;
use crate::{App, Problem, platforms};

/// Longer than one try can take, so that no two workers try at once.
const LEASE_SECONDS: i64 = 60;
/// After so many tries, over about five days, the grade counts as failed.
const MOST_ATTEMPTS: u32 = 30;
/// Two scores closer than this are the same; Moodle keeps five decimals.
const SAME_SCORE: f64 = 1e-4;

/// Delivers what is due, one after the other, so that no platform sees more
/// than one request of ours at a time. Says how many were tried.
///
/// # Errors
/// [`StorageError`]; what was claimed comes due again when its lease ends.
pub async fn deliver_due(app: &App) -> Result<usize, StorageError> {
    let mut tried = 0;
    loop {
        let now = app.now();
        let mut work = app.storage.write().await?;
        let claimed = work
            .claim_passbacks(now, now + Duration::seconds(LEASE_SECONDS), 1)
            .await?;
        work.save().await?;
        let Some(passback) = claimed.into_iter().next() else {
            return Ok(tried);
        };
        let claimed_timestamp = passback.timestamp;
        let settled = deliver(app, passback).await?;
        log(&settled);
        let mut work = app.storage.write().await?;
        work.settle_passback(&settled, claimed_timestamp).await?;
        work.save().await?;
        tried += 1;
    }
}

/// Says how a try went. What the platform answered may name the learner, so it
/// is kept with the grade and not in the log.
fn log(passback: &PassbackRecord) {
    let (delivery, attempt) = (passback.delivery.word(), passback.attempts);
    let submission = passback.submission;
    if passback.delivery == Delivery::Delivered {
        tracing::info!(submission.id = %submission, attempt, "grade delivered");
    } else {
        tracing::warn!(submission.id = %submission, attempt, delivery, "grade not delivered");
    }
}

/// All that is kept about where a grade goes.
struct Destination {
    registration: RegistrationRecord,
    course: CourseRecord,
    activity: ActivityRecord,
    learner: PersonRecord,
}

async fn destination(app: &App, passback: &PassbackRecord) -> Result<Destination, StorageError> {
    let missing = |table| StorageError::Inconsistency {
        table,
        column: "id",
    };
    let mut work = app.storage.read().await?;
    let activity = work
        .activity(passback.registration, passback.activity)
        .await?
        .ok_or(missing("activities"))?;
    Ok(Destination {
        registration: work
            .registration(passback.registration)
            .await?
            .ok_or(missing("registrations"))?,
        course: work
            .course(passback.registration, activity.course)
            .await?
            .ok_or(missing("courses"))?,
        learner: work
            .person(passback.registration, passback.person)
            .await?
            .ok_or(missing("people"))?,
        activity,
    })
}

/// One try. The record that comes back says how it went.
async fn deliver(app: &App, mut passback: PassbackRecord) -> Result<PassbackRecord, StorageError> {
    let to = destination(app, &passback).await?;
    let services = services(app, &to.registration, &to.course).await?;
    let family = PlatformFamily::from_product_family_code(Some(&to.activity.platform_family));
    passback.attempts += 1;
    passback.changed_at = app.now();

    let line_item = match line_item(app, &services, &to, &passback).await? {
        Ok(line_item) => line_item,
        Err(refusal) => return Ok(refused(app, passback, refusal)),
    };
    // Where a try may have arrived, the gradebook is asked first: Canvas would
    // show the comment twice.
    if passback.outcome_unknown {
        match read_result(&services, &line_item, &to.learner.subject).await {
            Ok(Some(result)) if same(result.score, &passback) => {
                "The gradebook already has this grade".clone_into(&mut passback.answer);
                return Ok(delivered(passback));
            }
            // Without the right to read results the score itself must do; a
            // temporary failure is waited out.
            Err(error) if error.may_pass() => return Ok(failed(app, passback, &error)),
            Ok(_) | Err(_) => {}
        }
    }
    let score = Score {
        user_id: to.learner.subject.clone(),
        activity_progress: ActivityProgress::Completed,
        grading_progress: GradingProgress::FullyGraded,
        timestamp: passback.timestamp,
        score: Some((passback.entry.score, passback.entry.maximum)),
        comment: Some(passback.entry.comment.clone()),
        submitted_at: None,
    };
    match post_score(&services, &line_item, &score, family, true).await {
        Ok(receipt) => {
            // Moodle says yes also where another grade goes on counting.
            if family == PlatformFamily::Moodle
                && let Some((answer, advice)) =
                    not_shown(&services, &line_item, &to.learner.subject, &passback).await
            {
                return Ok(PassbackRecord {
                    delivery: Delivery::Failed,
                    answer: answer.to_owned(),
                    advice: advice.to_owned(),
                    ..passback
                });
            }
            passback.answer = receipt.answer.to_string();
            Ok(delivered(passback))
        }
        Err(ServiceError::NewerScoreExists { answer }) => {
            let result = read_result(&services, &line_item, &to.learner.subject).await;
            if let Ok(Some(result)) = &result
                && same(result.score, &passback)
            {
                passback.answer = answer.to_string();
                return Ok(delivered(passback));
            }
            // A later time, for the platform's clock or a teacher's edit is ahead of ours.
            passback.timestamp = next_timestamp(
                app.now() + Duration::seconds(i64::from(passback.attempts)),
                Some(passback.timestamp),
            );
            let error = ServiceError::NewerScoreExists { answer };
            Ok(if passback.attempts < 5 {
                waiting(app, passback, &error)
            } else {
                failed(app, passback, &error)
            })
        }
        Err(error) => Ok(failed(app, passback, &error)),
    }
}

/// Whether the gradebook's score is the one that we send, whatever it is out of there.
fn same(found: Option<(f64, f64)>, passback: &PassbackRecord) -> bool {
    found.is_some_and(|(score, maximum)| {
        maximum > 0.0
            && (score / maximum - passback.entry.score / passback.entry.maximum).abs() < SAME_SCORE
    })
}

/// What Moodle's gradebook shows after it took a score, and what staff can do,
/// where that is not the score. A result that cannot be read proves nothing.
async fn not_shown(
    services: &Services,
    line_item: &Url,
    user_id: &str,
    passback: &PassbackRecord,
) -> Option<(&'static str, &'static str)> {
    let result = read_result(services, line_item, user_id)
        .await
        .ok()
        .flatten()?;
    let Some(shown) = result.score else {
        // Moodle leaves a grade of nothing out, so that only a score above it is missed.
        return (passback.entry.score > 0.0).then_some((
            "The gradebook took the grade and shows none",
            "Ask the teacher to set the grade of this activity to points in the course, and to look whether an empty grade was entered for this person in the gradebook. Then send again.",
        ));
    };
    // A column may count in a scale or by a factor, so that the number alone does
    // not tell. A grade that a teacher entered keeps the time of that entry.
    let entered = result
        .timestamp
        .is_some_and(|at| at.timestamp() != passback.timestamp.timestamp());
    (entered && !same(Some(shown), passback)).then_some((
        "The gradebook goes on showing a grade that was entered there",
        "If the grade there is meant to stay, nothing is to be done. Otherwise ask the teacher to remove it, or its mark as overridden, in the gradebook. Then send again.",
    ))
}

fn delivered(passback: PassbackRecord) -> PassbackRecord {
    PassbackRecord {
        delivery: Delivery::Delivered,
        outcome_unknown: false,
        advice: String::new(),
        ..passback
    }
}

fn waiting(app: &App, passback: PassbackRecord, error: &ServiceError) -> PassbackRecord {
    let asked = error
        .retry_after()
        .and_then(|wait| Duration::from_std(wait).ok());
    PassbackRecord {
        run_at: app.now() + delay(passback.attempts, asked),
        answer: answer(error),
        advice: error.advice().to_owned(),
        outcome_unknown: passback.outcome_unknown
            || matches!(error, ServiceError::UnknownOutcome(_)),
        ..passback
    }
}

fn failed(app: &App, passback: PassbackRecord, error: &ServiceError) -> PassbackRecord {
    if error.may_pass() && passback.attempts < MOST_ATTEMPTS {
        return waiting(app, passback, error);
    }
    PassbackRecord {
        delivery: Delivery::Failed,
        ..waiting(app, passback, error)
    }
}

/// The platform's own words where it answered, ours where it did not.
fn answer(error: &ServiceError) -> String {
    let Some(answer) = error.answer() else {
        return error.to_string();
    };
    // Most platforms say the reason in the body, Moodle in the status line. Pages are for browsers.
    let body: String = answer.body.split_whitespace().collect::<Vec<_>>().join(" ");
    if matches!(body.as_str(), "" | "[]" | "{}") || body.starts_with('<') {
        answer.to_string()
    } else {
        format!("{answer}: {body}")
    }
}

/// Why there is no line item to send to.
enum NoLineItem {
    Service(ServiceError),
    NotGraded,
}

fn refused(app: &App, passback: PassbackRecord, refusal: NoLineItem) -> PassbackRecord {
    match refusal {
        NoLineItem::Service(error) => failed(app, passback, &error),
        NoLineItem::NotGraded => PassbackRecord {
            delivery: Delivery::Failed,
            answer: "The course gives this activity no place in its gradebook".to_owned(),
            advice: "Switch grades on for this activity in the course, open the activity once, then send again.".to_owned(),
            ..passback
        },
    }
}

/// The line item that the launch named; else the one that belongs to the
/// activity's link; else a new one, where the platform allows it.
async fn line_item(
    app: &App,
    services: &Services,
    to: &Destination,
    passback: &PassbackRecord,
) -> Result<Result<Url, NoLineItem>, StorageError> {
    if let Some(url) = to
        .activity
        .line_item_url
        .as_deref()
        .and_then(|url| Url::parse(url).ok())
    {
        return Ok(Ok(url));
    }
    let Some(items) = to
        .course
        .line_items_url
        .as_deref()
        .and_then(|url| Url::parse(url).ok())
    else {
        return Ok(Err(NoLineItem::NotGraded));
    };
    let query = LineItemsQuery {
        resource_link_id: Some(to.activity.resource_link.clone()),
        ..LineItemsQuery::default()
    };
    let found = match line_items(services, &items, &query).await {
        Ok(found) => found,
        Err(error) => return Ok(Err(NoLineItem::Service(error))),
    };
    let ours = found
        .into_iter()
        .find(|item| item.resource_link_id.as_deref() == Some(to.activity.resource_link.as_str()));
    let url = if let Some(item) = ours {
        item.id
    } else if to
        .activity
        .grade_scopes
        .iter()
        .any(|scope| scope == SCOPE_LINE_ITEM)
    {
        let new = NewLineItem {
            label: to.activity.title.clone(),
            score_maximum: passback.entry.maximum,
            resource_id: to.activity.unit.clone(),
            resource_link_id: Some(to.activity.resource_link.clone()),
            tag: Some("result".to_owned()),
        };
        match create_line_item(services, &items, &new).await {
            Ok(item) => item.id,
            Err(error) => return Ok(Err(NoLineItem::Service(error))),
        }
    } else {
        return Ok(Err(NoLineItem::NotGraded));
    };
    let mut work = app.storage.write().await?;
    work.set_activity_line_item(to.activity.registration, to.activity.id, url.as_str())
        .await?;
    work.save().await?;
    Ok(Ok(url))
}

/// The platform's services for one course.
pub(crate) async fn services(
    app: &App,
    registration: &RegistrationRecord,
    course: &CourseRecord,
) -> Result<Services, StorageError> {
    let (clock, entropy) = (app.clock.clone(), app.entropy.clone());
    Ok(Services::new(
        app.http.clone(),
        app.tokens.clone(),
        platforms::registration(registration)?,
        Some(course.deployment.clone()),
        app.keys.signing_key(registration.id).await?,
        move || clock(),
        move || {
            let mut bytes = [0; 16];
            entropy(&mut bytes);
            bytes
                .iter()
                .fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
        },
    ))
}

/// Makes every grade that is not delivered due now. Says how many.
///
/// # Errors
/// [`Problem::Storage`] where the database fails.
pub async fn retry_all(app: &App) -> Result<usize, Problem> {
    let mut work = app.storage.write().await?;
    let undelivered = work.undelivered().await?;
    let count = undelivered.len();
    for passback in undelivered {
        again(app, work.as_mut(), passback).await?;
    }
    work.save().await?;
    app.grade_due.notify_one();
    Ok(count)
}
