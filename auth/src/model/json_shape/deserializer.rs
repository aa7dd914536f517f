//! A deserializer without data. It notes what it is asked for, and stops.
//!
//! A type is asked as often as needed: an `enum` once per variant, to find out whether all of them are plain strings.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use super::shape::Shape;

/// The maximum number of variants examined; an enum with more is not described.
const MAX_VARIANTS: usize = 256;

/// Returns the JSON type of a `T`.
pub(crate) fn shape_of<T: DeserializeOwned>() -> Shape {
    examine(|probe| drop(T::deserialize(probe)))
}

/// Asks once per variant if an enum is met. An enum with variants that are not plain strings is not described.
pub(super) fn examine(mut run: impl FnMut(ShapeDeserializer<'_>)) -> Shape {
    let mut shape = Shape::Any;
    let mut variant = 0;
    loop {
        let mut found = Answers { shape: Shape::Any, variants: 0, data: false };
        run(ShapeDeserializer { found: &mut found, variant });
        if found.data || found.variants > MAX_VARIANTS {
            return Shape::Any;
        }
        if variant == 0 {
            shape = found.shape;
        }
        variant += 1;
        if variant >= found.variants {
            return shape;
        }
    }
}

pub(super) struct Answers {
    shape: Shape,
    /// The number of variants of the enum, if one was met.
    variants: usize,
    /// Whether the variant being examined holds data.
    data: bool,
}

pub(super) struct ShapeDeserializer<'a> {
    found: &'a mut Answers,
    variant: usize,
}

/// Ends the deserialization: there never was anything to read.
#[derive(Debug)]
pub(super) struct Stop;

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("enough was seen")
    }
}

impl std::error::Error for Stop {}

impl Error for Stop {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl ShapeDeserializer<'_> {
    fn is<T>(self, shape: Shape) -> Result<T, Stop> {
        self.found.shape = shape;
        Err(Stop)
    }

    /// Asks about the inner type and puts the result into `wrap`.
    fn within<T>(
        self,
        wrap: fn(Box<Shape>) -> Shape,
        examine: impl FnOnce(ShapeDeserializer<'_>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let Self { found, variant } = self;
        let answer = examine(ShapeDeserializer { found: &mut *found, variant });
        let inner = std::mem::replace(&mut found.shape, Shape::Any);
        found.shape = wrap(Box::new(inner));
        answer.and(Err(Stop))
    }
}

/// `deserialize_bool` and the like: the question itself is the answer.
macro_rules! answers {
    ($($question:ident => $shape:expr,)*) => {
        $(fn $question<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Stop> {
            self.is($shape)
        })*
    };
}

impl<'de> Deserializer<'de> for ShapeDeserializer<'_> {
    type Error = Stop;

    answers! {
        deserialize_any => Shape::Any,
        deserialize_bool => Shape::Boolean,
        deserialize_i8 => Shape::Integer(None),
        deserialize_i16 => Shape::Integer(None),
        deserialize_i32 => Shape::Integer(Some("int32")),
        deserialize_i64 => Shape::Wide("int64"),
        deserialize_i128 => Shape::Wide("int128"),
        deserialize_u8 => Shape::Integer(None),
        deserialize_u16 => Shape::Integer(None),
        deserialize_u32 => Shape::Integer(None),
        deserialize_u64 => Shape::Wide("uint64"),
        deserialize_u128 => Shape::Wide("uint128"),
        deserialize_f32 => Shape::Number,
        deserialize_f64 => Shape::Number,
        deserialize_char => Shape::Text,
        deserialize_str => Shape::Text,
        deserialize_string => Shape::Text,
    }

    forward_to_deserialize_any! {
        bytes byte_buf unit unit_struct identifier ignored_any
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.within(Shape::Optional, |inner| visitor.visit_some(inner))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.within(Shape::List, |inner| visitor.visit_seq(Inside(Some(inner))))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Stop> {
        self.is(Shape::List(Box::new(Shape::Any)))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.deserialize_tuple(len, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.within(Shape::Map, |inner| visitor.visit_map(Inside(Some(inner))))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Stop> {
        self.is(Shape::Object)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.found.variants = variants.len();
        self.found.shape = Shape::Choice(variants.to_vec());
        let name = variants.get(self.variant).copied().unwrap_or_default();
        visitor.visit_enum(Variant { found: self.found, name })
    }
}

/// A list or a map with one entry to ask about.
struct Inside<'a>(Option<ShapeDeserializer<'a>>);

impl<'de> SeqAccess<'de> for Inside<'_> {
    type Error = Stop;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Stop> {
        self.0.take().map(|probe| seed.deserialize(probe)).transpose()
    }
}

impl<'de> MapAccess<'de> for Inside<'_> {
    type Error = Stop;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Stop> {
        let key: StrDeserializer<'_, Stop> = "key".into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Stop> {
        seed.deserialize(self.0.take().ok_or(Stop)?)
    }
}

/// One variant of an enum.
struct Variant<'a> {
    found: &'a mut Answers,
    name: &'static str,
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Stop;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Stop> {
        let name: StrDeserializer<'_, Stop> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Stop;

    fn unit_variant(self) -> Result<(), Stop> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Stop> {
        self.found.data = true;
        Err(Stop)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Stop> {
        self.found.data = true;
        Err(Stop)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Stop> {
        self.found.data = true;
        Err(Stop)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::{Shape, shape_of};

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "asked, never made")]
    struct Metres(f64);

    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Plan {
        Free,
        VeryPro,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "asked, never made")]
    enum Mixed {
        Nothing,
        Something(u8),
    }

    #[derive(Deserialize)]
    #[serde(try_from = "String")]
    struct Code;

    impl TryFrom<String> for Code {
        type Error = String;

        fn try_from(_: String) -> Result<Self, String> {
            Err("no code is good enough".to_owned())
        }
    }

    type Alias = Option<Vec<i64>>;

    #[test]
    fn types_are_described_by_what_they_deserialize() {
        let words = Shape::Choice(vec!["free", "very_pro"]);
        assert_eq!(shape_of::<bool>(), Shape::Boolean);
        assert_eq!(shape_of::<Metres>(), Shape::Number);
        assert_eq!(shape_of::<Code>(), Shape::Text);
        assert_eq!(shape_of::<Alias>(), Shape::Optional(Box::new(Shape::List(Box::new(Shape::Wide("int64"))))));
        assert_eq!(shape_of::<Plan>(), words);
        assert_eq!(shape_of::<Vec<Plan>>(), Shape::List(Box::new(words)));
        assert_eq!(shape_of::<BTreeMap<String, bool>>(), Shape::Map(Box::new(Shape::Boolean)));
        assert_eq!(shape_of::<Mixed>(), Shape::Any, "not every variant is a word");
        assert_eq!(shape_of::<serde_json::Value>(), Shape::Any);
    }
}
