//! Columns that are missing, of a type the field cannot have, or NULL where the field cannot be.

use super::nearest::nearest;
use super::{Found, find, quoted_table};
use crate::schema::Schema;
use crate::store::sql::Dialect;
use crate::store::sql::probe::{Column, ColumnType};
use crate::store::sql::table::audited;

/// The table is not there: how it could be made.
pub(super) fn no_table<DB: Dialect>(schema: &Schema, wanted: &[Column<DB>]) -> String {
    let sentence = format!("there is no table `{}` for `{}`: create it first", schema.table, schema.name);
    let columns: Option<Vec<_>> = schema.columns.iter().map(|name| definition(schema, wanted, name)).collect();
    // Where a type is not known, whoever wrote the field knows better what the table is like.
    columns.map_or(sentence.clone(), |columns| {
        format!("{sentence}, for example with: CREATE TABLE {} ({});", quoted_table::<DB>(schema), columns.join(", "))
    })
}

pub(super) fn missing<DB: Dialect>(schema: &Schema, wanted: &[Column<DB>], found: &[Found]) -> Vec<String> {
    let mut missing: Vec<&str> = Vec::new();
    let logins = schema.logins.iter().map(|login| login.column);
    for name in std::iter::once(schema.id).chain(logins).chain(schema.password).chain(schema.columns.iter().copied()) {
        if !missing.contains(&name) && find(found, name).is_none() {
            missing.push(name);
        }
    }
    let names = found.iter().map(|column| &column.name);
    let spare: Vec<_> = names.filter(|name| !schema.columns.contains(&name.as_str())).cloned().collect();
    let sentence = |name: &str| {
        let hint = nearest(name, &spare).map_or(String::new(), |near| {
            format!(
                "; there is `{near}`: if that is the one, say `#[sqlx(rename = \"{near}\")]` on the field, else add it"
            )
        });
        let add = known(wanted, name).map_or(String::new(), |ty| {
            format!(": ALTER TABLE {} ADD COLUMN {};", quoted_table::<DB>(schema), added(schema, name, ty))
        });
        format!("the table `{}` has no column `{name}`{hint}{add}", schema.table)
    };
    missing.into_iter().map(sentence).collect()
}

/// Asks for the types that reading a row would meet, and judges them as sqlx would. Answers the columns, and what to say.
pub(super) async fn wrong_types<DB: Dialect>(
    connection: &mut DB::Connection,
    schema: &Schema,
    wanted: &[Column<DB>],
    found: &[Found],
) -> sqlx::Result<Vec<(&'static str, String)>> {
    let both = wanted.iter().filter_map(|column| Some((column.name, column.ty.as_ref()?, find(found, column.name)?)));
    let both: Vec<_> = both.collect();
    if both.is_empty() {
        return Ok(Vec::new());
    }
    let table = quoted_table::<DB>(schema);
    let names: Vec<_> = both.iter().map(|(name, ..)| DB::quote(name)).collect();
    let types = DB::types(connection, audited(format!("SELECT {} FROM {table}", names.join(", ")))).await?;
    let mut problems = Vec::new();
    for ((name, ty, found), actual) in both.into_iter().zip(&types) {
        if DB::is_loose(actual) || (ty.is_compatible)(actual) {
            continue;
        }
        let preferred = DB::column_type(&ty.preferred);
        let change = DB::change_type(&table, &DB::quote(name), &preferred, ty.nullable, name == schema.id);
        let problem = format!(
            "the column `{}.{name}` is of the type `{}`, which the field cannot be; it needs `{preferred}`: {}",
            schema.table,
            found.ty,
            change.unwrap_or_else(|| "this database cannot change it, so make the table anew".to_owned()),
        );
        problems.push((name, problem));
    }
    Ok(problems)
}

pub(super) async fn nullable<DB: Dialect>(
    connection: &mut DB::Connection,
    schema: &Schema,
    wanted: &[Column<DB>],
    found: &[Found],
) -> sqlx::Result<Vec<String>> {
    let table = quoted_table::<DB>(schema);
    let mut problems = Vec::new();
    for column in wanted.iter().filter(|column| column.ty.as_ref().is_some_and(|ty| !ty.nullable)) {
        let name = column.name;
        let Some(found) = find(found, name).filter(|found| found.nullable) else { continue };
        let quoted = DB::quote(name);
        let at = format!("the column `{}.{name}`", schema.table);
        if let Some(forbid) = DB::forbid_null(&table, &quoted, &found.ty) {
            problems.push(format!("{at} may be NULL, and the field is no `Option`: {forbid}"));
            continue;
        }
        // Where that could not be changed, only rows count.
        let query = format!("SELECT 1 FROM {table} WHERE {quoted} IS NULL LIMIT 1");
        if !DB::fetch(connection, audited(query), DB::Arguments::default()).await?.is_empty() {
            problems.push(format!("{at} is NULL in some rows, and the field is no `Option`: give them a value"));
        }
    }
    Ok(problems)
}

fn known<'a, DB: Dialect>(wanted: &'a [Column<DB>], name: &str) -> Option<&'a ColumnType<DB>> {
    wanted.iter().find(|column| column.name == name)?.ty.as_ref()
}

/// A column of a new table.
fn definition<DB: Dialect>(schema: &Schema, wanted: &[Column<DB>], name: &str) -> Option<String> {
    let ty = known(wanted, name)?;
    if name == schema.id {
        let written = DB::column_type(&ty.preferred);
        return Some(format!("{} {} PRIMARY KEY", DB::quote(name), DB::counting(&written).unwrap_or(written)));
    }
    let null = if ty.nullable { "" } else { " NOT NULL" };
    let unique = if schema.logins.iter().any(|login| login.column == name) { " UNIQUE" } else { "" };
    let default = default(schema, name, ty);
    Some(format!("{} {}{null}{default}{unique}", DB::quote(name), DB::column_type(&ty.preferred)))
}

/// A column of a table that may have rows: one that must have a value needs one for them, and which, only the
/// application knows, except whether an account is switched on.
fn added<DB: Dialect>(schema: &Schema, name: &str, ty: &ColumnType<DB>) -> String {
    let default = default(schema, name, ty);
    let null = if ty.nullable || (default.is_empty() && !DB::ADDS_NOT_NULL) { "" } else { " NOT NULL" };
    format!("{} {}{null}{default}", DB::quote(name), DB::column_type(&ty.preferred))
}

fn default<DB: Dialect>(schema: &Schema, name: &str, ty: &ColumnType<DB>) -> &'static str {
    let is_bool = DB::column_type(&ty.preferred).starts_with("BOOL");
    let switches_on = |sql: crate::Sql| sql.dollar.contains(&format!("SET \"{name}\" = TRUE "));
    match (is_bool && !ty.nullable, schema.sql.enable.is_some_and(switches_on)) {
        (true, true) => " DEFAULT TRUE",
        (true, false) => " DEFAULT FALSE",
        _ => "",
    }
}
