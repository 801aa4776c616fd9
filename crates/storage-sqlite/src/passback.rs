use assessment::ids::{ActivityId, DecisionId, PersonId, RegistrationId, SubmissionId};
use assessment::passback::{Delivery, Reason};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::query;
use sqlx::sqlite::SqliteRow;
use storage::StorageError;
use storage::passback::{LineItemRecord, PassbackRecord, Passbacks};

use crate::Work;
use crate::convert::{Reader, json, milliseconds};

fn passback(row: &SqliteRow) -> Result<PassbackRecord, StorageError> {
    let row = Reader::new("passbacks", row);
    Ok(PassbackRecord {
        activity: ActivityId(row.id("activity")?),
        person: PersonId(row.id("person")?),
        registration: RegistrationId(row.id("registration")?),
        submission: SubmissionId(row.id("submission")?),
        decision: row.optional_id("decision")?.map(DecisionId),
        message: row.json("message_json")?,
        timestamp: row.time("timestamp")?,
        delivery: row.word("delivery", Delivery::from_word)?,
        attempts: row.number("attempts")?,
        outcome_unknown: row.flag("outcome_unknown")?,
        run_at: row.time("run_at")?,
        answer: row.text("answer")?,
        reason: row.optional_word("reason", Reason::from_word)?,
        advice: row.text("advice")?,
        changed_at: row.time("changed_at")?,
    })
}

