//! A written letter.

/// A written letter.
#[derive(Clone)]
pub struct Written {
    /// The subject. It shows on locked screens: no names, no codes.
    pub subject: String,
    /// The text.
    pub text: String,
    /// The same as HTML: [`Html`](super::Html) escapes what you put into it.
    pub html: Option<String>,
}

/// Not what it says.
impl std::fmt::Debug for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Written").field("subject", &self.subject).finish_non_exhaustive()
    }
}
