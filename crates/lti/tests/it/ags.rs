//! Grades.

use std::collections::BTreeSet;
use std::time::Duration;

use lti::ags::{
    ActivityProgress, GradingProgress, LineItem, LineItemChange, LineItemsQuery, NewLineItem,
    SubmissionReview, Wanted, change_line_item, confirm_score, create_line_item, find_line_item,
    hand_in_body, line_items, next_timestamp, post_hand_in, post_score, progress_allowed,
    read_line_item, read_result, results_url, same_grade, score_body, scores_url,
};
use lti::claims::{SCOPE_LINE_ITEM, SCOPE_LINE_ITEM_READ_ONLY};
use lti::{HandIn, PlatformFamily, Score, ScoreReceipt, ServiceError};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

use crate::common::{Platform, Reply, time};

const ITEM: &str = "/mod/lti/services.php/2/lineitems/9/lineitem?type_id=1";
const CANVAS_SUBMISSION: &str = "https://canvas.instructure.com/lti/submission";

fn mark() -> Score {
    Score {
        user_id: "4".to_owned(),
        activity_progress: ActivityProgress::Completed,
        grading_progress: GradingProgress::FullyGraded,
        timestamp: time("2026-11-21T17:09:25.1239Z"),
        score: Some((80.0, 100.0)),
        comment: Some("Well done".to_owned()),
        submitted_at: None,
    }
}

fn progress() -> Score {
    Score {
        activity_progress: ActivityProgress::Submitted,
        grading_progress: GradingProgress::PendingManual,
        score: None,
        comment: None,
        submitted_at: Some(time("2026-11-20T09:00:00Z")),
        ..mark()
    }
}

#[test]
fn scores_go_out_as_each_platform_wants_them() {
    let check = |score: &Score, family: PlatformFamily, expected: Value| {
        assert_eq!(score_body(score, family), expected, "{family:?}");
    };
    let marked = json!({
        "userId": "4",
        "timestamp": "2026-11-21T17:09:25.123Z",
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "scoreGiven": 80.0,
        "scoreMaximum": 100.0,
        "comment": "Well done",
    });
    check(&mark(), PlatformFamily::Moodle, marked.clone());
    check(&mark(), PlatformFamily::Other, marked.clone());
    let mut canvas = marked;
    canvas[CANVAS_SUBMISSION] = json!({ "new_submission": false });
    check(&mark(), PlatformFamily::Canvas, canvas);

    let handed_in = json!({
        "userId": "4",
        "timestamp": "2026-11-21T17:09:25.123Z",
        "activityProgress": "Submitted",
        "gradingProgress": "PendingManual",
        "submission": { "submittedAt": "2026-11-20T09:00:00.000Z" },
    });
    check(&progress(), PlatformFamily::Other, handed_in.clone());
    let mut canvas = handed_in;
    canvas[CANVAS_SUBMISSION] = json!({ "new_submission": true, "preserve_score": true });
    check(&progress(), PlatformFamily::Canvas, canvas);
}

#[test]
fn no_body_for_canvas_can_lose_a_mark() {
    let activities = [
        ActivityProgress::Initialized,
        ActivityProgress::Started,
        ActivityProgress::InProgress,
        ActivityProgress::Submitted,
        ActivityProgress::Completed,
    ];
    let gradings = [
        GradingProgress::FullyGraded,
        GradingProgress::Pending,
        GradingProgress::PendingManual,
        GradingProgress::Failed,
        GradingProgress::NotReady,
    ];
    let mut marks = 0;
    for activity_progress in activities {
        for grading_progress in gradings {
            for numbers in [None, Some((50.0, 100.0))] {
                let score = Score {
                    activity_progress,
                    grading_progress,
                    score: numbers,
                    ..mark()
                };
                let body = score_body(&score, PlatformFamily::Canvas);
                let extension = &body[CANVAS_SUBMISSION];
                let has_mark = body.get("scoreGiven").is_some();
                assert_eq!(has_mark, score.is_mark());
                assert_eq!(
                    extension.get("preserve_score").is_none(),
                    has_mark,
                    "{body}"
                );
                if has_mark {
                    marks += 1;
                    assert_eq!(body["gradingProgress"], "FullyGraded");
                    assert_eq!(extension["new_submission"], false);
                }
            }
        }
    }
    assert_eq!(marks, 5);
}

#[test]
fn progress_is_sent_only_where_it_clears_nothing() {
    for (family, before, after) in [
        (PlatformFamily::Canvas, true, true),
        (PlatformFamily::Moodle, false, false),
        (PlatformFamily::Other, true, false),
    ] {
        assert_eq!(progress_allowed(family, false), before, "{family:?}");
        assert_eq!(progress_allowed(family, true), after, "{family:?}");
    }
    for (code, family) in [
        (Some("canvas"), PlatformFamily::Canvas),
        (Some("Moodle"), PlatformFamily::Moodle),
        (Some("desire2learn"), PlatformFamily::Other),
        (None, PlatformFamily::Other),
    ] {
        assert_eq!(PlatformFamily::from_product_family_code(code), family);
    }
}

#[test]
fn timestamps_grow_by_whole_seconds() {
    let now = time("2026-11-21T18:00:00.400Z");
    for (last, expected) in [
        ("2026-11-21T17:00:00Z", "2026-11-21T18:00:00.400Z"),
        ("2026-11-21T17:59:59.900Z", "2026-11-21T18:00:00.400Z"),
        ("2026-11-21T18:00:00.100Z", "2026-11-21T18:00:01Z"),
        ("2026-11-21T18:00:05.700Z", "2026-11-21T18:00:06Z"),
    ] {
        assert_eq!(
            next_timestamp(now, Some(time(last))),
            time(expected),
            "{last}"
        );
    }
    assert_eq!(next_timestamp(now, None), now);
}

