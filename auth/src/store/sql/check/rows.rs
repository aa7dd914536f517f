//! Checks that must read rows, within a time limit: a table may have more of them than a start can wait for.

use std::time::Duration;

use super::super::ddl::Found;
use super::canonical::not_canonical;
use super::catalogue::find;
use super::quoted_table;
use super::wanted::Wanted;
use crate::schema::Schema;
use crate::store::sql::Dialect;
use crate::store::sql::table::audited;

/// The time limit. Two million rows take one or two seconds for each login.
const PATIENCE: Duration = Duration::from_secs(5);

/// The findings so far.
#[derive(Default)]
pub(super) struct Rows {
    /// Columns that are NULL where they must not be, with the number of rows.
    pub(super) nulls: Vec<(&'static str, i64)>,
    /// Logins that are not in canonical form: the column and the message.
    pub(super) not_canonical: Vec<(&'static str, String)>,
    /// Whether time ran out. The connection is then in the middle of a query.
    pub(super) gave_up: bool,
}

/// Checks the rows, and gives up with a warning if that takes too long.
pub(super) async fn rows<DB: Dialect>(
    connection: &mut DB::Connection,
    schema: &Schema,
    wanted: &[Wanted<DB>],
    found: &[Found],
    is_wrong: impl Fn(&str) -> bool,
) -> sqlx::Result<Rows> {
    let mut rows = Rows::default();
    match within(PATIENCE, bounded(connection, schema, wanted, found, is_wrong, &mut rows)).await {
        Some(Err(sqlx::Error::Database(error))) if DB::is_out_of_time(&*error) => rows.gave_up = true,
        Some(done) => done?,
        None => rows.gave_up = true,
    }
    if rows.gave_up {
        tracing::warn!(
            target: "auth::build",
            table = schema.table,
            seconds = PATIENCE.as_secs(),
            "there was no time to look at all rows: NULL where it must not be, or logins not in canonical form, will be \
             seen when somebody signs in"
        );
    }
    Ok(rows)
}

/// Also limits the time in the database itself, which would otherwise keep reading for nobody.
async fn bounded<DB: Dialect>(
    connection: &mut DB::Connection,
    schema: &Schema,
    wanted: &[Wanted<DB>],
    found: &[Found],
    is_wrong: impl Fn(&str) -> bool,
    rows: &mut Rows,
) -> sqlx::Result<()> {
    let Some([begin, set, end]) = DB::BOUND else {
        return read(connection, schema, wanted, found, is_wrong, rows).await;
    };
    let set = set.replace("{}", &PATIENCE.as_secs().to_string());
    for statement in [begin.to_owned(), set] {
        DB::execute(connection, audited(statement), DB::Arguments::default()).await?;
    }
    let done = read(connection, schema, wanted, found, is_wrong, rows).await;
    DB::execute(connection, audited(end.to_owned()), DB::Arguments::default()).await?;
    done
}

async fn within<T>(patience: Duration, reading: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(patience, reading).await.ok()
}

async fn read<DB: Dialect>(
    connection: &mut DB::Connection,
    schema: &Schema,
    wanted: &[Wanted<DB>],
    found: &[Found],
    is_wrong: impl Fn(&str) -> bool,
    rows: &mut Rows,
) -> sqlx::Result<()> {
    let nullable = wanted.iter().filter(|column| !column.may_be_null());
    let nullable = nullable.filter(|column| find(found, column.name).is_some_and(|found| found.nullable));
    let names: Vec<_> = nullable.map(|column| column.name).collect();
    if !names.is_empty() {
        let counts: Vec<_> = names.iter().map(|name| format!("COUNT(*) - COUNT({})", DB::quote(name))).collect();
        let table = DB::from_end_to_end(&quoted_table::<DB>(schema));
        let query = DB::bounded(format!("SELECT {} FROM {table}", counts.join(", ")), PATIENCE.as_secs());
        if let Some(row) = DB::fetch(connection, audited(query), DB::Arguments::default()).await?.first() {
            for (place, name) in names.into_iter().enumerate() {
                rows.nulls.push((name, DB::integer(row, place)?));
            }
        }
    }
    // Rows cannot be named without the id, and only text has a canonical form; both are already reported.
    let Some(id) = find(found, schema.id) else { return Ok(()) };
    for login in schema.logins {
        if find(found, login.column).is_some() && !is_wrong(login.column) {
            let sentence = not_canonical::<DB>(connection, schema, login, &id.ty, PATIENCE.as_secs()).await?;
            rows.not_canonical.extend(sentence.map(|sentence| (login.column, sentence)));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use super::{PATIENCE, within};

    #[tokio::test(start_paused = true)]
    async fn a_table_too_large_to_read_does_not_keep_a_start_waiting() {
        assert_eq!(within(PATIENCE, pending::<()>()).await, None);
        assert_eq!(within(PATIENCE, ready(7)).await, Some(7));
    }
}
