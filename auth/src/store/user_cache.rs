//! A cache of recently read rows, so that `user: User` does not need a query every time.
//!
//! A write through this crate invalidates the row before the write is acknowledged; the revocation feed invalidates it
//! in other processes. A row that was read before a write but arrives after it is not cached: a reader takes a ticket
//! first, and a ticket becomes void once anything in its shard is invalidated. A row is not older than the token for
//! which it was read; a token of a later generation, which was issued because something changed, gets a new one.
//!
//! Rows are cached only on request (`user_cache`), because an application that writes its own table expects to read
//! what it wrote. Writes by this crate go through a wrapper that drops the cached row when the write ends, however it
//! ends. Feed and broadcast carry the epochs of other processes, and an epoch drops its user's row.
//!
//! `live` reads from the store, even if a layer has seen a cached row in the same request. The map is our own, because
//! the ticket must be checked under the lock of the row: with a cache from another crate, a stale row would be visible
//! between insertion and removal. Rows are not cached in Redis: they hold password hashes, and a query is hardly slower
//! than another network round trip.

#[cfg(all(test, model))]
mod interleavings;

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::erased::{Boxed, DynUsers};
use super::error::StoreError;
use super::{Change, TableReport};
use crate::PasswordHash;
use crate::base::clock::Timestamp;
use crate::base::sync::{Mutex, MutexGuard, RandomState};
use crate::model::user::{AuthUser, NewUser};

const SHARDS: usize = 64;
/// The capacity of one shard: 16 384 rows in all.
const MOST: usize = 256;

/// The cached rows.
pub(crate) struct UserCache<U: AuthUser> {
    shards: Vec<Mutex<Shard<U>>>,
    hasher: RandomState,
    ttl: Duration,
}

struct Shard<U: AuthUser> {
    rows: HashMap<U::Id, Row<U>>,
    /// How often a row was invalidated.
    invalidations: u64,
}

struct Row<U> {
    user: Arc<U>,
    read_at: Timestamp,
    /// The generation of the token for which it was read.
    generation: u64,
}

impl<U> Row<U> {
    /// A row read in the future, according to a clock that has since been set back, is not fresh.
    fn is_fresh(&self, ttl: Duration, now: Timestamp) -> bool {
        self.read_at <= now && now < self.read_at + ttl
    }
}

/// Taken before a row is read; the row may be cached if nothing was invalidated in the meantime.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket(u64);

impl<U: AuthUser> UserCache<U> {
    /// Creates a cache that keeps rows for `ttl`.
    pub(crate) fn new(ttl: Duration) -> Self {
        let shard = || Mutex::new(Shard { rows: HashMap::new(), invalidations: 0 });
        Self { shards: (0..SHARDS).map(|_| shard()).collect(), hasher: RandomState::default(), ttl }
    }

    /// Ignores poisoning: every change under the lock is a single call, so a panic elsewhere leaves the shard
    /// consistent.
    fn shard(&self, id: &U::Id) -> Option<MutexGuard<'_, Shard<U>>> {
        // Below the number of shards, whatever the width of `usize`.
        let place = self.hasher.hash_one(id) % SHARDS as u64;
        let shard = self.shards.get(usize::try_from(place).ok()?)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the row if it was read recently, and not before what made tokens of this generation necessary: another
    /// process may have written the row, or have given its id to another account.
    pub(crate) fn get(&self, id: &U::Id, generation: u64, now: Timestamp) -> Option<Arc<U>> {
        let shard = self.shard(id)?;
        let row = shard.rows.get(id).filter(|row| row.generation >= generation && row.is_fresh(self.ttl, now))?;
        Some(Arc::clone(&row.user))
    }

    /// Returns a ticket for a row that is about to be read.
    pub(crate) fn ticket(&self, id: &U::Id) -> Option<Ticket> {
        self.shard(id).map(|shard| Ticket(shard.invalidations))
    }

    /// Caches a row that was read with this ticket for a token of this generation.
    pub(crate) fn insert(&self, ticket: Ticket, row: &Arc<U>, generation: u64, now: Timestamp) {
        let Some(mut shard) = self.shard(row.id()) else { return };
        if shard.invalidations != ticket.0 {
            return;
        }
        if shard.rows.len() >= MOST && !shard.rows.contains_key(row.id()) {
            shard.make_room(self.ttl, now);
        }
        shard.rows.insert(row.id().clone(), Row { user: Arc::clone(row), read_at: now, generation });
    }

