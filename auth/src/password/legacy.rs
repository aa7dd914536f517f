//! Hashes made by other software.

use std::fmt;

/// The result of a [`LegacyVerifier`] on a stored hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegacyVerification {
    /// The hash belongs to another scheme: ask the next verifier.
    Unrecognized,
    /// The password matches. The hash will be replaced by Argon2id.
    Match,
    /// The password does not match.
    Mismatch,
    /// The hash belongs to this scheme but is damaged. This is reported to the operator, not treated as a wrong
    /// password.
    Corrupt,
}

/// Verifies passwords against hashes that are not Argon2 (bcrypt, scrypt, PBKDF2, …), for accounts imported from
/// another system. The first login with the right password replaces the hash.
///
/// It runs on a hashing thread, so it may take its time, and is never called for hashes that start with `$argon2`. The
/// password is passed as typed, not in NFKC, because that is what the former system hashed. A panic becomes an internal
/// error.
///
/// # What to look out for
/// * Compare in constant time. Bound the work that a stored hash may demand.
/// * bcrypt reads only 72 bytes; treat longer passwords exactly as the former system did.
/// * As long as an account has such a hash, its login takes as long as that scheme **plus** one Argon2 hash, while an
///   unknown account takes one Argon2 hash: the difference can be measured.
///
/// Any `Fn(&str, &str) -> LegacyVerification + Send + Sync` is a verifier; it gets the password and the stored hash.
///
/// ```
/// use auth::password::{LegacyVerification, PasswordConfig};
///
/// // A made-up scheme, `rot13:<text>`; a real one would call the crate of the scheme and compare in constant time.
/// fn rot13(password: &str, stored: &str) -> LegacyVerification {
///     let Some(stored) = stored.strip_prefix("rot13:") else { return LegacyVerification::Unrecognized };
///     if stored.is_empty() {
///         return LegacyVerification::Corrupt;
///     }
///     let turned = password.bytes().map(|byte| match byte {
///         b'a'..=b'm' => byte + 13,
///         b'n'..=b'z' => byte - 13,
///         other => other,
///     });
///     if turned.eq(stored.bytes()) { LegacyVerification::Match } else { LegacyVerification::Mismatch }
/// }
///
/// let config = PasswordConfig::default().legacy(rot13);
/// assert_eq!(rot13("uryyb", "rot13:hello"), LegacyVerification::Match);
/// ```
///
/// # bcrypt
///
/// With the crate `bcrypt`, `verify` below is `bcrypt::verify(password, stored)`. The cost is part of the stored hash, and
/// each step doubles the work, so it is bounded first.
///
/// ```
/// use auth::password::{LegacyVerification, PasswordConfig};
///
/// /// `verify` is `bcrypt::verify`.
/// fn bcrypt<E>(verify: fn(&str, &str) -> Result<bool, E>, password: &str, stored: &str) -> LegacyVerification {
///     // `$2b$12$…`: the version, and the cost as two digits.
///     let mut parts = stored.split('$').skip(1);
///     let (Some("2a" | "2b" | "2x" | "2y"), Some(cost)) = (parts.next(), parts.next()) else { return LegacyVerification::Unrecognized };
///     if !cost.parse().is_ok_and(|cost: u8| (4..=14).contains(&cost)) {
///         return LegacyVerification::Corrupt;
///     }
///     match verify(password, stored) {
///         Ok(true) => LegacyVerification::Match,
///         Ok(false) => LegacyVerification::Mismatch,
///         Err(_) => LegacyVerification::Corrupt,
///     }
/// }
///
/// # mod bcrypt_crate { pub fn verify(password: &str, _: &str) -> Result<bool, std::fmt::Error> { Ok(password == "right") } }
/// # use bcrypt_crate as bcrypt_;
/// let config = PasswordConfig::default()
///     .legacy(|password: &str, stored: &str| bcrypt(bcrypt_::verify, password, stored));
/// # let stored = "$2b$12$C6UzMDM.H6dfI/f/IKcEeO7V2xC1ZkCv2ZrL4G9tXsxQ8yYt1hG3e";
/// # assert_eq!(bcrypt(bcrypt_::verify, "right", stored), LegacyVerification::Match);
/// # assert_eq!(bcrypt(bcrypt_::verify, "wrong", stored), LegacyVerification::Mismatch);
/// # assert_eq!(bcrypt(bcrypt_::verify, "right", "$2b$31$C6UzMDM"), LegacyVerification::Corrupt);
/// # assert_eq!(bcrypt(bcrypt_::verify, "right", "$argon2id$12$"), LegacyVerification::Unrecognized);
/// ```
pub trait LegacyVerifier: Send + Sync + 'static {
    /// Verifies `password` against the hash `stored`.
    fn verify(&self, password: &str, stored: &str) -> LegacyVerification;
}

impl<F: Fn(&str, &str) -> LegacyVerification + Send + Sync + 'static> LegacyVerifier for F {
    fn verify(&self, password: &str, stored: &str) -> LegacyVerification {
        self(password, stored)
    }
}

impl fmt::Debug for dyn LegacyVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LegacyVerifier")
    }
}
