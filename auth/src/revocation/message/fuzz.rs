//! What a fuzzer asks about messages between processes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Message, hmac_sha256, open, sign};
use crate::revocation::epoch::RevocationEpoch;

/// Reads a message, and returns it as we write it.
#[must_use]
pub fn message(text: &str, key: &[u8]) -> Option<String> {
    sign(&open(text, key)?, key)
}

/// Signs any text as if it were a message.
#[must_use]
pub fn signed(text: &[u8], key: &[u8]) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(*hmac_sha256(key, &[text])), URL_SAFE_NO_PAD.encode(text))
}

/// Reads the epoch in a message, and returns it as we write it.
#[must_use]
pub fn epoch(text: &str) -> Option<String> {
    RevocationEpoch::from_text(text).ok()?.to_text().ok()
}

/// Whether the message is about an ended session.
#[must_use]
pub fn is_of_a_session(message: &str, key: &[u8]) -> Option<bool> {
    open(message, key).map(|Message { session, .. }| session)
}
