use assessment::ids::{CourseId, PersonId, RegistrationId, SelectionId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::query;
use sqlx::sqlite::SqliteRow;
use storage::StorageError;
use storage::selections::{SelectionRecord, Selections};

use crate::Work;
use crate::convert::{Reader, milliseconds};

fn selection(row: &SqliteRow) -> Result<SelectionRecord, StorageError> {
    let row = Reader::new("selections", row);
    Ok(SelectionRecord {
        id: SelectionId(row.id("id")?),
        token_digest: row.bytes("token_digest")?,
        registration: RegistrationId(row.id("registration")?),
        course: CourseId(row.id("course")?),
        person: PersonId(row.id("person")?),
        platform_family: row.text("platform_family")?,
        settings: row.text("settings_json")?,
        csrf: row.text("csrf")?,
        expires_at: row.time("expires_at")?,
        answered_at: row.optional_time("answered_at")?,
    })
}

#[async_trait]
impl Selections for Work {
    async fn put_selection(&mut self, record: &SelectionRecord) -> Result<(), StorageError> {
        self.execute(
            query(
                "INSERT INTO selections (id, token_digest, registration, course, person,
                 platform_family, settings_json, csrf, expires_at, answered_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
             ON CONFLICT (id) DO UPDATE SET token_digest = excluded.token_digest,
                 csrf = excluded.csrf",
            )
            .bind(record.id.0)
            .bind(&record.token_digest)
            .bind(record.registration.0)
            .bind(record.course.0)
            .bind(record.person.0)
            .bind(&record.platform_family)
            .bind(&record.settings)
            .bind(&record.csrf)
            .bind(milliseconds(record.expires_at))
            .bind(record.answered_at.map(milliseconds)),
        )
        .await?;
        Ok(())
    }

    async fn selection(
        &mut self,
        id: SelectionId,
        token_digest: &[u8],
    ) -> Result<Option<SelectionRecord>, StorageError> {
        self.optional(
            query("SELECT * FROM selections WHERE id = $1 AND token_digest = $2")
                .bind(id.0)
                .bind(token_digest),
            selection,
        )
        .await
    }

    async fn answer_selection(
        &mut self,
        registration: RegistrationId,
        id: SelectionId,
        at: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let done = self
            .execute(
                query(
                    "UPDATE selections SET answered_at = $3 WHERE registration = $1 AND id = $2
                 AND answered_at IS NULL",
                )
                .bind(registration.0)
                .bind(id.0)
                .bind(milliseconds(at)),
            )
            .await?;
        Ok(done == 1)
    }
}
