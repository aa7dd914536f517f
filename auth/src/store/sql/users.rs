//! [`Users`] in the application's table.

use std::marker::PhantomData;

use sqlx::{Pool, SqlSafeStr, SqlStr};

use super::connection::{Bind, Connections, bind, try_again};
use super::dialect::Meaning;
use super::said::{is_conflict, meaning, rejected, store_error};
use super::{Dialect, SqlRow, SqlUser, check, read};
use crate::PasswordHash;
use crate::clock::Timestamp;
use crate::schema::Sql;
use crate::store::{StoreError, TableReport, Users};
use crate::user::{NewUser, Registration as _};

/// [`Users`] in the table that `#[derive(AuthUser)]` describes.
pub struct SqlUsers<U, DB: Dialect> {
    db: Connections<DB>,
    user: PhantomData<fn() -> U>,
}

impl<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect> SqlUsers<U, DB> {
    /// Looks up users in the database of `pool`.
    #[must_use]
    pub fn new(pool: Pool<DB>) -> Self {
        Self { db: Connections::new(pool), user: PhantomData }
    }

    /// Runs a statement about one row. `None` means that the user type has no such column.
    async fn change(&self, sql: Option<&Sql>, add: impl Bind<DB>) -> Result<bool, StoreError> {
        let sql = sql.ok_or(StoreError::unsupported("the user type has no such column"))?;
        Ok(self.db.execute(&text::<DB>(sql), add).await? > 0)
    }

    /// Returns the rows that match the login according to the collation of the column.
    async fn rows_by_login(&self, index: usize, login: &str) -> Result<Vec<DB::Row>, StoreError> {
        let field = U::SCHEMA.logins.get(index).ok_or(StoreError::unsupported("the user type has no such login"))?;
        if !DB::HOLDS_NUL && login.contains('\0') {
            return Ok(Vec::new());
        }
        let add = |args: &mut DB::Arguments| DB::bind_text(args, Some(login));
        match self.db.try_fetch(&text::<DB>(&field.select), add).await? {
            // The column has an old character set, while anybody can type any login.
            Err(error) if meaning::<DB>(&error) == Some(Meaning::Foreign) => Ok(Vec::new()),
            rows => rows.map_err(store_error::<DB>),
        }
    }

    /// Returns why the database refused a new row.
    async fn refusal(&self, error: sqlx::Error, logins: &[Option<&str>]) -> StoreError {
        if !is_conflict::<DB>(&error) {
            return rejected::<DB>(error, U::SCHEMA);
        }
        let named = error.as_database_error().and_then(|error| DB::taken_login(error, U::SCHEMA));
        if let Some(index) = named {
            return StoreError::taken(index);
        }
        // The database does not say which key was violated, so look. What counts is what the unique index considers
        // equal, so a login that differs only in what the collation ignores is taken, too.
        for (index, login) in logins.iter().enumerate() {
            let Some(login) = login else { continue };
            match self.rows_by_login(index, login).await {
                Ok(rows) if rows.is_empty() => {}
                Ok(_) => return StoreError::taken(index),
                Err(error) => return error,
            }
        }
        rejected::<DB>(error, U::SCHEMA)
    }

    /// Inserts the user and returns the row as stored, in one transaction. `None`: retry; `Some(Err(_))`: the database
    /// refused.
    async fn insert(
        &self,
        new: &NewUser<U>,
        logins: &[Option<&str>],
        tries: &mut Tries,
    ) -> Result<Option<Result<U, sqlx::Error>>, StoreError> {
        let statements = &U::SCHEMA.sql;
        let insert = bind::<DB>(|args: &mut DB::Arguments| U::bind_new(new, args))?;
        // To include the defaults of the table: by the id if we generated it, otherwise by a login.
        let mut named = U::SCHEMA.logins.iter().zip(logins).filter_map(|(field, login)| Some((field, (*login)?)));
        let (select, args) = match (&new.id, named.next()) {
            (Some(id), _) => (&statements.select_by_id, bind::<DB>(|args: &mut DB::Arguments| U::bind_id(id, args))?),
            (None, Some((field, login))) => {
                (&field.select, bind::<DB>(|args: &mut DB::Arguments| DB::bind_text(args, Some(login)))?)
            }
            (None, None) => return Err(StoreError::refused("a new user needs an id or a login")),
        };

        let is_meant =
            |user: &U| logins.iter().enumerate().all(|(index, login)| login.is_none() || user.login(index) == *login);
        let new_user = |rows: &[DB::Row]| {
            let other = || StoreError::corrupt("the new row was stored with another login than was given");
            only::<U, DB>(rows, is_meant)?.ok_or_else(other)
        };
        let mut lease = self.db.get().await?;
        let work = [(text::<DB>(&statements.insert), insert), (text::<DB>(select), args)];
        let (error, begun) = match in_transaction::<DB, _>(lease.connection()?, work, new_user).await {
            Ok(user) => {
                lease.finish(None);
                return user.map(|user| Some(Ok(user)));
            }
            Err(failed) => failed,
        };
        let again = try_again::<DB>(lease.connection()?, &error, &mut tries.again).await;
        lease.finish(Some(&error));
        let elsewhere = !begun && self.db.try_elsewhere(&error, &mut tries.elsewhere);
        Ok((!again && !elsewhere).then_some(Err(error)))
    }
}

/// Runs a statement and a query, and commits if `judge` accepts the rows; otherwise rolls back. A database error comes
/// with whether the transaction had begun.
async fn in_transaction<DB: Dialect, T>(
    connection: &mut DB::Connection,
    [(statement, its_args), (query, args)]: [(SqlStr, DB::Arguments); 2],
    judge: impl Fn(&[DB::Row]) -> Result<T, StoreError>,
) -> Result<Result<T, StoreError>, (sqlx::Error, bool)> {
    let mut transaction = DB::begin(connection).await.map_err(|error| (error, false))?;
    let rows = match DB::execute(&mut transaction, statement, its_args).await {
        Ok(_) => DB::fetch(&mut transaction, query, args).await,
        Err(error) => Err(error),
    };
    let judged = rows.map(|rows| judge(&rows));
    let ended = match judged {
        Ok(Ok(_)) => transaction.commit().await,
        // At once: the failed transaction may hold a lock, or no longer answer.
        _ => transaction.rollback().await,
    };
    match (judged, ended) {
        (Err(error), Ok(())) | (_, Err(error)) => Err((error, true)),
        (Ok(judged), Ok(())) => Ok(judged),
    }
}

/// How often an operation has been retried.
#[derive(Default)]
struct Tries {
    again: u32,
    elsewhere: u32,
}

/// Returns the spelling of a statement for this database.
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
        let mut tries = Tries::default();
        loop {
            match self.insert(&new, &logins, &mut tries).await? {
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

    async fn try_create(&self, new: NewUser<U>) -> Result<Vec<String>, StoreError> {
        let mut lease = self.db.get().await?;
        // An error leaves the connection in an unknown state: it does not go back.
        let found = check::try_sign_up::<U, DB>(lease.connection()?, new).await?;
        lease.finish(None);
        Ok(found)
    }

    async fn problems(&self) -> Result<TableReport, StoreError> {
        let mut lease = self.db.get().await?;
        let report = check::problems::<U, DB>(lease.connection()?).await;
        if !report.as_ref().is_ok_and(|report| report.gave_up) {
            lease.finish(report.as_ref().err());
        }
        report.map(|report| report.table).map_err(store_error::<DB>)
    }
}

/// Returns the row that was meant. The collation of the column decides which rows a `WHERE` finds (by default, some
/// databases treat `ä` as `a`), but it must not decide who signs in.
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
