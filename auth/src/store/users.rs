//! The application's user table.

use std::future::Future;

use crate::PasswordHash;
use crate::model::user::{AuthUser, NewUser};

use super::change::{Change, ChangeKind};
use super::error::StoreError;
use super::report::TableReport;

/// Returns the logins of a user, in the order of the fields.
pub(crate) fn logins_of<U: AuthUser>(user: &U) -> Vec<Option<String>> {
    (0..U::SCHEMA.logins.len()).map(|index| user.login(index).map(str::to_owned)).collect()
}

/// The application's user table.
///
/// Methods that change a row return whether the row existed.
pub trait Users<U: AuthUser>: Send + Sync + 'static {
    /// Returns the user with this id.
    fn find(&self, id: &U::Id) -> impl Future<Output = Result<Option<U>, StoreError>> + Send;

    /// Returns the user whose login field at `index` holds this (canonical) login; no other column is consulted. Logins
    /// are compared byte by byte, whatever the collation of the column.
    fn find_by_login(&self, index: usize, login: &str) -> impl Future<Output = Result<Option<U>, StoreError>> + Send;

    /// Returns the hash of the account whose login field at `index` holds this login, without reading the rest of the
    /// row: `Some(None)` for an account without a password.
    ///
    /// It is asked when [`find_by_login`](Self::find_by_login) fails with [`StoreError::corrupt`], because somebody who
    /// does not know the password must not learn that the row cannot be read. The default reads the whole row.
    fn find_hash(
        &self,
        index: usize,
        login: &str,
    ) -> impl Future<Output = Result<Option<Option<PasswordHash>>, StoreError>> + Send {
        async move {
            let user = self.find_by_login(index, login).await?;
            Ok(user.map(|user| user.password_hash().map(PasswordHash::from_stored)))
        }
    }

    /// Returns the logins of the user with this id, in the order of the fields, without reading the rest of the row.
    ///
    /// It is asked when [`find`](Self::find) fails with [`StoreError::corrupt`], because an account can be unlocked whose
    /// role this release does not know. The default reads the whole row.
    fn find_logins(&self, id: &U::Id) -> impl Future<Output = Result<Option<Vec<Option<String>>>, StoreError>> + Send {
        async move { Ok(self.find(id).await?.map(|user| logins_of(&user))) }
    }

    /// Returns how rows hold the login at `index` whose canonical form this is, if not in a form that people are looked
    /// up by: with capitals, or with blanks around it. Their owners are then found, and nobody else signs up with it.
    /// `None` if the table is known to have no such row, for any login; the default says that.
    ///
    /// It is asked at every login and sign-up, so it must answer from memory. An answer may be out of date: what it says
    /// is looked up with [`find_by_login`](Self::find_by_login).
    fn stored_as(
        &self,
        index: usize,
        canonical: &str,
    ) -> impl Future<Output = Result<Option<Vec<String>>, StoreError>> + Send {
        let _ = (index, canonical);
        async { Ok(None) }
    }

    /// Returns the first `most` users by id, in the order that the store has for ids; if `after` is given, the first of
    /// those that follow it. For the command line, which shows one page after the other; a store that cannot list its
    /// users fails with [`StoreError::unsupported`], which is the default.
    fn list(&self, after: Option<&U::Id>, most: u32) -> impl Future<Output = Result<Vec<U>, StoreError>> + Send {
        let _ = (after, most);
        async { Err(StoreError::unsupported("this store cannot list its users: it does not implement `Users::list`")) }
    }

    /// Does the same row by row: one that cannot be read is an error in its place, where [`list`](Self::list) fails as a
    /// whole. The default asks `list`.
    fn list_each(
        &self,
        after: Option<&U::Id>,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Result<U, StoreError>>, StoreError>> + Send {
        async move { Ok(self.list(after, most).await?.into_iter().map(Ok).collect()) }
    }

    /// Inserts a user and returns the row as stored. Fails with [`StoreError::taken`] if a login is in use (any of
    /// them, if several are), with [`StoreError::rejected`] if the table does not accept a value of the row, and with
    /// [`StoreError::refused`] if it rejects the row for a reason that is not the fault of the person signing up.
    fn create(&self, new: NewUser<U>) -> impl Future<Output = Result<U, StoreError>> + Send;

    /// Returns whether [`update`](Self::update) makes changes of this kind. The default is that it makes none, so a store
    /// names every kind that it knows. Later versions of this library may add kinds; a change that the store does not
    /// support fails with [`StoreError::unsupported`], and `update` is not called for it.
    fn supports(&self, kind: ChangeKind) -> bool {
        let _ = kind;
        false
    }

    /// Makes all the changes to one row, in order, or none of them: nobody sees the row with only some of them. Returns
    /// whether the row existed, also if there are no changes to make.
    ///
    /// Fails with [`StoreError::unsupported`] if there is a change that it does not make. It must not ignore one: the
    /// library would then tell somebody that, for example, an account is disabled.
    fn update(&self, id: &U::Id, changes: &[Change<U>]) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Sets the password hash if it is still `old`, so that a rehash cannot undo a password change.
    fn replace_password(
        &self,
        id: &U::Id,
        old: &str,
        new: &PasswordHash,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Deletes the row.
    fn delete(&self, id: &U::Id) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Looks at the table, as `build()` does, and changes nothing in it: see [`TableReport`].
    fn problems(&self) -> impl Future<Output = Result<TableReport, StoreError>> + Send {
        async { Ok(TableReport::default()) }
    }

    /// Inserts a user as [`create`](Self::create) does, compares the row with what was written, and takes it back.
    /// Returns what was wrong, in one sentence each. A store that cannot take a row back fails with
    /// [`StoreError::unsupported`].
    fn try_create(&self, new: NewUser<U>) -> impl Future<Output = Result<Vec<String>, StoreError>> + Send {
        drop(new);
        async { Err(StoreError::unsupported("this store cannot undo a sign-up")) }
    }
}
