//! Without the feature `openapi`, bodies are never described.

/// Records nothing.
#[derive(Default)]
pub(crate) struct FieldRecorder;

impl FieldRecorder {
    #[expect(
        clippy::unused_self,
        clippy::extra_unused_type_parameters,
        reason = "the interface of the module with documents"
    )]
    pub(crate) const fn take<T>(&mut self, _name: &'static str) -> bool {
        false
    }
}
