//! The application: one function for each step from a launch to a grade in the
//! gradebook, with the authorisation of the step.
//!
//! A step takes the proof that the step before it hands on. [`launch`] turns a
//! verified launch into a session, [`visit`] turns a session into a
//! [`visit::Visit`], which every later step asks for; [`marking::open`] gives a
//! [`marking::CheckedSubmission`], without which no mark is recorded;
//! [`release::release`] makes the [`release::ReleasedResult`] that alone can
//! put a grade into the outbox.
//!
//! Time and randomness come from outside, so that tests can set them.

pub mod admin;
pub mod arrival;
pub mod changes;
pub mod checks;
pub mod cohort;
pub mod course_copy;
pub mod diagnosis;
pub mod evidence;
pub mod invitations;
pub mod keys;
pub mod launch;
pub mod mapping;
pub mod marking;
pub mod overlay;
pub mod passback;
pub mod platforms;
pub mod plugins;
pub mod redaction;
pub mod register;
pub mod release;
pub mod roster;
pub mod selection;
pub mod submission;
pub mod table;
pub mod typed;
pub mod visit;

/// Records that steps hand on to pages, as storage has them.
pub mod records {
    pub use storage::cohort::CohortFilter;
    pub use storage::courses::PersonRecord;
    pub use storage::diagnosis::FailedLaunchRecord;
    pub use storage::invitations::InvitationRecord;
    pub use storage::mapping::PartMarkRecord;
    pub use storage::platforms::{NewDeployments, RegistrationRecord};
    pub use storage::plugins::InstalledRecord;
    pub use storage::roster::{GroupRecord, MemberRecord, ReadingRecord, RosterFilter};
    pub use storage::submissions::{EvidenceRecord, PluginRecord};
    pub use storage::table::{ImportRecord, TableRecord};
    pub use storage::typed::TypedAnswerRecord;
}

use std::collections::BTreeMap;
use std::sync::Arc;

use assessment::ids::{EventId, SubmissionId};
use assessment::overlay::Overlay;
use assessment::people::Actor;
use assessment::submission::InvalidTransition;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, NaiveDate, Utc};
use lti::keys::KeySets;
use lti::token::TokenClient;
use object_store::ObjectStore;
use sha2::{Digest, Sha256};
use storage::history::EventRecord;
use storage::{Storage, StorageError, UnitOfWork};
use unit_host::{TrustedKey, UnitHost};
use url::Url;

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;
/// Fills a buffer with random bytes fit for secrets.
pub type Entropy = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// What the steps work with. Built once, in the composition root.
pub struct App {
    /// The database.
    pub storage: Arc<dyn Storage>,
    /// Unit plugins and readers.
    pub units: UnitHost,
    /// Id and digest of what the plugin folder held at the start: the version that
    /// counts of each plugin for which nobody has chosen one.
    pub plugin_folder: BTreeMap<String, String>,
    /// Taken while the host is told which versions were chosen.
    pub choosing: tokio::sync::Mutex<()>,
    /// Taken while installed plugins are loaded, which may wait for the compiler;
    /// those that could not be loaded, by digest, and when that was.
    pub loading: tokio::sync::Mutex<BTreeMap<String, DateTime<Utc>>>,
    /// Keys whose signatures on plugins count.
    pub trusted_keys: Vec<TrustedKey>,
    /// The bytes of learners' files, and of plugins.
    pub files: Arc<dyn ObjectStore>,
    /// HTTP towards platforms.
    pub http: reqwest::Client,
    /// Platforms' key sets.
    pub key_sets: KeySets,
    /// Access tokens.
    pub tokens: TokenClient,
    /// The keys that sign our messages.
    pub keys: keys::KeyRing,
    /// The address under which browsers and platforms reach us.
    pub public_url: Url,
    /// Rules for platforms that register by invitation.
    pub registration: register::RegistrationRules,
    /// What centres set for themselves, each tried on its unit.
    pub overlays: Vec<Overlay>,
    /// The rules of the centre.
    pub centre: Centre,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub entropy: Entropy,
    /// What may be written down about launches of strangers.
    pub strangers: diagnosis::Allowance,
    /// Wakes the worker when there is a grade to deliver.
    pub grade_due: tokio::sync::Notify,
    /// Wakes the worker when there may be a roster to read.
    pub roster_due: tokio::sync::Notify,
}

