//! Tables of PostgreSQL.

use sqlx::error::DatabaseError;
use sqlx::postgres::PgTypeInfo;
use sqlx::{Postgres, TypeInfo as _};

use super::column::Filled;
use super::{CatalogueColumn, Change, Ddl, suspects};
use crate::model::schema::Sql;

impl Ddl for Postgres {
    const QUOTE: char = '"';

    const LONGEST_NAME: usize = 63;

    const TABLE_OPTIONS: &'static str = "";

    const ADDS_NOW: bool = true;

    const FORBIDS_NULL: bool = true;

    const READS_NULL: bool = false;

    const CANNOT_ALTER: &'static str = "";

    // `to_regclass` searches like a statement: along the search path if no schema is given.
    const RELATION: &'static str = "
        SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned' WHEN 'f' THEN 'foreign table'
                WHEN 'm' THEN 'materialized view' ELSE 'view' END,
            quote_ident(current_user), CASE WHEN has_table_privilege(oid, 'DELETE') THEN 'DELETE' ELSE '' END
        FROM pg_class
        WHERE oid = to_regclass(coalesce(quote_ident($2) || '.', '') || quote_ident($1))";

    // A domain has its own type, length, default and NOT NULL.
    const COLUMNS: &'static str = "
        SELECT attname::text, format_type(atttypid, atttypmod),
            CASE WHEN attnotnull OR ty.typnotnull THEN 'NO' ELSE 'YES' END,
            CASE WHEN attgenerated = '' THEN coalesce(pg_get_expr(adbin, adrelid), ty.typdefault) END,
            CASE WHEN attgenerated = 's' THEN 'stored' WHEN attgenerated <> '' THEN 'virtual'
                WHEN attidentity = 'a' THEN 'always' WHEN attidentity = 'd' THEN 'counted' END,
            CASE WHEN coalesce(base.typname, ty.typname) IN ('varchar', 'bpchar')
                AND greatest(atttypmod, ty.typtypmod) > 4 THEN (greatest(atttypmod, ty.typtypmod) - 4)::text END,
            coalesce(base.typname, ty.typname)::text, collname::text, NULL::text,
            concat_ws(',', CASE WHEN has_column_privilege(attrelid, attnum, 'SELECT') THEN 'SELECT' END,
                CASE WHEN has_column_privilege(attrelid, attnum, 'INSERT') THEN 'INSERT' END,
                CASE WHEN has_column_privilege(attrelid, attnum, 'UPDATE') THEN 'UPDATE' END),
            (SELECT min(refobjid::regclass::text) FROM pg_depend JOIN pg_class ON pg_class.oid = refobjid
                WHERE classid = 'pg_attrdef'::regclass AND objid = pg_attrdef.oid
                    AND CASE relkind WHEN 'S' THEN NOT has_sequence_privilege(refobjid, 'USAGE, UPDATE') END),
            (SELECT min('acts') FROM pg_depend LEFT JOIN pg_proc ON refclassid = 'pg_proc'::regclass AND pg_proc.oid = refobjid
                    LEFT JOIN pg_language lang ON lang.oid = prolang
                WHERE classid = 'pg_attrdef'::regclass AND objid = pg_attrdef.oid
                    AND (refclassid = 'pg_class'::regclass AND refobjid <> attrelid
                        OR provolatile = 'v' AND lanname NOT IN ('c', 'internal'))),
            (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = atttypid)
        FROM pg_attribute JOIN pg_type ty ON ty.oid = atttypid LEFT JOIN pg_type base ON base.oid = ty.typbasetype
            LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
            LEFT JOIN pg_collation col ON col.oid = attcollation
        WHERE attrelid = to_regclass(coalesce(quote_ident($2) || '.', '') || quote_ident($1))
            AND attnum > 0 AND NOT attisdropped
        ORDER BY attnum";

    // The key 0 is an expression.
    const INDEXES: &'static str = "
        SELECT index.relname::text, CASE WHEN indisunique THEN 'YES' ELSE 'NO' END, 'YES',
            coalesce(attname, '')::text
        FROM pg_index JOIN pg_class index ON index.oid = indexrelid
            CROSS JOIN LATERAL unnest(indkey::int2[]) WITH ORDINALITY AS part (number, place)
            LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = number
        WHERE indrelid = to_regclass(coalesce(quote_ident($2) || '.', '') || quote_ident($1))
            AND indisvalid AND indpred IS NULL AND place <= indnkeyatts
        ORDER BY 1, place";

