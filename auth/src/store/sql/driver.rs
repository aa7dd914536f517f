//! The calls to sqlx that we make, once for each of its drivers.

use std::future::Future;

use sqlx::error::BoxDynError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Database, SqlStr, Transaction};

/// The few calls to sqlx that we make. Bounds such as `for<'c> &'c mut DB::Connection: Executor<'c>` are not inherited
/// from a trait, so generic code would have to repeat half a dozen of them on every function; each driver satisfies
/// them here, once. The macro [`driver`] writes the implementation.
pub trait Driver: Database {
    /// The statement that begins a writing transaction.
    const BEGIN: &'static str;

    /// Runs a statement and returns the number of rows it affected.
    fn execute(
        connection: &mut Self::Connection,
        sql: SqlStr,
        args: Self::Arguments,
    ) -> impl Future<Output = sqlx::Result<u64>> + Send;

    /// Runs a query.
    fn fetch(
        connection: &mut Self::Connection,
        sql: SqlStr,
        args: Self::Arguments,
    ) -> impl Future<Output = sqlx::Result<Vec<Self::Row>>> + Send;

    /// Begins a writing transaction.
    fn begin(connection: &mut Self::Connection) -> impl Future<Output = sqlx::Result<Transaction<'_, Self>>> + Send;

    /// Runs a query and passes on each row as it arrives, until `take` returns `false` or an error.
    fn each(
        connection: &mut Self::Connection,
        sql: SqlStr,
        take: impl FnMut(&Self::Row) -> sqlx::Result<bool> + Send,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Forgets the statements that were prepared on this connection.
    fn forget(connection: &mut Self::Connection) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Returns whether the history, which must exist, contains every migration.
    fn is_applied(
        connection: &mut Self::Connection,
        migrator: &Migrator,
        history: &str,
    ) -> impl Future<Output = Result<bool, MigrateError>> + Send;

    /// Returns the types of the columns of a query, without running it.
    fn types(
        connection: &mut Self::Connection,
        sql: SqlStr,
    ) -> impl Future<Output = sqlx::Result<Vec<Self::TypeInfo>>> + Send;

    /// Binds text, or NULL.
    fn bind_text(args: &mut Self::Arguments, text: Option<&str>) -> Result<(), BoxDynError>;

    /// Binds a number.
    fn bind_integer(args: &mut Self::Arguments, number: i64) -> Result<(), BoxDynError>;

    /// Reads text.
    fn text(row: &Self::Row, column: usize) -> sqlx::Result<String>;

    /// Reads text or NULL.
    fn optional_text(row: &Self::Row, column: usize) -> sqlx::Result<Option<String>>;

    /// Returns whether a column is NULL; `false` if there is no such column.
    fn is_null(row: &Self::Row, column: usize) -> bool;

    /// Reads a number.
    fn integer(row: &Self::Row, column: usize) -> sqlx::Result<i64>;
}

/// Implements [`Driver`] for a driver of sqlx. Text is read with the given method of `sqlx::Row`, and writing
/// transactions begin with the given statement.
macro_rules! driver {
    ($db:ty, $get_text:ident, $begin:literal) => {
        impl $crate::store::sql::driver::Driver for $db {
            const BEGIN: &'static str = $begin;

            async fn execute(
                connection: &mut Self::Connection,
                sql: sqlx::SqlStr,
                args: Self::Arguments,
            ) -> sqlx::Result<u64> {
                Ok(sqlx::query_with(sql, args).execute(connection).await?.rows_affected())
            }

            async fn fetch(
                connection: &mut Self::Connection,
                sql: sqlx::SqlStr,
                args: Self::Arguments,
            ) -> sqlx::Result<Vec<Self::Row>> {
                sqlx::query_with(sql, args).fetch_all(connection).await
            }

            async fn begin(connection: &mut Self::Connection) -> sqlx::Result<sqlx::Transaction<'_, Self>> {
                sqlx::Connection::begin_with(connection, Self::BEGIN).await
            }

            async fn each(
                connection: &mut Self::Connection,
                sql: sqlx::SqlStr,
                mut take: impl FnMut(&Self::Row) -> sqlx::Result<bool> + Send,
            ) -> sqlx::Result<()> {
                let mut rows = sqlx::query(sql).fetch(connection);
                while let Some(row) = std::future::poll_fn(|cx| rows.as_mut().poll_next(cx)).await {
                    if !take(&row?)? {
                        break;
                    }
                }
                Ok(())
            }

            async fn forget(connection: &mut Self::Connection) -> sqlx::Result<()> {
                sqlx::Connection::clear_cached_statements(connection).await
            }

            async fn is_applied(
                connection: &mut Self::Connection,
                migrator: &sqlx::migrate::Migrator,
                history: &str,
            ) -> Result<bool, sqlx::migrate::MigrateError> {
                use sqlx::migrate::Migrate as _;
                if connection.dirty_version(history).await?.is_some() {
                    return Ok(false);
                }
                let applied = connection.list_applied_migrations(history).await?;
                Ok(migrator
                    .iter()
                    .all(|step| applied.iter().any(|one| one.version == step.version && one.checksum == step.checksum)))
            }

            async fn types(connection: &mut Self::Connection, sql: sqlx::SqlStr) -> sqlx::Result<Vec<Self::TypeInfo>> {
                use sqlx::{Column as _, Statement as _};
                // Statements prepared earlier have the types of that time.
                Self::forget(connection).await?;
                let statement = sqlx::Executor::prepare(connection, sql).await?;
                Ok(statement.columns().iter().map(|column| column.type_info().clone()).collect())
            }

            fn bind_text(args: &mut Self::Arguments, text: Option<&str>) -> Result<(), sqlx::error::BoxDynError> {
                sqlx::Arguments::add(args, text)
            }

            fn bind_integer(args: &mut Self::Arguments, number: i64) -> Result<(), sqlx::error::BoxDynError> {
                sqlx::Arguments::add(args, number)
            }

            fn text(row: &Self::Row, column: usize) -> sqlx::Result<String> {
                sqlx::Row::$get_text(row, column)
            }

            fn optional_text(row: &Self::Row, column: usize) -> sqlx::Result<Option<String>> {
                sqlx::Row::$get_text(row, column)
            }

            fn is_null(row: &Self::Row, column: usize) -> bool {
                use sqlx::ValueRef as _;
                sqlx::Row::try_get_raw(row, column).is_ok_and(|value| value.is_null())
            }

            fn integer(row: &Self::Row, column: usize) -> sqlx::Result<i64> {
                sqlx::Row::try_get(row, column)
            }
        }
    };
}
pub(super) use driver;
