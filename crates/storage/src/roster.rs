//! Rosters: who is in a course, what each reading of the list brought, and groups.

use assessment::ids::{ActivityId, CourseId, PersonId, RegistrationId};
use assessment::people::Role;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;
use crate::courses::{ActivityRecord, CourseRecord, PersonRecord};

/// How the reading of a course's roster stands. It is kept with the course, so
/// that every process can show it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RosterProgress {
    /// When a complete roster was last read.
    pub synced_at: Option<DateTime<Utc>>,
    /// When reading it was last begun, whatever came of it.
    pub tried_at: Option<DateTime<Utc>>,
    /// When somebody asked for a reading that has not begun yet.
    pub asked_at: Option<DateTime<Utc>>,
    /// Until when the reading under way keeps others off; none while there is none.
    pub lease_until: Option<DateTime<Utc>>,
    /// Until when the platform wants it left alone, after a reading that failed.
    pub paused_until: Option<DateTime<Utc>>,
    /// How many people the reading under way, or the last one, has seen.
    pub seen: u32,
    /// Where the platform tells what has changed since the last reading; few do.
    pub differences_url: Option<String>,
}

/// A person on a course's roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRecord {
    /// The person.
    pub person: PersonRecord,
    /// What they are there.
    pub role: Role,
    /// Whether they are in the course, as far as is known.
    pub present: bool,
    /// When a roster or a launch first told of them.
    pub first_seen_at: DateTime<Utc>,
    /// When one did last.
    pub seen_at: DateTime<Utc>,
}

/// Somebody as a reading of the roster found them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundMember {
    /// The person; the id is that of a new one.
    pub person: PersonRecord,
    /// What they are there.
    pub role: Role,
    /// The groups that they are in; none where the course tells no groups.
    pub groups: Option<Vec<String>>,
}

/// One reading of a roster, ended well or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadingRecord {
    /// When it began, which also names it within its course.
    pub started_at: DateTime<Utc>,
    /// When it ended.
    pub ended_at: DateTime<Utc>,
    /// Whether it came to the end of the list.
    pub complete: bool,
    /// How many people it saw.
    pub seen: u32,
    /// How many of them were not on the roster before.
    pub came: u32,
    /// How many were on the roster before and are not now.
    pub went: u32,
    /// What went wrong, for people; empty where nothing did.
    pub problem: String,
}

/// How a reading ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadingEnd {
    /// When.
    pub at: DateTime<Utc>,
    /// Whether it came to the end of the list.
    pub complete: bool,
    /// What becomes of those whom it did not name.
    pub unnamed: Unnamed,
    /// How many people it saw.
    pub seen: u32,
    /// What went wrong, for people; empty where nothing did.
    pub problem: String,
    /// Where changes from now on can be read.
    pub differences_url: Option<String>,
    /// Until when the platform wants it left alone.
    pub paused_until: Option<DateTime<Utc>>,
}

/// What a reading says of those whom it did not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unnamed {
    /// They are not in the course any more: the whole list was read.
    Left,
    /// They are as they were: all changes were read.
    Stayed,
    /// Nothing: the list broke off, or parts of it could not be read.
    Unknown,
}

/// A group of a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRecord {
    /// The platform's id of it.
    pub id: String,
    /// Its name; may be empty.
    pub name: String,
}

/// Which part of a roster is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RosterQuery<'a> {
    /// The tenant.
    pub registration: RegistrationId,
    /// The course.
    pub course: CourseId,
    /// A part of the name as it is shown, in small letters; empty for everybody.
    pub search: &'a str,
    /// Who.
    pub who: RosterFilter,
}

/// Which people of a roster are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RosterFilter {
    /// Who is in the course.
    Here,
    /// Who was, and is not any more.
    Gone,
    /// Whom the reading that began then found new.
    Came(DateTime<Utc>),
    /// Whom the reading that began then missed.
    Went(DateTime<Utc>),
}

