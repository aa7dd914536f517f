//! Names as text: alone or in a list, in columns, tokens and bodies.

use std::fmt;
use std::iter::from_fn;
use std::marker::PhantomData;

use serde::de::{self, DeserializeSeed, Deserializer, SeqAccess, Visitor};

use super::{NameEnum, parse_name};

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
pub(super) struct OneName<E>(PhantomData<fn() -> E>);

impl<E> OneName<E> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<E: NameEnum + Clone> Visitor<'_> for OneName<E> {
    type Value = E;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}", E::NAMES.join(", "))
    }

    fn visit_str<D: de::Error>(self, name: &str) -> Result<E, D> {
        parse_name(name).map_err(D::custom)
    }
}

impl<'de, E: NameEnum + Clone> DeserializeSeed<'de> for OneName<E> {
    type Value = E;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<E, D::Error> {
        deserializer.deserialize_str(self)
    }
}

/// Reads a list of names into a set.
pub(super) struct ListOfNames<E, Set>(PhantomData<fn() -> (E, Set)>);

impl<E, Set> ListOfNames<E, Set> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<'de, E: NameEnum + Clone, Set: FromIterator<E>> Visitor<'de> for ListOfNames<E, Set> {
    type Value = Set;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list of {}", E::NAMES.join(", "))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Set, A::Error> {
        from_fn(|| list.next_element_seed(OneName::new()).transpose()).collect()
    }
}
