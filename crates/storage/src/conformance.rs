//! What every adapter must do and must not do, as one suite for the adapters'
//! tests. A case that fails panics with the promise that was broken.
//!
//! [`run`] plays all subjects on one empty database. The subjects can also be
//! run alone; each makes its own registrations. [`logins_and_sessions`],
//! [`outbox`] and [`rosters`] ask for what no registration parts, so no more than
//! one of each may run on a database.

mod cohort;
mod roster;

pub use cohort::cohorts;
pub use roster::rosters;

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};

use assessment::evidence::{
    Document, NumberColumn, ReadColumn, ReadDocument, ReadFailure, ReadTable, Section, Warning,
    block, style,
};
use assessment::finding::{CheckFailure, CheckReport, Finding, Measure, Place};
use assessment::ids::{
    ActivityId, CourseId, DecisionId, EventId, EvidenceId, InvitationId, PersonId, RegistrationId,
    SelectionId, SubmissionId,
};
use assessment::overlay::{Overlay, OverlayValue};
use assessment::passback::{Delivery, Message, Reason};
use assessment::people::Role;
use assessment::rows::Rows;
use assessment::sections::Begins;
use assessment::sheet::{
    Award, CriterionOutcome, GradebookEntry, Outcome, Sheet, SheetEntry, Verdict,
};
use assessment::submission::State;
use assessment::table::{FieldMatch, Matching};
use assessment::unit::{Entry, Value};
use chrono::{DateTime, Duration, Utc};
use futures_util::future::join;

use crate::admin::AdminSessionRecord;
use crate::cohort::{CohortFilter, CohortQuery};
use crate::courses::{ActivityRecord, CourseRecord, PersonRecord};
use crate::diagnosis::{FAILED_LAUNCHES_KEPT, FailedLaunchRecord};
use crate::history::EventRecord;
use crate::invitations::InvitationRecord;
use crate::keys::SigningKeyRecord;
use crate::launches::{ArrivalRecord, LoginRecord, SessionRecord};
use crate::mapping::PartMarkRecord;
use crate::marking::{DecisionRecord, FindingVerdictRecord, SheetLineRecord};
use crate::passback::{LineItemRecord, PassbackRecord};
use crate::platforms::{NewDeployments, RegistrationAccess, RegistrationRecord};
use crate::plugins::{DefaultRecord, InstalledRecord};
use crate::roster::{GroupRecord, ReadingEnd, RosterFilter, RosterProgress, RosterQuery, Unnamed};
use crate::selections::SelectionRecord;
use crate::submissions::{CheckRecord, EvidenceRecord, PluginRecord, SubmissionRecord};
use crate::table::{ImportRecord, TableRecord};
use crate::typed::TypedAnswerRecord;
use crate::{Storage, StorageError, UnitOfWork};

/// Plays every subject on an empty database.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn run(storage: &dyn Storage) {
    units_of_work(storage).await;
    registrations(storage).await;
    changes_of_registrations(storage).await;
    administrators(storage).await;
    invitations(storage).await;
    signing_keys(storage).await;
    logins_and_sessions(storage).await;
    failed_launches(storage).await;
    diagnoses(storage).await;
    people_courses_activities(storage).await;
    unchanged_launches(storage).await;
    rosters(storage).await;
    tenant_walls(storage).await;
    submissions(storage).await;
    evidence(storage).await;
    tables(storage).await;
    checks(storage).await;
    part_marks(storage).await;
    typed_answers(storage).await;
    redacted_words(storage).await;
    plugins(storage).await;
    sheet_lines(storage).await;
    finding_verdicts(storage).await;
    decisions(storage).await;
    outbox(storage).await;
    history(storage).await;
    // It leaves grades behind that wait, so it comes after the outbox.
    cohorts(storage).await;
    selections(storage).await;
    copied_courses(storage).await;
}

/// A unit of work is kept whole by `save`, and not at all without it.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn units_of_work(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "units-of-work").await;

    let mut work = write(storage).await;
    done(work.add_deployment(tenant.registration, "lost").await);
    done(
        work.set_registration_disabled(tenant.registration, true)
            .await,
    );
    assert_eq!(
        done(work.deployments(tenant.registration).await),
        ["lost"],
        "a unit of work sees what it wrote itself"
    );
    let mut beside = read(storage).await;
    assert_eq!(
        done(beside.deployments(tenant.registration).await),
        [""; 0],
        "nobody else sees what was not saved yet"
    );
    drop(beside);
    drop(work);
    let mut work = read(storage).await;
    assert_eq!(
        done(work.deployments(tenant.registration).await),
        [""; 0],
        "dropping a unit of work takes back what it added"
    );
    let registration = done(work.registration(tenant.registration).await);
    assert!(
        registration.is_some_and(|record| !record.disabled),
        "dropping a unit of work takes back what it changed"
    );
    drop(work);

    let mut work = write(storage).await;
    done(work.add_deployment(tenant.registration, "kept").await);
    done(
        work.set_registration_disabled(tenant.registration, true)
            .await,
    );
    save(work).await;
    let mut work = read(storage).await;
    assert_eq!(
        done(work.deployments(tenant.registration).await),
        ["kept"],
        "saving a unit of work keeps all that it wrote"
    );
    let registration = done(work.registration(tenant.registration).await);
    assert!(
        registration.is_some_and(|record| record.disabled),
        "saving a unit of work keeps all that it wrote"
    );
    assert!(
        work.add_deployment(tenant.registration, "read")
            .await
            .is_err(),
        "a unit of work that was opened to read refuses to write"
    );

    let mut work = done(storage.write_once().await);
    done(work.add_deployment(tenant.registration, "at once").await);
    let mut beside = done(storage.read_once().await);
    assert_eq!(
        done(beside.deployments(tenant.registration).await),
        ["at once", "kept"],
        "what is written without a transaction is kept at once"
    );
}

/// Registrations are unique by issuer and client id; deployments belong to one.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn registrations(storage: &dyn Storage) {
    let first = registration("https://registrations.example/moodle", "client-1", 10);
    let second = RegistrationRecord {
        token_audience: Some("https://registrations.example/audience".to_owned()),
        name: "Moodle of the “college”".to_owned(),
        disabled: true,
        new_deployments: NewDeployments::AddFirst,
        ..registration("https://registrations.example/moodle", "client-2", 20)
    };
    let elsewhere = registration("https://registrations.example/canvas", "client-1", 15);

    let mut work = write(storage).await;
    // Written youngest first, so that the order of writing is not that of age.
    done(work.add_registration(&second).await);
    done(work.add_registration(&first).await);
    save(work).await;
    let mut work = write(storage).await;
    done(work.add_registration(&elsewhere).await);
    save(work).await;

    let mut work = write(storage).await;
    let same_key = RegistrationRecord {
        id: RegistrationId::new(time(0), random()),
        auth_url: "https://evil.example/auth".to_owned(),
        ..first.clone()
    };
    conflict(
        work.add_registration(&same_key).await,
        "a second registration of the same issuer and client id is a conflict",
    );
    drop(work);

    let mut work = read(storage).await;
    for record in [&first, &second, &elsewhere] {
        assert_eq!(
            done(work.registration(record.id).await).as_ref(),
            Some(record),
            "a registration comes back as it was added"
        );
    }
    assert_eq!(
        done(work.registration(same_key.id).await),
        None,
        "an unknown registration is not found, which is no error"
    );
    assert_eq!(
        done(work.registrations(Some(&first.issuer)).await),
        [first.clone(), second.clone()],
        "an issuer's registrations are its own only, oldest first"
    );
    assert_eq!(
        done(
            work.registrations(Some("https://registrations.example/"))
                .await
        ),
        [],
        "an issuer is compared as a whole"
    );
    let ours = [first.id, second.id, elsewhere.id];
    let all: Vec<_> = done(work.registrations(None).await)
        .into_iter()
        .map(|record| record.id)
        .filter(|id| ours.contains(id))
        .collect();
    assert_eq!(
        all,
        [first.id, elsewhere.id, second.id],
        "all registrations come oldest first"
    );
    drop(work);

    let mut work = write(storage).await;
    assert!(
        done(work.set_registration_disabled(second.id, false).await),
        "allowing launches of a known registration says that it is there"
    );
    assert!(
        done(work.set_registration_disabled(first.id, true).await),
        "refusing launches of a known registration says that it is there"
    );
    assert!(
        !done(work.set_registration_disabled(same_key.id, true).await),
        "an unknown registration cannot be disabled"
    );
    done(work.add_deployment(first.id, "2").await);
    done(work.add_deployment(first.id, "1").await);
    done(work.add_deployment(first.id, "1").await);
    done(work.add_deployment(second.id, "1").await);
    save(work).await;

    let mut work = read(storage).await;
    let disabled = |record: Option<RegistrationRecord>| record.map(|record| record.disabled);
    assert_eq!(
        [
            disabled(done(work.registration(first.id).await)),
            disabled(done(work.registration(second.id).await)),
            disabled(done(work.registration(elsewhere.id).await)),
        ],
        [Some(true), Some(false), Some(false)],
        "disabling concerns one registration"
    );
    let mut deployments = done(work.deployments(first.id).await);
    deployments.sort();
    assert_eq!(
        deployments,
        ["1", "2"],
        "a deployment that is added twice is there once"
    );
    assert_eq!(
        done(work.deployments(second.id).await),
        ["1"],
        "two registrations may have a deployment of the same name"
    );
}

/// What administrators change of a registration changes there and nowhere else.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn changes_of_registrations(storage: &dyn Storage) {
    let issuer = "https://changes.example/moodle";
    let waits = RegistrationRecord {
        disabled: true,
        waiting: true,
        ..registration(issuer, "client-1", 10)
    };
    let refused = RegistrationRecord {
        disabled: true,
        waiting: true,
        ..registration(issuer, "client-2", 20)
    };
    let other = registration(issuer, "client-3", 30);
    let unknown = RegistrationId::new(time(0), random());
    let mut work = write(storage).await;
    for record in [&waits, &refused, &other] {
        done(work.add_registration(record).await);
        done(work.add_deployment(record.id, "1").await);
    }
    save(work).await;

    let mut work = write(storage).await;
    assert!(done(work.decide_registration(waits.id, true).await));
    assert!(done(work.decide_registration(refused.id, false).await));
    for id in [waits.id, refused.id, other.id, unknown] {
        assert!(
            !done(work.decide_registration(id, true).await),
            "only a registration that waits is decided, and only once"
        );
    }
    let changed = RegistrationRecord {
        auth_url: "https://vle.example/new/auth".to_owned(),
        token_url: "https://vle.example/new/token".to_owned(),
        jwks_url: "https://vle.example/new/keys".to_owned(),
        token_audience: Some("https://vle.example/audience".to_owned()),
        // Not among the addresses, so it stays as it was.
        issuer: "https://evil.example".to_owned(),
        disabled: true,
        ..other.clone()
    };
    assert!(done(work.set_registration_addresses(&changed).await));
    assert!(done(
        work.set_registration_name(other.id, "Ünser Moodle").await
    ));
    assert!(done(
        work.set_new_deployments(other.id, NewDeployments::AddAll)
            .await
    ));
    let access = RegistrationAccess {
        client_uri: "https://vle.example/register/3".to_owned(),
        configuration_url: "https://vle.example/configuration".to_owned(),
        sealed_token: Some("sealed".to_owned()),
    };
    let without_token = RegistrationAccess {
        sealed_token: None,
        ..access.clone()
    };
    assert!(done(
        work.set_registration_access(waits.id, &without_token).await
    ));
    assert!(done(
        work.set_registration_access(other.id, &without_token).await
    ));
    assert!(done(work.set_registration_access(other.id, &access).await));
    assert!(!done(work.set_registration_access(unknown, &access).await));
    assert!(done(work.remove_deployment(waits.id, "1").await));
    assert!(
        !done(work.remove_deployment(waits.id, "1").await),
        "a deployment is removed once"
    );
    let nowhere = RegistrationRecord {
        id: unknown,
        ..other.clone()
    };
    assert!(
        !done(work.set_registration_addresses(&nowhere).await)
            && !done(work.set_registration_name(unknown, "x").await)
            && !done(
                work.set_new_deployments(unknown, NewDeployments::AddAll)
                    .await
            )
            && !done(work.remove_deployment(unknown, "1").await),
        "an unknown registration cannot be changed"
    );
    save(work).await;

    let mut work = read(storage).await;
    assert_eq!(
        done(work.registrations(Some(issuer)).await),
        [
            RegistrationRecord {
                disabled: false,
                waiting: false,
                ..waits.clone()
            },
            RegistrationRecord {
                disabled: true,
                waiting: false,
                ..refused.clone()
            },
            RegistrationRecord {
                issuer: other.issuer.clone(),
                disabled: false,
                name: "Ünser Moodle".to_owned(),
                new_deployments: NewDeployments::AddAll,
                ..changed
            },
        ],
        "each change concerns its own registration and field"
    );
    let mut accesses = Vec::new();
    for id in [waits.id, refused.id, other.id, unknown] {
        accesses.push(done(work.registration_access(id).await));
    }
    assert!(
        accesses == [Some(without_token), None, Some(access), None],
        "how a registration can be changed comes back as it was kept last"
    );
    assert_eq!(done(work.deployments(waits.id).await), [""; 0]);
    assert_eq!(
        done(work.deployments(other.id).await),
        ["1"],
        "a deployment of the same name elsewhere stays"
    );
    assert_eq!(done(work.newest_session_end(other.id).await), None);
    drop(work);

    let tenant = Tenant::new(storage, "newest-session").await;
    let mut work = write(storage).await;
    for (token, expires_at) in [(1, 5_000_000), (2, 7_000_000), (3, 6_000_000)] {
        done(
            work.add_session(&SessionRecord {
                token_digest: vec![9, 9, 9, token],
                registration: tenant.registration,
                course: tenant.course,
                activity: tenant.activity,
                person: tenant.learner,
                role: Role::Learner,
                csrf: "form-token".to_owned(),
                return_url: None,
                expires_at: time(expires_at),
            })
            .await,
        );
    }
    assert_eq!(
        done(work.newest_session_end(tenant.registration).await),
        Some(time(7_000_000)),
        "the newest session of a registration is the one that ends last"
    );
    assert_eq!(
        done(work.newest_session_end(other.id).await),
        None,
        "a registration does not see the sessions of another"
    );
}

