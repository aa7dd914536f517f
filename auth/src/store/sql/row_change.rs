//! One row of the user table: its statements, what they bind, and which row was meant.

use sqlx::error::BoxDynError;
use sqlx::{SqlSafeStr as _, SqlStr};

use super::connection::{Failed, TransactionEnd, Work, bind, check_deferred};
use super::error::store_error;
use super::{Dialect, SqlRow, SqlUser, read_row};
use crate::PasswordHash;
use crate::model::schema::{MarkForm, Sql};
use crate::model::user::{AuthUser, NewUser, Registration as _};
use crate::store::{Change, RowChange, StoreError};

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

/// One statement of a change: what it binds.
pub(super) enum Write<'a, U: AuthUser> {
    Set(&'a Change<U>),
    ReplacePassword { old: &'a str, new: &'a PasswordHash },
    Delete,
}

/// Returns the statements that make a change, in order. Fails before any of them has run if the user type lacks a
/// column.
pub(super) fn writes<'a, U: AuthUser, DB: Dialect>(
    change: RowChange<'a, U>,
) -> Result<Vec<(SqlStr, Write<'a, U>)>, StoreError> {
    let writes: Vec<Write<'a, U>> = match change {
        RowChange::Update(changes) => changes.iter().map(Write::Set).collect(),
        RowChange::ReplacePassword { old, new } => vec![Write::ReplacePassword { old, new }],
        RowChange::Delete => vec![Write::Delete],
    };
    writes.into_iter().map(|write| Ok((write.statement::<DB>()?, write))).collect()
}

impl<U: AuthUser> Write<'_, U> {
    fn statement<DB: Dialect>(&self) -> Result<SqlStr, StoreError> {
        let sql = &U::SCHEMA.sql;
        let statement = match self {
            Self::Set(Change::PasswordHash(_)) => sql.set_password.as_ref(),
            Self::Set(Change::Active(true, _)) => sql.enable.as_ref(),
            Self::Set(Change::Active(false, _)) => sql.disable.as_ref(),
            Self::Set(Change::Login(index, _)) => U::SCHEMA.logins.get(*index).map(|login| &login.update),
            Self::Set(Change::Verified(true, _)) => sql.set_verified.as_ref(),
            Self::Set(Change::Verified(false, _)) => sql.clear_verified.as_ref(),
            Self::Set(Change::Roles(_)) => sql.set_roles.as_ref(),
            Self::Set(Change::Permissions(_)) => sql.set_permissions.as_ref(),
            Self::ReplacePassword { .. } => sql.replace_password.as_ref(),
            Self::Delete => Some(&sql.delete),
        };
        statement.map(text::<DB>).ok_or(StoreError::unsupported("the user type has no such column"))
    }

    /// Binds the values, in the order of the statement.
    pub(super) fn bind<DB: Dialect>(&self, id: &U::Id, args: &mut DB::Arguments) -> Result<(), BoxDynError>
    where
        U: SqlUser<DB>,
    {
        match self {
            Self::Set(Change::PasswordHash(hash)) => DB::bind_text(args, Some(hash.expose()))?,
            Self::Set(Change::Active(false, now)) if U::SCHEMA.sql.disable_binds_seconds => {
                DB::bind_integer(args, i64::try_from(now.as_secs())?)?;
            }
            Self::Set(Change::Login(_, login)) => DB::bind_text(args, Some(login))?,
            Self::Set(Change::Verified(true, now)) if U::SCHEMA.sql.verified_form == Some(MarkForm::Seconds) => {
                DB::bind_integer(args, i64::try_from(now.as_secs())?)?;
            }
            Self::Set(Change::Roles(roles)) => U::bind_roles(roles, args)?,
            Self::Set(Change::Permissions(permissions)) => U::bind_permissions(permissions, args)?,
            Self::ReplacePassword { old, new } => {
                DB::bind_text(args, Some(new.expose()))?;
                U::bind_id(id, args)?;
                return DB::bind_text(args, Some(old));
            }
            Self::Set(Change::Active(..) | Change::Verified(..)) | Self::Delete => {}
        }
        U::bind_id(id, args)
    }
}

/// All the statements of a change.
pub(super) struct ChangeRow<'a, U: AuthUser> {
    pub(super) id: &'a U::Id,
    pub(super) writes: &'a [(SqlStr, Write<'a, U>)],
}

impl<U: AuthUser> ChangeRow<'_, U> {
    /// Runs the statements in the transaction of the caller, which has to undo it if one of them changes no row: then
    /// this returns `false`.
    pub(super) async fn make<DB: Dialect>(&self, connection: &mut DB::Connection) -> Result<bool, Failed>
    where
        U: SqlUser<DB>,
    {
        for (sql, write) in self.writes {
            let args = bind::<DB>(|args: &mut DB::Arguments| write.bind::<DB>(self.id, args))?;
            if DB::execute(connection, sql.clone(), args).await? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl<U: SqlUser<DB>, DB: Dialect> Work<DB> for ChangeRow<'_, U> {
    type Output = bool;

    async fn run(&self, connection: &mut DB::Connection) -> Result<TransactionEnd<bool>, Failed> {
        if !self.make::<DB>(connection).await? {
            return Ok(TransactionEnd::Rollback(false));
        }
        check_deferred::<DB>(connection).await?;
        Ok(TransactionEnd::Commit(true))
    }
}

pub(super) const UNTOUCHED: &str = "the row exists, but the statement does not change it: a policy for row-level \
                                    security, a trigger or a rule of the table keeps this role from changing it";

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
        let user = read_row::user::<U, DB>(row).map_err(store_error::<DB>)?;
        if is_meant(&user) {
            return Ok(Some(user));
        }
    }
    Ok(None)
}
