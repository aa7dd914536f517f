//! Claims of another issuer as a principal.

use super::{ReadClaims, Verified};
use crate::model::claims::Amr;
use crate::model::permission::AuthPermission;
use crate::model::principal::{HasPermission, HasRole, Presented, Principal};
use crate::model::role::AuthRole;

/// People who sign in at another issuer, as described by `#[derive(AuthClaims)]`: what a token says about them, and nothing
/// else. There is no table, so what a rule asks of a row it cannot ask of them (`live`).
///
/// What a guard has verified is a [`Verified`]: a rule such as [`Fresh`](crate::Fresh) is about registered claims, which the
/// struct need not have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no claims of another issuer",
    label = "no `AuthClaims` for this type",
    note = "put `#[derive(AuthClaims)]` on it"
)]
pub trait AuthClaims: Principal<Claims = Verified<Self>> + ReadClaims {
    /// Returns whether these claims hold `role`, or a role that includes it: what a rule asks, in the middle of a handler.
    fn holds<R: AuthRole>(&self, role: &R) -> bool
    where
        Self: HasRole<R>,
    {
        self.row_holds(role)
    }

    /// Returns whether these claims give `permission`: itself, through one that includes it, or by a role.
    fn may<P: AuthPermission>(&self, permission: &P) -> bool
    where
        Self: HasPermission<P>,
    {
        self.row_permissions().contains(permission)
    }
}

#[diagnostic::do_not_recommend]
impl<P: Principal<Claims = Verified<P>> + ReadClaims> AuthClaims for P {}

impl<P: Principal + ReadClaims> Presented for Verified<P> {
    fn auth_time(&self) -> Option<u64> {
        self.registered.auth_time()
    }

    fn amr(&self) -> &Amr {
        self.registered.amr()
    }

    fn verified(&self) -> Option<bool> {
        self.claims.row_verified()
    }
}
