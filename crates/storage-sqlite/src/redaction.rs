use assessment::ids::{PersonId, SubmissionId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::query;
use storage::StorageError;
use storage::redaction::Redactions;

use crate::Work;
use crate::convert::{Reader, milliseconds};

#[async_trait]
impl Redactions for Work {
    async fn add_redacted_word(
        &mut self,
        submission: SubmissionId,
        word: &str,
        by: PersonId,
        at: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.execute(
            query(
                "INSERT INTO redacted_words (submission, word, by_person, at)
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            )
            .bind(submission.0)
            .bind(word.to_owned())
            .bind(by.0)
            .bind(milliseconds(at)),
        )
        .await?;
        Ok(())
    }

    async fn remove_redacted_word(
        &mut self,
        submission: SubmissionId,
        word: &str,
    ) -> Result<(), StorageError> {
        self.execute(
            query("DELETE FROM redacted_words WHERE submission = $1 AND word = $2")
                .bind(submission.0)
                .bind(word.to_owned()),
        )
        .await?;
        Ok(())
    }

    async fn redacted_words(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Vec<String>, StorageError> {
        self.all(
            query("SELECT word FROM redacted_words WHERE submission = $1 ORDER BY word")
                .bind(submission.0),
            |row| Reader::new("redacted_words", row).text("word"),
        )
        .await
    }
}
