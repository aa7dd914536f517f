//! Permissions as a user or a token holds them: those of the roles, and those given to the user in addition.

use super::{AuthPermission, Permissions};
use crate::model::name_enum::{Bits, NamesText, SetOf};
use crate::model::role::HeldRoles;

/// The [`Principal::Permissions`](crate::Principal::Permissions) of a user type without a `permissions` field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoPermissions;

/// Permissions as a user or a token holds them in addition to the roles: a set, or none.
pub trait HeldPermissions: Clone + Send + Sync + 'static {
    /// The length of their text in a column, and whether it may be empty.
    const TEXT: NamesText;

    /// The names of all permissions of the enum.
    const KNOWN: &'static [&'static str];

    /// Returns the value without permissions, and the one with all.
    fn each() -> Vec<Self>;
}

impl<P: AuthPermission> HeldPermissions for Permissions<P> {
    const TEXT: NamesText = NamesText::list_of(P::NAMES);
    const KNOWN: &'static [&'static str] = P::NAMES;

    fn each() -> Vec<Self> {
        vec![Self::new(), P::ALL.iter().cloned().collect()]
    }
}

impl HeldPermissions for NoPermissions {
    const TEXT: NamesText = NamesText::list_of(&[]);
    const KNOWN: &'static [&'static str] = &[];

    fn each() -> Vec<Self> {
        Vec::new()
    }
}

/// Permissions of the enum `P` that a user or a token has in addition to those of the roles: a set, or none.
pub trait OwnPermissions<P: AuthPermission> {
    /// Returns these permissions and those they include.
    fn closed(&self) -> P::Bits;
}

impl<P: AuthPermission> OwnPermissions<P> for Permissions<P> {
    fn closed(&self) -> P::Bits {
        SetOf::closed(self)
    }
}

impl<P: AuthPermission> OwnPermissions<P> for NoPermissions {
    fn closed(&self) -> P::Bits {
        P::Bits::NONE
    }
}

/// Returns everything that roles, of which each grants what `grants` has at its index, and own permissions allow
/// together. Called by generated code.
pub fn held<P: AuthPermission>(grants: &[u64], roles: &impl HeldRoles, own: &impl OwnPermissions<P>) -> Permissions<P> {
    let mut all = own.closed();
    all.add(&roles.gather(grants));
    Permissions::from_bits(all)
}
