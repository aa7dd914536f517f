//! What differs from one database to the next.

use std::future::Future;

use sqlx::error::{BoxDynError, DatabaseError};
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Database, SqlStr};

use crate::schema::{Schema, Sql};

/// A database we can keep users and records in. Sealed: a further one is a file beside `sqlite.rs`.
pub trait Dialect: Driver {
    /// How a transaction begins that is going to write.
    const BEGIN: &'static str;

    /// The history of our own tables, oldest first. A step that was released never changes.
    const MIGRATIONS: &'static [Step];

    /// `(table, schema or NULL)`: the names of the table's columns, no rows if there is no such table.
    const COLUMNS: &'static str;

    /// `(table, schema or NULL)`: the columns that no two rows can have in common: alone in a primary key, or alone in a
    /// unique index without a condition.
    const UNIQUE_COLUMNS: &'static str;

    /// The spelling this database reads.
    fn spelling(sql: &Sql) -> &'static str;

    /// A name in quotes. Names come from the derive, which checked them; a quote inside one is doubled all the same.
    fn quote(name: &str) -> String;

    /// The statement that makes a column unique. Names come unquoted.
    fn unique_index(schema: Option<&str>, table: &str, column: &str) -> String;

    /// An expression: the column as text, whatever its type.
    fn as_text(column: &str) -> String;

    /// A condition: the text of the column is not trimmed, or (unless `exact`) has upper-case ASCII letters. Compared byte by byte.
    fn is_unfolded(column: &str, exact: bool) -> String;

    /// A condition: the text of the column is not ASCII.
    fn is_not_ascii(column: &str) -> String;

    /// The login that a unique violation is about, as far as the database says so.
    fn taken_login(error: &dyn DatabaseError, schema: &Schema) -> Option<usize>;

    /// Runs the migrations so that two processes that start at once do not trip over each other.
    fn migrate(
        connection: &mut Self::Connection,
        migrator: &Migrator,
    ) -> impl Future<Output = Result<(), MigrateError>> + Send;
}

/// One change of our own tables.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Its number, from 1.
    pub version: i64,
    /// What it does, for people.
    pub description: &'static str,
    /// The statements. They change nothing when run a second time.
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

    /// Adds text, or NULL.
    fn bind_text(args: &mut Self::Arguments, text: Option<&str>) -> Result<(), BoxDynError>;

    /// Adds a number.
    fn bind_integer(args: &mut Self::Arguments, number: i64) -> Result<(), BoxDynError>;

    /// Reads text.
    fn text(row: &Self::Row, column: usize) -> sqlx::Result<String>;

    /// Reads a number.
    fn integer(row: &Self::Row, column: usize) -> sqlx::Result<i64>;
}

/// Implements [`Driver`] for a driver of sqlx.
macro_rules! driver {
    ($db:ty) => {
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

            fn bind_text(args: &mut Self::Arguments, text: Option<&str>) -> Result<(), sqlx::error::BoxDynError> {
                sqlx::Arguments::add(args, text)
            }

            fn bind_integer(args: &mut Self::Arguments, number: i64) -> Result<(), sqlx::error::BoxDynError> {
                sqlx::Arguments::add(args, number)
            }

            fn text(row: &Self::Row, column: usize) -> sqlx::Result<String> {
                sqlx::Row::try_get(row, column)
            }

            fn integer(row: &Self::Row, column: usize) -> sqlx::Result<i64> {
                sqlx::Row::try_get(row, column)
            }
        }
    };
}
pub(super) use driver;
