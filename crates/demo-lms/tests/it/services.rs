//! Tokens, the roster, columns, results and the troubles.

use std::{collections::BTreeSet, time::Duration};

use demo_lms::{Fault, Manners};
use serde_json::{Value, json};
use url::Url;

use crate::world::{ALL_SCOPES, World};

const ALL: [Manners; 3] = [Manners::Strict, Manners::Moodle, Manners::Canvas];
const ROSTER: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";
const LINE_ITEMS: &str = "application/vnd.ims.lis.v2.lineitemcontainer+json";
const LINE_ITEM: &str = "application/vnd.ims.lis.v2.lineitem+json";
const RESULTS: &str = "application/vnd.ims.lis.v2.resultcontainer+json";

#[tokio::test]
async fn assertions_are_checked_as_each_platform_does() {
    // Changed claim, and the statuses in the order strict, moodle, canvas.
    let cases: [(&str, Value, [u16; 3]); 9] = [
        ("sub", json!("other"), [401, 400, 401]),
        ("iss", json!("other"), [401, 200, 401]),
        ("aud", json!("https://elsewhere.example"), [401, 200, 401]),
        ("exp", json!("past"), [401, 400, 401]),
        ("exp", Value::Null, [401, 200, 401]),
        ("iat", json!("in 2 s"), [200, 400, 200]),
        ("iat", json!("in 45 s"), [200, 400, 401]),
        ("jti", Value::Null, [401, 200, 401]),
        ("jti", json!("again"), [401, 200, 200]),
    ];
    for (index, manners) in ALL.into_iter().enumerate() {
        let world = World::start(manners).await;
        let now = world.now().timestamp();
        let mut first = world.assertion_claims();
        first["jti"] = json!("again");
        assert_eq!(world.ask_token(&first, ALL_SCOPES).await.status(), 200);
        for (name, value, expected) in &cases {
            let mut claims = world.assertion_claims();
            claims[*name] = match value.as_str() {
                Some("past") => json!(now - 1),
                Some("in 2 s") => json!(now + 2),
                Some("in 45 s") => json!(now + 45),
                _ => value.clone(),
            };
            let status = world.ask_token(&claims, ALL_SCOPES).await.status();
            assert_eq!(status, expected[index], "{manners}, {name} {value}");
        }
    }
}

#[tokio::test]
async fn tokens_need_a_signature_and_a_known_scope() {
    for manners in ALL {
        let world = World::start(manners).await;
        let refused = if manners == Manners::Moodle { 400 } else { 401 };
        let claims = world.assertion_claims();

        let no_kid = world.tool.sign(&claims, None);
        let other_kid = world.tool.sign(&claims, Some("tool-2"));
        let mut forged = world.tool.sign(&claims, Some("tool-1"));
        forged.replace_range(forged.len() - 9..forged.len() - 1, "AAAAAAAA");
        for assertion in [no_kid, other_kid, forged, "nonsense".to_owned()] {
            let response = world.ask_token_with(&assertion, ALL_SCOPES).await;
            assert_eq!(response.status(), refused, "{manners}");
        }

        let response = world
            .ask_token(&claims, "https://example.org/unknown")
            .await;
        assert_eq!(response.status(), 400);
        let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(body["error"], "invalid_scope");

        let scope =
            "https://example.org/unknown https://purl.imsglobal.org/spec/lti-ags/scope/score";
        let response = world.ask_token(&world.assertion_claims(), scope).await;
        let content_type = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        assert_eq!(
            content_type.starts_with("text/html"),
            manners == Manners::Moodle
        );
        let body: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(
            body["scope"],
            "https://purl.imsglobal.org/spec/lti-ags/scope/score"
        );
        let lifetime = if manners == Manners::Strict {
            120
        } else {
            3600
        };
        assert_eq!(body["expires_in"], lifetime);

        // The token serves what it was asked for, until it runs out.
        let token = body["access_token"].as_str().unwrap();
        let roster = world.address("/lti/services/memberships");
        let lacks = if manners == Manners::Strict { 403 } else { 401 };
        assert_eq!(
            world.get(roster.clone(), ROSTER, token).await.status(),
            lacks
        );
        let token = world.token().await;
        assert_eq!(
            world.get(roster.clone(), ROSTER, &token).await.status(),
            200
        );
        world.wait(lifetime);
        assert_eq!(world.get(roster, ROSTER, &token).await.status(), 401);
    }
}