#[test]
fn paths_go_on_before_the_query() {
    let check = |item: &str, expected: &str| {
        let item = Url::parse(item).expect("an address");
        assert_eq!(scores_url(&item).as_str(), expected);
        assert_eq!(
            results_url(&item).as_str(),
            expected.replace("/scores", "/results")
        );
    };
    check("https://vle.test/li/5", "https://vle.test/li/5/scores");
    check("https://vle.test/li/5/", "https://vle.test/li/5/scores");
    check(
        "https://vle.test/li/5?type_id=2",
        "https://vle.test/li/5/scores?type_id=2",
    );
    check(
        "https://vle.test/li/a%2Fb?x=%20y&z",
        "https://vle.test/li/a%2Fb/scores?x=%20y&z",
    );
}

/// Posts to a Moodle that answers with this captured exchange.
async fn post_to_moodle(name: &str) -> (Result<ScoreReceipt, ServiceError>, Platform) {
    let platform = Platform::moodle(&[name]).await;
    let result = post_score(
        &platform.services(),
        &platform.url(ITEM),
        &mark(),
        PlatformFamily::Moodle,
        true,
    )
    .await;
    (result, platform)
}

#[tokio::test]
async fn captured_answers_of_moodle_to_scores_are_understood() {
    let (receipt, platform) = post_to_moodle("score ok max=100").await;
    let receipt = receipt.expect("a receipt");
    assert_eq!((receipt.answer.status, receipt.result_url), (200, None));
    let call = &platform.service_calls()[0];
    assert_eq!(call.method, "POST");
    assert_eq!(
        call.target,
        "/mod/lti/services.php/2/lineitems/9/lineitem/scores?type_id=1"
    );
    assert_eq!(
        call.header("content-type"),
        Some("application/vnd.ims.lis.v1.score+json")
    );
    let sent: Value = serde_json::from_str(&call.body).expect("JSON");
    assert_eq!(sent, score_body(&mark(), PlatformFamily::Moodle));

    for name in ["score same ts", "score +0.9s"] {
        let error = post_to_moodle(name).await.0.expect_err("refused");
        assert!(
            matches!(error, ServiceError::NewerScoreExists { .. }),
            "{name}"
        );
        assert_eq!(
            error.answer().expect("an answer").to_string(),
            "409 Refusing score with an earlier timestamp for item 9 and user 4"
        );
        assert!(!error.may_pass());
    }
    for name in ["score teacher user", "score unknown user"] {
        let error = post_to_moodle(name).await.0.expect_err("refused");
        assert!(matches!(error, ServiceError::NotGradable { .. }), "{name}");
        let answer = error.answer().expect("an answer");
        assert!(
            answer.reason.starts_with("Incorrect score received{"),
            "{answer}"
        );
        assert!(answer.reason.len() <= 500 && answer.body == "[]");
    }
    let error = post_to_moodle("score course-total line item")
        .await
        .0
        .expect_err("refused");
    assert!(matches!(error, ServiceError::Locked { .. }) && !error.may_pass());
    let error = post_to_moodle("score missing line item")
        .await
        .0
        .expect_err("refused");
    assert!(matches!(error, ServiceError::NotFound { .. }));
    assert_eq!(
        error.answer().expect("an answer").reason,
        "Not Found: Grade item 777 doesn't exist"
    );
    let error = post_to_moodle("score ct application/json")
        .await
        .0
        .expect_err("refused");
    assert!(matches!(error, ServiceError::Refused { status: 400, .. }));
}

/// Posts to a platform that answers services in this way.
async fn post_to(reply: Reply, family: PlatformFamily) -> Result<ScoreReceipt, ServiceError> {
    let platform = Platform::start(move |asked| match asked.target.as_str() {
        "/token" => Reply::token(),
        _ => reply.clone(),
    })
    .await;
    post_score(
        &platform.services(),
        &platform.url(ITEM),
        &mark(),
        family,
        false,
    )
    .await
}

