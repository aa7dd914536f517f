//! The revocation feed: what other processes ended reaches this one.
//!
//! Every process writes revocations to the store before it acknowledges them, and every process reads what is new there,
//! twice a second by default. Guards ask memory. Should the store stay silent, memory may have missed something: then
//! guards ask the store itself, and what it cannot say is a 503.
//!
//! With a [`Broadcast`](crate::broadcast::Broadcast) it need not wait for the next look: see `news`.

mod news;

use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};

use super::{Auth, Inner};
use crate::claims::Claims;
use crate::clock::Timestamp;
use crate::error::AuthError;
use crate::store::{Record, StoreError};
use crate::token::mark::Mark;
use crate::user::AuthUser;

/// Looks begin this much before the last one, and as much more as clocks may differ (`leeway`) and a write may take
/// (`store_timeout`): the time in a record is that of its writer, before it was written.
const OVERLAP: Duration = Duration::from_secs(5);

/// Without news for so long, memory is not trusted alone.
const SILENCE: Duration = Duration::from_secs(2);

/// How long one look may take. After an outage, or when the roles of everybody were changed, there is much to read; while
/// that goes on, the feed is silent.
const LOOKING: Duration = Duration::from_secs(30);

/// Between two looks that messages asked for, however many there were.
const BREATH: Duration = Duration::from_millis(50);

/// What is known of the feed.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    /// Everything changed before this time has been read, in milliseconds.
    read: AtomicU64,
    /// Nothing has been heard of the store for too long.
    silent: AtomicBool,
    /// Wakes the reader before its time.
    look: Arc<Notify>,
    /// Exchanges messages with other processes, if they do.
    exchange: OnceLock<news::Exchange>,
}

impl Feed {
    fn is_silent(&self) -> bool {
        self.silent.load(Ordering::Acquire)
    }

    /// Notes whether the store is heard; tells the operator of the change, not of the state.
    fn set_silent(&self, silent: bool, why: Option<&str>) {
        if self.silent.swap(silent, Ordering::AcqRel) == silent {
            return;
        }
        if silent {
            tracing::warn!(target: "auth::feed", why, "no news from the store: guards ask it for each request");
        } else {
            tracing::info!(target: "auth::feed", "news from the store again: guards ask memory");
        }
    }
}

/// What is at the bottom of an error: an operator cannot mend what nobody names.
fn last_cause(error: &AuthError) -> String {
    let chain = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    chain.last().map(ToString::to_string).unwrap_or_default()
}

/// Whatever ends the task before the last handle is gone, a panic or the end of its runtime, leaves a feed that nobody
/// trusts.
struct Reading<U: AuthUser>(Weak<Inner<U>>);

impl<U: AuthUser> Drop for Reading<U> {
    fn drop(&mut self) {
        if let Some(inner) = self.0.upgrade() {
            inner.feed.set_silent(true, Some("the task that reads it has ended"));
        }
    }
}

/// What memory knows of a verified token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Stands,
    Ended,
    /// The store is silent: what ended meanwhile is not known here.
    Unknown,
}

impl<U: AuthUser> Auth<U> {
    /// Reads what was revoked since the last time, by whatever process. A task does it by itself, twice a second or as
    /// `revocation_feed` of the builder says; call it where a message from elsewhere says that there is news.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed.
    pub async fn sync_revocations(&self) -> Result<(), AuthError> {
        let inner = self.inner();
        let now = self.now();
        let read = Timestamp::from_millis(inner.feed.read.load(Ordering::Acquire));
        if now < read {
            // Our clock was set back. What others wrote while it was ahead lies before what we have read.
            return Ok(self.load_revocations().await?);
        }
        self.read_revocations(read.minus(self.overlap()), now).await?;
        Ok(())
    }

    /// Fills memory from the store at start-up: a restart forgets nothing (REF-15).
    pub(super) async fn load_revocations(&self) -> Result<(), StoreError> {
        let now = self.now();
        let rules = self.inner().tokens.rules();
        self.read_revocations(now.minus(rules.ttl + rules.leeway + rules.leeway + self.overlap()), now).await
    }

    fn overlap(&self) -> Duration {
        OVERLAP + self.inner().tokens.rules().leeway + self.inner().store_timeout
    }