/// Follows the roster to its end: members, and the size of each page.
async fn whole_roster(world: &World, query: &str) -> (Vec<Value>, Vec<usize>) {
    let token = world.token().await;
    let mut url = world.address(&format!("/lti/services/memberships{query}"));
    let (mut members, mut sizes) = (Vec::new(), Vec::new());
    loop {
        let response = world.get(url.clone(), ROSTER, &token).await;
        assert_eq!(response.status(), 200);
        let next = response.headers().get("link").and_then(|link| {
            let link = link.to_str().unwrap();
            let next = link.split(',').find(|link| link.contains("rel=\"next\""))?;
            let (_, rest) = next.split_once('<').unwrap();
            Some(rest.split_once('>').unwrap().0.to_owned())
        });
        let body: Value = response.json().await.unwrap();
        let page = body["members"].as_array().unwrap().clone();
        sizes.push(page.len());
        members.extend(page);
        match next {
            Some(next) => url = url.join(&next).unwrap(),
            None => return (members, sizes),
        }
    }
}

#[tokio::test]
async fn roster_comes_in_pages() {
    let full = "http://purl.imsglobal.org/vocab/lis/v2/membership%23Learner";
    let by_role = format!("?role={full}");
    // Query, and the sizes of pages in the order strict, moodle, canvas.
    let cases: [(&str, [Vec<usize>; 3]); 5] = [
        ("", [vec![10, 10, 10, 2], vec![32], vec![10, 10, 10, 2]]),
        ("?limit=16", [vec![16, 16], vec![16, 16], vec![16, 16]]),
        ("?limit=100", [vec![32], vec![32], vec![32]]),
        (&by_role, [vec![10, 10, 10], vec![30], vec![10, 10, 10]]),
        ("?role=Instructor", [vec![2], vec![2], vec![0]]),
    ];
    for (index, manners) in ALL.into_iter().enumerate() {
        let world = World::start(manners).await;
        for relative in [false, true] {
            world.lms.set_relative_links(relative);
            for (query, expected) in &cases {
                let (members, sizes) = whole_roster(&world, query).await;
                assert_eq!(sizes, expected[index], "{manners}, {query}");
                let ids: BTreeSet<_> = members.iter().map(|m| m["user_id"].to_string()).collect();
                assert_eq!(
                    ids.len(),
                    members.len(),
                    "{manners}, {query}: nobody comes twice"
                );
            }
        }
        let (members, _) = whole_roster(&world, "").await;
        let (_, sizes) = whole_roster(&world, "?limit=31").await;
        assert_eq!(sizes, [31, 1], "{manners}");
        let joan = members
            .iter()
            .find(|m| m["user_id"] == "assessor-1")
            .unwrap();
        assert_eq!(joan["name"], "Joan Hartley");
        assert_eq!(joan["email"], "joan.hartley@example.org");
        assert_eq!(joan["status"], "Active");
        let role = match manners {
            Manners::Moodle => "Instructor",
            Manners::Strict | Manners::Canvas => {
                "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
            }
        };
        assert_eq!(joan["roles"], json!([role]));
    }
}

#[tokio::test]
async fn moodle_forgets_the_role_on_the_next_page() {
    let world = World::start(Manners::Moodle).await;
    let (members, sizes) = whole_roster(&world, "?role=Learner&limit=20").await;
    // 20 learners, then those after the 20th of everybody.
    assert_eq!(sizes, [20, 12]);
    assert_eq!(members.len(), 32);
}

