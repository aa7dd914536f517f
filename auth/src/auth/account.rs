//! The beginning, the changes and the end of an account: its row, together with what was issued because of it.
//!
//! If users and records share a database, each of them is one transaction: a change that the table refuses has changed
//! nothing. Other stores are written one after the other, in an order in which an interruption ends too much rather
//! than too little.

use std::sync::{Mutex, PoisonError};

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};

use super::Auth;
use super::marks::too_many;
use super::revoke::TRIES;
use super::unfinished::Unfinished;
use super::users::refusal;
use crate::error::AuthError;
use crate::event::EventKind;
use crate::store::{Changed, DynAccounts, Inherited, Raised, Record, RowChange, StoreError};
use crate::token::mark::Raise;
use crate::token::session::Client;
use crate::user::{AuthUser, NewUser, Registration as _};

/// Any id, to ask whether the library generates them.
const UUID: &str = "00000000-0000-7000-8000-000000000000";

impl<U: AuthUser> Auth<U> {
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
        match &self.inner().accounts {
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
        let ending = self.inner().kinds.ending();
        let ends: &[&str] = if matches!(change, RowChange::Delete) { &ending } else { &[] };
        for _ in 0..TRIES {
            let stored = self.mark_record(id).await?;
            let before = self.mark_of(stored.as_ref())?;
            self.may_spare(raise, before).await?;
            let (mark, replaces) = (before.raised(raise), stored.is_some());
            let record = self.record_of(id.to_string(), mark, stored.as_ref())?;
            // The answer to a commit may be lost, and the caller may be gone before it arrives.
            let unfinished = Unfinished::news(self, id);
            let _row = self.inner().rows.as_deref().map(|rows| rows.forget_at_the_end(id));
            match accounts.change(id, change, Raised { mark: &record, replaces, ends }).await {
                Ok(Changed::Done) => {
                    self.know(id, mark);
                    let version = record.version.saturating_add(i64::from(replaces));
                    self.written(Record { version, ..record }).await?;
                    let mark =
                        if self.is_above_the_floor(mark).await? { mark } else { self.raise(id, raise.again()).await? };
                    if let Raise::Sessions { except } = raise {
                        self.sessions_ended(id, &mark, except, unfinished, client).await;
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
        self.raise_first(id, raise).await?;
        let mut unfinished = Unfinished::mark(self, id, raise.again());
        if !change.alone(&*self.inner().users, id).await.map_err(refused)? {
            unfinished.finish();
            self.is_absent(id, change).await?;
            return Ok(false);
        }
        let mark = self.raise_again(id, raise.again(), &mut unfinished).await?;
        if matches!(change, RowChange::Delete) {
            self.delete_owned(&id.to_string()).await?;
        }
        if let Raise::Sessions { except } = raise {
            self.sessions_ended(id, &mark, except, unfinished, client).await;
        } else {
            unfinished.finish();
        }
        Ok(true)
    }

    /// A change has found no row. If there is one all the same, the table refuses to change it, which says nothing about
    /// the user or the password.
    async fn is_absent(&self, id: &U::Id, change: RowChange<'_, U>) -> Result<(), AuthError> {
        let row = match self.inner().users.find(id).await {
            Err(error) if error.is_corrupt() => return Err(untouched()),
            row => row?,
        };
        match (row, change) {
            (None, _) => Ok(()),
            (Some(row), RowChange::ReplacePassword { old, .. }) if row.password_hash() != Some(old) => Ok(()),
            (Some(_), _) => Err(untouched()),
        }
    }

    /// Stores a new account. Whatever was issued for an earlier account with the id that the database chooses ends
    /// before anybody can see the row.
    pub(super) async fn create_account(&self, new: NewUser<U>) -> Result<U, AuthError> {
        let Some(accounts) = &self.inner().accounts else { return self.create_in_turn(new).await };
        let kinds = &self.inner().kinds;
        // What is left to do for the inherited id if the answer is lost, or nobody waits for it.
        let unfinished = Mutex::new(None);
        let raise = |owner: &str, stored: Option<&Record>| {
            let mark = self.mark_of(stored)?.raised(Raise::ALL);
            // Memory first: it can only refuse, and nobody else has this id before the transaction is committed.
            if let Ok(id) = owner.parse() {
                self.know(&id, mark);
                let rest = Unfinished::news(self, &id);
                let former = unfinished.lock().unwrap_or_else(PoisonError::into_inner).replace(rest);
                if let Some(former) = former {
                    former.finish();
                }
            }
            self.record_of(owner.to_owned(), mark, stored)
        };
        let inherited = Inherited { marks: &kinds.mark, issued: &kinds.issued(), ends: &kinds.ending(), raise: &raise };
        let created = accounts.create(new, inherited).await;
        let unfinished = unfinished.into_inner().unwrap_or_else(PoisonError::into_inner);
        let created = match created {
            Ok(created) => created,
            Err(error) => {
                if let Some(unfinished) = unfinished.filter(|_| !error.is_unavailable()) {
                    unfinished.finish();
                }
                return Err(refusal::<U>(error));
            }
        };
        if let Some(rows) = &self.inner().rows {
            // The application may have deleted the earlier row directly.
            rows.forget(created.user.id());
        }
        let announced = match created.mark {
            Some(mark) => {
                if created.left {
                    warn_inherited::<U>(created.user.id());
                    let ended = EventKind::SessionsEnded { user: created.user.id().to_string(), except: None };
                    self.tell(&Client::default(), ended);
                }
                self.written(mark).await.is_ok()
            }
            None => true,
        };
        if let Some(unfinished) = unfinished.filter(|_| announced) {
            unfinished.finish();
        }
        Ok(created.user)
    }

    /// Without a transaction, a process may be killed between the row and the end of earlier sessions. So a record is
    /// written first, which the next login finds.
    async fn create_in_turn(&self, new: NewUser<U>) -> Result<U, AuthError> {
        if new.id.is_some() {
            return self.inner().users.create(new).await.map_err(refusal::<U>);
        }
        let begun = self.begin_sign_up(&new).await?;
        let created = self.inner().users.create(new).await;
        if let Ok(user) = &created {
            let unfinished = Unfinished::mark(self, user.id(), Raise::ALL);
            self.end_inherited(user.id()).await.map_err(AuthError::after_sign_up)?;
            unfinished.finish();
        }
        // An unavailable store may have stored the row all the same.
        if let Some(begun) = begun.filter(|_| !created.as_ref().is_err_and(StoreError::is_unavailable)) {
            let taken = self.inner().records.take(&begun.kind, &begun.key).await.map_err(AuthError::from);
            taken.map_err(|error| if created.is_ok() { error.after_sign_up() } else { error })?;
        }
        created.map_err(refusal::<U>)
    }

    /// Returns the record of a sign-up that has begun. There is none for a login that is taken: a stranger who signs up
    /// with it must not end its owner's sessions.
    async fn begin_sign_up(&self, new: &NewUser<U>) -> Result<Option<Record>, StoreError> {
        let inner = self.inner();
        let login = (0..U::SCHEMA.logins.len()).find_map(|index| Some((index, new.registration.login(index)?)));
        let Some((index, login)) = login else { return Ok(None) };
        match inner.users.find_by_login(index, login).await {
            Ok(None) => {}
            Err(error) if !error.is_corrupt() => return Err(error),
            _ => return Ok(None),
        }
        let begun = self.begun(index, login);
        inner.records.insert(&begun).await?;
        Ok(Some(begun))
    }

    /// Completes a sign-up that was interrupted after the row was stored. A login does so first.
    pub(super) async fn complete_sign_up(&self, user: Option<&U>) -> Result<(), AuthError> {
        let inner = self.inner();
        if inner.accounts.is_some() || U::new_id(UUID).is_some() {
            return Ok(());
        }
        let login = user.and_then(|user| (0..U::SCHEMA.logins.len()).find_map(|n| Some((n, user.login(n)?))));
        // The same number of queries for an account that does not exist.
        let (index, login) = login.unwrap_or_default();
        let begun = self.begun(index, login);
        if let (Some(_), Some(user)) = (inner.records.get(&begun.kind, &begun.key).await?, user) {
            self.end_inherited(user.id()).await?;
            inner.records.take(&begun.kind, &begun.key).await?;
        }
        Ok(())
    }

    /// The record of a sign-up that has begun. It is needed as long as what an earlier account left may be alive.
    fn begun(&self, index: usize, login: &str) -> Record {
        let digest = Sha256::new_with_prefix(index.to_string()).chain_update([0]).chain_update(login).finalize();
        let now = self.now();
        Record {
            kind: self.inner().kinds.begun.clone(),
            key: Base64UrlUnpadded::encode_string(&digest),
            owner: String::new(),
            value: String::new(),
            version: 1,
            expires_at: now + self.inner().lifetimes.absolute,
            changed_at: now,
        }
    }

    /// Ends what an earlier account with this id has left to a new one.
    async fn end_inherited(&self, id: &U::Id) -> Result<(), AuthError> {
        if self.end_issued(id).await? {
            warn_inherited::<U>(id);
        }
        Ok(())
    }

    /// Ends whatever was issued for an id that has no row, or a new one. Returns whether something was still alive.
    pub(super) async fn end_issued(&self, id: &U::Id) -> Result<bool, AuthError> {
        let (inner, owner) = (self.inner(), id.to_string());
        if !self.has_any(&inner.kinds.issued(), &owner).await? {
            return Ok(false);
        }
        let left = self.has_any(&inner.kinds.ending(), &owner).await?;
        if left {
            self.end_all(id, &Client::default()).await?;
            self.delete_owned(&owner).await?;
        } else {
            self.raise(id, Raise::ALL).await?;
        }
        Ok(left)
    }

    async fn has_any(&self, kinds: &[&str], owner: &str) -> Result<bool, AuthError> {
        let inner = self.inner();
        for kind in kinds {
            // Marks are found by their key, which is the owner.
            let found = if *kind == inner.kinds.mark {
                inner.records.get(kind, owner).await?.is_some()
            } else {
                !inner.records.list(kind, owner).await?.is_empty()
            };
            if found {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Deletes every record that ends with its owner.
    async fn delete_owned(&self, owner: &str) -> Result<(), AuthError> {
        let inner = self.inner();
        for kind in inner.kinds.ending() {
            inner.records.delete_owned(kind, owner, None).await?;
        }
        Ok(())
    }
}

fn warn_inherited<U: AuthUser>(id: &U::Id) {
    tracing::warn!(target: "auth::session", user = %id,
        "a new account got the id of an earlier one whose sessions had not ended: they are ended now. Rows of users were \
         deleted without `auth.users().delete(…)`; from there on, their tokens should have been refused");
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
