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
    let mut seen = Seen::default();

    // In most tables that is all of them, and if many are wrong, some of these are.
    let few = DB::bounded(format!("{suspects} LIMIT {FEW}"), seconds);
    let rows = DB::fetch(connection, audited(few), DB::Arguments::default()).await?;
    let mut more = rows.len() == FEW;
    for row in &rows {
        if !seen.judge::<DB>(login, row)? {
            more = false;
            break;
        }
    }
    if more {
        seen.former = 0;
        let judge = |row: &DB::Row| seen.judge::<DB>(login, row);
        DB::each(connection, audited(DB::bounded(suspects, seconds)), judge).await?;
    }
    if seen.former > 0 {
        tracing::info!(
            target: "auth::build", table = schema.table, column = login.column, rows = seen.former,
            "some logins are in a form of earlier releases: their owners sign in as before, and a new sign-up is told that \
             they are taken"
        );
    }
    let mut found = seen.lost;
    found.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
    Ok((!found.is_empty()).then(|| sentence(schema, login, &found)))
}

/// What is known of the suspects so far.
#[derive(Default)]
struct Seen {
    /// The ids of rows that nobody could sign in with.
    lost: Vec<String>,
    /// The number of rows in a form of earlier releases.
    former: u64,
}

impl Seen {
    /// Returns whether to go on.
    fn judge<DB: Dialect>(&mut self, login: &Login, row: &DB::Row) -> sqlx::Result<bool> {
        let (id, text) = (DB::text(row, 0)?, DB::text(row, 1)?);
        if is_found(login, &text) {
            self.former += u64::from(login.canonical(&text) != text);
        } else if !self.lost.contains(&id) {
            self.lost.push(id);
        }
        Ok(self.lost.len() <= EXAMPLES)
    }
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
