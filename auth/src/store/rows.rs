//! Rows that were read a moment ago, so that `user: User` need not be a query each time.
//!
//! Whoever writes a row through this crate has it forgotten here before the write is acknowledged, and by the feed in other
//! processes. A row that was read before a write and arrives after it is not kept: a reader takes a ticket first, and a
//! ticket is void once something of its shard was forgotten.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::erased::{Boxed, DynUsers};
use crate::PasswordHash;
use crate::clock::Timestamp;
use crate::user::{AuthUser, NewUser};

const SHARDS: usize = 64;
/// Rows in one shard: 16 384 in all.
const MOST: usize = 256;

/// The rows that are kept.
pub(crate) struct Rows<U: AuthUser> {
    shards: Vec<Mutex<Shard<U>>>,
    hasher: RandomState,
    life: Duration,
}

struct Shard<U: AuthUser> {
    rows: HashMap<U::Id, Row<U>>,
    /// How often something was forgotten.
    forgotten: u64,
}

struct Row<U> {
    row: Arc<U>,
    read_at: Timestamp,
}

impl<U> Row<U> {
    /// A row from the future, by a clock that was set back, is not fresh.
    fn is_fresh(&self, life: Duration, now: Timestamp) -> bool {
        self.read_at <= now && now < self.read_at + life
    }
}

/// Taken before a row is read; good for keeping it if nothing was written meanwhile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket(u64);

impl<U: AuthUser> Rows<U> {
    /// Keeps rows for `life`.
    pub(crate) fn new(life: Duration) -> Self {
        let shard = || Mutex::new(Shard { rows: HashMap::new(), forgotten: 0 });
        Self { shards: (0..SHARDS).map(|_| shard()).collect(), hasher: RandomState::new(), life }
    }

    /// A panic elsewhere leaves a shard whole: every change under the lock is a single call.
    fn shard(&self, id: &U::Id) -> Option<MutexGuard<'_, Shard<U>>> {
        // Below the number of shards, whatever the width of `usize`.
        let place = self.hasher.hash_one(id) % SHARDS as u64;
        let shard = self.shards.get(usize::try_from(place).ok()?)?;
        Some(shard.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The row, if it was read a moment ago.
    pub(crate) fn get(&self, id: &U::Id, now: Timestamp) -> Option<Arc<U>> {
        let shard = self.shard(id)?;
        shard.rows.get(id).filter(|row| row.is_fresh(self.life, now)).map(|row| Arc::clone(&row.row))
    }

    /// A ticket for a row that is about to be read.
    pub(crate) fn ticket(&self, id: &U::Id) -> Option<Ticket> {
        self.shard(id).map(|shard| Ticket(shard.forgotten))
    }

    /// Keeps a row that was read with this ticket.
    pub(crate) fn keep(&self, ticket: Ticket, row: &Arc<U>, now: Timestamp) {
        let Some(mut shard) = self.shard(row.id()) else { return };
        if shard.forgotten != ticket.0 {
            return;
        }
        if shard.rows.len() >= MOST && !shard.rows.contains_key(row.id()) {
            shard.make_room(self.life, now);
        }
        shard.rows.insert(row.id().clone(), Row { row: Arc::clone(row), read_at: now });
    }

    /// The row was, or is about to be, written.
    pub(crate) fn forget(&self, id: &U::Id) {
        let Some(mut shard) = self.shard(id) else { return };
        shard.forgotten += 1;
        shard.rows.remove(id);
    }
}

impl<U: AuthUser> Shard<U> {
    /// Takes away what is no longer fresh and, if that is nothing, the older half: rarely, instead of a search each time.
    fn make_room(&mut self, life: Duration, now: Timestamp) {
        self.rows.retain(|_, row| row.is_fresh(life, now));
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

/// The user table of an application that keeps rows: who writes one has it forgotten.
pub(crate) struct Forgetting<U: AuthUser> {
    pub(crate) users: Arc<dyn DynUsers<U>>,
    pub(crate) rows: Arc<Rows<U>>,
}

/// Forgets at the end, however it comes: an answer, an error, a client that did not wait.
struct AtTheEnd<'a, U: AuthUser>(&'a Rows<U>, &'a U::Id);

impl<U: AuthUser> Drop for AtTheEnd<'_, U> {
    fn drop(&mut self) {
        self.0.forget(self.1);
    }
}

impl<U: AuthUser> Forgetting<U> {
    fn writing<'a, T: Send + 'a>(&'a self, id: &'a U::Id, write: Boxed<'a, T>) -> Boxed<'a, T> {
        Box::pin(async move {
            let _forget = AtTheEnd(&self.rows, id);
            write.await
        })
    }
}

#[allow(clippy::elidable_lifetime_names, reason = "as in the trait")]
impl<U: AuthUser> DynUsers<U> for Forgetting<U> {
    fn find<'a>(&'a self, id: &'a U::Id) -> Boxed<'a, Option<U>> {
        self.users.find(id)
    }
    fn find_by_login<'a>(&'a self, index: usize, login: &'a str) -> Boxed<'a, Option<U>> {
        self.users.find_by_login(index, login)
    }
    fn create<'a>(&'a self, new: NewUser<U>) -> Boxed<'a, U> {
        Box::pin(async move {
            let user = self.users.create(new).await?;
            // Databases give the ids of deleted rows to new ones, and the application may have deleted one by itself.
            self.rows.forget(user.id());
            Ok(user)
        })
    }
    fn set_password<'a>(&'a self, id: &'a U::Id, hash: &'a PasswordHash) -> Boxed<'a, bool> {
        self.writing(id, self.users.set_password(id, hash))
    }
    fn replace_password<'a>(&'a self, id: &'a U::Id, old: &'a str, new: &'a PasswordHash) -> Boxed<'a, bool> {
        self.writing(id, self.users.replace_password(id, old, new))
    }
    fn set_active<'a>(&'a self, id: &'a U::Id, active: bool, now: Timestamp) -> Boxed<'a, bool> {
        self.writing(id, self.users.set_active(id, active, now))
    }
    fn set_roles<'a>(&'a self, id: &'a U::Id, roles: &'a U::Roles) -> Boxed<'a, bool> {
        self.writing(id, self.users.set_roles(id, roles))
    }
    fn set_permissions<'a>(&'a self, id: &'a U::Id, permissions: &'a U::Permissions) -> Boxed<'a, bool> {
        self.writing(id, self.users.set_permissions(id, permissions))
    }
    fn delete<'a>(&'a self, id: &'a U::Id) -> Boxed<'a, bool> {
        self.writing(id, self.users.delete(id))
    }
    fn problems(&self) -> Boxed<'_, Vec<String>> {
        self.users.problems()
    }
}
