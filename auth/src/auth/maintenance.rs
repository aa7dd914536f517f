//! Forgetting what expired: sessions nobody can refresh, revocations no token needs, counters that say nothing any more.
//!
//! Nothing depends on it but the size of the table: whoever reads a record looks at its time. So it may fail, be late,
//! or be done by several instances at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

use super::Auth;
use crate::clock::Timestamp;
use crate::error::AuthError;
use crate::random::{Random, random};
use crate::store::{DynRecords, StoreError};
use crate::user::AuthUser;

/// How many records go at once: a statement that locks its rows for milliseconds, not one for a table of millions.
const BATCH: u64 = 1_000;

/// How long a batch may take, with statements of somebody else in its way. A purge that hangs is given up; what it would
/// have deleted goes the next time.
const LONGEST: Duration = Duration::from_secs(30);

/// Between two times, less half of what [`jitter`] adds: every ten minutes on average.
const EVERY: Duration = Duration::from_secs(10 * 60 - 30);

impl<U: AuthUser> Auth<U> {
    /// Forgets records that expired: sessions nobody can refresh, revocations no token needs. Several instances may do it
    /// at once. Answers how many there were, of every user type that shares the store.
    ///
    /// They go by the thousand, and between two thousands other tasks have their turn. [`maintenance`](Self::maintenance)
    /// does it by itself; call this one from a job of yours if you would rather say when.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed, or took half a minute for a thousand. What was forgotten until then
    /// stays forgotten.
    pub async fn purge_expired(&self) -> Result<u64, AuthError> {
        let mut all = 0;
        loop {
            let purged = purge(&*self.inner().records, self.now(), BATCH).await?;
            all += purged;
            if purged < BATCH {
                return Ok(all);
            }
            yield_now().await;
        }
    }

    /// What has to be done now and then, for as long as the application runs: today [`purge_expired`](Self::purge_expired),
    /// first within a minute, then about every ten minutes. Spawn it once in each instance; they do not come at the same
    /// moment, and would do no harm if they did.
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
    /// How many there were, if any, is told at `info` (`auth::store`). A failure is a warning (`auth::maintenance`), and it is tried again the next time. The future holds no handle while
    /// it waits: it ends when it wakes up and the last one is gone.
    pub fn maintenance(&self) -> impl Future<Output = ()> + Send + use<U> {
        let handle = Arc::downgrade(&self.inner);
        let mut pause = jitter(&*self.inner.random);
        async move {
            loop {
                sleep(pause).await;
                let Some(inner) = handle.upgrade() else { return };
                pause = EVERY + jitter(&*inner.random);
                maintain(&Self { inner }).await;
            }
        }
    }
}

/// Deletes one batch of what has expired, or gives up.
pub(super) async fn purge(records: &dyn DynRecords, now: Timestamp, most: u64) -> Result<u64, StoreError> {
    let purged = timeout(LONGEST, records.purge_expired(now, most)).await;
    purged.unwrap_or_else(|late| Err(StoreError::unavailable(late)))
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

/// A part of a minute that differs from instance to instance. Without randomness, which will be noticed elsewhere, half.
fn jitter(source: &dyn Random) -> Duration {
    let part = random(source).map_or(30_000, |bytes| u32::from_be_bytes(bytes) % 60_000);
    Duration::from_millis(u64::from(part))
}