#[tokio::test]
async fn refusals_of_scores_are_told_apart() {
    use PlatformFamily::{Canvas, Moodle, Other};
    let name = |error: &ServiceError| {
        let text = format!("{error:?}");
        text.split([' ', '(', '{'])
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let older = "{\"errors\":{\"message\":\"Provided timestamp of 2026-11-21T17:09:25Z before last updated timestamp of 2026-11-21T18:00:00Z\"}}";
    let earlier_in_open_edx =
        "{\"timestamp\":[\"Score timestamp can only be updated to a later point in time\"]}";
    let same_in_open_edx = "{\"timestamp\":[\"Score already exists for the provided timestamp\"]}";
    let student = "{\"errors\":{\"message\":\"User not found in course or is not a student\"}}";
    for (status, body, family, expected, passes) in [
        (400, older, Canvas, "NewerScoreExists", false),
        (400, older, Other, "Refused", false),
        (400, earlier_in_open_edx, Other, "NewerScoreExists", false),
        (400, same_in_open_edx, Other, "NewerScoreExists", false),
        (400, "[]", Moodle, "NotGradable", false),
        (400, "[]", Canvas, "Refused", false),
        (
            403,
            "403 Forbidden (Rate Limit Exceeded)",
            Canvas,
            "Throttled",
            true,
        ),
        (403, "no", Canvas, "Refused", false),
        (404, "", Canvas, "NotFound", false),
        (408, "", Other, "Temporary", true),
        (409, "", Other, "NewerScoreExists", false),
        (412, "", Canvas, "NotFound", false),
        (
            400,
            "The user is not a learner of this course.",
            Other,
            "NotGradable",
            false,
        ),
        (422, student, Canvas, "NotGradable", false),
        (
            422,
            "Student must be enrolled in the course as a student to be graded",
            Canvas,
            "NotGradable",
            false,
        ),
        (
            400,
            "User could not be found: 5",
            Other,
            "NotGradable",
            false,
        ),
        (
            403,
            "User in requested score is not enrolled in the org unit",
            Other,
            "NotGradable",
            false,
        ),
        (
            404,
            "User in requested score does not exist",
            Other,
            "NotGradable",
            false,
        ),
        (
            422,
            "This course has concluded. AGS requests will no longer be accepted for this course.",
            Canvas,
            "Concluded",
            false,
        ),
        (
            404,
            "{\"errors\":{\"message\":\"Context not found\"}}",
            Canvas,
            "Concluded",
            false,
        ),
        (
            404,
            "The specified resource does not exist.",
            Canvas,
            "NotFound",
            false,
        ),
        (
            422,
            "This assignment is still unpublished",
            Canvas,
            "NotPublished",
            false,
        ),
        (
            422,
            "The maximum number of allowed attempts has been reached for this submission",
            Canvas,
            "NoAttemptsLeft",
            false,
        ),
        (
            422,
            "Cannot grade this submission at this time",
            Canvas,
            "Locked",
            false,
        ),
        (
            422,
            "ScoreMaximum must be greater than 0",
            Canvas,
            "Refused",
            false,
        ),
        (429, "", Canvas, "Throttled", true),
        (401, "", Canvas, "Unauthorised", false),
        (
            401,
            "Insufficient permissions",
            Canvas,
            "NotPermitted",
            false,
        ),
        (
            403,
            "The token lacks the scope.",
            Other,
            "NotPermitted",
            false,
        ),
        (
            401,
            "Access Token not linked to a Tool associated with this Context",
            Canvas,
            "ToolRemoved",
            false,
        ),
        (403, "The column is locked.", Other, "Locked", false),
        (500, "[]", Moodle, "Locked", false),
        (500, "[]", Other, "Temporary", true),
        (500, "<html>", Moodle, "Temporary", true),
        (503, "", Moodle, "Temporary", true),
        (302, "", Other, "Refused", false),
    ] {
        let error = post_to(Reply::status(status, body), family)
            .await
            .expect_err("refused");
        assert_eq!(name(&error), expected, "{status} {body} {family:?}");
        assert_eq!(error.may_pass(), passes, "{status} {body} {family:?}");
        assert_eq!(error.answer().expect("an answer").status, status);
        assert!(error.advice().ends_with('.'));
    }
    let spent = Reply::status(403, "").header("x-rate-limit-remaining", "-3.5");
    let error = post_to(spent, Canvas).await.expect_err("refused");
    assert_eq!(name(&error), "Throttled");
    for (value, wait) in [
        ("30", Some(30)),
        ("Sat, 21 Nov 2026 18:02:00 GMT", Some(120)),
        ("x", None),
    ] {
        for status in [429, 503] {
            let reply = Reply::status(status, "").header("retry-after", value);
            let error = post_to(reply, Other).await.expect_err("refused");
            assert_eq!(
                error.retry_after(),
                wait.map(Duration::from_secs),
                "{status} {value}"
            );
        }
    }
    for (reply, may_have_been_done) in [
        (Reply::status(500, ""), true),
        (Reply::status(502, "Bad Gateway"), true),
        (Reply::status(503, "Service Unavailable"), true),
        (Reply::status(504, "Gateway Time-out"), true),
        (
            Reply::status(503, "Back soon").header("retry-after", "60"),
            false,
        ),
        (
            Reply::status(503, "503 Backend fetch failed").header("retry-after", "5"),
            true,
        ),
        (Reply::status(429, ""), false),
        (Reply::status(403, "Rate Limit Exceeded"), false),
        (Reply::status(408, ""), false),
        (Reply::status(409, ""), false),
    ] {
        let error = post_to(reply, Canvas).await.expect_err("refused");
        assert_eq!(error.may_have_been_done(), may_have_been_done, "{error}");
    }
    let long = Reply::status(400, &"é".repeat(10_000));
    let error = post_to(long, Other).await.expect_err("refused");
    assert_eq!(error.answer().expect("an answer").body, "é".repeat(250));
}

#[tokio::test]
async fn canvas_says_where_the_result_is() {
    let reply = Reply::json(&json!({ "resultUrl": "https://canvas.test/results/1" }));
    let receipt = post_to(reply, PlatformFamily::Canvas)
        .await
        .expect("a receipt");
    assert_eq!(
        receipt.result_url.expect("an address").as_str(),
        "https://canvas.test/results/1"
    );
}

#[tokio::test]
async fn scores_that_would_destroy_or_mean_nothing_are_not_sent() {
    let platform = Platform::start(|_| Reply::token()).await;
    let post = async |score: &Score, family: PlatformFamily, released: bool| {
        post_score(
            &platform.services(),
            &platform.url(ITEM),
            score,
            family,
            released,
        )
        .await
    };
    let provisional = Score {
        grading_progress: GradingProgress::PendingManual,
        ..mark()
    };
    let comment_only = Score {
        score: None,
        ..mark()
    };
    for score in [progress(), provisional, comment_only] {
        for (family, released) in [
            (PlatformFamily::Moodle, false),
            (PlatformFamily::Moodle, true),
            (PlatformFamily::Other, true),
        ] {
            let error = post(&score, family, released).await.expect_err("refused");
            assert!(matches!(error, ServiceError::WouldClearGrade), "{family:?}");
        }
    }
    for numbers in [
        (f64::NAN, 1.0),
        (1.0, f64::INFINITY),
        (-1.0, 10.0),
        (0.0, 0.0),
        (1.0, -1.0),
    ] {
        let score = Score {
            score: Some(numbers),
            ..mark()
        };
        let error = post(&score, PlatformFamily::Canvas, false)
            .await
            .expect_err("refused");
        assert!(
            matches!(error, ServiceError::InvalidScore(_)),
            "{numbers:?}"
        );
    }
    assert_eq!(platform.asked().len(), 0);
    let above_maximum = Score {
        score: Some((12.0, 10.0)),
        ..mark()
    };
    post(&above_maximum, PlatformFamily::Moodle, true)
        .await
        .expect("a receipt");
    post(&progress(), PlatformFamily::Canvas, true)
        .await
        .expect("a receipt");
    assert_eq!(platform.service_calls().len(), 2);
}

#[tokio::test]
async fn what_was_certainly_not_sent_is_told_from_what_may_have_arrived() {
    let tokens = Platform::start(|_| Reply::token()).await;
    let post = async |item: &str| {
        let item = Url::parse(item).expect("an address");
        post_score(
            &tokens.services(),
            &item,
            &mark(),
            PlatformFamily::Other,
            false,
        )
        .await
        .expect_err("no answer")
    };
    // Nothing listens on port 1.
    let error = post("http://127.0.0.1:1/item").await;
    assert!(matches!(error, ServiceError::NotDelivered(_)) && error.may_pass());

    // This server takes the request and hangs up.
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut buffer = [0; 4096];
            let _ = stream.read(&mut buffer).await;
            let _ = stream.shutdown().await;
        }
    });
    let error = post(&format!("http://{address}/item")).await;
    assert!(
        matches!(error, ServiceError::UnknownOutcome(_)) && error.may_pass(),
        "{error:?}"
    );

    // Without a token nothing is sent either.
    let closed = Platform::start(|_| Reply::status(400, "{\"error\":\"invalid_client\"}")).await;
    let error = post_score(
        &closed.services(),
        &closed.url(ITEM),
        &mark(),
        PlatformFamily::Other,
        false,
    )
    .await
    .expect_err("no token");
    assert!(matches!(error, ServiceError::Token(_)) && !error.may_pass());
    assert_eq!(closed.service_calls().len(), 0);
}

