//! The sequence behind the id, which does not know of rows that were inserted with a number of their own.

use super::catalogue::{QualifiedName, ask};
use super::quoted_table;
use crate::model::schema::Schema;
use crate::store::sql::Dialect;
use crate::store::sql::table_name::audited;

/// Returns what is wrong with the next number. It is a note, because rows are imported while the application runs.
pub(super) async fn taken<DB: Dialect>(
    connection: &mut DB::Connection,
    schema: &Schema,
    place: QualifiedName<'_>,
) -> sqlx::Result<Option<String>> {
    let Some((sequence, next)) = next::<DB>(connection, schema, place).await? else { return Ok(None) };
    let (table, id) = (quoted_table::<DB>(schema), DB::quote(schema.id));
    let query = format!("SELECT COUNT(*) FROM {table} WHERE {id} = {next}");
    let rows = DB::fetch(connection, audited(query), DB::Arguments::default()).await?;
    let is_taken = rows.first().map(|row| DB::integer(row, 0)).transpose()?.unwrap_or(0) > 0;
    // A sign-up in between has used it.
    if !is_taken || self::next::<DB>(connection, schema, place).await? != Some((sequence.clone(), next)) {
        return Ok(None);
    }
    let quoted = sequence.replace('\'', "''");
    Ok(Some(format!(
        "the next number of the sequence {sequence} is {next}, and a row of `{}` has it already, so that sign-ups fail until \
         the sequence is past it: SELECT setval('{quoted}', (SELECT max({id}) FROM {table}));",
        schema.table
    )))
}

/// Returns the sequence that fills the id, and its next number, if we may see it.
async fn next<DB: Dialect>(
    connection: &mut DB::Connection,
    schema: &Schema,
    place: QualifiedName<'_>,
) -> sqlx::Result<Option<(String, i64)>> {
    let Some(query) = DB::NEXT_NUMBERS.filter(|_| !schema.inserted.contains(&schema.id)) else { return Ok(None) };
    for row in ask::<DB>(connection, query, place).await? {
        if DB::text(&row, 0)? == schema.id {
            return Ok(Some((DB::text(&row, 1)?, DB::integer(&row, 2)?)));
        }
    }
    Ok(None)
}
