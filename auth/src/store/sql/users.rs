//! [`Users`] in the application's table.

use std::marker::PhantomData;
use std::sync::Arc;

use sqlx::Pool;
use sqlx::error::DatabaseError;

use super::connection::{Connections, Work};
use super::error::{change_refused, error_kind, is_conflict, rejected, store_error};
use super::error_kind::SqlErrorKind;
use super::insert::InsertUser;
use super::noncanonical_logins::NoncanonicalLogins;
use super::row_change::{ChangeRow, UNTOUCHED, is_untouched, logins, only, place, text, writes};
use super::{Dialect, SqlRow, SqlUser, check, page, read_row};
use crate::PasswordHash;
use crate::model::user::NewUser;
use crate::store::{Change, ChangeKind, RowChange, StoreError, TableReport, Users};

/// [`Users`] in the table that `#[derive(AuthUser)]` describes.
pub struct SqlUsers<U, DB: Dialect> {
    db: Connections<DB>,
    /// Logins that rows hold in another form, as the last check of the table found them.
    noncanonical_logins: Arc<NoncanonicalLogins>,
    user: PhantomData<fn() -> U>,
}

impl<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect> SqlUsers<U, DB> {
    /// Looks up users in the database of `pool`.
    #[must_use]
    pub fn new(pool: Pool<DB>) -> Self {
        Self { db: Connections::new(pool), noncanonical_logins: Arc::default(), user: PhantomData }
    }

    /// Makes a change by itself: one statement, or several in one transaction.
    async fn change(&self, id: &U::Id, change: RowChange<'_, U>) -> Result<bool, StoreError> {
        let writes = writes::<U, DB>(change)?;
        let done = match &*writes {
            [(sql, write)] => {
                let add = |args: &mut DB::Arguments| write.bind::<DB>(id, args);
                let done = self.db.try_execute(sql, add).await?;
                done.map_err(|error| change_refused::<U, DB>(error, change))? > 0
            }
            [] => false,
            _ => {
                let done = self.db.in_transaction(&ChangeRow { id, writes: &writes }).await?;
                done.map_err(|error| change_refused::<U, DB>(error, change))?
            }
        };
        if done {
            return Ok(true);
        }
        let add = |args: &mut DB::Arguments| U::bind_id(id, args);
        let rows = self.db.fetch(&text::<DB>(&U::SCHEMA.sql.select_by_id), add).await?;
        if writes.is_empty() {
            return Ok(!rows.is_empty());
        }
        if is_untouched::<U, DB>(&rows, change).map_err(store_error::<DB>)? {
            return Err(StoreError::refused(UNTOUCHED));
        }
        Ok(false)
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
            Err(error) if error_kind::<DB>(&error) == Some(SqlErrorKind::Unrepresentable) => Ok(Vec::new()),
            rows => rows.map_err(store_error::<DB>),
        }
    }

    /// Returns why the database refused a new row.
    async fn refusal(&self, error: sqlx::Error, logins: &[Option<&str>]) -> StoreError {
        if !is_conflict::<DB>(&error) {
            return self.rejected(error).await;
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
        self.rejected(error).await
    }

    /// Looks up the columns of a constraint if the error only has its name.
    async fn rejected(&self, error: sqlx::Error) -> StoreError {
        let columns = match error.as_database_error() {
            Some(db_error) if DB::refused_column(db_error, U::SCHEMA).is_none() => self.columns_of(db_error).await,
            _ => Vec::new(),
        };
        rejected::<DB>(error, U::SCHEMA, &columns)
    }

    async fn columns_of(&self, error: &dyn DatabaseError) -> Vec<String> {
        let Ok(mut lease) = self.db.get().await else { return Vec::new() };
        let Ok(connection) = lease.connection() else { return Vec::new() };
        let columns = check::columns_of::<DB>(connection, U::SCHEMA, error).await;
        lease.finish(columns.as_ref().err());
        columns.unwrap_or_default()
    }

    /// Inserts a user, together with whatever else `insert` does.
    pub(super) async fn insert<W: Work<DB>>(&self, new: &NewUser<U>, insert: &W) -> Result<W::Output, StoreError> {
        match self.db.in_transaction(insert).await? {
            Ok(output) => Ok(output),
            Err(error) => Err(self.refusal(error, &logins(new)).await),
        }
    }

    /// Returns the connections, for changes of rows and records in one transaction.
    pub(super) const fn connections(&self) -> &Connections<DB> {
        &self.db
    }
}

