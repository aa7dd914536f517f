//! How errors read when `main` returns them: Rust prints `Debug` then.

use std::error::Error;
use std::fmt;

/// Returns an error and its causes, the outermost first.
pub(crate) fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error: &&'a (dyn Error + 'static)| error.source())
}

/// Writes the message of `error` and, on lines of their own, those of its causes.
pub(crate) fn with_causes(error: &(dyn Error + 'static), f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut written = error.to_string();
    f.write_str(&written)?;
    for cause in causes(error).skip(1) {
        let text = cause.to_string();
        // Many errors (sqlx's, for one) already quote their cause.
        if !written.contains(&text) {
            write!(f, "\n  because: {text}")?;
            written = text;
        }
    }
    Ok(())
}

/// Implements `Debug` for errors that people read after `Error: `: the same text as `Display`, with all causes.
macro_rules! debug_with_causes {
    ($($error:ty),+) => {$(
        impl ::std::fmt::Debug for $error {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::base::error::with_causes(self, f)
            }
        }
    )+};
}
pub(crate) use debug_with_causes;
