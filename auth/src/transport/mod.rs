//! How credentials travel: the `Authorization` header always, cookies with the feature `cookies`. The header, the
//! cookies and the origin check are each handled in one place.

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
use crate::token::presented::Presented;

/// Returns the access token of a request, from the header or a cookie.
///
/// If there is a bearer token, it alone decides: a bad one is refused even if a good cookie is present, and a good one
/// is used even if another user's cookie is (HTTP-08). Cookies count only if the request comes from our own pages.
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

/// Returns every token of a request; `in_body` is the refresh token that its body had.
pub(crate) fn presented<'a>(parts: &'a Parts, cookies: &Cookies, in_body: Option<&'a str>) -> Presented<'a> {
    let bearer = bearer::token(&parts.headers).ok().flatten();
    let without_cookies = Presented { bearer, in_body, ..Presented::default() };
    if !cookies.any(parts) {
        return without_cookies;
    }
    if cookies.check_origin(parts).is_err() {
        return Presented { cross_site: true, ..without_cookies };
    }
    Presented {
        refresh_cookie: cookies.refresh_token(parts).ok().flatten(),
        access_cookie: cookies.access_token(parts).ok().flatten(),
        ..without_cookies
    }
}
