//! Changing and setting passwords. What is stored is told to the user, also if the client hangs up meanwhile.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::change::Condition;
use super::{AccountService, Accounts};
use crate::PasswordHash;
use crate::base::error::AuthError;
use crate::model::claims::{Claims as _, SessionId};
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::user::{AuthUser, is_same_row};
use crate::password::Password;
use crate::rate_limits::BegunAttempt;
use crate::revocation::epoch::Bump;
use crate::sign_in::may_be;
use crate::store::{Change, RowChange, uninterrupted};

/// How often a new hash is stored in place of one that was just renewed.
const TRIES: usize = 8;

impl<U: AuthUser> AccountService<U> {
    /// Changes a password; see [`Auth::change_password`](crate::Auth::change_password).
    pub(crate) async fn change_password(
        self: &Arc<Self>,
        begun: BegunAttempt,
        id: &U::Id,
        session: Option<SessionId>,
        (current, new): (&str, &str),
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let user = self.users.find(id).await?.ok_or(AuthError::NotFound)?;
        if !user.is_active() {
            return Err(AuthError::InvalidToken);
        }
        self.change_password_of(begun, user, session, (current, new), client).await
    }

    /// Does so for an active user whose row has just been read.
    pub(crate) async fn change_password_of(
        self: &Arc<Self>,
        begun: BegunAttempt,
        user: U,
        session: Option<SessionId>,
        (current, new): (&str, &str),
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let new = self.acceptable_password(Some(&user), "new_password", new)?;
        let attempt = self.sign_in.prove_in_session(begun, &user, current, session, client).await?;
        let (this, current, client) = (Arc::clone(self), Zeroizing::new(current.to_owned()), client.clone());
        let replaced = async move {
            let replaced = this.replace_password(user.clone(), session, &current, new, &client).await;
            match &replaced {
                Ok(user) => {
                    this.limits.password_was_changed(attempt, user).await;
                    this.tell_of_new_password(user, &client).await;
                }
                Err(_) => drop(this.limits.attempt_succeeded(attempt, &user).await),
            }
            replaced.map(drop)
        };
        uninterrupted(replaced).await?
    }

    /// Stores the hash of a new password in place of that of the current one. Returns the row as it was before.
    async fn replace_password(
        &self,
        mut user: U,
        session: Option<SessionId>,
        current: &str,
        new: Password,
        client: &ClientInfo,
    ) -> Result<U, AuthError> {
        let hash = self.sign_in.passwords().hash(new).await?;
        let bump = Bump::Sessions { except: session };
        for _ in 0..TRIES {
            let replace = RowChange::ReplacePassword { old: user.password_hash().unwrap_or_default(), new: &hash };
            if self.change_row(user.id(), bump, client, replace).await? {
                return Ok(user);
            }
            // The hash was renewed, or the password was changed: of two concurrent changes one wins, and the other was
            // made with a password that is no longer the current one.
            let row = self.users.find(user.id()).await?.ok_or(AuthError::NotFound)?;
            let hash = user.password_hash();
            if !may_be(&row, &user, hash) || !self.sign_in.knows(&row, hash, current, client).await? {
                return Err(self.sign_in.raced(user.id(), client));
            }
            user = row;
        }
        Err(AuthError::unavailable("the password was changed by too many at once"))
    }

    /// Sets the password of the signed-in user; see [`Auth::set_own_password`](crate::Auth::set_own_password).
    pub(crate) async fn set_own_password(
        self: &Arc<Self>,
        claims: &U::Claims,
        password: &str,
        client: &ClientInfo,
    ) -> Result<(), AuthError> {
        let (id, session, created) = (U::subject(claims), *claims.registered().sid, claims.created());
        let same = move |user: &U| user.is_active() && is_same_row(user, created);
        let user = self.users.find(id).await?.filter(same).ok_or(AuthError::InvalidToken)?;
        let password = self.acceptable_password(Some(&user), "new_password", password)?;
        let hash = self.sign_in.passwords().hash(password).await?;
        let bump = Bump::Sessions { except: Some(session) };
        let (this, client) = (Arc::clone(self), client.clone());
        let stored = async move { this.store_password(user, &hash, (bump, None), same, &client).await };
        uninterrupted(stored).await??.map(drop).ok_or(AuthError::InvalidToken)
    }

