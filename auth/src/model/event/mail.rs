//! What events about mail say.

/// The reason a mailed link or code was refused. For operators only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PasswordResetFailure {
    /// The link is unknown, used, expired or void.
    InvalidLink,
    /// The code is wrong.
    WrongCode,
    /// The code has nothing (any more) that it could belong to, or too many were tried.
    Expired,
}

/// The kind of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LetterKind {
    /// Link and code to set a new password.
    ResetPassword,
    /// Notice that the password has changed.
    PasswordChanged,
}
