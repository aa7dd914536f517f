//! Why a command did not do what was asked, as a sentence and an exit code.

use std::error::Error as StdError;
use std::fmt;

use super::driver::is_driver_error;
use crate::base::error::{AuthError, Error, with_causes};
use crate::base::secret::SecretError;
use crate::store::StoreError;

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Done = 0,
    Refused = 1,
    Usage = 2,
    Unreachable = 3,
}

/// What went wrong.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) code: Code,
    /// A stable word: that of the problem documents, where there is one.
    pub(super) name: &'static str,
    /// What happened and, where it helps, what to type.
    pub(super) message: String,
}

impl Failure {
    pub(super) fn usage(message: impl Into<String>) -> Self {
        Self { code: Code::Usage, name: "usage", message: message.into() }
    }

    pub(super) fn refused(name: &'static str, message: impl Into<String>) -> Self {
        Self { code: Code::Refused, name, message: message.into() }
    }

    /// Of the application's own function.
    pub(super) fn of_builder(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let error = error.into();
        let error: &(dyn StdError + 'static) = &*error;
        Self { code: code_of(error), name: "builder", message: text(error) }
    }
}

/// An error with its causes.
fn text(error: &(dyn StdError + 'static)) -> String {
    struct Text<'a>(&'a (dyn StdError + 'static));
    impl fmt::Display for Text<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            with_causes(self.0, f)
        }
    }
    Text(error).to_string()
}

/// Whether it is about a database that does not answer, or about anything else.
fn code_of(error: &(dyn StdError + 'static)) -> Code {
    let mut next = Some(error);
    while let Some(error) = next {
        let unavailable = error.downcast_ref::<StoreError>().is_some_and(StoreError::is_unavailable)
            || matches!(error.downcast_ref(), Some(AuthError::Unavailable(_) | AuthError::Busy { .. }))
            || is_driver_error(error);
        if unavailable {
            return Code::Unreachable;
        }
        next = error.source();
    }
    Code::Refused
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let name = match &error {
            Error::Config(_) => "configuration",
            Error::Secret(_) => "secret",
            Error::Store(_) => "store",
            _ => "start",
        };
        Self { code: code_of(&error), name, message: text(&error) }
    }
}

impl From<AuthError> for Failure {
    fn from(error: AuthError) -> Self {
        Self { code: code_of(&error), name: error.code(), message: text(&error) }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self { code: code_of(&error), name: "store", message: text(&error) }
    }
}

impl From<SecretError> for Failure {
    fn from(error: SecretError) -> Self {
        Self::refused("secret", text(&error))
    }
}
