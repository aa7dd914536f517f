//! Two separate errors: [`Error`] is for the people who run the application (start-up, management), [`AuthError`] is
//! the answer to one request.
//!
//! Both are `std::error::Error`, so `Error` can have no blanket `From` (it would overlap with `From<Error> for Error`):
//! it has one for each public error of this crate, for io, sqlx, texts and boxed errors. An error of sqlx is boxed in
//! `Error::Store`, because a variant that exists with a feature only would have to be matched under `cfg`. `Display`
//! leaves causes to `source`, as `anyhow` and others expect, and `Debug` prints them, because that is what `main`
//! shows; so the errors that a `main` meets have the same `Debug` as `Display`, plus causes (`error/causes.rs`).

mod app_error;
mod causes;

use std::fmt;
use std::time::Duration;

pub(crate) use app_error::other_errors;
pub use app_error::{ConfigError, Error, Result};
pub(crate) use causes::{causes, debug_with_causes, with_causes};

type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

/// A field of a request body and the rule it broke.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// The name of the field as the body spells it.
    pub field: String,
    /// A stable code: `missing`, `unknown`, `invalid_type`, `too_short`, `too_long`, `common_password`, …
    pub code: &'static str,
    /// One sentence for humans.
    pub message: String,
}

impl FieldError {
    /// Reports that `field` broke a rule.
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}

/// Field, reason and code; never the value.
impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { field, code, message } = self;
        // Messages of this crate name the field themselves.
        if message.contains(&format!("`{field}`")) {
            write!(f, "{message} ({code})")
        } else {
            write!(f, "`{field}`: {message} ({code})")
        }
    }
}

impl std::error::Error for FieldError {}

