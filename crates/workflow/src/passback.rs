//! The worker's side of the outbox: telling platforms of hand-ins and grades
//! until they have them, or staff can see why not.

use std::pin::pin;
use std::time::Duration as Time;

use assessment::overlay::Overlay;
use assessment::passback::{Delivery, Message, Reason, delay};
use assessment::sheet::GradebookEntry;
use assessment::submission::State;
use chrono::{DateTime, Duration, Utc};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use lti::ags::{
    ActivityProgress, GradingProgress, HandIn, NewLineItem, PlatformFamily, Score, ScoreReceipt,
    SubmissionReview, Wanted, confirm_score, create_line_item, find_line_item, next_timestamp,
    post_hand_in, post_score, progress_allowed, read_line_item, read_result, same_grade,
};
use lti::claims::{SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ_ONLY};
use lti::service::{ServiceError, Services};
use storage::courses::{ActivityRecord, CourseRecord, PersonRecord};
use storage::passback::{LineItemRecord, PassbackRecord};
use storage::platforms::RegistrationRecord;
use storage::submissions::SubmissionRecord;
use storage::{StorageError, UnitOfWork};
use url::Url;

use crate::launch::redirect_uri;
use crate::overlay::unit_in_force;
use crate::release::again;
use crate::visit::Visit;
use crate::{App, Problem, platforms};

/// Longer than [`LONGEST_TRY`], so that no two workers try at once.
const LEASE_SECONDS: i64 = 60;
/// A try that takes longer is broken off, and its outcome counts as unknown.
const LONGEST_TRY: Time = Time::from_secs(50);
/// Registrations that are served side by side.
const MOST_LANES: usize = 16;
/// How often is looked for what came due while platforms are slow to answer.
const LOOK_AGAIN: Time = Time::from_secs(1);
/// After so many tries, over about five days, a grade counts as failed.
const MOST_ATTEMPTS: u32 = 30;
/// After so many tries, over about six hours, a hand-in or referral does.
const MOST_ATTEMPTS_WITHOUT_MARK: u32 = 13;
/// After so many refusals because of a later score, people have to look.
const MOST_OVERTAKEN: u32 = 5;
/// How long a platform is left alone that wants a pause without saying how long.
const PAUSE_SECONDS: i64 = 5;
/// Kind of the line items that are ours (AGS 2.0, 3.1.2).
pub const TAG: &str = "result";
/// Longest name of a column that Open edX takes, in characters.
const LONGEST_LABEL: usize = 100;

/// Delivers what is due: one message after the other to each platform, and
/// platforms side by side, so that a slow one holds no other up. Ends when
/// nothing is due and nothing under way; says how many messages were tried.
///
/// # Errors
/// [`StorageError`]; what was claimed comes due again when its lease ends.
pub async fn deliver_due(app: &App) -> Result<usize, StorageError> {
    let mut under_way = FuturesUnordered::new();
    let mut ended = Vec::new();
    let mut tried = 0;
    loop {
        tried += ended.len();
        let room = MOST_LANES - under_way.len();
        let mut claiming = pin!(settle_and_claim(app, std::mem::take(&mut ended), room));
        // Tries go on meanwhile, for one of them may hold the database that this waits for.
        let claimed = loop {
            tokio::select! {
                claimed = &mut claiming => break claimed?,
                Some(one) = under_way.next() => ended.push(one?),
            }
        };
        for (passback, lease_until) in claimed {
            under_way.push(deliver(app, passback, lease_until));
        }
        if ended.is_empty() {
            if under_way.is_empty() {
                return Ok(tried);
            }
            tokio::select! {
                Some(one) = under_way.next() => ended.push(one?),
                () = app.grade_due.notified() => {}
                () = tokio::time::sleep(LOOK_AGAIN) => {}
            }
        }
    }
}

