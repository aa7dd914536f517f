//! One poll of the store: reads what is new there, a thousand records at a time.
//!
//! The store itself is the feed between processes. To allow for late commits and differing clocks, a poll reads back an
//! additional five seconds, plus `leeway`, plus the longest time a write may take. A process that stored a record too
//! long after stamping it (because it was stopped in between) stamps it again.
//!
//! If a clock was set back, the whole window is read again. For that purpose, records of ended sessions are kept for a
//! day; neither memory nor the normal window grows because of it. A poll reads page by page, and an interrupted poll
//! continues where it stopped. A record that cannot be read is skipped, and requests of the user it is about are
//! checked in the store.

use std::collections::HashSet;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::Instant;

use super::RevocationFeed;
use super::floor::EVERYTHING;
use crate::base::clock::Timestamp;
use crate::model::config::LONGEST_ACCESS_TTL;
use crate::model::user::AuthUser;
use crate::revocation::epoch::RevocationEpoch;
use crate::revocation::memory::Due;
use crate::store::{Record, StoreError};

/// How far each poll reaches back before the previous one, in addition to the allowed clock difference (`leeway`) and
/// the duration of a write (`store_timeout`): the time in a record is that of its writer, taken before the write.
const OVERLAP: Duration = Duration::from_secs(5);
/// The number of records in one page.
const PAGE: u64 = 1_000;
/// The maximum number of notes that one poll looks up in the store, one by one. Only forged ones, and the rare note
/// that a poll overtook, need it.
const MOST_LOOKED_UP: usize = 64;
/// The maximum number of unreadable records that are logged, once each.
const MOST_COMPLAINTS: usize = 64;

/// How far the store has been read.
#[derive(Debug, Default)]
pub(super) struct Cursor {
    /// Everything that changed before this time has been read.
    read: Timestamp,
    /// A poll that was interrupted. The next one continues it; otherwise a poll that takes longer than allowed would
    /// start over forever.
    under_way: Option<Poll>,
    unreadable: HashSet<String>,
    /// Whether the operator was told about records from the future.
    warned_ahead: bool,
}

#[derive(Debug)]
struct Poll {
    begun: Timestamp,
    begun_at: Instant,
    /// The time from which each kind is read.
    from: Timestamp,
    /// The index of the kind being read; they are read one after the other.
    kind: usize,
    since: Timestamp,
    /// The key of the last record read among those changed at `since`.
    after: Option<String>,
    /// Whether a record was from the future.
    ahead: bool,
    /// Notes with a lower number were made before it began.
    notes: u64,
}

impl Poll {
    fn new(begun: Timestamp, from: Timestamp, notes: u64) -> Self {
        Self { begun, begun_at: Instant::now(), from, kind: 0, since: from, after: None, ahead: false, notes }
    }

    fn next_kind(&mut self) {
        (self.kind, self.since, self.after) = (self.kind + 1, self.from, None);
    }
}

impl<U: AuthUser> RevocationFeed<U> {
    /// Loads the revocations from the store at start-up, so that a restart forgets nothing (REF-15).
    pub(crate) async fn load_revocations(&self) -> Result<(), StoreError> {
        // It may be older than any token, and still end a session.
        self.read_floor().await?;
        self.read_revocations().await.map(drop)
    }

    fn overlap(&self) -> Duration {
        OVERLAP + self.tokens.rules().leeway + self.store_timeout
    }

    /// Returns the time before which no record can concern a token that is still valid.
    fn oldest(&self, now: Timestamp) -> Timestamp {
        let rules = self.tokens.rules();
        now.minus(rules.ttl + rules.leeway + rules.leeway + self.overlap())
    }

    /// Reads what is new. Returns whether it was fast enough.
    pub(crate) async fn read_revocations(&self) -> Result<bool, StoreError> {
        let mut cursor = self.cursor.lock().await;
        let Cursor { read, under_way, unreadable, warned_ahead } = &mut *cursor;
        let now = self.now();
        if now < *read || under_way.as_ref().is_some_and(|poll| now < poll.begun) {
            // The clock was set back. Records written by others while it was ahead may be before the time already read.
            (*read, *under_way) = (Timestamp::default(), None);
        }
        // Stays in the cursor during the poll, because the caller may cancel it at any point.
        let notes = self.memory.next_note();
        let poll = under_way.get_or_insert_with(|| Poll::new(now, read.minus(self.overlap()), notes));
        let kinds = [&self.kinds.revoked, &self.kinds.epoch];
        while let Some(kind) = kinds.get(poll.kind) {
            if self.read_page(kind, poll, unreadable).await? {
                poll.next_kind();
            } else {
                yield_now().await;
            }
        }
        if poll.ahead && !*warned_ahead {
            tracing::warn!(target: "auth::revocation",
                "the clock of another instance is ahead, or the one here behind, by more than `leeway`: what is ended there \
                 may be refused here late, and what is ended here not at all there");
        }
        *warned_ahead = poll.ahead;
        *read = poll.begun;
        let in_time = self.mark_synced(poll.begun_at);
        let before = poll.notes;
        *under_way = None;
        self.memory.sweep(self.now());
        self.look_up_notes(before, unreadable).await?;
        Ok(in_time)
    }

