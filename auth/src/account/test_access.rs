//! What the test kit needs to know of accounts.

use super::AccountService;
use crate::base::error::AuthError;
use crate::mail::{Binding, MailPurpose, SignInData, TokenText};
use crate::model::claims::Amr;
use crate::model::user::AuthUser;

impl<U: AuthUser> AccountService<U> {
    /// Stores a sign-in of this user that has shown the password and waits for a second factor, and returns its handle.
    pub(crate) async fn pending_sign_in(&self, user: &U) -> Result<String, AuthError> {
        let generation = self.feed.stored_epoch(user.id()).await?.generation;
        let counter = self.limits.account_key(0, &user.id().to_string());
        let binding = Binding::of(user, "", generation, counter, None);
        let data = SignInData { amr: Amr::PASSWORD, ..SignInData::default() };
        let token = self.tokens.issue_with(MailPurpose::Factor, &binding, Some(&data)).await?;
        Ok(self.tokens.text(&token, TokenText::Handle))
    }
}
