//! The keys of access tokens: those that sign, one at a time, and those that are still accepted.
//!
//! Keys are made by `secret_key` and `key_pair` alone. The library's backends panic at some malformed keys, so a key from
//! outside must be checked there before one of the library's types is made of it.

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
use crate::base::clock::Timestamp;

/// The keys whose tokens are accepted, and which of them signs when.
pub(crate) struct KeyRing {
    /// Signs if no other key does.
    usual: Key,
    others: Vec<Key>,
}

impl KeyRing {
    pub(super) const fn new(usual: Key, others: Vec<Key>) -> Self {
        Self { usual, others }
    }

    /// Returns the key that signs at this time: of those that do, the one that began last. Every instance has the times
    /// from the same place, so all go over to another key at the same moment.
    pub(crate) fn signer(&self, now: Timestamp) -> &Key {
        let begun = self.others.iter().filter(|key| key.signs_from().is_some_and(|time| time <= now));
        let signer = begun.max_by_key(|key| key.signs_from());
        signer.or_else(|| self.instead_of_secret(now)).unwrap_or(&self.usual)
    }

    /// Returns the next key, if tokens of the secret are refused by now: somebody has retired the first pair before it
    /// signed. What it signs, verifiers may not know yet; what the secret signs, this service itself would refuse.
    fn instead_of_secret(&self, now: Timestamp) -> Option<&Key> {
        let next = || self.others.iter().filter(|key| key.signs_from().is_some());
        self.usual.retires(now).then(|| next().min_by_key(|key| key.signs_from())).flatten()
    }

    /// Returns all keys.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.usual).chain(&self.others)
    }

    /// Returns `header.payload.signature` for the JSON `payload`, signed with one of the keys.
    pub(crate) fn sign_with(key: &Key, payload: &[u8]) -> Result<String, SignatureError> {
        // Room for the whole token, so that it is allocated once.
        let mut token = String::with_capacity(key.token_length((payload.len() * 4).div_ceil(3)));
        token.push_str(key.header());
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = signer_cache::sign(key, token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }

    /// Returns the key that a token names.
    pub(crate) fn key_of(&self, token: &str) -> Option<&Key> {
        self.keys().find(|key| token.starts_with(key.header()))
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
        write!(f, "KeyRing([redacted]; {} keys)", self.keys().count())
    }
}
