//! A trial on MySQL and MariaDB: a temporary copy, which hides nothing and does not end a transaction.

use sqlx::MySql;
use sqlx::error::DatabaseError;
use sqlx::mysql::MySqlDatabaseError;

use super::trial::{Copy, Rehearsal};
use super::{CatalogueColumn, Ddl as _};

const NAME: &str = "auth_check";

impl Rehearsal for MySql {
    const COPIES_IN_TRANSACTION: bool = false;

    const REOPEN: Option<&'static str> = None;

    const NEWEST: &'static str = "TRUE";

    // MariaDB tells the table of a constraint, MySQL does not need to: there, names belong to a database.
    const CHECKS: &'static str = "
        SELECT checks.constraint_name, checks.check_clause, ''
        FROM information_schema.table_constraints AS tab JOIN information_schema.check_constraints AS checks
            ON checks.constraint_schema = tab.constraint_schema AND checks.constraint_name = tab.constraint_name
        WHERE tab.table_name = ? AND tab.table_schema = COALESCE(?, DATABASE()) AND tab.constraint_type = 'CHECK'";

    const REFERENCES: &'static str = "
        SELECT constraint_name, MIN(column_name), MIN(CONCAT('`', referenced_table_schema, '`.`', referenced_table_name, '`')),
            MIN(referenced_column_name)
        FROM information_schema.key_column_usage
        WHERE table_name = ? AND table_schema = COALESCE(?, DATABASE()) AND referenced_table_name IS NOT NULL
        GROUP BY constraint_name HAVING COUNT(*) = 1";

    const TRANSACTIONAL: Option<&'static str> = Some(
        "SELECT 1 FROM information_schema.tables JOIN information_schema.engines ON engines.engine = tables.engine
        WHERE table_name = ? AND table_schema = COALESCE(?, DATABASE()) AND engines.transactions = 'YES'",
    );

    fn copy(original: &str, schema: Option<&str>, found: &[CatalogueColumn]) -> Copy {
        let name = schema.map_or(String::new(), |schema| Self::quote(schema) + ".") + &Self::quote(NAME);
        let acting = found.iter().filter(|column| column.default_acts);
        let plain =
            acting.map(|column| format!("ALTER TABLE {name} ALTER COLUMN {} SET DEFAULT 1", Self::quote(&column.name)));
        let make = [format!("CREATE TEMPORARY TABLE {name} LIKE {original}")].into_iter().chain(plain).collect();
        let drop = vec![format!("DROP TEMPORARY TABLE IF EXISTS {name}")];
        Copy { name, make, drop }
    }

    fn drop_check(copy: &str, name: &str) -> Option<String> {
        Some(format!("ALTER TABLE {copy} DROP CONSTRAINT {}", Self::quote(name)))
    }

    fn violated_check(error: &dyn DatabaseError) -> Option<String> {
        let message = error.message();
        match number(error) {
            // "CONSTRAINT `name` failed for `db`.`table`", or `table.column`
            4025 => {
                let name = message.split('`').nth(1)?;
                name.rsplit('.').next().map(str::to_owned)
            }
            // "Check constraint 'name' is violated."
            3819 => message.split('\'').nth(1).map(str::to_owned),
            _ => None,
        }
    }

    fn violated_key(error: &dyn DatabaseError) -> Option<String> {
        let (_, key) = error.message().rsplit_once(" for key '")?;
        key.strip_suffix('\'')?.rsplit('.').next().map(str::to_owned)
    }

    fn is_about_statement(error: &dyn DatabaseError) -> bool {
        error.code().is_some_and(|code| code.starts_with("42"))
    }

    fn is_by_trigger(error: &dyn DatabaseError) -> bool {
        error.code().is_some_and(|code| code == "45000")
    }

    fn takes_no_writes(error: &dyn DatabaseError) -> bool {
        [1290, 1836, 1792].contains(&number(error))
    }

    fn add_labels(found: &CatalogueColumn, labels: &[&str]) -> Option<Result<String, String>> {
        let ty = found.ty.strip_prefix("enum(")?;
        let end = ty.rfind("')")?;
        let (before, after) = ty.split_at_checked(end + 1)?;
        let plain = |label: &&&str| label.chars().all(|c| c != '\'' && c != '\\');
        let more: Vec<_> = labels.iter().filter(plain).map(|label| format!(",'{label}'")).collect();
        Some(Err(format!("enum({before}{}{after}", more.concat())))
    }
}

fn number(error: &dyn DatabaseError) -> u16 {
    error.try_downcast_ref::<MySqlDatabaseError>().map_or(0, MySqlDatabaseError::number)
}
