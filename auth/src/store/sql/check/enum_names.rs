//! Stored names of roles and permissions that the enum of the program does not have: after a rollback, next to a newer
//! instance, or written by another program.

use super::super::ddl::CatalogueColumn;
use super::catalogue::find;
use super::row_queries::{EXAMPLES, RowQueries, counted};
use super::{RowFindings, quoted_table};
use crate::model::name_enum::read_list;
use crate::model::permission::HeldPermissions as _;
use crate::model::role::HeldRoles as _;
use crate::store::sql::table_name::audited;
use crate::store::sql::{Dialect, SqlUser};

/// How many different lists of names are looked at.
const MOST: usize = 1000;

/// Counts the rows with unknown names.
pub(super) async fn unknown<U: SqlUser<DB>, DB: Dialect>(
    connection: &mut DB::Connection,
    queries: &RowQueries<'_, DB>,
    is_there: impl Fn(&str) -> bool,
    rows: &mut RowFindings,
) -> sqlx::Result<()> {
    let schema = queries.schema;
    if let Some((column, found)) = there(queries, schema.roles, &is_there) {
        let is_list = U::Roles::TEXT.may_be_empty;
        let bad = if is_list {
            lists(connection, queries, found, U::Roles::KNOWN).await?
        } else {
            singles::<U, DB>(connection, queries, found).await?
        };
        report(connection, queries, (column, "role"), &bad, rows).await?;
    }
    if let Some((column, found)) = there(queries, schema.permissions, &is_there) {
        let bad = lists(connection, queries, found, U::Permissions::KNOWN).await?;
        report(connection, queries, (column, "permission"), &bad, rows).await?;
    }
    Ok(())
}

fn there<'a, DB: Dialect>(
    queries: &RowQueries<'a, DB>,
    column: Option<&'static str>,
    is_there: impl Fn(&str) -> bool,
) -> Option<(&'static str, &'a CatalogueColumn)> {
    let column = column.filter(|column| is_there(column))?;
    Some((column, find(queries.found, column)?))
}

/// A text in the column, and in how many rows.
type Bad = (String, i64);

/// A column with one role. The values that are known are bound, as the column may have a type of its own, with a codec
/// of the application's.
async fn singles<U: SqlUser<DB>, DB: Dialect>(
    connection: &mut DB::Connection,
    queries: &RowQueries<'_, DB>,
    found: &CatalogueColumn,
) -> sqlx::Result<Vec<Bad>> {
    let (mut args, known) = (DB::Arguments::default(), U::Roles::each());
    for role in &known {
        U::bind_roles(role, &mut args).map_err(sqlx::Error::Encode)?;
    }
    let places: Vec<_> = (1..=known.len()).map(DB::parameter).collect();
    let text = DB::names_in(&DB::quote(&found.name), &found.ty);
    let query = format!(
        "SELECT {text}, COUNT(*) FROM {} WHERE {} NOT IN ({}) GROUP BY {text} LIMIT {}",
        queries.table(),
        DB::bytewise(found),
        places.join(", "),
        EXAMPLES + 1
    );
    if found.labels.is_none() {
        return Ok(queries.ask(connection, query, args).await?.iter().filter_map(bad::<DB>).collect());
    }
    // A native enum that lacks a name of the program refuses the question. That is said elsewhere.
    let point = |text: &str| (audited(text.to_owned()), DB::Arguments::default());
    let (save, none) = point("SAVEPOINT auth_check");
    DB::execute(connection, save, none).await?;
    match queries.ask(connection, query, args).await {
        Err(sqlx::Error::Database(error)) if !DB::is_out_of_time(&*error) => {
            let (back, none) = point("ROLLBACK TO SAVEPOINT auth_check");
            DB::execute(connection, back, none).await?;
            Ok(Vec::new())
        }
        rows => Ok(rows?.iter().filter_map(bad::<DB>).collect()),
    }
}

/// A column with a list of names.
async fn lists<DB: Dialect>(
    connection: &mut DB::Connection,
    queries: &RowQueries<'_, DB>,
    found: &CatalogueColumn,
    known: &[&str],
) -> sqlx::Result<Vec<Bad>> {
    let name = DB::quote(&found.name);
    let text = DB::names_in(&name, &found.ty);
    let query = format!(
        "SELECT {text}, COUNT(*) FROM {} WHERE {name} IS NOT NULL GROUP BY {text} LIMIT {MOST}",
        queries.table()
    );
    let all = queries.ask(connection, query, DB::Arguments::default()).await?;
    let is_bad = |(list, _): &Bad| !read_list(list).all(|name| known.contains(&name));
    Ok(all.iter().filter_map(bad::<DB>).filter(is_bad).take(EXAMPLES + 1).collect())
}

/// Returns `None` for a value that is no text: such a row cannot be read, which is said elsewhere.
fn bad<DB: Dialect>(row: &DB::Row) -> Option<Bad> {
    Some((DB::text(row, 0).ok()?, DB::integer(row, 1).ok()?))
}

async fn report<DB: Dialect>(
    connection: &mut DB::Connection,
    queries: &RowQueries<'_, DB>,
    (column, what): (&'static str, &str),
    bad: &[Bad],
    rows: &mut RowFindings,
) -> sqlx::Result<()> {
    let quoted = DB::quote(column);
    let table = quoted_table::<DB>(queries.schema);
    let ty = find(queries.found, column).map_or("", |found| &found.ty);
    let is_it = format!("{} = {}", DB::as_text(&quoted, ty), DB::parameter(1));
    for (text, count) in bad.iter().take(EXAMPLES) {
        let mut args = DB::Arguments::default();
        DB::bind_text(&mut args, Some(text)).map_err(sqlx::Error::Encode)?;
        let examples = queries.examples(connection, &is_it, args).await?;
        // Somebody may have put something else than a name there.
        let (shown, repair) = if is_plain(text) {
            let repair = format!(": UPDATE {table} SET {quoted} = /* choose a value */ WHERE {quoted} = '{text}';");
            (format!("`{text}`"), repair)
        } else {
            ("something that is no name".to_owned(), String::new())
        };
        rows.sentences.push((
            column,
            format!(
                "the table `{}` has {} with {shown} in `{column}`, which has a {what} that the user type does not know, so nobody \
                 can sign in with it ({examples}); add it to the enum, or store another{repair}",
                queries.schema.table,
                counted(*count),
            ),
        ));
    }
    if bad.len() > EXAMPLES {
        let sentence = format!("the table `{}` has more unknown names in `{column}`", queries.schema.table);
        rows.sentences.push((column, sentence));
    }
    Ok(())
}

/// Returns whether the text can be repeated in a message and in a statement as it is.
fn is_plain(text: &str) -> bool {
    text.len() <= 200 && text.chars().all(|c| c == ' ' || c.is_ascii_graphic() && !matches!(c, '\'' | '\\' | '`'))
}
