//! A body that was never sent: whoever reads it says what it could hold.

use super::Fields;
use crate::shape::Notes;

impl Fields {
    /// Nothing to read; every field that is asked for is noted.
    pub(crate) fn describing(notes: Notes) -> Self {
        Self { notes, ..Self::default() }
    }

    /// What was asked for.
    pub(crate) fn into_notes(self) -> Notes {
        self.notes
    }
}
