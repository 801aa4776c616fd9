//! The keys that sign our messages: replaced while platforms go on, and kept
//! under a seal. The strict VLE reads our key set at each token request.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use demo_lms::play::Visitor;
use demo_lms::{DemoLms, Manners};
use end_to_end::work::ASSESSOR;
use end_to_end::{Site, TestClock, key_ring};
use lti::SigningKey;
use storage::Storage;
use storage::keys::SigningKeyRecord;
use storage_sqlite::SqliteStorage;
use workflow::keys::{KeyLife, KeyProblem, KeyRing, SealKey};

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

/// Reads a roster, for which the tool has to sign a token request, and says which
/// key signed it.
async fn sign(site: &Site, lms: &DemoLms) -> Result<String> {
    site.clock.advance(Duration::from_secs(1));
    let mut assessor = Visitor::launch(lms, ASSESSOR).await?;
    let cohort = assessor.page("cohort").await?;
    let form = cohort.form("form[action$='/roster/sync']")?;
    assessor.browser().submit(&form).await?;
    site.read_rosters().await?;
    let requests = lms.requests();
    let of = |path: &str| {
        let found = requests.iter().rev().find(|request| request.contains(path));
        found.cloned().unwrap_or_default()
    };
    assert!(of("/lti/token").ends_with(" 200"), "{requests:?}");
    assert!(of("/memberships").ends_with(" 200"), "{requests:?}");
    lms.assertion_kid().context("a key signed")
}

/// The ids of the keys that anybody may read.
async fn key_set(site: &Site) -> Result<Vec<String>> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    let answer = client.get(site.url("lti/jwks")).send().await?;
    let set: serde_json::Value = answer.error_for_status()?.json().await?;
    let keys = set["keys"].as_array().context("a key set")?;
    let mut kids = Vec::new();
    for key in keys {
        assert_eq!(key["kty"], "RSA");
        assert!(key.get("d").is_none(), "only the public part is published");
        kids.push(key["kid"].as_str().context("a key id")?.to_owned());
    }
    kids.sort();
    Ok(kids)
}

fn sorted(mut kids: Vec<String>) -> Vec<String> {
    kids.sort();
    kids
}

#[tokio::test]
async fn a_new_key_takes_over_and_no_request_is_refused() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let old = sign(&site, &site.lms).await?;
    assert_eq!(key_set(&site).await?, std::slice::from_ref(&old));

    // Another process on the same database, as `markbridge key rotate` is one.
    let other = key_ring(site.app.storage.clone(), &site.clock);
    let (new, made) = other.rotate(None).await?;
    assert!(made);
    let new = new.key.kid().to_owned();
    let both = sorted(vec![old.clone(), new.clone()]);

    site.clock.advance(MINUTE);
    assert_eq!(key_set(&site).await?, both, "published within a minute");
    site.clock.advance(5 * MINUTE);
    assert_eq!(
        sign(&site, &site.lms).await?,
        old,
        "published, but not signing yet"
    );
    site.clock.advance(55 * MINUTE);
    assert_eq!(sign(&site, &site.lms).await?, new);
    assert_eq!(key_set(&site).await?, both, "the old key stays published");

    site.app.keys.keep().await?;
    site.clock.advance(23 * MINUTE * 60);
    assert_eq!(key_set(&site).await?, both);
    site.clock.advance(MINUTE * 60);
    assert_eq!(
        key_set(&site).await?,
        std::slice::from_ref(&new),
        "the overlap is over"
    );
    assert_eq!(sign(&site, &site.lms).await?, new);
    site.app.keys.keep().await?;
    let kept = site.app.keys.keys().await?;
    assert_eq!(kept.len(), 1, "a key that is over is removed");
    Ok(())
}

#[tokio::test]
async fn workers_rotate_on_schedule_and_two_of_them_make_one_key() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let one = key_ring(site.app.storage.clone(), &site.clock);
    let other = key_ring(site.app.storage.clone(), &site.clock);
    site.clock.advance(89 * DAY);
    one.keep().await?;
    assert_eq!(one.keys().await?.len(), 1, "not due yet");
    site.clock.advance(DAY);
    let (first, second) = tokio::join!(one.keep(), other.keep());
    first?;
    second?;
    site.clock.advance(MINUTE);
    assert_eq!(key_set(&site).await?.len(), 2);
    let (waiting, made) = other.rotate(None).await?;
    assert!(!made, "the key that waits is the new one");
    site.clock.advance(60 * MINUTE);
    assert_eq!(sign(&site, &site.lms).await?, waiting.key.kid());
    one.keep().await?;
    assert_eq!(one.keys().await?.len(), 2, "a new key is not due again");
    Ok(())
}

