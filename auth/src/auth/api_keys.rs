//! API keys, by the handle.

use std::sync::Arc;
use std::time::Duration;

use super::{Auth, AuthBuilder};
use crate::api_keys::{ApiKey, ApiKeyId, ApiKeyInfo, KeyCaller, KeyPrefix, KeySettings, NewApiKey};
use crate::base::error::AuthError;
use crate::model::client_info::ClientInfo;
use crate::model::event::LimitedAction;
use crate::model::permission::AuthPermission;
use crate::model::principal::{HasPermission, PermissionsOf};
use crate::model::user::AuthUser;
use crate::policy::Rule;
use crate::store::Budget;

impl<U: AuthUser> AuthBuilder<U> {
    /// Lets people make API keys for programs, which begin with this prefix and a `_`: off by default. A key has
    /// permissions that its owner has, too, and nothing else: no roles, no recent login, no second factor.
    ///
    /// Choose a prefix that names your service and is like no other, such as `shop_pat`: scanners of published code find
    /// keys by it (`shop_pat_[0-9A-Za-z]{49}`). Once there are keys, another prefix refuses all of them.
    ///
    /// ```
    /// # #[cfg(feature = "macros")] {
    /// # use auth::{AuthBuilder, AuthPermission, AuthRole, AuthUser};
    /// #[derive(Clone, Debug, PartialEq, AuthPermission)]
    /// enum Permission { ReportsRead }
    ///
    /// #[derive(Clone, Debug, PartialEq, AuthRole)]
    /// enum Role {
    ///     #[role(grants(Permission::ReportsRead))]
    ///     Member,
    /// }
    /// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(role, default = Role::Member)] role: Role }
    ///
    /// fn with_keys(builder: AuthBuilder<User>) -> AuthBuilder<User> {
    ///     builder.api_keys("shop_pat")
    /// }
    /// # }
    /// ```
    ///
    /// A user type without roles and permissions does not compile here; `build()` refuses one whose roles grant no
    /// permission, one in which everybody must show a second factor, and a prefix that is no word of lower-case letters,
    /// digits and single `_`, at most 32.
    pub fn api_keys<P: AuthPermission>(mut self, prefix: &str) -> Self
    where
        U: HasPermission<P>,
    {
        let name = U::SCHEMA.name;
        if P::NAMES.is_empty() {
            self.problems.push(format!(
                "`api_keys`: `{name}` has no permissions, which are all that a key can have. Let its roles grant some \
                 (`#[role(grants(…))]`), or give it a field under `#[auth(permissions)]`"
            ));
        }
        if U::MFA.is_some_and(|rule| rule.to_string() == Rule::<U>::SignedIn.to_string()) {
            self.problems.push(format!(
                "`api_keys`: everybody of `{name}` must sign in with a second factor (`mfa`), which no key has. Name who must, \
                 or give programs a user type of their own"
            ));
        }
        match KeyPrefix::parse(prefix) {
            Ok(prefix) => {
                self.api_keys = Some(KeySettings { prefix, permissions: Arc::new(PermissionsOf::<P>::new()) });
            }
            Err(problem) => self.problems.push(problem),
        }
        self
    }
}

impl<U: AuthUser> Auth<U> {
    /// Whether people may have API keys: whether [`AuthBuilder::api_keys`] was called.
    #[must_use]
    pub fn has_api_keys(&self) -> bool {
        self.inner.accounts.api_keys().is_ok()
    }

    /// Returns the API keys of the signed-in user of these claims, the newest first. Those that have ended are left out.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] if the account is gone or disabled; [`AuthError::Unavailable`].
    pub async fn api_keys(&self, claims: &U::Claims) -> Result<Vec<ApiKeyInfo>, AuthError> {
        self.inner.accounts.api_keys_of(claims).await
    }

    /// Makes an API key for the signed-in user of these claims. Its text is in the result and nowhere else. The user is
    /// mailed a notice. Call it under a rule that asks for a recent login.
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`] for `name` (1 to 64 characters), `expires_in` (60 seconds to 366 days) and
    /// `permissions` (`empty`, `unknown`, `not_held`: the user does not have it; `needs_mfa`: who has it must show a second
    /// factor); [`AuthError::Denied`] with the code `too_many_keys` (50); [`AuthError::InvalidToken`] if the session has
    /// ended; [`AuthError::TooManyRequests`]; [`AuthError::Unavailable`].
    pub async fn create_api_key(
        &self,
        claims: &U::Claims,
        new: NewApiKey,
        client: &ClientInfo,
    ) -> Result<ApiKey, AuthError> {
        let begun = self.begin_attempt(LimitedAction::CreateKey, client)?;
        self.inner.accounts.create_api_key(begun, claims, new, client).await
    }

    /// Makes a key in place of another one, with the same name and permissions, and as long a life from now on. The former
    /// one works for the overlap: 24 hours unless given, seven days at most, with zero not at all any more. If it has itself
    /// taken the place of one that still works, that one ends. Call it under a rule that asks for a recent login.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] if the user has no such key; [`AuthError::KeyReplaced`] if another one has taken its place;
    /// [`AuthError::InvalidFields`] for `overlap`; [`AuthError::InvalidToken`] if the session has ended;
    /// [`AuthError::TooManyRequests`]; [`AuthError::Unavailable`].
    pub async fn rotate_api_key(
        &self,
        claims: &U::Claims,
        id: ApiKeyId,
        overlap: Option<Duration>,
        client: &ClientInfo,
    ) -> Result<ApiKey, AuthError> {
        let begun = self.begin_attempt(LimitedAction::CreateKey, client)?;
        self.inner.accounts.rotate_api_key(begun, claims, id, overlap, client).await
    }

    /// Ends an API key of the signed-in user. It is refused from now on, by other instances within a second.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] if the user has no such key; [`AuthError::InvalidToken`] if the account is gone or disabled;
    /// [`AuthError::Unavailable`] if the store failed. It is then ended as soon as the store is back.
    pub async fn revoke_api_key(&self, claims: &U::Claims, id: ApiKeyId, client: &ClientInfo) -> Result<(), AuthError> {
        self.inner.accounts.revoke_api_key(claims, id, client).await
    }

    /// Returns who presents an API key, for a gRPC service or a message queue: what guards do on routes that say `keys`.
    /// From memory for up to a minute if nothing has changed for its owner, whose row is read each time (or taken from the
    /// [`user_cache`](AuthBuilder::user_cache)).
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] if there is no such key, it has ended, or its owner is gone or disabled;
    /// [`AuthError::TooManyRequests`]: 600 a minute with one key, 30 a minute from one address with texts that are no keys;
    /// [`AuthError::Unavailable`] if the store failed; [`AuthError::Internal`] if
    /// [`api_keys`](AuthBuilder::api_keys) are off.
    pub async fn authenticate_api_key(&self, key: &str, client: &ClientInfo) -> Result<KeyCaller<U>, AuthError> {
        let budget = Budget::new(self.inner.context.store_timeout);
        Ok(KeyCaller::of_key(self.inner.accounts.api_keys()?.verify(key, client, &budget).await?))
    }
}
