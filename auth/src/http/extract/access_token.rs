//! The access token of a request, as text.

use std::fmt;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;

use super::authenticate::{optional, required};
use super::gate::Gate;
use crate::auth::Auth;
use crate::base::error::AuthError;
use crate::http::rejection::Rejection;
use crate::http::state::{AuthState, InState};
use crate::http::transport;
use crate::model::user::AuthUser;

/// The access token that a request presents, as it was sent in `Authorization` or a cookie: for an answer that repeats
/// it, or a call to another service that accepts it. `Debug` does not print it.
///
/// It has been verified, like the claims of `UserClaims`: a request without a token is a 401 (or `None`, for an
/// `Option`), and so is one with a bad token. For the users of [`AuthState::User`]; for others there is
/// [`Auth::access_token`].
///
/// ```
/// # #[cfg(feature = "macros")] {
/// # use auth::{AuthUser, PasswordHash};
/// # #[derive(Clone, AuthUser)] #[auth(table = "users")]
/// # struct User { #[auth(id)] id: i64, #[auth(login)] email: String }
/// use auth::{AccessToken, protected};
/// use axum::Json;
/// use axum::http::header::CACHE_CONTROL;
/// use axum::response::IntoResponse;
///
/// #[protected]
/// async fn current(user: User, token: AccessToken) -> impl IntoResponse {
///     // An answer with a token must not be cached.
///     ([(CACHE_CONTROL, "no-store")], Json(serde_json::json!({ "email": user.email, "token": token.expose() })))
/// }
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct AccessToken(String);

impl AccessToken {
    /// Returns the text of the token. Whoever has it can act as the user until it expires.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(redacted)")
    }
}

fn presented(parts: &Parts, gate: &impl Gate) -> Result<Option<AccessToken>, AuthError> {
    Ok(transport::access_token(parts, gate.http())?.map(|token| AccessToken(token.to_owned())))
}

impl<S: AuthState + Sync> FromRequestParts<S> for AccessToken {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let gate = <S::User as InState<S>>::gate(state);
        let token = match required(parts, &gate).await {
            // An API key is none.
            Ok(caller) => caller
                .claims()
                .and_then(|_| presented(parts, &gate))
                .and_then(|token| token.ok_or(AuthError::NotSignedIn)),
            Err(error) => Err(error),
        };
        token.map_err(|error| gate.http().reject(error.into(), parts))
    }
}

impl<S: AuthState + Sync> OptionalFromRequestParts<S> for AccessToken {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        let gate = <S::User as InState<S>>::gate(state);
        let token = match optional(parts, &gate).await {
            Ok(Some(caller)) => caller.claims().and_then(|_| presented(parts, &gate)),
            Ok(None) => Ok(None),
            Err(error) => Err(error),
        };
        token.map_err(|error| gate.http().reject(error.into(), parts))
    }
}

impl<U: AuthUser> Auth<U> {
    /// Returns the access token that a request presents, in `Authorization` or a cookie of this user type, for layers and
    /// services of your own. Nothing about it has been verified: see [`verify`](Self::verify).
    ///
    /// # Errors
    /// [`AuthError::InvalidRequest`] if there are two, [`AuthError::CrossSite`] if it is in a cookie and the request
    /// comes from a page of another site, [`AuthError::InvalidToken`] and [`AuthError::HeaderTooLarge`] for what can be
    /// no token.
    pub fn access_token<'a>(&self, parts: &'a Parts) -> Result<Option<&'a str>, AuthError> {
        transport::access_token(parts, self.http())
    }
}
