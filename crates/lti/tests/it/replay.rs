//! Every exchange with the services of a Moodle 4.5 that was captured, answered again to the call of this library that
//! it belongs to. What each must lead to stands in `fixtures/moodle-exchanges.txt`.

use std::fmt::Write;

use futures_util::StreamExt;
use lti::ags::{
    ActivityProgress, GradingProgress, LineItemChange, LineItemsQuery, NewLineItem,
    change_line_item, create_line_item, line_items, post_score, read_line_item, read_result,
};
use lti::nrps::{MembersQuery, members};
use lti::{PlatformFamily, Score, ServiceError, TokenClient, TokenError};
use serde_json::Value;
use url::Url;

use crate::common::{Platform, Reply, client, exchange, fixture, now, other_key, text_fixture};

/// What came of a call: its result, or the name of its error.
async fn outcome(captured: &Value) -> String {
    let method = captured["request"]["method"].as_str().expect("a method");
    let address: Url = captured["request"]["url"]
        .as_str()
        .and_then(|url| url.parse().ok())
        .expect("an address");
    let path = address.path().to_owned();
    let answer = captured.clone();
    let asked_method = method.to_owned();
    let platform = Platform::start(move |asked| {
        let host = asked.header("host").expect("a host");
        let is_token = asked.target == "/token";
        if asked.method == asked_method && is_token == path.ends_with("/token.php") {
            // There is no more on the page after the captured one.
            if asked.target.contains("from=") && !asked.target.contains("from=0") {
                let body = if path.ends_with("/memberships") {
                    "{\"members\":[]}"
                } else {
                    "[]"
                };
                return Reply::status(200, body);
            }
            return Reply::captured(&answer, host);
        }
        if is_token {
            return Reply::token();
        }
        // A line item is read before it is changed.
        Reply::captured(&exchange("lineitem get"), host)
    })
    .await;
    let services = platform.services();
    let url = platform.url(address.path());
    if address.path().ends_with("/token.php") {
        return token(&platform).await;
    }
    let result = match (method, address.path()) {
        ("GET", path) if path.ends_with("/memberships") => {
            let mut pages = members(&services, &url, &MembersQuery::default());
            pages.next().await.expect("a page").map(|page| {
                let count = page.members.len();
                format!("{count} members, {} unreadable", page.unreadable)
            })
        }
        ("GET", path) if path.ends_with("/lineitems") => {
            line_items(&services, &url, &LineItemsQuery::default())
                .await
                .map(|items| format!("{} line items", items.len()))
        }
        ("GET", path) if path.ends_with("/lineitem") => read_line_item(&services, &url)
            .await
            .map(|item| format!("line item `{}` of {}", item.label, item.score_maximum)),
        ("GET", path) if path.ends_with("/results") => {
            let line_item = line_item_of(&url, "/results");
            read_result(&services, &line_item, "4").await.map(|result| {
                match result.map(|result| result.score) {
                    None => "no result".to_owned(),
                    Some(None) => "a result without a grade".to_owned(),
                    Some(Some((score, maximum))) => format!("{score} of {maximum}"),
                }
            })
        }
        ("POST", path) if path.ends_with("/lineitems") => {
            let new = NewLineItem {
                label: "Essay".to_owned(),
                score_maximum: 10.0,
                ..NewLineItem::default()
            };
            create_line_item(&services, &url, &new)
                .await
                .map(|item| format!("made `{}` of {}", item.label, item.score_maximum))
        }
        ("POST", path) if path.ends_with("/scores") => {
            let line_item = line_item_of(&url, "/scores");
            let score = Score {
                user_id: "4".to_owned(),
                activity_progress: ActivityProgress::Completed,
                grading_progress: GradingProgress::FullyGraded,
                timestamp: now(),
                score: Some((8.0, 10.0)),
                comment: None,
                submitted_at: None,
            };
            post_score(&services, &line_item, &score, PlatformFamily::Moodle, false)
                .await
                .map(|_| "taken".to_owned())
        }
        ("PUT", _) => change_line_item(&services, &url, &LineItemChange::default())
            .await
            .map(|item| format!("now `{}` of {}", item.label, item.score_maximum)),
        // No call of this library deletes a line item or reads scores.
        _ => Ok("never called".to_owned()),
    };
    result.unwrap_or_else(|error| name(&error))
}

async fn token(platform: &Platform) -> String {
    let tokens = TokenClient::new(client());
    let scopes = ["https://purl.imsglobal.org/spec/lti-ags/scope/score"];
    let registration = platform.registration();
    match tokens
        .access_token(&registration, None, &scopes, other_key(), now(), "jti")
        .await
    {
        Ok(token) => {
            let seconds = (token.expires_at() - now()).num_seconds();
            format!(
                "a token for {} scopes and {seconds} s",
                token.scopes().len()
            )
        }
        Err(TokenError::Refused { status, error, .. }) => format!("Refused {status}: {error}"),
        Err(error) => format!("{error:?}"),
    }
}

fn line_item_of(url: &Url, service: &str) -> Url {
    let mut line_item = url.clone();
    let path = url.path().strip_suffix(service).expect("a service");
    line_item.set_path(path);
    line_item
}

/// The variant of an error, and the status that it kept.
fn name(error: &ServiceError) -> String {
    let variant = format!("{error:?}");
    let variant = variant
        .split(|character: char| !character.is_alphanumeric())
        .next()
        .unwrap_or_default();
    match error.answer() {
        Some(answer) => format!("{variant} {}", answer.status),
        None => variant.to_owned(),
    }
}

#[tokio::test]
async fn every_captured_exchange_leads_to_its_result() {
    let mut found = String::new();
    for captured in fixture("moodle-exchanges.json").as_array().expect("a list") {
        let text = |name: &str| captured[name].as_str().expect("a text").to_owned();
        let (capture, name) = (text("capture"), text("name"));
        writeln!(found, "{capture} | {name} | {}", outcome(captured).await).expect("a text");
    }
    let expected = text_fixture("moodle-exchanges.txt");
    for (found, expected) in found.lines().zip(expected.lines()) {
        assert_eq!(found, expected);
    }
    assert_eq!(found.lines().count(), expected.lines().count(), "{found}");
}
