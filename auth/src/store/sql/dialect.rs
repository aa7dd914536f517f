//! The differences between databases.
//!
//! One implementation serves three databases, generic over the sqlx driver. The differences are in a `Dialect`, one
//! file per database. Conditional writes are single statements whose row count decides, so they are correct at the
//! weakest default isolation level. Statements that lost a deadlock run again, and statements prepared for a table that
//! has changed since are prepared again.
//!
//! Our own table holds text, integers and, on MySQL, bytes, because its collations ignore trailing blanks. On SQLite,
//! NULL in a field that must have a value is an error, because sqlx reads it as 0 (`read.rs`). Database errors are kept
//! without the values that they quote, as MySQL's do. If a table refuses a new row, that is reported as a fault of the
//! values, unless it concerns a column for which sign-up has no value.

use std::future::Future;

use sqlx::error::{BoxDynError, DatabaseError, ErrorKind};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Database, SqlStr, Transaction};

use super::ddl::{Ddl, Rehearsal};
use super::migrations::Plan;
use crate::schema::{Schema, Sql};

/// A database that can store users and records. Sealed: support for another one is a file next to `sqlite.rs`.
pub trait Dialect: Ddl + Rehearsal {
    /// The statement that begins a writing transaction.
    const BEGIN: &'static str;

    /// Whether connections go over a network, where the other side can vanish silently.
    const IS_REMOTE: bool;

    /// Whether text may contain the character U+0000.
    const HOLDS_NUL: bool;

    /// The migrations of our own tables, oldest first. A released step never changes.
    const MIGRATIONS: &'static [Step];

    /// `(table)`: the schema in which a statement finds the table, if that can differ from the one in which it would be
    /// created.
    const SCHEMA_OF: Option<&'static str>;

    /// The number of statements by this host and user that have been running in this database for longer than any
    /// request waits for a statement.
    const OLD_STATEMENTS: &'static str;

    /// The statement that checks deferred constraints before a transaction is committed, so that it is still known what
    /// they are about.
    const CHECK_DEFERRED: Option<&'static str>;

    /// Returns the spelling of a statement for this database.
    fn spelling(sql: &Sql) -> &'static str;

    /// Classifies an error.
    fn meaning(error: &dyn DatabaseError) -> Meaning;

    /// Returns the login that a unique violation is about, if the database says so.
    fn taken_login(error: &dyn DatabaseError, schema: &Schema) -> Option<usize>;

    /// Returns the column that a refusal is about, if the database says so.
    fn refused_column<'a>(error: &'a dyn DatabaseError, schema: &Schema) -> Option<&'a str>;

    /// Returns whether the message of a refusal names only columns and constraints, and repeats no value.
    fn quotes_no_value(error: &dyn DatabaseError) -> bool;

    /// Returns whether a row was not deleted because others refer to it.
    fn is_referenced(error: &dyn DatabaseError) -> bool {
        error.is_foreign_key_violation()
    }

    /// Runs the migrations under a lock, so that two processes that start at once do not collide: sqlx takes none.
    fn migrate(connection: &mut Self::Connection, plan: &Plan)
    -> impl Future<Output = Result<(), MigrateError>> + Send;
}

/// The meaning of a database error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A unique key was violated.
    Conflict,
    /// The table will never accept the value.
    Refused,
    /// Our role may not do this: a missing privilege, or a policy for row-level security.
    Denied,
    /// The statement was aborted in favour of another one and may be retried.
    Again,
    /// The table has changed since the statement was prepared; it may be retried after preparing it again.
    Stale,
    /// The server has closed the connection, or only allows reads on it.
    Lost,
    /// The connection is not the one on which the statement was prepared: there is a pooler in between.
    Pooler,
    /// The column cannot represent the text that was searched for.
    Foreign,
    /// Anything else: the database is unavailable.
    Other,
}

impl Meaning {
    /// Classifies by the kinds that sqlx knows for every database.
    pub(super) fn of_kind(kind: &ErrorKind) -> Self {
        match kind {
            ErrorKind::UniqueViolation => Self::Conflict,
            ErrorKind::Other => Self::Other,
            _ => Self::Refused,
        }
    }
}

/// One migration of our own tables.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Its number, starting at 1.
    pub version: i64,
    /// What it does, in words.
    pub description: &'static str,
    /// The statements, which change nothing when run a second time. `{schema}` stands for the quoted schema with a dot,
    /// or nothing; `{name}` for the name of the table, which is quoted because it may be a keyword.
    pub sql: &'static str,
}

/// The few calls to sqlx that we make. Bounds such as `for<'c> &'c mut DB::Connection: Executor<'c>` are not inherited
/// from a trait, so generic code would have to repeat half a dozen of them on every function; each driver satisfies
/// them here, once. The macro [`driver`] writes the implementation.
pub trait Driver: Database {
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

/// Implements [`Driver`] for a driver of sqlx. Text is read with the given method of `sqlx::Row`.
macro_rules! driver {
    ($db:ty, $get_text:ident) => {
        impl $crate::store::sql::dialect::Driver for $db {
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
                let statement = <Self as $crate::store::sql::Dialect>::BEGIN;
                sqlx::Connection::begin_with(connection, statement).await
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
