//! The response of `GET /me`.
//!
//! Integers of 64 bits and more are text in `GET /me`, whatever their value: JavaScript reads numbers as floats of 53
//! bits. What decides is which method of the serializer a type calls, so no type is recognised by its name; the price
//! is that an integer inside a `serde_json::Value`, which serde writes as 64 bits, becomes text as well. Bodies take
//! such integers as text and as numbers (`model/body_fields/wide.rs`), and documents say text. Claims in a token stay numbers
//! (they are read by programs, and `sub` is text in any case, RFC 7519 §4.1.2), and so does `expires_in` (RFC 6749
//! §5.1), which is at most a year in seconds.

use std::io::{self, Write};

use serde::ser::{Serialize, Serializer};
use serde_json::ser::Formatter;
use serde_json::{Error, Value};

/// A JSON object under construction, with its fields in insertion order. A value that cannot be written as JSON is left
/// out.
///
/// Integers of 64 bits and more are text, whatever their value: JavaScript reads a JSON number as a float of 53 bits, so
/// that a page would take one id for another. What decides is how a type is written by its `Serialize`, so `i64`,
/// `usize`, a newtype of one and those in a list are text, and so is an integer inside a `serde_json::Value`; an `i32`
/// is a number.
#[derive(Clone, Debug, Default)]
pub struct Profile(Vec<(String, Value)>);

impl Profile {
    /// Adds the field `name`.
    pub fn put(&mut self, name: &str, value: &impl Serialize) {
        match to_json(value) {
            Ok(value) => self.0.push((name.to_owned(), value)),
            Err(error) => tracing::warn!(target: "auth::routes", field = name, %error,
                "a field cannot be serialized to JSON: it is missing from what `GET /me` returns"),
        }
    }
}

impl Serialize for Profile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// Returns the JSON of `value`, with wide integers as text.
pub(crate) fn to_json(value: &impl Serialize) -> Result<Value, Error> {
    let mut json = Vec::new();
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut json, WideAsText::default()))?;
    serde_json::from_slice(&json)
}

/// Writes compact JSON with wide integers in quotes.
#[derive(Default)]
struct WideAsText {
    /// The names of a map are in quotes already.
    in_name: bool,
}

impl WideAsText {
    fn write<W: ?Sized + Write>(&self, writer: &mut W, integer: impl std::fmt::Display) -> io::Result<()> {
        if self.in_name { write!(writer, "{integer}") } else { write!(writer, "\"{integer}\"") }
    }
}

impl Formatter for WideAsText {
    fn write_i64<W: ?Sized + Write>(&mut self, writer: &mut W, value: i64) -> io::Result<()> {
        self.write(writer, value)
    }

    fn write_u64<W: ?Sized + Write>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        self.write(writer, value)
    }

    fn write_i128<W: ?Sized + Write>(&mut self, writer: &mut W, value: i128) -> io::Result<()> {
        self.write(writer, value)
    }

    fn write_u128<W: ?Sized + Write>(&mut self, writer: &mut W, value: u128) -> io::Result<()> {
        self.write(writer, value)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.in_name = true;
        if first { Ok(()) } else { writer.write_all(b",") }
    }

    fn end_object_key<W: ?Sized + Write>(&mut self, _writer: &mut W) -> io::Result<()> {
        self.in_name = false;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Serialize;
    use serde_json::json;

    use super::to_json;

    #[derive(Serialize)]
    struct Id(i64);

    #[test]
    fn wide_integers_are_text_and_narrow_ones_are_numbers() {
        assert_eq!(to_json(&1_i64).unwrap(), json!("1"), "whatever the value");
        assert_eq!(to_json(&Id(i64::MIN)).unwrap(), json!("-9223372036854775808"));
        assert_eq!(to_json(&u64::MAX).unwrap(), json!("18446744073709551615"));
        assert_eq!(to_json(&i128::MIN).unwrap(), json!(i128::MIN.to_string()));
        assert_eq!(to_json(&u128::MAX).unwrap(), json!(u128::MAX.to_string()));
        assert_eq!(to_json(&(1_usize, -1_isize)).unwrap(), json!(["1", "-1"]));
        assert_eq!(to_json(&Some(vec![1_i64])).unwrap(), json!(["1"]));
        assert_eq!(to_json(&None::<i64>).unwrap(), json!(null));
        assert_eq!(to_json(&(1_i32, 1_u32, 1_u8, 1.5, true, "1")).unwrap(), json!([1, 1, 1, 1.5, true, "1"]));
        let by_number = BTreeMap::from([(1_i64, 2_i64), (3, 4)]);
        assert_eq!(to_json(&by_number).unwrap(), json!({ "1": "2", "3": "4" }));
        assert_eq!(to_json(&json!({ "a": { "b": 1 } })).unwrap(), json!({ "a": { "b": "1" } }));
    }
}
