use assessment::ids::{ActivityId, CourseId, PersonId, RegistrationId};
use assessment::people::Role;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::query;
use sqlx::sqlite::SqliteRow;
use storage::StorageError;
use storage::launches::{ArrivalRecord, Launches, LoginRecord, SessionRecord};
use storage::platforms::RegistrationRecord;

use crate::Work;
use crate::convert::{Reader, milliseconds};
use crate::platforms::registration;

fn login(row: &SqliteRow) -> Result<LoginRecord, StorageError> {
    let row = Reader::new("logins", row);
    Ok(LoginRecord {
        state_digest: row.bytes("state_digest")?,
        registration: RegistrationId(row.id("registration")?),
        nonce: row.text("nonce")?,
        target_link_uri: row.text("target_link_uri")?,
        browser_digest: row.bytes("browser_digest")?,
        storage_frame: row.optional_text("storage_frame")?,
        expires_at: row.time("expires_at")?,
    })
}

fn arrival(row: &SqliteRow) -> Result<ArrivalRecord, StorageError> {
    let row = Reader::new("arrivals", row);
    Ok(ArrivalRecord {
        code_digest: row.bytes("code_digest")?,
        registration: RegistrationId(row.id("registration")?),
        browser_digest: row.bytes("browser_digest")?,
        ticket_json: row.text("ticket_json")?,
        expires_at: row.time("expires_at")?,
    })
}

fn session(row: &SqliteRow) -> Result<SessionRecord, StorageError> {
    let row = Reader::new("sessions", row);
    Ok(SessionRecord {
        token_digest: row.bytes("token_digest")?,
        registration: RegistrationId(row.id("registration")?),
        course: CourseId(row.id("course")?),
        activity: ActivityId(row.id("activity")?),
        person: PersonId(row.id("person")?),
        role: row.word("role", Role::from_word)?,
        csrf: row.text("csrf")?,
        return_url: row.optional_text("return_url")?,
        expires_at: row.time("expires_at")?,
    })
}

#[async_trait]
impl Launches for Work {
    async fn add_login(&mut self, record: &LoginRecord) -> Result<(), StorageError> {
        self.insert(
            query(
                "INSERT INTO logins (state_digest, registration, nonce, target_link_uri,
                 browser_digest, storage_frame, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            )
            .bind(&record.state_digest)
            .bind(record.registration.0)
            .bind(&record.nonce)
            .bind(&record.target_link_uri)
            .bind(&record.browser_digest)
            .bind(&record.storage_frame)
            .bind(milliseconds(record.expires_at)),
            "login",
        )
        .await
    }

    async fn login(
        &mut self,
        state_digest: &[u8],
    ) -> Result<Option<(LoginRecord, RegistrationRecord)>, StorageError> {
        self.optional(
            query(
                "SELECT * FROM logins JOIN registrations ON registrations.id = logins.registration
             WHERE state_digest = $1",
            )
            .bind(state_digest),
            |row| Ok((login(row)?, registration(row)?)),
        )
        .await
    }

    async fn take_login(
        &mut self,
        state_digest: &[u8],
    ) -> Result<Option<LoginRecord>, StorageError> {
        self.optional(
            query("DELETE FROM logins WHERE state_digest = $1 RETURNING *").bind(state_digest),
            login,
        )
        .await
    }

    async fn add_arrival(&mut self, record: &ArrivalRecord) -> Result<(), StorageError> {
        self.insert(
            query(
                "INSERT INTO arrivals (code_digest, registration, browser_digest, ticket_json,
                 expires_at)
             VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(&record.code_digest)
            .bind(record.registration.0)
            .bind(&record.browser_digest)
            .bind(&record.ticket_json)
            .bind(milliseconds(record.expires_at)),
            "arrival",
        )
        .await
    }

    async fn take_arrival(
        &mut self,
        code_digest: &[u8],
    ) -> Result<Option<ArrivalRecord>, StorageError> {
        self.optional(
            query("DELETE FROM arrivals WHERE code_digest = $1 RETURNING *").bind(code_digest),
            arrival,
        )
        .await
    }

    async fn add_session(&mut self, record: &SessionRecord) -> Result<(), StorageError> {
        self.insert(
            query(
                "INSERT INTO sessions (token_digest, registration, course, activity, person,
                 role, csrf, return_url, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            )
            .bind(&record.token_digest)
            .bind(record.registration.0)
            .bind(record.course.0)
            .bind(record.activity.0)
            .bind(record.person.0)
            .bind(record.role.word())
            .bind(&record.csrf)
            .bind(&record.return_url)
            .bind(milliseconds(record.expires_at)),
            "session",
        )
        .await
    }

    async fn session(
        &mut self,
        token_digest: &[u8],
    ) -> Result<Option<SessionRecord>, StorageError> {
        self.optional(
            query("SELECT * FROM sessions WHERE token_digest = $1").bind(token_digest),
            session,
        )
        .await
    }

    async fn end_sessions(
        &mut self,
        registration: RegistrationId,
        activity: ActivityId,
    ) -> Result<u64, StorageError> {
        self.execute(
            query("DELETE FROM sessions WHERE registration = $1 AND activity = $2")
                .bind(registration.0)
                .bind(activity.0),
        )
        .await
    }

    async fn remove_expired(&mut self, now: DateTime<Utc>) -> Result<u64, StorageError> {
        let mut removed = 0;
        for statement in [
            "DELETE FROM logins WHERE expires_at <= $1",
            "DELETE FROM arrivals WHERE expires_at <= $1",
            "DELETE FROM sessions WHERE expires_at <= $1",
            "DELETE FROM selections WHERE expires_at <= $1",
        ] {
            removed += self
                .execute(query(statement).bind(milliseconds(now)))
                .await?;
        }
        Ok(removed)
    }
}
