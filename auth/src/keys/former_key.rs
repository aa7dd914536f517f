//! The key with which an application signed access tokens before it used this library.

use std::fmt;

use zeroize::Zeroizing;

use super::derive::hmac_sha256;
use super::public_pem;
use super::signature_algorithm::SignatureAlgorithm;
use super::verifying_key::VerifyingKey;
use crate::base::secret::same_bytes;

/// A key and its one algorithm, which no token chooses (RFC 8725 §3.1).
pub(crate) enum FormerKey {
    /// HS256, with exactly these bytes.
    Secret(Zeroizing<Vec<u8>>),
    Public(VerifyingKey),
}

impl FormerKey {
    pub(crate) fn hs256(secret: &[u8]) -> Self {
        Self::Secret(Zeroizing::new(secret.to_vec()))
    }

    /// Reads a public key in PEM.
    ///
    /// # Errors
    /// What the text is instead, and what to do about it.
    pub(crate) fn public_pem(text: &str) -> Result<Self, &'static str> {
        public_pem::read(text).map(Self::Public)
    }

    /// Whether the name in the header of a token is that of the algorithm.
    pub(crate) fn is_used_with(&self, alg: &str) -> bool {
        match self {
            Self::Secret(_) => alg == "HS256",
            Self::Public(key) => SignatureAlgorithm::named(alg) == Some(key.algorithm()),
        }
    }

    /// Whether this is the signature of the message. (The backends want a vector.)
    pub(crate) fn verify(&self, message: &[u8], signature: &Vec<u8>) -> bool {
        match self {
            Self::Secret(secret) => same_bytes(&*hmac_sha256(secret, &[message]), signature),
            Self::Public(key) => key.verify(message, signature),
        }
    }
}

impl fmt::Debug for FormerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Secret(_) => f.write_str("FormerKey([redacted])"),
            Self::Public(key) => key.fmt(f),
        }
    }
}
