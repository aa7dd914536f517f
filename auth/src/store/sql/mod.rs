//! Both storage traits on SQL: one implementation, generic over the sqlx driver, plus a small `Dialect` for each
//! database.
//!
//! Every statement about the user table is a literal written by the derive ([`Schema`](crate::schema::Schema)); every
//! statement about our own table is a literal in this module. Each conditional change is a single statement, decided by
//! the number of affected rows or by a unique key, so it holds at the weakest isolation level. `RETURNING` is not used:
//! not every database has it.

mod abandoned;
mod atomic_changes;
mod backend;
mod check;
mod codec;
mod column_type;
mod connection;
mod ddl;
mod dialect;
mod driver;
mod error;
mod error_kind;
mod insert;
mod migration_plan;
pub mod migrations;
#[cfg(feature = "mysql")]
mod mysql;
mod noncanonical_logins;
mod page;
#[cfg(feature = "postgres")]
mod postgres;
mod read_row;
mod records;
mod records_in_transaction;
mod retry;
mod row_change;
#[cfg(any(feature = "mysql", feature = "postgres"))]
mod row_refusal;
mod several_records;
mod sign_up_hook;
#[cfg(feature = "sqlite")]
mod sqlite;
mod sqlx_types;
mod statements;
mod table_name;
mod users;

pub use backend::SqlBackend;
#[doc(hidden)]
pub use backend::{NoHook, WithHook};
pub use check::{LoginConflict, LoginRepair, canonicalize_logins};
// Bounds and their parts, which the three drivers implement; nobody else does.
#[doc(hidden)]
pub use column_type::{Column, Known, KnownOption, Probe, Unknown};
#[doc(hidden)]
pub use dialect::{Dialect, MigrationStep};
#[doc(hidden)]
pub use error_kind::SqlErrorKind;
pub use records::SqlRecords;
pub use sign_up_hook::{SignUpHook, SignUpHookError};
#[doc(hidden)]
pub use sqlx_types::{SqlBigDecimal, SqlChrono, SqlDecimal, SqlIpNetwork, SqlJson, SqlTime, SqlUuid};
pub use users::SqlUsers;

use sqlx::error::BoxDynError;
use sqlx::{Database, Encode, Type};

use crate::model::user::{AuthUser, NewUser};

/// Binds the values of a user type to statements of the driver `DB`. `#[derive(AuthUser)]` implements it for every
/// driver this crate was built with that can take the id, the roles, and the values that sign-up writes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in `{DB}`",
    label = "no `SqlUser<{DB}>` for this type",
    note = "`#[derive(AuthUser)]` writes it for the databases whose feature of the crate `auth` is switched on"
)]
#[expect(clippy::missing_errors_doc, reason = "each fails when the driver cannot encode the value")]
pub trait SqlUser<DB: Database>: AuthUser {
    /// Binds the primary key.
    fn bind_id(id: &Self::Id, args: &mut DB::Arguments) -> Result<(), BoxDynError>;

    /// Binds the columns of a sign-up, in the order of [`Statements::insert`](crate::schema::Statements::insert).
    fn bind_new(new: &NewUser<Self>, args: &mut DB::Arguments) -> Result<(), BoxDynError>;

    /// Binds the roles.
    fn bind_roles(roles: &Self::Roles, args: &mut DB::Arguments) -> Result<(), BoxDynError>;

    /// Binds the user's own permissions.
    fn bind_permissions(permissions: &Self::Permissions, args: &mut DB::Arguments) -> Result<(), BoxDynError>;

    /// Returns what each column must be, as far as the types of the fields tell; `build()` compares it with the table.
    #[must_use]
    fn columns() -> Vec<Column<DB>> {
        Vec::new()
    }
}

/// What the columns of a user type must be, for one driver. `#[derive(AuthUser)]` implements it for every driver this
/// crate was built with.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be stored in `{DB}`",
    label = "no `SqlUser<{DB}>` for this type",
    note = "`#[derive(AuthUser)]` writes it for the databases whose feature of the crate `auth` is switched on"
)]
pub trait SqlColumns<DB: Database> {
    /// See [`SqlUser::columns`].
    fn columns() -> Vec<Column<DB>>;
}

/// A value that a statement can take.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{DB}` has no column for a `{Self}`",
    label = "this database cannot take a field of the type `{Self}`",
    note = "the id, roles, and `register` and `default` fields are written to the table: this one needs another type, or the users another database",
    note = "numbers in tables have a sign: write `i64` in place of `u64`, and `i32` in place of `u32`"
)]
pub trait SqlValue<DB: Database>: for<'q> Encode<'q, DB> + Type<DB> {}

#[diagnostic::do_not_recommend]
impl<DB: Database, T> SqlValue<DB> for T where T: for<'q> Encode<'q, DB> + Type<DB> {}

/// A type that can be read from a row: one with `#[derive(sqlx::FromRow)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a row of `{DB}`",
    label = "add `#[derive(sqlx::FromRow)]` to `{Self}`",
    note = "if it has that, the type of a field is none that sqlx reads from `{DB}`",
    note = "times, UUIDs, JSON and decimals are read with a feature of sqlx: `chrono` or `time`, `uuid`, `json`, `rust_decimal` or `bigdecimal`"
)]
pub trait SqlRow<DB: Database>: Sized + Send + Unpin {
    /// Reads the value from a row.
    ///
    /// # Errors
    /// If a column is missing, or holds a value that the type cannot represent.
    fn from_sql_row(row: &DB::Row) -> sqlx::Result<Self>;
}

#[diagnostic::do_not_recommend]
impl<DB: Database, T> SqlRow<DB> for T
where
    T: for<'r> sqlx::FromRow<'r, DB::Row> + Send + Unpin,
{
    fn from_sql_row(row: &DB::Row) -> sqlx::Result<Self> {
        T::from_row(row)
    }
}
