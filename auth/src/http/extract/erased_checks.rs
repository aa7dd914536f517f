//! The checks of a rule for later: when the row is loaded after the guard, the rule is evaluated again, and may need
//! checks that did not run before. By then the type of the state is not known.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::http::request::Parts;

use super::caller_cache::without;
use super::check::{CheckFuture, Checks};
use crate::base::error::AuthError;
use crate::policy::Answers;

/// The checks of a rule together with the request and the state that its guard saw.
pub(super) trait ErasedChecks: Send + Sync {
    /// Returns a copy of the request as the guard saw it, without the caller.
    fn request(&self) -> Parts;

    /// Runs the check at `index` on `parts`.
    fn run<'a>(&'a self, index: usize, parts: &'a mut Parts) -> CheckFuture<'a>;
}

struct ChecksOnState<C, S> {
    state: S,
    /// The request as the guard saw it. By the time of a later check, the method, the path and its parameters, or the
    /// headers can be others.
    request: Parts,
    checks: PhantomData<fn() -> C>,
}

impl<C: Checks<S>, S: Send + Sync + 'static> ErasedChecks for ChecksOnState<C, S> {
    fn request(&self) -> Parts {
        self.request.clone()
    }

    fn run<'a>(&'a self, index: usize, parts: &'a mut Parts) -> CheckFuture<'a> {
        run_check_at::<C, S>(index, parts, &self.state)
    }
}

/// Keeps the checks with copies of the request and the state; `None` if all of them have run.
pub(super) fn erase<C: Checks<S>, S: Clone + Send + Sync + 'static>(
    state: &S,
    parts: &Parts,
    answers: Answers,
) -> Option<Arc<dyn ErasedChecks>> {
    if (0..C::LIST.len()).all(|index| answers.get(index).is_some()) {
        return None;
    }
    Some(Arc::new(ChecksOnState::<C, S> { state: state.clone(), request: without(parts), checks: PhantomData }))
}

/// Runs the check at `index`.
pub(super) fn run_check_at<'a, C: Checks<S>, S: 'static>(
    index: usize,
    parts: &'a mut Parts,
    state: &'a S,
) -> CheckFuture<'a> {
    // A result that cannot be recorded would be asked for endlessly.
    match C::LIST.get(index).filter(|_| index < Answers::MAX) {
        Some(run) => run(parts, state),
        None => Box::pin(async move { Err(no_check(index).into()) }),
    }
}

/// The error of a rule that asks a check which it does not have.
pub(super) fn no_check(index: usize) -> AuthError {
    AuthError::internal(format!("the rule has no check {index}"))
}
