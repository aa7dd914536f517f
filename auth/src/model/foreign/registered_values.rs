//! How the values of registered claims are read, where issuers write them in more than one way.

use std::fmt;

use serde::de::value::SeqDeserializer;
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::Value;

use crate::model::claims::Amr;

/// A `NumericDate` (RFC 7519 §2).
pub(super) struct Seconds(pub(super) u64);

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Number;
        impl Visitor<'_> for Number {
            type Value = Seconds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of seconds")
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Seconds, E> {
                Ok(Seconds(number))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Seconds, E> {
                Ok(Seconds(u64::try_from(number).unwrap_or(0)))
            }

            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Seconds, E> {
                Ok(Seconds(number as u64))
            }
        }
        // Not `deserialize_any`: with a feature of serde_json that others may enable, numbers are no numbers there.
        deserializer.deserialize_f64(Number)
    }
}

/// The names of methods. Some issuers write one name as a text, Supabase a list of objects: what is no name in a list says
/// nothing that could be relied on.
pub(super) struct Methods(pub(super) Amr);

impl Methods {
    fn named<E: de::Error>(names: impl Iterator<Item = String>) -> Result<Self, E> {
        let names = names.filter(|name| !name.is_empty());
        Amr::deserialize(SeqDeserializer::new(names)).map(Self)
    }
}

impl<'de> Deserialize<'de> for Methods {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Methods;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("authentication methods")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Methods, E> {
                Methods::named(std::iter::once(name.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Methods, A::Error> {
                let mut names = Vec::new();
                while let Some(element) = list.next_element::<Value>()? {
                    names.extend(element.as_str().map(str::to_owned));
                }
                Methods::named(names.into_iter())
            }

            fn visit_unit<E: de::Error>(self) -> Result<Methods, E> {
                Ok(Methods(Amr::default()))
            }
        }
        deserializer.deserialize_any(Names)
    }
}