#[tokio::test]
async fn accept_is_read_as_each_platform_does() {
    let lists = format!("{ROSTER}, application/json;q=0.5");
    // Path, Accept, and the statuses in the order strict, moodle, canvas.
    let cases = [
        ("memberships", ROSTER, [200, 200, 200]),
        ("memberships", "*/*", [200, 200, 200]),
        ("memberships", "application/json", [200, 400, 200]),
        ("memberships", lists.as_str(), [200, 400, 200]),
        ("memberships", "text/html", [406, 400, 406]),
        ("memberships?rlid=77", ROSTER, [400, 200, 400]),
        ("lineitems", LINE_ITEMS, [200, 200, 200]),
        ("lineitems", "*/*", [200, 400, 200]),
        ("lineitems/1", LINE_ITEM, [200, 200, 200]),
        ("lineitems/2", LINE_ITEM, [404, 404, 404]),
        ("lineitems/1/results", RESULTS, [200, 200, 200]),
        ("lineitems/1/results?limit=1", RESULTS, [200, 404, 200]),
    ];
    for (index, manners) in ALL.into_iter().enumerate() {
        let world = World::start(manners).await;
        for (path, accept, expected) in cases {
            let token = world.token().await;
            let url = world.address(&format!("/lti/services/{path}"));
            let status = world.get(url, accept, &token).await.status();
            assert_eq!(status, expected[index], "{manners}, {path}, {accept}");
        }
    }
}

#[tokio::test]
async fn moodle_reads_bearer_with_a_capital() {
    for (manners, expected) in ALL.into_iter().zip([200, 401, 200]) {
        let world = World::start(manners).await;
        let token = world.token().await;
        let response = world
            .http
            .get(world.address("/lti/services/memberships"))
            .header("authorization", format!("bearer {token}"))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), expected, "{manners}");
    }
}

#[tokio::test]
async fn line_items_and_results_tell_what_is_stored() {
    for manners in ALL {
        let world = World::start(manners).await;
        let token = world.token().await;
        let url = world.address("/lti/services/lineitems?resource_link_id=1");
        let items: Value = world
            .get(url, LINE_ITEMS, &token)
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(items[0]["label"], "Unit 304 & more");
        assert_eq!(items[0]["scoreMaximum"], 50.0);
        let url = world.address("/lti/services/lineitems?tag=other");
        let none: Value = world
            .get(url, LINE_ITEMS, &token)
            .await
            .json()
            .await
            .unwrap();
        assert_eq!(none, json!([]));

        for (user_id, given) in [("learner-1", Some(40)), ("learner-2", None)] {
            let mut score = json!({
                "userId": user_id, "timestamp": "2026-11-21T10:00:00.5Z", "comment": "Clear.",
                "activityProgress": "Completed", "gradingProgress": "FullyGraded",
            });
            if let Some(given) = given {
                score["scoreGiven"] = json!(given);
                score["scoreMaximum"] = json!(100);
            }
            let answer = world.post_score(&token, &score).await;
            assert!((200..300).contains(&answer.status), "{manners}: {answer:?}");
        }
        let mut url: Url = items[0]["id"].as_str().unwrap().parse().unwrap();
        url.set_path(&format!("{}/results", url.path()));
        let results: Value = world.get(url, RESULTS, &token).await.json().await.unwrap();
        assert_eq!(results.as_array().unwrap().len(), 2, "{manners}");
        assert_eq!(results[0]["userId"], "learner-1");
        assert_eq!(results[0]["resultScore"], 20.0);
        assert_eq!(results[0]["resultMaximum"], 50.0);
        assert_eq!(results[0]["comment"], "Clear.");
        assert!(results[1].get("resultScore").is_none(), "{manners}");
        assert_eq!(
            results[1].get("comment").is_none(),
            manners == Manners::Moodle
        );
    }
}

fn score(second: u32, given: u32) -> Value {
    json!({
        "userId": "learner-1", "timestamp": format!("2026-11-21T10:00:{second:02}Z"),
        "activityProgress": "Completed", "gradingProgress": "FullyGraded",
        "scoreGiven": given, "scoreMaximum": 50,
    })
}

