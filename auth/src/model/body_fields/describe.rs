//! A body that was never sent, to find out which fields a reader would take from it.

use super::Fields;
use crate::model::json_shape::FieldRecorder;

impl Fields {
    /// Creates an empty body that records every field it is asked for.
    pub(crate) fn describing(recorder: FieldRecorder) -> Self {
        Self { recorder, ..Self::default() }
    }

    /// Returns the fields it was asked for.
    pub(crate) fn into_recorder(self) -> FieldRecorder {
        self.recorder
    }
}
