//! The task that polls the store until the last handle is dropped.
//!
//! Memory is trusted for one second after the start of a successful poll. By then revocations of other processes are
//! known here, or guards query the store for each request. Guards compare the times themselves, with one atomic load
//! and one clock read per request, because a poller that does not run (its runtime is stalled, a handler blocks its
//! thread) could not warn them. A panic ends one poll, not the task (`catch_panic.rs`).

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep, sleep_until, timeout};

use super::RevocationFeed;
use crate::base::catch_panic::catch_panic;
use crate::base::clock::whole_millis;
use crate::base::error::causes;
use crate::model::user::AuthUser;
use crate::store::StoreError;

/// How long one poll may take. After an outage, or after the roles of all users changed, there is much to read. The
/// next poll continues where this one stopped.
const POLL_TIMEOUT: Duration = Duration::from_secs(30);
/// How often a running poll checks whether the operator must be told that the feed is stale.
const WARN_INTERVAL: Duration = Duration::from_millis(500);
/// The minimum pause between two polls requested by messages, however many there were.
const MIN_POLL_GAP: Duration = Duration::from_millis(50);
/// The pause after a panic.
const PAUSE: Duration = Duration::from_secs(1);

struct Poller<U: AuthUser> {
    feed: Weak<RevocationFeed<U>>,
    ticks: Interval,
    wake: Arc<Notify>,
    /// When a message last requested a poll.
    asked: Option<Instant>,
    /// Why the last poll failed.
    why: Option<String>,
}

/// If the task ends before the last handle is dropped, for whatever reason, memory is no longer trusted.
impl<U: AuthUser> Drop for Poller<U> {
    fn drop(&mut self) {
        if let Some(feed) = self.feed.upgrade() {
            feed.distrust();
            feed.warn_stale(Some("the task that polls the store has ended"));
        }
    }
}

impl<U: AuthUser> Poller<U> {
    /// Polls in a loop. A panic (in a store or a clock) ends one poll, not the task.
    async fn run(mut self) {
        loop {
            match catch_panic(self.poll_once()).await {
                Some(true) => {}
                Some(false) => return,
                None => {
                    tracing::error!(target: "auth::revocation", "a poll of the revocation feed panicked; it is tried again in a second");
                    self.why = Some("the last poll panicked".to_owned());
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Waits until the next poll is due and runs it. Returns `false` if the last handle is gone.
    async fn poll_once(&mut self) -> bool {
        tokio::select! {
            _ = self.ticks.tick() => {}
            () = self.wake.notified() => {
                if let Some(last) = self.asked {
                    sleep_until(last + MIN_POLL_GAP).await;
                }
                self.asked = Some(Instant::now());
            }
        }
        let Some(feed) = self.feed.upgrade() else { return false };
        let mut polling = std::pin::pin!(timeout(POLL_TIMEOUT, feed.read_revocations()));
        let polled = loop {
            tokio::select! {
                polled = &mut polling => break polled,
                () = sleep(WARN_INTERVAL) => feed.warn_stale(self.why.as_deref()),
            }
        };
        match polled {
            Ok(Ok(true)) => feed.report_recovery(),
            // The poll succeeded, but so slowly that guards query the store in between.
            Ok(Ok(false)) => {
                self.why = Some(format!("polls take longer than {} ms", whole_millis(feed.trust / 2)));
                feed.warn_stale(self.why.as_deref());
            }
            Ok(Err(error)) => {
                self.why = Some(last_cause(&error));
                feed.warn_stale(self.why.as_deref());
            }
            Err(late) => {
                self.why = Some(late.to_string());
                feed.warn_stale(self.why.as_deref());
            }
        }
        true
    }
}

/// Returns the root cause of an error: operators can only fix what is named.
fn last_cause(error: &StoreError) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

impl<U: AuthUser> RevocationFeed<U> {
    /// Starts polling at this interval, until the last handle is dropped. Without a runtime nothing polls, and guards
    /// query the store.
    pub(crate) fn start(&self, pace: Duration) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let mut ticks = interval_at(Instant::now() + pace, pace);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (feed, wake) = (Weak::clone(&self.this), Arc::clone(&self.wake));
        runtime.spawn(Poller { feed, ticks, wake, asked: None, why: None }.run());
    }
}
