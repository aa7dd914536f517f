//! The epochs of users, in the store and in memory.

use super::RevocationFeed;
use crate::base::clock::Timestamp;
use crate::base::error::AuthError;
use crate::model::user::AuthUser;
use crate::revocation::epoch::{Bump, RevocationEpoch};
use crate::store::{Record, StoreError, TRIES, write};

impl<U: AuthUser> RevocationFeed<U> {
    /// Returns the generation for tokens issued now, as far as memory knows.
    #[cfg_attr(
        not(feature = "testing"),
        allow(dead_code, reason = "only the test kit issues tokens without a session")
    )]
    pub(crate) fn generation(&self, id: &U::Id) -> u64 {
        self.memory.generation(id)
    }

    /// Returns the user's epoch as stored.
    pub(crate) async fn stored_epoch(&self, id: &U::Id) -> Result<RevocationEpoch, AuthError> {
        Ok(self.epoch_of(self.epoch_record(id).await?.as_ref())?)
    }

    pub(crate) async fn epoch_record(&self, id: &U::Id) -> Result<Option<Record>, AuthError> {
        Ok(self.records.get(&self.kinds.epoch, &id.to_string()).await?)
    }

    /// Returns the epoch of a record; without a record, an epoch that has never been bumped.
    pub(crate) fn epoch_of(&self, record: Option<&Record>) -> Result<RevocationEpoch, StoreError> {
        let epoch = record.map(RevocationEpoch::from_record).transpose()?.unwrap_or_default();
        Ok(epoch.above(self.memory.floor()))
    }

    /// Returns when something of the user was last ended, or later; `None` if nothing ever was. With `any_change`, the same
    /// of every change that this library knows of. Asks the store for the floor, which ends everybody's.
    ///
    /// An epoch has no time. Its record has that of its last change, which is no earlier: a token that was issued in
    /// between is refused, too, and only an application that goes on issuing former tokens has any.
    pub(crate) async fn last_end(
        &self,
        record: Option<&Record>,
        any_change: bool,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.read_floor().await?;
        let floor = Some(self.memory.floor()).filter(|floor| *floor > 0).map(Timestamp::from_millis);
        let Some(record) = record else { return Ok(floor) };
        let epoch = RevocationEpoch::from_record(record)?;
        let own = (any_change || epoch.has_ended_sessions()).then_some(record.changed_at);
        Ok(own.max(floor))
    }

    /// Bumps the user's epoch and returns it. From then on, what the epoch refuses is refused everywhere in this
    /// process.
    pub(crate) async fn bump(&self, id: &U::Id, bump: Bump) -> Result<RevocationEpoch, AuthError> {
        for _ in 0..TRIES {
            let stored = self.epoch_record(id).await?;
            if let Some(epoch) = self.bump_from(id, stored, bump).await? {
                return Ok(epoch);
            }
        }
        Err(too_many())
    }

    /// Bumps the epoch of this record; returns `None` if the record has changed.
    pub(crate) async fn bump_from(
        &self,
        id: &U::Id,
        stored: Option<Record>,
        bump: Bump,
    ) -> Result<Option<RevocationEpoch>, AuthError> {
        let epoch = self.epoch_of(stored.as_ref())?.bumped(bump);
        let record = self.record_of(id.to_string(), epoch, stored.as_ref())?;
        let read = stored.map(|record| record.version);
        let Some(record) = write(&*self.records, record, read).await? else { return Ok(None) };
        self.apply_epoch(id, epoch);
        self.ensure_visible(record).await?;
        Ok(self.is_above_the_floor(epoch.generation).await?.then_some(epoch))
    }

    /// Returns the record of an epoch, with the version of the stored one.
    pub(crate) fn record_of(
        &self,
        owner: String,
        epoch: RevocationEpoch,
        stored: Option<&Record>,
    ) -> Result<Record, StoreError> {
        Ok(Record {
            kind: self.kinds.epoch.clone(),
            key: owner.clone(),
            owner,
            value: epoch.to_text()?,
            version: stored.map_or(1, |record| record.version),
            // Epochs never expire: a counter that starts over would make old sessions valid again, and databases reuse
            // ids.
            expires_at: Timestamp::from_millis(i64::MAX.unsigned_abs()),
            changed_at: self.now(),
        })
    }

    /// Takes an epoch of the store into memory, as stored now.
    pub(crate) fn apply_epoch(&self, id: &U::Id, epoch: RevocationEpoch) {
        self.apply_epoch_until(id, epoch, self.last_token_expiry(self.now()));
    }

    /// Takes an epoch of the store into memory until no token needs it any more.
    pub(super) fn apply_epoch_until(&self, id: &U::Id, epoch: RevocationEpoch, until: Timestamp) {
        // Before the epoch, so that callers admitted by the new epoch do not get the old row.
        self.invalidate_row(id);
        self.memory.set_epoch(id, epoch, until, self.now());
    }
}

pub(crate) fn too_many() -> AuthError {
    AuthError::unavailable("the user's epoch was changed by too many at once")
}
