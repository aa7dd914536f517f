//! Roles: an enum of the application that the compiler, the token and the table know.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed as _, Deserializer};
use serde::ser::{Serialize, Serializer};

use crate::named::{OneOf, read_list, write_list};
use crate::permission::AuthPermission;

/// An enum of roles. Derive it with `#[derive(AuthRole)]`; there is no reason to implement it by hand.
///
/// In tokens and in the table, a role is its name, in `snake_case` unless the derive says otherwise. The column is text
/// (`TEXT`, `VARCHAR`; on MySQL also `ENUM`). A name that the enum does not have is an error when the row is read.
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
/// # A native enum of PostgreSQL
///
/// A column that other programs write, too, can keep its type. sqlx writes it then, with the labels of the type; tokens
/// and rules have the names of the derive:
///
/// ```
/// # #[cfg(all(feature = "macros", feature = "postgres"))] {
/// #[derive(Clone, Debug, PartialEq, auth::AuthRole, sqlx::Type)]
/// #[role(manual(sqlx))]
/// #[sqlx(type_name = "hr.job_kind", rename_all = "SCREAMING_SNAKE_CASE")]
/// enum Job {
///     Doctor,
///     FrontDesk,
/// }
/// # }
/// ```
///
/// For a name with capitals, the quotes are part of it: `type_name = "\"Job\""`. An `ENUM` of MySQL needs none of this;
/// `#[role(rename_all = "SCREAMING_SNAKE_CASE")]` is enough if its values are spelled like that.
///
/// # The first admin
///
/// Sign-up gives everybody the same role, `#[auth(role, default = Role::Member)]`, and only an administrator can assign
/// others, with `auth.users().set_role(…)`. The first administrator therefore has to be made in the database: sign up,
/// run
///
/// ```sql
/// UPDATE users SET role = 'administrator' WHERE email = 'ada@example.org';
/// ```
///
/// and sign in again, since a token holds the roles of the time it was issued. Alternatively, write a program that you
/// start by hand and that calls `auth.users().find(…)` and `set_role`, which takes effect at once.
pub trait AuthRole: Clone + PartialEq + Send + Sync + 'static {
    /// The permissions that these roles grant; [`NoPermission`](crate::policy::NoPermission) if they grant none.
    type Permission: AuthPermission;

    /// Every role, in declaration order.
    const ALL: &'static [Self];
    /// The name of each role, in the same order.
    const NAMES: &'static [&'static str];
    /// The roles each role includes: bit *n* is set if it is or includes `ALL[n]`. Transitively closed.
    const INCLUDES: &'static [u64];
    /// The permissions each role grants: bit *n* is set if the role, or one it includes, grants the permission at index
    /// *n* or a permission that includes it. Empty if the roles grant nothing.
    const GRANTS: &'static [u128];

    /// Returns the index of this role in [`ALL`](Self::ALL).
    fn index(&self) -> usize;

    /// Returns the name of this role.
    fn name(&self) -> &'static str {
        Self::NAMES.get(self.index()).copied().unwrap_or_default()
    }

    /// Returns the role with this name.
    #[must_use]
    fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().position(|known| *known == name).and_then(|index| Self::ALL.get(index)).cloned()
    }
}

/// What a user or a token holds: one role or a list of them. Implemented by [`AuthRole`] types and [`Roles`].
pub trait RoleSet<R>: Clone + Send + Sync + 'static {
    /// Returns whether `role` is held, directly or through `includes`.
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

/// The role type of users without roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoRoles;

/// A set of roles, stored as a comma-separated list of names (`"author,editor"`, or the empty text) and written into
/// tokens as an array. See [`AuthRole`] for how names are spelled and how to make the first administrator.
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
    /// Returns the empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self { bits: 0, role: PhantomData }
    }

    /// Adds `role` to the set.
    pub fn insert(&mut self, role: &R) {
        self.bits |= bit(role);
    }

    /// Removes `role` from the set. Roles that include it stay.
    pub fn remove(&mut self, role: &R) {
        self.bits &= !bit(role);
    }

    /// Returns whether `role` itself is in the set. Roles that include it are not considered.
    #[must_use]
    pub fn contains(&self, role: &R) -> bool {
        self.bits & bit(role) != 0
    }

    /// Returns whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bits == 0
    }

    /// Returns the roles in the set, in declaration order.
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

crate::error::other_errors!(UnknownRole);

/// Returns the role called `name`, or an error that lists all roles. Called by generated code.
#[doc(hidden)]
pub fn parse_role<R: AuthRole>(name: &str) -> Result<R, UnknownRole> {
    R::from_name(name).ok_or_else(|| UnknownRole { name: name.to_owned(), known: R::NAMES.join(", ") })
}

const fn one_role<R: AuthRole>() -> OneOf<R, UnknownRole> {
    OneOf { names: R::NAMES, find: parse_role }
}

/// Reads a role from its name. Called by generated code.
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

// Written by hand, because a derive would require the same traits of `R`.
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
