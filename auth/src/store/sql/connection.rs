//! Getting a connection, and running a statement on it.
//!
//! sqlx pings a connection that goes back to the pool, without a timeout; we allow ten seconds for that. A connection
//! is closed if the server reports that it is unusable (read-only since a failover, shutting down, mixed up by a
//! pooler). A read on such a connection is retried on another one, and so is the `BEGIN` of a sign-up, but never a
//! write, which may have been executed.

use std::sync::Arc;
use std::time::Duration;

use sqlx::error::BoxDynError;
use sqlx::pool::PoolConnection;
use sqlx::{ConnectOptions as _, Connection as _, Pool, SqlSafeStr as _, SqlStr};
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::error::{is_lost, is_unusable, store_error};
use super::retry::{ATTEMPTS, pause, try_again};
use super::{Dialect, abandoned};
use crate::store::StoreError;

/// How long a request waits for a free connection. sqlx's default is half a minute, during which a queue of requests
/// only grows; an early 503 is the better answer (DB-12).
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a poll of the revocation feed waits for a pool connection while handlers hold all of them.
const FEED_ACQUIRE_TIMEOUT: Duration = Duration::from_millis(100);

/// How long a connection may take to return to the pool. Whoever needs its place waits for it, and a server that has
/// vanished does not answer.
const RETURN_TIMEOUT: Duration = Duration::from_secs(10);

/// A pool that reports [`StoreError`]s.
pub(super) struct Connections<DB: Dialect> {
    pool: Pool<DB>,
    checking: Arc<Mutex<()>>,
}

impl<DB: Dialect> Clone for Connections<DB> {
    fn clone(&self) -> Self {
        Self { pool: self.pool.clone(), checking: Arc::clone(&self.checking) }
    }
}

impl<DB: Dialect> Connections<DB> {
    pub(super) fn new(pool: Pool<DB>) -> Self {
        Self { pool, checking: Arc::default() }
    }

    /// Returns how many connections there can be at once.
    pub(super) fn most(&self) -> u32 {
        self.pool.options().get_max_connections()
    }

    pub(super) async fn get(&self) -> Result<Lease<DB>, StoreError> {
        self.lease(with_acquire_timeout::<DB, _>(self.pool.acquire()).await?)
    }

    fn lease(&self, connection: PoolConnection<DB>) -> Result<Lease<DB>, StoreError> {
        let runtime = Handle::try_current().map_err(StoreError::unavailable)?;
        let (pool, checking) = (self.pool.clone(), Arc::clone(&self.checking));
        Ok(Lease { connection: Some(connection), state: State::Waiting, pool, checking, runtime })
    }

    /// Runs one statement and returns the number of rows it affected.
    pub(super) async fn execute(&self, sql: &SqlStr, add: impl Bind<DB>) -> Result<u64, StoreError> {
        self.try_execute(sql, add).await?.map_err(store_error::<DB>)
    }

    /// Like [`execute`](Self::execute), for callers that handle errors of the database.
    pub(super) async fn try_execute(
        &self,
        sql: &SqlStr,
        add: impl Bind<DB>,
    ) -> Result<Result<u64, sqlx::Error>, StoreError> {
        let mut lease = self.get().await?;
        let mut attempt = 0;
        loop {
            let done = DB::execute(lease.connection()?, sql.clone(), bind::<DB>(&add)?).await;
            match done {
                Err(error) if try_again::<DB>(lease.connection()?, &error, &mut attempt).await => {}
                done => {
                    lease.finish(done.as_ref().err());
                    return Ok(done);
                }
            }
        }
    }

    /// Runs one query.
    pub(super) async fn fetch(&self, sql: &SqlStr, add: impl Bind<DB>) -> Result<Vec<DB::Row>, StoreError> {
        self.try_fetch(sql, add).await?.map_err(store_error::<DB>)
    }

    /// Like [`fetch`](Self::fetch), for callers that handle errors of the database.
    pub(super) async fn try_fetch(
        &self,
        sql: &SqlStr,
        add: impl Bind<DB>,
    ) -> Result<sqlx::Result<Vec<DB::Row>>, StoreError> {
        self.fetch_by(self.get().await?, sql, add, true).await
    }

    /// Runs one statement that writes and returns rows. Unlike a query, it is not run again on another connection after
    /// this one was lost: it may have been executed.
    pub(super) async fn write_returning(
        &self,
        sql: &SqlStr,
        add: impl Bind<DB>,
    ) -> Result<sqlx::Result<Vec<DB::Row>>, StoreError> {
        self.fetch_by(self.get().await?, sql, add, false).await
    }

