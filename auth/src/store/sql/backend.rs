//! A pool with settings.

use std::sync::Arc;

use sqlx::Pool;

use super::atomic_changes::SqlAccounts;
use super::{Dialect, SqlRecords, SqlRow, SqlUser, SqlUsers};
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
pub struct SqlBackend<DB: Dialect> {
    pool: Pool<DB>,
    records: SqlRecords<DB>,
}

impl<DB: Dialect> SqlBackend<DB> {
    /// Creates a backend with the same defaults as the bare pool.
    #[must_use]
    pub fn new(pool: Pool<DB>) -> Self {
        Self { records: SqlRecords::new(pool.clone()), pool }
    }

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

/// Opens users and records in one database, whose changes are made together.
pub(super) fn open<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(pool: Pool<DB>, records: SqlRecords<DB>) -> Stores<U> {
    let users = SqlUsers::new(pool);
    let accounts = SqlAccounts { users: users.clone(), records: records.clone() };
    Stores { accounts: Some(Arc::new(accounts)), ..Stores::new(users, records) }
}
