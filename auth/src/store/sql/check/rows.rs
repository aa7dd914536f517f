//! Checks that must read rows, within a time limit: a table may have more of them than a start can wait for.
//!
//! The schema stops a start, rows do not: rows can change at any time while the process runs, and one that another
//! program wrote must not keep everybody out at the next restart. That holds also if none of them can be read, such as the
//! ids of a `Uuid` field that a column of SQLite has as text: of a table with one row, that is the one bad row. The log
//! says how many they are, and that nobody can sign in with them.
//!
//! The check reads the rows of the user table in the order in which they are stored, for five seconds at most. The
//! database is given the same limit, because it would otherwise go on with a query that nobody waits for.

use std::time::Duration;

use super::super::ddl::CatalogueColumn;
use super::catalogue::find;
use super::expected::ExpectedColumn;
use super::logins::not_canonical;
use super::row_queries::{RowQueries, TIME_LIMIT};
use super::{RowFindings, enum_names, hashes, quoted_table, readable};
use crate::model::schema::Schema;
use crate::store::sql::table_name::audited;
use crate::store::sql::{Dialect, SqlRow, SqlUser};

/// Checks the rows, and gives up with a warning if that takes too long.
pub(super) async fn rows<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(
    connection: &mut DB::Connection,
    expected: &[ExpectedColumn<DB>],
    found: &[CatalogueColumn],
    not_unique: &[&'static str],
    is_wrong: impl Fn(&str) -> bool,
) -> sqlx::Result<RowFindings> {
    let mut rows = RowFindings::default();
    // Rows cannot be named without the id; that is already reported.
    let Some(id) = find(found, U::SCHEMA.id) else { return Ok(rows) };
    let queries = RowQueries { schema: U::SCHEMA, expected, found, id_type: &id.ty, not_unique };
    match within(TIME_LIMIT, bounded::<U, DB>(connection, &queries, is_wrong, &mut rows)).await {
        Some(Err(sqlx::Error::Database(error))) if DB::is_out_of_time(&*error) => rows.gave_up = true,
        // What a row holds never stops a start.
        Some(Err(error @ (sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. }))) => {
            rows.gave_up = true;
            rows.sentences.push(("", unreadable(U::SCHEMA, &error)));
        }
        Some(done) => done?,
        None => rows.gave_up = true,
    }
    for (index, scan) in &rows.scans {
        let Some(login) = U::SCHEMA.logins.get(*index) else { continue };
        scan.log(U::SCHEMA, login);
        let found = scan.problems(U::SCHEMA, login, !rows.gave_up);
        rows.sentences.extend(found.into_iter().map(|sentence| (login.column, sentence)));
    }
    if rows.gave_up {
        tracing::warn!(
            target: "auth::build",
            table = U::SCHEMA.table,
            seconds = TIME_LIMIT.as_secs(),
            "the check of existing rows ran out of time: rows that nobody can sign in with may remain, and fail when \
             somebody tries; run `check_schema()` when the database is less busy"
        );
    }
    Ok(rows)
}

/// The text of the error may repeat a value.
fn unreadable(schema: &Schema, error: &sqlx::Error) -> String {
    let column = match error {
        sqlx::Error::ColumnDecode { index, .. } => format!(" (column {index} of a query)"),
        _ => String::new(),
    };
    format!(
        "the rows of `{}` could not be checked, because a value is not of the type of its column{column}",
        schema.table
    )
}

/// Also limits the time in the database itself, which would otherwise keep reading for nobody.
async fn bounded<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(
    connection: &mut DB::Connection,
    queries: &RowQueries<'_, DB>,
    is_wrong: impl Fn(&str) -> bool,
    rows: &mut RowFindings,
) -> sqlx::Result<()> {
    let Some([begin, set, end]) = DB::BOUND else {
        return read::<U, DB>(connection, queries, is_wrong, rows).await;
    };
    let set = set.replace("{}", &TIME_LIMIT.as_secs().to_string());
    for statement in [begin.to_owned(), set] {
        DB::execute(connection, audited(statement), DB::Arguments::default()).await?;
    }
    let done = read::<U, DB>(connection, queries, is_wrong, rows).await;
    DB::execute(connection, audited(end.to_owned()), DB::Arguments::default()).await?;
    done
}

