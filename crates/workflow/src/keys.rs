//! The keys that sign our messages to platforms: their life, and the seal
//! under which the database holds them.
//!
//! A key is published as soon as it is made, and signs some time later, when
//! platforms that keep our key set for a while have read it again. It is
//! retired when a newer key of the same owner begins to sign, stays published
//! for an overlap, so that what it signed can still be verified, and goes. All
//! this follows from two times in the database, so that every process says the
//! same without talking to another.
//!
//! A registration may have keys of its own; the others share the common ones.
//! All are published at the one address.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use assessment::ids::RegistrationId;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Duration, Utc};
use lti::keys::{KeyError, SigningKey};
use storage::keys::SigningKeyRecord;
use storage::{Storage, StorageError, UnitOfWork};

use crate::{Clock, Entropy};

/// How long a process goes on with the keys that it has read. A key of another
/// process is published within this time, long before it signs.
const READ_AGAIN_SECONDS: i64 = 30;
/// What a sealed private key begins with; the version of the seal.
const SEALED: &str = "sealed-1:";

/// The times in the life of a key.
#[derive(Debug, Clone, Copy)]
pub struct KeyLife {
    /// From publication until the first signature.
    pub publish: Duration,
    /// How long a retired key stays published.
    pub overlap: Duration,
    /// From the first signature until a new key is made; `None` for never.
    pub rotate: Option<Duration>,
}

/// The secret that seals private keys (AES-256-GCM).
#[derive(Clone)]
pub struct SealKey([u8; 32]);

impl SealKey {
    /// Reads 32 bytes in base64; `None` where it is anything else.
    pub fn from_base64(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.trim()).ok()?;
        Some(Self(bytes.try_into().ok()?))
    }

    fn cipher(&self) -> Result<LessSafeKey, KeyProblem> {
        let key = UnboundKey::new(&AES_256_GCM, &self.0).map_err(|_| KeyProblem::Seal)?;
        Ok(LessSafeKey::new(key))
    }

    /// The name is sealed in, so that no secret can be passed off as another.
    fn seal(&self, name: &str, secret: &str, nonce: [u8; NONCE_LEN]) -> Result<String, KeyProblem> {
        let mut sealed = secret.as_bytes().to_vec();
        self.cipher()?
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(name),
                &mut sealed,
            )
            .map_err(|_| KeyProblem::Seal)?;
        let mut bytes = nonce.to_vec();
        bytes.append(&mut sealed);
        Ok(format!("{SEALED}{}", STANDARD.encode(bytes)))
    }

    fn open(&self, name: &str, sealed: &str) -> Result<String, KeyProblem> {
        let does_not_open = || KeyProblem::DoesNotOpen(name.to_owned());
        let mut bytes = sealed
            .strip_prefix(SEALED)
            .and_then(|sealed| STANDARD.decode(sealed).ok())
            .ok_or_else(does_not_open)?;
        let (nonce, sealed) = bytes
            .split_first_chunk_mut::<NONCE_LEN>()
            .ok_or_else(does_not_open)?;
        let opened = self
            .cipher()?
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(name),
                sealed,
            )
            .map_err(|_| does_not_open())?;
        let secret = std::str::from_utf8(opened).map_err(|_| does_not_open())?;
        Ok(secret.to_owned())
    }

    fn open_key(&self, record: &SigningKeyRecord) -> Result<SigningKey, KeyProblem> {
        let pem = self.open(&record.kid, &record.private_key)?;
        Ok(SigningKey::from_pem(&record.kid, &pem)?)
    }
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealKey")
    }
}

/// A key with the times of its life.
#[derive(Debug, Clone)]
pub struct LivingKey {
    /// The key.
    pub key: Arc<SigningKey>,
    /// The one registration that it is for; none where it is a common one.
    pub registration: Option<RegistrationId>,
    /// When it was made and published.
    pub created_at: DateTime<Utc>,
    /// From when it signs.
    pub signs_from: DateTime<Utc>,
    /// When its successor began or begins to sign.
    pub retires_at: Option<DateTime<Utc>>,
    /// When it is published no longer.
    pub goes_at: Option<DateTime<Utc>>,
}

