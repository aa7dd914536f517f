//! Whether anything has changed about a user since something of theirs was read from the store.
//!
//! What is kept of an API key in memory is read again as soon as anything has ended or changed for its owner, here or in
//! another process. Whose key it is shows only when it has been read, so there are two counters: one of all changes, taken
//! before, and one for some of the users, of whom the owner is one, looked at after. If nothing at all has changed in
//! between, the second one is as it was before.

#[cfg(all(test, model))]
mod interleavings;

use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;

use crate::base::sync::RandomState;
use crate::base::sync::atomic::{AtomicU64, Ordering};

/// Users whose changes are counted together: a change of one has something of the others read once more.
const SHARDS: usize = 256;

/// Counts the changes of users.
pub(crate) struct UserChanges<I> {
    all: AtomicU64,
    shards: Vec<AtomicU64>,
    hasher: RandomState,
    users: PhantomData<fn(&I)>,
}

/// Taken before something is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChangeTicket(u64);

/// The changes of a user that what was read reflects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ChangesSeen(u64);

impl<I: Hash> UserChanges<I> {
    pub(super) fn new() -> Self {
        Self::with_shards(SHARDS)
    }

    fn with_shards(shards: usize) -> Self {
        let shards = (0..shards).map(|_| AtomicU64::new(0)).collect();
        Self { all: AtomicU64::new(0), shards, hasher: RandomState::default(), users: PhantomData }
    }

    fn shard(&self, user: &I) -> Option<&AtomicU64> {
        let place = self.hasher.hash_one(user) % self.shards.len().max(1) as u64;
        self.shards.get(usize::try_from(place).ok()?)
    }

    /// Counts a change. Before it is known otherwise.
    pub(super) fn count(&self, user: &I) {
        // In this order: whoever sees the second sees the first.
        self.all.fetch_add(1, Ordering::AcqRel);
        if let Some(shard) = self.shard(user) {
            shard.fetch_add(1, Ordering::AcqRel);
        }
    }

    pub(crate) fn ticket(&self) -> ChangeTicket {
        ChangeTicket(self.all.load(Ordering::Acquire))
    }

    /// Returns what was read after the ticket reflects; `None` if something has changed meanwhile, which may concern it.
    pub(crate) fn seen_since(&self, ticket: ChangeTicket, user: &I) -> Option<ChangesSeen> {
        let seen = self.shard(user)?.load(Ordering::Acquire);
        (self.all.load(Ordering::Acquire) == ticket.0).then_some(ChangesSeen(seen))
    }

    /// Whether nothing has changed since.
    pub(crate) fn is_current(&self, seen: ChangesSeen, user: &I) -> bool {
        self.shard(user).is_some_and(|shard| shard.load(Ordering::Acquire) == seen.0)
    }
}

#[cfg(test)]
mod tests {
    use super::UserChanges;

    #[test]
    fn a_change_while_something_was_read_counts() {
        let changes = UserChanges::new();
        let ticket = changes.ticket();
        let seen = changes.seen_since(ticket, &1).unwrap();
        assert!(changes.is_current(seen, &1));
        changes.count(&1);
        assert!(!changes.is_current(seen, &1) && changes.seen_since(ticket, &1).is_none());
        let ticket = changes.ticket();
        changes.count(&2);
        assert!(changes.seen_since(ticket, &1).is_none(), "nobody knew whose it would be");
    }
}
