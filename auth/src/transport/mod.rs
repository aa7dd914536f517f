//! How credentials travel: the `Authorization` header always, cookies with the feature `cookies`.
//! One place knows the header, one the cookies, one the origin check.

pub(crate) mod bearer;
#[cfg(feature = "cookies")]
mod cookie;
#[cfg(not(feature = "cookies"))]
#[path = "no_cookie.rs"]
mod cookie;
#[cfg(feature = "cookies")]
mod origin;

use axum::http::request::Parts;

use crate::auth::Cookies;
use crate::error::AuthError;

/// The most bytes of `Authorization`, or of `Cookie`, that are looked at (HTTP-11).
pub(crate) const MAX_HEADER_BYTES: usize = 8 * 1024;

/// The access token of a request, wherever it came from.
///
/// A bearer token decides alone: a bad one is refused even if a good cookie comes along, and a good one is used even
/// if a cookie of somebody else does (HTTP-08). Cookies count only if the request comes from our own pages.
pub(crate) fn access_token<'a>(parts: &'a Parts, cookies: &Cookies) -> Result<Option<&'a str>, AuthError> {
    if let Some(token) = bearer::token(&parts.headers)? {
        return Ok(Some(token));
    }
    let token = cookies.access_token(parts)?;
    if token.is_some() {
        cookies.check_origin(parts)?;
    }
    Ok(token)
}
