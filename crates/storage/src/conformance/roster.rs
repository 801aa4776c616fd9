//! Rosters: who came, who went, and who may read.

use assessment::ids::CourseId;
use assessment::people::Role;
use chrono::{DateTime, Utc};

use super::{Tenant, activity, course, done, person, read, save, time, write};
use crate::courses::{CourseRecord, PersonRecord};
use crate::roster::{
    FoundMember, GroupRecord, ReadingEnd, ReadingRecord, RosterFilter, RosterQuery, Unnamed,
};
use crate::{Storage, UnitOfWork};

/// A reading of a roster is one at a time and marks absent whom it should;
/// who came and who went stays known.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn rosters(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "rosters").await;
    whom_a_reading_finds(storage, &tenant).await;
    what_changes_say(storage, &tenant).await;
    who_may_read(storage, &tenant).await;
    names_and_groups(storage, &tenant).await;
}

async fn add_course(storage: &dyn Storage, tenant: &Tenant, context: &str) -> CourseId {
    let record = CourseRecord {
        memberships_url: Some(format!("https://vle.example/{context}/memberships")),
        ..course(tenant.registration, context)
    };
    let mut work = write(storage).await;
    let id = done(work.put_course(&record).await);
    save(work).await;
    id
}

fn somebody(tenant: &Tenant, subject: &str, name: &str, role: Role) -> FoundMember {
    FoundMember {
        person: PersonRecord {
            name: name.to_owned(),
            family_name: name.rsplit(' ').next().unwrap_or_default().to_owned(),
            ..person(tenant.registration, subject)
        },
        role,
        groups: None,
    }
}

/// Who is found: subject, role, and whether they are in the course.
async fn found(
    storage: &dyn Storage,
    tenant: &Tenant,
    course: CourseId,
    who: RosterFilter,
) -> Vec<(String, Role, bool)> {
    let query = RosterQuery {
        registration: tenant.registration,
        course,
        search: "",
        who,
    };
    let mut work = read(storage).await;
    let members = done(work.roster(&query, 100, 0).await);
    assert_eq!(
        done(work.roster_count(&query).await) as usize,
        members.len(),
        "a roster's count is that of its people"
    );
    members
        .into_iter()
        .map(|member| (member.person.subject, member.role, member.present))
        .collect()
}

/// A whole reading that begins then.
async fn reading(
    storage: &dyn Storage,
    course: CourseId,
    started: DateTime<Utc>,
    people: &[FoundMember],
    unnamed: Unnamed,
) -> ReadingRecord {
    let mut work = write(storage).await;
    assert!(
        done(work.begin_reading(course, started, started).await),
        "a reading begins where none is under way"
    );
    for somebody in people {
        done(work.put_found_member(course, started, somebody).await);
    }
    let ended = end(work.as_mut(), course, started, unnamed).await;
    save(work).await;
    ended.expect("a reading that nobody took over is ended by who began it")
}

async fn end(
    work: &mut dyn UnitOfWork,
    course: CourseId,
    started: DateTime<Utc>,
    unnamed: Unnamed,
) -> Option<ReadingRecord> {
    let end = ReadingEnd {
        at: started,
        complete: unnamed != Unnamed::Unknown,
        unnamed,
        seen: 7,
        problem: String::new(),
        differences_url: Some(format!("https://vle.example/since/{}", started.timestamp())),
        paused_until: None,
    };
    done(work.end_reading(course, started, &end).await)
}

fn counts(reading: &ReadingRecord) -> (u32, u32) {
    (reading.came, reading.went)
}

