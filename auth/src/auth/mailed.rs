//! Signing in with what was mailed, by the handle.

use super::Auth;
use crate::base::error::AuthError;
use crate::base::pending_sign_in::PendingSignIn;
use crate::model::claims::SessionId;
use crate::model::client_info::ClientInfo;
use crate::model::event::LimitedAction;
use crate::model::user::AuthUser;
use crate::sign_in::{Answer, SignIn};

impl<U: AuthUser> Auth<U> {
    /// Mails a code and a link to sign in with to the account with this address, if there is one and it is active. The
    /// result is the same for every address, and takes the same time. How much is mailed is limited as for
    /// [`forgot_password`](Self::forgot_password).
    ///
    /// `POST /sign-in/mail` does so if [`mail_sign_in`](crate::AuthBuilder::mail_sign_in) is on.
    ///
    /// ```
    /// # use auth::{Auth, AuthError, AuthUser, ClientInfo};
    /// # async fn demo<U: AuthUser>(auth: &Auth<U>, client: &ClientInfo, code: &str) -> Result<(), AuthError> {
    /// use auth::Answer;
    ///
    /// let pending = auth.sign_in_by_mail("ada@example.org", client).await?;
    /// // The same browser shows the code, which may have been read on another device.
    /// let (_user, _tokens) = auth.answer(&pending.sign_in, Answer::MailedCode(code), client).await?.signed_in()?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`] by the rate of the client's address; [`AuthError::Internal`] without a
    /// [mailer](crate::AuthBuilder::mailer); [`AuthError::Unavailable`].
    pub async fn sign_in_by_mail(&self, address: &str, client: &ClientInfo) -> Result<PendingSignIn, AuthError> {
        let begun = self.begin_attempt(LimitedAction::SignInByMail, client)?;
        self.inner.accounts.sign_in.mail_sign_in(begun, address, client).await
    }

    /// Mails a code and a link to the user `id`, who is signed in, that make their `session` fresh: for people who sign in by
    /// mail and have no password. [`answer`](Self::answer) returns
    /// [`Completed::Freshened`](crate::Completed::Freshened). How much is mailed is limited as for
    /// [`forgot_password`](Self::forgot_password).
    ///
    /// `POST /reauthenticate/mail` does so if [`mail_sign_in`](crate::AuthBuilder::mail_sign_in) is on: only then is a
    /// mailbox as good as a password. A session that began with several factors takes more than that.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] if the session has ended or the account is gone or disabled;
    /// [`AuthError::TooManyRequests`] by the rate of the client's address; [`AuthError::Internal`] without a
    /// [mailer](crate::AuthBuilder::mailer); [`AuthError::Unavailable`].
    pub async fn reauthenticate_by_mail(
        &self,
        id: &U::Id,
        session: SessionId,
        client: &ClientInfo,
    ) -> Result<PendingSignIn, AuthError> {
        let begun = self.begin_attempt(LimitedAction::Reauthenticate, client)?;
        self.inner.accounts.sign_in.mail_reauthentication(begun, id, session, client).await
    }

    /// Takes the next step of a sign-in, a reauthentication or a sign-up that is [pending](SignIn::Pending): with what was
    /// mailed, or with a second factor ([`Answer`] has them all; [`PendingSignIn::needs`] says which kind). Of many right
    /// answers at once, one signs in. A code may be tried five times.
    ///
    /// If the address was not confirmed and nothing but the mail was shown, everything ends that was set before: the
    /// password, every session, whatever else was mailed. Somebody else may have signed up with it.
    ///
    /// # Errors
    /// [`AuthError::InvalidCode`]; [`AuthError::InvalidLink`]; [`AuthError::OtherBrowser`] for the link of another
    /// sign-in, which stays usable; [`AuthError::SignInExpired`] if it is unknown, expired or used, or the account was
    /// changed; [`AuthError::InactiveUser`]; [`AuthError::Taken`] for a sign-up if another account has got the login
    /// meanwhile; any error of a hook; [`AuthError::TooManyRequests`]; [`AuthError::Unavailable`].
    pub async fn answer(&self, sign_in: &str, answer: Answer<'_>, client: &ClientInfo) -> Result<SignIn<U>, AuthError> {
        let begun = self.begin_attempt(LimitedAction::AnswerSignIn, client)?;
        self.inner.accounts.answer(begun, sign_in, answer, client).await
    }

    /// Mails the same code and link once more, for a sign-in, a sign-up or a forgotten password: for a mail that has not
    /// arrived. It lives no longer for it, and gets no more tries.
    ///
    /// # Errors
    /// [`AuthError::SignInExpired`]; as for [`sign_in_by_mail`](Self::sign_in_by_mail).
    pub async fn mail_again(&self, sign_in: &str, client: &ClientInfo) -> Result<PendingSignIn, AuthError> {
        let begun = self.begin_attempt(LimitedAction::SignInByMail, client)?;
        self.inner.accounts.mail_again(begun, sign_in, client).await
    }

    /// Ends a sign-in or a sign-up that waits for its next step. One that is unknown is gone, as requested.
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`]; [`AuthError::Unavailable`].
    pub async fn cancel_sign_in(&self, sign_in: &str, client: &ClientInfo) -> Result<(), AuthError> {
        let begun = self.begin_attempt(LimitedAction::AnswerSignIn, client)?;
        self.inner.accounts.cancel_sign_in(begun, sign_in).await
    }
}
