//! What the test kit needs to know of a handle.

use super::Auth;
use crate::random::Random;
use crate::store::DynUsers;
use crate::user::AuthUser;

impl<U: AuthUser> Auth<U> {
    pub(crate) fn random(&self) -> &dyn Random {
        &*self.inner.context.random
    }

    pub(crate) fn user_store(&self) -> &dyn DynUsers<U> {
        &*self.inner.context.users
    }
}