#[async_trait]
impl Passbacks for Work {
    async fn put_passback(&mut self, record: &PassbackRecord) -> Result<(), StorageError> {
        self.execute(
            query(
                "INSERT INTO passbacks (activity, person, registration, submission, decision,
                 message_json, timestamp, delivery,
                 attempts, outcome_unknown, run_at, lease_until, answer, reason, advice, changed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13, $14, $15)
             ON CONFLICT (activity, person) DO UPDATE SET registration = excluded.registration,
                 submission = excluded.submission, decision = excluded.decision,
                 message_json = excluded.message_json,
                 timestamp = excluded.timestamp, delivery = excluded.delivery,
                 attempts = excluded.attempts,
                 outcome_unknown = CASE WHEN lease_until > 0 THEN 1
                     ELSE excluded.outcome_unknown END,
                 run_at = excluded.run_at, lease_until = 0,
                 answer = excluded.answer, reason = excluded.reason,
                 advice = excluded.advice, changed_at = excluded.changed_at",
            )
            .bind(record.activity.0)
            .bind(record.person.0)
            .bind(record.registration.0)
            .bind(record.submission.0)
            .bind(record.decision.map(|decision| decision.0))
            .bind(json(&record.message)?)
            .bind(milliseconds(record.timestamp))
            .bind(record.delivery.word())
            .bind(record.attempts)
            .bind(record.outcome_unknown)
            .bind(milliseconds(record.run_at))
            .bind(&record.answer)
            .bind(record.reason.map(Reason::word))
            .bind(&record.advice)
            .bind(milliseconds(record.changed_at)),
        )
        .await?;
        self.execute(
            query(
                "INSERT INTO passback_lanes (registration, lease_until, paused_until)
             VALUES ($1, 0, 0) ON CONFLICT (registration) DO NOTHING",
            )
            .bind(record.registration.0),
        )
        .await?;
        Ok(())
    }

    async fn passback(
        &mut self,
        activity: ActivityId,
        person: PersonId,
    ) -> Result<Option<PassbackRecord>, StorageError> {
        self.optional(
            query("SELECT * FROM passbacks WHERE activity = $1 AND person = $2")
                .bind(activity.0)
                .bind(person.0),
            passback,
        )
        .await
    }

    async fn passbacks(
        &mut self,
        registration: RegistrationId,
        activity: ActivityId,
    ) -> Result<Vec<PassbackRecord>, StorageError> {
        self.all(
            query("SELECT * FROM passbacks WHERE registration = $1 AND activity = $2")
                .bind(registration.0)
                .bind(activity.0),
            passback,
        )
        .await
    }

    async fn undelivered(&mut self) -> Result<Vec<PassbackRecord>, StorageError> {
        self.all(
            query(
                "SELECT * FROM passbacks WHERE delivery IN ('waiting', 'failed') ORDER BY run_at",
            ),
            passback,
        )
        .await
    }

    async fn claim_passbacks(
        &mut self,
        now: DateTime<Utc>,
        lease_until: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<PassbackRecord>, StorageError> {
        let lanes = self
            .all(
                query(
                    "SELECT registration FROM (
                     SELECT registration,
                         (SELECT MIN(run_at) FROM passbacks
                          WHERE passbacks.registration = passback_lanes.registration
                          AND delivery = 'waiting') AS due
                     FROM passback_lanes WHERE lease_until <= $1 AND paused_until <= $1)
                 WHERE due <= $1 ORDER BY due LIMIT $2",
                )
                .bind(milliseconds(now))
                .bind(limit),
                |row| Reader::new("passback_lanes", row).id("registration"),
            )
            .await?;
        let mut claimed = Vec::new();
        for lane in lanes {
            self.execute(
                query("UPDATE passback_lanes SET lease_until = $2 WHERE registration = $1")
                    .bind(lane)
                    .bind(milliseconds(lease_until)),
            )
            .await?;
            let taken = self
                .optional(
                    query(
                        // A lease that was never settled means that a worker died in the middle
                        // of a try.
                        "UPDATE passbacks SET lease_until = $2,
                         outcome_unknown = CASE WHEN lease_until > 0 THEN 1
                             ELSE outcome_unknown END
                     WHERE (activity, person) IN (
                         SELECT activity, person FROM passbacks
                         WHERE registration = $1 AND delivery = 'waiting'
                         ORDER BY run_at LIMIT 1)
                     RETURNING *",
                    )
                    .bind(lane)
                    .bind(milliseconds(lease_until)),
                    passback,
                )
                .await?;
            claimed.extend(taken);
        }
        Ok(claimed)
    }

    async fn settle_passback(
        &mut self,
        record: &PassbackRecord,
        claimed: DateTime<Utc>,
        lease_until: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        self.execute(
            query(
                "UPDATE passback_lanes SET lease_until = 0 WHERE registration = $1
             AND lease_until = $2",
            )
            .bind(record.registration.0)
            .bind(milliseconds(lease_until)),
        )
        .await?;
        let done = self
            .execute(
                query(
                    "UPDATE passbacks SET timestamp = $4, delivery = $5, attempts = $6,
                 outcome_unknown = $7, run_at = $8,
                 lease_until = 0, answer = $9, advice = $10, changed_at = $11, reason = $12
             WHERE activity = $1 AND person = $2 AND timestamp = $3",
                )
                .bind(record.activity.0)
                .bind(record.person.0)
                .bind(milliseconds(claimed))
                .bind(milliseconds(record.timestamp))
                .bind(record.delivery.word())
                .bind(record.attempts)
                .bind(record.outcome_unknown)
                .bind(milliseconds(record.run_at))
                .bind(&record.answer)
                .bind(&record.advice)
                .bind(milliseconds(record.changed_at))
                .bind(record.reason.map(Reason::word)),
            )
            .await?;
        if done == 0 {
            return Ok(false);
        }
        self.execute(
            query(
                "INSERT INTO passback_tries (activity, person, at, attempt,
                 delivery, answer, message) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(record.activity.0)
            .bind(record.person.0)
            .bind(milliseconds(record.changed_at))
            .bind(record.attempts)
            .bind(record.delivery.word())
            .bind(&record.answer)
            .bind(record.message.word()),
        )
        .await?;
        Ok(true)
    }

    async fn pause_passbacks(
        &mut self,
        registration: RegistrationId,
        until: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.execute(
            query(
                "UPDATE passback_lanes SET paused_until = MAX(paused_until, $2)
             WHERE registration = $1",
            )
            .bind(registration.0)
            .bind(milliseconds(until)),
        )
        .await?;
        Ok(())
    }

    async fn next_passback_due(&mut self) -> Result<Option<DateTime<Utc>>, StorageError> {
        let row = self
            .one(query(
                "SELECT MIN(due) AS due FROM (
                 SELECT MAX(lease_until, paused_until,
                     (SELECT MIN(run_at) FROM passbacks
                      WHERE passbacks.registration = passback_lanes.registration
                      AND delivery = 'waiting')) AS due
                 FROM passback_lanes)",
            ))
            .await?;
        Reader::new("passback_lanes", &row).optional_time("due")
    }

    async fn line_item(
        &mut self,
        registration: RegistrationId,
        activity: ActivityId,
    ) -> Result<Option<LineItemRecord>, StorageError> {
        self.optional(
            query("SELECT * FROM line_items WHERE registration = $1 AND activity = $2")
                .bind(registration.0)
                .bind(activity.0),
            |row| {
                let row = Reader::new("line_items", row);
                Ok(LineItemRecord {
                    activity: ActivityId(row.id("activity")?),
                    registration: RegistrationId(row.id("registration")?),
                    named: row.text("named")?,
                    url: row.text("url")?,
                })
            },
        )
        .await
    }

    async fn put_line_item(&mut self, record: &LineItemRecord) -> Result<(), StorageError> {
        self.execute(
            query(
                "INSERT INTO line_items (activity, registration, named, url)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (activity) DO UPDATE SET named = excluded.named, url = excluded.url
             WHERE line_items.registration = excluded.registration",
            )
            .bind(record.activity.0)
            .bind(record.registration.0)
            .bind(&record.named)
            .bind(&record.url),
        )
        .await?;
        Ok(())
    }
}
