//! Passwords: which are acceptable, how they are stored, and which threads do the work.
//!
//! | file | question |
//! |---|---|
//! | `text` | which text is hashed ([`Password`], NFKC) |
//! | `policy`, `violation`, `blocklist` | which passwords may be chosen ([`PasswordPolicy`]) |
//! | `params`, `phc`, `argon` | how a hash is computed and encoded ([`HashParams`]) |
//! | `pepper` | an optional key outside the database ([`Pepper`]) |
//! | `legacy` | hashes of other schemes ([`LegacyVerifier`]) |
//! | `hasher` | right, wrong or unreadable, at the same cost |
//! | `hash_pool`, `lookup_gate`, `priority` | the threads that do the work |
//! | `config`, `passwords` | the interface for the rest of the crate ([`PasswordConfig`], [`Passwords`]) |
//!
//! Sources: OWASP Password Storage Cheat Sheet, NIST SP 800-63B-4 §3.1.1.2, RFC 9106 (Argon2).

mod argon;
mod blocklist;
mod config;
mod error;
#[cfg(fuzzing)]
pub(crate) mod fuzz;
mod hash_pool;
mod hasher;
mod legacy;
mod lookup_gate;
mod params;
mod passwords;
mod pepper;
mod phc;
mod policy;
#[cfg(any(test, feature = "testing"))]
mod test_params;
#[cfg(test)]
mod tests;
mod text;
mod thread_priority;
mod violation;

pub use config::PasswordConfig;
pub use error::{PasswordConfigError, PasswordError};
pub use hasher::Verification;
pub use legacy::{LegacyVerification, LegacyVerifier};
pub(crate) use lookup_gate::LookupPermit;
pub use params::HashParams;
pub use passwords::Passwords;
pub use pepper::Pepper;
pub use policy::PasswordPolicy;
pub use text::Password;
pub use violation::PasswordViolation;
