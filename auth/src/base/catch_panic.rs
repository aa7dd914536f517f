//! Catches panics in foreign code (a store, a check, a hook, a broadcast), so that they neither end tasks that serve
//! everybody nor leave a client without an answer.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// Returns the output of the future, or `None` if it panicked.
pub(crate) async fn catch_panic<T>(work: impl Future<Output = T>) -> Option<T> {
    let mut work = pin!(work);
    // The future is not polled again after a panic, and what it borrows has to tolerate cancellation at any await
    // anyway: futures are dropped whenever a client hangs up.
    poll_fn(|context| match catch_panic_now(|| work.as_mut().poll(context)) {
        Some(Poll::Pending) => Poll::Pending,
        Some(Poll::Ready(answer)) => Poll::Ready(Some(answer)),
        None => Poll::Ready(None),
    })
    .await
}

/// Returns what the function returns, or `None` if it panicked.
pub(crate) fn catch_panic_now<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}
