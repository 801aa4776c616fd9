use assessment::ids::{EventId, PersonId, RegistrationId, SubmissionId};
use async_trait::async_trait;
use sqlx::query;
use storage::StorageError;
use storage::history::{EventRecord, History};

use crate::Work;
use crate::convert::{Reader, milliseconds};

#[async_trait]
impl History for Work {
    async fn add_event(&mut self, record: &EventRecord) -> Result<(), StorageError> {
        self.execute(
            query(
                "INSERT INTO history (id, registration, submission, actor, role, at, kind,
                 detail)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(record.id.0)
            .bind(record.registration.0)
            .bind(record.submission.0)
            .bind(record.actor.map(|actor| actor.0))
            .bind(&record.role)
            .bind(milliseconds(record.at))
            .bind(&record.kind)
            .bind(&record.detail),
        )
        .await?;
        Ok(())
    }

    async fn events(&mut self, submission: SubmissionId) -> Result<Vec<EventRecord>, StorageError> {
        self.all(
            query(
                "SELECT * FROM history WHERE submission = $1 ORDER BY at,
                 id",
            )
            .bind(submission.0),
            |row| {
                let row = Reader::new("history", row);
                Ok(EventRecord {
                    id: EventId(row.id("id")?),
                    registration: RegistrationId(row.id("registration")?),
                    submission: SubmissionId(row.id("submission")?),
                    actor: row.optional_id("actor")?.map(PersonId),
                    role: row.text("role")?,
                    at: row.time("at")?,
                    kind: row.text("kind")?,
                    detail: row.text("detail")?,
                })
            },
        )
        .await
    }
}
