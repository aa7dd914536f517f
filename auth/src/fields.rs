//! A JSON body, taken apart field by field so that every mistake is reported at once.

#[cfg(feature = "openapi")]
mod describe;
mod wide;

use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::error::{AuthError, FieldError};
use crate::shape::Notes;

use wide::Wide;

/// The maximum size, as JSON, of a sign-up field that goes into the access token.
const MAX_CLAIM_BYTES: usize = 512;

/// The fields of a body that have not been taken yet, and the errors of those that have.
///
/// A duplicate name is refused, because parsers disagree about which one counts. So is, at the end, every field that
/// was not taken: nothing a client sends is silently dropped or silently used.
#[derive(Default)]
pub struct Fields {
    left: Map<String, Value>,
    taken: Vec<&'static str>,
    errors: Vec<FieldError>,
    notes: Notes,
}

/// Prints names only: the values include passwords.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.left.keys()).finish()
    }
}

impl Fields {
    /// Parses a JSON object.
    ///
    /// # Errors
    /// [`AuthError::MalformedBody`] if it is not an object, or names a field twice.
    pub fn parse(body: &[u8]) -> Result<Self, AuthError> {
        let malformed = |error: serde_json::Error| {
            // serde_json quotes a value of the wrong type; a password sent as the whole body must not be echoed.
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

    /// Takes the field `name` as a `T`. An absent or `null` field counts as missing unless `T` is an `Option`.
    pub fn take<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        if self.notes.take::<T>(name) {
            return None;
        }
        self.knows(&[name]);
        let value = self.left.remove(name).unwrap_or(Value::Null);
        let missing = value.is_null();
        match T::deserialize(Wide::value(value)) {
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

    /// Like [`take`](Self::take), for a field that is copied into the access token. A token has to fit into a header
    /// and a cookie, so the size of what a client may put into it is limited.
    pub fn take_claim<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        let length = self.left.get(name).map_or(0, |value| value.to_string().len());
        let value = self.take(name);
        if length > MAX_CLAIM_BYTES {
            self.refuse(name, "too_long", format!("`{name}` is longer than {MAX_CLAIM_BYTES} bytes"));
            return None;
        }
        value
    }

    /// Returns whether the field is present and not yet taken.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.left.contains_key(name)
    }

    /// Adds fields that the request may have, for the message of [`finish`](Self::finish).
    pub(crate) fn knows(&mut self, names: &[&'static str]) {
        for name in names {
            if !self.taken.contains(name) {
                self.taken.push(name);
            }
        }
    }

    /// Records that `field` broke a rule.
    pub fn refuse(&mut self, field: &str, code: &'static str, message: String) {
        self.errors.push(FieldError::new(field, code, message));
    }

    /// Refuses U+0000 in the remaining fields other than `except`: those that will be stored. Not every database can
    /// store it (PostgreSQL cannot), and C programs end a string there, so one part of a system could check a different
    /// value than another one uses.
    pub fn refuse_nul(&mut self, except: &str) {
        let bad = self.left.iter().filter(|(name, value)| *name != except && has_nul(value));
        for name in bad.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
            self.refuse(&name, "invalid", format!("`{name}` contains the character U+0000"));
        }
    }

    /// Ends reading and returns `value` if there were no errors.
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

/// Returns what `serde_json` expected without what it found: a mistyped password must not be echoed in a message.
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
