//! How many keys an account has: fifty at most, however many are made at once.
//!
//! Whoever makes a key first writes its id into one record of the account, if the keys that are there and those that are
//! being made are fewer: a compare and set, so of many at once no more go on than there is room for. Once the key itself
//! is stored it counts by itself, so what is in the record matters for a minute only.

use std::collections::BTreeMap;
use std::time::Duration;

use super::service::{ApiKeys, KeyOwner};
use super::stored_key::StoredKey;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::model::api_key_id::ApiKeyId;
use crate::model::user::AuthUser;
use crate::store::{Record, StoreError, TRIES, Update, update, write};

/// How many keys an account may have. One that is being replaced does not count beside the one that replaces it.
pub(crate) const MAX_KEYS: usize = 50;
/// How long making a key may take. No request waits for its stores nearly as long.
const IN_THE_MAKING: Duration = Duration::from_mins(1);

/// The keys of an account that are being made, and since when, in milliseconds.
type Claims = BTreeMap<String, u64>;

impl<U: AuthUser> ApiKeys<U> {
    /// Makes room for one more key of this id. Returns whether there was any.
    pub(super) async fn claim(&self, owner: &KeyOwner, id: &ApiKeyId) -> Result<bool, AuthError> {
        let kinds = &self.kinds;
        for _ in 0..TRIES {
            let (stored, keys) =
                self.records.get_and_list((&kinds.api_key_claims, &owner.id), (&kinds.api_key, &owner.id)).await?;
            let now = self.now();
            let mut claims = stored.as_ref().map(read).unwrap_or_default();
            claims.retain(|id, since| is_recent(*since, now) && !keys.iter().any(|key| key.key == *id));
            if keys.iter().filter(|record| self.counts(record, owner)).count() + claims.len() >= MAX_KEYS {
                return Ok(false);
            }
            claims.insert(id.to_string(), now.as_millis());
            let record = self.claims_record(&owner.id, &claims, now)?;
            if write(&*self.records, record, stored.map(|record| record.version)).await?.is_some() {
                return Ok(true);
            }
        }
        Err(AuthError::unavailable("the API keys of an account were changed by too many at once"))
    }

    /// A key is gone, also if it was made a moment ago. It counts for a minute at most if this fails.
    pub(super) async fn unclaim(&self, owner: &str, id: &ApiKeyId) {
        let id = id.to_string();
        let decide = |stored: Option<Record>| -> Result<_, StoreError> {
            let Some(mut claims) = stored.as_ref().map(read) else { return Ok(Update::Keep(())) };
            if claims.remove(&id).is_none() {
                return Ok(Update::Keep(()));
            }
            Ok(Update::Write(self.claims_record(owner, &claims, self.now())?, ()))
        };
        let place = (&*self.kinds.api_key_claims, owner);
        if let Err(error) = update(&*self.records, place, None, "the API keys of an account", decide).await {
            let error: &dyn std::error::Error = &error;
            tracing::debug!(target: "auth::store", error, "a removed API key counts for another minute");
        }
    }

    fn counts(&self, record: &Record, owner: &KeyOwner) -> bool {
        let Ok(id) = record.key.parse() else { return false };
        // One that cannot be read may be that of a later release.
        StoredKey::read_if_readable(record).is_none_or(|key| {
            key.replaced_by.is_none() && key.is_of_row(owner.row) && self.is_alive(&id, &key)
        })
    }

    fn claims_record(&self, owner: &str, claims: &Claims, now: Timestamp) -> Result<Record, StoreError> {
        Ok(Record {
            kind: self.kinds.api_key_claims.clone(),
            key: owner.to_owned(),
            owner: owner.to_owned(),
            value: serde_json::to_string(claims).map_err(StoreError::corrupt)?,
            version: 1,
            expires_at: now + IN_THE_MAKING * 2,
            changed_at: now,
        })
    }
}

/// Reads the record. What cannot be read is of nobody who is still at it.
fn read(record: &Record) -> Claims {
    serde_json::from_str(&record.value).unwrap_or_default()
}

/// Whether it may still be going on, by a clock that may be behind that of another instance.
fn is_recent(since: u64, now: Timestamp) -> bool {
    Timestamp::from_millis(since) + IN_THE_MAKING > now
}
