use assessment::ids::SubmissionId;
use async_trait::async_trait;
use sqlx::query;
use storage::StorageError;
use storage::table::{TableRecord, Tables};

use crate::Work;
use crate::convert::{Reader, driver, json, milliseconds};

#[async_trait]
impl Tables for Work {
    async fn put_table(&mut self, record: &TableRecord) -> Result<i64, StorageError> {
        let row = query(
            "INSERT INTO evidence_tables (submission, slot, rows_json, before_json, import_json,
                 digest, version, changed_at)
             SELECT $1, $2, $3, $4, $5, $6, 1, $8 WHERE $7 = 0 OR EXISTS (
                 SELECT 1 FROM evidence_tables WHERE submission = $1 AND slot = $2)
             ON CONFLICT (submission, slot) DO UPDATE SET rows_json = excluded.rows_json,
                 before_json = excluded.before_json, import_json = excluded.import_json,
                 digest = excluded.digest, version = version + 1,
                 changed_at = excluded.changed_at
             WHERE version = $7
             RETURNING version",
        )
        .bind(record.submission.0)
        .bind(&record.slot)
        .bind(json(&record.rows)?)
        .bind(record.before.as_ref().map(json).transpose()?)
        .bind(record.import.as_ref().map(json).transpose()?)
        .bind(&record.digest)
        .bind(record.version)
        .bind(milliseconds(record.changed_at))
        .fetch_optional(&mut *self.0)
        .await
        .map_err(driver)?
        .ok_or(StorageError::Conflict("table"))?;
        Reader::new("evidence_tables", &row).integer("version")
    }

    async fn tables(&mut self, submission: SubmissionId) -> Result<Vec<TableRecord>, StorageError> {
        self.all(
            query("SELECT * FROM evidence_tables WHERE submission = $1 ORDER BY slot")
                .bind(submission.0),
            |row| {
                let row = Reader::new("evidence_tables", row);
                Ok(TableRecord {
                    submission: SubmissionId(row.id("submission")?),
                    slot: row.text("slot")?,
                    rows: row.json("rows_json")?,
                    before: row.optional_json("before_json")?,
                    import: row.optional_json("import_json")?,
                    digest: row.text("digest")?,
                    version: row.integer("version")?,
                    changed_at: row.time("changed_at")?,
                })
            },
        )
        .await
    }
}