    /// Runs one query that must not wait for the application's handlers: if they hold every connection of the pool, it
    /// uses a separate connection, for this query only.
    pub(super) async fn fetch_outside_pool_if_exhausted(
        &self,
        sql: &SqlStr,
        add: impl Bind<DB>,
    ) -> Result<Vec<DB::Row>, StoreError> {
        let mut connection = match timeout(FEED_ACQUIRE_TIMEOUT, self.pool.acquire()).await {
            Ok(Ok(connection)) => {
                let rows = self.fetch_by(self.lease(connection)?, sql, add, true).await?;
                return rows.map_err(store_error::<DB>);
            }
            Ok(Err(sqlx::Error::PoolTimedOut)) | Err(_) if self.is_used_up() => {
                with_acquire_timeout::<DB, _>(self.pool.connect_options().connect()).await?
            }
            // There is room in the pool, but connecting takes long.
            _ => return self.fetch(sql, add).await,
        };
        let rows = DB::fetch(&mut connection, sql.clone(), bind::<DB>(&add)?).await;
        drop(timeout(FEED_ACQUIRE_TIMEOUT, connection.close()).await);
        rows.map_err(store_error::<DB>)
    }

    /// Returns whether every connection of the pool is in use. (Always `false` for SQLite: its connections are held
    /// only briefly, and an in-memory database can only be reached through the pool.)
    fn is_used_up(&self) -> bool {
        DB::IS_REMOTE && self.pool.num_idle() == 0 && self.pool.size() >= self.pool.options().get_max_connections()
    }

    async fn fetch_by(
        &self,
        mut lease: Lease<DB>,
        sql: &SqlStr,
        add: impl Bind<DB>,
        only_reads: bool,
    ) -> Result<sqlx::Result<Vec<DB::Row>>, StoreError> {
        let (mut attempt, mut lost) = (0, 0);
        loop {
            let rows = DB::fetch(lease.connection()?, sql.clone(), bind::<DB>(&add)?).await;
            match rows {
                Err(error) if try_again::<DB>(lease.connection()?, &error, &mut attempt).await => {}
                Err(error) if only_reads && self.try_elsewhere(&error, &mut lost) => {
                    lease.finish(Some(&error));
                    drop(lease);
                    lease = self.get().await?;
                }
                rows => {
                    lease.finish(rows.as_ref().err());
                    return Ok(rows);
                }
            }
        }
    }

    /// Does some work in one transaction, again if the database aborts it in favour of another one.
    pub(super) async fn in_transaction<W: Work<DB>>(
        &self,
        work: &W,
    ) -> Result<Result<W::Output, sqlx::Error>, StoreError> {
        let (mut attempt, mut lost) = (0, 0);
        loop {
            let mut lease = self.get().await?;
            let (error, begun) = match attempt_once(lease.connection()?, work).await {
                Ok(Ok(None)) => {
                    lease.finish(None);
                    drop(lease);
                    attempt += 1;
                    if attempt >= ATTEMPTS {
                        return Err(StoreError::unavailable("too many concurrent changes of the same rows"));
                    }
                    tokio::time::sleep(pause(attempt)).await;
                    continue;
                }
                Ok(Ok(Some(output))) => {
                    lease.finish(None);
                    return Ok(Ok(output));
                }
                Ok(Err(error)) => {
                    lease.finish(None);
                    return Err(error);
                }
                Err(failed) => failed,
            };
            let again = try_again::<DB>(lease.connection()?, &error, &mut attempt).await;
            lease.finish(Some(&error));
            let elsewhere = !begun && self.try_elsewhere(&error, &mut lost);
            if !again && !elsewhere {
                return Ok(Err(error));
            }
        }
    }

    /// Returns whether a statement that changed nothing should be retried on another connection, because this one was
    /// closed while idle. All connections of a pool may have been closed, so there is one retry for each.
    pub(super) fn try_elsewhere(&self, error: &sqlx::Error, lost: &mut u32) -> bool {
        *lost += 1;
        DB::IS_REMOTE && is_lost::<DB>(error) && *lost <= self.pool.options().get_max_connections()
    }
}

/// What is done in a transaction. It may be done several times, each time in a new one.
pub(super) trait Work<DB: Dialect>: Sync {
    /// The result.
    type Output: Send;

    /// Runs the statements, and says whether to keep what they did.
    fn run(
        &self,
        connection: &mut DB::Connection,
    ) -> impl Future<Output = Result<TransactionEnd<Self::Output>, Failed>> + Send;
}

/// How a transaction ends.
pub(super) enum TransactionEnd<T> {
    /// What was done is kept.
    Commit(T),
    /// What was done is undone.
    Rollback(T),
    /// What was done is undone, and tried again: something has changed since this transaction read it, which may go on
    /// seeing it as it was.
    Retry,
}

