//! Password hashes of the former system: PBKDF2 with SHA-256, in Django's format.

use std::num::NonZeroU32;

use auth::password::LegacyVerification;
use aws_lc_rs::pbkdf2;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The most rounds a stored hash may ask for, so that no row can keep a hashing thread busy for minutes.
const MOST_ROUNDS: u32 = 2_000_000;

/// `pbkdf2_sha256$<rounds>$<salt>$<base64 of 32 bytes>`
pub(crate) fn django(password: &str, stored: &str) -> LegacyVerification {
    let Some(rest) = stored.strip_prefix("pbkdf2_sha256$") else { return LegacyVerification::Unrecognized };
    let Some((rounds, salt, hash)) = parts(rest) else { return LegacyVerification::Corrupt };
    // Compares in constant time.
    match pbkdf2::verify(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt.as_bytes(), password.as_bytes(), &hash) {
        Ok(()) => LegacyVerification::Match,
        Err(_) => LegacyVerification::Mismatch,
    }
}

fn parts(text: &str) -> Option<(NonZeroU32, &str, Vec<u8>)> {
    let mut parts = text.split('$');
    let rounds: NonZeroU32 = parts.next()?.parse().ok()?;
    let salt = parts.next().filter(|salt| !salt.is_empty())?;
    let hash = STANDARD.decode(parts.next()?).ok()?;
    let whole = parts.next().is_none() && rounds.get() <= MOST_ROUNDS && hash.len() == 32;
    whole.then_some((rounds, salt, hash))
}

#[cfg(test)]
mod tests {
    use super::{LegacyVerification, django};

    #[test]
    fn knows_its_own_hashes_and_damaged_ones() {
        let stored = "pbkdf2_sha256$1$salt$Eg+2z/z4syxD5yJSVsT4N6hlSMkszDVICAWYfLcL4Xs=";
        for (stored, verdict) in [
            (stored, LegacyVerification::Match),
            ("pbkdf2_sha256$2$salt$Eg+2z/z4syxD5yJSVsT4N6hlSMkszDVICAWYfLcL4Xs=", LegacyVerification::Mismatch),
            ("pbkdf2_sha256$1$salt$Eg+2", LegacyVerification::Corrupt),
            ("pbkdf2_sha256$4000000000$salt$Eg+2z/z4syxD5yJSVsT4N6hlSMkszDVICAWYfLcL4Xs=", LegacyVerification::Corrupt),
            ("bcrypt$$2b$12$x", LegacyVerification::Unrecognized),
        ] {
            assert_eq!(django("password", stored), verdict, "{stored}");
        }
    }
}
