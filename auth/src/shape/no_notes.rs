//! Without the feature `openapi` nobody asks what a body could hold.

/// Takes no note.
#[derive(Default)]
pub(crate) struct Notes;

impl Notes {
    #[expect(
        clippy::unused_self,
        clippy::extra_unused_type_parameters,
        reason = "the interface of the module with documents"
    )]
    pub(crate) const fn take<T>(&mut self, _name: &'static str) -> bool {
        false
    }
}