impl LivingKey {
    fn is_published(&self, now: DateTime<Utc>) -> bool {
        self.goes_at.is_none_or(|goes_at| now < goes_at)
    }
}

/// Why there is no signing key.
#[derive(Debug, thiserror::Error)]
pub enum KeyProblem {
    /// The database failed.
    #[error("the signing keys could not be read from the database or written to it")]
    Storage(#[from] StorageError),
    /// The key cannot be made or used.
    #[error("the signing key cannot be used")]
    Key(#[from] KeyError),
    /// The private key cannot be sealed.
    #[error("the private key could not be sealed")]
    Seal,
    /// A private key or a token was sealed with another secret, or is damaged.
    #[error("the secret `{0}` in the database does not open with this seal key")]
    DoesNotOpen(String),
}

/// All signing keys, read from the database and kept for half a minute.
pub struct KeyRing {
    storage: Arc<dyn Storage>,
    seal: SealKey,
    life: KeyLife,
    clock: Clock,
    entropy: Entropy,
    kept: Mutex<Option<Kept>>,
}

#[derive(Clone)]
struct Kept {
    read_at: DateTime<Utc>,
    keys: Arc<Vec<LivingKey>>,
}

impl KeyRing {
    /// Keys of this database under this seal.
    pub fn new(
        storage: Arc<dyn Storage>,
        seal: SealKey,
        life: KeyLife,
        clock: Clock,
        entropy: Entropy,
    ) -> Self {
        Self {
            storage,
            seal,
            life,
            clock,
            entropy,
            kept: Mutex::new(None),
        }
    }

    /// What a start needs: opens every key, seals those that an earlier version
    /// left in plain, and makes the first common key where there is none.
    ///
    /// # Errors
    /// [`KeyProblem::DoesNotOpen`] where the seal key is not the one that
    /// sealed; nothing is changed then. Else where the database fails or no key
    /// can be made.
    pub async fn prepare(&self) -> Result<(), KeyProblem> {
        let mut work = self.storage.write().await?;
        let mut sealed_some = false;
        let mut without_common = true;
        for record in work.signing_keys().await? {
            without_common &= record.registration.is_some();
            if is_sealed(&record) {
                self.seal.open_key(&record)?;
            } else {
                let key = SigningKey::from_pem(&record.kid, &record.private_key)?;
                let sealed = self.seal.seal(key.kid(), key.to_pem(), self.nonce())?;
                work.set_private_key(&record.kid, &sealed).await?;
                sealed_some = true;
            }
        }
        if without_common {
            let now = (self.clock)();
            let key = SigningKey::generate()?;
            self.add(work.as_mut(), &key, None, now, now).await?;
        }
        work.save().await?;
        if sealed_some {
            self.storage.wipe_remains().await?;
        }
        Ok(())
    }

    /// The key that signs now for a registration.
    ///
    /// # Errors
    /// [`StorageError`] where the database fails or holds no usable key.
    pub async fn signing_key(
        &self,
        registration: RegistrationId,
    ) -> Result<Arc<SigningKey>, StorageError> {
        let now = (self.clock)();
        let keys = self.keys().await.map_err(unusable)?;
        let of = |owner| {
            keys.iter()
                .find(|key| key.registration == owner && key.signs_from <= now)
        };
        of(Some(registration))
            .or_else(|| of(None))
            .map(|key| key.key.clone())
            .ok_or(StorageError::Inconsistency {
                table: "signing_keys",
                column: "signs_from",
            })
    }

    /// All keys that are to be published now.
    ///
    /// # Errors
    /// [`StorageError`] where the database fails or holds a key that cannot be used.
    pub async fn published(&self) -> Result<Vec<Arc<SigningKey>>, StorageError> {
        let now = (self.clock)();
        let keys = self.keys().await.map_err(unusable)?;
        let published = keys.iter().filter(|key| key.is_published(now));
        Ok(published.map(|key| key.key.clone()).collect())
    }

    /// Every key that is kept, those that sign latest first.
    ///
    /// # Errors
    /// [`KeyProblem`] where the database fails or a key cannot be opened.
    pub async fn keys(&self) -> Result<Arc<Vec<LivingKey>>, KeyProblem> {
        let now = (self.clock)();
        let kept = self.kept();
        if let Some(kept) = &kept
            && (kept.read_at..kept.read_at + Duration::seconds(READ_AGAIN_SECONDS)).contains(&now)
        {
            return Ok(kept.keys.clone());
        }
        let records = self.storage.read().await?.signing_keys().await?;
        // Opening a key takes a while, and what is open already stays as it is.
        let mut open: HashMap<&str, &Arc<SigningKey>> = HashMap::new();
        for known in kept.iter().flat_map(|kept| kept.keys.iter()) {
            open.insert(known.key.kid(), &known.key);
        }
        // Records come latest first, so a successor comes before its predecessor.
        let mut successors = HashMap::new();
        let mut keys = Vec::with_capacity(records.len());
        for record in records {
            let key = match open.get(record.kid.as_str()) {
                Some(&key) => key.clone(),
                None => Arc::new(self.seal.open_key(&record)?),
            };
            let retires_at = successors.insert(record.registration, record.signs_from);
            keys.push(LivingKey {
                key,
                registration: record.registration,
                created_at: record.created_at,
                signs_from: record.signs_from,
                retires_at,
                goes_at: retires_at.map(|retires_at| retires_at + self.life.overlap),
            });
        }
        let keys = Arc::new(keys);
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(Kept {
            read_at: now,
            keys: keys.clone(),
        });
        Ok(keys)
    }

    /// Publishes a new key of a registration, or a common one. Where a key waits
    /// to sign already, that is the new one, so that two who rotate at once make
    /// one key. Gives the key and whether it was made now.
    ///
    /// # Errors
    /// [`KeyProblem`] where the database fails or no key can be made.
    pub async fn rotate(
        &self,
        registration: Option<RegistrationId>,
    ) -> Result<(LivingKey, bool), KeyProblem> {
        // Made before the turn to write begins, because it takes a good part of a second.
        let key = generate().await?;
        let now = (self.clock)();
        let signs_from = now + self.life.publish;
        let mut work = self.storage.write().await?;
        let records = work.signing_keys().await?;
        let waiting = records
            .into_iter()
            .find(|record| record.registration == registration && now < record.signs_from);
        let made = waiting.is_none();
        if made {
            self.add(work.as_mut(), &key, registration, now, signs_from)
                .await?;
        }
        work.save().await?;
        self.forget();
        let kid = waiting.map_or_else(|| key.kid().to_owned(), |record| record.kid);
        let keys = self.keys().await?;
        let new = keys.iter().find(|key| key.key.kid() == kid).cloned();
        let new = new.ok_or(StorageError::Conflict("signing key"))?;
        Ok((new, made))
    }

    /// What the worker does: rotates what is due, and removes keys that are
    /// published no longer.
    ///
    /// # Errors
    /// [`StorageError`] where the database fails or no key can be made.
    pub async fn keep(&self) -> Result<(), StorageError> {
        let now = (self.clock)();
        let keys = self.keys().await.map_err(unusable)?;
        if let Some(rotate) = self.life.rotate {
            let is_due =
                |key: &&LivingKey| key.retires_at.is_none() && key.signs_from + rotate <= now;
            for key in keys.iter().filter(is_due) {
                let (new, made) = self.rotate(key.registration).await.map_err(unusable)?;
                if made {
                    tracing::info!(kid = new.key.kid(), signs_from = %new.signs_from, "new signing key");
                }
            }
        }
        let gone = |key: &&LivingKey| !key.is_published(now);
        if keys.iter().any(|key| gone(&key)) {
            let mut work = self.storage.write().await?;
            for key in keys.iter().filter(gone) {
                work.remove_signing_key(key.key.kid()).await?;
                tracing::info!(kid = key.key.kid(), "signing key removed");
            }
            work.save().await?;
            self.storage.wipe_remains().await?;
            self.forget();
        }
        Ok(())
    }

    /// Throws every key away and makes a common one that signs at once: for
    /// keys that leaked, and for a seal key that is lost. Platforms refuse us
    /// until they have read the key set again.
    ///
    /// # Errors
    /// [`KeyProblem`] where the database fails or no key can be made.
    pub async fn replace(&self) -> Result<Arc<SigningKey>, KeyProblem> {
        let key = generate().await?;
        let now = (self.clock)();
        let mut work = self.storage.write().await?;
        for record in work.signing_keys().await? {
            work.remove_signing_key(&record.kid).await?;
        }
        self.add(work.as_mut(), &key, None, now, now).await?;
        work.save().await?;
        self.storage.wipe_remains().await?;
        self.forget();
        Ok(Arc::new(key))
    }

    /// Seals a secret under a name, as private keys are.
    ///
    /// # Errors
    /// [`StorageError`] where it cannot be sealed.
    pub(crate) fn seal(&self, name: &str, secret: &str) -> Result<String, StorageError> {
        self.seal.seal(name, secret, self.nonce()).map_err(unusable)
    }

    /// Opens what was sealed under this name.
    ///
    /// # Errors
    /// [`KeyProblem::DoesNotOpen`] where it was sealed with another secret or name.
    pub(crate) fn open(&self, name: &str, sealed: &str) -> Result<String, KeyProblem> {
        self.seal.open(name, sealed)
    }

    async fn add(
        &self,
        work: &mut dyn UnitOfWork,
        key: &SigningKey,
        registration: Option<RegistrationId>,
        created_at: DateTime<Utc>,
        signs_from: DateTime<Utc>,
    ) -> Result<(), KeyProblem> {
        work.add_signing_key(&SigningKeyRecord {
            kid: key.kid().to_owned(),
            registration,
            private_key: self.seal.seal(key.kid(), key.to_pem(), self.nonce())?,
            created_at,
            signs_from,
        })
        .await?;
        Ok(())
    }

    fn nonce(&self) -> [u8; NONCE_LEN] {
        let mut nonce = [0; NONCE_LEN];
        (self.entropy)(&mut nonce);
        nonce
    }

    fn kept(&self) -> Option<Kept> {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn forget(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = None;
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRing")
            .field("life", &self.life)
            .finish_non_exhaustive()
    }
}

/// Whether the database holds keys under a seal, so that a new seal key would
/// open none of them.
///
/// # Errors
/// [`StorageError`] where the database fails.
pub async fn any_sealed(storage: &dyn Storage) -> Result<bool, StorageError> {
    let keys = storage.read().await?.signing_keys().await?;
    Ok(keys.iter().any(is_sealed))
}

fn is_sealed(record: &SigningKeyRecord) -> bool {
    record.private_key.starts_with(SEALED)
}

async fn generate() -> Result<SigningKey, KeyProblem> {
    let made = tokio::task::spawn_blocking(SigningKey::generate).await;
    Ok(made.map_err(|_| KeyError::Generate)??)
}

/// A key that cannot be used after a start that tried them all is the
/// database's defect, or was sealed with another secret by another process.
fn unusable(problem: KeyProblem) -> StorageError {
    match problem {
        KeyProblem::Storage(error) => error,
        problem => StorageError::Driver(Box::new(problem)),
    }
}