impl<U, DB: Dialect> Clone for SqlUsers<U, DB> {
    fn clone(&self) -> Self {
        Self { db: self.db.clone(), noncanonical_logins: Arc::clone(&self.noncanonical_logins), user: PhantomData }
    }
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

    async fn find_hash(&self, index: usize, login: &str) -> Result<Option<Option<PasswordHash>>, StoreError> {
        let column = U::SCHEMA.logins.get(index).and_then(|field| place::<U>(field.column));
        let (Some(column), Some(hash)) = (column, U::SCHEMA.password.and_then(place::<U>)) else { return Ok(None) };
        for row in self.rows_by_login(index, login).await? {
            let text = |column| DB::optional_text(&row, column).map_err(store_error::<DB>);
            if text(column)?.as_deref() == Some(login) {
                return Ok(Some(text(hash)?.map(PasswordHash::from_stored)));
            }
        }
        Ok(None)
    }

    async fn find_logins(&self, id: &U::Id) -> Result<Option<Vec<Option<String>>>, StoreError> {
        let add = |args: &mut DB::Arguments| U::bind_id(id, args);
        let rows = self.db.fetch(&text::<DB>(&U::SCHEMA.sql.select_by_id), add).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let places = U::SCHEMA.logins.iter().map(|field| place::<U>(field.column));
        let login = |place: Option<usize>| place.map_or(Ok(None), |place| DB::optional_text(row, place));
        Ok(Some(places.map(login).collect::<sqlx::Result<_>>().map_err(store_error::<DB>)?))
    }

    async fn stored_as(&self, index: usize, canonical: &str) -> Result<Option<Vec<String>>, StoreError> {
        Ok(self.noncanonical_logins.of(index, canonical))
    }

    async fn list(&self, after: Option<&U::Id>, most: u32) -> Result<Vec<U>, StoreError> {
        self.list_each(after, most).await?.into_iter().collect()
    }

    async fn list_each(&self, after: Option<&U::Id>, most: u32) -> Result<Vec<Result<U, StoreError>>, StoreError> {
        let add = |args: &mut DB::Arguments| after.map_or(Ok(()), |id| U::bind_id(id, args));
        let rows = self.db.fetch(&page::statement::<U, DB>(after.is_some(), most), add).await?;
        Ok(rows.iter().map(|row| read_row::user::<U, DB>(row).map_err(store_error::<DB>)).collect())
    }

    async fn create(&self, new: NewUser<U>) -> Result<U, StoreError> {
        self.insert(&new, &InsertUser::alone(&new)).await.map(|created| created.user)
    }

    fn supports(&self, kind: ChangeKind) -> bool {
        kind.has_column::<U>()
    }

    async fn update(&self, id: &U::Id, changes: &[Change<U>]) -> Result<bool, StoreError> {
        self.change(id, RowChange::Update(changes)).await
    }

    async fn replace_password(&self, id: &U::Id, old: &str, new: &PasswordHash) -> Result<bool, StoreError> {
        self.change(id, RowChange::ReplacePassword { old, new }).await
    }

    async fn delete(&self, id: &U::Id) -> Result<bool, StoreError> {
        self.change(id, RowChange::Delete).await
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
        let mut report = check::problems::<U, DB>(lease.connection()?).await;
        if !report.as_ref().is_ok_and(|report| report.gave_up) {
            lease.finish(report.as_ref().err());
        }
        if let Ok(report) = &mut report
            && let Some(found) = report.noncanonical_logins.take()
        {
            self.noncanonical_logins.set::<U>(found, !report.gave_up);
        }
        report.map(|report| report.table).map_err(store_error::<DB>)
    }
}
