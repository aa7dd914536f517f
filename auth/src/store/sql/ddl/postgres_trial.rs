//! A trial on PostgreSQL: a temporary copy that is gone with its transaction.

use sqlx::Postgres;
use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;

use super::trial::{Copy, Rehearsal};
use super::{CatalogueColumn, Ddl as _};

const NAME: &str = "pg_temp.auth_check";

impl Rehearsal for Postgres {
    const COPIES_IN_TRANSACTION: bool = true;

    const REOPEN: Option<&'static str> = None;

    const NEWEST: &'static str = "TRUE";

    // The constraints of domains speak of a VALUE.
    const CHECKS: &'static str = r"
        SELECT conname::text, regexp_replace(pg_get_constraintdef(oid), '^CHECK \((.*)\)( NOT VALID)?$', '\1'), ''
        FROM pg_constraint
        WHERE conrelid = to_regclass(coalesce(quote_ident($2) || '.', '') || quote_ident($1)) AND contype = 'c'
        UNION ALL
        SELECT conname::text, regexp_replace(pg_get_constraintdef(con.oid), '^CHECK \((.*)\)( NOT VALID)?$', '\1'),
            string_agg(attname, ',')
        FROM pg_constraint con JOIN pg_attribute ON atttypid = contypid
        WHERE attrelid = to_regclass(coalesce(quote_ident($2) || '.', '') || quote_ident($1)) AND contype = 'c' AND contypid <> 0
        GROUP BY con.oid, conname";

    const REFERENCES: &'static str = "
        SELECT conname::text, mine.attname::text, confrelid::regclass::text, theirs.attname::text
        FROM pg_constraint JOIN pg_attribute mine ON mine.attrelid = conrelid AND mine.attnum = conkey[1]
            JOIN pg_attribute theirs ON theirs.attrelid = confrelid AND theirs.attnum = confkey[1]
        WHERE conrelid = to_regclass(coalesce(quote_ident($2) || '.', '') || quote_ident($1)) AND contype = 'f'
            AND cardinality(conkey) = 1 AND has_table_privilege(confrelid, 'SELECT')";

    const TRANSACTIONAL: Option<&'static str> = None;

    // Without the defaults that count or call functions: a number that they take stays taken.
    fn copy(original: &str, _: Option<&str>, found: &[CatalogueColumn]) -> Copy {
        let like = "INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING GENERATED INCLUDING IDENTITY INCLUDING INDEXES";
        let mut make = vec![
            "SELECT set_config('statement_timeout', '2000', TRUE), set_config('lock_timeout', '500', TRUE)".to_owned(),
            format!("CREATE TEMPORARY TABLE {NAME} (LIKE {original} {like}) ON COMMIT DROP"),
        ];
        let acting = found.iter().filter(|column| column.default_acts);
        let actions: Vec<_> = acting
            .map(|column| {
                let name = Self::quote(&column.name);
                if ["int2", "int4", "int8", "numeric"].contains(&column.text.as_str()) {
                    format!("ALTER COLUMN {name} SET DEFAULT 1")
                } else {
                    format!("ALTER COLUMN {name} DROP DEFAULT, ALTER COLUMN {name} DROP NOT NULL")
                }
            })
            .collect();
        if !actions.is_empty() {
            make.push(format!("ALTER TABLE {NAME} {}", actions.join(", ")));
        }
        Copy { name: NAME.to_owned(), make, drop: Vec::new() }
    }

    fn drop_check(copy: &str, name: &str) -> Option<String> {
        Some(format!("ALTER TABLE {copy} DROP CONSTRAINT {}", Self::quote(name)))
    }

    fn violated_check(error: &dyn DatabaseError) -> Option<String> {
        let is_check = error.code().is_some_and(|code| code == "23514");
        error.constraint().filter(|_| is_check).map(str::to_owned)
    }

    fn violated_key(error: &dyn DatabaseError) -> Option<String> {
        // "Key (email)=(ann) already exists."
        let detail = error.try_downcast_ref::<PgDatabaseError>()?.detail()?;
        let (_, rest) = detail.split_once('(')?;
        rest.split_once(")=(").map(|(columns, _)| columns.to_owned())
    }

    fn is_about_statement(error: &dyn DatabaseError) -> bool {
        error.code().is_some_and(|code| code.starts_with("42"))
    }

    fn is_by_trigger(error: &dyn DatabaseError) -> bool {
        error.code().is_some_and(|code| code == "P0001")
    }

    fn takes_no_writes(error: &dyn DatabaseError) -> bool {
        error.code().is_some_and(|code| code == "25006")
    }

    fn missing_label(error: &dyn DatabaseError) -> Option<String> {
        // `invalid input value for enum hr.job_kind: "nurse"`
        let message = error.message();
        let is_label = error.code().is_some_and(|code| code == "22P02") && message.contains("enum");
        message.rsplit('"').nth(1).filter(|_| is_label).map(str::to_owned)
    }

    fn add_labels(found: &CatalogueColumn, labels: &[&str]) -> Option<Result<String, String>> {
        found.labels.as_ref()?;
        let add = |label: &&str| format!("ALTER TYPE {} ADD VALUE '{}';", found.ty, label.replace('\'', "''"));
        Some(Ok(labels.iter().map(add).collect::<Vec<_>>().join(" ")))
    }
}
