//! [`Error`]: what goes wrong outside of requests.

use std::fmt;
use std::io;

use super::causes::debug_with_causes;
use super::{AuthError, Source};
use crate::base::random::RandomError;
use crate::base::secret::SecretError;

/// The result of fallible calls at start-up. Suitable as the return type of `main`.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error outside a request: configuration, files, sockets, the database.
///
/// It is a [`std::error::Error`] with its causes as [`source`](std::error::Error::source), so `?` turns it into a
/// `Box<dyn Error + Send + Sync>`, an `anyhow::Error`, and whatever else takes errors. In the other direction, `?`
/// turns the errors of this crate, of files and sockets and of sqlx into it, and texts and boxed errors, too:
///
/// ```
/// # use auth::{AuthBuilder, AuthUser};
/// async fn start<U: AuthUser>(builder: AuthBuilder<U>) -> Result<(), Box<dyn std::error::Error>> {
///     let auth = match builder.build().await {
///         Err(auth::Error::Config(wrong)) => return Err(format!("{} mistakes", wrong.problems().len()).into()),
///         other => other?,
///     };
/// #   drop(auth);
///     Ok(())
/// }
///
/// fn port() -> auth::Result<u16> {
///     let text = std::env::var("PORT").map_err(|_| "PORT is not set")?;
///     text.parse().map_err(auth::Error::other)
/// }
/// ```
///
/// `Debug` prints the same as `Display`, with all causes, because that is what Rust shows when `main` returns an error.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Settings or table are not as they must be. `build()` reports everything it found at once.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The secret is missing, or of no use.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A method of [`Auth`](crate::Auth) failed outside of a request: in `main`, in a job, in a command of yours.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// A store failed. The cause is a [`StoreError`](crate::store::StoreError), or an error of sqlx if it comes from a
    /// call of yours.
    #[error("the database failed")]
    Store(#[source] Source),
    /// The address cannot be bound.
    #[error("cannot listen on {address}")]
    Listen {
        /// As it was given.
        address: String,
        /// What the system says, which is neither the address nor what is wrong with it.
        source: io::Error,
    },
    /// A file or socket failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The operating system has no random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// Any other error.
    #[error(transparent)]
    Other(Source),
}

debug_with_causes!(Error);

impl Error {
    /// Wraps any other error.
    pub fn other(source: impl Into<Source>) -> Self {
        Self::Other(source.into())
    }
}

/// Lets `?` turn errors into [`Error::Other`].
macro_rules! other_errors {
    ($($error:ty),+) => {$(
        impl From<$error> for $crate::base::error::Error {
            fn from(error: $error) -> Self {
                Self::other(error)
            }
        }
    )+};
}
pub(crate) use other_errors;

impl From<Source> for Error {
    fn from(source: Source) -> Self {
        Self::Other(source)
    }
}

impl From<&str> for Error {
    fn from(message: &str) -> Self {
        Self::other(message)
    }
}

impl From<String> for Error {
    fn from(message: String) -> Self {
        Self::other(message)
    }
}

/// Lists every problem that keeps the application from starting, each with what to do about it.
///
/// `Debug` prints the list as well, because that is what Rust shows when `main` returns an error.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError(Vec<String>);

impl ConfigError {
    /// Returns the problems, one entry each.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.0
    }

    pub(crate) fn of(problem: impl Into<String>) -> Self {
        Self(vec![problem.into()])
    }

    /// Returns an error if there are any problems.
    pub(crate) fn unless_empty(problems: Vec<String>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("auth cannot start:")?;
        for (place, problem) in self.0.iter().enumerate() {
            write!(f, "\n  {}. {}", place + 1, problem.replace('\n', "\n     "))?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

debug_with_causes!(ConfigError);
