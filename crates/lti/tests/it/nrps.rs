//! Rosters.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use lti::nrps::{MemberStatus, MembersQuery, MembershipPage, changes, members};
use lti::{ServiceError, Services};
use serde_json::{Value, json};
use url::Url;

use crate::common::{Platform, Reply, claims_of, impatient_client};

const PATH: &str = "/mod/lti/services.php/CourseSection/2/bindings/1/memberships";
const ACCEPT: &str = "application/vnd.ims.lti-nrps.v2.membershipcontainer+json";

async fn read(
    services: &Services,
    url: &Url,
    query: &MembersQuery,
) -> Vec<Result<MembershipPage, ServiceError>> {
    members(services, url, query).collect().await
}

fn ids(pages: &[Result<MembershipPage, ServiceError>]) -> Vec<Vec<String>> {
    pages
        .iter()
        .map(|page| {
            let page = page.as_ref().expect("a page");
            page.members
                .iter()
                .map(|member| member.user_id.clone())
                .collect()
        })
        .collect()
}

#[tokio::test]
async fn the_captured_roster_of_moodle_is_read() {
    let platform = Platform::moodle(&["nrps"]).await;
    let pages = read(
        &platform.services(),
        &platform.url(PATH),
        &MembersQuery::default(),
    )
    .await;
    assert_eq!(ids(&pages), [["4", "5", "3", "6"]]);
    let page = pages[0].as_ref().expect("a page");
    assert_eq!(page.context_id.as_deref(), Some("2"));
    assert_eq!(page.unreadable, 0);
    let teacher = &page.members[2];
    assert!(teacher.roles.is_instructor() && !teacher.roles.is_learner());
    assert_eq!(teacher.status, MemberStatus::Active);
    assert_eq!(teacher.sourced_id.as_deref(), Some("SIS-teacher1"));
    assert_eq!(page.members[3].name.as_deref(), Some("Zoë Ünïcode"));

    let calls = platform.service_calls();
    assert_eq!(calls.len(), 1);
    assert_eq!(
        (calls[0].method.as_str(), calls[0].target.as_str()),
        ("GET", PATH)
    );
    assert_eq!(calls[0].header("accept"), Some(ACCEPT));
    assert_eq!(
        calls[0].header("authorization"),
        Some("Bearer 0bca02ee3863b1c767663e58cc94bccb")
    );
}

#[tokio::test]
async fn captured_pages_of_moodle_are_followed_and_keep_the_role() {
    let platform = Platform::moodle(&["nrps limit=2", "nrps limit=2 from=2"]).await;
    let query = MembersQuery {
        limit: Some(2),
        ..MembersQuery::default()
    };
    let pages = read(&platform.services(), &platform.url(PATH), &query).await;
    assert_eq!(ids(&pages).concat().len(), 4);
    let targets: Vec<String> = platform
        .service_calls()
        .iter()
        .map(|asked| asked.target.clone())
        .collect();
    assert_eq!(
        targets,
        [format!("{PATH}?limit=2"), format!("{PATH}?limit=2&from=2")]
    );

    let platform = Platform::moodle(&["nrps role=Learner limit=1", "nrps limit=2 from=2"]).await;
    let query = MembersQuery {
        limit: Some(1),
        role: Some("Learner".to_owned()),
        ..MembersQuery::default()
    };
    let pages = read(&platform.services(), &platform.url(PATH), &query).await;
    assert_eq!(pages.len(), 2);
    assert_eq!(
        platform.service_calls()[1].target,
        format!("{PATH}?limit=1&from=1&role=Learner")
    );
}

