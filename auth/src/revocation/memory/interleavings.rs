//! Requests, polls and messages, in every order.

use std::sync::Arc;
use std::time::Duration;

use loom::sync::atomic::{AtomicU64, Ordering};
use loom::thread;

use super::Revocations;
use crate::base::clock::Timestamp;
use crate::model::claims::{Amr, Audience, Registered, SessionId};
use crate::model::interned_name::Name;
use crate::revocation::epoch::RevocationEpoch;
use crate::revocation::unconfirmed::Due;

const NOW: Timestamp = Timestamp::from_secs(1_000);
const UNTIL: Timestamp = Timestamp::from_secs(2_000);
const SESSION: SessionId = SessionId::from_bytes([1; 32]);
const USER: u8 = 7;

type Memory = Arc<Revocations<u8>>;

fn epoch(generation: u64) -> RevocationEpoch {
    RevocationEpoch::from_text(&format!(r#"{{"g":{generation},"s":0}}"#)).unwrap_or_default()
}

/// What a guard learns about a token of this generation.
fn asked(memory: &Revocations<u8>, generation: u64) -> Option<bool> {
    let (aud, amr) = (Audience::One(Name::remembered("User")), Amr::PASSWORD);
    memory.accept(
        &USER,
        &Registered {
            iss: "User",
            aud: &aud,
            iat: 0,
            exp: 0,
            nbf: None,
            sid: &SESSION,
            auth_time: 0,
            amr: &amr,
            generation,
            store: None,
        },
    )
}

/// Runs `work` beside the model's own thread.
fn beside(memory: &Memory, work: impl FnOnce(&Revocations<u8>) + 'static) -> thread::JoinHandle<()> {
    let memory = Arc::clone(memory);
    thread::spawn(move || work(&memory))
}

#[test]
fn model_refused_session_stays_refused_during_confirmation() {
    loom::model(|| {
        let memory = Memory::new(Revocations::new());
        memory.note_ended(SESSION);
        let poll = beside(&memory, |memory| memory.end_session(SESSION, UNTIL, NOW));
        assert_eq!(asked(&memory, 0), Some(false));
        assert!(poll.join().is_ok());
        assert_eq!(asked(&memory, 0), Some(false));
    });
}

#[test]
fn model_refused_token_stays_refused_during_confirmation() {
    loom::model(|| {
        let memory = Memory::new(Revocations::new());
        memory.note_epoch(&USER, &epoch(5));
        let poll = beside(&memory, |memory| memory.set_epoch(&USER, epoch(5), UNTIL, NOW));
        assert_eq!(asked(&memory, 4), Some(false));
        assert!(poll.join().is_ok());
        assert_eq!((asked(&memory, 4), asked(&memory, 5)), (Some(false), Some(true)));
    });
}

/// The store has an epoch; then comes another, and a message about it, while a poll looks up the note about the first.
#[test]
fn model_older_poll_does_not_settle_a_newer_message() {
    loom::model(|| {
        let (memory, store) = (Memory::new(Revocations::new()), Arc::new(AtomicU64::new(3)));
        memory.note_epoch(&USER, &epoch(3));
        let stored = Arc::clone(&store);
        let poll = beside(&memory, move |memory| {
            let before = memory.next_note();
            for note in memory.unconfirmed(before, 64) {
                assert!(matches!(note, Due::User(USER, _)));
                let stored = epoch(stored.load(Ordering::Acquire));
                if memory.lacks(&USER, stored) {
                    memory.set_epoch(&USER, stored, UNTIL, NOW);
                }
                memory.settle(&note);
            }
        });
        store.store(5, Ordering::Release);
        memory.note_epoch(&USER, &epoch(5));
        assert_eq!(asked(&memory, 4), Some(false));
        assert!(poll.join().is_ok());
        assert_eq!(asked(&memory, 4), Some(false));
    });
}

#[test]
fn model_later_epoch_wins_in_either_order() {
    loom::model(|| {
        let memory = Memory::new(Revocations::new());
        let other = beside(&memory, |memory| memory.set_epoch(&USER, epoch(5), UNTIL, NOW));
        memory.set_epoch(&USER, epoch(2), UNTIL, NOW);
        assert_eq!(asked(&memory, 1), Some(false));
        assert!(other.join().is_ok());
        assert_eq!((asked(&memory, 4), asked(&memory, 5)), (Some(false), Some(true)));
    });
}

#[test]
fn model_sweeping_forgets_only_what_has_expired() {
    loom::model(|| {
        let memory = Memory::new(Revocations::new());
        memory.end_session(SessionId::from_bytes([2; 32]), NOW, NOW);
        let sweeper = beside(&memory, |memory| memory.sweep(NOW + Duration::from_mins(2)));
        memory.end_session(SESSION, UNTIL, NOW);
        assert_eq!(asked(&memory, 0), Some(false));
        assert!(sweeper.join().is_ok());
        assert_eq!(asked(&memory, 0), Some(false));
        let entries = memory.sessions.entries.read().map(|entries| entries.map.len());
        assert_eq!(entries.ok(), Some(memory.sessions.len.load(Ordering::Acquire)), "the count is that of the map");
    });
}

#[test]
fn model_the_floor_never_falls() {
    loom::model(|| {
        let memory = Memory::new(Revocations::new());
        let other = beside(&memory, |memory| memory.raise_floor(5));
        memory.raise_floor(3);
        let (first, second) = (memory.floor(), memory.floor());
        assert!(3 <= first && first <= second);
        assert!(other.join().is_ok());
        assert_eq!(asked(&memory, 4), Some(false));
    });
}
