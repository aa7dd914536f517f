//! Second factors, by the handle.

use super::{Auth, AuthBuilder};
use crate::account::{Enrolled, FactorsInfo, RecoveryCodes};
use crate::base::error::AuthError;
use crate::factors::TotpEnrolment;
use crate::model::client_info::ClientInfo;
use crate::model::event::LimitedAction;
use crate::model::user::AuthUser;

impl<U: AuthUser> AuthBuilder<U> {
    /// Lets people add an authenticator app (TOTP, RFC 6238) as a second factor, under this name of the service: off by
    /// default. Whoever has one is asked for it at every sign-in, whichever way it begins, and when a recent login is
    /// needed. Ten recovery codes take its place if the phone is lost.
    ///
    /// ```
    /// # use auth::{AuthBuilder, AuthUser};
    /// # fn demo<U: AuthUser>(builder: AuthBuilder<U>) -> AuthBuilder<U> {
    /// builder.totp("Example Shop")
    /// # }
    /// ```
    ///
    /// Leave it on once people have factors: without it, nobody is asked for theirs.
    pub fn totp(mut self, issuer: impl Into<String>) -> Self {
        self.factors.issuer = Some(issuer.into());
        self
    }
}

impl<U: AuthUser> Auth<U> {
    /// Whether people may have second factors.
    pub(crate) fn has_factors(&self) -> bool {
        self.inner.accounts.has_factors()
    }

    /// Returns what the signed-in user of these claims has beside the password.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] if the account is gone or disabled; [`AuthError::Internal`] if
    /// [`totp`](crate::AuthBuilder::totp) is off; [`AuthError::Unavailable`].
    pub async fn factors(&self, claims: &U::Claims) -> Result<FactorsInfo, AuthError> {
        self.inner.accounts.factors_of(claims).await
    }

    /// Begins to set up an authenticator app for the signed-in user of these claims. It neither counts nor blocks before it
    /// is [confirmed](Self::confirm_totp). The session that asks again within ten minutes gets the same secret, another session
    /// another one. A session that has shown a second factor (`mfa` in `amr`) replaces the app that there is, on a new phone:
    /// that one works until the new one is confirmed. Call it under a rule that asks for a recent login, as `POST
    /// /factors/totp` does.
    ///
    /// # Errors
    /// [`AuthError::Denied`] with the code `totp_already_set_up` if there is an app and the session has shown no second factor,
    /// or `address_not_verified` if there is mail and the address was never confirmed; as for [`factors`](Self::factors).
    pub async fn begin_totp(&self, claims: &U::Claims) -> Result<TotpEnrolment, AuthError> {
        self.inner.accounts.begin_totp(claims).await
    }

    /// Confirms the app with a code that it shows, and returns the recovery codes, which nobody can show again. From now on
    /// a sign-in needs a second step. Every other session ends; this one gains the factor, which its tokens say after the
    /// next refresh.
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`] for `code` if it is wrong, or nothing is being set up; [`AuthError::TooManyRequests`];
    /// as for [`begin_totp`](Self::begin_totp).
    pub async fn confirm_totp(
        &self,
        claims: &U::Claims,
        code: &str,
        client: &ClientInfo,
    ) -> Result<RecoveryCodes, AuthError> {
        let begun = self.begin_attempt(LimitedAction::ConfirmFactor, client)?;
        self.inner.accounts.confirm_totp(begun, claims, code, client).await
    }

    /// Begins to set up an authenticator app inside a sign-in whose account must have a second factor and has none:
    /// [`PendingSignIn::needs`](crate::PendingSignIn) is [`Needs::Enrolment`](crate::Needs::Enrolment). The same sign-in
    /// that asks again gets the same secret.
    ///
    /// `POST /sign-in/enrol/totp` does so.
    ///
    /// # Errors
    /// [`AuthError::SignInExpired`] if it is unknown, expired or used, waits for something else, or the account has a
    /// passkey by now; [`AuthError::Denied`] with the code `totp_already_set_up`; [`AuthError::InactiveUser`];
    /// [`AuthError::TooManyRequests`]; [`AuthError::Unavailable`].
    pub async fn enrol_totp(&self, sign_in: &str, client: &ClientInfo) -> Result<TotpEnrolment, AuthError> {
        let begun = self.begin_attempt(LimitedAction::AnswerSignIn, client)?;
        self.inner.accounts.enrol_totp(begun, sign_in, client).await
    }

    /// Confirms that app with a code that it shows, and goes on with the sign-in. Every session of the user that began with
    /// less ends. A code may be tried five times. [`Hooks::before_login`](crate::Hooks::before_login) is asked before the
    /// app counts: whom it refuses adds none.
    ///
    /// `POST /sign-in/enrol/totp/confirm` does so.
    ///
    /// # Errors
    /// [`AuthError::InvalidCode`] if it is wrong, or nothing is being set up; [`AuthError::SignInExpired`], also if the
    /// account was changed meanwhile; any error of a hook; as for [`enrol_totp`](Self::enrol_totp). The app may be
    /// confirmed by then: whoever signs in again is asked for a code of it.
    pub async fn confirm_enrolled_totp(
        &self,
        sign_in: &str,
        code: &str,
        client: &ClientInfo,
    ) -> Result<Enrolled<U>, AuthError> {
        let begun = self.begin_attempt(LimitedAction::AnswerSignIn, client)?;
        self.inner.accounts.confirm_enrolled_totp(begun, sign_in, code, client).await
    }

    /// Removes the app of the signed-in user of these claims, and the recovery codes. Every other session ends. Returns
    /// whether there was one. Call it under a rule that asks for a recent login: such a user is fresh only with the
    /// factor.
    ///
    /// # Errors
    /// [`AuthError::LastFactor`] if the user must have one (`#[auth(mfa(…))]`) and has no passkey with which they could sign
    /// in; as for [`factors`](Self::factors).
    pub async fn remove_totp(&self, claims: &U::Claims, client: &ClientInfo) -> Result<bool, AuthError> {
        self.inner.accounts.remove_totp(claims, client).await
    }

    /// Makes ten new recovery codes; the former ones are void. Call it under a rule that asks for a recent login.
    ///
    /// # Errors
    /// [`AuthError::Denied`] with the code `totp_not_set_up` if there is no app and no passkey that they could replace; as for
    /// [`factors`](Self::factors).
    pub async fn regenerate_recovery_codes(
        &self,
        claims: &U::Claims,
        client: &ClientInfo,
    ) -> Result<RecoveryCodes, AuthError> {
        self.inner.accounts.regenerate_recovery_codes(claims, client).await
    }
}
