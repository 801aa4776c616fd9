//! Everybody in the activity with where they stand, a page at a time.

use assessment::finding::CheckReport;
use assessment::ids::SubmissionId;
use storage::cohort::{CohortFilter, CohortMember, CohortQuery};
use storage::courses::PersonRecord;
use storage::marking::DecisionRecord;
use storage::passback::PassbackRecord;
use storage::roster::GroupRecord;
use storage::submissions::SubmissionRecord;
use storage::{StorageError, UnitOfWork};

use crate::roster::{PAGE_SIZE, offset};
use crate::visit::Visit;
use crate::{App, Problem};

/// Grades with a problem that are shown in full; the filter finds the rest.
const PROBLEMS_SHOWN: u32 = 10;

/// Which part of the cohort to show.
#[derive(Debug, Clone, Copy)]
pub struct CohortView<'a> {
    /// The stage.
    pub filter: CohortFilter,
    /// A part of the name; empty for everybody.
    pub search: &'a str,
    /// The platform's id of a group; none for everybody.
    pub group: Option<&'a str>,
    /// The page, from 1. A page beyond the last counts as the last.
    pub page: u32,
}

/// A part of the cohort, and what is to be done in all of it.
#[derive(Debug)]
pub struct CohortPage {
    /// Whether anybody has begun to work here.
    pub begun: bool,
    /// How many learners each filter shows, whatever is searched for.
    pub counts: [u32; CohortFilter::ALL.len()],
    /// How many learners the view finds.
    pub all: u32,
    /// Those on its page.
    pub rows: Vec<CohortRow>,
    /// Whose work to mark next, where some waits or was begun.
    pub next: Option<(PersonRecord, SubmissionId)>,
    /// Learners whose grade the gradebook did not take; not all where there are many.
    pub problems: Vec<CohortRow>,
    /// How many more of them there are.
    pub more_problems: u32,
    /// The groups of the course.
    pub groups: Vec<GroupRecord>,
}

/// One learner in the cohort.
#[derive(Debug)]
pub struct CohortRow {
    /// The learner.
    pub learner: PersonRecord,
    /// Whether they are in the course, as far as is known.
    pub present: bool,
    /// Their latest submission; a draft shows only that there is one.
    pub submission: Option<SubmissionRecord>,
    /// What the checks found; none before the work is handed in.
    pub report: Option<CheckReport>,
    /// How many criteria have a mark.
    pub marked: u32,
    /// The standing decision.
    pub decision: Option<DecisionRecord>,
    /// The grade's way to the gradebook.
    pub passback: Option<PassbackRecord>,
}

/// The cohort of the activity that the assessor is in: who waits comes first.
/// Somebody who left the course, or never was on its roster, keeps their work here.
///
/// # Errors
/// [`Problem::NotAllowed`] for anybody but an assessor.
pub async fn cohort(app: &App, visit: &Visit, view: CohortView<'_>) -> Result<CohortPage, Problem> {
    let actor = visit.assessor()?;
    let mut work = app.storage.read().await?;
    let search = view.search.to_lowercase();
    let query = CohortQuery {
        registration: actor.registration,
        course: actor.course,
        activity: actor.activity,
        search: &search,
        group: view.group,
    };
    let everybody = CohortQuery {
        search: "",
        ..query
    };
    let counts = work.cohort_counts(&everybody).await?;
    let found = if search.is_empty() {
        counts
    } else {
        work.cohort_counts(&query).await?
    };
    let all = count(found, view.filter);
    let shown = work
        .cohort(&query, view.filter, PAGE_SIZE, offset(view.page, all))
        .await?;
    let next = match work.next_to_mark(&everybody, actor.person, None).await? {
        Some(id) => {
            let submission = work.submission(actor.registration, id).await?;
            let person = submission.map(|submission| submission.person);
            match person {
                Some(person) => work.person(actor.registration, person).await?,
                None => None,
            }
            .map(|person| (person, id))
        }
        None => None,
    };
    let problems = if count(counts, CohortFilter::NotDelivered) == 0 {
        Vec::new()
    } else {
        work.cohort(&everybody, CohortFilter::NotDelivered, PROBLEMS_SHOWN, 0)
            .await?
    };
    let work = work.as_mut();
    let problems = rows(work, visit, problems).await?;
    Ok(CohortPage {
        begun: work
            .has_submissions(actor.registration, actor.activity)
            .await?,
        counts,
        all,
        rows: rows(work, visit, shown).await?,
        next,
        more_problems: count(counts, CohortFilter::NotDelivered)
            .saturating_sub(u32::try_from(problems.len()).unwrap_or(u32::MAX)),
        problems,
        groups: work.groups(actor.registration, actor.course).await?,
    })
}

/// How many learners a filter shows.
fn count(counts: [u32; CohortFilter::ALL.len()], filter: CohortFilter) -> u32 {
    CohortFilter::ALL
        .into_iter()
        .zip(counts)
        .find_map(|(counted, count)| (counted == filter).then_some(count))
        .unwrap_or_default()
}

/// Whose work to open after this one: the next in the list that waits or is in marking.
///
/// # Errors
/// [`Problem::NotAllowed`] for anybody but an assessor.
pub async fn next_to_mark(
    app: &App,
    visit: &Visit,
    after: SubmissionId,
) -> Result<Option<SubmissionId>, Problem> {
    let actor = visit.assessor()?;
    let query = CohortQuery {
        registration: actor.registration,
        course: actor.course,
        activity: actor.activity,
        search: "",
        group: None,
    };
    let mut work = app.storage.read().await?;
    Ok(work.next_to_mark(&query, actor.person, Some(after)).await?)
}

async fn rows(
    work: &mut dyn UnitOfWork,
    visit: &Visit,
    members: Vec<CohortMember>,
) -> Result<Vec<CohortRow>, StorageError> {
    let actor = &visit.actor;
    let mut rows = Vec::with_capacity(members.len());
    for member in members {
        let submission = match member.submission {
            Some(id) => work.submission(actor.registration, id).await?,
            None => None,
        };
        let handed_in = submission
            .as_ref()
            .filter(|submission| submission.state.is_with_assessor())
            .map(|submission| submission.id);
        let (mut report, mut marked, mut decision) = (None, 0, None);
        if let Some(id) = handed_in {
            report = match work.recheck(id).await? {
                Some(again) => Some(again.report),
                None => work.check(id).await?.map(|check| check.report),
            };
            marked = work.marked_count(id).await?;
            decision = work.standing_decision(id).await?;
        }
        let passback = work.passback(actor.activity, member.person.id).await?;
        rows.push(CohortRow {
            learner: member.person,
            present: member.present,
            submission,
            report,
            marked,
            decision,
            passback,
        });
    }
    Ok(rows)
}
