//! Cohorts: who stands where, and what comes first.

use assessment::ids::{PersonId, SubmissionId};
use assessment::passback::Delivery;
use assessment::people::Role;
use assessment::submission::State;

use super::{Tenant, decision, done, passback, person, random, read, save, time, write};
use crate::Storage;
use crate::cohort::{CohortFilter, CohortQuery};
use crate::courses::PersonRecord;
use crate::passback::PassbackRecord;
use crate::roster::FoundMember;
use crate::submissions::SubmissionRecord;

/// A cohort is counted, searched and paged, and who waits comes first.
///
/// # Panics
/// Where the adapter breaks a promise; the message names it.
pub async fn cohorts(storage: &dyn Storage) {
    let tenant = Tenant::new(storage, "cohorts").await;
    let mut work = write(storage).await;
    let mut people = Vec::new();
    for (name, groups) in [
        ("Ada Zimmer", vec!["g1"]),
        ("Ben Young", vec!["g2"]),
        ("Cem Xu", vec!["g1", "g2"]),
        ("Dan White", vec![]),
        ("Eva Vogt", vec!["g1"]),
        ("Fay Ünal", vec![]),
    ] {
        let found = FoundMember {
            person: PersonRecord {
                name: name.to_owned(),
                family_name: name[4..].to_owned(),
                ..person(tenant.registration, name)
            },
            role: Role::Learner,
            groups: Some(groups.into_iter().map(str::to_owned).collect()),
        };
        people.push(done(work.put_person(&found.person).await));
        done(work.put_found_member(tenant.course, time(1), &found).await);
    }
    done(
        work.put_member(tenant.course, tenant.assessor, Role::Assessor, time(1))
            .await,
    );
    save(work).await;
    let submission = |person: PersonId, number, state, at| SubmissionRecord {
        id: SubmissionId::new(time(at), random()),
        registration: tenant.registration,
        activity: tenant.activity,
        person,
        number,
        state,
        refuses_script_use: false,
        declared_at: None,
        submitted_at: (state != State::Draft).then(|| time(at)),
        plugin: None,
        version: 1,
        changed_at: time(at),
    };
    let [ada, ben, cem, dan, eva, _] = people[..] else {
        unreachable!("six people were added")
    };
    let ada_released = submission(ada, 1, State::Achieved, 1);
    let ben_first = submission(ben, 1, State::ResubmissionOpen, 2);
    let ben_second = submission(ben, 2, State::Submitted, 30);
    let cem_waits = submission(cem, 1, State::Checked, 20);
    let dan_marked = submission(dan, 1, State::InAssessment, 40);
    let eva_draft = submission(eva, 1, State::Draft, 5);
    // Somebody who is not on the roster, and whose own the marker is.
    let own = submission(tenant.assessor, 1, State::Submitted, 6);
    let signed = submission(tenant.bystander, 1, State::Assessed, 7);
    let mut work = write(storage).await;
    for record in [
        &ada_released,
        &ben_first,
        &ben_second,
        &cem_waits,
        &dan_marked,
        &eva_draft,
        &own,
        &signed,
    ] {
        done(work.add_submission(record).await);
    }
    for (of, delivery, attempts) in [
        (&ada_released, Delivery::Failed, 3),
        (&ben_first, Delivery::Waiting, 1),
        (&dan_marked, Delivery::Waiting, 0),
        (&signed, Delivery::Delivered, 1),
    ] {
        let decision = decision(of, &tenant, 1);
        done(work.add_decision(&decision).await);
        done(
            work.put_passback(&PassbackRecord {
                delivery,
                attempts,
                ..passback(&decision, &tenant, of.person, 0)
            })
            .await,
        );
    }
    save(work).await;

    let everybody = CohortQuery {
        registration: tenant.registration,
        course: tenant.course,
        activity: tenant.activity,
        search: "",
        group: None,
    };
    let mut work = read(storage).await;
    let names = |members: Vec<crate::cohort::CohortMember>| {
        members
            .into_iter()
            .map(|member| member.person.subject)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        names(done(
            work.cohort(&everybody, CohortFilter::All, 100, 0).await
        )),
        [
            "Dan White",
            "assessor",
            "Cem Xu",
            "Ben Young",
            "bystander",
            "Eva Vogt",
            // Databases sort other letters than ASCII's each in their way, but all behind `V`.
            "Fay Ünal",
            "Ada Zimmer",
        ],
        "who is being marked comes first, then who waits longest, the signed, who has handed in \
         nothing, and the released"
    );
    assert_eq!(
        names(done(work.cohort(&everybody, CohortFilter::All, 2, 1).await)),
        ["assessor", "Cem Xu"],
        "a cohort comes by pages"
    );
    let page = done(work.cohort(&everybody, CohortFilter::Waiting, 100, 0).await);
    assert_eq!(
        page.iter()
            .map(|member| (member.submission, member.present))
            .collect::<Vec<_>>(),
        [
            (Some(own.id), true),
            (Some(cem_waits.id), true),
            (Some(ben_second.id), true),
        ],
        "the latest submission counts"
    );
    assert_eq!(
        done(work.cohort_counts(&everybody).await),
        [8, 2, 3, 1, 1, 1, 2],
        "each learner counts at one stage, and besides where the gradebook has not taken a grade"
    );
    for (search, group, counts) in [
        ("ünal", None, [1, 1, 0, 0, 0, 0, 0]),
        ("", Some("g1"), [3, 1, 1, 0, 0, 1, 1]),
        ("e", Some("g2"), [2, 0, 2, 0, 0, 0, 1]),
        ("", Some("g3"), [0; 7]),
    ] {
        let query = CohortQuery {
            search,
            group,
            ..everybody
        };
        assert_eq!(
            done(work.cohort_counts(&query).await),
            counts,
            "a cohort is searched by a part of the name and by group: {search:?} {group:?}"
        );
        assert_eq!(
            done(work.cohort(&query, CohortFilter::All, 100, 0).await).len(),
            counts[0] as usize
        );
    }

    for (after, next) in [
        (None, Some(dan_marked.id)),
        (Some(dan_marked.id), Some(cem_waits.id)),
        (Some(cem_waits.id), Some(ben_second.id)),
        (Some(ben_second.id), Some(dan_marked.id)),
        (Some(ada_released.id), Some(dan_marked.id)),
    ] {
        assert_eq!(
            done(work.next_to_mark(&everybody, tenant.assessor, after).await),
            next,
            "the work to mark next goes round, and nobody marks their own"
        );
    }
    let group = CohortQuery {
        group: Some("g2"),
        ..everybody
    };
    assert_eq!(
        done(
            work.next_to_mark(&group, tenant.assessor, Some(cem_waits.id))
                .await
        ),
        Some(ben_second.id),
        "a group has its own work to mark next"
    );
}
