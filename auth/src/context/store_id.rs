//! The id of the store, which access tokens carry.

use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::base::random::{Random, random};
use crate::model::claims::StoreId;
use crate::store::{DynRecords, Record, StoreError, TRIES};
use crate::token::store::OwnStore;

/// The one record that belongs to the store and not to a user type; no kind of a user type is without a colon.
const KIND: &str = "auth.store";
const KEY: &str = "id";

/// Returns the store's id, making one if there is none. Of several instances that start at once, one makes it.
pub(crate) async fn own(records: &dyn DynRecords, source: &dyn Random, now: Timestamp) -> Result<OwnStore, AuthError> {
    for _ in 0..TRIES {
        if let Some((_, own)) = read(records).await? {
            return Ok(own);
        }
        let own = OwnStore::new(StoreId::from_bytes(random(source)?), now);
        let record = Record {
            kind: KIND.to_owned(),
            key: KEY.to_owned(),
            owner: String::new(),
            value: serde_json::to_string(&own).map_err(AuthError::internal)?,
            version: 1,
            expires_at: Timestamp::from_millis(i64::MAX.unsigned_abs()),
            changed_at: now,
        };
        if records.insert(&record).await? {
            return Ok(own);
        }
    }
    Err(too_many())
}

async fn read(records: &dyn DynRecords) -> Result<Option<(Record, OwnStore)>, StoreError> {
    let Some(record) = records.get(KIND, KEY).await? else { return Ok(None) };
    let own = serde_json::from_str(&record.value).map_err(StoreError::corrupt)?;
    Ok(Some((record, own)))
}

fn too_many() -> AuthError {
    AuthError::unavailable("the id of the store was changed by too many at once")
}

/// Gives the store a new id, and returns it. Of several callers, one after the other does.
pub(crate) async fn renew(
    records: &dyn DynRecords,
    source: &dyn Random,
    now: Timestamp,
) -> Result<OwnStore, AuthError> {
    for _ in 0..TRIES {
        let Some((record, own)) = read(records).await? else { return self::own(records, source, now).await };
        let renamed = own.renamed(StoreId::from_bytes(random(source)?));
        let value = serde_json::to_string(&renamed).map_err(AuthError::internal)?;
        if records.replace(&Record { value, changed_at: now, ..record }).await? {
            return Ok(renamed);
        }
    }
    Err(too_many())
}
