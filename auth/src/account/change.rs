//! Changes of an account: its row, together with what was issued because of its old content.
//!
//! If users and records share a database, each of them is one transaction: a change that the table refuses has changed
//! nothing. Other stores are written one after the other, in an order in which an interruption ends too much rather
//! than too little.
//!
//! So row, mark and the records that end with the account change in one place. Two stores that share no transaction are
//! written in turn, and the mark is raised twice: before the row is written, for a process that is killed and so loses
//! its queue; and after it, for logins and refreshes in between. There a refused change may have ended sessions.

use super::Accounts;
use crate::client_info::Client;
use crate::error::AuthError;
use crate::revocation::mark::Raise;
use crate::revocation::{TRIES, too_many};
use crate::session::Unfinished;
use crate::store::{Changed, DynAccounts, Raised, Record, RowChange, StoreError};
use crate::user::AuthUser;

impl<U: AuthUser> Accounts<U> {
    /// Changes a user's row and ends what was issued because of its old content. Returns whether there is such a row
    /// (for [`RowChange::ReplacePassword`]: with that hash). If it is interrupted, the rest is done later.
    ///
    /// # Errors
    /// [`AuthError::StillReferenced`] or [`AuthError::RefusedByTable`] if the table does not accept the change.
    pub(super) async fn change_row(
        &self,
        id: &U::Id,
        raise: Raise,
        client: &Client,
        change: RowChange<'_, U>,
    ) -> Result<bool, AuthError> {
        match &self.at_once {
            Some(accounts) => self.change_at_once(&**accounts, id, raise, client, change).await,
            None => self.change_in_turn(id, raise, client, change).await,
        }
    }

    async fn change_at_once(
        &self,
        accounts: &dyn DynAccounts<U>,
        id: &U::Id,
        raise: Raise,
        client: &Client,
        change: RowChange<'_, U>,
    ) -> Result<bool, AuthError> {
        let ending = self.kinds.ending();
        let ends: &[&str] = if matches!(change, RowChange::Delete) { &ending } else { &[] };
        for _ in 0..TRIES {
            let stored = self.feed.mark_record(id).await?;
            let before = self.feed.mark_of(stored.as_ref())?;
            self.sessions.may_spare(raise, before).await?;
            let (mark, replaces) = (before.raised(raise), stored.is_some());
            let record = self.feed.record_of(id.to_string(), mark, stored.as_ref())?;
            // The answer to a commit may be lost, and the caller may be gone before it arrives.
            let unfinished = Unfinished::news(&self.sessions, id);
            let _row = self.feed.forget_row_at_the_end(id);
            match accounts.change(id, change, Raised { mark: &record, replaces, ends }).await {
                Ok(Changed::Done) => {
                    self.feed.know(id, mark);
                    let version = record.version.saturating_add(i64::from(replaces));
                    self.feed.written(Record { version, ..record }).await?;
                    let mark = if self.feed.is_above_the_floor(mark.generation).await? {
                        mark
                    } else {
                        self.feed.raise(id, raise.again()).await?
                    };
                    if let Raise::Sessions { except } = raise {
                        self.sessions.sessions_ended(id, &mark, except, unfinished, client).await;
                    } else {
                        unfinished.finish();
                    }
                    return Ok(true);
                }
                Ok(Changed::NoRow) => {
                    unfinished.finish();
                    return Ok(false);
                }
                Ok(Changed::MarkMoved) => unfinished.finish(),
                Err(error) => {
                    if !error.is_unavailable() {
                        unfinished.finish();
                    }
                    return Err(refused(error));
                }
            }
        }
        Err(too_many())
    }

    /// Without a transaction, the mark is raised twice. *Before* the row is written, in case this process is killed
    /// right after: nothing would raise it later, and a thief's session must not survive a new password. That is safe,
    /// because it costs at most what a login or a refresh brings back. And *after* it, for logins and refreshes in
    /// between that used the old row.
    async fn change_in_turn(
        &self,
        id: &U::Id,
        raise: Raise,
        client: &Client,
        change: RowChange<'_, U>,
    ) -> Result<bool, AuthError> {
        self.sessions.raise_first(id, raise).await?;
        let mut unfinished = Unfinished::mark(&self.sessions, id, raise.again());
        if !change.alone(&*self.users, id).await.map_err(refused)? {
            unfinished.finish();
            self.is_absent(id, change).await?;
            return Ok(false);
        }
        let mark = self.sessions.raise_again(id, raise.again(), &mut unfinished).await?;
        if matches!(change, RowChange::Delete) {
            self.sessions.delete_owned(&id.to_string()).await?;
        }
        if let Raise::Sessions { except } = raise {
            self.sessions.sessions_ended(id, &mark, except, unfinished, client).await;
        } else {
            unfinished.finish();
        }
        Ok(true)
    }

    /// A change has found no row. If there is one all the same, the table refuses to change it, which says nothing about
    /// the user or the password.
    async fn is_absent(&self, id: &U::Id, change: RowChange<'_, U>) -> Result<(), AuthError> {
        let row = match self.users.find(id).await {
            Err(error) if error.is_corrupt() => return Err(untouched()),
            row => row?,
        };
        match (row, change) {
            (None, _) => Ok(()),
            (Some(row), RowChange::ReplacePassword { old, .. }) if row.password_hash() != Some(old) => Ok(()),
            (Some(_), _) => Err(untouched()),
        }
    }
}

/// Returns the error for a change that the table does not accept.
fn refused(error: StoreError) -> AuthError {
    if !error.is_refused() {
        return error.into();
    }
    // The client learns no more than that; who runs the database has to change something.
    let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    tracing::warn!(target: "auth::store", cause, "the table of users refuses a change of an account");
    AuthError::RefusedByTable(Box::new(error))
}

fn untouched() -> AuthError {
    refused(StoreError::refused("the row is there, and the statement has left it as it is"))
}
