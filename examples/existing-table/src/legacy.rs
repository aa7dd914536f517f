//! Password hashes of the former system: PBKDF2 with SHA-256, in Django's format.

use std::num::NonZeroU32;

use auth::password::LegacyVerdict;
use aws_lc_rs::pbkdf2;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The most rounds a stored hash may ask for, so that no row can keep a hashing thread busy for minutes.
const MOST_ROUNDS: u32 = 2_000_000;

/// `pbkdf2_sha256$<rounds>$<salt>$<base64 of 32 bytes>`
pub(crate) fn django(password: &str, stored: &str) -> LegacyVerdict {
    let Some(rest) = stored.strip_prefix("pbkdf2_sha256$") else { return LegacyVerdict::NotMine };
    let Some((rounds, salt, hash)) = parts(rest) else { return LegacyVerdict::Corrupt };
    // Compares in constant time.
    match pbkdf2::verify(pbkdf2::PBKDF2_HMAC_SHA256, rounds, salt.as_bytes(), password.as_bytes(), &hash) {
        Ok(()) => LegacyVerdict::Right,
        Err(_) => LegacyVerdict::Wrong,
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
    use super::{LegacyVerdict, django};

    #[test]
    fn knows_its_own_hashes_and_damaged_ones() {
        let stored = "pbkdf2_sha256$1$salt$Eg+2z/z4syxD5yJSVsT4N6hlSMkszDVICAWYfLcL4Xs=";
        for (stored, verdict) in [
            (stored, LegacyVerdict::Right),
            ("pbkdf2_sha256$2$salt$Eg+2z/z4syxD5yJSVsT4N6hlSMkszDVICAWYfLcL4Xs=", LegacyVerdict::Wrong),
            ("pbkdf2_sha256$1$salt$Eg+2", LegacyVerdict::Corrupt),
            ("pbkdf2_sha256$4000000000$salt$Eg+2z/z4syxD5yJSVsT4N6hlSMkszDVICAWYfLcL4Xs=", LegacyVerdict::Corrupt),
            ("bcrypt$$2b$12$x", LegacyVerdict::NotMine),
        ] {
            assert_eq!(django("password", stored), verdict, "{stored}");
        }
    }
}
