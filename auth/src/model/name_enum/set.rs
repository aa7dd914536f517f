use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::bits::Bits;
use super::text::{ListOfNames, read_list, write_list};
use super::{NameEnum, UnknownName, parse_name};

/// A set of roles ([`Roles`](crate::Roles)) or of permissions ([`Permissions`](crate::Permissions)), stored as a
/// comma-separated list of names (`"author,editor"`, or the empty text) and written into tokens as an array.
pub struct SetOf<E: NameEnum> {
    bits: E::Bits,
}

impl<E: NameEnum> SetOf<E> {
    /// Returns the empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self::from_bits(<E::Bits as Bits>::NONE)
    }

    pub(crate) const fn from_bits(bits: E::Bits) -> Self {
        Self { bits }
    }

    pub(crate) const fn bits(&self) -> &E::Bits {
        &self.bits
    }

    /// Adds `value` to the set.
    pub fn insert(&mut self, value: &E) {
        self.bits.insert(value.index());
    }

    /// Removes `value` from the set. Values that include it stay.
    pub fn remove(&mut self, value: &E) {
        self.bits.remove(value.index());
    }

    /// Returns whether `value` itself is in the set. [`holds`](Self::holds) also considers `includes`.
    #[must_use]
    pub fn contains(&self, value: &E) -> bool {
        self.bits.has(value.index())
    }

    /// Returns whether the set contains `value` or one that includes it.
    #[must_use]
    pub fn holds(&self, value: &E) -> bool {
        self.closed().has(value.index())
    }

    /// Returns whether the set is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bits == E::Bits::NONE
    }

    /// Returns the values in the set, in declaration order.
    pub fn iter(&self) -> impl Iterator<Item = &'static E> + use<E> {
        let bits = self.bits;
        E::ALL.iter().enumerate().filter(move |(index, _)| bits.has(*index)).map(|(_, value)| value)
    }

    /// Returns the bits of the set and of everything it includes.
    pub(crate) fn closed(&self) -> E::Bits {
        self.bits.gather(E::INCLUDES)
    }
}

impl<E: NameEnum> fmt::Display for SetOf<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_list(f, ",", self.iter().map(NameEnum::name))
    }
}

impl<E: NameEnum + Clone> FromStr for SetOf<E> {
    type Err = UnknownName;

    fn from_str(list: &str) -> Result<Self, UnknownName> {
        read_list(list).map(parse_name::<E>).collect()
    }
}

impl<E: NameEnum> FromIterator<E> for SetOf<E> {
    fn from_iter<I: IntoIterator<Item = E>>(values: I) -> Self {
        values.into_iter().fold(Self::new(), |mut set, value| {
            set.insert(&value);
            set
        })
    }
}

impl<E: NameEnum, const N: usize> From<[E; N]> for SetOf<E> {
    fn from(values: [E; N]) -> Self {
        values.into_iter().collect()
    }
}

impl<E: NameEnum> Serialize for SetOf<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(NameEnum::name))
    }
}

impl<'de, E: NameEnum + Clone> Deserialize<'de> for SetOf<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ListOfNames::<E, Self>::new())
    }
}

// Written by hand, because a derive would require the same traits of `E`.
impl<E: NameEnum> Clone for SetOf<E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E: NameEnum> Copy for SetOf<E> {}
impl<E: NameEnum> PartialEq for SetOf<E> {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}
impl<E: NameEnum> Eq for SetOf<E> {}
impl<E: NameEnum> Default for SetOf<E> {
    fn default() -> Self {
        Self::new()
    }
}
impl<E: NameEnum> fmt::Debug for SetOf<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(NameEnum::name)).finish()
    }
}
