//! The API keys of an account: made, rotated and revoked by their owner, or by the application for a program that nobody
//! signs in for.
//!
//! Nobody has seen a key before everything is stored and its owner has been looked at once more: one that was made while
//! the sessions of its owner ended is removed, and one that was left by a process that was killed is known to nobody.

use std::sync::Arc;
use std::time::Duration;

use super::AccountService;
use crate::api_keys::{ApiKey, ApiKeyId, ApiKeyInfo, ApiKeys, KeyOwner, MAX_KEYS, NewApiKey, Rotated, end_all};
use crate::base::error::AuthError;
use crate::mail::LetterKind;
use crate::model::claims::Claims as _;
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::user::AuthUser;
use crate::rate_limits::BegunAttempt;
use crate::session::CompletionGuard;
use crate::store::uninterrupted;

/// Somebody who makes or ends keys, and whose they are.
pub(super) struct Maker<U> {
    pub(super) user: U,
    pub(super) owner: KeyOwner,
}

impl<U: AuthUser> AccountService<U> {
    pub(crate) fn api_keys(&self) -> Result<&Arc<ApiKeys<U>>, AuthError> {
        self.api_keys.as_ref().ok_or_else(|| AuthError::internal("API keys are off: `AuthBuilder::api_keys`"))
    }

    /// Returns the keys of a signed-in user; see [`Auth::api_keys`](crate::Auth::api_keys).
    pub(crate) async fn api_keys_of(&self, claims: &U::Claims) -> Result<Vec<ApiKeyInfo>, AuthError> {
        let user = self.signed_in_user(claims).await?;
        Ok(self.api_keys()?.of(&user.id().to_string(), user.created()).await?)
    }

    /// Makes one; see [`Auth::create_api_key`](crate::Auth::create_api_key).
    pub(crate) async fn create_api_key(
        self: &Arc<Self>,
        _begun: BegunAttempt,
        claims: &U::Claims,
        new: NewApiKey,
        client: &ClientInfo,
    ) -> Result<ApiKey, AuthError> {
        let (this, claims, client) = (Arc::clone(self), claims.clone(), client.clone());
        let made = async move {
            let maker = this.maker_by_session(&claims, &client).await?;
            this.make_and_tell(&maker, &new, &client).await
        };
        uninterrupted(made).await?
    }

    /// Replaces one; see [`Auth::rotate_api_key`](crate::Auth::rotate_api_key).
    pub(crate) async fn rotate_api_key(
        self: &Arc<Self>,
        _begun: BegunAttempt,
        claims: &U::Claims,
        id: ApiKeyId,
        overlap: Option<Duration>,
        client: &ClientInfo,
    ) -> Result<ApiKey, AuthError> {
        let (this, claims, client) = (Arc::clone(self), claims.clone(), client.clone());
        let made = async move {
            let maker = this.maker_by_session(&claims, &client).await?;
            this.rotate_and_tell(&maker, id, overlap, &client).await
        };
        uninterrupted(made).await?
    }

    /// Ends one; see [`Auth::revoke_api_key`](crate::Auth::revoke_api_key).
    pub(crate) async fn revoke_api_key(
        self: &Arc<Self>,
        claims: &U::Claims,
        id: ApiKeyId,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let (this, claims, client) = (Arc::clone(self), claims.clone(), client.clone());
        let revoked = async move {
            let user = this.signed_in_user(&claims).await?;
            this.revoke_and_tell(&user.id().to_string(), id, &client).await
        };
        uninterrupted(revoked).await?
    }

    async fn maker_by_session(&self, claims: &U::Claims, client: &ClientInfo) -> Result<Maker<U>, AuthError> {
        self.api_keys()?;
        let user = self.signed_in_user(claims).await?;
        // By the store: a guard may have looked some time ago.
        let session = self.sessions.living(user.id(), *claims.registered().sid).await?;
        let owner = KeyOwner {
            id: user.id().to_string(),
            row: user.created(),
            generation: session.generation,
            session: Some(session.id),
            actor: client.actor.clone(),
        };
        Ok(Maker { user, owner })
    }

