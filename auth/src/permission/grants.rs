//! The permissions that roles grant: computed at compile time, looked up as bits at run time.
//!
//! A role grants permissions in the program, not in the token. What a role may do changes with a deployment, tokens
//! stay short, and the audit knows which role grants what. `GRANTS` is closed over inclusion by a `const fn`; a user's
//! own permissions are in the token.

use super::set::bit;
use super::{AuthPermission, HasPermission, NoPermissions, Permissions};
use crate::named::NamesText;
use crate::profile::Profile;
use crate::role::{AuthRole, NoRoles, Roles};

/// With more roles than this, the sets of roles that a user can have are too many to list.
const MOST_LISTED: usize = 10;

/// Roles as a user or a token holds them: one, a list, or none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an enum of roles",
    label = "this type is the `#[auth(role)]` field",
    note = "put `#[derive(AuthRole)]` on the enum"
)]
pub trait HeldRoles: Clone + Send + Sync + 'static {
    /// The length of their text in a column, and whether it may be empty.
    const TEXT: NamesText;

    /// The names of all roles of the enum.
    const KNOWN: &'static [&'static str];

    /// Returns a value for each role; for a list also the one without roles, first, and the one with all, last.
    fn each() -> Vec<Self>;

    /// Returns the bits of all permissions that these roles grant, of whatever enum.
    fn granted(&self) -> u128;

    /// Returns every set of roles that a user can hold, as bits in enum order, closed under inclusion; `None` if there
    /// are too many to list.
    fn possible() -> Option<Vec<u64>>;
}

#[diagnostic::do_not_recommend]
impl<R: AuthRole> HeldRoles for R {
    const TEXT: NamesText = NamesText::one_of(R::NAMES);
    const KNOWN: &'static [&'static str] = R::NAMES;

    fn each() -> Vec<Self> {
        R::ALL.to_vec()
    }

    fn granted(&self) -> u128 {
        R::GRANTS.get(self.index()).copied().unwrap_or(0)
    }

    fn possible() -> Option<Vec<u64>> {
        Some(R::INCLUDES.to_vec())
    }
}

impl<R: AuthRole> HeldRoles for Roles<R> {
    const TEXT: NamesText = NamesText::list_of(R::NAMES);
    const KNOWN: &'static [&'static str] = R::NAMES;

    fn each() -> Vec<Self> {
        let one = R::ALL.iter().cloned().map(|role| Self::from([role]));
        [Self::new()].into_iter().chain(one).chain([R::ALL.iter().cloned().collect()]).collect()
    }

    fn granted(&self) -> u128 {
        self.iter().fold(0, |all, role| all | role.granted())
    }

    fn possible() -> Option<Vec<u64>> {
        if R::INCLUDES.len() > MOST_LISTED {
            return None;
        }
        // Each role doubles the number of sets: those without it, and those with it and everything it includes.
        let mut sets = R::INCLUDES.iter().fold(vec![0], |mut sets, role| {
            let with: Vec<u64> = sets.iter().map(|set| set | role).collect();
            sets.extend(with);
            sets
        });
        sets.sort_unstable();
        sets.dedup();
        Some(sets)
    }
}

impl HeldRoles for NoRoles {
    const TEXT: NamesText = NamesText::list_of(&[]);
    const KNOWN: &'static [&'static str] = &[];

    fn each() -> Vec<Self> {
        Vec::new()
    }

    fn granted(&self) -> u128 {
        0
    }

    fn possible() -> Option<Vec<u64>> {
        Some(vec![0])
    }
}

/// Permissions as a user or a token holds them in addition to the roles: a set, or none.
pub trait HeldPermissions: Clone + Send + Sync + 'static {
    /// The length of their text in a column, and whether it may be empty.
    const TEXT: NamesText;

    /// The names of all permissions of the enum.
    const KNOWN: &'static [&'static str];

    /// Returns the value without permissions, and the one with all.
    fn each() -> Vec<Self>;

    /// Returns the bits of these permissions and of those they include.
    fn bits(&self) -> u128;
}

