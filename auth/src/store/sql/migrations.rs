//! The history of our own tables.
//!
//! `build()` applies it, with a history table of its own (`_auth_migrations`) that no other migration tool looks at.
//! Teams that own their migrations take the text with [`sql`] and switch that off with
//! [`SqlBackend::without_migrations`](super::SqlBackend::without_migrations).

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::Dialect;
use super::table::{TableName, audited};
use crate::error::Error;

/// The statements that make our tables, for a database that has none of them.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// println!("{}", auth::migrations::sql::<sqlx::Sqlite>());
/// # #[cfg(feature = "postgres")]
/// println!("{}", auth::migrations::sql::<sqlx::Postgres>());
/// # #[cfg(feature = "mysql")]
/// println!("{}", auth::migrations::sql::<sqlx::MySql>());
/// ```
#[must_use]
pub fn sql<DB: Dialect>() -> String {
    text::<DB>(&TableName::default())
}

/// The same, for a table of that name: see [`SqlBackend::records_table`](super::SqlBackend::records_table).
///
/// ```
/// # #[cfg(feature = "postgres")] {
/// let text = auth::migrations::sql_named::<sqlx::Postgres>("app_auth.records")?;
/// assert!(text.contains("CREATE TABLE IF NOT EXISTS \"app_auth\".\"records\""));
/// # }
/// # Ok::<_, auth::Error>(())
/// ```
///
/// # Errors
/// If that is not a name.
pub fn sql_named<DB: Dialect>(table: &str) -> Result<String, Error> {
    let table = TableName::parse(table);
    table.problem().map_or_else(|| Ok(text::<DB>(&table)), |problem| Err(Error::new(problem)))
}

pub(super) fn text<DB: Dialect>(table: &TableName) -> String {
    let steps: Vec<_> = DB::MIGRATIONS.iter().map(|step| table.migration::<DB>(step.sql.trim())).collect();
    steps.join("\n") + "\n"
}

pub(super) fn migrator<DB: Dialect>(table: &TableName) -> Migrator {
    let steps = DB::MIGRATIONS.iter().map(|step| {
        let (description, sql) = (step.description.into(), audited(table.migration::<DB>(step.sql)));
        Migration::new(step.version, description, MigrationType::Simple, sql.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(steps.collect());
    migrator.dangerous_set_table_name(table.history::<DB>());
    // During a roll-out the older release meets a database that the newer one has migrated already.
    migrator.set_ignore_missing(true);
    // sqlx's own locks belong to a connection: one that is given up half-way goes back to the pool with the lock, and a
    // proxy between us and the database may not keep to one connection. Each dialect has a better one.
    migrator.set_locking(false);
    migrator
}