    const SPECIAL_INDEXES: Option<&'static str> = Some(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
        WHERE indrelid = to_regclass(coalesce(quote_ident($2) || '.', '') || quote_ident($1))
            AND indisunique AND (indpred IS NOT NULL OR indexprs IS NOT NULL) ORDER BY 1",
    );

    const SESSION: Option<&'static str> = Some(
        "SELECT concat('the database is read-only for this connection (',
            CASE WHEN pg_is_in_recovery() THEN 'it is a standby' ELSE '`default_transaction_read_only` is on' END,
            '), so that nobody could sign in: connect to the primary, with an account that may write')
        WHERE current_setting('transaction_read_only') = 'on'",
    );

    const NOW: Option<&'static str> = Some("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint");

    // Without USAGE on any schema of the search path there is no current one.
    const MAKER: Option<&'static str> =
        Some("SELECT quote_ident(current_user), quote_ident(coalesce($1::text, current_schema()::text, 'public'))");

    fn grants(user: &str, place: &str, tables: [&str; 2], denied: &str) -> String {
        let [records, history] = tables;
        if denied.contains("must be owner") {
            return format!("ALTER TABLE {records} OWNER TO {user}; ALTER TABLE {history} OWNER TO {user};");
        }
        if denied.contains("for table") {
            return format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {records}, {history} TO {user};");
        }
        format!("GRANT USAGE, CREATE ON SCHEMA {place} TO {user};")
    }

    const DEPENDENTS: Option<&'static str> = Some(super::postgres_objects::DEPENDENTS);

    const TRIGGERS: Option<&'static str> = Some(super::postgres_objects::TRIGGERS);

    const OBSTACLES: Option<&'static str> = Some(super::postgres_objects::OBSTACLES);

    const NEXT_NUMBERS: Option<&'static str> = Some(super::postgres_objects::NEXT_NUMBERS);

    fn spelling(sql: &Sql) -> &'static str {
        sql.dollar
    }

    fn column_type(info: &PgTypeInfo, _: usize) -> String {
        info.name().to_owned()
    }

    fn counting(ty: &str) -> Option<String> {
        is_integer(ty).then(|| format!("{ty} GENERATED BY DEFAULT AS IDENTITY"))
    }

    fn random_key(ty: &str) -> Option<&'static str> {
        ty.eq_ignore_ascii_case("uuid").then_some("gen_random_uuid()")
    }

    fn bytewise(found: &CatalogueColumn) -> String {
        let name = Self::quote(&found.name);
        if is_text(&found.text) { format!("{name}::text COLLATE \"C\"") } else { name }
    }

    fn field_type(found: &CatalogueColumn) -> Option<&'static str> {
        Some(match found.text.as_str() {
            "bool" => "bool",
            "int2" => "i16",
            "int4" => "i32",
            "int8" => "i64",
            "text" | "varchar" => "String",
            "bytea" => "Vec<u8>",
            "uuid" => "Uuid",
            "timestamptz" => "DateTime<Utc>` or `OffsetDateTime",
            "timestamp" => "NaiveDateTime` or `PrimitiveDateTime",
            "jsonb" | "json" => "sqlx::types::Json<…>",
            _ => return None,
        })
    }

    fn harmless_default(found: &CatalogueColumn) -> Option<String> {
        match found.text.as_str() {
            "timestamptz" | "timestamp" | "date" => Some("CURRENT_TIMESTAMP".to_owned()),
            "uuid" => Some("gen_random_uuid()".to_owned()),
            _ => None,
        }
    }

    fn are_alike(found: &CatalogueColumn, ty: &str) -> bool {
        let both = |is: fn(&str) -> bool| is(&found.text) && is(&ty.to_ascii_lowercase());
        both(is_text) || both(|ty| ["int2", "int4", "int8"].contains(&ty))
    }

    fn is_loose(_: &PgTypeInfo) -> bool {
        false
    }

    fn text_problem(found: &CatalogueColumn, is_login: bool, _: bool) -> Option<String> {
        match found.text.as_str() {
            // Statements compare as text, for which an index on a `citext` column is useless.
            "citext" if is_login => Some(
                "is `citext`, so that each login reads the whole table; logins are stored in lower case anyway".into(),
            ),
            "bpchar" => Some(format!("is `{}`, which fills texts up with blanks", found.ty)),
            _ => None,
        }
    }

    fn change(table: &str, change: &Change<'_>) -> Option<String> {
        let (found, mut actions) = (change.column, Vec::new());
        let mut default = change.default.clone();
        let name = Self::quote(&found.name);
        if change.plain {
            match found.filled {
                Filled::AlwaysCounted => actions.push("SET GENERATED BY DEFAULT".to_owned()),
                Filled::Virtual => {
                    let ty = change.ty.as_ref().unwrap_or(&found.ty);
                    return Some(format!("ALTER TABLE {table} DROP COLUMN {name}, ADD COLUMN {name} {ty};"));
                }
                _ => actions.push("DROP EXPRESSION".to_owned()),
            }
        }
        match &change.ty {
            Some(ty) if ty == "TEXT" && is_text(&found.text) => {
                actions.push(format!("TYPE {ty}"));
            }
            // By way of text, they would be read in the time zone of whoever runs the statement.
            Some(ty) if is_other_time(&found.text, ty) => {
                if let Some(old) = found.default.as_ref() {
                    actions.push("DROP DEFAULT".to_owned());
                    default.get_or_insert_with(|| default_time(old));
                }
                let zone = "AT TIME ZONE 'UTC' /* the zone in which the times were stored */";
                actions.push(format!("TYPE {ty} USING {name} {zone}"));
            }
            // A default is not converted along with the values.
            Some(ty) => {
                if let Some(old) = found.default.as_ref() {
                    actions.push("DROP DEFAULT".to_owned());
                    // A plain literal, or the default would depend on the old type for ever.
                    default.get_or_insert_with(|| literal(old).unwrap_or_else(|| format!("({old})::text::{ty}")));
                }
                actions.push(format!("TYPE {ty} USING {name}::text::{ty}"));
            }
            None => {}
        }
        actions.extend(default.map(|default| format!("SET DEFAULT {default}")));
        actions.extend(change.nullable.map(|nullable| format!("{} NOT NULL", if nullable { "DROP" } else { "SET" })));
        actions.extend(change.counted.then(|| "ADD GENERATED BY DEFAULT AS IDENTITY".to_owned()));
        if actions.is_empty() {
            return None;
        }
        let actions: Vec<_> = actions.iter().map(|action| format!("ALTER COLUMN {name} {action}")).collect();
        // The sequence would start at 1, whatever rows there are.
        let sequence =
            format!("pg_get_serial_sequence('{}', '{}')", table.replace('\'', "''"), found.name.replace('\'', "''"));
        let count = format!(" SELECT setval({sequence}, coalesce(max({name}), 0) + 1, FALSE) FROM {table};");
        let count = if change.counted { count } else { String::new() };
        Some(format!("ALTER TABLE {table} {};{count}", actions.join(", ")))
    }

    fn holds_bytes(found: &CatalogueColumn, least: i64, compared: bool) -> bool {
        let is_text = ["text", "varchar"].contains(&found.text.as_str());
        let is_bytewise = ["C", "POSIX", "ucs_basic", "C.UTF-8", "C.utf8"].contains(&found.collation.as_str());
        is_text && found.length.is_none_or(|length| length >= least) && (is_bytewise || !compared)
    }

    fn holds_numbers(found: &CatalogueColumn) -> bool {
        found.text == "int8"
    }

    fn as_text(column: &str, _: &str) -> String {
        format!("{column}::text")
    }

    fn from_end_to_end(table: &str) -> String {
        table.to_owned()
    }

    // Set for a transaction, so that it ends with it, whatever the connection is used for next. Without it, the server
    // would take long to notice that nobody waits any more.
    const BOUND: Option<[&'static str; 3]> =
        Some(["BEGIN READ ONLY", "SET LOCAL statement_timeout = '{}s'", "ROLLBACK"]);

    fn is_out_of_time(error: &dyn DatabaseError) -> bool {
        error.code().is_some_and(|code| code == "57014")
    }

    fn exact_text(column: &str) -> String {
        format!("{column}::text COLLATE \"C\"")
    }

    fn is_suspect(column: &str, exact: bool) -> String {
        format!("{} ~ '{}'", Self::exact_text(column), suspects(exact))
    }
}