    /// Asks the store about what messages said and this poll did not confirm: a message may be forged, or be older than
    /// what a poll reads.
    async fn look_up_notes(&self, before: u64, unreadable: &mut HashSet<String>) -> Result<(), StoreError> {
        for note in self.memory.unconfirmed(before, MOST_LOOKED_UP) {
            let (kind, key) = match &note {
                Due::User(id, _) => (&self.kinds.epoch, id.to_string()),
                Due::Session(session, _) => (&self.kinds.revoked, session.to_string()),
            };
            if let Some(record) = self.records.get(kind, &key).await?
                && let Err(error) = self.apply(&record, self.now())
            {
                complain(unreadable, &record, &error);
            }
            self.memory.settle(&note);
        }
        Ok(())
    }

    /// Reads one page of a kind. Returns whether it was the last one.
    async fn read_page(
        &self,
        kind: &str,
        poll: &mut Poll,
        unreadable: &mut HashSet<String>,
    ) -> Result<bool, StoreError> {
        let now = self.now();
        let oldest = self.oldest(now);
        if poll.since < oldest {
            (poll.since, poll.after) = (oldest, None);
        }
        let page = self.records.changed_since(kind, poll.since, poll.after.as_deref(), PAGE).await?;
        for record in &page {
            poll.ahead |= record.changed_at > now + self.tokens.rules().leeway;
            if let Err(error) = self.apply(record, now) {
                complain(unreadable, record, &error);
            }
        }
        let Some(last) = page.last().filter(|_| page.len() as u64 >= PAGE) else { return Ok(true) };
        if (last.changed_at, Some(&last.key)) <= (poll.since, poll.after.as_ref()) {
            return Err(StoreError::corrupt("`changed_since` does not go on after the key it was given"));
        }
        (poll.since, poll.after) = (last.changed_at, Some(last.key.clone()));
        Ok(false)
    }

    /// Takes a stored revocation into memory.
    fn apply(&self, record: &Record, now: Timestamp) -> Result<(), StoreError> {
        if record.kind == self.kinds.revoked && record.key == EVERYTHING {
            self.apply_floor(record)?;
        } else if record.kind == self.kinds.revoked {
            let session = record.key.parse().map_err(StoreError::corrupt)?;
            // The record outlives the last token because of clocks that are ahead; memory need not.
            let rules = self.tokens.rules();
            let until = record.changed_at + rules.ttl.max(LONGEST_ACCESS_TTL) + rules.leeway + rules.leeway;
            self.memory.end_session(session, record.expires_at.min(until), now);
        } else if record.kind == self.kinds.epoch {
            // The database may be shared with an older version of the application that has another id type.
            let Ok(id) = record.key.parse::<U::Id>() else { return Ok(()) };
            let until = self.last_token_expiry(record.changed_at);
            let epoch = match RevocationEpoch::from_record(record) {
                Ok(epoch) => epoch,
                Err(error) => {
                    // It is unknown which of the user's tokens are valid: guards query the store, where the record may
                    // be repaired.
                    self.memory.doubt_user(id, until, now);
                    return Err(error);
                }
            };
            // Most records have been read before, because polls overlap.
            if self.memory.lacks(&id, epoch) {
                self.apply_epoch_until(&id, epoch, until);
            }
        }
        Ok(())
    }
}

/// Logs a record that cannot be read. It must not keep this process from reading the others.
fn complain(unreadable: &mut HashSet<String>, record: &Record, error: &StoreError) {
    if unreadable.len() < MOST_COMPLAINTS && unreadable.insert(format!("{} {}", record.kind, record.key)) {
        let error: &dyn std::error::Error = error;
        tracing::error!(target: "auth::revocation", error, kind = record.kind, key = record.key,
            "an unreadable record is skipped; if it is the revocation epoch of a user, their requests fail until it is repaired");
    }
}
