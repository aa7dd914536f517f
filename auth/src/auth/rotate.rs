//! Rotates the secret.

use super::Auth;
use super::data_key::DataKeyRecord;
use crate::error::AuthError;
use crate::keys::KeySet;
use crate::secret::Secret;
use crate::user::AuthUser;

impl<U: AuthUser> Auth<U> {
    /// Signs with `secret` from now on: tokens, and messages to other instances. Tokens signed with one of `former` are
    /// accepted until they expire; all others are refused at once. Messages are accepted under `secret` only. Requests
    /// in progress are not disturbed, and sessions continue, because they need no key.
    ///
    /// Locks, counters and known addresses survive: they hang on the data key, a random key in the store. Here it is
    /// sealed for `secret` and `former`, so that a start with one of these secrets can open it. Rotate every instance,
    /// and give the new secret to the next start.
    ///
    /// If a secret has leaked, leave it out of `former`. An application that is not running lists it as
    /// [`former_secret`](super::AuthBuilder::former_secret), and calls this right after `build()`.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed; [`AuthError::Internal`] if the data key in it is no longer the
    /// one in use here. Then nothing has changed.
    pub async fn rotate_secret(&self, secret: &Secret, former: &[Secret]) -> Result<(), AuthError> {
        let inner = &*self.inner;
        let keys = KeySet::new(secret, former, &U::SCHEMA.realm()).map_err(AuthError::internal)?;
        let _turn = inner.rotating.lock().await;
        let old = inner.context.tokens.keys();
        let (records, random) = (&*inner.context.records, &*inner.context.random);
        let record = DataKeyRecord { records, kinds: &inner.context.kinds, random, now: self.now() };
        record.seal_again(&inner.data_key, &old, &keys).await?;
        inner.context.tokens.rotate(keys);
        Ok(())
    }
}