/// The reason a request was not served. Every variant has one [`status`](Self::status) and one stable
/// [`code`](Self::code), and none tells the caller more than it may know.
///
/// As a response it is a problem document (RFC 9457), so your own handlers that call methods of [`Auth`](crate::Auth)
/// can return it with `?`:
///
/// ```
/// use auth::{AuthError, FieldError};
/// use axum::response::IntoResponse;
///
/// async fn rename(name: &str) -> Result<(), AuthError> {
///     if name.is_empty() {
///         return Err(AuthError::InvalidFields(vec![FieldError::new("name", "empty", "say what to call it")]));
///     }
///     Ok(())
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let error = rename("").await.unwrap_err();
/// assert_eq!((error.status().as_u16(), error.code()), (422, "invalid_fields"));
/// assert_eq!(error.into_response().headers()["content-type"], "application/problem+json");
///
/// // A word of your own for programs, a sentence for people; the status is 403.
/// let denied = AuthError::Denied { code: "terms_not_accepted", message: "accept the terms first".to_owned() };
/// assert_eq!(denied.code(), "terms_not_accepted");
/// // What failed on our side is a 503; the client is told when to try again, the log is told why.
/// assert_eq!(AuthError::unavailable("no connection").status().as_u16(), 503);
/// # });
/// ```
///
/// To answer with pages of your own, see [`AuthBuilder::on_error`](crate::AuthBuilder::on_error).
///
/// Outside of requests it is an error like others: `Display` lists the fields of
/// [`InvalidFields`](Self::InvalidFields), and `Debug` adds the causes, because that is what Rust shows when `main`
/// returns an error.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The request carries no credentials.
    #[error("sign in first")]
    NotSignedIn,
    /// The access token is malformed, forged, expired, revoked, or of another kind. The answer does not say which.
    #[error("the access token is not valid")]
    InvalidToken,
    /// The account does not exist or the password is wrong. Both have the same answer and the same timing.
    #[error("the login or the password is wrong")]
    InvalidCredentials,
    /// The refresh token is unknown, already used, expired or revoked.
    #[error("the refresh token is not valid")]
    InvalidRefreshToken,
    /// The token of a mailed link is not valid (any more): unknown, used, expired, or made void by a later change.
    #[error("this link is not valid any more: ask for a new one")]
    InvalidLink,
    /// The code from a mail, of an authenticator app, or a recovery code is wrong.
    #[error("the code is wrong")]
    InvalidCode {
        /// How many more codes may be tried.
        tries_left: u8,
    },
    /// The answer of a passkey is not acceptable: it is unknown here, its challenge has expired or was used, or one of the
    /// checks of `WebAuthn` failed. The event says more; the answer does not.
    #[error("this passkey cannot be used here: try again, or sign in another way")]
    InvalidPasskey,
    /// The passkey is none that is known here: it was removed, or its account is gone. A page tells the browser, which then
    /// offers it no more (`WebAuthn` §5.1.10.3); `GET /passkeys.js` does.
    #[error("this passkey is no longer known here: sign in another way")]
    UnknownPasskey,
    /// What was begun cannot be continued: it is unknown, used, expired, or was tried too often.
    #[error("this has expired: begin again")]
    SignInExpired,
    /// The sign-in is right so far and needs another step; there is no session yet.
    #[error("{}", .0.needs)]
    FactorRequired(Box<crate::base::pending_sign_in::PendingSignIn>),
    /// A mailed link that signs in was opened elsewhere than where it was asked for. It still works there.
    #[error("open this link in the browser in which you asked for it, or enter the code there")]
    OtherBrowser,
    /// The account is disabled. At login this is said only after the right password.
    #[error("this account is not active")]
    InactiveUser,
    /// The sign-up was stored, but new accounts of this table start inactive, so there is no session yet. It has the
    /// code of [`InactiveUser`](Self::InactiveUser).
    #[error("account created; awaiting activation")]
    NotYetActive,
    /// The sign-up was stored, but signing in failed on our side afterwards. There is no session; the user can sign in.
    #[error("account created, but signing in failed: sign in")]
    AccountCreated(#[source] Source),
    /// The caller is signed in, but does not meet the rule of the route.
    #[error("insufficient permissions")]
    Forbidden,
    /// The caller presents an API key that is valid, and this route takes none: it does not say `keys`, or asks for what
    /// only somebody who is signed in has.
    #[error("API keys are not accepted here")]
    KeyNotAccepted,
    /// The caller is signed in, and this route is for programs: it takes an API key and nothing else.
    #[error("this takes an API key")]
    KeyRequired,
    /// The caller is signed in and authorized, but the login is not recent or strong enough (RFC 9470).
    #[error("{0}")]
    StepUpRequired(crate::base::step_up::StepUp),
    /// A request with cookies came from another site.
    #[error("this request must come from the application's own pages")]
    CrossSite,
    /// The request contradicts itself (two credentials, two cookies with the same name).
    #[error("{0}")]
    InvalidRequest(&'static str),
    /// A hook of the application refused. `code` is for programs, `message` for humans.
    #[error("{message}")]
    Denied {
        /// A stable code.
        code: &'static str,
        /// One sentence for humans.
        message: String,
    },
    /// The body is not valid JSON, or names a field twice.
    #[error("the body is not valid JSON: {0}")]
    MalformedBody(String),
    /// The body exceeds the limit, given in bytes.
    #[error("the body is longer than {0} bytes")]
    BodyTooLarge(usize),
    /// The body took too long to arrive.
    #[error("the body took too long to arrive")]
    RequestTimeout,
    /// The body is not `application/json`.
    #[error("send the body as application/json")]
    UnsupportedMediaType,
    /// The `Authorization` header exceeds the limit.
    #[error("a request header is too long")]
    HeaderTooLarge,
    /// The body is JSON, but some of its fields break a rule.
    #[error("{SOME_FIELDS}{}", listed(.0))]
    InvalidFields(Vec<FieldError>),
    /// Another account already has this login.
    #[error("this {field} is taken")]
    Taken {
        /// The login field.
        field: String,
    },
    /// The passkey is registered already, to this account or another one.
    #[error("this passkey is registered already")]
    PasskeyRegistered,
    /// The account would have nothing left to sign in with, or no second factor although it must have one.
    #[error("the account needs this to sign in: add another one first")]
    LastFactor,
    /// Another API key has taken the place of this one already.
    #[error("this API key was replaced: rotate the one that has taken its place")]
    KeyReplaced,
    /// It does not exist, or does not belong to the caller.
    #[error("not found")]
    NotFound,
    /// The account is not deleted, because rows of other tables refer to it. Delete those first, or
    /// [`disable`](crate::Accounts::disable) the account. Nothing has changed.
    #[error("rows of other tables refer to this account")]
    StillReferenced(#[source] Source),
    /// The user table does not accept the change: a constraint, a trigger or a policy of the table refuses it. With a
    /// pool of sqlx as the store, nothing has changed.
    #[error("the user table does not accept this change")]
    RefusedByTable(#[source] Source),
    /// Too many attempts by this client or on this account. Nothing was checked; the answer is the same for an account
    /// that does not exist.
    #[error("too many attempts, try again in {} s", super::clock::whole_seconds(*retry_after))]
    TooManyRequests {
        /// How long to wait before trying again.
        retry_after: Duration,
    },
    /// Too much work is queued. Nothing was done.
    #[error("too busy, try again in {} s", .retry_after.as_secs())]
    Busy {
        /// How long to wait before trying again.
        retry_after: Duration,
    },
    /// Something the answer depends on (database, random generator) failed. Nothing was acknowledged.
    #[error("temporarily unavailable")]
    Unavailable(#[source] Source),
    /// A fault on the server: a stored value that cannot be read, a token that cannot be written.
    #[error("internal error")]
    Internal(#[source] Source),
}

debug_with_causes!(AuthError);
other_errors!(FieldError);

const SOME_FIELDS: &str = "some fields are not valid";

fn listed(fields: &[FieldError]) -> String {
    let mut text = String::new();
    for (place, field) in fields.iter().enumerate() {
        text.push_str(if place == 0 { ": " } else { "; " });
        text.push_str(&field.to_string());
    }
    text
}

impl AuthError {
    /// Wraps the failure of something the answer depends on.
    pub fn unavailable(source: impl Into<Source>) -> Self {
        Self::Unavailable(source.into())
    }

    /// Returns what a sign-up answers if this error came after its account was stored. What an application says in a
    /// hook stays as it is; a caller whom the application has disabled meanwhile waits like one for approval.
    pub(crate) fn after_sign_up(self) -> Self {
        match self {
            Self::InactiveUser => Self::NotYetActive,
            Self::AccountCreated(_) => self,
            error if error.status().is_server_error() || error.status() == 401 => Self::AccountCreated(Box::new(error)),
            error => error,
        }
    }

    /// Wraps a fault on the server.
    pub fn internal(source: impl Into<Source>) -> Self {
        Self::Internal(source.into())
    }

    /// Returns one sentence for a response, which lists fields by itself.
    pub(crate) fn detail(&self) -> String {
        if matches!(self, Self::InvalidFields(_)) { SOME_FIELDS.to_owned() } else { self.to_string() }
    }
}

impl From<crate::base::random::RandomError> for AuthError {
    fn from(error: crate::base::random::RandomError) -> Self {
        Self::unavailable(error)
    }
}
