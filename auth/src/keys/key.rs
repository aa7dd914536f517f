use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

use super::derive::{Purpose, derive, key_id};
use crate::base::error::other_errors;
use crate::base::secret::Secret;

/// Numbers keys within the process, so that what a thread caches for one key is never used for another.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A key, its one algorithm, and the header segment of the tokens it signs.
pub(crate) struct Key {
    number: u64,
    algorithm: Algorithm,
    signing: EncodingKey,
    verifying: DecodingKey,
    /// base64url of `{"alg":…,"kid":…,"typ":"at+jwt"}`, with the dot that follows it.
    header: String,
}

impl Key {
    /// Creates an HS256 key derived from `secret` for access tokens of `realm`. There is no other way to make a key: one
    /// that comes from outside (a JWK, a PEM file) must be checked here first, because the backends panic at some
    /// malformed ones.
    ///
    /// # Errors
    /// If the library does not accept the key. It refuses only empty ones, so this one never.
    pub(crate) fn from_secret(secret: &Secret, realm: &str) -> Result<Self, SignatureError> {
        let key = derive(secret.expose(), Purpose::AccessToken, realm);
        let header = serde_json::json!({ "alg": "HS256", "kid": key_id(secret, realm), "typ": "at+jwt" });
        Ok(Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            algorithm: Algorithm::HS256,
            signing: EncodingKey::from_secret(&*key).map_err(SignatureError::Key)?,
            verifying: DecodingKey::from_secret(&*key).map_err(SignatureError::Key)?,
            header: URL_SAFE_NO_PAD.encode(header.to_string()) + ".",
        })
    }

    /// Returns the first segment of the tokens it signs, with the dot that follows it.
    pub(super) fn header(&self) -> &str {
        &self.header
    }

    pub(super) const fn number(&self) -> u64 {
        self.number
    }

    pub(super) const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) const fn signing(&self) -> &EncodingKey {
        &self.signing
    }

    pub(super) const fn verifying(&self) -> &DecodingKey {
        &self.verifying
    }
}

/// The error of a signature that could not be made or verified.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignatureError {
    /// The backend rejects the key.
    #[error("the token backend rejected the key")]
    Key(#[source] jsonwebtoken::errors::Error),
    /// The signature is wrong or could not be made.
    #[error("invalid signature")]
    Wrong,
}

other_errors!(SignatureError);
