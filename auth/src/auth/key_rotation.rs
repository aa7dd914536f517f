//! The key pairs that tokens are signed with, as operators see them.

use super::Auth;
use crate::base::error::AuthError;
use crate::model::user::AuthUser;
use crate::signing_keys::{SigningKeyInfo, SigningKeys};

impl<U: AuthUser> Auth<U> {
    /// Lists the key pairs that [`well_known`](Self::well_known) publishes; none if only the secret signs.
    #[must_use]
    pub fn signing_keys(&self) -> Vec<SigningKeyInfo> {
        SigningKeyInfo::of(self.tokens().keys().plan(), self.now())
    }

    /// Returns the public keys that access tokens are verified with, as a JSON Web Key Set (RFC 7517 §5): what
    /// `GET /.well-known/jwks.json` answers. Without a key pair, the set is empty.
    #[must_use]
    pub fn jwk_set(&self) -> String {
        String::from_utf8_lossy(&self.tokens().keys().published.body()).into_owned()
    }

    /// Makes the next of the [managed keys](crate::keys::ManagedKeys) now, instead of when it is due. It is published at
    /// once, and signs after the lead. If one is waiting already, that one is returned.
    ///
    /// # Errors
    /// [`AuthError::Internal`] if the keys are not managed; [`AuthError::Unavailable`] if the store failed.
    pub async fn rotate_signing_key(&self) -> Result<SigningKeyInfo, AuthError> {
        let id = self.managed_keys()?.rotate().await?;
        let made = self.signing_keys().into_iter().find(|key| key.id == id);
        made.ok_or_else(|| AuthError::internal("the new signing key was retired at once"))
    }

    /// Deletes one of the [managed keys](crate::keys::ManagedKeys), because it has leaked: its tokens are refused here
    /// at once, and at other instances within five seconds. If it is the one that signs, a fresh key takes over at once,
    /// without a lead; other services meet a key that they do not know, and have to read the keys again. Says whether
    /// there was such a key. Sessions continue with their next refresh.
    ///
    /// # Errors
    /// [`AuthError::Internal`] if the keys are not managed; [`AuthError::Unavailable`] if the store failed.
    pub async fn retire_signing_key(&self, id: &str) -> Result<bool, AuthError> {
        self.managed_keys()?.retire(id).await
    }

    /// Reads the [managed keys](crate::keys::ManagedKeys) again and makes the next one if it is due. Every instance does
    /// so every five seconds by itself; call it where nothing runs in the background.
    ///
    /// # Errors
    /// [`AuthError::Internal`] if the keys are not managed; [`AuthError::Unavailable`] if the store failed, and then the
    /// keys stay as they are.
    pub async fn refresh_signing_keys(&self) -> Result<(), AuthError> {
        self.managed_keys()?.refresh().await
    }

    fn managed_keys(&self) -> Result<&SigningKeys<U::Claims>, AuthError> {
        let keys = self.inner.signing_keys.as_deref();
        keys.ok_or_else(|| {
            AuthError::internal("no managed keys: call `.managed_keys(ManagedKeys::es256())` on the builder")
        })
    }
}