#[tokio::test]
async fn captured_results_of_moodle_are_read() {
    let read = async |name: &str, user_id: &str| {
        let platform = Platform::moodle(&[name]).await;
        let result = read_result(&platform.services(), &platform.url(ITEM), user_id).await;
        let target = platform.service_calls()[0].target.clone();
        assert_eq!(
            target,
            format!(
                "/mod/lti/services.php/2/lineitems/9/lineitem/results?type_id=1&user_id={user_id}"
            )
        );
        result
    };
    let result = read("results after", "4")
        .await
        .expect("an answer")
        .expect("a result");
    assert_eq!((result.score, result.comment), (Some((82.0, 100.0)), None));
    assert_eq!(result.timestamp, Some(time("2026-11-21T17:10:15Z")));
    let result = read("results all", "6")
        .await
        .expect("an answer")
        .expect("a result");
    assert_eq!(result.score, Some((70.0, 100.0)));
    assert_eq!(read("results all", "7").await.expect("an answer"), None);
    assert_eq!(
        read("results cleared?", "4").await.expect("an answer"),
        None
    );
    let error = read("results limit 1", "4").await.expect_err("refused");
    assert!(matches!(error, ServiceError::NotFound { .. }));
}

#[tokio::test]
async fn results_without_a_score_are_results() {
    let platform = Platform::start(|asked| match asked.target.as_str() {
        "/token" => Reply::token(),
        _ => Reply::json(&json!([
            { "id": "r", "userId": "4" },
            { "userId": 5, "resultScore": "0.5", "comment": "c" },
            { "userId": "6", "resultScore": null, "resultMaximum": null },
            { "resultScore": 1 },
        ])),
    })
    .await;
    let read = async |user_id: &str| {
        read_result(&platform.services(), &platform.url(ITEM), user_id)
            .await
            .expect("an answer")
            .expect("a result")
    };
    assert_eq!(read("4").await.score, None);
    assert_eq!(read("5").await.score, Some((0.5, 1.0)));
    assert_eq!(read("5").await.comment.as_deref(), Some("c"));
    assert_eq!(read("6").await.score, None);
}

