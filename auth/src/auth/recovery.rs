//! Forgotten passwords, by the handle.

use super::Auth;
use crate::account::{PasswordForgotten, ResetEvidence};
use crate::base::error::AuthError;
use crate::model::client_info::ClientInfo;
use crate::model::event::LimitedAction;
use crate::model::user::AuthUser;

impl<U: AuthUser> Auth<U> {
    /// Mails a link and a code for a new password to the account with this address, if there is one and it is active.
    /// The answer is the same for every address, and takes the same time. Nothing about the account changes.
    ///
    /// An address gets one such mail a minute and five an hour from one network, fifteen an hour from all; a client causes
    /// twenty mails an hour, all clients together ten thousand. Over it, the answer is still the same, nothing is mailed,
    /// and [`Limited`](crate::event::EventKind::Limited) is reported. The last three links of an account work; the first
    /// one that is used makes the others void, and so does every other change of the password.
    ///
    /// ```
    /// # use auth::{Auth, AuthError, AuthUser, ClientInfo};
    /// # async fn demo<U: AuthUser>(auth: &Auth<U>, client: &ClientInfo, code: &str) -> Result<(), AuthError> {
    /// use auth::ResetEvidence;
    ///
    /// let asked = auth.forgot_password("ada@example.org", client).await?;
    /// // The page that said so takes the code from the mail; or the page of the link takes what follows `#t=`.
    /// let evidence = ResetEvidence::Code { sign_in: &asked.sign_in, code };
    /// auth.reset_password(evidence, "correct horse battery staple", client).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`] by the rate of the client's address; [`AuthError::Internal`] without a
    /// [mailer](crate::AuthBuilder::mailer); [`AuthError::Unavailable`].
    pub async fn forgot_password(&self, address: &str, client: &ClientInfo) -> Result<PasswordForgotten, AuthError> {
        let begun = self.begin_attempt(LimitedAction::ForgotPassword, client)?;
        self.inner.accounts.forgot_password(begun, address, client).await
    }

    /// Sets a new password with what was mailed. Every session of the user ends, and everything else that was mailed is
    /// void. Nobody is signed in: the next login asks for all that the account asks for. An account without a password
    /// gets one.
    ///
    /// A new password that breaks a rule uses nothing up. A code may be tried five times.
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`] if the password breaks a rule; [`AuthError::InvalidLink`]; for a code
    /// [`AuthError::InvalidCode`] if it is wrong, and [`AuthError::SignInExpired`] if there is nothing (any more) that it
    /// could belong to; [`AuthError::TooManyRequests`], [`AuthError::Busy`]; [`AuthError::RefusedByTable`];
    /// [`AuthError::Unavailable`], after which link and code still work unless the password was set. (If users and
    /// records do not share a database, they may be void all the same.)
    pub async fn reset_password(
        &self,
        evidence: ResetEvidence<'_>,
        new: &str,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let begun = self.begin_attempt(LimitedAction::ResetPassword, client)?;
        self.inner.accounts.reset_password(begun, evidence, new, client).await
    }
}
