//! The interface for the rest of the crate.

use std::sync::Arc;

use super::config::PasswordConfig;
use super::error::{PasswordConfigError, PasswordError};
use super::hash_pool::HashPool;
use super::hasher::{Hasher, Verification};
use super::lookup_gate::{LookupGate, LookupPermit};
use super::policy::PasswordPolicy;
use super::text::{MAX_BYTES, Password};
use super::violation::PasswordViolation;
use crate::base::random::Random;
use crate::model::hash::PasswordHash;

/// Judges, hashes and verifies passwords, on dedicated threads and never on the caller's.
///
/// The threads have the lowest priority the system offers (Linux), so a storm of logins slows down logins, not the rest
/// of the application. They start with this value and end when it is dropped.
///
/// ```
/// # use std::sync::Arc;
/// # use auth::random::OsRandom;
/// # use auth::password::*;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let passwords = Passwords::new(PasswordConfig::default(), Arc::new(OsRandom)).unwrap();
///
/// let chosen = Password::new("correct horse battery staple");
/// passwords.policy().check(&chosen, &["ann@example.org"]).unwrap();
/// let stored = passwords.hash(chosen).await?;
///
/// let typed = Password::new("correct horse battery staple");
/// assert!(matches!(passwords.verify(typed, Some(stored.expose())).await?, Verification::Match { upgrade: None }));
/// # Ok::<(), PasswordError>(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct Passwords {
    policy: PasswordPolicy,
    hasher: Arc<Hasher>,
    pool: HashPool,
    /// Limits concurrent account look-ups on the way to the pool.
    gate: LookupGate,
}

impl Passwords {
    /// Validates the settings and starts the threads. Salts come from `random`.
    ///
    /// # Errors
    /// Every setting that is refused ([`PasswordConfigError`]), or the failure to start the threads.
    pub fn new(config: PasswordConfig, random: Arc<dyn Random>) -> Result<Self, Vec<PasswordConfigError>> {
        let problems = config.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let PasswordConfig { policy, params, peppers, legacy, threads, queue } = config;
        peppers.warn_of_odd_ends();
        if policy.allows_common() {
            tracing::warn!(target: "auth::password", "people may choose common passwords, which are the first to be \
                guessed: call `insecure_allow_common_passwords()` in development only");
        }
        let hasher =
            Hasher::new(params, peppers, legacy, random).map_err(|error| vec![PasswordConfigError::Random(error)])?;
        let pool = HashPool::start(threads, queue, params.memory_kib)
            .map_err(|error| vec![PasswordConfigError::Spawn(error)])?;
        Ok(Self { policy, hasher: Arc::new(hasher), pool, gate: LookupGate::new(threads) })
    }

    /// Waits for the permit to look up what a password is compared with. It ends when the result is dropped, which
    /// must happen before the password is submitted.
    pub(crate) async fn lookup_permit(&self) -> Option<LookupPermit<'_>> {
        self.gate.acquire(&self.pool).await
    }

    /// Returns the rules for choosing a password. [`hash`](Self::hash) does not apply them: check first.
    #[must_use]
    pub const fn policy(&self) -> &PasswordPolicy {
        &self.policy
    }

    /// Creates an Argon2id hash to store, with a fresh salt: `$argon2id$v=19$m=19456,t=2,p=1$…` by default.
    ///
    /// # Errors
    /// [`Busy`](PasswordError::Busy) if the queue is full; [`Unusable`](PasswordError::Unusable) if the password is
    /// empty or longer than 1024 bytes; otherwise a system failure.
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, PasswordError> {
        if let Some(rule) = unusable(&password) {
            return Err(PasswordError::Unusable(rule));
        }
        let hasher = Arc::clone(&self.hasher);
        self.pool.run(move |scratch| hasher.hash(scratch, password.normal().unwrap_or_default())).await
    }

    /// Verifies `password` against the hash `stored`. Pass `None` for an account that does not exist or has no password
    /// (an empty string counts as none): the result is `Mismatch` and takes the same time.
    ///
    /// A password that is empty or longer than 1024 bytes is `Mismatch` at once, whatever is stored; as this depends
    /// only on the password, the timing reveals nothing about accounts (LOGIN-03).
    ///
    /// If the future is dropped before a thread starts the work, it is not done.
    ///
    /// # Errors
    /// [`Busy`](PasswordError::Busy) if the queue is full; [`CorruptHash`](PasswordError::CorruptHash) if `stored`
    /// cannot be read, which also takes the same time; otherwise a system failure.
    pub async fn verify(&self, password: Password, stored: Option<&str>) -> Result<Verification, PasswordError> {
        if password.is_unusable() {
            return Ok(Verification::Mismatch);
        }
        let hasher = Arc::clone(&self.hasher);
        let stored = stored.map(str::to_owned);
        self.pool.run(move |scratch| hasher.verify(scratch, &password, stored.as_deref())).await
    }
}

fn unusable(password: &Password) -> Option<PasswordViolation> {
    match password.normal() {
        None => Some(PasswordViolation::TooLong { max: MAX_BYTES }),
        Some("") => Some(PasswordViolation::TooShort { min: 1 }),
        Some(_) => None,
    }
}
