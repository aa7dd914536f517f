//! What can be seen at start-up to be wrong with the tables (promise 11), one sentence each, with the statement that
//! would set it right.

mod canonical;
mod columns;
mod nearest;

use sqlx::SqlSafeStr;

use super::probe::Column;
use super::table::TableName;
use super::{Dialect, migrations};
use crate::schema::{Login, Schema};

/// A column that there is.
struct Found {
    name: String,
    /// In the words of the database.
    ty: String,
    nullable: bool,
}

/// What is wrong with the user table.
pub(super) async fn problems<DB: Dialect>(
    connection: &mut DB::Connection,
    schema: &Schema,
    wanted: &[Column<DB>],
) -> sqlx::Result<Vec<String>> {
    let found = found::<DB>(connection, split(schema.table)).await?;
    if found.is_empty() {
        return Ok(vec![columns::no_table(schema, wanted)]);
    }
    let mut problems = columns::missing(schema, wanted, &found);
    let wrong = columns::wrong_types::<DB>(connection, schema, wanted, &found).await?;
    let is_wrong = |name: &str| wrong.iter().any(|(wrong, _)| *wrong == name);
    problems.extend(wrong.iter().map(|(_, problem)| problem.clone()));
    problems.extend(columns::nullable::<DB>(connection, schema, wanted, &found).await?);

    let unique = unique::<DB>(connection, split(schema.table)).await?;
    for login in schema.logins.iter().filter(|login| find(&found, login.column).is_some()) {
        if !unique.iter().any(|name| name == login.column) {
            problems.push(not_unique::<DB>(schema, login));
        }
        // Without the id there is nothing to name a row by, and what is not text has no form; that is reported already.
        if let Some(id) = find(&found, schema.id).filter(|_| !is_wrong(login.column)) {
            problems.extend(canonical::not_canonical::<DB>(connection, schema, login, &id.ty).await?);
        }
    }
    Ok(problems)
}

/// What is wrong with our own table. Before `build()` makes it, it may be missing.
pub(super) async fn own_table<DB: Dialect>(
    connection: &mut DB::Connection,
    table: &TableName,
    may_be_missing: bool,
) -> sqlx::Result<Vec<String>> {
    const COLUMNS: [&str; 7] = ["kind", "record_key", "owner", "value", "version", "expires_at", "changed_at"];
    let found = found::<DB>(connection, (table.schema(), table.name())).await?;
    let text = migrations::text::<DB>(table);
    if found.is_empty() {
        let problem = format!("there is no table `{}`, and `build()` is told to make none:\n{text}", table.plain());
        return Ok(if may_be_missing { Vec::new() } else { vec![problem] });
    }
    let missing: Vec<_> = COLUMNS.into_iter().filter(|name| find(&found, name).is_none()).collect();
    let problem = || {
        let missing = missing.join("`, `");
        format!("the table `{}` is not as we make it: it has no `{missing}`; it should be\n{text}", table.plain())
    };
    Ok(if missing.is_empty() { Vec::new() } else { vec![problem()] })
}

/// Names are compared exactly, as sqlx compares them when it reads a row.
fn find<'a>(found: &'a [Found], name: &str) -> Option<&'a Found> {
    found.iter().find(|column| column.name == name)
}

async fn found<DB: Dialect>(connection: &mut DB::Connection, table: (Option<&str>, &str)) -> sqlx::Result<Vec<Found>> {
    let rows = catalogue::<DB>(connection, DB::COLUMNS, table).await?;
    let column = |row: &DB::Row| {
        Ok(Found { name: DB::text(row, 0)?, ty: DB::text(row, 1)?, nullable: DB::text(row, 2)? == "YES" })
    };
    rows.iter().map(column).collect()
}

async fn unique<DB: Dialect>(
    connection: &mut DB::Connection,
    table: (Option<&str>, &str),
) -> sqlx::Result<Vec<String>> {
    let rows = catalogue::<DB>(connection, DB::UNIQUE_COLUMNS, table).await?;
    rows.iter().map(|row| DB::text(row, 0)).collect()
}

async fn catalogue<DB: Dialect>(
    connection: &mut DB::Connection,
    sql: &'static str,
    (schema, table): (Option<&str>, &str),
) -> sqlx::Result<Vec<DB::Row>> {
    let mut args = DB::Arguments::default();
    DB::bind_text(&mut args, Some(table)).map_err(sqlx::Error::Encode)?;
    DB::bind_text(&mut args, schema).map_err(sqlx::Error::Encode)?;
    DB::fetch(connection, sql.into_sql_str(), args).await
}

fn not_unique<DB: Dialect>(schema: &Schema, login: &Login) -> String {
    let (namespace, table) = split(schema.table);
    format!(
        "the login column `{}.{}` has no unique index of its own, so two people could have one login: {}",
        schema.table,
        login.column,
        DB::unique_index(namespace, table, login.column),
    )
}

/// `app.users` is the table `users` in `app`. What comes before the schema (`database.app.users`) can only be the current
/// database.
fn split(table: &str) -> (Option<&str>, &str) {
    match table.rsplit_once('.') {
        Some((schema, table)) => (schema.rsplit('.').next(), table),
        None => (None, table),
    }
}

fn quoted_table<DB: Dialect>(schema: &Schema) -> String {
    schema.table.split('.').map(DB::quote).collect::<Vec<_>>().join(".")
}
