//! Keys: the tool's own, and those that platforms publish (LTI security 6).

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::KeyPair;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use reqwest::header::{CACHE_CONTROL, HeaderMap};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use thiserror::Error;
use tokio::time::Instant;
use url::Url;

use crate::claims::{non_empty_text, text};
use crate::http::{BodyError, read_body};
use crate::{lock, shorten};

const PEM_HEAD: &str = "-----BEGIN PRIVATE KEY-----";
const PEM_FOOT: &str = "-----END PRIVATE KEY-----";

/// A key set is never asked for more often than this, whatever kids arrive.
const REFETCH_PAUSE: Duration = Duration::from_secs(10);
const SHORTEST_LIFE: Duration = Duration::from_mins(1);
const LONGEST_LIFE: Duration = Duration::from_hours(1);
/// How long a key set lives whose answer says nothing about caching.
const USUAL_LIFE: Duration = Duration::from_mins(10);
/// How long old keys serve while the platform does not answer. Without an end, a key that the platform
/// has withdrawn would serve for ever whoever can block the address.
const LONGEST_OUTAGE: Duration = Duration::from_hours(24);
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
const KEY_SET_BYTES: usize = 256 * 1024;

/// A private key of the tool: RSA of at least 2048 bits, for RS256 (SEC §6).
#[derive(Clone)]
pub struct SigningKey {
    kid: String,
    pem: String,
    modulus: String,
    exponent: String,
    encoding: EncodingKey,
}

impl SigningKey {
    /// Makes a new key of 2048 bits whose kid is its thumbprint (RFC 7638).
    ///
    /// This keeps a processor busy for a good part of a second.
    ///
    /// # Errors
    ///
    /// The cryptographic library refuses to make a key.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| KeyError::Generate)?;
        let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| KeyError::Generate)?;
        let key = Self::from_pem("", &pem(der.as_ref()))?;
        let kid = thumbprint(&key.modulus, &key.exponent);
        Ok(Self { kid, ..key })
    }

    /// Takes a stored key, in PKCS#8 PEM (RFC 5208, RFC 7468).
    ///
    /// # Errors
    ///
    /// The text is no RSA key in PKCS#8 PEM, or the key is shorter than 2048 bits.
    pub fn from_pem(kid: &str, pem: &str) -> Result<Self, KeyError> {
        let body = pem
            .trim()
            .strip_prefix(PEM_HEAD)
            .and_then(|rest| rest.strip_suffix(PEM_FOOT))
            .ok_or(KeyError::NotPem)?;
        let body: String = body.split_whitespace().collect();
        let der = STANDARD.decode(body).map_err(|_| KeyError::NotPem)?;
        let pair = RsaKeyPair::from_pkcs8(&der).map_err(|_| KeyError::NotRsa)?;
        if pair.public_modulus_len() < 256 {
            return Err(KeyError::TooShort);
        }
        let public = pair.public_key();
        Ok(Self {
            kid: kid.to_owned(),
            pem: pem.to_owned(),
            modulus: URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero()),
            exponent: URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero()),
            encoding: EncodingKey::from_rsa_pem(pem.as_bytes()).map_err(|_| KeyError::NotRsa)?,
        })
    }

    /// The private key in PKCS#8 PEM, to be stored as a secret (RFC 5208, RFC 7468).
    pub fn to_pem(&self) -> &str {
        &self.pem
    }

    /// The name of the key in headers and in the key set (SEC §6).
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The public part, as it stands in the tool's key set (RFC 7517).
    pub fn public_jwk(&self) -> Value {
        json!({
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "kid": self.kid,
            "n": self.modulus,
            "e": self.exponent,
        })
    }

    /// Signs claims as a JWT with RS256 and this key's kid (SEC §5.2, RFC 7515).
    ///
    /// # Errors
    ///
    /// The claims cannot be written as JSON, or the key refuses to sign.
    pub fn sign<T: Serialize>(&self, claims: &T) -> Result<String, KeyError> {
        let mut header = Header::new(Algorithm::RS256);
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &self.encoding).map_err(KeyError::Sign)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SigningKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}

