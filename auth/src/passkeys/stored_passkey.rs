//! A passkey, as stored: a record with the hash of the credential id as its key, owned by the user.
//!
//! The id itself may be longer than a key of a record. Since it is the key, a credential belongs to one account at most,
//! and inserting the record decides to whom.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::response::Bytes;
use crate::base::clock::Timestamp;
use crate::model::claims::RowStamp;
use crate::store::{Record, StoreError};

/// What is kept of a credential (`WebAuthn` §4, "credential record"). Field names are short because the record is read at
/// every sign-in.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct StoredPasskey {
    #[serde(rename = "i")]
    pub(super) credential_id: Bytes,
    /// The `COSE_Key` as the authenticator wrote it. It says its algorithm.
    #[serde(rename = "k")]
    pub(super) public_key: Bytes,
    #[serde(rename = "c", default)]
    pub(super) sign_count: u32,
    #[serde(rename = "e", default)]
    pub(super) backup_eligible: bool,
    #[serde(rename = "b", default)]
    pub(super) backed_up: bool,
    #[serde(rename = "h")]
    pub(super) user_handle: Bytes,
    #[serde(rename = "t", default)]
    pub(super) transports: Vec<String>,
    /// The model of the authenticator, if it says so.
    #[serde(rename = "a")]
    pub(super) aaguid: Bytes,
    #[serde(rename = "n")]
    pub(super) name: String,
    #[serde(rename = "m")]
    pub(super) created_at: u64,
    #[serde(rename = "l", default, skip_serializing_if = "Option::is_none")]
    pub(super) last_used_at: Option<u64>,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub(super) row: Option<RowStamp>,
}

impl StoredPasskey {
    pub(super) fn read(record: &Record) -> Result<Self, StoreError> {
        serde_json::from_str(&record.value).map_err(StoreError::corrupt)
    }

    /// Writes the record of a new passkey.
    pub(super) fn record(&self, kind: &str, owner: &str, now: Timestamp) -> Result<Record, StoreError> {
        Ok(Record {
            kind: kind.to_owned(),
            key: key_of(&self.credential_id.0),
            owner: owner.to_owned(),
            value: serde_json::to_string(self).map_err(StoreError::corrupt)?,
            version: 1,
            expires_at: Timestamp::from_millis(i64::MAX.unsigned_abs()),
            changed_at: now,
        })
    }
}

/// The key of the record of a credential, and its public name in our routes.
pub(super) fn key_of(credential_id: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(credential_id))
}

/// Whether this can be such a key: what else a path says is not asked of a store.
pub(super) fn is_key(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}
