//! The fields of a struct, by name.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::deserializer::{ShapeDeserializer, Stop, examine};
use super::shape::Shape;

/// Returns the fields of a flat struct; empty for anything else.
pub(super) fn fields_of<T: DeserializeOwned>() -> Vec<(&'static str, Shape)> {
    let mut names: &'static [&'static str] = &[];
    drop(T::deserialize(Fields { names: &mut names, ask: None }));
    let shape = |name| examine(|probe| drop(T::deserialize(Fields { names: &mut &[][..], ask: Some((name, probe)) })));
    names.iter().map(|name| (*name, shape(*name))).collect()
}

/// Deserializes a struct with a single field, to ask about that field.
struct Fields<'a, 'b> {
    names: &'a mut &'static [&'static str],
    ask: Option<(&'static str, ShapeDeserializer<'b>)>,
}

impl<'de> Deserializer<'de> for Fields<'_, '_> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        *self.names = names;
        match self.ask {
            Some(_) => visitor.visit_map(self),
            None => Err(Stop),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl<'de> MapAccess<'de> for Fields<'_, '_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Stop> {
        let Some((name, _)) = &self.ask else { return Err(Stop) };
        let name: StrDeserializer<'_, Stop> = (*name).into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Stop> {
        let (_, probe) = self.ask.take().ok_or(Stop)?;
        seed.deserialize(probe)
    }
}