/// What the tool publishes: the key that signs, and for the time of a change its predecessor too (SEC §6).
pub fn key_set_json(keys: &[&SigningKey]) -> Value {
    json!({ "keys": keys.iter().map(|key| key.public_jwk()).collect::<Vec<_>>() })
}

/// A signing key that cannot be made, read or used (SEC §6).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeyError {
    /// No key could be made.
    #[error(
        "No signing key could be made. Check that the machine has a working source of randomness"
    )]
    Generate,
    /// The text is not in PKCS#8 PEM.
    #[error(
        "The signing key is not in PKCS#8 PEM, which begins with `{PEM_HEAD}`. Convert it with `openssl pkcs8 -topk8 -nocrypt`"
    )]
    NotPem,
    /// The key is damaged or of another kind.
    #[error("The signing key is no usable RSA key. LTI needs RSA")]
    NotRsa,
    /// The key is too short.
    #[error("The signing key is shorter than 2048 bits. Make a new one")]
    TooShort,
    /// The claims could not be signed.
    #[error("The message could not be signed")]
    Sign(#[source] jsonwebtoken::errors::Error),
}

/// The key sets of all platforms, fetched when they are needed and kept while they are fresh (SEC §6).
///
/// Clones share what they keep. Each address is asked by one task at a time and at most once in ten seconds,
/// so that tokens with invented kids cannot turn the tool against a platform. A platform that does not answer
/// is served from the keys that are at hand for up to a day.
#[derive(Clone, Debug)]
pub struct KeySets {
    client: reqwest::Client,
    sets: Arc<Mutex<HashMap<Url, Arc<KeySet>>>>,
}

impl KeySets {
    /// Fetches with this client (ours).
    pub fn new(client: reqwest::Client) -> Self {
        Self {
            client,
            sets: Arc::default(),
        }
    }

    /// Holds one key set that was fetched just now, so that nothing is asked of a network.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn holding(client: reqwest::Client, jwks_url: &Url, body: &[u8]) -> Option<Self> {
        let now = Some(Instant::now());
        let set = KeySet::default();
        *lock(&set.state) = State {
            keys: parse_keys(body)?,
            fetched_at: now,
            fresh_for: LONGEST_LIFE,
            attempted_at: now,
        };
        Some(Self {
            client,
            sets: Arc::new(Mutex::new([(jwks_url.clone(), Arc::new(set))].into())),
        })
    }

    /// Checks an RS256 signature with the key `kid` of the set at `jwks_url` (SEC §5.1.3).
    ///
    /// `signature` is base64url, as it stands in a JWT.
    ///
    /// # Errors
    ///
    /// The set cannot be read, it lacks a usable key of this name, or the signature is not from that key.
    pub async fn verify(
        &self,
        jwks_url: &Url,
        kid: &str,
        message: &[u8],
        signature: &str,
    ) -> Result<(), KeySetError> {
        let key = self.find(jwks_url, kid).await?;
        match jsonwebtoken::crypto::verify(signature, message, &key, Algorithm::RS256) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(KeySetError::Signature),
        }
    }

    /// Reads a key set anew, beside what is kept of it, and says how many keys in it can check a signature: to find out
    /// whether the address is the right one (ours).
    ///
    /// # Errors
    ///
    /// The set cannot be read.
    pub async fn count_usable(&self, jwks_url: &Url) -> Result<usize, KeySetError> {
        let (keys, _) = self.fetch(jwks_url).await?;
        Ok(keys.values().filter(|key| key.is_ok()).count())
    }

    async fn find(&self, jwks_url: &Url, kid: &str) -> Result<DecodingKey, KeySetError> {
        let set = Arc::clone(lock(&self.sets).entry(jwks_url.clone()).or_default());
        if let Some(found) = lock(&set.state).look_up(kid) {
            return found;
        }
        let _single_flight = set.refresh.lock().await;
        // Whoever held the lock before may have fetched what this task waits for.
        if let Some(found) = lock(&set.state).look_up(kid) {
            return found;
        }
        let fetched = self.fetch(jwks_url).await;
        let mut state = lock(&set.state);
        // Noted only now, because until now other tasks have to wait instead of hearing that there is nothing.
        state.attempted_at = Some(Instant::now());
        match fetched {
            Ok((keys, fresh_for)) => {
                state.keys = keys;
                state.fetched_at = Some(Instant::now());
                state.fresh_for = fresh_for;
                state.key(kid)
            }
            Err(error) => {
                if state.serves_through_outage() && state.keys.contains_key(kid) {
                    tracing::warn!(%jwks_url, %error, "serving known keys, because the key set cannot be read");
                    return state.key(kid);
                }
                Err(error)
            }
        }
    }

    async fn fetch(&self, jwks_url: &Url) -> Result<(Keys, Duration), KeySetError> {
        let response = self
            .client
            .get(jwks_url.clone())
            .timeout(FETCH_TIMEOUT)
            .send()
            .await
            .map_err(|error| KeySetError::Unreachable(error.without_url()))?;
        if !response.status().is_success() {
            return Err(KeySetError::Status(response.status().as_u16()));
        }
        let fresh_for = life_time(response.headers());
        let body = read_body(response, KEY_SET_BYTES)
            .await
            .map_err(|error| match error {
                BodyError::TooLarge => KeySetError::TooLarge,
                BodyError::Lost(error) => KeySetError::Unreachable(error),
            })?;
        Ok((parse_keys(&body).ok_or(KeySetError::NotAKeySet)?, fresh_for))
    }
}

