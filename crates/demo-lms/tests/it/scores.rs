//! What scores do to the gradebook, as a table for each manner. The column is out of 50.

use demo_lms::{GradeRow, Manners, browser::Browser};
use serde_json::{Value, json};

use crate::world::World;

const SUBMISSION: &str = "https://canvas.instructure.com/lti/submission";

/// Scores posted one after the other, each with the status it must get, and what is stored
/// in the end.
struct Case {
    says: &'static str,
    posts: Vec<(Value, u16)>,
    score: Option<f64>,
    comments: Vec<&'static str>,
}

fn case(
    says: &'static str,
    posts: impl Into<Vec<(Value, u16)>>,
    score: Option<f64>,
    comments: impl Into<Vec<&'static str>>,
) -> Case {
    Case {
        says,
        posts: posts.into(),
        score,
        comments: comments.into(),
    }
}

/// A score of 80 out of 100 at this time, with some members changed; null drops one.
#[expect(
    clippy::needless_pass_by_value,
    reason = "the tables read better without an ampersand in each line"
)]
fn post(time: &str, changes: Value) -> Value {
    let mut score = json!({
        "timestamp": format!("2026-11-21T10:00:{time}"),
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "scoreGiven": 80,
        "scoreMaximum": 100,
    });
    for (name, value) in changes.as_object().unwrap().clone() {
        if value.is_null() {
            score.as_object_mut().unwrap().shift_remove(&name);
        } else {
            score[name] = value;
        }
    }
    score
}

/// Plays each case with a learner of its own.
async fn play(manners: Manners, cases: Vec<Case>) -> Vec<GradeRow> {
    let world = World::start(manners).await;
    let token = world.token().await;
    for (index, case) in cases.iter().enumerate() {
        let user_id = format!("learner-{}", index + 1);
        for (number, (score, status)) in case.posts.iter().enumerate() {
            let mut score = score.clone();
            if score.get("userId").is_none() {
                score["userId"] = json!(user_id);
            }
            let answer = world.post_score(&token, &score).await;
            let says = case.says;
            assert_eq!(
                answer.status, *status,
                "{manners}, {says}, post {number}: {answer:?}"
            );
        }
    }
    let rows = world.lms.gradebook();
    for (case, row) in cases.iter().zip(&rows) {
        assert_eq!(row.score, case.score, "{manners}, {}", case.says);
        assert_eq!(row.comments, case.comments, "{manners}, {}", case.says);
    }
    rows
}

#[tokio::test]
async fn strict() {
    let bad = |changes: Value| (post("01Z", changes), 400);
    let rows = play(
        Manners::Strict,
        vec![
            case("scaled", [(post("01Z", json!({"comment": "Good."})), 204)], Some(40.0), ["Good."]),
            case(
                "stored whatever the progress",
                [(post("01Z", json!({"gradingProgress": "PendingManual"})), 204)],
                Some(40.0),
                [],
            ),
            case(
                "above the maximum",
                [(post("01Z", json!({"scoreGiven": 110})), 204)],
                Some(55.0),
                [],
            ),
            case(
                "no scoreGiven clears, no comment erases",
                [
                    (post("01Z", json!({"comment": "Good."})), 204),
                    (post("02Z", json!({"scoreGiven": null})), 204),
                ],
                None,
                [],
            ),
            case(
                "times are compared in full",
                [
                    (post("01.000001Z", json!({})), 204),
                    (post("01.000001Z", json!({"scoreGiven": 1})), 409),
                    (post("01Z", json!({"scoreGiven": 1})), 409),
                    (post("01.000002Z", json!({"scoreGiven": 60})), 204),
                ],
                Some(30.0),
                [],
            ),
            case(
                "zones count",
                [
                    (post("05Z", json!({})), 204),
                    (json!({
                        "timestamp": "2026-11-21T11:00:04+01:00", "activityProgress": "Completed",
                        "gradingProgress": "FullyGraded",
                    }), 409),
                ],
                Some(40.0),
                [],
            ),
            case(
                "bad members",
                [
                    bad(json!({"timestamp": null})),
                    bad(json!({"timestamp": "2026-11-21T10:00:00"})),
                    bad(json!({"activityProgress": null})),
                    bad(json!({"activityProgress": "Done"})),
                    bad(json!({"gradingProgress": null})),
                    bad(json!({"gradingProgress": "Bogus"})),
                    bad(json!({"scoreGiven": "80"})),
                    bad(json!({"scoreGiven": -1})),
                    bad(json!({"scoreMaximum": null})),
                    bad(json!({"scoreMaximum": 0})),
                    bad(json!({"userId": "assessor-1"})),
                    bad(json!({"userId": "nobody"})),
                    bad(json!({"userId": 7})),
                ],
                None,
                [],
            ),
            case(
                "unknown members are left alone",
                [(post("01Z", json!({"https://example.org/x": 1, "submission": {}})), 204)],
                Some(40.0),
                [],
            ),
        ],
    )
    .await;
    assert_eq!(rows[1].grading_progress.as_deref(), Some("PendingManual"));
    assert_eq!(json!(rows[0].maximum), 50.0);
    assert_eq!(rows[0].attempts, 0);
}

