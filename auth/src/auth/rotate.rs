//! Rotates the secret, and renews the id of the store.

use std::sync::Arc;

use super::Auth;
use crate::base::error::AuthError;
use crate::base::secret::Secret;
use crate::context::data_key::DataKeyRecord;
use crate::context::store_id;
use crate::keys::KeySet;
use crate::model::user::AuthUser;

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
        let plan = Arc::clone(inner.context.tokens.keys().plan());
        let keys = KeySet::new(secret, former, &U::SCHEMA.realm(), plan).map_err(AuthError::internal)?;
        let _turn = inner.rotating.lock().await;
        let old = inner.context.tokens.keys();
        let (records, random) = (&*inner.context.records, &*inner.context.random);
        let record = DataKeyRecord { records, kinds: &inner.context.kinds, random, now: self.now() };
        record.seal_again(&inner.data_key, &old, &keys).await?;
        inner.context.tokens.rotate(keys);
        Ok(())
    }

    /// Gives the store a new id. Call it once on a *copy* of a database (a staging system, a tenant made from a
    /// template), before anybody uses the copy: with the same secret, the original and its copy accept each other's
    /// access tokens, because both have the same id.
    ///
    /// From then on, this handle refuses access tokens issued before, for every user type of the store; sessions
    /// continue, and a refresh brings a good token. Other handles and instances on the store learn the new id when they
    /// start: restart them. The sessions themselves were copied, too; a secret of its own for each environment, and
    /// ending all sessions in the copy, is what keeps environments apart.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed; then it may have a new id, which the next start finds.
    pub async fn renew_store_id(&self) -> Result<(), AuthError> {
        let inner = &*self.inner;
        let _turn = inner.rotating.lock().await;
        let (records, random) = (&*inner.context.records, &*inner.context.random);
        let renamed = store_id::renew(records, random, self.now()).await?;
        inner.context.tokens.move_to(renamed);
        Ok(())
    }
}