#[tokio::test]
async fn captured_line_items_of_moodle_are_read_and_made() {
    let items = "/mod/lti/services.php/2/lineitems?type_id=1";
    let platform = Platform::moodle(&["list all"]).await;
    let query = LineItemsQuery {
        tag: Some("a b".to_owned()),
        ..LineItemsQuery::default()
    };
    let found = line_items(&platform.services(), &platform.url(items), &query)
        .await
        .expect("items");
    assert_eq!(found.len(), 7);
    assert_eq!(found[0].resource_link_id.as_deref(), Some("1"));
    assert_eq!(found[0].resource_id, None);
    assert_eq!(
        (found[1].label.as_str(), found[1].score_maximum),
        ("Extra essay", 50.0)
    );
    assert_eq!(found[1].tag.as_deref(), Some("essay"));
    let call = &platform.service_calls()[0];
    assert_eq!(call.target, format!("{items}&tag=a+b"));
    assert_eq!(
        call.header("accept"),
        Some("application/vnd.ims.lis.v2.lineitemcontainer+json")
    );

    // Even Moodle's broken links are followed.
    let platform = Platform::moodle(&["list limit=1", "lineitems list"]).await;
    let found = line_items(
        &platform.services(),
        &platform.url(items),
        &LineItemsQuery::default(),
    )
    .await
    .expect("items");
    assert_eq!(found.len(), 2);
    assert_eq!(
        platform.service_calls()[1].target,
        format!("{items}&limit=1&from=1")
    );

    let platform = Platform::moodle(&["lineitem create"]).await;
    let new = NewLineItem {
        label: "Extra essay".to_owned(),
        score_maximum: 50.0,
        resource_id: Some("res-1".to_owned()),
        resource_link_id: Some("1".to_owned()),
        ..NewLineItem::default()
    };
    let created = create_line_item(&platform.services(), &platform.url(items), &new)
        .await
        .expect("an item");
    assert!(
        created
            .id
            .as_str()
            .ends_with("/mod/lti/services.php/2/lineitems/3/lineitem?type_id=1")
    );
    let call = &platform.service_calls()[0];
    assert_eq!(
        call.header("content-type"),
        Some("application/vnd.ims.lis.v2.lineitem+json")
    );
    assert_eq!(
        serde_json::from_str::<Value>(&call.body).expect("JSON"),
        json!({ "label": "Extra essay", "scoreMaximum": 50.0, "resourceId": "res-1", "resourceLinkId": "1" })
    );
    let nothing = NewLineItem {
        score_maximum: 0.0,
        ..new
    };
    let error = create_line_item(&platform.services(), &platform.url(items), &nothing).await;
    assert!(matches!(error, Err(ServiceError::InvalidScore(_))));
}