/// Writes how tries went, which frees their lanes, and takes what is due in up
/// to `room` free lanes, each message with the end of its lease.
async fn settle_and_claim(
    app: &App,
    ended: Vec<Tried>,
    room: usize,
) -> Result<Vec<(PassbackRecord, DateTime<Utc>)>, StorageError> {
    let mut work = app.storage.write().await?;
    for tried in ended {
        settle(work.as_mut(), tried).await?;
    }
    let now = app.now();
    let lease_until = now + Duration::seconds(LEASE_SECONDS);
    let room = u32::try_from(room).unwrap_or(u32::MAX);
    let claimed = work.claim_passbacks(now, lease_until, room).await?;
    work.save().await?;
    Ok(claimed
        .into_iter()
        .map(|passback| (passback, lease_until))
        .collect())
}

/// A try that has ended.
struct Tried {
    passback: PassbackRecord,
    /// What the message was claimed with.
    timestamp: DateTime<Utc>,
    lease_until: DateTime<Utc>,
    /// Until when the platform wants to be left alone.
    pause_until: Option<DateTime<Utc>>,
}

async fn settle(work: &mut dyn UnitOfWork, tried: Tried) -> Result<(), StorageError> {
    log(&tried.passback);
    work.settle_passback(&tried.passback, tried.timestamp, tried.lease_until)
        .await?;
    if let Some(until) = tried.pause_until {
        work.pause_passbacks(tried.passback.registration, until)
            .await?;
    }
    Ok(())
}

/// Says how a try went. What the platform answered may name the learner, so it
/// is kept with the message and not in the log.
fn log(passback: &PassbackRecord) {
    let (delivery, attempt) = (passback.delivery.word(), passback.attempts);
    let (submission, message) = (passback.submission, passback.message.word());
    match passback.delivery {
        Delivery::Delivered | Delivery::Dropped => {
            tracing::info!(submission.id = %submission, message, attempt, delivery, "the gradebook was told");
        }
        Delivery::Waiting | Delivery::Failed => {
            tracing::warn!(submission.id = %submission, message, attempt, delivery, "the gradebook was not told");
        }
    }
}

/// All that is kept about where a message goes.
struct Destination {
    registration: RegistrationRecord,
    course: CourseRecord,
    activity: ActivityRecord,
    learner: PersonRecord,
    submission: SubmissionRecord,
    overlays: Vec<Overlay>,
}

impl Destination {
    fn family(&self) -> PlatformFamily {
        PlatformFamily::from_product_family_code(Some(&self.activity.platform_family))
    }
}

async fn destination(app: &App, passback: &PassbackRecord) -> Result<Destination, StorageError> {
    let missing = |table| StorageError::Inconsistency {
        table,
        column: "id",
    };
    let registration = passback.registration;
    let mut work = app.storage.read().await?;
    let activity = work
        .activity(registration, passback.activity)
        .await?
        .ok_or(missing("activities"))?;
    Ok(Destination {
        registration: work
            .registration(registration)
            .await?
            .ok_or(missing("registrations"))?,
        course: work
            .course(registration, activity.course)
            .await?
            .ok_or(missing("courses"))?,
        learner: work
            .person(registration, passback.person)
            .await?
            .ok_or(missing("people"))?,
        submission: work
            .submission(registration, passback.submission)
            .await?
            .ok_or(missing("submissions"))?,
        overlays: app.overlays_for(work.as_mut(), registration).await?,
        activity,
    })
}

