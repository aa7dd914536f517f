//! Tables of SQLite.

use sqlx::sqlite::SqliteTypeInfo;
use sqlx::{Sqlite, TypeInfo as _};

use super::{CatalogueColumn, Change, Ddl, suspects};
use crate::model::schema::Sql;

impl Ddl for Sqlite {
    const QUOTE: char = '"';

    const INDEX_HAS_SCHEMA: bool = true;

    // SQLite has no limit.
    const LONGEST_NAME: usize = 1000;

    const TABLE_OPTIONS: &'static str = "";

    const ADDS_NOW: bool = false;

    const FORBIDS_NULL: bool = false;

    const READS_NULL: bool = true;

    const CANNOT_ALTER: &'static str = "SQLite changes no columns";

    const RELATION: &'static str = "
        SELECT CASE type WHEN 'virtual' THEN 'virtual table' ELSE type END, '', 'DELETE' FROM pragma_table_list
        WHERE name = $1 COLLATE NOCASE AND ($2 IS NULL OR schema = $2 COLLATE NOCASE)
        ORDER BY schema <> 'temp', schema <> 'main' LIMIT 1";

    // 1 epochs the hidden columns of virtual tables. An `INTEGER PRIMARY KEY` (no other type, not even BIGINT) is an
    // alias of the row number: it has no index, numbers itself and is never NULL. Any other key of an ordinary table
    // may be NULL unless it is declared `NOT NULL`.
    const COLUMNS: &'static str = r#"
        WITH alias AS (
            SELECT max(name) AS name FROM pragma_table_info($1, $2)
            WHERE pk > 0 AND NOT EXISTS (SELECT 1 FROM pragma_index_list($1, $2) WHERE origin = 'pk')
            HAVING count(*) = 1
        )
        SELECT name, type, CASE WHEN "notnull" OR name IN alias THEN 'NO' ELSE 'YES' END,
            CASE WHEN hidden = 0 THEN dflt_value END,
            CASE WHEN hidden = 2 THEN 'virtual' WHEN hidden = 3 THEN 'stored' WHEN name IN alias THEN 'counted' END,
            NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
        FROM pragma_table_xinfo($1, $2) WHERE hidden <> 1 ORDER BY cid"#;

    // The second half is for tables with an `INTEGER PRIMARY KEY`, which have no index for it.
    const INDEXES: &'static str = r#"
        SELECT list.name, CASE WHEN list."unique" THEN 'YES' ELSE 'NO' END,
            CASE WHEN part.coll = 'BINARY' THEN 'YES' ELSE 'NO' END, coalesce(part.name, ''), list.seq, part.seqno
        FROM pragma_index_list($1, $2) AS list, pragma_index_xinfo(list.name, $2) AS part
        WHERE list.partial = 0 AND part.key = 1
        UNION ALL
        SELECT '', 'YES', 'YES', max(name), -1, 0 FROM pragma_table_info($1, $2) WHERE pk > 0 HAVING count(*) = 1
        ORDER BY 5, 6"#;

    const SPECIAL_INDEXES: Option<&'static str> = Some(
        r#"SELECT list.name, object.sql FROM pragma_index_list($1, $2) AS list
            JOIN sqlite_schema AS object ON object.type = 'index' AND object.name = list.name
        WHERE list."unique" AND (list.partial OR EXISTS (SELECT 1 FROM pragma_index_xinfo(list.name, $2) WHERE key AND cid = -2))
        ORDER BY 1"#,
    );

    const SESSION: Option<&'static str> = Some(
        "SELECT 'the database is read-only for this connection (`query_only` is on), so that nobody could sign in'
        FROM pragma_query_only WHERE query_only",
    );

    const NOW: Option<&'static str> = None;
    const MAKER: Option<&'static str> = None;

    const DEPENDENTS: Option<&'static str> = None;

    // A sign-up is tried, with everything that is attached to the table.
    const TRIGGERS: Option<&'static str> = None;

    const OBSTACLES: Option<&'static str> = None;

    fn spelling(sql: &Sql) -> &'static str {
        sql.dollar
    }

    fn column_type(info: &SqliteTypeInfo, _: usize) -> String {
        info.name().to_owned()
    }

    fn counting(ty: &str) -> Option<String> {
        // Whatever integer it is declared as now.
        ty.to_ascii_uppercase().contains("INT").then(|| "INTEGER".to_owned())
    }

    fn bytewise(found: &CatalogueColumn) -> String {
        format!("{} COLLATE BINARY", Self::quote(&found.name))
    }

    fn field_type(found: &CatalogueColumn) -> Option<&'static str> {
        Some(match affinity(&found.ty) {
            "INTEGER" => "i64",
            "TEXT" => "String",
            "BLOB" if !found.ty.is_empty() => "Vec<u8>",
            "REAL" => "f64",
            _ => return None,
        })
    }

    fn harmless_default(_: &CatalogueColumn) -> Option<String> {
        None
    }

    fn is_loose(info: &SqliteTypeInfo) -> bool {
        // Columns hold whatever is put into them; only these types convert it.
        !matches!(info.name(), "TEXT" | "INTEGER" | "REAL" | "BLOB")
    }

    fn text_problem(found: &CatalogueColumn, is_login: bool, _: bool) -> Option<String> {
        let affinity = affinity(&found.ty);
        (is_login && !["TEXT", "BLOB"].contains(&affinity))
            .then(|| format!("is declared `{}`, which SQLite stores as {affinity}, so that `007` becomes 7", found.ty))
    }

    // A new table is needed instead.
    fn change(_: &str, _: &Change<'_>) -> Option<String> {
        None
    }

    fn holds_bytes(found: &CatalogueColumn, _: i64, _: bool) -> bool {
        let ty = found.ty.to_ascii_uppercase();
        !ty.contains("INT") && ["CHAR", "CLOB", "TEXT"].iter().any(|text| ty.contains(text))
    }

    fn holds_numbers(found: &CatalogueColumn) -> bool {
        found.ty.to_ascii_uppercase().contains("INT")
    }

    fn as_text(column: &str, _: &str) -> String {
        format!("CASE typeof({column}) WHEN 'blob' THEN hex({column}) ELSE CAST({column} AS TEXT) END")
    }

    // In hexadecimal, bytes would look like a name.
    fn names_in(column: &str, _: &str) -> String {
        column.to_owned()
    }

    fn from_end_to_end(table: &str) -> String {
        format!("{table} NOT INDEXED")
    }

    fn exact_text(column: &str) -> String {
        format!("{column} COLLATE BINARY")
    }

    fn is_suspect(column: &str, exact: bool) -> String {
        format!("{column} GLOB '*{}*'", suspects(exact))
    }
}

/// What SQLite makes of a declared type (<https://www.sqlite.org/datatype3.html>, §3.1).
fn affinity(ty: &str) -> &'static str {
    let ty = ty.to_ascii_uppercase();
    let has = |parts: &[&str]| parts.iter().any(|part| ty.contains(part));
    match () {
        () if has(&["INT"]) => "INTEGER",
        () if has(&["CHAR", "CLOB", "TEXT"]) => "TEXT",
        () if ty.is_empty() || has(&["BLOB"]) => "BLOB",
        () if has(&["REAL", "FLOA", "DOUB"]) => "REAL",
        () => "NUMERIC",
    }
}
