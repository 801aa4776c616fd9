//! The course's roster, read page by page from the platform (LTI NRPS 2.0), with
//! the groups of the course (Course Groups Service 1.0).
//!
//! Whoever wants a reading asks for it, and the worker reads. How far it is
//! stands in the database, so that every process can show it.

use assessment::ids::PersonId;
use assessment::people::Role;
use chrono::{DateTime, Duration, Utc};
use futures_util::{Stream, StreamExt};
use lti::groups::groups;
use lti::launch::GroupService;
use lti::nrps::{Member, MemberStatus, MembersQuery, MembershipPage, changes, members};
use lti::service::{ServiceError, Services};
use storage::StorageError;
use storage::courses::{CourseRecord, PersonRecord};
use storage::roster::{
    FoundMember, GroupRecord, MemberRecord, ReadingEnd, ReadingRecord, RosterFilter, RosterQuery,
    Unnamed,
};
use url::Url;

use crate::launch::full_name;
use crate::passback::services;
use crate::visit::Visit;
use crate::{App, Problem};

/// How old a roster may get before the worker reads it again.
const STALE_HOURS: i64 = 24;
/// How long the worker waits after a reading that failed.
const RETRY_MINUTES: i64 = 15;
/// Longer than a page, or a part of one, usually takes with all tries, so that
/// two workers never read the same roster. Each renews it; a reading that is
/// slower gives way.
const LEASE_MINUTES: i64 = 3;
/// After so many days the roster is asked once more for an activity's names,
/// where it told none: a teacher may have allowed them.
const NAMES_HIDDEN_DAYS: i64 = 7;
/// How many members are asked for at a time. Without a limit Moodle sends the
/// whole course in one answer, which memory would grow with; small pages give
/// its counted places more time to shift while people come and go. Canvas never
/// sends more than 50.
const MEMBERS_ON_A_PAGE: u32 = 500;
/// People on one page of the roster as it is shown.
pub const PAGE_SIZE: u32 = 50;
/// Readings that the page of the roster lists.
const READINGS_SHOWN: u32 = 10;

/// What a complete reading of the roster brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sweep {
    /// People seen; of a list of changes, those who changed.
    pub seen: u32,
    /// People who were not there before.
    pub came: u32,
    /// People who were there before and are not now.
    pub left: u32,
}

