//! Between rows and records.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use storage::StorageError;
use uuid::Uuid;

pub(crate) fn driver(error: sqlx::Error) -> StorageError {
    StorageError::Driver(Box::new(error))
}

/// An insert that met a unique key, as a conflict on `what`.
pub(crate) fn unique(what: &'static str) -> impl FnOnce(sqlx::Error) -> StorageError {
    move |error| match &error {
        sqlx::Error::Database(database) if database.is_unique_violation() => {
            StorageError::Conflict(what)
        }
        _ => driver(error),
    }
}

pub(crate) fn milliseconds(time: DateTime<Utc>) -> i64 {
    time.timestamp_millis()
}

pub(crate) fn json(value: &impl Serialize) -> Result<String, StorageError> {
    serde_json::to_string(value).map_err(|error| StorageError::Driver(Box::new(error)))
}

/// A row with the name of its table, so that a broken value is reported by place.
pub(crate) struct Reader<'r> {
    table: &'static str,
    row: &'r SqliteRow,
}

impl<'r> Reader<'r> {
    pub(crate) fn new(table: &'static str, row: &'r SqliteRow) -> Self {
        Self { table, row }
    }

    pub(crate) fn broken(&self, column: &'static str) -> StorageError {
        StorageError::Inconsistency {
            table: self.table,
            column,
        }
    }

    fn get<T>(&self, column: &'static str) -> Result<T, StorageError>
    where
        T: sqlx::Decode<'r, sqlx::Sqlite> + sqlx::Type<sqlx::Sqlite>,
    {
        self.row.try_get(column).map_err(|_| self.broken(column))
    }

    pub(crate) fn id(&self, column: &'static str) -> Result<Uuid, StorageError> {
        self.get(column)
    }

    pub(crate) fn optional_id(&self, column: &'static str) -> Result<Option<Uuid>, StorageError> {
        self.get(column)
    }

    pub(crate) fn text(&self, column: &'static str) -> Result<String, StorageError> {
        self.get(column)
    }

    pub(crate) fn optional_text(
        &self,
        column: &'static str,
    ) -> Result<Option<String>, StorageError> {
        self.get(column)
    }

    pub(crate) fn bytes(&self, column: &'static str) -> Result<Vec<u8>, StorageError> {
        self.get(column)
    }

    pub(crate) fn integer(&self, column: &'static str) -> Result<i64, StorageError> {
        self.get(column)
    }

    pub(crate) fn number<T: TryFrom<i64>>(&self, column: &'static str) -> Result<T, StorageError> {
        T::try_from(self.integer(column)?).map_err(|_| self.broken(column))
    }

    pub(crate) fn flag(&self, column: &'static str) -> Result<bool, StorageError> {
        Ok(self.integer(column)? != 0)
    }

    pub(crate) fn time(&self, column: &'static str) -> Result<DateTime<Utc>, StorageError> {
        DateTime::from_timestamp_millis(self.integer(column)?).ok_or_else(|| self.broken(column))
    }

    pub(crate) fn optional_time(
        &self,
        column: &'static str,
    ) -> Result<Option<DateTime<Utc>>, StorageError> {
        self.get::<Option<i64>>(column)?
            .map(|time| DateTime::from_timestamp_millis(time).ok_or_else(|| self.broken(column)))
            .transpose()
    }

    pub(crate) fn json<T: DeserializeOwned>(
        &self,
        column: &'static str,
    ) -> Result<T, StorageError> {
        serde_json::from_str(&self.text(column)?).map_err(|_| self.broken(column))
    }

    pub(crate) fn optional_json<T: DeserializeOwned>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, StorageError> {
        self.optional_text(column)?
            .map(|text| serde_json::from_str(&text).map_err(|_| self.broken(column)))
            .transpose()
    }

    pub(crate) fn word<T>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, StorageError> {
        parse(&self.text(column)?).ok_or_else(|| self.broken(column))
    }

    pub(crate) fn optional_word<T>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, StorageError> {
        self.optional_text(column)?
            .map(|text| parse(&text).ok_or_else(|| self.broken(column)))
            .transpose()
    }
}
