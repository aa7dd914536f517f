//! The tools of a case: a name and a promise for the message, assertions, and 64 concurrent tasks.
//!
//! A public test suite says what a store must do, because prose cannot say what two concurrent processes must see. A
//! case gets two handles on one empty store, and panics with its name and the promise that was broken.
//!
//! Our own tests call the same functions, one test for each case and backend, so there is no second suite that could
//! disagree. `tests/stores/broken.rs` has stores that break one promise each, and names the case that must notice. For
//! `Users`, the suite compares what the library sees of a row (id, logins, hash, state, profile), which is the same for
//! every user type; a `Sample` provides the rest.

use std::fmt::{Arguments, Debug};
use std::future::Future;
use std::sync::Arc;

use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::store::StoreError;
use crate::testing::fail;

/// A case, for its message.
#[derive(Clone, Copy)]
pub(super) struct Case {
    name: &'static str,
    promise: &'static str,
}

impl Case {
    pub(super) const fn new(name: &'static str, promise: &'static str) -> Self {
        Self { name, promise }
    }

    #[track_caller]
    pub(super) fn broken(self, what: Arguments<'_>) -> ! {
        fail(format_args!("the store breaks `{}`\n  promise: {}\n  but: {what}", self.name, self.promise))
    }

    /// Unwraps the answer of the store; an error breaks the case.
    #[track_caller]
    pub(super) fn answer<T>(self, call: &str, answer: Result<T, StoreError>) -> T {
        answer.unwrap_or_else(|error| self.broken(format_args!("`{call}` failed: {error} ({error:?})")))
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "what is compared was made for it")]
    pub(super) fn is<T: PartialEq + Debug>(self, what: &str, got: T, expected: T) {
        if got != expected {
            self.broken(format_args!("{what}: {got:?} instead of {expected:?}"));
        }
    }

    #[track_caller]
    pub(super) fn holds(self, what: &str, holds: bool) {
        if !holds {
            self.broken(format_args!("{what}"));
        }
    }

    /// Asserts that the store refused with an error that retrying would not fix.
    #[track_caller]
    pub(super) fn refuses<T>(self, what: &str, answer: Result<T, StoreError>) {
        match answer {
            Ok(_) => self.broken(format_args!("{what}: it was accepted")),
            Err(error) if error.is_unavailable() => self.broken(format_args!(
                "{what}: the error says that asking again may help, so the caller would get a 503: {error:?}"
            )),
            Err(_) => {}
        }
    }
}

pub(super) const TASKS: usize = 64;

/// Starts 64 tasks, releases them at the same moment, and returns their results.
pub(super) async fn race<T, F>(contender: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(TASKS));
    let mut tasks = JoinSet::new();
    for n in 0..TASKS {
        let (start, contender) = (Arc::clone(&start), contender(n));
        tasks.spawn(async move {
            start.wait().await;
            contender.await
        });
    }
    tasks.join_all().await
}

/// Returns how many of the answers match.
pub(super) fn count<T>(answers: &[T], such: impl Fn(&T) -> bool) -> usize {
    answers.iter().filter(|answer| such(answer)).count()
}
