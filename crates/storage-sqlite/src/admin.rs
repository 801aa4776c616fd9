use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::query;
use storage::StorageError;
use storage::admin::{AdminSessionRecord, Admins};

use crate::Work;
use crate::convert::{Reader, milliseconds};

#[async_trait]
impl Admins for Work {
    async fn add_admin_link(
        &mut self,
        code_digest: &[u8],
        expires_at: DateTime<Utc>,
    ) -> Result<(), StorageError> {
        self.insert(
            query("INSERT INTO admin_links (code_digest, expires_at) VALUES ($1, $2)")
                .bind(code_digest)
                .bind(milliseconds(expires_at)),
            "sign-in link",
        )
        .await
    }

    async fn admin_link(
        &mut self,
        code_digest: &[u8],
    ) -> Result<Option<DateTime<Utc>>, StorageError> {
        self.optional(
            query("SELECT * FROM admin_links WHERE code_digest = $1").bind(code_digest),
            |row| Reader::new("admin_links", row).time("expires_at"),
        )
        .await
    }

    async fn take_admin_link(
        &mut self,
        code_digest: &[u8],
    ) -> Result<Option<DateTime<Utc>>, StorageError> {
        self.optional(
            query("DELETE FROM admin_links WHERE code_digest = $1 RETURNING *").bind(code_digest),
            |row| Reader::new("admin_links", row).time("expires_at"),
        )
        .await
    }

    async fn add_admin_session(&mut self, record: &AdminSessionRecord) -> Result<(), StorageError> {
        self.insert(
            query(
                "INSERT INTO admin_sessions (token_digest, csrf, expires_at) VALUES ($1, $2, $3)",
            )
            .bind(&record.token_digest)
            .bind(&record.csrf)
            .bind(milliseconds(record.expires_at)),
            "administrator's session",
        )
        .await
    }

    async fn admin_session(
        &mut self,
        token_digest: &[u8],
    ) -> Result<Option<AdminSessionRecord>, StorageError> {
        self.optional(
            query("SELECT * FROM admin_sessions WHERE token_digest = $1").bind(token_digest),
            |row| {
                let row = Reader::new("admin_sessions", row);
                Ok(AdminSessionRecord {
                    token_digest: row.bytes("token_digest")?,
                    csrf: row.text("csrf")?,
                    expires_at: row.time("expires_at")?,
                })
            },
        )
        .await
    }

    async fn remove_admin_session(&mut self, token_digest: &[u8]) -> Result<bool, StorageError> {
        let done = self
            .execute(query("DELETE FROM admin_sessions WHERE token_digest = $1").bind(token_digest))
            .await?;
        Ok(done == 1)
    }

    async fn remove_expired_admins(&mut self, now: DateTime<Utc>) -> Result<u64, StorageError> {
        let links = self
            .execute(
                query("DELETE FROM admin_links WHERE expires_at <= $1").bind(milliseconds(now)),
            )
            .await?;
        let sessions = self
            .execute(
                query("DELETE FROM admin_sessions WHERE expires_at <= $1").bind(milliseconds(now)),
            )
            .await?;
        Ok(links + sessions)
    }
}