    /// Returns an error if what the maker was when they began has ended meanwhile.
    async fn is_still_there(&self, maker: &Maker<U>) -> Result<(), AuthError> {
        let id = maker.user.id();
        if let Some(session) = maker.owner.session {
            return self.sessions.living(id, session).await.map(drop);
        }
        let epoch = self.feed.stored_epoch(id).await?;
        if epoch.accepts_generation(maker.owner.generation) {
            Ok(())
        } else {
            Err(AuthError::unavailable("the account was changed while an API key was made for it"))
        }
    }

    pub(super) async fn make_and_tell(
        &self,
        maker: &Maker<U>,
        new: &NewApiKey,
        client: &ClientInfo,
    ) -> Result<ApiKey, AuthError> {
        let keys = self.api_keys()?;
        let made = keys.create(&maker.owner, new, &maker.user).await?.ok_or_else(|| {
            let message = format!("there are {MAX_KEYS} API keys already: revoke one first");
            AuthError::Denied { code: "too_many_keys", message }
        })?;
        if let Err(error) = self.is_still_there(maker).await {
            // Nobody gets to see it.
            self.end_key(&maker.owner.id, made.info.id).await?;
            return Err(error);
        }
        let event = EventKind::KeyCreated { user: maker.owner.id.clone(), key_id: made.info.id };
        self.key_made(&maker.user, event, &made.info.name, client).await;
        Ok(made)
    }

    pub(super) async fn rotate_and_tell(
        &self,
        maker: &Maker<U>,
        id: ApiKeyId,
        overlap: Option<Duration>,
        client: &ClientInfo,
    ) -> Result<ApiKey, AuthError> {
        let (keys, owner) = (self.api_keys()?, &maker.owner);
        let oldest = keys.replaced_before(owner, &id).await?;
        let made = match keys.rotate(owner, id, overlap, self.is_still_there(maker)).await? {
            Rotated::Yes(made) => *made,
            Rotated::NoKey => return Err(AuthError::NotFound),
            Rotated::Before => return Err(AuthError::KeyReplaced),
        };
        // One key has one predecessor that still works, or none. The text of the new one is shown this once, so what fails
        // here is completed later.
        let at_once = overlap.is_some_and(|overlap| overlap.is_zero()).then_some(id);
        for ended in oldest.into_iter().chain(at_once) {
            if let Err(error) = self.end_key(&owner.id, ended).await {
                let error: &dyn std::error::Error = &error;
                tracing::warn!(target: "auth::session", error, key_id = %ended, "a former API key ends when the store is back");
            }
        }
        let event = EventKind::KeyRotated { user: owner.id.clone(), key_id: made.info.id, former: id };
        self.key_made(&maker.user, event, &made.info.name, client).await;
        Ok(made)
    }

    pub(super) async fn revoke_and_tell(
        &self,
        owner: &str,
        id: ApiKeyId,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        if !self.api_keys()?.has(owner, &id).await? {
            return Err(AuthError::NotFound);
        }
        self.end_key(owner, id).await?;
        self.reporter.report(client, EventKind::KeyRevoked { user: owner.to_owned(), key_id: id });
        Ok(())
    }

    /// Ends a key for every instance, or has it done later.
    async fn end_key(&self, owner: &str, id: ApiKeyId) -> Result<(), AuthError> {
        let guard = CompletionGuard::session(&self.sessions, *id.sid(), owner);
        self.api_keys()?.remove(owner, &id).await?;
        guard.disarm();
        Ok(())
    }

    async fn key_made(&self, user: &U, event: EventKind, name: &str, client: &ClientInfo) {
        self.reporter.report(client, event);
        if let Some(outbox) = &self.outbox {
            outbox.notify(&self.limits, user, LetterKind::KeyCreated, Some(name.to_owned()), client).await;
        }
    }

    /// Ends the keys of an account that changes hands, or whose owner has lost it. A bump of its epoch follows.
    pub(super) async fn end_keys_of(&self, owner: &str) -> Result<bool, AuthError> {
        Ok(end_all((&*self.records, &self.kinds), owner).await?)
    }
}
