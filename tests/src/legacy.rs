//! A made-up scheme of hashes from before: the password backwards. Every right login renews such a hash.

use auth::PasswordHash;
use auth::password::LegacyVerification;

pub fn backwards(password: &str, stored: &str) -> LegacyVerification {
    let Some(stored) = stored.strip_prefix("backwards:") else { return LegacyVerification::Unrecognized };
    if password.chars().rev().eq(stored.chars()) { LegacyVerification::Match } else { LegacyVerification::Mismatch }
}

/// What the scheme stores for a password.
pub fn old_hash(password: &str) -> PasswordHash {
    PasswordHash::from_stored(format!("backwards:{}", password.chars().rev().collect::<String>()))
}
