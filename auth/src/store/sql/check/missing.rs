//! Missing tables and columns, and the statements that create them.

use super::super::ddl::{CatalogueColumn, Change, Ddl, index_name};
use super::catalogue::{QualifiedName, find};
use super::expected::{CHOOSE_VALUE, ExpectedColumn, NOW};
use super::quoted_table;
use super::suggest::renamed;
use crate::model::schema::Schema;
use crate::store::sql::Dialect;

/// Describes a missing table and how to create it.
pub(super) fn table<DB: Dialect>(schema: &Schema, expected: &[ExpectedColumn<DB>]) -> String {
    let sentence = format!("there is no table `{}` for `{}`: create it first", schema.table, schema.name);
    let ordered = schema.columns.iter().filter_map(|name| expected.iter().find(|column| column.name == *name));
    let columns: Option<Vec<_>> = ordered.map(ExpectedColumn::definition).collect();
    // If a type is not known, the author of the field knows better what the table should look like.
    columns.map_or(sentence.clone(), |columns| {
        let (table, columns, options) = (quoted_table::<DB>(schema), columns.join(", "), DB::TABLE_OPTIONS);
        format!("{sentence}, for example with: CREATE TABLE {table} ({columns}){options};")
    })
}

/// Describes the missing columns.
pub(super) fn columns<DB: Dialect>(
    schema: &Schema,
    place: QualifiedName<'_>,
    expected: &[ExpectedColumn<DB>],
    found: &[CatalogueColumn],
    has_rows: bool,
) -> Vec<String> {
    let spare = spare(schema, found);
    let missing = || expected.iter().filter(|column| find(found, column.name).is_none());
    let taken: Vec<_> = missing().filter_map(|column| renamed(column.name, &column.kind(), &spare)).collect();
    let rest: Vec<_> = spare.iter().copied().filter(|name| !taken.contains(name)).take(FEW).collect();
    let sentence = |column: &ExpectedColumn<DB>| {
        let name = column.name;
        // In a table that exists, the reason is nearly always the name.
        let hint = match renamed(name, &column.kind(), &spare) {
            Some(near) => format!(
                "; there is `{near}`: if that is the one, say `#[sqlx(rename = \"{near}\")]` on the field, else add it"
            ),
            None if rest.is_empty() => String::new(),
            None => format!(
                "; if it has another name there (`{}`), say `#[sqlx(rename = \"…\")]` on the field, else add it",
                rest.join("`, `")
            ),
        };
        let add = column.preferred().map(|ty| added(&quoted_table::<DB>(schema), place, column, &ty, has_rows));
        let add = add.map_or(String::new(), |add| format!(": {add}"));
        format!("the table `{}` has no column `{name}`{hint}{add}", schema.table)
    };
    missing().map(sentence).collect()
}

/// How many columns without a field are listed.
const FEW: usize = 6;

/// Returns the columns without a field.
fn spare<'a>(schema: &Schema, found: &'a [CatalogueColumn]) -> Vec<&'a str> {
    let names = found.iter().map(|column| column.name.as_str());
    names.filter(|name| !schema.columns.contains(name)).collect()
}

/// Returns the missing column that a column without a field may be.
pub(super) fn may_be<DB: Dialect>(
    schema: &Schema,
    expected: &[ExpectedColumn<DB>],
    found: &[CatalogueColumn],
    name: &str,
) -> Option<&'static str> {
    let spare = spare(schema, found);
    let mut missing = expected.iter().filter(|column| find(found, column.name).is_none());
    missing.find(|column| renamed(column.name, &column.kind(), &spare) == Some(name)).map(|column| column.name)
}

/// Returns the statements that add a column. If the table has rows and the column must have a value, only the
/// application knows which, so the column is first added as nullable.
fn added<DB: Dialect>(
    table: &str,
    place: QualifiedName<'_>,
    column: &ExpectedColumn<DB>,
    ty: &str,
    has_rows: bool,
) -> String {
    let (schema, plain) = place;
    let name = DB::quote(column.name);
    if column.is_id() {
        let definition = column.definition().unwrap_or_default();
        return format!("ALTER TABLE {table} ADD COLUMN {definition};");
    }
    let default = column.default_clause();
    let fill = has_rows && !column.may_be_null() && default.is_empty();
    let null = <DB as Ddl>::null(ty, column.may_be_null() || fill);
    let default = if has_rows && !DB::ADDS_NOW && column.default == Some(NOW) {
        " DEFAULT '1970-01-01 00:00:00' /* SQLite takes no CURRENT_TIMESTAMP here while there are rows */".to_owned()
    } else {
        default
    };
    let mut statements = vec![format!("ALTER TABLE {table} ADD COLUMN {name} {ty}{null}{default};")];
    if fill {
        statements.push(format!("UPDATE {table} SET {name} = {CHOOSE_VALUE};"));
        let there = CatalogueColumn::plain(column.name, ty);
        let forbid = DB::change(table, &Change { nullable: Some(false), ..Change::of(&there) });
        statements.extend(forbid);
    }
    if column.is_login() {
        let index = index_name::<DB>(plain, column.name);
        statements.push(DB::unique_index(schema, plain, &index, &[column.name]));
    }
    statements.join(" ")
}
