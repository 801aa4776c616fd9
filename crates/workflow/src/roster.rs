//! The course's roster, read page by page from the platform (LTI NRPS 2.0).

use assessment::ids::PersonId;
use assessment::people::Role;
use chrono::Duration;
use futures_util::StreamExt;
use lti::nrps::{MemberStatus, MembersQuery, members};
use lti::service::ServiceError;
use storage::StorageError;
use storage::courses::{CourseRecord, PersonRecord};
use url::Url;

use crate::launch::full_name;
use crate::passback::services;
use crate::visit::Visit;
use crate::{App, Problem};

/// How old a roster may get before the worker reads it again.
const STALE_HOURS: i64 = 24;
/// How long the worker waits after a reading that failed.
const RETRY_MINUTES: i64 = 15;

/// What a complete reading of the roster brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweep {
    /// People seen.
    pub seen: u64,
    /// People who were there before and are not now.
    pub left: u64,
}

/// Why the roster could not be read to its end. Whoever was known before is
/// still known: a partial reading removes nobody.
#[derive(Debug, thiserror::Error)]
pub enum RosterProblem {
    /// The platform offers no roster for this course.
    #[error("the course offers no roster to this tool")]
    NotOffered,
    /// The platform refuses or does not answer.
    #[error("the platform did not give the whole roster")]
    Service(#[from] ServiceError),
    /// The database failed.
    #[error("the database failed while the roster was read")]
    Storage(#[from] StorageError),
}

/// Reads the roster of the course that the assessor is in.
///
/// # Errors
/// [`Problem::NotAllowed`] for anybody but an assessor; inside it, a
/// [`RosterProblem`] where the platform does not give the roster.
pub async fn sync(app: &App, visit: &Visit) -> Result<Result<Sweep, RosterProblem>, Problem> {
    visit.assessor()?;
    Ok(sync_course(app, &visit.course).await)
}

/// Reads one course's roster into storage, a page at a time.
///
/// # Errors
/// [`RosterProblem`]; pages that were read are kept, nobody is marked absent.
pub async fn sync_course(app: &App, course: &CourseRecord) -> Result<Sweep, RosterProblem> {
    let url = course
        .memberships_url
        .as_deref()
        .and_then(|url| Url::parse(url).ok())
        .ok_or(RosterProblem::NotOffered)?;
    let mut work = app.storage.read().await?;
    let registration =
        work.registration(course.registration)
            .await?
            .ok_or(StorageError::Inconsistency {
                table: "registrations",
                column: "id",
            })?;
    drop(work);
    let services = services(app, &registration, course)?;
    let started = app.now();
    let mut work = app.storage.write().await?;
    work.begin_roster_sweep(course.id, started).await?;
    work.save().await?;
    let mut seen = 0;
    let mut pages = members(&services, &url, &MembersQuery::default());
    while let Some(page) = pages.next().await {
        let page = page?;
        let mut work = app.storage.write().await?;
        for member in page.members {
            let role = if member.roles.is_instructor() {
                Role::Assessor
            } else if member.roles.is_learner() {
                Role::Learner
            } else {
                continue;
            };
            if member.status != MemberStatus::Active || member.roles.is_test_user() {
                continue;
            }
            let name = full_name(
                member.name.as_deref(),
                member.given_name.as_deref(),
                member.family_name.as_deref(),
            );
            let person = work
                .put_person(&PersonRecord {
                    id: PersonId::new(started, app.random()),
                    registration: course.registration,
                    subject: member.user_id,
                    name,
                    family_name: member.family_name.unwrap_or_default(),
                    email: member.email.unwrap_or_default(),
                })
                .await?;
            work.put_roster_member(course.id, person, role, started)
                .await?;
            seen += 1;
        }
        work.save().await?;
    }
    let mut work = app.storage.write().await?;
    let left = work.end_roster_sweep(course.id, started).await?;
    work.save().await?;
    tracing::info!(course.id = %course.id, seen, left, "roster read");
    Ok(Sweep { seen, left })
}

/// Reads every roster that is older than a day. A course whose platform does
/// not answer is left alone for a quarter of an hour.
///
/// # Errors
/// [`StorageError`] where the database fails.
pub async fn sync_stale(app: &App) -> Result<(), StorageError> {
    let mut work = app.storage.read().await?;
    let courses = work.courses_with_roster().await?;
    drop(work);
    let (stale, retry) = (
        app.now() - Duration::hours(STALE_HOURS),
        app.now() - Duration::minutes(RETRY_MINUTES),
    );
    let due = |course: &CourseRecord| {
        course.roster_synced_at.is_none_or(|at| at < stale)
            && course.roster_tried_at.is_none_or(|at| at < retry)
    };
    for course in courses.into_iter().filter(due) {
        match sync_course(app, &course).await {
            Ok(_) => {}
            Err(RosterProblem::Storage(error)) => return Err(error),
            Err(error) => {
                tracing::warn!(course.id = %course.id, %error, "the roster could not be read");
            }
        }
    }
    Ok(())
}
