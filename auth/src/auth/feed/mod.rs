//! The revocation feed: what other processes ended reaches this one.
//!
//! Every process writes revocations to the store before it acknowledges them, and every process reads what is new there,
//! twice a second by default. Guards ask memory. Should nothing have been heard of the store for longer than was promised,
//! memory may have missed something: then guards ask the store itself, and what it cannot say is a 503.
//!
//! With a [`Broadcast`](crate::broadcast::Broadcast) it need not wait for the next look: see `news`.

mod look;
mod news;
mod reader;

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

/// So long memory is trusted after a look has begun that succeeded: what was ended elsewhere is refused here within that
/// time, or guards ask. (With a pace of more than half a second it is two of them.)
const PROMISED: Duration = Duration::from_secs(1);

/// What is known of the feed.
#[derive(Debug)]
pub(crate) struct Feed {
    /// Times below are counted from here, by a clock that nobody sets.
    born: Instant,
    trust: Duration,
    /// Until when memory is trusted, in milliseconds. Guards compare it with the time themselves: a reader that does not
    /// run (its runtime stands still, or has ended) could not tell them.
    trusted_until: AtomicU64,
    /// The operator was told that nothing is heard.
    told: AtomicBool,
    /// How far it has read; one look at a time.
    place: Mutex<look::Place>,
    /// Wakes the reader before its time.
    look: Arc<Notify>,
    /// Exchanges messages with other processes, if they do.
    exchange: OnceLock<news::Exchange>,
}

/// Whole milliseconds: for half a billion years.
fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Feed {
    /// A feed that is read at that pace. Without one, memory is all there is, and trusted.
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

    /// All that was written before `since` is known here. Answers whether that is as recent as it should be.
    fn heard(&self, since: Instant) -> bool {
        let until = (since + self.trust).saturating_duration_since(self.born);
        self.trusted_until.fetch_max(millis(until), Ordering::AcqRel);
        since.elapsed() <= self.trust / 2
    }

    /// Nobody reads any more.
    fn ends(&self) {
        self.trusted_until.store(0, Ordering::Release);
    }

    /// Tells the operator of a silence, once.
    fn tell_silent(&self, why: Option<&str>) {
        if self.is_silent() && !self.told.swap(true, Ordering::AcqRel) {
            tracing::warn!(target: "auth::feed", why, "no news from the store: guards ask it for each request");
        }
    }

    /// Tells the operator of its end.
    fn tell_heard(&self) {
        if self.told.swap(false, Ordering::AcqRel) {
            tracing::info!(target: "auth::feed", "news from the store again: guards ask memory");
        }
    }
}

/// What memory knows of a verified token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Stands,
    Ended,
    /// The store is silent, or what it says of this user cannot be read: what ended is not known here.
    Unknown,
}

impl<U: AuthUser> Auth<U> {
    /// Reads what was revoked since the last time, by whatever process. A task does it by itself, twice a second or as
    /// `revocation_feed` of the builder says; call it where a message from elsewhere says that there is news.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed.
    pub async fn sync_revocations(&self) -> Result<(), AuthError> {
        Ok(self.read_revocations().await.map(drop)?)
    }

    /// The rows that are kept, while news come in of who writes one.
    fn rows(&self) -> Option<&Rows<U>> {
        let inner = self.inner();
        inner.rows.as_deref().filter(|_| !inner.feed.is_silent())
    }

    /// The user's row as it was a moment ago, if rows are kept.
    pub(crate) fn kept_row(&self, id: &U::Id) -> Option<Arc<U>> {
        self.rows()?.get(id, self.now())
    }

    /// The user's row as it is now.
    pub(crate) async fn row(&self, id: &U::Id) -> Result<Option<Arc<U>>, AuthError> {
        let (inner, rows) = (self.inner(), self.rows());
        let ticket = rows.and_then(|rows| rows.ticket(id));
        let read_at = self.now();
        let Some(row) = inner.users.find(id).await?.map(Arc::new) else { return Ok(None) };
        // Of an account that is switched off nothing is kept: switched on again, it enters at once.
        if let (Some(rows), Some(ticket), true) = (rows, ticket, row.is_active()) {
            rows.keep(ticket, &row, read_at);
        }
        Ok(Some(row))
    }

    /// What memory knows of a verified token.
    pub(crate) fn standing(&self, claims: &U::Claims) -> Standing {
        let inner = self.inner();
        match inner.revocations.accept(U::subject(claims), &claims.registered()) {
            Some(false) => Standing::Ended,
            Some(true) if !inner.feed.is_silent() => Standing::Stands,
            _ => {
                // The reader says it as well, unless it is what stands still.
                inner.feed.tell_silent(None);
                Standing::Unknown
            }
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
