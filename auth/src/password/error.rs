//! Errors of hashing and verifying.

use std::time::Duration;

use super::policy::BrokenRule;
use crate::error::{AuthError, other_errors};
use crate::random::RandomError;

/// Hashing or verifying failed. A wrong password is not an error: see [`Verdict`](super::Verdict).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// The queue is full; nothing was done. Respond with 503 and `Retry-After`.
    #[error("too many passwords are waiting to be checked")]
    Busy {
        /// How long to wait before trying again.
        retry_after: Duration,
    },
    /// The stored hash cannot be read: the row is damaged, or a legacy verifier or pepper is missing. Whether the
    /// password was right is unknown. The operator should be told.
    #[error("the stored password hash cannot be read: {why}")]
    CorruptHash {
        /// What is wrong with it, without any part of the hash.
        why: &'static str,
    },
    /// The password can never be used: it is empty or longer than 1024 bytes.
    #[error("the password {0}")]
    Unusable(BrokenRule),
    /// There were no random bytes for a salt.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The memory for a hash could not be allocated.
    #[error("there is not enough memory to hash a password")]
    OutOfMemory,
    /// A bug: a legacy verifier panicked, or a hashing thread is gone.
    #[error("{0}")]
    Failed(&'static str),
}

other_errors!(PasswordError);

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