    /// Stores a hash in place of the one that was read with the row: the row may be another person's by now. Returns the
    /// row as it was before, or `None` if there is none any more that is the `same`, or if what was issued in the
    /// generation is no longer good.
    pub(super) async fn store_password(
        &self,
        mut user: U,
        hash: &PasswordHash,
        (bump, generation): (Bump, Option<u64>),
        same: impl Fn(&U) -> bool + Sync,
        client: &ClientInfo,
    ) -> Result<Option<U>, AuthError> {
        for _ in 0..TRIES {
            let set = [Change::PasswordHash(hash.clone())];
            let change = match user.password_hash() {
                Some(old) => RowChange::ReplacePassword { old, new: hash },
                None => RowChange::Update(&set),
            };
            let condition = Condition { generation, row: Some(&same) };
            if self.change_row_if(condition, user.id(), bump, client, change).await? {
                self.limits.password_was_set(&user).await;
                self.tell_of_new_password(&user, client).await;
                return Ok(Some(user));
            }
            if let Some(generation) = generation
                && !self.feed.stored_epoch(user.id()).await?.accepts_generation(generation)
            {
                return Ok(None);
            }
            let Some(row) = self.users.find(user.id()).await?.filter(&same) else { return Ok(None) };
            user = row;
        }
        Err(AuthError::unavailable("the password was changed by too many at once"))
    }

    /// Reports a new password, also to the user.
    async fn tell_of_new_password(&self, user: &U, client: &ClientInfo) {
        self.reporter.report(client, EventKind::PasswordChanged { user: user.id().to_string() });
        self.mail_notice(user, client).await;
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
        match self.sign_in.passwords().policy().check(&password, &context) {
            Ok(()) => Ok(password),
            Err(rules) => Err(AuthError::InvalidFields(rules.iter().map(|rule| rule.at(field)).collect())),
        }
    }
}

impl<U: AuthUser> Accounts<'_, U> {
    /// Creates an account with a password, under the same rules as sign-up.
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`], [`AuthError::Taken`], [`AuthError::Busy`], [`AuthError::Unavailable`].
    pub async fn create(&self, registration: U::Registration, password: &str) -> Result<U, AuthError> {
        self.create_with(registration, Some(password), &[]).await
    }

    /// Sets a password without knowing the current one. Every session of the user ends, and unknown clients that were
    /// locked out after too many failures may try again.
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`], [`AuthError::NotFound`], [`AuthError::Busy`], [`AuthError::Unavailable`].
    pub async fn set_password(&self, id: &U::Id, password: &str) -> Result<(), AuthError> {
        let user = self.accounts.row_if_readable(id).await?;
        let password = self.accounts.acceptable_password(user.as_ref(), "password", password)?;
        let hash = self.accounts.sign_in.passwords().hash(password).await?;
        let (accounts, id, by) = (Arc::clone(self.accounts), id.clone(), self.by.clone());
        uninterrupted(async move { accounts.set_password(&id, user.as_ref(), hash, &by).await }).await?
    }
}

impl<U: AuthUser> AccountService<U> {
    /// Sets the password of a user; of one whose row cannot be read, `user` is `None`.
    async fn set_password(
        &self,
        id: &U::Id,
        user: Option<&U>,
        hash: PasswordHash,
        by: &ClientInfo,
    ) -> Result<(), AuthError> {
        let set = [Change::PasswordHash(hash)];
        if !self.change_row(id, Bump::ALL, by, RowChange::Update(&set)).await? {
            return Err(AuthError::NotFound);
        }
        self.reporter.report(by, EventKind::PasswordChanged { user: id.to_string() });
        if let Some(user) = user {
            self.limits.password_was_set(user).await;
            self.mail_notice(user, by).await;
        } else {
            let logins = self.users.find_logins(id).await?.unwrap_or_default();
            self.limits.password_was_set_at(&logins).await;
        }
        Ok(())
    }
}
