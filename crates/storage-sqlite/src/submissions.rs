use assessment::ids::{ActivityId, EvidenceId, PersonId, RegistrationId, SubmissionId};
use assessment::submission::State;
use async_trait::async_trait;
use sqlx::query;
use sqlx::sqlite::SqliteRow;
use storage::StorageError;
use storage::submissions::{
    CheckRecord, EvidenceRecord, PluginRecord, SubmissionRecord, Submissions,
};

use crate::Work;
use crate::convert::{Reader, json, milliseconds};

/// The plugin named in the columns that all tables call the same.
pub(crate) fn plugin(row: &Reader<'_>) -> Result<PluginRecord, StorageError> {
    Ok(PluginRecord {
        id: row.text("plugin_id")?,
        version: row.text("plugin_version")?,
        digest: row.text("plugin_digest")?,
    })
}

pub(crate) fn submission(row: &SqliteRow) -> Result<SubmissionRecord, StorageError> {
    let row = Reader::new("submissions", row);
    Ok(SubmissionRecord {
        id: SubmissionId(row.id("id")?),
        registration: RegistrationId(row.id("registration")?),
        activity: ActivityId(row.id("activity")?),
        person: PersonId(row.id("person")?),
        number: row.number("number")?,
        state: row.word("state", State::from_word)?,
        refuses_script_use: row.flag("refuses_script_use")?,
        declared_at: row.optional_time("declared_at")?,
        submitted_at: row.optional_time("submitted_at")?,
        plugin: row
            .optional_text("plugin_id")?
            .map(|_| plugin(&row))
            .transpose()?,
        version: row.integer("version")?,
        changed_at: row.time("changed_at")?,
    })
}

pub(crate) fn evidence(row: &SqliteRow) -> Result<EvidenceRecord, StorageError> {
    let row = Reader::new("evidence", row);
    Ok(EvidenceRecord {
        id: EvidenceId(row.id("id")?),
        submission: SubmissionId(row.id("submission")?),
        slot: row.text("slot")?,
        file_name: row.text("file_name")?,
        media_type: row.text("media_type")?,
        bytes: row.number("bytes")?,
        digest: row.text("digest")?,
        added_at: row.time("added_at")?,
        document: row.optional_json("document_json")?,
        failure: row.optional_json("failure_json")?,
        typed: row.flag("typed")?,
    })
}

fn check(row: &SqliteRow) -> Result<CheckRecord, StorageError> {
    let row = Reader::new("checks", row);
    Ok(CheckRecord {
        submission: SubmissionId(row.id("submission")?),
        report: row.json("report_json")?,
        plugin: plugin(&row)?,
        overlays: row.optional_json("overlays_json")?,
        at: row.time("at")?,
    })
}

/// The statement that keeps a report of the checks; the first ones and those
/// over an assessor's corrections stand in tables of one shape.
macro_rules! put_report {
    ($table:literal, $record:ident) => {
        query(concat!(
            "INSERT INTO ",
            $table,
            " (submission, report_json, plugin_id, plugin_version, plugin_digest,
                 overlays_json, at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (submission) DO UPDATE SET report_json = excluded.report_json,
                 plugin_id = excluded.plugin_id,
                 plugin_version = excluded.plugin_version, plugin_digest =
                 excluded.plugin_digest, overlays_json = excluded.overlays_json, at =
                 excluded.at",
        ))
        .bind($record.submission.0)
        .bind(json(&$record.report)?)
        .bind(&$record.plugin.id)
        .bind(&$record.plugin.version)
        .bind(&$record.plugin.digest)
        .bind($record.overlays.as_ref().map(json).transpose()?)
        .bind(milliseconds($record.at))
    };
}

#[async_trait]
impl Submissions for Work {
    async fn add_submission(&mut self, record: &SubmissionRecord) -> Result<(), StorageError> {
        self.insert(
            query(
                "INSERT INTO submissions (id, registration, activity, person, number, state,
                 refuses_script_use,
                 declared_at, submitted_at, plugin_id, plugin_version, plugin_digest,
                 version, changed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            )
            .bind(record.id.0)
            .bind(record.registration.0)
            .bind(record.activity.0)
            .bind(record.person.0)
            .bind(record.number)
            .bind(record.state.word())
            .bind(record.refuses_script_use)
            .bind(record.declared_at.map(milliseconds))
            .bind(record.submitted_at.map(milliseconds))
            .bind(record.plugin.as_ref().map(|plugin| &plugin.id))
            .bind(record.plugin.as_ref().map(|plugin| &plugin.version))
            .bind(record.plugin.as_ref().map(|plugin| &plugin.digest))
            .bind(record.version)
            .bind(milliseconds(record.changed_at)),
            "submission",
        )
        .await
    }

    async fn submission(
        &mut self,
        registration: RegistrationId,
        id: SubmissionId,
    ) -> Result<Option<SubmissionRecord>, StorageError> {
        self.optional(
            query("SELECT * FROM submissions WHERE registration = $1 AND id = $2")
                .bind(registration.0)
                .bind(id.0),
            submission,
        )
        .await
    }

    async fn latest_submission(
        &mut self,
        activity: ActivityId,
        person: PersonId,
    ) -> Result<Option<SubmissionRecord>, StorageError> {
        self.optional(
            query(
                "SELECT * FROM submissions WHERE activity = $1 AND person = $2
                 ORDER BY number DESC LIMIT 1",
            )
            .bind(activity.0)
            .bind(person.0),
            submission,
        )
        .await
    }

