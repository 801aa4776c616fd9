use assessment::ids::{ActivityId, CourseId, PersonId, RegistrationId};
use assessment::people::{Role, shown_name};
use async_trait::async_trait;
use sqlx::query;
use sqlx::sqlite::SqliteRow;
use storage::StorageError;
use storage::courses::{ActivityRecord, CourseRecord, Courses, PersonRecord, TaughtActivityRecord};
use storage::roster::RosterProgress;

use crate::Work;
use crate::convert::{Reader, milliseconds};

pub(crate) fn person(row: &SqliteRow) -> Result<PersonRecord, StorageError> {
    let row = Reader::new("people", row);
    Ok(PersonRecord {
        id: PersonId(row.id("id")?),
        registration: RegistrationId(row.id("registration")?),
        subject: row.text("subject")?,
        name: row.text("name")?,
        family_name: row.text("family_name")?,
        email: row.text("email")?,
        is_preview: row.flag("is_preview")?,
    })
}

pub(crate) fn course(row: &SqliteRow) -> Result<CourseRecord, StorageError> {
    let row = Reader::new("courses", row);
    Ok(CourseRecord {
        id: CourseId(row.id("id")?),
        registration: RegistrationId(row.id("registration")?),
        deployment: row.text("deployment")?,
        context: row.text("context")?,
        title: row.text("title")?,
        memberships_url: row.optional_text("memberships_url")?,
        line_items_url: row.optional_text("line_items_url")?,
        groups_url: row.optional_text("groups_url")?,
        roster: RosterProgress {
            synced_at: row.optional_time("roster_synced_at")?,
            tried_at: row.optional_time("roster_tried_at")?,
            asked_at: row.optional_time("roster_asked_at")?,
            lease_until: row.optional_time("roster_lease_until")?,
            paused_until: row.optional_time("roster_paused_until")?,
            seen: row.number("roster_seen")?,
            differences_url: row.optional_text("roster_differences_url")?,
        },
    })
}

pub(crate) fn activity(row: &SqliteRow) -> Result<ActivityRecord, StorageError> {
    let row = Reader::new("activities", row);
    Ok(ActivityRecord {
        id: ActivityId(row.id("id")?),
        registration: RegistrationId(row.id("registration")?),
        course: CourseId(row.id("course")?),
        resource_link: row.text("resource_link")?,
        title: row.text("title")?,
        unit: row.optional_text("unit")?,
        line_item_url: row.optional_text("line_item_url")?,
        line_items_url: row.optional_text("line_items_url")?,
        grade_scopes: row
            .text("grade_scopes")?
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        platform_family: row.text("platform_family")?,
        link: row.optional_text("link")?,
        hand_in_by: row.optional_time("hand_in_by")?,
    })
}