#[tokio::test]
async fn no_call_ever_sends_a_limit_to_the_grade_service() {
    let platform = Platform::start(|asked| match asked.target.as_str() {
        "/token" => Reply::token(),
        _ => Reply::json(&json!([])),
    })
    .await;
    let (services, item) = (platform.services(), platform.url(ITEM));
    read_result(&services, &item, "4").await.expect("an answer");
    line_items(&services, &item, &LineItemsQuery::default())
        .await
        .expect("an answer");
    let all = LineItemsQuery {
        resource_link_id: Some("1".to_owned()),
        resource_id: Some("r".to_owned()),
        tag: Some("t".to_owned()),
    };
    line_items(&services, &item, &all).await.expect("an answer");
    let names: BTreeSet<String> = platform
        .service_calls()
        .iter()
        .flat_map(|call| {
            platform
                .url(&call.target)
                .query_pairs()
                .map(|(name, _)| name.into_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "resource_id",
            "resource_link_id",
            "tag",
            "type_id",
            "user_id"
        ]
    );
}

/// Reads line items on a platform that opens them to tokens for one scope and refuses others in this way; a bad
/// request is the refusal of a token. Says how many tokens were asked for, too.
async fn read_under(scope: &'static str, refusal: Reply) -> (Result<usize, ServiceError>, usize) {
    let refuses_token = refusal.status == 400;
    let platform = Platform::start(move |asked| {
        let bearer = format!("Bearer {scope}");
        match asked.form("scope") {
            Some(wanted) if refuses_token && wanted != scope => refusal.clone(),
            Some(wanted) => Reply::json(&json!({
                "access_token": wanted,
                "token_type": "Bearer",
                "expires_in": 3600,
            })),
            None if asked.header("authorization") == Some(&bearer) => Reply::json(&json!([])),
            None => refusal.clone(),
        }
    })
    .await;
    let query = LineItemsQuery::default();
    let items = line_items(&platform.services(), &platform.url("/items"), &query).await;
    let tokens = platform.asked().len() - platform.service_calls().len();
    (items.map(|items| items.len()), tokens)
}

#[tokio::test]
async fn line_items_are_read_under_whichever_scope_the_platform_grants() {
    for refusal in [
        Reply::status(400, "{\"error\":\"invalid_scope\"}"),
        Reply::status(401, "Unauthorized"),
        Reply::status(403, "The token lacks the scope."),
        Reply::status(403, "Forbidden"),
    ] {
        let status = refusal.status;
        let (items, tokens) = read_under(SCOPE_LINE_ITEM_READ_ONLY, refusal.clone()).await;
        assert_eq!((items.expect("line items"), tokens), (0, 1), "{status}");
        let (items, _) = read_under(SCOPE_LINE_ITEM, refusal.clone()).await;
        assert_eq!(items.expect("line items"), 0, "{status}");
        let (items, _) = read_under("neither", refusal).await;
        let error = items.expect_err("refused");
        assert_eq!(error.answer().expect("an answer").status, status);
        assert!(!error.may_pass(), "{error}");
    }
}

#[tokio::test]
async fn calls_run_in_tasks_of_their_own() {
    let platform = Platform::start(|asked| match asked.target.as_str() {
        "/token" => Reply::token(),
        _ => Reply::json(&json!([])),
    })
    .await;
    let (services, item) = (platform.services(), platform.url(ITEM));
    let task = tokio::spawn(async move {
        let (score, query) = (mark(), LineItemsQuery::default());
        let receipt = post_score(&services, &item, &score, PlatformFamily::Moodle, true).await?;
        let items = line_items(&services, &item, &query).await?;
        let result = read_result(&services, &item, "4").await?;
        Ok::<_, ServiceError>((receipt.answer.status, items.len(), result))
    });
    let done = task.await.expect("a task").expect("answers");
    assert_eq!(done, (200, 0, None));
}

fn hand_in() -> HandIn {
    HandIn {
        user_id: "4".to_owned(),
        timestamp: time("2026-11-20T09:00:05Z"),
        submitted_at: time("2026-11-20T09:00:00Z"),
        review_url: Some(
            Url::parse("https://tool.test/lti/launch?submission=9").expect("an address"),
        ),
        new_attempt: true,
    }
}

#[test]
fn hand_ins_go_out_as_each_platform_wants_them() {
    let handed_in = json!({
        "userId": "4",
        "timestamp": "2026-11-20T09:00:05.000Z",
        "activityProgress": "Submitted",
        "gradingProgress": "PendingManual",
        "submission": { "submittedAt": "2026-11-20T09:00:00.000Z" },
    });
    let mut canvas = handed_in.clone();
    canvas[CANVAS_SUBMISSION] = json!({
        "new_submission": true,
        "preserve_score": true,
        "submitted_at": "2026-11-20T09:00:00.000Z",
        "submission_type": "basic_lti_launch",
        "submission_data": "https://tool.test/lti/launch?submission=9",
    });
    for (family, released, expected) in [
        (PlatformFamily::Canvas, false, Some(&canvas)),
        (PlatformFamily::Canvas, true, Some(&canvas)),
        (PlatformFamily::Moodle, false, None),
        (PlatformFamily::Moodle, true, None),
        (PlatformFamily::Other, false, Some(&handed_in)),
        (PlatformFamily::Other, true, None),
    ] {
        assert_eq!(
            hand_in_body(&hand_in(), family, released).as_ref(),
            expected,
            "{family:?} {released}"
        );
    }
    let again = HandIn {
        review_url: None,
        new_attempt: false,
        ..hand_in()
    };
    let body = hand_in_body(&again, PlatformFamily::Canvas, true).expect("a message");
    assert_eq!(
        body[CANVAS_SUBMISSION],
        json!({
            "new_submission": false,
            "preserve_score": true,
            "submitted_at": "2026-11-20T09:00:00.000Z",
        })
    );
}

#[tokio::test]
async fn hand_ins_are_sent_only_where_they_clear_nothing() {
    let platform = Platform::start(|asked| match asked.target.as_str() {
        "/token" => Reply::token(),
        _ => Reply::status(200, ""),
    })
    .await;
    for (family, sent) in [
        (PlatformFamily::Canvas, true),
        (PlatformFamily::Moodle, false),
        (PlatformFamily::Other, false),
    ] {
        let before = platform.service_calls().len();
        let receipt = post_hand_in(
            &platform.services(),
            &platform.url(ITEM),
            &hand_in(),
            family,
            true,
        )
        .await
        .expect("taken");
        assert_eq!(receipt.is_some(), sent, "{family:?}");
        let calls = platform.service_calls();
        assert_eq!(calls.len() - before, usize::from(sent), "{family:?}");
    }
    let call = &platform.service_calls()[0];
    assert_eq!(
        call.target,
        "/mod/lti/services.php/2/lineitems/9/lineitem/scores?type_id=1"
    );
    let sent: Value = serde_json::from_str(&call.body).expect("JSON");
    assert_eq!(
        Some(sent),
        hand_in_body(&hand_in(), PlatformFamily::Canvas, true)
    );
}

#[tokio::test]
async fn a_grade_that_a_teacher_typed_in_is_noticed() {
    // The captured gradebook has 82 of 100 for this learner.
    let confirm_at = async |name: &str, sent: (f64, f64), timestamp| {
        let platform = Platform::moodle(&[name]).await;
        let score = Score {
            score: Some(sent),
            timestamp,
            ..mark()
        };
        confirm_score(&platform.services(), &platform.url(ITEM), &score).await
    };
    let confirm = async |name: &str, sent| confirm_at(name, sent, mark().timestamp).await;
    let record = confirm("results after", (41.0, 50.0))
        .await
        .expect("it counts")
        .expect("a record");
    assert_eq!(record.score, Some((82.0, 100.0)));
    let error = confirm("results after", (50.0, 100.0))
        .await
        .expect_err("another grade");
    assert!(matches!(
        error,
        ServiceError::Overridden {
            found: Some((82.0, 100.0))
        }
    ));
    assert!(!error.may_pass() && error.answer().is_none() && error.advice().ends_with('.'));
    // A grade with the time of the score is the score, in whatever scale it is shown.
    let shown = record.timestamp.expect("Moodle tells the time");
    confirm_at("results after", (50.0, 100.0), shown)
        .await
        .expect("it counts");
    let error = confirm("results cleared?", (82.0, 100.0))
        .await
        .expect_err("no grade");
    assert!(matches!(error, ServiceError::Overridden { found: None }));
    assert_ne!(
        error.advice(),
        ServiceError::Overridden {
            found: Some((1.0, 2.0))
        }
        .advice()
    );
    confirm("results cleared?", (0.0, 100.0))
        .await
        .expect("Moodle leaves a grade of nothing out");
    let error = confirm("results limit 1", (82.0, 100.0))
        .await
        .expect_err("no answer");
    assert!(matches!(error, ServiceError::NotFound { .. }));
}

#[test]
fn grades_are_compared_by_their_part_of_the_maximum() {
    for (sent, found, same) in [
        ((50.0, 100.0), (50.0, 100.0), true),
        ((1.0, 3.0), (33.33333, 100.0), true),
        ((50.0, 100.0), (0.5, 1.0), true),
        ((12.0, 10.0), (100.0, 100.0), true),
        ((12.0, 10.0), (120.0, 100.0), true),
        ((12.0, 10.0), (110.0, 100.0), false),
        ((9.0, 10.0), (100.0, 100.0), false),
        ((50.0, 100.0), (51.0, 100.0), false),
        ((0.0, 100.0), (0.0, 100.0), true),
        ((0.0, 100.0), (0.0, 0.0), false),
    ] {
        assert_eq!(same_grade(sent, found), same, "{sent:?} {found:?}");
    }
}

const ITEMS: &str = "/mod/lti/services.php/2/lineitems?type_id=1";

fn wanted(resource_id: Option<&str>, tag: Option<&str>, resource_link_id: Option<&str>) -> Wanted {
    Wanted {
        resource_id: resource_id.map(str::to_owned),
        tag: tag.map(str::to_owned),
        resource_link_id: resource_link_id.map(str::to_owned),
    }
}

#[tokio::test]
async fn captured_line_items_of_moodle_are_found() {
    let platform = Platform::moodle(&["list resource_id"]).await;
    let by_name = wanted(Some("res-1"), Some("essay"), Some("1"));
    let found = find_line_item(&platform.services(), &platform.url(ITEMS), &by_name)
        .await
        .expect("an answer")
        .expect("a line item");
    assert_eq!(found.label, "Extra essay");
    let targets: Vec<String> = platform
        .service_calls()
        .into_iter()
        .map(|call| call.target)
        .collect();
    assert_eq!(targets, [format!("{ITEMS}&resource_id=res-1&tag=essay")]);

    // Two columns of the placement, of which one is for something else.
    let platform = Platform::moodle(&["list resource_id", "list resource_link_id"]).await;
    let by_placement = wanted(Some("unit-1"), None, Some("1"));
    let found = find_line_item(&platform.services(), &platform.url(ITEMS), &by_placement)
        .await
        .expect("an answer")
        .expect("a line item");
    assert_eq!(found.label, "Quiz via LTI");
    assert_eq!(
        platform.service_calls()[1].target,
        format!("{ITEMS}&resource_link_id=1")
    );

    // Two columns of one name, and nothing that tells them apart.
    let platform = Platform::moodle(&["list tag"]).await;
    let twice = wanted(Some("res-2"), Some("quiz"), None);
    let error = find_line_item(&platform.services(), &platform.url(ITEMS), &twice)
        .await
        .expect_err("two");
    assert!(matches!(error, ServiceError::Ambiguous) && !error.may_pass());
}

#[tokio::test]
async fn line_items_of_other_placements_are_left_alone() {
    let item = |id: u32, resource: Option<&str>, tag: Option<&str>, link: Option<&str>| {
        json!({
            "id": format!("https://vle.test/items/{id}"),
            "label": "x",
            "scoreMaximum": 1,
            "resourceId": resource,
            "tag": tag,
            "resourceLinkId": link,
        })
    };
    let (r, t, l) = (Some("r"), Some("t"), Some("l"));
    let all = wanted(r, t, l);
    for (items, wanted, expected) in [
        (vec![], all.clone(), Ok(None)),
        (vec![item(1, r, t, Some("other"))], all.clone(), Ok(None)),
        (vec![item(1, r, Some("other"), l)], all.clone(), Ok(None)),
        (vec![item(1, Some("other"), None, l)], all.clone(), Ok(None)),
        // After the copy of a course the placement may be a new one that the item does not know yet.
        (vec![item(1, r, t, None)], all.clone(), Ok(Some(1))),
        (
            vec![
                item(1, r, t, Some("other")),
                item(2, r, t, None),
                item(3, r, t, l),
            ],
            all.clone(),
            Ok(Some(3)),
        ),
        (
            vec![item(1, r, t, None), item(2, r, t, None)],
            all.clone(),
            Err(()),
        ),
        (vec![item(1, None, None, l)], all.clone(), Ok(Some(1))),
        (
            vec![item(1, None, None, l), item(2, None, t, l)],
            all.clone(),
            Ok(Some(2)),
        ),
        (
            vec![item(1, None, None, l), item(2, None, None, l)],
            all.clone(),
            Err(()),
        ),
        // This platform ignores filters.
        (
            vec![
                item(1, None, None, Some("other")),
                item(2, None, None, None),
            ],
            wanted(None, None, l),
            Ok(None),
        ),
        (vec![item(1, r, t, l)], Wanted::default(), Ok(None)),
    ] {
        let reply = Reply::json(&json!(items));
        let platform = Platform::start(move |asked| match asked.target.as_str() {
            "/token" => Reply::token(),
            _ => reply.clone(),
        })
        .await;
        let found = find_line_item(&platform.services(), &platform.url("/items"), &wanted).await;
        let found = match found {
            Ok(found) => Ok(found.map(|item| {
                let number = item
                    .id
                    .path_segments()
                    .and_then(|mut parts| parts.next_back());
                number.expect("a number").parse::<u32>().expect("a number")
            })),
            Err(ServiceError::Ambiguous) => Err(()),
            Err(error) => panic!("{error}"),
        };
        assert_eq!(found, expected, "{items:?} {wanted:?}");
    }
}

#[tokio::test]
async fn captured_line_items_of_moodle_are_read_and_changed() {
    let platform = Platform::moodle(&["lineitem get"]).await;
    let item = read_line_item(&platform.services(), &platform.url(ITEM))
        .await
        .expect("a line item");
    assert_eq!(
        (item.label.as_str(), item.score_maximum),
        ("Extra essay", 50.0)
    );
    assert!(wanted(Some("res-1"), Some("essay"), Some("1")).allows(&item));
    assert!(!wanted(Some("res-2"), None, None).allows(&item));
    let call = &platform.service_calls()[0];
    assert_eq!(
        call.header("accept"),
        Some("application/vnd.ims.lis.v2.lineitem+json")
    );

    let platform = Platform::moodle(&["lineitem get", "lineitem put max"]).await;
    let change = LineItemChange {
        label: Some("Unlinked renamed".to_owned()),
        score_maximum: Some(20.0),
        ..LineItemChange::default()
    };
    let changed = change_line_item(&platform.services(), &platform.url(ITEM), &change)
        .await
        .expect("a line item");
    assert_eq!(
        (changed.label.as_str(), changed.score_maximum),
        ("Unlinked renamed", 20.0)
    );
    let calls = platform.service_calls();
    assert_eq!(
        (calls[0].method.as_str(), calls[1].method.as_str()),
        ("GET", "PUT")
    );
    assert_eq!(calls[1].target, ITEM);
    assert_eq!(
        calls[1].header("content-type"),
        Some("application/vnd.ims.lis.v2.lineitem+json")
    );
    // What Moodle would erase if it were left out, and what no specification names.
    let sent: Value = serde_json::from_str(&calls[1].body).expect("JSON");
    assert_eq!(sent["resourceId"], "res-1");
    assert_eq!(sent["tag"], "essay");
    assert_eq!(sent["ltiLinkId"], "1");
}

/// Changes a line item of a platform that answers the change in this way; brings what was sent too.
async fn change(change: &LineItemChange, answer: Reply) -> (Result<LineItem, ServiceError>, Value) {
    let platform = Platform::start(move |asked| match asked.method.as_str() {
        _ if asked.target == "/token" => Reply::token(),
        "GET" => Reply::json(&json!({
            "id": "https://vle.test/items/1",
            "label": "old",
            "scoreMaximum": 10,
            "tag": "t",
            "endDateTime": "2026-01-01T00:00:00Z",
            "https://vle.test/extension": { "kept": [null, 1] },
        })),
        _ => answer.clone(),
    })
    .await;
    let result = change_line_item(&platform.services(), &platform.url("/items/1"), change).await;
    let sent = platform
        .service_calls()
        .into_iter()
        .find(|call| call.method == "PUT")
        .map_or(Value::Null, |call| {
            serde_json::from_str(&call.body).expect("JSON")
        });
    (result, sent)
}

#[tokio::test]
async fn a_change_keeps_everything_else() {
    let all = LineItemChange {
        label: Some("new".to_owned()),
        score_maximum: Some(20.0),
        resource_id: Some("r".to_owned()),
        tag: None,
        starts_at: Some(time("2026-11-01T08:00:00Z")),
        ends_at: Some(time("2026-12-01T08:00:00Z")),
        grades_released: Some(false),
        submission_review: Some(SubmissionReview {
            reviewable_status: vec!["Submitted".to_owned()],
            label: None,
            url: Some(Url::parse("https://tool.test/review").expect("an address")),
            custom: [("a".to_owned(), "b".to_owned())].into(),
        }),
    };
    let expected = json!({
        "id": "https://vle.test/items/1",
        "label": "new",
        "scoreMaximum": 20.0,
        "tag": "t",
        "endDateTime": "2026-12-01T08:00:00.000Z",
        "https://vle.test/extension": { "kept": [null, 1] },
        "resourceId": "r",
        "startDateTime": "2026-11-01T08:00:00.000Z",
        "gradesReleased": false,
        "submissionReview": {
            "reviewableStatus": ["Submitted"],
            "url": "https://tool.test/review",
            "custom": { "a": "b" },
        },
    });
    // An answer without the line item is a success too.
    let (result, sent) = change(&all, Reply::status(204, "")).await;
    assert_eq!(sent, expected);
    let item = result.expect("a line item");
    assert_eq!(item.label, "new");
    assert_eq!(item.ends_at, all.ends_at);
    assert_eq!(item.starts_at, all.starts_at);
    assert_eq!(item.grades_released, Some(false));
    assert_eq!(item.submission_review, all.submission_review);

    let (result, _) = change(&all, Reply::status(412, "")).await;
    assert!(matches!(result, Err(ServiceError::NotFound { .. })));
    let nothing = LineItemChange {
        score_maximum: Some(0.0),
        ..LineItemChange::default()
    };
    let (result, sent) = change(&nothing, Reply::status(200, "")).await;
    assert!(matches!(result, Err(ServiceError::InvalidScore(_))));
    assert_eq!(sent, Value::Null);
}