/// Why the roster could not be read to its end. Whoever was known before is
/// still known: a partial reading removes nobody.
#[derive(Debug, thiserror::Error)]
pub enum RosterProblem {
    /// The platform offers no roster for this course.
    #[error("the course offers no roster to this tool")]
    NotOffered,
    /// Somebody else reads it at this moment, and what they find counts.
    #[error("this roster is being read already")]
    UnderWay,
    /// The platform refuses or does not answer.
    #[error("the platform did not give the whole roster")]
    Service(#[from] ServiceError),
    /// The database failed.
    #[error("the database failed while the roster was read")]
    Storage(#[from] StorageError),
}

/// Asks for a reading of the roster of the course that the assessor is in. The
/// worker begins it at once; asking while one is under way changes nothing.
///
/// # Errors
/// [`Problem::NotAllowed`] for anybody but an assessor; [`Problem::NotNow`]
/// where the course offers no roster.
pub async fn ask(app: &App, visit: &Visit) -> Result<(), Problem> {
    let actor = visit.assessor()?;
    if is_under_way(app, &visit.course) {
        return Ok(());
    }
    let pause = visit
        .course
        .roster
        .paused_until
        .map(|until| until - app.now());
    if let Some(pause) = pause.filter(|pause| *pause > Duration::zero()) {
        return Err(Problem::NotNow(format!(
            "The course platform asks us to leave its list of learners alone for {}. Then it is read by itself.",
            in_words(pause)
        )));
    }
    let mut work = app.storage.write().await?;
    let offered = work
        .ask_for_roster(actor.registration, actor.course, app.now())
        .await?;
    work.save().await?;
    if !offered {
        return Err(Problem::NotNow(
            "This course does not share its list of learners. They appear here when they open the activity. An administrator can allow the list in the course platform’s settings for this tool."
                .to_owned(),
        ));
    }
    app.roster_due.notify_one();
    Ok(())
}

/// Whether the roster is being read, or will be as soon as the worker is free.
pub fn is_under_way(app: &App, course: &CourseRecord) -> bool {
    let now = app.now();
    course.roster.asked_at.is_some() || course.roster.lease_until.is_some_and(|until| until > now)
}

/// Reads every roster that was asked for or is older than a day. A course whose
/// platform does not answer is left alone for a quarter of an hour.
///
/// # Errors
/// [`StorageError`] where the database fails.
pub async fn sync_due(app: &App) -> Result<(), StorageError> {
    loop {
        let now = app.now();
        let mut work = app.storage.read().await?;
        let due = work
            .due_roster(
                now,
                now - Duration::hours(STALE_HOURS),
                now - Duration::minutes(RETRY_MINUTES),
            )
            .await?;
        drop(work);
        let Some(course) = due else { return Ok(()) };
        match sync_course(app, &course).await {
            Ok(_) | Err(RosterProblem::UnderWay) => {}
            Err(RosterProblem::Storage(error)) => return Err(error),
            Err(error) => {
                tracing::warn!(course.id = %course.id, %error, "the roster could not be read");
            }
        }
    }
}

/// Reads one course's roster into storage, a page at a time: what has changed,
/// where the platform tells that, else all of it.
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
    let services = services(app, &registration, course).await?;
    let started = app.now();
    let mut work = app.storage.write().await?;
    if !work.begin_reading(course.id, started, lease(app)).await? {
        return Err(RosterProblem::UnderWay);
    }
    work.save().await?;
    let mut reading = Reading {
        app,
        course,
        services,
        started,
        seen: 0,
        unreadable: 0,
        pages: 0,
        differences_url: course.roster.differences_url.clone(),
    };
    let result = match reading.read(&url).await {
        Ok(unnamed) => Ok(unnamed),
        Err(RosterProblem::Service(error)) => Err(error),
        // The lease runs out, and the reading is begun again.
        Err(error) => return Err(error),
    };
    // A shorter one is over before the next try.
    let pause = result
        .as_ref()
        .err()
        .and_then(ServiceError::retry_after)
        .and_then(|pause| Duration::from_std(pause).ok())
        .filter(|pause| *pause > Duration::minutes(RETRY_MINUTES));
    let (complete, unnamed, problem) = match &result {
        Ok(_) if reading.unreadable > 0 => (true, Unnamed::Unknown, unreadable(&reading)),
        Ok(unnamed) => (true, *unnamed, String::new()),
        Err(error) => (false, Unnamed::Unknown, said(error, pause)),
    };
    let now = app.now();
    let end = ReadingEnd {
        at: now,
        complete,
        unnamed,
        seen: reading.seen,
        problem,
        differences_url: reading.differences_url,
        paused_until: pause.map(|pause| now + pause),
    };
    let mut work = app.storage.write().await?;
    let ended = work.end_reading(course.id, started, &end).await?;
    work.save().await?;
    result?;
    let ended = ended.ok_or(RosterProblem::UnderWay)?;
    tracing::info!(course.id = %course.id, seen = ended.seen, came = ended.came, left = ended.went, "roster read");
    Ok(Sweep {
        seen: ended.seen,
        came: ended.came,
        left: ended.went,
    })
}

/// One reading of one course's roster.
struct Reading<'a> {
    app: &'a App,
    course: &'a CourseRecord,
    services: Services,
    started: DateTime<Utc>,
    /// People seen so far.
    seen: u32,
    /// Entries that named nobody.
    unreadable: usize,
    /// Pages read.
    pages: u32,
    differences_url: Option<String>,
}

