//! What messages of other processes say, until the store has confirmed it.
//!
//! A message is only a hint: whoever has the key of the messages can send any, and the store has not been asked. So a
//! note can make this process refuse more, never less, and polls of the store replace it or drop it. For the session
//! that a message spares, guards ask the store.
//!
//! A guard reads the notes before memory, because what is confirmed goes the other way: a token refused because of a
//! note stays refused while the store confirms it. Polls look up by key what they did not find, and the store is polled
//! at once if a session was spared.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::PoisonError;

use super::epoch::RevocationEpoch;
use crate::base::sync::atomic::{AtomicUsize, Ordering};
use crate::base::sync::{RwLock, RwLockWriteGuard};
use crate::model::claims::SessionId;

/// How many notes wait for the store. A message beyond it only causes a poll.
const MOST: usize = 4096;

/// The notes of one process.
#[derive(Debug)]
pub(super) struct Notes<I> {
    pages: RwLock<Pages<I>>,
    /// Reading costs one atomic load while there are none, which is nearly always.
    len: AtomicUsize,
}

#[derive(Debug)]
struct Pages<I> {
    users: HashMap<I, Noted>,
    sessions: HashMap<SessionId, u64>,
    /// The number of the next note; tells whether a note has changed since it was looked up.
    next: u64,
}

/// What was said about a user.
#[derive(Clone, Copy, Debug)]
struct Noted {
    limit: Limit,
    number: u64,
}

/// Which tokens of a user are refused. It only ever rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Limit {
    /// Tokens of earlier generations are refused,
    below: u64,
    /// except those of this session, from that generation on, about which the store is asked.
    spared: Option<(SessionId, u64)>,
}

impl Limit {
    const NONE: Self = Self { below: 0, spared: None };

    /// The first generation of a session that is not refused.
    fn of(&self, session: &SessionId) -> u64 {
        self.spared.filter(|(spared, _)| spared == session).map_or(self.below, |(_, from)| from)
    }

    /// Returns the limit after another message. One session is spared at most; no limit of a session falls.
    fn bumped(self, epoch: &RevocationEpoch) -> Self {
        let (below, by_mark) = (self.below.max(epoch.generation), epoch.spared());
        let spare = |session: SessionId| {
            let own = self.of(&session);
            (session, if by_mark == Some(session) { own } else { own.max(epoch.generation) })
        };
        let candidates = [by_mark, self.spared.map(|(session, _)| session)].into_iter().flatten();
        let spared = candidates.map(spare).find(|(_, from)| *from < below);
        Self { below, spared }
    }
}

/// What the notes say about a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoteStatus {
    Nothing,
    /// Only the store can tell.
    AskStore,
    Refused,
}

/// The outcome of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// It said nothing new, or is noted.
    Enough,
    /// The store should be read soon: nobody else can say what is true.
    Poll,
}

/// A note to be looked up in the store, with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Due<I> {
    User(I, u64),
    Session(SessionId, u64),
}

impl<I: Eq + Hash + Clone> Notes<I> {
    pub(super) fn new() -> Self {
        let pages = Pages { users: HashMap::new(), sessions: HashMap::new(), next: 0 };
        Self { pages: RwLock::new(pages), len: AtomicUsize::new(0) }
    }

    /// Notes that a session has ended.
    pub(super) fn session_ended(&self, session: SessionId) -> Effect {
        self.write(|pages| {
            if pages.sessions.contains_key(&session) {
                return Effect::Enough;
            }
            if pages.is_full() {
                return Effect::Poll;
            }
            let number = pages.number();
            pages.sessions.insert(session, number);
            Effect::Enough
        })
    }

    /// Notes that an epoch was raised.
    pub(super) fn epoch_bumped(&self, user: &I, epoch: &RevocationEpoch) -> Effect {
        self.write(|pages| {
            let known = pages.users.get(user).map_or(Limit::NONE, |noted| noted.limit);
            let limit = known.bumped(epoch);
            if limit == known {
                return Effect::Enough;
            }
            if pages.is_full() && !pages.users.contains_key(user) {
                return Effect::Poll;
            }
            let number = pages.number();
            pages.users.insert(user.clone(), Noted { limit, number });
            // Until it has been read, the spared session costs a query for each request.
            if limit.spared.is_some() { Effect::Poll } else { Effect::Enough }
        })
    }

