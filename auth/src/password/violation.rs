use std::fmt;

use crate::base::error::FieldError;

/// A rule that a chosen password breaks. `Display` is a phrase for people, to be put after "the password".
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PasswordViolation {
    /// The password has fewer characters than the policy requires.
    TooShort {
        /// The minimum.
        min: usize,
    },
    /// The password has more characters than the policy allows, or more than 1024 bytes.
    TooLong {
        /// The maximum.
        max: usize,
    },
    /// The password is on the list of common passwords.
    Common,
    /// The password is the user's own login, or the name of the service.
    Personal,
}

impl PasswordViolation {
    /// Returns the stable code: `too_short`, `too_long`, `common_password`, `personal_password`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too_short",
            Self::TooLong { .. } => "too_long",
            Self::Common => "common_password",
            Self::Personal => "personal_password",
        }
    }

    /// Returns the rule as an error of the body field `field`.
    #[must_use]
    pub fn at(&self, field: &str) -> FieldError {
        FieldError::new(field, self.code(), format!("the password {self}"))
    }
}

impl fmt::Display for PasswordViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { min } => write!(f, "must have at least {min} characters"),
            Self::TooLong { max } => write!(f, "must have at most {max} characters (and 1024 bytes)"),
            Self::Common => f.write_str("must not be one of the 10 000 most common passwords"),
            Self::Personal => {
                f.write_str("must not be your login, the part of it before the @, or the name of this service")
            }
        }
    }
}
