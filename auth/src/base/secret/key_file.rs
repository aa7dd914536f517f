//! The file that holds a secret or a private key if no variable does.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{MIN_SECRET_BYTES, Secret, SecretError, fresh_text};
use crate::base::random::{OsRandom, random};

#[cfg(not(unix))]
use self::no_modes as modes;
#[cfg(unix)]
use self::unix_modes as modes;

#[cfg(not(unix))]
mod no_modes;
#[cfg(unix)]
mod unix_modes;

/// The size of the largest file that is taken for a key file.
const MOST_BYTES: u64 = 64 << 10;

/// Reads the file, or creates it with a fresh secret. Of several processes that start at once, one creates it, and the
/// others read what that one wrote.
pub(super) fn read_or_create(path: &Path) -> Result<Secret, SecretError> {
    secret_in(path, &read_or_create_text(path, fresh_text)?)
}

/// Returns the text of the file, or creates it with the text that `fresh` makes.
pub(crate) fn read_or_create_text<E: From<SecretError>>(
    path: &Path,
    fresh: impl FnOnce() -> Result<Zeroizing<String>, E>,
) -> Result<Zeroizing<String>, E> {
    modes::refuse_way_to(path).map_err(|why| not_safe(path, why))?;
    if let Some(text) = read(path)? {
        return Ok(text);
    }
    let fresh = fresh()?;
    if create(path, &fresh)? {
        return Ok(fresh);
    }
    // Somebody was faster; or it leads to a file that is not there, which nothing can be made for.
    Ok(read(path)?.ok_or_else(|| bad(path, "it is a dangling symbolic link".to_owned()))?)
}

/// Returns the text of a file that has to be there.
pub(crate) fn read_existing(path: &Path) -> Result<Zeroizing<String>, SecretError> {
    modes::refuse_way_to(path).map_err(|why| not_safe(path, why))?;
    read(path)?.ok_or_else(|| failed(path, "read", io::ErrorKind::NotFound.into()))
}

/// Creates the file; says whether it did, or the file is there already. It is written under another name first, and then
/// gets its own: so it is never there without its content, whoever reads it and whenever this process ends.
fn create(path: &Path, fresh: &str) -> Result<bool, SecretError> {
    let new = beside(path)?;
    let placed = write(&new, fresh).and_then(|()| match fs::hard_link(&new, path) {
        // A file system without links.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => write(path, fresh),
        linked => linked,
    });
    drop(fs::remove_file(&new));
    match placed {
        Ok(()) => {
            modes::keep_name_of(path);
            Ok(true)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(failed(path, "created", error)),
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = modes::create_private(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Returns a name in the same directory that nobody has.
fn beside(path: &Path) -> Result<PathBuf, SecretError> {
    let number = u64::from_le_bytes(random::<8>(&OsRandom).map_err(SecretError::Random)?);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(path.with_file_name(format!(".{name}.{number:016x}")))
}

/// Reads the file; `None` if there is none.
fn read(path: &Path) -> Result<Option<Zeroizing<String>>, SecretError> {
    // Before it is opened, because opening a pipe waits for its other end.
    let is_file = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        found => found.map_err(|error| failed(path, "read", error))?.is_file(),
    };
    if !is_file {
        return Err(bad(path, "it is not a regular file".to_owned()));
    }
    let file = fs::File::open(path).map_err(|error| failed(path, "read", error))?;
    let metadata = file.metadata().map_err(|error| failed(path, "read", error))?;
    modes::refuse_file(path, &metadata).map_err(|why| not_safe(path, why))?;
    let mut bytes = Zeroizing::new(Vec::new());
    // One byte more: half of a long file would be another secret than the one that was meant.
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(|error| failed(path, "read", error))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(bad(path, format!("it has more than {} KiB, so it is something else", MOST_BYTES >> 10)));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| bad(path, "it is not text".to_owned()))?;
    Ok(Some(Zeroizing::new(text.to_owned())))
}

fn secret_in(path: &Path, text: &str) -> Result<Secret, SecretError> {
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

fn not_safe(path: &Path, why: String) -> SecretError {
    SecretError::UnsafeFile { path: path.display().to_string(), why }
}

fn failed(path: &Path, action: &'static str, source: io::Error) -> SecretError {
    SecretError::File { path: path.display().to_string(), action, source }
}