    /// Invalidates a row once more when the result is dropped: for a write that may be cancelled at any point.
    pub(crate) fn invalidate_on_drop<'a>(&'a self, id: &'a U::Id) -> InvalidateOnDrop<'a, U> {
        InvalidateOnDrop(self, id)
    }

    /// Invalidates a row that was written or is about to be.
    pub(crate) fn invalidate(&self, id: &U::Id) {
        let Some(mut shard) = self.shard(id) else { return };
        shard.invalidations += 1;
        shard.rows.remove(id);
    }
}

impl<U: AuthUser> Shard<U> {
    /// Removes stale rows or, if there are none, the older half, so that eviction is rare instead of a search on each
    /// insertion.
    fn make_room(&mut self, ttl: Duration, now: Timestamp) {
        self.rows.retain(|_, row| row.is_fresh(ttl, now));
        if self.rows.len() < MOST {
            return;
        }
        let mut ages: Vec<Timestamp> = self.rows.values().map(|row| row.read_at).collect();
        let (_, middle, _) = ages.select_nth_unstable(MOST / 2);
        let (middle, mut room) = (*middle, MOST / 2);
        self.rows.retain(|_, row| {
            let goes = room > 0 && row.read_at <= middle;
            room -= usize::from(goes);
            !goes
        });
    }
}

/// A user table that invalidates cached rows when it writes them.
pub(crate) struct InvalidatingUsers<U: AuthUser> {
    pub(crate) users: Arc<dyn DynUsers<U>>,
    pub(crate) cache: Arc<UserCache<U>>,
}

/// Invalidates the row on drop, so also after an error or when the future is cancelled.
pub(crate) struct InvalidateOnDrop<'a, U: AuthUser>(&'a UserCache<U>, &'a U::Id);

impl<U: AuthUser> Drop for InvalidateOnDrop<'_, U> {
    fn drop(&mut self) {
        self.0.invalidate(self.1);
    }
}

impl<U: AuthUser> InvalidatingUsers<U> {
    fn invalidating<'a, T: Send + 'a>(&'a self, id: &'a U::Id, write: Boxed<'a, T>) -> Boxed<'a, T> {
        Box::pin(async move {
            let _invalidate = self.cache.invalidate_on_drop(id);
            write.await
        })
    }
}

#[allow(clippy::elidable_lifetime_names, reason = "as in the trait")]
impl<U: AuthUser> DynUsers<U> for InvalidatingUsers<U> {
    fn find<'a>(&'a self, id: &'a U::Id) -> Boxed<'a, Option<U>> {
        self.users.find(id)
    }
    fn find_by_login<'a>(&'a self, index: usize, login: &'a str) -> Boxed<'a, Option<U>> {
        self.users.find_by_login(index, login)
    }
    fn find_hash<'a>(&'a self, index: usize, login: &'a str) -> Boxed<'a, Option<Option<PasswordHash>>> {
        self.users.find_hash(index, login)
    }
    fn find_logins<'a>(&'a self, id: &'a U::Id) -> Boxed<'a, Option<Vec<Option<String>>>> {
        self.users.find_logins(id)
    }
    fn stored_as<'a>(&'a self, index: usize, canonical: &'a str) -> Boxed<'a, Option<Vec<String>>> {
        self.users.stored_as(index, canonical)
    }
    fn list_each<'a>(&'a self, after: Option<&'a U::Id>, most: u32) -> Boxed<'a, Vec<Result<U, StoreError>>> {
        self.users.list_each(after, most)
    }
    fn create<'a>(&'a self, new: NewUser<U>) -> Boxed<'a, U> {
        Box::pin(async move {
            let user = self.users.create(new).await?;
            // Databases reuse the ids of deleted rows, and the application may have deleted one directly.
            self.cache.invalidate(user.id());
            Ok(user)
        })
    }
    fn update<'a>(&'a self, id: &'a U::Id, changes: &'a [Change<U>]) -> Boxed<'a, bool> {
        self.invalidating(id, self.users.update(id, changes))
    }
    fn replace_password<'a>(&'a self, id: &'a U::Id, old: &'a str, new: &'a PasswordHash) -> Boxed<'a, bool> {
        self.invalidating(id, self.users.replace_password(id, old, new))
    }
    fn delete<'a>(&'a self, id: &'a U::Id) -> Boxed<'a, bool> {
        self.invalidating(id, self.users.delete(id))
    }
    fn problems(&self) -> Boxed<'_, TableReport> {
        self.users.problems()
    }
    fn try_create<'a>(&'a self, new: NewUser<U>) -> Boxed<'a, Vec<String>> {
        self.users.try_create(new)
    }
}
