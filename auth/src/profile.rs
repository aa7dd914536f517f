//! The response of `GET /me`.

use serde::ser::{Serialize, Serializer};
use serde_json::Value;

/// A JSON object under construction, with its fields in insertion order. A value that cannot be written as JSON is left
/// out.
#[derive(Clone, Debug, Default)]
pub struct Profile(Vec<(String, Value)>);

impl Profile {
    /// Adds the field `name`.
    pub fn put(&mut self, name: &str, value: &impl Serialize) {
        match serde_json::to_value(value) {
            Ok(value) => self.0.push((name.to_owned(), value)),
            Err(error) => tracing::warn!(target: "auth::routes", field = name, %error, "left out of the profile"),
        }
    }
}

impl Serialize for Profile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}
