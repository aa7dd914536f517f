//! SQLite.

use sqlx::error::DatabaseError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Connection as _, Sqlite, SqliteConnection, SqlitePool};

use super::dialect::{Meaning, driver};
use super::{Dialect, SqlRecords, SqlRow, SqlUser, SqlUsers, Step};
use crate::schema::{Schema, Sql};
use crate::store::{Backend, Stores};

impl<U: SqlUser<Sqlite> + SqlRow<Sqlite>> Backend<U> for SqlitePool {
    fn open(self) -> Stores<U> {
        Stores::new(SqlUsers::new(self.clone()), SqlRecords::new(self))
    }
}

driver!(Sqlite, try_get);

impl Dialect for Sqlite {
    // A deferred transaction that reads and then writes fails at once when somebody else has written meanwhile, without
    // waiting for `busy_timeout`; one that announces its write waits.
    const BEGIN: &'static str = "BEGIN IMMEDIATE";

    // A database in memory ends with its connection.
    const IS_REMOTE: bool = false;

    const HOLDS_NUL: bool = true;

    // Text compares byte by byte here unless a column says otherwise. An ordinary table rather than `WITHOUT ROWID`:
    // keys are random and values long, which would scatter writes over fat pages and repeat the key in each index.
    const MIGRATIONS: &'static [Step] = &[Step {
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

    fn spelling(sql: &Sql) -> &'static str {
        sql.dollar
    }

    fn meaning(error: &dyn DatabaseError) -> Meaning {
        Meaning::of_kind(&error.kind())
    }

    fn taken_login(error: &dyn DatabaseError, schema: &Schema) -> Option<usize> {
        // "UNIQUE constraint failed: users.email", or several columns with commas between them.
        let (_, columns) = error.message().rsplit_once(": ")?;
        let mut names = columns.split(", ").filter_map(|column| column.rsplit('.').next());
        names.find_map(|name| schema.logins.iter().position(|login| login.column.eq_ignore_ascii_case(name)))
    }

    async fn migrate(connection: &mut SqliteConnection, migrator: &Migrator, _: &str) -> Result<(), MigrateError> {
        // sqlx takes no lock on SQLite while it migrates: two processes that start at once would both find the history
        // empty, and one would fail. Inside this transaction its own ones become savepoints.
        let mut transaction = connection.begin_with(Self::BEGIN).await?;
        // `run` wants an `Acquire<'a>`, which inside a future that must be `Send` is "not general enough"; sqlx has this
        // hidden twin for that reason.
        migrator.run_direct(None, &mut *transaction, false).await?;
        Ok(transaction.commit().await?)
    }
}
