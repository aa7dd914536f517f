//! The id of the store, which access tokens carry.

use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::base::random::{Random, random};
use crate::model::claims::StoreId;
use crate::store::{DynRecords, Record, StoreError, Update, update};
use crate::token::store_claim::OwnStore;

/// The one record that belongs to the store and not to a user type; no kind of a user type is without a colon.
const KIND: &str = "auth.store";
const KEY: &str = "id";

/// What it is called in an error.
const WHAT: &str = "the id of the store";

/// Returns the store's id, making one if there is none. Of several instances that start at once, one makes it.
pub(crate) async fn own(records: &dyn DynRecords, source: &dyn Random, now: Timestamp) -> Result<OwnStore, AuthError> {
    let made = |stored: Option<Record>| -> Result<_, AuthError> {
        if let Some(stored) = stored {
            return Ok(Update::Keep(read(&stored)?));
        }
        written(OwnStore::new(StoreId::from_bytes(random(source)?), now), now)
    };
    Ok(update(records, (KIND, KEY), None, WHAT, made).await?.0)
}

/// Gives the store a new id, and returns it. Of several callers, one after the other does.
pub(crate) async fn renew(
    records: &dyn DynRecords,
    source: &dyn Random,
    now: Timestamp,
) -> Result<OwnStore, AuthError> {
    let renamed = |stored: Option<Record>| -> Result<_, AuthError> {
        let id = StoreId::from_bytes(random(source)?);
        written(stored.as_ref().map(read).transpose()?.map_or(OwnStore::new(id, now), |own| own.renamed(id)), now)
    };
    Ok(update(records, (KIND, KEY), None, WHAT, renamed).await?.0)
}

fn read(record: &Record) -> Result<OwnStore, StoreError> {
    serde_json::from_str(&record.value).map_err(StoreError::corrupt)
}

fn written(own: OwnStore, now: Timestamp) -> Result<Update<OwnStore>, AuthError> {
    let value = serde_json::to_string(&own).map_err(AuthError::internal)?;
    let record = Record::of_nobody(KIND, KEY, value, now);
    Ok(Update::Write(record, own))
}
