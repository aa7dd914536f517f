//! [`Users`] in the application's table.

use std::marker::PhantomData;

use sqlx::Connection as _;
use sqlx::{Pool, SqlSafeStr, SqlStr};

use super::connection::{Bind, Connections, bind, is_conflict, store_error, try_again};
use super::{Dialect, SqlRow, SqlUser, check, read};
use crate::PasswordHash;
use crate::clock::Timestamp;
use crate::schema::Sql;
use crate::store::{StoreError, Users};
use crate::user::{NewUser, Registration as _};

/// [`Users`] in the table that `#[derive(AuthUser)]` describes.
pub struct SqlUsers<U, DB: Dialect> {
    db: Connections<DB>,
    user: PhantomData<fn() -> U>,
}

impl<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect> SqlUsers<U, DB> {
    /// Finds users in the database that `pool` leads to.
    #[must_use]
    pub const fn new(pool: Pool<DB>) -> Self {
        Self { db: Connections::new(pool), user: PhantomData }
    }

    /// Runs a statement about one row. `None` means that the user type has no such column.
    async fn change(&self, sql: Option<&Sql>, add: impl Bind<DB>) -> Result<bool, StoreError> {
        let sql = sql.ok_or(StoreError::unsupported("the user type has no such column"))?;
        Ok(self.db.execute(&text::<DB>(sql), add).await? > 0)
    }

    /// The rows whose login is that one as far as the collation of the column can tell.
    async fn rows_by_login(&self, index: usize, login: &str) -> Result<Vec<DB::Row>, StoreError> {
        let field = U::SCHEMA.logins.get(index).ok_or(StoreError::unsupported("the user type has no such login"))?;
        if !DB::HOLDS_NUL && login.contains('\0') {
            return Ok(Vec::new());
        }
        let add = |args: &mut DB::Arguments| DB::bind_text(args, Some(login));
        self.db.fetch(&text::<DB>(&field.select), add).await
    }

    /// Why the database refused a new row.
    async fn refusal(&self, error: sqlx::Error, logins: &[Option<&str>]) -> StoreError {
        if !is_conflict::<DB>(&error) {
            return store_error::<DB>(error);
        }
        let named = error.as_database_error().and_then(|error| DB::taken_login(error, U::SCHEMA));
        if let Some(index) = named {
            return StoreError::taken(index);
        }
        // The database does not say which key was in the way: look. What counts is what the unique index takes for the
        // same, so a login that differs in nothing but what the collation passes over is taken, too.
        for (index, login) in logins.iter().enumerate() {
            let Some(login) = login else { continue };
            match self.rows_by_login(index, login).await {
                Ok(rows) if rows.is_empty() => {}
                Ok(_) => return StoreError::taken(index),
                Err(error) => return error,
            }
        }
        store_error::<DB>(error)
    }

    /// Inserts, and answers the row as stored, in one transaction. `None`: that is to be tried again; `Some(Err(_))`: the
    /// database objects.
    async fn insert(
        &self,
        new: &NewUser<U>,
        logins: &[Option<&str>],
        attempt: &mut u32,
    ) -> Result<Option<Result<U, sqlx::Error>>, StoreError> {
        let statements = &U::SCHEMA.sql;
        let insert = bind::<DB>(|args: &mut DB::Arguments| U::bind_new(new, args))?;
        // With the defaults of the table: by the id if we made it, else by what is unique.
        let mut named = U::SCHEMA.logins.iter().zip(logins).filter_map(|(field, login)| Some((field, (*login)?)));
        let (select, args) = match (&new.id, named.next()) {
            (Some(id), _) => (&statements.select_by_id, bind::<DB>(|args: &mut DB::Arguments| U::bind_id(id, args))?),
            (None, Some((field, login))) => {
                (&field.select, bind::<DB>(|args: &mut DB::Arguments| DB::bind_text(args, Some(login)))?)
            }
            (None, None) => return Err(StoreError::refused("a new user needs an id or a login")),
        };

        let mut connection = self.db.get().await?;
        let mut transaction = connection.begin_with(DB::BEGIN).await.map_err(store_error::<DB>)?;
        let inserted = DB::execute(&mut transaction, text::<DB>(&statements.insert), insert).await;
        let selected = match inserted {
            Ok(_) => DB::fetch(&mut transaction, text::<DB>(select), args).await,
            Err(error) => Err(error),
        };
        let rows = match selected {
            Ok(rows) => rows,
            Err(error) => {
                let again = try_again::<DB>(&mut transaction, &error, attempt).await;
                // Before anything else: the failed transaction may hold the lock, or answer nothing any more.
                transaction.rollback().await.map_err(store_error::<DB>)?;
                connection.finish();
                return Ok((!again).then_some(Err(error)));
            }
        };
        let found = only::<U, DB>(&rows, |user| {
            logins.iter().enumerate().all(|(index, login)| login.is_none() || user.login(index) == *login)
        });
        let found = found.and_then(|user| {
            user.ok_or_else(|| StoreError::corrupt("the new row was stored with another login than was given"))
        });
        let done = match found {
            Ok(user) => Ok(Some(transaction.commit().await.map(|()| user))),
            Err(error) => transaction.rollback().await.map_err(store_error::<DB>).and(Err(error)),
        };
        connection.finish();
        done
    }
}

