//! What all parts of a handle work with.

use std::sync::Arc;
use std::time::Duration;

use super::Kinds;
use crate::event::Reporter;
use crate::random::Random;
use crate::store::{DynRecords, DynUsers};
use crate::token::access::AccessTokens;
use crate::user::AuthUser;

/// Stores, tokens and surroundings. None of them belongs to one part.
pub(super) struct Context<U: AuthUser> {
    pub(super) users: Arc<dyn DynUsers<U>>,
    pub(super) records: Arc<dyn DynRecords>,
    pub(super) kinds: Arc<Kinds>,
    pub(super) tokens: Arc<AccessTokens<U::Claims>>,
    pub(super) reporter: Reporter,
    pub(super) random: Arc<dyn Random>,
    /// How long a request may wait for stores.
    pub(super) store_timeout: Duration,
}

impl<U: AuthUser> Clone for Context<U> {
    fn clone(&self) -> Self {
        Self {
            users: Arc::clone(&self.users),
            records: Arc::clone(&self.records),
            kinds: Arc::clone(&self.kinds),
            tokens: Arc::clone(&self.tokens),
            reporter: self.reporter.clone(),
            random: Arc::clone(&self.random),
            store_timeout: self.store_timeout,
        }
    }
}