#[tokio::test]
async fn moodle() {
    play(
        Manners::Moodle,
        vec![
            case(
                "scaled",
                [(post("01Z", json!({"comment": "Good."})), 200)],
                Some(40.0),
                ["Good."],
            ),
            case(
                "any progress but FullyGraded clears",
                [
                    (post("01Z", json!({})), 200),
                    (
                        post("02Z", json!({"gradingProgress": "PendingManual"})),
                        200,
                    ),
                ],
                None,
                [],
            ),
            case(
                "unknown progress clears as well",
                [
                    (post("01Z", json!({})), 200),
                    (
                        post(
                            "02Z",
                            json!({"gradingProgress": "Bogus", "activityProgress": "X"}),
                        ),
                        200,
                    ),
                ],
                None,
                [],
            ),
            case(
                "a comment alone clears",
                [
                    (post("01Z", json!({})), 200),
                    (
                        post("02Z", json!({"scoreGiven": null, "comment": "Only this."})),
                        200,
                    ),
                ],
                None,
                ["Only this."],
            ),
            case(
                "clearing forgets the time",
                [
                    (post("05Z", json!({})), 200),
                    (post("06Z", json!({"gradingProgress": "Pending"})), 200),
                    (post("01Z", json!({})), 200),
                ],
                Some(40.0),
                [],
            ),
            case(
                "whole seconds",
                [
                    (post("01Z", json!({})), 200),
                    (post("01.999Z", json!({"scoreGiven": 1})), 409),
                    (post("00Z", json!({"scoreGiven": 1})), 409),
                    (post("02Z", json!({"scoreGiven": 90})), 200),
                ],
                Some(45.0),
                [],
            ),
            case(
                "no comment erases",
                [
                    (post("01Z", json!({"comment": "Good."})), 200),
                    (post("02Z", json!({})), 200),
                ],
                Some(40.0),
                [],
            ),
            case(
                "clamped above",
                [(post("01Z", json!({"scoreGiven": 120})), 200)],
                Some(50.0),
                [],
            ),
            case(
                "clamped below",
                [(post("01Z", json!({"scoreGiven": -3})), 200)],
                Some(0.0),
                [],
            ),
            case(
                "five decimals, numbers as text, time without a zone",
                [(
                    post("01", json!({"scoreGiven": "1", "scoreMaximum": "3"})),
                    200,
                )],
                Some(16.66667),
                [],
            ),
            case(
                "not gradable, or a member missing",
                [
                    (post("01Z", json!({"userId": "assessor-1"})), 400),
                    (post("01Z", json!({"userId": "nobody"})), 400),
                    (post("01Z", json!({"timestamp": null})), 400),
                    (post("01Z", json!({"activityProgress": null})), 400),
                    (post("01Z", json!({"gradingProgress": null})), 400),
                    (post("01Z", json!({"scoreMaximum": null})), 400),
                ],
                None,
                [],
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn canvas() {
    let with = |submission: Value| json!({SUBMISSION: submission});
    let rows = play(
        Manners::Canvas,
        vec![
            case(
                "comments pile up, equal times pass, each post is an attempt",
                [
                    (post("01Z", json!({"comment": "Good."})), 200),
                    (post("01Z", json!({"comment": "Good."})), 200),
                ],
                Some(40.0),
                ["Good.", "Good."],
            ),
            case(
                "no new attempt when told",
                [(post("01Z", with(json!({"new_submission": false}))), 200)],
                Some(40.0),
                [],
            ),
            case(
                "older is refused",
                [
                    (post("01.5Z", json!({})), 200),
                    (post("01.4Z", json!({"scoreGiven": 1})), 400),
                ],
                Some(40.0),
                [],
            ),
            case(
                "PendingManual with a score stores it",
                [(
                    post("01Z", json!({"gradingProgress": "PendingManual"})),
                    200,
                )],
                Some(40.0),
                [],
            ),
            case(
                "PendingManual without a score clears",
                [
                    (post("01Z", json!({})), 200),
                    (
                        post(
                            "02Z",
                            json!({"gradingProgress": "PendingManual", "scoreGiven": null}),
                        ),
                        200,
                    ),
                ],
                None,
                [],
            ),
            case(
                "Pending clears even with a score",
                [
                    (post("01Z", json!({})), 200),
                    (post("02Z", json!({"gradingProgress": "Pending"})), 200),
                ],
                None,
                [],
            ),
            case(
                "preserve_score leaves the grade alone",
                [
                    (post("01Z", json!({})), 200),
                    (post("02Z", with(json!({"preserve_score": true}))), 200),
                    (
                        post(
                            "03Z",
                            json!({
                                "gradingProgress": "NotReady", "scoreGiven": null,
                                SUBMISSION: {"preserve_score": true},
                            }),
                        ),
                        200,
                    ),
                ],
                Some(40.0),
                [],
            ),
            case(
                "prioritize_non_tool_grade leaves a grade alone that is there",
                [
                    (
                        post("01Z", with(json!({"prioritize_non_tool_grade": true}))),
                        200,
                    ),
                    (
                        post(
                            "02Z",
                            json!({
                                "scoreGiven": 10, SUBMISSION: {"prioritize_non_tool_grade": true},
                            }),
                        ),
                        200,
                    ),
                ],
                Some(40.0),
                [],
            ),
            case(
                "no clamp",
                [(post("01Z", json!({"scoreGiven": 120})), 200)],
                Some(60.0),
                [],
            ),
            case(
                "refusals",
                [
                    (post("01Z", json!({"userId": "assessor-1"})), 422),
                    (
                        post("01Z", json!({"userId": "nobody", "timestamp": null})),
                        422,
                    ),
                    (post("01Z", json!({"timestamp": null})), 400),
                    (post("01Z", json!({"timestamp": "soon"})), 400),
                    (post("01Z", json!({"activityProgress": null})), 400),
                    (post("01Z", json!({"gradingProgress": null})), 400),
                    (post("01Z", json!({"scoreMaximum": null})), 422),
                    (post("01Z", json!({"scoreMaximum": 0})), 422),
                    (post("01Z", json!({"scoreGiven": -1})), 422),
                    (
                        post("01Z", with(json!({"submitted_at": "2026-11-21T10:01:01Z"}))),
                        400,
                    ),
                    (
                        post("01Z", json!({"submission": {"submittedAt": "yesterday"}})),
                        400,
                    ),
                ],
                None,
                [],
            ),
        ],
    )
    .await;
    assert_eq!(rows[0].attempts, 2);
    assert_eq!(rows[1].attempts, 0);
    assert_eq!(rows[9].attempts, 0);
}

#[tokio::test]
async fn content_types_locks_and_reasons() {
    // Statuses in the order strict, moodle, canvas.
    let all = [Manners::Strict, Manners::Moodle, Manners::Canvas];
    for (index, manners) in all.into_iter().enumerate() {
        let world = World::start(manners).await;
        let token = world.token().await;
        let score = post("01Z", json!({"userId": "learner-1"}));
        let charset = "application/vnd.ims.lis.v1.score+json; charset=utf-8";
        let answer = world.post_score_as(&token, charset, &score).await;
        assert_eq!(answer.status, [204, 200, 200][index]);
        let later = post("02Z", json!({"userId": "learner-1"}));
        let answer = world
            .post_score_as(&token, "application/json", &later)
            .await;
        assert_eq!(answer.status, [415, 400, 200][index]);
        world.lms.set_item_locked(true);
        let answer = world
            .post_score(&token, &post("03Z", json!({"userId": "learner-1"})))
            .await;
        assert_eq!(answer.status, [403, 500, 422][index]);
        world.lms.set_item_locked(false);
    }

    let world = World::start(Manners::Moodle).await;
    let token = world.token().await;
    let score = post("01Z", json!({"userId": "assessor-1"}));
    let answer = world.post_score(&token, &score).await;
    assert_eq!(answer.body, "[]");
    assert_eq!(answer.reason, format!("Incorrect score received{score}"));
    let score = post("01Z", json!({"userId": "learner-1"}));
    assert_eq!(world.post_score(&token, &score).await.body, "");
    let answer = world.post_score(&token, &score).await;
    assert_eq!(
        (answer.status, answer.body.as_str(), answer.reason.as_str()),
        (
            409,
            "[]",
            "Refusing score with an earlier timestamp for item 1 and user learner-1"
        )
    );

    let world = World::start(Manners::Canvas).await;
    let token = world.token().await;
    let answer = world
        .post_score(&token, &post("01Z", json!({"userId": "nobody"})))
        .await;
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["errors"]["type"], "unprocessable_entity");
    let answer = world
        .post_score(&token, &post("01Z", json!({"userId": "learner-1"})))
        .await;
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    let result_url = body["resultUrl"].as_str().unwrap();
    assert!(result_url.ends_with("/lineitems/1/results?user_id=learner-1"));
}

#[tokio::test]
async fn gradebook_page_shows_each_learner_what_is_theirs() {
    let world = World::start(Manners::Strict).await;
    let token = world.token().await;
    let score = post(
        "01Z",
        json!({"userId": "learner-2", "comment": "Read <b>1.3</b> again."}),
    );
    world.post_score(&token, &score).await;

    let mut browser = Browser::new().unwrap();
    let page = browser
        .open_window(&world.address("/gradebook"))
        .await
        .unwrap();
    assert_eq!(page.texts("tbody tr").len(), 30);
    assert_eq!(
        page.texts("#learner-2 > *"),
        [
            "Owen Pritchard",
            "40",
            "50",
            "Read <b>1.3</b> again.",
            "21 November 2026, 10:00:01",
            "completed, graded",
        ]
    );
    assert_eq!(page.text("#learner-1 .score").unwrap(), "–");

    let people = browser.get(&world.address("/people")).await.unwrap();
    let form = people
        .form("form")
        .unwrap()
        .press("Owen Pritchard")
        .unwrap();
    let course = browser.submit(&form).await.unwrap();
    assert_eq!(
        course.text(".activities p").unwrap(),
        "Your grade: 40 out of 50"
    );
    let page = browser.get(&world.address("/gradebook")).await.unwrap();
    assert_eq!(page.texts("tbody tr").len(), 1);

    let page = browser
        .get(&world.address("/gradebook.json"))
        .await
        .unwrap();
    let rows: Value = serde_json::from_str(&page.body).unwrap();
    assert_eq!(rows.as_array().unwrap().len(), 30);
    assert_eq!(rows[1]["score"], 40.0);
    assert_eq!(rows[1]["grading_progress"], "FullyGraded");
}
