//! Account management for administrators and jobs. Takes effect at once.

use std::fmt;
use std::sync::Arc;

use super::AccountService;
use crate::PasswordHash;
use crate::base::error::AuthError;
use crate::model::client_info::ClientInfo;
use crate::model::event::EventKind;
use crate::model::permission::{AuthPermission, Permissions};
use crate::model::role::{AuthRole, Roles};
use crate::model::user::AuthUser;
use crate::revocation::epoch::Bump;
use crate::session::CompletionGuard;
use crate::sign_in::logins::{FormerLogins, canonical};
use crate::store::{Change, RowChange, logins_of, uninterrupted};

/// Manages accounts without routes: `auth.accounts()`.
///
/// Everything here takes effect at once: access tokens that are no longer accurate are refused from this moment on in
/// this process. If the application writes the table itself, the change is seen when the row is next loaded, on a route
/// with `live`, or when the token expires. To make it take effect at once, call [`claims_changed`](Self::claims_changed)
/// after a change of what tokens contain (roles, permissions, claims), and [`row_changed`](Self::row_changed) after any
/// other.
///
/// Every method fails with [`AuthError::NotFound`] if there is no such user, and with [`AuthError::Unavailable`] if the
/// store failed.
///
/// ```
/// # #[cfg(all(feature = "macros", feature = "password"))] {
/// # use auth::{Auth, AuthError, AuthRole, AuthUser, PasswordHash};
/// # #[derive(Clone, Debug, PartialEq, AuthRole)] enum Role { Member, Editor }
/// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash,
/// #     #[auth(active)] is_active: bool, #[auth(role, default = Role::Member)] role: Role }
/// async fn promote(auth: &Auth<User>, ada: i64) -> Result<(), AuthError> {
///     auth.accounts().set_role(&ada, Role::Editor).await?; // her access token is refused now; a refresh brings the role
///     Ok(())
/// }
///
/// async fn dismiss(auth: &Auth<User>, bob: i64) -> Result<(), AuthError> {
///     auth.accounts().disable(&bob).await // his sessions have ended, on every instance within a second
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct Accounts<'a, U: AuthUser> {
    pub(super) accounts: &'a Arc<AccountService<U>>,
    pub(super) by: ClientInfo,
}

impl<U: AuthUser> fmt::Debug for Accounts<'_, U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").field("by", &self.by).finish_non_exhaustive()
    }
}

impl<'a, U: AuthUser> Accounts<'a, U> {
    pub(crate) fn new(accounts: &'a Arc<AccountService<U>>) -> Self {
        Self { accounts, by: ClientInfo::default() }
    }
}

impl<U: AuthUser> Accounts<'_, U> {
    /// Sets who acts, and from where, for the events:
    ///
    /// ```
    /// # #[cfg(feature = "macros")] {
    /// # use auth::{Auth, AuthError, AuthUser, ClientInfo, PasswordHash};
    /// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash,
    /// #     #[auth(active)] is_active: bool }
    /// /// In a handler, `client: ClientInfo` is an argument like `admin: UserClaims`.
    /// async fn dismiss(auth: &Auth<User>, admin: &UserClaims, client: ClientInfo, bob: i64) -> Result<(), AuthError> {
    ///     auth.accounts().by(client.with_actor(admin.sub)).disable(&bob).await
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn by(self, client: ClientInfo) -> Self {
        Self { by: client, ..self }
    }
}

