use assessment::ids::{ActivityId, CourseId, PersonId, RegistrationId};
use assessment::people::Role;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::query;
use sqlx::sqlite::SqliteRow;
use storage::StorageError;
use storage::courses::{ActivityRecord, CourseRecord, Courses};
use storage::roster::{
    FoundMember, GroupRecord, MemberRecord, ReadingEnd, ReadingRecord, RosterFilter, RosterQuery,
    Rosters, Unnamed,
};

use crate::Work;
use crate::convert::{Reader, milliseconds};
use crate::courses::{activity, course, person};

/// How many readings of a course are kept, with who came and went.
const KEPT_READINGS: u32 = 50;

fn reading(row: &SqliteRow) -> Result<ReadingRecord, StorageError> {
    let row = Reader::new("roster_readings", row);
    Ok(ReadingRecord {
        started_at: row.time("started_at")?,
        ended_at: row.time("ended_at")?,
        complete: row.flag("complete")?,
        seen: row.number("seen")?,
        came: row.number("came")?,
        went: row.number("went")?,
        problem: row.text("problem")?,
    })
}

fn member(row: &SqliteRow) -> Result<MemberRecord, StorageError> {
    let columns = Reader::new("members", row);
    Ok(MemberRecord {
        person: person(row)?,
        role: columns.word("role", Role::from_word)?,
        present: columns.flag("present")?,
        first_seen_at: columns.time("first_seen_at")?,
        seen_at: columns.time("seen_at")?,
    })
}

/// The filter as the queries take it, with the reading that it names.
fn filter(who: RosterFilter) -> (&'static str, Option<i64>) {
    match who {
        RosterFilter::Here => ("here", None),
        RosterFilter::Gone => ("gone", None),
        RosterFilter::Came(reading) => ("came", Some(milliseconds(reading))),
        RosterFilter::Went(reading) => ("went", Some(milliseconds(reading))),
    }
}

/// Members of the course `$2` that the query asks for.
macro_rules! found_members {
    () => {
        "FROM members JOIN people ON people.id = members.person
         WHERE people.registration = $1 AND members.course = $2
             AND ($3 = '' OR instr(people.search_name, $3) > 0)
             AND CASE $4 WHEN 'here' THEN members.present WHEN 'gone' THEN NOT members.present
                 ELSE EXISTS (SELECT 1 FROM roster_changes WHERE roster_changes.course = $2
                     AND roster_changes.reading = $5 AND roster_changes.person = members.person
                     AND roster_changes.kind = $4) END"
    };
}

#[async_trait]
impl Rosters for Work {
    async fn put_member(
        &mut self,
        course: CourseId,
        person: PersonId,
        role: Role,
        seen_at: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.execute(
            query(
                "INSERT INTO members (course, person, role, seen_at, first_seen_at, present)
                 VALUES ($1, $2, $3, $4, $4, 1)
             ON CONFLICT (course, person) DO UPDATE SET role = excluded.role, seen_at =
                 excluded.seen_at, present = 1",
            )
            .bind(course.0)
            .bind(person.0)
            .bind(role.word())
            .bind(milliseconds(seen_at)),
        )
        .await?;
        Ok(())
    }

    async fn courses_with_roster(&mut self) -> Result<Vec<CourseRecord>, StorageError> {
        self.all(
            query(
                "SELECT * FROM courses WHERE memberships_url IS NOT NULL ORDER BY
                 roster_synced_at NULLS FIRST, id",
            ),
            course,
        )
        .await
    }

    async fn ask_for_roster(
        &mut self,
        registration: RegistrationId,
        course: CourseId,
        at: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let done = self
            .execute(
                query(
                    "UPDATE courses SET roster_asked_at = $3 WHERE registration = $1 AND id = $2
                 AND memberships_url IS NOT NULL",
                )
                .bind(registration.0)
                .bind(course.0)
                .bind(milliseconds(at)),
            )
            .await?;
        Ok(done == 1)
    }

