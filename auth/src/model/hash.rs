//! The stored form of a password.

use std::fmt;

/// A password hash as stored in the table (a PHC string such as `$argon2id$v=19$m=19456,t=2,p=1$…`).
///
/// It prints as `[redacted]` and does not implement `Serialize`, so a user type that holds one can derive `Debug`, and
/// cannot send it to a browser by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Wraps a string that already is a password hash, for example when importing accounts.
    #[must_use]
    pub fn from_stored(hash: impl Into<String>) -> Self {
        Self(hash.into())
    }

    /// Returns what stands for no password in a column that must not be null: nothing hashes to it.
    pub(crate) fn unusable() -> Self {
        Self("!".to_owned())
    }

    /// Whether somebody could sign in with what is stored as a password. Nothing, and what other systems write where there
    /// is none (Django's `!…`, and `!` or `*` of `shadow(5)`), is no way in. No scheme begins like that.
    pub(crate) fn is_way_in(stored: Option<&str>) -> bool {
        stored.is_some_and(|hash| !hash.is_empty() && !hash.starts_with(['!', '*']))
    }

    /// Returns the hash as text. The name is easy to search for in a review.
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

/// A type that a field under `#[auth(password_hash)]` may have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold a password hash",
    label = "this type is the `#[auth(password_hash)]` field",
    note = "use `auth::PasswordHash`, or `Option<auth::PasswordHash>` for accounts without a password"
)]
pub trait HoldsHash {
    /// Whether no implementation of this type shows the hash, neither `Debug` nor `Serialize`. A user type that is
    /// either does not compile unless the type of its hash says so.
    const REDACTED: bool = false;

    /// Returns the hash as text.
    fn hash_text(&self) -> Option<&str>;
}

impl HoldsHash for PasswordHash {
    const REDACTED: bool = true;

    fn hash_text(&self) -> Option<&str> {
        Some(self.expose())
    }
}

impl HoldsHash for String {
    fn hash_text(&self) -> Option<&str> {
        Some(self)
    }
}

impl<T: HoldsHash> HoldsHash for Option<T> {
    const REDACTED: bool = T::REDACTED;

    fn hash_text(&self) -> Option<&str> {
        self.as_ref().and_then(HoldsHash::hash_text)
    }
}
