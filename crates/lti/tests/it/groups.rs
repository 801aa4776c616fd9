//! Groups of a course.

use lti::ServiceError;
use lti::groups::{GroupSet, group_sets, groups};
use lti::launch::GroupService;
use serde_json::{Value, json};

use crate::common::{Platform, Reply};

fn service(platform: &Platform) -> GroupService {
    GroupService {
        context_groups_url: platform.url("/groups?course=2"),
        context_group_sets_url: Some(platform.url("/sets")),
        scopes: Vec::new(),
        service_versions: Vec::new(),
    }
}

/// A platform whose groups come on two pages.
async fn paged() -> Platform {
    Platform::start(|asked| match asked.target.as_str() {
        "/token" => Reply::token(),
        "/sets" => {
            Reply::json(&json!({ "sets": [{ "id": 7, "name": "Projects" }, { "name": "x" }] }))
        }
        target if target.contains("page=2") => {
            Reply::json(&json!({ "groups": [{ "id": "g2", "name": null }, "junk", { "id": "" }] }))
        }
        _ => Reply::json(&json!({
            "id": "https://vle.test/groups",
            "groups": [{ "id": "g1", "name": "Blue", "tag": "lab", "set_id": 7 }],
        }))
        .header("link", "<?page=2>; rel=\"next\""),
    })
    .await
}

#[tokio::test]
async fn groups_and_sets_are_read_over_all_pages() {
    let platform = paged().await;
    let (services, service) = (platform.services(), service(&platform));
    let found = groups(&services, &service, Some("person 1"))
        .await
        .expect("groups");
    let found: Vec<_> = found
        .iter()
        .map(|group| {
            (
                group.id.as_str(),
                group.name.as_str(),
                group.tag.as_deref(),
                group.set_id.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        found,
        [
            ("g1", "Blue", Some("lab"), Some("7")),
            ("g2", "", None, None)
        ]
    );
    assert_eq!(
        group_sets(&services, &service).await.expect("sets"),
        [GroupSet {
            id: "7".to_owned(),
            name: "Projects".to_owned(),
        }]
    );
    let calls = platform.service_calls();
    assert_eq!(calls[0].target, "/groups?course=2&user_id=person+1");
    for call in &calls {
        assert_eq!(
            call.header("accept"),
            Some("application/vnd.ims.lti-gs.v1.contextgroupcontainer+json")
        );
    }
    let scopes = platform.asked()[0].form("scope").expect("scopes");
    assert_eq!(
        scopes,
        "https://purl.imsglobal.org/spec/lti-gs/scope/contextgroup.readonly"
    );
}

#[tokio::test]
async fn a_platform_without_sets_is_not_asked_for_them() {
    let platform = paged().await;
    let service = GroupService {
        context_group_sets_url: None,
        ..service(&platform)
    };
    let sets = group_sets(&platform.services(), &service).await;
    assert_eq!(sets.expect("none"), []);
    assert_eq!(platform.asked().len(), 0);
}

#[tokio::test]
async fn answers_that_are_no_groups_are_refused() {
    for body in [json!({}), json!({ "groups": null }), json!([]), Value::Null] {
        let reply = Reply::json(&body);
        let platform = Platform::start(move |asked| match asked.target.as_str() {
            "/token" => Reply::token(),
            _ => reply.clone(),
        })
        .await;
        let result = groups(&platform.services(), &service(&platform), None).await;
        assert!(matches!(result, Err(ServiceError::Unreadable(_))), "{body}");
    }
}
