//! Integers of 64 bits and more, which may come as text: JavaScript could not send all of them as numbers.

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::{Error, Value};

/// Deserializes a value as `serde_json` does, and wide integers also from text.
pub(super) struct Wide {
    value: Value,
    /// The names of a map are always text, also those that are numbers of any width.
    is_name: bool,
}

impl Wide {
    pub(super) const fn value(value: Value) -> Self {
        Self { value, is_name: false }
    }

    const fn name(name: String) -> Self {
        Self { value: Value::String(name), is_name: true }
    }
}

macro_rules! integers {
    ($($method:ident $visit:ident $ty:ty, $from_text:expr;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            let text = self.value.as_str().filter(|_| $from_text || self.is_name);
            // One spelling for one number: no `+5`, no `007`.
            let integer = text.and_then(|text| text.parse::<$ty>().ok().filter(|integer| integer.to_string() == text));
            match integer {
                Some(integer) => visitor.$visit(integer),
                None => self.value.$method(visitor),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for Wide {
    type Error = Error;

    integers! {
        deserialize_i8 visit_i8 i8, false;
        deserialize_i16 visit_i16 i16, false;
        deserialize_i32 visit_i32 i32, false;
        deserialize_i64 visit_i64 i64, true;
        deserialize_i128 visit_i128 i128, true;
        deserialize_u8 visit_u8 u8, false;
        deserialize_u16 visit_u16 u16, false;
        deserialize_u32 visit_u32 u32, false;
        deserialize_u64 visit_u64 u64, true;
        deserialize_u128 visit_u128 u128, true;
    }

    /// What holds others is opened, so that wide integers inside are found.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.value {
            Value::Array(values) => {
                let mut values = SeqDeserializer::new(values.into_iter().map(Wide::value));
                let list = visitor.visit_seq(&mut values)?;
                values.end()?;
                Ok(list)
            }
            Value::Object(map) => {
                let entries = map.into_iter().map(|(name, value)| (Wide::name(name), Wide::value(value)));
                let mut entries = MapDeserializer::new(entries);
                let object = visitor.visit_map(&mut entries)?;
                entries.end()?;
                Ok(object)
            }
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.value.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}

impl IntoDeserializer<'_, Error> for Wide {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};

    use super::Wide;

    fn read<T: DeserializeOwned>(value: Value) -> Option<T> {
        T::deserialize(Wide::value(value)).ok()
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Id(i64);

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Plan {
        Free,
        Of(u8),
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Nested {
        id: Option<Id>,
        list: Vec<u64>,
    }

    #[test]
    fn wide_integers_come_as_text_and_as_numbers() {
        assert_eq!(read::<i64>(json!("-9223372036854775808")), Some(i64::MIN));
        assert_eq!(read::<i64>(json!(5)), Some(5));
        assert_eq!(read::<u128>(json!(u128::MAX.to_string())), Some(u128::MAX));
        assert_eq!(read::<Option<Id>>(json!("5")), Some(Some(Id(5))));
        assert_eq!(read::<Option<Id>>(json!(null)), Some(None));
        let nested = read::<Nested>(json!({ "id": "1", "list": ["2", 3] }));
        assert_eq!(nested, Some(Nested { id: Some(Id(1)), list: vec![2, 3] }));
        assert_eq!(read::<BTreeMap<String, i64>>(json!({ "a": "1" })), Some(BTreeMap::from([("a".to_owned(), 1)])));
        for wrong in ["", "+5", "007", "5 ", "0x5", "5.0", "9223372036854775808"] {
            assert_eq!(read::<i64>(json!(wrong)), None, "{wrong}");
        }
    }

    #[test]
    fn everything_else_is_read_as_before() {
        assert_eq!(read::<i32>(json!("5")), None);
        assert_eq!(read::<String>(json!("5")).as_deref(), Some("5"));
        assert_eq!(read::<String>(json!(5)), None);
        assert_eq!(read::<(i32, bool)>(json!([1, true])), Some((1, true)));
        assert_eq!(read::<(i32, bool)>(json!([1, true, 2])), None);
        assert_eq!((read(json!("free")), read(json!({ "of": 7 }))), (Some(Plan::Free), Some(Plan::Of(7))));
        assert_eq!(read::<Value>(json!({ "a": ["5"] })), Some(json!({ "a": ["5"] })));
        assert_eq!(read::<f64>(json!(1)), Some(1.0));
        assert_eq!(read::<BTreeMap<i32, bool>>(json!({ "7": true })), Some(BTreeMap::from([(7, true)])));
    }
}
