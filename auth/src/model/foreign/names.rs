//! Names of roles and permissions in a payload.
//!
//! A name that the enum does not have grants nothing: an issuer has roles of other applications, too. A text in place of
//! a list is one name, as some issuers write a list of one. Anything else is an error.

use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::name_enum::{NameEnum, SetOf};

/// Adds the names in a list to the set; a text is one name.
///
/// # Errors
/// If it is neither, or if something in the list is no text.
pub fn read_names<'de, E: NameEnum + Clone, A: MapAccess<'de>>(
    set: &mut SetOf<E>,
    map: &mut A,
) -> Result<(), A::Error> {
    map.next_value_seed(Names { set, separated: false })
}

/// Adds the names in a list to the set; a text has several, separated by spaces (`scope`, RFC 8693 §4.2).
///
/// # Errors
/// If it is neither, or if something in the list is no text.
pub fn read_scope<'de, E: NameEnum + Clone, A: MapAccess<'de>>(
    set: &mut SetOf<E>,
    map: &mut A,
) -> Result<(), A::Error> {
    map.next_value_seed(Names { set, separated: true })
}

/// Adds the names of the members of an object to the set, as in `{"admin": {"…": "…"}}`. What is `false`, `null`, zero
/// or empty grants nothing.
///
/// # Errors
/// If it is no object.
pub fn read_keys<'de, E: NameEnum + Clone, A: MapAccess<'de>>(set: &mut SetOf<E>, map: &mut A) -> Result<(), A::Error> {
    map.next_value_seed(Keys { set })
}

struct Names<'a, E: NameEnum> {
    set: &'a mut SetOf<E>,
    /// Whether a text has several.
    separated: bool,
}

impl<E: NameEnum + Clone> Names<'_, E> {
    fn add(&mut self, name: &str) {
        if let Some(known) = E::from_name(name) {
            self.set.insert(&known);
        }
    }
}

impl<'de, E: NameEnum + Clone> DeserializeSeed<'de> for Names<'_, E> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, E: NameEnum + Clone> Visitor<'de> for Names<'_, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of names, or a name")
    }

    fn visit_str<D: de::Error>(mut self, text: &str) -> Result<(), D> {
        if self.separated {
            text.split(' ').for_each(|name| self.add(name));
        } else {
            self.add(text);
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Text(&mut *self.set))?.is_some() {}
        Ok(())
    }

    fn visit_unit<D: de::Error>(self) -> Result<(), D> {
        Ok(())
    }
}

/// One name, in a list or of a member.
struct Text<'a, E: NameEnum>(&'a mut SetOf<E>);

impl<'de, E: NameEnum + Clone> DeserializeSeed<'de> for Text<'_, E> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<E: NameEnum + Clone> Visitor<'_> for Text<'_, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<D: de::Error>(self, name: &str) -> Result<(), D> {
        Names { set: self.0, separated: false }.add(name);
        Ok(())
    }
}

struct Keys<'a, E: NameEnum> {
    set: &'a mut SetOf<E>,
}

impl<'de, E: NameEnum + Clone> DeserializeSeed<'de> for Keys<'_, E> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, E: NameEnum + Clone> Visitor<'de> for Keys<'_, E> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object whose members have the names")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (mut named, mut met) = (SetOf::new(), SetOf::new());
        while map.next_key_seed(Text(&mut named))?.is_some() {
            let granted = std::mem::take(&mut named);
            // Of two members with one name, parsers take either.
            if granted.iter().any(|name| met.contains(name)) {
                return Err(de::Error::custom("a name comes twice"));
            }
            granted.iter().for_each(|name| met.insert(name));
            if map.next_value::<Something>()?.0 {
                granted.iter().for_each(|name| self.set.insert(name));
            }
        }
        Ok(())
    }

    fn visit_unit<D: de::Error>(self) -> Result<(), D> {
        Ok(())
    }
}

/// Whether a value is there and says something.
struct Something(bool);

