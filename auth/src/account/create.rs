//! The beginning of an account: its row, and the end of whatever an earlier account with the same id has left.

use std::sync::{Mutex, PoisonError};

use super::AccountService;
use super::change::taken;
use crate::PasswordHash;
use crate::base::clock::Timestamp;
use crate::base::error::{AuthError, FieldError};
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::user::{AuthUser, NewUser, Registration as _};
use crate::model::uuid_v7::uuid_v7;
use crate::revocation::epoch::Bump;
use crate::session::{CompletionGuard, warn_inherited};
use crate::sign_in::logins::FormerLogins;
use crate::store::{Change, Inherited, Record, StoreError};

impl<U: AuthUser> AccountService<U> {
    /// Stores a sign-up whose logins are canonical, unless an account has one of them in a form of earlier releases.
    /// Whether one has it in canonical form is up to the unique index. The row is changed before anybody can see it.
    pub(super) async fn insert_unless_former(
        &self,
        former: &FormerLogins,
        registration: U::Registration,
        hash: Option<PasswordHash>,
        confirmed: Option<Timestamp>,
        changes: &[Change<U>],
    ) -> Result<U, AuthError> {
        self.logins.not_taken(former, &registration).await?;
        if let Some(index) = U::SCHEMA.mail
            && let Some(address) = registration.login(index)
            && self.is_reserved_login(index, address, None).await?
        {
            return Err(taken::<U>(index));
        }
        let id = U::new_id(&uuid_v7(&*self.random, self.reporter.now())?);
        let chosen_by_the_database = id.is_none();
        let user = self.create_account(NewUser { confirmed, ..NewUser::new(id, hash, registration) }, changes).await?;
        if chosen_by_the_database && self.factors.are_on() {
            // An earlier account with the id may have used up the tries.
            self.limits.factors_were_reset(&user.id().to_string()).await;
        }
        Ok(user)
    }

    /// Stores a new account. Whatever was issued for an earlier account with the id that the database chooses ends
    /// before anybody can see the row.
    async fn create_account(&self, new: NewUser<U>, changes: &[Change<U>]) -> Result<U, AuthError> {
        let Some(accounts) = &self.at_once else { return self.create_in_turn(new, changes).await };
        let kinds = &self.kinds;
        // What is left to do for the inherited id if the answer is lost, or nobody waits for it.
        let guard = Mutex::new(None);
        let bump = |owner: &str, stored: Option<&Record>| {
            let epoch = self.feed.epoch_of(stored)?.bumped(Bump::ALL);
            // Memory first: it can only refuse, and nobody else has this id before the transaction is committed.
            if let Ok(id) = owner.parse() {
                self.feed.apply_epoch(&id, epoch);
                let work = CompletionGuard::maybe_stored(&self.sessions, &id);
                let former = guard.lock().unwrap_or_else(PoisonError::into_inner).replace(work);
                if let Some(former) = former {
                    former.disarm();
                }
            }
            self.feed.record_of(owner.to_owned(), epoch, stored)
        };
        let (issued, ends, signed_in) = (kinds.issued(), kinds.ending(), kinds.signed_in());
        let inherited = Inherited {
            epochs: &kinds.epoch,
            issued: &issued,
            ends: &ends,
            signed_in: &signed_in,
            always: self.sessions.accepts_former_tokens(),
            bump: &bump,
        };
        let created = accounts.create(new, changes, inherited).await;
        let guard = guard.into_inner().unwrap_or_else(PoisonError::into_inner);
        let created = match created {
            Ok(created) => created,
            Err(error) => {
                if let Some(guard) = guard.filter(|_| !error.is_unavailable()) {
                    guard.disarm();
                }
                return Err(refusal::<U>(error));
            }
        };
        // The application may have deleted the earlier row directly.
        self.feed.invalidate_row(created.user.id());
        let announced = match created.epoch {
            Some(epoch) => {
                if created.left {
                    warn_inherited::<U>(created.user.id());
                    let ended = EventKind::SessionsEnded { user: created.user.id().to_string(), except: None };
                    self.reporter.report(&ClientInfo::default(), ended);
                }
                self.feed.ensure_visible(epoch).await.is_ok()
            }
            None => true,
        };
        if let Some(guard) = guard.filter(|_| announced) {
            guard.disarm();
        }
        Ok(created.user)
    }

    /// Without a transaction, a process may be killed between the row and the end of earlier sessions. So a record is
    /// written first, which the next login finds.
    async fn create_in_turn(&self, new: NewUser<U>, changes: &[Change<U>]) -> Result<U, AuthError> {
        if new.id.is_some() {
            let user = self.create_and_change(new, changes).await.map_err(refusal::<U>)?;
            let parted = self.sessions.part_from_former_tokens(user.id()).await;
            return parted.map(|()| user).map_err(AuthError::after_sign_up);
        }
        let begun = self.sessions.begin_sign_up(&new).await?;
        let created = self.create_and_change(new, changes).await;
        if let Ok(user) = &created {
            let guard = CompletionGuard::epoch(&self.sessions, user.id(), Bump::ALL);
            self.sessions.end_inherited(user.id()).await.map_err(AuthError::after_sign_up)?;
            guard.disarm();
        }
        // An unavailable store may have stored the row all the same.
        if let Some(begun) = begun.filter(|_| !created.as_ref().is_err_and(StoreError::is_unavailable)) {
            let deleted = self.records.delete(&begun.kind, &begun.key).await.map_err(AuthError::from);
            deleted.map_err(|error| if created.is_ok() { error.after_sign_up() } else { error })?;
        }
        created.map_err(refusal::<U>)
    }

    /// Without a transaction, an account that does not get what it was to have is deleted again. If that fails, too, it
    /// has what everybody gets who signs up.
    async fn create_and_change(&self, new: NewUser<U>, changes: &[Change<U>]) -> Result<U, StoreError> {
        let user = self.users.create(new).await?;
        if changes.is_empty() {
            return Ok(user);
        }
        let changed = match self.users.update(user.id(), changes).await {
            Ok(true) => self.users.find(user.id()).await,
            Ok(false) => Err(StoreError::unavailable("the new row was left as it is")),
            Err(error) => Err(error),
        };
        match changed {
            Ok(Some(user)) => Ok(user),
            Ok(None) => Err(StoreError::unavailable("the new account was deleted at once")),
            Err(error) => {
                drop(self.users.delete(user.id()).await);
                Err(error)
            }
        }
    }
}

/// Returns the error for a sign-up that the table does not accept.
fn refusal<U: AuthUser>(error: StoreError) -> AuthError {
    if let Some(index) = error.taken_login() {
        return taken::<U>(index);
    }
    if let Some(column) = error.taken_column() {
        return AuthError::Taken { field: column.to_owned() };
    }
    let Some(column) = error.rejected_column() else { return error.into() };
    let message = "the table does not take this value";
    let fields = column.map(|column| FieldError::new(column, "refused", message)).into_iter().collect();
    let reason = std::error::Error::source(&error).map(ToString::to_string);
    tracing::warn!(target: "auth::store", table = U::SCHEMA.table, reason, "a sign-up was refused");
    AuthError::InvalidFields(fields)
}
