//! SQLite.

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::migrate::MigrateError;
use sqlx::{Connection as _, Sqlite, SqliteConnection, SqlitePool};

use super::backend::open;
use super::driver::{Driver as _, driver};
use super::error_kind::SqlErrorKind;
use super::migration_plan::Plan;
use super::{Dialect, MigrationStep, SqlRecords, SqlRow, SqlUser};
use crate::model::schema::Schema;
use crate::store::{Backend, Stores};

impl<U: SqlUser<Sqlite> + SqlRow<Sqlite>> Backend<U> for SqlitePool {
    fn open(self) -> Stores<U> {
        open(self.clone(), SqlRecords::new(self))
    }
}

// A deferred transaction that reads and then writes fails at once if another one has written meanwhile, without
// waiting for `busy_timeout`; one that announces its write waits.
driver!(Sqlite, try_get, "BEGIN IMMEDIATE");

impl Dialect for Sqlite {
    // An in-memory database ends with its connection.
    const IS_REMOTE: bool = false;

    const HOLDS_NUL: bool = true;

    // Text compares byte by byte here unless a column says otherwise. An ordinary table rather than `WITHOUT ROWID`:
    // keys are random and values long, which would scatter writes over large pages and repeat the key in each index.
    const MIGRATIONS: &'static [MigrationStep] = &[MigrationStep {
        version: 1,
        description: "records",
        sql: r#"
CREATE TABLE IF NOT EXISTS {schema}"{name}" (
    kind TEXT NOT NULL,
    record_key TEXT NOT NULL,
    owner TEXT NOT NULL,
    value TEXT NOT NULL,
    version INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (kind, record_key)
);
CREATE INDEX IF NOT EXISTS {schema}"{name}_owner" ON "{name}" (kind, owner);
CREATE INDEX IF NOT EXISTS {schema}"{name}_changed" ON "{name}" (kind, changed_at);
CREATE INDEX IF NOT EXISTS {schema}"{name}_expires" ON "{name}" (expires_at);
"#,
    }];

    const SCHEMA_OF: Option<&'static str> = None;

    // There is no server.
    const OLD_STATEMENTS: &'static str = "SELECT 0";

    const CHECK_DEFERRED: Option<&'static str> = None;

    const WRITE_MANY: &'static str = "INSERT INTO {table} AS stored (owner, value, version, expires_at, changed_at, \
        kind, record_key) VALUES {rows} ON CONFLICT (kind, record_key) DO UPDATE SET owner = excluded.owner, \
        value = excluded.value, version = excluded.version, expires_at = excluded.expires_at, \
        changed_at = excluded.changed_at WHERE stored.version = excluded.version - 1 RETURNING record_key";

    const RETURNS_WRITTEN: bool = true;

    fn error_kind(error: &dyn DatabaseError) -> SqlErrorKind {
        match code(error) {
            // SQLITE_TOOBIG, SQLITE_MISMATCH, and every SQLITE_CONSTRAINT that sqlx has no kind for: refusals of triggers, types of
            // strict tables
            Some(18 | 20) => SqlErrorKind::Refused,
            Some(code) if code & 0xff == 19 && error.kind() == ErrorKind::Other => SqlErrorKind::Refused,
            _ => SqlErrorKind::of_kind(&error.kind()),
        }
    }

    fn taken_login(error: &dyn DatabaseError, schema: &Schema) -> Option<usize> {
        // "UNIQUE constraint failed: users.email", or several columns separated by commas.
        let (_, columns) = error.message().rsplit_once(": ")?;
        let mut names = columns.split(", ").filter_map(|column| column.rsplit('.').next());
        names.find_map(|name| schema.logins.iter().position(|login| login.column.eq_ignore_ascii_case(name)))
    }

    fn refused_column<'a>(error: &'a dyn DatabaseError, _: &Schema) -> Option<&'a str> {
        // "NOT NULL constraint failed: users.name", "UNIQUE constraint failed: users.id", "cannot store TEXT value in
        // INTEGER column users.name"
        let message = error.message();
        match code(error)? {
            3091 => message.rsplit_once(" column ")?.1.rsplit('.').next(),
            1299 | 1555 | 2067 => message.rsplit_once(": ")?.1.split(", ").next()?.rsplit('.').next(),
            _ => None,
        }
    }

    fn is_referenced(error: &dyn DatabaseError) -> bool {
        // SQLITE_CONSTRAINT_TRIGGER: SQLite implements `ON DELETE RESTRICT` as a trigger.
        error.is_foreign_key_violation()
            || (code(error) == Some(1811) && error.message().contains("FOREIGN KEY constraint failed"))
    }

    fn quotes_no_value(error: &dyn DatabaseError) -> bool {
        // Everything except the message of a trigger, which is the application's text.
        code(error).is_some_and(|code| code & 0xff == 19 && code != 1811)
    }

    async fn migrate(connection: &mut SqliteConnection, plan: &Plan) -> Result<(), MigrateError> {
        // sqlx takes no lock on SQLite while it migrates: two processes that start at once would both find the history
        // empty, and one would fail. Inside this transaction its own ones become savepoints.
        let mut transaction = connection.begin_with(Self::BEGIN).await?;
        plan.begin::<Self>(&mut transaction).await?;
        // `run` takes an `Acquire<'a>`, which is "not general enough" inside a future that must be `Send`; sqlx has
        // this hidden twin for that reason.
        plan.migrator.run_direct(None, &mut *transaction, false).await?;
        Ok(transaction.commit().await?)
    }
}

/// Returns the extended error code.
fn code(error: &dyn DatabaseError) -> Option<u32> {
    error.code()?.parse().ok()
}
