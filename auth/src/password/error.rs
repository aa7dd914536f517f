//! Errors of the settings, of hashing and of verifying.

use std::io;
use std::time::Duration;

use super::violation::PasswordViolation;
use crate::base::error::{AuthError, other_errors};
use crate::base::random::RandomError;

/// A setting that is unsafe or cannot work, or a failure to start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are the values found, and the message explains them")]
pub enum PasswordConfigError {
    /// See [`PasswordPolicy::min_length`](super::PasswordPolicy::min_length).
    #[error("the minimum length of passwords is {found}; set 8 or more (15 where the password is the only factor)")]
    MinLength { found: usize },
    /// See [`PasswordPolicy::max_length`](super::PasswordPolicy::max_length).
    #[error("the maximum length of passwords is {found}; set 64 to 256")]
    MaxLength { found: usize },
    /// See [`PasswordPolicy::common_passwords`](super::PasswordPolicy::common_passwords).
    #[error(
        "the list of common passwords is empty: is the file there? For development, call `insecure_allow_common_passwords()`"
    )]
    NoCommonPasswords,
    /// No password would satisfy the policy.
    #[error("the minimum length of passwords ({min}) is above the maximum ({max})")]
    MinAboveMax { min: usize, max: usize },
    /// See [`HashParams::new`](super::HashParams::new).
    #[error(
        "hashing with m={memory_kib} KiB, t={passes}, p={lanes} is too weak; use the default, or at least {floor} KiB with this many passes, one pass and a parallelism of one"
    )]
    WeakParams { memory_kib: u32, passes: u32, lanes: u32, floor: u32 },
    /// See [`HashParams::new`](super::HashParams::new).
    #[error("hashing with m={memory_kib} KiB, t={passes}, p={lanes} is too much; the limits are 262144 KiB, 16 and 16")]
    HugeParams { memory_kib: u32, passes: u32, lanes: u32 },
    /// See [`Pepper::new`](super::Pepper::new).
    #[error("the pepper id `{id}` must have 1 to 8 bytes")]
    PepperId { id: String },
    /// Two peppers share an id, so a stored hash could not say which one it means.
    #[error("two peppers have the id `{id}`")]
    PepperTwice { id: String },
    /// See [`PasswordConfig::threads`](super::PasswordConfig::threads).
    #[error("the number of password hashing threads is {found}; set 1 to 1024")]
    Threads { found: usize },
    /// See [`PasswordConfig::queue`](super::PasswordConfig::queue).
    #[error("the length of the password queue is {found}; set 1 to 65536")]
    Queue { found: usize },
    /// There were no random bytes for the salt of the hash that unknown users are verified against.
    #[error("the hash that logins of unknown users are compared with could not be computed")]
    Random(#[source] RandomError),
    /// The system refused to start a thread.
    #[error("a hashing thread could not be started")]
    Spawn(#[source] io::Error),
}

/// Hashing or verifying failed. A wrong password is not an error: see [`Verification`](super::Verification).
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
    Unusable(PasswordViolation),
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

other_errors!(PasswordConfigError, PasswordError);

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