/// A sign-in link is used once, and sessions of administrators end.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn administrators(storage: &dyn Storage) {
    let session = |token: u8, expires_at| AdminSessionRecord {
        token_digest: vec![200, token],
        csrf: format!("form-token-{token}"),
        expires_at: time(expires_at),
    };
    let mut work = write(storage).await;
    done(work.add_admin_link(&[1, 0, 255], time(10_000)).await);
    done(work.add_admin_link(&[2], time(10_001)).await);
    conflict(
        work.add_admin_link(&[2], time(20_000)).await,
        "no two links have the same code",
    );
    done(work.add_admin_session(&session(1, 10_000)).await);
    done(work.add_admin_session(&session(2, 10_001)).await);
    done(work.add_admin_session(&session(3, 10_001)).await);
    save(work).await;

    let mut work = write(storage).await;
    assert_eq!(
        done(work.admin_link(&[1, 0, 255]).await),
        Some(time(10_000)),
        "looking at a link leaves it there"
    );
    assert_eq!(done(work.take_admin_link(&[1, 0, 254]).await), None);
    assert_eq!(
        done(work.take_admin_link(&[1, 0, 255]).await),
        Some(time(10_000)),
        "a link comes back as it was added"
    );
    assert_eq!(
        [
            done(work.admin_link(&[1, 0, 255]).await),
            done(work.take_admin_link(&[1, 0, 255]).await)
        ],
        [None, None],
        "a link is taken once"
    );
    save(work).await;
    let take = async || {
        let mut work = write(storage).await;
        let taken = done(work.take_admin_link(&[2]).await);
        save(work).await;
        taken
    };
    let (this, other) = join(take(), take()).await;
    assert!(
        this.is_some() != other.is_some(),
        "of two who use a link at once, one gets in"
    );

    let mut work = write(storage).await;
    done(work.add_admin_link(&[3], time(10_000)).await);
    assert_eq!(
        done(work.admin_session(&[200, 1]).await),
        Some(session(1, 10_000)),
        "a session comes back as it was added, expired or not"
    );
    assert!(done(work.remove_admin_session(&[200, 3]).await));
    assert!(
        !done(work.remove_admin_session(&[200, 3]).await),
        "a session is ended once"
    );
    assert_eq!(
        done(work.remove_expired_admins(time(10_000)).await),
        2,
        "a link and a session end with their time"
    );
    assert_eq!(done(work.admin_session(&[200, 1]).await), None);
    assert_eq!(done(work.admin_link(&[3]).await), None);
    assert!(
        done(work.admin_session(&[200, 2]).await).is_some(),
        "what has not ended stays"
    );
    save(work).await;
}

/// An invitation is used once, by nobody once it has ended or was taken back.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn invitations(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "invitations").await;
    let invitation = |secret: u8, created_at| InvitationRecord {
        id: InvitationId::new(time(created_at), random()),
        secret_digest: vec![secret, 0, 255],
        note: "For the “college”".to_owned(),
        allow_http: secret == 1,
        approve_first: secret == 2,
        created_at: time(created_at),
        expires_at: time(10_000),
        revoked: false,
        used_at: None,
        registration: None,
    };
    let (first, second) = (invitation(1, 10), invitation(2, 20));
    let (third, contested) = (invitation(3, 30), invitation(4, 40));
    let mut work = write(storage).await;
    for record in [&second, &first, &third, &contested] {
        done(work.add_invitation(record).await);
    }
    save(work).await;
    let mut work = write(storage).await;
    conflict(
        work.add_invitation(&invitation(1, 50)).await,
        "no two invitations have the same secret",
    );
    drop(work);

    let mut work = read(storage).await;
    assert_eq!(
        done(work.invitations().await),
        [
            contested.clone(),
            third.clone(),
            second.clone(),
            first.clone()
        ],
        "invitations come back as they were added, newest first"
    );
    assert_eq!(
        done(work.invitation(&first.secret_digest).await).as_ref(),
        Some(&first)
    );
    assert_eq!(done(work.invitation(&[9]).await), None);
    drop(work);

    let mut work = write(storage).await;
    let used = async |work: &mut Box<dyn UnitOfWork>, id, at| {
        done(work.use_invitation(id, tenant.registration, time(at)).await)
    };
    assert!(
        !used(&mut work, first.id, 10_000).await,
        "an invitation that has ended is not used"
    );
    assert!(used(&mut work, first.id, 9_999).await);
    assert!(
        !used(&mut work, first.id, 9_999).await,
        "an invitation is used once"
    );
    assert!(done(work.revoke_invitation(second.id).await));
    assert!(
        !used(&mut work, second.id, 30).await,
        "an invitation that was taken back is not used"
    );
    for id in [first.id, second.id, InvitationId::new(time(0), random())] {
        assert!(
            !done(work.revoke_invitation(id).await),
            "what was used, taken back or never made cannot be taken back"
        );
    }
    save(work).await;
    let mut work = read(storage).await;
    assert_eq!(
        done(work.invitation(&first.secret_digest).await),
        Some(InvitationRecord {
            used_at: Some(time(9_999)),
            registration: Some(tenant.registration),
            ..first.clone()
        }),
        "a used invitation says when, and what it led to"
    );
    assert_eq!(
        done(work.invitation(&third.secret_digest).await),
        Some(third),
        "using one leaves the others"
    );
    drop(work);

    let take = async || {
        let mut work = write(storage).await;
        let taken = done(
            work.use_invitation(contested.id, tenant.registration, time(50))
                .await,
        );
        save(work).await;
        taken
    };
    let (this, other) = join(take(), take()).await;
    assert!(
        this != other,
        "of two registrations at once with the same invitation, one uses it"
    );
}

/// Signing keys come back whole, those that sign latest first, each with its
/// owner, and go when they are removed.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn signing_keys(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "signing-keys").await;
    let key = |kid: &str, registration, signs_from| SigningKeyRecord {
        kid: kid.to_owned(),
        registration,
        private_key: format!("sealed {kid}"),
        created_at: time(1),
        signs_from: time(signs_from),
    };
    let old = key("signing-keys-b", None, 1);
    let new = key("signing-keys-a", Some(tenant.registration), 2);
    let mut work = write(storage).await;
    done(work.add_signing_key(&old).await);
    done(work.add_signing_key(&new).await);
    save(work).await;

    let mut work = write(storage).await;
    conflict(
        work.add_signing_key(&key("signing-keys-a", None, 3)).await,
        "a key id is never used twice",
    );
    drop(work);
    // The comparisons print no key where they fail: `Debug` leaves it out.
    assert_eq!(
        own_keys(storage).await,
        [new.clone(), old.clone()],
        "signing keys come whole, and those that sign latest first"
    );

    let mut work = write(storage).await;
    done(work.set_private_key(&old.kid, "sealed anew").await);
    done(work.remove_signing_key(&new.kid).await);
    save(work).await;
    let sealed = SigningKeyRecord {
        private_key: "sealed anew".to_owned(),
        ..old
    };
    assert_eq!(
        own_keys(storage).await,
        [sealed],
        "a private key can be written anew, and a key be removed"
    );
    done(storage.wipe_remains().await);
}

async fn own_keys(storage: &dyn Storage) -> Vec<SigningKeyRecord> {
    let mut keys = done(read(storage).await.signing_keys().await);
    keys.retain(|key| key.kid.starts_with("signing-keys-"));
    keys
}

/// Of failed launches the newest are kept, for each registration apart.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn failed_launches(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "failed-launches").await;
    let failed = |number: u32, registration: Option<RegistrationId>| FailedLaunchRecord {
        reference: format!(
            "{}-{number:04}",
            if registration.is_some() { "OWN" } else { "ALL" }
        ),
        registration,
        at: time(10_000 + i64::from(number)),
        code: "signature".to_owned(),
        reason: "The signature is wrong".to_owned(),
    };
    let mut work = write(storage).await;
    let first = failed(1, Some(tenant.registration));
    done(work.add_failed_launch(&first).await);
    for number in 1..=FAILED_LAUNCHES_KEPT + 5 {
        done(work.add_failed_launch(&failed(number, None)).await);
    }
    save(work).await;

    let mut work = read(storage).await;
    assert_eq!(
        done(work.failed_launches(Some(tenant.registration), 10).await),
        [first],
        "what strangers do pushes out nothing of a registration"
    );
    let strangers = done(work.failed_launches(None, 2 * FAILED_LAUNCHES_KEPT).await);
    assert_eq!(strangers.len(), FAILED_LAUNCHES_KEPT as usize);
    assert_eq!(
        strangers.first(),
        Some(&failed(FAILED_LAUNCHES_KEPT + 5, None)),
        "the newest come first"
    );
    assert_eq!(strangers.last(), Some(&failed(6, None)));
    assert_eq!(
        done(work.failed_launches(None, 3).await).len(),
        3,
        "no more come than were asked for"
    );
}

/// The last tests of a registration take the place of those before, and the
/// course to try is the registration's newest that offers a service.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn diagnoses(storage: &dyn Storage) {
    let (one, other) = (
        Tenant::new(storage, "diagnoses").await,
        Tenant::new(storage, "diagnoses-other").await,
    );
    let mut work = write(storage).await;
    done(work.put_diagnosis(one.registration, time(1), "[1]").await);
    done(work.put_diagnosis(one.registration, time(2), "[2]").await);
    let mut with_roster = course(one.registration, "with-roster");
    with_roster.memberships_url = Some("https://vle.example.org/members".to_owned());
    done(work.put_course(&with_roster).await);
    done(work.put_course(&course(one.registration, "without")).await);
    save(work).await;

    let mut work = read(storage).await;
    assert_eq!(
        done(work.diagnosis(one.registration).await),
        Some((time(2), "[2]".to_owned()))
    );
    assert_eq!(done(work.diagnosis(other.registration).await), None);
    assert_eq!(
        done(work.newest_course(one.registration).await).map(|course| course.context),
        Some("with-roster".to_owned())
    );
}