    async fn due_roster(
        &mut self,
        now: DateTime<Utc>,
        stale: DateTime<Utc>,
        retry: DateTime<Utc>,
    ) -> Result<Option<CourseRecord>, StorageError> {
        self.optional(
            query(
                // A lease that ran out is a reading that died with its process.
                "SELECT courses.* FROM courses
             JOIN registrations ON registrations.id = courses.registration
             WHERE memberships_url IS NOT NULL AND NOT disabled
                 AND (roster_lease_until IS NULL OR roster_lease_until <= $1)
                 AND (roster_paused_until IS NULL OR roster_paused_until <= $1)
                 AND (roster_asked_at IS NOT NULL OR roster_lease_until IS NOT NULL
                     OR roster_paused_until IS NOT NULL
                     OR ((roster_synced_at IS NULL OR roster_synced_at < $2)
                         AND (roster_tried_at IS NULL OR roster_tried_at < $3)))
             ORDER BY roster_asked_at NULLS LAST, roster_synced_at NULLS FIRST, courses.id
             LIMIT 1",
            )
            .bind(milliseconds(now))
            .bind(milliseconds(stale))
            .bind(milliseconds(retry)),
            course,
        )
        .await
    }

    async fn begin_reading(
        &mut self,
        course: CourseId,
        started: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let done = self
            .execute(
                query(
                    "UPDATE courses SET roster_tried_at = $2, roster_lease_until = $3,
                 roster_seen = 0, roster_asked_at = NULL, roster_paused_until = NULL
             WHERE id = $1 AND (roster_lease_until IS NULL OR roster_lease_until <= $2)",
                )
                .bind(course.0)
                .bind(milliseconds(started))
                .bind(milliseconds(lease_until)),
            )
            .await?;
        Ok(done == 1)
    }

    async fn note_reading(
        &mut self,
        course: CourseId,
        started: DateTime<Utc>,
        lease_until: DateTime<Utc>,
        seen: u32,
    ) -> Result<bool, StorageError> {
        let done = self
            .execute(
                query(
                    "UPDATE courses SET roster_lease_until = $3, roster_seen = $4
             WHERE id = $1 AND roster_tried_at = $2 AND roster_lease_until IS NOT NULL",
                )
                .bind(course.0)
                .bind(milliseconds(started))
                .bind(milliseconds(lease_until))
                .bind(seen),
            )
            .await?;
        Ok(done == 1)
    }

