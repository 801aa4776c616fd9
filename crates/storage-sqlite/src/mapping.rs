use assessment::ids::{EvidenceId, PersonId, SubmissionId};
use assessment::people::Role;
use async_trait::async_trait;
use sqlx::query;
use storage::StorageError;
use storage::mapping::{Mappings, PartMarkRecord};

use crate::Work;
use crate::convert::{Reader, json, milliseconds};

#[async_trait]
impl Mappings for Work {
    async fn put_part_mark(&mut self, record: &PartMarkRecord) -> Result<(), StorageError> {
        self.execute(
            query(
                "INSERT INTO part_marks (evidence, block, role, begins_json, by_person, at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (evidence, block, role) DO UPDATE SET begins_json =
                 excluded.begins_json, by_person = excluded.by_person, at = excluded.at",
            )
            .bind(record.evidence.0)
            .bind(record.block)
            .bind(record.role.word())
            .bind(json(&record.begins)?)
            .bind(record.by.0)
            .bind(milliseconds(record.at)),
        )
        .await?;
        Ok(())
    }

    async fn remove_part_marks(
        &mut self,
        evidence: EvidenceId,
        role: Role,
        block: Option<u32>,
    ) -> Result<u64, StorageError> {
        self.execute(
            query(
                "DELETE FROM part_marks WHERE evidence = $1 AND role = $2
                 AND ($3 IS NULL OR block = $3)",
            )
            .bind(evidence.0)
            .bind(role.word())
            .bind(block),
        )
        .await
    }

    async fn part_marks(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Vec<PartMarkRecord>, StorageError> {
        self.all(
            query(
                "SELECT part_marks.* FROM part_marks JOIN evidence ON evidence.id =
                 part_marks.evidence
             WHERE evidence.submission = $1 ORDER BY part_marks.at, part_marks.role DESC",
            )
            .bind(submission.0),
            |row| {
                let row = Reader::new("part_marks", row);
                Ok(PartMarkRecord {
                    evidence: EvidenceId(row.id("evidence")?),
                    block: row.number("block")?,
                    role: row.word("role", Role::from_word)?,
                    begins: row.json("begins_json")?,
                    by: PersonId(row.id("by_person")?),
                    at: row.time("at")?,
                })
            },
        )
        .await
    }
}
