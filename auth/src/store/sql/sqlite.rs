//! SQLite.

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::migrate::MigrateError;
use sqlx::sqlite::SqliteTypeInfo;
use sqlx::{Connection as _, Sqlite, SqliteConnection, SqlitePool, TypeInfo as _};

use super::dialect::{Meaning, driver};
use super::migrations::Plan;
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

    const ADDS_NOT_NULL: bool = false;

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

    // 1 marks the hidden columns of virtual tables; generated columns (2, 3) can be read like any other.
    const COLUMNS: &'static str = "
        SELECT name, type, CASE WHEN \"notnull\" OR pk > 0 THEN 'NO' ELSE 'YES' END
        FROM pragma_table_xinfo($1, $2) WHERE hidden <> 1 ORDER BY cid";

    // An indexed expression has no column name and drops out. A table without an index for its `INTEGER PRIMARY KEY`
    // is the reason for the second half.
    const UNIQUE_COLUMNS: &'static str = "
        SELECT max(part.name) FROM pragma_index_list($1, $2) AS list, pragma_index_info(list.name, $2) AS part
        WHERE list.\"unique\" = 1 AND list.partial = 0
        GROUP BY list.name HAVING count(*) = 1 AND max(part.name) IS NOT NULL
        UNION SELECT max(name) FROM pragma_table_info($1, $2) WHERE pk > 0 HAVING count(*) = 1";

    const SCHEMA_OF: Option<&'static str> = None;

    // There is no server.
    const OLD_STATEMENTS: &'static str = "SELECT 0";

    fn spelling(sql: &Sql) -> &'static str {
        sql.dollar
    }

    fn quote(name: &str) -> String {
        format!("\"{}\"", name.replace('"', "\"\""))
    }

    fn unique_index(schema: Option<&str>, table: &str, column: &str) -> String {
        // In SQLite it is the index that carries the name of the schema.
        let schema = schema.map_or(String::new(), |schema| format!("{}.", Self::quote(schema)));
        let index = Self::quote(&format!("{table}_{column}_unique"));
        format!("CREATE UNIQUE INDEX {schema}{index} ON {} ({});", Self::quote(table), Self::quote(column))
    }

    // Tables have to be made anew.
    fn change_type(_: &str, _: &str, _: &str, _: bool, _: bool) -> Option<String> {
        None
    }

    fn forbid_null(_: &str, _: &str, _: &str) -> Option<String> {
        None
    }

    fn column_type(info: &SqliteTypeInfo) -> String {
        info.name().to_owned()
    }

    fn counting(ty: &str) -> Option<String> {
        (ty == "INTEGER").then(|| ty.to_owned())
    }

    fn is_loose(info: &SqliteTypeInfo) -> bool {
        // Columns hold what is put into them; only these types convert it.
        !matches!(info.name(), "TEXT" | "INTEGER" | "REAL" | "BLOB")
    }

    fn as_text(column: &str, _: &str) -> String {
        format!("CASE typeof({column}) WHEN 'blob' THEN hex({column}) ELSE CAST({column} AS TEXT) END")
    }

    fn is_unfolded(column: &str, exact: bool) -> String {
        let trimmed = format!("trim({column}, char(9, 10, 11, 12, 13, 32))");
        // `lower` knows ASCII only; the rest is looked at in Rust.
        let folded = if exact { trimmed } else { format!("lower({trimmed})") };
        format!("{column} <> {folded} COLLATE BINARY")
    }

    fn is_not_ascii(column: &str) -> String {
        format!("length({column}) <> length(CAST({column} AS BLOB))")
    }

    fn meaning(error: &dyn DatabaseError) -> Meaning {
        match code(error) {
            // SQLITE_MISMATCH, and every SQLITE_CONSTRAINT that sqlx has no kind for: what a trigger refuses, the types of
            // a strict table
            Some(20) => Meaning::Refused,
            Some(code) if code & 0xff == 19 && error.kind() == ErrorKind::Other => Meaning::Refused,
            _ => Meaning::of_kind(&error.kind()),
        }
    }

    fn taken_login(error: &dyn DatabaseError, schema: &Schema) -> Option<usize> {
        // "UNIQUE constraint failed: users.email", or several columns with commas between them.
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

    fn quotes_no_value(error: &dyn DatabaseError) -> bool {
        // All but what a trigger says, which is the application's text.
        code(error).is_some_and(|code| code & 0xff == 19 && code != 1811)
    }

    async fn migrate(connection: &mut SqliteConnection, plan: &Plan) -> Result<(), MigrateError> {
        // sqlx takes no lock on SQLite while it migrates: two processes that start at once would both find the history
        // empty, and one would fail. Inside this transaction its own ones become savepoints.
        let mut transaction = connection.begin_with(Self::BEGIN).await?;
        plan.begin::<Self>(&mut transaction).await?;
        // `run` wants an `Acquire<'a>`, which inside a future that must be `Send` is "not general enough"; sqlx has this
        // hidden twin for that reason.
        plan.migrator.run_direct(None, &mut *transaction, false).await?;
        Ok(transaction.commit().await?)
    }
}

/// The extended code.
fn code(error: &dyn DatabaseError) -> Option<u32> {
    error.code()?.parse().ok()
}
