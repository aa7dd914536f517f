//! Passkeys, by the handle.

use super::{Auth, AuthBuilder};
use crate::account::Enrolled;
use crate::base::error::AuthError;
use crate::model::claims::SessionId;
use crate::model::client_info::ClientInfo;
use crate::model::event::LimitedAction;
use crate::model::user::AuthUser;
use crate::passkeys::{AcceptedPasskeys, PasskeyInfo, PasskeyOptions, PasskeySettings, RelyingParty};
use crate::sign_in::SignIn;

impl<U: AuthUser> AuthBuilder<U> {
    /// Lets people sign in with passkeys (`WebAuthn` Level 3), which belong to the domain of your pages: off by default.
    ///
    /// The domain and the origin of the pages come from [`base_url`](Self::base_url), or from the settings. Neither is ever
    /// taken from a request.
    ///
    /// ```
    /// # use auth::{AuthBuilder, AuthUser, PasskeySettings};
    /// # fn demo<U: AuthUser>(builder: AuthBuilder<U>) -> AuthBuilder<U> {
    /// builder.base_url("https://app.example").passkeys(PasskeySettings::new("Example Shop"))
    /// # }
    /// ```
    ///
    /// `build()` refuses a domain or an origin with which no browser makes a passkey: an IP address, `http` on another host
    /// than localhost, a page outside of the domain.
    pub fn passkeys(mut self, settings: PasskeySettings) -> Self {
        self.passkeys = Some(settings);
        self.factors.passkeys = true;
        self
    }

    /// Returns what is wrong with the settings of passkeys.
    pub(super) fn passkey_problems(&self) -> Vec<String> {
        let Some(settings) = &self.passkeys else { return Vec::new() };
        let mut problems = RelyingParty::new(settings, self.mail.base_url.as_deref()).err().unwrap_or_default();
        if self.mail.mailer.is_some() && U::SCHEMA.verified.is_none() {
            problems.push(format!(
                "`passkeys` with a mailer needs to know which addresses are confirmed: a stranger who signs up with the \
                 address of somebody else could add a passkey that stays when its owner comes. Give `{}` a field under \
                 `#[auth(verified)]`",
                U::SCHEMA.name
            ));
        }
        problems
    }
}

impl<U: AuthUser> AuthBuilder<U> {
    /// Returns for whom passkeys are, of settings without problems.
    pub(super) fn relying_party(&self) -> Option<RelyingParty> {
        RelyingParty::new(self.passkeys.as_ref()?, self.mail.base_url.as_deref()).ok()
    }
}

impl<U: AuthUser> Auth<U> {
    /// Whether people may have passkeys: whether [`AuthBuilder::passkeys`] was called, for pages that offer them.
    #[must_use]
    pub fn has_passkeys(&self) -> bool {
        self.inner.accounts.sign_in.passkeys().is_ok()
    }

    /// Returns the options of a sign-in with a passkey, for whoever has one: for `navigator.credentials.get`, by a button
    /// or in the field of the user name (`mediation: "conditional"`). They depend on no account, nothing is written, and
    /// they can be answered once, within ten minutes.
    ///
    /// # Errors
    /// [`AuthError::Internal`] if [`passkeys`](AuthBuilder::passkeys) are off.
    pub fn begin_passkey_sign_in(&self) -> Result<PasskeyOptions, AuthError> {
        self.inner.accounts.sign_in.passkeys()?.begin_sign_in()
    }

    /// Signs in with a passkey: `credential` is what the browser writes with `toJSON()` (`WebAuthn` §7.2). The passkey says
    /// who it is, and is several factors at once: the session has `mfa` in `amr`, with `hwk` or, if the passkey is
    /// synchronized, `swk`, and `user`.
    ///
    /// # Errors
    /// [`AuthError::InvalidPasskey`]; [`AuthError::UnknownPasskey`]; [`AuthError::InactiveUser`]; any error of a hook; [`AuthError::TooManyRequests`];
    /// [`AuthError::Unavailable`].
    pub async fn sign_in_by_passkey(
        &self,
        credential: &serde_json::Value,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let begun = self.begin_attempt(LimitedAction::Login, client)?;
        self.inner.accounts.sign_in.passkey_sign_in(begun, credential, client).await
    }

