//! Connections that are lent to one unit of work at a time.
//!
//! The driver's own pool asks a connection that comes back whether it still
//! lives, in a task of its own: for a file, dearer than most questions to it.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sqlx::sqlite::{Sqlite, SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Database, SqlStr};
use sqlx_core::transaction::TransactionManager;
use storage::StorageError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::convert;

/// How long a unit of work waits for its connection.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

type Transactions = <Sqlite as Database>::TransactionManager;

/// Open connections to one database.
#[derive(Debug, Clone)]
pub(crate) struct Connections {
    idle: Arc<Mutex<Vec<SqliteConnection>>>,
    places: Arc<Semaphore>,
}

impl Connections {
    /// Opens so many connections.
    pub(crate) async fn open(
        options: &SqliteConnectOptions,
        count: usize,
    ) -> Result<Self, StorageError> {
        let mut idle = Vec::with_capacity(count);
        for _ in 0..count {
            idle.push(options.connect().await.map_err(convert::driver)?);
        }
        Ok(Self {
            idle: Arc::new(Mutex::new(idle)),
            places: Arc::new(Semaphore::new(count)),
        })
    }

    /// Lends a connection; those who wait are served in their order.
    pub(crate) async fn lend(&self) -> Result<Lent, StorageError> {
        let place = tokio::time::timeout(LONGEST_WAIT, self.places.clone().acquire_owned());
        let place = place
            .await
            .map_err(|_| convert::driver(sqlx::Error::PoolTimedOut))?
            .map_err(|_| convert::driver(sqlx::Error::PoolClosed))?;
        let connection = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
            .ok_or_else(|| convert::driver(sqlx::Error::PoolClosed))?;
        Ok(Lent {
            connection: Some(connection),
            idle: self.idle.clone(),
            _place: place,
        })
    }
}

/// A connection that goes back when it is dropped, an open transaction rolled back.
#[derive(Debug)]
pub(crate) struct Lent {
    /// There until it is dropped.
    connection: Option<SqliteConnection>,
    idle: Arc<Mutex<Vec<SqliteConnection>>>,
    _place: OwnedSemaphorePermit,
}

impl Lent {
    /// Begins a transaction with this statement.
    pub(crate) async fn begin(mut self, statement: &'static str) -> Result<Self, StorageError> {
        Transactions::begin(&mut self, Some(SqlStr::from_static(statement)))
            .await
            .map_err(convert::driver)?;
        Ok(self)
    }

    /// Ends the transaction and keeps what was written; without one there is
    /// nothing to do.
    pub(crate) async fn commit(mut self) -> Result<(), StorageError> {
        if Transactions::get_transaction_depth(&self) == 0 {
            return Ok(());
        }
        Transactions::commit(&mut self)
            .await
            .map_err(convert::driver)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            if Transactions::get_transaction_depth(&connection) > 0 {
                // The rollback stands in the connection's queue before any later statement.
                Transactions::start_rollback(&mut connection);
            }
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(connection);
        }
    }
}

impl Deref for Lent {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        self.connection.as_ref().expect("lent until it is dropped")
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.connection.as_mut().expect("lent until it is dropped")
    }
}