#[async_trait]
impl Courses for Work {
    async fn put_person(&mut self, record: &PersonRecord) -> Result<PersonId, StorageError> {
        let row = self
            .one(
                query(
                    "INSERT INTO people (id, registration, subject, name, family_name, email,
                 search_name, is_preview)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (registration, subject) DO UPDATE SET
                 search_name = CASE excluded.name WHEN '' THEN search_name ELSE
                 excluded.search_name END,
                 name = CASE excluded.name WHEN '' THEN name ELSE excluded.name END,
                 family_name = CASE excluded.family_name WHEN '' THEN family_name ELSE
                 excluded.family_name END,
                 email = CASE excluded.email WHEN '' THEN email ELSE excluded.email END,
                 is_preview = excluded.is_preview
             RETURNING id",
                )
                .bind(record.id.0)
                .bind(record.registration.0)
                .bind(&record.subject)
                .bind(&record.name)
                .bind(&record.family_name)
                .bind(&record.email)
                .bind(shown_name(&record.name, &record.subject).to_lowercase())
                .bind(record.is_preview),
            )
            .await?;
        Ok(PersonId(Reader::new("people", &row).id("id")?))
    }

    async fn person(
        &mut self,
        registration: RegistrationId,
        id: PersonId,
    ) -> Result<Option<PersonRecord>, StorageError> {
        self.optional(
            query("SELECT * FROM people WHERE registration = $1 AND id = $2")
                .bind(registration.0)
                .bind(id.0),
            person,
        )
        .await
    }

    async fn person_by_subject(
        &mut self,
        registration: RegistrationId,
        subject: &str,
    ) -> Result<Option<PersonRecord>, StorageError> {
        self.optional(
            query("SELECT * FROM people WHERE registration = $1 AND subject = $2")
                .bind(registration.0)
                .bind(subject),
            person,
        )
        .await
    }

    async fn put_course(&mut self, record: &CourseRecord) -> Result<CourseId, StorageError> {
        let row = self
            .one(
                query(
                    "INSERT INTO courses (id, registration, deployment, context, title,
                 memberships_url, line_items_url, groups_url)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (registration, deployment, context) DO UPDATE SET
                 title = excluded.title,
                 memberships_url = COALESCE(excluded.memberships_url, memberships_url),
                 line_items_url = COALESCE(excluded.line_items_url, line_items_url),
                 groups_url = COALESCE(excluded.groups_url, groups_url)
             RETURNING id",
                )
                .bind(record.id.0)
                .bind(record.registration.0)
                .bind(&record.deployment)
                .bind(&record.context)
                .bind(&record.title)
                .bind(&record.memberships_url)
                .bind(&record.line_items_url)
                .bind(&record.groups_url),
            )
            .await?;
        Ok(CourseId(Reader::new("courses", &row).id("id")?))
    }

    async fn course(
        &mut self,
        registration: RegistrationId,
        id: CourseId,
    ) -> Result<Option<CourseRecord>, StorageError> {
        self.optional(
            query("SELECT * FROM courses WHERE registration = $1 AND id = $2")
                .bind(registration.0)
                .bind(id.0),
            course,
        )
        .await
    }

    async fn unchanged(
        &mut self,
        person: &PersonRecord,
        course: &CourseRecord,
        activity: &ActivityRecord,
    ) -> Result<Option<(PersonId, CourseId, ActivityId)>, StorageError> {
        // What counts as a change mirrors the statements that put them.
        self.optional(
            query(
                "SELECT people.id AS person, courses.id AS course, activities.id AS activity
             FROM deployments, people, courses, activities
             WHERE deployments.registration = $1 AND deployments.deployment = $2
                 AND people.registration = $1 AND people.subject = $3
                 AND $4 IN ('', people.name) AND $5 IN ('', people.family_name)
                 AND $6 IN ('', people.email)
                 AND courses.registration = $1 AND courses.deployment = $2
                 AND courses.context = $7 AND courses.title = $8
                 AND ($9 IS NULL OR courses.memberships_url IS $9)
                 AND ($10 IS NULL OR courses.line_items_url IS $10)
                 AND ($11 IS NULL OR courses.groups_url IS $11)
                 AND activities.course = courses.id AND activities.resource_link = $12
                 AND activities.title = $13 AND activities.unit IS NOT NULL
                 AND ($14 IS NULL OR activities.unit = $14)
                 AND ($15 IS NULL OR activities.line_item_url IS $15)
                 AND ($16 IS NULL OR activities.line_items_url IS $16)
                 AND activities.grade_scopes = $17 AND activities.platform_family = $18
                 AND ($19 IS NULL OR activities.link IS $19)
                 AND ($20 IS NULL OR activities.hand_in_by IS $20)
                 AND people.is_preview = $21",
            )
            .bind(person.registration.0)
            .bind(&course.deployment)
            .bind(&person.subject)
            .bind(&person.name)
            .bind(&person.family_name)
            .bind(&person.email)
            .bind(&course.context)
            .bind(&course.title)
            .bind(&course.memberships_url)
            .bind(&course.line_items_url)
            .bind(&course.groups_url)
            .bind(&activity.resource_link)
            .bind(&activity.title)
            .bind(&activity.unit)
            .bind(&activity.line_item_url)
            .bind(&activity.line_items_url)
            .bind(activity.grade_scopes.join(" "))
            .bind(&activity.platform_family)
            .bind(&activity.link)
            .bind(activity.hand_in_by.map(milliseconds))
            .bind(person.is_preview),
            |row| {
                let row = Reader::new("activities", row);
                Ok((
                    PersonId(row.id("person")?),
                    CourseId(row.id("course")?),
                    ActivityId(row.id("activity")?),
                ))
            },
        )
        .await
    }

    async fn put_activity(
        &mut self,
        record: &ActivityRecord,
    ) -> Result<ActivityRecord, StorageError> {
        let row = self
            .one(
                query(
                    "INSERT INTO activities (id, registration, course, resource_link, title, unit,
                 line_item_url, grade_scopes, platform_family, link, hand_in_by, line_items_url)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             ON CONFLICT (course, resource_link) DO UPDATE SET
                 title = excluded.title,
                 unit = COALESCE(excluded.unit, unit),
                 line_item_url = COALESCE(excluded.line_item_url, line_item_url),
                 line_items_url = COALESCE(excluded.line_items_url, line_items_url),
                 grade_scopes = excluded.grade_scopes,
                 platform_family = excluded.platform_family,
                 link = COALESCE(excluded.link, link),
                 hand_in_by = COALESCE(excluded.hand_in_by, hand_in_by)
             RETURNING *",
                )
                .bind(record.id.0)
                .bind(record.registration.0)
                .bind(record.course.0)
                .bind(&record.resource_link)
                .bind(&record.title)
                .bind(&record.unit)
                .bind(&record.line_item_url)
                .bind(record.grade_scopes.join(" "))
                .bind(&record.platform_family)
                .bind(&record.link)
                .bind(record.hand_in_by.map(milliseconds))
                .bind(&record.line_items_url),
            )
            .await?;
        activity(&row)
    }

    async fn activity(
        &mut self,
        registration: RegistrationId,
        id: ActivityId,
    ) -> Result<Option<ActivityRecord>, StorageError> {
        self.optional(
            query("SELECT * FROM activities WHERE registration = $1 AND id = $2")
                .bind(registration.0)
                .bind(id.0),
            activity,
        )
        .await
    }

    async fn find_activities(
        &mut self,
        registration: RegistrationId,
        resource_link: Option<&str>,
        line_item: Option<&str>,
    ) -> Result<Vec<ActivityRecord>, StorageError> {
        self.all(
            query(
                "SELECT * FROM activities WHERE registration = $1
                 AND (resource_link = $2 OR ($2 IS NULL AND line_item_url = $3)) ORDER BY id",
            )
            .bind(registration.0)
            .bind(resource_link)
            .bind(line_item),
            activity,
        )
        .await
    }

    async fn activity_of_link(
        &mut self,
        course: CourseId,
        resource_link: &str,
    ) -> Result<Option<ActivityRecord>, StorageError> {
        self.optional(
            query("SELECT * FROM activities WHERE course = $1 AND resource_link = $2")
                .bind(course.0)
                .bind(resource_link),
            activity,
        )
        .await
    }

    async fn activities_of_context(
        &mut self,
        registration: RegistrationId,
        deployment: &str,
        context: &str,
    ) -> Result<Vec<ActivityRecord>, StorageError> {
        self.all(
            query(
                "SELECT activities.* FROM activities JOIN courses ON courses.id =
                 activities.course
             WHERE courses.registration = $1 AND courses.deployment = $2 AND courses.context = $3
             ORDER BY activities.id",
            )
            .bind(registration.0)
            .bind(deployment)
            .bind(context),
            activity,
        )
        .await
    }

    async fn taught_activities(
        &mut self,
        registration: RegistrationId,
        person: PersonId,
    ) -> Result<Vec<TaughtActivityRecord>, StorageError> {
        self.all(
            query(
                "SELECT activities.*, courses.title AS course_title,
                 (SELECT COUNT(DISTINCT submissions.person) FROM submissions
                  WHERE submissions.activity = activities.id) AS learners
             FROM members JOIN courses ON courses.id = members.course
                 JOIN activities ON activities.course = courses.id
             WHERE courses.registration = $1 AND members.person = $2 AND members.role = $3 AND
                 members.present = 1
             ORDER BY courses.title, activities.title, activities.id",
            )
            .bind(registration.0)
            .bind(person.0)
            .bind(Role::Assessor.word()),
            |row| {
                let columns = Reader::new("activities", row);
                Ok(TaughtActivityRecord {
                    activity: activity(row)?,
                    course_title: columns.text("course_title")?,
                    learners: columns.number("learners")?,
                })
            },
        )
        .await
    }

    async fn exchange_links(
        &mut self,
        registration: RegistrationId,
        one: ActivityId,
        other: ActivityId,
    ) -> Result<bool, StorageError> {
        let (Some(first), Some(second)) = (
            self.activity(registration, one).await?,
            self.activity(registration, other).await?,
        ) else {
            return Ok(false);
        };
        if first.course != second.course || first.id == second.id {
            return Ok(false);
        }
        // No two activities of a course may share a link, so one steps aside; no platform's link is empty.
        self.execute(query("UPDATE activities SET resource_link = '' WHERE id = $1").bind(one.0))
            .await?;
        for (to, from) in [(other, &first), (one, &second)] {
            self.execute(
                query(
                    "UPDATE activities SET resource_link = $2, title = $3, line_item_url = $4,
                     grade_scopes = $5, platform_family = $6, link = $7, hand_in_by = $8,
                     line_items_url = $9
                 WHERE id = $1",
                )
                .bind(to.0)
                .bind(&from.resource_link)
                .bind(&from.title)
                .bind(&from.line_item_url)
                .bind(from.grade_scopes.join(" "))
                .bind(&from.platform_family)
                .bind(&from.link)
                .bind(from.hand_in_by.map(milliseconds))
                .bind(&from.line_items_url),
            )
            .await?;
        }
        // Where scores go is looked for anew: the platform may have named no line item of either link.
        self.execute(
            query("DELETE FROM line_items WHERE activity IN ($1, $2)")
                .bind(one.0)
                .bind(other.0),
        )
        .await?;
        Ok(true)
    }

    async fn set_activity_unit(
        &mut self,
        registration: RegistrationId,
        id: ActivityId,
        unit: &str,
    ) -> Result<bool, StorageError> {
        let done = self
            .execute(
                query("UPDATE activities SET unit = $3 WHERE registration = $1 AND id = $2")
                    .bind(registration.0)
                    .bind(id.0)
                    .bind(unit),
            )
            .await?;
        Ok(done == 1)
    }
}