impl Reading<'_> {
    /// Reads to the end, and says what is to be thought of those who were not named.
    async fn read(&mut self, url: &Url) -> Result<Unnamed, RosterProblem> {
        self.read_groups().await?;
        let unnamed = match self.read_changes().await? {
            Some(unnamed) => unnamed,
            None => self.read_all(url).await?,
        };
        self.read_names(url).await?;
        Ok(unnamed)
    }

    /// The groups of the course. They are an extra, which keeps no roster from being read.
    async fn read_groups(&mut self) -> Result<(), RosterProblem> {
        let Some(context_groups_url) = self
            .course
            .groups_url
            .as_deref()
            .and_then(|url| Url::parse(url).ok())
        else {
            return Ok(());
        };
        let service = GroupService {
            context_groups_url,
            context_group_sets_url: None,
            scopes: Vec::new(),
            service_versions: Vec::new(),
        };
        match groups(&self.services, &service, None).await {
            Ok(found) => {
                let records: Vec<_> = found
                    .into_iter()
                    .map(|group| GroupRecord {
                        id: group.id,
                        name: group.name,
                    })
                    .collect();
                let mut work = self.app.storage.write().await?;
                work.put_groups(self.course.id, &records).await?;
                work.save().await?;
            }
            Err(error) => {
                tracing::warn!(course.id = %self.course.id, %error, "the groups could not be read");
            }
        }
        Ok(())
    }

    /// What has changed since the last reading; none where the platform does
    /// not tell, or does not know that reading any more.
    async fn read_changes(&mut self) -> Result<Option<Unnamed>, RosterProblem> {
        let Some(url) = self
            .differences_url
            .as_deref()
            .and_then(|url| Url::parse(url).ok())
        else {
            return Ok(None);
        };
        match self.keep(changes(&self.services, &url), true).await {
            Ok(()) => Ok(Some(Unnamed::Stayed)),
            Err(RosterProblem::Service(error)) if !error.may_pass() => {
                tracing::info!(course.id = %self.course.id, %error, "the changes of a roster could not be read, so all of it is");
                self.seen = 0;
                self.unreadable = 0;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Everybody. Where a long list did not name somebody whom the last one
    /// had, it is read once more: platforms count places, so that somebody who
    /// leaves between two pages moves another one out of sight.
    async fn read_all(&mut self, url: &Url) -> Result<Unnamed, RosterProblem> {
        let query = MembersQuery {
            limit: Some(MEMBERS_ON_A_PAGE),
            ..MembersQuery::default()
        };
        self.differences_url = None;
        self.pages = 0;
        self.keep(members(&self.services, url, &query), false)
            .await?;
        let mut work = self.app.storage.read().await?;
        let somebody_is_missing = work
            .has_unnamed_members(self.course.id, self.started)
            .await?;
        drop(work);
        if self.pages > 1 && somebody_is_missing {
            self.seen = 0;
            self.unreadable = 0;
            self.keep(members(&self.services, url, &query), false)
                .await?;
        }
        Ok(Unnamed::Left)
    }

    /// Keeps what the pages bring. Of changes, who is named without a part in
    /// the course has left.
    async fn keep(
        &mut self,
        mut pages: impl Stream<Item = Result<MembershipPage, ServiceError>> + Unpin,
        are_changes: bool,
    ) -> Result<(), RosterProblem> {
        // Of a reading that breaks off, the address for the next time would hide what it missed.
        let mut differences_url = None;
        while let Some(page) = pages.next().await {
            let page = page?;
            self.pages += u32::from(page.is_new);
            self.unreadable += page.unreadable;
            if let Some(differences) = page.differences {
                differences_url = Some(differences.to_string());
            }
            let mut work = self.app.storage.write().await?;
            for member in page.members {
                if let Some(role) = part(&member) {
                    let found = self.found(member, role);
                    work.put_found_member(self.course.id, self.started, &found)
                        .await?;
                    self.seen += 1;
                } else if are_changes {
                    work.put_gone_member(self.course.id, self.started, &member.user_id)
                        .await?;
                    self.seen += 1;
                }
            }
            self.note(work).await?;
        }
        self.differences_url = differences_url;
        Ok(())
    }

    /// Names that the platform tells only where it is asked for one activity:
    /// Moodle, where each activity decides about privacy. An activity for which
    /// it tells none is left alone for a week.
    async fn read_names(&mut self, url: &Url) -> Result<(), RosterProblem> {
        let now = self.app.now();
        let mut work = self.app.storage.read().await?;
        let activities = work
            .activities_to_ask_for_names(self.course.id, now - Duration::days(NAMES_HIDDEN_DAYS))
            .await?;
        drop(work);
        for activity in activities {
            let mut work = self.app.storage.read().await?;
            let is_somebody_nameless = work.has_nameless_members(self.course.id).await?;
            drop(work);
            if !is_somebody_nameless {
                return Ok(());
            }
            let query = MembersQuery {
                limit: Some(MEMBERS_ON_A_PAGE),
                resource_link_id: Some(activity.resource_link),
                ..MembersQuery::default()
            };
            let mut pages = members(&self.services, url, &query);
            let (mut named, mut broken_off) = (false, false);
            while let Some(page) = pages.next().await {
                let page = match page {
                    Ok(page) => page,
                    // Canvas refuses a link that has no assignment behind it.
                    // The roster itself is complete already.
                    Err(error) => {
                        broken_off = error.may_pass();
                        break;
                    }
                };
                let mut work = self.app.storage.write().await?;
                for member in page.members {
                    let person = self.person(member);
                    if !person.name.is_empty() {
                        work.put_person(&person).await?;
                        named = true;
                    }
                }
                self.note(work).await?;
            }
            let mut work = self.app.storage.write().await?;
            let told_none = !named && !broken_off;
            work.set_names_hidden(activity.id, told_none.then_some(now))
                .await?;
            work.save().await?;
        }
        Ok(())
    }

    /// Ends the work on a page with how far the reading is now.
    async fn note(&self, mut work: Box<dyn storage::UnitOfWork>) -> Result<(), RosterProblem> {
        let ours = work
            .note_reading(self.course.id, self.started, lease(self.app), self.seen)
            .await?;
        if !ours {
            return Err(RosterProblem::UnderWay);
        }
        Ok(work.save().await?)
    }

    fn found(&self, mut member: Member, role: Role) -> FoundMember {
        let groups = std::mem::take(&mut member.groups);
        FoundMember {
            person: self.person(member),
            role,
            groups: self.course.groups_url.is_some().then_some(groups),
        }
    }

    fn person(&self, member: Member) -> PersonRecord {
        PersonRecord {
            is_preview: member.roles.is_test_user(),
            id: PersonId::new(self.started, self.app.random()),
            registration: self.course.registration,
            name: full_name(
                member.name.as_deref(),
                member.given_name.as_deref(),
                member.family_name.as_deref(),
            ),
            subject: member.user_id,
            family_name: member.family_name.unwrap_or_default(),
            email: member.email.unwrap_or_default(),
        }
    }
}

fn lease(app: &App) -> DateTime<Utc> {
    app.now() + Duration::minutes(LEASE_MINUTES)
}

/// The part that somebody on the roster has here. Who is suspended has none,
/// and neither have preview users, observers and designers; who teaches and
/// learns in the same course marks.
fn part(member: &Member) -> Option<Role> {
    if member.status != MemberStatus::Active || member.roles.is_test_user() {
        None
    } else if member.roles.is_instructor() {
        Some(Role::Assessor)
    } else if member.roles.is_learner() {
        Some(Role::Learner)
    } else {
        None
    }
}

/// What a platform's refusal means for those who wait for a roster.
fn said(error: &ServiceError, pause: Option<Duration>) -> String {
    if let Some(pause) = pause {
        return format!(
            "{error}. It asks to be left alone for {}. Then the list is read again by itself.",
            in_words(pause)
        );
    }
    match error {
        // The general words are those of somebody who sends grades.
        ServiceError::UnknownOutcome(_) => {
            "The connection was lost before the whole list had come. It is read again by itself in a quarter of an hour."
                .to_owned()
        }
        error => format!("{error}. {}", error.advice()),
    }
}

/// A time of more than some minutes.
fn in_words(time: Duration) -> String {
    match time.num_minutes() {
        minutes @ ..120 => format!("{} minutes", minutes + 1),
        minutes => format!("{} hours", (minutes + 59) / 60),
    }
}

fn unreadable(reading: &Reading<'_>) -> String {
    format!(
        "The list has {} without the person’s id, so nobody was taken off it. Show this to the administrator of the course platform.",
        match reading.unreadable {
            1 => "an entry".to_owned(),
            many => format!("{many} entries"),
        }
    )
}

/// Which part of the roster to show.
#[derive(Debug, Clone, Copy)]
pub struct RosterView<'a> {
    /// Who.
    pub who: RosterFilter,
    /// A part of the name; empty for everybody.
    pub search: &'a str,
    /// The page, from 1. A page beyond the last counts as the last.
    pub page: u32,
}

/// A part of the roster.
#[derive(Debug)]
pub struct RosterPage {
    /// How many people the view finds.
    pub all: u32,
    /// Those on its page.
    pub members: Vec<MemberRecord>,
    /// How many people are in the course.
    pub here: u32,
    /// How many were and are not any more.
    pub gone: u32,
    /// The last readings, latest first.
    pub readings: Vec<ReadingRecord>,
}

/// The roster of the course that the assessor is in, by family name.
///
/// # Errors
/// [`Problem::NotAllowed`] for anybody but an assessor.
pub async fn roster(app: &App, visit: &Visit, view: RosterView<'_>) -> Result<RosterPage, Problem> {
    let actor = visit.assessor()?;
    let mut work = app.storage.read().await?;
    let search = view.search.to_lowercase();
    let query = RosterQuery {
        registration: actor.registration,
        course: actor.course,
        search: &search,
        who: view.who,
    };
    let everybody = |who| RosterQuery {
        search: "",
        who,
        ..query
    };
    let all = work.roster_count(&query).await?;
    Ok(RosterPage {
        all,
        members: work
            .roster(&query, PAGE_SIZE, offset(view.page, all))
            .await?,
        here: work.roster_count(&everybody(RosterFilter::Here)).await?,
        gone: work.roster_count(&everybody(RosterFilter::Gone)).await?,
        readings: work
            .readings(actor.registration, actor.course, READINGS_SHOWN)
            .await?,
    })
}

/// The last reading of the course's roster.
///
/// # Errors
/// [`Problem::Storage`] where the database fails.
pub async fn last_reading(app: &App, visit: &Visit) -> Result<Option<ReadingRecord>, Problem> {
    let mut work = app.storage.read().await?;
    Ok(work
        .readings(visit.actor.registration, visit.actor.course, 1)
        .await?
        .pop())
}

/// Where a page of a list begins, for `all` entries.
pub(crate) fn offset(page: u32, all: u32) -> u32 {
    let last = all.div_ceil(PAGE_SIZE).max(1);
    (page.clamp(1, last) - 1) * PAGE_SIZE
}
