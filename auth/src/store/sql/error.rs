//! What it means when a statement fails.

use sqlx::error::DatabaseError;

use super::Dialect;
use super::error_kind::SqlErrorKind;
use crate::base::error::Error;
use crate::model::schema::Schema;
use crate::model::user::AuthUser;
use crate::store::{Change, RowChange, StoreError};

/// Classifies the errors of sqlx. Whatever is not clearly about a value counts as an unavailable database (busy, out of
/// disk, unreachable, without our table): a 503, never an accidental yes or no.
pub(super) fn store_error<DB: Dialect>(error: sqlx::Error) -> StoreError {
    use sqlx::Error as E;
    match error {
        E::Database(error) => match DB::error_kind(&*error) {
            SqlErrorKind::Conflict | SqlErrorKind::Refused => {
                StoreError::refused(RedactedDbError::without_values::<DB>(&*error))
            }
            SqlErrorKind::Denied => StoreError::denied(RedactedDbError::with(&*error, error.message())),
            SqlErrorKind::Pooler => {
                StoreError::unavailable(RedactedDbError::with(&*error, &format!("{}; {POOLER}", error.message())))
            }
            SqlErrorKind::Retryable
            | SqlErrorKind::Stale
            | SqlErrorKind::Lost
            | SqlErrorKind::Unrepresentable
            | SqlErrorKind::Other => StoreError::unavailable(RedactedDbError::with(&*error, error.message())),
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

/// The application opens the pool and makes its tables; `?` takes its errors where it takes ours.
impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Store(error.into())
    }
}

/// Returns why the database refused a new row. A violated constraint is attributed to the values that the person
/// signing up chose, unless it concerns only columns that sign-up has no value for. `columns`: those of the constraint,
/// if the error does not name one.
pub(super) fn rejected<DB: Dialect>(error: sqlx::Error, schema: &Schema, columns: &[String]) -> StoreError {
    let sqlx::Error::Database(db_error) = &error else { return store_error::<DB>(error) };
    if !matches!(DB::error_kind(&**db_error), SqlErrorKind::Conflict | SqlErrorKind::Refused) {
        return store_error::<DB>(error);
    }
    let is_ours =
        |column: &str| column == schema.id || schema.password == Some(column) || !schema.inserted.contains(&column);
    let mut looked_up = columns.iter().map(String::as_str);
    let chosen = looked_up.clone().find(|column| !is_ours(column));
    let column = DB::refused_column(&**db_error, schema).or(chosen).or_else(|| looked_up.next());
    if column.is_some_and(is_ours) {
        return store_error::<DB>(error);
    }
    let said = RedactedDbError::without_values::<DB>(&**db_error);
    match column {
        Some(column) if DB::error_kind(&**db_error) == SqlErrorKind::Conflict => StoreError::taken_value(column, said),
        column => StoreError::rejected(column, said),
    }
}

/// Returns why the database refused to change or delete a row.
pub(super) fn change_refused<U: AuthUser, DB: Dialect>(error: sqlx::Error, change: RowChange<'_, U>) -> StoreError {
    let deletes = matches!(change, RowChange::Delete);
    match &error {
        sqlx::Error::Database(db_error) if DB::error_kind(&**db_error) == SqlErrorKind::Conflict => {
            match taken_by(change, || DB::taken_login(&**db_error, U::SCHEMA)) {
                Some(index) => StoreError::taken(index),
                None => store_error::<DB>(error),
            }
        }
        sqlx::Error::Database(db_error) if deletes && DB::is_referenced(&**db_error) => {
            StoreError::referenced(RedactedDbError::without_values::<DB>(&**db_error))
        }
        sqlx::Error::Database(db_error) if DB::error_kind(&**db_error) == SqlErrorKind::Denied => {
            StoreError::refused(RedactedDbError::with(&**db_error, db_error.message()))
        }
        _ => store_error::<DB>(error),
    }
}

/// Returns the login of a change that another row has: the one that the database names, or the only one there is.
fn taken_by<U: AuthUser>(change: RowChange<'_, U>, named: impl Fn() -> Option<usize>) -> Option<usize> {
    let RowChange::Update(changes) = change else { return None };
    let mut logins = changes.iter().filter_map(|change| match change {
        Change::Login(index, _) => Some(*index),
        _ => None,
    });
    let first = logins.next()?;
    let is_only = logins.next().is_none();
    named().or(Some(first).filter(|_| is_only))
}

pub(super) const POOLER: &str = "is there a pooler between us and the server that gives each transaction another connection? \
    pgbouncer needs `pool_mode = session`, or version 1.21 and `max_prepared_statements` (the guide, \"Databases\")";

/// Returns what a database error is about.
pub(super) fn error_kind<DB: Dialect>(error: &sqlx::Error) -> Option<SqlErrorKind> {
    error.as_database_error().map(|error| DB::error_kind(error))
}

/// Returns whether a unique key was violated.
pub(super) fn is_conflict<DB: Dialect>(error: &sqlx::Error) -> bool {
    error_kind::<DB>(error) == Some(SqlErrorKind::Conflict)
}

/// Returns whether the connection has ended, or now leads to the wrong server.
pub(super) fn is_lost<DB: Dialect>(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Io(_)) || error_kind::<DB>(error) == Some(SqlErrorKind::Lost)
}

/// Returns whether the connection must not be reused because the next statement on it would fail as well.
pub(super) fn is_unusable<DB: Dialect>(error: &sqlx::Error) -> bool {
    use sqlx::Error as E;
    is_lost::<DB>(error)
        || matches!(error, E::Tls(_) | E::Protocol(_) | E::WorkerCrashed)
        || error_kind::<DB>(error) == Some(SqlErrorKind::Pooler)
}

/// A database error without what must not be repeated. When a value is refused, MySQL quotes it in the message and
/// PostgreSQL the whole row in the details, and errors end up in logs (LOG-01).
#[derive(Debug, thiserror::Error)]
#[error("the database answers {code}{of}: {message}")]
pub(super) struct RedactedDbError {
    code: String,
    of: String,
    message: String,
}

impl RedactedDbError {
    /// Includes the message only if it contains no value.
    pub(super) fn without_values<DB: Dialect>(error: &dyn DatabaseError) -> Self {
        Self::with(error, if DB::quotes_no_value(error) { error.message() } else { "it refuses the value" })
    }

    fn with(error: &dyn DatabaseError, message: &str) -> Self {
        let code = error.code().map_or_else(|| "without a code".to_owned(), std::borrow::Cow::into_owned);
        let table = error.table().map(|table| format!(" for the table `{table}`"));
        let constraint = error.constraint().map(|constraint| format!(" by `{constraint}`"));
        Self { code, of: table.unwrap_or_default() + &constraint.unwrap_or_default(), message: message.to_owned() }
    }
}
