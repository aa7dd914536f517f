//! What each database runs, under its own lock, to bring our table up to date.

use sqlx::SqlSafeStr;
use sqlx::migrate::Migrator;

use super::ddl::Ddl;
use super::table_name::{TableName, audited};

/// The migrations to apply to our own table.
#[derive(Debug)]
pub struct Plan {
    pub(super) migrator: Migrator,
    /// In quotes.
    pub(super) history: String,
    pub(super) table: TableName,
}

impl Plan {
    /// Runs first, once nobody else migrates: if the table is gone, its history is obsolete and is dropped, so that
    /// each step runs again.
    pub(super) async fn begin<DB: Ddl>(&self, connection: &mut DB::Connection) -> sqlx::Result<()> {
        if !exists::<DB>(connection, &self.table).await? {
            let forget = audited(format!("DROP TABLE IF EXISTS {}", self.history));
            DB::execute(connection, forget, DB::Arguments::default()).await?;
        }
        Ok(())
    }
}

/// Returns whether there is a table of this name.
pub(super) async fn exists<DB: Ddl>(connection: &mut DB::Connection, table: &TableName) -> sqlx::Result<bool> {
    let mut args = DB::Arguments::default();
    DB::bind_text(&mut args, Some(table.name())).map_err(sqlx::Error::Encode)?;
    DB::bind_text(&mut args, table.schema()).map_err(sqlx::Error::Encode)?;
    Ok(!DB::fetch(connection, DB::COLUMNS.into_sql_str(), args).await?.is_empty())
}