impl<'de> Deserialize<'de> for Something {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Something;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Something, E> {
                Ok(Something(false))
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Something, E> {
                Ok(Something(value))
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Something, E> {
                Ok(Something(value != 0))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Something, E> {
                Ok(Something(value != 0))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Something, E> {
                Ok(Something(value != 0.0))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Something, E> {
                Ok(Something(!value.is_empty()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Something, A::Error> {
                let mut any = false;
                while list.next_element::<IgnoredAny>()?.is_some() {
                    any = true;
                }
                Ok(Something(any))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Something, A::Error> {
                let mut any = false;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    any = true;
                }
                Ok(Something(any))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::value::MapDeserializer;
    use serde_json::{Value, json};

    use super::{read_keys, read_names, read_scope};
    use crate::model::name_enum::{NameEnum, SetOf};

    #[derive(Clone, Debug, PartialEq)]
    enum Job {
        Clerk,
        Boss,
    }

    impl NameEnum for Job {
        type Bits = [u64; 1];

        const PLURAL: &'static str = "roles";
        const ALL: &'static [Self] = &[Self::Clerk, Self::Boss];
        const NAMES: &'static [&'static str] = &["clerk", "boss"];
        const INCLUDES: &'static [u64] = &[1, 2];

        fn index(&self) -> usize {
            usize::from(*self == Self::Boss)
        }
    }

    #[derive(Clone, Copy)]
    enum Read {
        Names,
        Scope,
        Keys,
    }

    fn read(how: Read, value: Value) -> Option<String> {
        let mut set = SetOf::<Job>::new();
        let mut map: MapDeserializer<'_, _, serde_json::Error> = MapDeserializer::new(std::iter::once(("jobs", value)));
        serde::de::MapAccess::next_key::<String>(&mut map).unwrap();
        let read = match how {
            Read::Names => read_names(&mut set, &mut map),
            Read::Scope => read_scope(&mut set, &mut map),
            Read::Keys => read_keys(&mut set, &mut map),
        };
        read.ok().map(|()| set.to_string())
    }

    #[test]
    fn names_the_enum_lacks_grant_nothing() {
        for (value, granted) in [
            (json!(["clerk", "boss"]), "clerk,boss"),
            (json!(["offline_access", "Clerk", " clerk", "clerk,boss", "clerk boss", "boss"]), "boss"),
            (json!([]), ""),
            (json!("clerk"), "clerk"),
            (json!("clerk boss"), ""),
            (json!(""), ""),
            (json!(null), ""),
        ] {
            assert_eq!(read(Read::Names, value.clone()).as_deref(), Some(granted), "{value}");
        }
    }

    #[test]
    fn a_scope_is_separated_by_spaces() {
        for (value, granted) in [
            (json!("openid boss  profile"), "boss"),
            (json!("clerk boss"), "clerk,boss"),
            (json!("clerk,boss"), ""),
            (json!("clerk\tboss"), ""),
            (json!(["clerk", "boss clerk"]), "clerk"),
            (json!(null), ""),
        ] {
            assert_eq!(read(Read::Scope, value.clone()).as_deref(), Some(granted), "{value}");
        }
    }

    #[test]
    fn keys_with_something_in_them_are_names() {
        for (value, granted) in [
            (json!({ "clerk": { "169": "shop.example.org" }, "cook": { "169": "x" } }), "clerk"),
            (json!({ "clerk": {}, "boss": ["169"] }), "boss"),
            (json!({ "clerk": false, "boss": true }), "boss"),
            (json!({ "clerk": null, "boss": [] }), ""),
            (json!({ "clerk": "", "boss": 0 }), ""),
            (json!({ "clerk": "x", "boss": 1.5 }), "clerk,boss"),
            (json!(null), ""),
        ] {
            assert_eq!(read(Read::Keys, value.clone()).as_deref(), Some(granted), "{value}");
        }
    }

    #[test]
    fn what_is_no_list_of_names_is_an_error() {
        for value in [json!(1), json!(1.5), json!(true), json!(["clerk", 1]), json!([["clerk"]]), json!([null])] {
            for how in [Read::Names, Read::Scope, Read::Keys] {
                assert_eq!(read(how, value.clone()), None, "{value}");
            }
        }
        assert_eq!(read(Read::Names, json!({ "clerk": {} })), None);
        assert_eq!(read(Read::Keys, json!(["clerk"])), None);
        assert_eq!(read(Read::Keys, json!("clerk")), None);
    }

    #[test]
    fn jwt_24_a_name_that_comes_twice_is_an_error() {
        struct Claim(SetOf<Job>);
        impl<'de> serde::Deserialize<'de> for Claim {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut set = SetOf::new();
                serde::de::DeserializeSeed::deserialize(super::Keys { set: &mut set }, deserializer)?;
                Ok(Self(set))
            }
        }
        let read = |json: &str| serde_json::from_str::<Claim>(json).map(|claim| claim.0);
        assert!(read(r#"{"boss":{"1":"x"},"other":1,"other":2}"#).unwrap().holds(&Job::Boss));
        for twice in [r#"{"boss":{"1":"x"},"boss":null}"#, r#"{"boss":true,"b\u006fss":false}"#] {
            assert!(read(twice).is_err(), "{twice}");
        }
    }
}
