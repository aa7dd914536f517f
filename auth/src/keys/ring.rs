//! The keys of access tokens: the one that signs, and those that are still accepted.
//!
//! Only keys derived here exist (`Key::from_secret`). The library's backends panic at some malformed keys, so a key
//! from outside must be checked in `keys` before one of the library's types is made of it.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};

use super::derive::key_id;
#[cfg(fuzzing)]
use super::fuzz as kept;
#[cfg(not(fuzzing))]
use super::kept;
use super::kept::SignatureError;
use super::{Purpose, derive};
use crate::base64url;
use crate::secret::Secret;

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

/// One signer and the keys whose tokens are still accepted.
pub(crate) struct KeyRing {
    signer: Key,
    retired: Vec<Key>,
}

impl KeyRing {
    pub(crate) fn new(signer: Key, retired: Vec<Key>) -> Self {
        Self { signer, retired }
    }

    /// Returns `header.payload.signature` for the JSON `payload`.
    pub(crate) fn sign(&self, payload: &[u8]) -> Result<String, SignatureError> {
        let header = &self.signer.header;
        // Room for the whole token, so that it is allocated once; an HMAC-SHA-256 signature has 43 characters.
        let mut token = String::with_capacity(header.len() + payload.len().div_ceil(3) * 4 + 48);
        token.push_str(header);
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = kept::sign(&self.signer, token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// Verifies the signature of `token` and returns its payload as parsed by `read`. Returns `None` for every token
    /// that this ring did not sign, whatever is wrong with it.
    pub(crate) fn open<T>(&self, token: &str, read: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
        let key = std::iter::once(&self.signer).chain(&self.retired).find(|key| token.starts_with(&key.header))?;
        let (message, signature) = token.rsplit_once('.')?;
        let payload = message.get(key.header.len()..)?;
        // Taken, not borrowed: a re-entrant call from `read` finds an empty buffer instead of a locked one.
        let mut buffer = BUFFER.take();
        let opened =
            buffer.decode(signature).and_then(|signature| kept::verify(key, message.as_bytes(), signature).ok());
        let opened = opened.and_then(|()| buffer.decode(payload).and_then(|payload| read(payload)));
        BUFFER.set(buffer);
        opened
    }
}

thread_local! {
    /// The buffer into which a thread decodes tokens, so that requests need no allocation.
    static BUFFER: Cell<Buffer> = const { Cell::new(Buffer(Vec::new())) };
}

#[derive(Default)]
struct Buffer(Vec<u8>);

impl Buffer {
    /// Decodes `text`, which must be canonical, unpadded base64url.
    fn decode(&mut self, text: &str) -> Option<&Vec<u8>> {
        base64url::decode(text, &mut self.0)?;
        Some(&self.0)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing([redacted]; {} retired)", self.retired.len())
    }
}
