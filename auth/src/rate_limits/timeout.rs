//! Wraps a custom limiter so that nothing waits for it longer than a second.
//!
//! (Counters among the records do not need this: the time a request waits for its store is bounded as a whole.)

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::time::timeout;

use crate::base::clock::Timestamp;
use crate::limit::{CounterOp, Decision, DynLimiter, LimitError, LimitKey, Limiter};

/// The timeout of one call, also of one for several counters. A request makes several.
const TIMEOUT: Duration = Duration::from_secs(1);

pub(super) struct TimeoutLimiter(pub(super) Arc<dyn DynLimiter>);

impl Limiter for TimeoutLimiter {
    async fn apply(&self, key: &LimitKey, op: CounterOp, now: Timestamp) -> Result<Decision, LimitError> {
        within_limit(self.0.apply(key, op, now)).await
    }

    async fn apply_all(&self, ops: &[(LimitKey, CounterOp)], now: Timestamp) -> Result<Vec<Decision>, LimitError> {
        within_limit(self.0.apply_all(ops, now)).await
    }
}

async fn within_limit<T>(
    mut answer: impl Future<Output = Result<T, LimitError>> + Send + Unpin,
) -> Result<T, LimitError> {
    // An immediate answer needs no timer.
    if let Poll::Ready(answer) = poll_fn(|context| Poll::Ready(Pin::new(&mut answer).poll(context))).await {
        return answer;
    }
    timeout(TIMEOUT, answer).await.unwrap_or_else(|late| Err(LimitError::new(late)))
}
