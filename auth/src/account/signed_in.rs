//! The account of somebody who is signed in.

use super::AccountService;
use crate::base::error::AuthError;
use crate::model::claims::Claims as _;
use crate::model::user::{AuthUser, is_same_row};

impl<U: AuthUser> AccountService<U> {
    /// Returns the active account of a signed-in user.
    pub(super) async fn signed_in_user(&self, claims: &U::Claims) -> Result<U, AuthError> {
        let same = |user: &U| user.is_active() && is_same_row(user, claims.created());
        self.users.find(U::subject(claims)).await?.filter(same).ok_or(AuthError::InvalidToken)
    }
}
