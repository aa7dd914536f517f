//! How many keys an account has: fifty at most, however many are made at once.
//!
//! Each key has one of fifty slots. Whoever makes a key first writes the record of a slot that no key has: an insert, or a
//! compare and set of one that is left over, so of many at once one gets it, and the others try the next. Once the key is
//! stored it says itself which slot it has, and the record matters no more: a slot is free again as soon as its key is gone,
//! whatever becomes of the record. (One counter for all keys would be written by everybody in turn; 64 at once would keep
//! most of them waiting until a store counts as too busy.)
//!
//! Slots are read before keys. So a record that says that its key was made comes with that key, unless that has ended.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::service::{ApiKeys, KeyOwner};
use super::stored_key::StoredKey;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::model::api_key_id::ApiKeyId;
use crate::model::user::AuthUser;
use crate::store::{Record, write};

/// How many keys an account may have. One that is being replaced has its slot together with the one that replaces it.
pub(crate) const MAX_KEYS: u8 = 50;
/// How long making a key may take. No request waits for its stores nearly as long.
const IN_THE_MAKING: Duration = Duration::from_mins(1);
/// What the record of a slot says once its key is stored.
const MADE: &str = "made";
const MAKING: &str = "making";

/// A slot that is held for a key until that is stored.
#[derive(Debug)]
pub(super) struct HeldSlot {
    pub(super) number: u8,
    record: Record,
}

impl<U: AuthUser> ApiKeys<U> {
    /// Holds a slot for a key of this id; `None` if there is none left.
    pub(super) async fn hold_slot(&self, owner: &KeyOwner, id: &ApiKeyId) -> Result<Option<HeldSlot>, AuthError> {
        let records = self.records.list(&self.kinds.api_key_slot, &owner.id).await?;
        let keys = self.records.list(&self.kinds.api_key, &owner.id).await?;
        let taken: BTreeSet<u8> = keys.iter().filter_map(|record| self.slot_of(record, owner)).collect();
        if taken.len() >= usize::from(MAX_KEYS) {
            return Ok(None);
        }
        for number in order(id).filter(|number| !taken.contains(number)) {
            let now = self.now();
            let key = slot_key(&owner.id, number);
            let left_over = records.iter().find(|record| record.key == key);
            if left_over.is_some_and(|record| is_being_made(record, now)) {
                continue;
            }
            let version = left_over.map(|record| record.version);
            let record = Record {
                kind: self.kinds.api_key_slot.clone(),
                key,
                owner: owner.id.clone(),
                value: MAKING.to_owned(),
                version: 1,
                expires_at: now + IN_THE_MAKING * 2,
                changed_at: now,
            };
            if let Some(record) = write(&*self.records, record, version).await? {
                return Ok(Some(HeldSlot { number, record }));
            }
        }
        Ok(None)
    }

    /// The key is stored. If this fails, the slot is not free for a minute even if the key ends before.
    pub(super) async fn key_is_made(&self, HeldSlot { record, .. }: HeldSlot) {
        let record = Record { value: MADE.to_owned(), ..record };
        if let Err(error) = self.records.replace(&record).await {
            let error: &dyn std::error::Error = &error;
            tracing::debug!(target: "auth::store", error, "the slot of an API key stays held for a minute");
        }
    }

    /// Returns the slot of a key that counts.
    fn slot_of(&self, record: &Record, owner: &KeyOwner) -> Option<u8> {
        let (id, key) = (record.key.parse().ok()?, record.value_if_readable::<StoredKey>("an API key")?);
        (key.is_of_row(owner.row) && self.is_alive(&id, &key)).then_some(key.slot)
    }
}

/// Returns the slots in an order that differs from key to key, so that keys made at once seldom try the same one.
fn order(id: &ApiKeyId) -> impl Iterator<Item = u8> + use<> {
    /// None of them divides 50.
    const STEPS: [u8; 8] = [1, 3, 7, 9, 11, 13, 17, 19];
    let [first, second, ..] = *id.sid().as_bytes();
    let step = STEPS.get(usize::from(second) % STEPS.len()).copied().unwrap_or(1);
    (0..u32::from(MAX_KEYS))
        .filter_map(move |n| u8::try_from((u32::from(first) + n * u32::from(step)) % u32::from(MAX_KEYS)).ok())
}

/// Whether its key may be stored any moment, by a clock that may be behind that of another instance.
fn is_being_made(record: &Record, now: Timestamp) -> bool {
    record.value == MAKING && record.changed_at + IN_THE_MAKING > now
}

/// The key of the record. An id may be as long as a key of a record.
fn slot_key(owner: &str, number: u8) -> String {
    format!("{}.{number}", URL_SAFE_NO_PAD.encode(Sha256::digest(owner)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{MAX_KEYS, order};
    use crate::model::api_key_id::ApiKeyId;

    #[test]
    fn every_slot_is_tried_once_whatever_the_key_is() {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                let mut bytes = [0; 32];
                bytes[..2].copy_from_slice(&[first, second]);
                let slots: BTreeSet<u8> = order(&ApiKeyId::from_bytes(bytes)).collect();
                assert_eq!(slots, (0..MAX_KEYS).collect(), "{first} {second}");
            }
        }
    }
}