/// What a centre decides for itself.
#[derive(Debug, Clone)]
pub struct Centre {
    /// Its name, for pages; may be empty.
    pub name: String,
    /// Where its days begin.
    pub time_zone: chrono_tz::Tz,
    /// Largest file, in bytes.
    pub largest_file: usize,
    /// How many times a learner may hand in a unit, at least 1.
    pub submissions: u32,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App")
            .field("public_url", &self.public_url.as_str())
            .finish_non_exhaustive()
    }
}

/// Why a step was not done. Each is written for the person who meets it.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// There is nothing of this kind, or not for this person.
    #[error("there is nothing here under this address")]
    NotFound,
    /// The person's role does not allow it.
    #[error("your role in this course does not allow this")]
    NotAllowed,
    /// It cannot be done at this stage; says why and what to do.
    #[error("{0}")]
    NotNow(String),
    /// What was sent cannot be used; says what is wanted.
    #[error("{0}")]
    Invalid(String),
    /// Somebody else changed it first.
    #[error("somebody else changed this in the meantime")]
    Conflict,
    /// The unit's plugin could not work the sheet out.
    #[error("the unit could not work this out")]
    Unit(#[source] unit_host::CallFailure),
    /// The database failed.
    #[error("the database does not answer as it should")]
    Storage(#[source] StorageError),
    /// The evidence store failed.
    #[error("the store of learners' files does not answer as it should")]
    Files(#[source] object_store::Error),
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Conflict(_) => Self::Conflict,
            error => Self::Storage(error),
        }
    }
}

impl From<InvalidTransition> for Problem {
    fn from(error: InvalidTransition) -> Self {
        use assessment::submission::State;
        Self::NotNow(
            match error.state {
                State::Draft => "This work has not been handed in yet.",
                State::Submitted | State::Checked => {
                    "This work has been handed in; nobody has begun to mark it."
                }
                State::InAssessment => "This work is being marked, so it cannot be changed now.",
                State::Assessed | State::Confirmed => {
                    "The mark sheet is signed. To change it, reopen it first."
                }
                State::ResubmissionOpen | State::Achieved | State::ClosedNotAchieved => {
                    "The result has been released, so this can no longer be changed."
                }
            }
            .to_owned(),
        )
    }
}

impl App {
    /// The time.
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Today's date at the centre.
    pub fn today(&self) -> NaiveDate {
        self.day(self.now())
    }

    /// The date of a time at the centre.
    pub fn day(&self, time: DateTime<Utc>) -> NaiveDate {
        time.with_timezone(&self.centre.time_zone).date_naive()
    }

    /// Random bytes.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.entropy)(&mut bytes);
        bytes
    }

    /// A fresh secret of 256 bits, as text for addresses and cookies.
    pub fn secret(&self) -> String {
        secret(&self.entropy)
    }

    /// Adds to a submission's history, within the caller's transaction.
    pub(crate) async fn remember(
        &self,
        work: &mut dyn UnitOfWork,
        actor: &Actor,
        submission: SubmissionId,
        kind: &str,
        detail: &str,
    ) -> Result<(), StorageError> {
        let now = self.now();
        work.add_event(&EventRecord {
            id: EventId::new(now, self.random()),
            registration: actor.registration,
            submission,
            actor: Some(actor.person),
            role: actor.role.word().to_owned(),
            at: now,
            kind: kind.to_owned(),
            detail: detail.to_owned(),
        })
        .await
    }
}

fn secret(random: &Entropy) -> String {
    let mut bytes = [0; 32];
    random(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// SHA-256 of a secret: what the database keeps in its place.
pub(crate) fn digest(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
