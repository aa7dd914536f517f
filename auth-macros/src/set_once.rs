//! A setting that may be given once.

use proc_macro2::Ident;

use crate::diagnostics::Diagnostics;

/// A value, and the argument that set it (for the span of later errors).
pub(crate) struct SetOnce<T>(Option<(Ident, T)>);

// Written out, because a derive would require `T: Default`.
impl<T> Default for SetOnce<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> SetOnce<T> {
    /// Sets the value; setting it a second time is a mistake, and the first value stays.
    pub(crate) fn set(&mut self, key: &Ident, value: T, diagnostics: &mut Diagnostics) {
        if self.0.is_some() {
            diagnostics.error(key, format_args!("`{key}` is written twice; keep one"));
        } else {
            self.0 = Some((key.clone(), value));
        }
    }

    pub(crate) fn is_set(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn key(&self) -> Option<&Ident> {
        self.0.as_ref().map(|(key, _)| key)
    }

    pub(crate) fn value(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }

    pub(crate) fn into_value(self) -> Option<T> {
        self.0.map(|(_, value)| value)
    }
}
