//! Which store a token belongs to. A secret may serve several databases (one for each tenant, say), and ids of users
//! repeat among them.
//!
//! Tokens name their store (`auth_store`). The signing key depends on the secret and the user type only, so two
//! databases with one secret would accept each other's tokens, and ids repeat. The id is a record, inserted if absent;
//! it is compared each time, also for remembered tokens. It is not part of the key, because the derivation is
//! documented for other services, and instances of the release before must go on reading our tokens during a
//! deployment.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::clock::Timestamp;
use crate::model::claims::{Registered, StoreId};

/// How long after the store got its id tokens without one are still issued: instances of the release before may go on
/// for as long during a deployment.
const UNNAMED_FOR: Duration = Duration::from_hours(24);

/// The id of our store, as recorded in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct OwnStore {
    id: StoreId,
    /// When it got its first id, in milliseconds. A new id for a copy does not change it.
    since: u64,
}

impl OwnStore {
    pub(crate) const fn new(id: StoreId, since: Timestamp) -> Self {
        Self { id, since: since.as_millis() }
    }

    /// Returns the same store with another id.
    pub(crate) const fn renamed(self, id: StoreId) -> Self {
        Self { id, ..self }
    }

    pub(crate) const fn id(&self) -> StoreId {
        self.id
    }

    /// Whether a token is one of this store: it names it, or it was issued before tokens named their store.
    pub(crate) fn accepts(&self, claims: &Registered<'_>) -> bool {
        match claims.store {
            Some(id) => id == self.id,
            None => claims.iat < (Timestamp::from_millis(self.since) + UNNAMED_FOR).as_secs(),
        }
    }
}
