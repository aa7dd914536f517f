//! What can be seen at start-up to be wrong with the user table (promise 11).

use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::Dialect;
use crate::canonical::canonical_login;
use crate::schema::{Login, Schema, Sql};

/// How many rows a sentence gives as examples.
const EXAMPLES: usize = 5;
/// How many rows are looked at in one query.
const PAGE: usize = 1000;

/// One sentence for each problem.
pub(super) async fn problems<DB: Dialect>(
    connection: &mut DB::Connection,
    schema: &Schema,
) -> sqlx::Result<Vec<String>> {
    let columns = names::<DB>(connection, DB::COLUMNS, schema.table).await?;
    if columns.is_empty() {
        return Ok(vec![format!("there is no table `{}` for `{}`: create it first", schema.table, schema.name)]);
    }
    let mut problems: Vec<_> = missing_columns(schema, &columns).collect();

    let unique = names::<DB>(connection, DB::UNIQUE_COLUMNS, schema.table).await?;
    for login in schema.logins.iter().filter(|login| is_in(login.column, &columns)) {
        if !is_in(login.column, &unique) {
            problems.push(not_unique::<DB>(schema, login));
        }
        // Without the id there is nothing to name a row by, and that is reported already.
        if is_in(schema.id, &columns) {
            problems.extend(not_canonical::<DB>(connection, schema, login).await?);
        }
    }
    Ok(problems)
}

fn is_in(name: &str, names: &[String]) -> bool {
    names.iter().any(|known| known == name)
}

async fn names<DB: Dialect>(
    connection: &mut DB::Connection,
    sql: &'static str,
    table: &str,
) -> sqlx::Result<Vec<String>> {
    let (schema, table) = split(table);
    let mut args = DB::Arguments::default();
    DB::bind_text(&mut args, Some(table)).map_err(sqlx::Error::Encode)?;
    DB::bind_text(&mut args, schema).map_err(sqlx::Error::Encode)?;
    let rows = DB::fetch(connection, sql.into_sql_str(), args).await?;
    rows.iter().map(|row| DB::text(row, 0)).collect()
}

/// Names are compared exactly, as sqlx compares them when it reads a row.
fn missing_columns(schema: &Schema, columns: &[String]) -> impl Iterator<Item = String> {
    let mut wanted: Vec<&str> = Vec::new();
    let logins = schema.logins.iter().map(|login| login.column);
    for name in std::iter::once(schema.id).chain(logins).chain(schema.password).chain(schema.columns.iter().copied()) {
        if !wanted.contains(&name) && !is_in(name, columns) {
            wanted.push(name);
        }
    }
    let spare: Vec<_> = columns.iter().filter(|name| !schema.columns.contains(&name.as_str())).cloned().collect();
    wanted.into_iter().map(move |name| {
        let hint = nearest(name, &spare).map_or(String::new(), |near| {
            format!("; there is `{near}`: if that is the one, say `#[sqlx(rename = \"{near}\")]` on the field")
        });
        format!("the table `{}` has no column `{name}`{hint}", schema.table)
    })
}

fn not_unique<DB: Dialect>(schema: &Schema, login: &Login) -> String {
    let (namespace, table) = split(schema.table);
    format!(
        "the login column `{}.{}` has no unique index of its own, so two people could have one login: {}",
        schema.table,
        login.column,
        DB::unique_index(namespace, table, login.column),
    )
}

/// `app.users` is the table `users` in `app`.
fn split(table: &str) -> (Option<&str>, &str) {
    table.rsplit_once('.').map_or((None, table), |(schema, table)| (Some(schema), table))
}

fn quoted_table<DB: Dialect>(schema: &Schema) -> String {
    schema.table.split('.').map(DB::quote).collect::<Vec<_>>().join(".")
}

/// Rows that nobody could sign in with, because what is typed is brought into canonical form and then not found.
///
/// The database looks for blanks and ASCII capitals itself; what is not ASCII comes here, page by page, since no
/// database knows NFKC the way we do. Sentences name rows by id; logins are personal data and stay out of logs.
async fn not_canonical<DB: Dialect>(
    connection: &mut DB::Connection,
    schema: &Schema,
    login: &Login,
) -> sqlx::Result<Option<String>> {
    let (table, column) = (quoted_table::<DB>(schema), DB::quote(login.column));
    let id = DB::as_text(&DB::quote(schema.id));
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

/// The one place where the text of a statement is made at run time. Everything in it is a literal of ours, or a table or
/// column name: literals of the derive, checked there to be identifiers, and in quotes. No input reaches it.
fn audited(query: String) -> sqlx::SqlStr {
    AssertSqlSafe(query).into_sql_str()
}

/// The name most like `wanted`, if any is much like it.
fn nearest<'a>(wanted: &str, names: &'a [String]) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    let close = names.iter().filter_map(|name| {
        let lower = name.to_lowercase();
        let contained = lower.contains(&wanted) || wanted.contains(&lower);
        let distance = distance(&wanted, &lower);
        (contained || distance <= wanted.chars().count() / 3 + 1).then_some((distance, name.as_str()))
    });
    close.min().map(|(_, name)| name)
}

/// How many letters must be added, removed or changed (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, of_a) in a.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (cell, of_b) in row.iter_mut().skip(1).zip(&b) {
            let best = (diagonal + usize::from(of_a != *of_b)).min(left + 1).min(*cell + 1);
            diagonal = std::mem::replace(cell, best);
            left = best;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn distance_counts_edits() {
        for (a, b, edits) in
            [("", "", 0), ("email", "email", 0), ("emial", "email", 2), ("mail", "email", 1), ("", "abc", 3)]
        {
            assert_eq!(distance(a, b), edits, "{a} {b}");
            assert_eq!(distance(b, a), edits, "{b} {a}");
        }
    }

    #[test]
    fn the_suggested_name_is_the_nearest_and_only_if_it_is_near() {
        let names = ["id", "Email", "email_address", "created_at"].map(String::from);
        assert_eq!(nearest("email", &names), Some("Email"));
        assert_eq!(nearest("emial", &names), Some("Email"));
        assert_eq!(nearest("password_hash", &names), None);
    }
}
