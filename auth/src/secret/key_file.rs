//! The file that holds a secret if no variable does.

use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;

use zeroize::Zeroizing;

use super::{MIN_SECRET_BYTES, Secret, SecretError, fresh_text};

#[cfg(not(unix))]
use self::no_modes as modes;
#[cfg(unix)]
use self::unix_modes as modes;

#[cfg(not(unix))]
mod no_modes;
#[cfg(unix)]
mod unix_modes;

/// More than any key file has.
const MOST_BYTES: u64 = 64 << 10;

/// Reads the file, or creates it with a fresh secret.
pub(super) fn read_or_create(path: &Path) -> Result<Secret, SecretError> {
    let failed = |action| move |source| SecretError::File { path: path.display().to_string(), action, source };
    let not_safe = |why| SecretError::UnsafeFile { path: path.display().to_string(), why };
    modes::refuse_directory_of(path).map_err(not_safe)?;
    match modes::create_private(path) {
        Ok(mut file) => {
            let fresh = fresh_text()?;
            file.write_all(fresh.as_bytes()).and_then(|()| file.sync_all()).map_err(failed("written"))?;
            Secret::named(&path.display().to_string(), &fresh)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            // Before it is opened, because opening a pipe waits for its other end.
            if !fs::metadata(path).map_err(failed("read"))?.is_file() {
                return Err(bad(path, "it is not a regular file".to_owned()));
            }
            let file = fs::File::open(path).map_err(failed("read"))?;
            modes::refuse_file(path, &file.metadata().map_err(failed("read"))?).map_err(not_safe)?;
            let mut text = Zeroizing::new(String::new());
            file.take(MOST_BYTES).read_to_string(&mut text).map_err(failed("read"))?;
            read(path, &text)
        }
        Err(error) => Err(failed("created")(error)),
    }
}

fn read(path: &Path, text: &str) -> Result<Secret, SecretError> {
    // A line end at the end of a file was never part of its secret.
    Secret::named("it", text.trim_end_matches(['\r', '\n'])).map_err(|error| {
        // Not the advice given for a variable: there is no place to write `auth.key=…`.
        let why = match error {
            SecretError::TooShort { found, .. } => {
                format!("it has {found} bytes, and a signing secret needs at least {MIN_SECRET_BYTES}")
            }
            SecretError::Guessable { why, .. } => format!("it is guessable ({why})"),
            other => other.to_string(),
        };
        bad(path, why)
    })
}

fn bad(path: &Path, why: String) -> SecretError {
    SecretError::BadFile { path: path.display().to_string(), why }
}