impl<P: AuthPermission> HeldPermissions for Permissions<P> {
    const TEXT: NamesText = NamesText::list_of(P::NAMES);
    const KNOWN: &'static [&'static str] = P::NAMES;

    fn each() -> Vec<Self> {
        vec![Self::new(), P::ALL.iter().cloned().collect()]
    }

    fn bits(&self) -> u128 {
        self.closed()
    }
}

impl HeldPermissions for NoPermissions {
    const TEXT: NamesText = NamesText::list_of(&[]);
    const KNOWN: &'static [&'static str] = &[];

    fn each() -> Vec<Self> {
        Vec::new()
    }

    fn bits(&self) -> u128 {
        0
    }
}

/// An enum of roles that grants permissions of `P` or none at all. Implemented by `#[derive(AuthRole)]`.
#[diagnostic::on_unimplemented(
    message = "the roles of `{Self}` grant permissions of another enum than `{P}`",
    label = "these roles grant something else",
    note = "a user type has one enum of permissions: let the roles grant `{P}`, or make the `#[auth(permissions)]` field a list of what they grant"
)]
pub trait GrantsOnly<P> {}

/// Returns the permissions of `P` that each role of `R` grants. Called by generated code.
#[must_use]
pub const fn grants_of<R: AuthRole + GrantsOnly<P>, P>() -> &'static [u128] {
    R::GRANTS
}

/// Adds to what each role grants by itself what the roles it includes grant. Called by generated code, in constants.
#[must_use]
#[allow(clippy::indexing_slicing, reason = "it runs in the compiler: a place that is not there is an error there")]
pub const fn close_grants<const N: usize>(includes: &[u64], direct: [u128; N]) -> [u128; N] {
    let mut all = direct;
    let mut role = 0;
    while role < N {
        let mut inner = 0;
        while inner < N {
            if includes[role] >> inner & 1 == 1 {
                all[role] |= direct[inner];
            }
            inner += 1;
        }
        role += 1;
    }
    all
}

/// Returns everything that roles and own permissions grant together. Called by generated code.
pub fn held<P: AuthPermission>(roles: &impl HeldRoles, own: &impl HeldPermissions) -> Permissions<P> {
    Permissions::from_bits(roles.granted() | own.bits())
}

/// Adds the user's permissions to the response of `GET /me`, if the type has any. Called by generated code.
pub fn put_permissions<U: HasPermission<P>, P: AuthPermission>(user: &U, profile: &mut Profile) {
    if !P::NAMES.is_empty() {
        profile.put("permissions", &user.row_permissions());
    }
}

/// Implements [`Requirement::by_roles`](crate::Requirement::by_roles) for a role. Called by generated code.
pub fn role_by_roles<R: AuthRole>(role: &R, roles: u64) -> bool {
    roles.checked_shr(u32::try_from(role.index()).unwrap_or(u32::MAX)).is_some_and(|rest| rest & 1 == 1)
}

/// Implements [`Requirement::by_roles`](crate::Requirement::by_roles) for a permission. Called by generated code.
pub fn permission_by_roles<U: HasPermission<P>, P: AuthPermission>(permission: &P, roles: u64) -> Option<bool> {
    let granted = gather(roles.into(), U::GRANTS) & bit(permission) != 0;
    if !granted && U::OWN { None } else { Some(granted) }
}

/// Returns the names of the permissions that no user of this type can have. Called by generated code.
#[must_use]
pub fn ungranted<U: HasPermission<P>, P: AuthPermission>() -> Vec<&'static str> {
    if U::OWN {
        return Vec::new();
    }
    let granted = U::GRANTS.iter().fold(0, |all, grants| all | grants);
    P::ALL.iter().filter(|permission| granted & bit(*permission) == 0).map(AuthPermission::name).collect()
}

/// Returns the union of the `masks` at the indices set in `bits`.
pub(super) fn gather(bits: u128, masks: &[u128]) -> u128 {
    let chosen = masks.iter().enumerate().filter(|(place, _)| {
        // An index beyond the capacity of a set has no bit.
        u32::try_from(*place).ok().and_then(|place| bits.checked_shr(place)).is_some_and(|rest| rest & 1 == 1)
    });
    chosen.fold(0, |all, (_, mask)| all | mask)
}