/// A login is taken once, a session until it is removed, and what has expired goes.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn logins_and_sessions(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "logins").await;
    let login = |state: &[u8], expires_at| LoginRecord {
        state_digest: state.to_vec(),
        registration: tenant.registration,
        nonce: "nonce-ü".to_owned(),
        target_link_uri: "https://tool.example/lti/launch?unit=ilm-8577-304&x=%20".to_owned(),
        browser_digest: vec![0, 255, 128],
        storage_frame: Some("storage-frame".to_owned()),
        expires_at: time(expires_at),
    };
    let arrival = |code: &[u8], expires_at| ArrivalRecord {
        code_digest: code.to_vec(),
        registration: tenant.registration,
        browser_digest: vec![1, 0, 254],
        ticket_json: r#"{"page":"ü"}"#.to_owned(),
        expires_at: time(expires_at),
    };
    let session = |token: &[u8], expires_at| SessionRecord {
        token_digest: token.to_vec(),
        registration: tenant.registration,
        course: tenant.course,
        activity: tenant.activity,
        person: tenant.learner,
        role: Role::Learner,
        csrf: "form-token".to_owned(),
        return_url: Some("https://vle.example/course/view.php?id=7".to_owned()),
        expires_at: time(expires_at),
    };

    let once = login(&[1, 0, 255], 60_000);
    let mut work = write(storage).await;
    done(work.add_login(&once).await);
    save(work).await;

    let mut work = read(storage).await;
    assert_eq!(
        done(work.login(&once.state_digest).await),
        done(work.registration(tenant.registration).await)
            .map(|registration| (once.clone(), registration)),
        "a login can be looked at, with its registration, before it is taken"
    );
    drop(work);
    let mut work = write(storage).await;
    assert_eq!(
        done(work.take_login(&[1, 0, 254]).await),
        None,
        "an unknown state finds no login"
    );
    assert_eq!(
        done(work.take_login(&once.state_digest).await).as_ref(),
        Some(&once),
        "a login comes back as it was added"
    );
    assert_eq!(
        done(work.take_login(&once.state_digest).await),
        None,
        "a login is taken once within a unit of work"
    );
    drop(work);
    let mut work = write(storage).await;
    assert_eq!(
        done(work.take_login(&once.state_digest).await).as_ref(),
        Some(&once),
        "a login that was taken by a dropped unit of work is still there"
    );
    save(work).await;
    let mut work = write(storage).await;
    assert_eq!(
        done(work.take_login(&once.state_digest).await),
        None,
        "a login is taken once across units of work"
    );
    done(work.add_login(&login(&[7], 60_000)).await);
    save(work).await;

    let take = async || {
        let mut work = write(storage).await;
        let taken = done(work.take_login(&[7]).await);
        save(work).await;
        taken
    };
    let (this, other) = join(take(), take()).await;
    assert!(
        this.is_some() != other.is_some(),
        "of two launches at once with the same state, one takes the login"
    );

    let waiting = arrival(&[8, 0, 1], 10_001);
    let mut work = write(storage).await;
    done(work.add_arrival(&waiting).await);
    done(work.add_arrival(&arrival(&[8, 0, 2], 10_000)).await);
    save(work).await;
    let mut work = write(storage).await;
    assert_eq!(
        done(work.take_arrival(&waiting.code_digest).await).as_ref(),
        Some(&waiting),
        "an arrival comes back as it was added"
    );
    assert_eq!(
        done(work.take_arrival(&waiting.code_digest).await),
        None,
        "an arrival is taken once"
    );
    save(work).await;

    let lasting = session(&[9, 0, 1], 10_001);
    let of_assessor = SessionRecord {
        person: tenant.assessor,
        role: Role::Assessor,
        return_url: None,
        ..session(&[9, 0, 2], 20_000)
    };
    let mut work = write(storage).await;
    done(work.add_login(&login(&[2], 9_999)).await);
    done(work.add_login(&login(&[3], 10_000)).await);
    done(work.add_login(&login(&[4], 10_001)).await);
    done(work.add_session(&session(&[9, 0, 0], 10_000)).await);
    done(work.add_session(&lasting).await);
    done(work.add_session(&of_assessor).await);
    save(work).await;

    let mut work = read(storage).await;
    assert!(
        done(work.session(&[9, 0, 0]).await).is_some(),
        "a session is found whether it has expired or not"
    );
    assert_eq!(
        done(work.session(&lasting.token_digest).await).as_ref(),
        Some(&lasting),
        "a session comes back as it was added"
    );
    assert_eq!(
        done(work.session(&of_assessor.token_digest).await).as_ref(),
        Some(&of_assessor),
        "a session without a return address comes back without one"
    );
    assert_eq!(
        done(work.session(&[9, 0]).await),
        None,
        "an unknown token finds no session"
    );
    drop(work);

    let mut work = write(storage).await;
    assert_eq!(
        done(work.remove_expired(time(10_000)).await),
        4,
        "logins, arrivals and sessions go from the moment that they no longer count, and no sooner"
    );
    save(work).await;
    let mut work = write(storage).await;
    assert_eq!(
        done(work.take_login(&[2]).await),
        None,
        "an expired login is gone"
    );
    assert_eq!(
        done(work.take_login(&[3]).await),
        None,
        "a login is gone when its time has come"
    );
    assert!(
        done(work.take_login(&[4]).await).is_some(),
        "a login that still counts stays"
    );
    assert_eq!(
        done(work.session(&[9, 0, 0]).await),
        None,
        "an expired session is gone"
    );
    assert!(
        done(work.session(&lasting.token_digest).await).is_some(),
        "a session that still counts stays"
    );
    assert_eq!(
        done(work.remove_expired(time(10_000)).await),
        0,
        "what has expired is removed once"
    );
}

/// People, courses and activities keep their ids and what is known of them.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn people_courses_activities(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "upserts").await;
    let other = Tenant::new(storage, "upserts-other").await;

    let ada = PersonRecord {
        name: "Ada Łukasiewicz".to_owned(),
        family_name: "Łukasiewicz".to_owned(),
        email: "ada@example.org".to_owned(),
        ..person(tenant.registration, "user-1")
    };
    let mut work = write(storage).await;
    assert_eq!(
        done(work.put_person(&ada).await),
        ada.id,
        "a new person keeps the id that was given"
    );
    let again = PersonRecord {
        id: PersonId::new(time(1), random()),
        name: String::new(),
        family_name: String::new(),
        email: String::new(),
        ..ada.clone()
    };
    assert_eq!(
        done(work.put_person(&again).await),
        ada.id,
        "a known person keeps their id"
    );
    assert_eq!(
        done(work.person(tenant.registration, ada.id).await).as_ref(),
        Some(&ada),
        "empty names and addresses do not erase known ones"
    );
    let partly = PersonRecord {
        name: "Ada Smith".to_owned(),
        ..again.clone()
    };
    done(work.put_person(&partly).await);
    let known = done(work.person(tenant.registration, ada.id).await).expect("Ada is known");
    assert_eq!(
        (
            known.name.as_str(),
            known.family_name.as_str(),
            known.email.as_str()
        ),
        ("Ada Smith", "Łukasiewicz", "ada@example.org"),
        "each of the names and the address is kept by itself"
    );
    let new = PersonRecord {
        name: "Ada Smith".to_owned(),
        family_name: "Smith".to_owned(),
        email: "smith@example.org".to_owned(),
        is_preview: true,
        ..ada.clone()
    };
    done(work.put_person(&new).await);
    assert_eq!(
        done(work.person(tenant.registration, ada.id).await).as_ref(),
        Some(&new),
        "a new name and address take the place of the old, and so does what they are"
    );
    assert_eq!(
        done(work.person(tenant.registration, again.id).await),
        None,
        "the id that did not count stands for nobody"
    );
    let namesake = person(other.registration, "user-1");
    assert_eq!(
        done(work.put_person(&namesake).await),
        namesake.id,
        "the same subject under another registration is another person"
    );
    save(work).await;

    let course = CourseRecord {
        title: "Mentoring – spring".to_owned(),
        memberships_url: Some("https://vle.example/memberships".to_owned()),
        line_items_url: Some("https://vle.example/lineitems".to_owned()),
        groups_url: Some("https://vle.example/groups".to_owned()),
        ..course(tenant.registration, "course-1")
    };
    let mut work = write(storage).await;
    assert_eq!(
        done(work.put_course(&course).await),
        course.id,
        "a new course keeps the id that was given"
    );
    let again = CourseRecord {
        id: CourseId::new(time(1), random()),
        title: "Mentoring – summer".to_owned(),
        memberships_url: None,
        line_items_url: None,
        groups_url: None,
        ..course.clone()
    };
    assert_eq!(
        done(work.put_course(&again).await),
        course.id,
        "a known course keeps its id"
    );
    assert_eq!(
        done(work.course(tenant.registration, course.id).await),
        Some(CourseRecord {
            title: again.title.clone(),
            ..course.clone()
        }),
        "service addresses that are none do not erase known ones, and the title follows"
    );
    let moved = CourseRecord {
        memberships_url: Some("https://vle.example/memberships/2".to_owned()),
        ..again.clone()
    };
    done(work.put_course(&moved).await);
    let known =
        done(work.course(tenant.registration, course.id).await).expect("the course is known");
    assert_eq!(
        (known.memberships_url, known.line_items_url),
        (moved.memberships_url, course.line_items_url.clone()),
        "each service address is kept or replaced by itself"
    );
    for (promise, another) in [
        (
            "the same context of another deployment is another course",
            CourseRecord {
                id: CourseId::new(time(2), random()),
                deployment: "2".to_owned(),
                ..course.clone()
            },
        ),
        (
            "the same context under another registration is another course",
            CourseRecord {
                id: CourseId::new(time(3), random()),
                registration: other.registration,
                ..course.clone()
            },
        ),
    ] {
        assert_eq!(
            done(work.put_course(&another).await),
            another.id,
            "{promise}"
        );
    }
    save(work).await;

    let first = ActivityRecord {
        unit: Some("ilm-8577-304".to_owned()),
        line_item_url: Some("https://vle.example/lineitems/5/lineitem?type_id=1".to_owned()),
        line_items_url: Some("https://vle.example/lineitems?block=5".to_owned()),
        grade_scopes: vec![
            "https://purl.imsglobal.org/spec/lti-ags/scope/score".to_owned(),
            "https://purl.imsglobal.org/spec/lti-ags/scope/result.readonly".to_owned(),
        ],
        platform_family: "moodle".to_owned(),
        ..activity(tenant.registration, course.id, "link-1")
    };
    let mut work = write(storage).await;
    assert_eq!(
        done(work.put_activity(&first).await),
        first,
        "a new activity is kept as it was given"
    );
    let again = ActivityRecord {
        id: ActivityId::new(time(1), random()),
        title: "Renamed".to_owned(),
        unit: None,
        line_item_url: None,
        line_items_url: None,
        grade_scopes: Vec::new(),
        ..first.clone()
    };
    let counts = ActivityRecord {
        title: again.title.clone(),
        grade_scopes: Vec::new(),
        ..first.clone()
    };
    assert_eq!(
        done(work.put_activity(&again).await),
        counts,
        "a known activity keeps its id, and its unit, line item and address where the new ones are none"
    );
    assert_eq!(
        done(work.activity(tenant.registration, first.id).await),
        Some(counts),
        "what adding an activity returns is what is kept"
    );
    let renamed = ActivityRecord {
        unit: Some("ilm-8577-306".to_owned()),
        line_item_url: Some("https://vle.example/lineitems/6".to_owned()),
        ..first.clone()
    };
    assert_eq!(
        done(work.put_activity(&renamed).await),
        renamed,
        "a new unit and line item take the place of the old"
    );
    let bare = activity(tenant.registration, course.id, "link-2");
    assert_eq!(
        done(work.put_activity(&bare).await),
        bare,
        "an activity may have no unit, no line item and no scopes"
    );
    assert!(
        done(
            work.set_activity_unit(tenant.registration, bare.id, "ilm-8577-304")
                .await
        ),
        "naming the unit of a known activity says that it is there"
    );
    save(work).await;
    let mut work = read(storage).await;
    assert_eq!(
        done(work.activity(tenant.registration, bare.id).await),
        Some(ActivityRecord {
            unit: Some("ilm-8577-304".to_owned()),
            ..bare
        }),
        "the unit is kept"
    );
    assert_eq!(
        done(work.activity(tenant.registration, first.id).await),
        Some(renamed),
        "setting one activity's unit leaves the others alone"
    );
    let found = |link: Option<&'static str>, line_item: Option<&'static str>| (link, line_item);
    for (promise, (link, line_item), expected) in [
        ("by its link", found(Some("link-1"), None), Some(first.id)),
        (
            "by its line item where no link is given",
            found(None, Some("https://vle.example/lineitems/6")),
            Some(first.id),
        ),
        (
            "by its link alone where both are given",
            found(Some("link-3"), Some("https://vle.example/lineitems/6")),
            None,
        ),
        ("by nothing", found(None, None), None),
    ] {
        let activities = done(
            work.find_activities(tenant.registration, link, line_item)
                .await,
        );
        assert_eq!(
            activities.first().map(|activity| activity.id),
            expected,
            "an activity is found {promise}"
        );
    }
    assert_eq!(
        done(
            work.find_activities(other.registration, Some("link-1"), None)
                .await
        ),
        [],
        "activities of another tenant are not found"
    );
    let known = done(work.person(tenant.registration, tenant.learner).await).expect("a person");
    assert_eq!(
        done(
            work.person_by_subject(tenant.registration, &known.subject)
                .await
        ),
        Some(known.clone()),
        "a person is found by the platform's id"
    );
    assert_eq!(
        done(work.person_by_subject(tenant.registration, "nobody").await),
        None,
        "an unknown platform id finds nobody"
    );
}

