//! Why hashing or checking gave no answer.

use std::time::Duration;

use super::policy::BrokenRule;
use crate::error::AuthError;
use crate::random::RandomError;

/// There is no verdict. A wrong password is not an error: see [`Verdict`](super::Verdict).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// The queue is full; nothing was done. Answer 503 with `Retry-After`.
    #[error("too many passwords are waiting to be checked")]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// The stored hash cannot be read: the row is damaged, or a legacy verifier or pepper is missing. Whether the
    /// password was right is unknown. Tell the operator.
    #[error("the stored password hash cannot be read: {why}")]
    CorruptHash {
        /// What is wrong with it; no part of the hash.
        why: &'static str,
    },
    /// The password to be hashed could never be used: it is empty, or longer than 1024 bytes.
    #[error("the password {0}")]
    Unusable(BrokenRule),
    /// No random bytes for a salt.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The memory for a hash could not be had.
    #[error("there is not enough memory to hash a password")]
    OutOfMemory,
    /// A defect: a legacy verifier panicked, or a hashing thread is gone.
    #[error("{0}")]
    Failed(&'static str),
}

impl From<PasswordError> for AuthError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy { retry_after } => Self::Busy { retry_after },
            PasswordError::Unusable(rule) => Self::InvalidFields(vec![rule.at("password")]),
            PasswordError::Random(_) | PasswordError::OutOfMemory => Self::unavailable(error),
            PasswordError::CorruptHash { .. } | PasswordError::Failed(_) => Self::internal(error),
        }
    }
}