/// Why the work of a transaction ended early. What was done is undone.
pub(super) enum Failed {
    /// The database refused a statement.
    Database(sqlx::Error),
    /// A value cannot be bound or read, or the result is not the one that was meant.
    Store(StoreError),
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Runs the work once; `None`: it has to be done again. A database error comes with whether the transaction had begun.
async fn attempt_once<DB: Dialect, W: Work<DB>>(
    connection: &mut DB::Connection,
    work: &W,
) -> Result<Result<Option<W::Output>, StoreError>, (sqlx::Error, bool)> {
    let mut transaction = DB::begin(connection).await.map_err(|error| (error, false))?;
    let judged = work.run(&mut transaction).await;
    if let (Ok(TransactionEnd::Rollback(_) | TransactionEnd::Retry) | Err(_), Some(reopen)) = (&judged, DB::REOPEN) {
        // The database may have ended the transaction itself (a trigger with `RAISE(ROLLBACK)`, a full disk). sqlx does
        // not notice, and would go on counting it on this connection. If it is still open, this fails and does nothing.
        drop(DB::execute(&mut transaction, reopen.into_sql_str(), DB::Arguments::default()).await);
    }
    let ended = match &judged {
        Ok(TransactionEnd::Commit(_)) => transaction.commit().await,
        // At once: the failed transaction may hold a lock, or no longer answer.
        _ => transaction.rollback().await,
    };
    match (judged, ended) {
        (_, Err(error)) if is_lost::<DB>(&error) => Err((error, true)),
        (Err(Failed::Database(error)), _) | (Ok(_), Err(error)) => Err((error, true)),
        (Err(Failed::Store(error)), _) => Ok(Err(error)),
        (Ok(TransactionEnd::Commit(output) | TransactionEnd::Rollback(output)), Ok(())) => Ok(Ok(Some(output))),
        (Ok(TransactionEnd::Retry), Ok(())) => Ok(Ok(None)),
    }
}

/// Checks deferred constraints now, so that a commit does not fail because of them.
pub(super) async fn check_deferred<DB: Dialect>(connection: &mut DB::Connection) -> sqlx::Result<()> {
    if let Some(check) = DB::CHECK_DEFERRED {
        DB::execute(connection, check.into_sql_str(), DB::Arguments::default()).await?;
    }
    Ok(())
}

/// A connection of the pool, until it is dropped.
pub(super) struct Lease<DB: Dialect> {
    /// Always `Some` until drop.
    connection: Option<PoolConnection<DB>>,
    state: State,
    pool: Pool<DB>,
    checking: Arc<Mutex<()>>,
    runtime: Handle,
}

#[derive(Clone, Copy)]
enum State {
    /// The answer to the last statement is outstanding.
    Waiting,
    /// The answer arrived.
    Finished,
    /// The answer arrived, and the connection is no longer usable.
    Unusable,
}

impl<DB: Dialect> Lease<DB> {
    pub(super) fn connection(&mut self) -> Result<&mut DB::Connection, StoreError> {
        match &mut self.connection {
            Some(connection) => Ok(connection),
            None => Err(StoreError::unavailable("the connection was closed")),
        }
    }

    /// Records that the answer to the last statement arrived: `error`, or success.
    pub(super) fn finish(&mut self, error: Option<&sqlx::Error>) {
        self.state = if error.is_some_and(is_unusable::<DB>) { State::Unusable } else { State::Finished };
    }
}

impl<DB: Dialect> Drop for Lease<DB> {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else { return };
        // Futures are dropped anywhere, and sqlx panics if a connection is returned without a runtime.
        let _entered = self.runtime.enter();
        match self.state {
            State::Waiting if DB::IS_REMOTE => {
                drop(self.runtime.spawn(abandoned::drain_and_close(
                    connection,
                    self.pool.clone(),
                    Arc::clone(&self.checking),
                )));
            }
            State::Unusable if DB::IS_REMOTE => connection.close_on_drop(),
            // The same as sqlx does, which first checks that the connection is alive, but with a time limit.
            State::Finished if DB::IS_REMOTE => {
                drop(self.runtime.spawn(timeout(RETURN_TIMEOUT, connection.return_to_pool())));
            }
            _ => {}
        }
    }
}

async fn with_acquire_timeout<DB: Dialect, T>(
    connecting: impl Future<Output = sqlx::Result<T>>,
) -> Result<T, StoreError> {
    match timeout(ACQUIRE_TIMEOUT, connecting).await {
        Ok(connected) => connected.map_err(store_error::<DB>),
        Err(late) => Err(StoreError::unavailable(late)),
    }
}

/// Adds the arguments of a statement; called again for each retry.
pub(super) trait Bind<DB: Dialect>: Fn(&mut DB::Arguments) -> Result<(), BoxDynError> + Send + Sync {}

impl<DB: Dialect, F: Fn(&mut DB::Arguments) -> Result<(), BoxDynError> + Send + Sync> Bind<DB> for F {}

/// Collects the arguments of a statement.
pub(super) fn bind<DB: Dialect>(add: impl Bind<DB>) -> Result<DB::Arguments, StoreError> {
    let mut args = DB::Arguments::default();
    add(&mut args).map_err(StoreError::refused)?;
    Ok(args)
}
