//! The keys of access tokens: the one that signs, and those that are still accepted.
//!
//! Keys are made by `signing_key` alone. The library's backends panic at some malformed keys, so a key from outside must
//! be checked there before one of the library's types is made of it.

use std::cell::Cell;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

#[cfg(fuzzing)]
use super::fuzz_signatures as signer_cache;
use super::key::{Key, SignatureError};
#[cfg(not(fuzzing))]
use super::signer_cache;
use crate::base::base64url;

/// One signer and the keys whose tokens are still accepted.
pub(crate) struct KeyRing {
    signer: Key,
    former: Vec<Key>,
}

impl KeyRing {
    pub(crate) fn new(signer: Key, former: Vec<Key>) -> Self {
        Self { signer, former }
    }

    /// Returns the key that signs.
    pub(crate) const fn signer(&self) -> &Key {
        &self.signer
    }

    /// Returns all keys, first the one that signs.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.signer).chain(&self.former)
    }

    /// Returns `header.payload.signature` for the JSON `payload`.
    pub(crate) fn sign(&self, payload: &[u8]) -> Result<String, SignatureError> {
        let header = self.signer.header();
        // Room for the whole token, so that it is allocated once; an HMAC-SHA-256 signature has 43 characters.
        let mut token = String::with_capacity(header.len() + payload.len().div_ceil(3) * 4 + 48);
        token.push_str(header);
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = signer_cache::sign(&self.signer, token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// Returns which key a token names: 0 is the one that signs, the others are former ones.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "for people who ask why a token is refused"))]
    pub(crate) fn key_of(&self, token: &str) -> Option<usize> {
        self.keys().position(|key| token.starts_with(key.header()))
    }

    /// Verifies the signature of `token` and returns its payload as parsed by `read`, and the key that signed it.
    /// Returns `None` for every token that this ring did not sign, whatever is wrong with it.
    pub(crate) fn open<T>(&self, token: &str, read: impl FnOnce(&[u8]) -> Option<T>) -> Option<(&Key, T)> {
        let key = self.keys().find(|key| token.starts_with(key.header()))?;
        let (message, signature) = token.rsplit_once('.')?;
        let payload = message.get(key.header().len()..)?;
        // Taken, not borrowed: a re-entrant call from `read` finds an empty buffer instead of a locked one.
        let mut buffer = BUFFER.take();
        let opened = buffer
            .decode(signature)
            .and_then(|signature| signer_cache::verify(key, message.as_bytes(), signature).ok());
        let opened = opened.and_then(|()| buffer.decode(payload).and_then(|payload| read(payload)));
        BUFFER.set(buffer);
        opened.map(|payload| (key, payload))
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
        write!(f, "KeyRing([redacted]; {} former)", self.former.len())
    }
}