    /// Returns the options with which the user of a sign-in that waits for a second factor
    /// ([`Needs::Factor`](crate::Needs::Factor)) shows one of their passkeys, within five minutes. Nobody learns which there
    /// are before a first factor was right. The answer is [`Answer::Passkey`](crate::Answer::Passkey).
    ///
    /// ```
    /// # use auth::{Answer, Auth, AuthError, AuthUser, ClientInfo, PasskeyOptions, SignIn};
    /// async fn second_step<U: AuthUser>(
    ///     auth: &Auth<U>,
    ///     sign_in: &str,
    ///     ask_browser: impl AsyncFn(PasskeyOptions) -> serde_json::Value,
    ///     client: &ClientInfo,
    /// ) -> Result<SignIn<U>, AuthError> {
    ///     let credential = ask_browser(auth.begin_passkey_step(sign_in, client).await?).await;
    ///     auth.answer(sign_in, Answer::Passkey(&credential), client).await
    /// }
    /// ```
    ///
    /// `POST /sign-in/passkey/step/options` does so.
    ///
    /// # Errors
    /// [`AuthError::SignInExpired`] if it is unknown, expired or used, or waits for something else;
    /// [`AuthError::Denied`] with the code `no_passkey`; [`AuthError::InactiveUser`]; [`AuthError::TooManyRequests`];
    /// [`AuthError::Unavailable`].
    pub async fn begin_passkey_step(&self, sign_in: &str, client: &ClientInfo) -> Result<PasskeyOptions, AuthError> {
        let begun = self.begin_attempt(LimitedAction::AnswerSignIn, client)?;
        self.inner.accounts.sign_in.begin_passkey_step(begun, sign_in, client).await
    }

    /// Returns the options with which a sign-in adds a passkey whose account must have a second factor and has none:
    /// [`PendingSignIn::needs`](crate::PendingSignIn) is [`Needs::Enrolment`](crate::Needs::Enrolment).
    ///
    /// `POST /sign-in/enrol/passkey/options` does so.
    ///
    /// # Errors
    /// [`AuthError::SignInExpired`] if it is unknown, expired or used, or waits for something else;
    /// [`AuthError::InactiveUser`]; [`AuthError::TooManyRequests`]; [`AuthError::Unavailable`].
    pub async fn enrol_passkey(&self, sign_in: &str, client: &ClientInfo) -> Result<PasskeyOptions, AuthError> {
        let begun = self.begin_attempt(LimitedAction::AnswerSignIn, client)?;
        self.inner.accounts.enrol_passkey(begun, sign_in, client).await
    }

