use crate::claims::Claims;
use crate::clock::Timestamp;
use crate::permission::{AuthPermission, HasPermission};
use crate::role::{AuthRole, HasRole};
use crate::step_up::StepUp;
use crate::user::AuthUser;

/// Something a rule can ask of a caller: a role, a permission, and every type of yours that implements this.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not something a rule can ask for",
    label = "not a requirement",
    note = "roles are: put `#[derive(AuthRole)]` on the enum and `#[auth(role)]` on the field of the user type",
    note = "permissions are: put `#[derive(AuthPermission)]` on the enum, and let roles grant them: `#[role(grants(…))]`",
    note = "any other type is when it implements `auth::Requirement<User>` for your user type"
)]
pub trait Requirement<U: AuthUser>: Send + Sync + 'static {
    /// Whether the caller meets it. Must be quick: it runs on every request, on the async worker.
    fn holds(&self, caller: &Facts<'_, U>) -> bool;

    /// What somebody who does not meet it can do about that by signing in again, if anything.
    fn step_up(&self) -> Option<StepUp> {
        None
    }

    /// Whether somebody with exactly these roles meets it: bits in the order of the enum, closed under inclusion. `None`
    /// if that depends on something else. Asked when routes are audited, never in a request.
    fn by_roles(&self, roles: u64) -> Option<bool> {
        let _ = roles;
        None
    }
}

/// What is known of the caller when a rule is judged: the claims always, the row when it was loaded.
pub struct Facts<'a, U: AuthUser> {
    claims: &'a U::Claims,
    row: Option<&'a U>,
    now: Timestamp,
}

impl<'a, U: AuthUser> Facts<'a, U> {
    /// Judged on the token alone, at `now`.
    #[must_use]
    pub const fn of_token(claims: &'a U::Claims, now: Timestamp) -> Self {
        Self { claims, row: None, now }
    }

    /// Judged on the row, at `now`; the claims tell of the login.
    #[must_use]
    pub const fn of_row(claims: &'a U::Claims, row: &'a U, now: Timestamp) -> Self {
        Self { claims, row: Some(row), now }
    }

    /// The time at which the rule is judged.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The verified claims.
    #[must_use]
    pub const fn claims(&self) -> &'a U::Claims {
        self.claims
    }

    /// The row, if it has been loaded. It is newer than the claims: prefer it.
    #[must_use]
    pub const fn row(&self) -> Option<&'a U> {
        self.row
    }

    /// Whether the caller holds `role`, by the row if there is one, else by the token.
    pub fn hold<R: AuthRole>(&self, role: &R) -> bool
    where
        U: HasRole<R>,
    {
        self.row.map_or_else(|| U::claims_hold(self.claims, role), |row| row.row_holds(role))
    }

    /// Whether the caller may do what `permission` stands for: has it, or a role that grants it, by the row if there is
    /// one, else by the token.
    pub fn may<P: AuthPermission>(&self, permission: &P) -> bool
    where
        U: HasPermission<P>,
    {
        let held = self.row.map_or_else(|| U::claims_permissions(self.claims), U::row_permissions);
        held.contains(permission)
    }

    /// Whether the e-mail address is confirmed, by the row if there is one, else by the token; `None` for a user type
    /// without a `verified` field.
    #[must_use]
    pub fn verified(&self) -> Option<bool> {
        self.row.map_or_else(|| self.claims.verified(), U::is_verified)
    }
}
