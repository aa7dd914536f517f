//! Keys that were found in the store, kept in memory.

use std::sync::Arc;
use std::time::Duration;

use quick_cache::sync::Cache;

use crate::base::clock::Timestamp;
use crate::model::api_key_id::ApiKeyId;
use crate::model::claims::RowStamp;
use crate::model::principal::{PermissionSet, Principal};
use crate::model::user::AuthUser;
use crate::revocation::ChangesSeen;

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

pub(super) struct Remembered<U: AuthUser> {
    pub(super) key: Arc<FoundKey<U>>,
    pub(super) seen: ChangesSeen,
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
    pub(super) fn get(&self, id: &ApiKeyId, now: Timestamp) -> Option<Remembered<U>> {
        self.keys.get(id).filter(|found| found.read_at <= now && now < found.until)
    }

    pub(super) fn put(&self, key: &Arc<FoundKey<U>>, seen: ChangesSeen, read_at: Timestamp) {
        let found = Remembered { key: Arc::clone(key), seen, until: read_at + self.life, read_at };
        self.keys.insert(key.id, found);
    }
}
