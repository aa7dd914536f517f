//! The permissions of a user type without their enum: for API keys, which keep them by name, and are the same whatever the
//! enum is called.

use std::marker::PhantomData;

use super::HasPermission;
use crate::model::name_enum::{Bits as _, NameEnum};
use crate::model::permission::AuthPermission;

const WORD: usize = u64::BITS as usize;

/// A set of permissions of one enum: bit *n* is the permission at index *n*.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PermissionSet(Vec<u64>);

impl PermissionSet {
    pub(crate) fn has(&self, index: usize) -> bool {
        self.0.get(index / WORD).is_some_and(|word| word >> (index % WORD) & 1 == 1)
    }

    pub(crate) fn insert(&mut self, index: usize) {
        let place = index / WORD;
        if self.0.len() <= place {
            self.0.resize(place + 1, 0);
        }
        if let Some(word) = self.0.get_mut(place) {
            *word |= 1 << (index % WORD);
        }
    }

    /// Returns what is in both sets.
    pub(crate) fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, other)| one & other).collect())
    }

    /// Returns the indices in the set, in ascending order.
    pub(crate) fn indices(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.0.len() * WORD).filter(|index| self.has(*index))
    }
}

impl FromIterator<usize> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = usize>>(indices: I) -> Self {
        let mut set = Self::default();
        indices.into_iter().for_each(|index| set.insert(index));
        set
    }
}

/// The permissions that users of type `U` can have.
pub(crate) trait KnownPermissions<U>: Send + Sync {
    /// Returns the name of each, by its index.
    fn names(&self) -> &'static [&'static str];

    /// Returns these permissions and those they include.
    fn closed(&self, permissions: &PermissionSet) -> PermissionSet;

    /// Returns what the row gives: the user's own permissions, those of the roles, and those they include.
    fn of_row(&self, row: &U) -> PermissionSet;
}

/// Those of the enum `P`.
pub(crate) struct PermissionsOf<P>(PhantomData<fn() -> P>);

impl<P> PermissionsOf<P> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<U: HasPermission<P>, P: AuthPermission> KnownPermissions<U> for PermissionsOf<P> {
    fn names(&self) -> &'static [&'static str] {
        P::NAMES
    }

    fn closed(&self, permissions: &PermissionSet) -> PermissionSet {
        let mut all = P::Bits::NONE;
        permissions.indices().for_each(|index| all.add(&P::Bits::at(P::INCLUDES, index)));
        set_of::<P>(&all)
    }

    fn of_row(&self, row: &U) -> PermissionSet {
        set_of::<P>(row.row_permissions().bits())
    }
}

fn set_of<P: NameEnum>(bits: &P::Bits) -> PermissionSet {
    (0..P::ALL.len()).filter(|index| bits.has(*index)).collect()
}

#[cfg(test)]
mod tests {
    use super::PermissionSet;

    #[test]
    fn a_set_has_what_was_put_into_it() {
        let set: PermissionSet = [0, 63, 64, 127].into_iter().collect();
        assert_eq!(set.indices().collect::<Vec<_>>(), [0, 63, 64, 127]);
        assert!(!set.has(1) && !set.has(1000));
        let other: PermissionSet = [63, 65].into_iter().collect();
        assert_eq!(set.and(&other).indices().collect::<Vec<_>>(), [63]);
        let small: PermissionSet = [1].into_iter().collect();
        assert!([set.and(&small), small.and(&set)].iter().all(|both| both.indices().next().is_none()));
    }
}
