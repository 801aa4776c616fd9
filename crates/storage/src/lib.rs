//! What the application keeps, as traits without SQL.
//!
//! [`Storage`] opens a [`UnitOfWork`], one transaction. Reading and writing go
//! through it; [`UnitOfWork::save`] ends it, and dropping it rolls everything
//! back. `lookup`-like methods return `Option`: not found is not an error here.
//! Every row but those of administrators, invitations and plugins belongs to a
//! platform registration, and each method that takes an id from outside also takes the
//! registration and finds nothing elsewhere.
//!
//! Adding to it: put the record and the method into the module of its subject,
//! the SQL into the same module of each adapter with a new migration, and a
//! case into `conformance`, which runs against every adapter.

pub mod admin;
pub mod cohort;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod courses;
pub mod diagnosis;
pub mod history;
pub mod invitations;
pub mod keys;
pub mod launches;
pub mod mapping;
pub mod marking;
pub mod passback;
pub mod platforms;
pub mod plugins;
pub mod redaction;
pub mod roster;
pub mod selections;
pub mod submissions;
pub mod table;
pub mod typed;

use async_trait::async_trait;

/// A database.
#[async_trait]
pub trait Storage: Send + Sync + std::fmt::Debug {
    /// Opens a transaction that only reads.
    ///
    /// # Errors
    /// [`StorageError`] where the database does not answer.
    async fn read(&self) -> Result<Box<dyn UnitOfWork>, StorageError>;

    /// Opens a transaction that may write. Writers wait for each other.
    ///
    /// # Errors
    /// [`StorageError`] where the database does not answer.
    async fn write(&self) -> Result<Box<dyn UnitOfWork>, StorageError>;

    /// Opens a unit of work for a single question. There is no transaction around
    /// it: two questions may see two states.
    ///
    /// # Errors
    /// [`StorageError`] where the database does not answer.
    async fn read_once(&self) -> Result<Box<dyn UnitOfWork>, StorageError>;

    /// Opens a unit of work for a single row to write. There is no transaction
    /// around it: what is written is kept at once, and `save` adds nothing.
    ///
    /// # Errors
    /// [`StorageError`] where the database does not answer.
    async fn write_once(&self) -> Result<Box<dyn UnitOfWork>, StorageError>;

    /// Takes what was removed or written anew off the disk too, as far as the
    /// database can while others use it.
    ///
    /// # Errors
    /// [`StorageError`] where the database does not answer.
    async fn wipe_remains(&self) -> Result<(), StorageError>;
}

/// One transaction over everything that is kept.
#[async_trait]
pub trait UnitOfWork:
    platforms::Platforms
    + admin::Admins
    + invitations::Invitations
    + plugins::Plugins
    + keys::Keys
    + launches::Launches
    + courses::Courses
    + roster::Rosters
    + cohort::Cohorts
    + submissions::Submissions
    + table::Tables
    + mapping::Mappings
    + typed::TypedAnswers
    + marking::Marking
    + redaction::Redactions
    + passback::Passbacks
    + history::History
    + diagnosis::Diagnoses
    + selections::Selections
    + Send
{
    /// Ends the transaction and keeps what was written. Dropping rolls back.
    ///
    /// # Errors
    /// [`StorageError`] where the database does not take it; nothing is kept then.
    async fn save(self: Box<Self>) -> Result<(), StorageError>;
}

/// Why the database could not serve.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The driver reports an error.
    #[error("the database does not answer as it should")]
    Driver(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A row holds what the application never writes.
    #[error("the database holds an unexpected value in {table}.{column}")]
    Inconsistency {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
    /// Somebody else changed the row in the meantime.
    #[error("the {0} was changed by somebody else in the meantime")]
    Conflict(&'static str),
}
