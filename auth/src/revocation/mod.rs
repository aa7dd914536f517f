//! The revocation feed: brings revocations by other processes to this one.
//!
//! Every process writes revocations to the store before it acknowledges them, and polls the store for new ones, twice a
//! second by default. Guards check memory. If no poll has succeeded for longer than promised, memory may have missed
//! something: guards then query the store itself, and answer 503 if it does not respond.
//!
//! With a [`Broadcast`](crate::broadcast::Broadcast), revocations arrive before the next poll: see `message`.

mod api_keys;
mod cached_users;
mod changes;
pub(crate) mod epoch;
mod epochs;
mod floor;
pub(crate) mod memory;
mod message;
mod poll;
mod poller;
mod unconfirmed;
mod write;

pub(crate) use changes::{ChangeTicket, ChangesSeen};
pub(crate) use epochs::too_many;
#[cfg(fuzzing)]
pub(crate) use message::fuzz;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use tokio::sync::{Mutex, Notify};
use tokio::time::Instant;

use crate::base::clock::{Timestamp, whole_millis};
use crate::base::error::AuthError;
use crate::base::log_once::LogOnce;
use crate::context::{Context, Kinds};
use crate::model::claims::Claims as _;
use crate::model::event::Reporter;
use crate::model::user::AuthUser;
use crate::revocation::changes::UserChanges;
use crate::revocation::memory::Revocations;
use crate::store::{Budget, DynRecords, DynUsers, UserCache};
use crate::token::access::AccessTokens;

/// How long memory stays trusted after the start of a successful poll. Sessions ended by other processes are refused
/// within this time; after it, guards query the store. (If polls are more than half a second apart, it is twice their
/// interval.)
const TRUST_WINDOW: Duration = Duration::from_secs(1);

/// Knows which tokens and sessions have ended, here and in other processes.
pub(crate) struct RevocationFeed<U: AuthUser> {
    /// This, for tasks that end with it.
    this: Weak<Self>,
    memory: Revocations<U::Id>,
    /// Counts what changes for users, for what is kept of them elsewhere.
    changes: UserChanges<U::Id>,
    /// Rows of users, invalidated when a revocation concerns them.
    user_cache: Option<Arc<UserCache<U>>>,
    users: Arc<dyn DynUsers<U>>,
    records: Arc<dyn DynRecords>,
    kinds: Arc<Kinds>,
    tokens: Arc<AccessTokens<U::Claims>>,
    reporter: Reporter,
    store_timeout: Duration,
    /// The origin of the times below, on a monotonic clock.
    born: Instant,
    trust: Duration,
    /// Until when memory is trusted, in milliseconds. Guards compare it with the clock themselves: a reader that does
    /// not run (because its runtime hangs or has ended) could not tell them.
    trusted_until: AtomicU64,
    /// Whether it was logged that the feed is stale.
    stale: LogOnce,
    /// How far the store has been read. The lock allows one poll at a time.
    cursor: Mutex<poll::Cursor>,
    /// Wakes the poller early.
    wake: Arc<Notify>,
    /// Exchanges messages with other processes, if configured.
    broadcast_handle: OnceLock<message::BroadcastHandle>,
}

impl<U: AuthUser> RevocationFeed<U> {
    /// Creates a feed that is polled at this interval, once it is [started](Self::start). With zero it is never polled,
    /// and memory is always trusted.
    pub(super) fn new(context: &Context<U>, user_cache: Option<Arc<UserCache<U>>>, pace: Duration) -> Arc<Self> {
        let Context { users, records, kinds, tokens, reporter, random: _, store_timeout } = context.clone();
        let trusted_until = AtomicU64::new(if pace.is_zero() { u64::MAX } else { 0 });
        Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            memory: Revocations::new(),
            changes: UserChanges::new(),
            user_cache,
            users,
            records,
            kinds,
            tokens,
            reporter,
            store_timeout,
            born: Instant::now(),
            trust: TRUST_WINDOW.max(pace * 2),
            trusted_until,
            stale: LogOnce::default(),
            cursor: Mutex::default(),
            wake: Arc::default(),
            broadcast_handle: OnceLock::new(),
        })
    }

    fn now(&self) -> Timestamp {
        self.reporter.now()
    }

    fn is_stale(&self) -> bool {
        let until = self.trusted_until.load(Ordering::Acquire);
        until != u64::MAX && whole_millis(self.born.elapsed()) > until
    }

    /// Records that everything written before `since` is known here. Returns whether that is recent enough.
    fn mark_synced(&self, since: Instant) -> bool {
        let until = (since + self.trust).saturating_duration_since(self.born);
        self.trusted_until.fetch_max(whole_millis(until), Ordering::AcqRel);
        since.elapsed() <= self.trust / 2
    }

    /// Ends all trust in memory, because nothing polls any more.
    fn distrust(&self) {
        self.trusted_until.store(0, Ordering::Release);
    }

    /// Logs once that the feed is stale.
    fn warn_stale(&self, why: Option<&str>) {
        if self.is_stale() && self.stale.begins() {
            tracing::warn!(target: "auth::revocation", why, "the revocation feed is stale: every protected request now queries the store, and gets 503 if it does not answer");
        }
    }

    /// Logs that the feed works again.
    fn report_recovery(&self) {
        if self.stale.ends() {
            tracing::info!(target: "auth::revocation", "the revocation feed works again: protected requests are decided from memory");
        }
    }
}

/// The state of a verified token according to memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenStatus {
    Active,
    Revoked,
    /// Unknown, because the feed is stale or the epoch of this user cannot be read.
    Unknown,
}

impl<U: AuthUser> RevocationFeed<U> {
    /// Returns the state of a verified token according to memory.
    pub(crate) fn status(&self, claims: &U::Claims) -> TokenStatus {
        match self.memory.accept(U::subject(claims), &claims.registered()) {
            Some(false) => TokenStatus::Revoked,
            Some(true) if !self.is_stale() => TokenStatus::Active,
            _ => {
                // The reader reports it as well, unless it is what hangs.
                self.warn_stale(None);
                TokenStatus::Unknown
            }
        }
    }

    /// Returns whether a verified token is active: by memory, or while that cannot tell, by what the store says within
    /// `budget`.
    pub(crate) async fn is_active(&self, claims: &U::Claims, budget: &Budget) -> Result<bool, AuthError> {
        match self.status(claims) {
            TokenStatus::Active => Ok(true),
            TokenStatus::Revoked => Ok(false),
            // Rare, so its state should not enlarge the future of every request.
            TokenStatus::Unknown => Box::pin(budget.spend(self.is_active_in_store(claims))).await,
        }
    }

    /// Returns whether a token is active by what the store says at this moment, and by memory: what another process ended a
    /// moment ago counts, which memory learns of later.
    pub(crate) async fn is_active_now(&self, claims: &U::Claims, budget: &Budget) -> Result<bool, AuthError> {
        if self.status(claims) == TokenStatus::Revoked {
            return Ok(false);
        }
        budget.spend(self.is_active_in_store(claims)).await
    }

    /// Checks in the store whether a token is still valid that memory does not know to be revoked.
    pub(crate) async fn is_active_in_store(&self, claims: &U::Claims) -> Result<bool, AuthError> {
        let registered = claims.registered();
        let revoked = self.is_stored_as_ended(registered.sid).await?;
        self.read_floor().await?;
        let epoch = self.stored_epoch(U::subject(claims)).await?;
        Ok(!revoked && epoch.accepts_token(registered.sid, registered.generation))
    }
}
