//! Limits: how often clients may try, and how long they wait.
//!
//! There are two kinds of counter. A *rate* is a bucket (GCRA): a number of admissions per minute for an address or an
//! account. *Failures* are attempts at a password by one client: after the fifth consecutive failure each wait is
//! twice as long as the one before, and after a hundred, clients at unknown addresses have one attempt a day.
//! [`Limits`] has the numbers.
//!
//! The arithmetic is pure ([`CounterOp::apply`]); a [`Limiter`] only stores counters, so a limiter for another store is
//! a single file.

mod backoff;
mod config;
mod counter;
mod erased;
mod memory;
mod rate;

use std::fmt;
use std::future::Future;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::base::clock::Timestamp;

pub(crate) use config::CounterStore;
pub use config::Limits;
pub use counter::{Counter, CounterOp, Decision};
pub(crate) use erased::DynLimiter;
pub use memory::MemoryLimiter;
pub use rate::Rate;

/// Storage for counters.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::{Mutex, PoisonError};
///
/// use auth::clock::Timestamp;
/// use auth::limit::{Counter, LimitError, LimitKey, Limiter, CounterOp, Decision};
///
/// /// A map stands in for the store. It never forgets a counter; a real one should, once it has expired.
/// #[derive(Default)]
/// struct Counters(Mutex<HashMap<LimitKey, Counter>>);
///
/// impl Limiter for Counters {
///     async fn apply(&self, key: &LimitKey, op: CounterOp, now: Timestamp) -> Result<Decision, LimitError> {
///         let mut counters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
///         let (counter, decision) = op.apply(counters.get(key).copied(), now);
///         if let Some(counter) = counter {
///             counters.insert(*key, counter);
///         }
///         Ok(decision)
///     }
/// }
/// # fn demo<U: auth::AuthUser>(builder: auth::AuthBuilder<U>) -> auth::AuthBuilder<U> {
/// builder.limiter(Counters::default())
/// # }
/// ```
pub trait Limiter: Send + Sync + 'static {
    /// Reads the counter of `key`, applies `op` to it ([`CounterOp::apply`]), writes the resulting counter, and returns
    /// the decision, all atomically. Counters may be dropped once they have expired ([`Counter::expires_at`]), not
    /// before.
    ///
    /// If this returns an error, or nothing within one second, the in-memory limits of this process decide instead.
    /// After a second the future is dropped, and the operation may or may not have been counted. A login waits
    /// for several, so answer within milliseconds; if the backend does not respond, fail fast so that
    /// not every request waits again.
    fn apply(
        &self,
        key: &LimitKey,
        op: CounterOp,
        now: Timestamp,
    ) -> impl Future<Output = Result<Decision, LimitError>> + Send;

    /// Applies each operation to its counter, in this order and up to the first that is refused, and returns their
    /// decisions in the same order. A login counts three times at once before the password is checked, and three times
    /// after it.
    ///
    /// The default applies one after the other; a store that reads and writes several counters at once saves round trips.
    /// Each counter changes atomically, but they need not change together: if one changes meanwhile and its operation is
    /// then refused, later ones may have been applied. The decisions of those follow that of the refused one.
    ///
    /// Errors and the time limit are those of [`apply`](Self::apply). After an error, each operation may or may not have
    /// been counted.
    fn apply_all(
        &self,
        ops: &[(LimitKey, CounterOp)],
        now: Timestamp,
    ) -> impl Future<Output = Result<Vec<Decision>, LimitError>> + Send {
        async move {
            let mut decisions = Vec::with_capacity(ops.len());
            for (key, op) in ops {
                let decision = self.apply(key, *op, now).await?;
                decisions.push(decision);
                if decision.is_refused() {
                    break;
                }
            }
            Ok(decisions)
        }
    }
}

/// The name of a counter: a keyed hash of what is counted. Without the secret, nobody can tell whose counter it is or
/// provoke a collision.
///
/// As text: 22 characters of base64url.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LimitKey([u8; 16]);

impl LimitKey {
    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    const fn first_byte(&self) -> u8 {
        let [first, ..] = self.0;
        first
    }
}

impl fmt::Display for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

/// The error of a counter that could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("the rate limiter failed")]
pub struct LimitError(#[source] Box<dyn std::error::Error + Send + Sync + 'static>);

crate::base::error::other_errors!(LimitError);

impl LimitError {
    /// Wraps the cause.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>) -> Self {
        Self(source.into())
    }
}
