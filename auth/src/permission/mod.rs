//! Permissions: an enum of the application's, what roles grant of it, and what a user has beside.

mod grants;
mod scope;
mod set;

use serde::de::{DeserializeSeed as _, Deserializer};

use crate::named::OneOf;
use crate::user::AuthUser;

pub use grants::{
    GrantsOnly, HeldPermissions, HeldRoles, close_grants, grants_of, held, permission_by_roles, put_permissions,
    role_by_roles, ungranted,
};
pub use scope::{deserialize as scope_from_text, serialize as scope_to_text};
pub use set::Permissions;

/// An enum of permissions. Derive it with `#[derive(AuthPermission)]`; there is no reason to write it by hand.
///
/// On the wire and in the table a permission is its name, `snake_case` unless the derive says otherwise.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of permissions",
    label = "no `AuthPermission` for this type",
    note = "put `#[derive(AuthPermission)]` on the enum"
)]
pub trait AuthPermission: Clone + PartialEq + Send + Sync + 'static {
    /// Every permission, in the order of declaration.
    const ALL: &'static [Self];
    /// The name of each, in the same order.
    const NAMES: &'static [&'static str];
    /// What each contains: bit *n* is set when the permission is, or includes, `ALL[n]`. Closed under inclusion.
    const INCLUDES: &'static [u128];

    /// The place of this permission in [`ALL`](Self::ALL).
    fn index(&self) -> usize;

    /// The name of this permission.
    fn name(&self) -> &'static str {
        Self::NAMES.get(self.index()).copied().unwrap_or_default()
    }

    /// The permission of that name.
    #[must_use]
    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().position(|known| *known == name).and_then(|index| Self::ALL.get(index)).cloned()
    }
}

/// What roles grant that grant nothing. It has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPermission {}

impl AuthPermission for NoPermission {
    const ALL: &'static [Self] = &[];
    const NAMES: &'static [&'static str] = &[];
    const INCLUDES: &'static [u128] = &[];

    fn index(&self) -> usize {
        match *self {}
    }
}

/// The [`AuthUser::Permissions`] of a user type without a `permissions` field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoPermissions;

/// A user type whose permissions are of the enum `P`. The derive implements it, once: for the enum in the field under
/// `#[auth(permissions)]`, or else the one that the roles grant.
#[diagnostic::on_unimplemented(
    message = "`{P}` is not the permission type of `{Self}`",
    label = "this asks for a permission that `{Self}` cannot have",
    note = "let roles grant it: `#[role(grants({P}::…))]` on a role of `{Self}`",
    note = "or give it to each user: `#[auth(permissions)] permissions: auth::Permissions<{P}>` in `{Self}`",
    note = "if this route is for another user type, name it: `#[protected(user = Staff, Permission::Pay)]`"
)]
pub trait HasPermission<P: AuthPermission>: AuthUser {
    /// What each role grants, by its place in the enum; closed under inclusion of roles and of permissions. Shorter than
    /// the enum, or empty, where roles grant nothing.
    const GRANTS: &'static [u128];
    /// Whether a user can have permissions beside those of the roles: there is a `permissions` field.
    const OWN: bool;

    /// Everything the row gives: the user's own permissions, what the roles grant, and what these include.
    fn row_permissions(&self) -> Permissions<P>;
    /// Everything the token gives; what the roles in it grant is not written in it, but known here.
    fn claims_permissions(claims: &Self::Claims) -> Permissions<P>;
}

/// A permission name that the enum does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not one of the permissions {known}")]
pub struct UnknownPermission {
    name: String,
    known: String,
}

/// The permission called `name`, or an error that lists those there are. Generated code calls it.
#[doc(hidden)]
pub fn parse_permission<P: AuthPermission>(name: &str) -> Result<P, UnknownPermission> {
    P::from_name(name).ok_or_else(|| UnknownPermission { name: name.to_owned(), known: P::NAMES.join(", ") })
}

const fn one_permission<P: AuthPermission>() -> OneOf<P, UnknownPermission> {
    OneOf { names: P::NAMES, find: parse_permission }
}

/// Reads a permission from its name. Generated code calls it.
#[doc(hidden)]
pub fn deserialize_permission<'de, P: AuthPermission, D: Deserializer<'de>>(deserializer: D) -> Result<P, D::Error> {
    one_permission().deserialize(deserializer)
}
