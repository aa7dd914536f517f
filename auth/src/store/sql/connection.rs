//! Getting a connection, running a statement on it, and what it means when that fails.

use std::time::Duration;

use sqlx::error::{BoxDynError, ErrorKind};
use sqlx::pool::PoolConnection;
use sqlx::{Pool, SqlSafeStr, Transaction};

use super::Dialect;
use crate::schema::Sql;
use crate::store::StoreError;

/// How long a request waits for a free connection. sqlx's own default is half a minute, in which a queue of requests
/// only grows; a 503 now is the better answer (DB-12).
const PATIENCE: Duration = Duration::from_secs(2);

/// A pool, with errors of ours.
pub(super) struct Connections<DB: Dialect>(Pool<DB>);

impl<DB: Dialect> Connections<DB> {
    pub(super) const fn new(pool: Pool<DB>) -> Self {
        Self(pool)
    }

    pub(super) async fn get(&self) -> Result<PoolConnection<DB>, StoreError> {
        patiently(self.0.acquire()).await
    }

    /// Begins a transaction that is going to write.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, DB>, StoreError> {
        patiently(self.0.begin_with(DB::BEGIN)).await
    }

    /// Runs one statement and answers how many rows it affected.
    pub(super) async fn execute(&self, sql: &Sql, args: DB::Arguments) -> Result<u64, StoreError> {
        self.try_execute(sql, args).await?.map_err(store_error)
    }

    /// As [`execute`](Self::execute), for callers that expect the database to object.
    pub(super) async fn try_execute(
        &self,
        sql: &Sql,
        args: DB::Arguments,
    ) -> Result<Result<u64, sqlx::Error>, StoreError> {
        let mut connection = self.get().await?;
        Ok(DB::execute(&mut connection, DB::spelling(sql).into_sql_str(), args).await)
    }

    /// Runs one query.
    pub(super) async fn fetch(&self, sql: &Sql, args: DB::Arguments) -> Result<Vec<DB::Row>, StoreError> {
        let mut connection = self.get().await?;
        DB::fetch(&mut connection, DB::spelling(sql).into_sql_str(), args).await.map_err(store_error)
    }
}

async fn patiently<T>(connecting: impl Future<Output = sqlx::Result<T>>) -> Result<T, StoreError> {
    match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(connected) => connected.map_err(store_error),
        Err(late) => Err(StoreError::unavailable(late)),
    }
}

/// Collects the arguments of a statement.
pub(super) fn bind<DB: Dialect>(
    add: impl FnOnce(&mut DB::Arguments) -> Result<(), BoxDynError>,
) -> Result<DB::Arguments, StoreError> {
    let mut args = DB::Arguments::default();
    add(&mut args).map_err(StoreError::refused)?;
    Ok(args)
}

/// Sorts the errors of sqlx. Whatever is not clearly about a value means that the database is not there for us (busy,
/// out of disk, unreachable, without our table): a 503, never an accidental yes or no.
pub(super) fn store_error(error: sqlx::Error) -> StoreError {
    use sqlx::Error as E;
    match &error {
        E::ColumnDecode { .. }
        | E::Decode(_)
        | E::ColumnNotFound(_)
        | E::ColumnIndexOutOfBounds { .. }
        | E::TypeNotFound { .. } => StoreError::corrupt(error),
        E::Encode(_) | E::InvalidArgument(_) => StoreError::refused(error),
        E::Database(reason) if !matches!(reason.kind(), ErrorKind::Other) => StoreError::refused(error),
        _ => StoreError::unavailable(error),
    }
}

/// Whether a unique key was in the way.
pub(super) fn is_conflict(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}
