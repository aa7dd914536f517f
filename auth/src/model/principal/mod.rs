//! Who a token can be about, as rules see it: somebody with an id, roles and permissions.
//!
//! A user type with a table is more than that ([`AuthUser`](crate::AuthUser)). What decides about requests asks for no
//! more than a principal, so that the same rules can be asked about people whose tokens another service issues and of
//! whom this one has no row.

mod holds;
mod known_permissions;

use std::any::Any;
use std::fmt;

use super::claims::{Amr, Claims};
use super::permission::HeldPermissions;
use super::role::HeldRoles;
use super::user::UserId;

pub use holds::{HasPermission, HasRole, claims_may, permission_by_roles, put_permissions, row_may, ungranted};
pub(crate) use known_permissions::{KnownPermissions, PermissionSet, PermissionsOf};

/// Whom a token can be about. `#[derive(AuthUser)]` implements it for a type with a table, and `#[derive(AuthClaims)]` for
/// the claims of another issuer; there is no reason to implement it by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is nobody whom a token can be about",
    label = "no `Principal` for this type",
    note = "put `#[derive(AuthUser)]` and `#[auth(table = \"…\")]` on it, or `#[derive(AuthClaims)]` if another service issues their tokens"
)]
pub trait Principal: Send + Sync + Sized + 'static {
    /// What the subject of a token (`sub`) is read into; of a user type, the primary key.
    type Id: UserId;
    /// What a guard has verified about a caller: the claims of the token.
    type Claims: Presented;
    /// The role enum, [`Roles`](crate::Roles) of it, or [`NoRoles`](crate::NoRoles).
    type Roles: HeldRoles;
    /// The permissions each of them has in addition to those of the roles: [`Permissions`](crate::Permissions), or
    /// [`NoPermissions`](crate::NoPermissions) for a type without such a field.
    type Permissions: HeldPermissions;

    /// What tells it from other types.
    const REALM: Realm;

    /// Who must sign in with several factors: `#[auth(mfa)]`, `#[auth(mfa(…))]`.
    const MFA: Option<&'static dyn MfaRule<Self>> = None;

    /// Returns the id of whom `claims` are about.
    fn subject(claims: &Self::Claims) -> &Self::Id;

    /// Returns whether the e-mail address is confirmed by the row; `None` for a type without a `verified` field, or
    /// without a table.
    fn row_verified(&self) -> Option<bool> {
        None
    }
}

/// What tells principals apart, such as `User:users`: two user types may share a name or a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Realm {
    /// The name of the type, for the route table and API documents.
    pub name: &'static str,
    /// The table of a user type.
    pub table: Option<&'static str>,
}

impl fmt::Display for Realm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        self.table.map_or(Ok(()), |table| write!(f, ":{table}"))
    }
}

/// [`Principal`] without its associated types, for bounds in generated code: given an unknown name, the compiler would
/// suggest the associated types of a bound.
pub trait IsPrincipal: Principal {}

impl<P: Principal> IsPrincipal for P {}

/// What rules learn from verified claims about a login, whoever issued them.
pub trait Presented: Clone + Send + Sync + 'static {
    /// Returns when the caller last proved who they are, in seconds since the epoch; `None` if nobody knows.
    fn auth_time(&self) -> Option<u64>;

    /// Returns how they proved it.
    fn amr(&self) -> &Amr;

    /// Returns whether the e-mail address was confirmed when the token was issued; `None` if the claims do not say.
    fn verified(&self) -> Option<bool>;
}

#[diagnostic::do_not_recommend]
impl<C: Claims> Presented for C {
    fn auth_time(&self) -> Option<u64> {
        // Zero is no time.
        Some(self.registered().auth_time).filter(|seconds| *seconds > 0)
    }

    fn amr(&self) -> &Amr {
        self.registered().amr
    }

    fn verified(&self) -> Option<bool> {
        Claims::verified(self)
    }
}

/// The rule of `#[auth(mfa(…))]`: who of a user type must sign in with several factors. It is about what users hold, not
/// about how they signed in.
pub trait MfaRule<P: Principal>: Any + fmt::Display + Send + Sync {
    /// Returns whether the user of this row must.
    fn covers(&self, user: &P) -> bool;

    /// Returns whether a token with these claims must say that its user has.
    fn covers_claims(&self, claims: &P::Claims) -> bool;
}
