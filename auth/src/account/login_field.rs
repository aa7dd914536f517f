//! Changing what people sign in with.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::change::{Condition, taken};
use super::{AccountService, Accounts};
use crate::base::error::AuthError;
use crate::model::canonical::canonical_login;
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::login_rules;
use crate::model::schema::Login;
use crate::model::user::AuthUser;
use crate::revocation::epoch::Bump;
use crate::store::{Change, RowChange, uninterrupted};

/// A login field of a user type. As a constant, a name that the type does not have is a compile error:
///
/// ```
/// # #[cfg(feature = "macros")] {
/// # use auth::{AuthUser, PasswordHash};
/// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash }
/// use auth::LoginField;
///
/// const EMAIL: LoginField<User> = LoginField::named("email");
/// # }
/// ```
pub struct LoginField<U: AuthUser> {
    index: usize,
    user: PhantomData<fn() -> U>,
}

impl<U: AuthUser> LoginField<U> {
    /// Returns the login field of this column.
    ///
    /// # Panics
    /// If there is none. In a constant, that is a compile error.
    #[must_use]
    pub const fn named(column: &str) -> Self {
        let index = position(U::SCHEMA.logins, column);
        assert!(index < U::SCHEMA.logins.len(), "the user type has no login field of this name");
        Self { index, user: PhantomData }
    }

    /// Returns the login field at this index of the schema.
    #[cfg_attr(not(feature = "cli"), allow(dead_code, reason = "the command line takes names at run time"))]
    pub(crate) const fn at(index: usize) -> Self {
        Self { index, user: PhantomData }
    }

    /// Returns the name of its column.
    #[must_use]
    pub fn column(self) -> &'static str {
        U::SCHEMA.logins.get(self.index).map_or("", |login| login.column)
    }
}

/// Returns the index of the column, or the number of logins.
#[expect(clippy::indexing_slicing, reason = "in a constant function there are no iterators; the bound is checked")]
const fn position(logins: &[Login], column: &str) -> usize {
    let mut index = 0;
    while index < logins.len() && !same(logins[index].column.as_bytes(), column.as_bytes()) {
        index += 1;
    }
    index
}

#[expect(clippy::indexing_slicing, reason = "as above")]
const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    one.len() == other.len()
}

#[expect(clippy::expl_impl_clone_on_copy, reason = "a derive would ask it of the user type, too")]
impl<U: AuthUser> Clone for LoginField<U> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<U: AuthUser> Copy for LoginField<U> {}

impl<U: AuthUser> fmt::Debug for LoginField<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LoginField").field(&self.column()).finish()
    }
}

impl<U: AuthUser> AccountService<U> {
    /// Returns the canonical form of a login that is to be stored.
    pub(super) fn acceptable_login(index: usize, typed: &str) -> Result<String, AuthError> {
        let login = U::SCHEMA.logins.get(index).ok_or(AuthError::InvalidRequest("there is no such login field"))?;
        let text = canonical_login(login, typed).into_owned();
        match login_rules::broken(login, &text).or_else(|| login_rules::undeliverable(login, &text)) {
            Some(error) => Err(AuthError::InvalidFields(vec![error])),
            None => Ok(text),
        }
    }

    /// Stores a login (canonical), unless another account has it in whatever form, and makes `more` changes with it. Returns
    /// whether the condition holds.
    ///
    /// # Errors
    /// [`AuthError::Taken`].
    pub(super) async fn store_login(
        &self,
        id: &U::Id,
        (index, login): (usize, &str),
        more: &[Change<U>],
        bump: Bump,
        condition: Condition<'_, U>,
        client: &ClientInfo,
    ) -> Result<bool, AuthError> {
        if self.logins.is_of_another(index, login, id).await? || self.is_reserved_login(index, login, Some(id)).await? {
            return Err(taken::<U>(index));
        }
        let mut changes = vec![Change::Login(index, login.to_owned())];
        changes.extend_from_slice(more);
        if !self.change_row_if(condition, id, bump, client, RowChange::Update(&changes)).await? {
            return Ok(false);
        }
        self.reporter
            .report(client, EventKind::LoginChanged { user: id.to_string(), field: U::SCHEMA.login_column(index) });
        Ok(true)
    }
}

impl<U: AuthUser> Accounts<'_, U> {
    /// Changes what the user signs in with: brought into canonical form, checked as at sign-up, and refused if another
    /// account has it. Sessions continue; access tokens stop working, and a refresh brings current ones. An address that
    /// mail goes to is no longer confirmed; [`set_verified`](Self::set_verified) says that it is. If mail is on, the
    /// former address gets a notice (one of five an hour), which cannot take the change back.
    ///
    /// ```
    /// # #[cfg(feature = "macros")] {
    /// # use auth::{Auth, AuthError, AuthUser, LoginField, PasswordHash};
    /// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash }
    /// const EMAIL: LoginField<User> = LoginField::named("email");
    ///
    /// async fn rename(auth: &Auth<User>, ada: i64) -> Result<(), AuthError> {
    ///     auth.accounts().set_login(&ada, EMAIL, " Ada@Example.org ").await // stored as `ada@example.org`
    /// }
    /// # }
    /// ```
    ///
    /// To have the user confirm the new address first, see
    /// [`request_address_change`](crate::Auth::request_address_change).
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`] with the rule that it breaks; [`AuthError::Taken`]; see [`Accounts`].
    pub async fn set_login(&self, id: &U::Id, field: LoginField<U>, login: &str) -> Result<(), AuthError> {
        let login = AccountService::<U>::acceptable_login(field.index, login)?;
        // A row that cannot be read may be what the change repairs.
        let former = self.accounts.row_if_readable(id).await?;
        if former.as_ref().is_some_and(|row| row.login(field.index) == Some(&*login)) {
            return Ok(());
        }
        let now = self.accounts.reporter.now();
        let is_mail = U::SCHEMA.mail == Some(field.index);
        let unverified = (is_mail && U::SCHEMA.verified.is_some()).then_some(Change::Verified(false, now));
        let (accounts, id, by) = (Arc::clone(self.accounts), id.clone(), self.by.clone());
        let stored = async move {
            let (login, more) = ((field.index, &*login), unverified.as_slice());
            let is_stored = accounts.store_login(&id, login, more, Bump::Tokens, Condition::NONE, &by).await?;
            if let (true, Some(former), Some(outbox)) = (is_stored && is_mail, &former, &accounts.outbox) {
                outbox.notify_former_address(&accounts.limits, former, &by).await;
            }
            Ok::<_, AuthError>(is_stored)
        };
        if uninterrupted(stored).await?? { Ok(()) } else { Err(AuthError::NotFound) }
    }
}
