//! Hashes that other software made.

use std::fmt;

/// What a [`LegacyVerifier`] says about a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegacyVerdict {
    /// The hash is of another scheme: ask the next verifier.
    NotMine,
    /// The password matches. The hash will be replaced by Argon2id.
    Right,
    /// The password does not match.
    Wrong,
    /// The hash is of this scheme, but damaged. Reported to the operator, not taken for a wrong password.
    Corrupt,
}

/// Checks passwords against hashes that are not Argon2 (bcrypt, scrypt, PBKDF2, …), for accounts that came from
/// another system. The first login with the right password replaces the hash.
///
/// It is called on a hashing thread, so it may take its time, and not for hashes that start with `$argon2`. The
/// password is as it was typed, not in NFKC, because that is what the former system hashed. A panic becomes an
/// internal error.
///
/// # What to look out for
/// * Compare in constant time. Bound the work a stored hash may ask for.
/// * bcrypt reads 72 bytes; do to longer passwords what the former system did, and nothing silently.
/// * As long as an account has such a hash, its login takes as long as that scheme **plus** one Argon2 hash, and an
///   account that does not exist takes one Argon2 hash: the difference can be measured.
///
/// Any `Fn(&str, &str) -> LegacyVerdict + Send + Sync` is a verifier; it gets the password and the stored hash.
///
/// ```
/// use auth::password::{LegacyVerdict, PasswordConfig};
///
/// // A made-up scheme, `rot13:<text>`; a real one would call the crate of the scheme and compare in constant time.
/// fn rot13(password: &str, stored: &str) -> LegacyVerdict {
///     let Some(stored) = stored.strip_prefix("rot13:") else { return LegacyVerdict::NotMine };
///     if stored.is_empty() {
///         return LegacyVerdict::Corrupt;
///     }
///     let turned = password.bytes().map(|byte| match byte {
///         b'a'..=b'm' => byte + 13,
///         b'n'..=b'z' => byte - 13,
///         other => other,
///     });
///     if turned.eq(stored.bytes()) { LegacyVerdict::Right } else { LegacyVerdict::Wrong }
/// }
///
/// let config = PasswordConfig::default().legacy(rot13);
/// assert_eq!(rot13("uryyb", "rot13:hello"), LegacyVerdict::Right);
/// ```
pub trait LegacyVerifier: Send + Sync + 'static {
    /// Whether `password` is the one `stored` was made of.
    fn verify(&self, password: &str, stored: &str) -> LegacyVerdict;
}

impl<F: Fn(&str, &str) -> LegacyVerdict + Send + Sync + 'static> LegacyVerifier for F {
    fn verify(&self, password: &str, stored: &str) -> LegacyVerdict {
        self(password, stored)
    }
}

impl fmt::Debug for dyn LegacyVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LegacyVerifier")
    }
}
