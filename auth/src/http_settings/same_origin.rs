//! That a request is from the application's own pages.

/// The proof that a page of this application caused a request: only such a request may put cookies into a browser. Get it
/// from [`Auth::same_origin`](crate::Auth::same_origin), before anything is done.
///
/// Otherwise, a form on a page of another site could sign visitors in as its author (login CSRF), or begin a sign-up that
/// they complete by their mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SameOrigin(());

impl SameOrigin {
    /// Call it where the origin was just checked.
    pub(crate) const fn checked() -> Self {
        Self(())
    }
}
