//! The floor: the generation below which everything has ended, whoever the user is.

use super::RevocationFeed;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::model::user::AuthUser;
use crate::store::{Record, StoreError, Update, update};

/// The key of the record, among those of ended sessions, whose keys are longer.
pub(super) const EVERYTHING: &str = "everything";

/// How much the floor rises at least: more than one user's epoch is bumped between two calls.
const LEAST: u64 = 1 << 10;

impl<U: AuthUser> RevocationFeed<U> {
    /// Ends everything that was issued so far, here and for everybody.
    pub(crate) async fn raise_floor(&self) -> Result<(), AuthError> {
        let raised = |stored: Option<Record>| -> Result<_, AuthError> {
            let now = self.now();
            // Generations count from zero, so the time in milliseconds is above all of them, also above those of an epoch
            // that a backup does not have.
            let before = stored.as_ref().map(floor_of).transpose()?.unwrap_or_default().max(self.memory.floor());
            let floor = now.as_millis().max(before.saturating_add(LEAST));
            let record = Record {
                kind: self.kinds.revoked.clone(),
                key: EVERYTHING.to_owned(),
                owner: String::new(),
                value: floor.to_string(),
                version: 1,
                expires_at: Timestamp::from_millis(i64::MAX.unsigned_abs()),
                changed_at: now,
            };
            Ok(Update::Write(record, floor))
        };
        let place = self.place_of_floor();
        let (floor, stored) = update(&*self.records, place, None, "the floor", raised).await?;
        self.memory.raise_floor(floor);
        match stored {
            Some(record) => self.ensure_visible(record).await,
            None => Ok(()),
        }
    }

    /// Reads the floor from the store.
    pub(super) async fn read_floor(&self) -> Result<(), StoreError> {
        let (kind, key) = self.place_of_floor();
        match self.records.get(kind, key).await? {
            Some(record) => self.apply_floor(&record),
            None => Ok(()),
        }
    }

    /// Takes it into memory.
    pub(super) fn apply_floor(&self, record: &Record) -> Result<(), StoreError> {
        self.memory.raise_floor(floor_of(record)?);
        Ok(())
    }

    /// Returns whether an epoch just stored counts. If another process has ended everything meanwhile, it has to be bumped
    /// above that: whoever signed in since would not notice it otherwise.
    pub(crate) async fn is_above_the_floor(&self, generation: u64) -> Result<bool, AuthError> {
        let (kind, key) = self.place_of_floor();
        let floor = self.records.get(kind, key).await?;
        Ok(self.is_above(floor.as_ref(), generation)?)
    }

    /// Does the same with the record of the floor, which the caller has just read.
    pub(crate) fn is_above(&self, floor: Option<&Record>, generation: u64) -> Result<bool, StoreError> {
        floor.map_or(Ok(()), |record| self.apply_floor(record))?;
        Ok(generation >= self.memory.floor())
    }

    /// Returns the kind and the key of that record.
    pub(crate) fn place_of_floor(&self) -> (&str, &str) {
        (&self.kinds.revoked, EVERYTHING)
    }
}

fn floor_of(record: &Record) -> Result<u64, StoreError> {
    record.value.parse().map_err(StoreError::corrupt)
}