#[tokio::test]
async fn captured_refusals_of_moodle_are_told_apart() {
    let refused = async |name: &str, again: &str| {
        let platform = Platform::moodle(&[name, again]).await;
        let mut pages = read(
            &platform.services(),
            &platform.url(PATH),
            &MembersQuery::default(),
        )
        .await;
        assert_eq!(pages.len(), 1);
        let error = pages.remove(0).expect_err("refused");
        (error, platform)
    };
    let (error, platform) = refused("nrps bad token", "nrps bad token").await;
    assert!(matches!(error, ServiceError::Unauthorised { .. }));
    // The token was thrown away, and the call tried once more.
    assert_eq!(platform.service_calls().len(), 2);
    assert_eq!(platform.asked().len(), 4);

    let (error, platform) = refused("nrps bad token", "nrps missing course").await;
    assert!(matches!(error, ServiceError::NotFound { .. }));
    assert_eq!(platform.service_calls().len(), 2);
    assert_eq!(
        error.answer().expect("an answer").reason,
        "Not Found: Course 99 doesn't exist"
    );
    let (error, _) = refused("nrps accept json", "nrps").await;
    let ServiceError::Refused { status, answer } = error else {
        panic!("{error:?}");
    };
    assert_eq!(status, 400);
    assert!(
        answer
            .reason
            .starts_with("No handler found for /CourseSection")
    );
}

#[tokio::test]
async fn a_new_token_after_401_is_enough() {
    let platform = Platform::start(|asked| {
        if asked.target == "/token" {
            // The token is the assertion, so that the roster can tell the first from the second.
            return Reply::json(&json!({
                "access_token": asked.form("client_assertion").expect("an assertion"),
                "token_type": "bearer",
            }));
        }
        let token = asked.header("authorization").expect("a token");
        if claims_of(token)["jti"] == "jti-1" {
            return Reply::status(401, "");
        }
        Reply::json(&json!({ "members": [] }))
    })
    .await;
    let pages = read(
        &platform.services(),
        &platform.url("/members"),
        &MembersQuery::default(),
    )
    .await;
    assert_eq!(ids(&pages), [[""; 0]]);
    assert_eq!(platform.asked().len(), 4);
}

