use serde::de::DeserializeOwned;

use super::found::Shape;
use super::probe;

/// Notes which fields are read, and as what, in the place of reading them.
#[derive(Default)]
pub(crate) struct Notes(Option<Vec<(&'static str, Shape)>>);

impl Notes {
    /// An open notebook; the default one is closed.
    pub(crate) const fn open() -> Self {
        Self(Some(Vec::new()))
    }

    /// Notes a field; `false` if the notebook is closed, and the field is to be read.
    pub(crate) fn take<T: DeserializeOwned>(&mut self, name: &'static str) -> bool {
        let Some(notes) = &mut self.0 else { return false };
        notes.push((name, probe::shape_of::<T>()));
        true
    }

    /// What was noted.
    pub(crate) fn read(self) -> Vec<(&'static str, Shape)> {
        self.0.unwrap_or_default()
    }
}
