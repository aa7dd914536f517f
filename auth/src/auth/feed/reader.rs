//! The task that looks into the store, until the last handle is gone.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep, sleep_until, timeout};

use super::{Auth, millis};
use crate::auth::Inner;
use crate::caught::caught;
use crate::store::StoreError;
use crate::user::AuthUser;

/// How long one look may take. After an outage, or when the roles of everybody were changed, there is much to read. The
/// next one goes on where this one was.
const LOOKING: Duration = Duration::from_secs(30);
/// How often it is asked meanwhile whether the operator has to be told.
const TELLING: Duration = Duration::from_millis(500);
/// Between two looks that messages asked for, however many there were.
const BREATH: Duration = Duration::from_millis(50);
/// After a panic.
const PAUSE: Duration = Duration::from_secs(1);

struct Reader<U: AuthUser> {
    auth: Weak<Inner<U>>,
    ticks: Interval,
    look: Arc<Notify>,
    /// When a message asked for a look the last time.
    asked: Option<Instant>,
    /// Why nothing was heard the last time.
    why: Option<String>,
}

/// Whatever ends the task before the last handle is gone, leaves a feed that nobody trusts.
impl<U: AuthUser> Drop for Reader<U> {
    fn drop(&mut self) {
        if let Some(inner) = self.auth.upgrade() {
            inner.feed.ends();
            inner.feed.tell_silent(Some("the task that reads it has ended"));
        }
    }
}

impl<U: AuthUser> Reader<U> {
    /// A panic (in a store, in a clock) ends one look, not the task.
    async fn run(mut self) {
        loop {
            match caught(self.turn()).await {
                Some(true) => {}
                Some(false) => return,
                None => {
                    tracing::error!(target: "auth::feed", "the look into the store panicked: the next one follows");
                    self.why = Some("it panicked".to_owned());
                    sleep(PAUSE).await;
                }
            }
        }
    }

    /// Waits until it is time to look, and looks. `false` if the last handle is gone.
    async fn turn(&mut self) -> bool {
        tokio::select! {
            _ = self.ticks.tick() => {}
            () = self.look.notified() => {
                if let Some(last) = self.asked {
                    sleep_until(last + BREATH).await;
                }
                self.asked = Some(Instant::now());
            }
        }
        let Some(inner) = self.auth.upgrade() else { return false };
        let auth = Auth { inner };
        let mut looking = std::pin::pin!(timeout(LOOKING, auth.read_revocations()));
        let looked = loop {
            tokio::select! {
                looked = &mut looking => break looked,
                () = sleep(TELLING) => auth.inner().feed.tell_silent(self.why.as_deref()),
            }
        };
        let feed = &auth.inner().feed;
        match looked {
            Ok(Ok(true)) => feed.tell_heard(),
            // Read, but so slowly that guards ask the store in between.
            Ok(Ok(false)) => {
                self.why = Some(format!("a look takes more than {} ms", millis(feed.trust / 2)));
                feed.tell_silent(self.why.as_deref());
            }
            Ok(Err(error)) => {
                self.why = Some(last_cause(&error));
                feed.tell_silent(self.why.as_deref());
            }
            Err(late) => {
                self.why = Some(late.to_string());
                feed.tell_silent(self.why.as_deref());
            }
        }
        true
    }
}

/// What is at the bottom of an error: an operator cannot mend what nobody names.
fn last_cause(error: &StoreError) -> String {
    let chain = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    chain.last().map(ToString::to_string).unwrap_or_default()
}

impl<U: AuthUser> Auth<U> {
    /// Begins to read, every `pace`, until the last handle is gone. Without a runtime nobody reads, and guards ask the
    /// store.
    pub(in crate::auth) fn start_feed(&self, pace: Duration) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let mut ticks = interval_at(Instant::now() + pace, pace);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (auth, look) = (Arc::downgrade(&self.inner), Arc::clone(&self.inner().feed.look));
        runtime.spawn(Reader { auth, ticks, look, asked: None, why: None }.run());
    }
}
