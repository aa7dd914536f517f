use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::{AuthPermission, UnknownPermission, one_permission, parse_permission};
use crate::named::{read_list, write_list};

/// A set of permissions, stored as a comma-separated list of names (`"posts_read,posts_write"`) and written into tokens
/// as an array.
///
/// ```
/// # #[derive(Clone, Debug, PartialEq, auth::AuthPermission)]
/// # enum Permission { PostsRead, #[permission(includes(PostsRead))] PostsWrite }
/// let mut permissions = auth::Permissions::from([Permission::PostsWrite]);
/// assert!(permissions.holds(&Permission::PostsRead), "it is included");
/// permissions.insert(&Permission::PostsRead);
/// assert_eq!(permissions.to_string(), "posts_read,posts_write");
/// assert_eq!("posts_write , posts_read".parse(), Ok(permissions));
/// ```
pub struct Permissions<P> {
    bits: u128,
    permission: PhantomData<fn() -> P>,
}

impl<P: AuthPermission> Permissions<P> {
    /// Returns the empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self::from_bits(0)
    }

    pub(super) const fn from_bits(bits: u128) -> Self {
        Self { bits, permission: PhantomData }
    }

    /// Adds `permission` to the set.
    pub fn insert(&mut self, permission: &P) {
        self.bits |= bit(permission);
    }

    /// Removes `permission` from the set. Permissions that include it stay.
    pub fn remove(&mut self, permission: &P) {
        self.bits &= !bit(permission);
    }

    /// Returns whether `permission` itself is in the set. [`holds`](Self::holds) also considers `includes`.
    #[must_use]
    pub fn contains(&self, permission: &P) -> bool {
        self.bits & bit(permission) != 0
    }

    /// Returns whether the set contains `permission` or one that includes it.
    #[must_use]
    pub fn holds(&self, permission: &P) -> bool {
        self.closed() & bit(permission) != 0
    }

    /// Returns whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bits == 0
    }

    /// Returns the permissions in the set, in declaration order.
    pub fn iter(&self) -> impl Iterator<Item = &'static P> + use<P> {
        let bits = self.bits;
        P::ALL.iter().filter(move |permission| bits & bit(*permission) != 0)
    }

    /// Returns the bits of the set and of everything it includes.
    pub(super) fn closed(&self) -> u128 {
        super::grants::gather(self.bits, P::INCLUDES)
    }
}

/// Returns the bit of `permission`; zero for an index beyond the capacity of a set.
pub(crate) fn bit<P: AuthPermission>(permission: &P) -> u128 {
    1_u128.checked_shl(u32::try_from(permission.index()).unwrap_or(u32::MAX)).unwrap_or(0)
}

impl<P: AuthPermission> fmt::Display for Permissions<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_list(f, ",", self.iter().map(AuthPermission::name))
    }
}

impl<P: AuthPermission> std::str::FromStr for Permissions<P> {
    type Err = UnknownPermission;

    fn from_str(list: &str) -> Result<Self, UnknownPermission> {
        read_list(list).map(parse_permission::<P>).collect()
    }
}

impl<P: AuthPermission> FromIterator<P> for Permissions<P> {
    fn from_iter<I: IntoIterator<Item = P>>(permissions: I) -> Self {
        permissions.into_iter().fold(Self::new(), |mut set, permission| {
            set.insert(&permission);
            set
        })
    }
}

impl<P: AuthPermission, const N: usize> From<[P; N]> for Permissions<P> {
    fn from(permissions: [P; N]) -> Self {
        permissions.into_iter().collect()
    }
}

impl<P: AuthPermission> Serialize for Permissions<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(AuthPermission::name))
    }
}

impl<'de, P: AuthPermission> Deserialize<'de> for Permissions<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        one_permission::<P>().deserialize_list(deserializer)
    }
}

// Written by hand, because a derive would require the same traits of `P`.
impl<P> Clone for Permissions<P> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<P> Copy for Permissions<P> {}
impl<P> PartialEq for Permissions<P> {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}
impl<P> Eq for Permissions<P> {}
impl<P: AuthPermission> Default for Permissions<P> {
    fn default() -> Self {
        Self::new()
    }
}
impl<P: AuthPermission> fmt::Debug for Permissions<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(AuthPermission::name)).finish()
    }
}