    /// Returns what the notes say about a token.
    pub(super) fn status(&self, user: &I, session: &SessionId, generation: u64) -> NoteStatus {
        if self.is_empty() {
            return NoteStatus::Nothing;
        }
        let pages = self.pages.read().unwrap_or_else(PoisonError::into_inner);
        let limit = pages.users.get(user).map_or(Limit::NONE, |noted| noted.limit);
        if pages.sessions.contains_key(session) || generation < limit.of(session) {
            NoteStatus::Refused
        } else if generation < limit.below {
            NoteStatus::AskStore
        } else {
            NoteStatus::Nothing
        }
    }

    /// The store has an epoch of this generation: what was noted of it, or of earlier ones, is settled.
    pub(super) fn confirm_epoch(&self, user: &I, generation: u64) {
        self.remove(
            |pages| pages.users.get(user).is_some_and(|noted| noted.limit.below <= generation),
            |pages| {
                pages.users.remove(user);
            },
        );
    }

    /// The store knows that the session has ended.
    pub(super) fn confirm_session(&self, session: &SessionId) {
        self.remove(
            |pages| pages.sessions.contains_key(session),
            |pages| {
                pages.sessions.remove(session);
            },
        );
    }

    /// The store was asked about this note, and whatever it said is in memory.
    pub(super) fn settle(&self, due: &Due<I>) {
        let unchanged = |pages: &Pages<I>| match due {
            Due::User(user, number) => pages.users.get(user).is_some_and(|noted| noted.number == *number),
            Due::Session(session, number) => pages.sessions.get(session) == Some(number),
        };
        self.remove(unchanged, |pages| match due {
            Due::User(user, _) => drop(pages.users.remove(user)),
            Due::Session(session, _) => drop(pages.sessions.remove(session)),
        });
    }

    /// Returns the number of the next note.
    pub(super) fn next(&self) -> u64 {
        self.pages.read().unwrap_or_else(PoisonError::into_inner).next
    }

    /// Returns at most `most` notes with a lower number than `before`, the oldest first.
    pub(super) fn due(&self, before: u64, most: usize) -> Vec<Due<I>> {
        if self.is_empty() {
            return Vec::new();
        }
        let pages = self.pages.read().unwrap_or_else(PoisonError::into_inner);
        let users = pages.users.iter().map(|(user, noted)| (noted.number, Due::User(user.clone(), noted.number)));
        let sessions = pages.sessions.iter().map(|(session, number)| (*number, Due::Session(*session, *number)));
        let mut due: Vec<_> = users.chain(sessions).filter(|(number, _)| *number < before).collect();
        due.sort_unstable_by_key(|(number, _)| *number);
        due.into_iter().take(most).map(|(_, due)| due).collect()
    }

    fn is_empty(&self) -> bool {
        self.len.load(Ordering::Acquire) == 0
    }

    fn write<T>(&self, change: impl FnOnce(&mut Pages<I>) -> T) -> T {
        // A poisoned lock still holds consistent pages: every change below is a single call.
        let mut pages: RwLockWriteGuard<'_, Pages<I>> = self.pages.write().unwrap_or_else(PoisonError::into_inner);
        let changed = change(&mut pages);
        self.len.store(pages.len(), Ordering::Release);
        changed
    }

    fn remove(&self, is_there: impl FnOnce(&Pages<I>) -> bool, remove: impl FnOnce(&mut Pages<I>)) {
        if !self.is_empty() {
            self.write(|pages| {
                if is_there(pages) {
                    remove(pages);
                }
            });
        }
    }
}

impl<I> Pages<I> {
    fn len(&self) -> usize {
        self.users.len() + self.sessions.len()
    }

    fn is_full(&self) -> bool {
        self.len() >= MOST
    }

    const fn number(&mut self) -> u64 {
        let number = self.next;
        self.next = number.saturating_add(1);
        number
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Due, Effect, MOST, NoteStatus, Notes};
    use crate::model::claims::SessionId;
    use crate::revocation::epoch::{Bump, RevocationEpoch};

    const SESSIONS: [SessionId; 3] =
        [SessionId::from_bytes([1; 32]), SessionId::from_bytes([2; 32]), SessionId::from_bytes([3; 32])];

