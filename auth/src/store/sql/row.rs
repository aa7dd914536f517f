//! One row of the user table: its statements, what they bind, and which row was meant.

use sqlx::error::BoxDynError;
use sqlx::{SqlSafeStr as _, SqlStr};

use super::said::store_error;
use super::{Dialect, SqlRow, SqlUser, read};
use crate::schema::Sql;
use crate::store::{RowChange, StoreError};
use crate::user::{AuthUser, NewUser, Registration as _};

/// Returns the spelling of a statement for this database.
pub(super) fn text<DB: Dialect>(sql: &Sql) -> SqlStr {
    DB::spelling(sql).into_sql_str()
}

/// Returns where a column is in the rows of the statements that select [`Schema::columns`](crate::schema::Schema).
pub(super) fn place<U: AuthUser>(column: &str) -> Option<usize> {
    U::SCHEMA.columns.iter().position(|name| *name == column)
}

/// Returns the logins of a sign-up, in the order of the schema.
pub(super) fn logins<U: AuthUser>(new: &NewUser<U>) -> Vec<Option<&str>> {
    (0..U::SCHEMA.logins.len()).map(|index| new.registration.login(index)).collect()
}

/// Returns the statement that makes a change.
pub(super) fn statement<U: AuthUser, DB: Dialect>(change: RowChange<'_, U>) -> Result<SqlStr, StoreError> {
    let sql = &U::SCHEMA.sql;
    let statement = match change {
        RowChange::SetPassword(_) => sql.set_password.as_ref(),
        RowChange::ReplacePassword { .. } => sql.replace_password.as_ref(),
        RowChange::SetActive(true, _) => sql.enable.as_ref(),
        RowChange::SetActive(false, _) => sql.disable.as_ref(),
        RowChange::SetRoles(_) => sql.set_roles.as_ref(),
        RowChange::SetPermissions(_) => sql.set_permissions.as_ref(),
        RowChange::Delete => Some(&sql.delete),
    };
    statement.map(text::<DB>).ok_or(StoreError::unsupported("the user type has no such column"))
}

/// Binds the values of a change, in the order of its [`statement`].
pub(super) fn bind_change<U: SqlUser<DB>, DB: Dialect>(
    change: RowChange<'_, U>,
    id: &U::Id,
    args: &mut DB::Arguments,
) -> Result<(), BoxDynError> {
    match change {
        RowChange::SetPassword(hash) => DB::bind_text(args, Some(hash.expose()))?,
        RowChange::ReplacePassword { old, new } => {
            DB::bind_text(args, Some(new.expose()))?;
            U::bind_id(id, args)?;
            return DB::bind_text(args, Some(old));
        }
        RowChange::SetActive(false, now) if U::SCHEMA.sql.disable_binds_seconds => {
            DB::bind_integer(args, i64::try_from(now.as_secs())?)?;
        }
        RowChange::SetRoles(roles) => U::bind_roles(roles, args)?,
        RowChange::SetPermissions(permissions) => U::bind_permissions(permissions, args)?,
        RowChange::SetActive(..) | RowChange::Delete => {}
    }
    U::bind_id(id, args)
}

pub(super) const UNTOUCHED: &str = "the row is there and the statement leaves it as it is: a policy for row-level security, a \
    trigger or a rule of the table keeps this role from changing it";

/// Returns whether a change that changed no row had one to change: `rows` are those with the id.
pub(super) fn is_untouched<U: AuthUser, DB: Dialect>(rows: &[DB::Row], change: RowChange<'_, U>) -> sqlx::Result<bool> {
    let Some(row) = rows.first() else { return Ok(false) };
    let RowChange::ReplacePassword { old, .. } = change else { return Ok(true) };
    let column = U::SCHEMA.password.and_then(place::<U>);
    let stored = column.map(|column| DB::optional_text(row, column)).transpose()?.flatten();
    Ok(stored.as_deref() == Some(old))
}

/// Returns the row that was meant. The collation of the column decides which rows a `WHERE` finds (by default, some
/// databases treat `ä` as `a`), but it must not decide who signs in.
pub(super) fn only<U, DB>(rows: &[DB::Row], is_meant: impl Fn(&U) -> bool) -> Result<Option<U>, StoreError>
where
    U: SqlUser<DB> + SqlRow<DB>,
    DB: Dialect,
{
    for row in rows {
        let user = read::user::<U, DB>(row).map_err(store_error::<DB>)?;
        if is_meant(&user) {
            return Ok(Some(user));
        }
    }
    Ok(None)
}
