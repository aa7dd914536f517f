use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

use crate::base::clock::Timestamp;
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
    signature_bytes: usize,
    issued_as: IssuedAs,
    /// Under which names it issued tokens before, which are still accepted.
    formerly: Vec<IssuedAs>,
    /// Its tokens are accepted if they were issued before: another kind of key took over then.
    retires_at: Option<Timestamp>,
    /// From when on it signs, until another one does.
    signs_from: Option<Timestamp>,
}

/// The names in the tokens of one key. They belong to the key: when a service goes over to a key pair, whose issuer is a
/// URL, the tokens of the key before keep the names that they were issued with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct IssuedAs {
    pub(crate) issuer: Name,
    pub(crate) audience: Name,
    /// For whom (RFC 9068 §2.2), in tokens that others verify.
    pub(crate) client_id: Option<Name>,
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

/// The type of a token, as its header says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenType {
    /// `at+jwt` (RFC 9068 §2.1): nothing else that a service signs can be taken for an access token.
    #[default]
    AtJwt,
    /// `JWT`, for verifiers that accept no other and cannot be configured.
    Jwt,
}

impl TokenType {
    const fn name(self) -> &'static str {
        match self {
            Self::AtJwt => "at+jwt",
            Self::Jwt => "JWT",
        }
    }
}

/// The parts of a key, which only `secret_key` and `key_pair` put together: the backends panic at some malformed keys,
/// so one that comes from outside (a PEM file) has to be checked first.
#[derive(Clone)]
pub(super) struct KeyParts {
    pub(super) algorithm: Algorithm,
    /// The name of `algorithm` in the header.
    pub(super) alg: &'static str,
    pub(super) kid: String,
    /// The length of a signature.
    pub(super) signature_bytes: usize,
    pub(super) signing: EncodingKey,
    pub(super) verifying: DecodingKey,
}

impl Key {
    pub(super) fn new(parts: KeyParts, token_type: TokenType, issued_as: IssuedAs) -> Self {
        let KeyParts { algorithm, alg, kid, signature_bytes, signing, verifying } = parts;
        let header = serde_json::json!({ "alg": alg, "kid": kid, "typ": token_type.name() });
        Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            algorithm,
            signing,
            verifying,
            header: URL_SAFE_NO_PAD.encode(header.to_string()) + ".",
            signature_bytes,
            issued_as,
            formerly: Vec::new(),
            retires_at: None,
            signs_from: None,
        }
    }

    /// Returns the key that accepts tokens with these names, too, and after that time none.
    pub(super) fn replaced(self, formerly: Vec<IssuedAs>, retires_at: Option<Timestamp>) -> Self {
        Self { formerly, retires_at, ..self }
    }

    /// Returns the key that signs from then on.
    pub(super) fn signing_from(self, signs_from: Option<Timestamp>) -> Self {
        Self { signs_from, ..self }
    }

    pub(super) const fn signs_from(&self) -> Option<Timestamp> {
        self.signs_from
    }

    /// Whether claims are those of a token of this key: they have a name that it issues or issued tokens with, and are
    /// not too new for it.
    pub(crate) fn accepts(&self, claims: &Registered<'_>) -> bool {
        self.names().any(|names| names.accepts(claims)) && !self.has_retired(claims)
    }

    /// Whether a token was issued after another kind of key had taken over.
    pub(crate) fn has_retired(&self, claims: &Registered<'_>) -> bool {
        self.retires_at.is_some_and(|time| claims.iat >= time.as_secs())
    }

    /// Whether a token that it signs now would be refused.
    pub(super) fn retires(&self, now: Timestamp) -> bool {
        self.retires_at.is_some_and(|time| now.as_secs() >= time.as_secs())
    }

    /// Returns all names with which tokens are accepted, first those of now.
    pub(crate) fn names(&self) -> impl Iterator<Item = &IssuedAs> {
        std::iter::once(&self.issued_as).chain(&self.formerly)
    }

    /// Returns the first segment of the tokens it signs, with the dot that follows it.
    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    /// Returns the length of a token with a payload of this many characters.
    pub(super) fn token_length(&self, payload: usize) -> usize {
        self.header.len() + payload + 1 + (self.signature_bytes * 4).div_ceil(3)
    }

    /// Returns the names in the tokens it signs.
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