/// A launch that would change nothing is recognised, and no other.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn unchanged_launches(storage: &dyn Storage) {
    type Change = fn(&mut PersonRecord, &mut CourseRecord, &mut ActivityRecord);
    let tenant = Tenant::new(storage, "unchanged").await;
    let person = PersonRecord {
        name: "Ada Smith".to_owned(),
        family_name: "Smith".to_owned(),
        email: "ada@example.org".to_owned(),
        ..person(tenant.registration, "learner")
    };
    let text = |text: &str| Some(text.to_owned());
    let course = CourseRecord {
        memberships_url: text("https://vle.example/members"),
        line_items_url: text("https://vle.example/items"),
        groups_url: text("https://vle.example/groups"),
        ..course(tenant.registration, "context")
    };
    let activity = ActivityRecord {
        unit: text("ilm-8577-304"),
        line_item_url: text("https://vle.example/items/1"),
        line_items_url: text("https://vle.example/items"),
        grade_scopes: vec!["scope".to_owned()],
        platform_family: "moodle".to_owned(),
        link: text("chosen"),
        hand_in_by: Some(time(9)),
        ..activity(tenant.registration, tenant.course, "link")
    };
    let ids = Some((tenant.learner, tenant.course, tenant.activity));
    let mut work = write(storage).await;
    done(work.put_person(&person).await);
    done(work.put_course(&course).await);
    done(work.put_activity(&activity).await);
    assert_eq!(
        done(work.unchanged(&person, &course, &activity).await),
        None,
        "nothing counts as unchanged in a deployment that is not registered"
    );
    done(work.add_deployment(tenant.registration, "1").await);
    save(work).await;

    let changes: [(&str, Change); 25] = [
        ("the same again", |_, _, _| {}),
        ("another subject", |person, _, _| person.subject.push('2')),
        ("another name", |person, _, _| person.name.push('e')),
        ("no name", |person, _, _| person.name.clear()),
        ("another family name", |person, _, _| {
            person.family_name.push('e');
        }),
        ("no family name", |person, _, _| person.family_name.clear()),
        ("another address", |person, _, _| person.email.push('e')),
        ("no address", |person, _, _| person.email.clear()),
        ("a preview learner", |person, _, _| person.is_preview = true),
        ("another course", |_, course, _| course.context.push('2')),
        ("another course title", |_, course, _| {
            course.title.push('!');
        }),
        ("another roster", |_, course, _| {
            course.memberships_url = Some(String::new());
        }),
        ("no roster", |_, course, _| course.memberships_url = None),
        ("other line items", |_, course, _| {
            course.line_items_url = Some(String::new());
        }),
        ("other groups", |_, course, _| {
            course.groups_url = Some(String::new());
        }),
        ("another link", |_, _, activity| {
            activity.resource_link.push('2');
        }),
        ("another title", |_, _, activity| activity.title.push('!')),
        ("another unit", |_, _, activity| {
            activity.unit = Some("acme-101".to_owned());
        }),
        ("no unit", |_, _, activity| activity.unit = None),
        ("another line item", |_, _, activity| {
            activity.line_item_url = Some(String::new());
        }),
        ("no line item", |_, _, activity| {
            activity.line_item_url = None;
        }),
        ("other scopes", |_, _, activity| {
            activity.grade_scopes.clear();
        }),
        ("another family", |_, _, activity| {
            activity.platform_family.clear();
        }),
        ("another chosen link", |_, _, activity| {
            activity.link = Some(String::new());
        }),
        ("another date", |_, _, activity| {
            activity.hand_in_by = Some(time(10));
        }),
    ];
    for (name, change) in changes {
        let (mut person, mut course, mut activity) =
            (person.clone(), course.clone(), activity.clone());
        change(&mut person, &mut course, &mut activity);
        let mut work = write(storage).await;
        let found = done(work.unchanged(&person, &course, &activity).await);
        let before = kept(work.as_mut(), &tenant).await;
        let put = (
            done(work.put_person(&person).await),
            done(work.put_course(&course).await),
            done(work.put_activity(&activity).await).id,
        );
        let after = kept(work.as_mut(), &tenant).await;
        let expected = ids.filter(|ids| *ids == put && before == after);
        assert_eq!(
            found, expected,
            "{name} counts as unchanged where putting it changes nothing"
        );
    }

    let without_unit = ActivityRecord {
        unit: None,
        resource_link: "no unit yet".to_owned(),
        ..activity
    };
    let mut work = write(storage).await;
    done(work.put_activity(&without_unit).await);
    assert_eq!(
        done(work.unchanged(&person, &course, &without_unit).await),
        None,
        "an activity without a unit is always worth another look"
    );
}

/// What is kept of the tenant's learner, course and activity.
async fn kept(
    work: &mut dyn UnitOfWork,
    tenant: &Tenant,
) -> (
    Option<PersonRecord>,
    Option<CourseRecord>,
    Option<ActivityRecord>,
) {
    (
        done(work.person(tenant.registration, tenant.learner).await),
        done(work.course(tenant.registration, tenant.course).await),
        done(work.activity(tenant.registration, tenant.activity).await),
    )
}

/// Whatever takes a registration finds nothing of another's.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn tenant_walls(storage: &dyn Storage) {
    let mine = Tenant::new(storage, "walls-mine").await;
    let other = Tenant::new(storage, "walls-other").await;
    let submission = mine.submission(storage).await;
    let decision = decision(&submission, &mine, 5);
    let file = file(&submission, 5);
    let mut work = write(storage).await;
    done(work.add_evidence(&file).await);
    done(
        work.put_member(mine.course, mine.learner, Role::Learner, time(1))
            .await,
    );
    done(work.begin_reading(mine.course, time(0), time(1)).await);
    let end = ReadingEnd {
        at: time(1),
        complete: true,
        unnamed: Unnamed::Left,
        seen: 1,
        problem: String::new(),
        differences_url: None,
        paused_until: None,
    };
    done(work.end_reading(mine.course, time(0), &end).await);
    let group = GroupRecord {
        id: "g".to_owned(),
        name: "A group".to_owned(),
    };
    done(work.put_groups(mine.course, &[group]).await);
    done(work.put_check(&check(&submission)).await);
    done(
        work.put_sheet_line(&line(&submission, &mine, "1.1", Award::Marks(8)))
            .await,
    );
    done(work.add_decision(&decision).await);
    done(
        work.put_passback(&PassbackRecord {
            delivery: Delivery::Delivered,
            ..passback(&decision, &mine, mine.learner, 0)
        })
        .await,
    );
    done(work.put_line_item(&line_item(&mine)).await);
    done(work.add_deployment(mine.registration, "only-mine").await);
    save(work).await;

    let (count_mine, count_other) = (
        found(storage, mine.registration, &mine, submission.id, file.id).await,
        found(storage, other.registration, &mine, submission.id, file.id).await,
    );
    for ((method, own), (_, foreign)) in count_mine.iter().zip(&count_other) {
        assert_eq!(*own, 1, "`{method}` finds what its own registration has");
        assert_eq!(
            *foreign, 0,
            "`{method}` finds nothing when another registration asks"
        );
    }

    let mut work = write(storage).await;
    assert!(
        !done(
            work.set_activity_unit(other.registration, mine.activity, "theirs")
                .await
        ),
        "`set_activity_unit` finds nothing when another registration asks"
    );
    assert!(
        !done(
            work.ask_for_roster(other.registration, mine.course, time(5))
                .await
        ),
        "`ask_for_roster` finds nothing when another registration asks"
    );
    let theirs = LineItemRecord {
        registration: other.registration,
        url: "https://evil.example/".to_owned(),
        ..line_item(&mine)
    };
    done(work.put_line_item(&theirs).await);
    save(work).await;
    let mut work = read(storage).await;
    let activity = done(work.activity(mine.registration, mine.activity).await);
    assert!(
        activity.is_some_and(|record| record.unit.is_none()),
        "another registration changes nothing"
    );
    assert_eq!(
        done(work.line_item(mine.registration, mine.activity).await),
        Some(line_item(&mine)),
        "another registration changes nothing"
    );
}

/// What each method that takes a registration finds of `tenant`, as a table.
async fn found(
    storage: &dyn Storage,
    asking: RegistrationId,
    tenant: &Tenant,
    submission: SubmissionId,
    file: EvidenceId,
) -> Vec<(&'static str, usize)> {
    let mut work = read(storage).await;
    let deployments = done(work.deployments(asking).await);
    let roster = RosterQuery {
        registration: asking,
        course: tenant.course,
        search: "",
        who: RosterFilter::Here,
    };
    let cohort = CohortQuery {
        registration: asking,
        course: tenant.course,
        activity: tenant.activity,
        search: "",
        group: None,
    };
    vec![
        (
            "deployments",
            deployments
                .iter()
                .filter(|name| *name == "only-mine")
                .count(),
        ),
        (
            "person",
            done(work.person(asking, tenant.learner).await).iter().len(),
        ),
        (
            "course",
            done(work.course(asking, tenant.course).await).iter().len(),
        ),
        (
            "activity",
            done(work.activity(asking, tenant.activity).await)
                .iter()
                .len(),
        ),
        ("roster", done(work.roster(&roster, 9, 0).await).len()),
        (
            "roster_count",
            done(work.roster_count(&roster).await) as usize,
        ),
        (
            "readings",
            done(work.readings(asking, tenant.course, 9).await).len(),
        ),
        (
            "groups",
            done(work.groups(asking, tenant.course).await).len(),
        ),
        (
            "cohort",
            done(work.cohort(&cohort, CohortFilter::All, 9, 0).await).len(),
        ),
        (
            "cohort_counts",
            done(work.cohort_counts(&cohort).await)[0] as usize,
        ),
        (
            "submission",
            done(work.submission(asking, submission).await).iter().len(),
        ),
        (
            "has_submissions",
            usize::from(done(work.has_submissions(asking, tenant.activity).await)),
        ),
        (
            "evidence_file",
            done(work.evidence_file(asking, file).await).iter().len(),
        ),
        (
            "passbacks",
            done(work.passbacks(asking, tenant.activity).await).len(),
        ),
        (
            "line_item",
            done(work.line_item(asking, tenant.activity).await)
                .iter()
                .len(),
        ),
    ]
}

/// Submissions are numbered, the latest one counts, and nobody overwrites unseen changes.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn submissions(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "submissions").await;
    let first = tenant.submission(storage).await;
    let mut work = read(storage).await;
    assert_eq!(
        done(work.submission(tenant.registration, first.id).await).as_ref(),
        Some(&first),
        "a submission comes back as it was added"
    );
    drop(work);

    let mut work = write(storage).await;
    let same_number = SubmissionRecord {
        id: SubmissionId::new(time(1), random()),
        ..first.clone()
    };
    conflict(
        work.add_submission(&same_number).await,
        "a learner's second submission of the same number is a conflict",
    );
    drop(work);

    let handed_in = SubmissionRecord {
        state: State::Checked,
        refuses_script_use: true,
        declared_at: Some(time(111)),
        submitted_at: Some(time(222)),
        plugin: Some(plugin()),
        changed_at: time(333),
        ..first.clone()
    };
    let mut work = write(storage).await;
    done(work.update_submission(&handed_in).await);
    save(work).await;
    let handed_in = SubmissionRecord {
        version: first.version + 1,
        ..handed_in
    };
    let mut work = write(storage).await;
    assert_eq!(
        done(work.submission(tenant.registration, first.id).await).as_ref(),
        Some(&handed_in),
        "an update writes state and facts and counts the version up by one"
    );
    conflict(
        work.update_submission(&first).await,
        "an update from an old version is a conflict",
    );
    drop(work);
    let mut work = write(storage).await;
    conflict(
        work.update_submission(&SubmissionRecord {
            version: handed_in.version + 1,
            ..first.clone()
        })
        .await,
        "an update from a version that does not exist yet is a conflict",
    );
    drop(work);
    let mut work = write(storage).await;
    conflict(
        work.update_submission(&same_number).await,
        "an update of an unknown submission is a conflict",
    );
    drop(work);
    let mut work = read(storage).await;
    assert_eq!(
        done(work.submission(tenant.registration, first.id).await).as_ref(),
        Some(&handed_in),
        "an update that met a conflict changed nothing"
    );
    drop(work);

    let update = async |state| {
        let mut work = write(storage).await;
        let result = work
            .update_submission(&SubmissionRecord {
                state,
                ..handed_in.clone()
            })
            .await;
        if result.is_ok() {
            save(work).await;
        }
        result
    };
    let results = join(update(State::InAssessment), update(State::Draft)).await;
    assert!(
        matches!(
            results,
            (Ok(()), Err(StorageError::Conflict(_))) | (Err(StorageError::Conflict(_)), Ok(()))
        ),
        "of two updates at once from the same version, one is a conflict: {results:?}"
    );

    // Every state can be kept. This unit of work is dropped.
    let mut work = write(storage).await;
    for (state, number) in State::ALL.into_iter().zip(1..) {
        let id = SubmissionId::new(time(6), random());
        let record = SubmissionRecord {
            id,
            number,
            state,
            person: tenant.bystander,
            ..first.clone()
        };
        done(work.add_submission(&record).await);
        assert_eq!(
            done(work.submission(tenant.registration, id).await),
            Some(record),
            "a submission comes back as it was added, whatever its state"
        );
    }
    drop(work);

    let second = SubmissionRecord {
        id: SubmissionId::new(time(0), random()),
        number: 2,
        ..first.clone()
    };
    let mut work = write(storage).await;
    done(work.add_submission(&second).await);
    save(work).await;

    let mut work = read(storage).await;
    assert_eq!(
        done(
            work.latest_submission(tenant.activity, tenant.learner)
                .await
        )
        .as_ref(),
        Some(&second),
        "the latest submission is the one of the highest number"
    );
    for (number, expected) in [(1, true), (2, true), (3, false)] {
        let found = done(
            work.numbered_submission(tenant.activity, tenant.learner, number)
                .await,
        );
        assert_eq!(
            found.map(|record| record.number),
            expected.then_some(number)
        );
    }
    assert_eq!(
        done(
            work.latest_submission(tenant.activity, tenant.bystander)
                .await
        ),
        None,
        "who has handed nothing in has no latest submission"
    );
    assert!(
        done(
            work.has_submissions(tenant.registration, tenant.activity)
                .await
        ),
        "an activity that somebody has begun to work on has submissions"
    );
}

