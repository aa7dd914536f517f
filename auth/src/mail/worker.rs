//! The task that sends what is due, until the last handle is gone.
//!
//! It starts by itself, when the handle is built and when a mail is stored, so no application can forget it. Every
//! instance runs one, and the leases keep them apart. A mail stored here wakes it at once; what others have left behind
//! is found within the interval.

use std::sync::Weak;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::timeout;

use super::outbox::Outbox;
use crate::base::catch_panic::catch_panic;
use crate::model::user::AuthUser;
use crate::store::StoreError;

impl<U: AuthUser> Outbox<U> {
    /// Starts the worker if there is none. Without a runtime, the next mail tries again.
    pub(crate) fn start(&self) {
        let Ok(runtime) = Handle::try_current() else { return };
        if self.settings.interval.is_zero() || self.running.swap(true, Ordering::AcqRel) {
            return;
        }
        runtime.spawn(Worker { outbox: Weak::clone(&self.this), failing: false }.run(self.settings.interval));
    }

    /// A mail is due now.
    pub(super) fn nudge(&self) {
        self.start();
        self.wake.notify_one();
    }
}

/// Lets the worker see at once that there is nothing left to do.
impl<U: AuthUser> Drop for Outbox<U> {
    fn drop(&mut self) {
        self.wake.notify_one();
    }
}

struct Worker<U: AuthUser> {
    outbox: Weak<Outbox<U>>,
    /// Whether the last sweep failed: logged once.
    failing: bool,
}

impl<U: AuthUser> Worker<U> {
    async fn run(mut self, interval: Duration) {
        let Some(wake) = self.outbox.upgrade().map(|outbox| outbox.wake.clone()) else { return };
        loop {
            let Some(outbox) = self.outbox.upgrade() else { return };
            let swept = catch_panic(outbox.sweep()).await;
            drop(outbox);
            self.say(swept);
            // Holds no handle while it waits.
            let _ = timeout(interval, wake.notified()).await;
        }
    }

    fn say(&mut self, swept: Option<Result<usize, StoreError>>) {
        let failed = !matches!(swept, Some(Ok(_)));
        if failed && !self.failing {
            let error = swept.and_then(Result::err);
            let error = error.as_ref().map(|error| error as &dyn std::error::Error);
            tracing::warn!(target: "auth::mail", error, "mail that is due could not be sent: it is tried again until it can be");
        } else if !failed && self.failing {
            tracing::info!(target: "auth::mail", "mail is sent again");
        }
        self.failing = failed;
    }
}

/// However it ends (its runtime may, before the application does), the next mail starts another one.
impl<U: AuthUser> Drop for Worker<U> {
    fn drop(&mut self) {
        if let Some(outbox) = self.outbox.upgrade() {
            outbox.running.store(false, Ordering::Release);
        }
    }
}