async fn whom_a_reading_finds(storage: &dyn Storage, tenant: &Tenant) {
    let (here, there) = (
        add_course(storage, tenant, "found-1").await,
        add_course(storage, tenant, "found-2").await,
    );
    let cleo = somebody(tenant, "cleo", "Cleo Adams", Role::Learner);
    let bob = somebody(tenant, "bob", "Bob Baker", Role::Learner);
    let abe = somebody(tenant, "abe", "Abe Baker", Role::Assessor);
    let nameless = somebody(tenant, "0-nameless", "", Role::Learner);
    let everybody = [nameless.clone(), bob.clone(), cleo.clone(), abe.clone()];
    // Cleo was there by a launch before any roster told of her.
    let mut work = write(storage).await;
    let known = done(work.put_person(&cleo.person).await);
    done(
        work.put_member(here, known, Role::Assessor, time(500))
            .await,
    );
    done(work.put_member(there, known, Role::Learner, time(1)).await);
    save(work).await;
    let first = reading(storage, here, time(1_000), &everybody, Unnamed::Left).await;
    assert_eq!(
        (counts(&first), first.complete, first.seen),
        ((4, 0), true, 7),
        "everybody whom a first reading names has come"
    );
    assert_eq!(
        found(storage, tenant, here, RosterFilter::Here).await,
        [
            ("cleo".to_owned(), Role::Assessor, true),
            ("abe".to_owned(), Role::Assessor, true),
            ("bob".to_owned(), Role::Learner, true),
            ("0-nameless".to_owned(), Role::Learner, true),
        ],
        "a roster is sorted by family name, then name, and who has no name comes last; \
         a roster makes a learner an assessor, and never the reverse"
    );

    let torn = reading(
        storage,
        here,
        time(2_000),
        std::slice::from_ref(&bob),
        Unnamed::Unknown,
    )
    .await;
    assert_eq!(
        counts(&torn),
        (0, 0),
        "a reading that broke off removes nobody"
    );
    let rest = [cleo.clone(), abe.clone(), nameless.clone()];
    let third = reading(storage, here, time(3_000), &rest, Unnamed::Left).await;
    assert_eq!(counts(&third), (0, 1), "who was not named has left");
    assert_eq!(
        found(storage, tenant, here, RosterFilter::Gone).await,
        [("bob".to_owned(), Role::Learner, false)],
        "who has left is marked absent and stays on record"
    );
    let mut work = read(storage).await;
    assert!(
        !done(work.has_unnamed_members(here, time(3_000)).await)
            && done(work.has_unnamed_members(here, time(3_001)).await),
        "unnamed is who is in the course and was not seen since a reading began"
    );
    drop(work);
    let fourth = reading(storage, here, time(4_000), &everybody, Unnamed::Left).await;
    assert_eq!(counts(&fourth), (1, 0), "who comes back has come");
    for (who, subjects) in [
        (RosterFilter::Came(time(1_000)), 4),
        (RosterFilter::Went(time(3_000)), 1),
        (RosterFilter::Came(time(4_000)), 1),
        (RosterFilter::Went(time(4_000)), 0),
    ] {
        assert_eq!(
            found(storage, tenant, here, who).await.len(),
            subjects,
            "who came and who went stays known: {who:?}"
        );
    }
    assert_eq!(
        found(storage, tenant, there, RosterFilter::Here).await,
        [("cleo".to_owned(), Role::Learner, true)],
        "a reading of one course's roster leaves the other courses alone"
    );

    // Somebody who is on no roster and comes by a launch is there until the next reading.
    let guest = person(tenant.registration, "guest");
    let mut work = write(storage).await;
    let guest = done(work.put_person(&guest).await);
    done(
        work.put_member(here, guest, Role::Learner, time(4_500))
            .await,
    );
    assert!(
        !done(work.has_unnamed_members(here, time(4_000)).await),
        "who launched since a reading began is not missing"
    );
    save(work).await;
    let fifth = reading(storage, here, time(5_000), &everybody, Unnamed::Left).await;
    assert_eq!(
        counts(&fifth),
        (0, 0),
        "who was never on the roster cannot leave it"
    );
    assert_eq!(
        found(storage, tenant, here, RosterFilter::Gone).await.len(),
        1,
        "and is not in the course for all that is known"
    );

    let query = RosterQuery {
        registration: tenant.registration,
        course: here,
        search: "baker",
        who: RosterFilter::Here,
    };
    let mut work = read(storage).await;
    let page = done(work.roster(&query, 1, 1).await);
    assert_eq!(
        page.iter()
            .map(|member| member.person.subject.as_str())
            .collect::<Vec<_>>(),
        ["bob"],
        "a roster is searched by a part of the name and comes by pages"
    );
    assert_eq!(
        (page[0].first_seen_at, page[0].seen_at),
        (time(1_000), time(5_000)),
        "when somebody was seen first and last is known"
    );
    let stand_in = RosterQuery {
        search: "learner 0-name",
        ..query
    };
    assert_eq!(
        done(work.roster_count(&stand_in).await),
        1,
        "who has no name is found by the stand-in that pages show"
    );
    let readings = done(work.readings(tenant.registration, here, 3).await);
    assert_eq!(
        readings
            .iter()
            .map(|reading| reading.started_at)
            .collect::<Vec<_>>(),
        [time(5_000), time(4_000), time(3_000)],
        "the last readings come first, no more than were asked for"
    );
}

