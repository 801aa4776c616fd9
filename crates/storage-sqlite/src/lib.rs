//! Storage in `SQLite`: the embedded default for one machine.
//!
//! One connection writes, so writers queue instead of failing, and several
//! read beside it (write-ahead log). What is committed survives a kill of the
//! process; `synchronous = FULL` makes it survive a loss of power too, since
//! a released grade must never be forgotten.

mod admin;
mod cohort;
mod connections;
mod convert;
mod courses;
mod diagnosis;
mod history;
mod invitations;
mod keys;
mod launches;
mod mapping;
mod marking;
mod passback;
mod platforms;
mod plugins;
mod redaction;
mod roster;
mod selections;
mod submissions;
mod table;
mod typed;

use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::Sqlite;
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqliteRow, SqliteSynchronous,
};
use storage::{Storage, StorageError, UnitOfWork};

use crate::connections::{Connections, Lent};

/// The schema's history; migrations are only ever added.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// How many may read at once.
const READERS: usize = 4;

/// A `SQLite` database.
#[derive(Debug, Clone)]
pub struct SqliteStorage {
    writer: Connections,
    readers: Connections,
}

impl SqliteStorage {
    /// Opens the database at a `sqlite://` address, makes the file where it is
    /// missing, and brings the schema up to date.
    ///
    /// # Errors
    /// [`StorageError::Driver`] where the address cannot be understood, the file
    /// cannot be opened, or a migration fails.
    pub async fn open(url: &str) -> Result<Self, StorageError> {
        // The driver would take any other text for the name of a file and make one.
        if !url.starts_with("sqlite:") {
            return Err(StorageError::Driver(
                "the address of a SQLite database starts with `sqlite:`".into(),
            ));
        }
        let options = SqliteConnectOptions::from_str(url)
            .map_err(convert::driver)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // What is deleted or written anew is overwritten, so that no free page keeps it.
            .pragma("secure_delete", "ON")
            .busy_timeout(Duration::from_secs(10));
        let writer = Connections::open(&options, 1).await?;
        MIGRATIONS
            .run(&mut *writer.lend().await?)
            .await
            .map_err(|error| StorageError::Driver(Box::new(error)))?;
        let readers = Connections::open(&options.read_only(true), READERS).await?;
        Ok(Self { writer, readers })
    }
}

/// One unit of work.
#[derive(Debug)]
struct Work(Lent);

/// A statement with its values.
type Statement<'q> = Query<'q, Sqlite, SqliteArguments>;

impl Work {
    /// Every row, read by `read`.
    async fn all<T>(
        &mut self,
        statement: Statement<'_>,
        read: impl Fn(&SqliteRow) -> Result<T, StorageError>,
    ) -> Result<Vec<T>, StorageError> {
        let rows = statement
            .fetch_all(&mut *self.0)
            .await
            .map_err(convert::driver)?;
        rows.iter().map(read).collect()
    }

    /// The row, if there is one, read by `read`.
    async fn optional<T>(
        &mut self,
        statement: Statement<'_>,
        read: impl Fn(&SqliteRow) -> Result<T, StorageError>,
    ) -> Result<Option<T>, StorageError> {
        let row = statement
            .fetch_optional(&mut *self.0)
            .await
            .map_err(convert::driver)?;
        row.as_ref().map(read).transpose()
    }

    /// The row that a statement always gives.
    async fn one(&mut self, statement: Statement<'_>) -> Result<SqliteRow, StorageError> {
        statement
            .fetch_one(&mut *self.0)
            .await
            .map_err(convert::driver)
    }

    /// Runs a statement and says how many rows it touched.
    async fn execute(&mut self, statement: Statement<'_>) -> Result<u64, StorageError> {
        let done = statement
            .execute(&mut *self.0)
            .await
            .map_err(convert::driver)?;
        Ok(done.rows_affected())
    }

    /// Adds a row; where its key is taken, that is a conflict on `what`.
    async fn insert(
        &mut self,
        statement: Statement<'_>,
        what: &'static str,
    ) -> Result<(), StorageError> {
        statement
            .execute(&mut *self.0)
            .await
            .map_err(convert::unique(what))?;
        Ok(())
    }
}

#[async_trait]
impl Storage for SqliteStorage {
    async fn read(&self) -> Result<Box<dyn UnitOfWork>, StorageError> {
        let connection = self.readers.lend().await?;
        Ok(Box::new(Work(connection.begin("BEGIN").await?)))
    }

    async fn write(&self) -> Result<Box<dyn UnitOfWork>, StorageError> {
        let connection = self.writer.lend().await?;
        Ok(Box::new(Work(connection.begin("BEGIN IMMEDIATE").await?)))
    }

    async fn read_once(&self) -> Result<Box<dyn UnitOfWork>, StorageError> {
        Ok(Box::new(Work(self.readers.lend().await?)))
    }

    async fn write_once(&self) -> Result<Box<dyn UnitOfWork>, StorageError> {
        Ok(Box::new(Work(self.writer.lend().await?)))
    }

    async fn wipe_remains(&self) -> Result<(), StorageError> {
        // Brings the new pages from the log into the file and empties the log.
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut *self.writer.lend().await?)
            .await
            .map_err(convert::driver)?;
        Ok(())
    }
}

#[async_trait]
impl UnitOfWork for Work {
    async fn save(self: Box<Self>) -> Result<(), StorageError> {
        self.0.commit().await
    }
}
