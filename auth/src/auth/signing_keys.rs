//! The key pairs that tokens are signed with: what an application lists, and what operators do.

use super::{Auth, AuthBuilder};
use crate::base::error::AuthError;
use crate::http_settings::ProtectedResource;
use crate::keys::{ManagedKeys, SigningKey, TokenType};
use crate::model::user::AuthUser;
use crate::signing_keys::{SigningKeyInfo, SigningKeys};

impl<U: AuthUser> AuthBuilder<U> {
    /// Signs access tokens with a key pair instead of the secret, so that other services can verify them with its public
    /// half: see [`keys`](crate::keys). Call [`issuer`](Self::issuer) with the `https` URL of the service, and
    /// [`audience`](Self::audience) with what the other services expect.
    ///
    /// Tokens that the secret signed are accepted for a day after the first start with a key pair, so nobody is signed
    /// out; and sessions have nothing to do with it. If the issuer had another name before, list that as a
    /// [`former_issuer`](Self::former_issuer).
    pub fn signing_key(mut self, key: SigningKey) -> Self {
        self.signing_keys.signing = Some(key);
        self
    }

    /// Signs access tokens with key pairs that are made, published and replaced without anybody's help: see
    /// [`ManagedKeys`]. Issuer and audience as for a [`signing_key`](Self::signing_key), which goes on signing until the
    /// first managed key does, if there is one.
    pub fn managed_keys(mut self, keys: ManagedKeys) -> Self {
        self.signing_keys.managed = Some(keys);
        self
    }

    /// Names this service as a resource, for clients that do not know who issues tokens for it: see
    /// [`ProtectedResource`]. The issuer is this service, so it needs a key pair.
    pub fn resource(mut self, resource: ProtectedResource) -> Self {
        self.resource = Some(resource);
        self
    }

    /// Adds a key that will sign later: it is published, and its tokens are accepted, so that it can take over when every
    /// other service has read it. A day is enough for all known verifiers.
    pub fn next_key(mut self, key: SigningKey) -> Self {
        self.signing_keys.next.push(key);
        self
    }

    /// Adds a key that signed before: it stays published, and its tokens are accepted. Take it out when they have
    /// expired, which is [`access_ttl`](Self::access_ttl) after the last one was issued; of a key that has leaked, at
    /// once.
    pub fn former_key(mut self, key: SigningKey) -> Self {
        self.signing_keys.former.push(key);
        self
    }

    /// Adds a name that the issuer had before, in tokens that the secret signed. (A key pair has the names of its tokens
    /// [itself](SigningKey::issuer).) The name of the user type, which is the default, needs no mention.
    pub fn former_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.signing_keys.former_issuers.push(issuer.into());
        self
    }

    /// Sets the type in the header of tokens: [`TokenType::AtJwt`] by default. Some verifiers accept only
    /// [`TokenType::Jwt`], and cannot be configured. Tokens of the default type stay good.
    pub fn token_type(mut self, token_type: TokenType) -> Self {
        self.signing_keys.token_type = token_type;
        self
    }

    /// Sets the client that tokens are issued to, the claim `client_id` (RFC 9068 §2.2): `first-party` by default. Only
    /// tokens of a key pair have it.
    pub fn client_id(mut self, client_id: impl Into<String>) -> Self {
        self.signing_keys.client_id = Some(client_id.into());
        self
    }
}

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
        String::from_utf8_lossy(&self.tokens().keys().published.key_set().body()).into_owned()
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
