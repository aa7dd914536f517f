//! Revocations in memory, consulted on every request without a query.
//!
//! Entries live until the last access token they could concern has expired, so memory is bounded by the revocations of
//! one token lifetime. Memory only ever refuses; the store is authoritative, and fills it at start-up. What other
//! processes say is kept apart (`notes`), because the store has not said it.
//!
//! At start-up they are read back from the store, so a restart forgets nothing.

#[cfg(all(test, model))]
mod interleavings;

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::PoisonError;
use std::time::Duration;

use super::epoch::RevocationEpoch;
pub(crate) use super::unconfirmed::{Due, Effect};
use super::unconfirmed::{NoteStatus, Notes};
use crate::base::clock::Timestamp;
use crate::base::sync::RwLock;
use crate::base::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::model::claims::{Registered, SessionId};

/// Ended sessions and epochs of users, each until a time.
#[derive(Debug)]
pub(crate) struct Revocations<I> {
    sessions: Until<SessionId, ()>,
    /// `None`: the epoch exists but cannot be read.
    users: Until<I, Option<RevocationEpoch>>,
    /// What other processes say, which the store has not confirmed yet.
    notes: Notes<I>,
    /// What was issued in an earlier generation has ended, for every user.
    floor: AtomicU64,
}

impl<I: Eq + Hash + Clone> Revocations<I> {
    pub(crate) fn new() -> Self {
        Self { sessions: Until::new(), users: Until::new(), notes: Notes::new(), floor: AtomicU64::new(0) }
    }

    /// Records that the session has ended according to the store, or is being ended here; its access tokens are refused
    /// until the last of them expires anyway.
    pub(crate) fn end_session(&self, session: SessionId, until: Timestamp, now: Timestamp) {
        self.sessions.insert(session, (), until, now, |(), ()| ());
        self.notes.confirm_session(&session);
    }

    /// Records an epoch as stored.
    pub(crate) fn set_epoch(&self, user: &I, epoch: RevocationEpoch, until: Timestamp, now: Timestamp) {
        // Two changes can be announced in either order: the later epoch wins.
        let later = |old: Option<RevocationEpoch>, new| if is_later(old, epoch) { new } else { old };
        self.users.insert(user.clone(), Some(epoch), until, now, later);
        self.notes.confirm_epoch(user, epoch.generation);
    }

    /// Returns whether an epoch of the store is newer than what memory has for the user. If not, what messages said of it
    /// is settled; otherwise it is once memory has it (`set_epoch`).
    pub(crate) fn lacks(&self, user: &I, epoch: RevocationEpoch) -> bool {
        let newer = self.is_newer(user, epoch);
        if !newer {
            self.notes.confirm_epoch(user, epoch.generation);
        }
        newer
    }

    /// Notes that another process says that it has ended a session.
    pub(crate) fn note_ended(&self, session: SessionId) -> Effect {
        if self.ended(&session) { Effect::Enough } else { self.notes.session_ended(session) }
    }

    /// Notes that another process says that it has bumped an epoch.
    pub(crate) fn note_epoch(&self, user: &I, epoch: &RevocationEpoch) -> Effect {
        if self.is_newer(user, *epoch) { self.notes.epoch_bumped(user, epoch) } else { Effect::Enough }
    }

    /// Returns the number of the next note: a poll of the store that begins now learns about all before it.
    pub(crate) fn next_note(&self) -> u64 {
        self.notes.next()
    }

    /// Returns the oldest notes, at most `most`, that were made before number `before` and that polls did not confirm.
    pub(crate) fn unconfirmed(&self, before: u64, most: usize) -> Vec<Due<I>> {
        self.notes.due(before, most)
    }

    /// Drops a note, unless it has changed: the store was asked about it, and its answer is in memory.
    pub(crate) fn settle(&self, note: &Due<I>) {
        self.notes.settle(note);
    }

    /// Records that the user's epoch cannot be read: the store must be asked for each token, until they have all
    /// expired.
    pub(crate) fn doubt_user(&self, user: I, until: Timestamp, now: Timestamp) {
        self.users.insert(user, None, until, now, |_, doubt| doubt);
    }

