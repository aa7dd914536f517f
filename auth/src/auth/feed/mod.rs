//! The revocation feed: brings revocations by other processes to this one.
//!
//! Every process writes revocations to the store before it acknowledges them, and polls the store for new ones, twice a
//! second by default. Guards check memory. If no poll has succeeded for longer than promised, memory may have missed
//! something: guards then query the store itself, and answer 503 if it does not respond.
//!
//! With a [`Broadcast`](crate::broadcast::Broadcast), revocations arrive before the next poll: see `news`.

mod look;
mod news;
mod reader;

#[cfg(fuzzing)]
pub(crate) use news::fuzz;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::{Mutex, Notify};
use tokio::time::Instant;

use super::Auth;
use crate::claims::Claims;
use crate::error::AuthError;
use crate::store::Rows;
use crate::user::AuthUser;

/// How long memory stays trusted after the start of a successful poll. Sessions ended by other processes are refused
/// within this time; after it, guards query the store. (If polls are more than half a second apart, it is twice their
/// interval.)
const PROMISED: Duration = Duration::from_secs(1);

/// The state of the feed.
#[derive(Debug)]
pub(crate) struct Feed {
    /// The origin of the times below, on a monotonic clock.
    born: Instant,
    trust: Duration,
    /// Until when memory is trusted, in milliseconds. Guards compare it with the clock themselves: a reader that does
    /// not run (because its runtime hangs or has ended) could not tell them.
    trusted_until: AtomicU64,
    /// Whether the operator was told that the feed is silent.
    told: AtomicBool,
    /// How far the store has been read. The lock allows one poll at a time.
    place: Mutex<look::Place>,
    /// Wakes the reader early.
    look: Arc<Notify>,
    /// Exchanges messages with other processes, if configured.
    exchange: OnceLock<news::Exchange>,
}

/// Whole milliseconds, enough for half a billion years.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Feed {
    /// Creates a feed that is polled at this interval. With zero it is never polled, and memory is always trusted.
    pub(super) fn new(pace: Duration) -> Self {
        let trusted_until = AtomicU64::new(if pace.is_zero() { u64::MAX } else { 0 });
        Self {
            born: Instant::now(),
            trust: PROMISED.max(pace * 2),
            trusted_until,
            told: AtomicBool::new(false),
            place: Mutex::default(),
            look: Arc::default(),
            exchange: OnceLock::new(),
        }
    }

    fn is_silent(&self) -> bool {
        let until = self.trusted_until.load(Ordering::Acquire);
        until != u64::MAX && millis(self.born.elapsed()) > until
    }

    /// Records that everything written before `since` is known here. Returns whether that is recent enough.
    fn heard(&self, since: Instant) -> bool {
        let until = (since + self.trust).saturating_duration_since(self.born);
        self.trusted_until.fetch_max(millis(until), Ordering::AcqRel);
        since.elapsed() <= self.trust / 2
    }

    /// Ends all trust in memory, because nothing polls any more.
    fn ends(&self) {
        self.trusted_until.store(0, Ordering::Release);
    }

    /// Tells the operator once that the feed is silent.
    fn tell_silent(&self, why: Option<&str>) {
        if self.is_silent() && !self.told.swap(true, Ordering::AcqRel) {
            tracing::warn!(target: "auth::feed", why, "no news from the store: guards ask it for each request");
        }
    }

    /// Tells the operator that the feed works again.
    fn tell_heard(&self) {
        if self.told.swap(false, Ordering::AcqRel) {
            tracing::info!(target: "auth::feed", "news from the store again: guards ask memory");
        }
    }
}

/// The state of a verified token according to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Stands,
    Ended,
    /// Unknown, because the feed is silent or the mark of this user cannot be read.
    Unknown,
}

impl<U: AuthUser> Auth<U> {
    /// Polls the store for revocations by any process. A task does so automatically, twice a second or as set by
    /// `revocation_feed` on the builder; call this when you learn about a revocation by other means.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed.
    pub async fn sync_revocations(&self) -> Result<(), AuthError> {
        Ok(self.read_revocations().await.map(drop)?)
    }

    /// Returns the row cache, if there is one, unless the feed is silent: changes by others could then be missed.
    fn rows(&self) -> Option<&Rows<U>> {
        let inner = self.inner();
        inner.rows.as_deref().filter(|_| !inner.feed.is_silent())
    }

    /// Returns the row of the user whom the claims name from the cache, if there is one.
    pub(crate) fn kept_row(&self, claims: &U::Claims) -> Option<Arc<U>> {
        self.rows()?.get(U::subject(claims), claims.registered().generation, self.now())
    }

    /// Reads the current row of the user whom the claims name.
    pub(crate) async fn row(&self, claims: &U::Claims) -> Result<Option<Arc<U>>, AuthError> {
        let id = U::subject(claims);
        let (inner, rows) = (self.inner(), self.rows());
        let ticket = rows.and_then(|rows| rows.ticket(id));
        let read_at = self.now();
        let Some(row) = inner.users.find(id).await?.map(Arc::new) else { return Ok(None) };
        // Inactive accounts are not cached, so that they can be used at once after being enabled.
        if let (Some(rows), Some(ticket), true) = (rows, ticket, row.is_active()) {
            rows.keep(ticket, &row, claims.registered().generation, read_at);
        }
        Ok(Some(row))
    }

    /// Returns the state of a verified token according to memory.
    pub(crate) fn standing(&self, claims: &U::Claims) -> Standing {
        let inner = self.inner();
        match inner.revocations.accept(U::subject(claims), &claims.registered()) {
            Some(false) => Standing::Ended,
            Some(true) if !inner.feed.is_silent() => Standing::Stands,
            _ => {
                // The reader reports it as well, unless it is what hangs.
                inner.feed.tell_silent(None);
                Standing::Unknown
            }
        }
    }

    /// Checks in the store whether a token is still valid that memory does not know to be revoked.
    pub(crate) async fn stands_in_store(&self, claims: &U::Claims) -> Result<bool, AuthError> {
        let inner = self.inner();
        let registered = claims.registered();
        let revoked = inner.records.get(&inner.kinds.revoked, &registered.sid.to_string()).await?;
        self.read_floor().await?;
        let mark = self.stored_mark(U::subject(claims)).await?;
        Ok(revoked.is_none() && mark.accepts_token(registered.sid, registered.generation))
    }
}
