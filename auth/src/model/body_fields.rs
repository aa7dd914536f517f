//! A JSON body, taken apart field by field so that every mistake is reported at once.
//!
//! A derived `Deserialize` would stop at the first mistake. Duplicate and unknown names are refused.

#[cfg(feature = "openapi")]
mod describe;
mod wide;

use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use crate::base::error::{AuthError, FieldError};
use crate::model::json_shape::FieldRecorder;

use wide::Wide;

/// The maximum size, as JSON, of a sign-up field that goes into the access token.
const MAX_CLAIM_BYTES: usize = 512;
/// How many values a body may have, nested ones included. Each is allocated when it is parsed, and anybody can send
/// thousands in 64 KiB, before any limit is asked.
const MOST_VALUES: usize = 1024;
/// How many fields an answer names that the request should not have. Anybody can send thousands of them, and an answer
/// must not be longer than what provoked it; nobody reads more than a few.
const MOST_NAMED: usize = 16;
/// The maximum length, in characters, of a name that an answer repeats.
const MOST_OF_NAME: usize = 64;
/// The maximum length, in characters, of what an answer repeats from the messages of a parser.
const MOST_OF_MESSAGE: usize = 200;

/// The fields of a body that have not been taken yet, and the errors of those that have.
///
/// A duplicate name is refused, because parsers disagree about which one counts. So is, at the end, every field that
/// was not taken: nothing a client sends is silently dropped or silently used.
#[derive(Default)]
pub struct Fields {
    left: Map<String, Value>,
    taken: Vec<&'static str>,
    errors: Vec<FieldError>,
    recorder: FieldRecorder,
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
    /// [`AuthError::MalformedBody`] if it is not an object, names a field twice, or has more than 1,024 values.
    pub fn parse(body: &[u8]) -> Result<Self, AuthError> {
        if values(body) > MOST_VALUES {
            return Err(AuthError::MalformedBody(format!("more than {MOST_VALUES} values")));
        }
        let malformed = |error: serde_json::Error| {
            // serde_json quotes a value of the wrong type; a password sent as the whole body must not be echoed.
            let wanted_an_object = error.is_data() && error.to_string().contains("expected a JSON object");
            AuthError::MalformedBody(if wanted_an_object {
                "expected a JSON object".to_owned()
            } else {
                cut(&error.to_string(), MOST_OF_MESSAGE)
            })
        };
        let mut json = serde_json::Deserializer::from_slice(body);
        let left = json.deserialize_map(UniqueKeys).map_err(malformed)?;
        json.end().map_err(malformed)?;
        Ok(Self { left, ..Self::default() })
    }

    /// Takes the field `name` as a `T`. An absent or `null` field counts as missing unless `T` is an `Option`.
    pub fn take<T: DeserializeOwned>(&mut self, name: &'static str) -> Option<T> {
        if self.recorder.take::<T>(name) {
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

    /// Returns the names that were asked for.
    #[allow(dead_code, reason = "for the check of tables, which needs a database")]
    pub(crate) fn asked(&self) -> &[&'static str] {
        &self.taken
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
        let names: Vec<String> = bad.map(|(name, _)| cut(name, MOST_OF_NAME)).take(MOST_NAMED).collect();
        for name in names {
            self.refuse(&name, "invalid", format!("`{name}` contains the character U+0000"));
        }
    }

    /// Ends reading and returns `value` if there were no errors.
    ///
    /// # Errors
    /// [`AuthError::InvalidFields`] with every field that is missing or broke a rule, and with the first unknown ones.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, AuthError> {
        self.refuse_unknown();
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(AuthError::InvalidFields(self.errors)),
        }
    }
}

impl Fields {
    /// Refuses what was not taken: names the first few, and counts the rest.
    fn refuse_unknown(&mut self) {
        let message = format!("unknown field; this request accepts `{}`", self.taken.join("`, `"));
        let unknown = std::mem::take(&mut self.left);
        for (name, _) in unknown.iter().take(MOST_NAMED) {
            self.errors.push(FieldError::new(cut(name, MOST_OF_NAME), "unknown", &*message));
        }
        if let Some(more) = unknown.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
            let message = format!("{more} more unknown fields");
            self.errors.push(FieldError::new("…", "unknown", message));
        }
    }
}

/// Returns about how many values a JSON text has, without parsing it: each but the first of a list or an object follows
/// a comma, and the first a bracket.
fn values(json: &[u8]) -> usize {
    let (mut count, mut quoted, mut escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b',' | b'[' | b'{' if !quoted => count += 1,
            _ => {}
        }
    }
    count
}

/// Returns the text, or its beginning and an ellipsis.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
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
    let what = text.rsplit_once("expected ").map(|(_, what)| cut(what, MOST_OF_MESSAGE));
    what.map_or_else(|| "not a valid value".to_owned(), |what| format!("expected {what}"))
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