#[tokio::test]
async fn troubles_strike_once() {
    let world = World::start(Manners::Strict).await;
    let lms = &world.lms;
    let token = world.token().await;

    lms.set_service_down(true);
    let url = world.address("/lti/services/lineitems");
    let response = world.get(url.clone(), LINE_ITEMS, &token).await;
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["retry-after"]
        ),
        (503, &"1".parse().unwrap())
    );
    let roster = world.address("/lti/services/memberships");
    assert_eq!(world.get(roster, ROSTER, &token).await.status(), 200);
    lms.set_service_down(false);
    assert_eq!(
        world.get(url.clone(), LINE_ITEMS, &token).await.status(),
        200
    );

    lms.set_fault(Some(Fault::TooManyRequests { retry_after: 7 }));
    let response = world.get(url.clone(), LINE_ITEMS, &token).await;
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["retry-after"]
        ),
        (429, &"7".parse().unwrap())
    );
    assert_eq!(world.post_score(&token, &score(1, 10)).await.status, 204);

    // The token is void afterwards, a new one works.
    lms.set_fault(Some(Fault::TokenExpired));
    assert_eq!(world.post_score(&token, &score(2, 11)).await.status, 401);
    assert_eq!(world.post_score(&token, &score(2, 11)).await.status, 401);
    let token = world.token().await;
    assert_eq!(world.post_score(&token, &score(2, 11)).await.status, 204);

    lms.set_fault(Some(Fault::Slow(Duration::from_millis(300))));
    let started = std::time::Instant::now();
    assert_eq!(
        world.get(url.clone(), LINE_ITEMS, &token).await.status(),
        200
    );
    assert!(started.elapsed() >= Duration::from_millis(300));

    lms.set_fault(Some(Fault::TooManyRequests { retry_after: 7 }));
    lms.set_fault(None);
    assert_eq!(world.get(url, LINE_ITEMS, &token).await.status(), 200);

    let requests = lms.requests();
    let down = "GET /lti/services/lineitems 503".to_owned();
    assert_eq!(requests[..2], ["POST /lti/token 200".to_owned(), down]);
    assert_eq!(
        requests
            .iter()
            .filter(|line| line.ends_with(" 401"))
            .count(),
        2
    );
}

#[tokio::test]
async fn a_dropped_connection_leaves_the_score_stored() {
    for manners in ALL {
        let world = World::start(manners).await;
        let token = world.token().await;
        world.lms.set_fault(Some(Fault::DropAfterStore));
        let result = world
            .http
            .post(world.address("/lti/services/lineitems/1/scores"))
            .header("content-type", "application/vnd.ims.lis.v1.score+json")
            .bearer_auth(&token)
            .body(score(1, 33).to_string())
            .send()
            .await;
        assert!(
            result.is_err(),
            "{manners}: no answer may arrive, not even its status"
        );
        assert_eq!(world.lms.gradebook()[0].score, Some(33.0));
        let last = world.lms.requests().pop().unwrap();
        assert_eq!(last, "POST /lti/services/lineitems/1/scores dropped");

        // The tool sends it again, not knowing: only Canvas takes it twice.
        let again = world.post_score(&token, &score(1, 33)).await;
        let expected = if manners == Manners::Canvas { 200 } else { 409 };
        assert_eq!(again.status, expected);
    }
}

#[tokio::test]
async fn an_answer_that_a_gateway_hides_leaves_the_score_stored() {
    for manners in ALL {
        let world = World::start(manners).await;
        let token = world.token().await;
        let fault = Some(Fault::BadGatewayAfterStore);
        world.lms.set_fault(fault);
        let url = world.address("/lti/services/lineitems");
        assert_eq!(world.get(url, LINE_ITEMS, &token).await.status(), 200);
        assert_eq!(world.lms.fault(), fault, "it waits for a score");
        let hidden = world.post_score(&token, &score(1, 33)).await;
        assert_eq!(hidden.status, 502, "{manners}");
        assert_eq!(world.lms.gradebook()[0].score, Some(33.0));
        let status = if manners == Manners::Strict { 204 } else { 200 };
        let last = world.lms.requests().pop().unwrap();
        assert!(last.ends_with(&format!(" {status} became 502")), "{last}");
    }
}

