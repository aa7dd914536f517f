//! The stored form of a password.

use std::fmt;

/// A password hash as it stands in the table (a PHC string such as `$argon2id$v=19$m=19456,t=2,p=1$…`).
///
/// It prints as `[redacted]` and has no `Serialize`, so a user type that holds one can derive `Debug`, and cannot
/// send it to a browser by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes a string that is a password hash already, for example when importing accounts.
    #[must_use]
    pub fn from_stored(hash: impl Into<String>) -> Self {
        Self(hash.into())
    }

    /// The hash as text. Search for this word in a review.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash([redacted])")
    }
}