    /// Adds the passkey that the browser has made for it, and goes on with the sign-in. Every session of the user that began
    /// with less ends, and ten recovery codes are there for who loses it. Five answers may be tried.
    ///
    /// `POST /sign-in/enrol/passkey` does so.
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`] for `credential` or `name` (1 to 64 characters); [`AuthError::PasskeyRegistered`];
    /// [`AuthError::SignInExpired`], also if the account was changed meanwhile; any error of a hook; as for
    /// [`enrol_passkey`](Self::enrol_passkey). The passkey may be there by then: whoever signs in again is asked for it.
    pub async fn confirm_enrolled_passkey(
        &self,
        sign_in: &str,
        credential: &serde_json::Value,
        name: &str,
        client: &ClientInfo,
    ) -> Result<Enrolled<U>, AuthError> {
        let begun = self.begin_attempt(LimitedAction::AnswerSignIn, client)?;
        self.inner.accounts.confirm_enrolled_passkey(begun, sign_in, (credential, name), client).await
    }

    /// Returns the options with which a signed-in user shows one of their passkeys, within five minutes.
    ///
    /// # Errors
    /// [`AuthError::Denied`] with the code `no_passkey`; [`AuthError::InvalidToken`] if the session has ended;
    /// [`AuthError::Unavailable`].
    pub async fn begin_passkey_reauthentication(
        &self,
        id: &U::Id,
        session: SessionId,
    ) -> Result<PasskeyOptions, AuthError> {
        self.inner.accounts.sign_in.begin_passkey_reauthentication(id, session).await
    }

    /// Makes a session fresh with a passkey of its user; as [`reauthenticate`](Self::reauthenticate) does with a password.
    ///
    /// # Errors
    /// [`AuthError::InvalidPasskey`]; [`AuthError::UnknownPasskey`]; [`AuthError::InvalidToken`] if the session has ended;
    /// [`AuthError::TooManyRequests`]; [`AuthError::Unavailable`].
    pub async fn reauthenticate_by_passkey(
        &self,
        id: &U::Id,
        session: SessionId,
        credential: &serde_json::Value,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let begun = self.begin_attempt(LimitedAction::Reauthenticate, client)?;
        self.inner.accounts.sign_in.passkey_reauthentication(begun, id, session, credential, client).await
    }

    /// Returns the passkeys of the signed-in user of these claims, the oldest first.
    ///
    /// # Errors
    /// [`AuthError::InvalidToken`] if the account is gone or disabled; [`AuthError::Unavailable`].
    pub async fn passkeys(&self, claims: &U::Claims) -> Result<Vec<PasskeyInfo>, AuthError> {
        self.inner.accounts.passkeys_of(claims).await
    }

    /// Returns which passkeys the signed-in user of these claims has, for the browser, which then offers no others: a page
    /// hands it to `PublicKeyCredential.signalAllAcceptedCredentials` (`WebAuthn` §5.1.10.4). [`Self::routes`] serve it.
    ///
    /// # Errors
    /// [`AuthError::Denied`] with the code `no_passkey` if the account never had one; as for [`passkeys`](Self::passkeys).
    pub async fn accepted_passkeys(&self, claims: &U::Claims) -> Result<AcceptedPasskeys, AuthError> {
        self.inner.accounts.accepted_passkeys(claims).await
    }

    /// Returns the options with which the session of these claims adds a passkey, within five minutes: for
    /// `navigator.credentials.create`. Call it under a rule that asks for a recent login.
    ///
    /// # Errors
    /// [`AuthError::Denied`] with the code `address_not_verified` if there is mail and the address was never confirmed, or
    /// `too_many_passkeys` (20); as for [`passkeys`](Self::passkeys).
    pub async fn begin_passkey(&self, claims: &U::Claims) -> Result<PasskeyOptions, AuthError> {
        self.inner.accounts.begin_passkey(claims).await
    }

    /// Adds the passkey that the browser has made: `credential` is what it writes with `toJSON()` (`WebAuthn` §7.1). The
    /// user is mailed a notice.
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`] for `credential` or `name` (1 to 64 characters); [`AuthError::PasskeyRegistered`];
    /// [`AuthError::TooManyRequests`]; as for [`begin_passkey`](Self::begin_passkey).
    pub async fn add_passkey(
        &self,
        claims: &U::Claims,
        credential: serde_json::Value,
        name: &str,
        client: &ClientInfo,
    ) -> Result<PasskeyInfo, AuthError> {
        let begun = self.begin_attempt(LimitedAction::AddPasskey, client)?;
        self.inner.accounts.add_passkey(begun, claims, (credential, name), client).await
    }

    /// Renames a passkey of the signed-in user.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] if it is none of theirs; [`AuthError::InvalidFields`] for `name`; as for
    /// [`passkeys`](Self::passkeys).
    pub async fn rename_passkey(&self, claims: &U::Claims, id: &str, name: &str) -> Result<(), AuthError> {
        self.inner.accounts.rename_passkey(claims, id, name).await
    }

    /// Removes a passkey of the signed-in user, and ends every other session. Call it under a rule that asks for a recent
    /// login.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] if it is none of theirs; [`AuthError::LastFactor`] if there is no password (a locked one is
    /// none), no sign-in by mail and no other passkey, or if it is the last factor of a user who must have one
    /// (`#[auth(mfa(…))]`); no session ends then. As for [`passkeys`](Self::passkeys).
    pub async fn remove_passkey(&self, claims: &U::Claims, id: &str, client: &ClientInfo) -> Result<(), AuthError> {
        self.inner.accounts.remove_passkey(claims, id, self.has_mail_sign_in(), client).await
    }
}
