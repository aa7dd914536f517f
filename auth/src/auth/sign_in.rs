//! Accounts with passwords, by the handle.

use super::Auth;
use crate::base::error::AuthError;
use crate::model::claims::{Claims as _, SessionId};
use crate::model::client_info::ClientInfo;
use crate::model::event::LimitedAction;
use crate::model::user::AuthUser;
use crate::sign_in::{Credentials, SignIn};

impl<U: AuthUser> Auth<U> {
    /// Creates an account and signs it in. If the user type has `verified(required)`, nothing is created before the address
    /// is confirmed: then the result is pending, for known and unknown addresses alike, and a code is mailed.
    ///
    /// # Errors
    /// [`AuthError::TooManyRequests`]; [`AuthError::InvalidFields`] with every rule that login and password break,
    /// [`AuthError::Taken`], [`AuthError::Busy`], any error of a hook, [`AuthError::Unavailable`].
    ///
    /// [`AuthError::NotYetActive`] if new accounts of the table need approval (`is_active … DEFAULT FALSE`) and no hook
    /// has given it yet: the account exists, but has no session. `auth.accounts().enable(…)` approves it.
    ///
    /// [`AuthError::AccountCreated`] if something failed after the account was stored: the account exists, but has no
    /// session, and its user can sign in. (If a hook refuses by then, its error is returned, and the account exists as
    /// well.)
    pub async fn register(
        &self,
        registration: U::Registration,
        password: &str,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let begun = self.begin_attempt(LimitedAction::Register, client)?;
        self.inner.accounts.register(begun, registration, password, client).await
    }

    /// Signs in with a password. Most applications go on with [`signed_in`](SignIn::signed_in), which returns the user, as
    /// the access token describes them, and the tokens; a sign-in that needs another step is then an error whose answer
    /// says how to go on.
    ///
    /// # Errors
    /// [`AuthError::InvalidCredentials`] for an unknown login or a wrong password, after the same work;
    /// [`AuthError::InactiveUser`] only after the right password; [`AuthError::TooManyRequests`] before anything is
    /// looked up, for unknown and known logins alike; [`AuthError::Busy`] when too many passwords are being checked;
    /// any error of a hook; [`AuthError::Unavailable`].
    pub async fn login(&self, credentials: Credentials<'_>, client: &ClientInfo) -> Result<SignIn<U>, AuthError> {
        let begun = self.begin_attempt(LimitedAction::Login, client)?;
        self.inner.accounts.sign_in.login(begun, credentials, client).await
    }

    /// Checks the password of the user `id` within their `session`, and makes the session fresh: its access tokens from
    /// now on, including the returned one, meet `Fresh` rules (RFC 9470). The refresh token and access tokens issued
    /// before do not change.
    ///
    /// A session that began with several factors takes more than a password: proof that is weaker than the login makes
    /// nothing fresh.
    ///
    /// # Errors
    /// [`AuthError::InvalidCredentials`] for a wrong password; [`AuthError::StepUpRequired`] for a right one that is not
    /// enough; [`AuthError::InvalidToken`] if the session has ended or the account is gone or disabled;
    /// [`AuthError::TooManyRequests`]; [`AuthError::Busy`]; [`AuthError::Unavailable`], in which case the session may be
    /// fresh already.
    pub async fn reauthenticate(
        &self,
        id: &U::Id,
        session: SessionId,
        password: &str,
        client: &ClientInfo,
    ) -> Result<SignIn<U>, AuthError> {
        let begun = self.begin_attempt(LimitedAction::Reauthenticate, client)?;
        self.inner.accounts.sign_in.reauthenticate(begun, id, session, password, client).await
    }

    /// Changes the password of a user who knows the current one. All other sessions end; `session`, which made the
    /// request, continues.
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`] if the new password breaks a rule, [`AuthError::InvalidCredentials`] if the current
    /// one is wrong (or was changed meanwhile), [`AuthError::InvalidToken`] if the session has ended (or was ended by
    /// another change meanwhile) or the account is disabled, [`AuthError::NotFound`] if it is gone,
    /// [`AuthError::TooManyRequests`], [`AuthError::Busy`],
    /// [`AuthError::Unavailable`].
    pub async fn change_password(
        &self,
        id: &U::Id,
        session: Option<SessionId>,
        current: &str,
        new: &str,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let begun = self.begin_attempt(LimitedAction::ChangePassword, client)?;
        self.inner.accounts.change_password(begun, id, session, (current, new), client).await
    }

    /// Sets a new password for the signed-in user of these claims, without asking for the current one. The session that
    /// made the request continues, with its tokens; all others end. No limit applies. For a handler of your own, best
    /// under a rule that asks for a recent login:
    ///
    /// ```
    /// # #[cfg(all(feature = "macros", feature = "sqlite"))] {
    /// # use auth::{Auth, AuthError, AuthUser, ClientInfo, Fresh, PasswordHash, protected};
    /// # use axum::extract::State;
    /// # #[derive(Clone, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash }
    /// #[protected(Fresh::minutes(5))]
    /// async fn choose_password(
    ///     claims: UserClaims,
    ///     client: ClientInfo,
    ///     State(auth): State<Auth<User>>,
    ///     new_password: String,
    /// ) -> Result<(), AuthError> {
    ///     auth.set_own_password(&claims, &new_password, &client).await
    /// }
    /// # }
    /// ```
    ///
    /// [`change_password`](Self::change_password) asks for the current password, and
    /// [`accounts().set_password`](crate::Accounts::set_password) ends every session.
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`] if the password breaks a rule (the field is `new_password`);
    /// [`AuthError::InvalidToken`] if the session has ended, or the account is gone or disabled; [`AuthError::Busy`],
    /// [`AuthError::Unavailable`].
    pub async fn set_own_password(
        &self,
        claims: &U::Claims,
        password: &str,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        // The handler may have waited for its body since the guard looked.
        if !self.inner.context.tokens.is_valid_at(&claims.registered(), self.now()) {
            return Err(AuthError::InvalidToken);
        }
        self.inner.accounts.set_own_password(claims, password, client).await
    }
}
