//! What the test kit needs to know of a handle.

use super::Auth;
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
}
