//! What the test kit needs to know of a handle.

use super::Auth;
use crate::base::error::AuthError;
use crate::base::random::Random;
use crate::model::user::AuthUser;
use crate::store::DynUsers;

impl<U: AuthUser> Auth<U> {
    pub(crate) fn random(&self) -> &dyn Random {
        &*self.inner.context.random
    }

    pub(crate) fn user_store(&self) -> &dyn DynUsers<U> {
        &*self.inner.context.users
    }

    /// Begins a sign-in of this user that waits for a second factor, and returns its handle.
    pub(crate) async fn pending_sign_in(&self, user: &U) -> Result<String, AuthError> {
        self.inner.accounts.pending_sign_in(user).await
    }
}
