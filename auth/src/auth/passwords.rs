//! Changing and setting passwords.

use super::Auth;
use super::logins::FormerLogins;
use super::users::Management;
use crate::PasswordHash;
use crate::claims::{Claims as _, SessionId};
use crate::error::AuthError;
use crate::event::{EventKind, LimitedAction, LoginFailure};
use crate::password::{Password, Verdict};
use crate::store::{Change, RowChange};
use crate::token::mark::Raise;
use crate::token::session::Client;
use crate::user::AuthUser;

/// How often a new hash is stored in place of one that was just renewed.
const TRIES: usize = 8;

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
        let begun = self.begin_attempt(LimitedAction::ChangePassword, client)?;
        let user = inner.users.find(id).await?.ok_or(AuthError::NotFound)?;
        let new = self.acceptable_password(Some(&user), "new_password", new)?;
        let stored = user.password_hash();
        let attempt = self.attempt_password(begun, self.aim_at(&user), session, client).await?;
        match inner.passwords.verify(Password::new(current), stored).await {
            Ok(Verdict::Right { .. }) => self.attempt_succeeded(attempt, &user).await,
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
        self.replace_password(user, session, current, &hash, client).await
    }

    /// Stores a new hash in place of that of the current password.
    async fn replace_password(
        &self,
        mut user: U,
        session: Option<SessionId>,
        current: &str,
        hash: &PasswordHash,
        client: &Client,
    ) -> Result<(), AuthError> {
        let raise = Raise::Sessions { except: session };
        for _ in 0..TRIES {
            let replace = RowChange::ReplacePassword { old: user.password_hash().unwrap_or_default(), new: hash };
            if self.change_row(user.id(), raise, client, replace).await? {
                self.password_was_set(&user).await;
                self.tell(client, EventKind::PasswordChanged { user: user.id().to_string() });
                return Ok(());
            }
            // The hash was renewed, or the password was changed: of two concurrent changes one wins, and the other was
            // made with a password that is no longer the current one.
            let row = self.inner().users.find(user.id()).await?.ok_or(AuthError::NotFound)?;
            let hash = user.password_hash();
            if !Self::may_be(&row, &user, hash) || !self.knows(&row, hash, current, client).await? {
                return Err(self.raced(user.id(), client));
            }
            user = row;
        }
        Err(AuthError::unavailable("the password was changed by too many at once"))
    }

    /// Sets a new password for the signed-in user of these claims, without asking for the current one. The session that
    /// made the request continues, with its tokens; all others end. No limit applies. For a handler of your own, best
    /// under a rule that asks for a recent login:
    ///
    /// ```
    /// # #[cfg(all(feature = "macros", feature = "sqlite"))] {
    /// # use auth::{Auth, AuthError, AuthUser, Client, Fresh, PasswordHash, protected};
    /// # use axum::extract::State;
    /// # #[derive(Clone, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash }
    /// #[protected(Fresh::minutes(5))]
    /// async fn choose_password(
    ///     claims: UserClaims,
    ///     client: Client,
    ///     State(auth): State<Auth<User>>,
    ///     new_password: String,
    /// ) -> Result<(), AuthError> {
    ///     auth.set_own_password(&claims, &new_password, &client).await
    /// }
    /// # }
    /// ```
    ///
    /// [`change_password`](Self::change_password) asks for the current password, and
    /// [`users().set_password`](Management::set_password) ends every session.
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`] if the password breaks a rule; [`AuthError::InvalidToken`] if the session has ended,
    /// or the account is gone or disabled; [`AuthError::Busy`], [`AuthError::Unavailable`].
    pub async fn set_own_password(&self, claims: &U::Claims, password: &str, client: &Client) -> Result<(), AuthError> {
        let inner = self.inner();
        // The handler may have waited for its body since the guard looked.
        if !inner.tokens.still(&claims.registered(), self.now()) {
            return Err(AuthError::InvalidToken);
        }
        let (id, session) = (U::subject(claims), *claims.registered().sid);
        let same = |user: &U| user.is_active() && Self::is_of(user, claims.created());
        let mut user = inner.users.find(id).await?.filter(same).ok_or(AuthError::InvalidToken)?;
        let password = self.acceptable_password(Some(&user), "password", password)?;
        let hash = inner.passwords.hash(password).await?;
        let raise = Raise::Sessions { except: Some(session) };
        for _ in 0..TRIES {
            // In place of the hash that was read with the row: the row may be another person's by now.
            let set = [Change::PasswordHash(hash.clone())];
            let change = match user.password_hash() {
                Some(old) => RowChange::ReplacePassword { old, new: &hash },
                None => RowChange::Update(&set),
            };
            if self.change_row(id, raise, client, change).await? {
                self.password_was_set(&user).await;
                self.tell(client, EventKind::PasswordChanged { user: id.to_string() });
                return Ok(());
            }
            user = inner.users.find(id).await?.filter(same).ok_or(AuthError::InvalidToken)?;
        }
        Err(AuthError::unavailable("the password was changed by too many at once"))
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
        self.auth.password_was_set(&user).await;
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
        self.change(id, Raise::ALL, RowChange::Update(&[Change::PasswordHash(hash)])).await?;
        if let Some(user) = &user {
            self.auth.password_was_set(user).await;
        }
        self.tell(EventKind::PasswordChanged { user: id.to_string() });
        Ok(())
    }
}
