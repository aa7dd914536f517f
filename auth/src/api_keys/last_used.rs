//! When a key was used last: the day, for somebody who wonders whether a key is still needed.
//!
//! It is written when the day is another one, by a task of its own, and at most once an hour by an instance, whatever
//! becomes of it: no request waits for it, and a store that fails is not asked with each of them.

use tokio::runtime::Handle;

use super::service::ApiKeys;
use super::stored_key::{StoredKey, day_of};
use crate::base::clock::Timestamp;
use crate::model::api_key_id::ApiKeyId;
use crate::model::user::AuthUser;
use crate::store::{Record, StoreError, Update, update};

impl<U: AuthUser> ApiKeys<U> {
    /// A key was used. `known` is the day that was read of it. Without a runtime, nothing is written.
    pub(super) fn was_used(&self, id: ApiKeyId, known: Option<u64>) {
        let now = self.now();
        if known.is_some_and(|day| day >= day_of(now)) || !self.attempts.begins(&id, now) {
            return;
        }
        let (Ok(runtime), Some(this)) = (Handle::try_current(), self.this.upgrade()) else { return };
        drop(runtime.spawn(async move {
            if let Err(error) = this.write_last_used(&id, now).await {
                let error: &dyn std::error::Error = &error;
                tracing::debug!(target: "auth::store", error, key_id = %id, "the last use of an API key is not written");
            }
        }));
    }

    async fn write_last_used(&self, id: &ApiKeyId, now: Timestamp) -> Result<(), StoreError> {
        let day = day_of(now);
        let decide = |record: Option<Record>| -> Result<_, StoreError> {
            let Some(record) = record else { return Ok(Update::Keep(())) };
            let mut key = StoredKey::read(&record)?;
            if key.last_used.is_some_and(|before| before >= day) {
                return Ok(Update::Keep(()));
            }
            key.last_used = Some(day);
            Ok(Update::Write(key.into_record(record, now)?, ()))
        };
        // A record that is gone by now is not made again: it is replaced by its version or not at all.
        update(&*self.records, (&self.kinds.api_key, &id.to_string()), None, "an API key", decide).await.map(drop)
    }
}
