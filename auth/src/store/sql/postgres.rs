//! PostgreSQL.

use sqlx::error::DatabaseError;
use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{Connection as _, PgConnection, PgPool, Postgres};

use super::ddl::index_name;
use super::dialect::{Meaning, driver};
use super::{Dialect, SqlRecords, SqlRow, SqlUser, SqlUsers, Step};
use crate::schema::{Schema, Sql};
use crate::store::{Backend, Stores};

impl<U: SqlUser<Postgres> + SqlRow<Postgres>> Backend<U> for PgPool {
    fn open(self) -> Stores<U> {
        Stores::new(SqlUsers::new(self.clone()), SqlRecords::new(self))
    }
}

driver!(Postgres, try_get);

/// The advisory lock under which migrations run. Such locks belong to one database; the number is ours: "auth".
const LOCK: i64 = 0x6175_7468;

impl Dialect for Postgres {
    const BEGIN: &'static str = "BEGIN";

    const IS_REMOTE: bool = true;

    const HOLDS_NUL: bool = false;

    // The collation "C" compares bytes: equal is equal, and the order is that of the other databases.
    const MIGRATIONS: &'static [Step] = &[Step {
        version: 1,
        description: "records",
        sql: r#"
CREATE TABLE IF NOT EXISTS {schema}"{name}" (
    kind TEXT COLLATE "C" NOT NULL,
    record_key TEXT COLLATE "C" NOT NULL,
    owner TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (kind, record_key)
);
CREATE INDEX IF NOT EXISTS "{name}_owner" ON {schema}"{name}" (kind, owner);
CREATE INDEX IF NOT EXISTS "{name}_changed" ON {schema}"{name}" (kind, changed_at);
CREATE INDEX IF NOT EXISTS "{name}_expires" ON {schema}"{name}" (expires_at);
"#,
    }];

    fn spelling(sql: &Sql) -> &'static str {
        sql.dollar
    }

    fn meaning(error: &dyn DatabaseError) -> Meaning {
        let code = error.code().unwrap_or_default();
        match &*code {
            // serialization_failure, deadlock_detected
            "40001" | "40P01" => Meaning::Again,
            // "cached plan must not change result type"
            "0A000" if error.message().contains("cached plan") => Meaning::Stale,
            // What a trigger raises is about the row. Class 22: data exceptions.
            "P0001" => Meaning::Refused,
            code if code.starts_with("22") => Meaning::Refused,
            _ => Meaning::of_kind(&error.kind()),
        }
    }

    fn taken_login(error: &dyn DatabaseError, schema: &Schema) -> Option<usize> {
        // What a constraint is called is up to the application; these are the names that PostgreSQL and we give.
        let constraint = error.constraint()?;
        let table = schema.table.rsplit('.').next()?;
        schema.logins.iter().position(|login| {
            let column = login.column;
            [format!("{table}_{column}_key"), index_name::<Self>(table, column)].iter().any(|name| name == constraint)
        })
    }

    async fn migrate(connection: &mut PgConnection, migrator: &Migrator, _: &str) -> Result<(), MigrateError> {
        // `CREATE TABLE IF NOT EXISTS` alone does not do: two at once fail on a unique key of the catalogue. The lock goes
        // away with the transaction, whatever becomes of us. Read committed, because whoever waited for the lock has to
        // see what was done meanwhile.
        let mut transaction = connection.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *transaction).await?;
        migrator.run_direct(None, &mut *transaction, false).await?;
        Ok(transaction.commit().await?)
    }
}
