//! The history of our own tables.
//!
//! `build()` applies it, with a history table of its own (`_auth_records_migrations`) that no other migration tool looks at.
//! Teams that own their migrations take the text with [`sql`] and switch that off with
//! [`SqlBackend::without_migrations`](super::SqlBackend::without_migrations).

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use super::Dialect;
use super::dialect::Meaning;
use super::said::{POOLER, meaning};
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

/// Makes our own table, or brings it up to date. Whatever has been done already is only looked at: a role that may not
/// create tables can start when there is nothing to do.
pub(super) async fn run<DB: Dialect>(connection: &mut DB::Connection, table: &TableName) -> Result<(), NotMigrated> {
    let migrated = async {
        let table = located::<DB>(connection, table).await?;
        let history = table.history();
        let migrator = migrator::<DB>(&table);
        if exists::<DB>(connection, &table).await? && exists::<DB>(connection, &history).await? {
            // Somebody who migrates at this moment may be in the way. Whoever waits for them finds out.
            let applied = DB::is_applied(connection, &migrator, &history.quoted::<DB>()).await;
            if matches!(applied, Ok(true)) {
                return Ok(());
            }
        }
        DB::migrate(connection, &Plan { migrator, history: history.quoted::<DB>(), table }).await
    };
    migrated.await.map_err(|error| NotMigrated::new::<DB>(table, error))
}

/// Where the table is. A statement finds it along the whole search path of PostgreSQL, but would make it in the first
/// schema of it only, and hide the one that was used so far.
async fn located<DB: Dialect>(connection: &mut DB::Connection, table: &TableName) -> sqlx::Result<TableName> {
    let (Some(query), None) = (DB::SCHEMA_OF, table.schema()) else { return Ok(table.clone()) };
    let mut args = DB::Arguments::default();
    DB::bind_text(&mut args, Some(table.name())).map_err(sqlx::Error::Encode)?;
    let rows = DB::fetch(connection, query.into_sql_str(), args).await?;
    let schema = rows.first().map(|row| DB::text(row, 0)).transpose()?;
    Ok(schema.map_or_else(|| table.clone(), |schema| table.within(schema)))
}

async fn exists<DB: Dialect>(connection: &mut DB::Connection, table: &TableName) -> sqlx::Result<bool> {
    let mut args = DB::Arguments::default();
    DB::bind_text(&mut args, Some(table.name())).map_err(sqlx::Error::Encode)?;
    DB::bind_text(&mut args, table.schema()).map_err(sqlx::Error::Encode)?;
    Ok(!DB::fetch(connection, DB::COLUMNS.into_sql_str(), args).await?.is_empty())
}

fn migrator<DB: Dialect>(table: &TableName) -> Migrator {
    let steps = DB::MIGRATIONS.iter().map(|step| {
        let migration = |sql| Migration::new(step.version, step.description.into(), MigrationType::Simple, sql, false);
        // What is compared later is the step, not the names that were put into it: there are several ways to write one.
        let checksum = migration(step.sql.into_sql_str()).checksum;
        Migration { checksum, ..migration(audited(table.migration::<DB>(step.sql))) }
    });
    let mut migrator = Migrator::with_migrations(steps.collect());
    migrator.dangerous_set_table_name(table.history().quoted::<DB>());
    // During a roll-out the older release meets a database that the newer one has migrated already.
    migrator.set_ignore_missing(true);
    // sqlx's own locks belong to a connection: one that is given up half-way goes back to the pool with the lock, and a
    // proxy between us and the database may not keep to one connection. Each dialect has a better one.
    migrator.set_locking(false);
    migrator
}

/// What is to be done with our own table.
#[derive(Debug)]
pub struct Plan {
    pub(super) migrator: Migrator,
    /// In quotes.
    pub(super) history: String,
    table: TableName,
}

impl Plan {
    /// What comes first, when nobody else migrates: a history of a table that is gone is not true, and is forgotten, so
    /// that each step is made again.
    pub(super) async fn begin<DB: Dialect>(&self, connection: &mut DB::Connection) -> sqlx::Result<()> {
        if !exists::<DB>(connection, &self.table).await? {
            let forget = audited(format!("DROP TABLE IF EXISTS {}", self.history));
            DB::execute(connection, forget, DB::Arguments::default()).await?;
        }
        Ok(())
    }
}

/// Why our own table is not there, or not as this release needs it.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub(super) struct NotMigrated {
    what: String,
    #[source]
    source: MigrateError,
}

impl NotMigrated {
    fn new<DB: Dialect>(table: &TableName, source: MigrateError) -> Self {
        let (name, history) = (table.plain(), table.history().plain());
        let what = if cause(&source).is_some_and(|error| meaning::<DB>(error) == Some(Meaning::Pooler)) {
            format!("the table `{name}` could not be looked at: {POOLER}")
        } else if let MigrateError::VersionMismatch(step) = source {
            format!(
                "the table `{name}` was made by other statements than this release has (step {step} in `{history}`): by \
                 another release of `auth`, or another program. Compare it with `auth::migrations::sql`; if it is as \
                 printed there, drop `{history}`, which is then written anew"
            )
        } else {
            format!(
                "the table `{name}` could not be made or brought up to date. If this role is not to do it, run what \
                 `auth::migrations::sql` prints with another one, and say `SqlBackend::new(pool).without_migrations()`"
            )
        };
        Self { what, source }
    }

    pub(super) fn cause(&self) -> Option<&sqlx::Error> {
        cause(&self.source)
    }
}

/// What the database has to do with it.
fn cause(error: &MigrateError) -> Option<&sqlx::Error> {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Some(error),
        _ => None,
    }
}