fn is_text(ty: &str) -> bool {
    ["text", "varchar", "bpchar", "citext"].contains(&ty)
}

/// Whether one of the types is a time with a zone, and the other one without.
fn is_other_time(from: &str, to: &str) -> bool {
    matches!((from, &*to.to_ascii_lowercase()), ("timestamp", "timestamptz") | ("timestamptz", "timestamp"))
}

/// Returns a default of the other type of time. Whatever else it was, it stored a time in the same zone as the rows.
fn default_time(old: &str) -> String {
    let is_now = ["CURRENT_TIMESTAMP", "now()", "LOCALTIMESTAMP", "transaction_timestamp()"];
    if is_now.iter().any(|now| old.eq_ignore_ascii_case(now)) {
        "CURRENT_TIMESTAMP".to_owned()
    } else {
        format!("({old}) AT TIME ZONE 'UTC'")
    }
}

/// Returns the text in `'USER'::"Role"`, quoted, without the type.
fn literal(default: &str) -> Option<String> {
    let (text, ty) = default.rsplit_once("'::")?;
    let is_one = text.starts_with('\'') && !text.get(1..)?.replace("''", "").contains('\'');
    (is_one && !ty.contains(['\'', '(', ' '])).then(|| format!("{text}'"))
}

/// As spelled by the database or by sqlx.
fn is_integer(ty: &str) -> bool {
    ["INT2", "INT4", "INT8", "smallint", "integer", "bigint"].contains(&ty)
}
