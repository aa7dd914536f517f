//! The migrations of the library's own tables.
//!
//! `build()` applies them, with a separate history table (`_auth_records_migrations`) that no other migration tool
//! touches. Teams that manage migrations themselves take the text from [`sql`] and disable this with
//! [`SqlBackend::without_migrations`](super::SqlBackend::without_migrations).

// Migrations run under our own lock. sqlx's lock belongs to a connection, and would go back into the pool with it.
// Existing objects are only inspected, so no privilege to create is needed for them. A step's checksum is that of its
// text before names are inserted, because one table has several spellings. A history without its table is discarded,
// because the steps can be run again without effect. An unqualified name is looked up along the search path first,
// because `CREATE` would otherwise hide the table in use so far.

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use super::Dialect;
use super::error::{POOLER, error_kind};
use super::error_kind::SqlErrorKind;
use super::migration_plan::{Plan, exists};
use super::table_name::{TableName, audited};
use crate::base::error::{ConfigError, Error};

/// Returns the statements that create the library's tables in a database that has none of them.
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

/// Like [`sql`], for a table of another name: see [`SqlBackend::records_table`](super::SqlBackend::records_table).
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
/// If `table` is not a valid name.
pub fn sql_named<DB: Dialect>(table: &str) -> Result<String, Error> {
    let table = TableName::parse(table);
    table.problem().map_or_else(|| Ok(text::<DB>(&table)), |problem| Err(ConfigError::of(problem).into()))
}

pub(super) fn text<DB: Dialect>(table: &TableName) -> String {
    let steps: Vec<_> = DB::MIGRATIONS.iter().map(|step| table.migration::<DB>(step.sql.trim())).collect();
    steps.join("\n") + "\n"
}

/// Creates our own table, or brings it up to date. Migrations that have already been applied are only read: a role that
/// may not create tables can start if there is nothing to do.
pub(super) async fn run<DB: Dialect>(connection: &mut DB::Connection, table: &TableName) -> Result<(), NotMigrated> {
    let mut unread = false;
    let migrated = async {
        let table = located::<DB>(connection, table).await?;
        let history = table.history();
        let migrator = migrator::<DB>(&table);
        if exists::<DB>(connection, &table).await? && exists::<DB>(connection, &history).await? {
            // A concurrent migration may block this query. Waiting for it gives the answer.
            match DB::is_applied(connection, &migrator, &history.quoted::<DB>()).await {
                Ok(true) => return Ok(()),
                // To make it anew would fail as well, and be about something else.
                Err(error) if is_denied::<DB>(&error) => {
                    unread = true;
                    return Err(error);
                }
                _ => {}
            }
        }
        DB::migrate(connection, &Plan { migrator, history: history.quoted::<DB>(), table }).await
    };
    let migrated = migrated.await;
    match migrated {
        Ok(()) => Ok(()),
        Err(error) if unread => Err(NotMigrated::unread::<DB>(table, error)),
        Err(error) if is_denied::<DB>(&error) => Err(NotMigrated::denied::<DB>(connection, table, error).await),
        Err(error) => Err(NotMigrated::new::<DB>(table, error)),
    }
}

/// Returns the user of the database and where our table would be made, as `GRANT` takes them.
async fn maker<DB: Dialect>(connection: &mut DB::Connection, table: &TableName) -> sqlx::Result<[String; 2]> {
    let query = DB::MAKER.ok_or(sqlx::Error::RowNotFound)?;
    let mut args = DB::Arguments::default();
    DB::bind_text(&mut args, table.schema()).map_err(sqlx::Error::Encode)?;
    let rows = DB::fetch(connection, query.into_sql_str(), args).await?;
    let row = rows.first().ok_or(sqlx::Error::RowNotFound)?;
    Ok([DB::text(row, 0)?, DB::text(row, 1)?])
}

/// Returns where the table is. A statement finds it along the whole search path of PostgreSQL, but would create it only
/// in the first schema of it, hiding the one used so far.
async fn located<DB: Dialect>(connection: &mut DB::Connection, table: &TableName) -> sqlx::Result<TableName> {
    let (Some(query), None) = (DB::SCHEMA_OF, table.schema()) else { return Ok(table.clone()) };
    let mut args = DB::Arguments::default();
    DB::bind_text(&mut args, Some(table.name())).map_err(sqlx::Error::Encode)?;
    let rows = DB::fetch(connection, query.into_sql_str(), args).await?;
    let schema = rows.first().map(|row| DB::text(row, 0)).transpose()?;
    Ok(schema.map_or_else(|| table.clone(), |schema| table.within(schema)))
}

