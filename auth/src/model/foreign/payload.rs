//! One pass over the payload of a token, for generated code.
//!
//! The derive describes which claims are read as a constant tree of names, and writes one call for each place at which
//! something is read. Names are compared where they stand in the text, so nothing is allocated on the way, and what
//! nobody reads is skipped. Whatever is not what was described is an error and not an absent claim: a rule such as
//! `!Role::Suspended` would admit people whose roles could not be read.

use std::fmt;

use serde::de::value::MapDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::{ForeignRegistered, NotClaims};
use crate::model::claims::Amr;

/// A claim, or a member of one, that is read or leads to one that is.
#[derive(Clone, Copy, Debug)]
pub struct ClaimNode {
    /// Its name in the object that it is in.
    pub name: &'static str,
    /// What is there.
    pub place: Place,
}

/// What is at a [`ClaimNode`].
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// A value, for [`ReadPlaces::read`] with this number.
    Value(usize),
    /// An object with these members. Nothing is read from a `null`.
    Object(&'static [ClaimNode]),
}

/// What has been read of a struct so far. Generated code implements it with one call for each number.
pub trait ReadPlaces<'de> {
    /// Reads the value of the map at which the reader has arrived.
    ///
    /// # Errors
    /// If it has another type.
    fn read<A: MapAccess<'de>>(&mut self, place: usize, map: &mut A) -> Result<(), A::Error>;
}

/// Reads a payload into `places`, and the registered claims. An `acr` that is one of `mfa` counts as the method `mfa`.
///
/// # Errors
/// If it is not a JSON object, if a claim that is read has another type than expected, or if it comes twice.
pub fn read_payload<'de, R: ReadPlaces<'de>>(
    payload: &'de str,
    claims: &'static [ClaimNode],
    mfa: &[&str],
    places: &mut R,
) -> Result<ForeignRegistered, NotClaims> {
    let mut registered = ForeignRegistered::default();
    let mut json = serde_json::Deserializer::from_str(payload);
    json.deserialize_map(Object { nodes: claims, registered: Some(&mut registered), places })?;
    json.end()?;
    if registered.acr().is_some_and(|acr| mfa.contains(&acr)) {
        registered.add_method(Amr::MFA);
    }
    Ok(registered)
}

/// An object some of whose members are read.
struct Object<'a, R> {
    nodes: &'static [ClaimNode],
    /// At the top level.
    registered: Option<&'a mut ForeignRegistered>,
    places: &'a mut R,
}

impl<'de, R: ReadPlaces<'de>> DeserializeSeed<'de> for Object<'_, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, R: ReadPlaces<'de>> Visitor<'de> for Object<'_, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        // Only below the top level: a payload is read as a map.
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { nodes, mut registered, places } = self;
        let mut seen = vec![false; nodes.len()];
        while let Some(name) = map.next_key_seed(NameIn { nodes, top: registered.is_some() })? {
            let place = match name.node.and_then(|index| Some((nodes.get(index)?, seen.get_mut(index)?))) {
                Some((node, true)) => return Err(de::Error::duplicate_field(node.name)),
                Some((node, first)) => {
                    *first = true;
                    Some(node.place)
                }
                None => None,
            };
            if let Some((name, registered)) = name.registered.zip(registered.as_deref_mut())
                && registered.read(name, &mut map)?
            {
                if let (Some(place), Some(value)) = (place, registered.value(name)) {
                    read_again(place, name, value, places)?;
                }
                continue;
            }
            match place {
                Some(Place::Value(place)) => places.read(place, &mut map)?,
                Some(Place::Object(nodes)) => {
                    map.next_value_seed(Object { nodes, registered: None, places: &mut *places })?;
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Reads a registered claim for a field as well.
fn read_again<'de, R: ReadPlaces<'de>, E: de::Error>(
    place: Place,
    name: &'static str,
    value: Value,
    places: &mut R,
) -> Result<(), E> {
    let Place::Value(place) = place else {
        return Err(E::custom(format_args!("`{name}` has no members")));
    };
    let mut map: MapDeserializer<'de, _, serde_json::Error> = MapDeserializer::new(std::iter::once((name, value)));
    map.next_key::<IgnoredAny>().and_then(|_| places.read(place, &mut map)).map_err(E::custom)
}

/// A name in an object, as far as somebody reads what it names.
#[derive(Clone, Copy)]
struct Name {
    /// The index of its node.
    node: Option<usize>,
    registered: Option<&'static str>,
}

/// Finds a name where it stands, without a copy.
struct NameIn {
    nodes: &'static [ClaimNode],
    /// Whether registered claims have this place.
    top: bool,
}

impl<'de> DeserializeSeed<'de> for NameIn {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NameIn {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Name, E> {
        let registered =
            if self.top { ForeignRegistered::NAMES.into_iter().find(|known| *known == name) } else { None };
        Ok(Name { node: self.nodes.iter().position(|node| node.name == name), registered })
    }
}
