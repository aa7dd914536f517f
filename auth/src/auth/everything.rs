//! Ends everything that was ever issued to users of this type: after a database was restored from a backup, or when the
//! records cannot be trusted any more.

use super::Auth;
use super::marks::too_many;
use super::revoke::TRIES;
use crate::clock::Timestamp;
use crate::error::AuthError;
use crate::event::EventKind;
use crate::store::{Record, StoreError};
use crate::token::session::Client;
use crate::user::AuthUser;

/// The key of the record, among those of ended sessions, whose keys are longer.
pub(super) const EVERYTHING: &str = "everything";

/// How much the floor rises at least: more than one user's mark is raised between two calls.
const LEAST: u64 = 1 << 10;

impl<U: AuthUser> Auth<U> {
    /// Signs everybody out: every session and every token of this user type ends, those included that the store has
    /// forgotten. Other instances follow within a second.
    ///
    /// Call it after a database was restored from a backup: sessions that had ended since then, and marks of changed
    /// passwords, are as they were at the time of the backup, and nothing in the database says so.
    ///
    /// ```
    /// # #[cfg(feature = "macros")] {
    /// # use auth::{Auth, AuthError, AuthUser};
    /// # #[derive(Clone, AuthUser)] #[auth(table = "users")] struct User { #[auth(id)] id: i64, #[auth(login)] email: String }
    /// async fn after_a_restore(auth: &Auth<User>) -> Result<(), AuthError> {
    ///     auth.end_everything().await // everybody signs in again
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed; call it again.
    pub async fn end_everything(&self) -> Result<(), AuthError> {
        let inner = self.inner();
        for _ in 0..TRIES {
            let stored = inner.records.get(&inner.kinds.revoked, EVERYTHING).await?;
            let now = self.now();
            // Generations count from zero, so the time in milliseconds is above all of them, also above those of a mark
            // that a backup does not have.
            let before = stored.as_ref().map(floor_of).transpose()?.unwrap_or_default().max(inner.revocations.floor());
            let floor = now.as_millis().max(before.saturating_add(LEAST));
            let record = Record {
                kind: inner.kinds.revoked.clone(),
                key: EVERYTHING.to_owned(),
                owner: String::new(),
                value: floor.to_string(),
                version: stored.as_ref().map_or(1, |record| record.version),
                expires_at: Timestamp::from_millis(i64::MAX.unsigned_abs()),
                changed_at: now,
            };
            let (written, version) = match stored {
                Some(_) => (inner.records.replace(&record).await?, record.version.saturating_add(1)),
                None => (inner.records.insert(&record).await?, record.version),
            };
            if written {
                inner.revocations.raise_floor(floor);
                self.written(Record { version, ..record }).await?;
                self.tell(&Client::default(), EventKind::EverythingEnded);
                return Ok(());
            }
        }
        Err(too_many())
    }

    /// Reads from the store what has ended for everybody.
    pub(super) async fn read_floor(&self) -> Result<(), StoreError> {
        let inner = self.inner();
        match inner.records.get(&inner.kinds.revoked, EVERYTHING).await? {
            Some(record) => self.learn_floor(&record),
            None => Ok(()),
        }
    }

    /// Takes it into memory.
    pub(super) fn learn_floor(&self, record: &Record) -> Result<(), StoreError> {
        self.inner().revocations.raise_floor(floor_of(record)?);
        Ok(())
    }
}

fn floor_of(record: &Record) -> Result<u64, StoreError> {
    record.value.parse().map_err(StoreError::corrupt)
}