/// A key of a platform that cannot be had, or a signature that is not from it (SEC §6).
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum KeySetError {
    /// The platform's key set cannot be reached.
    #[error(
        "The platform's key set could not be reached. Check the key set address of the registration and the network"
    )]
    Unreachable(#[source] reqwest::Error),
    /// The platform answered with another status than success.
    #[error(
        "The platform answered its key set address with status {0}. Check the key set address of the registration"
    )]
    Status(u16),
    /// The key set is larger than 256 KiB.
    #[error(
        "The platform's key set is larger than 256 KiB. Check the key set address of the registration"
    )]
    TooLarge,
    /// The answer is no key set.
    #[error(
        "The platform's key set address does not answer with a key set. Check the key set address of the registration"
    )]
    NotAKeySet,
    /// The key set could not be read a moment ago, and is not asked for again yet.
    #[error("The platform's key set could not be read a moment ago. Try again in ten seconds")]
    Unavailable,
    /// The key set has no key of this name.
    #[error(
        "The platform's key set has no key `{kid}`. If the platform has just changed its keys, try again in ten seconds"
    )]
    UnknownKey {
        /// The name of the key.
        kid: String,
    },
    /// The key is not one for RS256 signatures.
    #[error("The platform's key `{kid}` cannot be used: {reason}")]
    UnusableKey {
        /// The name of the key.
        kid: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The signature was not made with this key.
    #[error(
        "The signature was not made with the platform's key. Check that the key set address belongs to this platform"
    )]
    Signature,
}

type Keys = HashMap<String, Result<DecodingKey, &'static str>>;

#[derive(Default)]
struct KeySet {
    state: Mutex<State>,
    refresh: tokio::sync::Mutex<()>,
}

impl fmt::Debug for KeySet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KeySet")
            .field("keys", &lock(&self.state).keys.len())
            .finish_non_exhaustive()
    }
}

#[derive(Default)]
struct State {
    keys: Keys,
    fetched_at: Option<Instant>,
    fresh_for: Duration,
    attempted_at: Option<Instant>,
}

impl State {
    /// What can be said without asking the platform; `None` when it must be asked.
    fn look_up(&self, kid: &str) -> Option<Result<DecodingKey, KeySetError>> {
        let fresh = self
            .fetched_at
            .is_some_and(|fetched_at| fetched_at.elapsed() < self.fresh_for);
        if fresh && self.keys.contains_key(kid) {
            return Some(self.key(kid));
        }
        let asked_recently = self
            .attempted_at
            .is_some_and(|attempted_at| attempted_at.elapsed() < REFETCH_PAUSE);
        if !asked_recently {
            return None;
        }
        Some(if self.serves_through_outage() {
            self.key(kid)
        } else {
            Err(KeySetError::Unavailable)
        })
    }

