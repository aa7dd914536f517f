//! Logins that were stored in a form nobody types.

use super::quoted_table;
use crate::canonical::canonical_login;
use crate::schema::{Login, Schema};
use crate::store::sql::Dialect;
use crate::store::sql::table::audited;

/// How many rows a sentence gives as examples.
const EXAMPLES: usize = 5;
/// How many rows that may be wrong the first query answers. In most tables there are fewer.
const FEW: usize = 1000;

/// Rows that nobody could sign in with, because what is typed is brought into canonical form and then not found.
///
/// The database looks for blanks and ASCII capitals itself; what is not ASCII comes here, since no database knows NFKC the
/// way we do. Each query reads the table from one end to the other, in the order it is stored in, and takes what it
/// meets; to go through the logins in their order would be a jump for every row. Sentences name rows by id; logins are
/// personal data and stay out of logs.
pub(super) async fn not_canonical<DB: Dialect>(
    connection: &mut DB::Connection,
    schema: &Schema,
    login: &Login,
    id_type: &str,
) -> sqlx::Result<Option<String>> {
    let (table, column) = (quoted_table::<DB>(schema), DB::quote(login.column));
    let id = DB::as_text(&DB::quote(schema.id), id_type);
    let (unfolded, not_ascii) = (DB::is_unfolded(&column, login.exact), DB::is_not_ascii(&column));
    let mut found: Vec<String> = Vec::new();
    let judge = |found: &mut Vec<String>, row: &DB::Row| {
        let (id, text) = (DB::text(row, 0)?, DB::text(row, 1)?);
        if canonical_login(&text, login.exact) != text && !found.contains(&id) {
            found.push(id);
        }
        Ok::<_, sqlx::Error>(found.len() <= EXAMPLES)
    };

    let suspects = format!("SELECT {id}, {column} FROM {table} WHERE {unfolded} OR {not_ascii} LIMIT {FEW}");
    let rows = DB::fetch(connection, audited(suspects), DB::Arguments::default()).await?;
    for row in &rows {
        if !judge(&mut found, row)? {
            break;
        }
    }
    if rows.len() == FEW && found.len() <= EXAMPLES {
        // Many that may be wrong, and of the first of them few are: those that are for certain, then all others.
        let certain = format!("SELECT {id}, {column} FROM {table} WHERE {unfolded} LIMIT {}", EXAMPLES + 1);
        for row in DB::fetch(connection, audited(certain), DB::Arguments::default()).await? {
            judge(&mut found, &row)?;
        }
        if found.len() <= EXAMPLES {
            let all = format!("SELECT {id}, {column} FROM {table} WHERE {not_ascii}");
            DB::each(connection, audited(all), |row| judge(&mut found, row)).await?;
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
