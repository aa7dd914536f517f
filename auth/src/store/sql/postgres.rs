//! PostgreSQL.

use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;
use sqlx::postgres::PgDatabaseError;
use sqlx::{Connection as _, PgConnection, PgPool, Postgres};

use super::backend::open;
use super::ddl::index_name;
use super::driver::driver;
use super::error_kind::SqlErrorKind;
use super::migration_plan::Plan;
use super::row_refusal::refuses_row;
use super::{Dialect, MigrationStep, SqlRecords, SqlRow, SqlUser};
use crate::model::schema::Schema;
use crate::store::{Backend, Stores};

impl<U: SqlUser<Postgres> + SqlRow<Postgres>> Backend<U> for PgPool {
    fn open(self) -> Stores<U> {
        open(self.clone(), SqlRecords::new(self))
    }
}

driver!(Postgres, try_get, "BEGIN");

/// The advisory lock held during migrations. Such locks belong to one database; the number is ours: "auth".
const LOCK: i64 = 0x6175_7468;

/// The classes of states that are not about a row (appendix A of the manual). Not among them: `P0`, what PL/pgSQL raises,
/// and `54`, program limits, such as a value that is too long for an index.
const CLASSES: [&str; 33] = [
    "00", "01", "02", "03", "08", "0A", "0B", "0F", "0L", "0P", "0Z", "10", "23", "24", "25", "26", "28", "2B", "2D",
    "34", "3B", "3D", "3F", "40", "42", "53", "55", "57", "58", "72", "F0", "HV", "XX",
];

impl Dialect for Postgres {
    const IS_REMOTE: bool = true;

    const HOLDS_NUL: bool = false;

    // The collation "C" compares bytes: equality is exact, and the order is that of the other databases.
    const MIGRATIONS: &'static [MigrationStep] = &[MigrationStep {
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

    const SCHEMA_OF: Option<&'static str> = Some(
        "SELECT nspname::text FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
            WHERE pg_class.oid = to_regclass(quote_ident($1))",
    );

    const OLD_STATEMENTS: &'static str = "
        SELECT count(*) FROM pg_stat_activity
        WHERE state = 'active' AND clock_timestamp() - query_start > interval '5 seconds' AND usename = session_user
            AND datname = current_database() AND client_addr IS NOT DISTINCT FROM inet_client_addr()";

    const CHECK_DEFERRED: Option<&'static str> = Some("SET CONSTRAINTS ALL IMMEDIATE");

    const WRITE_MANY: &'static str = "INSERT INTO {table} AS stored (owner, value, version, expires_at, changed_at, \
        kind, record_key) VALUES {rows} ON CONFLICT (kind, record_key) DO UPDATE SET owner = excluded.owner, \
        value = excluded.value, version = excluded.version, expires_at = excluded.expires_at, \
        changed_at = excluded.changed_at WHERE stored.version = excluded.version - 1 RETURNING record_key";

    const RETURNS_WRITTEN: bool = true;

    fn error_kind(error: &dyn DatabaseError) -> SqlErrorKind {
        let code = error.code().unwrap_or_default();
        match &*code {
            // serialization_failure, deadlock_detected
            "40001" | "40P01" => SqlErrorKind::Retryable,
            // "cached plan must not change result type"
            "0A000" if error.message().contains("cached plan") => SqlErrorKind::Stale,
            // insufficient_privilege
            "42501" => SqlErrorKind::Denied,
            // read_only_sql_transaction: a server that was the primary until a moment ago. Closed by an administrator,
            // a crash, a restart, or because it was idle. Class 08: connection exceptions.
            "25006" | "25P03" | "57P01" | "57P02" | "57P03" | "57P05" => SqlErrorKind::Lost,
            code if code.starts_with("08") => SqlErrorKind::Lost,
            // duplicate_prepared_statement, invalid_sql_statement_name: sqlx numbers the statements of a connection.
            "42P05" | "26000" => SqlErrorKind::Pooler,
            code if refuses_row(code, &CLASSES) => SqlErrorKind::Refused,
            _ => SqlErrorKind::of_kind(&error.kind()),
        }
    }

    fn taken_login(error: &dyn DatabaseError, schema: &Schema) -> Option<usize> {
        // The application may name a constraint as it likes; these are the names given by PostgreSQL and by us.
        let constraint = error.constraint()?;
        let table = schema.table.rsplit('.').next()?;
        schema.logins.iter().position(|login| {
            let column = login.column;
            [format!("{table}_{column}_key"), index_name::<Self>(table, column)].iter().any(|name| name == constraint)
        })
    }

    fn refused_column<'a>(error: &'a dyn DatabaseError, schema: &Schema) -> Option<&'a str> {
        if let Some(column) = error.try_downcast_ref::<PgDatabaseError>().and_then(PgDatabaseError::column) {
            return Some(column);
        }
        let table = schema.table.rsplit('.').next()?;
        (error.constraint()? == format!("{table}_pkey")).then_some(schema.id)
    }

    fn is_referenced(error: &dyn DatabaseError) -> bool {
        // restrict_violation: `ON DELETE RESTRICT`, since PostgreSQL 18.
        error.is_foreign_key_violation() || error.code().is_some_and(|code| code == "23001")
    }

    fn quotes_no_value(error: &dyn DatabaseError) -> bool {
        // Values are only in the details. string_data_right_truncation, and class 23: constraints.
        error.code().is_some_and(|code| code == "22001" || code.starts_with("23"))
    }

    async fn migrate(connection: &mut PgConnection, plan: &Plan) -> Result<(), MigrateError> {
        // `CREATE TABLE IF NOT EXISTS` alone is not enough: two at once fail on a unique key of the catalogue. The lock
        // is released with the transaction, however it ends. Read committed, because after waiting for the lock we must
        // see what was done meanwhile.
        let mut transaction = connection.begin_with("BEGIN ISOLATION LEVEL READ COMMITTED").await?;
        sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(LOCK).execute(&mut *transaction).await?;
        plan.begin::<Self>(&mut transaction).await?;
        plan.migrator.run_direct(None, &mut *transaction, false).await?;
        Ok(transaction.commit().await?)
    }
}