impl<U: AuthUser> Accounts<'_, U> {
    /// Returns the user with this id.
    ///
    /// # Errors
    /// See [`Accounts`]; an unknown id is `None`.
    pub async fn find(&self, id: &U::Id) -> Result<Option<U>, AuthError> {
        Ok(self.accounts.users.find(id).await?)
    }

    /// Returns the user whose login `field` was typed as `login`: it is looked up in its canonical form
    /// ([`canonical_login`](crate::canonical_login)), and in the forms of earlier releases, as at a login.
    ///
    /// # Errors
    /// See [`Accounts`]; an unknown login is `None`. [`AuthError::InvalidRequest`] if the user type has no login field of
    /// that name.
    pub async fn find_by_login(&self, field: &str, login: &str) -> Result<Option<U>, AuthError> {
        let index = U::SCHEMA.logins.iter().position(|login| login.column == field);
        let index = index.ok_or(AuthError::InvalidRequest("there is no such login field"))?;
        Ok(self.accounts.logins.find_typed(index, login).await?)
    }

    /// Creates an account with an existing hash (an import), or without a password.
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`] for an empty login, [`AuthError::Taken`]; see [`Accounts`].
    pub async fn import(
        &self,
        registration: U::Registration,
        password_hash: Option<PasswordHash>,
    ) -> Result<U, AuthError> {
        let former = FormerLogins::of::<U>(&registration);
        let (registration, errors) = canonical::<U>(registration);
        if !errors.is_empty() {
            return Err(AuthError::InvalidFields(errors));
        }
        let user = self.accounts.insert_unless_former(&former, registration, password_hash, None, &[]).await?;
        self.tell(EventKind::UserCreated { user: user.id().to_string() });
        self.accounts.limits.password_was_set(&user).await;
        Ok(user)
    }

    /// Sets the role of a user with a single role. Access tokens with the old role stop working; sessions continue, and
    /// a refresh brings the new role.
    ///
    /// # Errors
    /// See [`Accounts`].
    pub async fn set_role(&self, id: &U::Id, role: U::Roles) -> Result<(), AuthError>
    where
        U::Roles: AuthRole,
    {
        self.store_roles(id, role).await
    }

    /// Sets the roles of a user with a list of roles, like [`set_role`](Self::set_role).
    ///
    /// # Errors
    /// See [`Accounts`].
    pub async fn set_roles<R: AuthRole>(&self, id: &U::Id, roles: Roles<R>) -> Result<(), AuthError>
    where
        U: AuthUser<Roles = Roles<R>>,
    {
        self.store_roles(id, roles).await
    }

    pub(super) async fn store_roles(&self, id: &U::Id, roles: U::Roles) -> Result<(), AuthError> {
        self.exists(id).await?;
        let told = EventKind::RolesChanged { user: id.to_string() };
        self.change(id, Bump::Tokens, Change::Roles(roles), told).await
    }

    /// Sets the permissions a user has in addition to those of the roles. Access tokens with the old ones stop working;
    /// sessions continue, and a refresh brings the new ones. For user types with a field under `#[auth(permissions)]`.
    ///
    /// # Errors
    /// See [`Accounts`].
    pub async fn set_permissions<P: AuthPermission>(
        &self,
        id: &U::Id,
        permissions: Permissions<P>,
    ) -> Result<(), AuthError>
    where
        U: AuthUser<Permissions = Permissions<P>>,
    {
        self.exists(id).await?;
        let told = EventKind::PermissionsChanged { user: id.to_string() };
        self.change(id, Bump::Tokens, Change::Permissions(permissions), told).await
    }

    /// Disables the account: every session ends, and the user cannot sign in.
    ///
    /// # Errors
    /// See [`Accounts`]; [`AuthError::Internal`] if the user type has no `active` field.
    pub async fn disable(&self, id: &U::Id) -> Result<(), AuthError> {
        self.exists(id).await?;
        let told = EventKind::ActiveChanged { user: id.to_string(), active: false };
        self.change(id, Bump::ALL, Change::Active(false, self.accounts.reporter.now()), told).await
    }

    /// Enables the account again. The user has to sign in anew, even if it was not this library that disabled it. An
    /// account that is active already stays as it is.
    ///
    /// # Errors
    /// See [`Accounts`]; [`AuthError::Internal`] if the user type has no `active` field.
    pub async fn enable(&self, id: &U::Id) -> Result<(), AuthError> {
        let row = self.accounts.row_if_readable(id).await?;
        if row.is_some_and(|row| row.is_active()) && U::SCHEMA.active.is_some() {
            return Ok(());
        }
        let told = EventKind::ActiveChanged { user: id.to_string(), active: true };
        self.change(id, Bump::ALL, Change::Active(true, self.accounts.reporter.now()), told).await
    }

    /// Deletes the account and ends its sessions. The user's rows in other tables are yours to delete.
    ///
    /// # Errors
    /// See [`Accounts`]. Calling it again after a failure ends the remaining sessions, even if the result is then
    /// [`AuthError::NotFound`].
    pub async fn delete(&self, id: &U::Id) -> Result<(), AuthError> {
        let exists = match self.exists(id).await {
            Err(AuthError::NotFound) => false,
            read => read.map(|()| true)?,
        };
        if !exists || !self.delete_row(id).await? {
            // It may have existed: the application may have deleted the row itself, or an earlier call was interrupted.
            self.accounts.sessions.end_issued(id).await?;
            return Err(AuthError::NotFound);
        }
        Ok(())
    }

    /// Ends every session of the user.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed.
    pub async fn end_sessions(&self, id: &U::Id) -> Result<(), AuthError> {
        self.accounts.sessions.end_all(id, &self.by).await
    }

    /// Lets every client try the password of this account again at once, instead of waiting for a lock or delay to end:
    /// for an owner on a new client, or who has failed too often. Setting a password does the same. Codes of an
    /// authenticator app that were tried in vain do not count against the account any more, either; the wait of one network
    /// stays.
    ///
    /// # Errors
    /// [`AuthError::NotFound`]; [`AuthError::Unavailable`] if the store failed.
    pub async fn unlock(&self, id: &U::Id) -> Result<(), AuthError> {
        let logins = self.accounts.logins_of(id).await?;
        self.accounts.limits.password_was_set_at(&logins).await;
        self.accounts.limits.factors_were_reset(&id.to_string()).await;
        self.tell(EventKind::PasswordUnlocked { user: id.to_string() });
        Ok(())
    }

    /// Reports that the application wrote this user's row itself, in fields that are not in tokens: the row that
    /// `user_cache` keeps is read again, here at once and in other processes as soon as revocations arrive there; if the
    /// account is gone or disabled, its sessions end. Access tokens stay valid: a client need not refresh after a change
    /// of its profile.
    ///
    /// | written | call |
    /// |---|---|
    /// | roles, permissions, the `verified` field, a field under `#[auth(claim)]` | [`claims_changed`](Self::claims_changed) |
    /// | the `active` field, the row deleted, a login that is no claim | `row_changed` |
    /// | any other field | `row_changed` with a `user_cache`, otherwise nothing |
    ///
    /// If in doubt, call `claims_changed`, which does this, too.
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")] {
    /// # use auth::{Auth, AuthUser, PasswordHash};
    /// # #[derive(Clone, Debug, sqlx::FromRow, AuthUser)] #[auth(table = "users")]
    /// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String, #[auth(password_hash)] password_hash: PasswordHash,
    /// #     bio: Option<String>, #[auth(claim)] plan: Option<String> }
    /// # async fn demo(pool: &sqlx::SqlitePool, auth: &Auth<User>, id: i64) -> auth::Result<()> {
    /// sqlx::query("UPDATE users SET bio = $1 WHERE id = $2").bind("likes trains").bind(id).execute(pool).await?;
    /// auth.accounts().row_changed(&id).await?;
    ///
    /// sqlx::query("UPDATE users SET plan = $1 WHERE id = $2").bind("pro").bind(id).execute(pool).await?;
    /// auth.accounts().claims_changed(&id).await?; // her access token says otherwise, so it is refused: she refreshes
    /// # Ok(()) } }
    /// ```
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed.
    pub async fn row_changed(&self, id: &U::Id) -> Result<(), AuthError> {
        self.written(id, Bump::Row).await
    }

    /// Reports that the application wrote fields of this user's row that tokens contain: roles, permissions, the
    /// `verified` field, fields under `#[auth(claim)]`. Access tokens issued before are refused from now on, and a refresh
    /// brings the new claims; sessions continue. Everything that [`row_changed`](Self::row_changed) does happens, too.
    ///
    /// A client without a refresh token has to sign in again.
    ///
    /// # Errors
    /// [`AuthError::Unavailable`] if the store failed.
    pub async fn claims_changed(&self, id: &U::Id) -> Result<(), AuthError> {
        self.written(id, Bump::Tokens).await
    }

    /// Does what follows a write by the application, or has it done later.
    async fn written(&self, id: &U::Id, bump: Bump) -> Result<(), AuthError> {
        let guard = CompletionGuard::row(&self.accounts.sessions, id, bump);
        self.accounts.sessions.reconcile_row(id, bump, &self.by).await?;
        guard.disarm();
        self.tell(EventKind::UserChanged { user: id.to_string() });
        Ok(())
    }

    /// Checked before an epoch is bumped: epochs never expire, and one for every mistyped id would be too many. A row that
    /// cannot be read, because it has a role that this release does not know, exists: it can be repaired, disabled and
    /// deleted.
    pub(super) async fn exists(&self, id: &U::Id) -> Result<(), AuthError> {
        if self.accounts.has_row(id).await? { Ok(()) } else { Err(AuthError::NotFound) }
    }

    /// Changes the row of an existing user, ends what was issued because of its old content, and reports it, also if the
    /// caller goes away meanwhile.
    pub(super) async fn change(
        &self,
        id: &U::Id,
        bump: Bump,
        change: Change<U>,
        told: EventKind,
    ) -> Result<(), AuthError> {
        let (accounts, id, by) = (Arc::clone(self.accounts), id.clone(), self.by.clone());
        let changed = async move {
            let changed = accounts.change_row(&id, bump, &by, RowChange::Update(&[change])).await?;
            if changed {
                accounts.reporter.report(&by, told);
            }
            Ok::<_, AuthError>(changed)
        };
        found(uninterrupted(changed).await??)
    }

    async fn delete_row(&self, id: &U::Id) -> Result<bool, AuthError> {
        let (accounts, id, by) = (Arc::clone(self.accounts), id.clone(), self.by.clone());
        let deleted = async move {
            let deleted = accounts.change_row(&id, Bump::ALL, &by, RowChange::Delete).await?;
            if deleted {
                accounts.reporter.report(&by, EventKind::UserDeleted { user: id.to_string() });
            }
            Ok::<_, AuthError>(deleted)
        };
        uninterrupted(deleted).await?
    }

    pub(super) fn tell(&self, kind: EventKind) {
        self.accounts.reporter.report(&self.by, kind);
    }
}

/// Turns a change of a nonexistent row into a 404.
const fn found(changed: bool) -> Result<(), AuthError> {
    if changed { Ok(()) } else { Err(AuthError::NotFound) }
}

impl<U: AuthUser> AccountService<U> {
    /// Returns the row of an account, or `None` if it cannot be read: a role that this release does not know is no reason to
    /// leave a thief the password, or to help nobody.
    ///
    /// # Errors
    /// [`AuthError::NotFound`] if there is none.
    pub(super) async fn row_if_readable(&self, id: &U::Id) -> Result<Option<U>, AuthError> {
        match self.users.find(id).await {
            Err(error) if error.is_corrupt() => Ok(None),
            row => Ok(Some(row?.ok_or(AuthError::NotFound)?)),
        }
    }

    /// Returns the logins of an account, also of one whose row cannot be read.
    async fn logins_of(&self, id: &U::Id) -> Result<Vec<Option<String>>, AuthError> {
        match self.row_if_readable(id).await? {
            Some(user) => Ok(logins_of(&user)),
            None => self.users.find_logins(id).await?.ok_or(AuthError::NotFound),
        }
    }
}
