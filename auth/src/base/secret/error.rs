//! The reasons a secret is refused.
//!
//! The messages hold no fresh secret, only the command that makes one: errors of a start end up in logs, and whoever
//! copied the secret from there would have it in the log as well.

use std::fmt;
use std::io;

use super::MIN_SECRET_BYTES;
use crate::base::error::debug_with_causes;
use crate::base::random::RandomError;

/// The reason a secret was refused. The message says what to do about it and never contains a secret. `Debug` prints it
/// as well, because that is what Rust shows when `main` returns an error.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// It has fewer than [`MIN_SECRET_BYTES`] bytes.
    #[error("{name} has {found} bytes; a signing secret needs at least {MIN_SECRET_BYTES}. {}", Fresh(.name))]
    TooShort {
        /// The setting the secret came from.
        name: String,
        /// How many bytes it had.
        found: usize,
    },
    /// The variable is not set (and there was no file to fall back to).
    #[error("{name} is not set. {}", Fresh(.name))]
    Missing {
        /// The environment variable.
        name: String,
    },
    /// It repeats itself, follows the alphabet or the keyboard, or is printed in some documentation.
    #[error("{name} is guessable ({why}). {}", Fresh(.name))]
    Guessable {
        /// The setting the secret came from.
        name: String,
        /// What makes it guessable.
        why: &'static str,
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
    #[error(
        "the key file {path} cannot be used: {why}. Restore it; or delete it, and the next start generates a new key, \
         which makes the access tokens issued so far invalid"
    )]
    BadFile {
        /// The file.
        path: String,
        /// What is wrong with its content.
        why: String,
    },
    /// Somebody else can write the key file or replace it.
    #[error("the key file {path} is not secure: {why}")]
    UnsafeFile {
        /// The file.
        path: String,
        /// Who can, and what to do about it.
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
    /// There are no random bytes for a fresh secret.
    #[error("a secret could not be generated")]
    Random(#[source] RandomError),
}

debug_with_causes!(SecretError);

/// Says how to make a fresh secret for a setting: for a variable, a line to paste into a shell.
struct Fresh<'a>(&'a str);

impl fmt::Display for Fresh<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const RANDOM: &str = "head -c 32 /dev/urandom | base64";
        let is_variable = self.0.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if is_variable {
            write!(f, "Generate one: {}=\"base64:$({RANDOM})\"", self.0)
        } else {
            write!(f, "Generate one, and write it after `base64:`: {RANDOM}")
        }
    }
}