/// Files come back as they were added, with what was read of them.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn evidence(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "evidence").await;
    let submission = tenant.submission(storage).await;
    let other = SubmissionRecord {
        id: SubmissionId::new(time(1), random()),
        person: tenant.bystander,
        ..submission.clone()
    };
    let text = "AC 1.1 – Beschreiben\nZażółć gęślą jaźń 導師 👩‍🏫 e\u{301}\u{2028}next\u{a0}one \"quoted\" \\ back\n";
    let read_document = ReadDocument {
        text: text.to_owned(),
        labels: "1.\n•\n".to_owned(),
        kind: vec![block::HEADING, block::PARAGRAPH, block::LIST_ITEM],
        level: vec![1, 0, 0],
        style: vec![style::BOLD, 0, 0],
        part: vec![0, 0, 1],
        more: vec![NumberColumn {
            name: "page".to_owned(),
            numbers: vec![1, 1, u32::MAX],
        }],
        warnings: vec![Warning {
            code: "pictures".to_owned(),
            message: "Bilder wurden ausgelassen – „zwei“.".to_owned(),
            count: 2,
        }],
    };
    let mut document = Document::new("assignment", 0, "Aufgabe – Ärzte 導.docx", read_document)
        .expect("the columns fit the text");
    document.sections = vec![Section {
        kind: "criterion".to_owned(),
        id: "1.1".to_owned(),
        heading: Some(0),
        start: 1,
        end: 2,
        words: 8,
        found_by: "number".to_owned(),
    }];
    let with_document = EvidenceRecord {
        id: EvidenceId::new(time(3), random()),
        file_name: document.file_name.clone(),
        bytes: 5_000_000_000,
        document: Some(document),
        ..file(&submission, 2_001)
    };
    let with_failure = EvidenceRecord {
        id: EvidenceId::new(time(2), random()),
        file_name: "scan.pdf".to_owned(),
        bytes: 0,
        added_at: time(2_002),
        document: None,
        failure: Some(ReadFailure {
            code: "image-only".to_owned(),
            message: "The file holds pictures of text only.".to_owned(),
        }),
        ..with_document.clone()
    };
    let with_neither = EvidenceRecord {
        id: EvidenceId::new(time(1), random()),
        added_at: time(2_003),
        document: None,
        failure: None,
        ..with_document.clone()
    };
    let of_another = EvidenceRecord {
        id: EvidenceId::new(time(1), random()),
        submission: other.id,
        ..with_failure.clone()
    };

    let mut work = write(storage).await;
    done(work.add_submission(&other).await);
    // Neither the order of adding nor that of the ids is that of time.
    for record in [&with_neither, &of_another, &with_document, &with_failure] {
        done(work.add_evidence(record).await);
    }
    save(work).await;
    let mut work = write(storage).await;
    assert_eq!(
        done(work.evidence(submission.id).await),
        [
            with_document.clone(),
            with_failure.clone(),
            with_neither.clone()
        ],
        "a submission's files come back as they were added, oldest first, and no others"
    );
    assert_eq!(
        done(
            work.evidence_file(tenant.registration, with_document.id)
                .await
        )
        .as_ref(),
        Some(&with_document),
        "one file comes back as it was added"
    );
    assert!(
        !done(work.remove_evidence(submission.id, of_another.id).await),
        "a file of another submission cannot be removed"
    );
    assert!(
        done(work.remove_evidence(submission.id, with_failure.id).await),
        "removing a file says that it was there"
    );
    assert!(
        !done(work.remove_evidence(submission.id, with_failure.id).await),
        "a file that is gone cannot be removed again"
    );
    save(work).await;
    let mut work = read(storage).await;
    assert_eq!(
        done(
            work.evidence_file(tenant.registration, with_failure.id)
                .await
        ),
        None,
        "a file that is gone is not found"
    );
    assert_eq!(
        done(work.evidence(submission.id).await),
        [with_document, with_neither],
        "removing a file leaves the others"
    );
    assert_eq!(
        done(work.evidence(other.id).await),
        [of_another],
        "removing a file leaves other submissions alone"
    );
}

/// Rows are saved over the version that their writer saw.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn tables(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "tables").await;
    let submission = tenant.submission(storage).await;
    let read = ReadTable {
        title: "Tagebuch – „eins“".to_owned(),
        row_count: 2,
        columns: vec![ReadColumn {
            heading: "Client".to_owned(),
            kind: vec![1, 0],
            cells: "Zoë\u{2028}導師 \"A\"\n".to_owned(),
            written: String::new(),
        }],
        source_row: vec![2, u32::MAX],
        headings: "marked".to_owned(),
        warnings: Vec::new(),
    };
    let rows = Rows {
        read: read.clone(),
        matching: Matching {
            fields: vec![FieldMatch {
                field: "client".to_owned(),
                column: Some(0),
                found_by: "title".to_owned(),
            }],
        },
        files: vec![EvidenceId::new(time(1), random())],
    };
    let first = TableRecord {
        submission: submission.id,
        slot: "diary".to_owned(),
        rows: rows.clone(),
        before: None,
        import: Some(ImportRecord {
            file: rows.files.first().copied(),
            name: "Tagebuch.xlsx".to_owned(),
            tables: vec![read, ReadTable::default()],
        }),
        digest: "0a".repeat(32),
        version: 0,
        changed_at: time(500),
    };
    let mut work = write(storage).await;
    assert_eq!(
        done(work.tables(submission.id).await),
        [],
        "a submission begins without tables"
    );
    conflict(
        work.put_table(&TableRecord {
            version: 1,
            ..first.clone()
        })
        .await,
        "a table that was never saved cannot be saved over a version",
    );
    assert_eq!(
        done(work.put_table(&first).await),
        1,
        "the first save makes version 1"
    );
    let other = TableRecord {
        slot: "contracts".to_owned(),
        ..first.clone()
    };
    assert_eq!(
        done(work.put_table(&other).await),
        1,
        "each table counts its own versions"
    );
    save(work).await;

    let next = TableRecord {
        rows: Rows::default(),
        before: Some(rows),
        import: None,
        digest: "0b".repeat(32),
        version: 1,
        changed_at: time(600),
        ..first.clone()
    };
    let mut work = write(storage).await;
    for version in [0, 2] {
        conflict(
            work.put_table(&TableRecord {
                version,
                ..next.clone()
            })
            .await,
            "a save over another version is a conflict",
        );
    }
    assert_eq!(
        done(work.put_table(&next).await),
        2,
        "each save counts the version up by one"
    );
    save(work).await;
    let mut work = self::read(storage).await;
    assert_eq!(
        done(work.tables(submission.id).await),
        [
            TableRecord {
                version: 1,
                ..other
            },
            TableRecord { version: 2, ..next }
        ],
        "tables come back by slot, as they were saved, to the last letter"
    );
}

/// The last report of the checks counts.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn checks(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "checks").await;
    let submission = tenant.submission(storage).await;
    let unchecked = SubmissionRecord {
        id: SubmissionId::new(time(1), random()),
        person: tenant.bystander,
        ..submission.clone()
    };
    let first = check(&submission);
    let second = CheckRecord {
        report: CheckReport {
            findings: Vec::new(),
            failures: vec![CheckFailure {
                stage: "check".to_owned(),
                code: "took-too-long".to_owned(),
                message: "The check ran into its time limit.".to_owned(),
            }],
        },
        plugin: PluginRecord {
            version: "1.1.0".to_owned(),
            ..plugin()
        },
        // Checks of earlier versions did not keep it.
        overlays: None,
        at: time(9_999),
        ..first.clone()
    };
    let mut work = write(storage).await;
    done(work.add_submission(&unchecked).await);
    assert_eq!(
        done(work.check(submission.id).await),
        None,
        "a submission that was not checked has no report"
    );
    done(work.put_check(&first).await);
    assert_eq!(
        done(work.check(submission.id).await).as_ref(),
        Some(&first),
        "a report comes back as it was put, to the last digit"
    );
    done(work.put_check(&second).await);
    save(work).await;
    let mut work = read(storage).await;
    assert_eq!(
        done(work.check(submission.id).await).as_ref(),
        Some(&second),
        "a new report takes the place of the old, with its plugin and time"
    );
    drop(work);

    let mut work = write(storage).await;
    assert_eq!(done(work.recheck(submission.id).await), None);
    done(work.put_recheck(&second).await);
    done(work.put_recheck(&first).await);
    assert_eq!(
        (
            done(work.check(submission.id).await).as_ref(),
            done(work.recheck(submission.id).await).as_ref()
        ),
        (Some(&second), Some(&first)),
        "what was found after a correction stands beside what was found before"
    );
    done(work.remove_recheck(submission.id).await);
    assert_eq!(done(work.recheck(submission.id).await), None);
    save(work).await;
}

/// What people say about the parts of a document, each role in its own layer.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn part_marks(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "part-marks").await;
    let submission = tenant.submission(storage).await;
    let (mine, other) = (file(&submission, 1), file(&submission, 2));
    let said = |evidence: &EvidenceRecord, block, role, begins: &Begins, at| PartMarkRecord {
        evidence: evidence.id,
        block,
        role,
        begins: begins.clone(),
        by: tenant.learner,
        at: time(at),
    };
    let answer = Begins::Answer(vec!["1.1".to_owned(), "2.4".to_owned()]);
    let mut work = write(storage).await;
    done(work.add_evidence(&mine).await);
    done(work.add_evidence(&other).await);
    for record in [
        said(&mine, 7, Role::Learner, &Begins::Nothing, 1),
        said(&mine, 7, Role::Assessor, &Begins::NoAnswer, 5),
        said(&mine, 7, Role::Learner, &answer, 3),
        said(&other, 0, Role::Learner, &answer, 4),
    ] {
        done(work.put_part_mark(&record).await);
    }
    save(work).await;
    let mut work = write(storage).await;
    assert_eq!(
        done(work.part_marks(submission.id).await),
        [
            said(&mine, 7, Role::Learner, &answer, 3),
            said(&other, 0, Role::Learner, &answer, 4),
            said(&mine, 7, Role::Assessor, &Begins::NoAnswer, 5),
        ],
        "the last word of a role on a block counts, and the latest stands last"
    );
    assert_eq!(
        done(
            work.remove_part_marks(mine.id, Role::Learner, Some(8))
                .await
        ),
        0
    );
    assert_eq!(
        done(
            work.remove_part_marks(mine.id, Role::Learner, Some(7))
                .await
        ),
        1
    );
    assert_eq!(
        done(work.part_marks(submission.id).await).len(),
        2,
        "another role’s word and another file’s stay"
    );
    assert_eq!(
        done(work.remove_part_marks(mine.id, Role::Assessor, None).await),
        1
    );
    assert!(done(work.remove_evidence(submission.id, other.id).await));
    assert!(
        done(work.part_marks(submission.id).await).is_empty(),
        "what was said about a file goes with it"
    );
    save(work).await;
}

/// Typed text is saved over the version that its writer saw.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn typed_answers(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "typed-answers").await;
    let submission = tenant.submission(storage).await;
    let answer = |criterion: &str, text: &str, version| TypedAnswerRecord {
        submission: submission.id,
        slot: "assignment".to_owned(),
        criterion: criterion.to_owned(),
        text: text.to_owned(),
        version,
    };
    let mut work = write(storage).await;
    assert_eq!(
        done(
            work.put_typed_answer(&answer("1.2", "żółw\n“two”", 0))
                .await
        ),
        1
    );
    assert_eq!(
        done(work.put_typed_answer(&answer("1.1", "one", 0)).await),
        1
    );
    assert_eq!(
        done(work.put_typed_answer(&answer("1.1", "two", 1)).await),
        2
    );
    conflict(
        work.put_typed_answer(&answer("1.1", "lost", 1)).await,
        "an answer that moved on is not overwritten",
    );
    conflict(
        work.put_typed_answer(&answer("1.1", "lost", 0)).await,
        "an answer that is there is not begun again",
    );
    conflict(
        work.put_typed_answer(&answer("1.3", "lost", 1)).await,
        "an answer that was removed does not come back",
    );
    assert_eq!(
        done(work.typed_answers(submission.id).await),
        [answer("1.1", "two", 2), answer("1.2", "żółw\n“two”", 1),]
    );
    done(work.remove_typed_answers(submission.id, "portfolio").await);
    assert_eq!(done(work.typed_answers(submission.id).await).len(), 2);
    done(work.remove_typed_answers(submission.id, "assignment").await);
    assert!(done(work.typed_answers(submission.id).await).is_empty());
    save(work).await;
}

/// Words to be taken out of copies, each once.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn redacted_words(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "redacted-words").await;
    let submission = tenant.submission(storage).await;
    let mut work = write(storage).await;
    for word in ["Przemek", "Ann", "Przemek"] {
        done(
            work.add_redacted_word(submission.id, word, tenant.assessor, time(1))
                .await,
        );
    }
    assert_eq!(
        done(work.redacted_words(submission.id).await),
        ["Ann", "Przemek"]
    );
    done(work.remove_redacted_word(submission.id, "Ann").await);
    done(work.remove_redacted_word(submission.id, "nobody").await);
    assert_eq!(done(work.redacted_words(submission.id).await), ["Przemek"]);
    save(work).await;
}

