//! From the text of a key to the key: the prefix and the checksum first, which cost nothing; then memory; then the store.
//!
//! What was read is remembered for a minute at most, and for less if anything ends or changes for its owner: a key that is
//! revoked is among the ended sessions of this process, and every other change counts (`revocation/changes.rs`). While the
//! feed of revocations is silent, nothing is believed that is remembered, and the store is asked for each request.
//!
//! The limit of a key is asked after its look-up: a text that is no key has none. So whoever floods with a key costs a
//! look-up in memory.

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;

use super::service::ApiKeys;
use super::stored_key::StoredKey;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::model::api_key_id::ApiKeyId;
use crate::model::claims::RowStamp;
use crate::model::client_info::ClientInfo;
use crate::model::event::KeyRefusal;
use crate::model::principal::{PermissionSet, Principal};
use crate::model::user::AuthUser;
use crate::revocation::{ChangeTicket, ChangesSeen};
use crate::store::{Budget, Record, StoreError};

/// How long what was read of a key is believed. Shorter than memory knows that it has ended, and no longer than a key that
/// was rotated lives on at least: both may be written by another instance right after it was read here.
const REMEMBERED_FOR: Duration = Duration::from_mins(1);
/// How many keys are remembered: a few megabytes.
const REMEMBERED: usize = 16_384;

/// A key as it was found in the store.
pub struct FoundKey<U: Principal> {
    pub(super) id: ApiKeyId,
    pub(super) name: String,
    pub(super) owner: U::Id,
    pub(super) row: Option<RowStamp>,
    /// What it was given, and what that includes.
    pub(super) permissions: PermissionSet,
    pub(super) generation: u64,
    pub(super) ends_at: Timestamp,
    pub(super) last_used: Option<u64>,
}

impl<U: Principal> FoundKey<U> {
    /// Returns whose key it is.
    pub(crate) const fn owner(&self) -> &U::Id {
        &self.owner
    }

    /// Returns the stamp of the row that it was made for.
    pub(crate) const fn row(&self) -> Option<RowStamp> {
        self.row
    }

    pub(crate) const fn id(&self) -> ApiKeyId {
        self.id
    }
}

struct Remembered<U: AuthUser> {
    key: Arc<FoundKey<U>>,
    seen: ChangesSeen,
    until: Timestamp,
    read_at: Timestamp,
}

impl<U: AuthUser> Clone for Remembered<U> {
    fn clone(&self) -> Self {
        Self { key: Arc::clone(&self.key), ..*self }
    }
}

/// The keys that were found lately.
pub(super) struct FoundKeys<U: AuthUser> {
    keys: Cache<ApiKeyId, Remembered<U>>,
    life: Duration,
}

impl<U: AuthUser> FoundKeys<U> {
    /// `access_ttl`: how long at least memory knows that something has ended.
    pub(super) fn new(access_ttl: Duration) -> Self {
        Self { keys: Cache::new(REMEMBERED), life: REMEMBERED_FOR.min(access_ttl) }
    }

    /// Returns a key that was found lately, by a clock that has not been set back since.
    fn get(&self, id: &ApiKeyId, now: Timestamp) -> Option<Remembered<U>> {
        self.keys.get(id).filter(|found| found.read_at <= now && now < found.until)
    }

    fn put(&self, key: &Arc<FoundKey<U>>, seen: ChangesSeen, read_at: Timestamp) {
        let found = Remembered { key: Arc::clone(key), seen, until: read_at + self.life, read_at };
        self.keys.insert(key.id, found);
    }
}

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

    fn found_key(&self, id: ApiKeyId, record: &Record) -> Result<Option<FoundKey<U>>, StoreError> {
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
