//! Grades.

use std::collections::BTreeSet;
use std::time::Duration;

use lti::ags::{
    ActivityProgress, GradingProgress, LineItemsQuery, NewLineItem, create_line_item, line_items,
    next_timestamp, post_score, progress_allowed, read_result, results_url, score_body, scores_url,
};
use lti::{PlatformFamily, Score, ScoreReceipt, ServiceError};
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
    let student = "{\"errors\":{\"message\":\"User not found in course or is not a student\"}}";
    for (status, body, family, expected, passes) in [
        (400, older, Canvas, "NewerScoreExists", false),
        (400, older, Other, "Refused", false),
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
        (412, "", Canvas, "Refused", false),
        (422, student, Canvas, "NotGradable", false),
        (
            422,
            "ScoreMaximum must be greater than 0",
            Canvas,
            "Refused",
            false,
        ),
        (429, "", Canvas, "Throttled", true),
        (401, "", Canvas, "Unauthorised", false),
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
        tag: None,
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
