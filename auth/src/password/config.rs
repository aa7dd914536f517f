//! The password settings and their validation.

use std::io;
use std::sync::Arc;
use std::thread::available_parallelism;

use super::legacy::LegacyVerifier;
use super::params::HashParams;
use super::pepper::{Pepper, Peppers};
use super::policy::PasswordPolicy;
use crate::random::RandomError;

/// The maximum number of threads; each keeps the memory of one hash.
const MAX_THREADS: usize = 1024;
/// The maximum number of queued jobs.
const MAX_QUEUE: usize = 65_536;

/// How passwords are judged, hashed and verified. Every setting has a default.
#[derive(Clone, Debug)]
pub struct PasswordConfig {
    pub(super) policy: PasswordPolicy,
    pub(super) params: HashParams,
    pub(super) peppers: Peppers,
    pub(super) legacy: Vec<Arc<dyn LegacyVerifier>>,
    pub(super) threads: usize,
    pub(super) queue: usize,
}

impl Default for PasswordConfig {
    fn default() -> Self {
        Self {
            policy: PasswordPolicy::default(),
            params: HashParams::default(),
            peppers: Peppers::default(),
            legacy: Vec::new(),
            threads: available_parallelism().map_or(1, usize::from),
            queue: 256,
        }
    }
}

impl PasswordConfig {
    /// Sets which passwords may be chosen.
    #[must_use]
    pub fn policy(mut self, policy: PasswordPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the work of a hash. Hashes made with less are upgraded at the next login.
    #[must_use]
    pub const fn params(mut self, params: HashParams) -> Self {
        self.params = params;
        self
    }

    /// Sets the pepper for new hashes. Hashes without it, or with an old one, are upgraded at the next login.
    #[must_use]
    pub fn pepper(mut self, pepper: Pepper) -> Self {
        self.peppers.current = Some(pepper);
        self
    }

    /// Adds a former pepper, so that hashes made with it can still be verified. Can be called several times.
    #[must_use]
    pub fn old_pepper(mut self, pepper: Pepper) -> Self {
        self.peppers.old.push(pepper);
        self
    }

    /// Adds a verifier for hashes of another scheme. Can be called several times; the first that recognizes a hash
    /// decides.
    #[must_use]
    pub fn legacy(mut self, verifier: impl LegacyVerifier) -> Self {
        self.legacy.push(Arc::new(verifier));
        self
    }

    /// Sets the number of hashing threads, 1 to 1024; one per core by default. Each keeps the memory of one hash (19
    /// MiB by default) from its first hash on.
    #[must_use]
    pub const fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// Sets how many hashes may wait for a thread, 1 to 65 536; 256 by default. Beyond that, hashing fails with
    /// [`Busy`](super::PasswordError::Busy).
    #[must_use]
    pub const fn queue(mut self, jobs: usize) -> Self {
        self.queue = jobs;
        self
    }

    /// Returns whether hashes of other schemes can be checked.
    pub(crate) const fn has_legacy(&self) -> bool {
        !self.legacy.is_empty()
    }

    /// Returns everything that start-up refuses.
    pub(super) fn problems(&self) -> Vec<PasswordConfigError> {
        let mut problems = self.policy.problems();
        problems.extend(self.params.problem());
        problems.extend(self.peppers.problems());
        if !(1..=MAX_THREADS).contains(&self.threads) {
            problems.push(PasswordConfigError::Threads { found: self.threads });
        }
        if !(1..=MAX_QUEUE).contains(&self.queue) {
            problems.push(PasswordConfigError::Queue { found: self.queue });
        }
        problems
    }
}

/// A setting that is unsafe or cannot work, or a failure to start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are the values found, and the message explains them")]
pub enum PasswordConfigError {
    /// See [`PasswordPolicy::min_length`].
    #[error("the minimum length of passwords is {found}; set 8 or more (15 where the password is the only factor)")]
    MinLength { found: usize },
    /// See [`PasswordPolicy::max_length`].
    #[error("the maximum length of passwords is {found}; set 64 to 256")]
    MaxLength { found: usize },
    /// No password would satisfy the policy.
    #[error("the minimum length of passwords ({min}) is above the maximum ({max})")]
    MinAboveMax { min: usize, max: usize },
    /// See [`HashParams::new`].
    #[error(
        "hashing with m={memory_kib} KiB, t={passes}, p={lanes} is too weak; use the default, or at least {floor} KiB \
         with this many passes, one pass and a parallelism of one"
    )]
    WeakParams { memory_kib: u32, passes: u32, lanes: u32, floor: u32 },
    /// See [`HashParams::new`].
    #[error("hashing with m={memory_kib} KiB, t={passes}, p={lanes} is too much; the limits are 262144 KiB, 16 and 16")]
    HugeParams { memory_kib: u32, passes: u32, lanes: u32 },
    /// See [`Pepper::new`].
    #[error("the pepper id `{id}` must have 1 to 8 bytes")]
    PepperId { id: String },
    /// Two peppers share an id, so a stored hash could not say which one it means.
    #[error("two peppers have the id `{id}`")]
    PepperTwice { id: String },
    /// See [`PasswordConfig::threads`].
    #[error("the number of password hashing threads is {found}; set 1 to {MAX_THREADS}")]
    Threads { found: usize },
    /// See [`PasswordConfig::queue`].
    #[error("the length of the password queue is {found}; set 1 to {MAX_QUEUE}")]
    Queue { found: usize },
    /// There were no random bytes for the salt of the hash that unknown users are verified against.
    #[error("the hash that logins of unknown users are compared with could not be computed")]
    Random(#[source] RandomError),
    /// The system refused to start a thread.
    #[error("a hashing thread could not be started")]
    Spawn(#[source] io::Error),
}

crate::error::other_errors!(PasswordConfigError);
