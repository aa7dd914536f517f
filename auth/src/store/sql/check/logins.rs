//! Stored logins that are not in canonical form.

use super::RowFindings;
use super::row_queries::{EXAMPLES, RowQueries, counted, shown, some};
use crate::model::canonical::{is_found, is_found_by_sign_ups, visible};
use crate::model::schema::{Login, Schema};
use crate::store::sql::Dialect;
use crate::store::sql::table_name::audited;

/// How many rows are remembered, so that nobody signs up with their logins: some fifty bytes each.
const MOST: usize = 1_000_000;

/// Of how many rows the check says which of them share a login.
const NAMED: usize = 1000;

/// Finds rows whose login is not found in any form that is looked up, because what is typed is brought into canonical
/// form.
///
/// The database selects rows with characters that may be wrong, and those are judged here, since no database implements
/// NFKC exactly as we do. The table is read sequentially in storage order; reading it in the order of the logins would
/// be a random access per row. Problems name rows by id; logins are personal data and stay out of logs.
pub(super) async fn not_canonical<DB: Dialect>(
    connection: &mut DB::Connection,
    queries: &RowQueries<'_, DB>,
    (index, login): (usize, &'static Login),
    rows: &mut RowFindings,
    seconds: u64,
) -> sqlx::Result<()> {
    let (table, column, id) = (queries.table(), DB::quote(login.column), queries.id());
    let suspects = format!("SELECT {id}, {column} FROM {table} WHERE {}", DB::is_suspect(&column, login.exact));
    // Kept in `rows` from the beginning: time may run out.
    rows.scans.push((index, LoginScan::default()));
    let Some((_, scan)) = rows.scans.last_mut() else { return Ok(()) };
    let classify = |row: &DB::Row| {
        scan.classify::<DB>(login, row);
        Ok(true)
    };
    DB::each(connection, audited(DB::bounded(suspects, seconds)), classify).await?;
    let canonical = scan.named.iter().map(|(_, text)| login.canonical(text).into_owned()).collect::<Vec<_>>();
    scan.taken = taken(connection, queries, login, canonical).await?;
    Ok(())
}

/// Returns the rows that have one of these logins in canonical form.
async fn taken<DB: Dialect>(
    connection: &mut DB::Connection,
    queries: &RowQueries<'_, DB>,
    login: &Login,
    canonical: Vec<String>,
) -> sqlx::Result<Vec<(String, String)>> {
    if canonical.is_empty() {
        return Ok(Vec::new());
    }
    let mut args = DB::Arguments::default();
    for text in &canonical {
        DB::bind_text(&mut args, Some(text)).map_err(sqlx::Error::Encode)?;
    }
    let places: Vec<_> = (1..=canonical.len()).map(DB::parameter).collect();
    let (column, places) = (DB::quote(login.column), places.join(", "));
    let query = format!("SELECT {}, {column} FROM {} WHERE {column} IN ({places})", queries.id(), queries.table());
    let rows = queries.ask(connection, query, args).await?;
    let pairs = rows.iter().filter_map(|row| Some((DB::text(row, 0).ok()?, DB::text(row, 1).ok()?)));
    Ok(pairs.filter(|(_, text)| canonical.contains(text)).collect())
}

/// What is known of the suspects of one login.
#[derive(Default)]
pub(super) struct LoginScan {
    /// The number of rows in a form that is not looked up.
    unfindable: u64,
    /// What they hold.
    texts: Vec<String>,
    /// The ids of the first of them, and what those hold.
    named: Vec<(String, String)>,
    /// Rows that have the login of one of those in canonical form.
    taken: Vec<(String, String)>,
    /// The ids of rows that hold no text.
    no_text: Vec<String>,
    /// The number of rows in a form of earlier releases, and the ids of some.
    former: u64,
    examples: Vec<String>,
    /// Of these, the number of those that a sign-up does not find, and the ids of some.
    hidden: u64,
    hidden_examples: Vec<String>,
    /// The ids of some rows whose login can only be copied.
    unseen: Vec<String>,
}

impl LoginScan {
    fn classify<DB: Dialect>(&mut self, login: &Login, row: &DB::Row) {
        let id = shown::<DB>(row, 0);
        let Ok(text) = DB::text(row, 1) else {
            if self.no_text.len() <= EXAMPLES {
                self.no_text.push(id);
            }
            return;
        };
        if is_found(login, &text) {
            if login.canonical(&text) != text {
                self.former += 1;
                if self.examples.len() <= EXAMPLES {
                    self.examples.push(id.clone());
                }
            }
            // (An address in a form of earlier releases is found as it was given then.)
            if !login.is_address() && visible::has_unseen(&text) {
                if self.unseen.len() <= EXAMPLES {
                    self.unseen.push(id);
                }
            } else if !is_found_by_sign_ups(login, &text) {
                self.hidden += 1;
                if self.hidden_examples.len() <= EXAMPLES {
                    self.hidden_examples.push(id);
                }
            }
            return;
        }
        self.unfindable += 1;
        if self.named.len() < NAMED {
            self.named.push((id, text.clone()));
        }
        if self.texts.len() < MOST {
            self.texts.push(text);
        }
    }

    /// Returns what rows hold in a form that is not looked up.
    pub(super) fn take_texts(&mut self) -> Vec<String> {
        std::mem::take(&mut self.texts)
    }

    /// Whether there are rows that hold no text.
    pub(super) const fn has_no_text(&self) -> bool {
        !self.no_text.is_empty()
    }

    /// Whether there are rows in a form that is not looked up.
    pub(super) const fn has_unfindable(&self) -> bool {
        self.unfindable > 0
    }

    /// Logs about rows that work, but not as those of today.
    pub(super) fn log(&self, schema: &Schema, login: &Login) {
        let (table, column) = (schema.table, login.column);
        if self.former > 0 {
            tracing::info!(
                target: "auth::build", table, column, rows = self.former, examples = some(schema, &self.examples),
                "some logins are stored in the form of earlier releases (lower case, but not folded; a domain in \
                 Unicode): their owners sign in as before, a new sign-up with one is refused as taken, and nothing \
                 needs to be done; `auth::store::sql::canonicalize_logins` stores them in the current form"
            );
        }
        if self.hidden > 0 {
            tracing::warn!(
                target: "auth::build", table, column, rows = self.hidden, examples = some(schema, &self.hidden_examples),
                "a new sign-up does not find some of these logins, because of invisible characters or rare letters, \
                 so somebody could get an account with a login that is easily confused: run \
                 `auth::store::sql::canonicalize_logins`"
            );
        }
    }

    /// Says what is wrong, in up to three sentences. `all`: whether every row was looked at.
    pub(super) fn problems(&self, schema: &Schema, login: &Login, all: bool) -> Vec<String> {
        let (table, column) = (schema.table, login.column);
        let mut sentences = Vec::new();
        if !self.no_text.is_empty() {
            sentences.push(format!(
                "the table `{table}` has a value in `{column}` that is no text, so nobody can sign in with it ({}): store a text",
                some(schema, &self.no_text)
            ));
        }
        if !self.unseen.is_empty() {
            sentences.push(format!(
                "the table `{table}` has rows whose `{column}` has characters that cannot be seen, so nobody can type it ({}): \
                 it was stored without `auth::canonical_login`, which refuses them",
                some(schema, &self.unseen)
            ));
        }
        if self.unfindable == 0 {
            return sentences;
        }
        let mut ids: Vec<_> = self.named.iter().map(|(id, _)| id.clone()).collect();
        ids.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        let rows = counted(i64::try_from(self.unfindable).unwrap_or(i64::MAX));
        let (rows, form) = (
            if all { rows } else { format!("at least {rows}") },
            if login.exact { "trimmed" } else { "trimmed, in NFKC, in lower case" },
        );
        let way_out = if login.exact { "" } else { ", or declare the field `#[auth(login(exact))]`" };
        let until = if all && u64::try_from(self.texts.len()).is_ok_and(|kept| kept == self.unfindable) {
            "until then their owners are found as this start has seen them, and a sign-up with such a login is \
             refused as taken; rows that another program adds in this form are not known before the next start or \
             `check_schema()`"
        } else {
            "these are more than a start can check: until then a stranger can sign up with such a login, so keep \
             registration closed"
        };
        sentences.push(format!(
            "the table `{table}` has {rows} whose `{column}` is not in canonical form ({examples}): call \
             `auth::store::sql::canonicalize_logins::<{user}, _>(&pool)`, which stores it as `auth::canonical_login` returns it \
             ({form}){conflicts}{way_out}; {until}",
            examples = some(schema, &ids),
            user = schema.name,
            conflicts = self.conflicts(schema, login),
        ));
        sentences
    }

    /// Names rows that share a login, which no program can decide about.
    fn conflicts(&self, schema: &Schema, login: &Login) -> String {
        let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
        for (id, text) in &self.named {
            let canonical = login.canonical(text).into_owned();
            match groups.iter_mut().find(|(known, _)| *known == canonical) {
                Some((_, ids)) => ids.push(id),
                None => groups.push((canonical, vec![id])),
            }
        }
        for (id, text) in &self.taken {
            if let Some((_, ids)) = groups.iter_mut().find(|(known, _)| known == text) {
                ids.push(id);
            }
        }
        let shared: Vec<_> = groups.iter().filter(|(_, ids)| ids.len() > 1).map(|(_, ids)| ids.join(" and ")).collect();
        if shared.is_empty() {
            return String::new();
        }
        let few: Vec<_> = shared.iter().take(EXAMPLES).map(String::as_str).collect();
        let more = if shared.len() > EXAMPLES { " and more" } else { "" };
        format!(
            ", except where rows share a login, which you have to decide about (`{}` {}{more})",
            schema.id,
            few.join(", ")
        )
    }
}
