use assessment::ids::{InvitationId, RegistrationId};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::query;
use sqlx::sqlite::SqliteRow;
use storage::StorageError;
use storage::invitations::{InvitationRecord, Invitations};

use crate::Work;
use crate::convert::{Reader, milliseconds};

fn invitation(row: &SqliteRow) -> Result<InvitationRecord, StorageError> {
    let row = Reader::new("invitations", row);
    Ok(InvitationRecord {
        id: InvitationId(row.id("id")?),
        secret_digest: row.bytes("secret_digest")?,
        note: row.text("note")?,
        allow_http: row.flag("allow_http")?,
        approve_first: row.flag("approve_first")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        revoked: row.flag("revoked")?,
        used_at: row.optional_time("used_at")?,
        registration: row.optional_id("registration")?.map(RegistrationId),
    })
}

#[async_trait]
impl Invitations for Work {
    async fn add_invitation(&mut self, record: &InvitationRecord) -> Result<(), StorageError> {
        self.insert(
            query(
                "INSERT INTO invitations (id, secret_digest, note, allow_http, approve_first,
                 created_at, expires_at, revoked, used_at, registration)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            )
            .bind(record.id.0)
            .bind(&record.secret_digest)
            .bind(&record.note)
            .bind(record.allow_http)
            .bind(record.approve_first)
            .bind(milliseconds(record.created_at))
            .bind(milliseconds(record.expires_at))
            .bind(record.revoked)
            .bind(record.used_at.map(milliseconds))
            .bind(record.registration.map(|registration| registration.0)),
            "invitation",
        )
        .await
    }

    async fn invitation(
        &mut self,
        secret_digest: &[u8],
    ) -> Result<Option<InvitationRecord>, StorageError> {
        self.optional(
            query("SELECT * FROM invitations WHERE secret_digest = $1").bind(secret_digest),
            invitation,
        )
        .await
    }

    async fn invitations(&mut self) -> Result<Vec<InvitationRecord>, StorageError> {
        self.all(
            query("SELECT * FROM invitations ORDER BY created_at DESC, id"),
            invitation,
        )
        .await
    }

    async fn use_invitation(
        &mut self,
        id: InvitationId,
        registration: RegistrationId,
        now: DateTime<Utc>,
    ) -> Result<bool, StorageError> {
        let done = self
            .execute(
                query(
                    "UPDATE invitations SET used_at = $3, registration = $2
                 WHERE id = $1 AND used_at IS NULL AND revoked = 0 AND expires_at > $3",
                )
                .bind(id.0)
                .bind(registration.0)
                .bind(milliseconds(now)),
            )
            .await?;
        Ok(done == 1)
    }

    async fn revoke_invitation(&mut self, id: InvitationId) -> Result<bool, StorageError> {
        let done = self
            .execute(
                query(
                    "UPDATE invitations SET revoked = 1
                 WHERE id = $1 AND used_at IS NULL AND revoked = 0",
                )
                .bind(id.0),
            )
            .await?;
        Ok(done == 1)
    }
}
