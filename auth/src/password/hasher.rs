//! Right, wrong or unreadable, with every answer at the same cost.

use std::hint::black_box;
use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version};
use zeroize::Zeroizing;

use super::argon::{OUTPUT_BYTES, SALT_BYTES, Scratch};
use super::error::PasswordError;
use super::legacy::{LegacyVerification, LegacyVerifier};
use super::params::HashParams;
use super::pepper::Peppers;
use super::phc::{self, Phc};
use super::text::Password;
use crate::base::random::{Random, RandomError, random};
use crate::base::secret::same_bytes;
use crate::model::hash::PasswordHash;

/// Argon2 requires at least 8 KiB per lane.
const LEAST_KIB_PER_LANE: u32 = 8;

/// The result of verifying a password.
#[derive(Debug)]
pub enum Verification {
    /// The password is that of the account.
    Match {
        /// A new hash to store in place of the old one, because the policy was raised, the pepper changed or the scheme
        /// was a legacy one. Store it only if the old one is still in place (`… WHERE password_hash = <old>`);
        /// otherwise two logins could undo a password change.
        upgrade: Option<PasswordHash>,
    },
    /// The password is wrong, there is no such account, or the account has no password.
    Mismatch,
}

/// How a stored hash compares with what would be created today.
enum Comparison {
    Fresh,
    Stale,
    None,
}

/// Creates and verifies hashes on the calling thread.
#[derive(Debug)]
pub(super) struct Hasher {
    params: HashParams,
    peppers: Peppers,
    legacy: Vec<Arc<dyn LegacyVerifier>>,
    random: Arc<dyn Random>,
    /// The salt of the hash that unknown users are verified against.
    dummy_salt: [u8; SALT_BYTES],
}

impl Hasher {
    pub(super) fn new(
        params: HashParams,
        peppers: Peppers,
        legacy: Vec<Arc<dyn LegacyVerifier>>,
        source: Arc<dyn Random>,
    ) -> Result<Self, RandomError> {
        let dummy_salt = random(&*source)?;
        Ok(Self { params, peppers, legacy, random: source, dummy_salt })
    }

    /// Creates a hash with a fresh salt.
    pub(super) fn hash(&self, scratch: &mut Scratch, password: &str) -> Result<PasswordHash, PasswordError> {
        let salt: [u8; SALT_BYTES] = random(&*self.random)?;
        let HashParams { memory_kib, passes, lanes, .. } = self.params;
        let pepper = self.peppers.current();
        let argon = argon(
            Algorithm::Argon2id,
            Version::V0x13,
            cost_params(memory_kib, passes, lanes, OUTPUT_BYTES)?,
            pepper.map(|(_, secret)| secret),
        )?;
        let mut output = Zeroizing::new([0; OUTPUT_BYTES]);
        scratch.hash(&argon, password, &salt, &mut *output)?;
        let id = pepper.map(|(id, _)| id);
        Ok(PasswordHash::from_stored(phc::write(self.params, id, &salt, &*output)))
    }

    /// Verifies `password` against `stored`. Without `stored`, or with one that cannot be read, the same work is done
    /// for nothing, so that timing does not reveal which accounts exist (LOGIN-02).
    pub(super) fn verify(
        &self,
        scratch: &mut Scratch,
        password: &Password,
        stored: Option<&str>,
    ) -> Result<Verification, PasswordError> {
        let before = scratch.spent();
        // Tables that forbid NULL use an empty column for "no password".
        let found = match stored.filter(|stored| !stored.is_empty()) {
            None => Ok(Comparison::None),
            Some(stored) if Phc::is_meant_by(stored) => self.compare(scratch, password, stored),
            Some(stored) => self.ask_legacy(password, stored),
        };
        match found {
            Ok(Comparison::Fresh) => Ok(Verification::Match { upgrade: None }),
            Ok(Comparison::Stale) => Ok(Verification::Match { upgrade: self.upgrade(scratch, password) }),
            other => {
                self.equalize_cost(scratch, password, scratch.spent().saturating_sub(before))?;
                other.map(|_| Verification::Mismatch)
            }
        }
    }

