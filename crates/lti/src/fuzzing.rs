//! What fuzzers and tests do with every reader of what comes from outside.
//!
//! It exists only in tests and under a fuzzer (`--cfg fuzzing`). Each function takes whatever bytes it is given and
//! panics where the library would break a promise; `tests/fuzz` of the repository calls them from libFuzzer.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a fuzz target tells by a panic what it has found"
)]

use std::collections::HashSet;
use std::sync::OnceLock;

use chrono::DateTime;
use futures_util::FutureExt;
use reqwest::header::{HeaderMap, HeaderValue, LINK};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use crate::ags::{line_item, result_record, same_grade, scores_url};
use crate::claims::{non_empty_text, text};
use crate::dynamic_registration::{
    Initiation, PlatformConfiguration, Registered, RegistrationError, ToolDescription,
    canvas_configuration, refusal, request_body,
};
use crate::http;
use crate::keys::KeySets;
use crate::launch::{History, Message, checked_launch, validate};
use crate::link::Links;
use crate::login::LoginRequest;
use crate::members::MemberReader;
use crate::nrps::Entry;
use crate::registration::Registration;

const SIGNED: &str = include_str!("../tests/seeds/id_token/signed");
const KEY_SET: &[u8] = include_bytes!("../tests/seeds/id_token.jwks.json");

fn platform() -> Registration {
    let address = |path| Url::parse(&format!("https://vle.test/{path}")).expect("an address");
    Registration {
        issuer: "https://vle.test".to_owned(),
        client_id: "client-1".to_owned(),
        auth_url: address("auth"),
        token_url: address("token"),
        jwks_url: address("jwks"),
        token_audience: None,
    }
}

fn client() -> reqwest::Client {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    CLIENT
        .get_or_init(|| http::http_client().expect("a client"))
        .clone()
}

/// A token of any kind: of all that exist, only the one that the platform has signed becomes a launch.
pub fn id_token(data: &[u8]) {
    let Ok(token) = str::from_utf8(data) else {
        return;
    };
    let platform = platform();
    let keys = KeySets::holding(client(), &platform.jwks_url, KEY_SET).expect("a key set");
    let now = DateTime::from_timestamp(1_795_281_650, 0).expect("a time");
    let launch = validate(token, &platform, "nonce-1", &keys, now)
        .now_or_never()
        .expect("the key set is at hand");
    assert_eq!(launch.is_ok(), token == SIGNED, "{launch:?}");
}

/// Claims whose signature is right: what is read from them keeps its promises, and is the same when read again.
pub fn claims(data: &[u8]) {
    let Ok(claims) = serde_json::from_slice::<Map<String, Value>>(data) else {
        return;
    };
    // The platform and the login are made to fit, so that the fuzzer comes past them.
    let mut platform = platform();
    platform.issuer = text(&claims, "iss").unwrap_or_default();
    let audience = match claims.get("aud") {
        Some(Value::Array(audiences)) => audiences.first(),
        audience => audience,
    };
    platform.client_id = audience.and_then(Value::as_str).unwrap_or_default().into();
    let nonce = text(&claims, "nonce").unwrap_or_default();
    let issued_at = claims.get("iat").and_then(Value::as_i64);
    let now = issued_at
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .unwrap_or_default();
    let launch = match checked_launch(&claims, &platform, &nonce, now) {
        Ok(launch) => launch,
        Err(error) => {
            assert!(!error.code().is_empty() && !error.to_string().is_empty());
            return;
        }
    };
    for id in [&launch.subject, &launch.deployment_id] {
        assert!((1..=255).contains(&id.chars().count()), "{id:?}");
    }
    if launch.message == Message::ResourceLink {
        assert!(launch.resource_link.is_some() && !launch.target_link_uri.is_empty());
    }
    for value in launch.custom.values() {
        assert!(!value.starts_with('$'), "{value:?}");
        let history = History::parse(value);
        let different: HashSet<_> = history.ids.iter().collect();
        assert_eq!(different.len(), history.ids.len(), "{value:?}");
    }
    launch.target_parameter("submission");
    launch.roles.is_teaching_assistant();
    let again = rewritten(&claims);
    if again == claims {
        let again = checked_launch(&again, &platform, &nonce, now).expect("the same claims");
        assert_eq!(again, launch);
    }
}

