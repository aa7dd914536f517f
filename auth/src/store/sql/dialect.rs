//! The differences between databases.
//!
//! One implementation serves three databases, generic over the sqlx driver. The differences are in a `Dialect`, one
//! file per database. Conditional writes are single statements whose row count decides, so they are correct at the
//! weakest default isolation level. Statements that lost a deadlock run again, and statements prepared for a table that
//! has changed since are prepared again.
//!
//! Our own table holds text, integers and, on MySQL, bytes, because its collations ignore trailing blanks. On SQLite,
//! NULL in a field that must have a value is an error, because sqlx reads it as 0 (`read_row.rs`). Database errors are
//! kept without the values that they quote, as MySQL's do. If a table refuses a new row, that is reported as a fault of
//! the values, unless it concerns a column for which sign-up has no value.

use std::future::Future;

use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;

use super::ddl::{Ddl, Rehearsal};
use super::error_kind::SqlErrorKind;
use super::migration_plan::Plan;
use crate::model::schema::Schema;

/// A database that can store users and records. Sealed: support for another one is a file next to `sqlite.rs`.
pub trait Dialect: Ddl + Rehearsal {
    /// Whether connections go over a network, where the other side can vanish silently.
    const IS_REMOTE: bool;

    /// Whether text may contain the character U+0000.
    const HOLDS_NUL: bool;

    /// The migrations of our own tables, oldest first. A released step never changes.
    const MIGRATIONS: &'static [MigrationStep];

    /// `(table)`: the schema in which a statement finds the table, if that can differ from the one in which it would be
    /// created.
    const SCHEMA_OF: Option<&'static str>;

    /// The number of statements by this host and user that have been running in this database for longer than any
    /// request waits for a statement.
    const OLD_STATEMENTS: &'static str;

    /// The statement that checks deferred constraints before a transaction is committed, so that it is still known what
    /// they are about.
    const CHECK_DEFERRED: Option<&'static str>;

    /// Inserts rows into our own table, or replaces those that have the version before. `{rows}` are in the order of the
    /// columns.
    const WRITE_MANY: &'static str;

    /// Whether [`WRITE_MANY`](Self::WRITE_MANY) returns the keys of the rows that it has written. Otherwise it writes all
    /// or none, and fails if a row [is outdated](Self::is_outdated).
    const RETURNS_WRITTEN: bool;

    /// Returns whether [`WRITE_MANY`](Self::WRITE_MANY) failed because a row did not have the version before.
    fn is_outdated(error: &dyn DatabaseError) -> bool {
        let _ = error;
        false
    }

    /// Classifies an error.
    fn error_kind(error: &dyn DatabaseError) -> SqlErrorKind;

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

/// One migration of our own tables.
#[derive(Clone, Copy, Debug)]
pub struct MigrationStep {
    /// Its number, starting at 1.
    pub version: i64,
    /// What it does, in words.
    pub description: &'static str,
    /// The statements, which change nothing when run a second time. `{schema}` stands for the quoted schema with a dot,
    /// or nothing; `{name}` for the name of the table, which is quoted because it may be a keyword.
    pub sql: &'static str,
}