    /// Returns whether this epoch is newer than what memory has for the user.
    fn is_newer(&self, user: &I, epoch: RevocationEpoch) -> bool {
        self.users.get(user).is_none_or(|known| is_later(known, epoch))
    }

    /// Records that everything issued in an earlier generation has ended. The floor never falls.
    pub(crate) fn raise_floor(&self, floor: u64) {
        self.floor.fetch_max(floor, Ordering::AcqRel);
    }

    /// Returns the generation below which everything has ended.
    pub(crate) fn floor(&self) -> u64 {
        self.floor.load(Ordering::Acquire)
    }

    /// Returns whether the session was ended, to our own knowledge, while access tokens of it could be in use.
    pub(crate) fn ended(&self, session: &SessionId) -> bool {
        self.sessions.get(session).is_some()
    }

    /// Returns the generation for tokens issued now, as far as memory knows. (They will be judged by the same memory.)
    pub(crate) fn generation(&self, user: &I) -> u64 {
        self.users.get(user).flatten().unwrap_or_default().above(self.floor()).generation
    }

    /// Returns whether a verified token is still valid; `None` if memory cannot say: the user's epoch could not be read,
    /// or a message that is not confirmed yet spares this session.
    pub(crate) fn accept(&self, user: &I, claims: &Registered<'_>) -> Option<bool> {
        // The notes first. What is confirmed goes from there into memory, and only then leaves the notes: whoever asked in
        // the other order could find it in neither.
        let status = self.notes.status(user, claims.sid, claims.generation);
        if self.ended(claims.sid) || claims.generation < self.floor() {
            return Some(false);
        }
        let known = match self.users.get(user) {
            None => Some(true),
            Some(epoch) => epoch.map(|epoch| epoch.accepts_token(claims.sid, claims.generation)),
        };
        match status {
            NoteStatus::Nothing => known,
            NoteStatus::AskStore => known.filter(|accepted| !accepted),
            NoteStatus::Refused => Some(false),
        }
    }

    /// Removes expired entries from time to time; otherwise that happens only on insertion.
    pub(crate) fn sweep(&self, now: Timestamp) {
        self.sessions.sweep(now);
        self.users.sweep(now);
    }
}

fn is_later(known: Option<RevocationEpoch>, epoch: RevocationEpoch) -> bool {
    known.is_none_or(|known| epoch.is_later_than(&known))
}

/// A map whose entries expire. Reading costs one atomic load while it is empty, which is nearly always.
#[derive(Debug)]
struct Until<K, V> {
    entries: RwLock<Entries<K, V>>,
    len: AtomicUsize,
}

#[derive(Debug)]
struct Entries<K, V> {
    map: HashMap<K, (V, Timestamp)>,
    /// Sweep when the map has grown to this size,
    sweep_at: usize,
    /// or at this time.
    sweep_after: Timestamp,
}

/// Smaller maps are not worth sweeping.
const FIRST_SWEEP: usize = 64;
/// The interval between sweeps of a map that does not grow.
const BETWEEN_SWEEPS: Duration = Duration::from_mins(1);

impl<K: Eq + Hash, V> Entries<K, V> {
    fn sweep(&mut self, now: Timestamp) {
        self.map.retain(|_, (_, until)| *until > now);
        self.sweep_at = (self.map.len() * 2).max(FIRST_SWEEP);
        self.sweep_after = now + BETWEEN_SWEEPS;
        if self.map.capacity() > self.sweep_at * 4 {
            self.map.shrink_to(self.sweep_at);
        }
    }
}

impl<K: Eq + Hash, V: Copy> Until<K, V> {
    fn new() -> Self {
        let entries = Entries { map: HashMap::new(), sweep_at: FIRST_SWEEP, sweep_after: Timestamp::default() };
        Self { entries: RwLock::new(entries), len: AtomicUsize::new(0) }
    }

