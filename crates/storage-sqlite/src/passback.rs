use assessment::ids::{ActivityId, DecisionId, PersonId, RegistrationId, SubmissionId};
use assessment::passback::Delivery;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::query;
use sqlx::sqlite::SqliteRow;
use storage::StorageError;
use storage::passback::{PassbackRecord, Passbacks};

use crate::Work;
use crate::convert::{Reader, json, milliseconds};

fn passback(row: &SqliteRow) -> Result<PassbackRecord, StorageError> {
    let row = Reader::new("passbacks", row);
    Ok(PassbackRecord {
        activity: ActivityId(row.id("activity")?),
        person: PersonId(row.id("person")?),
        registration: RegistrationId(row.id("registration")?),
        submission: SubmissionId(row.id("submission")?),
        decision: DecisionId(row.id("decision")?),
        entry: row.json("entry_json")?,
        timestamp: row.time("timestamp")?,
        delivery: row.word("delivery", Delivery::from_word)?,
        attempts: row.number("attempts")?,
        outcome_unknown: row.flag("outcome_unknown")?,
        run_at: row.time("run_at")?,
        answer: row.text("answer")?,
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
                 entry_json, timestamp, delivery,
                 attempts, outcome_unknown, run_at, lease_until, answer, advice, changed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13, $14)
             ON CONFLICT (activity, person) DO UPDATE SET registration = excluded.registration,
                 submission = excluded.submission, decision = excluded.decision, entry_json
                 = excluded.entry_json,
                 timestamp = excluded.timestamp, delivery = excluded.delivery, attempts =
                 excluded.attempts,
                 outcome_unknown = excluded.outcome_unknown, run_at = excluded.run_at,
                 lease_until = 0,
                 answer = excluded.answer, advice = excluded.advice, changed_at =
                 excluded.changed_at",
            )
            .bind(record.activity.0)
            .bind(record.person.0)
            .bind(record.registration.0)
            .bind(record.submission.0)
            .bind(record.decision.0)
            .bind(json(&record.entry)?)
            .bind(milliseconds(record.timestamp))
            .bind(record.delivery.word())
            .bind(record.attempts)
            .bind(record.outcome_unknown)
            .bind(milliseconds(record.run_at))
            .bind(&record.answer)
            .bind(&record.advice)
            .bind(milliseconds(record.changed_at)),
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
            query("SELECT * FROM passbacks WHERE delivery <> 'delivered' ORDER BY run_at"),
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
        self.all(
            query(
                // A lease that was never settled means that a worker died in the middle of a try.
                "UPDATE passbacks SET lease_until = $2,
                 outcome_unknown = CASE WHEN lease_until > 0 THEN 1 ELSE outcome_unknown END
             WHERE (activity, person) IN (
                 SELECT activity, person FROM passbacks
                 WHERE delivery = 'waiting' AND run_at <= $1 AND lease_until <= $1 ORDER BY
                 run_at LIMIT $3)
             RETURNING *",
            )
            .bind(milliseconds(now))
            .bind(milliseconds(lease_until))
            .bind(limit),
            passback,
        )
        .await
    }

    async fn settle_passback(
        &mut self,
        record: &PassbackRecord,
        claimed: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let done = self
            .execute(
                query(
                    "UPDATE passbacks SET timestamp = $4, delivery = $5, attempts = $6,
                 outcome_unknown = $7, run_at = $8,
                 lease_until = 0, answer = $9, advice = $10, changed_at = $11
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
                .bind(milliseconds(record.changed_at)),
            )
            .await?;
        if done == 0 {
            return Ok(false);
        }
        self.execute(
            query(
                "INSERT INTO passback_tries (activity, person, at, attempt,
                 delivery, answer) VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(record.activity.0)
            .bind(record.person.0)
            .bind(milliseconds(record.changed_at))
            .bind(record.attempts)
            .bind(record.delivery.word())
            .bind(&record.answer),
        )
        .await?;
        Ok(true)
    }

    async fn next_passback_due(&mut self) -> Result<Option<DateTime<Utc>>, StorageError> {
        let row = self
            .one(query(
                "SELECT MIN(MAX(run_at, lease_until)) AS due FROM passbacks WHERE delivery =
                 'waiting'",
            ))
            .await?;
        Reader::new("passbacks", &row).optional_time("due")
    }
}
