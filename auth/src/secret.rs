//! A type for secrets, which print as `[redacted]`, compare in constant time and are wiped on drop.

use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

use base64ct::{Base64, Base64Url, Base64UrlUnpadded, Encoding};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::debug_with_causes;
use crate::random::{OsRandom, random};

/// The minimum length of a signing secret in bytes (RFC 7518 §3.2: at least the size of the HMAC output).
pub const MIN_SECRET_BYTES: usize = 32;

/// Key material: at least 32 bytes, never printed, never serialized.
///
/// ```
/// # fn main() -> Result<(), auth::SecretError> {
/// let secret = auth::Secret::new("Zg1pQ0vXkq8uJ4mYt7wRb2NcE5sHd9aL")?;
/// assert_eq!(format!("{secret:?}"), "Secret([redacted])");
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

/// The reason a secret was refused. The message says what to do about it and never contains the secret. `Debug` prints
/// it as well, because that is what Rust shows when `main` returns an error.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// It has fewer than [`MIN_SECRET_BYTES`] bytes.
    #[error(
        "{name} has {found} bytes; a signing secret needs at least {MIN_SECRET_BYTES}. A fresh one: {name}={suggestion}"
    )]
    TooShort {
        /// The setting the secret came from.
        name: String,
        /// How many bytes it had.
        found: usize,
        /// A random secret that would be accepted.
        suggestion: String,
    },
    /// The variable is not set (and there was no file to fall back to).
    #[error("{name} is not set. A fresh one: {name}={suggestion}")]
    Missing {
        /// The environment variable.
        name: String,
        /// A random secret that would be accepted.
        suggestion: String,
    },
    /// It repeats a few bytes, or contains a phrase found in tutorials.
    #[error("{name} is guessable ({why}). A fresh one: {name}={suggestion}")]
    Guessable {
        /// The setting the secret came from.
        name: String,
        /// What makes it guessable.
        why: &'static str,
        /// A random secret that would be accepted.
        suggestion: String,
    },
    /// The text after a `base64:` or `hex:` prefix is not in that encoding.
    #[error("{name} starts with `{prefix}` but the rest is not valid {prefix} text")]
    Encoding {
        /// The setting the secret came from.
        name: String,
        /// The prefix that was used.
        prefix: &'static str,
    },
    /// The content of the key file is not usable as a secret.
    #[error("the key file {path} is of no use: {why}. Delete it, and the next start makes a fresh one")]
    BadFile {
        /// The file.
        path: String,
        /// What is wrong with its content.
        why: String,
    },
    /// The key file could not be read or created.
    #[error("the key file {path} could not be {action}")]
    File {
        /// The file.
        path: String,
        /// What was attempted: read, created.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
    },
}

debug_with_causes!(SecretError);

impl Secret {
    /// Uses the bytes of `text` as they are, or decodes them after a `base64:` or `hex:` prefix.
    ///
    /// # Errors
    /// [`SecretError`] if it is too short, guessable, or not in the encoding of its prefix.
    pub fn new(text: impl AsRef<str>) -> Result<Self, SecretError> {
        Self::named("the secret", text.as_ref())
    }

