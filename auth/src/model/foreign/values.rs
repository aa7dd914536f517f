//! Values of the application's types in a payload, and whom it is about.

use std::marker::PhantomData;

use serde::de::value::Error as AbsentError;
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::NotClaims;
use crate::model::claims::subject;
use crate::model::user::UserId;

/// Reads a value of the application's type.
///
/// # Errors
/// If it has another type.
pub fn read_value<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    place: &mut Option<T>,
    map: &mut A,
) -> Result<(), A::Error> {
    *place = Some(map.next_value()?);
    Ok(())
}

/// Reads whom the token is about, as text.
///
/// # Errors
/// If it is not the text of an `I`.
pub fn read_subject<'de, I: UserId, A: MapAccess<'de>>(place: &mut Option<I>, map: &mut A) -> Result<(), A::Error> {
    *place = Some(map.next_value_seed(Subject(PhantomData))?);
    Ok(())
}

struct Subject<I>(PhantomData<I>);

impl<'de, I: UserId> DeserializeSeed<'de> for Subject<I> {
    type Value = I;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<I, D::Error> {
        subject::deserialize(deserializer)
    }
}

/// Returns what was read, or what stands for an absent claim: `None`, if the type is an `Option`.
///
/// # Errors
/// If the claim must not be absent.
pub fn or_absent<'de, T: Deserialize<'de>>(read: Option<T>) -> Result<T, NotClaims> {
    read.map_or_else(|| T::deserialize(Absent).map_err(|_| NotClaims), Ok)
}

/// Returns whom the token is about.
///
/// # Errors
/// If it does not say.
pub fn subject_of<I>(read: Option<I>) -> Result<I, NotClaims> {
    read.ok_or(NotClaims)
}

/// A claim that is not there: nothing, for a type that can be nothing.
struct Absent;

impl<'de> Deserializer<'de> for Absent {
    type Error = AbsentError;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, AbsentError> {
        Err(de::Error::custom("the claim is absent"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, AbsentError> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct newtype_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