#[tokio::test]
async fn a_registration_may_have_a_key_of_its_own() -> Result<()> {
    let mut site = Site::start(Manners::Strict).await?;
    let second = site.add_vle(Manners::Strict).await?;
    let common = sign(&site, &site.lms).await?;
    assert_eq!(sign(&site, &second).await?, common);
    let registration = site.registration(&second).await?;
    let (own, _) = site.app.keys.rotate(Some(registration)).await?;
    let own = own.key.kid().to_owned();
    // A common key that is newer does not take the place of the own one.
    site.clock.advance(MINUTE);
    let (newer, _) = site.app.keys.rotate(None).await?;
    let newer = newer.key.kid().to_owned();
    site.clock.advance(62 * MINUTE);
    assert_eq!(sign(&site, &second).await?, own);
    assert_eq!(sign(&site, &site.lms).await?, newer);
    let all = sorted(vec![common, newer, own]);
    assert_eq!(key_set(&site).await?, all, "all at one address");
    Ok(())
}

#[tokio::test]
async fn keys_that_leaked_are_replaced_at_once() -> Result<()> {
    let site = Site::start(Manners::Strict).await?;
    let leaked = sign(&site, &site.lms).await?;
    let registration = site.registration(&site.lms).await?;
    site.app.keys.rotate(Some(registration)).await?;
    let new = site.app.keys.replace().await?.kid().to_owned();
    assert_ne!(new, leaked);
    assert_eq!(key_set(&site).await?, std::slice::from_ref(&new));
    assert_eq!(sign(&site, &site.lms).await?, new);
    Ok(())
}

/// A database in a folder of its own, and all of its bytes on disk.
struct Database {
    folder: tempfile::TempDir,
    storage: Arc<dyn Storage>,
}

impl Database {
    async fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let url = format!("sqlite://{}/markbridge.sqlite", folder.path().display());
        let storage = Arc::new(SqliteStorage::open(&url).await?);
        Ok(Self { folder, storage })
    }

    fn holds(&self, text: &str) -> Result<bool> {
        let mut found = false;
        for entry in std::fs::read_dir(self.folder.path())? {
            let bytes = std::fs::read(entry?.path())?;
            found |= bytes
                .windows(text.len())
                .any(|window| window == text.as_bytes());
        }
        Ok(found)
    }

    async fn add_in_plain(&self, key: &SigningKey, clock: &TestClock) -> Result<()> {
        let mut work = self.storage.write().await?;
        work.add_signing_key(&SigningKeyRecord {
            kid: key.kid().to_owned(),
            registration: None,
            private_key: key.to_pem().to_owned(),
            created_at: clock.now(),
            signs_from: clock.now(),
        })
        .await?;
        Ok(work.save().await?)
    }
}

#[tokio::test]
async fn private_keys_lie_under_a_seal() -> Result<()> {
    let clock = TestClock::default();
    let database = Database::new().await?;
    key_ring(database.storage.clone(), &clock).prepare().await?;
    assert!(database.holds("sealed-1:")?);
    assert!(!database.holds("PRIVATE KEY")?);
    Ok(())
}

#[tokio::test]
async fn a_key_that_an_earlier_version_kept_in_plain_is_sealed_at_the_start() -> Result<()> {
    let clock = TestClock::default();
    let database = Database::new().await?;
    let key = SigningKey::generate()?;
    database.add_in_plain(&key, &clock).await?;
    let secret_line = key.to_pem().lines().nth(5).context("a line")?.to_owned();
    assert!(database.holds("PRIVATE KEY")? && database.holds(&secret_line)?);

    let ring = key_ring(database.storage.clone(), &clock);
    ring.prepare().await?;
    assert!(!database.holds("PRIVATE KEY")?);
    assert!(!database.holds(&secret_line)?);
    let keys = ring.keys().await?;
    assert_eq!(keys.len(), 1, "it is still the one that signs");
    assert_eq!(keys[0].key.to_pem(), key.to_pem());
    Ok(())
}

#[tokio::test]
async fn the_wrong_seal_key_is_refused_and_changes_nothing() -> Result<()> {
    let clock = TestClock::default();
    let database = Database::new().await?;
    let ring = key_ring(database.storage.clone(), &clock);
    ring.prepare().await?;
    let kid = ring.keys().await?[0].key.kid().to_owned();

    let other = SealKey::from_base64("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let time = clock.clone();
    let wrong = KeyRing::new(
        database.storage.clone(),
        other.context("a seal key")?,
        KeyLife {
            publish: chrono::Duration::minutes(60),
            overlap: chrono::Duration::hours(24),
            rotate: None,
        },
        Arc::new(move || time.now()),
        Arc::new(|bytes| getrandom::fill(bytes).expect("random bytes")),
    );
    let refusal = wrong.prepare().await.expect_err("it is refused");
    assert!(matches!(&refusal, KeyProblem::DoesNotOpen(named) if *named == kid));
    let shown = format!("{refusal:#} {refusal:?} {wrong:?}");
    assert!(
        !shown.contains("PRIVATE") && !shown.contains("sealed-1:"),
        "{shown}"
    );
    ring.prepare().await?;

    // A key that was passed off as another does not open: its name is sealed in.
    let mut work = database.storage.write().await?;
    let mut record = work.signing_keys().await?.remove(0);
    record.kid = "another".to_owned();
    work.add_signing_key(&record).await?;
    work.save().await?;
    let refusal = ring.prepare().await.expect_err("it is refused");
    assert!(matches!(refusal, KeyProblem::DoesNotOpen(named) if named == "another"));
    Ok(())
}
