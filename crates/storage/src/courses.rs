//! Courses, activities, people and rosters.

use assessment::ids::{ActivityId, CourseId, PersonId, RegistrationId};
use assessment::people::Role;
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;

/// A person as one platform knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonRecord {
    /// The id; kept where the person is known already.
    pub id: PersonId,
    /// The tenant.
    pub registration: RegistrationId,
    /// The platform's id of them (`sub`, `user_id`).
    pub subject: String,
    /// Full name; empty where privacy hides it.
    pub name: String,
    /// Family name, to sort by; may be empty.
    pub family_name: String,
    /// E-mail address; may be empty.
    pub email: String,
}

/// A course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourseRecord {
    /// The id; kept where the course is known already.
    pub id: CourseId,
    /// The tenant.
    pub registration: RegistrationId,
    /// The deployment it belongs to.
    pub deployment: String,
    /// The platform's id of it.
    pub context: String,
    /// Title.
    pub title: String,
    /// Where its roster is read; none where the platform offers none.
    pub memberships_url: Option<String>,
    /// Where its line items are.
    pub line_items_url: Option<String>,
    /// When a complete roster was last read.
    pub roster_synced_at: Option<DateTime<Utc>>,
    /// When reading it was last begun, whatever came of it.
    pub roster_tried_at: Option<DateTime<Utc>>,
}

/// An activity in a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityRecord {
    /// The id; kept where the activity is known already.
    pub id: ActivityId,
    /// The tenant.
    pub registration: RegistrationId,
    /// The course.
    pub course: CourseId,
    /// The platform's id of the resource link.
    pub resource_link: String,
    /// Title.
    pub title: String,
    /// Id of the unit; none until the link or a member of staff names one.
    pub unit: Option<String>,
    /// Where scores go; none where the activity is not graded.
    pub line_item_url: Option<String>,
    /// Scopes that the platform grants for grades.
    pub grade_scopes: Vec<String>,
    /// The platform's product: `moodle`, `canvas`; may be empty.
    pub platform_family: String,
}

/// A person on a course's roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRecord {
    /// The person.
    pub person: PersonRecord,
    /// What they are there.
    pub role: Role,
    /// Whether the last complete roster had them.
    pub present: bool,
}

/// Reading and writing of courses, activities, people and rosters.
#[async_trait]
pub trait Courses {
    /// Adds or updates a person by tenant and subject. An empty name or e-mail
    /// address does not erase a known one. Returns the id that counts.
    async fn put_person(&mut self, record: &PersonRecord) -> Result<PersonId, StorageError>;
    /// The person of this id.
    async fn person(
        &mut self,
        registration: RegistrationId,
        id: PersonId,
    ) -> Result<Option<PersonRecord>, StorageError>;
    /// The person whom the platform knows by this id.
    async fn person_by_subject(
        &mut self,
        registration: RegistrationId,
        subject: &str,
    ) -> Result<Option<PersonRecord>, StorageError>;
    /// Adds or updates a course by tenant, deployment and context. Service
    /// addresses that are none are kept as they were. Returns the id that counts.
    async fn put_course(&mut self, record: &CourseRecord) -> Result<CourseId, StorageError>;
    /// The course of this id.
    async fn course(
        &mut self,
        registration: RegistrationId,
        id: CourseId,
    ) -> Result<Option<CourseRecord>, StorageError>;
    /// Courses that offer a roster, those synced longest ago first.
    async fn courses_with_roster(&mut self) -> Result<Vec<CourseRecord>, StorageError>;
    /// Adds or updates an activity by course and resource link. A unit or line
    /// item that is none is kept as it was. Returns the record that counts.
    async fn put_activity(
        &mut self,
        record: &ActivityRecord,
    ) -> Result<ActivityRecord, StorageError>;
    /// The activity of this id.
    async fn activity(
        &mut self,
        registration: RegistrationId,
        id: ActivityId,
    ) -> Result<Option<ActivityRecord>, StorageError>;
    /// Activities of the tenant with this resource link, or with this line item
    /// where no link is given.
    async fn find_activities(
        &mut self,
        registration: RegistrationId,
        resource_link: Option<&str>,
        line_item: Option<&str>,
    ) -> Result<Vec<ActivityRecord>, StorageError>;
    /// Names the unit of an activity.
    async fn set_activity_unit(
        &mut self,
        registration: RegistrationId,
        id: ActivityId,
        unit: &str,
    ) -> Result<bool, StorageError>;
    /// Keeps the line item that was found or made for an activity.
    async fn set_activity_line_item(
        &mut self,
        registration: RegistrationId,
        id: ActivityId,
        line_item: &str,
    ) -> Result<bool, StorageError>;
    /// Puts a person on a course's roster, seen at this time.
    async fn put_member(
        &mut self,
        course: CourseId,
        person: PersonId,
        role: Role,
        seen_at: DateTime<Utc>,
    ) -> Result<(), StorageError>;
    /// The same, as a roster has it. Who launched as an assessor stays one, for
    /// Moodle lists its non-editing teachers as learners.
    async fn put_roster_member(
        &mut self,
        course: CourseId,
        person: PersonId,
        role: Role,
        seen_at: DateTime<Utc>,
    ) -> Result<(), StorageError>;
    /// Begins a reading of the roster, so that others leave it alone for a while.
    async fn begin_roster_sweep(
        &mut self,
        course: CourseId,
        at: DateTime<Utc>,
    ) -> Result<(), StorageError>;
    /// Ends a complete reading of the roster that began at `started`: who was
    /// not seen since is marked absent, never removed. Says how many.
    async fn end_roster_sweep(
        &mut self,
        course: CourseId,
        started: DateTime<Utc>,
    ) -> Result<u64, StorageError>;
    /// The roster, by family name, then name.
    async fn members(
        &mut self,
        registration: RegistrationId,
        course: CourseId,
    ) -> Result<Vec<MemberRecord>, StorageError>;
}
