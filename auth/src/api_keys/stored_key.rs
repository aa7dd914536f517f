//! An API key, as stored: a record with the hash of its text as its key, owned by a user.
//!
//! The text has 256 random bits, so a plain SHA-256 hides it, and looking the record up by it compares no secrets.

use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::model::api_key_id::ApiKeyId;
use crate::model::claims::{RowStamp, SessionId};
use crate::store::{Record, StoreError};

/// What is kept of a key. Field names are short because the record is read often.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct StoredKey {
    #[serde(rename = "n")]
    pub(super) name: String,
    /// The names of what it may do. A name that this release does not know allows nothing.
    #[serde(rename = "p")]
    pub(super) permissions: Vec<String>,
    #[serde(rename = "m")]
    pub(super) created_at: u64,
    /// `None`: never.
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub(super) expires_at: Option<u64>,
    /// The day on which it was used last, counted from 1970-01-01.
    #[serde(rename = "d", default, skip_serializing_if = "Option::is_none")]
    pub(super) last_used: Option<u64>,
    /// The session in which it was made.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(super) session: Option<SessionId>,
    /// Who made it instead of its owner.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub(super) actor: Option<String>,
    /// The key that has taken its place. It cannot be rotated again, and does not count.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub(super) replaced_by: Option<String>,
    /// The key whose place it has taken, which ends when this one is rotated.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub(super) replaces: Option<String>,
    /// Which of the slots of its owner it has.
    #[serde(rename = "q")]
    pub(super) slot: u8,
    /// The generation of its owner when it was made: a key of an earlier one than the floor has ended.
    #[serde(rename = "g")]
    pub(super) generation: u64,
    #[serde(rename = "w", default, skip_serializing_if = "Option::is_none")]
    pub(super) row: Option<RowStamp>,
}

impl StoredKey {
    pub(super) fn read(record: &Record) -> Result<Self, StoreError> {
        serde_json::from_str(&record.value).map_err(StoreError::corrupt)
    }

    /// Writes the record of a key.
    pub(super) fn record(
        &self,
        (kind, id): (&str, &ApiKeyId),
        owner: &str,
        now: Timestamp,
    ) -> Result<Record, StoreError> {
        Ok(Record {
            kind: kind.to_owned(),
            key: id.to_string(),
            owner: owner.to_owned(),
            value: serde_json::to_string(self).map_err(StoreError::corrupt)?,
            version: 1,
            expires_at: self.ends_at(),
            changed_at: now,
        })
    }

    /// Returns this in place of what the record holds.
    pub(super) fn into_record(self, record: Record, now: Timestamp) -> Result<Record, StoreError> {
        let value = serde_json::to_string(&self).map_err(StoreError::corrupt)?;
        Ok(Record { value, expires_at: self.ends_at(), changed_at: now, ..record })
    }

    /// Returns from when on it is refused.
    pub(super) fn ends_at(&self) -> Timestamp {
        Timestamp::from_millis(self.expires_at.unwrap_or(i64::MAX.unsigned_abs()))
    }

    pub(super) fn has_expired(&self, now: Timestamp) -> bool {
        self.ends_at() <= now
    }

    /// Whether it was made for this row, as far as rows say so.
    pub(super) fn is_of_row(&self, row: Option<RowStamp>) -> bool {
        self.row.is_none() || row.is_none() || self.row == row
    }
}

/// Returns the day of a time.
pub(super) const fn day_of(now: Timestamp) -> u64 {
    now.as_secs() / (24 * 60 * 60)
}
