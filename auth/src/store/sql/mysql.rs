//! MySQL and MariaDB.

use sqlx::error::DatabaseError;
use sqlx::migrate::MigrateError;
use sqlx::mysql::MySqlDatabaseError;
use sqlx::{Database, MySql, MySqlConnection, MySqlPool};

use super::backend::open;
use super::ddl::index_name;
use super::driver::{Driver as _, driver};
use super::error_kind::SqlErrorKind;
use super::migration_plan::Plan;
use super::row_refusal::refuses_row;
use super::table_name::audited;
use super::{Dialect, MigrationStep, SqlRecords, SqlRow, SqlUser};
use crate::model::schema::Schema;
use crate::store::{Backend, Stores};

impl<U: SqlUser<MySql> + SqlRow<MySql>> Backend<U> for MySqlPool {
    fn open(self) -> Stores<U> {
        open(self.clone(), SqlRecords::new(self))
    }
}

// Unchecked: our own texts are in columns of bytes, which sqlx otherwise refuses to read as text. Invalid UTF-8 is
// still an error.
driver!(MySql, try_get_unchecked, "START TRANSACTION");

/// The classes of states that are not about a row, of MySQL and of MariaDB.
const CLASSES: [&str; 25] = [
    "00", "01", "02", "07", "08", "0A", "0K", "0Z", "23", "24", "25", "26", "28", "2B", "30", "33", "34", "35", "37",
    "3D", "40", "42", "70", "HY", "XA",
];

/// How many seconds one process waits for another one's migrations.
const PATIENCE: i64 = 60;

impl Dialect for MySql {
    const IS_REMOTE: bool = true;

    const HOLDS_NUL: bool = true;

