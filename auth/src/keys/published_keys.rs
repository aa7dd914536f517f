//! The public keys as one document (RFC 7517 §5), written once for each set of keys.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::key_plan::KeyPlan;
use super::public_jwk::PublicJwk;

/// The document that other services verify our tokens with.
#[derive(Clone, Debug)]
pub(crate) struct PublishedKeys {
    body: Arc<[u8]>,
    etag: String,
    is_empty: bool,
}

/// One key of it. Keys of secrets are not among them: they have no public half, and no type here could hold one.
#[derive(Serialize)]
struct PublishedKey<'a> {
    #[serde(flatten)]
    key: &'a PublicJwk,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    kid: &'a str,
}

#[derive(Serialize)]
struct Document<'a> {
    keys: Vec<PublishedKey<'a>>,
}

impl PublishedKeys {
    pub(super) fn of(plan: &KeyPlan) -> Self {
        let keys: Vec<_> = plan
            .pairs
            .iter()
            .map(|named| &named.pair)
            .map(|pair| PublishedKey { key: pair.public(), usage: "sig", alg: pair.alg(), kid: pair.kid() })
            .collect();
        let is_empty = keys.is_empty();
        // A list of texts is always JSON.
        let body = serde_json::to_vec(&Document { keys }).unwrap_or_default();
        let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(&body)));
        Self { body: body.into(), etag, is_empty }
    }

    /// Whether there is no key that others could verify with.
    pub(crate) const fn is_empty(&self) -> bool {
        self.is_empty
    }

    /// Returns the document.
    pub(crate) fn body(&self) -> Arc<[u8]> {
        Arc::clone(&self.body)
    }

    /// Returns the strong validator of this version (RFC 9110 §8.8.3).
    pub(crate) fn etag(&self) -> &str {
        &self.etag
    }
}
