//! Rows that the user type cannot read for another reason, such as a claim with a value that its type does not know.

use super::RowFindings;
use super::row_queries::{EXAMPLES, RowQueries, TIME_LIMIT, counted, shown, some};
use crate::store::sql::table_name::audited;
use crate::store::sql::{Dialect, SqlRow, SqlUser, read_row};

/// How many rows are read: all of most tables, and enough of a large one to see what another program does to it.
const MOST: usize = 10_000;

/// Reads the first rows as a login does.
pub(super) async fn not_readable<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(
    connection: &mut DB::Connection,
    queries: &RowQueries<'_, DB>,
    rows: &mut RowFindings,
) -> sqlx::Result<()> {
    let schema = queries.schema;
    let columns: Vec<_> = schema.columns.iter().map(|column| DB::quote(column)).collect();
    let (columns, id, name) = (columns.join(", "), queries.id(), DB::quote("auth_check_id"));
    let query = format!("SELECT {columns}, {id} AS {name} FROM {} LIMIT {MOST}", queries.table());
    let mut bad: Vec<(String, i64, Vec<String>)> = Vec::new();
    let place = schema.columns.len();
    DB::each(connection, audited(DB::bounded(query, TIME_LIMIT.as_secs())), |row| {
        let Err(error) = read_row::user::<U, DB>(row) else { return Ok(true) };
        let column = column_of(&error);
        let id = shown::<DB>(row, place);
        match bad.iter_mut().find(|(known, ..)| *known == column) {
            Some((_, count, ids)) => {
                *count += 1;
                if ids.len() <= EXAMPLES {
                    ids.push(id);
                }
            }
            None => bad.push((column, 1, vec![id])),
        }
        Ok(true)
    })
    .await?;
    for (column, count, ids) in bad {
        // Counted before, over all rows and with advice.
        let is_no_text = rows.scans.iter().any(|(index, scan)| {
            scan.has_no_text() && schema.logins.get(*index).is_some_and(|login| login.column == column)
        });
        if is_no_text
            || rows.sentences.iter().any(|(known, _)| *known == column)
            || rows.nulls.iter().any(|(known, nulls, _)| *known == column && *nulls > 0)
        {
            continue;
        }
        let because = if column.is_empty() { String::new() } else { format!(" because of `{column}`") };
        rows.sentences.push((
            "",
            format!(
                "the table `{}` has {} that cannot be read as `{}`{because}, so nobody can sign in with it ({}); that is among the \
                 first {MOST} rows: correct the values, or let the type of the field know them",
                schema.table,
                counted(count),
                schema.name,
                some(schema, &ids),
            ),
        ));
    }
    Ok(())
}

/// Returns the column that an error is about. The rest of its text may repeat the value.
fn column_of(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::ColumnDecode { index, .. } => index.trim_matches('"').to_owned(),
        _ => String::new(),
    }
}