/// An installed plugin stays as it is, and the latest default counts.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn plugins(storage: &dyn Storage) {
    let version = |version: &str, digest: &str| PluginRecord {
        id: "plugins-unit".to_owned(),
        version: version.to_owned(),
        digest: digest.to_owned(),
    };
    let installed = |plugin: PluginRecord, at| InstalledRecord {
        plugin,
        kind: "unit".to_owned(),
        source: "unit.wasm".to_owned(),
        signed_by: Some("A college".to_owned()),
        bytes: 1 << 33,
        installed_at: time(at),
    };
    let old = installed(version("1.0.0", "0a"), 1);
    let new = InstalledRecord {
        signed_by: None,
        ..installed(version("1.1.0", "0b"), 2)
    };
    let mut work = write(storage).await;
    assert!(done(work.add_plugin(&old).await));
    assert!(done(work.add_plugin(&new).await));
    let again = InstalledRecord {
        source: "another.wasm".to_owned(),
        ..old.clone()
    };
    assert!(!done(work.add_plugin(&again).await), "it is there already");
    // Who signed it is said once.
    done(work.sign_plugin(&new.plugin.digest, "A college", 12).await);
    done(work.sign_plugin(&new.plugin.digest, "Another", 13).await);
    let new = InstalledRecord {
        signed_by: Some("A college".to_owned()),
        bytes: 12,
        ..new
    };
    save(work).await;
    let of_unit = |records: Vec<InstalledRecord>| -> Vec<InstalledRecord> {
        let records = records.into_iter();
        records
            .filter(|record| record.plugin.id == "plugins-unit")
            .collect()
    };
    let mut work = read(storage).await;
    assert_eq!(
        of_unit(done(work.plugins().await)),
        [new.clone(), old.clone()]
    );
    drop(work);

    let default = |record: &InstalledRecord, at| DefaultRecord {
        plugin: record.plugin.clone(),
        reason: "It is better.".to_owned(),
        at: time(at),
    };
    let mut work = write(storage).await;
    // Of two at the same moment the one that was added later counts.
    let by_and_by = [default(&old, 3), default(&new, 4), default(&old, 4)];
    for record in &by_and_by {
        done(work.add_default(record).await);
    }
    save(work).await;
    let mut work = read(storage).await;
    let mut found = done(work.defaults().await);
    found.retain(|record| record.plugin.id == "plugins-unit");
    found.reverse();
    assert_eq!(found, by_and_by);
    drop(work);

    // Work of all tenants, the latest handed in first, and no drafts.
    let mut handed_in = Vec::new();
    for (name, submitted_at) in [
        ("plugins-a", Some(time(1))),
        ("plugins-b", Some(time(2))),
        ("plugins-c", None),
    ] {
        let tenant = Tenant::new(storage, name).await;
        let record = SubmissionRecord {
            submitted_at,
            ..tenant.submission(storage).await
        };
        let mut work = write(storage).await;
        done(
            work.set_activity_unit(tenant.registration, tenant.activity, "plugins-unit")
                .await,
        );
        done(work.update_submission(&record).await);
        save(work).await;
        handed_in.push(record.id);
    }
    let mut work = read(storage).await;
    let latest = async |work: &mut Box<dyn UnitOfWork>, most| -> Vec<SubmissionId> {
        let found = done(work.latest_submissions("plugins-unit", most).await);
        found.iter().map(|submission| submission.id).collect()
    };
    assert_eq!(latest(&mut work, 5).await, [handed_in[1], handed_in[0]]);
    assert_eq!(latest(&mut work, 1).await, [handed_in[1]]);
    drop(work);

    // Files of all tenants, the latest first, and what was typed is none.
    let file = |submission: usize, name: &str, at, typed| EvidenceRecord {
        id: EvidenceId::new(time(at), random()),
        submission: handed_in[submission],
        slot: "plugins".to_owned(),
        file_name: name.to_owned(),
        media_type: String::new(),
        bytes: 1,
        digest: String::new(),
        added_at: time(at),
        document: None,
        failure: None,
        typed,
    };
    let kept = [
        file(0, "a.plugins", 1, false),
        file(1, "B.PLUGINS", 2, false),
        file(1, "plugins", 3, false),
        file(1, "c.plugins", 4, true),
        file(2, "draft.plugins", 5, false),
    ];
    let mut work = write(storage).await;
    for file in &kept {
        done(work.add_evidence(file).await);
    }
    save(work).await;
    let mut work = read(storage).await;
    let files = async |work: &mut Box<dyn UnitOfWork>, most| -> Vec<String> {
        let found = done(work.latest_files(".plugins", most).await).into_iter();
        found.map(|(_, file)| file.file_name).collect()
    };
    assert_eq!(files(&mut work, 5).await, ["B.PLUGINS", "a.plugins"]);
    assert_eq!(files(&mut work, 1).await, ["B.PLUGINS"]);
}

/// A line of the sheet is saved over the version that its writer saw.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn sheet_lines(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "sheet-lines").await;
    let submission = tenant.submission(storage).await;
    let start = line(&submission, &tenant, "1.1", Award::Marks(7));

    let mut work = write(storage).await;
    conflict(
        work.put_sheet_line(&SheetLineRecord {
            version: 3,
            ..start.clone()
        })
        .await,
        "a line that was never saved cannot be saved over a version",
    );
    drop(work);
    let mut work = write(storage).await;
    assert_eq!(
        done(work.sheet_lines(submission.id).await),
        [],
        "a save that met a conflict adds no line"
    );
    assert_eq!(
        done(work.put_sheet_line(&start).await),
        1,
        "the first save makes version 1"
    );
    save(work).await;

    let next = SheetLineRecord {
        award: Award::Decision("referral".to_owned()),
        feedback: "Say more of \u{201c}boundaries\u{201d} – główne.\nSecond line.".to_owned(),
        band: "referral".to_owned(),
        version: 1,
        changed_by: tenant.bystander,
        changed_at: time(777),
        ..start.clone()
    };
    let mut work = write(storage).await;
    assert_eq!(
        done(work.put_sheet_line(&next).await),
        2,
        "each save counts the version up by one"
    );
    save(work).await;
    for (version, promise) in [
        (0, "a first save over a saved line is a conflict"),
        (1, "a save over an old version is a conflict"),
        (
            3,
            "a save over a version that does not exist yet is a conflict",
        ),
    ] {
        let mut work = write(storage).await;
        conflict(
            work.put_sheet_line(&SheetLineRecord {
                version,
                ..start.clone()
            })
            .await,
            promise,
        );
    }
    let mut work = write(storage).await;
    let next = SheetLineRecord { version: 2, ..next };
    assert_eq!(
        done(work.sheet_lines(submission.id).await),
        std::slice::from_ref(&next),
        "a save that met a conflict changes nothing, and a line comes back as it was saved"
    );
    let undecided = line(&submission, &tenant, "1.2", Award::Undecided);
    assert_eq!(
        done(work.put_sheet_line(&undecided).await),
        1,
        "each line counts its own versions"
    );
    save(work).await;

    let first_save = async |marks| {
        let mut work = write(storage).await;
        let result = work
            .put_sheet_line(&line(&submission, &tenant, "2.1", Award::Marks(marks)))
            .await;
        if result.is_ok() {
            save(work).await;
        }
        result.map(|version| (version, marks))
    };
    let winner = match join(first_save(3), first_save(4)).await {
        (Ok(winner), Err(StorageError::Conflict(_)))
        | (Err(StorageError::Conflict(_)), Ok(winner)) => winner,
        results => panic!("of two first saves at once, one is a conflict: {results:?}"),
    };

    let mut work = read(storage).await;
    let lines = done(work.sheet_lines(submission.id).await);
    let mut awards: Vec<_> = lines
        .iter()
        .map(|line| (line.criterion.as_str(), line.version, &line.award))
        .collect();
    awards.sort_by_key(|(criterion, ..)| *criterion);
    assert_eq!(
        awards,
        [
            ("1.1", 2, &next.award),
            ("1.2", 1, &Award::Undecided),
            ("2.1", winner.0, &Award::Marks(winner.1)),
        ],
        "of two writers at once, the one that was told so has written"
    );
    assert_eq!(
        done(work.marked_count(submission.id).await),
        2,
        "a criterion without a mark or decision does not count as marked"
    );
}

/// What an assessor thinks of a finding can be set, replaced and taken back.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn finding_verdicts(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "finding-verdicts").await;
    let submission = tenant.submission(storage).await;
    let verdict = |finding: &str, verdict: &str, at| FindingVerdictRecord {
        finding: finding.to_owned(),
        verdict: verdict.to_owned(),
        by: tenant.assessor,
        at: time(at),
    };
    let mut work = write(storage).await;
    for (finding, verdict, at) in [
        ("b", Some("confirmed"), 1),
        ("a", Some("dismissed"), 2),
        ("b", Some("dismissed"), 3),
        ("c", Some("confirmed"), 4),
        ("c", None, 5),
        ("d", None, 6),
    ] {
        done(
            work.put_finding_verdict(submission.id, finding, verdict, tenant.assessor, time(at))
                .await,
        );
    }
    save(work).await;
    let mut work = read(storage).await;
    let mut verdicts = done(work.finding_verdicts(submission.id).await);
    verdicts.sort_by(|one, other| one.finding.cmp(&other.finding));
    assert_eq!(
        verdicts,
        [verdict("a", "dismissed", 2), verdict("b", "dismissed", 3)],
        "the last verdict on a finding counts, and none takes it back"
    );
}

/// Decisions are only ever added, and a void is kept beside what it voids.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn decisions(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "decisions").await;
    let submission = tenant.submission(storage).await;
    // The older decision has the greater id, so that order by id would show.
    let second = decision(&submission, &tenant, 2_000);
    let first = decision(&submission, &tenant, 1_000);
    let mut work = write(storage).await;
    for record in [&second, &first] {
        done(work.add_decision(record).await);
    }
    save(work).await;

    let mut work = write(storage).await;
    assert_eq!(
        done(work.decisions(submission.id).await),
        [first.clone(), second.clone()],
        "a submission's decisions come back as they were signed, oldest first"
    );
    let changed = DecisionRecord {
        signed_name: "Somebody Else".to_owned(),
        ..first.clone()
    };
    assert!(
        work.add_decision(&changed).await.is_err(),
        "a decision cannot be written over"
    );
    drop(work);

    let mut work = write(storage).await;
    done(
        work.void_decision(
            first.id,
            tenant.assessor,
            time(1_500),
            "Wrong criterion – reopened",
        )
        .await,
    );
    save(work).await;
    let voided = DecisionRecord {
        voided: Some((time(1_500), "Wrong criterion – reopened".to_owned())),
        ..first.clone()
    };
    let mut work = write(storage).await;
    assert!(
        work.void_decision(first.id, tenant.assessor, time(1_600), "again")
            .await
            .is_err(),
        "a decision is voided once"
    );
    drop(work);
    let mut work = read(storage).await;
    assert_eq!(
        done(work.decisions(submission.id).await),
        [voided, second.clone()],
        "a decision that was voided stays on record as it was, with when and why"
    );
    assert_eq!(
        done(work.standing_decision(submission.id).await),
        Some(second),
        "the standing decision is the one that was not voided"
    );
}