async fn what_changes_say(storage: &dyn Storage, tenant: &Tenant) {
    let course = add_course(storage, tenant, "changes").await;
    let cleo = somebody(tenant, "cleo", "Cleo Adams", Role::Learner);
    let bob = somebody(tenant, "bob", "Bob Baker", Role::Learner);
    let abe = somebody(tenant, "abe", "Abe Baker", Role::Learner);
    reading(
        storage,
        course,
        time(1_000),
        &[cleo.clone(), bob.clone()],
        Unnamed::Left,
    )
    .await;
    let mut work = write(storage).await;
    done(work.begin_reading(course, time(2_000), time(3_000)).await);
    done(work.put_found_member(course, time(2_000), &abe).await);
    for gone in ["bob", "nobody-knows"] {
        done(work.put_gone_member(course, time(2_000), gone).await);
    }
    let ended = end(work.as_mut(), course, time(2_000), Unnamed::Stayed).await;
    save(work).await;
    assert_eq!(
        ended.as_ref().map(counts),
        Some((1, 1)),
        "a list of changes says who came and who went"
    );
    assert_eq!(
        found(storage, tenant, course, RosterFilter::Here).await,
        [
            ("cleo".to_owned(), Role::Learner, true),
            ("abe".to_owned(), Role::Learner, true),
        ],
        "whom a list of changes does not name is as before"
    );
    let mut work = read(storage).await;
    assert!(
        !done(work.has_unnamed_members(course, time(2_000)).await),
        "whom a complete list of changes does not name was seen by it"
    );
    let record = done(work.course(tenant.registration, course).await).expect("the course");
    assert_eq!(
        (record.roster.synced_at, record.roster.differences_url),
        (
            Some(time(2_000)),
            Some(format!(
                "https://vle.example/since/{}",
                time(2_000).timestamp()
            ))
        ),
        "where later changes are read is kept with the course"
    );
}

/// Everything that is due at `now`, begun in turn; those of this tenant.
async fn due(storage: &dyn Storage, tenant: &Tenant, now: DateTime<Utc>) -> Vec<String> {
    let mut contexts = Vec::new();
    let mut work = write(storage).await;
    while let Some(course) = done(work.due_roster(now, time(10_000), time(20_000)).await) {
        assert!(
            done(
                work.begin_reading(course.id, now, now + chrono::Duration::days(1))
                    .await
            ),
            "what is due can be begun"
        );
        if course.registration == tenant.registration && course.context.starts_with("due-") {
            contexts.push(course.context);
        }
    }
    contexts
}

