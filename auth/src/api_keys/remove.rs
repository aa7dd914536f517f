//! Keys end: one, or all of an account.

use super::service::ApiKeys;
use crate::base::error::AuthError;
use crate::context::Kinds;
use crate::model::api_key_id::ApiKeyId;
use crate::model::user::AuthUser;
use crate::store::{DynRecords, StoreError};

impl<U: AuthUser> ApiKeys<U> {
    /// Removes a key of an account. From then on it is refused here, and everywhere else as soon as revocations arrive.
    /// Returns whether it was there. For callers that make sure that the revocation is completed.
    pub(crate) async fn remove(&self, owner: &str, id: &ApiKeyId) -> Result<bool, AuthError> {
        // Memory first: it can only refuse.
        self.feed.refuse_session(*id.sid());
        let there = self.records.delete(&self.kinds.api_key, &id.to_string()).await?;
        // Without a record, the store has no such key any more. This is for those who remember it.
        self.feed.store_ended(*id.sid(), owner).await?;
        Ok(there)
    }

    /// Whether the account has a key of this id, which may have expired.
    pub(crate) async fn has(&self, owner: &str, id: &ApiKeyId) -> Result<bool, StoreError> {
        let record = self.records.get(&self.kinds.api_key, &id.to_string()).await?;
        Ok(record.is_some_and(|record| record.owner == owner))
    }
}

/// Removes every key of an account, also while keys are off. Returns whether there were any. Whoever remembers one reads it
/// again when something changes for the account, so a bump of its epoch follows.
pub(crate) async fn end_all((records, kinds): (&dyn DynRecords, &Kinds), owner: &str) -> Result<bool, StoreError> {
    let ended = records.delete_owned(&kinds.api_key, owner, None).await?;
    records.delete_owned(&kinds.api_key_slot, owner, None).await?;
    Ok(ended > 0)
}
