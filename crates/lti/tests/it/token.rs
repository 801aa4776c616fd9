//! Access tokens.

use chrono::TimeDelta;
use lti::claims::{DEPLOYMENT_ID, SCOPE_RESULT, SCOPE_SCORE};
use lti::{AccessToken, Registration, SigningKey, TokenClient, TokenError};
use serde_json::json;

use crate::common::{
    CLIENT_ID, Platform, Reply, claims_of, client, exchange, now, other_key, platform_key,
};

const SCOPES: &[&str] = &[SCOPE_SCORE, SCOPE_RESULT];

async fn ask(tokens: &TokenClient, registration: &Registration) -> Result<AccessToken, TokenError> {
    ask_for(
        tokens,
        registration,
        Some("deployment-1"),
        SCOPES,
        other_key(),
    )
    .await
}

async fn ask_for(
    tokens: &TokenClient,
    registration: &Registration,
    deployment_id: Option<&str>,
    scopes: &[&str],
    key: &SigningKey,
) -> Result<AccessToken, TokenError> {
    tokens
        .access_token(registration, deployment_id, scopes, key, now(), "jti-1")
        .await
}

#[tokio::test]
async fn the_request_is_what_platforms_check() {
    let platform = Platform::start(|_| Reply::token()).await;
    let tokens = TokenClient::new(client());
    ask(&tokens, &platform.registration())
        .await
        .expect("a token");

    let asked = &platform.asked()[0];
    assert_eq!(
        (asked.method.as_str(), asked.target.as_str()),
        ("POST", "/token")
    );
    assert_eq!(
        asked.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(asked.header("authorization"), None);
    assert_eq!(
        asked.form("grant_type").as_deref(),
        Some("client_credentials")
    );
    assert_eq!(
        asked.form("client_assertion_type").as_deref(),
        Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    );
    let mut scopes = SCOPES.to_vec();
    scopes.sort_unstable();
    assert_eq!(asked.form("scope"), Some(scopes.join(" ")));

    let assertion = asked.form("client_assertion").expect("an assertion");
    let header = jsonwebtoken::decode_header(&assertion).expect("a header");
    assert_eq!(header.alg, jsonwebtoken::Algorithm::RS256);
    assert_eq!(header.kid.as_deref(), Some(other_key().kid()));
    assert_eq!(
        claims_of(&assertion),
        json!({
            "iss": CLIENT_ID,
            "sub": CLIENT_ID,
            "aud": platform.url("/token"),
            "iat": now().timestamp() - 5,
            "exp": now().timestamp() + 300,
            "jti": "jti-1",
            DEPLOYMENT_ID: "deployment-1",
        })
    );

    let registration = Registration {
        token_audience: Some("https://authorisation.test".to_owned()),
        ..platform.registration()
    };
    let tokens = TokenClient::new(client());
    ask_for(&tokens, &registration, None, SCOPES, other_key())
        .await
        .expect("a token");
    let claims = claims_of(
        &platform.asked()[1]
            .form("client_assertion")
            .expect("an assertion"),
    );
    assert_eq!(claims["aud"], "https://authorisation.test");
    assert_eq!(claims.get(DEPLOYMENT_ID), None);
}

#[tokio::test]
async fn a_token_is_kept_for_its_caller_only() {
    let platform = Platform::start(|_| Reply::token()).await;
    let tokens = TokenClient::new(client());
    let registration = platform.registration();
    let one = ask(&tokens, &registration).await.expect("a token");
    assert_eq!(one.secret(), "token-1");
    assert_eq!(one.expires_at(), now() + TimeDelta::hours(1));
    assert_eq!(one.scopes().len(), 2);
    assert!(!format!("{one:?}").contains("token-1"));

    // The order of scopes makes no difference.
    let turned = [SCOPE_RESULT, SCOPE_SCORE];
    ask_for(
        &tokens,
        &registration,
        Some("deployment-1"),
        &turned,
        other_key(),
    )
    .await
    .expect("a token");
    ask(&tokens.clone(), &registration).await.expect("a token");
    assert_eq!(platform.asked().len(), 1);

    let other_client = Registration {
        client_id: "client-2".to_owned(),
        ..registration.clone()
    };
    let other_issuer = Registration {
        issuer: "https://other.test".to_owned(),
        ..registration.clone()
    };
    let other_url = Registration {
        token_url: platform.url("/token2"),
        ..registration.clone()
    };
    for other in [&other_client, &other_issuer, &other_url] {
        ask(&tokens, other).await.expect("a token");
    }
    ask_for(
        &tokens,
        &registration,
        Some("deployment-2"),
        SCOPES,
        other_key(),
    )
    .await
    .expect("a token");
    ask_for(&tokens, &registration, None, SCOPES, other_key())
        .await
        .expect("a token");
    ask_for(
        &tokens,
        &registration,
        Some("deployment-1"),
        &[SCOPE_SCORE],
        other_key(),
    )
    .await
    .expect("a token");
    ask_for(
        &tokens,
        &registration,
        Some("deployment-1"),
        SCOPES,
        platform_key(),
    )
    .await
    .expect("a token");
    assert_eq!(platform.asked().len(), 8);
    ask(&tokens, &registration).await.expect("a token");
    assert_eq!(platform.asked().len(), 8);
}

#[tokio::test]
async fn a_token_is_renewed_a_minute_before_it_ends_and_after_it_was_forgotten() {
    let platform = Platform::start(|_| Reply::token()).await;
    let tokens = TokenClient::new(client());
    let registration = platform.registration();
    for (seconds, requests) in [(0, 1), (3539, 1), (3540, 2), (3541, 2)] {
        let time = now() + TimeDelta::seconds(seconds);
        tokens
            .access_token(&registration, None, SCOPES, other_key(), time, "jti")
            .await
            .expect("a token");
        assert_eq!(platform.asked().len(), requests, "{seconds}");
    }
    tokens.forget(&registration, None, SCOPES, other_key());
    ask_for(&tokens, &registration, None, SCOPES, other_key())
        .await
        .expect("a token");
    assert_eq!(platform.asked().len(), 3);
}

#[tokio::test]
async fn many_tasks_share_one_request() {
    let platform = Platform::start(|_| Reply::token()).await;
    let tokens = TokenClient::new(client());
    let tasks: Vec<_> = (0..30)
        .map(|_| {
            let (tokens, registration) = (tokens.clone(), platform.registration());
            tokio::spawn(async move { ask(&tokens, &registration).await.expect("a token") })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.expect("a task").secret(), "token-1");
    }
    assert_eq!(platform.asked().len(), 1);
}

/// Asks a platform that gives this answer.
async fn answered(reply: Reply) -> Result<AccessToken, TokenError> {
    let platform = Platform::start(move |_| reply.clone()).await;
    ask(&TokenClient::new(client()), &platform.registration()).await
}

#[tokio::test]
async fn captured_answers_of_moodle_are_understood() {
    let html = |name: &str| {
        Reply::captured(&exchange(name), "vle.test")
            .header("content-type", "text/html; charset=utf-8")
    };
    let token = answered(html("token ok")).await.expect("a token");
    assert_eq!(token.secret(), "0bca02ee3863b1c767663e58cc94bccb");
    assert_eq!(token.scopes().len(), 5);
    for (name, expected) in [
        ("token expired", "Expired token"),
        ("token scope unknown only", "invalid_scope"),
        (
            "token no kid",
            "error/Error: kid must be provided in JWT header.",
        ),
    ] {
        let error = answered(html(name)).await.expect_err("refused");
        assert!(!error.may_pass(), "{name}");
        let TokenError::Refused { status, error, .. } = error else {
            panic!("{name}: {error:?}");
        };
        assert_eq!((status, error.as_str()), (400, expected), "{name}");
    }
}

#[tokio::test]
async fn other_answers_are_told_apart() {
    let error = answered(Reply::status(200, "<html>"))
        .await
        .expect_err("refused");
    assert!(matches!(error, TokenError::NotJson(_)) && error.may_pass());
    let error = answered(Reply::status(200, "")).await.expect_err("refused");
    assert!(matches!(error, TokenError::NotJson(_)));
    let error = answered(Reply::status(503, "busy"))
        .await
        .expect_err("refused");
    assert!(matches!(error, TokenError::Temporary { .. }) && error.may_pass());
    assert_eq!(error.retry_after(), None);
    for (status, body) in [(429, ""), (403, "403 Forbidden (Rate Limit Exceeded)")] {
        let error = answered(Reply::status(status, body).header("retry-after", "30"))
            .await
            .expect_err("refused");
        assert!(error.may_pass(), "{status}");
        assert_eq!(
            error.retry_after(),
            Some(std::time::Duration::from_secs(30)),
            "{status}"
        );
    }
    let body = json!({ "error": "invalid_client", "error_description": "unknown key" });
    let error = answered(Reply::status(401, &body.to_string()))
        .await
        .expect_err("refused");
    let TokenError::Refused {
        status,
        error,
        description,
        ..
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!((status, error.as_str()), (401, "invalid_client"));
    assert_eq!(description.as_deref(), Some("unknown key"));
    let error = answered(Reply::status(404, "<html>"))
        .await
        .expect_err("refused");
    assert!(error.to_string().contains("404"), "{error}");

    let registration = Registration {
        token_url: url::Url::parse("http://127.0.0.1:1/token").expect("an address"),
        ..Platform::start(|_| Reply::token()).await.registration()
    };
    let error = ask(&TokenClient::new(client()), &registration)
        .await
        .expect_err("refused");
    assert!(matches!(error, TokenError::Unreachable(_)) && error.may_pass());
}
