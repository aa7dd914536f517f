//! A type for secrets, which print as `[redacted]`, compare in constant time and are wiped on drop.

mod encoding;
mod error;
mod guessable;
pub(crate) mod key_file;

use std::fmt;
use std::path::Path;

use base64ct::{Base64UrlUnpadded, Encoding};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::base::random::{OsRandom, random};

use encoding::decoded;
pub use error::SecretError;
use guessable::guessable;

/// The minimum length of a signing secret in bytes (RFC 7518 §3.2: at least the size of the HMAC output).
pub const MIN_SECRET_BYTES: usize = 32;

/// Key material: at least 32 bytes, never printed, never serialized.
///
/// ```
/// # fn main() -> Result<(), auth::SecretError> {
/// use auth::Secret;
///
/// let secret = Secret::generate()?;
/// assert_eq!(format!("{secret:?}"), "Secret([redacted])");
/// assert!(Secret::new("0123456789abcdefghijklmnopqrstuvwxyz").is_err());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Secret {
    bytes: Zeroizing<Vec<u8>>,
    /// Whether these are the bytes of a text that somebody typed or pasted.
    text: bool,
}

impl Secret {
    /// Uses the bytes of `text` as they are, or decodes them after a `base64:` or `hex:` prefix.
    ///
    /// A line end after the text is no part of a *signing* secret: editors and `echo` add it, and it must not make two
    /// keys out of one. Tokens that an earlier release signed with it stay good. A pepper is never changed.
    ///
    /// # Errors
    /// [`SecretError`] if it is too short, guessable, printed in some documentation, or not in the encoding of its
    /// prefix.
    pub fn new(text: impl AsRef<str>) -> Result<Self, SecretError> {
        Self::named("the secret", text.as_ref())
    }

    /// Uses raw bytes, exactly as they are.
    ///
    /// # Errors
    /// [`SecretError`] if they are too few or guessable.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, SecretError> {
        Self::checked("the secret", bytes.into(), false)
    }

    /// Makes one of 32 random bytes: for tests, and for programs that keep it themselves. As text, `base64:` and the
    /// base64 form of [`expose`](Self::expose) gives the same secret again.
    ///
    /// # Errors
    /// [`SecretError::Random`] if the operating system has no random bytes.
    pub fn generate() -> Result<Self, SecretError> {
        Self::from_bytes(random::<32>(&OsRandom).map_err(SecretError::Random)?)
    }

    /// Reads the environment variable `name`, as [`new`](Self::new) reads a text.
    ///
    /// # Errors
    /// [`SecretError`] if it is not set, empty, too short or guessable. The message has a command that sets a fresh one.
    pub fn env(name: &str) -> Result<Self, SecretError> {
        match std::env::var(name) {
            Ok(text) => Self::named(name, &text),
            Err(std::env::VarError::NotPresent) => Err(SecretError::Missing { name: name.to_owned() }),
            Err(std::env::VarError::NotUnicode(raw)) => Self::checked(name, raw.into_encoded_bytes(), true),
        }
    }

    /// Reads the environment variable `name` or, if it is **not set at all**, the file `path`. If that file does not
    /// exist, creates it with 32 random bytes (base64url text, mode 0600 on Unix).
    ///
    /// A variable that is set but empty or too short is an error; it never falls back to the file silently.
    ///
    /// On Unix, a file that everybody can write or replace, or that belongs to another ordinary user, is refused: they
    /// would choose the key. One that others can read is a warning, because Kubernetes mounts secrets that way.
    ///
    /// # Errors
    /// [`SecretError`] as for [`Secret::env`], or if the file cannot be read, created or trusted.
    pub fn env_or_file(name: &str, path: impl AsRef<Path>) -> Result<Self, SecretError> {
        match Self::env(name) {
            Err(SecretError::Missing { .. }) => key_file::read_or_create(path.as_ref()),
            found => found,
        }
    }

    /// Returns what makes these bytes guessable, if something does: of a secret that others have chosen.
    pub(crate) fn weakness(bytes: &[u8]) -> Option<&'static str> {
        guessable(bytes)
    }

    fn named(name: &str, text: &str) -> Result<Self, SecretError> {
        match decoded(text) {
            Some(Ok(bytes)) => Self::checked(name, bytes, false),
            Some(Err(prefix)) => Err(SecretError::Encoding { name: name.to_owned(), prefix }),
            None => Self::checked(name, text.as_bytes().to_vec(), true),
        }
    }

    fn checked(name: &str, bytes: Vec<u8>, text: bool) -> Result<Self, SecretError> {
        let bytes = Zeroizing::new(bytes);
        let name = || name.to_owned();
        if bytes.len() < MIN_SECRET_BYTES {
            return Err(SecretError::TooShort { name: name(), found: bytes.len() });
        }
        match guessable(&bytes) {
            Some(why) => Err(SecretError::Guessable { name: name(), why }),
            None => Ok(Self { bytes, text }),
        }
    }

    /// Returns the bytes. The name is easy to search for in a review.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the secret to sign with and, if this is a text that ends a line, the text with its line end, which
    /// earlier releases signed with. A text that would be no secret without its line end stays as it is: nothing that
    /// starts today may stop starting.
    pub(crate) fn without_line_end(&self) -> (Self, Option<Self>) {
        let end = self.bytes.iter().rev().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (text, _) = self.bytes.split_at(self.bytes.len() - end);
        if !self.text || end == 0 {
            return (self.clone(), None);
        }
        match Self::checked("", text.to_vec(), true) {
            Ok(trimmed) => (trimmed, Some(self.clone())),
            Err(_) => (self.clone(), None),
        }
    }

    /// Returns what looks like a slip at an end of the text, for a warning. Nothing is changed because of it.
    pub(crate) fn odd_end(&self) -> Option<&'static str> {
        let text = std::str::from_utf8(&self.bytes).ok().filter(|_| self.text)?;
        let ends = || text.chars().next().into_iter().chain(text.chars().next_back());
        if ends().any(|c| matches!(c, '\r' | '\n')) {
            Some("a line end")
        } else if ends().any(|c| c.is_whitespace() || c == '\u{feff}') {
            Some("a blank")
        } else if ends().any(|c| "'\"`‘’“”«»".contains(c)) {
            Some("a quote")
        } else {
            None
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret([redacted])")
    }
}

/// Compares in constant time: the duration does not reveal where two secrets differ.
#[must_use]
pub(crate) fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// Returns a random secret in the form used in a key file.
fn fresh_text() -> Result<Zeroizing<String>, SecretError> {
    let bytes = Zeroizing::new(random::<32>(&OsRandom).map_err(SecretError::Random)?);
    Ok(Zeroizing::new(Base64UrlUnpadded::encode_string(&*bytes)))
}

#[cfg(test)]
mod tests;
