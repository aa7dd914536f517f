//! Documents that everybody may read and keep, written once and answered often.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// JSON, and what tells this version of it from others.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    body: Arc<[u8]>,
    etag: String,
}

impl Document {
    /// Writes a value that is always JSON: lists and texts.
    pub(crate) fn of(value: &impl Serialize) -> Self {
        let body = serde_json::to_vec(value).unwrap_or_default();
        Self { etag: etag(&body), body: body.into() }
    }

    /// Returns the bytes, which all answers share.
    pub(crate) fn body(&self) -> Arc<[u8]> {
        Arc::clone(&self.body)
    }

    pub(crate) fn etag(&self) -> &str {
        &self.etag
    }
}

/// Returns a strong validator of these bytes (RFC 9110 §8.8.3).
pub(crate) fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(bytes)))
}