    async fn numbered_submission(
        &mut self,
        activity: ActivityId,
        person: PersonId,
        number: u32,
    ) -> Result<Option<SubmissionRecord>, StorageError> {
        self.optional(
            query("SELECT * FROM submissions WHERE activity = $1 AND person = $2 AND number = $3")
                .bind(activity.0)
                .bind(person.0)
                .bind(number),
            submission,
        )
        .await
    }

    async fn has_submissions(
        &mut self,
        registration: RegistrationId,
        activity: ActivityId,
    ) -> Result<bool, StorageError> {
        let row = self
            .one(
                query(
                    "SELECT EXISTS (SELECT 1 FROM submissions WHERE registration = $1
                 AND activity = $2) AS found",
                )
                .bind(registration.0)
                .bind(activity.0),
            )
            .await?;
        Reader::new("submissions", &row).flag("found")
    }

    async fn submissions(
        &mut self,
        registration: RegistrationId,
        activity: ActivityId,
    ) -> Result<Vec<SubmissionRecord>, StorageError> {
        self.all(
            query(
                "SELECT * FROM submissions WHERE registration = $1 AND activity = $2
                 ORDER BY person, number",
            )
            .bind(registration.0)
            .bind(activity.0),
            submission,
        )
        .await
    }

    async fn update_submission(&mut self, record: &SubmissionRecord) -> Result<(), StorageError> {
        let done = self
            .execute(
                query(
                    "UPDATE submissions SET state = $3, refuses_script_use = $4, declared_at = $5,
                 submitted_at = $6,
                 plugin_id = $7, plugin_version = $8, plugin_digest = $9, version = version
                 + 1, changed_at = $10
             WHERE id = $1 AND version = $2",
                )
                .bind(record.id.0)
                .bind(record.version)
                .bind(record.state.word())
                .bind(record.refuses_script_use)
                .bind(record.declared_at.map(milliseconds))
                .bind(record.submitted_at.map(milliseconds))
                .bind(record.plugin.as_ref().map(|plugin| &plugin.id))
                .bind(record.plugin.as_ref().map(|plugin| &plugin.version))
                .bind(record.plugin.as_ref().map(|plugin| &plugin.digest))
                .bind(milliseconds(record.changed_at)),
            )
            .await?;
        if done == 1 {
            Ok(())
        } else {
            Err(StorageError::Conflict("submission"))
        }
    }

    async fn add_evidence(&mut self, record: &EvidenceRecord) -> Result<(), StorageError> {
        self.execute(
            query(
                "INSERT INTO evidence (id, submission, slot, file_name, media_type, bytes,
                 digest, added_at, document_json, failure_json, typed)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            )
            .bind(record.id.0)
            .bind(record.submission.0)
            .bind(&record.slot)
            .bind(&record.file_name)
            .bind(&record.media_type)
            .bind(i64::try_from(record.bytes).unwrap_or(i64::MAX))
            .bind(&record.digest)
            .bind(milliseconds(record.added_at))
            .bind(record.document.as_ref().map(json).transpose()?)
            .bind(record.failure.as_ref().map(json).transpose()?)
            .bind(record.typed),
        )
        .await?;
        Ok(())
    }

    async fn remove_evidence(
        &mut self,
        submission: SubmissionId,
        id: EvidenceId,
    ) -> Result<bool, StorageError> {
        let done = self
            .execute(
                query("DELETE FROM evidence WHERE submission = $1 AND id = $2")
                    .bind(submission.0)
                    .bind(id.0),
            )
            .await?;
        Ok(done == 1)
    }

    async fn evidence(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Vec<EvidenceRecord>, StorageError> {
        self.all(
            query("SELECT * FROM evidence WHERE submission = $1 ORDER BY added_at, id")
                .bind(submission.0),
            evidence,
        )
        .await
    }

    async fn evidence_file(
        &mut self,
        registration: RegistrationId,
        id: EvidenceId,
    ) -> Result<Option<EvidenceRecord>, StorageError> {
        self.optional(
            query(
                "SELECT evidence.* FROM evidence JOIN submissions ON submissions.id =
                 evidence.submission
             WHERE submissions.registration = $1 AND evidence.id = $2",
            )
            .bind(registration.0)
            .bind(id.0),
            evidence,
        )
        .await
    }

    async fn put_check(&mut self, record: &CheckRecord) -> Result<(), StorageError> {
        self.execute(put_report!("checks", record)).await?;
        Ok(())
    }

    async fn check(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Option<CheckRecord>, StorageError> {
        self.optional(
            query("SELECT * FROM checks WHERE submission = $1").bind(submission.0),
            check,
        )
        .await
    }

    async fn put_recheck(&mut self, record: &CheckRecord) -> Result<(), StorageError> {
        self.execute(put_report!("rechecks", record)).await?;
        Ok(())
    }

    async fn recheck(
        &mut self,
        submission: SubmissionId,
    ) -> Result<Option<CheckRecord>, StorageError> {
        self.optional(
            query("SELECT * FROM rechecks WHERE submission = $1").bind(submission.0),
            check,
        )
        .await
    }

    async fn remove_recheck(&mut self, submission: SubmissionId) -> Result<(), StorageError> {
        self.execute(query("DELETE FROM rechecks WHERE submission = $1").bind(submission.0))
            .await?;
        Ok(())
    }
}