    async fn read_revocations(&self, since: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        let inner = self.inner();
        for kind in [&inner.kinds.revoked, &inner.kinds.mark] {
            for record in inner.records.changed_since(kind, since).await? {
                self.learn(&record, now)?;
            }
        }
        inner.feed.read.store(now.as_millis(), Ordering::Release);
        Ok(())
    }

    /// Takes a revocation into memory, from wherever it was heard.
    fn learn(&self, record: &Record, now: Timestamp) -> Result<(), StoreError> {
        let inner = self.inner();
        if record.kind == inner.kinds.revoked {
            let session = record.key.parse().map_err(StoreError::corrupt)?;
            inner.revocations.end_session(session, record.expires_at, now);
        } else if record.kind == inner.kinds.mark {
            let mark = Mark::from_record(record)?;
            if let Ok(id) = record.key.parse::<U::Id>() {
                // Before the mark: whoever is let in by the new one sees the row it is about.
                if let Some(rows) = &inner.rows {
                    rows.forget(&id);
                }
                inner.revocations.mark_user(id, mark, self.tokens_end(record.changed_at), now);
            }
        }
        Ok(())
    }

    /// The user's row as it is now, or was a moment ago if rows are kept, this is not `live`, and news come in.
    pub(crate) async fn row(&self, id: &U::Id, live: bool) -> Result<Option<Arc<U>>, AuthError> {
        let inner = self.inner();
        let rows = inner.rows.as_ref().filter(|_| !inner.feed.is_silent());
        let ticket = match rows {
            None => None,
            Some(rows) if live => rows.ticket(id),
            Some(rows) => match rows.get(id, self.now()) {
                Ok(row) => return Ok(Some(row)),
                Err(ticket) => ticket,
            },
        };
        let read_at = self.now();
        let Some(row) = inner.users.find(id).await?.map(Arc::new) else { return Ok(None) };
        // Of an account that is switched off nothing is kept: switched on again, it enters at once.
        if let (Some(rows), Some(ticket), true) = (rows, ticket, row.is_active()) {
            rows.keep(ticket, &row, read_at);
        }
        Ok(Some(row))
    }

    /// Begins to read, every `pace`, until the last handle is gone.
    pub(super) fn start_feed(&self, pace: Duration) {
        let reading = Reading(Arc::downgrade(&self.inner));
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let look = Arc::clone(&self.inner().feed.look);
        runtime.spawn(async move {
            let mut ticks = interval_at(Instant::now() + pace, pace);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut heard = Instant::now();
            let mut asked: Option<Instant> = None;
            let mut why = None;
            loop {
                tokio::select! {
                    _ = ticks.tick() => {}
                    () = look.notified() => {
                        if let Some(last) = asked {
                            sleep_until(last + BREATH).await;
                        }
                        asked = Some(Instant::now());
                    }
                }
                let Some(inner) = reading.0.upgrade() else { return };
                let auth = Self { inner };
                // A store that hangs is as silent as one that fails. It is so when the time is over, not when the look is.
                let begun = Instant::now();
                let mut looking = pin!(timeout(LOOKING, auth.sync_revocations()));
                let looked = tokio::select! {
                    looked = &mut looking => looked,
                    () = sleep_until(heard + SILENCE) => {
                        auth.inner().feed.set_silent(true, why.as_deref());
                        looking.await
                    }
                };
                match looked {
                    // What was written since it began may not be in it.
                    Ok(Ok(())) => heard = begun,
                    Ok(Err(error)) => why = Some(last_cause(&error)),
                    Err(late) => why = Some(late.to_string()),
                }
                auth.inner().feed.set_silent(heard.elapsed() >= SILENCE, why.as_deref());
            }
        });
    }

    /// What memory knows of a verified token.
    pub(crate) fn standing(&self, claims: &U::Claims) -> Standing {
        let inner = self.inner();
        if !inner.revocations.accept(U::subject(claims), &claims.registered()) {
            Standing::Ended
        } else if inner.feed.is_silent() {
            Standing::Unknown
        } else {
            Standing::Stands
        }
    }

    /// What the store knows of a token that memory does not know to have ended.
    pub(crate) async fn stands_in_store(&self, claims: &U::Claims) -> Result<bool, AuthError> {
        let inner = self.inner();
        let registered = claims.registered();
        let revoked = inner.records.get(&inner.kinds.revoked, &registered.sid.to_string()).await?;
        let mark = self.stored_mark(U::subject(claims)).await?;
        Ok(revoked.is_none() && mark.accepts_token(registered.sid, registered.generation))
    }
}
