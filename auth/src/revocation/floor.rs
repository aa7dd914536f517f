//! The floor: the generation below which everything has ended, whoever the user is.

use super::RevocationFeed;
use super::epochs::too_many;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::model::user::AuthUser;
use crate::store::{Record, StoreError, TRIES};

/// The key of the record, among those of ended sessions, whose keys are longer.
pub(super) const EVERYTHING: &str = "everything";

/// How much the floor rises at least: more than one user's epoch is bumped between two calls.
const LEAST: u64 = 1 << 10;

impl<U: AuthUser> RevocationFeed<U> {
    /// Ends everything that was issued so far, here and for everybody.
    pub(crate) async fn raise_floor(&self) -> Result<(), AuthError> {
        for _ in 0..TRIES {
            let stored = self.records.get(&self.kinds.revoked, EVERYTHING).await?;
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
                version: stored.as_ref().map_or(1, |record| record.version),
                expires_at: Timestamp::from_millis(i64::MAX.unsigned_abs()),
                changed_at: now,
            };
            let (written, version) = match stored {
                Some(_) => (self.records.replace(&record).await?, record.version.saturating_add(1)),
                None => (self.records.insert(&record).await?, record.version),
            };
            if written {
                self.memory.raise_floor(floor);
                return self.ensure_visible(Record { version, ..record }).await;
            }
        }
        Err(too_many())
    }

    /// Reads the floor from the store.
    pub(super) async fn read_floor(&self) -> Result<(), StoreError> {
        match self.records.get(&self.kinds.revoked, EVERYTHING).await? {
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
        self.read_floor().await?;
        Ok(generation >= self.memory.floor())
    }
}

fn floor_of(record: &Record) -> Result<u64, StoreError> {
    record.value.parse().map_err(StoreError::corrupt)
}
