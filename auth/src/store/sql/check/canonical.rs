//! Stored logins that are not in canonical form, or that nobody can type.

use super::rows::{Asked, EXAMPLES, some};
use crate::canonical::{is_found, is_found_by_sign_ups, visible};
use crate::schema::{Login, Schema};
use crate::store::sql::Dialect;
use crate::store::sql::table::audited;

/// How many suspect rows the first query returns. Most tables have fewer.
const FEW: usize = 1000;

/// Finds rows that nobody could sign in with, because a typed login is brought into canonical form and then not found.
///
/// The database selects rows with characters that may be wrong, and those are judged here, since no database implements
/// NFKC exactly as we do. The table is read sequentially in storage order; reading it in the order of the logins would
/// be a random access per row. Problems name rows by id; logins are personal data and stay out of logs.
pub(super) async fn not_canonical<DB: Dialect>(
    connection: &mut DB::Connection,
    asked: &Asked<'_, DB>,
    login: &Login,
    seconds: u64,
) -> sqlx::Result<Vec<String>> {
    let (table, column, id) = (asked.table(), DB::quote(login.column), asked.id());
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
        seen = Seen::default();
        let judge = |row: &DB::Row| seen.judge::<DB>(login, row);
        DB::each(connection, audited(DB::bounded(suspects, seconds)), judge).await?;
    }
    seen.tell(asked.schema, login);
    let sorted = |mut found: Vec<String>| {
        found.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        (!found.is_empty()).then_some(found)
    };
    let lost = sorted(seen.lost).map(|found| sentence(asked.schema, login, &found));
    let unseen = sorted(seen.unseen).map(|found| untypable(asked.schema, login, &found));
    Ok(lost.into_iter().chain(unseen).collect())
}

/// What is known of the suspects so far.
#[derive(Default)]
struct Seen {
    /// The ids of rows that nobody could sign in with.
    lost: Vec<String>,
    /// The ids of some rows that nobody could sign in with except by copying the login.
    unseen: Vec<String>,
    /// The number of rows in a form of earlier releases.
    former: u64,
    /// Of these, the number of those that a sign-up does not find, and the ids of some.
    hidden: u64,
    examples: Vec<String>,
}

impl Seen {
    /// Returns whether to go on.
    fn judge<DB: Dialect>(&mut self, login: &Login, row: &DB::Row) -> sqlx::Result<bool> {
        let (id, text) = (DB::text(row, 0)?, DB::text(row, 1)?);
        if is_found(login, &text) {
            self.former += u64::from(login.canonical(&text) != text);
            // (An address in a form of earlier releases is found as it was given then.)
            let is_typed = !login.is_address();
            if is_typed && visible::has_unseen(&text) && self.unseen.len() <= EXAMPLES && !self.unseen.contains(&id) {
                self.unseen.push(id);
            } else if !is_found_by_sign_ups(login, &text) {
                self.hidden += 1;
                if self.examples.len() <= EXAMPLES {
                    self.examples.push(id);
                }
            }
        } else if !self.lost.contains(&id) {
            self.lost.push(id);
        }
        Ok(self.lost.len() <= EXAMPLES)
    }

    /// Tells the operator about rows that work, but not as those of today.
    fn tell(&self, schema: &Schema, login: &Login) {
        let (table, column) = (schema.table, login.column);
        if self.former > 0 {
            tracing::info!(
                target: "auth::build", table, column, rows = self.former,
                "some logins are in a form of earlier releases: their owners sign in as before, and a new sign-up is told \
                 that they are taken"
            );
        }
        if self.hidden > 0 {
            tracing::warn!(
                target: "auth::build", table, column, rows = self.hidden, examples = some(schema, &self.examples),
                "some of them are not found by a new sign-up with the same login in today's form, because of invisible \
                 characters or rare letters: store them as `auth::canonical_login` returns them, or somebody may get an \
                 account whose login looks the same"
            );
        }
    }
}

fn untypable(schema: &Schema, login: &Login, found: &[String]) -> String {
    format!(
        "the table `{table}` has rows whose `{column}` has characters that cannot be seen, so nobody can type it ({examples}): \
         it was stored without `auth::canonical_login`, which refuses them",
        table = schema.table,
        column = login.column,
        examples = some(schema, found),
    )
}

fn sentence(schema: &Schema, login: &Login, found: &[String]) -> String {
    let Login { column, exact, .. } = *login;
    let form =
        if exact { "trimmed" } else { "as `auth::canonical_login` returns it (trimmed, in NFKC, in lower case)" };
    let way_out = if exact { "" } else { ", or declare the field `#[auth(login(exact))]`" };
    format!(
        "the table `{table}` has rows whose `{column}` is not in canonical form, so nobody can sign in with it \
         ({examples}): store it {form}{way_out}",
        table = schema.table,
        examples = some(schema, found),
    )
}
