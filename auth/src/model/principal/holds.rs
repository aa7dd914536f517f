//! Which roles and permissions a user type can have, and which of them a row or a token of it holds.

use super::Principal;
use crate::model::name_enum::{Bits as _, NameEnum};
use crate::model::permission::{AuthPermission, Permissions};
use crate::model::profile::Profile;
use crate::model::role::{AuthRole, HeldRoles as _, RoleSet};

/// A user type whose roles are of the enum `R`. Implemented by the derive; this is what makes
/// `#[protected(Role::Admin)]` a compile error on a router whose users have other roles.
#[diagnostic::on_unimplemented(
    message = "`{R}` is not the role type of `{Self}`",
    label = "this rule asks for a role that `{Self}` cannot have",
    note = "a rule may only name the enum that `{Self}` has in its `#[auth(role)]` or `#[auth(roles)]` field",
    note = "if this route is for another user type, name it: `#[protected(user = Staff, Role::Clerk)]`"
)]
pub trait HasRole<R: AuthRole>: Principal<Roles: RoleSet<R>> {
    /// Returns whether the row holds `role`.
    fn row_holds(&self, role: &R) -> bool;
    /// Returns whether the token holds `role`.
    fn claims_hold(claims: &Self::Claims, role: &R) -> bool;
}

/// A user type whose permissions are of the enum `P`. The derive implements it for exactly one enum: that of the
/// `#[auth(permissions)]` field, or otherwise the one that the roles grant.
#[diagnostic::on_unimplemented(
    message = "`{P}` is not the permission type of `{Self}`",
    label = "this asks for a permission that `{Self}` cannot have",
    note = "let roles grant it: `#[role(grants({P}::…))]` on a role of `{Self}`",
    note = "or give it to each user: `#[auth(permissions)] permissions: auth::Permissions<{P}>` in `{Self}`",
    note = "if this route is for another user type, name it: `#[protected(user = Staff, Permission::Pay)]`"
)]
pub trait HasPermission<P: AuthPermission>: Principal {
    /// The permissions each role grants, as a table of [`Bits`](crate::policy::Bits) by its index in the enum; closed
    /// under inclusion of roles and of permissions.
    /// Shorter than the enum, or empty, if roles grant nothing.
    const GRANTS: &'static [u64];
    /// Whether users can have permissions in addition to those of the roles: there is a `permissions` field.
    const OWN: bool;

    /// Returns all permissions by the row: the user's own, those the roles grant, and those they include.
    fn row_permissions(&self) -> Permissions<P>;
    /// Returns all permissions by the token. Those that roles grant are not written in the token, but looked up here.
    fn claims_permissions(claims: &Self::Claims) -> Permissions<P>;
}

/// Returns whether the token gives a permission, itself or by a role. Called by generated code.
#[must_use]
pub fn claims_may<U: HasPermission<P>, P: AuthPermission>(claims: &U::Claims, permission: &P) -> bool {
    U::claims_permissions(claims).contains(permission)
}

/// Returns whether the row gives a permission, itself or by a role. Called by generated code.
#[must_use]
pub fn row_may<U: HasPermission<P>, P: AuthPermission>(row: &U, permission: &P) -> bool {
    row.row_permissions().contains(permission)
}

/// Adds the user's permissions to the response of `GET /me`, if the type has any. Called by generated code.
pub fn put_permissions<U: HasPermission<P>, P: AuthPermission>(user: &U, profile: &mut Profile) {
    if !P::NAMES.is_empty() {
        profile.put("permissions", &user.row_permissions());
    }
}

/// Implements [`Requirement::by_roles`](crate::Requirement::by_roles) for a permission. Called by generated code.
pub fn permission_by_roles<U: HasPermission<P>, P: AuthPermission>(permission: &P, roles: &U::Roles) -> Option<bool> {
    let granted = roles.gather::<P::Bits>(U::GRANTS).has(permission.index());
    if !granted && U::OWN { None } else { Some(granted) }
}

/// Returns the names of the permissions that no user of this type can have. Called by generated code.
#[must_use]
pub fn ungranted<U: HasPermission<P>, P: AuthPermission>() -> Vec<&'static str> {
    if U::OWN {
        return Vec::new();
    }
    let mut granted = P::Bits::NONE;
    P::Bits::sets(U::GRANTS).for_each(|grants| granted.add(&grants));
    P::ALL.iter().filter(|permission| !granted.has(permission.index())).map(NameEnum::name).collect()
}
