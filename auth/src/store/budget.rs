//! How long a request waits for its stores.
//!
//! A database that is down returns an error, but one that hangs or whose pool is exhausted returns nothing, and
//! requests would pile up behind it. So store calls have a time budget, shared by all calls of a request: a timeout per
//! call would not bound how long the client waits. Time spent elsewhere, above all on hashing a password, does not
//! count.
//!
//! The budget is one and a half seconds by default. A request has one [`Budget`]: that of our own routes, or that of the
//! caller whom guards and extractors share. While it is being spent, stores find it in a task-local. Calls outside a
//! request (a method called from a job) have the full budget each. A connection whose caller gave up does not return to
//! the pool (`store/sql/abandoned.rs`). A call that is ready at once sets no timer, so in-memory stores do not need a
//! runtime with one.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::StoreError;

tokio::task_local! {
    /// The rest of the request's budget.
    static LEFT: Cell<Duration>;
}

/// The time that the stores of one request may take together.
#[derive(Debug)]
pub struct Budget {
    /// In nanoseconds, which is enough for five centuries.
    left: AtomicU64,
}

impl Budget {
    pub(crate) fn new(time: Duration) -> Self {
        Self { left: AtomicU64::new(nanos(time)) }
    }

    /// Returns what is left for another part of the request, which is not going on at the same time.
    pub(crate) fn rest(&self) -> Self {
        Self::new(self.left())
    }

    pub(super) fn left(&self) -> Duration {
        Duration::from_nanos(self.left.load(Ordering::Relaxed))
    }

    /// Runs `work`, whose store calls take their time from this budget; from that of the request if it is being spent
    /// already.
    pub(crate) async fn spend<F: Future>(&self, work: F) -> F::Output {
        if LEFT.try_with(|_| ()).is_ok() {
            return work.await;
        }
        LEFT.scope(Cell::new(self.left()), async {
            let output = work.await;
            self.left.store(nanos(LEFT.with(Cell::get)), Ordering::Relaxed);
            output
        })
        .await
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Returns what is left of the budget of the request that this is part of.
pub(super) fn left_of_request() -> Option<Duration> {
    LEFT.try_with(Cell::get).ok()
}

/// Records what another task has left of it.
pub(super) fn set_left_of_request(left: Duration) {
    let _ = LEFT.try_with(|cell| cell.set(left));
}

/// Waits for one call, including any queueing: for the rest of the request's budget, or for `limit` outside a
/// request.
pub(crate) async fn bounded<T>(
    limit: Duration,
    call: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let mut call = pin!(call);
    // A result that is ready at once needs no timer (and in-memory stores need no runtime that has one).
    if let Poll::Ready(answer) = poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await {
        return answer;
    }
    let left = LEFT.try_with(Cell::get).unwrap_or(limit);
    let begun = Instant::now();
    let answer = timeout(left, call).await;
    let _ = LEFT.try_with(|cell| cell.set(left.saturating_sub(begun.elapsed())));
    answer.unwrap_or_else(|late| Err(StoreError::unavailable(late)))
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::Duration;

    use tokio::time::{Instant, sleep};

    use super::{Budget, bounded};
    use crate::store::StoreError;

    const LIMIT: Duration = Duration::from_secs(1);

    async fn after(time: Duration) -> Result<(), StoreError> {
        sleep(time).await;
        Ok(())
    }

    fn paused(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(test);
    }

    #[test]
    fn db_12_the_calls_of_a_request_share_one_budget() {
        paused(async {
            let begun = Instant::now();
            let budget = Budget::new(LIMIT);
            let request = budget.spend(async {
                bounded(LIMIT, after(LIMIT * 6 / 10)).await.unwrap();
                sleep(LIMIT * 5).await; // not the store's time
                assert!(bounded(LIMIT, after(LIMIT * 6 / 10)).await.unwrap_err().is_unavailable());
                let inner = Budget::new(LIMIT);
                assert!(inner.spend(bounded(LIMIT, pending::<Result<(), _>>())).await.is_err());
                bounded(LIMIT, async { Ok(()) }).await.unwrap();
            });
            request.await;
            assert_eq!(begun.elapsed(), LIMIT * 6);
        });
    }

    #[test]
    fn db_12_parts_of_a_request_spend_what_earlier_ones_left() {
        paused(async {
            let begun = Instant::now();
            let guard = Budget::new(LIMIT);
            guard.spend(bounded(LIMIT, after(LIMIT * 6 / 10))).await.unwrap();
            let extractor = guard.rest();
            assert!(extractor.spend(bounded(LIMIT, after(LIMIT * 6 / 10))).await.unwrap_err().is_unavailable());
            assert!(extractor.spend(bounded(LIMIT, pending::<Result<(), _>>())).await.is_err());
            assert_eq!(begun.elapsed(), LIMIT);
        });
    }

    #[test]
    fn outside_of_a_request_each_call_has_its_own() {
        paused(async {
            for _ in 0..3 {
                bounded(LIMIT, after(LIMIT * 6 / 10)).await.unwrap();
            }
            assert!(bounded(LIMIT, pending::<Result<(), _>>()).await.is_err());
        });
    }

    #[test]
    fn what_is_there_at_once_needs_no_timer() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(bounded(LIMIT, async { Ok(7) })).unwrap(), 7);
    }
}