    fn compare(&self, scratch: &mut Scratch, password: &Password, stored: &str) -> Result<Comparison, PasswordError> {
        let corrupt = |why| PasswordError::CorruptHash { why };
        let stored = Phc::parse(stored).map_err(corrupt)?;
        let pepper = match &stored.key_id {
            None => None,
            Some(id) => Some(self.peppers.find(id).ok_or(corrupt("its pepper is not configured"))?),
        };
        let argon = argon(stored.algorithm, stored.version, stored.params.clone(), pepper)?;
        let mut output = Zeroizing::new(vec![0; stored.output.len()]);
        // The normal form first. The text as typed is tried only if it differs: hashes imported from a system without
        // NFKC are made of it, ours never are.
        for (index, form) in password.forms().enumerate() {
            scratch.hash(&argon, form, &stored.salt, &mut output)?;
            if same_bytes(&output, &stored.output) {
                let pepper = self.peppers.current().map(|(id, _)| id.as_bytes());
                let stale = index > 0 || stored.key_id.as_deref() != pepper || stored.is_weaker_than(self.params);
                return Ok(if stale { Comparison::Stale } else { Comparison::Fresh });
            }
        }
        Ok(Comparison::None)
    }

    fn ask_legacy(&self, password: &Password, stored: &str) -> Result<Comparison, PasswordError> {
        let typed = password.typed().unwrap_or_default();
        let result = self
            .legacy
            .iter()
            .map(|verifier| verifier.verify(typed, stored))
            .find(|result| *result != LegacyVerification::Unrecognized);
        match result {
            Some(LegacyVerification::Match) => Ok(Comparison::Stale),
            Some(LegacyVerification::Mismatch) => Ok(Comparison::None),
            Some(LegacyVerification::Corrupt) => {
                Err(PasswordError::CorruptHash { why: "its legacy verifier reports it as damaged" })
            }
            Some(LegacyVerification::Unrecognized) | None if is_locked(stored) => Ok(Comparison::None),
            Some(LegacyVerification::Unrecognized) | None => {
                Err(PasswordError::CorruptHash { why: "it is not Argon2, and no legacy verifier recognizes it" })
            }
        }
    }

    /// Creates an up-to-date hash for a correct password. A failure must not refuse the login: the next one tries
    /// again.
    fn upgrade(&self, scratch: &mut Scratch, password: &Password) -> Option<PasswordHash> {
        self.hash(scratch, password.normal()?)
            .inspect_err(|error| {
                tracing::warn!(target: "auth::password", %error, "a password hash was not upgraded to the current parameters; \
                     the login succeeded, and the next one tries again");
            })
            .ok()
    }

    /// Does the work that is missing to the cost of a verification under today's policy: all of it for an unknown user,
    /// the difference for an account whose hash is older and weaker.
    fn equalize_cost(&self, scratch: &mut Scratch, password: &Password, spent: u64) -> Result<(), PasswordError> {
        let HashParams { memory_kib, passes, lanes, .. } = self.params;
        let forms = password.forms().count();
        let price = self.params.cost().saturating_mul(u64::try_from(forms).unwrap_or(u64::MAX));
        let mut owed = price.saturating_sub(spent);
        let mut output = [0; OUTPUT_BYTES];
        while owed >= u64::from(LEAST_KIB_PER_LANE * lanes) {
            let memory = memory_kib.min(u32::try_from(owed).unwrap_or(u32::MAX));
            let passes = passes.min(u32::try_from(owed / u64::from(memory)).unwrap_or(u32::MAX)).max(1);
            let params = cost_params(memory, passes, lanes, OUTPUT_BYTES)?;
            let argon = argon(Algorithm::Argon2id, Version::V0x13, params, None)?;
            scratch.hash(&argon, password.normal().unwrap_or_default(), &self.dummy_salt, &mut output)?;
            // Nobody reads the result, and the compiler must not find out.
            black_box(&output);
            owed = owed.saturating_sub(u64::from(memory) * u64::from(passes));
        }
        Ok(())
    }
}

/// Whether it is what other systems write where there is no password: Django's `!…`, and `!` or `*` of `shadow(5)`. No
/// scheme begins like that.
fn is_locked(stored: &str) -> bool {
    stored.starts_with(['!', '*'])
}

fn cost_params(memory_kib: u32, passes: u32, lanes: u32, output: usize) -> Result<Params, PasswordError> {
    // Start-up has refused whatever Argon2 would refuse here.
    Params::new(memory_kib, passes, lanes, Some(output))
        .map_err(|_| PasswordError::Failed("Argon2 refused its parameters"))
}

fn argon(
    algorithm: Algorithm,
    version: Version,
    params: Params,
    pepper: Option<&[u8]>,
) -> Result<Argon2<'_>, PasswordError> {
    match pepper {
        None => Ok(Argon2::new(algorithm, version, params)),
        Some(secret) => Argon2::new_with_secret(secret, algorithm, version, params)
            .map_err(|_| PasswordError::Failed("Argon2 refused the pepper")),
    }
}
