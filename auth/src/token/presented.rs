//! The tokens with which somebody signs out.

use std::fmt;

/// A token that a request presents, for [`Auth::logout_presented`](crate::Auth::logout_presented). `Debug` does not
/// print it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PresentedToken<'a> {
    /// An access token, from `Authorization` or a cookie. It may have expired.
    Access(&'a str),
    /// A refresh token, from a body or a cookie.
    Refresh(&'a str),
}

impl fmt::Debug for PresentedToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Access(_) => "Access",
            Self::Refresh(_) => "Refresh",
        })
    }
}
