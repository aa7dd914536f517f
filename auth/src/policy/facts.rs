use crate::base::clock::Timestamp;
use crate::base::step_up::StepUp;
use crate::model::claims::{Amr, Claims};
use crate::model::permission::AuthPermission;
use crate::model::role::AuthRole;
use crate::model::user::{AuthUser, HasPermission, HasRole, PermissionSet};

/// A requirement that a rule can state: a role, a permission, or any type of yours that implements this.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something a rule can ask for",
    label = "not a requirement",
    note = "roles are: put `#[derive(AuthRole)]` on the enum and `#[auth(role)]` on the field of the user type",
    note = "permissions are: put `#[derive(AuthPermission)]` on the enum, and let roles grant them: `#[role(grants(…))]`",
    note = "any other type is when it implements `auth::Requirement<User>` for your user type"
)]
pub trait Requirement<U: AuthUser>: Send + Sync + 'static {
    /// Returns whether the caller meets it. Must be fast: it runs on every request, on the async worker.
    fn holds(&self, caller: &Facts<'_, U>) -> bool;

    /// Returns how a caller who does not meet it could do so by signing in again, if possible.
    fn step_up(&self) -> Option<StepUp> {
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
pub struct Facts<'a, U: AuthUser> {
    presented: Presented<'a, U>,
    row: Option<&'a U>,
    now: Timestamp,
}

/// What a caller has presented.
enum Presented<'a, U: AuthUser> {
    /// A token of a session, with these claims.
    Session(&'a U::Claims),
    /// An API key, which may do this.
    Key(&'a PermissionSet),
}

/// How the bearer of an API key has proved their identity.
static BY_KEY: Amr = Amr::API_KEY;

impl<'a, U: AuthUser> Facts<'a, U> {
    /// Creates facts for evaluation by the token alone, at `now`.
    #[must_use]
    pub const fn of_token(claims: &'a U::Claims, now: Timestamp) -> Self {
        Self { presented: Presented::Session(claims), row: None, now }
    }

    /// Creates facts for evaluation by the row, at `now`; the claims describe the login.
    #[must_use]
    pub const fn of_row(claims: &'a U::Claims, row: &'a U, now: Timestamp) -> Self {
        Self { presented: Presented::Session(claims), row: Some(row), now }
    }

    /// Creates facts for evaluation by an API key and the row of its owner, at `now`. `permissions`: what both of them may
    /// do. A key has no roles, whatever its owner has, and nobody has signed in with it.
    pub(crate) const fn of_key(permissions: &'a PermissionSet, row: &'a U, now: Timestamp) -> Self {
        Self { presented: Presented::Key(permissions), row: Some(row), now }
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
        match self.presented {
            Presented::Session(claims) => Some(claims),
            Presented::Key(_) => None,
        }
    }

    /// Returns when the caller last proved who they are, as strongly as at the login (`auth_time`); `None` if nobody
    /// knows, or nobody has signed in: an API key is never fresh.
    #[must_use]
    pub fn auth_time(&self) -> Option<Timestamp> {
        // Zero is no time.
        let seconds = self.claims()?.registered().auth_time;
        (seconds > 0).then(|| Timestamp::from_secs(seconds))
    }

    /// Returns how they proved it (`amr`).
    #[must_use]
    pub fn amr(&self) -> &'a Amr {
        self.claims().map_or(&BY_KEY, |claims| claims.registered().amr)
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
        let Presented::Session(claims) = self.presented else { return false };
        self.row.map_or_else(|| U::claims_hold(claims, role), |row| row.row_holds(role))
    }

    /// Returns whether the caller has `permission`, directly or through a role that grants it, by the row if there is
    /// one, otherwise by the token. An API key has those of its own that its owner has, too.
    pub fn may<P: AuthPermission>(&self, permission: &P) -> bool
    where
        U: HasPermission<P>,
    {
        match self.presented {
            Presented::Key(permissions) => permissions.has(permission.index()),
            Presented::Session(claims) => {
                let held = self.row.map_or_else(|| U::claims_permissions(claims), U::row_permissions);
                held.contains(permission)
            }
        }
    }

    /// Returns whether the e-mail address is confirmed, by the row if there is one, otherwise by the token; `None` for
    /// a user type without a `verified` field.
    #[must_use]
    pub fn verified(&self) -> Option<bool> {
        self.row.map_or_else(|| self.claims()?.verified(), U::is_verified)
    }
}
