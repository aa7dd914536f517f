//! Roles: an enum of the application's, known to the compiler, the token and the table.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed as _, Deserializer};
use serde::ser::{Serialize, Serializer};

use crate::named::{OneOf, read_list, write_list};
use crate::permission::AuthPermission;
use crate::user::AuthUser;

/// An enum of roles. Derive it with `#[derive(AuthRole)]`; there is no reason to write it by hand.
///
/// On the wire and in the table a role is its name, `snake_case` unless the derive says otherwise. The column is text
/// (`TEXT`, `VARCHAR`; on MySQL also `ENUM`), and a name in it that is none of the enum's is an error when the row is read.
///
/// ```
/// # #[cfg(feature = "macros")] {
/// use auth::AuthRole;
///
/// #[derive(Clone, Debug, PartialEq, AuthRole)]
/// enum Role {
///     Member,
///     #[role(includes(Member))]
///     SalesLead,
///     #[role(includes(SalesLead), name = "administrator")]
///     Admin,
/// }
///
/// assert_eq!(Role::NAMES, ["member", "sales_lead", "administrator"]);
/// assert_eq!(Role::from_name("sales_lead"), Some(Role::SalesLead));
/// # }
/// ```
///
/// # The first admin
///
/// Sign-up gives everybody the same role, `#[auth(role, default = Role::Member)]`, and only an administrator hands out
/// others, by `auth.users().set_role(…)`. So the first one is made by whoever has the database: sign up, then
///
/// ```sql
/// UPDATE users SET role = 'administrator' WHERE email = 'ada@example.org';
/// ```
///
/// and sign in again, since the token says what was true when it was issued. Or let a program that you start by hand do it, with
/// `auth.users().find(…)` and `set_role`, which acts at once.
pub trait AuthRole: Clone + PartialEq + Send + Sync + 'static {
    /// The enum of permissions that these roles grant; [`NoPermission`](crate::policy::NoPermission) if they grant none.
    type Permission: AuthPermission;

    /// Every role, in the order of declaration.
    const ALL: &'static [Self];
    /// The name of each, in the same order.
    const NAMES: &'static [&'static str];
    /// What each contains: bit *n* is set when the role is, or includes, `ALL[n]`. Closed under inclusion.
    const INCLUDES: &'static [u64];
    /// What each grants: bit *n* is set when the role, or one that it includes, grants the permission at *n*, or one that
    /// includes that. Empty if the roles grant nothing.
    const GRANTS: &'static [u128];

    /// The place of this role in [`ALL`](Self::ALL).
    fn index(&self) -> usize;

    /// The name of this role.
    fn name(&self) -> &'static str {
        Self::NAMES.get(self.index()).copied().unwrap_or_default()
    }

    /// The role of that name.
    #[must_use]
    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().position(|known| *known == name).and_then(|index| Self::ALL.get(index)).cloned()
    }
}

/// What a user or a token holds: one role, a list of them, or none. Sealed by its use: [`AuthRole`] types,
/// [`Roles`] and [`NoRoles`] have it.
pub trait RoleSet<R>: Clone + Send + Sync + 'static {
    /// Whether `role` is held, directly or through `includes`.
    fn holds(&self, role: &R) -> bool;
}

impl<R: AuthRole> RoleSet<R> for R {
    fn holds(&self, role: &R) -> bool {
        R::INCLUDES.get(self.index()).is_some_and(|set| set & bit(role) != 0)
    }
}

impl<R: AuthRole> RoleSet<R> for Roles<R> {
    fn holds(&self, role: &R) -> bool {
        self.iter().any(|held| held.holds(role))
    }
}

/// The role type of a user without roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoRoles;

/// A user type whose roles are of the enum `R`. The derive implements it; it is what makes
/// `#[protected(Role::Admin)]` an error on a router whose users have other roles.
#[diagnostic::on_unimplemented(
    message = "`{R}` is not the role type of `{Self}`",
    label = "this rule asks for a role that `{Self}` cannot have",
    note = "a rule may only name the enum that `{Self}` has in its `#[auth(role)]` or `#[auth(roles)]` field",
    note = "if this route is for another user type, name it: `#[protected(user = Staff, Role::Clerk)]`"
)]
pub trait HasRole<R: AuthRole>: AuthUser {
    /// Whether the row holds `role`.
    fn row_holds(&self, role: &R) -> bool;
    /// Whether the token says so.
    fn claims_hold(claims: &Self::Claims, role: &R) -> bool;
}

