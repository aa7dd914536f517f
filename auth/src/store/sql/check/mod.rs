//! Problems with the tables that can be detected at start-up (promise 11), one sentence each, with the statement that
//! fixes it.

mod canonical;
mod catalogue;
mod columns;
mod missing;
mod nearest;
mod own;
mod rights;
mod rows;
mod wanted;

use sqlx::SqlSafeStr;

use self::catalogue::{Index, Place, Relation, find};
use self::columns::Known;
use self::wanted::Wanted;
use super::ddl::{Found, index_name};
use super::table::audited;
use super::{Dialect, SqlUser};
use crate::schema::{Login, Schema};

pub(super) use own::own_table;

/// The problems of the user table.
pub(super) struct Report {
    /// One sentence per problem.
    pub(super) problems: Vec<String>,
    /// Whether a query was interrupted for lack of time.
    pub(super) gave_up: bool,
}

impl Report {
    const fn of(problems: Vec<String>) -> Self {
        Self { problems, gave_up: false }
    }
}

/// Checks the user table.
pub(super) async fn problems<U: SqlUser<DB>, DB: Dialect>(connection: &mut DB::Connection) -> sqlx::Result<Report> {
    let (schema, wanted) = (U::SCHEMA, wanted::wanted::<U, DB>());
    let place = split(schema.table);
    let mut problems = session::<DB>(connection).await?;
    let Some(relation) = catalogue::relation::<DB>(connection, place).await? else {
        problems.push(missing::table(schema, &wanted));
        return Ok(Report::of(problems));
    };
    if !["table", "partitioned"].contains(&relation.kind.as_str()) {
        problems.push(no_table(schema, &relation));
        return Ok(Report::of(problems));
    }
    let found = catalogue::columns::<DB>(connection, place).await?;
    let indexes = catalogue::indexes::<DB>(connection, place).await?;
    let filled = found.iter().filter(|column| wanted.iter().all(|w| w.name != column.name || !w.inserted));
    problems.extend(filled.filter_map(|column| rights::no_sequence(schema.table, column, &relation.user)));
    if let Some(no_right) = no_right(schema, &wanted, &found, &relation) {
        // The remaining checks read the table.
        problems.push(no_right);
        return Ok(Report::of(problems));
    }

    let types = types::<DB>(connection, schema, &wanted, &found).await?;
    let know = |column: &str, nulls: &[(&str, i64)]| {
        let wanted = wanted.iter().find(|wanted| wanted.name == column);
        let actual = types.iter().find(|(name, _)| *name == column).map(|(_, actual)| actual);
        let nulls = nulls.iter().find(|(name, _)| *name == column).map(|(_, nulls)| *nulls);
        let is_unique = catalogue::is_unique(&indexes, column);
        find(&found, column).map(|found| Known { found, wanted, actual, is_unique, nulls })
    };
    let is_missing = wanted.iter().any(|column| find(&found, column.name).is_none());
    let has_rows = is_missing && has_rows::<DB>(connection, schema).await?;
    let is_wrong = |column: &str| know(column, &[]).is_some_and(|known| known.is_of_wrong_type());
    let rows = rows::rows::<DB>(connection, schema, &wanted, &found, is_wrong).await?;

    problems.extend(missing::columns(schema, place, &wanted, &found, has_rows));
    // In the order of the fields, followed by columns without a field.
    let fields = wanted.iter().map(|column| column.name);
    let others = found.iter().map(|column| column.name.as_str()).filter(|name| !wanted.iter().any(|w| w.name == *name));
    problems.extend(fields.chain(others).filter_map(|column| know(column, &rows.nulls)?.problem(schema)));
    for login in schema.logins.iter().filter(|login| find(&found, login.column).is_some()) {
        if !catalogue::is_unique(&indexes, login.column) {
            problems.push(not_unique::<DB>(schema, login, &relation));
        }
        let sentences = rows.not_canonical.iter().filter(|(column, _)| *column == login.column);
        problems.extend(sentences.map(|(_, sentence)| sentence.clone()));
    }
    Ok(Report { problems, gave_up: rows.gave_up })
}