/// A roster of three pages whose links are as the test wants them.
async fn paged(links: [&'static str; 3]) -> (Platform, Vec<Result<MembershipPage, ServiceError>>) {
    let platform = Platform::start(move |asked| {
        let number = match asked.target.as_str() {
            "/token" => return Reply::token(),
            "/a/members" => 0,
            "/a/members?page=1" => 1,
            _ => 2,
        };
        let page = Reply::json(&json!({ "members": [{ "user_id": number.to_string() }] }));
        if links[number].is_empty() {
            return page;
        }
        let host = asked.header("host").expect("a host");
        page.header("link", "<http://vle.test/first>; rel=\"first\"")
            .header("link", &links[number].replace("HOST", host))
    })
    .await;
    let pages = read(
        &platform.services(),
        &platform.url("/a/members"),
        &MembersQuery::default(),
    )
    .await;
    (platform, pages)
}

#[tokio::test]
async fn pages_end_and_stay_on_their_server() {
    let (_, pages) = paged([
        "<?page=1>; rel=next",
        "<http://HOST/a/members?page=2>; rel=\"next\"",
        "",
    ])
    .await;
    assert_eq!(ids(&pages), [["0"], ["1"], ["2"]]);

    let (platform, pages) = paged(["<?page=1>; rel=next", "<members>; rel=next", ""]).await;
    assert_eq!(ids(&pages[..1]), [["0"]]);
    assert!(matches!(
        pages[1],
        Err(ServiceError::Unreadable("the list of pages has no end"))
    ));
    assert_eq!(platform.service_calls().len(), 2);

    let (platform, pages) =
        paged(["<http://localhost:1/a/members?page=1>; rel=next", "", ""]).await;
    assert!(matches!(
        pages[0],
        Err(ServiceError::Unreadable(
            "the next page is on another server"
        ))
    ));
    assert_eq!(platform.service_calls().len(), 1);
}

/// Reads a roster of one page with this body.
async fn body(body: &str) -> Result<MembershipPage, ServiceError> {
    let reply = Reply::status(200, body);
    let platform = Platform::start(move |asked| match asked.target.as_str() {
        "/token" => Reply::token(),
        _ => reply.clone(),
    })
    .await;
    read(
        &platform.services(),
        &platform.url("/members"),
        &MembersQuery::default(),
    )
    .await
    .remove(0)
}

#[tokio::test]
async fn members_are_read_however_they_are_written() {
    let page = body(
        &json!({
            "context": { "id": 12 },
            "members": [
                { "user_id": "1", "roles": ["Learner", null, 3], "status": "Deleted", "name": null, "extra": {} },
                { "user_id": 2, "roles": "Instructor", "status": "inactive" },
                { "user_id": "3", "status": "On leave", "email": "" },
                { "user_id": "4", "status": null, "roles": null },
                { "name": "Nobody" },
                { "user_id": "" },
            ],
        })
        .to_string(),
    )
    .await
    .expect("a page");
    assert_eq!(page.context_id.as_deref(), Some("12"));
    assert_eq!(page.unreadable, 2);
    let statuses: Vec<MemberStatus> = page.members.iter().map(|member| member.status).collect();
    assert_eq!(
        statuses,
        [
            MemberStatus::Deleted,
            MemberStatus::Inactive,
            MemberStatus::Inactive,
            MemberStatus::Active
        ]
    );
    assert_eq!(page.members[0].roles.as_slice(), ["Learner"]);
    assert!(page.members[1].roles.is_instructor());
    assert_eq!(page.members[2].email, None);
}

#[tokio::test]
async fn answers_that_are_no_roster_are_refused() {
    for text in [
        "",
        "<html>",
        "[]",
        "{}",
        r#"{"members":null}"#,
        r#"{"members":[5]}"#,
    ] {
        assert!(
            matches!(body(text).await, Err(ServiceError::Unreadable(_))),
            "{text}"
        );
    }
    let name = Value::from("x".repeat(256 * 1024));
    let large = json!({ "members": [{ "user_id": "1", "name": name }] }).to_string();
    assert!(matches!(
        body(&large).await,
        Err(ServiceError::Unreadable(
            "one of its members is larger than 256 KiB"
        ))
    ));
}

/// A course of 20,000 that comes as one answer of 12 MB, whatever limit was asked for.
#[tokio::test]
async fn a_whole_course_on_one_page_comes_in_parts() {
    let member = |number: usize| json!({ "user_id": number, "name": "x".repeat(600) });
    let members: Vec<Value> = (0..20_000).map(member).collect();
    let answer = json!({ "context": { "id": "c" }, "members": members }).to_string();
    let platform = Platform::start(move |asked| match asked.target.as_str() {
        "/token" => Reply::token(),
        _ => Reply::status(200, &answer).header("link", "</later>; rel=differences"),
    })
    .await;
    let pages = read(
        &platform.services(),
        &platform.url("/members"),
        &MembersQuery::default(),
    )
    .await;
    let everybody: Vec<String> = (0..20_000).map(|member| member.to_string()).collect();
    assert_eq!(ids(&pages).concat(), everybody);
    for (number, page) in pages.iter().enumerate() {
        let page = page.as_ref().expect("a page");
        assert!((1..1_500).contains(&page.members.len()), "{number}");
        assert_eq!(page.is_new, number == 0);
        assert_eq!(page.context_id.as_deref(), Some("c"));
        assert_eq!(page.differences, Some(platform.url("/later")));
    }
    assert_eq!(platform.service_calls().len(), 1);
}

/// Of what has been handed on nothing comes twice, so the answer is not asked for again.
#[tokio::test]
async fn a_long_page_that_breaks_off_ends_the_reading() {
    let members: Vec<Value> = (0..20_000)
        .map(|member| json!({ "user_id": member }))
        .collect();
    let whole = json!({ "members": members }).to_string();
    let half = whole[..whole.len() / 2].to_owned();
    let platform = Platform::start(move |asked| match asked.target.as_str() {
        "/token" => Reply::token(),
        _ => Reply::status(200, &half),
    })
    .await;
    let pages = read(
        &platform.services(),
        &platform.url("/members"),
        &MembersQuery::default(),
    )
    .await;
    let (last, before) = pages.split_last().expect("pages");
    assert!(matches!(last, Err(ServiceError::Unreadable(_))));
    let read = ids(before).concat().len();
    assert!((5_000..15_000).contains(&read), "{read}");
    assert_eq!(platform.service_calls().len(), 1);
}

#[tokio::test]
async fn who_has_left_is_read_from_the_differences() {
    let platform = Platform::start(|asked| {
        let host = asked.header("host").expect("a host").to_owned();
        let link =
            |target: &str, relation: &str| format!("<http://{host}{target}>; rel=\"{relation}\"");
        match asked.target.as_str() {
            "/token" => Reply::token(),
            "/members" => Reply::json(&json!({ "members": [{ "user_id": "1" }] }))
                .header("link", &link("/members?page=2", "next"))
                .header("link", &link("/members?since=1", "differences")),
            "/members?page=2" => Reply::json(&json!({ "members": [{ "user_id": "2" }] })).header(
                "link",
                "<https://elsewhere.test/members?since=1>; rel=\"differences\"",
            ),
            "/members?since=1" => Reply::json(&json!({
                "members": [{ "user_id": "2", "status": "Deleted" }, { "user_id": "3" }],
            }))
            .header("link", &link("/members?since=2", "differences")),
            target => panic!("{target}"),
        }
    })
    .await;
    let services = platform.services();
    let pages = read(
        &services,
        &platform.url("/members"),
        &MembersQuery::default(),
    )
    .await;
    assert_eq!(ids(&pages), [["1"], ["2"]]);
    let first = pages[0].as_ref().expect("a page");
    let address = first.differences.clone().expect("an address");
    assert_eq!(address, platform.url("/members?since=1"));
    // Another server would see the token.
    assert_eq!(pages[1].as_ref().expect("a page").differences, None);

    let changed: Vec<_> = changes(&services, &address).collect().await;
    let page = changed[0].as_ref().expect("a page");
    let statuses: Vec<_> = page
        .members
        .iter()
        .map(|member| (member.user_id.as_str(), member.status))
        .collect();
    assert_eq!(
        statuses,
        [("2", MemberStatus::Deleted), ("3", MemberStatus::Active)]
    );
    assert_eq!(page.differences, Some(platform.url("/members?since=2")));
}

#[tokio::test]
async fn a_resource_link_tells_more_about_each_member() {
    let platform = Platform::start(|asked| match asked.target.as_str() {
        "/token" => Reply::token(),
        "/members?x=1&rlid=link+1" => Reply::json(&json!({ "members": [{
            "user_id": "1",
            "lti11_legacy_user_id": "old-1",
            "group_enrollments": [{ "group_id": 12 }, { "group_id": "g2" }, {}, null],
            "message": [{
                "https://purl.imsglobal.org/spec/lti/claim/message_type": "LtiResourceLinkRequest",
                "https://purl.imsglobal.org/spec/lti/claim/custom": { "due": "2026-12-01", "open": "$X" },
            }],
        }] }))
        .header("link", "<?page=2>; rel=next"),
        _ => Reply::json(&json!({ "members": [{ "user_id": "2", "message": "none" }] })),
    })
    .await;
    let query = MembersQuery {
        resource_link_id: Some("link 1".to_owned()),
        ..MembersQuery::default()
    };
    let pages = read(&platform.services(), &platform.url("/members?x=1"), &query).await;
    assert_eq!(ids(&pages), [["1"], ["2"]]);
    let member = &pages[0].as_ref().expect("a page").members[0];
    assert_eq!(member.legacy_user_id.as_deref(), Some("old-1"));
    assert_eq!(member.groups, ["12", "g2"]);
    let custom: Vec<_> = member.custom.iter().collect();
    assert_eq!(custom, [(&"due".to_owned(), &"2026-12-01".to_owned())]);
    // Every page is asked for the same link.
    assert_eq!(
        platform.service_calls()[1].target,
        "/members?page=2&rlid=link+1"
    );
}

#[tokio::test]
async fn a_reading_that_breaks_off_ends_with_an_error() {
    let platform = Platform::start(|asked| match asked.target.as_str() {
        "/token" => Reply::token(),
        "/members" => Reply::json(&json!({ "members": [{ "user_id": "1" }] }))
            .header("link", "<?page=2>; rel=next"),
        _ => Reply::status(503, ""),
    })
    .await;
    let pages = read(
        &platform.services(),
        &platform.url("/members"),
        &MembersQuery::default(),
    )
    .await;
    assert_eq!(pages.len(), 2);
    assert!(matches!(pages[1], Err(ServiceError::Temporary { .. })));
    // The second page was asked for four times before that.
    assert_eq!(platform.service_calls().len(), 5);
}

/// Trouble of every kind, each gone when the page is asked for again.
#[tokio::test]
async fn a_page_that_fails_is_asked_for_again() {
    for trouble in [
        Reply::status(500, ""),
        Reply::status(503, "").header("retry-after", "1"),
        Reply::status(429, "").header("retry-after", "0"),
        Reply::status(403, "403 Forbidden (Rate Limit Exceeded)"),
        Reply::status(401, ""),
        Reply::status(200, "<html>Maintenance</html>"),
        Reply::torn(),
    ] {
        let description = format!("{trouble:?}");
        let asked_before = AtomicBool::new(false);
        let platform = Platform::start(move |asked| match asked.target.as_str() {
            "/token" => Reply::token(),
            "/members" => Reply::json(&json!({ "members": [{ "user_id": "1" }] }))
                .header("link", "<?page=2>; rel=next"),
            _ if asked_before.swap(true, Ordering::Relaxed) => {
                Reply::json(&json!({ "members": [{ "user_id": "2" }] }))
            }
            _ => trouble.clone(),
        })
        .await;
        let pages = read(
            &platform.services(),
            &platform.url("/members"),
            &MembersQuery::default(),
        )
        .await;
        assert_eq!(ids(&pages), [["1"], ["2"]], "{description}");
        assert_eq!(platform.service_calls().len(), 3, "{description}");
    }
}

/// A course of 20,000 on pages of 50, and every twentieth call, for a token or for a page, goes wrong in one of seven
/// ways.
#[tokio::test]
async fn a_long_roster_arrives_whole_whatever_goes_wrong() {
    let calls = AtomicUsize::new(0);
    let token = AtomicUsize::new(0);
    let platform = Platform::start(move |asked| {
        let call = calls.fetch_add(1, Ordering::Relaxed);
        if call % 20 == 19 {
            match call / 20 % 7 {
                0 => return Reply::status(503, ""),
                1 => return Reply::status(429, "").header("retry-after", "0"),
                2 => return Reply::late(),
                3 => return Reply::torn(),
                4 => return Reply::status(200, "<html>Maintenance</html>"),
                // The token in hand is void, as after its end; then every token that was ever given out.
                5 => drop(token.fetch_add(1, Ordering::Relaxed)),
                _ => drop(token.fetch_add(100, Ordering::Relaxed)),
            }
        }
        let valid = format!("token-{}", token.load(Ordering::Relaxed));
        if asked.target == "/token" {
            return Reply::json(&json!({ "access_token": valid, "token_type": "Bearer" }));
        }
        if asked.header("authorization") != Some(&format!("Bearer {valid}")) {
            return Reply::status(401, "");
        }
        let page: usize = asked
            .target
            .split_once("page=")
            .map_or(0, |(_, page)| page.parse().expect("a number"));
        let members: Vec<Value> = (page * 50..page * 50 + 50)
            .map(|member| json!({ "user_id": member }))
            .collect();
        let reply = Reply::json(&json!({ "members": members }));
        match page + 1 {
            400 => reply,
            next => reply.header("link", &format!("<?page={next}>; rel=next")),
        }
    })
    .await;
    let pages = read(
        &platform.services_through(impatient_client()),
        &platform.url("/members"),
        &MembersQuery::default(),
    )
    .await;
    let everybody: Vec<String> = (0..20_000).map(|member| member.to_string()).collect();
    assert_eq!(ids(&pages).concat(), everybody);
    // Trouble came 20 times or more, and no page was read again that had been read well.
    let calls = platform.service_calls().len();
    assert!((415..=430).contains(&calls), "{calls}");
}

#[tokio::test]
async fn nobody_waits_for_a_page_longer_than_makes_sense() {
    let month = 30 * 24 * 3600;
    for (seconds, expected) in [(3600, 3600), (u64::MAX, month)] {
        let platform = Platform::start(move |asked| match asked.target.as_str() {
            "/token" => Reply::token(),
            _ => Reply::status(503, "").header("retry-after", &seconds.to_string()),
        })
        .await;
        let pages = read(
            &platform.services(),
            &platform.url("/members"),
            &MembersQuery::default(),
        )
        .await;
        let wait = pages[0].as_ref().expect_err("no page").retry_after();
        assert_eq!(wait, Some(Duration::from_secs(expected)));
        assert_eq!(platform.service_calls().len(), 1);
    }
}