/// The outbox holds one latest intention towards each learner, and tells each platform one
/// thing at a time.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn outbox(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "outbox").await;
    let submission = tenant.submission(storage).await;
    let (first, second) = (
        decision(&submission, &tenant, 1),
        decision(&submission, &tenant, 2),
    );
    let old = passback(&first, &tenant, tenant.learner, 1_000);
    let due = async || {
        let mut work = read(storage).await;
        done(work.next_passback_due().await)
    };
    let claim = async |now, lease_until, limit| {
        let mut work = write(storage).await;
        let claimed = done(
            work.claim_passbacks(time(now), time(lease_until), limit)
                .await,
        );
        save(work).await;
        claimed
    };
    let settle = async |record: &PassbackRecord, claimed, lease_until| {
        let mut work = write(storage).await;
        let settled = done(
            work.settle_passback(record, claimed, time(lease_until))
                .await,
        );
        save(work).await;
        settled
    };
    let intention = async |person| {
        let mut work = read(storage).await;
        done(work.passback(tenant.activity, person).await)
    };

    assert_eq!(
        due().await,
        None,
        "an outbox where nothing waits has nothing due"
    );
    let mut work = write(storage).await;
    done(work.add_decision(&first).await);
    done(work.add_decision(&second).await);
    done(work.put_passback(&old).await);
    save(work).await;
    assert_eq!(
        intention(tenant.learner).await.as_ref(),
        Some(&old),
        "a grade comes back as it was put"
    );
    assert_eq!(
        intention(tenant.bystander).await,
        None,
        "who was given no grade has none under way"
    );

    // Due times and leases.
    assert_eq!(
        due().await,
        Some(old.run_at),
        "the next grade is due at its time"
    );
    assert_eq!(
        claim(999, 5_000, 10).await,
        [],
        "no grade is taken before its time"
    );
    assert_eq!(
        claim(1_000, 5_000, 0).await,
        [],
        "no more grades are taken than were asked for"
    );
    let mut work = write(storage).await;
    assert_eq!(
        done(work.claim_passbacks(time(1_000), time(5_000), 10).await).len(),
        1,
        "a grade is taken when its time has come"
    );
    drop(work);
    assert_eq!(
        claim(1_000, 5_000, 10).await,
        std::slice::from_ref(&old),
        "a claim whose unit of work was dropped holds nobody off"
    );
    assert_eq!(
        claim(4_999, 9_000, 10).await,
        [],
        "a claimed grade is nobody else's until the lease ends"
    );
    assert_eq!(
        due().await,
        Some(time(5_000)),
        "a claimed grade is due again when its lease ends"
    );
    assert_eq!(
        claim(5_000, 9_000, 10).await,
        [PassbackRecord {
            outcome_unknown: true,
            ..old.clone()
        }],
        "a grade whose worker did not come back is taken again when the lease ends, \
         and it is not known whether the try came through"
    );

    // A newer intention takes the place, and the late answer to the older changes nothing.
    let new = PassbackRecord {
        decision: Some(second.id),
        message: Message::Mark(GradebookEntry {
            score: 200.0 / 3.0,
            maximum: 100.0,
            comment: "Bestanden – gut gemacht".to_owned(),
        }),
        outcome_unknown: true,
        timestamp: old.timestamp + Duration::seconds(1),
        run_at: time(6_000),
        changed_at: time(5_500),
        ..old.clone()
    };
    let mut work = write(storage).await;
    let put = PassbackRecord {
        outcome_unknown: false,
        ..new.clone()
    };
    done(work.put_passback(&put).await);
    save(work).await;
    let mut work = read(storage).await;
    assert_eq!(
        done(work.passbacks(tenant.registration, tenant.activity).await),
        std::slice::from_ref(&new),
        "a newer intention takes the older's place, whole, and knows that a try is under way"
    );
    drop(work);
    assert_eq!(
        claim(6_000, 9_000, 10).await,
        [],
        "a newer intention does not overtake the try that is under way"
    );
    let late = PassbackRecord {
        delivery: Delivery::Delivered,
        attempts: 1,
        answer: "200 OK".to_owned(),
        changed_at: time(6_500),
        ..old.clone()
    };
    assert!(
        !settle(&late, old.timestamp, 5_000).await,
        "settling with an outdated claim says that nothing was written"
    );
    assert_eq!(
        claim(6_000, 9_000, 10).await,
        [],
        "settling with an outdated lease frees no lane"
    );
    assert!(
        !settle(&late, old.timestamp, 9_000).await,
        "settling in time, but after a newer intention, writes nothing"
    );
    assert_eq!(
        intention(tenant.learner).await.as_ref(),
        Some(&new),
        "settling with an outdated claim changes nothing"
    );
    assert_eq!(
        claim(6_500, 9_500, 10).await,
        std::slice::from_ref(&new),
        "settling frees the lane for the newer intention"
    );

    // A try that failed for now, then one that came through.
    let retry = PassbackRecord {
        attempts: 1,
        timestamp: new.timestamp + Duration::seconds(1),
        run_at: time(8_000),
        answer: "503 Service Unavailable: „später“".to_owned(),
        reason: Some(Reason::Locked),
        advice: "Nothing to do: it is tried again.".to_owned(),
        changed_at: time(7_000),
        ..new.clone()
    };
    assert!(
        settle(&retry, new.timestamp, 9_500).await,
        "settling with the claim's timestamp says that it was written"
    );
    assert_eq!(
        intention(tenant.learner).await.as_ref(),
        Some(&retry),
        "settling writes how the try went"
    );
    assert_eq!(due().await, Some(time(8_000)), "settling ends the lease");
    assert_eq!(
        claim(7_999, 9_000, 10).await,
        [],
        "the next try keeps its time"
    );
    let (one, other) = join(claim(8_000, 9_000, 10), claim(8_000, 9_000, 10)).await;
    assert_eq!(
        [one, other].concat(),
        std::slice::from_ref(&retry),
        "of two workers that claim at once, one gets the grade, as the last try left it"
    );
    let delivered = PassbackRecord {
        delivery: Delivery::Delivered,
        attempts: 2,
        outcome_unknown: false,
        answer: "200 OK".to_owned(),
        reason: None,
        advice: String::new(),
        changed_at: time(8_100),
        ..retry.clone()
    };
    assert!(
        settle(&delivered, retry.timestamp, 9_000).await,
        "settling with the claim's timestamp says that it was written"
    );
    assert_eq!(due().await, None, "a grade that was delivered is not due");
    assert_eq!(
        claim(99_000, 99_500, 10).await,
        [],
        "a grade that was delivered is not taken"
    );

    // Several learners: the longest due come first, and failures stay visible.
    let waiting = PassbackRecord {
        decision: None,
        message: Message::HandedIn,
        ..passback(&second, &tenant, tenant.assessor, 20_000)
    };
    let sooner = passback(&second, &tenant, tenant.bystander, 10_000);
    let mut work = write(storage).await;
    done(work.put_passback(&waiting).await);
    done(work.put_passback(&sooner).await);
    save(work).await;
    assert_eq!(
        due().await,
        Some(time(10_000)),
        "the grade that is due first counts"
    );
    assert_eq!(
        claim(30_000, 40_000, 1).await,
        std::slice::from_ref(&sooner),
        "a limited claim takes what is due longest"
    );
    assert_eq!(
        due().await,
        Some(time(40_000)),
        "what waits for the same platform is due when its lane is free"
    );
    let failed = PassbackRecord {
        delivery: Delivery::Failed,
        attempts: 1,
        answer: "404 Not Found".to_owned(),
        advice: "Ask who runs the course to make the activity graded again.".to_owned(),
        changed_at: time(31_000),
        ..sooner.clone()
    };
    assert!(
        settle(&failed, sooner.timestamp, 40_000).await,
        "a failure can be settled"
    );

    // A platform that wants a pause keeps its own grades waiting, and no others.
    let elsewhere = Tenant::new(storage, "outbox-elsewhere").await;
    let submission = elsewhere.submission(storage).await;
    let third = decision(&submission, &elsewhere, 3);
    let others = passback(&third, &elsewhere, elsewhere.learner, 35_000);
    let mut work = write(storage).await;
    done(work.add_decision(&third).await);
    done(work.put_passback(&others).await);
    done(
        work.pause_passbacks(tenant.registration, time(50_000))
            .await,
    );
    done(
        work.pause_passbacks(tenant.registration, time(45_000))
            .await,
    );
    save(work).await;
    assert_eq!(
        claim(49_999, 60_000, 10).await,
        std::slice::from_ref(&others),
        "a pause holds for its whole time, and for one platform"
    );
    assert_eq!(
        due().await,
        Some(time(50_000)),
        "after a pause the platform's grades are due"
    );
    assert_eq!(
        claim(50_000, 60_000, 10).await,
        std::slice::from_ref(&waiting),
        "a grade that failed for good is not taken, and what is no grade comes back as it was put"
    );
    assert!(
        settle(
            &PassbackRecord {
                delivery: Delivery::Dropped,
                ..others.clone()
            },
            others.timestamp,
            60_000
        )
        .await,
        "what is needless can be settled"
    );
    let mut work = write(storage).await;
    for person in [elsewhere.learner, elsewhere.bystander] {
        done(
            work.put_passback(&passback(&third, &elsewhere, person, 55_000))
                .await,
        );
    }
    save(work).await;
    assert_eq!(
        claim(61_000, 90_500, 10).await.len(),
        2,
        "a claim takes one message for each platform"
    );
    assert_eq!(
        claim(61_000, 90_500, 10).await,
        [],
        "the second waits for the first"
    );
    let mut work = read(storage).await;
    let undelivered: Vec<_> = done(work.undelivered().await)
        .into_iter()
        .filter(|record| record.registration == tenant.registration)
        .collect();
    assert_eq!(
        undelivered,
        [
            failed.clone(),
            PassbackRecord {
                outcome_unknown: true,
                ..waiting.clone()
            }
        ],
        "what waits and what failed is undelivered, what was delivered is not"
    );
    let mut all = done(work.passbacks(tenant.registration, tenant.activity).await);
    all.sort_by_key(|record| record.run_at);
    assert_eq!(
        all,
        [
            delivered,
            failed,
            PassbackRecord {
                outcome_unknown: true,
                ..waiting
            }
        ],
        "an activity's intentions come whatever became of them"
    );
}

/// The history comes in order and whole.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn history(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "history").await;
    let submission = tenant.submission(storage).await;
    let event = |at: i64, kind: &str, actor: Option<PersonId>| EventRecord {
        id: EventId::new(time(0), random()),
        registration: tenant.registration,
        submission: submission.id,
        actor,
        role: if actor.is_some() {
            "assessor"
        } else {
            "system"
        }
        .to_owned(),
        at: time(at),
        kind: kind.to_owned(),
        detail: "Grund: „zu früh“".to_owned(),
    };
    let released = event(30, "released", Some(tenant.assessor));
    let submitted = event(10, "submitted", Some(tenant.learner));
    let checked = event(11, "checked", None);
    // Two things of one moment come in the order of their ids.
    let signed = event(20, "signed", Some(tenant.assessor));
    let confirmed = event(20, "confirmed", None);
    let mut work = write(storage).await;
    for record in [&released, &confirmed, &submitted, &signed, &checked] {
        done(work.add_event(record).await);
    }
    save(work).await;
    let mut work = write(storage).await;
    assert_eq!(
        done(work.events(submission.id).await),
        [
            submitted.clone(),
            checked,
            signed,
            confirmed,
            released.clone()
        ],
        "a submission's history comes back as it was written, oldest first"
    );
    let changed = EventRecord {
        detail: "something else".to_owned(),
        ..submitted
    };
    assert!(
        work.add_event(&changed).await.is_err(),
        "an entry of the history cannot be written over"
    );
    drop(work);
    let mut work = read(storage).await;
    assert_eq!(
        done(work.events(SubmissionId::new(time(0), random())).await),
        [],
        "what was never done has no history"
    );
}

/// A choice of content is found by id and token, and answered once.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn selections(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "selections").await;
    let other = Tenant::new(storage, "selections-other").await;
    let first = SelectionRecord {
        id: SelectionId::new(time(1), random()),
        token_digest: vec![1; 32],
        registration: tenant.registration,
        course: tenant.course,
        person: tenant.assessor,
        platform_family: "moodle".to_owned(),
        settings: "{\"data\":\"Zoë\"}".to_owned(),
        csrf: "first".to_owned(),
        expires_at: time(5_000),
        answered_at: None,
    };
    let mut work = write(storage).await;
    done(work.put_selection(&first).await);
    save(work).await;
    let mut work = read(storage).await;
    assert_eq!(
        done(work.selection(first.id, &[1; 32]).await).as_ref(),
        Some(&first),
        "a selection comes back as it was added"
    );
    assert_eq!(
        done(work.selection(first.id, &[2; 32]).await),
        None,
        "another token finds no selection"
    );
    drop(work);

    let mut work = write(storage).await;
    assert!(
        !done(
            work.answer_selection(other.registration, first.id, time(2_000))
                .await
        ),
        "another tenant answers no selection"
    );
    assert!(
        done(
            work.answer_selection(tenant.registration, first.id, time(2_000))
                .await
        ),
        "a selection that waits can be answered"
    );
    assert!(
        !done(
            work.answer_selection(tenant.registration, first.id, time(3_000))
                .await
        ),
        "a selection is answered once"
    );
    done(
        work.put_selection(&SelectionRecord {
            token_digest: vec![3; 32],
            csrf: "second".to_owned(),
            ..first.clone()
        })
        .await,
    );
    save(work).await;
    let mut work = read(storage).await;
    assert_eq!(
        done(work.selection(first.id, &[1; 32]).await),
        None,
        "a selection has one token at a time"
    );
    let again = done(work.selection(first.id, &[3; 32]).await);
    assert!(
        again.is_some_and(|again| again.csrf == "second" && again.answered_at == Some(time(2_000))),
        "a selection that gets a new token stays answered"
    );
    drop(work);
    let mut work = write(storage).await;
    done(work.remove_expired(time(4_999)).await);
    assert!(
        done(work.selection(first.id, &[3; 32]).await).is_some(),
        "a selection that still counts stays"
    );
    done(work.remove_expired(time(5_000)).await);
    assert_eq!(
        done(work.selection(first.id, &[3; 32]).await),
        None,
        "a selection is gone when its time has come"
    );
}