    // Bytes, because every text collation known to all versions ignores something, if only trailing blanks. The indexes
    // are part of the table because there is no `CREATE INDEX IF NOT EXISTS`.
    const MIGRATIONS: &'static [MigrationStep] = &[MigrationStep {
        version: 1,
        description: "records",
        sql: "
CREATE TABLE IF NOT EXISTS {schema}`{name}` (
    kind VARBINARY(255) NOT NULL,
    record_key VARBINARY(1024) NOT NULL,
    owner VARBINARY(1024) NOT NULL,
    value LONGBLOB NOT NULL,
    version BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (kind, record_key),
    KEY `{name}_owner` (kind, owner),
    KEY `{name}_changed` (kind, changed_at),
    KEY `{name}_expires` (expires_at)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC;
",
    }];

    const SCHEMA_OF: Option<&'static str> = None;

    // The host is followed by a port.
    const OLD_STATEMENTS: &'static str = "
        SELECT COUNT(*) FROM information_schema.processlist AS one JOIN information_schema.processlist AS me
            ON me.id = CONNECTION_ID() AND one.user = me.user AND one.db <=> me.db AND one.id <> me.id
                AND TRIM(TRAILING SUBSTRING_INDEX(one.host, ':', -1) FROM one.host)
                    = TRIM(TRAILING SUBSTRING_INDEX(me.host, ':', -1) FROM me.host)
        WHERE one.command NOT IN ('Sleep', 'Daemon') AND one.time > 5";

    const CHECK_DEFERRED: Option<&'static str> = None;

    // The `VALUES` function, because MariaDB does not have the alias that MySQL prefers. A statement that fails changes no
    // row, whatever the mode of the server; this one fails if a version is not the expected one, because no BIGINT can hold
    // the sum, and says nothing about rows.
    const WRITE_MANY: &'static str = "INSERT INTO {table} (owner, value, version, expires_at, changed_at, kind, \
        record_key) VALUES {rows} ON DUPLICATE KEY UPDATE version = IF(version = VALUES(version) - 1, VALUES(version), \
        18446744073709551615 + VALUES(version)), owner = VALUES(owner), value = VALUES(value), \
        expires_at = VALUES(expires_at), changed_at = VALUES(changed_at)";

    const RETURNS_WRITTEN: bool = false;

    fn is_outdated(error: &dyn DatabaseError) -> bool {
        // ER_DATA_OUT_OF_RANGE
        number(error) == 1690
    }

    fn error_kind(error: &dyn DatabaseError) -> SqlErrorKind {
        let number = number(error);
        let state = error.code().unwrap_or_default();
        match number {
            // ER_LOCK_DEADLOCK; ER_CHECKREAD, MariaDB's error for a row that changed under a snapshot
            1213 | 1020 => SqlErrorKind::Retryable,
            // ER_SERVER_SHUTDOWN, ER_CONNECTION_KILLED (of MariaDB), ER_SESSION_WAS_KILLED,
            // ER_CLIENT_INTERACTION_TIMEOUT; and the errors of a read-only server: ER_OPTION_PREVENTS_STATEMENT,
            // ER_READ_ONLY_MODE, ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION
            1053 | 1927 | 3169 | 4031 | 1290 | 1836 | 1792 => SqlErrorKind::Lost,
            // ER_TABLEACCESS_DENIED_ERROR, ER_COLUMNACCESS_DENIED_ERROR, ER_VIEW_CHECK_FAILED
            1142 | 1143 | 1369 => SqlErrorKind::Denied,
            // ER_CANT_AGGREGATE_2COLLATIONS, ER_IMPOSSIBLE_STRING_CONVERSION: not in the character set of the column
            1267 | 3988 => SqlErrorKind::Unrepresentable,
            // ER_UNKNOWN_STMT_HANDLER
            1243 => SqlErrorKind::Pooler,
            // ER_TRUNCATED_WRONG_VALUE_FOR_FIELD, WARN_DATA_TRUNCATED: about values, in a separate class on some
            // versions. ER_TOO_BIG_ROWSIZE, ER_UNDO_RECORD_TOO_BIG. What triggers signal, and what goes wrong in them:
            // ER_SIGNAL_NOT_FOUND, ER_SIGNAL_EXCEPTION, ER_TOO_MANY_ROWS, ER_SP_FETCH_NO_DATA,
            // ER_CANT_UPDATE_USED_TABLE_IN_SF_OR_TRG
            1366 | 1265 | 1118 | 1713 | 1643 | 1644 | 1172 | 1329 | 1442 => SqlErrorKind::Refused,
            _ if refuses_row(&state, &CLASSES) => SqlErrorKind::Refused,
            _ => SqlErrorKind::of_kind(&error.kind()),
        }
    }

    fn taken_login(error: &dyn DatabaseError, schema: &Schema) -> Option<usize> {
        // "Duplicate entry 'ann' for key 'email'", or 'users.email'. The entry may contain anything, the end may not.
        let (_, key) = error.message().rsplit_once(" for key '")?;
        let key = key.strip_suffix('\'')?;
        let key = key.rsplit('.').next()?;
        let table = schema.table.rsplit('.').next()?;
        // The application may name an index as it likes; these are the names given by the database and by us.
        schema
            .logins
            .iter()
            .position(|login| key.eq_ignore_ascii_case(login.column) || key == index_name::<Self>(table, login.column))
    }

    fn refused_column<'a>(error: &'a dyn DatabaseError, schema: &Schema) -> Option<&'a str> {
        let message = error.message();
        match number(error) {
            // "Duplicate entry '…' for key 'PRIMARY'", or 'users.PRIMARY'
            1062 => (message.ends_with("'PRIMARY'") || message.ends_with(".PRIMARY'")).then_some(schema.id),
            // "Data too long for column 'name' at row 1", "Out of range value for column …", "Incorrect string value: '…'
            // for column `db`.`users`.`name` at row 1" (or 'name')
            1406 | 1264 | 1366 | 1265 => {
                let (_, column) = message.rsplit_once(" for column ")?;
                column.rsplit_once(" at row ")?.0.rsplit('.').next()?.get(1..)?.strip_suffix(['\'', '`'])
            }
            // "Column 'name' cannot be null", "Field 'name' doesn't have a default value"
            1048 | 1364 => message.split('\'').nth(1),
            _ => None,
        }
    }

    fn quotes_no_value(error: &dyn DatabaseError) -> bool {
        // Too long, out of range, NULL, no default, and a failed constraint, as reported by MySQL and MariaDB.
        matches!(number(error), 1406 | 1264 | 1048 | 1364 | 3819 | 4025)
    }

    async fn migrate(connection: &mut MySqlConnection, plan: &Plan) -> Result<(), MigrateError> {
        let history = &plan.history;
        // DDL statements end transactions, so the lock must belong to the connection. Lock names are global to the
        // server, hence the database in it; they are limited to 64 characters.
        let lock = format!("CONCAT('auth ', SHA1(CONCAT(COALESCE(DATABASE(), ''), '{history}')))");
        let take = audited(format!("SELECT GET_LOCK({lock}, {PATIENCE})"));
        let rows = Self::fetch(connection, take, <Self as Database>::Arguments::default()).await?;
        if rows.first().map(|row| Self::integer(row, 0)).transpose()? != Some(1) {
            let message = "another process holds the lock for migrations".into();
            return Err(MigrateError::Execute(sqlx::Error::Configuration(message)));
        }
        let migrated = run(connection, plan).await;
        let release = audited(format!("SELECT RELEASE_LOCK({lock})"));
        Self::fetch(connection, release, <Self as Database>::Arguments::default()).await?;
        migrated
    }
}

/// Returns the server's own error number, which is more specific than the standard states.
fn number(error: &dyn DatabaseError) -> u16 {
    error.try_downcast_ref::<MySqlDatabaseError>().map_or(0, MySqlDatabaseError::number)
}

async fn run(connection: &mut MySqlConnection, plan: &Plan) -> Result<(), MigrateError> {
    let Plan { migrator, history, .. } = plan;
    plan.begin::<MySql>(connection).await?;
    match migrator.run_direct(None, connection, false).await {
        // A process died midway. Each step changes nothing when run a second time.
        Err(MigrateError::Dirty(_)) => {
            let forget = audited(format!("DELETE FROM {history} WHERE success = FALSE"));
            MySql::execute(connection, forget, <MySql as Database>::Arguments::default()).await?;
            migrator.run_direct(None, connection, false).await
        }
        done => done,
    }
}