async fn who_may_read(storage: &dyn Storage, tenant: &Tenant) {
    let ids = [
        add_course(storage, tenant, "due-never").await,
        add_course(storage, tenant, "due-old").await,
        add_course(storage, tenant, "due-new").await,
        add_course(storage, tenant, "due-tried").await,
        add_course(storage, tenant, "due-asked").await,
    ];
    let [_, old, new, tried, asked] = ids;
    reading(storage, old, time(9_999), &[], Unnamed::Left).await;
    reading(storage, new, time(10_000), &[], Unnamed::Left).await;
    reading(storage, tried, time(20_000), &[], Unnamed::Unknown).await;
    reading(storage, asked, time(30_000), &[], Unnamed::Left).await;
    let mut work = write(storage).await;
    assert!(
        done(
            work.ask_for_roster(tenant.registration, asked, time(30_001))
                .await
        ),
        "a roster that is offered can be asked for"
    );
    assert!(
        !done(
            work.ask_for_roster(tenant.registration, tenant.course, time(1))
                .await
        ),
        "a roster that is not offered cannot"
    );
    save(work).await;
    assert_eq!(
        due(storage, tenant, time(40_000)).await,
        ["due-asked", "due-never", "due-old"],
        "what was asked for is due first, then what was never read, then what is old; \
         what is fresh and what was tried lately is not"
    );
    let mut work = write(storage).await;
    done(
        work.set_registration_disabled(tenant.registration, true)
            .await,
    );
    save(work).await;
    assert_eq!(
        due(storage, tenant, time(40_000)).await,
        [""; 0],
        "nothing is read of a platform that is switched off"
    );
    let mut work = write(storage).await;
    done(
        work.set_registration_disabled(tenant.registration, false)
            .await,
    );
    save(work).await;

    // One reading at a time, with a lease that runs out when its process dies.
    let mut work = write(storage).await;
    assert!(done(
        work.begin_reading(old, time(50_000), time(51_000)).await
    ));
    assert!(
        !done(work.begin_reading(old, time(50_999), time(52_000)).await),
        "two readings of one roster do not run at once"
    );
    assert!(
        done(
            work.note_reading(old, time(50_000), time(52_000), 1_250)
                .await
        ),
        "who reads can note how far it is"
    );
    save(work).await;
    let mut work = write(storage).await;
    let record = done(work.course(tenant.registration, old).await).expect("the course");
    assert_eq!(
        (
            record.roster.seen,
            record.roster.lease_until,
            record.roster.tried_at
        ),
        (1_250, Some(time(52_000)), Some(time(50_000))),
        "how far a reading is can be seen by everybody"
    );
    assert!(
        done(work.begin_reading(old, time(52_000), time(60_000)).await),
        "a reading whose lease ran out gives way"
    );
    assert!(
        !done(
            work.note_reading(old, time(50_000), time(60_000), 1_300)
                .await
        ) && end(work.as_mut(), old, time(50_000), Unnamed::Left)
            .await
            .is_none(),
        "a reading that gave way changes nothing any more"
    );
    assert!(
        end(work.as_mut(), old, time(52_000), Unnamed::Left)
            .await
            .is_some()
    );
    assert!(
        end(work.as_mut(), old, time(52_000), Unnamed::Left)
            .await
            .is_none(),
        "a reading ends once"
    );
    save(work).await;
    reading(storage, new, time(60_000), &[], Unnamed::Unknown).await;
    let mut work = write(storage).await;
    done(work.begin_reading(new, time(61_000), time(62_000)).await);
    save(work).await;
    assert_eq!(
        due(storage, tenant, time(62_000)).await,
        ["due-asked", "due-never", "due-new"],
        "a reading that died is due again as soon as its lease has run out"
    );

    // A platform that asks for a pause gets it, whoever asks for a reading meanwhile.
    let mut work = write(storage).await;
    assert!(done(
        work.begin_reading(asked, time(70_000), time(71_000)).await
    ));
    let pause = ReadingEnd {
        at: time(70_000),
        complete: false,
        unnamed: Unnamed::Unknown,
        seen: 0,
        problem: "later".to_owned(),
        differences_url: None,
        paused_until: Some(time(80_000)),
    };
    done(work.end_reading(asked, time(70_000), &pause).await);
    done(
        work.ask_for_roster(tenant.registration, asked, time(70_001))
            .await,
    );
    save(work).await;
    let was_due = due(storage, tenant, time(79_999)).await;
    assert!(
        !was_due.contains(&"due-asked".to_owned()),
        "a roster in a pause is not read: {was_due:?}"
    );
    let is_due = due(storage, tenant, time(80_000)).await;
    assert!(
        is_due.contains(&"due-asked".to_owned()),
        "a roster is due as soon as its pause is over: {is_due:?}"
    );

    let mut work = read(storage).await;
    let offering: Vec<_> = done(work.courses_with_roster().await)
        .into_iter()
        .filter(|record| ids.contains(&record.id))
        .map(|record| record.context)
        .collect();
    assert_eq!(
        offering,
        ["due-never", "due-tried", "due-new", "due-asked", "due-old"],
        "courses with a roster come with those never read first, then those read longest ago"
    );
}

async fn names_and_groups(storage: &dyn Storage, tenant: &Tenant) {
    let course = add_course(storage, tenant, "groups").await;
    let group = |id: &str, name: &str| GroupRecord {
        id: id.to_owned(),
        name: name.to_owned(),
    };
    let mut work = write(storage).await;
    let link = activity(tenant.registration, course, "names");
    done(work.put_activity(&link).await);
    let hidden = FoundMember {
        groups: Some(vec!["g1".to_owned(), "g2".to_owned()]),
        ..somebody(tenant, "hidden", "", Role::Learner)
    };
    assert!(!done(work.has_nameless_members(course).await));
    done(work.put_found_member(course, time(1), &hidden).await);
    assert!(
        done(work.has_nameless_members(course).await),
        "a course knows that somebody's name is hidden"
    );
    let asks = async |work: &mut dyn UnitOfWork, before| {
        done(work.activities_to_ask_for_names(course, before).await).len()
    };
    assert_eq!(asks(work.as_mut(), time(0)).await, 1);
    done(work.set_names_hidden(link.id, Some(time(100))).await);
    assert_eq!(
        (
            asks(work.as_mut(), time(100)).await,
            asks(work.as_mut(), time(101)).await
        ),
        (0, 1),
        "an activity that told no names is left alone for a while"
    );
    done(work.set_names_hidden(link.id, None).await);
    assert_eq!(asks(work.as_mut(), time(0)).await, 1);

    done(work.put_groups(course, &[group("g9", "Old")]).await);
    done(
        work.put_groups(course, &[group("g2", "Monday"), group("g1", "Thursday")])
            .await,
    );
    assert_eq!(
        done(work.groups(tenant.registration, course).await),
        [group("g2", "Monday"), group("g1", "Thursday")],
        "groups come by name, and new ones take the place of the old"
    );
    save(work).await;
}
