//! Changes of an account: its row, together with what was issued because of its old content.
//!
//! If users and records share a database, each of them is one transaction: a change that the table refuses has changed
//! nothing. Other stores are written one after the other, in an order in which an interruption ends too much rather
//! than too little.
//!
//! So row, epoch and the records that end with the account change in one place. Two stores that share no transaction
//! are written in turn, and the epoch is raised twice: before the row is written, for a process that is killed and so
//! loses its queue; and after it, for logins and refreshes in between. There a refused change may have ended sessions.

use super::AccountService;
use crate::base::error::AuthError;
use crate::model::client_info::ClientInfo;
use crate::model::user::AuthUser;
use crate::revocation::epoch::Bump;
use crate::revocation::too_many;
use crate::session::CompletionGuard;
use crate::store::{Bumped, Change, Changed, DynAccounts, Record, RowChange, StoreError, TRIES};

/// What must hold when a change is written.
pub(super) struct Condition<'a, U> {
    /// What was issued in this generation is still good: a mailed link must not win against a password that was set, or
    /// an account that was disabled, while its reader's new password was hashed.
    pub(super) generation: Option<u64>,
    /// The row is the one that is meant. With users and records in one database, nobody changes it in between: each
    /// change through this library bumps the epoch in the same transaction.
    pub(super) row: Option<&'a (dyn Fn(&U) -> bool + Sync)>,
}

impl<U> Condition<'_, U> {
    pub(super) const NONE: Self = Self { generation: None, row: None };
}

impl<U> Clone for Condition<'_, U> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<U> Copy for Condition<'_, U> {}

impl<U: AuthUser> AccountService<U> {
    /// Changes a user's row and ends what was issued because of its old content. Returns whether there is such a row
    /// (for [`RowChange::ReplacePassword`]: with that hash). If it is interrupted, the rest is done later.
    ///
    /// # Errors
    /// [`AuthError::StillReferenced`] or [`AuthError::RefusedByTable`] if the table does not accept the change.
    pub(super) async fn change_row(
        &self,
        id: &U::Id,
        bump: Bump,
        client: &ClientInfo,
        change: RowChange<'_, U>,
    ) -> Result<bool, AuthError> {
        self.change_row_if(Condition::NONE, id, bump, client, change).await
    }

    /// Does the same, if the condition holds when the change is written; returns `false` if not.
    pub(super) async fn change_row_if(
        &self,
        condition: Condition<'_, U>,
        id: &U::Id,
        bump: Bump,
        client: &ClientInfo,
        change: RowChange<'_, U>,
    ) -> Result<bool, AuthError> {
        match &self.at_once {
            Some(accounts) => self.change_at_once(&**accounts, condition, id, bump, client, change).await,
            None => self.change_in_turn(condition, id, bump, client, change).await,
        }
    }

    /// Returns whether there is such a row. One that cannot be read is there, too.
    pub(super) async fn has_row(&self, id: &U::Id) -> Result<bool, StoreError> {
        match self.users.find(id).await {
            Err(error) if error.is_corrupt() => Ok(true),
            row => Ok(row?.is_some()),
        }
    }

    /// Returns how far one change raises the generation, if nobody else changes the account meanwhile.
    pub(super) fn bumps_of_a_change(&self) -> u64 {
        if self.at_once.is_some() { 1 } else { 2 }
    }

    async fn change_at_once(
        &self,
        accounts: &dyn DynAccounts<U>,
        condition: Condition<'_, U>,
        id: &U::Id,
        bump: Bump,
        client: &ClientInfo,
        change: RowChange<'_, U>,
    ) -> Result<bool, AuthError> {
        let (of_account, of_disable) = (self.kinds.ending(), self.kinds.ending_with_disable());
        let ends: &[&str] = match change {
            RowChange::Delete => &of_account,
            change if disables(change) => &of_disable,
            _ => &[],
        };
        for _ in 0..TRIES {
            let (stored, spared) = self.sessions.epoch_and_spared(id, bump).await?;
            let before = self.feed.epoch_of(stored.as_ref())?;
            // The write below succeeds only while the epoch is this one.
            if condition.generation.is_some_and(|generation| !before.accepts_generation(generation))
                || !self.is_row_meant(condition, id).await?
            {
                return Ok(false);
            }
            self.sessions.check_spared(bump, spared, before).await?;
            let (epoch, replaces) = (before.bumped(bump), stored.is_some());
            let record = self.feed.record_of(id.to_string(), epoch, stored.as_ref())?;
            // The answer to a commit may be lost, and the caller may be gone before it arrives.
            let guard = CompletionGuard::maybe_stored(&self.sessions, id);
            let _row = self.feed.invalidate_row_on_drop(id);
            match accounts.change(id, change, Bumped { epoch: &record, replaces, ends }).await {
                Ok(Changed::Done) => {
                    self.feed.apply_epoch(id, epoch);
                    let version = record.version.saturating_add(i64::from(replaces));
                    self.feed.ensure_visible(Record { version, ..record }).await?;
                    self.sessions.finish_change(id, epoch, bump, guard, client).await?;
                    return Ok(true);
                }
                Ok(Changed::NoRow) => {
                    guard.disarm();
                    return Ok(false);
                }
                Ok(Changed::EpochMoved) => guard.disarm(),
                Err(error) => {
                    if !error.is_unavailable() {
                        guard.disarm();
                    }
                    return Err(refused::<U>(error));
                }
            }
        }
        Err(too_many())
    }

