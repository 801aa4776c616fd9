//! Storage in `SQLite`: the embedded default for one machine.
//!
//! One connection writes, so writers queue instead of failing, and several
//! read beside it (write-ahead log). What is committed survives a kill of the
//! process; `synchronous = FULL` makes it survive a loss of power too, since
//! a released grade must never be forgotten.

mod admin;
mod cohort;
mod convert;
mod courses;
mod diagnosis;
mod history;
mod invitations;
mod keys;
mod launches;
mod marking;
mod passback;
mod platforms;
mod roster;
mod selections;
mod submissions;

use std::str::FromStr;
use std::time::Duration;

use async_trait::async_trait;
use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteRow, SqliteSynchronous,
};
use sqlx::{Sqlite, Transaction};
use storage::{Storage, StorageError, UnitOfWork};

/// The schema's history; migrations are only ever added.
static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// A `SQLite` database.
#[derive(Debug, Clone)]
pub struct SqliteStorage {
    writer: SqlitePool,
    readers: SqlitePool,
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
        // A file does not hang up: asking a connection whether it lives, at each use, would be the
        // dearest statement of many pages.
        let pool = SqlitePoolOptions::new().test_before_acquire(false);
        let writer = pool
            .clone()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(30))
            .connect_with(options.clone())
            .await
            .map_err(convert::driver)?;
        MIGRATIONS
            .run(&writer)
            .await
            .map_err(|error| StorageError::Driver(Box::new(error)))?;
        let readers = pool
            .max_connections(4)
            .connect_with(options.read_only(true))
            .await
            .map_err(convert::driver)?;
        Ok(Self { writer, readers })
    }
}

/// One transaction.
#[derive(Debug)]
struct Work(Transaction<'static, Sqlite>);

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
        Ok(Box::new(Work(
            self.readers.begin().await.map_err(convert::driver)?,
        )))
    }

    async fn write(&self) -> Result<Box<dyn UnitOfWork>, StorageError> {
        Ok(Box::new(Work(
            self.writer
                .begin_with("BEGIN IMMEDIATE")
                .await
                .map_err(convert::driver)?,
        )))
    }

    async fn wipe_remains(&self) -> Result<(), StorageError> {
        // Brings the new pages from the log into the file and empties the log.
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&self.writer)
            .await
            .map_err(convert::driver)?;
        Ok(())
    }
}

#[async_trait]
impl UnitOfWork for Work {
    async fn save(self: Box<Self>) -> Result<(), StorageError> {
        self.0.commit().await.map_err(convert::driver)
    }
}
