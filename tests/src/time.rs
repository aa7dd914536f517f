//! Tokio's paused clock: moved on by hand, or kept where it is.

use std::pin::pin;
use std::time::Duration;

use tokio::task::yield_now;

/// Lets the feed run for this long, by moving Tokio's clock and letting its tasks run.
pub async fn pass(time: Duration) {
    let step = Duration::from_millis(50);
    for _ in 0..time.as_millis() / step.as_millis() {
        tokio::time::advance(step).await;
        for _ in 0..16 {
            yield_now().await;
        }
    }
}

/// Does `work` while Tokio's clock stands still, even if it waits for a thread that hashes a password.
pub async fn still<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = yield_now() => {}
        }
    }
}
