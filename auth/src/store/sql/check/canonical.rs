//! Stored logins that are not in canonical form.

use super::quoted_table;
use crate::canonical::is_found;
use crate::schema::{Login, Schema};
use crate::store::sql::Dialect;
use crate::store::sql::table::audited;

/// How many rows a problem gives as examples.
const EXAMPLES: usize = 5;
/// How many suspect rows the first query returns. Most tables have fewer.
const FEW: usize = 1000;

/// Finds rows that nobody could sign in with, because a typed login is brought into canonical form and then not found.
///
/// The database selects rows with characters that may be wrong, and those are judged here, since no database implements
/// NFKC exactly as we do. The table is read sequentially in storage order; reading it in the order of the logins would
/// be a random access per row. Problems name rows by id; logins are personal data and stay out of logs.
pub(super) async fn not_canonical<DB: Dialect>(
    connection: &mut DB::Connection,
    schema: &Schema,
    login: &Login,
    id_type: &str,
    seconds: u64,
) -> sqlx::Result<Option<String>> {
    let (table, column) = (DB::from_end_to_end(&quoted_table::<DB>(schema)), DB::quote(login.column));
    let id = DB::as_text(&DB::quote(schema.id), id_type);
    let suspects = format!("SELECT {id}, {column} FROM {table} WHERE {}", DB::is_suspect(&column, login.exact));
    let mut found: Vec<String> = Vec::new();
    let mut judge = |row: &DB::Row| {
        let (id, text) = (DB::text(row, 0)?, DB::text(row, 1)?);
        if !is_found(login, &text) && !found.contains(&id) {
            found.push(id);
        }
        Ok::<_, sqlx::Error>(found.len() <= EXAMPLES)
    };

    // In most tables that is all of them, and if many are wrong, some of these are.
    let few = DB::bounded(format!("{suspects} LIMIT {FEW}"), seconds);
    let rows = DB::fetch(connection, audited(few), DB::Arguments::default()).await?;
    let mut more = rows.len() == FEW;
    for row in &rows {
        if !judge(row)? {
            more = false;
            break;
        }
    }
    if more {
        DB::each(connection, audited(DB::bounded(suspects, seconds)), judge).await?;
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
