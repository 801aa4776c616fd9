use assessment::ids::RegistrationId;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::query;
use sqlx::sqlite::SqliteRow;
use storage::StorageError;
use storage::platforms::{NewDeployments, Platforms, RegistrationAccess, RegistrationRecord};

use crate::Work;
use crate::convert::{Reader, milliseconds};

pub(crate) fn registration(row: &SqliteRow) -> Result<RegistrationRecord, StorageError> {
    let row = Reader::new("registrations", row);
    Ok(RegistrationRecord {
        id: RegistrationId(row.id("id")?),
        issuer: row.text("issuer")?,
        client_id: row.text("client_id")?,
        auth_url: row.text("auth_url")?,
        token_url: row.text("token_url")?,
        jwks_url: row.text("jwks_url")?,
        token_audience: row.optional_text("token_audience")?,
        name: row.text("name")?,
        disabled: row.flag("disabled")?,
        waiting: row.flag("waiting")?,
        new_deployments: row.word("new_deployments", NewDeployments::from_word)?,
        created_at: row.time("created_at")?,
    })
}

#[async_trait]
impl Platforms for Work {
    async fn add_registration(&mut self, record: &RegistrationRecord) -> Result<(), StorageError> {
        self.insert(
            query(
                "INSERT INTO registrations (id, issuer, client_id, auth_url, token_url,
                 jwks_url, token_audience, name, disabled, waiting, new_deployments, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            )
            .bind(record.id.0)
            .bind(&record.issuer)
            .bind(&record.client_id)
            .bind(&record.auth_url)
            .bind(&record.token_url)
            .bind(&record.jwks_url)
            .bind(&record.token_audience)
            .bind(&record.name)
            .bind(record.disabled)
            .bind(record.waiting)
            .bind(record.new_deployments.word())
            .bind(milliseconds(record.created_at)),
            "registration",
        )
        .await
    }

    async fn registration(
        &mut self,
        id: RegistrationId,
    ) -> Result<Option<RegistrationRecord>, StorageError> {
        self.optional(
            query("SELECT * FROM registrations WHERE id = $1").bind(id.0),
            registration,
        )
        .await
    }

    async fn registrations(
        &mut self,
        issuer: Option<&str>,
    ) -> Result<Vec<RegistrationRecord>, StorageError> {
        self.all(
            query(
                "SELECT * FROM registrations WHERE $1 IS NULL OR issuer = $1 ORDER
                 BY created_at, id",
            )
            .bind(issuer),
            registration,
        )
        .await
    }

    async fn set_registration_disabled(
        &mut self,
        id: RegistrationId,
        disabled: bool,
    ) -> Result<bool, StorageError> {
        let done = self
            .execute(
                query("UPDATE registrations SET disabled = $2 WHERE id = $1")
                    .bind(id.0)
                    .bind(disabled),
            )
            .await?;
        Ok(done == 1)
    }

    async fn decide_registration(
        &mut self,
        id: RegistrationId,
        approved: bool,
    ) -> Result<bool, StorageError> {
        let done = self
            .execute(
                query(
                    "UPDATE registrations SET waiting = 0, disabled = $2
                 WHERE id = $1 AND waiting = 1",
                )
                .bind(id.0)
                .bind(!approved),
            )
            .await?;
        Ok(done == 1)
    }

    async fn set_registration_addresses(
        &mut self,
        record: &RegistrationRecord,
    ) -> Result<bool, StorageError> {
        let done = self
            .execute(
                query(
                    "UPDATE registrations SET auth_url = $2, token_url = $3, jwks_url = $4,
                 token_audience = $5 WHERE id = $1",
                )
                .bind(record.id.0)
                .bind(&record.auth_url)
                .bind(&record.token_url)
                .bind(&record.jwks_url)
                .bind(&record.token_audience),
            )
            .await?;
        Ok(done == 1)
    }

    async fn registration_access(
        &mut self,
        id: RegistrationId,
    ) -> Result<Option<RegistrationAccess>, StorageError> {
        self.optional(
            query("SELECT * FROM registrations WHERE id = $1 AND client_uri IS NOT NULL")
                .bind(id.0),
            |row| {
                let row = Reader::new("registrations", row);
                Ok(RegistrationAccess {
                    client_uri: row.text("client_uri")?,
                    configuration_url: row.text("configuration_url")?,
                    sealed_token: row.optional_text("sealed_token")?,
                })
            },
        )
        .await
    }

    async fn set_registration_access(
        &mut self,
        id: RegistrationId,
        access: &RegistrationAccess,
    ) -> Result<bool, StorageError> {
        let done = self
            .execute(
                query(
                    "UPDATE registrations SET client_uri = $2, configuration_url = $3,
                 sealed_token = $4 WHERE id = $1",
                )
                .bind(id.0)
                .bind(&access.client_uri)
                .bind(&access.configuration_url)
                .bind(&access.sealed_token),
            )
            .await?;
        Ok(done == 1)
    }

    async fn set_registration_name(
        &mut self,
        id: RegistrationId,
        name: &str,
    ) -> Result<bool, StorageError> {
        let done = self
            .execute(
                query("UPDATE registrations SET name = $2 WHERE id = $1")
                    .bind(id.0)
                    .bind(name),
            )
            .await?;
        Ok(done == 1)
    }

    async fn set_new_deployments(
        &mut self,
        id: RegistrationId,
        new_deployments: NewDeployments,
    ) -> Result<bool, StorageError> {
        let done = self
            .execute(
                query("UPDATE registrations SET new_deployments = $2 WHERE id = $1")
                    .bind(id.0)
                    .bind(new_deployments.word()),
            )
            .await?;
        Ok(done == 1)
    }

    async fn newest_session_end(
        &mut self,
        id: RegistrationId,
    ) -> Result<Option<DateTime<Utc>>, StorageError> {
        self.optional(
            query(
                "SELECT expires_at FROM sessions WHERE registration = $1
                 ORDER BY expires_at DESC LIMIT 1",
            )
            .bind(id.0),
            |row| Reader::new("sessions", row).time("expires_at"),
        )
        .await
    }

    async fn add_deployment(
        &mut self,
        registration: RegistrationId,
        deployment: &str,
    ) -> Result<(), StorageError> {
        self.execute(
            query(
                "INSERT INTO deployments (registration, deployment) VALUES ($1,
                 $2) ON CONFLICT DO NOTHING",
            )
            .bind(registration.0)
            .bind(deployment),
        )
        .await?;
        Ok(())
    }

    async fn remove_deployment(
        &mut self,
        registration: RegistrationId,
        deployment: &str,
    ) -> Result<bool, StorageError> {
        let done = self
            .execute(
                query("DELETE FROM deployments WHERE registration = $1 AND deployment = $2")
                    .bind(registration.0)
                    .bind(deployment),
            )
            .await?;
        Ok(done == 1)
    }

    async fn deployments(
        &mut self,
        registration: RegistrationId,
    ) -> Result<Vec<String>, StorageError> {
        self.all(
            query(
                "SELECT deployment FROM deployments WHERE registration = $1 ORDER BY
                 deployment",
            )
            .bind(registration.0),
            |row| Reader::new("deployments", row).text("deployment"),
        )
        .await
    }
}
