//! What `GET /me` answers.

use serde::Serialize;
use serde_json::{Map, Value};

/// A JSON object under construction. A value that cannot be written as JSON is left out.
#[derive(Clone, Debug, Default)]
pub struct Profile(Map<String, Value>);

impl Profile {
    /// Adds `name`.
    pub fn put(&mut self, name: &str, value: &impl Serialize) {
        match serde_json::to_value(value) {
            Ok(value) => drop(self.0.insert(name.to_owned(), value)),
            Err(error) => tracing::warn!(target: "auth::routes", field = name, %error, "left out of the profile"),
        }
    }

    /// The object.
    #[must_use]
    pub fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}
