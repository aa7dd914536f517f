//! Several records in one statement.
//!
//! A login counts at several counters at once, and a database may be far away. Each row is inserted, or replaced if it
//! has the version before, and keeps its own answer: PostgreSQL and SQLite return the rows that were written. MySQL does
//! not, and the number of rows that it reports does not tell which, so there the statement fails as a whole, and the
//! caller writes one after the other.
//!
//! Rows are written in the order of their keys, so that two of these statements never wait for each other.

use sqlx::SqlStr;

use super::Dialect;
use super::error::{is_conflict, store_error};
use super::records::{SqlRecords, bind_record, bind_texts, fits, is_representable, read};
use super::statements::AT_ONCE;
use crate::store::{Record, StoreError};

impl<DB: Dialect> SqlRecords<DB> {
    /// Returns the records of this kind that have one of the keys.
    pub(super) async fn read_several(&self, kind: &str, keys: &[&str]) -> Result<Vec<Record>, StoreError> {
        let keys: Vec<&str> = keys.iter().copied().filter(|key| is_representable::<DB>([kind, *key])).collect();
        let mut found = Vec::with_capacity(keys.len());
        for keys in keys.chunks(AT_ONCE) {
            // The last key fills the places that are left.
            let last = keys.last().copied().unwrap_or_default();
            let places = || keys.iter().copied().chain(std::iter::repeat(last)).take(AT_ONCE);
            let add = |args: &mut DB::Arguments| bind_texts::<DB>(args, std::iter::once(kind).chain(places()));
            for row in self.db.fetch(&self.sql.get_many, add).await? {
                found.push(read::<DB>(&row)?);
            }
        }
        Ok(found)
    }

    /// Inserts each record of version 0, replaces the others if they have the version before, and returns which were
    /// written.
    pub(super) async fn write_several(&self, records: &[Record]) -> Result<Vec<bool>, StoreError> {
        records.iter().try_for_each(fits::<DB>)?;
        let mut written = Vec::with_capacity(records.len());
        for records in records.chunks(AT_ONCE) {
            if let Some(sql) = records.len().checked_sub(1).and_then(|index| self.sql.write_many.get(index)) {
                written.extend(self.write_at_once(sql, records).await?);
            }
        }
        Ok(written)
    }

    async fn write_at_once(&self, sql: &SqlStr, records: &[Record]) -> Result<Vec<bool>, StoreError> {
        let mut sorted: Vec<&Record> = records.iter().collect();
        sorted.sort_unstable_by(|one, other| (&one.kind, &one.key).cmp(&(&other.kind, &other.key)));
        let add = |args: &mut DB::Arguments| {
            sorted.iter().try_for_each(|record| bind_record::<DB>(args, record, record.version.saturating_add(1)))
        };
        let is_outdated = |error: &sqlx::Error| error.as_database_error().is_some_and(DB::is_outdated);
        match self.db.write_returning(sql, add).await? {
            Ok(rows) if DB::RETURNS_WRITTEN => {
                let keys = rows.iter().map(|row| DB::text(row, 0)).collect::<Result<Vec<_>, _>>();
                let keys = keys.map_err(store_error::<DB>)?;
                Ok(records.iter().map(|record| keys.contains(&record.key)).collect())
            }
            Ok(_) => Ok(vec![true; records.len()]),
            Err(error) if is_conflict::<DB>(&error) || is_outdated(&error) => Ok(vec![false; records.len()]),
            Err(error) => Err(store_error::<DB>(error)),
        }
    }
}
