//! From the text of a key to the key: the prefix and the checksum first, which cost nothing; then memory; then the store.
//!
//! What was read is remembered for a minute at most, and for less if anything ends or changes for its owner: a key that is
//! revoked is among the ended sessions of this process, and every other change counts (`revocation/changes.rs`). While the
//! feed of revocations is silent, nothing is believed that is remembered, and the store is asked for each request.
//!
//! The limit of a key is asked after its look-up: a text that is no key has none. So whoever floods with a key costs a
//! look-up in memory.

use std::sync::Arc;

use super::found_keys::FoundKey;
use super::service::ApiKeys;
use super::stored_key::StoredKey;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::model::api_key_id::ApiKeyId;
use crate::model::client_info::ClientInfo;
use crate::model::event::KeyRefusal;
use crate::model::user::AuthUser;
use crate::revocation::ChangeTicket;
use crate::store::{Budget, Record, StoreError};

impl<U: AuthUser> ApiKeys<U> {
    /// Finds the key with this text, if it is one that has not ended.
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`]; [`AuthError::Unavailable`] if the store failed.
    pub(crate) async fn find(
        &self,
        text: &str,
        client: &ClientInfo,
        budget: &Budget,
    ) -> Result<Result<Arc<FoundKey<U>>, KeyRefusal>, AuthError> {
        let Some(id) = self.settings.prefix.id(text) else { return Ok(Err(KeyRefusal::Malformed)) };
        let now = self.now();
        let key = match self.remembered(&id, now) {
            Some(key) => key,
            None => match self.look_up(id, client, budget).await? {
                Ok(key) => key,
                Err(refusal) => return Ok(Err(refusal)),
            },
        };
        if self.feed.key_has_ended(id.sid(), key.generation) {
            return Ok(Err(KeyRefusal::Revoked));
        }
        if key.ends_at <= now {
            return Ok(Err(KeyRefusal::Expired));
        }
        self.limits.limit_key(id.sid(), client)?;
        self.was_used(id, key.last_used);
        Ok(Ok(key))
    }

    fn remembered(&self, id: &ApiKeyId, now: Timestamp) -> Option<Arc<FoundKey<U>>> {
        if !self.feed.is_current() {
            return None;
        }
        let found = self.found.get(id, now)?;
        self.feed.changes().is_current(found.seen, &found.key.owner).then_some(found.key)
    }

    async fn look_up(
        &self,
        id: ApiKeyId,
        client: &ClientInfo,
        budget: &Budget,
    ) -> Result<Result<Arc<FoundKey<U>>, KeyRefusal>, AuthError> {
        let unknown = self.limits.look_for_key(client)?;
        let (ticket, read_at) = (self.feed.changes().ticket(), self.now());
        // Its state should not enlarge the future of every request.
        let found = Box::pin(budget.spend(self.read_from_store(&id))).await;
        if !matches!(found, Ok(None)) {
            self.limits.key_is_known(unknown);
        }
        let Some(record) = found? else { return Ok(Err(KeyRefusal::Unknown)) };
        let Some(key) = self.found_key(id, &record)? else { return Ok(Err(KeyRefusal::Unknown)) };
        let key = Arc::new(key);
        self.remember(&key, ticket, read_at);
        Ok(Ok(key))
    }

    async fn read_from_store(&self, id: &ApiKeyId) -> Result<Option<Record>, AuthError> {
        if !self.feed.is_current() {
            self.feed.read_about_key(id.sid()).await?;
        }
        Ok(self.records.get(&self.kinds.api_key, &id.to_string()).await?)
    }

    pub(super) fn found_key(&self, id: ApiKeyId, record: &Record) -> Result<Option<FoundKey<U>>, StoreError> {
        // The database may be shared with an older version of the application that has another type of ids.
        let Ok(owner) = record.owner.parse() else { return Ok(None) };
        let key = StoredKey::read(record)?;
        let names = self.settings.permissions.names();
        let given = key.permissions.iter().filter_map(|name| names.iter().position(|known| known == name));
        let permissions = self.settings.permissions.closed(&given.collect());
        let ends_at = key.ends_at();
        let StoredKey { name, generation, row, last_used, .. } = key;
        Ok(Some(FoundKey { id, name, owner, row, permissions, generation, ends_at, last_used }))
    }

    fn remember(&self, key: &Arc<FoundKey<U>>, ticket: ChangeTicket, read_at: Timestamp) {
        if let Some(seen) = self.feed.changes().seen_since(ticket, &key.owner) {
            self.found.put(key, seen, read_at);
        }
    }
}
