//! Enums whose values are written by name, alone or in lists: roles and permissions.

use std::fmt;
use std::iter::from_fn;
use std::marker::PhantomData;

use serde::de::{self, DeserializeSeed, Deserializer, SeqAccess, Visitor};

/// Writes names with `separator` between them.
pub(crate) fn write_list(
    f: &mut fmt::Formatter<'_>,
    separator: &str,
    names: impl Iterator<Item = &'static str>,
) -> fmt::Result {
    for (place, name) in names.enumerate() {
        write!(f, "{}{name}", if place == 0 { "" } else { separator })?;
    }
    Ok(())
}

/// Returns the names in a comma-separated list. Blanks around names and empty items are ignored.
pub(crate) fn read_list(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty())
}

/// The possible text values of a column: how long they get, and whether one may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamesText {
    /// The number of characters of the longest value.
    pub longest: usize,
    /// Whether the empty text is a value: a list without names.
    pub may_be_empty: bool,
}

impl NamesText {
    /// A column that holds one name.
    pub(crate) const fn one_of(mut names: &[&str]) -> Self {
        let mut longest = 0;
        while let [name, rest @ ..] = names {
            if name.len() > longest {
                longest = name.len();
            }
            names = rest;
        }
        Self { longest, may_be_empty: false }
    }

    /// A column that holds any number of names, separated by commas.
    pub(crate) const fn list_of(mut names: &[&str]) -> Self {
        let mut longest = 0;
        while let [name, rest @ ..] = names {
            longest += name.len() + if rest.is_empty() { 0 } else { 1 };
            names = rest;
        }
        Self { longest, may_be_empty: true }
    }
}

/// Reads one value by its name.
pub(crate) struct OneOf<T, E> {
    /// All names.
    pub(crate) names: &'static [&'static str],
    pub(crate) find: fn(&str) -> Result<T, E>,
}

// Written by hand, because a derive would require `T` and `E` to be `Clone` and `Copy`.
impl<T, E> Clone for OneOf<T, E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T, E> Copy for OneOf<T, E> {}

impl<T, E: fmt::Display> Visitor<'_> for OneOf<T, E> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}", self.names.join(", "))
    }

    fn visit_str<D: de::Error>(self, name: &str) -> Result<T, D> {
        (self.find)(name).map_err(D::custom)
    }
}

impl<'de, T, E: fmt::Display> DeserializeSeed<'de> for OneOf<T, E> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

/// Reads a list of values into a set.
struct ListOf<T, E, Set>(OneOf<T, E>, PhantomData<Set>);

impl<'de, T, E: fmt::Display, Set: FromIterator<T>> Visitor<'de> for ListOf<T, E, Set> {
    type Value = Set;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of {}", self.0.names.join(", "))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Set, A::Error> {
        from_fn(|| list.next_element_seed(self.0).transpose()).collect()
    }
}

impl<T, E: fmt::Display> OneOf<T, E> {
    /// Reads a set from a list.
    pub(crate) fn deserialize_list<'de, Set: FromIterator<T>, D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Set, D::Error> {
        deserializer.deserialize_seq(ListOf(self, PhantomData))
    }
}
