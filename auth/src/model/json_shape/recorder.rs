use serde::de::DeserializeOwned;

use super::deserializer;
use super::shape::Shape;

/// Records which fields are read, and with which type, instead of reading them.
#[derive(Default)]
pub(crate) struct FieldRecorder(Option<Vec<(&'static str, Shape)>>);

impl FieldRecorder {
    /// Creates a recorder that records; the default ones do not.
    pub(crate) const fn open() -> Self {
        Self(Some(Vec::new()))
    }

    /// Records a field; returns `false` if nothing is recorded and the field is to be read.
    pub(crate) fn take<T: DeserializeOwned>(&mut self, name: &'static str) -> bool {
        let Some(fields) = &mut self.0 else { return false };
        fields.push((name, deserializer::shape_of::<T>()));
        true
    }

    /// Returns the recorded fields.
    pub(crate) fn read(self) -> Vec<(&'static str, Shape)> {
        self.0.unwrap_or_default()
    }
}
