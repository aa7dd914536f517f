//! The settings of passwords, and what start-up refuses about them.

use std::io;
use std::sync::Arc;
use std::thread::available_parallelism;

use super::legacy::LegacyVerifier;
use super::params::HashParams;
use super::pepper::{Pepper, Peppers};
use super::policy::PasswordPolicy;
use crate::random::RandomError;

/// How many threads a lane may have; each keeps the memory of one hash.
const MAX_THREADS: usize = 1024;
/// How many jobs may wait.
const MAX_QUEUE: usize = 65_536;

/// How passwords are judged, hashed and checked. Everything has a default.
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
    /// Which passwords may be chosen.
    #[must_use]
    pub fn policy(mut self, policy: PasswordPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// The work of a hash. Hashes made with less are renewed at the next login.
    #[must_use]
    pub const fn params(mut self, params: HashParams) -> Self {
        self.params = params;
        self
    }

    /// The pepper new hashes are made with. Hashes without it, or with an old one, are renewed at the next login.
    #[must_use]
    pub fn pepper(mut self, pepper: Pepper) -> Self {
        self.peppers.current = Some(pepper);
        self
    }

    /// A former pepper: hashes made with it can still be checked. Can be called several times.
    #[must_use]
    pub fn old_pepper(mut self, pepper: Pepper) -> Self {
        self.peppers.old.push(pepper);
        self
    }

    /// Checks hashes of another scheme. Can be called several times; the first that knows a hash decides.
    #[must_use]
    pub fn legacy(mut self, verifier: impl LegacyVerifier) -> Self {
        self.legacy.push(Arc::new(verifier));
        self
    }

    /// How many threads hash, 1 to 1024. One a core unless set. Each keeps the memory of one hash (19 MiB by default)
    /// from its first one on.
    #[must_use]
    pub const fn threads(mut self, threads: usize) -> Self {
        self.threads = threads;
        self
    }

    /// How many hashes may wait for a thread, 1 to 65 536. 256 unless set. The next one is answered with
    /// [`Busy`](super::PasswordError::Busy).
    #[must_use]
    pub const fn queue(mut self, jobs: usize) -> Self {
        self.queue = jobs;
        self
    }

    /// Everything start-up refuses.
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

/// A setting that would be unsafe or could not work, or a start that failed.
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
    /// No password could be chosen.
    #[error("the minimum length of passwords ({min}) is above the maximum ({max})")]
    MinAboveMax { min: usize, max: usize },
    /// See [`HashParams::new`].
    #[error(
        "hashing with m={memory_kib} KiB, t={passes}, p={lanes} is too weak; use the default, or at least {floor} KiB with this many passes, and one pass and lane"
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
    #[error("{found} threads cannot hash passwords; set 1 to {MAX_THREADS}")]
    Threads { found: usize },
    /// See [`PasswordConfig::queue`].
    #[error("a queue of {found} passwords cannot work; set 1 to {MAX_QUEUE}")]
    Queue { found: usize },
    /// No salt for the hash that unknown users are checked against.
    #[error("the hash for unknown users could not be made")]
    Random(#[source] RandomError),
    /// The system refused a thread.
    #[error("a hashing thread could not be started")]
    Spawn(#[source] io::Error),
}