    /// Without a transaction, the epoch is bumped twice. *Before* the row is written, in case this process is killed
    /// right after: nothing would raise it later, and a thief's session must not survive a new password. That is safe,
    /// because it costs at most what a login or a refresh brings back. And *after* it, for logins and refreshes in
    /// between that used the old row.
    async fn change_in_turn(
        &self,
        condition: Condition<'_, U>,
        id: &U::Id,
        bump: Bump,
        client: &ClientInfo,
        change: RowChange<'_, U>,
    ) -> Result<bool, AuthError> {
        if !self.is_row_meant(condition, id).await?
            || !self.sessions.bump_first(condition.generation, id, bump).await?
            || !self.is_row_meant(condition, id).await?
        {
            return Ok(false);
        }
        let mut guard = CompletionGuard::epoch(&self.sessions, id, bump.again());
        if disables(change) {
            self.end_keys_of(&id.to_string()).await?;
        }
        if !change.alone(&*self.users, id).await.map_err(refused::<U>)? {
            guard.disarm();
            self.is_absent(id, change).await?;
            return Ok(false);
        }
        let epoch = self.sessions.bump_again(id, bump.again(), &mut guard).await?;
        if matches!(change, RowChange::Delete) {
            self.sessions.delete_owned(&id.to_string()).await?;
        }
        if let Bump::Sessions { except } = bump {
            self.sessions.sessions_ended(id, &epoch, except, guard, client).await;
        } else {
            guard.disarm();
        }
        Ok(true)
    }

    /// Whether the row is the one that a change is meant for.
    async fn is_row_meant(&self, condition: Condition<'_, U>, id: &U::Id) -> Result<bool, AuthError> {
        let Some(is_meant) = condition.row else { return Ok(true) };
        match self.users.find(id).await {
            // Whoever may change any row may change one that cannot be read.
            Err(error) if error.is_corrupt() => Ok(false),
            row => Ok(row?.is_some_and(|row| is_meant(&row))),
        }
    }

    /// A change has found no row. If there is one all the same, the table refuses to change it, which says nothing about
    /// the user or the password.
    async fn is_absent(&self, id: &U::Id, change: RowChange<'_, U>) -> Result<(), AuthError> {
        let row = match self.users.find(id).await {
            Err(error) if error.is_corrupt() => return Err(untouched::<U>()),
            row => row?,
        };
        match (row, change) {
            (None, _) => Ok(()),
            (Some(row), RowChange::ReplacePassword { old, .. }) if row.password_hash() != Some(old) => Ok(()),
            (Some(_), _) => Err(untouched::<U>()),
        }
    }
}

/// Whether a change disables the account: its API keys end then, and do not come back when it is enabled again.
fn disables<U: AuthUser>(change: RowChange<'_, U>) -> bool {
    matches!(change, RowChange::Update(changes) if changes.iter().any(|change| matches!(change, Change::Active(false, _))))
}

/// Returns the error for a change that the table does not accept.
fn refused<U: AuthUser>(error: StoreError) -> AuthError {
    if let Some(index) = error.taken_login() {
        return taken::<U>(index);
    }
    if !error.is_refused() {
        return error.into();
    }
    // The client learns no more than that; who runs the database has to change something.
    let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    tracing::warn!(target: "auth::store", cause, "the table of users refuses a change of an account");
    AuthError::RefusedByTable(Box::new(error))
}

/// Another account has the login at `index`.
pub(super) fn taken<U: AuthUser>(index: usize) -> AuthError {
    AuthError::Taken { field: U::SCHEMA.login_column(index).to_owned() }
}

fn untouched<U: AuthUser>() -> AuthError {
    refused::<U>(StoreError::refused("the row is there, and the statement has left it as it is"))
}
