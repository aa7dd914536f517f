//! The claim `scope`: names separated by single spaces (RFC 8693 §4.2, RFC 9068 §2.2.3, RFC 6749 §3.3). It cannot
//! express the empty set, so the claim is omitted then. Generated code names these functions in `#[serde(…)]`.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, Deserializer, Visitor};
use serde::ser::Serializer;

use super::{AuthPermission, Permissions};
use crate::model::name_enum::{NameEnum, parse_name, write_list};

/// Writes the names without building the text first.
///
/// # Errors
/// Only those of the serializer.
pub fn serialize<P: AuthPermission, S: Serializer>(set: &Permissions<P>, serializer: S) -> Result<S::Ok, S::Error> {
    struct Spaced<'a, P: NameEnum>(&'a Permissions<P>);
    impl<P: AuthPermission> fmt::Display for Spaced<'_, P> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write_list(f, " ", self.0.iter().map(NameEnum::name))
        }
    }
    serializer.collect_str(&Spaced(set))
}

/// Reads the names.
///
/// # Errors
/// If it is not a string, if names are separated by anything but a single space, or if a name is not a permission.
pub fn deserialize<'de, P: AuthPermission, D: Deserializer<'de>>(deserializer: D) -> Result<Permissions<P>, D::Error> {
    struct Names<P>(PhantomData<P>);
    impl<P: AuthPermission> Visitor<'_> for Names<P> {
        type Value = Permissions<P>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "a text of {}, with one space between two", P::NAMES.join(", "))
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Permissions<P>, E> {
            text.split(' ').map(parse_name::<P>).collect::<Result<_, _>>().map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Names(PhantomData))
}
