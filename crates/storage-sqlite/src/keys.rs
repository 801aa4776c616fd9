use assessment::ids::RegistrationId;
use async_trait::async_trait;
use sqlx::query;
use sqlx::sqlite::SqliteRow;
use storage::StorageError;
use storage::keys::{Keys, SigningKeyRecord};

use crate::Work;
use crate::convert::{Reader, milliseconds};

fn signing_key(row: &SqliteRow) -> Result<SigningKeyRecord, StorageError> {
    let row = Reader::new("signing_keys", row);
    Ok(SigningKeyRecord {
        kid: row.text("kid")?,
        registration: row.optional_id("registration")?.map(RegistrationId),
        private_key: row.text("private_key")?,
        created_at: row.time("created_at")?,
        signs_from: row.time("signs_from")?,
    })
}

#[async_trait]
impl Keys for Work {
    async fn add_signing_key(&mut self, record: &SigningKeyRecord) -> Result<(), StorageError> {
        self.insert(
            query(
                "INSERT INTO signing_keys (kid, registration, private_key, created_at,
                 signs_from)
             VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(&record.kid)
            .bind(record.registration.map(|registration| registration.0))
            .bind(&record.private_key)
            .bind(milliseconds(record.created_at))
            .bind(milliseconds(record.signs_from)),
            "signing key",
        )
        .await
    }

    async fn signing_keys(&mut self) -> Result<Vec<SigningKeyRecord>, StorageError> {
        self.all(
            query("SELECT * FROM signing_keys ORDER BY signs_from DESC, created_at DESC, kid"),
            signing_key,
        )
        .await
    }

    async fn set_private_key(&mut self, kid: &str, private_key: &str) -> Result<(), StorageError> {
        self.execute(
            query("UPDATE signing_keys SET private_key = $2 WHERE kid = $1")
                .bind(kid)
                .bind(private_key),
        )
        .await?;
        Ok(())
    }

    async fn remove_signing_key(&mut self, kid: &str) -> Result<(), StorageError> {
        self.execute(query("DELETE FROM signing_keys WHERE kid = $1").bind(kid))
            .await?;
        Ok(())
    }
}
