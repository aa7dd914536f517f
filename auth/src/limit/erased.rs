//! The object-safe twin of [`Limiter`], so that `Auth<U>` has one type parameter.

use std::future::Future;
use std::pin::Pin;

use super::{CounterOp, Decision, LimitError, LimitKey, Limiter};
use crate::base::clock::Timestamp;

type Boxed<'a> = Pin<Box<dyn Future<Output = Result<Decision, LimitError>> + Send + 'a>>;

/// [`Limiter`], boxed.
pub(crate) trait DynLimiter: Send + Sync + 'static {
    fn apply<'a>(&'a self, key: &'a LimitKey, op: CounterOp, now: Timestamp) -> Boxed<'a>;
}

impl<T: Limiter> DynLimiter for T {
    fn apply<'a>(&'a self, key: &'a LimitKey, op: CounterOp, now: Timestamp) -> Boxed<'a> {
        Box::pin(Limiter::apply(self, key, op, now))
    }
}
