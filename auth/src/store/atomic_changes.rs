//! Changes of an account that are all or nothing: its row, its epoch, and the records of what was issued for it.
//!
//! A pair of stores that share a database makes them in one transaction. Any other pair makes them one after the other,
//! in an order in which an interruption only ever ends too much: see `account/change.rs`.

use std::sync::Arc;
use std::time::Duration;

use super::budget::bounded;
use super::erased::{Boxed, DynUsers};
use super::{Change, Record, StoreError};
use crate::PasswordHash;
use crate::model::user::{AuthUser, NewUser};

/// A change of one row of the user table.
pub(crate) enum RowChange<'a, U: AuthUser> {
    /// Makes these changes, all or none.
    Update(&'a [Change<U>]),
    /// Stores the new hash if the old one is still stored.
    ReplacePassword { old: &'a str, new: &'a PasswordHash },
    /// Deletes the row.
    Delete,
}

#[expect(clippy::expl_impl_clone_on_copy, reason = "a derive would ask it of the user type, too")]
impl<U: AuthUser> Clone for RowChange<'_, U> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<U: AuthUser> Copy for RowChange<'_, U> {}

impl<'a, U: AuthUser> RowChange<'a, U> {
    /// Makes the change by itself. Returns whether there was such a row.
    pub(crate) fn alone(self, users: &'a dyn DynUsers<U>, id: &'a U::Id) -> Boxed<'a, bool> {
        match self {
            Self::Update(changes) => users.update(id, changes),
            Self::ReplacePassword { old, new } => users.replace_password(id, old, new),
            Self::Delete => users.delete(id),
        }
    }
}

/// How a change of an account ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Changed {
    /// Everything is stored.
    Done,
    /// Nothing is stored: there is no such row, or its hash is no longer the one to replace.
    NoRow,
    /// Nothing is stored: somebody else has bumped the epoch since it was read.
    EpochMoved,
}

/// What is stored together with the change of a row.
#[derive(Clone, Copy)]
pub(crate) struct Bumped<'a> {
    /// The epoch after the change, with the version of the stored one.
    pub(crate) epoch: &'a Record,
    /// Whether there is a stored one.
    pub(crate) replaces: bool,
    /// The kinds whose records of the same owner are deleted.
    pub(crate) ends: &'a [&'a str],
}

/// Makes the bumped epoch of an owner from the stored one.
pub(crate) type RaiseMark<'a> = dyn Fn(&str, Option<&Record>) -> Result<Record, StoreError> + Send + Sync + 'a;

/// What a new account must not inherit from an earlier one with the same id.
#[derive(Clone, Copy)]
pub(crate) struct Inherited<'a> {
    /// The kind of the epochs.
    pub(crate) epochs: &'a str,
    /// Every kind whose records say that something was issued for their owner.
    pub(crate) issued: &'a [&'a str],
    /// The kinds whose records are deleted.
    pub(crate) ends: &'a [&'a str],
    /// The kinds of them that say that somebody was still signed in.
    pub(crate) signed_in: &'a [&'a str],
    /// Whether the epoch is bumped although no record says that anything was issued: tokens of the former auth have none.
    pub(crate) always: bool,
    /// Returns the bumped epoch of an owner, with the version of the stored one.
    pub(crate) bump: &'a RaiseMark<'a>,
}

/// A new account.
#[derive(Debug)]
pub(crate) struct Created<U> {
    pub(crate) user: U,
    /// The epoch as stored, if it had to be bumped because something had been issued for the id before.
    pub(crate) epoch: Option<Record>,
    /// Whether something of the earlier account was still alive: a row that was deleted through the library leaves only
    /// its epoch.
    pub(crate) left: bool,
}

/// Users and records in one database.
pub(crate) trait DynAccounts<U: AuthUser>: Send + Sync + 'static {
    /// Changes a row and raises the epoch of its user, or does nothing.
    fn change<'a>(&'a self, id: &'a U::Id, change: RowChange<'a, U>, bumped: Bumped<'a>) -> Boxed<'a, Changed>;

    /// Inserts a user, changes the row, and ends whatever was issued for an earlier one with the same id, before anybody
    /// can see the row; or does nothing.
    fn create<'a>(
        &'a self,
        new: NewUser<U>,
        changes: &'a [Change<U>],
        inherited: Inherited<'a>,
    ) -> Boxed<'a, Created<U>>;
}

/// The same with a limit on how long a request waits for it.
pub(super) struct AccountsWithBudget<U: AuthUser> {
    pub(super) accounts: Arc<dyn DynAccounts<U>>,
    pub(super) limit: Duration,
}

impl<U: AuthUser> DynAccounts<U> for AccountsWithBudget<U> {
    fn change<'a>(&'a self, id: &'a U::Id, change: RowChange<'a, U>, bumped: Bumped<'a>) -> Boxed<'a, Changed> {
        Box::pin(bounded(self.limit, self.accounts.change(id, change, bumped)))
    }

    fn create<'a>(
        &'a self,
        new: NewUser<U>,
        changes: &'a [Change<U>],
        inherited: Inherited<'a>,
    ) -> Boxed<'a, Created<U>> {
        Box::pin(bounded(self.limit, self.accounts.create(new, changes, inherited)))
    }
}