    fn insert(&self, key: K, value: V, until: Timestamp, now: Timestamp, merge: impl FnOnce(V, V) -> V) {
        // A poisoned lock still holds a consistent map: every write below is a single call.
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.map.len() >= entries.sweep_at {
            entries.sweep(now);
        }
        let merged = match entries.map.get(&key) {
            Some((old, old_until)) => (merge(*old, value), until.max(*old_until)),
            None => (value, until),
        };
        entries.map.insert(key, merged);
        self.len.store(entries.map.len(), Ordering::Release);
    }

    fn get(&self, key: &K) -> Option<V> {
        if self.len.load(Ordering::Acquire) == 0 {
            return None;
        }
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.map.get(key).map(|(value, _)| *value)
    }

    fn sweep(&self, now: Timestamp) {
        if self.len.load(Ordering::Acquire) == 0 {
            return;
        }
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        // Do not wait for a clock that was set back.
        if now >= entries.sweep_after || now + BETWEEN_SWEEPS < entries.sweep_after {
            entries.sweep(now);
            self.len.store(entries.map.len(), Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{FIRST_SWEEP, Ordering, RevocationEpoch, Revocations};
    use crate::base::clock::Timestamp;
    use crate::model::claims::SessionId;
    use crate::revocation::epoch::Bump;

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

    #[test]
    fn rev_13_the_last_entries_vanish_although_nothing_new_comes() {
        let revocations = Revocations::<i64>::new();
        let start = Timestamp::from_secs(1_000);
        let end = start + Duration::from_mins(15);
        revocations.end_session(SessionId::from_bytes([1; 32]), end, start);
        revocations.set_epoch(&7, RevocationEpoch::default(), end, start);
        revocations.sweep(start + Duration::from_mins(14));
        assert!(revocations.ended(&SessionId::from_bytes([1; 32])), "a token needs it");
        revocations.sweep(end);
        // Reading takes no lock any more.
        assert_eq!(revocations.sessions.len.load(Ordering::Acquire) + revocations.users.len.load(Ordering::Acquire), 0);
    }

    #[test]
    fn rev_13_clock_set_back_does_not_stop_the_sweep() {
        let revocations = Revocations::<i64>::new();
        let (late, early) = (Timestamp::from_secs(1_000_000), Timestamp::from_secs(1_000));
        revocations.set_epoch(&1, RevocationEpoch::default(), late + Duration::from_mins(1), late);
        revocations.sweep(late);
        revocations.sweep(early);
        revocations.set_epoch(&2, RevocationEpoch::default(), early + Duration::from_secs(30), early);
        let len = || revocations.users.len.load(Ordering::Acquire);
        revocations.sweep(early + Duration::from_secs(59));
        assert_eq!(len(), 2, "once a minute is enough");
        revocations.sweep(early + Duration::from_mins(1));
        assert_eq!(len(), 1);
    }

    #[test]
    fn m5_note_lasts_until_the_store_confirms_it() {
        let revocations = Revocations::<i64>::new();
        let start = Timestamp::from_secs(1_000);
        let epoch = RevocationEpoch::default().bumped(Bump::ALL);
        let notes = || revocations.unconfirmed(u64::MAX, 8).len();
        revocations.note_epoch(&7, &epoch);
        assert!(revocations.lacks(&7, epoch));
        assert_eq!(notes(), 1, "until it is in memory, only the note refuses");
        revocations.set_epoch(&7, epoch, start + Duration::from_mins(15), start);
        assert_eq!(notes(), 0);
        // A message that was being noted while the poll put the epoch into memory.
        revocations.notes.epoch_bumped(&7, &epoch);
        assert!(!revocations.lacks(&7, epoch));
        assert_eq!(notes(), 0, "the next poll settles it");
    }

    #[test]
    fn rev_13_memory_shrinks_after_a_storm() {
        let revocations = Revocations::<u64>::new();
        let start = Timestamp::from_secs(1_000);
        for user in 0..100_000 {
            revocations.set_epoch(&user, RevocationEpoch::default(), start + Duration::from_mins(15), start);
        }
        revocations.sweep(start + Duration::from_mins(16));
        assert!(revocations.users.entries.read().unwrap().map.capacity() < 1_000);
    }
}
