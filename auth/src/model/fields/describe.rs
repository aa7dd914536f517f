//! A body that was never sent, to find out which fields a reader would take from it.

use super::Fields;
use crate::model::shape::Notes;

impl Fields {
    /// Creates an empty body that notes every field it is asked for.
    pub(crate) fn describing(notes: Notes) -> Self {
        Self { notes, ..Self::default() }
    }

    /// Returns the fields it was asked for.
    pub(crate) fn into_notes(self) -> Notes {
        self.notes
    }
}