    /// Uses raw bytes.
    ///
    /// # Errors
    /// [`SecretError`] if they are too few or guessable.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, SecretError> {
        Self::checked("the secret", bytes.into())
    }

    /// Reads the environment variable `name`.
    ///
    /// # Errors
    /// [`SecretError`] if it is not set, empty, too short or guessable. The message contains a line ready to copy.
    pub fn env(name: &str) -> Result<Self, SecretError> {
        match std::env::var(name) {
            Ok(text) => Self::named(name, &text),
            Err(std::env::VarError::NotPresent) => {
                Err(SecretError::Missing { name: name.to_owned(), suggestion: suggestion() })
            }
            Err(std::env::VarError::NotUnicode(raw)) => Self::checked(name, raw.into_encoded_bytes()),
        }
    }

    /// Reads the environment variable `name` or, if it is **not set at all**, the file `path`. If that file does not
    /// exist, creates it with 32 random bytes (base64url text, mode 0600 on Unix).
    ///
    /// A variable that is set but empty or too short is an error; it never falls back to the file silently.
    ///
    /// # Errors
    /// [`SecretError`] as for [`Secret::env`], or if the file cannot be read or created.
    pub fn env_or_file(name: &str, path: impl AsRef<Path>) -> Result<Self, SecretError> {
        match Self::env(name) {
            Err(SecretError::Missing { .. }) => Self::file(path.as_ref()),
            found => found,
        }
    }

    fn file(path: &Path) -> Result<Self, SecretError> {
        let failed = |action| move |source| SecretError::File { path: path.display().to_string(), action, source };
        let fresh = Zeroizing::new(suggestion());
        match create_private(path) {
            Ok(mut file) => {
                file.write_all(fresh.as_bytes()).and_then(|()| file.sync_all()).map_err(failed("written"))?;
                Self::named(&path.display().to_string(), &fresh)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                let text = Zeroizing::new(fs::read_to_string(path).map_err(failed("read"))?);
                // Not the advice given for a variable: there is no place to write `auth.key=…`.
                Self::named("it", text.trim_end_matches(['\r', '\n'])).map_err(|error| {
                    let why = match error {
                        SecretError::TooShort { found, .. } => {
                            format!("it has {found} bytes, and a signing secret needs at least {MIN_SECRET_BYTES}")
                        }
                        SecretError::Guessable { why, .. } => format!("it is guessable ({why})"),
                        other => other.to_string(),
                    };
                    SecretError::BadFile { path: path.display().to_string(), why }
                })
            }
            Err(error) => Err(failed("created")(error)),
        }
    }

    fn named(name: &str, text: &str) -> Result<Self, SecretError> {
        let wrong = |prefix| SecretError::Encoding { name: name.to_owned(), prefix };
        let bytes = if let Some(rest) = text.strip_prefix("base64:") {
            decode_base64(rest).ok_or_else(|| wrong("base64:"))?
        } else if let Some(rest) = text.strip_prefix("hex:") {
            decode_hex(rest).ok_or_else(|| wrong("hex:"))?
        } else {
            text.as_bytes().to_vec()
        };
        Self::checked(name, bytes)
    }

    fn checked(name: &str, bytes: Vec<u8>) -> Result<Self, SecretError> {
        let secret = Self(Zeroizing::new(bytes));
        let bytes = secret.expose();
        if bytes.len() < MIN_SECRET_BYTES {
            let (name, found) = (name.to_owned(), bytes.len());
            return Err(SecretError::TooShort { name, found, suggestion: suggestion() });
        }
        match guessable(bytes) {
            Some(why) => Err(SecretError::Guessable { name: name.to_owned(), why, suggestion: suggestion() }),
            None => Ok(secret),
        }
    }

    /// Returns the bytes. The name is easy to search for in a review.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
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

/// Returns a random secret in the form used in configuration.
fn suggestion() -> String {
    random::<32>(&OsRandom)
        .map_or_else(|_| "<32 random bytes>".to_owned(), |bytes| Base64UrlUnpadded::encode_string(&bytes))
}

/// Rejects secrets with too few different bytes to be random, or with a phrase found in tutorials (KEY-02).
fn guessable(bytes: &[u8]) -> Option<&'static str> {
    const FEWEST_DIFFERENT: usize = 8;
    const PHRASES: [&str; 8] =
        ["secret", "changeme", "change-me", "change_me", "password", "your-256-bit", "example", "supersecret"];
    let mut seen = [false; 256];
    for byte in bytes {
        if let Some(slot) = seen.get_mut(usize::from(*byte)) {
            *slot = true;
        }
    }
    if seen.iter().filter(|seen| **seen).count() < FEWEST_DIFFERENT {
        return Some("it repeats a few bytes");
    }
    let lower = String::from_utf8_lossy(bytes).to_lowercase();
    PHRASES.iter().any(|phrase| lower.contains(phrase)).then_some("it contains a word from a tutorial")
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    Base64::decode_vec(text)
        .or_else(|_| Base64UrlUnpadded::decode_vec(text))
        .or_else(|_| Base64Url::decode_vec(text))
        .or_else(|_| base64ct::Base64Unpadded::decode_vec(text))
        .ok()
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> =
        text.chars().map(|c| c.to_digit(16).and_then(|d| u8::try_from(d).ok())).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<fs::File> {
    use std::os::unix::fs::OpenOptionsExt;
    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<fs::File> {
    fs::OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::{Secret, SecretError};

    #[test]
    fn a_key_file_of_no_use_says_what_to_do() {
        let path = std::env::temp_dir().join(format!("auth-key-{}", std::process::id()));
        std::fs::write(&path, "short\n").unwrap();
        let refused = Secret::file(&path);
        std::fs::remove_file(&path).unwrap();
        let Err(SecretError::BadFile { why, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(why, "it has 5 bytes, and a signing secret needs at least 32");
    }
}