/// What tells that a course was copied, and what can be linked again.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn copied_courses(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "copies").await;
    let other = Tenant::new(storage, "copies-other").await;
    let copy = course(tenant.registration, "copy");
    let chosen = ActivityRecord {
        link: Some("chosen".to_owned()),
        hand_in_by: Some(time(90_000)),
        title: "B".to_owned(),
        line_item_url: Some("https://vle.example/li/2".to_owned()),
        line_items_url: Some("https://vle.example/li?block=2".to_owned()),
        unit: Some("ilm-8577-304".to_owned()),
        ..activity(tenant.registration, tenant.course, "link-2")
    };
    let mut work = write(storage).await;
    done(work.put_course(&copy).await);
    assert_eq!(
        done(work.put_activity(&chosen).await),
        chosen,
        "an activity keeps its link and its date"
    );
    let silent = ActivityRecord {
        link: None,
        hand_in_by: None,
        ..chosen.clone()
    };
    assert_eq!(
        done(work.put_activity(&silent).await),
        chosen,
        "link and date that are none are kept as they were"
    );
    let copied = activity(tenant.registration, copy.id, "link-2");
    done(work.put_activity(&copied).await);
    done(
        work.put_member(tenant.course, tenant.assessor, Role::Assessor, time(1))
            .await,
    );
    done(
        work.put_member(copy.id, tenant.assessor, Role::Learner, time(1))
            .await,
    );
    done(
        work.put_member(tenant.course, tenant.bystander, Role::Learner, time(1))
            .await,
    );
    save(work).await;
    let submission = tenant.submission(storage).await;

    let mut work = read(storage).await;
    let ids = |activities: Vec<ActivityRecord>| -> Vec<ActivityId> {
        activities.iter().map(|activity| activity.id).collect()
    };
    for (course, id) in [(tenant.course, chosen.id), (copy.id, copied.id)] {
        let found = done(work.activity_of_link(course, "link-2").await);
        assert_eq!(
            found.map(|found| found.id),
            Some(id),
            "a link stands for one activity of a course"
        );
    }
    assert_eq!(
        done(work.activity_of_link(copy.id, "link").await),
        None,
        "a link of another course stands for none"
    );
    let found = done(
        work.activities_of_context(tenant.registration, "1", "context")
            .await,
    );
    let mut found = ids(found);
    found.sort();
    let mut expected = vec![tenant.activity, chosen.id];
    expected.sort();
    assert_eq!(
        found, expected,
        "a context finds the activities of its course"
    );
    for (registration, deployment, context) in [
        (tenant.registration, "2", "context"),
        (tenant.registration, "1", "elsewhere"),
    ] {
        assert_eq!(
            done(
                work.activities_of_context(registration, deployment, context)
                    .await
            ),
            [],
            "a context counts within its deployment"
        );
    }
    let taught = done(
        work.taught_activities(tenant.registration, tenant.assessor)
            .await,
    );
    let listed: Vec<_> = taught
        .iter()
        .map(|taught| {
            (
                taught.activity.id,
                taught.course_title.as_str(),
                taught.learners,
            )
        })
        .collect();
    assert_eq!(
        listed,
        [(tenant.activity, "A course", 1), (chosen.id, "A course", 0)],
        "activities of the courses that somebody teaches are listed by title, with their learners"
    );
    for (registration, person) in [
        (tenant.registration, tenant.bystander),
        (other.registration, tenant.assessor),
    ] {
        assert!(
            done(work.taught_activities(registration, person).await).is_empty(),
            "who does not teach, or not for this tenant, has none"
        );
    }
    assert_eq!(
        done(work.submissions(tenant.registration, tenant.activity).await),
        [submission],
        "all submissions of an activity are found"
    );
    assert!(
        done(work.submissions(other.registration, tenant.activity).await).is_empty(),
        "another tenant finds no submissions"
    );
    drop(work);

    let mut work = write(storage).await;
    for (registration, one, another) in [
        (other.registration, tenant.activity, chosen.id),
        (tenant.registration, copied.id, chosen.id),
        (tenant.registration, chosen.id, chosen.id),
    ] {
        assert!(
            !done(work.exchange_links(registration, one, another).await),
            "links are exchanged between two activities of one course only"
        );
    }
    done(work.put_line_item(&line_item(&tenant)).await);
    assert!(
        done(
            work.exchange_links(tenant.registration, tenant.activity, chosen.id)
                .await
        ),
        "two activities of one course exchange their links"
    );
    save(work).await;
    let mut work = read(storage).await;
    assert_eq!(
        done(work.line_item(tenant.registration, tenant.activity).await),
        None,
        "a line item that was remembered goes with the link"
    );
    let first = done(work.activity(tenant.registration, tenant.activity).await);
    let second = done(work.activity(tenant.registration, chosen.id).await);
    assert_eq!(
        first,
        Some(ActivityRecord {
            id: tenant.activity,
            unit: None,
            ..chosen.clone()
        }),
        "an activity that gets a link gets all that the platform says of it, and keeps its unit"
    );
    assert_eq!(
        second.map(|second| (second.resource_link, second.unit, second.link)),
        Some(("link".to_owned(), chosen.unit.clone(), None)),
        "and so does the other"
    );
    drop(work);

    let session = |activity, token: u8| SessionRecord {
        token_digest: vec![77, token],
        registration: tenant.registration,
        course: tenant.course,
        activity,
        person: tenant.learner,
        role: Role::Learner,
        csrf: String::new(),
        return_url: None,
        expires_at: time(99_000_000),
    };
    let mut work = write(storage).await;
    done(work.add_session(&session(tenant.activity, 1)).await);
    done(work.add_session(&session(chosen.id, 2)).await);
    assert_eq!(
        done(work.end_sessions(other.registration, chosen.id).await),
        0,
        "another tenant ends no sessions"
    );
    assert_eq!(
        done(work.end_sessions(tenant.registration, chosen.id).await),
        1,
        "every session in an activity ends"
    );
    assert!(
        done(work.session(&[77, 1]).await).is_some()
            && done(work.session(&[77, 2]).await).is_none(),
        "sessions in other activities stay"
    );
}

/// A registration with a course, an activity and three people.
#[derive(Debug)]
struct Tenant {
    registration: RegistrationId,
    course: CourseId,
    activity: ActivityId,
    learner: PersonId,
    assessor: PersonId,
    bystander: PersonId,
}

impl Tenant {
    async fn new(storage: &dyn Storage, name: &str) -> Self {
        let registration = registration(&format!("https://{name}.example"), "client", 0);
        let course = course(registration.id, "context");
        let activity = activity(registration.id, course.id, "link");
        let mut work = write(storage).await;
        done(work.add_registration(&registration).await);
        done(work.put_course(&course).await);
        done(work.put_activity(&activity).await);
        let mut people = [PersonId::new(time(0), random()); 3];
        for (subject, id) in ["learner", "assessor", "bystander"].iter().zip(&mut people) {
            *id = done(work.put_person(&person(registration.id, subject)).await);
        }
        save(work).await;
        let [learner, assessor, bystander] = people;
        Self {
            registration: registration.id,
            course: course.id,
            activity: activity.id,
            learner,
            assessor,
            bystander,
        }
    }

    /// Adds the learner's first submission.
    async fn submission(&self, storage: &dyn Storage) -> SubmissionRecord {
        let record = SubmissionRecord {
            id: SubmissionId::new(time(0), random()),
            registration: self.registration,
            activity: self.activity,
            person: self.learner,
            number: 1,
            state: State::Draft,
            refuses_script_use: false,
            declared_at: None,
            submitted_at: None,
            plugin: None,
            version: 1,
            changed_at: time(1),
        };
        let mut work = write(storage).await;
        done(work.add_submission(&record).await);
        save(work).await;
        record
    }
}

fn registration(issuer: &str, client_id: &str, created_at: i64) -> RegistrationRecord {
    RegistrationRecord {
        id: RegistrationId::new(time(created_at), random()),
        issuer: issuer.to_owned(),
        client_id: client_id.to_owned(),
        auth_url: "https://vle.example/mod/lti/auth.php".to_owned(),
        token_url: "https://vle.example/mod/lti/token.php".to_owned(),
        jwks_url: "https://vle.example/mod/lti/certs.php".to_owned(),
        token_audience: None,
        name: String::new(),
        disabled: false,
        waiting: false,
        new_deployments: NewDeployments::Refuse,
        created_at: time(created_at),
    }
}

fn person(registration: RegistrationId, subject: &str) -> PersonRecord {
    PersonRecord {
        id: PersonId::new(time(0), random()),
        registration,
        subject: subject.to_owned(),
        name: String::new(),
        family_name: String::new(),
        email: String::new(),
        is_preview: false,
    }
}

fn course(registration: RegistrationId, context: &str) -> CourseRecord {
    CourseRecord {
        id: CourseId::new(time(0), random()),
        registration,
        deployment: "1".to_owned(),
        context: context.to_owned(),
        title: "A course".to_owned(),
        memberships_url: None,
        line_items_url: None,
        groups_url: None,
        roster: RosterProgress::default(),
    }
}

fn activity(registration: RegistrationId, course: CourseId, resource_link: &str) -> ActivityRecord {
    ActivityRecord {
        id: ActivityId::new(time(0), random()),
        registration,
        course,
        resource_link: resource_link.to_owned(),
        title: "An activity".to_owned(),
        unit: None,
        line_item_url: None,
        line_items_url: None,
        grade_scopes: Vec::new(),
        platform_family: String::new(),
        link: None,
        hand_in_by: None,
    }
}

fn plugin() -> PluginRecord {
    PluginRecord {
        id: "ilm-8577-304".to_owned(),
        version: "1.0.0".to_owned(),
        digest: "0123456789abcdef".repeat(4),
    }
}

fn file(submission: &SubmissionRecord, added_at: i64) -> EvidenceRecord {
    EvidenceRecord {
        id: EvidenceId::new(time(0), random()),
        submission: submission.id,
        slot: "assignment".to_owned(),
        file_name: "work.docx".to_owned(),
        media_type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
            .to_owned(),
        bytes: 1,
        digest: "0a".repeat(32),
        added_at: time(added_at),
        document: None,
        failure: None,
        typed: false,
    }
}

fn check(submission: &SubmissionRecord) -> CheckRecord {
    CheckRecord {
        submission: submission.id,
        report: CheckReport {
            findings: vec![Finding {
                rule: "length".to_owned(),
                criterion: Some("1.1".to_owned()),
                status: "look".to_owned(),
                message: "380 Wörter – etwa 400 sind üblich.".to_owned(),
                learner_message: None,
                source: "heuristic".to_owned(),
                measure: Some(Measure {
                    // Neither number has a short decimal form.
                    counted: 0.1 + 0.2,
                    wanted: Some(200.0 / 3.0),
                    unit: "words".to_owned(),
                    setting: Some("least-words".to_owned()),
                }),
                places: vec![Place {
                    slot: "assignment".to_owned(),
                    item: 0,
                    start: 12,
                    end: 4_000_000_000,
                    column: None,
                }],
                details: vec![
                    Entry {
                        key: "minutes_per_client".to_owned(),
                        value: Value::Counts(vec![
                            ("Z".to_owned(), 720.0),
                            ("A".to_owned(), 719.5),
                        ]),
                    },
                    Entry {
                        key: "terms".to_owned(),
                        value: Value::Texts(vec!["żółw".to_owned(), String::new()]),
                    },
                ],
            }],
            failures: Vec::new(),
        },
        plugin: plugin(),
        overlays: Some(vec![Overlay {
            unit: "ilm-8577-304".to_owned(),
            source: "Centre handbook 2026 – § 4".to_owned(),
            settings: [("share".to_owned(), OverlayValue::Number(0.1 + 0.2))].into(),
            ..Overlay::default()
        }]),
        at: time(4_321),
    }
}

fn line(
    submission: &SubmissionRecord,
    tenant: &Tenant,
    criterion: &str,
    award: Award,
) -> SheetLineRecord {
    SheetLineRecord {
        submission: submission.id,
        criterion: criterion.to_owned(),
        award,
        feedback: String::new(),
        band: String::new(),
        version: 0,
        changed_by: tenant.assessor,
        changed_at: time(1),
    }
}

fn decision(submission: &SubmissionRecord, tenant: &Tenant, signed_at: i64) -> DecisionRecord {
    let sheet = Sheet {
        mode: "marks".to_owned(),
        entries: vec![SheetEntry {
            criterion: "1.1".to_owned(),
            maximum: 16,
            minimum: 8,
            award: Award::Marks(8),
            feedback: "Schön beschrieben – weiter so.".to_owned(),
            band: "pass".to_owned(),
        }],
    };
    DecisionRecord {
        id: DecisionId::new(time(0), random()),
        submission: submission.id,
        sheet_digest: sheet.digest(),
        sheet,
        outcome: Outcome {
            verdict: Verdict::Pass,
            label: "Pass".to_owned(),
            total: Some(8),
            maximum: Some(16),
            criteria: vec![CriterionOutcome {
                criterion: "1.1".to_owned(),
                met: Some(true),
            }],
            reasons: vec!["Every criterion is met.".to_owned()],
            details: Vec::new(),
        },
        plugin: plugin(),
        signed_by: tenant.assessor,
        signed_name: "Renée O’Neill".to_owned(),
        signed_at: time(signed_at),
        voided: None,
    }
}

fn passback(
    decision: &DecisionRecord,
    tenant: &Tenant,
    person: PersonId,
    run_at: i64,
) -> PassbackRecord {
    PassbackRecord {
        activity: tenant.activity,
        person,
        registration: tenant.registration,
        submission: decision.submission,
        decision: Some(decision.id),
        message: Message::Mark(GradebookEntry {
            score: 50.0,
            maximum: 100.0,
            comment: String::new(),
        }),
        timestamp: time(-123),
        delivery: Delivery::Waiting,
        attempts: 0,
        outcome_unknown: false,
        run_at: time(run_at),
        answer: String::new(),
        reason: None,
        advice: String::new(),
        changed_at: time(run_at),
    }
}

fn line_item(tenant: &Tenant) -> LineItemRecord {
    LineItemRecord {
        activity: tenant.activity,
        registration: tenant.registration,
        named: String::new(),
        url: "https://vle.example/lineitems/7?type_id=1".to_owned(),
    }
}

async fn read(storage: &dyn Storage) -> Box<dyn UnitOfWork> {
    done(storage.read().await)
}

async fn write(storage: &dyn Storage) -> Box<dyn UnitOfWork> {
    done(storage.write().await)
}

async fn save(work: Box<dyn UnitOfWork>) {
    done(work.save().await);
}

/// What the database gave, or a panic with all that it says of the error.
#[track_caller]
fn done<T>(result: Result<T, StorageError>) -> T {
    result.unwrap_or_else(|error| {
        let source = std::error::Error::source(&error);
        let cause = source.map(ToString::to_string).unwrap_or_default();
        panic!("the database refuses what it should do: {error}: {cause}")
    })
}

#[track_caller]
fn conflict<T: Debug>(result: Result<T, StorageError>, promise: &str) {
    match result {
        Err(StorageError::Conflict(_)) => {}
        other => panic!("{promise}, but it gave {other:?}"),
    }
}

/// So many milliseconds after a moment that is itself not a whole second, so
/// that an adapter that keeps seconds only is found out.
fn time(milliseconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_767_225_600_123 + milliseconds).expect("a time of our days")
}

/// Bytes that make an id of its own each time, in rising order. They are not
/// random, so that a failure shows the same way again.
fn random() -> [u8; 10] {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes
}
