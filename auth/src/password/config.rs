//! The password settings and their validation.

use std::sync::Arc;
use std::thread::available_parallelism;

use super::error::PasswordConfigError;
use super::legacy::LegacyVerifier;
use super::params::HashParams;
use super::pepper::{Pepper, Peppers};
use super::policy::PasswordPolicy;

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

    /// Returns whether people may choose common passwords.
    pub(crate) const fn allows_common(&self) -> bool {
        self.policy.allows_common()
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

#[cfg(test)]
mod tests {
    use super::{MAX_QUEUE, MAX_THREADS, PasswordConfig};

    #[test]
    fn messages_name_the_limits_that_hold() {
        let most = PasswordConfig::default().threads(MAX_THREADS).queue(MAX_QUEUE);
        assert!(most.problems().is_empty());
        let more = most.threads(MAX_THREADS + 1).queue(MAX_QUEUE + 1).problems();
        let messages: Vec<String> = more.iter().map(ToString::to_string).collect();
        assert_eq!(messages.len(), 2);
        for (message, limit) in messages.iter().zip([MAX_THREADS, MAX_QUEUE]) {
            assert!(message.ends_with(&format!("set 1 to {limit}")), "{message}");
        }
    }
}