    fn serves_through_outage(&self) -> bool {
        self.fetched_at
            .is_some_and(|fetched_at| fetched_at.elapsed() < LONGEST_OUTAGE)
    }

    fn key(&self, kid: &str) -> Result<DecodingKey, KeySetError> {
        let kid_for_people = || shorten(kid, 100);
        match self.keys.get(kid) {
            Some(Ok(key)) => Ok(key.clone()),
            Some(Err(reason)) => Err(KeySetError::UnusableKey {
                kid: kid_for_people(),
                reason,
            }),
            None => Err(KeySetError::UnknownKey {
                kid: kid_for_people(),
            }),
        }
    }
}

fn pem(der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let mut pem = format!("{PEM_HEAD}\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, following) = rest.split_at(rest.len().min(64));
        pem.push_str(line);
        pem.push('\n');
        rest = following;
    }
    pem.push_str(PEM_FOOT);
    pem.push('\n');
    pem
}

fn thumbprint(modulus: &str, exponent: &str) -> String {
    let canonical = format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#);
    URL_SAFE_NO_PAD.encode(Sha256::digest(canonical))
}

fn life_time(headers: &HeaderMap) -> Duration {
    let directives = headers
        .get_all(CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|directive| directive.trim().to_ascii_lowercase());
    let mut life_time = USUAL_LIFE;
    for directive in directives {
        if directive == "no-store" || directive == "no-cache" {
            return SHORTEST_LIFE;
        }
        if let Some(seconds) = directive.strip_prefix("max-age=")
            && let Ok(seconds) = seconds.trim_matches('"').parse()
        {
            life_time = Duration::from_secs(seconds);
        }
    }
    life_time.clamp(SHORTEST_LIFE, LONGEST_LIFE)
}

fn parse_keys(body: &[u8]) -> Option<Keys> {
    let set: Value = serde_json::from_slice(body).ok()?;
    let mut keys = Keys::new();
    for entry in set.get("keys")?.as_array()? {
        // Entries of no shape that we know belong to somebody else.
        let Some(jwk) = entry.as_object() else {
            continue;
        };
        let Some(kid) = non_empty_text(jwk, "kid") else {
            continue;
        };
        let key = parse_key(jwk);
        // One name may stand for keys of several kinds; the usable one counts.
        if key.is_ok() || !keys.contains_key(&kid) {
            keys.insert(kid, key);
        }
    }
    Some(keys)
}

fn parse_key(jwk: &Map<String, Value>) -> Result<DecodingKey, &'static str> {
    if text(jwk, "kty").as_deref() != Some("RSA") {
        return Err("it is no RSA key");
    }
    // Several platforms leave `alg` out; only a different one is refused.
    if jwk
        .get("alg")
        .is_some_and(|alg| !alg.is_null() && alg != "RS256")
    {
        return Err("it is not for RS256");
    }
    if jwk
        .get("use")
        .is_some_and(|usage| !usage.is_null() && usage != "sig")
    {
        return Err("it is not for signatures");
    }
    let modulus = non_empty_text(jwk, "n").ok_or("it has no modulus")?;
    let exponent = non_empty_text(jwk, "e").ok_or("it has no exponent")?;
    DecodingKey::from_rsa_components(&modulus, &exponent).map_err(|_| "its numbers cannot be read")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn life_time_stays_between_a_minute_and_an_hour() {
        let check = |value: Option<&'static str>, seconds: u64| {
            let mut headers = HeaderMap::new();
            if let Some(value) = value {
                headers.insert(CACHE_CONTROL, value.parse().expect("a valid header"));
            }
            assert_eq!(
                life_time(&headers),
                Duration::from_secs(seconds),
                "{value:?}"
            );
        };
        check(None, 600);
        check(Some("public, max-age=300"), 300);
        check(Some("max-age=5"), 60);
        check(Some("MAX-AGE=864000"), 3600);
        check(Some("max-age=900, no-cache"), 60);
        check(Some("max-age=soon"), 600);
    }

    #[test]
    fn thumbprint_is_that_of_rfc_7638() {
        let modulus = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        assert_eq!(
            thumbprint(modulus, "AQAB"),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }
}