/// The spelling of a statement that this database reads.
fn text<DB: Dialect>(sql: &Sql) -> SqlStr {
    DB::spelling(sql).into_sql_str()
}

impl<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect> Users<U> for SqlUsers<U, DB> {
    async fn find(&self, id: &U::Id) -> Result<Option<U>, StoreError> {
        let add = |args: &mut DB::Arguments| U::bind_id(id, args);
        let rows = self.db.fetch(&text::<DB>(&U::SCHEMA.sql.select_by_id), add).await?;
        only::<U, DB>(&rows, |user| user.id() == id)
    }

    async fn find_by_login(&self, index: usize, login: &str) -> Result<Option<U>, StoreError> {
        let rows = self.rows_by_login(index, login).await?;
        only::<U, DB>(&rows, |user| user.login(index) == Some(login))
    }

    async fn create(&self, new: NewUser<U>) -> Result<U, StoreError> {
        let logins: Vec<_> = (0..U::SCHEMA.logins.len()).map(|index| new.registration.login(index)).collect();
        let mut attempt = 0;
        loop {
            match self.insert(&new, &logins, &mut attempt).await? {
                Some(Ok(user)) => return Ok(user),
                Some(Err(error)) => return Err(self.refusal(error, &logins).await),
                None => {}
            }
        }
    }

    async fn set_password(&self, id: &U::Id, hash: &PasswordHash) -> Result<bool, StoreError> {
        self.change(U::SCHEMA.sql.set_password.as_ref(), |args: &mut DB::Arguments| {
            DB::bind_text(args, Some(hash.expose()))?;
            U::bind_id(id, args)
        })
        .await
    }

    async fn replace_password(&self, id: &U::Id, old: &str, new: &PasswordHash) -> Result<bool, StoreError> {
        self.change(U::SCHEMA.sql.replace_password.as_ref(), |args: &mut DB::Arguments| {
            DB::bind_text(args, Some(new.expose()))?;
            U::bind_id(id, args)?;
            DB::bind_text(args, Some(old))
        })
        .await
    }

    async fn set_active(&self, id: &U::Id, active: bool, now: Timestamp) -> Result<bool, StoreError> {
        let sql = &U::SCHEMA.sql;
        let (statement, with_time) =
            if active { (&sql.enable, false) } else { (&sql.disable, sql.disable_binds_seconds) };
        self.change(statement.as_ref(), |args: &mut DB::Arguments| {
            if with_time {
                DB::bind_integer(args, i64::try_from(now.as_secs())?)?;
            }
            U::bind_id(id, args)
        })
        .await
    }

    async fn set_roles(&self, id: &U::Id, roles: &U::Roles) -> Result<bool, StoreError> {
        self.change(U::SCHEMA.sql.set_roles.as_ref(), |args: &mut DB::Arguments| {
            U::bind_roles(roles, args)?;
            U::bind_id(id, args)
        })
        .await
    }

    async fn set_permissions(&self, id: &U::Id, permissions: &U::Permissions) -> Result<bool, StoreError> {
        self.change(U::SCHEMA.sql.set_permissions.as_ref(), |args: &mut DB::Arguments| {
            U::bind_permissions(permissions, args)?;
            U::bind_id(id, args)
        })
        .await
    }

    async fn delete(&self, id: &U::Id) -> Result<bool, StoreError> {
        self.change(Some(&U::SCHEMA.sql.delete), |args: &mut DB::Arguments| U::bind_id(id, args)).await
    }

    async fn problems(&self) -> Result<Vec<String>, StoreError> {
        let mut connection = self.db.get().await?;
        let report = check::problems::<U, DB>(&mut connection).await;
        if !report.as_ref().is_ok_and(|report| report.gave_up) {
            connection.finish();
        }
        report.map(|report| report.problems).map_err(store_error::<DB>)
    }
}

/// The row that is the one meant. Which rows a `WHERE` finds is up to the collation of the column (by default,
/// some databases take `ä` for `a`); who signs in is not.
fn only<U, DB>(rows: &[DB::Row], is_meant: impl Fn(&U) -> bool) -> Result<Option<U>, StoreError>
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
