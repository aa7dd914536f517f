//! How often API keys are presented: in memory alone, because a key cannot be guessed, and a query for each request would
//! cost more than the load that it limits.
//!
//! A key that this process does not know costs a query. It is counted at its network before that, and given back when there
//! is such a key: so a network of honest scripts is not limited, and one that tries keys is, to thirty a minute. A key over
//! its limit is answered 429 and not 401: a script that is told to wait waits, and one that is told that its key is not
//! valid is thrown away.

use super::RateLimits;
use crate::base::error::AuthError;
use crate::limit::{CounterOp, LimitKey, Rate};
use crate::model::claims::SessionId;
use crate::model::client_info::ClientInfo;
use crate::model::event::{LimitedAction, LimitedBy};
use crate::model::user::AuthUser;

const OF_KEY: Rate = Rate::per_minute(600);
const UNKNOWN: Rate = Rate::per_minute(30);

/// A key that is looked for in the store, and counts as unknown until it is found.
#[must_use]
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnknownKey(Option<LimitKey>);

impl<U: AuthUser> RateLimits<U> {
    /// Counts a request with a key that exists.
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`].
    pub(crate) fn limit_key(&self, id: &SessionId, client: &ClientInfo) -> Result<(), AuthError> {
        if !self.settings.on {
            return Ok(());
        }
        let key = self.key(b"api key", &[id.as_bytes()]);
        let decision = self.local.apply_now(&key, CounterOp::take(OF_KEY), self.now());
        self.limited(LimitedAction::UseKey, LimitedBy::Key, None, decision, client).map(drop)
    }

    /// Counts a key that is about to be looked for in the store.
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`].
    pub(crate) fn look_for_key(&self, client: &ClientInfo) -> Result<UnknownKey, AuthError> {
        let of_address = self.settings.on.then(|| self.address(b"unknown api key", client.ip)).flatten();
        if let Some(key) = &of_address {
            let decision = self.local.apply_now(key, CounterOp::take(UNKNOWN), self.now());
            self.limited(LimitedAction::UseKey, LimitedBy::Address, None, decision, client)?;
        }
        Ok(UnknownKey(of_address))
    }

    /// The key was found, or nobody knows: it does not count.
    pub(crate) fn key_is_known(&self, UnknownKey(of_address): UnknownKey) {
        if let Some(key) = of_address {
            self.local.apply_now(&key, CounterOp::refund(UNKNOWN), self.now());
        }
    }
}