fn migrator<DB: Dialect>(table: &TableName) -> Migrator {
    let steps = DB::MIGRATIONS.iter().map(|step| {
        let migration = |sql| Migration::new(step.version, step.description.into(), MigrationType::Simple, sql, false);
        // The checksum covers the step, not the names inserted into it: there are several ways to write one.
        let checksum = migration(step.sql.into_sql_str()).checksum;
        Migration { checksum, ..migration(audited(table.migration::<DB>(step.sql))) }
    });
    let mut migrator = Migrator::with_migrations(steps.collect());
    migrator.dangerous_set_table_name(table.history().quoted::<DB>());
    // During a roll-out the older release meets a database that the newer one has already migrated.
    migrator.set_ignore_missing(true);
    // sqlx's own locks belong to a connection: one that is abandoned half-way returns to the pool with the lock, and a
    // proxy in between may not stay on one connection. Each dialect has a better lock.
    migrator.set_locking(false);
    migrator
}

/// Why our own table is missing or not as this release needs it.
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
        let what = if cause(&source).is_some_and(|error| error_kind::<DB>(error) == Some(SqlErrorKind::Pooler)) {
            format!("the table `{name}` could not be checked: {POOLER}")
        } else if let MigrateError::VersionMismatch(step) = source {
            format!(
                "the table `{name}` was made by other statements than this release has (step {step} in `{history}`): by \
                 another release of `auth`, or another program. Compare it with `auth::migrations::sql`; if it is as \
                 printed there, drop `{history}`, which is then written again"
            )
        } else {
            format!(
                "the table `{name}` could not be made or brought up to date. If this role is not to do it, run what \
                 `auth::migrations::sql` prints with another one, and say `SqlBackend::new(pool).without_migrations()`"
            )
        };
        Self { what, source }
    }

    /// Of a user of the database who may not make or change the table: the statement, and what its owner grants.
    async fn denied<DB: Dialect>(connection: &mut DB::Connection, table: &TableName, source: MigrateError) -> Self {
        let Ok([user, place]) = maker::<DB>(connection, table).await else { return Self::new::<DB>(table, source) };
        let message = cause(&source).map(ToString::to_string).unwrap_or_default();
        let (name, quoted, history) = (table.plain(), table.quoted::<DB>(), table.history().quoted::<DB>());
        let grants = DB::grants(&user, &place, [&quoted, &history], &message);
        let step = match &source {
            MigrateError::ExecuteMigration(_, step) => {
                DB::MIGRATIONS.iter().find(|migration| migration.version == *step)
            }
            _ => None,
        };
        let statement = step.map_or_else(|| text::<DB>(table), |step| table.migration::<DB>(step.sql.trim()));
        let statement = statement.trim();
        let what = format!(
            "the user of the database, {user}, may not make the table `{name}` or bring it up to date: {grants}\nThen run \
             this again; or let another one run what `auth::migrations::sql` prints, and say \
             `SqlBackend::new(pool).without_migrations()`. Denied was\n{statement}\n"
        );
        Self { what, source }
    }

    /// Of a history that the user of the database may not read.
    fn unread<DB: Dialect>(table: &TableName, source: MigrateError) -> Self {
        let (name, history, quoted) = (table.plain(), table.history().plain(), table.history().quoted::<DB>());
        let what = format!(
            "the user of the database has no right to SELECT in `{history}`, which says by which release `{name}` was made: GRANT \
             SELECT ON {quoted} TO /* the user */; or say `SqlBackend::new(pool).without_migrations()`"
        );
        Self { what, source }
    }

    pub(super) fn cause(&self) -> Option<&sqlx::Error> {
        cause(&self.source)
    }
}

fn is_denied<DB: Dialect>(error: &MigrateError) -> bool {
    cause(error).is_some_and(|error| error_kind::<DB>(error) == Some(SqlErrorKind::Denied))
}

/// Returns the underlying database error.
fn cause(error: &MigrateError) -> Option<&sqlx::Error> {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => Some(error),
        _ => None,
    }
}