/// A set of roles, stored as a comma-separated list of names (`"author,editor"`; none is the empty text) and written into
/// tokens as an array. How names are spelled, and how the first administrator is made: see [`AuthRole`].
///
/// ```
/// # #[derive(Clone, Debug, PartialEq, auth::AuthRole)] enum Role { Author, Editor }
/// let mut roles = auth::Roles::from([Role::Author]);
/// roles.insert(&Role::Editor);
/// assert_eq!(roles.to_string(), "author,editor");
/// assert_eq!("editor , author".parse(), Ok(roles));
/// ```
pub struct Roles<R> {
    bits: u64,
    role: PhantomData<fn() -> R>,
}

impl<R: AuthRole> Roles<R> {
    /// No role at all.
    #[must_use]
    pub const fn new() -> Self {
        Self { bits: 0, role: PhantomData }
    }

    /// Adds `role`.
    pub fn insert(&mut self, role: &R) {
        self.bits |= bit(role);
    }

    /// Takes `role` away. Roles that include it stay.
    pub fn remove(&mut self, role: &R) {
        self.bits &= !bit(role);
    }

    /// Whether `role` itself is in the set (whether it is *held* is a matter of `includes`, too).
    #[must_use]
    pub fn contains(&self, role: &R) -> bool {
        self.bits & bit(role) != 0
    }

    /// Whether there is no role in the set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bits == 0
    }

    /// The roles in the set, in the order of declaration.
    pub fn iter(&self) -> impl Iterator<Item = &'static R> + use<R> {
        let bits = self.bits;
        R::ALL.iter().filter(move |role| bits & bit(*role) != 0)
    }
}

fn bit<R: AuthRole>(role: &R) -> u64 {
    1_u64.checked_shl(u32::try_from(role.index()).unwrap_or(u32::MAX)).unwrap_or(0)
}

/// A role name that the enum does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is not one of the roles {known}")]
pub struct UnknownRole {
    name: String,
    known: String,
}

/// The role called `name`, or an error that lists those there are. Generated code calls it.
#[doc(hidden)]
pub fn parse_role<R: AuthRole>(name: &str) -> Result<R, UnknownRole> {
    R::from_name(name).ok_or_else(|| UnknownRole { name: name.to_owned(), known: R::NAMES.join(", ") })
}

const fn one_role<R: AuthRole>() -> OneOf<R, UnknownRole> {
    OneOf { names: R::NAMES, find: parse_role }
}

/// Reads a role from its name. Generated code calls it.
#[doc(hidden)]
pub fn deserialize_role<'de, R: AuthRole, D: Deserializer<'de>>(deserializer: D) -> Result<R, D::Error> {
    one_role().deserialize(deserializer)
}

impl<R: AuthRole> fmt::Display for Roles<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_list(f, ",", self.iter().map(AuthRole::name))
    }
}

impl<R: AuthRole> std::str::FromStr for Roles<R> {
    type Err = UnknownRole;

    fn from_str(list: &str) -> Result<Self, UnknownRole> {
        read_list(list).map(parse_role::<R>).collect()
    }
}

impl<R: AuthRole> FromIterator<R> for Roles<R> {
    fn from_iter<I: IntoIterator<Item = R>>(roles: I) -> Self {
        roles.into_iter().fold(Self::new(), |mut set, role| {
            set.insert(&role);
            set
        })
    }
}

impl<R: AuthRole, const N: usize> From<[R; N]> for Roles<R> {
    fn from(roles: [R; N]) -> Self {
        roles.into_iter().collect()
    }
}

impl<R: AuthRole> Serialize for Roles<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(AuthRole::name))
    }
}

impl<'de, R: AuthRole> Deserialize<'de> for Roles<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        one_role::<R>().deserialize_list(deserializer)
    }
}

// Written out, because a derive would ask the same of `R`.
impl<R> Clone for Roles<R> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<R> Copy for Roles<R> {}
impl<R> PartialEq for Roles<R> {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}
impl<R> Eq for Roles<R> {}
impl<R: AuthRole> Default for Roles<R> {
    fn default() -> Self {
        Self::new()
    }
}
impl<R: AuthRole> fmt::Debug for Roles<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(AuthRole::name)).finish()
    }
}
