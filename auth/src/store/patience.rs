//! How long a request waits for its stores.
//!
//! A database that is down returns an error, but one that hangs or whose pool is exhausted returns nothing, and
//! requests would pile up behind it. So store calls have a time budget, shared by all calls of a request: a timeout per
//! call would not bound how long the client waits. Time spent elsewhere, above all on hashing a password, does not
//! count.
//!
//! The budget is one and a half seconds by default. It is held in a task-local that our routes open; for other
//! handlers, guards and extractors pass on the remainder in the request. Calls outside a request (a method called from
//! a job) have the full budget each. A connection whose caller gave up does not return to the pool
//! (`store/sql/given_up.rs`). A call that is ready at once sets no timer, so in-memory stores do not need a runtime
//! with one.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::StoreError;

tokio::task_local! {
    /// The rest of the request's budget.
    static LEFT: Cell<Duration>;
}

/// Runs `work`, whose store calls together may take `budget`. If the request already has a budget, that one applies.
pub(crate) async fn within<F: Future>(budget: Duration, work: F) -> F::Output {
    match LEFT.try_with(|_| ()) {
        Ok(()) => work.await,
        Err(_) => LEFT.scope(Cell::new(budget), work).await,
    }
}

/// Runs a part of a request that has no budget of its own yet with what other parts left over, and returns the
/// remainder.
pub(crate) async fn with_rest<F: Future>(rest: Duration, work: F) -> (F::Output, Duration) {
    if LEFT.try_with(|_| ()).is_ok() {
        return (work.await, rest);
    }
    LEFT.scope(Cell::new(rest), async {
        let output = work.await;
        (output, LEFT.with(Cell::get))
    })
    .await
}

/// Waits for one call, including any queueing: for the rest of the request's budget, or for `patience` outside a
/// request.
pub(crate) async fn wait<T>(
    patience: Duration,
    call: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let mut call = pin!(call);
    // A result that is ready at once needs no timer (and in-memory stores need no runtime that has one).
    if let Poll::Ready(answer) = poll_fn(|context| Poll::Ready(call.as_mut().poll(context))).await {
        return answer;
    }
    let left = LEFT.try_with(Cell::get).unwrap_or(patience);
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

    use super::{wait, within};
    use crate::store::StoreError;

    const PATIENCE: Duration = Duration::from_secs(1);

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
            within(PATIENCE, async {
                wait(PATIENCE, after(PATIENCE * 6 / 10)).await.unwrap();
                sleep(PATIENCE * 5).await; // not the store's time
                assert!(wait(PATIENCE, after(PATIENCE * 6 / 10)).await.unwrap_err().is_unavailable());
                assert!(within(PATIENCE, wait(PATIENCE, pending::<Result<(), _>>())).await.is_err());
                wait(PATIENCE, async { Ok(()) }).await.unwrap();
            })
            .await;
            assert_eq!(begun.elapsed(), PATIENCE * 6);
        });
    }

    #[test]
    fn outside_of_a_request_each_call_has_its_own() {
        paused(async {
            for _ in 0..3 {
                wait(PATIENCE, after(PATIENCE * 6 / 10)).await.unwrap();
            }
            assert!(wait(PATIENCE, pending::<Result<(), _>>()).await.is_err());
        });
    }

    #[test]
    fn what_is_there_at_once_needs_no_timer() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(wait(PATIENCE, async { Ok(7) })).unwrap(), 7);
    }
}
