//! The history of our own tables.
//!
//! `build()` applies it, with a history table of its own (`_auth_migrations`) that no other migration tool looks at.
//! Teams that own their migrations take the text with [`sql`] and switch that off with
//! [`SqlRecords::without_migrations`](super::SqlRecords::without_migrations).

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use super::Dialect;

/// The statements that make our tables, for a database that has none of them.
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// println!("{}", auth::migrations::sql::<sqlx::Sqlite>());
/// ```
#[must_use]
pub fn sql<DB: Dialect>() -> String {
    let steps: Vec<_> = DB::MIGRATIONS.iter().map(|step| step.sql.trim()).collect();
    steps.join("\n") + "\n"
}

pub(super) fn migrator<DB: Dialect>() -> Migrator {
    let steps = DB::MIGRATIONS.iter().map(|step| {
        let description = step.description.into();
        Migration::new(step.version, description, MigrationType::Simple, step.sql.into_sql_str(), false)
    });
    let mut migrator = Migrator::with_migrations(steps.collect());
    migrator.dangerous_set_table_name("_auth_migrations");
    // During a roll-out the older release meets a database that the newer one has migrated already.
    migrator.set_ignore_missing(true);
    migrator
}
