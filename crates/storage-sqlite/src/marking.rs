use assessment::ids::{DecisionId, PersonId, SubmissionId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::query;
use sqlx::sqlite::SqliteRow;
use storage::StorageError;
use storage::marking::{DecisionRecord, FindingVerdictRecord, Marking, SheetLineRecord};

use crate::Work;
use crate::convert::{Reader, driver, json, milliseconds};
use crate::submissions::plugin;

fn decision(row: &SqliteRow) -> Result<DecisionRecord, StorageError> {
    let row = Reader::new("decisions", row);
    let voided_at = row.optional_time("voided_at")?;
    let voided = voided_at
        .map(|at| Ok::<_, StorageError>((at, row.text("void_reason")?)))
        .transpose()?;
    Ok(DecisionRecord {
        id: DecisionId(row.id("id")?),
        submission: SubmissionId(row.id("submission")?),
        sheet: row.json("sheet_json")?,
        sheet_digest: row.text("sheet_digest")?,
        outcome: row.json("outcome_json")?,
        plugin: plugin(&row)?,
        signed_by: PersonId(row.id("signed_by")?),
        signed_name: row.text("signed_name")?,
        signed_at: row.time("signed_at")?,
        voided,
    })
}

#[async_trait]
impl Marking for Work {
    async fn put_sheet_line(&mut self, record: &SheetLineRecord) -> Result<i64, StorageError> {
        let row = query(
            "INSERT INTO sheet_lines (submission, criterion, award_json, feedback, band,
                 version, changed_by, changed_at)
             SELECT $1, $2, $3, $4, $5, 1, $7, $8 WHERE $6 = 0 OR EXISTS (
                 SELECT 1 FROM sheet_lines WHERE submission = $1 AND criterion = $2)
             ON CONFLICT (submission, criterion) DO UPDATE SET award_json = excluded.award_json,
                 feedback = excluded.feedback, band = excluded.band, version = version + 1,
                 changed_by = excluded.changed_by, changed_at = excluded.changed_at
             WHERE version = $6
             RETURNING version",
        )
        .bind(record.submission.0)
        .bind(&record.criterion)
        .bind(json(&record.award)?)
        .bind(&record.feedback)
        .bind(&record.band)
        .bind(record.version)
        .bind(record.changed_by.0)
        .bind(milliseconds(record.changed_at))
        .fetch_optional(&mut *self.0)
        .await
        .map_err(driver)?
        .ok_or(StorageError::Conflict("line of the mark sheet"))?;
        Reader::new("sheet_lines", &row).integer("version")
    }

    async fn sheet_lines(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Vec<SheetLineRecord>, StorageError> {
        self.all(
            query("SELECT * FROM sheet_lines WHERE submission = $1 ORDER BY criterion")
                .bind(submission.0),
            |row| {
                let row = Reader::new("sheet_lines", row);
                Ok(SheetLineRecord {
                    submission: SubmissionId(row.id("submission")?),
                    criterion: row.text("criterion")?,
                    award: row.json("award_json")?,
                    feedback: row.text("feedback")?,
                    band: row.text("band")?,
                    version: row.integer("version")?,
                    changed_by: PersonId(row.id("changed_by")?),
                    changed_at: row.time("changed_at")?,
                })
            },
        )
        .await
    }

    async fn marked_count(&mut self, submission: SubmissionId) -> Result<u32, StorageError> {
        let row = self
            .one(
                query(
                    "SELECT COUNT(*) AS marked FROM sheet_lines WHERE submission = $1
                 AND json_extract(award_json, '$.kind') <> 'undecided'",
                )
                .bind(submission.0),
            )
            .await?;
        Reader::new("sheet_lines", &row).number("marked")
    }

    async fn put_finding_verdict(
        &mut self,
        submission: SubmissionId,
        finding: &str,
        verdict: Option<&str>,
        by: PersonId,
        at: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        let statement = match verdict {
            Some(verdict) => query(
                "INSERT INTO finding_verdicts (submission, finding, verdict, by_person, at)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (submission, finding) DO UPDATE SET verdict = excluded.verdict,
                     by_person = excluded.by_person, at = excluded.at",
            )
            .bind(submission.0)
            .bind(finding.to_owned())
            .bind(verdict.to_owned())
            .bind(by.0)
            .bind(milliseconds(at)),
            None => query("DELETE FROM finding_verdicts WHERE submission = $1 AND finding = $2")
                .bind(submission.0)
                .bind(finding.to_owned()),
        };
        self.execute(statement).await?;
        Ok(())
    }

    async fn finding_verdicts(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Vec<FindingVerdictRecord>, StorageError> {
        self.all(
            query("SELECT * FROM finding_verdicts WHERE submission = $1 ORDER BY finding")
                .bind(submission.0),
            |row| {
                let row = Reader::new("finding_verdicts", row);
                Ok(FindingVerdictRecord {
                    finding: row.text("finding")?,
                    verdict: row.text("verdict")?,
                    by: PersonId(row.id("by_person")?),
                    at: row.time("at")?,
                })
            },
        )
        .await
    }

    async fn add_decision(&mut self, record: &DecisionRecord) -> Result<(), StorageError> {
        self.execute(
            query(
                "INSERT INTO decisions (id, submission, sheet_json, sheet_digest, outcome_json,
                 plugin_id, plugin_version,
                 plugin_digest, signed_by, signed_name, signed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            )
            .bind(record.id.0)
            .bind(record.submission.0)
            .bind(json(&record.sheet)?)
            .bind(&record.sheet_digest)
            .bind(json(&record.outcome)?)
            .bind(&record.plugin.id)
            .bind(&record.plugin.version)
            .bind(&record.plugin.digest)
            .bind(record.signed_by.0)
            .bind(&record.signed_name)
            .bind(milliseconds(record.signed_at)),
        )
        .await?;
        Ok(())
    }

    async fn void_decision(
        &mut self,
        id: DecisionId,
        by: PersonId,
        at: DateTime<Utc>,
        reason: &str,
    ) -> Result<(), StorageError> {
        self.execute(
            query(
                "INSERT INTO decision_voids (decision, by_person, at, reason) VALUES ($1, $2,
                 $3, $4)",
            )
            .bind(id.0)
            .bind(by.0)
            .bind(milliseconds(at))
            .bind(reason),
        )
        .await?;
        Ok(())
    }

    async fn decisions(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Vec<DecisionRecord>, StorageError> {
        self.all(
            query(
                "SELECT decisions.*, decision_voids.at AS voided_at, decision_voids.reason AS
                 void_reason
             FROM decisions LEFT JOIN decision_voids ON decision_voids.decision = decisions.id
             WHERE submission = $1 ORDER BY signed_at, id",
            )
            .bind(submission.0),
            decision,
        )
        .await
    }

    async fn standing_decision(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Option<DecisionRecord>, StorageError> {
        self.optional(
            query(
                "SELECT decisions.*, NULL AS voided_at, NULL AS void_reason FROM decisions
             WHERE submission = $1 AND NOT EXISTS (
                 SELECT 1 FROM decision_voids WHERE decision_voids.decision = decisions.id)
             ORDER BY signed_at DESC, id DESC LIMIT 1",
            )
            .bind(submission.0),
            decision,
        )
        .await
    }
}
