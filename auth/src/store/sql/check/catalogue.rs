//! What the database catalogue says about a table.

use sqlx::SqlSafeStr;

use super::super::ddl::CatalogueColumn;
use crate::store::sql::Dialect;
use crate::store::sql::table_name::audited;

/// An existing table, or something else of that name.
pub(super) struct Relation {
    /// Such as `table`, `partitioned` or `view`.
    pub(super) kind: String,
    /// The database user, in the form that `GRANT` takes.
    pub(super) user: String,
    /// Whether that user may delete rows.
    pub(super) may_delete: bool,
}

/// An index without a condition.
pub(super) struct Index {
    pub(super) name: String,
    pub(super) is_unique: bool,
    /// Whether it compares all of every column, byte by byte.
    pub(super) is_exact: bool,
    /// Whether it compares so little of a column that the logins of two people can be one.
    pub(super) is_short: bool,
    pub(super) columns: Vec<String>,
}

/// Something that uses a column, so that its type cannot be changed.
pub(super) struct Dependent {
    pub(super) column: String,
    /// What it is, in the words of the database.
    pub(super) what: String,
    /// Whether only a type that compares differently is refused.
    pub(super) if_unlike: bool,
}

/// The location of a table: its schema, if given, and its name.
pub(super) type QualifiedName<'a> = (Option<&'a str>, &'a str);

pub(super) async fn relation<DB: Dialect>(
    connection: &mut DB::Connection,
    place: QualifiedName<'_>,
) -> sqlx::Result<Option<Relation>> {
    let rows = ask::<DB>(connection, DB::RELATION, place).await?;
    let relation = |row: &DB::Row| {
        Ok(Relation {
            kind: DB::text(row, 0)?,
            user: DB::text(row, 1)?,
            may_delete: DB::text(row, 2)?.contains("DELETE"),
        })
    };
    rows.first().map(relation).transpose()
}

pub(super) async fn columns<DB: Dialect>(
    connection: &mut DB::Connection,
    place: QualifiedName<'_>,
) -> sqlx::Result<Vec<CatalogueColumn>> {
    let rows = ask::<DB>(connection, DB::COLUMNS, place).await?;
    let mut columns = rows.iter().map(CatalogueColumn::read::<DB>).collect::<sqlx::Result<Vec<_>>>()?;
    if let Some(query) = DB::TABLE_TEXT {
        let (schema, table) = place;
        let schema = schema.map_or_else(String::new, |schema| DB::quote(schema) + ".");
        let query = audited(query.replace("{table}", &(schema + &DB::quote(table))));
        // Whoever has privileges on columns alone may not ask, and is not told to change one.
        let text = DB::fetch(connection, query, DB::Arguments::default()).await.unwrap_or_default();
        if let Some(text) = text.first().and_then(|row| DB::text(row, 1).ok()) {
            DB::add_checks(&mut columns, &text);
        }
    }
    Ok(columns)
}

pub(super) async fn indexes<DB: Dialect>(
    connection: &mut DB::Connection,
    place: QualifiedName<'_>,
) -> sqlx::Result<Vec<Index>> {
    let mut indexes: Vec<Index> = Vec::new();
    for row in ask::<DB>(connection, DB::INDEXES, place).await? {
        let (name, column) = (DB::text(&row, 0)?, DB::text(&row, 3)?);
        let (is_unique, compares) = (DB::text(&row, 1)? == "YES", DB::text(&row, 2)?);
        let (is_exact, is_short) = (compares == "YES", compares == "SHORT");
        match indexes.last_mut().filter(|index| index.name == name) {
            Some(index) => {
                index.is_exact &= is_exact;
                index.is_short |= is_short;
                index.columns.push(column);
            }
            None => indexes.push(Index { name, is_unique, is_exact, is_short, columns: vec![column] }),
        }
    }
    Ok(indexes)
}

pub(super) async fn dependents<DB: Dialect>(
    connection: &mut DB::Connection,
    place: QualifiedName<'_>,
) -> sqlx::Result<Vec<Dependent>> {
    let Some(query) = DB::DEPENDENTS else { return Ok(Vec::new()) };
    let dependent = |row: &DB::Row| {
        let (column, what) = (DB::text(row, 0)?, DB::text(row, 1)?);
        Ok(Dependent { column, what, if_unlike: DB::text(row, 2)? == "YES" })
    };
    ask::<DB>(connection, query, place).await?.iter().map(dependent).collect()
}

/// Names are compared exactly, as sqlx does when it reads a row.
pub(super) fn find<'a>(found: &'a [CatalogueColumn], name: &str) -> Option<&'a CatalogueColumn> {
    found.iter().find(|column| column.name == name)
}

/// Returns whether no two rows can share a value. An index on a prefix of the column is enough: if the prefixes differ,
/// so do the columns.
pub(super) fn is_unique(indexes: &[Index], column: &str) -> bool {
    indexes.iter().any(|index| index.is_unique && index.columns == [column])
}

/// Returns whether two values that differ can both be stored, as far as it matters in practice.
pub(super) fn tells_apart(indexes: &[Index], column: &str) -> bool {
    !indexes.iter().any(|index| index.is_unique && index.is_short && index.columns == [column])
}

pub(super) async fn ask<DB: Dialect>(
    connection: &mut DB::Connection,
    sql: &'static str,
    (schema, table): QualifiedName<'_>,
) -> sqlx::Result<Vec<DB::Row>> {
    let mut args = DB::Arguments::default();
    DB::bind_text(&mut args, Some(table)).map_err(sqlx::Error::Encode)?;
    DB::bind_text(&mut args, schema).map_err(sqlx::Error::Encode)?;
    DB::fetch(connection, sql.into_sql_str(), args).await
}