    /// An epoch as any message may state it.
    fn forged(generation: u64, spared: Option<SessionId>) -> RevocationEpoch {
        let kept = spared.map_or(String::new(), |session| format!(r#","k":{{"i":"{session}","t":0,"s":0}}"#));
        RevocationEpoch::from_text(&format!(r#"{{"g":{generation},"s":0{kept}}}"#)).unwrap()
    }

    fn strictness(status: NoteStatus) -> u8 {
        match status {
            NoteStatus::Nothing => 0,
            NoteStatus::AskStore => 1,
            NoteStatus::Refused => 2,
        }
    }

    proptest! {
        #[test]
        fn m5_no_message_sequence_makes_a_refused_token_valid(
            messages in prop::collection::vec((0_u64..12, 0_usize..7), 1..24)
        ) {
            let notes = Notes::<i64>::new();
            let tokens = || SESSIONS.into_iter().flat_map(|session| (0..14).map(move |generation| (session, generation)));
            for (generation, what) in messages {
                let before: Vec<u8> = tokens().map(|(s, g)| strictness(notes.status(&1, &s, g))).collect();
                match what {
                    0..3 => notes.session_ended(SESSIONS[what]),
                    3..6 => notes.epoch_bumped(&1, &forged(generation, Some(SESSIONS[what - 3]))),
                    _ => notes.epoch_bumped(&1, &forged(generation, None)),
                };
                for ((session, of), before) in tokens().zip(before) {
                    let after = strictness(notes.status(&1, &session, of));
                    prop_assert!(after >= before, "{session} {of}: {before} became {after}");
                    // Whoever is not spared is refused at once.
                    if what == 6 && of < generation {
                        prop_assert_eq!(after, 2);
                    }
                }
            }
            prop_assert_eq!(notes.status(&2, &SessionId::from_bytes([9; 32]), 0), NoteStatus::Nothing, "of somebody else");
        }
    }

    #[test]
    fn spared_session_is_checked_up_to_its_former_generation() {
        let notes = Notes::<i64>::new();
        let [mine, other, _] = SESSIONS;
        assert_eq!(notes.epoch_bumped(&1, &forged(3, None)), Effect::Enough);
        assert_eq!(
            notes.epoch_bumped(&1, &RevocationEpoch::default().bumped(Bump::ALL)),
            Effect::Enough,
            "an old one says nothing"
        );
        assert_eq!(notes.epoch_bumped(&1, &forged(5, Some(mine))), Effect::Poll);
        assert_eq!(notes.status(&1, &mine, 2), NoteStatus::Refused);
        assert_eq!(notes.status(&1, &mine, 3), NoteStatus::AskStore);
        assert_eq!(notes.status(&1, &other, 4), NoteStatus::Refused);
        assert_eq!(notes.status(&1, &other, 5), NoteStatus::Nothing);
    }

    #[test]
    fn older_message_sparing_another_session_changes_nothing() {
        let notes = Notes::<i64>::new();
        let [mine, other, _] = SESSIONS;
        notes.epoch_bumped(&1, &forged(3, None));
        notes.epoch_bumped(&1, &forged(5, Some(mine)));
        notes.epoch_bumped(&1, &forged(4, Some(other)));
        assert_eq!(notes.status(&1, &mine, 4), NoteStatus::AskStore);
        assert_eq!(notes.status(&1, &mine, 3), NoteStatus::Refused, "the older message did not spare it");
        assert_eq!(notes.status(&1, &other, 4), NoteStatus::Refused);
    }

    #[test]
    fn note_goes_when_confirmed_unless_a_newer_one_came() {
        let notes = Notes::<i64>::new();
        let session = SESSIONS[0];
        notes.epoch_bumped(&1, &forged(1_000_000, None));
        let due = notes.due(notes.next(), 8);
        assert_eq!(due.len(), 1);
        notes.epoch_bumped(&1, &forged(1_000_001, None));
        notes.settle(&due[0]);
        assert_eq!(notes.status(&1, &session, 5), NoteStatus::Refused, "the store was asked before");
        assert!(notes.due(1, 8).is_empty(), "made after the poll began");
        notes.confirm_epoch(&1, 1_000_000);
        assert_eq!(notes.status(&1, &session, 5), NoteStatus::Refused, "the store knows only of an earlier one");
        notes.settle(&notes.due(notes.next(), 8)[0]);
        assert_eq!(notes.status(&1, &session, 5), NoteStatus::Nothing);
        notes.session_ended(session);
        notes.confirm_session(&session);
        assert!(notes.is_empty());
    }

    #[test]
    fn notes_are_bounded_and_those_beyond_cause_a_poll() {
        let notes = Notes::<u64>::new();
        for user in 0..MOST as u64 {
            assert_eq!(notes.epoch_bumped(&user, &forged(1, None)), Effect::Enough);
        }
        assert_eq!(notes.epoch_bumped(&u64::MAX, &forged(1, None)), Effect::Poll);
        assert_eq!(notes.session_ended(SESSIONS[0]), Effect::Poll);
        assert_eq!(notes.epoch_bumped(&1, &forged(2, None)), Effect::Enough, "known already");
        let due = notes.due(u64::MAX, 64);
        assert_eq!((due.len(), &due[0]), (64, &Due::User(0, 0)), "the oldest first");
    }
}