/// Reading and writing of rosters. A reading is named by its course and the
/// time at which it began.
#[async_trait]
pub trait Rosters {
    /// Puts a person on a course's roster who came by a launch.
    async fn put_member(
        &mut self,
        course: CourseId,
        person: PersonId,
        role: Role,
        seen_at: DateTime<Utc>,
    ) -> Result<(), StorageError>;
    /// Courses that offer a roster, those synced longest ago first.
    async fn courses_with_roster(&mut self) -> Result<Vec<CourseRecord>, StorageError>;
    /// Asks for a reading as soon as there is a worker for it. False where
    /// there is no such course, or it offers no roster.
    async fn ask_for_roster(
        &mut self,
        registration: RegistrationId,
        course: CourseId,
        at: DateTime<Utc>,
    ) -> Result<bool, StorageError>;
    /// The course whose roster is to be read next: one that was asked for, else
    /// one whose last complete reading is older than `stale` and whose last try
    /// is older than `retry`, or whose platform's pause is over. Courses that are
    /// being read, those in a pause, and those of disabled registrations, do not come.
    async fn due_roster(
        &mut self,
        now: DateTime<Utc>,
        stale: DateTime<Utc>,
        retry: DateTime<Utc>,
    ) -> Result<Option<CourseRecord>, StorageError>;
    /// Begins a reading and keeps others off until `lease_until`. False where
    /// another one is under way.
    async fn begin_reading(
        &mut self,
        course: CourseId,
        started: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<bool, StorageError>;
    /// Notes how far a reading is and keeps others off for longer. False where
    /// it was ended or another one has taken its place.
    async fn note_reading(
        &mut self,
        course: CourseId,
        started: DateTime<Utc>,
        lease_until: DateTime<Utc>,
        seen: u32,
    ) -> Result<bool, StorageError>;
    /// Puts somebody on the roster whom a reading named, with name and groups.
    /// Who launched as an assessor stays one, for Moodle lists its non-editing
    /// teachers as learners.
    async fn put_found_member(
        &mut self,
        course: CourseId,
        started: DateTime<Utc>,
        found: &FoundMember,
    ) -> Result<(), StorageError>;
    /// Takes somebody off the roster whom a list of changes named as gone.
    async fn put_gone_member(
        &mut self,
        course: CourseId,
        started: DateTime<Utc>,
        subject: &str,
    ) -> Result<(), StorageError>;
    /// Whether somebody was in the course before and was not named by this reading.
    async fn has_unnamed_members(
        &mut self,
        course: CourseId,
        started: DateTime<Utc>,
    ) -> Result<bool, StorageError>;
    /// Ends a reading, which nobody's work suffers from: who is gone is marked
    /// absent, never removed. None where another reading has taken its place.
    async fn end_reading(
        &mut self,
        course: CourseId,
        started: DateTime<Utc>,
        end: &ReadingEnd,
    ) -> Result<Option<ReadingRecord>, StorageError>;
    /// The last readings, latest first.
    async fn readings(
        &mut self,
        registration: RegistrationId,
        course: CourseId,
        limit: u32,
    ) -> Result<Vec<ReadingRecord>, StorageError>;
    /// Whether the platform told no name of somebody in the course.
    async fn has_nameless_members(&mut self, course: CourseId) -> Result<bool, StorageError>;
    /// Activities for which the roster may tell names: all but those for which
    /// it told none since `before`.
    async fn activities_to_ask_for_names(
        &mut self,
        course: CourseId,
        before: DateTime<Utc>,
    ) -> Result<Vec<ActivityRecord>, StorageError>;
    /// Notes when the roster, asked for an activity, told no name either.
    async fn set_names_hidden(
        &mut self,
        activity: ActivityId,
        at: Option<DateTime<Utc>>,
    ) -> Result<(), StorageError>;
    /// Puts a course's groups in place of those known before.
    async fn put_groups(
        &mut self,
        course: CourseId,
        groups: &[GroupRecord],
    ) -> Result<(), StorageError>;
    /// A course's groups, by name.
    async fn groups(
        &mut self,
        registration: RegistrationId,
        course: CourseId,
    ) -> Result<Vec<GroupRecord>, StorageError>;
    /// A part of the roster, by family name, then name; who has no name comes
    /// last, by the platform's id.
    async fn roster(
        &mut self,
        query: &RosterQuery<'_>,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<MemberRecord>, StorageError>;
    /// How many people the query finds.
    async fn roster_count(&mut self, query: &RosterQuery<'_>) -> Result<u32, StorageError>;
}