async fn within<T>(limit: Duration, reading: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, reading).await.ok()
}

async fn read<U: SqlUser<DB> + SqlRow<DB>, DB: Dialect>(
    connection: &mut DB::Connection,
    queries: &RowQueries<'_, DB>,
    is_wrong: impl Fn(&str) -> bool,
    rows: &mut RowFindings,
) -> sqlx::Result<()> {
    let schema = queries.schema;
    let is_there = |column: &str| find(queries.found, column).is_some() && !is_wrong(column);
    nulls(connection, queries, rows).await?;
    for column in queries.not_unique {
        duplicates(connection, queries, column, rows).await?;
    }
    enum_names::unknown::<U, DB>(connection, queries, is_there, rows).await?;
    if let Some(password) = schema.password.filter(|password| is_there(password)) {
        hashes::not_argon2(connection, queries, password, rows).await?;
    }
    // Only text has a canonical form.
    for login in schema.logins.iter().enumerate().filter(|(_, login)| is_there(login.column)) {
        not_canonical::<DB>(connection, queries, login, rows, TIME_LIMIT.as_secs()).await?;
    }
    if schema.columns.iter().all(|column| is_there(column)) {
        readable::not_readable::<U, DB>(connection, queries, rows).await?;
    }
    Ok(())
}

/// Counts logins that several rows have, which would keep a unique index from being made.
async fn duplicates<DB: Dialect>(
    connection: &mut DB::Connection,
    queries: &RowQueries<'_, DB>,
    column: &'static str,
    rows: &mut RowFindings,
) -> sqlx::Result<()> {
    let (quoted, table) = (DB::quote(column), quoted_table::<DB>(queries.schema));
    let twice =
        format!("SELECT {quoted} FROM {table} WHERE {quoted} IS NOT NULL GROUP BY {quoted} HAVING COUNT(*) > 1");
    let query = format!("SELECT COUNT(*) FROM ({twice}) AS twice");
    let answer = queries.ask(connection, query, DB::Arguments::default()).await?;
    let count = answer.first().map(|row| DB::integer(row, 0)).transpose()?.unwrap_or(0);
    if count > 0 {
        let examples =
            queries.examples(connection, &format!("{quoted} IN ({twice})"), DB::Arguments::default()).await?;
        rows.duplicates.push((column, count, examples));
    }
    Ok(())
}

/// Counts NULL where it must not be.
async fn nulls<DB: Dialect>(
    connection: &mut DB::Connection,
    queries: &RowQueries<'_, DB>,
    rows: &mut RowFindings,
) -> sqlx::Result<()> {
    let nullable = queries.expected.iter().filter(|column| !column.may_be_null());
    let nullable = nullable.filter(|column| find(queries.found, column.name).is_some_and(|found| found.nullable));
    let names: Vec<_> = nullable.map(|column| column.name).collect();
    if names.is_empty() {
        return Ok(());
    }
    let counts: Vec<_> = names.iter().map(|name| format!("COUNT(*) - COUNT({})", DB::quote(name))).collect();
    let query = format!("SELECT {} FROM {}", counts.join(", "), queries.table());
    let answer = queries.ask(connection, query, DB::Arguments::default()).await?;
    for (place, name) in names.into_iter().enumerate() {
        let count = answer.first().map(|row| DB::integer(row, place)).transpose()?.unwrap_or(0);
        let examples = if count == 0 || name == queries.schema.id {
            String::new()
        } else {
            let is_null = format!("{} IS NULL", DB::quote(name));
            queries.examples(connection, &is_null, DB::Arguments::default()).await?
        };
        rows.nulls.push((name, count, examples));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::{TIME_LIMIT, within};

    #[tokio::test(start_paused = true)]
    async fn table_too_large_to_scan_does_not_delay_start() {
        assert_eq!(within(TIME_LIMIT, pending::<()>()).await, None);
        assert_eq!(within(TIME_LIMIT, ready(7)).await, Some(7));
    }
}
