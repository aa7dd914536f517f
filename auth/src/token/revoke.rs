//! What was revoked, in memory: asked on every request, without a query.
//!
//! Entries live until the last access token they could concern has expired, so memory is bounded by the revocations of
//! one token lifetime. Memory only ever refuses; the store is the truth, and fills it at start-up.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

use super::mark::Mark;
use crate::claims::{Registered, SessionId};
use crate::clock::Timestamp;

/// Ended sessions and marks of users, each until a time.
#[derive(Debug)]
pub(crate) struct Revocations<I> {
    sessions: Until<SessionId, ()>,
    users: Until<I, Mark>,
}

impl<I: Eq + Hash + Clone> Revocations<I> {
    pub(crate) fn new() -> Self {
        Self { sessions: Until::new(), users: Until::new() }
    }

    /// The session has ended; its access tokens are dead until the last of them has expired anyway.
    pub(crate) fn end_session(&self, session: SessionId, until: Timestamp, now: Timestamp) {
        self.sessions.insert(session, (), until, now, |(), ()| ());
    }

    /// The user's mark was raised.
    pub(crate) fn mark_user(&self, user: I, mark: Mark, until: Timestamp, now: Timestamp) {
        // Two changes can be announced in either order: the later one knows more.
        self.users.insert(user, mark, until, now, |old, new| if new.generation > old.generation { new } else { old });
    }

    /// Whether the session was ended while access tokens of it could be out.
    pub(crate) fn ended(&self, session: &SessionId) -> bool {
        self.sessions.any(session, |()| true)
    }

    /// The generation of tokens issued now, as far as memory knows. (Memory is what they will be judged by.)
    #[cfg_attr(
        not(feature = "testing"),
        allow(dead_code, reason = "only the test kit issues tokens without a session")
    )]
    pub(crate) fn generation(&self, user: &I) -> u64 {
        let mut generation = 0;
        self.users.any(user, |mark| {
            generation = mark.generation;
            true
        });
        generation
    }

    /// Whether a verified token still counts.
    pub(crate) fn accept(&self, user: &I, claims: &Registered<'_>) -> bool {
        !self.ended(claims.sid) && !self.users.any(user, |mark| !mark.accepts_token(claims.sid, claims.generation))
    }
}

/// A map whose entries end at a time. Reading costs one atomic load while it is empty, which is nearly always.
#[derive(Debug)]
struct Until<K, V> {
    entries: RwLock<Entries<K, V>>,
    len: AtomicUsize,
}

#[derive(Debug)]
struct Entries<K, V> {
    map: HashMap<K, (V, Timestamp)>,
    /// Look for entries that have ended when the map has grown to this size.
    sweep_at: usize,
}

/// Sweeping a smaller map is not worth the look.
const FIRST_SWEEP: usize = 64;

impl<K: Eq + Hash, V: Copy> Until<K, V> {
    fn new() -> Self {
        Self { entries: RwLock::new(Entries { map: HashMap::new(), sweep_at: FIRST_SWEEP }), len: AtomicUsize::new(0) }
    }

    fn insert(&self, key: K, value: V, until: Timestamp, now: Timestamp, merge: impl FnOnce(V, V) -> V) {
        // A poisoned lock still holds a whole map: every write below is a single call.
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.map.len() >= entries.sweep_at {
            entries.map.retain(|_, (_, until)| *until > now);
            entries.sweep_at = (entries.map.len() * 2).max(FIRST_SWEEP);
        }
        let merged = match entries.map.get(&key) {
            Some((old, old_until)) => (merge(*old, value), until.max(*old_until)),
            None => (value, until),
        };
        entries.map.insert(key, merged);
        self.len.store(entries.map.len(), Ordering::Release);
    }

    fn any(&self, key: &K, test: impl FnOnce(V) -> bool) -> bool {
        if self.len.load(Ordering::Acquire) == 0 {
            return false;
        }
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.map.get(key).is_some_and(|(value, _)| test(*value))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{FIRST_SWEEP, Revocations};
    use crate::claims::SessionId;
    use crate::clock::Timestamp;

    #[test]
    fn rev_13_entries_vanish_once_no_token_can_need_them() {
        let revocations = Revocations::<i64>::new();
        let start = Timestamp::from_secs(1_000);
        let session = |n: usize| SessionId::from_bytes([u8::try_from(n % 256).unwrap(); 32]);
        for n in 0..FIRST_SWEEP {
            revocations.end_session(session(n), start + Duration::from_mins(15), start);
        }
        let later = start + Duration::from_mins(16);
        revocations.end_session(session(200), later + Duration::from_mins(15), later);
        let len = revocations.sessions.entries.read().unwrap().map.len();
        assert_eq!(len, 1, "the ended entries are gone, the fresh one is there");
    }
}
