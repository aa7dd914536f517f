//! Why something was refused, and what was limited.

/// The reason a login failed. For operators only: clients get the same answer for the first three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginFailure {
    /// No account has this login.
    UnknownAccount,
    /// The password is wrong.
    WrongPassword,
    /// The account has no password.
    NoPassword,
    /// What was shown was right, but the account is disabled; or, after
    /// [`EventKind::Registered`](super::EventKind::Registered), it is not active yet.
    Inactive,
    /// What was shown was right, but a hook of the application refused.
    Denied,
    /// A mailed code was wrong.
    WrongCode,
    /// A mailed link was not valid, or belongs to another browser.
    WrongLink,
    /// A code of the authenticator app, or a recovery code, was wrong after a right first factor: if it was not the owner,
    /// somebody knows the password.
    WrongFactor,
    /// A passkey is unknown, or its answer is not acceptable.
    WrongPasskey,
    /// There is nothing (any more) that the step could belong to.
    Expired,
    /// The password was right at first, but was changed (or the account was deleted) while it was being checked.
    Raced,
}

/// The action that was limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitedAction {
    /// Sign-up.
    Register,
    /// Login.
    Login,
    /// Reauthentication.
    Reauthenticate,
    /// Password change.
    ChangePassword,
    /// Asking for a new password by mail: over the limit, nothing is mailed.
    ForgotPassword,
    /// Setting a new password with a mailed link or code.
    ResetPassword,
    /// Asking to sign in by mail, or for the same mail again.
    SignInByMail,
    /// Another step of a sign-in.
    AnswerSignIn,
    /// Confirming an address.
    VerifyAddress,
    /// Changing an address.
    ChangeAddress,
    /// Confirming a second factor.
    ConfirmFactor,
    /// Adding a passkey.
    AddPasskey,
    /// Making or rotating an API key.
    CreateKey,
    /// Presenting an API key.
    UseKey,
    /// Token refresh.
    Refresh,
    /// Logout.
    Logout,
}

/// The limit that was exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitedBy {
    /// Attempts from the address.
    Address,
    /// Failed attempts from the address.
    FailuresOfAddress,
    /// Failed attempts of this client at this account; the wait grows with each.
    Pair,
    /// Attempts by unknown clients at this account.
    Account,
    /// Failed attempts in a row at this account, which is now locked for unknown clients.
    Locked,
    /// Refreshes within the session.
    Session,
    /// Requests with the API key.
    Key,
    /// Everything of this kind, for all users together.
    All,
}

/// The reason a sign-up was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegistrationRefusal {
    /// Another account has the login.
    Taken,
    /// A hook of the application refused.
    Denied,
}

/// The reason a refresh was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RefreshRefusal {
    /// The text is not a refresh token.
    Malformed,
    /// The session does not exist: unknown, ended, or purged.
    Unknown,
    /// The idle or absolute limit of the session has passed.
    Expired,
    /// The session was ended by a password change, a logout of all sessions, or the operator.
    Revoked,
    /// The account is gone or disabled, or its address has to be confirmed first.
    Inactive,
    /// The user must sign in with a second factor by now (`#[auth(mfa(…))]`), and the session began without one.
    StepUp,
}

/// The reason a guard refused a request. For operators only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The request had no credentials.
    NotSignedIn,
    /// The token is not acceptable.
    InvalidToken,
    /// The token is good, but its session has ended.
    Revoked,
    /// The account is gone or disabled.
    Inactive,
    /// The caller does not meet the rule of the route.
    Rule,
    /// The caller would meet the rule of the route after a more recent or stronger login.
    StepUp,
    /// A check in the rule answered with its own error.
    Check,
    /// Cookies were sent from another site.
    CrossSite,
    /// The caller is signed in, where only an API key is taken.
    KeyRequired,
}

/// The reason an API key was refused. For operators only: clients get the same answer for all of them but the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyRefusal {
    /// The text is none of a key: its checksum is wrong.
    Malformed,
    /// There is no such key (any more).
    Unknown,
    /// Its life, or its time after a rotation, has passed.
    Expired,
    /// It was revoked, or everything was ended.
    Revoked,
    /// The account of its owner is gone or disabled.
    Inactive,
    /// It is good, and the route takes no API keys.
    NotAccepted,
}
