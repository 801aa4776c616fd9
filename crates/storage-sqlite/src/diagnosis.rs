use assessment::ids::RegistrationId;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::query;
use sqlx::sqlite::SqliteRow;
use storage::StorageError;
use storage::courses::CourseRecord;
use storage::diagnosis::{Diagnoses, FAILED_LAUNCHES_KEPT, FailedLaunchRecord};

use crate::Work;
use crate::convert::{Reader, milliseconds};
use crate::courses::course;

fn failed_launch(row: &SqliteRow) -> Result<FailedLaunchRecord, StorageError> {
    let row = Reader::new("failed_launches", row);
    Ok(FailedLaunchRecord {
        reference: row.text("reference")?,
        registration: row.optional_id("registration")?.map(RegistrationId),
        at: row.time("at")?,
        code: row.text("code")?,
        reason: row.text("reason")?,
    })
}

#[async_trait]
impl Diagnoses for Work {
    async fn add_failed_launch(&mut self, record: &FailedLaunchRecord) -> Result<(), StorageError> {
        let registration = record.registration.map(|registration| registration.0);
        self.execute(
            query(
                "INSERT OR REPLACE INTO failed_launches (reference, registration, at, code,
                 reason)
             VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(&record.reference)
            .bind(registration)
            .bind(milliseconds(record.at))
            .bind(&record.code)
            .bind(&record.reason),
        )
        .await?;
        // Each addition removes what it pushes out, so there is never more than one too many.
        self.execute(
            query(
                "DELETE FROM failed_launches WHERE reference IN (
                     SELECT reference FROM failed_launches WHERE registration IS $1
                     ORDER BY at DESC, reference DESC LIMIT 100 OFFSET $2)",
            )
            .bind(registration)
            .bind(FAILED_LAUNCHES_KEPT),
        )
        .await?;
        Ok(())
    }

    async fn failed_launches(
        &mut self,
        registration: Option<RegistrationId>,
        limit: u32,
    ) -> Result<Vec<FailedLaunchRecord>, StorageError> {
        self.all(
            query(
                "SELECT * FROM failed_launches WHERE registration IS $1
                 ORDER BY at DESC, reference DESC LIMIT $2",
            )
            .bind(registration.map(|registration| registration.0))
            .bind(limit),
            failed_launch,
        )
        .await
    }

    async fn put_diagnosis(
        &mut self,
        registration: RegistrationId,
        at: DateTime<Utc>,
        probes: &str,
    ) -> Result<(), StorageError> {
        self.execute(
            query(
                "INSERT INTO diagnoses (registration, at, probes_json) VALUES ($1, $2, $3)
                 ON CONFLICT (registration) DO UPDATE SET at = excluded.at,
                 probes_json = excluded.probes_json",
            )
            .bind(registration.0)
            .bind(milliseconds(at))
            .bind(probes),
        )
        .await?;
        Ok(())
    }

    async fn diagnosis(
        &mut self,
        registration: RegistrationId,
    ) -> Result<Option<(DateTime<Utc>, String)>, StorageError> {
        self.optional(
            query("SELECT at, probes_json FROM diagnoses WHERE registration = $1")
                .bind(registration.0),
            |row| {
                let row = Reader::new("diagnoses", row);
                Ok((row.time("at")?, row.text("probes_json")?))
            },
        )
        .await
    }

    async fn newest_course(
        &mut self,
        registration: RegistrationId,
    ) -> Result<Option<CourseRecord>, StorageError> {
        self.optional(
            // Ids begin with the time at which they were made.
            query(
                "SELECT * FROM courses WHERE registration = $1
                 AND (memberships_url IS NOT NULL OR line_items_url IS NOT NULL)
                 ORDER BY id DESC LIMIT 1",
            )
            .bind(registration.0),
            course,
        )
        .await
    }
}
