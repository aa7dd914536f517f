//! Who calls a route that keys may call: a user who is signed in, or a program with a key of theirs.

use std::fmt;
use std::sync::Arc;

use super::found_keys::FoundKey;
use super::service::ApiKeys;
use crate::base::error::AuthError;
use crate::model::api_key_id::ApiKeyId;
use crate::model::client_info::ClientInfo;
use crate::model::event::{EventKind, KeyRefusal};
use crate::model::permission::AuthPermission;
use crate::model::principal::{HasPermission, PermissionSet};
use crate::model::user::AuthUser;
use crate::policy::key_permissions;
use crate::proof::may_continue;
use crate::store::Budget;

/// A key that was verified, with the row of its owner, and what it may do now.
pub(crate) struct VerifiedKey<U: AuthUser> {
    pub(crate) key: Arc<FoundKey<U>>,
    pub(crate) user: Arc<U>,
    pub(crate) permissions: PermissionSet,
}

/// The caller of a route that API keys may call, too: a user who is signed in, or a program with a key of theirs. In either
/// case there is an active account, and what may be done is asked of this value, not of the account: a key may do less.
pub struct KeyCaller<U: AuthUser> {
    presented: Presented<U>,
}

enum Presented<U: AuthUser> {
    Session(Arc<U>, Arc<U::Claims>),
    Key(Arc<VerifiedKey<U>>),
}

impl<U: AuthUser> KeyCaller<U> {
    pub(crate) const fn of_session(row: Arc<U>, claims: Arc<U::Claims>) -> Self {
        Self { presented: Presented::Session(row, claims) }
    }

    pub(crate) const fn of_key(key: Arc<VerifiedKey<U>>) -> Self {
        Self { presented: Presented::Key(key) }
    }

    /// Returns the row of the user, or of the owner of the key. What the row may do is not what a key may do: ask
    /// [`may`](Self::may).
    #[must_use]
    pub fn user(&self) -> &U {
        match &self.presented {
            Presented::Session(row, _) => row,
            Presented::Key(key) => &key.user,
        }
    }

    /// Returns the claims of the access token; `None` if it is a key.
    #[must_use]
    pub fn claims(&self) -> Option<&U::Claims> {
        match &self.presented {
            Presented::Session(_, claims) => Some(claims),
            Presented::Key(_) => None,
        }
    }

    /// Returns the id of the key; `None` if the user is signed in.
    #[must_use]
    pub fn key_id(&self) -> Option<ApiKeyId> {
        self.key().map(|key| key.key.id)
    }

    /// Returns what the key is called; `None` if the user is signed in.
    #[must_use]
    pub fn key_name(&self) -> Option<&str> {
        self.key().map(|key| &*key.key.name)
    }

    fn key(&self) -> Option<&VerifiedKey<U>> {
        match &self.presented {
            Presented::Session(..) => None,
            Presented::Key(key) => Some(key),
        }
    }

    /// Returns whether the caller has `permission`: the user by the row, a key by itself and by the row of its owner.
    #[must_use]
    pub fn may<P: AuthPermission>(&self, permission: &P) -> bool
    where
        U: HasPermission<P>,
    {
        match &self.presented {
            Presented::Session(row, _) => row.row_permissions().contains(permission),
            Presented::Key(key) => key.permissions.has(permission.index()),
        }
    }
}

impl<U: AuthUser> Clone for KeyCaller<U> {
    fn clone(&self) -> Self {
        let presented = match &self.presented {
            Presented::Session(row, claims) => Presented::Session(Arc::clone(row), Arc::clone(claims)),
            Presented::Key(key) => Presented::Key(Arc::clone(key)),
        };
        Self { presented }
    }
}

impl<U: AuthUser> fmt::Debug for KeyCaller<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyCaller")
            .field("user", &self.user().id().to_string())
            .field("key_id", &self.key_id())
            .finish_non_exhaustive()
    }
}

impl<U: AuthUser> ApiKeys<U> {
    /// Verifies a key by its text. Reports a refusal to the observers.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] if there is no such key, it has ended, or its owner is gone or disabled;
    /// [`AuthError::TooManyRequests`]; [`AuthError::Unavailable`] if the store failed.
    pub(crate) async fn verify(
        &self,
        text: &str,
        client: &ClientInfo,
        budget: &Budget,
    ) -> Result<Arc<VerifiedKey<U>>, AuthError> {
        let key = self.find_or_refuse(text, client, budget).await?;
        let row = self.feed.owner_of_key(&key.owner, false, budget).await?;
        let Some(user) = row.filter(|row| may_continue(&**row, key.row)) else {
            return Err(self.refuse(Some(&key), KeyRefusal::Inactive, client));
        };
        let permissions = self.permissions(&key, &user);
        Ok(Arc::new(VerifiedKey { key, user, permissions }))
    }

    /// Finds the key with this text. Reports a refusal to the observers.
    ///
    /// # Errors
    /// As for [`verify`](Self::verify), of which this is the first half: nothing is known of its owner yet.
    pub(crate) async fn find_or_refuse(
        &self,
        text: &str,
        client: &ClientInfo,
        budget: &Budget,
    ) -> Result<Arc<FoundKey<U>>, AuthError> {
        self.find(text, client, budget).await?.map_err(|reason| self.refuse(None, reason, client))
    }

    /// Returns what a key may do whose owner has this row.
    pub(crate) fn permissions(&self, key: &FoundKey<U>, row: &U) -> PermissionSet {
        key_permissions::of_key(&*self.settings.permissions, &key.permissions, row)
    }

    fn refuse(&self, key: Option<&FoundKey<U>>, reason: KeyRefusal, client: &ClientInfo) -> AuthError {
        let (user, key_id) = (key.map(|key| key.owner.to_string()), key.map(|key| key.id));
        self.reporter.report(client, EventKind::KeyRefused { user, key_id, reason });
        AuthError::InvalidToken
    }
}
