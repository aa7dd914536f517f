//! A pool with settings.

use std::sync::Arc;

use sqlx::Pool;

use super::atomic_changes::SqlAccounts;
use super::sign_up_hook::DynSignUpHook;
use super::{Dialect, SignUpHook, SqlRecords, SqlRow, SqlUser, SqlUsers};
use crate::store::{Backend, Stores};

/// A pool with settings, for when a bare pool is not enough. `Auth::builder` accepts it, too.
///
/// ```
/// # #[cfg(feature = "postgres")]
/// # fn demo(pool: sqlx::PgPool) {
/// use auth::store::sql::SqlBackend;
///
/// let backend = SqlBackend::new(pool)
///     .records_table("app_auth.records") // instead of `auth_records`
///     .without_migrations();             // another tool runs `auth::migrations::sql_named`
/// # }
/// ```
pub struct SqlBackend<DB: Dialect, Hook = NoHook> {
    pool: Pool<DB>,
    records: SqlRecords<DB>,
    hook: Hook,
}

/// A [`SqlBackend`] whose sign-ups write what the library writes.
#[doc(hidden)]
#[derive(Debug)]
pub struct NoHook;

/// A [`SqlBackend`] with [`in_sign_up`](SqlBackend::in_sign_up).
#[doc(hidden)]
#[derive(Debug)]
pub struct WithHook<H>(H);

impl<DB: Dialect> SqlBackend<DB> {
    /// Creates a backend with the same defaults as the bare pool.
    #[must_use]
    pub fn new(pool: Pool<DB>) -> Self {
        Self { records: SqlRecords::new(pool.clone()), pool, hook: NoHook }
    }

    /// Adds statements of the application to the transaction of a sign-up: a row of another table for each account, an
    /// invitation that is used once. See [`SignUpHook`].
    #[must_use]
    pub fn in_sign_up<H>(self, hook: H) -> SqlBackend<DB, WithHook<H>> {
        SqlBackend { pool: self.pool, records: self.records, hook: WithHook(hook) }
    }
}

impl<DB: Dialect, Hook> SqlBackend<DB, Hook> {
    /// Sets the name of the library's own table, including the schema (in MySQL: the database) if it is not the current
    /// one. The schema must exist; the table is created by `build()`. An invalid name is reported by `build()`.
    #[must_use]
    pub fn records_table(mut self, name: &str) -> Self {
        self.records = self.records.table(name);
        self
    }

    /// Stops `build()` from creating tables, so the application needs no permission to. Run
    /// [`migrations::sql`](crate::migrations::sql) with your own migration tool instead. `build()` reports missing
    /// columns.
    #[must_use]
    pub fn without_migrations(mut self) -> Self {
        self.records = self.records.without_migrations();
        self
    }
}

impl<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect> Backend<U> for SqlBackend<DB> {
    fn open(self) -> Stores<U> {
        open(self.pool, self.records)
    }
}

impl<U, DB, H> Backend<U> for SqlBackend<DB, WithHook<H>>
where
    U: SqlUser<DB> + SqlRow<DB>,
    DB: Dialect,
    H: SignUpHook<U, DB>,
{
    fn open(self) -> Stores<U> {
        open_with(self.pool, self.records, Some(Arc::new(self.hook.0)))
    }
}

/// Opens users and records in one database, whose changes are made together.
pub(super) fn open<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(pool: Pool<DB>, records: SqlRecords<DB>) -> Stores<U> {
    open_with(pool, records, None)
}

fn open_with<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(
    pool: Pool<DB>,
    records: SqlRecords<DB>,
    hook: Option<Arc<dyn DynSignUpHook<U, DB>>>,
) -> Stores<U> {
    let users = SqlUsers::new(pool);
    let accounts = SqlAccounts { users: users.clone(), records: records.clone(), hook };
    Stores { accounts: Some(Arc::new(accounts)), ..Stores::new(users, records) }
}
