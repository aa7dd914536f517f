//! Converts rows into users.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sqlx::error::UnexpectedNullError;

use super::{Dialect, SqlRow, SqlUser};

/// Returns the user in a row of one of the statements that select [`Schema::columns`](crate::schema::Schema::columns).
///
/// On SQLite, sqlx reads NULL as `0`, `""` or `false` if a field is not an `Option`: an account without an id would be
/// number 0, and all of them the same account. Here that is an error, as on the other databases.
pub(super) fn user<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(row: &DB::Row) -> sqlx::Result<U> {
    if DB::READS_NULL {
        let names = U::SCHEMA.columns.iter().enumerate();
        names.filter(|(place, _)| DB::is_null(row, *place)).try_for_each(|(_, name)| may_be_null::<U, DB>(name))?;
    }
    // A decoder may panic: those of chrono do for a time that is out of their range, such as `infinity`.
    catch_unwind(AssertUnwindSafe(|| U::from_sql_row(row))).unwrap_or_else(|_| {
        tracing::error!(target: "auth::store", table = U::SCHEMA.table,
            "decoding a row of the user table panicked: this user cannot sign in; `check_schema()` finds such rows");
        Err(sqlx::Error::Decode(PANICKED.into()))
    })
}

/// What an error says of a row whose reading panicked.
const PANICKED: &str = "a decoder panicked";

/// Called only if something is NULL, because the list is built each time.
fn may_be_null<U: SqlUser<DB>, DB: Dialect>(name: &str) -> sqlx::Result<()> {
    let never = |column: &super::Column<DB>| column.name == name && column.ty.as_ref().is_some_and(|ty| !ty.nullable);
    if U::columns().iter().any(never) {
        return Err(sqlx::Error::ColumnDecode { index: name.to_owned(), source: Box::new(UnexpectedNullError) });
    }
    Ok(())
}
