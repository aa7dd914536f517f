//! A trial on SQLite: the table itself, in a transaction that is rolled back, with all triggers. Nothing of it stays.

use sqlx::Sqlite;
use sqlx::error::DatabaseError;

use super::CatalogueColumn;
use super::trial::{Copy, Rehearsal};

impl Rehearsal for Sqlite {
    const COPIES_IN_TRANSACTION: bool = true;

    // A trigger that raises ROLLBACK ends the transaction.
    const REOPEN: Option<&'static str> = Some("BEGIN");

    const NEWEST: &'static str = "mine.rowid = last_insert_rowid()";

    const CHECKS: &'static str = "
        SELECT '', sql, '' FROM sqlite_schema WHERE type = 'table' AND name = $1 COLLATE NOCASE AND ($2 IS NULL OR $2 = 'main')";

    const REFERENCES: &'static str = r#"
        SELECT CAST(list.id AS TEXT), max(list."from"), '"' || max(list."table") || '"',
            coalesce(max(list."to"), (SELECT name FROM pragma_table_info(list."table") WHERE pk = 1), '')
        FROM pragma_foreign_key_list($1, $2) AS list
        GROUP BY list.id HAVING count(*) = 1"#;

    const TRANSACTIONAL: Option<&'static str> = None;

    fn copy(original: &str, _: Option<&str>, _: &[CatalogueColumn]) -> Copy {
        Copy { name: original.to_owned(), make: Vec::new(), drop: Vec::new() }
    }

    fn drop_check(_: &str, _: &str) -> Option<String> {
        None
    }

    fn violated_check(error: &dyn DatabaseError) -> Option<String> {
        // "CHECK constraint failed: name", or its expression
        error.message().strip_prefix("CHECK constraint failed: ").map(str::to_owned)
    }

    fn violated_key(error: &dyn DatabaseError) -> Option<String> {
        // "UNIQUE constraint failed: users.email, users.team"
        let (_, columns) = error.message().split_once(" failed: ")?;
        Some(columns.split(", ").filter_map(|column| column.rsplit('.').next()).collect::<Vec<_>>().join(" "))
    }

    fn is_about_statement(error: &dyn DatabaseError) -> bool {
        code(error) == Some(1)
    }

    fn is_by_trigger(error: &dyn DatabaseError) -> bool {
        code(error) == Some(1811)
    }

    fn takes_no_writes(error: &dyn DatabaseError) -> bool {
        code(error).is_some_and(|code| code & 0xff == 8)
    }
}

fn code(error: &dyn DatabaseError) -> Option<u32> {
    error.code()?.parse().ok()
}
