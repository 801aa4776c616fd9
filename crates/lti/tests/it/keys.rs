//! The tool's keys and the platforms' key sets.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lti::keys::key_set_json;
use lti::{KeyError, KeySetError, KeySets, SigningKey};
use serde_json::{Value, json};

use crate::common::{Platform, Reply, fixture, other_key, platform_key, sign_with_header};

/// Checks a signature by this key against the platform's key set.
async fn verify(keys: &KeySets, platform: &Platform, key: &SigningKey) -> Result<(), KeySetError> {
    verify_named(keys, platform, key, key.kid()).await
}

async fn verify_named(
    keys: &KeySets,
    platform: &Platform,
    key: &SigningKey,
    kid: &str,
) -> Result<(), KeySetError> {
    let token = sign_with_header(&json!({}), &json!({}), key);
    let (message, signature) = token.rsplit_once('.').expect("a signature");
    keys.verify(&platform.url("/jwks"), kid, message.as_bytes(), signature)
        .await
}

/// Lets time pass for everything that measures it.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// A platform whose answer can be changed.
async fn changing(first: Reply) -> (Platform, Arc<Mutex<Reply>>) {
    let reply = Arc::new(Mutex::new(first));
    let shown = Arc::clone(&reply);
    let platform = Platform::start(move |_| shown.lock().expect("the reply").clone()).await;
    (platform, reply)
}

fn key_set(keys: &[&SigningKey]) -> Reply {
    Reply::json(&key_set_json(keys)).header("cache-control", "public, max-age=600")
}

