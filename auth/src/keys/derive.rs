use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The purpose of a derived key. Every purpose has its own key, so a value made for one is worthless for another
/// (KEY-05).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Signs access tokens.
    AccessToken,
    /// Identifies the signing key; eight bytes of it are public.
    KeyId,
    /// Names the counters of limits.
    Limits,
    /// Signs the messages between processes.
    News,
}

impl Purpose {
    const fn label(self) -> &'static str {
        match self {
            Self::AccessToken => "access-token",
            Self::KeyId => "key-id",
            Self::Limits => "limits",
            Self::News => "news",
        }
    }
}

/// Derives the key for `purpose` and the user type `realm` (`User:users`):
/// `HMAC-SHA-256(secret, "auth:" purpose ":" realm)`.
///
/// This formula is stable: another service that knows the secret can verify our tokens with any JWT library.
pub(crate) fn derive(secret: &[u8], purpose: Purpose, realm: &str) -> Zeroizing<[u8; 32]> {
    hmac_sha256(secret, &[b"auth:", purpose.label().as_bytes(), b":", realm.as_bytes()])
}

/// Computes HMAC-SHA-256 over the concatenated parts.
pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut mac = match <Hmac<Sha256> as KeyInit>::new_from_slice(key) {
        Ok(mac) => mac,
        // HMAC accepts keys of every length (RFC 2104 §2); the signature allows for MACs that do not.
        Err(_) => <Hmac<Sha256> as KeyInit>::new(&hmac::digest::Key::<Hmac<Sha256>>::default()),
    };
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}
