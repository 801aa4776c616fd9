use assessment::ids::SubmissionId;
use async_trait::async_trait;
use sqlx::query;
use storage::StorageError;
use storage::typed::{TypedAnswerRecord, TypedAnswers};

use crate::Work;
use crate::convert::{Reader, driver};

#[async_trait]
impl TypedAnswers for Work {
    async fn put_typed_answer(&mut self, record: &TypedAnswerRecord) -> Result<i64, StorageError> {
        let row = query(
            "INSERT INTO typed_answers (submission, slot, criterion, text, version)
             SELECT $1, $2, $3, $4, 1 WHERE $5 = 0 OR EXISTS (
                 SELECT 1 FROM typed_answers WHERE submission = $1 AND slot = $2
                 AND criterion = $3)
             ON CONFLICT (submission, slot, criterion) DO UPDATE SET text = excluded.text,
                 version = version + 1
             WHERE version = $5
             RETURNING version",
        )
        .bind(record.submission.0)
        .bind(&record.slot)
        .bind(&record.criterion)
        .bind(&record.text)
        .bind(record.version)
        .fetch_optional(&mut *self.0)
        .await
        .map_err(driver)?
        .ok_or(StorageError::Conflict("typed answer"))?;
        Reader::new("typed_answers", &row).integer("version")
    }

    async fn typed_answers(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Vec<TypedAnswerRecord>, StorageError> {
        self.all(
            query("SELECT * FROM typed_answers WHERE submission = $1 ORDER BY slot, criterion")
                .bind(submission.0),
            |row| {
                let row = Reader::new("typed_answers", row);
                Ok(TypedAnswerRecord {
                    submission: SubmissionId(row.id("submission")?),
                    slot: row.text("slot")?,
                    criterion: row.text("criterion")?,
                    text: row.text("text")?,
                    version: row.integer("version")?,
                })
            },
        )
        .await
    }

    async fn remove_typed_answers(
        &mut self,
        submission: SubmissionId,
        slot: &str,
    ) -> Result<(), StorageError> {
        self.execute(
            query("DELETE FROM typed_answers WHERE submission = $1 AND slot = $2")
                .bind(submission.0)
                .bind(slot.to_owned()),
        )
        .await?;
        Ok(())
    }
}
