//! The object-safe twin of [`Limiter`], so that `Auth<U>` has one type parameter.

use std::future::Future;
use std::pin::Pin;

use super::{LimitError, LimitKey, Limiter, Step, Verdict};
use crate::base::clock::Timestamp;

type Boxed<'a> = Pin<Box<dyn Future<Output = Result<Verdict, LimitError>> + Send + 'a>>;

/// [`Limiter`], boxed.
pub(crate) trait DynLimiter: Send + Sync + 'static {
    fn step<'a>(&'a self, key: &'a LimitKey, step: Step, now: Timestamp) -> Boxed<'a>;
}

impl<T: Limiter> DynLimiter for T {
    fn step<'a>(&'a self, key: &'a LimitKey, step: Step, now: Timestamp) -> Boxed<'a> {
        Box::pin(Limiter::step(self, key, step, now))
    }
}
