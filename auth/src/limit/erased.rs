//! The object-safe twin of [`Limiter`], so that `Auth<U>` has one type parameter.

use std::future::Future;
use std::pin::Pin;

use super::{CounterOp, Decision, LimitError, LimitKey, Limiter};
use crate::base::clock::Timestamp;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, LimitError>> + Send + 'a>>;

/// [`Limiter`], boxed.
pub(crate) trait DynLimiter: Send + Sync + 'static {
    fn apply<'a>(&'a self, key: &'a LimitKey, op: CounterOp, now: Timestamp) -> Boxed<'a, Decision>;

    fn apply_all<'a>(&'a self, ops: &'a [(LimitKey, CounterOp)], now: Timestamp) -> Boxed<'a, Vec<Decision>>;
}

impl<T: Limiter> DynLimiter for T {
    fn apply<'a>(&'a self, key: &'a LimitKey, op: CounterOp, now: Timestamp) -> Boxed<'a, Decision> {
        Box::pin(Limiter::apply(self, key, op, now))
    }

    fn apply_all<'a>(&'a self, ops: &'a [(LimitKey, CounterOp)], now: Timestamp) -> Boxed<'a, Vec<Decision>> {
        Box::pin(Limiter::apply_all(self, ops, now))
    }
}
