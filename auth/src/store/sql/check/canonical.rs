//! Logins that were stored in a form nobody types.

use super::quoted_table;
use crate::canonical::canonical_login;
use crate::schema::{Login, Schema, Sql};
use crate::store::sql::Dialect;
use crate::store::sql::table::audited;

/// How many rows a sentence gives as examples.
const EXAMPLES: usize = 5;
/// How many rows are looked at in one query.
const PAGE: usize = 1000;

/// Rows that nobody could sign in with, because what is typed is brought into canonical form and then not found.
///
/// The database looks for blanks and ASCII capitals itself; what is not ASCII comes here, page by page, since no
/// database knows NFKC the way we do. Sentences name rows by id; logins are personal data and stay out of logs.
pub(super) async fn not_canonical<DB: Dialect>(
    connection: &mut DB::Connection,
    schema: &Schema,
    login: &Login,
    id_type: &str,
) -> sqlx::Result<Option<String>> {
    let (table, column) = (quoted_table::<DB>(schema), DB::quote(login.column));
    let id = DB::as_text(&DB::quote(schema.id), id_type);
    let unfolded = DB::is_unfolded(&column, login.exact);
    let query = format!("SELECT {id} FROM {table} WHERE {unfolded} LIMIT {}", EXAMPLES + 1);
    let rows = DB::fetch(connection, audited(query), DB::Arguments::default()).await?;
    let mut found: Vec<String> = rows.iter().map(|row| DB::text(row, 0)).collect::<Result<_, _>>()?;

    let parameter = DB::spelling(&Sql { dollar: "$1", question: "?" });
    let not_ascii = DB::is_not_ascii(&column);
    let mut after = String::new();
    while found.len() <= EXAMPLES {
        let mut args = DB::Arguments::default();
        DB::bind_text(&mut args, Some(&after)).map_err(sqlx::Error::Encode)?;
        let query = format!(
            "SELECT {id}, {column} FROM {table} WHERE {not_ascii} AND {column} > {parameter} ORDER BY {column} LIMIT {PAGE}"
        );
        let rows = DB::fetch(connection, audited(query), args).await?;
        for row in &rows {
            let (id, text) = (DB::text(row, 0)?, DB::text(row, 1)?);
            if canonical_login(&text, login.exact) != text && !found.contains(&id) {
                found.push(id);
            }
            after = text;
        }
        if rows.len() < PAGE {
            break;
        }
    }
    found.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    Ok((!found.is_empty()).then(|| sentence(schema, login, &found)))
}

fn sentence(schema: &Schema, login: &Login, found: &[String]) -> String {
    let Login { column, exact, .. } = *login;
    let examples: Vec<_> = found.iter().take(EXAMPLES).map(String::as_str).collect();
    let more = if found.len() > EXAMPLES { " and more" } else { "" };
    let form = if exact { "trimmed" } else { "trimmed, in NFKC, in lower case" };
    let way_out = if exact { "" } else { ", or declare the field `#[auth(login(exact))]`" };
    format!(
        "the table `{table}` has rows whose `{column}` is not in canonical form, so nobody can sign in with it \
         (`{id}` {examples}{more}): store it {form}{way_out}",
        table = schema.table,
        id = schema.id,
        examples = examples.join(", "),
    )
}