/// A platform's key set: whatever it holds, no key of it takes a signature that it has not made.
pub fn key_set(data: &[u8]) {
    let jwks_url = platform().jwks_url;
    let Some(keys) = KeySets::holding(client(), &jwks_url, data) else {
        return;
    };
    let (message, _) = SIGNED.rsplit_once('.').expect("a signature");
    for kid in ["seed", "a", "b", ""] {
        let verified = keys
            .verify(&jwks_url, kid, message.as_bytes(), "AAAA")
            .now_or_never()
            .expect("the key set is at hand");
        assert!(verified.is_err(), "{kid}");
    }
}

/// `Link` headers, one to a line: an address that was found is found again when it is written plainly.
pub fn link(data: &[u8]) {
    let base = Url::parse("https://vle.test/a/b?page=1").expect("an address");
    let mut headers = HeaderMap::new();
    for line in data.split(|&byte| byte == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.append(LINK, value);
        }
    }
    let found = Links::read(&headers, &base);
    let Some(next) = found.next else {
        return;
    };
    // Moodle's `&amp;` is read as `&`, and other schemes than these are never called.
    if next.as_str().contains("&amp;") || !matches!(next.scheme(), "http" | "https") {
        return;
    }
    let plainly = HeaderValue::from_str(&format!("<{next}>; rel=\"next\"")).expect("a header");
    let again = Links::read(&HeaderMap::from_iter([(LINK, plainly)]), &base);
    assert_eq!(again.next, Some(next));
}

/// Line items and results: numbers that can be counted with, and addresses that scores can be sent to.
pub fn line_items(data: &[u8]) {
    let Ok(list) = serde_json::from_slice::<Vec<Map<String, Value>>>(data) else {
        return;
    };
    for entry in &list {
        let again = rewritten(entry);
        let unchanged = again == *entry;
        if let Some(item) = line_item(entry) {
            assert!(item.score_maximum.is_finite());
            let scores = scores_url(&item.id);
            assert!(scores.path().ends_with("/scores"), "{scores}");
            assert_eq!(
                (scores.origin(), scores.query()),
                (item.id.origin(), item.id.query())
            );
            assert!(!unchanged || line_item(&again) == Some(item));
        }
        if let Some(result) = result_record(entry) {
            assert!(!result.user_id.is_empty());
            if let Some((score, maximum)) = result.score {
                assert!(score.is_finite() && maximum.is_finite());
                same_grade((1.0, 1.0), (score, maximum));
            }
            assert!(!unchanged || result_record(&again) == Some(result));
        }
    }
}