    async fn put_found_member(
        &mut self,
        course: CourseId,
        started: DateTime<Utc>,
        found: &FoundMember,
    ) -> Result<(), StorageError> {
        let person = self.put_person(&found.person).await?;
        self.execute(
            query(
                "INSERT INTO roster_changes (course, reading, person, kind)
             SELECT $1, $2, $3, 'came' WHERE NOT EXISTS (
                 SELECT 1 FROM members WHERE course = $1 AND person = $3 AND on_roster)
             ON CONFLICT (course, reading, person) DO UPDATE SET kind = excluded.kind",
            )
            .bind(course.0)
            .bind(milliseconds(started))
            .bind(person.0),
        )
        .await?;
        self.execute(
            query(
                "INSERT INTO members (course, person, role, seen_at, first_seen_at, present,
                 on_roster) VALUES ($1, $2, $3, $4, $4, 1, 1)
             ON CONFLICT (course, person) DO UPDATE SET
                 role = CASE role WHEN $5 THEN role ELSE excluded.role END,
                 seen_at = MAX(seen_at, excluded.seen_at), present = 1, on_roster = 1",
            )
            .bind(course.0)
            .bind(person.0)
            .bind(found.role.word())
            .bind(milliseconds(started))
            .bind(Role::Assessor.word()),
        )
        .await?;
        let Some(groups) = &found.groups else {
            return Ok(());
        };
        self.execute(
            query("DELETE FROM group_members WHERE course = $1 AND person = $2")
                .bind(course.0)
                .bind(person.0),
        )
        .await?;
        for group in groups {
            self.execute(
                query(
                    "INSERT INTO group_members (course, person, group_id) VALUES ($1, $2, $3)
                 ON CONFLICT DO NOTHING",
                )
                .bind(course.0)
                .bind(person.0)
                .bind(group),
            )
            .await?;
        }
        Ok(())
    }

    async fn put_gone_member(
        &mut self,
        course: CourseId,
        started: DateTime<Utc>,
        subject: &str,
    ) -> Result<(), StorageError> {
        let found = self
            .optional(
                query(
                    "SELECT people.id FROM people JOIN courses ON courses.registration =
                 people.registration WHERE courses.id = $1 AND people.subject = $2",
                )
                .bind(course.0)
                .bind(subject),
                |row| Reader::new("people", row).id("id"),
            )
            .await?;
        let Some(person) = found else {
            return Ok(());
        };
        self.execute(
            query(
                "INSERT INTO roster_changes (course, reading, person, kind)
             SELECT $1, $2, $3, 'went' FROM members
             WHERE course = $1 AND person = $3 AND on_roster
             ON CONFLICT (course, reading, person) DO UPDATE SET kind = excluded.kind",
            )
            .bind(course.0)
            .bind(milliseconds(started))
            .bind(person),
        )
        .await?;
        self.execute(
            query(
                "UPDATE members SET present = 0, on_roster = 0 WHERE course = $1 AND person = $2",
            )
            .bind(course.0)
            .bind(person),
        )
        .await?;
        Ok(())
    }

    async fn has_unnamed_members(
        &mut self,
        course: CourseId,
        started: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let row = self
            .one(
                query(
                    "SELECT EXISTS (SELECT 1 FROM members WHERE course = $1 AND seen_at < $2
                 AND present AND on_roster) AS found",
                )
                .bind(course.0)
                .bind(milliseconds(started)),
            )
            .await?;
        Reader::new("members", &row).flag("found")
    }

    async fn end_reading(
        &mut self,
        course: CourseId,
        started: DateTime<Utc>,
        end: &ReadingEnd,
    ) -> Result<Option<ReadingRecord>, StorageError> {
        let started = milliseconds(started);
        let ours = self
            .execute(
                query(
                    "UPDATE courses SET roster_lease_until = NULL, roster_seen = $4,
                 roster_differences_url = $5, roster_paused_until = $6,
                 roster_synced_at = CASE WHEN $3 THEN $2 ELSE roster_synced_at END
             WHERE id = $1 AND roster_tried_at = $2 AND roster_lease_until IS NOT NULL",
                )
                .bind(course.0)
                .bind(started)
                .bind(end.complete)
                .bind(end.seen)
                .bind(&end.differences_url)
                .bind(end.paused_until.map(milliseconds)),
            )
            .await?;
        if ours == 0 {
            return Ok(None);
        }
        match end.unnamed {
            Unnamed::Left => {
                self.execute(
                    query(
                        "INSERT INTO roster_changes (course, reading, person, kind)
                     SELECT $1, $2, person, 'went' FROM members
                     WHERE course = $1 AND seen_at < $2 AND present AND on_roster",
                    )
                    .bind(course.0)
                    .bind(started),
                )
                .await?;
                self.execute(
                    query(
                        "UPDATE members SET present = 0, on_roster = 0
                     WHERE course = $1 AND seen_at < $2 AND present",
                    )
                    .bind(course.0)
                    .bind(started),
                )
                .await?;
            }
            Unnamed::Stayed => {
                self.execute(
                    query(
                        "UPDATE members SET seen_at = $2
                     WHERE course = $1 AND seen_at < $2 AND on_roster",
                    )
                    .bind(course.0)
                    .bind(started),
                )
                .await?;
            }
            Unnamed::Unknown => {}
        }
        let row = self
            .one(
                query(
                    "INSERT INTO roster_readings (course, started_at, ended_at, complete, seen,
                 problem, came, went)
             SELECT $1, $2, $3, $4, $5, $6, COUNT(*) FILTER (WHERE kind = 'came'),
                 COUNT(*) FILTER (WHERE kind = 'went')
             FROM roster_changes WHERE course = $1 AND reading = $2
             ON CONFLICT (course, started_at) DO UPDATE SET ended_at = excluded.ended_at,
                 complete = excluded.complete, seen = excluded.seen, came = excluded.came,
                 went = excluded.went, problem = excluded.problem
             RETURNING *",
                )
                .bind(course.0)
                .bind(started)
                .bind(milliseconds(end.at))
                .bind(end.complete)
                .bind(end.seen)
                .bind(&end.problem),
            )
            .await?;
        self.execute(
            query(
                "DELETE FROM roster_readings WHERE course = $1 AND started_at NOT IN (
                 SELECT started_at FROM roster_readings WHERE course = $1
                 ORDER BY started_at DESC LIMIT $2)",
            )
            .bind(course.0)
            .bind(KEPT_READINGS),
        )
        .await?;
        self.execute(
            query(
                "DELETE FROM roster_changes WHERE course = $1 AND reading < (
                 SELECT MIN(started_at) FROM roster_readings WHERE course = $1)",
            )
            .bind(course.0),
        )
        .await?;
        reading(&row).map(Some)
    }

    async fn readings(
        &mut self,
        registration: RegistrationId,
        course: CourseId,
        limit: u32,
    ) -> Result<Vec<ReadingRecord>, StorageError> {
        self.all(
            query(
                "SELECT roster_readings.* FROM roster_readings
             JOIN courses ON courses.id = roster_readings.course
             WHERE courses.registration = $1 AND courses.id = $2
             ORDER BY started_at DESC LIMIT $3",
            )
            .bind(registration.0)
            .bind(course.0)
            .bind(limit),
            reading,
        )
        .await
    }

    async fn has_nameless_members(&mut self, course: CourseId) -> Result<bool, StorageError> {
        let row = self
            .one(
                query(
                    "SELECT EXISTS (SELECT 1 FROM members JOIN people ON people.id =
                 members.person WHERE members.course = $1 AND members.present
                 AND people.name = '') AS found",
                )
                .bind(course.0),
            )
            .await?;
        Reader::new("members", &row).flag("found")
    }

    async fn activities_to_ask_for_names(
        &mut self,
        course: CourseId,
        before: DateTime<Utc>,
    ) -> Result<Vec<ActivityRecord>, StorageError> {
        self.all(
            query(
                "SELECT * FROM activities WHERE course = $1
                 AND (names_hidden_at IS NULL OR names_hidden_at < $2) ORDER BY id",
            )
            .bind(course.0)
            .bind(milliseconds(before)),
            activity,
        )
        .await
    }

    async fn set_names_hidden(
        &mut self,
        activity: ActivityId,
        at: Option<DateTime<Utc>>,
    ) -> Result<(), StorageError> {
        self.execute(
            query("UPDATE activities SET names_hidden_at = $2 WHERE id = $1")
                .bind(activity.0)
                .bind(at.map(milliseconds)),
        )
        .await?;
        Ok(())
    }

    async fn put_groups(
        &mut self,
        course: CourseId,
        groups: &[GroupRecord],
    ) -> Result<(), StorageError> {
        self.execute(query("DELETE FROM course_groups WHERE course = $1").bind(course.0))
            .await?;
        for group in groups {
            self.execute(
                query(
                    "INSERT INTO course_groups (course, id, name) VALUES ($1, $2, $3)
                 ON CONFLICT (course, id) DO UPDATE SET name = excluded.name",
                )
                .bind(course.0)
                .bind(&group.id)
                .bind(&group.name),
            )
            .await?;
        }
        Ok(())
    }

    async fn groups(
        &mut self,
        registration: RegistrationId,
        course: CourseId,
    ) -> Result<Vec<GroupRecord>, StorageError> {
        self.all(
            query(
                "SELECT course_groups.* FROM course_groups
             JOIN courses ON courses.id = course_groups.course
             WHERE courses.registration = $1 AND courses.id = $2
             ORDER BY course_groups.name, course_groups.id",
            )
            .bind(registration.0)
            .bind(course.0),
            |row| {
                let row = Reader::new("course_groups", row);
                Ok(GroupRecord {
                    id: row.text("id")?,
                    name: row.text("name")?,
                })
            },
        )
        .await
    }

    async fn roster(
        &mut self,
        asked: &RosterQuery<'_>,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<MemberRecord>, StorageError> {
        let (who, reading) = filter(asked.who);
        self.all(
            query(concat!(
                "SELECT people.*, members.role, members.present, members.first_seen_at,
                 members.seen_at ",
                found_members!(),
                " ORDER BY people.name = '',
                 CASE people.family_name WHEN '' THEN people.name ELSE people.family_name END,
                 people.name, people.subject LIMIT $6 OFFSET $7",
            ))
            .bind(asked.registration.0)
            .bind(asked.course.0)
            .bind(asked.search)
            .bind(who)
            .bind(reading)
            .bind(limit)
            .bind(offset),
            member,
        )
        .await
    }

    async fn roster_count(&mut self, asked: &RosterQuery<'_>) -> Result<u32, StorageError> {
        let (who, reading) = filter(asked.who);
        let row = self
            .one(
                query(concat!("SELECT COUNT(*) AS people ", found_members!()))
                    .bind(asked.registration.0)
                    .bind(asked.course.0)
                    .bind(asked.search)
                    .bind(who)
                    .bind(reading),
            )
            .await?;
        Reader::new("members", &row).number("people")
    }
}
