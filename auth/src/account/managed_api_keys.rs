//! API keys, managed by the application: for programs that nobody signs in for, and for owners who have lost theirs.

use std::sync::Arc;
use std::time::Duration;

use super::api_keys::Maker;
use super::{AccountService, Accounts};
use crate::api_keys::{ApiKey, ApiKeyId, ApiKeyInfo, KeyOwner, NewApiKey};
use crate::base::error::AuthError;
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::user::AuthUser;
use crate::revocation::epoch::Bump;
use crate::session::CompletionGuard;
use crate::store::uninterrupted;

impl<U: AuthUser> AccountService<U> {
    async fn maker_by_application(&self, id: &U::Id, by: &ClientInfo) -> Result<Maker<U>, AuthError> {
        self.api_keys()?;
        let epoch = self.feed.stored_epoch(id).await?;
        let user = self.users.find(id).await?.ok_or(AuthError::NotFound)?;
        if !user.is_active() {
            return Err(AuthError::InactiveUser);
        }
        let owner = KeyOwner {
            id: user.id().to_string(),
            row: user.created(),
            generation: epoch.generation,
            session: None,
            actor: by.actor.clone(),
        };
        Ok(Maker { user, owner })
    }

    async fn end_keys(&self, id: &U::Id, by: &ClientInfo) -> Result<(), AuthError> {
        let owner = id.to_string();
        let guard = CompletionGuard::row(&self.sessions, id, Bump::Row);
        let ended = self.end_keys_of(&owner).await?;
        // Those who remember a key read it again.
        self.feed.bump(id, Bump::Row).await?;
        guard.disarm();
        if ended {
            self.reporter.report(by, EventKind::KeysEnded { user: owner });
        }
        Ok(())
    }
}

impl<U: AuthUser> Accounts<'_, U> {
    /// Returns the API keys of an account, the newest first.
    ///
    /// # Errors
    /// See [`Accounts`]; [`AuthError::Internal`] if [`api_keys`](crate::AuthBuilder::api_keys) are off.
    pub async fn api_keys(&self, id: &U::Id) -> Result<Vec<ApiKeyInfo>, AuthError> {
        let user = self.accounts.users.find(id).await?.ok_or(AuthError::NotFound)?;
        Ok(self.accounts.api_keys()?.of(&id.to_string(), user.created()).await?)
    }

    /// Makes an API key for an account: for a program that nobody signs in for, such as an account of a user type without a
    /// password. It may do no more than the account.
    ///
    /// # Errors
    /// As for [`Auth::create_api_key`](crate::Auth::create_api_key); [`AuthError::InactiveUser`]; see [`Accounts`].
    pub async fn create_api_key(&self, id: &U::Id, new: NewApiKey) -> Result<ApiKey, AuthError> {
        let (accounts, id, by) = (Arc::clone(self.accounts), id.clone(), self.by.clone());
        let made = async move {
            let maker = accounts.maker_by_application(&id, &by).await?;
            accounts.make_and_tell(&maker, &new, &by).await
        };
        uninterrupted(made).await?
    }

    /// Replaces an API key of an account; see [`Auth::rotate_api_key`](crate::Auth::rotate_api_key).
    ///
    /// # Errors
    /// As there; [`AuthError::InactiveUser`]; see [`Accounts`].
    pub async fn rotate_api_key(
        &self,
        id: &U::Id,
        key: ApiKeyId,
        overlap: Option<Duration>,
    ) -> Result<ApiKey, AuthError> {
        let (accounts, id, by) = (Arc::clone(self.accounts), id.clone(), self.by.clone());
        let made = async move {
            let maker = accounts.maker_by_application(&id, &by).await?;
            accounts.rotate_and_tell(&maker, key, overlap, &by).await
        };
        uninterrupted(made).await?
    }

    /// Ends an API key of an account.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] if it has no such key; see [`Accounts`].
    pub async fn revoke_api_key(&self, id: &U::Id, key: ApiKeyId) -> Result<(), AuthError> {
        let (accounts, owner, by) = (Arc::clone(self.accounts), id.to_string(), self.by.clone());
        uninterrupted(async move { accounts.revoke_and_tell(&owner, key, &by).await }).await?
    }

    /// Ends every API key of the account, also while [`api_keys`](crate::AuthBuilder::api_keys) are off. A change of the
    /// password does not: programs do not know it.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed.
    pub async fn end_keys(&self, id: &U::Id) -> Result<(), AuthError> {
        let (accounts, id, by) = (Arc::clone(self.accounts), id.clone(), self.by.clone());
        uninterrupted(async move { accounts.end_keys(&id, &by).await }).await?
    }
}
