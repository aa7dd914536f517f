//! How errors read when `main` returns them: Rust prints `Debug` then.

use std::error::Error;
use std::fmt;

/// Writes the message of `error` and, on lines of their own, those of its causes.
pub(crate) fn with_causes(error: &dyn Error, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut said = error.to_string();
    f.write_str(&said)?;
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // Many errors (sqlx's, for one) already quote their cause.
        if !said.contains(&text) {
            write!(f, "\n  because: {text}")?;
            said = text;
        }
        cause = error.source();
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
