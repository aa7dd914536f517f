use crate::base::clock::Timestamp;
use crate::base::step_up::StepUp;
use crate::model::claims::Amr;
use crate::model::permission::AuthPermission;
use crate::model::principal::{HasPermission, HasRole, PermissionSet, Presented as _, Principal};
use crate::model::role::AuthRole;

/// A requirement that a rule can state: a role, a permission, or any type of yours that implements this.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something a rule can ask for",
    label = "not a requirement",
    note = "roles are: put `#[derive(AuthRole)]` on the enum and `#[auth(role)]` on the field of the user type",
    note = "permissions are: put `#[derive(AuthPermission)]` on the enum, and let roles grant them: `#[role(grants(…))]`",
    note = "any other type is when it implements `auth::Requirement<User>` for your user type"
)]
pub trait Requirement<U: Principal>: Send + Sync + 'static {
    /// Returns whether the caller meets it. Must be fast: it runs on every request, on the async worker.
    fn holds(&self, caller: &Facts<'_, U>) -> bool;

    /// Returns how a caller who does not meet it could do so by signing in again, if possible.
    fn step_up(&self) -> Option<StepUp> {
        None
    }

    /// Returns the scope that an OAuth client has to ask for (RFC 6749 §3.3), of a requirement that is one.
    fn scope(&self) -> Option<&'static str> {
        None
    }

    /// Returns whether the user of this row meets it, however they have signed in. `None` if that depends on how they
    /// have. It is what `#[auth(mfa(…))]` asks at a sign-in and a refresh, where there is no token yet.
    fn by_row(&self, row: &U) -> Option<bool> {
        let _ = row;
        None
    }

    /// Returns whether a caller with exactly these roles, and those they include, meets it. `None` if it depends on
    /// something else. Called when routes are audited, never during a request.
    fn by_roles(&self, roles: &U::Roles) -> Option<bool> {
        let _ = roles;
        None
    }
}

/// What is known about the caller when a rule is evaluated: what the credential says, and the row if it has been loaded.
pub struct Facts<'a, U: Principal> {
    source: Source<'a, U>,
    row: Option<&'a U>,
    now: Timestamp,
}

/// What the facts are about.
enum Source<'a, U: Principal> {
    /// Verified claims.
    Claims(&'a U::Claims),
    /// An API key, which may do this.
    Key(&'a PermissionSet),
    /// The owner of an API key, who has not signed in.
    OwnerOfKey,
    /// The same with these permissions.
    RolesWith(&'a PermissionSet),
}

/// How the bearer of an API key has proved their identity.
static BY_KEY: Amr = Amr::API_KEY;

impl<'a, U: Principal> Facts<'a, U> {
    /// Creates facts for evaluation by the token alone, at `now`.
    #[must_use]
    pub const fn of_token(claims: &'a U::Claims, now: Timestamp) -> Self {
        Self { source: Source::Claims(claims), row: None, now }
    }

    /// Creates facts for evaluation by the row, at `now`; the claims describe the login.
    #[must_use]
    pub const fn of_row(claims: &'a U::Claims, row: &'a U, now: Timestamp) -> Self {
        Self { source: Source::Claims(claims), row: Some(row), now }
    }

    /// Creates facts for evaluation by an API key and the row of its owner, at `now`. `permissions`: what both of them may
    /// do. A key has no roles, whatever its owner has, and nobody has signed in with it.
    pub(crate) const fn of_key(permissions: &'a PermissionSet, row: &'a U, now: Timestamp) -> Self {
        Self { source: Source::Key(permissions), row: Some(row), now }
    }

    /// Creates facts about somebody with the roles of this row, and with these permissions in place of those of the row.
    pub(crate) const fn of_roles_with(permissions: &'a PermissionSet, row: &'a U, now: Timestamp) -> Self {
        Self { source: Source::RolesWith(permissions), row: Some(row), now }
    }

    /// Whether they are about an API key.
    pub(crate) const fn are_of_key(&self) -> bool {
        matches!(self.source, Source::Key(_))
    }

    /// Creates facts about the owner of a key. A key never does what its owner could not: what a rule refuses by a role
    /// (`!Role::Suspended`) it refuses to the keys of whoever has it, too.
    pub(crate) const fn of_key_owner(row: &'a U, now: Timestamp) -> Self {
        Self { source: Source::OwnerOfKey, row: Some(row), now }
    }

    /// Returns the time at which the rule is evaluated.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns the verified claims of the caller's token; `None` for the bearer of an API key, which has none. Rules meet
    /// such callers only on routes that say `keys`.
    #[must_use]
    pub const fn claims(&self) -> Option<&'a U::Claims> {
        match self.source {
            Source::Claims(claims) => Some(claims),
            Source::Key(_) | Source::OwnerOfKey | Source::RolesWith(_) => None,
        }
    }

    /// Returns when the caller last proved who they are, as strongly as at the login (`auth_time`); `None` if nobody
    /// knows, or nobody has signed in: an API key is never fresh.
    #[must_use]
    pub fn auth_time(&self) -> Option<Timestamp> {
        self.claims()?.auth_time().map(Timestamp::from_secs)
    }

    /// Returns how they proved it (`amr`).
    #[must_use]
    pub fn amr(&self) -> &'a Amr {
        self.claims().map_or(&BY_KEY, |claims| claims.amr())
    }

    /// Returns the row, if it has been loaded. It is newer than the claims: prefer it.
    #[must_use]
    pub const fn row(&self) -> Option<&'a U> {
        self.row
    }

    /// Returns whether the caller holds `role`, by the row if there is one, otherwise by the token. An API key holds none.
    pub fn hold<R: AuthRole>(&self, role: &R) -> bool
    where
        U: HasRole<R>,
    {
        let by_row = || self.row.map(|row| row.row_holds(role));
        match self.source {
            Source::Claims(claims) => by_row().unwrap_or_else(|| U::claims_hold(claims, role)),
            Source::OwnerOfKey | Source::RolesWith(_) => by_row().unwrap_or(false),
            Source::Key(_) => false,
        }
    }

    /// Returns whether the caller has `permission`, directly or through a role that grants it, by the row if there is
    /// one, otherwise by the token. An API key has those of its own that its owner has, too.
    pub fn may<P: AuthPermission>(&self, permission: &P) -> bool
    where
        U: HasPermission<P>,
    {
        let by_row = || self.row.map(U::row_permissions);
        match self.source {
            Source::Claims(claims) => by_row().unwrap_or_else(|| U::claims_permissions(claims)).contains(permission),
            Source::OwnerOfKey => by_row().is_some_and(|held| held.contains(permission)),
            Source::Key(permissions) | Source::RolesWith(permissions) => permissions.has(permission.index()),
        }
    }

    /// Returns whether the e-mail address is confirmed, by the row if there is one, otherwise by the token; `None` for
    /// a user type without a `verified` field.
    #[must_use]
    pub fn verified(&self) -> Option<bool> {
        self.row.map_or_else(|| self.claims()?.verified(), U::row_verified)
    }
}
