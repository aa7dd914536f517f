//! Rows of users kept in memory, as far as nothing that is known of has changed them.

use std::sync::Arc;

use super::RevocationFeed;
use crate::base::error::AuthError;
use crate::model::claims::Claims as _;
use crate::model::user::AuthUser;
use crate::store::{InvalidateOnDrop, UserCache};

impl<U: AuthUser> RevocationFeed<U> {
    /// Returns the row cache, if there is one, unless the feed is silent: changes by others could then be missed.
    fn trusted_cache(&self) -> Option<&UserCache<U>> {
        self.user_cache.as_deref().filter(|_| !self.is_stale())
    }

    /// Returns the row of the user whom the claims name from the cache, if there is one.
    pub(crate) fn cached_user(&self, claims: &U::Claims) -> Option<Arc<U>> {
        self.cached_row(U::subject(claims), claims.registered().generation)
    }

    /// Returns the row of a user for what was issued in this generation.
    pub(super) fn cached_row(&self, id: &U::Id, generation: u64) -> Option<Arc<U>> {
        self.trusted_cache()?.get(id, generation, self.now())
    }

    /// Reads the current row of the user whom the claims name.
    pub(crate) async fn row(&self, claims: &U::Claims) -> Result<Option<Arc<U>>, AuthError> {
        self.read_row(U::subject(claims), claims.registered().generation).await
    }

    /// Reads the current row of a user for what was issued in this generation.
    pub(super) async fn read_row(&self, id: &U::Id, generation: u64) -> Result<Option<Arc<U>>, AuthError> {
        let cache = self.trusted_cache();
        let ticket = cache.and_then(|cache| cache.ticket(id));
        let read_at = self.now();
        let Some(row) = self.users.find(id).await?.map(Arc::new) else { return Ok(None) };
        // Inactive accounts are not cached, so that they can be used at once after being enabled.
        if let (Some(cache), Some(ticket), true) = (cache, ticket, row.is_active()) {
            cache.insert(ticket, &row, generation, read_at);
        }
        Ok(Some(row))
    }

    /// Invalidates what is kept of a user: the row, and what was read of their API keys.
    pub(crate) fn invalidate_row(&self, id: &U::Id) {
        self.changes.count(id);
        if let Some(cache) = &self.user_cache {
            cache.invalidate(id);
        }
    }

    /// Invalidates the row of a user now, and again when the returned guard is dropped.
    pub(crate) fn invalidate_row_on_drop<'a>(&'a self, id: &'a U::Id) -> Option<InvalidateOnDrop<'a, U>> {
        self.user_cache.as_deref().map(|cache| cache.invalidate_on_drop(id))
    }
}
