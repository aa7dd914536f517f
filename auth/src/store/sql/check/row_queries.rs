//! Queries about rows, with a time limit, and how rows are named in messages.

use std::time::Duration;

use super::super::ddl::CatalogueColumn;
use super::expected::ExpectedColumn;
use super::quoted_table;
use crate::model::schema::Schema;
use crate::store::sql::Dialect;
use crate::store::sql::table_name::audited;

/// The time limit. Two million rows take one or two seconds for each login.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(5);

/// How many rows a problem names.
pub(super) const EXAMPLES: usize = 5;

/// What is asked about: the table, and what the columns are.
pub(super) struct RowQueries<'a, DB: Dialect> {
    pub(super) schema: &'static Schema,
    pub(super) expected: &'a [ExpectedColumn<DB>],
    pub(super) found: &'a [CatalogueColumn],
    /// The type of the id, as spelled by the database.
    pub(super) id_type: &'a str,
    /// Logins without a unique index of their own.
    pub(super) not_unique: &'a [&'static str],
}

impl<DB: Dialect> RowQueries<'_, DB> {
    /// Returns the table such that a query reads it in storage order.
    pub(super) fn table(&self) -> String {
        DB::from_end_to_end(&quoted_table::<DB>(self.schema))
    }

    /// Returns the id as text.
    pub(super) fn id(&self) -> String {
        DB::as_text(&DB::quote(self.schema.id), self.id_type)
    }

    /// Runs a query, within the time that is left for each.
    pub(super) async fn ask(
        &self,
        connection: &mut DB::Connection,
        query: String,
        args: DB::Arguments,
    ) -> sqlx::Result<Vec<DB::Row>> {
        DB::fetch(connection, audited(DB::bounded(query, TIME_LIMIT.as_secs())), args).await
    }

    /// Returns the ids of a few rows that meet a condition, as they are named in a message: "`id` 1, 2 and more".
    pub(super) async fn examples(
        &self,
        connection: &mut DB::Connection,
        condition: &str,
        args: DB::Arguments,
    ) -> sqlx::Result<String> {
        let (id, table) = (self.id(), self.table());
        let query = format!("SELECT {id} FROM {table} WHERE {condition} LIMIT {}", EXAMPLES + 1);
        let rows = self.ask(connection, query, args).await?;
        let ids: Vec<_> = rows.iter().map(|row| shown::<DB>(row, 0)).collect();
        Ok(some(self.schema, &ids))
    }
}

/// Returns an id for a message. A row is never a reason for the check to fail.
pub(super) fn shown<DB: Dialect>(row: &DB::Row, place: usize) -> String {
    DB::text(row, place).unwrap_or_else(|_| "(not text)".to_owned())
}

/// Names a few of these ids.
pub(super) fn some(schema: &Schema, ids: &[String]) -> String {
    let few: Vec<_> = ids.iter().take(EXAMPLES).map(String::as_str).collect();
    let more = if ids.len() > EXAMPLES { " and more" } else { "" };
    format!("`{}` {}{more}", schema.id, few.join(", "))
}

/// Says how many rows.
pub(super) fn counted(rows: i64) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{rows} rows") }
}