#[tokio::test]
async fn troubles_of_tokens_are_counted_apart() {
    let world = World::start(Manners::Strict).await;
    let troubles = vec![Fault::ServiceUnavailable, Fault::BadJson];
    world.lms.fault_tokens_every(2, troubles);
    let mut seen = Vec::new();
    for _ in 0..4 {
        let claims = world.assertion_claims();
        let answer = world.ask_token(&claims, ALL_SCOPES).await;
        let status = answer.status().as_u16();
        seen.push((status, answer.json::<Value>().await.is_ok()));
    }
    let fine = (200, true);
    assert_eq!(seen, [fine, (503, false), fine, (200, false)]);
}

#[tokio::test]
async fn a_right_that_is_withheld_is_in_no_token() {
    const LINE_ITEM_SCOPE: &str = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem";
    let read_only = format!("{LINE_ITEM_SCOPE}.readonly");
    for manners in ALL {
        let world = World::start(manners).await;
        world.lms.withhold_grade_scope("lineitem.readonly");
        world.lms.let_tool_make_line_items();
        let refused = world.ask_token(&world.assertion_claims(), &read_only).await;
        assert_eq!(refused.status(), 400, "{manners}");
        let refused: Value = refused.json().await.unwrap();
        assert_eq!(refused["error"], "invalid_scope", "{manners}");
        let granted = world
            .ask_token(&world.assertion_claims(), LINE_ITEM_SCOPE)
            .await;
        let granted: Value = granted.json().await.unwrap();
        let token = granted["access_token"].as_str().unwrap();
        let url = world.address("/lti/services/lineitems");
        assert_eq!(world.get(url, LINE_ITEMS, token).await.status(), 200);
    }
}

#[tokio::test]
async fn columns_and_courses_that_are_gone_are_refused_as_each_platform_does() {
    for (manners, gone, concluded) in [
        (Manners::Strict, 404, 204),
        (Manners::Moodle, 404, 200),
        (Manners::Canvas, 412, 422),
    ] {
        let world = World::start(manners).await;
        let token = world.token().await;
        world.lms.delete_line_item();
        let answer = world.post_score(&token, &score(1, 33)).await;
        assert_eq!(answer.status, gone, "{manners}");

        let world = World::start(manners).await;
        let token = world.token().await;
        world.lms.conclude();
        let answer = world.post_score(&token, &score(1, 33)).await;
        assert_eq!(answer.status, concluded, "{manners}");
        assert_eq!(
            answer.body.contains("concluded"),
            manners == Manners::Canvas
        );
    }
}

#[tokio::test]
async fn troubles_come_in_turn_at_every_so_many_calls() {
    let world = World::start(Manners::Strict).await;
    let lms = &world.lms;
    let mut token = world.token().await;
    let url = world.address("/lti/services/lineitems");
    lms.fault_every(
        2,
        vec![
            Fault::ServiceUnavailable,
            Fault::BadJson,
            Fault::TornAnswer,
            Fault::DropAfterStore,
            Fault::TokensRevoked,
        ],
    );
    let mut seen = Vec::new();
    for _ in 0..12 {
        let response = world
            .http
            .get(url.clone())
            .header("accept", LINE_ITEMS)
            .bearer_auth(&token)
            .send()
            .await;
        seen.push(match response {
            Err(_) => "no answer".to_owned(),
            Ok(response) => {
                let status = response.status().as_u16();
                match response.bytes().await {
                    Err(_) => format!("{status} torn"),
                    Ok(body) if body.starts_with(b"[") => status.to_string(),
                    Ok(_) => format!("{status} no JSON"),
                }
            }
        });
        if seen.last().is_some_and(|seen| seen.starts_with("401")) {
            token = world.token().await;
        }
    }
    // How much of an answer is out before its connection breaks is up to the server.
    if seen[5] == "no answer" {
        "200 torn".clone_into(&mut seen[5]);
    }
    let (fine, down) = ("200", "503 no JSON");
    assert_eq!(
        seen,
        [
            fine,
            down,
            fine,
            "200 no JSON",
            fine,
            "200 torn",
            fine,
            "no answer",
            fine,
            "401 no JSON",
            fine,
            down
        ]
    );
    lms.fault_every(0, Vec::new());
    for _ in 0..4 {
        let response = world.get(url.clone(), LINE_ITEMS, &token).await;
        assert_eq!(response.status(), 200);
    }
}
