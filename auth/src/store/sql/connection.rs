//! Getting a connection, running a statement on it, and what it means when that fails.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use sqlx::error::{BoxDynError, DatabaseError};
use sqlx::pool::PoolConnection;
use sqlx::{Pool, SqlStr};

use super::Dialect;
use super::dialect::Meaning;
use crate::store::StoreError;

/// How long a request waits for a free connection. sqlx's own default is half a minute, in which a queue of requests
/// only grows; a 503 now is the better answer (DB-12).
const PATIENCE: Duration = Duration::from_secs(2);

/// How often a statement is tried that the database gave up in favour of another one (deadlock, serialization).
const ATTEMPTS: u32 = 12;

/// A pool, with errors of ours.
pub(super) struct Connections<DB: Dialect>(Pool<DB>);

impl<DB: Dialect> Clone for Connections<DB> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<DB: Dialect> Connections<DB> {
    pub(super) const fn new(pool: Pool<DB>) -> Self {
        Self(pool)
    }

    pub(super) async fn get(&self) -> Result<Lease<DB>, StoreError> {
        let connection = patiently::<DB, _>(self.0.acquire()).await?;
        Ok(Lease { connection, finished: false })
    }

    /// Runs one statement and answers how many rows it affected.
    pub(super) async fn execute(&self, sql: &SqlStr, add: impl Bind<DB>) -> Result<u64, StoreError> {
        self.try_execute(sql, add).await?.map_err(store_error::<DB>)
    }

    /// As [`execute`](Self::execute), for callers that expect the database to object.
    pub(super) async fn try_execute(
        &self,
        sql: &SqlStr,
        add: impl Bind<DB>,
    ) -> Result<Result<u64, sqlx::Error>, StoreError> {
        let mut connection = self.get().await?;
        let mut attempt = 0;
        loop {
            let done = DB::execute(&mut connection, sql.clone(), bind::<DB>(&add)?).await;
            match done {
                Err(error) if try_again::<DB>(&mut connection, &error, &mut attempt).await => {}
                done => {
                    connection.finish();
                    return Ok(done);
                }
            }
        }
    }

    /// Runs one query.
    pub(super) async fn fetch(&self, sql: &SqlStr, add: impl Bind<DB>) -> Result<Vec<DB::Row>, StoreError> {
        let mut connection = self.get().await?;
        let mut attempt = 0;
        loop {
            let rows = DB::fetch(&mut connection, sql.clone(), bind::<DB>(&add)?).await;
            match rows {
                Err(error) if try_again::<DB>(&mut connection, &error, &mut attempt).await => {}
                rows => {
                    connection.finish();
                    return rows.map_err(store_error::<DB>);
                }
            }
        }
    }
}

/// A connection of the pool, until it is dropped.
///
/// One on which somebody gave up waiting is closed, if it leads over a network: sqlx would first ask it whether it is
/// alive, and keep its place in the pool for as long as TCP believes in a server that has vanished.
pub(super) struct Lease<DB: Dialect> {
    connection: PoolConnection<DB>,
    finished: bool,
}

impl<DB: Dialect> Lease<DB> {
    /// The answer to the last statement has come.
    pub(super) const fn finish(&mut self) {
        self.finished = true;
    }
}

impl<DB: Dialect> Deref for Lease<DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        &self.connection
    }
}

impl<DB: Dialect> DerefMut for Lease<DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        &mut self.connection
    }
}

impl<DB: Dialect> Drop for Lease<DB> {
    fn drop(&mut self) {
        if DB::IS_REMOTE && !self.finished {
            self.connection.close_on_drop();
        }
    }
}

async fn patiently<DB: Dialect, T>(connecting: impl Future<Output = sqlx::Result<T>>) -> Result<T, StoreError> {
    match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(connected) => connected.map_err(store_error::<DB>),
        Err(late) => Err(StoreError::unavailable(late)),
    }
}

/// Whether a statement is to be run again: it lost against another one, or the table has changed since it was prepared
/// (somebody migrates while we run). Waits a moment in the first case.
pub(super) async fn try_again<DB: Dialect>(
    connection: &mut DB::Connection,
    error: &sqlx::Error,
    attempt: &mut u32,
) -> bool {
    let Some(error) = error.as_database_error() else { return false };
    *attempt += 1;
    match DB::meaning(error) {
        _ if *attempt >= ATTEMPTS => false,
        Meaning::Again => {
            tokio::time::sleep(Duration::from_millis(u64::from(*attempt))).await;
            true
        }
        Meaning::Stale => DB::forget(connection).await.is_ok(),
        _ => false,
    }
}

/// Adds the arguments of a statement; more than once if the statement has to be run again.
pub(super) trait Bind<DB: Dialect>: Fn(&mut DB::Arguments) -> Result<(), BoxDynError> + Send + Sync {}

impl<DB: Dialect, F: Fn(&mut DB::Arguments) -> Result<(), BoxDynError> + Send + Sync> Bind<DB> for F {}

/// Collects the arguments of a statement.
pub(super) fn bind<DB: Dialect>(add: impl Bind<DB>) -> Result<DB::Arguments, StoreError> {
    let mut args = DB::Arguments::default();
    add(&mut args).map_err(StoreError::refused)?;
    Ok(args)
}

/// Sorts the errors of sqlx. Whatever is not clearly about a value means that the database is not there for us (busy,
/// out of disk, unreachable, without our table): a 503, never an accidental yes or no.
pub(super) fn store_error<DB: Dialect>(error: sqlx::Error) -> StoreError {
    use sqlx::Error as E;
    match error {
        E::Database(error) => match DB::meaning(&*error) {
            Meaning::Conflict | Meaning::Refused => StoreError::refused(Said::without_values(&*error)),
            Meaning::Again | Meaning::Stale | Meaning::Other => StoreError::unavailable(Said::in_full(&*error)),
        },
        E::ColumnDecode { .. }
        | E::Decode(_)
        | E::ColumnNotFound(_)
        | E::ColumnIndexOutOfBounds { .. }
        | E::TypeNotFound { .. } => StoreError::corrupt(error),
        E::Encode(_) | E::InvalidArgument(_) => StoreError::refused(error),
        _ => StoreError::unavailable(error),
    }
}

/// Whether a unique key was in the way.
pub(super) fn is_conflict<DB: Dialect>(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| DB::meaning(error) == Meaning::Conflict)
}

/// What the database said, without what it should not repeat. When a value is refused, MySQL quotes it in the message
/// and PostgreSQL the whole row in the details, and errors end up in logs (LOG-01).
#[derive(Debug, thiserror::Error)]
#[error("the database answers {code}{of}: {message}")]
struct Said {
    code: String,
    of: String,
    message: String,
}

impl Said {
    fn in_full(error: &dyn DatabaseError) -> Self {
        Self::with(error, error.message())
    }

    fn without_values(error: &dyn DatabaseError) -> Self {
        Self::with(error, "it refuses the value")
    }

    fn with(error: &dyn DatabaseError, message: &str) -> Self {
        let code = error.code().map_or_else(|| "without a code".to_owned(), std::borrow::Cow::into_owned);
        let table = error.table().map(|table| format!(" for the table `{table}`"));
        let constraint = error.constraint().map(|constraint| format!(" by `{constraint}`"));
        Self { code, of: table.unwrap_or_default() + &constraint.unwrap_or_default(), message: message.to_owned() }
    }
}
