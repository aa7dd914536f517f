//! The permissions that roles grant: computed at compile time, looked up as bits at run time.
//!
//! A role grants permissions in the program, not in the token. What a role may do changes with a deployment, tokens
//! stay short, and the audit knows which role grants what. `GRANTS` is closed over inclusion by a `const fn`; a user's
//! own permissions are in the token.

use crate::model::name_enum::union;
use crate::model::role::AuthRole;

/// An enum of roles that grants permissions of `P` or none at all. Implemented by `#[derive(AuthRole)]`.
#[diagnostic::on_unimplemented(
    message = "the roles of `{Self}` grant permissions of another enum than `{P}`",
    label = "these roles grant something else",
    note = "a user type has one enum of permissions: let the roles grant `{P}`, or make the `#[auth(permissions)]` field a list of what they grant"
)]
pub trait GrantsOnly<P> {}

/// Returns the permissions of `P` that each role of `R` grants. Called by generated code.
#[must_use]
pub const fn grants_of<R: AuthRole + GrantsOnly<P>, P>() -> &'static [u64] {
    R::GRANTS
}

/// Adds to what each role grants by itself what the roles it includes grant. Called by generated code, in constants.
#[must_use]
#[allow(clippy::indexing_slicing, reason = "it runs in the compiler: an index that is not there is an error there")]
pub const fn close_grants<const ROLES: usize, const P: usize>(
    includes: &[u64],
    direct: [[u64; P]; ROLES],
) -> [[u64; P]; ROLES] {
    let words = ROLES.div_ceil(64);
    let mut all = direct;
    let mut role = 0;
    while role < ROLES {
        let mut inner = 0;
        while inner < ROLES {
            if includes[role * words + inner / 64] >> (inner % 64) & 1 == 1 {
                all[role] = union(&[all[role], direct[inner]]);
            }
            inner += 1;
        }
        role += 1;
    }
    all
}
