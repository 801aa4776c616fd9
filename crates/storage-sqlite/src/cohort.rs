use assessment::ids::{PersonId, SubmissionId};
use async_trait::async_trait;
use sqlx::query;
use storage::StorageError;
use storage::cohort::{CohortFilter, CohortMember, CohortQuery, Cohorts};

use crate::Work;
use crate::convert::Reader;
use crate::courses::person;

/// The learners that the query asks for, each with what the filters look at.
macro_rules! found_learners {
    () => {
        "(SELECT people.*, COALESCE(members.present, 0) AS present,
             latest.id AS submission, latest.submitted_at,
             CASE WHEN latest.state IS NULL OR latest.state = 'draft' THEN 'not-handed-in'
                 WHEN latest.state IN ('submitted', 'checked') THEN 'waiting'
                 WHEN latest.state = 'in-assessment' THEN 'in-marking'
                 WHEN latest.state IN ('assessed', 'confirmed') THEN 'signed'
                 ELSE 'released' END AS stage,
             EXISTS (SELECT 1 FROM passbacks WHERE passbacks.activity = $3
                 AND passbacks.person = people.id
                 AND json_extract(passbacks.message_json, '$.mark') IS NOT NULL
                 AND (passbacks.delivery = 'failed'
                     OR (passbacks.delivery = 'waiting' AND passbacks.attempts > 0)))
                 AS undelivered
         FROM (SELECT person FROM members WHERE course = $2 AND role = 'learner' AND present
             UNION SELECT person FROM submissions WHERE registration = $1 AND activity = $3)
             AS listed
         JOIN people ON people.id = listed.person AND people.registration = $1
         LEFT JOIN members ON members.course = $2 AND members.person = people.id
         LEFT JOIN submissions AS latest ON latest.activity = $3 AND latest.person = people.id
             AND NOT EXISTS (SELECT 1 FROM submissions AS newer WHERE newer.activity = $3
                 AND newer.person = people.id AND newer.number > latest.number)
         WHERE ($4 = '' OR instr(people.search_name, $4) > 0)
             AND ($5 IS NULL OR EXISTS (SELECT 1 FROM group_members
                 WHERE group_members.course = $2 AND group_members.person = people.id
                     AND group_members.group_id = $5)))"
    };
}

#[async_trait]
impl Cohorts for Work {
    async fn cohort(
        &mut self,
        asked: &CohortQuery<'_>,
        filter: CohortFilter,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<CohortMember>, StorageError> {
        self.all(
            query(concat!(
                "SELECT * FROM ",
                found_learners!(),
                " WHERE CASE $6 WHEN 'all' THEN 1 WHEN 'not-delivered' THEN undelivered
                     ELSE stage = $6 END
                 ORDER BY CASE stage WHEN 'in-marking' THEN 0 WHEN 'waiting' THEN 1
                         WHEN 'signed' THEN 2 WHEN 'not-handed-in' THEN 3 ELSE 4 END,
                     CASE WHEN stage IN ('in-marking', 'waiting', 'signed') THEN submitted_at
                         END,
                     name = '', CASE family_name WHEN '' THEN name ELSE family_name END, name,
                     subject
                 LIMIT $7 OFFSET $8",
            ))
            .bind(asked.registration.0)
            .bind(asked.course.0)
            .bind(asked.activity.0)
            .bind(asked.search)
            .bind(asked.group)
            .bind(filter.word())
            .bind(limit)
            .bind(offset),
            |row| {
                let columns = Reader::new("members", row);
                Ok(CohortMember {
                    person: person(row)?,
                    present: columns.flag("present")?,
                    submission: columns.optional_id("submission")?.map(SubmissionId),
                })
            },
        )
        .await
    }

    async fn cohort_counts(
        &mut self,
        asked: &CohortQuery<'_>,
    ) -> Result<[u32; CohortFilter::ALL.len()], StorageError> {
        let row = self
            .one(
                query(concat!(
                    "SELECT COUNT(*) AS everybody,
                     COUNT(*) FILTER (WHERE stage = 'not-handed-in') AS not_handed_in,
                     COUNT(*) FILTER (WHERE stage = 'waiting') AS waiting,
                     COUNT(*) FILTER (WHERE stage = 'in-marking') AS in_marking,
                     COUNT(*) FILTER (WHERE stage = 'signed') AS signed,
                     COUNT(*) FILTER (WHERE stage = 'released') AS released,
                     COUNT(*) FILTER (WHERE undelivered) AS not_delivered
                 FROM ",
                    found_learners!(),
                ))
                .bind(asked.registration.0)
                .bind(asked.course.0)
                .bind(asked.activity.0)
                .bind(asked.search)
                .bind(asked.group),
            )
            .await?;
        let row = Reader::new("members", &row);
        Ok([
            row.number("everybody")?,
            row.number("not_handed_in")?,
            row.number("waiting")?,
            row.number("in_marking")?,
            row.number("signed")?,
            row.number("released")?,
            row.number("not_delivered")?,
        ])
    }

    async fn next_to_mark(
        &mut self,
        asked: &CohortQuery<'_>,
        marker: PersonId,
        after: Option<SubmissionId>,
    ) -> Result<Option<SubmissionId>, StorageError> {
        self.optional(
            query(
                "WITH to_mark AS (
                 SELECT latest.id, ROW_NUMBER() OVER (ORDER BY
                     latest.state <> 'in-assessment', latest.submitted_at, people.name = '',
                     CASE people.family_name WHEN '' THEN people.name ELSE people.family_name END,
                     people.name, people.subject) AS place
                 FROM submissions AS latest JOIN people ON people.id = latest.person
                 WHERE latest.registration = $1 AND latest.activity = $2
                     AND latest.state IN ('submitted', 'checked', 'in-assessment')
                     AND latest.person <> $3
                     AND NOT EXISTS (SELECT 1 FROM submissions AS newer WHERE newer.activity = $2
                         AND newer.person = latest.person AND newer.number > latest.number)
                     AND ($5 IS NULL OR EXISTS (SELECT 1 FROM group_members
                         WHERE group_members.course = $4
                             AND group_members.person = latest.person
                             AND group_members.group_id = $5)))
             SELECT id FROM to_mark WHERE $6 IS NULL OR id <> $6
             ORDER BY place <= COALESCE((SELECT place FROM to_mark WHERE id = $6), 0), place
             LIMIT 1",
            )
            .bind(asked.registration.0)
            .bind(asked.activity.0)
            .bind(marker.0)
            .bind(asked.course.0)
            .bind(asked.group)
            .bind(after.map(|after| after.0)),
            |row| Ok(SubmissionId(Reader::new("submissions", row).id("id")?)),
        )
        .await
    }
}
