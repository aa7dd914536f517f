//! Logins without a unique index of their own.

use super::attached::words;
use super::catalogue::{Index, QualifiedName, Relation, ask, is_unique, tells_apart};
use super::{RowFindings, split};
use crate::model::schema::{Login, Schema};
use crate::store::sql::Dialect;
use crate::store::sql::ddl::index_name;

/// Returns the unique indexes that look as if they were enough, and why they are not.
pub(super) async fn near<DB: Dialect>(
    connection: &mut DB::Connection,
    place: QualifiedName<'_>,
    indexes: &[Index],
    column: &str,
) -> sqlx::Result<Vec<String>> {
    let several =
        |index: &&Index| index.is_unique && index.columns.len() > 1 && index.columns.iter().any(|c| c == column);
    let several = indexes.iter().filter(several);
    let mut near: Vec<_> = several
        .map(|index| match index.columns.iter().filter(|column| !column.is_empty()).cloned().collect::<Vec<_>>() {
            columns if index.name.is_empty() => format!("the primary key is on `{}` together", columns.join("`, `")),
            columns => format!("`{}` is on `{}` together", index.name, columns.join("`, `")),
        })
        .collect();
    if let Some(query) = DB::SPECIAL_INDEXES {
        for row in ask::<DB>(connection, query, place).await? {
            let (name, definition) = (DB::text(&row, 0)?, DB::text(&row, 1)?);
            // After the name of the table.
            let (_, about) = definition.split_once('(').unwrap_or(("", &definition));
            if words(about).contains(&column.to_lowercase()) {
                let about = about.split_whitespace().collect::<Vec<_>>().join(" ");
                near.push(format!("`{name}` is on ({about}, and not on what a login is compared with"));
            }
        }
    }
    Ok(near)
}

/// Says that the index is missing, and what makes it.
pub(super) fn missing<DB: Dialect>(
    schema: &Schema,
    column: &str,
    relation: &Relation,
    near: &[String],
    rows: &RowFindings,
) -> String {
    let (namespace, table) = split(schema.table);
    let name = schema.table;
    let near = if near.is_empty() { String::new() } else { format!(" ({})", near.join("; ")) };
    let what = format!(
        "the login column `{name}.{column}` has no unique index of its own, so two people could have one login{near}"
    );
    if relation.kind == "partitioned" {
        return format!(
            "{what}, and a unique index of a partitioned table must contain what it is partitioned by: keep users in a table \
             that is not partitioned, or partition it by `{column}`"
        );
    }
    let first = if rows.has_unfindable(schema, column) {
        format!(
            "; first call `auth::store::sql::canonicalize_logins::<{}, _>(&pool)`, because some rows are not in canonical form, \
             and keep until then whatever keeps two spellings of one login apart",
            schema.name
        )
    } else {
        String::new()
    };
    let twice = rows.duplicates.iter().find(|(of, ..)| *of == column).map(|(_, count, examples)| {
        let logins = if *count == 1 { "1 login is".to_owned() } else { format!("{count} logins are") };
        format!(
            "; {logins} there more than once ({examples}), which you have to decide about before this statement works"
        )
    });
    let twice = twice.unwrap_or_default();
    format!("{what}{first}{twice}: {}", DB::unique_index(namespace, table, &index_name::<DB>(table, column), &[column]))
}

/// Says of which logins a unique index compares only the beginning.
pub(super) fn only_the_beginning<DB: Dialect>(schema: &Schema, indexes: &[Index]) -> Vec<String> {
    let short = |login: &&Login| is_unique(indexes, login.column) && !tells_apart(indexes, login.column);
    schema.logins.iter().filter(short).map(|login| of_the_beginning::<DB>(schema, login)).collect()
}

fn of_the_beginning<DB: Dialect>(schema: &Schema, login: &Login) -> String {
    let (namespace, table) = split(schema.table);
    let (name, column) = (schema.table, login.column);
    format!(
        "the unique index compares only the beginning of `{name}.{column}`, so of two people whose logins begin alike, the \
         second cannot sign up; drop it after this: {}",
        DB::unique_index(namespace, table, &index_name::<DB>(table, column), &[column])
    )
}
