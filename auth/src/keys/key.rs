use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

use crate::base::error::other_errors;
use crate::model::claims::{Audience, Registered};
use crate::model::interned_name::Name;

/// Numbers keys within the process, so that what a thread caches for one key is never used for another.
static NEXT: AtomicU64 = AtomicU64::new(0);

/// A key, its one algorithm, and what the tokens that it signs have in common.
pub(crate) struct Key {
    number: u64,
    algorithm: Algorithm,
    signing: EncodingKey,
    verifying: DecodingKey,
    /// base64url of `{"alg":…,"kid":…,"typ":"at+jwt"}`, with the dot that follows it.
    header: String,
    issued_as: IssuedAs,
}

/// The issuer and the audience of the tokens of one key. They belong to the key: when a service goes over to a key pair,
/// whose issuer is a URL, the tokens of the key before keep the names that they were issued with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IssuedAs {
    pub(crate) issuer: Name,
    pub(crate) audience: Name,
}

impl IssuedAs {
    /// Whether claims have this issuer and are for this audience (RFC 7519 §4.1.1, §4.1.3).
    pub(crate) fn accepts(&self, claims: &Registered<'_>) -> bool {
        claims.iss == &*self.issuer && claims.aud.contains(&self.audience)
    }

    /// Returns the audience as a claim.
    pub(crate) fn aud(&self) -> Audience {
        Audience::One(self.audience.clone())
    }
}

/// The parts of a key, which only the kinds of [`SigningKey`](super::signing_key::SigningKey) put together: the backends
/// panic at some malformed keys, so one that comes from outside (a JWK, a PEM file) has to be checked first.
pub(super) struct KeyParts {
    pub(super) algorithm: Algorithm,
    /// The name of `algorithm` in the header.
    pub(super) alg: &'static str,
    pub(super) kid: String,
    pub(super) signing: EncodingKey,
    pub(super) verifying: DecodingKey,
}

impl Key {
    pub(super) fn new(parts: KeyParts, issued_as: IssuedAs) -> Self {
        let KeyParts { algorithm, alg, kid, signing, verifying } = parts;
        let header = serde_json::json!({ "alg": alg, "kid": kid, "typ": "at+jwt" });
        Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            algorithm,
            signing,
            verifying,
            header: URL_SAFE_NO_PAD.encode(header.to_string()) + ".",
            issued_as,
        }
    }

    /// Returns the first segment of the tokens it signs, with the dot that follows it.
    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    /// Returns the issuer and the audience of the tokens it signs.
    pub(crate) const fn issued_as(&self) -> &IssuedAs {
        &self.issued_as
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
