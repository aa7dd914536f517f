//! One managed key and its record.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::base::random::Random;
use crate::keys::{KeyPair, SealingKey};
use crate::store::{Record, StoreError};

/// A key of the store. Of two, the later one has the greater number.
#[derive(Clone)]
pub(super) struct Generation {
    pub(super) number: u32,
    pub(super) pair: Arc<KeyPair>,
    pub(super) signs_from: Timestamp,
    /// The value of the record, by which a key that was opened is known again.
    value: Arc<str>,
}

#[derive(Deserialize, Serialize)]
struct Stored {
    /// The private key, sealed for its record and this time: whoever writes to the table must not have a key sign before
    /// it was published.
    key: String,
    /// From when on it signs, in milliseconds.
    from: u64,
}

impl Generation {
    /// Reads a record; `None` if it is another one of this kind. Opening a key and trying it takes a while, so those that
    /// are `known` are taken from there.
    pub(super) fn read(record: &Record, sealing: &SealingKey, known: &[Self]) -> Result<Option<Self>, StoreError> {
        let Ok(number) = record.key.parse() else { return Ok(None) };
        let same = |known: &&Self| known.number == number && *known.value == *record.value;
        if let Some(known) = known.iter().find(same) {
            return Ok(Some(known.clone()));
        }
        let stored: Stored = serde_json::from_str(&record.value).map_err(StoreError::corrupt)?;
        let name = format!("the signing key {number} of the store");
        let der = sealing
            .open(&place(&record.kind, number, stored.from), &stored.key)
            .ok_or_else(|| StoreError::corrupt(format!("{name} was sealed for another data key, or changed")))?;
        let pair = Arc::new(KeyPair::from_der(&name, &der).map_err(StoreError::corrupt)?);
        let value = record.value.as_str().into();
        Ok(Some(Self { number, pair, signs_from: Timestamp::from_millis(stored.from), value }))
    }

    /// Returns the record of a fresh key, which signs from then on.
    pub(super) fn fresh(
        (kind, number): (&str, u32),
        pair: &KeyPair,
        signs_from: Timestamp,
        sealing: &SealingKey,
        random: &dyn Random,
        now: Timestamp,
    ) -> Result<Record, AuthError> {
        let from = signs_from.as_millis();
        let key = sealing.seal(&place(kind, number, from), pair.to_der(), random)?;
        let stored = Stored { key, from };
        let value = serde_json::to_string(&stored).map_err(AuthError::internal)?;
        Ok(Record::of_nobody(kind, number.to_string(), value, now))
    }
}

fn place(kind: &str, number: u32, from: u64) -> String {
    format!("{kind}/{number}/{from}")
}
