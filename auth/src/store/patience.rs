//! How long a request waits for its stores.
//!
//! A database that is gone says so; one that hangs, or whose pool is used up, says nothing, and requests would pile up
//! behind it. So waiting has a budget, for all the calls of a request together: what each of several slow calls may take
//! is no answer to how long the client waits. Time spent elsewhere, hashing a password above all, does not count.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::StoreError;

tokio::task_local! {
    /// What is left of the request's budget.
    static LEFT: Cell<Duration>;
}

/// Does `work`, whose store calls may take so long all in all. Within a request that has a budget, that one counts.
pub(crate) async fn within<F: Future>(budget: Duration, work: F) -> F::Output {
    match LEFT.try_with(|_| ()) {
        Ok(()) => work.await,
        Err(_) => LEFT.scope(Cell::new(budget), work).await,
    }
}

/// Does a part of a request that has no budget of its own yet, with what other parts have left; answers what is left
/// then.
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

/// Waits for one call, or for those who are in front of it: as long as the request still may, or for `patience` outside of
/// one.
pub(crate) async fn wait<T>(
    patience: Duration,
    call: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let mut call = pin!(call);
    // What is there at once needs no timer (and stores in memory need no runtime that has one).
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
