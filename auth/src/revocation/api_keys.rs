//! What is known of API keys without a query: which have ended, and whether anything has changed for their owners.

use std::sync::Arc;

use super::RevocationFeed;
use super::changes::UserChanges;
use crate::base::error::AuthError;
use crate::model::claims::SessionId;
use crate::model::user::AuthUser;
use crate::store::Budget;

impl<U: AuthUser> RevocationFeed<U> {
    /// Returns whether what was issued under this id in this generation has ended, as far as this process knows. The id of a
    /// key is among those of ended sessions once it is revoked.
    pub(crate) fn key_has_ended(&self, id: &SessionId, generation: u64) -> bool {
        self.memory.ended(id) || generation < self.memory.floor()
    }

    /// Whether memory knows what other processes have ended and changed.
    pub(crate) fn is_current(&self) -> bool {
        let current = !self.is_stale();
        if !current {
            self.warn_stale(None);
        }
        current
    }

    /// Asks the store what memory may have missed about a key that was just read there.
    pub(crate) async fn read_about_key(&self, id: &SessionId) -> Result<(), AuthError> {
        self.read_floor().await?;
        if self.is_stored_as_ended(id).await? {
            self.refuse_session(*id);
        }
        Ok(())
    }

    /// Returns the counters of what changes for users.
    pub(crate) const fn changes(&self) -> &UserChanges<U::Id> {
        &self.changes
    }

    /// Returns the row of the owner of a key: from the cache, if that is on and there and not asked to be `live`, or read
    /// within `budget`.
    pub(crate) async fn owner_of_key(
        &self,
        id: &U::Id,
        live: bool,
        budget: &Budget,
    ) -> Result<Option<Arc<U>>, AuthError> {
        let generation = self.memory.generation(id);
        let cached = if live { None } else { self.cached_row(id, generation) };
        if cached.is_some() { Ok(cached) } else { budget.spend(self.read_row(id, generation)).await }
    }
}