/// Returns problems with the connection itself.
async fn session<DB: Dialect>(connection: &mut DB::Connection) -> sqlx::Result<Vec<String>> {
    let Some(query) = DB::SESSION else { return Ok(Vec::new()) };
    let rows = DB::fetch(connection, query.into_sql_str(), DB::Arguments::default()).await?;
    rows.iter().map(|row| DB::text(row, 0)).collect()
}

/// Returns the types met when reading a row, for the columns whose fields have a type that sqlx supports.
async fn types<DB: Dialect>(
    connection: &mut DB::Connection,
    schema: &Schema,
    wanted: &[Wanted<DB>],
    found: &[Found],
) -> sqlx::Result<Vec<(&'static str, DB::TypeInfo)>> {
    let known = wanted.iter().filter(|column| column.ty.is_some() && find(found, column.name).is_some());
    let names: Vec<_> = known.map(|column| column.name).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let quoted: Vec<_> = names.iter().map(|name| DB::quote(name)).collect();
    let query = format!("SELECT {} FROM {}", quoted.join(", "), quoted_table::<DB>(schema));
    Ok(names.into_iter().zip(DB::types(connection, audited(query)).await?).collect())
}

async fn has_rows<DB: Dialect>(connection: &mut DB::Connection, schema: &Schema) -> sqlx::Result<bool> {
    let query = format!("SELECT 1 FROM {} LIMIT 1", quoted_table::<DB>(schema));
    Ok(!DB::fetch(connection, audited(query), DB::Arguments::default()).await?.is_empty())
}

/// One sentence instead of several statements that could not run.
fn no_table(schema: &Schema, relation: &Relation) -> String {
    format!(
        "`{}` is a {}, which has no unique index, no defaults and no ids of its own: name the table behind it in \
         `#[auth(table = \"…\")]`, or, if sign-up can insert into it and you looked at all that yourself, call \
         `skip_table_check()`",
        schema.table, relation.kind
    )
}

fn no_right<DB: Dialect>(
    schema: &Schema,
    wanted: &[Wanted<DB>],
    found: &[Found],
    relation: &Relation,
) -> Option<String> {
    let needed = wanted.iter().filter_map(|column| {
        let rights: &[_] = match (column.inserted, column.updated) {
            (true, true) => &["SELECT", "INSERT", "UPDATE"],
            (true, false) => &["SELECT", "INSERT"],
            (false, true) => &["SELECT", "UPDATE"],
            (false, false) => &["SELECT"],
        };
        Some((find(found, column.name)?, rights))
    });
    // Not every application deletes users, so that right is left to it.
    rights::missing(schema.table, &quoted_table::<DB>(schema), &relation.user, needed, true)
}

fn not_unique<DB: Dialect>(schema: &Schema, login: &Login, relation: &Relation) -> String {
    let (namespace, table) = split(schema.table);
    let (name, column) = (schema.table, login.column);
    let what = format!(
        "the login column `{name}.{column}` has no unique index of its own, so two people could have one login"
    );
    if relation.kind == "partitioned" {
        return format!(
            "{what}, and a unique index of a partitioned table must contain what it is partitioned by: keep users in a table \
             that is not partitioned, or partition it by `{column}`"
        );
    }
    format!("{what}: {}", DB::unique_index(namespace, table, &index_name::<DB>(table, column), &[column]))
}

/// `app.users` is the table `users` in `app`. What precedes the schema (`database.app.users`) can only be the current
/// database.
fn split(table: &str) -> Place<'_> {
    match table.rsplit_once('.') {
        Some((schema, table)) => (schema.rsplit('.').next(), table),
        None => (None, table),
    }
}

fn quoted_table<DB: Dialect>(schema: &Schema) -> String {
    schema.table.split('.').map(DB::quote).collect::<Vec<_>>().join(".")
}

/// Returns whether an index begins with these columns.
fn begins_with(index: &Index, columns: &[&str]) -> bool {
    index.columns.len() >= columns.len() && index.columns.iter().zip(columns).all(|(there, wanted)| there == wanted)
}