#[test]
fn a_key_survives_storage_and_publishes_nothing_private() {
    let key = platform_key();
    assert!(key.to_pem().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    let again = SigningKey::from_pem(key.kid(), key.to_pem()).expect("a key");
    assert_eq!(again.public_jwk(), key.public_jwk());
    assert_eq!(again.kid().len(), 43);

    let published = key_set_json(&[key, other_key()]);
    let keys = published["keys"].as_array().expect("a list");
    assert_eq!(keys.len(), 2);
    let mut members: Vec<&String> = keys[0].as_object().expect("a key").keys().collect();
    members.sort();
    assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
    assert!(!format!("{key:?}").contains("BEGIN"));
}

#[test]
fn texts_that_are_no_key_are_refused() {
    let refused = |pem: &str| SigningKey::from_pem("kid", pem).expect_err("refused");
    assert!(matches!(refused(""), KeyError::NotPem));
    assert!(matches!(
        refused("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----"),
        KeyError::NotPem
    ));
    assert!(matches!(
        refused("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"),
        KeyError::NotRsa
    ));
}

#[tokio::test]
async fn a_new_key_is_fetched_and_a_withdrawn_one_ends() {
    let (platform, reply) = changing(key_set(&[platform_key()])).await;
    let keys = KeySets::new(crate::common::client());
    verify(&keys, &platform, platform_key())
        .await
        .expect("good");
    verify(&keys, &platform, platform_key())
        .await
        .expect("good");
    assert_eq!(platform.asked().len(), 1);

    *reply.lock().expect("the reply") = key_set(&[platform_key(), other_key()]);
    let too_soon = verify(&keys, &platform, other_key()).await;
    assert!(matches!(too_soon, Err(KeySetError::UnknownKey { .. })));
    assert_eq!(platform.asked().len(), 1);
    pass(Duration::from_secs(10)).await;
    verify(&keys, &platform, other_key()).await.expect("good");
    verify(&keys, &platform, platform_key())
        .await
        .expect("good");
    assert_eq!(platform.asked().len(), 2);

    *reply.lock().expect("the reply") = key_set(&[other_key()]);
    pass(Duration::from_secs(590)).await;
    verify(&keys, &platform, platform_key())
        .await
        .expect("still fresh");
    pass(Duration::from_secs(10)).await;
    let withdrawn = verify(&keys, &platform, platform_key()).await;
    assert!(matches!(withdrawn, Err(KeySetError::UnknownKey { .. })));
    assert_eq!(platform.asked().len(), 3);
}

#[tokio::test]
async fn a_hundred_launches_fetch_once() {
    let platform = Platform::with_key(platform_key()).await;
    let keys = KeySets::new(crate::common::client());
    let succeeded = Arc::new(AtomicUsize::new(0));
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let (keys, platform) = (keys.clone(), platform.clone());
            let succeeded = Arc::clone(&succeeded);
            tokio::spawn(async move {
                verify(&keys, &platform, platform_key())
                    .await
                    .expect("good");
                succeeded.fetch_add(1, Ordering::Relaxed);
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a task");
    }
    assert_eq!(succeeded.load(Ordering::Relaxed), 100);
    assert_eq!(platform.asked().len(), 1);
}

#[tokio::test]
async fn invented_kids_do_not_flood_the_platform() {
    let platform = Platform::with_key(platform_key()).await;
    let keys = KeySets::new(crate::common::client());
    for number in 0..50 {
        let kid = format!("invented-{number}");
        let result = verify_named(&keys, &platform, other_key(), &kid).await;
        assert!(matches!(result, Err(KeySetError::UnknownKey { .. })));
    }
    assert_eq!(platform.asked().len(), 1);
    verify(&keys, &platform, platform_key())
        .await
        .expect("good");
    assert_eq!(platform.asked().len(), 1);
}

#[tokio::test]
async fn known_keys_serve_through_an_outage_but_not_for_ever() {
    let (platform, reply) = changing(key_set(&[platform_key()])).await;
    let keys = KeySets::new(crate::common::client());
    verify(&keys, &platform, platform_key())
        .await
        .expect("good");

    *reply.lock().expect("the reply") = Reply::status(503, "busy");
    pass(Duration::from_hours(2)).await;
    for _ in 0..3 {
        verify(&keys, &platform, platform_key())
            .await
            .expect("from the cache");
    }
    assert_eq!(platform.asked().len(), 2);
    let unknown = verify(&keys, &platform, other_key()).await;
    assert!(matches!(unknown, Err(KeySetError::UnknownKey { .. })));

    pass(Duration::from_hours(23)).await;
    let result = verify(&keys, &platform, platform_key()).await;
    assert!(matches!(result, Err(KeySetError::Status(503))));
    let result = verify(&keys, &platform, platform_key()).await;
    assert!(matches!(result, Err(KeySetError::Unavailable)));
    assert_eq!(platform.asked().len(), 3);
}

#[tokio::test]
async fn only_usable_keys_are_used() {
    let with = |name: &str, value: Value| {
        let mut jwk = platform_key().public_jwk();
        jwk[name] = value;
        json!({ "keys": [jwk] })
    };
    let without = |name: &str| {
        let mut jwk = platform_key().public_jwk();
        jwk.as_object_mut().expect("a key").shift_remove(name);
        json!({ "keys": [null, {}, { "kid": 5 }, jwk] })
    };
    let (platform, reply) = changing(Reply::status(500, "")).await;
    for (set, good) in [
        (without("alg"), true),
        (without("use"), true),
        (with("alg", json!(null)), true),
        (with("alg", json!("RS512")), false),
        (with("use", json!("enc")), false),
        (with("kty", json!("EC")), false),
        (with("n", json!("")), false),
        (without("e"), false),
    ] {
        *reply.lock().expect("the reply") = Reply::json(&set);
        let keys = KeySets::new(crate::common::client());
        let result = verify(&keys, &platform, platform_key()).await;
        if good {
            result.unwrap_or_else(|error| panic!("{set}: {error}"));
        } else {
            assert!(
                matches!(result, Err(KeySetError::UnusableKey { .. })),
                "{set}"
            );
        }
    }
}

#[tokio::test]
async fn answers_that_are_no_key_set_are_refused() {
    let large = json!({ "keys": [], "padding": "x".repeat(256 * 1024) });
    for (reply, expected) in [
        (Reply::status(200, "<html>"), "NotAKeySet"),
        (Reply::status(200, "{}"), "NotAKeySet"),
        (Reply::json(&large), "TooLarge"),
        (Reply::status(404, ""), "Status(404)"),
        (
            Reply::status(302, "").header("location", "/elsewhere"),
            "Status(302)",
        ),
    ] {
        let (platform, _) = changing(reply).await;
        let keys = KeySets::new(crate::common::client());
        let error = verify(&keys, &platform, platform_key())
            .await
            .expect_err("refused");
        assert_eq!(format!("{error:?}"), expected);
    }
}

#[tokio::test]
async fn the_captured_key_set_of_moodle_is_read() {
    let set = fixture("moodle-jwks.json");
    let kid = set["keys"][0]["kid"].as_str().expect("a kid").to_owned();
    let (platform, _) = changing(Reply::json(&set)).await;
    let keys = KeySets::new(crate::common::client());
    // The key is taken; that the signature is not its own proves it was used.
    let result = verify_named(&keys, &platform, platform_key(), &kid).await;
    assert!(matches!(result, Err(KeySetError::Signature)));
}

#[tokio::test]
async fn counting_keys_reads_the_set_anew() {
    let mut unusable = other_key().public_jwk();
    unusable["use"] = json!("enc");
    let mut set = key_set_json(&[platform_key()]);
    if let Some(keys) = set["keys"].as_array_mut() {
        keys.push(unusable);
    }
    let (platform, reply) = changing(Reply::json(&set)).await;
    let keys = KeySets::new(crate::common::client());
    let url = platform.url("/jwks");
    assert_eq!(keys.count_usable(&url).await.expect("a set"), 1);
    *reply.lock().expect("the reply") = Reply::json(&json!({"keys": []}));
    assert_eq!(keys.count_usable(&url).await.expect("a set"), 0);
    *reply.lock().expect("the reply") = Reply::json(&json!([]));
    assert!(matches!(
        keys.count_usable(&url).await,
        Err(KeySetError::NotAKeySet)
    ));
}
