//! Records in a transaction that others begin and end: together with the row of their user.

use super::Dialect;
use super::connection::{Bind, Failed, bind};
use super::error::{error_kind, is_conflict, store_error};
use super::error_kind::SqlErrorKind;
use super::records::{SqlRecords, bind_record, bind_texts, fits, read, texts};
use super::statements::KINDS;
use crate::store::{Record, StoreError};

impl<DB: Dialect> SqlRecords<DB> {
    /// Returns the record with this kind and key.
    pub(super) async fn get_in(
        &self,
        connection: &mut DB::Connection,
        kind: &str,
        key: &str,
    ) -> Result<Option<Record>, Failed> {
        let rows = DB::fetch(connection, self.sql.get.clone(), bind::<DB>(texts([kind, key]))?).await?;
        Ok(rows.first().map(read::<DB>).transpose()?)
    }

    /// Inserts the record, or replaces the stored one if it still has this version. Returns whether it did.
    pub(super) async fn write_in(
        &self,
        connection: &mut DB::Connection,
        record: &Record,
        replaces: bool,
    ) -> Result<bool, Failed> {
        fits::<DB>(record)?;
        let add = |args: &mut DB::Arguments| {
            bind_record::<DB>(args, record, record.version.saturating_add(i64::from(replaces)))?;
            if replaces { DB::bind_integer(args, record.version) } else { Ok(()) }
        };
        let sql = if replaces { &self.sql.replace } else { &self.sql.insert };
        match DB::execute(connection, sql.clone(), bind::<DB>(add)?).await {
            Ok(rows) => Ok(rows > 0),
            Err(error) if !replaces && is_conflict::<DB>(&error) => Ok(false),
            // It is our table that refuses, so the fault is neither the row's nor that of the person signing up.
            Err(error) if error_kind::<DB>(&error) == Some(SqlErrorKind::Refused) => {
                Err(StoreError::unavailable(store_error::<DB>(error)).into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Returns whether the owner has any record of these kinds.
    pub(super) async fn has_any(
        &self,
        connection: &mut DB::Connection,
        kinds: &[&str],
        owner: &str,
    ) -> Result<bool, Failed> {
        for kinds in kinds.chunks(KINDS) {
            let args = bind::<DB>(of_kinds(kinds, owner))?;
            if !DB::fetch(connection, self.sql.has_any.clone(), args).await?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Deletes the owner's records of these kinds.
    pub(super) async fn delete_owned_in(
        &self,
        connection: &mut DB::Connection,
        kinds: &[&str],
        owner: &str,
    ) -> Result<(), Failed> {
        for kinds in kinds.chunks(KINDS) {
            let args = bind::<DB>(of_kinds(kinds, owner))?;
            DB::execute(connection, self.sql.delete_kinds.clone(), args).await?;
        }
        Ok(())
    }
}

/// Binds at most [`KINDS`] kinds, of which the last one fills the places that are left, and an owner.
fn of_kinds<DB: Dialect>(kinds: &[&str], owner: &str) -> impl Bind<DB> {
    move |args: &mut DB::Arguments| {
        let last = kinds.last().copied().unwrap_or_default();
        let kinds = kinds.iter().copied().chain(std::iter::repeat(last)).take(KINDS);
        bind_texts::<DB>(args, kinds.chain([owner]))
    }
}
