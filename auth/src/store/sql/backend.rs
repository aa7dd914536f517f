//! A pool with settings.

use sqlx::Pool;

use super::{Dialect, SqlRecords, SqlRow, SqlUser, SqlUsers};
use crate::store::{Backend, Stores};

/// Where users and records live, when a bare pool does not say enough: `Auth::builder` takes this, too.
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
    /// The database that `pool` leads to, as the pool alone would be used.
    #[must_use]
    pub fn new(pool: Pool<DB>) -> Self {
        Self { records: SqlRecords::new(pool.clone()), pool }
    }

    /// What our own table is called, with the schema (in MySQL: the database) if it is not the current one. The schema
    /// must exist; the table is made by `build()`. What is not a name is one of the problems `build()` reports.
    #[must_use]
    pub fn records_table(mut self, name: &str) -> Self {
        self.records = self.records.table(name);
        self
    }

    /// `build()` makes no tables, so the application needs no right to: run [`migrations::sql`](crate::migrations::sql)
    /// with the tool that runs your own migrations. `build()` says so if a column is missing.
    #[must_use]
    pub fn without_migrations(mut self) -> Self {
        self.records = self.records.without_migrations();
        self
    }
}

impl<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect> Backend<U> for SqlBackend<DB> {
    fn open(self) -> Stores<U> {
        Stores::new(SqlUsers::new(self.pool), self.records)
    }
}