/// What became of a try.
enum Outcome {
    /// The platform has it, and said this.
    Arrived(String),
    /// The platform has it, but something is left for people to do.
    ArrivedBut(Reason, &'static str),
    /// It is no longer true, or would clear a grade.
    Needless,
    /// There is no line item.
    NoColumn,
    /// Something failed before the message was sent.
    NothingSent(ServiceError),
    /// The platform refused it, or nothing is known.
    Error(ServiceError),
    /// The try took too long.
    BrokenOff,
}

/// One try, whose record says how it went.
async fn deliver(
    app: &App,
    passback: PassbackRecord,
    lease_until: DateTime<Utc>,
) -> Result<Tried, StorageError> {
    let timestamp = passback.timestamp;
    let passback = PassbackRecord {
        attempts: passback.attempts + 1,
        changed_at: app.now(),
        ..passback
    };
    let to = destination(app, &passback).await?;
    let outcome = match tokio::time::timeout(LONGEST_TRY, attempt(app, &to, &passback)).await {
        Ok(outcome) => outcome?,
        Err(_) => Outcome::BrokenOff,
    };
    let pause_until = match &outcome {
        Outcome::Error(error) | Outcome::NothingSent(error) => {
            pause(error).map(|pause| app.now() + pause)
        }
        _ => None,
    };
    Ok(Tried {
        passback: ended(app, &passback, outcome),
        timestamp,
        lease_until,
        pause_until,
    })
}

/// How long the platform's other messages wait too: as long as it asks, or a
/// little while where it could not be reached at all.
fn pause(error: &ServiceError) -> Option<Duration> {
    let asked = error
        .retry_after()
        .and_then(|wait| Duration::from_std(wait).ok())
        .map(|wait| wait.min(Duration::hours(24)));
    let silent = matches!(
        error,
        ServiceError::Throttled { .. } | ServiceError::NotDelivered(_)
    ) || matches!(error, ServiceError::Token(error) if error.may_pass());
    asked.or(silent.then(|| Duration::seconds(PAUSE_SECONDS)))
}

/// The message with what became of its try.
fn ended(app: &App, passback: &PassbackRecord, outcome: Outcome) -> PassbackRecord {
    let settled = |delivery, answer: String, reason, advice: &str| PassbackRecord {
        delivery,
        answer,
        reason,
        advice: advice.to_owned(),
        ..passback.clone()
    };
    let sent = !matches!(outcome, Outcome::NothingSent(_));
    match outcome {
        Outcome::Arrived(answer) => PassbackRecord {
            outcome_unknown: false,
            ..settled(Delivery::Delivered, answer, None, "")
        },
        Outcome::ArrivedBut(reason, advice) => PassbackRecord {
            outcome_unknown: false,
            ..settled(Delivery::Delivered, String::new(), Some(reason), advice)
        },
        Outcome::Needless => settled(Delivery::Dropped, String::new(), None, ""),
        Outcome::NoColumn => settled(
            Delivery::Failed,
            "The course gives this activity no place in its gradebook".to_owned(),
            Some(Reason::NoColumn),
            "Switch grades on for this activity in the course, open the activity once, then send again.",
        ),
        Outcome::BrokenOff => PassbackRecord {
            run_at: app.now() + delay(passback.attempts, None),
            outcome_unknown: true,
            ..settled(
                waiting_or_failed(passback, true),
                "The platform took too long to answer".to_owned(),
                None,
                "Wait: it is tried again. If it goes on, ask the administrator of the course platform whether it is up.",
            )
        },
        Outcome::Error(error) | Outcome::NothingSent(error) => {
            let asked = error
                .retry_after()
                .and_then(|wait| Duration::from_std(wait).ok());
            let overtaken = matches!(error, ServiceError::NewerScoreExists { .. });
            let may_pass = if overtaken {
                passback.attempts < MOST_OVERTAKEN
            } else {
                error.may_pass()
            };
            PassbackRecord {
                // The platform's clock or a teacher's edit is ahead of ours.
                timestamp: if overtaken {
                    let later = Duration::seconds(i64::from(passback.attempts));
                    next_timestamp(app.now() + later, Some(passback.timestamp))
                } else {
                    passback.timestamp
                },
                run_at: app.now() + delay(passback.attempts, asked),
                outcome_unknown: passback.outcome_unknown || sent && error.may_have_been_done(),
                ..settled(
                    waiting_or_failed(passback, may_pass),
                    answer(&error),
                    reason(&error),
                    error.advice(),
                )
            }
        }
    }
}

fn waiting_or_failed(passback: &PassbackRecord, may_pass: bool) -> Delivery {
    let most = match passback.message {
        Message::Mark(_) => MOST_ATTEMPTS,
        Message::HandedIn | Message::Referred => MOST_ATTEMPTS_WITHOUT_MARK,
    };
    if may_pass && passback.attempts < most {
        Delivery::Waiting
    } else {
        Delivery::Failed
    }
}

/// What people can set right.
fn reason(error: &ServiceError) -> Option<Reason> {
    match error {
        ServiceError::NotGradable { .. } => Some(Reason::NotGradable),
        ServiceError::Locked { .. } => Some(Reason::Locked),
        ServiceError::Concluded { .. } => Some(Reason::Concluded),
        ServiceError::NotPublished { .. } => Some(Reason::NotPublished),
        ServiceError::Overridden { .. } => Some(Reason::Overridden),
        ServiceError::NoAttemptsLeft { .. } => Some(Reason::NoAttemptsLeft),
        ServiceError::NotPermitted { .. } | ServiceError::Unauthorised { .. } => {
            Some(Reason::NotPermitted)
        }
        ServiceError::Token(error) if error.is_scope_refused() => Some(Reason::NotPermitted),
        ServiceError::ToolRemoved { .. } => Some(Reason::ToolRemoved),
        ServiceError::NotFound { .. } | ServiceError::Ambiguous => Some(Reason::NoColumn),
        _ => None,
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

/// Finds the line item and sends the message there. Where the line item that
/// was remembered is gone, it is looked for once more.
async fn attempt(
    app: &App,
    to: &Destination,
    passback: &PassbackRecord,
) -> Result<Outcome, StorageError> {
    // The learner took the work back before the platform was told.
    if passback.message == Message::HandedIn && to.submission.state == State::Draft {
        return Ok(Outcome::Needless);
    }
    let services = services(app, &to.registration, &to.course).await?;
    let url = match line_item(app, &services, to, passback).await? {
        Ok(Some(url)) => url,
        Ok(None) => return Ok(Outcome::NoColumn),
        Err(error) => return Ok(Outcome::NothingSent(error)),
    };
    let sent = match send(app, &services, to, passback, &url).await {
        Err(ServiceError::NotFound { answer }) => {
            match another_line_item(app, &services, to, &url).await? {
                Ok(Some(other)) => send(app, &services, to, passback, &other).await,
                Ok(None) => Err(ServiceError::NotFound { answer }),
                Err(error) => Ok(Outcome::NothingSent(error)),
            }
        }
        sent => sent,
    };
    Ok(sent.unwrap_or_else(Outcome::Error))
}

async fn send(
    app: &App,
    services: &Services,
    to: &Destination,
    passback: &PassbackRecord,
    line_item: &Url,
) -> Result<Outcome, ServiceError> {
    if let Message::Mark(entry) = &passback.message {
        return send_mark(services, to, passback, entry, line_item).await;
    }
    if !progress_allowed(to.family(), false) {
        return Ok(Outcome::Needless);
    }
    // What is no mark clears a grade that somebody entered there, but for Canvas.
    if to.family() != PlatformFamily::Canvas {
        match read_result(services, line_item, &to.learner.subject).await {
            Ok(Some(result)) if result.score.is_some() => return Ok(Outcome::Needless),
            Ok(_) => {}
            Err(error) if error.may_pass() => return Ok(Outcome::NothingSent(error)),
            Err(error @ ServiceError::NotFound { .. }) => return Err(error),
            // Without the right to read results nobody can tell whether there is one.
            Err(_) => return Ok(Outcome::Needless),
        }
    }
    let sent = if passback.message == Message::HandedIn {
        send_hand_in(app, services, to, passback, line_item).await
    } else {
        send_referral(services, to, passback, line_item).await
    };
    match sent {
        // The platform has this very message, from a try that had no answer.
        Err(ServiceError::NewerScoreExists { answer }) if passback.outcome_unknown => {
            Ok(Outcome::Arrived(answer.to_string()))
        }
        sent => sent,
    }
}

async fn send_mark(
    services: &Services,
    to: &Destination,
    passback: &PassbackRecord,
    entry: &GradebookEntry,
    line_item: &Url,
) -> Result<Outcome, ServiceError> {
    let family = to.family();
    let mark = (entry.score, entry.maximum);
    let mut score = Score {
        user_id: to.learner.subject.clone(),
        activity_progress: ActivityProgress::Completed,
        grading_progress: GradingProgress::FullyGraded,
        timestamp: passback.timestamp,
        score: Some(mark),
        comment: Some(entry.comment.clone()),
        submitted_at: None,
    };
    // Where a try may have arrived, the gradebook is asked first.
    if passback.outcome_unknown {
        match read_result(services, line_item, &score.user_id).await {
            Ok(Some(result))
                if result.score.is_some_and(|found| same_grade(mark, found))
                    // Moodle loses our comment with the mark of a teacher's that hid it.
                    && (family != PlatformFamily::Moodle
                        || result.comment.as_deref() == Some(entry.comment.as_str())) =>
            {
                return Ok(Outcome::Arrived(
                    "The gradebook already has this grade".to_owned(),
                ));
            }
            Err(error) if error.may_pass() => return Ok(Outcome::NothingSent(error)),
            // Canvas adds each comment to those that are there, and keeps the last one with the
            // result whatever became of the grade.
            Ok(Some(result))
                if family == PlatformFamily::Canvas
                    && result.comment.as_deref() == Some(entry.comment.as_str()) =>
            {
                score.comment = None;
            }
            // Without the right to read results the score itself must do.
            Err(_) if family == PlatformFamily::Canvas => score.comment = None,
            Ok(_) | Err(_) => {}
        }
    }
    match post_score(services, line_item, &score, family, true).await {
        Ok(receipt) => {
            // Moodle says yes also where another grade goes on counting. What cannot be read
            // proves nothing.
            if family == PlatformFamily::Moodle
                && let Err(error @ ServiceError::Overridden { .. }) =
                    confirm_score(services, line_item, &score).await
            {
                return Err(error);
            }
            Ok(Outcome::Arrived(receipt.answer.to_string()))
        }
        Err(ServiceError::NewerScoreExists { answer }) => {
            let result = read_result(services, line_item, &score.user_id).await;
            let found = result.ok().flatten().and_then(|result| result.score);
            if found.is_some_and(|found| same_grade(mark, found)) {
                Ok(Outcome::Arrived(answer.to_string()))
            } else {
                Err(ServiceError::NewerScoreExists { answer })
            }
        }
        Err(error) => Err(error),
    }
}

async fn send_hand_in(
    app: &App,
    services: &Services,
    to: &Destination,
    passback: &PassbackRecord,
    line_item: &Url,
) -> Result<Outcome, ServiceError> {
    let mut review_url = redirect_uri(app);
    review_url
        .query_pairs_mut()
        .append_pair("submission", &to.submission.id.to_string());
    let mut hand_in = HandIn {
        user_id: to.learner.subject.clone(),
        timestamp: passback.timestamp,
        submitted_at: to.submission.submitted_at.unwrap_or(passback.timestamp),
        review_url: Some(review_url),
        // One attempt for each submission, even where a try may have opened it already.
        new_attempt: !passback.outcome_unknown,
    };
    let told = |receipt: Option<ScoreReceipt>| match receipt {
        Some(receipt) => Outcome::Arrived(receipt.answer.to_string()),
        None => Outcome::Needless,
    };
    match post_hand_in(services, line_item, &hand_in, to.family(), false).await {
        Err(error @ ServiceError::NoAttemptsLeft { .. }) if hand_in.new_attempt => {
            hand_in.new_attempt = false;
            post_hand_in(services, line_item, &hand_in, to.family(), false).await?;
            Ok(Outcome::ArrivedBut(Reason::NoAttemptsLeft, error.advice()))
        }
        sent => sent.map(told),
    }
}

/// Nobody marks any more: the learner works on, or has finished.
async fn send_referral(
    services: &Services,
    to: &Destination,
    passback: &PassbackRecord,
    line_item: &Url,
) -> Result<Outcome, ServiceError> {
    let (activity_progress, grading_progress) = if to.submission.state == State::ClosedNotAchieved {
        (ActivityProgress::Completed, GradingProgress::NotReady)
    } else {
        (ActivityProgress::InProgress, GradingProgress::Pending)
    };
    let score = Score {
        user_id: to.learner.subject.clone(),
        activity_progress,
        grading_progress,
        timestamp: passback.timestamp,
        score: None,
        comment: None,
        submitted_at: None,
    };
    let receipt = post_score(services, line_item, &score, to.family(), false).await?;
    Ok(Outcome::Arrived(receipt.answer.to_string()))
}

/// Puts a hand-in or a referral into the outbox, where the platform can hear of
/// it and no mark was ever meant for its gradebook.
pub(crate) async fn tell(
    app: &App,
    work: &mut dyn UnitOfWork,
    visit: &Visit,
    submission: &SubmissionRecord,
    message: Message,
) -> Result<(), StorageError> {
    let (activity, course) = (&visit.activity, &visit.course);
    let family = PlatformFamily::from_product_family_code(Some(&activity.platform_family));
    let offered = activity.line_item_url.is_some()
        || activity.line_items_url.is_some()
        || course.line_items_url.is_some();
    let last = work
        .passback(submission.activity, submission.person)
        .await?;
    let marked = last
        .as_ref()
        .is_some_and(|last| last.message.mark().is_some());
    if !offered || marked || !progress_allowed(family, false) {
        return Ok(());
    }
    if is_preview(work, submission).await? {
        return Ok(());
    }
    // Work that was taken back and handed in again opens no second attempt.
    let told_before = last.as_ref().is_some_and(|last| {
        last.submission == submission.id
            && last.message == message
            && (last.delivery == Delivery::Delivered || last.outcome_unknown)
    });
    let now = app.now();
    work.put_passback(&PassbackRecord {
        activity: submission.activity,
        person: submission.person,
        registration: submission.registration,
        submission: submission.id,
        decision: None,
        message,
        timestamp: next_timestamp(now, last.map(|last| last.timestamp)),
        delivery: Delivery::Waiting,
        attempts: 0,
        outcome_unknown: told_before,
        run_at: now,
        answer: String::new(),
        reason: None,
        advice: String::new(),
        changed_at: now,
    })
    .await
}

/// Whether this is the work of a preview learner, who gets no grades.
pub(crate) async fn is_preview(
    work: &mut dyn UnitOfWork,
    submission: &SubmissionRecord,
) -> Result<bool, StorageError> {
    let learner = work
        .person(submission.registration, submission.person)
        .await?;
    Ok(learner.is_some_and(|learner| learner.is_preview))
}

/// Where the activity's messages go: the line item that is remembered; else the
/// one that the launch named, if it is ours; else one that is found; else a new
/// one, where the platform allows it. `None` where there is none.
async fn line_item(
    app: &App,
    services: &Services,
    to: &Destination,
    passback: &PassbackRecord,
) -> Result<Result<Option<Url>, ServiceError>, StorageError> {
    let named = named(to);
    let kept = app
        .storage
        .read()
        .await?
        .line_item(to.activity.registration, to.activity.id)
        .await?
        .filter(|kept| kept.named == to.activity.line_item_url.clone().unwrap_or_default())
        .and_then(|kept| Url::parse(&kept.url).ok());
    if kept.is_some() {
        return Ok(Ok(kept));
    }
    let found = match find(services, to, named.as_ref()).await {
        Ok(None) => create(app, services, to, passback).await,
        found => found,
    };
    if let Ok(Some(url)) = &found {
        remember(app, to, url).await?;
    }
    Ok(found)
}

/// Where messages go in place of a line item that is gone. None is made: that
/// one was may have been taken away on purpose.
async fn another_line_item(
    app: &App,
    services: &Services,
    to: &Destination,
    gone: &Url,
) -> Result<Result<Option<Url>, ServiceError>, StorageError> {
    let named = named(to).filter(|named| named != gone);
    let found = match find(services, to, named.as_ref()).await {
        Ok(found) => Ok(found.filter(|found| found != gone)),
        error => error,
    };
    if let Ok(Some(url)) = &found {
        remember(app, to, url).await?;
    }
    Ok(found)
}

/// The line item that the launch named.
fn named(to: &Destination) -> Option<Url> {
    Url::parse(to.activity.line_item_url.as_deref()?).ok()
}

async fn remember(app: &App, to: &Destination, url: &Url) -> Result<(), StorageError> {
    let mut work = app.storage.write().await?;
    work.put_line_item(&LineItemRecord {
        activity: to.activity.id,
        registration: to.activity.registration,
        named: to.activity.line_item_url.clone().unwrap_or_default(),
        url: url.to_string(),
    })
    .await?;
    work.save().await
}

/// The line item that the launch named where it is ours, else the one that is.
/// Open edX names one of several, so its names are looked at where we may; where
/// no better one is there, the platform's word counts.
async fn find(
    services: &Services,
    to: &Destination,
    named: Option<&Url>,
) -> Result<Option<Url>, ServiceError> {
    let wanted = Wanted {
        resource_id: to.activity.unit.clone(),
        tag: Some(TAG.to_owned()),
        resource_link_id: Some(to.activity.resource_link.clone()),
    };
    let may_look = may(to, SCOPE_LINE_ITEM) || may(to, SCOPE_LINE_ITEM_READ_ONLY);
    let mut fallback = None;
    if let Some(named) = named {
        if !may_look {
            return Ok(Some(named.clone()));
        }
        match read_line_item(services, named).await {
            Ok(item) if wanted.allows(&item) => return Ok(Some(named.clone())),
            Ok(item) if item.resource_link_id == wanted.resource_link_id => {
                fallback = Some(named.clone());
            }
            Ok(_) | Err(ServiceError::NotFound { .. }) => {}
            Err(error) if error.may_pass() => return Err(error),
            // The platform does not let us look, so its word counts.
            Err(_) => return Ok(Some(named.clone())),
        }
    }
    let found = match line_items_url(to).filter(|_| may_look) {
        Some(items) => find_line_item(services, &items, &wanted).await?,
        None => None,
    };
    Ok(found.map(|item| item.id).or(fallback))
}

/// What a column is called: as its activity, else as its unit, for Open edX
/// tells no title and takes no column without one, nor one of more than a
/// hundred characters.
fn label(app: &App, to: &Destination) -> String {
    let activity = &to.activity;
    let unit = activity
        .unit
        .as_deref()
        .and_then(|unit| app.units.unit(unit));
    let label = match unit {
        Some(plugin) if activity.title.is_empty() => {
            let unit = unit_in_force(&plugin, &to.overlays);
            format!("{} {}", unit.number, unit.title)
        }
        _ => activity.title.clone(),
    };
    label.chars().take(LONGEST_LABEL).collect()
}

fn line_items_url(to: &Destination) -> Option<Url> {
    let own = to.activity.line_items_url.as_deref();
    Url::parse(own.or(to.course.line_items_url.as_deref())?).ok()
}

fn may(to: &Destination, scope: &str) -> bool {
    to.activity.grade_scopes.iter().any(|held| held == scope)
}

/// Makes a line item, where the platform allows it. Platforms that follow the
/// specification link from it to the submissions.
async fn create(
    app: &App,
    services: &Services,
    to: &Destination,
    passback: &PassbackRecord,
) -> Result<Option<Url>, ServiceError> {
    let Some(items) = line_items_url(to).filter(|_| may(to, SCOPE_LINE_ITEM)) else {
        return Ok(None);
    };
    let review = SubmissionReview {
        reviewable_status: [
            ActivityProgress::InProgress,
            ActivityProgress::Submitted,
            ActivityProgress::Completed,
        ]
        .map(|progress| progress.as_str().to_owned())
        .into(),
        label: Some("Open the submission".to_owned()),
        url: Some(redirect_uri(app)),
        ..SubmissionReview::default()
    };
    let new = NewLineItem {
        label: label(app, to),
        // What the unit counts out of is known with its first mark; gradebooks rescale.
        score_maximum: passback.message.mark().map_or(100.0, |entry| entry.maximum),
        resource_id: to.activity.unit.clone(),
        resource_link_id: Some(to.activity.resource_link.clone()),
        tag: Some(TAG.to_owned()),
        submission_review: (to.family() == PlatformFamily::Other).then_some(review),
    };
    create_line_item(services, &items, &new)
        .await
        .map(|item| Some(item.id))
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
