//! Limits: how often somebody may try, and how long they wait.
//!
//! Two kinds of counter. A *rate* is a bucket (GCRA): so many a minute, for an address or an account. *Tries* are
//! attempts at a password by one client: after the fifth failure in a row each wait is twice as long as the one before,
//! and a hundred in a row shut strangers out until the password is set anew. [`Limits`] has the numbers.
//!
//! The arithmetic is pure ([`Step::apply`]); a [`Limiter`] only keeps counters, so one for another store is one file.

mod config;
mod erased;
mod memory;
mod rate;
mod step;
mod tries;

use std::fmt;
use std::future::Future;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock::Timestamp;

pub(crate) use config::Kept;
pub use config::Limits;
pub(crate) use erased::DynLimiter;
pub use memory::MemoryLimiter;
pub use rate::Rate;
pub use step::{Cell, Step, Verdict};

/// Where counters are kept.
pub trait Limiter: Send + Sync + 'static {
    /// Reads the counter of `key`, does `step` to it ([`Step::apply`]), writes what came out of it, and answers the
    /// verdict: all of it as one step, whoever else counts at the same time. Counters may be forgotten once they have
    /// expired ([`Cell::expires_at`]), and not before.
    ///
    /// An error is no verdict: limits in the memory of the process take over. So they do for an answer that takes a
    /// second: then the future is dropped, and the step may have been counted or not. Somebody waits for a login
    /// meanwhile, which counts several times: answer within milliseconds, and give up sooner by yourself where nobody
    /// answers, so that not each request waits again.
    fn step(
        &self,
        key: &LimitKey,
        step: Step,
        now: Timestamp,
    ) -> impl Future<Output = Result<Verdict, LimitError>> + Send;
}

/// Names a counter: a keyed hash of what is counted. Nobody without the secret can tell whose it is, or make two meet.
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

/// A counter could not be read or written.
#[derive(Debug, thiserror::Error)]
#[error("a limit could not be counted")]
pub struct LimitError(#[source] Box<dyn std::error::Error + Send + Sync + 'static>);

impl LimitError {
    /// Wraps the reason.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync + 'static>>) -> Self {
        Self(source.into())
    }
}
