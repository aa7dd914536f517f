//! One managed key and its record.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::base::random::Random;
use crate::keys::{KeyPair, SealingKey};
use crate::store::{Record, StoreError};

/// A key of the store. Their numbers only grow.
#[derive(Clone)]
pub(super) struct Generation {
    pub(super) number: u32,
    pub(super) pair: Arc<KeyPair>,
    pub(super) signs_from: Timestamp,
}

#[derive(Deserialize, Serialize)]
struct Stored {
    /// The private key, sealed for its record.
    key: String,
    /// From when on it signs, in milliseconds.
    from: u64,
}

impl Generation {
    /// Reads a record; `None` if it is another one of this kind.
    pub(super) fn read(record: &Record, sealing: &SealingKey) -> Result<Option<Self>, StoreError> {
        let Ok(number) = record.key.parse() else { return Ok(None) };
        let stored: Stored = serde_json::from_str(&record.value).map_err(StoreError::corrupt)?;
        let name = format!("the signing key {number} of the store");
        let der = sealing
            .open(&place(&record.kind, number), &stored.key)
            .ok_or_else(|| StoreError::corrupt(format!("{name} was sealed for another data key, or changed")))?;
        let pair = Arc::new(KeyPair::from_der(&name, &der).map_err(StoreError::corrupt)?);
        Ok(Some(Self { number, pair, signs_from: Timestamp::from_millis(stored.from) }))
    }

    /// Returns its record.
    pub(super) fn record(
        &self,
        kind: &str,
        sealing: &SealingKey,
        random: &dyn Random,
        now: Timestamp,
    ) -> Result<Record, AuthError> {
        let key = sealing.seal(&place(kind, self.number), self.pair.to_der(), random)?;
        let stored = Stored { key, from: self.signs_from.as_millis() };
        let value = serde_json::to_string(&stored).map_err(AuthError::internal)?;
        Ok(Record::of_nobody(kind, self.number.to_string(), value, now))
    }
}

fn place(kind: &str, number: u32) -> String {
    format!("{kind}/{number}")
}
