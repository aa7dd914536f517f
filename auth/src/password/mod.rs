//! Passwords: which are acceptable, how they are stored, and which threads do the work.
//!
//! | file | question |
//! |---|---|
//! | `text` | which text is hashed ([`Password`], NFKC) |
//! | `policy`, `broken_rule`, `blocklist` | which passwords may be chosen ([`PasswordPolicy`]) |
//! | `params`, `phc`, `argon` | how a hash is computed and encoded ([`HashParams`]) |
//! | `pepper` | an optional key outside the database ([`Pepper`]) |
//! | `legacy` | hashes of other schemes ([`LegacyVerifier`]) |
//! | `hasher` | right, wrong or unreadable, at the same cost |
//! | `lane`, `priority` | the threads that do the work |
//! | `config`, `facade` | the interface for the rest of the crate ([`PasswordConfig`], [`Passwords`]) |
//!
//! Sources: OWASP Password Storage Cheat Sheet, NIST SP 800-63B-4 §3.1.1.2, RFC 9106 (Argon2).

mod argon;
mod blocklist;
mod broken_rule;
mod config;
mod error;
mod facade;
#[cfg(fuzzing)]
pub(crate) mod fuzz;
mod hasher;
mod lane;
mod legacy;
mod params;
mod pepper;
mod phc;
mod policy;
mod priority;
#[cfg(test)]
mod tests;
mod text;
mod turns;
#[cfg(any(test, feature = "testing"))]
mod weak;

pub use broken_rule::BrokenRule;
pub use config::PasswordConfig;
pub use error::{PasswordConfigError, PasswordError};
pub use facade::Passwords;
pub use hasher::Verdict;
pub use legacy::{LegacyVerdict, LegacyVerifier};
pub use params::HashParams;
pub use pepper::Pepper;
pub use policy::PasswordPolicy;
pub use text::Password;
pub(crate) use turns::Turn;
