//! Courses, activities and people.

use assessment::ids::{ActivityId, CourseId, PersonId, RegistrationId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::StorageError;
use crate::roster::RosterProgress;

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
    /// Whether the platform calls them a preview learner, as teachers have one
    /// to see a course with a learner's eyes.
    pub is_preview: bool,
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
    /// Where its groups are read; none where the platform offers none.
    pub groups_url: Option<String>,
    /// How the reading of its roster stands.
    pub roster: RosterProgress,
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
    /// The line item that the latest launch named; none where none ever did.
    pub line_item_url: Option<String>,
    /// Where the line items are that it may use: the course's, or on some
    /// platforms its own.
    pub line_items_url: Option<String>,
    /// Scopes that the platform grants for grades.
    pub grade_scopes: Vec<String>,
    /// The platform's product: `moodle`, `canvas`; may be empty.
    pub platform_family: String,
    /// The id that we gave to the link when it was chosen, which a copy of the
    /// course keeps; none where staff added the activity by hand.
    pub link: Option<String>,
    /// By when to hand in, where the link or the platform says so.
    pub hand_in_by: Option<DateTime<Utc>>,
}

/// An activity of a course that somebody teaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaughtActivityRecord {
    /// The activity.
    pub activity: ActivityRecord,
    /// Title of its course.
    pub course_title: String,
    /// How many learners have work in it, drafts included.
    pub learners: u32,
}

/// Reading and writing of courses, activities and people.
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
    /// addresses that are none are kept as they were, and so is how the roster
    /// stands. Returns the id that counts.
    async fn put_course(&mut self, record: &CourseRecord) -> Result<CourseId, StorageError>;
    /// The course of this id.
    async fn course(
        &mut self,
        registration: RegistrationId,
        id: CourseId,
    ) -> Result<Option<CourseRecord>, StorageError>;
    /// The person, the course and its activity with a unit, where putting these
    /// records would change none of them and the course's deployment is still
    /// registered; else none. Ids, and the activity's course, are not looked at.
    async fn unchanged(
        &mut self,
        person: &PersonRecord,
        course: &CourseRecord,
        activity: &ActivityRecord,
    ) -> Result<Option<(PersonId, CourseId, ActivityId)>, StorageError>;
    /// Adds or updates an activity by course and resource link. A unit, line
    /// item, link or date that is none is kept as it was. Returns the record
    /// that counts.
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
    /// The activity of a course with this resource link.
    async fn activity_of_link(
        &mut self,
        course: CourseId,
        resource_link: &str,
    ) -> Result<Option<ActivityRecord>, StorageError>;
    /// The activities of a course, by the platform's id of it.
    async fn activities_of_context(
        &mut self,
        registration: RegistrationId,
        deployment: &str,
        context: &str,
    ) -> Result<Vec<ActivityRecord>, StorageError>;
    /// The activities of every course that has this person as an assessor now,
    /// by title of the course, then of the activity.
    async fn taught_activities(
        &mut self,
        registration: RegistrationId,
        person: PersonId,
    ) -> Result<Vec<TaughtActivityRecord>, StorageError>;
    /// Exchanges what the platform says about two activities of one course: the
    /// resource link with its title, line item, scopes, our link and date. Unit
    /// and work stay with their activities, and line items that were remembered
    /// for them are forgotten. False where one of them is not there,
    /// or they are of different courses.
    async fn exchange_links(
        &mut self,
        registration: RegistrationId,
        one: ActivityId,
        other: ActivityId,
    ) -> Result<bool, StorageError>;
    /// Names the unit of an activity.
    async fn set_activity_unit(
        &mut self,
        registration: RegistrationId,
        id: ActivityId,
        unit: &str,
    ) -> Result<bool, StorageError>;
}
