//! Derives the keys, one for each purpose and user type.
//!
//! The signing key is derived as `HMAC-SHA-256(secret, "auth:access-token:" + type + ":" + table)`. A key for one
//! purpose is therefore useless for another, and so is the key of one user type for another, even if both types are
//! called `User`. The formula is stable, so other services can verify our tokens with any JWT library.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::base::secret::Secret;

/// The purpose of a derived key. Every purpose has its own key, so a value made for one is worthless for another
/// (KEY-05).
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Signs access tokens.
    AccessToken,
    /// Identifies the signing key; eight bytes of it are public.
    KeyId,
    /// Names the counters of limits. Derived from the data key, because counters outlive a secret.
    Limits,
    /// Seals the data key.
    DataKey,
    /// Signs the messages between processes.
    Broadcast,
    /// Makes mailed links and codes, so they end with the secret.
    Mail,
    /// Stands for addresses in the records of mail. Derived from the data key.
    MailAddress,
    /// Makes the seeds of authenticator apps. Derived from the data key.
    Totp,
    /// Seals the seeds of authenticator apps that another system has set up. Derived from the data key.
    ImportedTotp,
    /// Makes recovery codes. Derived from the data key.
    RecoveryCodes,
    /// Makes the challenges of passkeys. Derived from the data key.
    PasskeyChallenge,
    /// Makes what trusted devices keep. Derived from the data key.
    TrustedDevice,
    /// Seals the private keys of managed key pairs. Derived from the data key.
    SigningKey,
}

impl Purpose {
    const fn label(self) -> &'static str {
        match self {
            Self::AccessToken => "access-token",
            Self::KeyId => "key-id",
            Self::Limits => "limits",
            Self::DataKey => "data-key",
            Self::Broadcast => "news",
            Self::Mail => "mail",
            Self::MailAddress => "mail-address",
            Self::Totp => "totp",
            Self::ImportedTotp => "imported-totp",
            Self::RecoveryCodes => "recovery-codes",
            Self::PasskeyChallenge => "passkey-challenge",
            Self::TrustedDevice => "trusted-device",
            Self::SigningKey => "signing-key",
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

/// Returns the public id of the keys of `secret`. A thumbprint would publish a hash of the secret; this only reveals
/// whether two keys are the same.
pub(super) fn key_id(secret: &Secret, realm: &str) -> String {
    let id = derive(secret.expose(), Purpose::KeyId, realm);
    URL_SAFE_NO_PAD.encode(id.split_at(8).0)
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
