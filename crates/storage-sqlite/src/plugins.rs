use assessment::ids::RegistrationId;
use async_trait::async_trait;
use sqlx::query;
use sqlx::sqlite::SqliteRow;
use storage::StorageError;
use storage::plugins::{DefaultRecord, InstalledRecord, Plugins};
use storage::submissions::{EvidenceRecord, SubmissionRecord};

use crate::Work;
use crate::convert::{Reader, milliseconds};
use crate::submissions::{evidence, plugin, submission};

fn installed(row: &SqliteRow) -> Result<InstalledRecord, StorageError> {
    let row = Reader::new("plugins", row);
    Ok(InstalledRecord {
        plugin: plugin(&row)?,
        kind: row.text("kind")?,
        source: row.text("source")?,
        signed_by: row.optional_text("signed_by")?,
        bytes: row.number("bytes")?,
        installed_at: row.time("installed_at")?,
    })
}

fn default(row: &SqliteRow) -> Result<DefaultRecord, StorageError> {
    let row = Reader::new("plugin_defaults", row);
    Ok(DefaultRecord {
        plugin: plugin(&row)?,
        reason: row.text("reason")?,
        at: row.time("at")?,
    })
}

#[async_trait]
impl Plugins for Work {
    async fn add_plugin(&mut self, record: &InstalledRecord) -> Result<bool, StorageError> {
        let bytes = i64::try_from(record.bytes).unwrap_or(i64::MAX);
        let added = self
            .execute(
                query(
                    "INSERT INTO plugins (plugin_digest, plugin_id, plugin_version, kind, source,
                 signed_by, bytes, installed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
                )
                .bind(&record.plugin.digest)
                .bind(&record.plugin.id)
                .bind(&record.plugin.version)
                .bind(&record.kind)
                .bind(&record.source)
                .bind(&record.signed_by)
                .bind(bytes)
                .bind(milliseconds(record.installed_at)),
            )
            .await?;
        Ok(added == 1)
    }

    async fn sign_plugin(
        &mut self,
        digest: &str,
        signed_by: &str,
        bytes: u64,
    ) -> Result<(), StorageError> {
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        self.execute(
            query(
                "UPDATE plugins SET signed_by = $2, bytes = $3
             WHERE plugin_digest = $1 AND signed_by IS NULL",
            )
            .bind(digest)
            .bind(signed_by)
            .bind(bytes),
        )
        .await?;
        Ok(())
    }

    async fn plugins(&mut self) -> Result<Vec<InstalledRecord>, StorageError> {
        self.all(
            query("SELECT * FROM plugins ORDER BY plugin_id, installed_at DESC, plugin_digest"),
            installed,
        )
        .await
    }

    async fn add_default(&mut self, record: &DefaultRecord) -> Result<(), StorageError> {
        self.execute(
            query(
                "INSERT INTO plugin_defaults (plugin_id, plugin_version, plugin_digest, reason, at)
             VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(&record.plugin.id)
            .bind(&record.plugin.version)
            .bind(&record.plugin.digest)
            .bind(&record.reason)
            .bind(milliseconds(record.at)),
        )
        .await?;
        Ok(())
    }

    async fn defaults(&mut self) -> Result<Vec<DefaultRecord>, StorageError> {
        self.all(
            query("SELECT * FROM plugin_defaults ORDER BY plugin_id, number DESC"),
            default,
        )
        .await
    }

    async fn latest_submissions(
        &mut self,
        unit: &str,
        most: u32,
    ) -> Result<Vec<SubmissionRecord>, StorageError> {
        self.all(
            query(
                "SELECT submissions.* FROM submissions
             JOIN activities ON activities.id = submissions.activity
             WHERE activities.unit = $1 AND submissions.submitted_at IS NOT NULL
             ORDER BY submissions.submitted_at DESC, submissions.id LIMIT $2",
            )
            .bind(unit)
            .bind(most),
            submission,
        )
        .await
    }

    async fn latest_files(
        &mut self,
        ending: &str,
        most: u32,
    ) -> Result<Vec<(RegistrationId, EvidenceRecord)>, StorageError> {
        self.all(
            query(
                "SELECT evidence.*, submissions.registration FROM evidence
             JOIN submissions ON submissions.id = evidence.submission
             WHERE submissions.submitted_at IS NOT NULL AND NOT evidence.typed
                 AND lower(substr(evidence.file_name, -length($1))) = $1
             ORDER BY evidence.added_at DESC, evidence.id LIMIT $2",
            )
            .bind(ending)
            .bind(most),
            |row| {
                let registration = Reader::new("submissions", row).id("registration")?;
                Ok((RegistrationId(registration), evidence(row)?))
            },
        )
        .await
    }
}
