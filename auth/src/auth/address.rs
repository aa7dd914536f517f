//! The address of an account, by the handle: confirmed, changed, changed back.

use std::time::Duration;

use super::Auth;
use crate::account::{AddressChange, AddressChangeRequest};
use crate::base::error::AuthError;
use crate::model::client_info::ClientInfo;
use crate::model::event::LimitedAction;
use crate::model::user::AuthUser;
use crate::sign_in::Answer;

impl<U: AuthUser> Auth<U> {
    /// Mails a code and a link that confirm the address of the signed-in user of these claims. Returns how long they work;
    /// `None` if the address is confirmed already. A sign-up mails them by itself.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] if the account is gone or disabled; as for
    /// [`forgot_password`](Self::forgot_password).
    pub async fn send_verification(
        &self,
        claims: &U::Claims,
        client: &ClientInfo,
    ) -> Result<Option<Duration>, AuthError> {
        let begun = self.begin_attempt(LimitedAction::VerifyAddress, client)?;
        self.inner.accounts.send_verification(begun, claims, client).await
    }

    /// Confirms the address of the signed-in user of these claims with what was mailed to it. Access tokens say it after
    /// the next refresh.
    ///
    /// It takes the session of the account: without, whoever signs up with the address of somebody else would have it
    /// confirmed by that person, who only follows the link in a mail.
    ///
    /// # Errors
    /// [`AuthError::InvalidLink`], also for the link of another account, which stays usable; [`AuthError::InvalidCode`];
    /// [`AuthError::SignInExpired`] if there is nothing (any more) that a code could belong to;
    /// [`AuthError::InvalidToken`]; [`AuthError::TooManyRequests`]; [`AuthError::Unavailable`].
    pub async fn verify_address(
        &self,
        claims: &U::Claims,
        answer: Answer<'_>,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let begun = self.begin_attempt(LimitedAction::VerifyAddress, client)?;
        self.inner.accounts.verify_address(begun, claims, answer, client).await
    }

    /// Begins to change the address of the signed-in user of these claims: mails links that confirm it, by default to both
    /// addresses ([`AddressChangePolicy`](crate::AddressChangePolicy)). The account keeps its address until then.
    /// The link of the new address works only with the handle that is returned. Call it under a rule that asks for a recent login, as `POST /email/change` does.
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`] if it is no address, or the present one; [`AuthError::Denied`] with the code
    /// `address_not_verified` if the present one was never confirmed; [`AuthError::InvalidToken`];
    /// [`AuthError::TooManyRequests`]; [`AuthError::Unavailable`].
    pub async fn request_address_change(
        &self,
        claims: &U::Claims,
        new: &str,
        client: &ClientInfo,
    ) -> Result<AddressChangeRequest, AuthError> {
        let begun = self.begin_attempt(LimitedAction::ChangeAddress, client)?;
        self.inner.accounts.request_address_change(begun, claims, new, client).await
    }

    /// Confirms a change of address with the token of a mailed link; that of the new address together with the handle of the
    /// request ([`AddressChangeRequest::sign_in`]). Sessions continue, and whatever else was mailed to the
    /// former address is void.
    ///
    /// # Errors
    /// [`AuthError::InvalidLink`]; [`AuthError::OtherBrowser`] for the link of the new address without the handle, which stays
    /// usable; [`AuthError::Taken`] if another account has the new address;
    /// [`AuthError::TooManyRequests`]; [`AuthError::Unavailable`].
    pub async fn confirm_address_change(
        &self,
        token: &str,
        sign_in: Option<&str>,
        client: &ClientInfo,
    ) -> Result<AddressChange, AuthError> {
        let begun = self.begin_attempt(LimitedAction::ChangeAddress, client)?;
        self.inner.accounts.confirm_address_change(begun, token, sign_in, client).await
    }

    /// Takes a change of address back, with the token of the link that was mailed to the former address. Every session ends,
    /// and so do the password and the passkeys, which whoever moved the account may have set: its owner asks for a new
    /// password. (Of an account with a second factor, passkeys that were there before the change stay.) Links about later
    /// changes are void.
    ///
    /// # Errors
    /// [`AuthError::InvalidLink`], also if somebody has set the address in another way since; [`AuthError::Taken`] if another
    /// account has the former address by now (nobody signs up with it meanwhile);
    /// [`AuthError::TooManyRequests`]; [`AuthError::Unavailable`].
    pub async fn undo_address_change(&self, token: &str, client: &ClientInfo) -> Result<(), AuthError> {
        let begun = self.begin_attempt(LimitedAction::ChangeAddress, client)?;
        self.inner.accounts.undo_address_change(begun, token, client).await
    }
}
