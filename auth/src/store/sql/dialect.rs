//! What differs from one database to the next.

use std::future::Future;

use sqlx::error::{BoxDynError, DatabaseError, ErrorKind};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Database, SqlStr, Transaction};

use super::ddl::Ddl;
use super::migrations::Plan;
use crate::schema::{Schema, Sql};

/// A database we can keep users and records in. Sealed: a further one is a file beside `sqlite.rs`.
pub trait Dialect: Ddl {
    /// How a transaction begins that is going to write.
    const BEGIN: &'static str;

    /// Whether its connections lead over a network, where the other side can vanish without a word.
    const IS_REMOTE: bool;

    /// Whether text may contain the character U+0000.
    const HOLDS_NUL: bool;

    /// The history of our own tables, oldest first. A step that was released never changes.
    const MIGRATIONS: &'static [Step];

    /// `(table)`: the schema in which a statement finds it, if that need not be the one in which it would be made.
    const SCHEMA_OF: Option<&'static str>;

    /// How many statements of this host and user have been running in this database for longer than any request waits for
    /// one of ours.
    const OLD_STATEMENTS: &'static str;

    /// The spelling this database reads.
    fn spelling(sql: &Sql) -> &'static str;

    /// What an error is about.
    fn meaning(error: &dyn DatabaseError) -> Meaning;

    /// The login that a unique violation is about, as far as the database says so.
    fn taken_login(error: &dyn DatabaseError, schema: &Schema) -> Option<usize>;

    /// The column that a refusal is about, as far as the database says so.
    fn refused_column<'a>(error: &'a dyn DatabaseError, schema: &Schema) -> Option<&'a str>;

    /// Whether the message of a refusal is one that names columns and constraints, and repeats no value.
    fn quotes_no_value(error: &dyn DatabaseError) -> bool;

    /// Runs the migrations so that two processes that start at once do not trip over each other: sqlx takes no lock.
    fn migrate(connection: &mut Self::Connection, plan: &Plan)
    -> impl Future<Output = Result<(), MigrateError>> + Send;
}

/// What an error of a database is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A unique key is in the way.
    Conflict,
    /// The table does not want the value, now or later.
    Refused,
    /// The statement was given up in favour of another one, and may be run again.
    Again,
    /// The statement was prepared for a table that has changed since, and may be run again when it is prepared anew.
    Stale,
    /// The server has ended the connection, or will do no more on it than read.
    Lost,
    /// The connection is not the one on which the statement was prepared: a pooler is between us and the server.
    Pooler,
    /// The text that was looked for is none that the column could hold.
    Foreign,
    /// Anything else: the database is not there for us.
    Other,
}

impl Meaning {
    /// By what sqlx knows of every database.
    pub(super) fn of_kind(kind: &ErrorKind) -> Self {
        match kind {
            ErrorKind::UniqueViolation => Self::Conflict,
            ErrorKind::Other => Self::Other,
            _ => Self::Refused,
        }
    }
}

/// One change of our own tables.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Its number, from 1.
    pub version: i64,
    /// What it does, in words.
    pub description: &'static str,
    /// The statements. They change nothing when run a second time. `{schema}` stands for the quoted schema with a dot,
    /// or nothing; `{name}` for the name of the table, which needs no quotes but gets them, as it may be a keyword.
    pub sql: &'static str,
}

/// The few calls to sqlx that we make. Bounds such as `for<'c> &'c mut DB::Connection: Executor<'c>` are not inherited
/// from a trait, so generic code would repeat half a dozen of them at every function; a driver states here, once, that
/// it has what they say. The macro [`driver`] writes the implementation.
pub trait Driver: Database {
    /// Runs a statement and answers how many rows it affected.
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

    /// Begins a transaction that is going to write.
    fn begin(connection: &mut Self::Connection) -> impl Future<Output = sqlx::Result<Transaction<'_, Self>>> + Send;

    /// Runs a query and hands on each row as it comes, until that is refused.
    fn each(
        connection: &mut Self::Connection,
        sql: SqlStr,
        take: impl FnMut(&Self::Row) -> sqlx::Result<bool> + Send,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Forgets the statements that were prepared on this connection.
    fn forget(connection: &mut Self::Connection) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Whether every step has been made, as the history says, which exists.
    fn is_applied(
        connection: &mut Self::Connection,
        migrator: &Migrator,
        history: &str,
    ) -> impl Future<Output = Result<bool, MigrateError>> + Send;

    /// The types of the columns that a query answers. It is not run.
    fn types(
        connection: &mut Self::Connection,
        sql: SqlStr,
    ) -> impl Future<Output = sqlx::Result<Vec<Self::TypeInfo>>> + Send;

    /// Adds text, or NULL.
    fn bind_text(args: &mut Self::Arguments, text: Option<&str>) -> Result<(), BoxDynError>;

    /// Adds a number.
    fn bind_integer(args: &mut Self::Arguments, number: i64) -> Result<(), BoxDynError>;

    /// Reads text.
    fn text(row: &Self::Row, column: usize) -> sqlx::Result<String>;

    /// Reads text or NULL.
    fn optional_text(row: &Self::Row, column: usize) -> sqlx::Result<Option<String>>;

    /// Whether a column is NULL; `false` if there is no such column.
    fn is_null(row: &Self::Row, column: usize) -> bool;

    /// Reads a number.
    fn integer(row: &Self::Row, column: usize) -> sqlx::Result<i64>;
}

/// Implements [`Driver`] for a driver of sqlx. Text is read with the method of `sqlx::Row` that is given.
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
                // What was prepared before has the types of then.
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
