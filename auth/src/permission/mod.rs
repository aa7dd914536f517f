//! Permissions: an enum of the application, the ones that roles grant, and the ones a user has in addition.

mod grants;
mod scope;
mod set;

use serde::de::{DeserializeSeed as _, Deserializer};

use crate::named::OneOf;

pub(crate) use grants::gather;
pub use grants::{GrantsOnly, HeldPermissions, HeldRoles, close_grants, grants_of, held, role_by_roles};
pub use scope::{deserialize as scope_from_text, serialize as scope_to_text};
pub use set::Permissions;
pub(crate) use set::bit;

/// An enum of permissions. Derive it with `#[derive(AuthPermission)]`; there is no reason to implement it by hand.
///
/// In tokens and in the table, a permission is its name, in `snake_case` unless the derive says otherwise.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of permissions",
    label = "no `AuthPermission` for this type",
    note = "put `#[derive(AuthPermission)]` on the enum"
)]
pub trait AuthPermission: Clone + PartialEq + Send + Sync + 'static {
    /// Every permission, in declaration order.
    const ALL: &'static [Self];
    /// The name of each permission, in the same order.
    const NAMES: &'static [&'static str];
    /// The permissions each one includes: bit *n* is set if it is or includes `ALL[n]`. Transitively closed.
    const INCLUDES: &'static [u128];

    /// Returns the index of this permission in [`ALL`](Self::ALL).
    fn index(&self) -> usize;

    /// Returns the name of this permission.
    fn name(&self) -> &'static str {
        Self::NAMES.get(self.index()).copied().unwrap_or_default()
    }

    /// Returns the permission with this name.
    #[must_use]
    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().position(|known| *known == name).and_then(|index| Self::ALL.get(index)).cloned()
    }
}

/// The permission type of roles that grant nothing. It has no values.
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

/// A permission name that the enum does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not one of the permissions {known}")]
pub struct UnknownPermission {
    name: String,
    known: String,
}

crate::error::other_errors!(UnknownPermission);

/// Returns the permission called `name`, or an error that lists all permissions. Called by generated code.
#[doc(hidden)]
pub fn parse_permission<P: AuthPermission>(name: &str) -> Result<P, UnknownPermission> {
    P::from_name(name).ok_or_else(|| UnknownPermission { name: name.to_owned(), known: P::NAMES.join(", ") })
}

const fn one_permission<P: AuthPermission>() -> OneOf<P, UnknownPermission> {
    OneOf { names: P::NAMES, find: parse_permission }
}

/// Reads a permission from its name. Called by generated code.
#[doc(hidden)]
pub fn deserialize_permission<'de, P: AuthPermission, D: Deserializer<'de>>(deserializer: D) -> Result<P, D::Error> {
    one_permission().deserialize(deserializer)
}
