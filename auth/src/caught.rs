//! Catches panics in foreign code (a store, a check, a broadcast), so that they do not end tasks that serve everybody.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// Returns the output of the future, or `None` if it panicked.
pub(crate) async fn caught<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    // The future is not polled again after a panic, and what it borrows has to tolerate cancellation at any await
    // anyway: futures are dropped whenever a client hangs up.
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(answer)) => Poll::Ready(Some(answer)),
        Err(_) => Poll::Ready(None),
    })
    .await
}