/// What platforms say in a dynamic registration: their configuration, their answers, their refusals, and the
/// parameters that begin it.
pub fn registration(data: &[u8]) {
    if let Ok(token) = str::from_utf8(data) {
        let parameters = [
            ("openid_configuration", "https://vle.test/configuration"),
            ("registration_token", token),
            ("iss", token),
            ("login_hint", token),
            ("target_link_uri", token),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        if let Ok(initiation) = Initiation::from_params(&parameters) {
            initiation.is_update();
        }
        LoginRequest::from_params(&parameters).ok();
    }
    let answer = http::answer(400, "Bad Request".to_owned(), data);
    if let RegistrationError::Refused { reasons, .. } = refusal(answer, data) {
        assert!(reasons.len() <= 20);
        assert!(reasons.iter().all(|reason| reason.chars().count() <= 500));
    }
    let Ok(members) = serde_json::from_slice::<Map<String, Value>>(data) else {
        return;
    };
    let again = rewritten(&members);
    let unchanged = again == members;
    if let Some(registered) = Registered::from_json(&members) {
        assert!(!registered.client_id.is_empty());
        assert!(!unchanged || Registered::from_json(&again) == Some(registered));
    }
    if let Ok(platform) = PlatformConfiguration::from_json(&members) {
        let login = platform.authorization_endpoint.clone();
        let mut tool = ToolDescription::new("Tool", login.clone(), login.clone(), login);
        tool.scopes = vec!["openid".to_owned(), crate::claims::SCOPE_SCORE.to_owned()];
        let request = request_body(&tool, &platform);
        assert!(without_null(&request), "{request}");
        assert!(without_null(&canvas_configuration(&tool)));
        let asked = request
            .as_object()
            .and_then(|body| non_empty_text(body, "scope"));
        let canvas = platform.family() == crate::PlatformFamily::Canvas;
        assert!(!(canvas && asked.is_some_and(|scopes| scopes.contains("openid"))));
        let again = PlatformConfiguration::from_json(&again).expect("the same configuration");
        assert!(!unchanged || again == platform);
    }
}

/// A page of a roster: it is the same wherever the answer is torn, and what `serde_json` takes as a whole is taken,
/// with every entry a member or counted as unreadable.
pub fn roster(data: &[u8]) {
    #[derive(Deserialize)]
    struct Whole {
        #[serde(default, rename = "context")]
        _context: Option<Map<String, Value>>,
        members: Vec<Entry>,
    }
    let read = |pieces: usize| {
        let mut reader = MemberReader::default();
        for piece in data.chunks(pieces) {
            reader.take(piece)?;
        }
        reader.end()?;
        Ok::<_, &'static str>((reader.part(), reader.context_id()))
    };
    let at_once = read(data.len().max(1));
    assert_eq!(read(1).ok(), at_once.clone().ok());
    let whole = serde_json::from_slice::<Whole>(data);
    assert!(whole.is_err() || at_once.is_ok());
    let Ok((part, _)) = at_once else {
        return;
    };
    if let Ok(whole) = whole {
        assert_eq!(part.members.len() + part.unreadable, whole.members.len());
    }
    for member in &part.members {
        assert!(!member.user_id.is_empty());
        assert!(member.custom.values().all(|value| !value.starts_with('$')));
        assert!(!member.groups.iter().any(String::is_empty));
    }
}

/// The same after writing and reading. Numbers with a fraction may come back a little different, which is for the
/// caller to see.
fn rewritten(members: &Map<String, Value>) -> Map<String, Value> {
    let text = serde_json::to_vec(members).expect("JSON");
    serde_json::from_slice(&text).expect("our own JSON")
}

fn without_null(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Array(items) => items.iter().all(without_null),
        Value::Object(members) => members.values().all(without_null),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;
    use std::path::{Path, PathBuf};

    /// How often the seeds of a target are changed.
    const MUTATIONS: usize = 4000;
    /// What means something to one of the readers.
    const WORDS: [&str; 20] = [
        "null", "true", "{}", "[]", "\"\"", "-1", "1e999", "0.1", "\\u0000", "\\ud800", "$", "%2C",
        ".", ",", "<", ">", ";", "=", "&amp;", "\u{201c}",
    ];

    /// Numbers that look random and are the same in each run (xorshift).
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, limit: usize) -> usize {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            usize::try_from(self.0 >> 16).expect("64 bits") % limit.max(1)
        }
    }

    fn seeds(target: &str) -> Vec<Vec<u8>> {
        // Told at run time, so that checkouts may share a target directory.
        let here = std::env::var("CARGO_MANIFEST_DIR").expect("cargo runs the tests");
        let folder = Path::new(&here).join("tests/seeds").join(target);
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
            .expect("a folder of seeds")
            .map(|entry| entry.expect("a seed").path())
            .collect();
        files.sort();
        files
            .iter()
            .map(|file| std::fs::read(file).expect("a seed"))
            .collect()
    }

    fn changed(seeds: &[Vec<u8>], numbers: &mut Numbers) -> Vec<u8> {
        let mut data = seeds[numbers.below(seeds.len())].clone();
        for _ in 0..=numbers.below(4) {
            let start = numbers.below(data.len());
            let end = (start + numbers.below(64)).min(data.len());
            match numbers.below(7) {
                0 => {
                    if let Some(byte) = data.get_mut(start) {
                        *byte ^= 1 << numbers.below(8);
                    }
                }
                1 => drop(data.drain(start..end)),
                2 => {
                    let twice = data[start..end].to_vec();
                    data.splice(start..start, twice);
                }
                3 => {
                    let word = WORDS[numbers.below(WORDS.len())];
                    data.splice(start..end, word.bytes());
                }
                4 => {
                    let other = &seeds[numbers.below(seeds.len())];
                    let from = numbers.below(other.len());
                    data.splice(start.., other[from..].iter().copied());
                }
                5 => {
                    // Deeper than anybody may write.
                    let depth = numbers.below(300);
                    data.splice(start..end, "[".repeat(depth).bytes());
                }
                _ => data.truncate(start),
            }
        }
        data
    }

    fn run(target: &str, read: fn(&[u8])) {
        let seeds = seeds(target);
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
        let inputs = seeds
            .iter()
            .cloned()
            .chain((0..MUTATIONS).map(|_| changed(&seeds, &mut numbers)));
        for input in inputs {
            assert!(
                catch_unwind(|| read(&input)).is_ok(),
                "{target} panics on `{}`",
                input.escape_ascii()
            );
        }
    }

    /// A test for each target, so that they run beside each other and are named when they fail.
    macro_rules! targets {
        ($($target:ident)*) => {
            $(#[test]
            fn $target() {
                run(stringify!($target), super::$target);
            })*
        };
    }

    targets!(id_token claims key_set link line_items registration roster);
}
