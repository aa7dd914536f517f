//! Where what is typed cannot be hidden, nobody is asked.

use std::io;

use zeroize::Zeroizing;

/// Whether somebody can be asked.
pub(super) const fn is_there() -> bool {
    false
}

/// Asks nobody.
pub(super) fn ask(_: &str) -> io::Result<Zeroizing<String>> {
    Err(io::ErrorKind::Unsupported.into())
}
