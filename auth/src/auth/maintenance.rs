//! Deletes expired records: sessions that can no longer be refreshed, revocations that no token needs, obsolete
//! counters.
//!
//! Only the size of the table depends on it, because readers check the expiry of each record. So it may fail, be late,
//! or run in several instances at once.
//!
//! Only the size of the table depends on purging. So the application spawns it, it may fail, it gives up after half a
//! minute, and it needs no leader among the instances. Counters, which strangers can create, are also purged by a task
//! after every 1,024 new ones, one task at a time. A spent refresh token needs no row of its own to be recognised, only
//! that of its session.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::sleep;

use super::Auth;
use crate::base::error::AuthError;
use crate::base::random::{Random, random};
use crate::model::user::AuthUser;
use crate::store::purge;

/// How many records one statement deletes: it locks its rows for milliseconds, instead of a table of millions for long.
const BATCH: u64 = 1_000;

/// The pause between two runs without [`jitter`], which adds half a minute on average: ten minutes in all.
const EVERY: Duration = Duration::from_secs(10 * 60 - 30);

impl<U: AuthUser> Auth<U> {
    /// Deletes expired records: sessions that can no longer be refreshed, revocations that no token needs. Several
    /// instances may do so at once. Returns how many were deleted, of all user types that share the store.
    ///
    /// Records are deleted a thousand at a time, and other tasks get to run in between.
    /// [`maintenance`](Self::maintenance) calls this automatically; call it from a job of your own to control when it
    /// runs.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed, or took half a minute for one batch. Records deleted before that
    /// stay deleted.
    pub async fn purge_expired(&self) -> Result<u64, AuthError> {
        let mut all = 0;
        loop {
            let purged = purge(&*self.inner.context.records, self.now(), BATCH).await?;
            all += purged;
            if purged < BATCH {
                return Ok(all);
            }
            yield_now().await;
        }
    }

    /// Returns a future that does recurring work for as long as the application runs: currently
    /// [`purge_expired`](Self::purge_expired), first within a minute and then about every ten minutes. Spawn it once in
    /// each instance; they run at different moments, and running at the same time would do no harm.
    ///
    /// ```
    /// # #[cfg(feature = "macros")] {
    /// # use auth::{Auth, AuthUser};
    /// # #[derive(Clone, AuthUser)] #[auth(table = "users")] struct User { #[auth(id)] id: i64, #[auth(login)] email: String }
    /// # async fn demo(builder: auth::AuthBuilder<User>) -> auth::Result<()> {
    /// let auth = builder.build().await?;
    /// tokio::spawn(auth.maintenance());
    /// # Ok(()) } }
    /// ```
    ///
    /// The number of deleted records, if any, is logged at `info` (`auth::store`). A failure is logged as a warning
    /// (`auth::maintenance`) and retried the next time. The future holds no handle while it waits; it ends when it
    /// wakes up after the last handle was dropped.
    pub fn maintenance(&self) -> impl Future<Output = ()> + Send + use<U> {
        let handle = Arc::downgrade(&self.inner);
        let mut pause = jitter(&*self.inner.context.random);
        async move {
            loop {
                sleep(pause).await;
                let Some(inner) = handle.upgrade() else { return };
                pause = EVERY + jitter(&*inner.context.random);
                maintain(&Self { inner }).await;
            }
        }
    }
}

async fn maintain<U: AuthUser>(auth: &Auth<U>) {
    match auth.purge_expired().await {
        Ok(0) => {}
        Ok(records) => tracing::info!(target: "auth::store", records, "expired records were deleted"),
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(target: "auth::maintenance", error, "expired records could not be deleted");
        }
    }
}

/// Returns a part of a minute that differs between instances; half a minute if the random generator fails, which will
/// be noticed elsewhere.
fn jitter(source: &dyn Random) -> Duration {
    let part = random(source).map_or(30_000, |bytes| u32::from_be_bytes(bytes) % 60_000);
    Duration::from_millis(u64::from(part))
}
