//! Tokens that are signed: judged here, with the keys that their issuer publishes.

use std::sync::Arc;

use super::key_cache::{KeyCache, Renewed};
use super::peek;
use super::refused::{Refused, Unverified};
use super::verifier::Verifier;
use crate::base::error::AuthError;
use crate::model::foreign::{ReadClaims, Verified};

/// The signed tokens of one issuer.
pub(super) struct SignedTokens<P> {
    pub(super) verifier: Verifier,
    pub(super) keys: Arc<KeyCache<P>>,
}

impl<P: ReadClaims> SignedTokens<P> {
    pub(super) async fn verify(&self, token: &str) -> Result<Arc<Verified<P>>, Unverified> {
        let keys = if let Some(keys) = self.keys.at_hand(self.keys.now()) {
            keys
        } else {
            let keys = self.keys.wait_for_keys().await;
            keys.map_err(|error| Unverified::Unavailable(AuthError::unavailable(error)))?
        };
        let refused = match self.verifier.verify(token, &keys, self.keys.now()) {
            Ok(verified) => return Ok(verified),
            Err(refused) => refused,
        };
        // A token that another issuer signed says so; it is no reason to ask this one for keys.
        let is_named = || {
            let named = peek::issuer(token, self.verifier.max_bytes);
            named.is_some_and(|named| self.verifier.rules.names(&named))
        };
        if !(refused.may_be_a_matter_of_new_keys() && is_named()) {
            return Err(Unverified::Refused(refused));
        }
        match self.keys.renew(&keys).await {
            Renewed::Keys(keys) => self.verifier.verify(token, &keys, self.keys.now()).map_err(Unverified::Refused),
            Renewed::Unknown(error) if refused == Refused::UnknownKey => {
                Err(Unverified::Unavailable(AuthError::unavailable(error)))
            }
            // A known key did not sign it: that it has become another one under the same name is unlikely.
            Renewed::Unknown(_) | Renewed::Unchanged => Err(Unverified::Refused(refused)),
        }
    }
}
