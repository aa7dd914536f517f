//! The marks of users, in the store and in memory.

use super::RevocationFeed;
use super::write::TRIES;
use crate::clock::Timestamp;
use crate::error::AuthError;
use crate::revocation::mark::{Mark, Raise};
use crate::store::{Record, StoreError};
use crate::user::AuthUser;

impl<U: AuthUser> RevocationFeed<U> {
    /// Returns the generation for tokens issued now, as far as memory knows.
    #[cfg_attr(
        not(feature = "testing"),
        allow(dead_code, reason = "only the test kit issues tokens without a session")
    )]
    pub(crate) fn generation(&self, id: &U::Id) -> u64 {
        self.memory.generation(id)
    }

    /// Returns the user's mark as stored.
    pub(crate) async fn stored_mark(&self, id: &U::Id) -> Result<Mark, AuthError> {
        Ok(self.mark_of(self.mark_record(id).await?.as_ref())?)
    }

    pub(crate) async fn mark_record(&self, id: &U::Id) -> Result<Option<Record>, AuthError> {
        Ok(self.records.get(&self.kinds.mark, &id.to_string()).await?)
    }

    /// Returns the mark of a record; without a record, a mark that has never been raised.
    pub(crate) fn mark_of(&self, record: Option<&Record>) -> Result<Mark, StoreError> {
        let mark = record.map(Mark::from_record).transpose()?.unwrap_or_default();
        Ok(mark.above(self.memory.floor()))
    }

    /// Raises the user's mark and returns it. From then on, what the mark refuses is refused everywhere in this
    /// process.
    pub(crate) async fn raise(&self, id: &U::Id, raise: Raise) -> Result<Mark, AuthError> {
        for _ in 0..TRIES {
            let stored = self.mark_record(id).await?;
            if let Some(mark) = self.raise_from(id, stored, raise).await? {
                return Ok(mark);
            }
        }
        Err(too_many())
    }

    /// Raises the mark of this record; returns `None` if the record has changed.
    pub(crate) async fn raise_from(
        &self,
        id: &U::Id,
        stored: Option<Record>,
        raise: Raise,
    ) -> Result<Option<Mark>, AuthError> {
        let mark = self.mark_of(stored.as_ref())?.raised(raise);
        let record = self.record_of(id.to_string(), mark, stored.as_ref())?;
        let (written, version) = match stored {
            Some(_) => (self.records.replace(&record).await?, record.version.saturating_add(1)),
            None => (self.records.insert(&record).await?, record.version),
        };
        if !written {
            return Ok(None);
        }
        self.know(id, mark);
        self.written(Record { version, ..record }).await?;
        Ok(self.is_above_the_floor(mark.generation).await?.then_some(mark))
    }

    /// Returns the record of a mark, with the version of the stored one.
    pub(crate) fn record_of(&self, owner: String, mark: Mark, stored: Option<&Record>) -> Result<Record, StoreError> {
        Ok(Record {
            kind: self.kinds.mark.clone(),
            key: owner.clone(),
            owner,
            value: mark.to_text()?,
            version: stored.map_or(1, |record| record.version),
            // Marks never expire: a counter that starts over would make old sessions valid again, and databases reuse
            // ids.
            expires_at: Timestamp::from_millis(i64::MAX.unsigned_abs()),
            changed_at: self.now(),
        })
    }

    /// Takes a mark of the store into memory, as stored now.
    pub(crate) fn know(&self, id: &U::Id, mark: Mark) {
        self.know_until(id, mark, self.tokens_end(self.now()));
    }

    /// Takes a mark of the store into memory until no token needs it any more.
    pub(super) fn know_until(&self, id: &U::Id, mark: Mark, until: Timestamp) {
        // Before the mark, so that callers admitted by the new mark do not get the old row.
        self.forget_row(id);
        self.memory.mark_user(id, mark, until, self.now());
    }
}

pub(crate) fn too_many() -> AuthError {
    AuthError::unavailable("the user's mark was changed by too many at once")
}
