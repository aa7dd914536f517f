//! A JSON body, taken apart field by field so that every mistake is named at once.

#[cfg(feature = "openapi")]
mod describe;

use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::error::{AuthError, FieldError};
use crate::shape::Notes;

/// The most bytes (as JSON) of a sign-up field that goes into the access token.
const MAX_CLAIM_BYTES: usize = 512;

/// The fields of a body that have not been taken yet, and what was wrong with those that were.
///
/// A name that appears twice is refused (parsers disagree about which one counts), and so is, at the end,
/// every field nobody took: nothing a client sends is silently dropped or silently used.
#[derive(Default)]
pub struct Fields {
    left: Map<String, Value>,
    taken: Vec<&'static str>,
    errors: Vec<FieldError>,
    notes: Notes,
}

/// Names only: the values are passwords, among others.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.left.keys()).finish()
    }
}

impl Fields {
    /// Parses a JSON object.
    ///
    /// # Errors
    /// [`AuthError::MalformedBody`] if it is not one, or names a field twice.
    pub fn parse(body: &[u8]) -> Result<Self, AuthError> {
        let malformed = |error: serde_json::Error| {
            // serde_json quotes the value where it wanted another type; a password sent as it is must not come back.
            let wanted_an_object = error.is_data() && error.to_string().contains("expected a JSON object");
            AuthError::MalformedBody(if wanted_an_object {
                "expected a JSON object".to_owned()
            } else {
                error.to_string()
            })
        };
        let mut json = serde_json::Deserializer::from_slice(body);
        let left = json.deserialize_map(UniqueKeys).map_err(malformed)?;
        json.end().map_err(malformed)?;
        Ok(Self { left, ..Self::default() })
    }

    /// Takes the field `name` as a `T`. A field that is absent or `null` counts as missing unless `T` is an `Option`.
    pub fn take<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        if self.notes.take::<T>(name) {
            return None;
        }
        self.knows(&[name]);
        let value = self.left.remove(name).unwrap_or(Value::Null);
        let missing = value.is_null();
        match serde_json::from_value(value) {
            Ok(value) => Some(value),
            Err(_) if missing => {
                self.refuse(name, "missing", format!("`{name}` is required"));
                None
            }
            Err(error) => {
                self.refuse(name, "invalid_type", format!("`{name}`: {}", expectation(&error)));
                None
            }
        }
    }

    /// As [`take`](Self::take), for a field that is copied into the access token: a token has to fit into a header and a
    /// cookie, so what a stranger may put into it is limited.
    pub fn take_claim<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        let length = self.left.get(name).map_or(0, |value| value.to_string().len());
        let value = self.take(name);
        if length > MAX_CLAIM_BYTES {
            self.refuse(name, "too_long", format!("`{name}` is longer than {MAX_CLAIM_BYTES} bytes"));
            return None;
        }
        value
    }

    /// Whether a field of that name is there and not yet taken.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.left.contains_key(name)
    }

    /// Names fields that the request may have, for [`finish`](Self::finish) to list.
    pub(crate) fn knows(&mut self, names: &[&'static str]) {
        for name in names {
            if !self.taken.contains(name) {
                self.taken.push(name);
            }
        }
    }

    /// Notes a broken rule of `field`.
    pub fn refuse(&mut self, field: &str, code: &'static str, message: String) {
        self.errors.push(FieldError::new(field, code, message));
    }

    /// Refuses U+0000 in the fields that are left, but not in `except`: for those that are going to be stored. Not every
    /// database has such text (PostgreSQL has none), and programs in C end there: what one part of a system checks would
    /// not be what another one uses.
    pub fn refuse_nul(&mut self, except: &str) {
        let bad = self.left.iter().filter(|(name, value)| *name != except && has_nul(value));
        for name in bad.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            self.refuse(&name, "invalid", format!("`{name}` contains the character U+0000"));
        }
    }

    /// Ends the reading: `value` if everything was in order.
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`] with every field that is missing, unknown, or broke a rule.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, AuthError> {
        let known = self.taken.join("`, `");
        for (name, _) in std::mem::take(&mut self.left) {
            let message = format!("this request takes the fields `{known}` and no other");
            self.errors.push(FieldError::new(name, "unknown", message));
        }
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(AuthError::InvalidFields(self.errors)),
        }
    }
}

fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(map) => map.iter().any(|(name, value)| name.contains('\0') || has_nul(value)),
        _ => false,
    }
}

/// What `serde_json` expected, without what it found: a mistyped password must not come back in a message.
fn expectation(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.split_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    text.rsplit_once("expected ").map_or_else(|| "not a valid value".to_owned(), |(_, what)| format!("expected {what}"))
}

struct UniqueKeys;

impl<'de> Visitor<'de> for UniqueKeys {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(serde::de::Error::custom("a field is named twice"));
            }
            map.insert(key, entries.next_value()?);
        }
        Ok(map)
    }
}
