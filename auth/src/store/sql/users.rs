//! [`Users`] in the application's table.

use std::marker::PhantomData;

use sqlx::error::BoxDynError;
use sqlx::{Pool, SqlSafeStr};

use super::connection::{Connections, bind, is_conflict, store_error};
use super::{Dialect, SqlRow, SqlUser, check};
use crate::PasswordHash;
use crate::clock::Timestamp;
use crate::schema::Sql;
use crate::store::{StoreError, Users};
use crate::user::{AuthUser, NewUser, Registration as _};

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
    async fn change(
        &self,
        sql: Option<&Sql>,
        add: impl FnOnce(&mut DB::Arguments) -> Result<(), BoxDynError> + Send,
    ) -> Result<bool, StoreError> {
        let sql = sql.ok_or(StoreError::unsupported("the user type has no such column"))?;
        Ok(self.db.execute(sql, bind::<DB>(add)?).await? > 0)
    }

    /// Why the database refused a new row.
    async fn refusal(&self, error: sqlx::Error, logins: &[Option<&str>]) -> StoreError {
        if !is_conflict(&error) {
            return store_error(error);
        }
        let named = error.as_database_error().and_then(|error| DB::taken_login(error, U::SCHEMA));
        if let Some(index) = named {
            return StoreError::taken(index);
        }
        // The database does not say which key was in the way: look.
        for (index, login) in logins.iter().enumerate() {
            let Some(login) = login else { continue };
            match self.find_by_login(index, login).await {
                Ok(Some(_)) => return StoreError::taken(index),
                Ok(None) => {}
                Err(error) => return error,
            }
        }
        StoreError::refused(error)
    }
}

impl<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect> Users<U> for SqlUsers<U, DB> {
    async fn find(&self, id: &U::Id) -> Result<Option<U>, StoreError> {
        let args = bind::<DB>(|args| U::bind_id(id, args))?;
        let rows = self.db.fetch(&U::SCHEMA.sql.select_by_id, args).await?;
        only::<U, DB>(&rows, |user| user.id() == id)
    }

    async fn find_by_login(&self, index: usize, login: &str) -> Result<Option<U>, StoreError> {
        let field = U::SCHEMA.logins.get(index).ok_or(StoreError::unsupported("the user type has no such login"))?;
        let rows = self.db.fetch(&field.select, bind::<DB>(|args| DB::bind_text(args, Some(login)))?).await?;
        only::<U, DB>(&rows, |user| user.login(index) == Some(login))
    }

    async fn create(&self, new: NewUser<U>) -> Result<U, StoreError> {
        let fields = U::SCHEMA.logins;
        let logins: Vec<_> = (0..fields.len()).map(|index| new.registration.login(index)).collect();
        let insert = bind::<DB>(|args| U::bind_new(&new, args))?;

        let mut transaction = self.db.begin().await?;
        let inserted = DB::execute(&mut transaction, DB::spelling(&U::SCHEMA.sql.insert).into_sql_str(), insert).await;
        if let Err(error) = inserted {
            // Before the look: the failed transaction may hold the lock, or answer nothing any more.
            transaction.rollback().await.map_err(store_error)?;
            return Err(self.refusal(error, &logins).await);
        }

        // The row as stored, with the defaults of the table: by the id if we made it, else by what is unique.
        let mut named = fields.iter().zip(&logins).filter_map(|(field, login)| Some((field, (*login)?)));
        let (select, args) = match (&new.id, named.next()) {
            (Some(id), _) => (&U::SCHEMA.sql.select_by_id, bind::<DB>(|args| U::bind_id(id, args))?),
            (None, Some((field, login))) => (&field.select, bind::<DB>(|args| DB::bind_text(args, Some(login)))?),
            (None, None) => return Err(StoreError::refused("a new user needs an id or a login")),
        };
        let rows = DB::fetch(&mut transaction, DB::spelling(select).into_sql_str(), args).await.map_err(store_error)?;
        let user = only::<U, DB>(&rows, |user| {
            logins.iter().enumerate().all(|(index, login)| login.is_none() || user.login(index) == *login)
        })?;
        let user =
            user.ok_or_else(|| StoreError::corrupt("the new row was stored with another login than was given"))?;
        transaction.commit().await.map_err(store_error)?;
        Ok(user)
    }

    async fn set_password(&self, id: &U::Id, hash: &PasswordHash) -> Result<bool, StoreError> {
        self.change(U::SCHEMA.sql.set_password.as_ref(), |args| {
            DB::bind_text(args, Some(hash.expose()))?;
            U::bind_id(id, args)
        })
        .await
    }

    async fn replace_password(&self, id: &U::Id, old: &str, new: &PasswordHash) -> Result<bool, StoreError> {
        self.change(U::SCHEMA.sql.replace_password.as_ref(), |args| {
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
        self.change(statement.as_ref(), |args| {
            if with_time {
                DB::bind_integer(args, i64::try_from(now.as_secs())?)?;
            }
            U::bind_id(id, args)
        })
        .await
    }

    async fn set_roles(&self, id: &U::Id, roles: &U::Roles) -> Result<bool, StoreError> {
        self.change(U::SCHEMA.sql.set_roles.as_ref(), |args| {
            U::bind_roles(roles, args)?;
            U::bind_id(id, args)
        })
        .await
    }

    async fn set_permissions(&self, id: &U::Id, permissions: &U::Permissions) -> Result<bool, StoreError> {
        self.change(U::SCHEMA.sql.set_permissions.as_ref(), |args| {
            U::bind_permissions(permissions, args)?;
            U::bind_id(id, args)
        })
        .await
    }

    async fn delete(&self, id: &U::Id) -> Result<bool, StoreError> {
        self.change(Some(&U::SCHEMA.sql.delete), |args| U::bind_id(id, args)).await
    }

    async fn problems(&self) -> Result<Vec<String>, StoreError> {
        let mut connection = self.db.get().await?;
        check::problems::<DB>(&mut connection, U::SCHEMA).await.map_err(store_error)
    }
}

/// The row that is the one meant. Which rows a `WHERE` finds is up to the collation of the column (by default,
/// some databases take `ä` for `a`); who signs in is not.
fn only<U, DB>(rows: &[DB::Row], is_meant: impl Fn(&U) -> bool) -> Result<Option<U>, StoreError>
where
    U: AuthUser + SqlRow<DB>,
    DB: Dialect,
{
    for row in rows {
        let user = U::from_sql_row(row).map_err(store_error)?;
        if is_meant(&user) {
            return Ok(Some(user));
        }
    }
    Ok(None)
}
