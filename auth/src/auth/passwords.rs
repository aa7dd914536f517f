//! Changing and setting passwords.

use super::Auth;
use super::logins::FormerLogins;
use super::users::Management;
use crate::claims::SessionId;
use crate::error::AuthError;
use crate::event::{EventKind, LimitedAction, LoginFailure};
use crate::password::{Password, Verdict};
use crate::store::RowChange;
use crate::token::mark::Raise;
use crate::token::session::Client;
use crate::user::AuthUser;

impl<U: AuthUser> Auth<U> {
    /// Changes the password of a user who knows the current one. All other sessions end; `session`, which made the
    /// request, continues.
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`] if the new password breaks a rule, [`AuthError::InvalidCredentials`] if the current
    /// one is wrong (or was changed meanwhile), [`AuthError::InvalidToken`] if the session has ended (or was ended by
    /// another change meanwhile), [`AuthError::TooManyRequests`], [`AuthError::Busy`], [`AuthError::Unavailable`].
    pub async fn change_password(
        &self,
        id: &U::Id,
        session: Option<SessionId>,
        current: &str,
        new: &str,
        client: &Client,
    ) -> Result<(), AuthError> {
        let inner = self.inner();
        let user = inner.users.find(id).await?.ok_or(AuthError::NotFound)?;
        let new = self.acceptable_password(Some(&user), "new_password", new)?;
        let stored = user.password_hash();
        let login = Self::counted_login(&user);
        let attempt = self.attempt_password(LimitedAction::ChangePassword, login, session, client).await?;
        match inner.passwords.verify(Password::new(current), stored).await {
            Ok(Verdict::Right { .. }) => self.attempt_succeeded(attempt).await,
            Ok(Verdict::Wrong) => {
                let (user, reason) = (Some(id.to_string()), LoginFailure::WrongPassword);
                self.tell(client, EventKind::LoginFailed { user: user.clone(), reason });
                self.attempt_failed(attempt, user, client);
                return Err(AuthError::InvalidCredentials);
            }
            Err(error) => {
                self.attempt_undone(attempt).await;
                return Err(error.into());
            }
        }
        let hash = inner.passwords.hash(new).await?;
        let replace = RowChange::ReplacePassword { old: stored.unwrap_or_default(), new: &hash };
        // Of two concurrent changes one wins; the other was made with a password that is no longer the current one.
        if !self.change_row(id, Raise::Sessions { except: session }, client, replace).await? {
            return Err(AuthError::InvalidCredentials);
        }
        self.password_was_set(&user).await;
        self.tell(client, EventKind::PasswordChanged { user: id.to_string() });
        Ok(())
    }

    /// Checks a new password for an existing account.
    pub(super) fn acceptable_password(
        &self,
        user: Option<&U>,
        field: &'static str,
        password: &str,
    ) -> Result<Password, AuthError> {
        let logins = 0..U::SCHEMA.logins.len();
        let context: Vec<&str> =
            user.map_or_else(Vec::new, |user| logins.filter_map(|index| user.login(index)).collect());
        let password = Password::new(password);
        match self.inner().passwords.policy().check(&password, &context) {
            Ok(()) => Ok(password),
            Err(rules) => Err(AuthError::InvalidFields(rules.iter().map(|rule| rule.at(field)).collect())),
        }
    }
}

impl<U: AuthUser> Management<'_, U> {
    /// Creates an account with a password, under the same rules as sign-up.
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`], [`AuthError::Taken`], [`AuthError::Busy`], [`AuthError::Unavailable`].
    pub async fn create(&self, registration: U::Registration, password: &str) -> Result<U, AuthError> {
        let former = FormerLogins::of::<U>(&registration);
        let (registration, password) = self.auth.acceptable(registration, password)?;
        let hash = self.auth.inner().passwords.hash(password).await?;
        let user = self.auth.insert_unless_former(&former, registration, Some(hash)).await?;
        self.tell(EventKind::UserCreated { user: user.id().to_string() });
        Ok(user)
    }

    /// Sets a password without knowing the current one. Every session of the user ends, and unknown clients that were
    /// locked out after too many failures may try again.
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`], [`AuthError::NotFound`], [`AuthError::Busy`], [`AuthError::Unavailable`].
    pub async fn set_password(&self, id: &U::Id, password: &str) -> Result<(), AuthError> {
        let inner = self.auth.inner();
        let user = match inner.users.find(id).await {
            // A role that this release does not know is no reason to leave a thief the password.
            Err(error) if error.is_corrupt() => None,
            row => Some(row?.ok_or(AuthError::NotFound)?),
        };
        let password = self.auth.acceptable_password(user.as_ref(), "password", password)?;
        let hash = inner.passwords.hash(password).await?;
        self.change(id, Raise::ALL, RowChange::SetPassword(&hash)).await?;
        if let Some(user) = &user {
            self.auth.password_was_set(user).await;
        }
        self.tell(EventKind::PasswordChanged { user: id.to_string() });
        Ok(())
    }
}
