//! Two errors, kept apart: [`Error`] is for the people who run the application (start-up, management),
//! [`AuthError`] is the answer to one request.

use std::fmt;
use std::time::Duration;

/// What a fallible call at start-up returns. Good enough as the type of `main`.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Something went wrong outside a request: configuration, files, sockets, the database.
///
/// `Debug` prints what `Display` prints, with its causes, because that is what Rust shows when `main` returns it.
pub struct Error(Source);

impl Error {
    /// Wraps any error.
    pub fn new(source: impl Into<Source>) -> Self {
        Self(source.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.0.to_string();
        f.write_str(&said)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Many errors (sqlx's, for one) quote their cause already.
            if !said.contains(&text) {
                write!(f, "\n  because: {text}")?;
                said = text;
            }
            cause = error.source();
        }
        Ok(())
    }
}

// Not `std::error::Error` itself: that leaves room for this conversion, as in other catch-all error types.
impl<E: std::error::Error + Send + Sync + 'static> From<E> for Error {
    fn from(source: E) -> Self {
        Self(Box::new(source))
    }
}

/// One field of a body and the rule it broke.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldError {
    /// The field, by the name the body uses.
    pub field: String,
    /// A stable code: `missing`, `unknown`, `invalid_type`, `too_short`, `too_long`, `common_password`, …
    pub code: &'static str,
    /// One sentence for people.
    pub message: String,
}

impl FieldError {
    /// A broken rule of `field`.
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}

/// Why a request was not served. Every variant has one [`status`](Self::status) and one stable [`code`](Self::code), and
/// none tells the caller more than it may know.
///
/// As a response it is a problem document (RFC 9457), so handlers of yours that call methods of [`Auth`](crate::Auth) can
/// answer it with `?`:
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
/// To answer them as pages of your own, see [`AuthBuilder::on_error`](crate::AuthBuilder::on_error).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// No credentials came along.
    #[error("sign in first")]
    NotSignedIn,
    /// The access token is malformed, forged, expired, revoked, or of another kind: one answer for all.
    #[error("the access token is not valid")]
    InvalidToken,
    /// Unknown account or wrong password: one answer, one timing.
    #[error("the login or the password is wrong")]
    InvalidCredentials,
    /// The refresh token is unknown, spent, expired or revoked.
    #[error("the refresh token is not valid")]
    InvalidRefreshToken,
    /// The account is switched off. Said at login only after the right password.
    #[error("this account is not active")]
    InactiveUser,
    /// The sign-up was stored, but accounts of this table begin inactive, so there is no session yet. The code is that of
    /// [`InactiveUser`](Self::InactiveUser).
    #[error("the account was made, but it is not active yet")]
    NotYetActive,
    /// Signed in, but the rule of the route says no.
    #[error("you may not do this")]
    Forbidden,
    /// Signed in, and entitled, but not by a login that is recent or strong enough (RFC 9470).
    #[error("{0}")]
    StepUpRequired(crate::step_up::StepUp),
    /// A request with cookies that did not come from this site.
    #[error("this request must come from the application's own pages")]
    CrossSite,
    /// The request contradicts itself (two credentials, two cookies of one name).
    #[error("{0}")]
    InvalidRequest(&'static str),
    /// A hook of the application said no. `code` goes to programs, `message` to people.
    #[error("{message}")]
    Denied {
        /// A stable word.
        code: &'static str,
        /// One sentence.
        message: String,
    },
    /// The body is not JSON, or names a field twice.
    #[error("the body is not valid JSON: {0}")]
    MalformedBody(String),
    /// The body is longer than the limit, in bytes.
    #[error("the body is longer than {0} bytes")]
    BodyTooLarge(usize),
    /// The body is not `application/json`.
    #[error("send the body as application/json")]
    UnsupportedMediaType,
    /// `Authorization` or `Cookie` is longer than the limit.
    #[error("a request header is too long")]
    HeaderTooLarge,
    /// The body is JSON, but fields of it break a rule.
    #[error("some fields are not valid")]
    InvalidFields(Vec<FieldError>),
    /// Somebody else has this login.
    #[error("this {field} is taken")]
    Taken {
        /// Which login.
        field: String,
    },
    /// No such thing, or not yours.
    #[error("not found")]
    NotFound,
    /// Too many attempts: of this client, or at this account. Nothing was tried; the answer is the same for an account
    /// that does not exist.
    #[error("too many attempts, try again in {} s", whole_seconds(*retry_after))]
    TooManyRequests {
        /// When to try again.
        retry_after: Duration,
    },
    /// Too much work is queued; nothing was done.
    #[error("too busy, try again in {} s", .retry_after.as_secs())]
    Busy {
        /// When to try again.
        retry_after: Duration,
    },
    /// A part the answer depends on (database, random generator) failed; nothing was acknowledged.
    #[error("temporarily unavailable")]
    Unavailable(#[source] Source),
    /// A defect on our side: a stored value nobody can read, a token that cannot be written.
    #[error("internal error")]
    Internal(#[source] Source),
}

/// Rounded up: whoever comes back then is not early.
pub(crate) const fn whole_seconds(time: Duration) -> u64 {
    time.as_secs().saturating_add(if time.subsec_nanos() > 0 { 1 } else { 0 })
}

impl AuthError {
    /// A part the answer depends on failed.
    pub fn unavailable(source: impl Into<Source>) -> Self {
        Self::Unavailable(source.into())
    }

    /// A defect on our side.
    pub fn internal(source: impl Into<Source>) -> Self {
        Self::Internal(source.into())
    }
}

impl From<crate::random::RandomError> for AuthError {
    fn from(error: crate::random::RandomError) -> Self {
        Self::unavailable(error)
    }
}
