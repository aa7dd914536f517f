//! How credentials travel: the `Authorization` header always, cookies with the feature `cookies`. The header, the
//! cookies and the origin check are each handled in one place.

mod authority;
mod bearer;
#[cfg(feature = "cookies")]
mod cookie;
#[cfg(not(feature = "cookies"))]
#[path = "no_cookie.rs"]
mod cookie;
#[cfg(feature = "cookies")]
mod navigation;
#[cfg(feature = "cookies")]
mod origin;

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, VARY};
use axum::http::request::Parts;
use axum::response::Response;

pub(crate) use authority::host;
#[cfg(not(feature = "cookies"))]
pub(crate) use cookie::opens_a_page;
#[cfg(feature = "cookies")]
pub(crate) use navigation::opens_a_page;

use crate::base::error::AuthError;
use crate::http_settings::HttpSettings;
use crate::token::presented::PresentedToken;

/// Returns the access token of a request, from the header or a cookie.
///
/// If there is a bearer token, it alone decides: a bad one is refused even if a good cookie is present, and a good one
/// is used even if another user's cookie is (HTTP-08). Cookies count only if the request comes from our own pages.
pub(crate) fn access_token<'a>(parts: &'a Parts, http: &HttpSettings) -> Result<Option<&'a str>, AuthError> {
    if let Some(token) = http.scheme.token(&parts.headers)? {
        return Ok(Some(token));
    }
    let token = http.cookies.access_token(parts)?;
    if token.is_some() {
        http.cookies.check_origin(parts)?;
    }
    Ok(token)
}

/// Whether the token of a request comes in the header: the only place for an API key.
pub(crate) fn is_in_header(parts: &Parts, http: &HttpSettings) -> bool {
    matches!(http.scheme.token(&parts.headers), Ok(Some(_)))
}

/// A request that opens a page and may come from somebody whose access cookie has ended.
#[cfg_attr(not(feature = "cookies"), allow(dead_code, reason = "without cookies there is none"))]
pub(crate) enum Navigation<'a> {
    /// It brings this refresh token.
    WithRefreshToken(&'a str),
    /// The same, but the browser loads the page in case the user opens it next.
    Speculative,
    /// It comes from a page of another site, without any cookie of ours.
    FromAnotherSite,
}

/// What a request presents to be signed out.
pub(crate) struct Presented<'a> {
    /// Every token of it, read before any of them is acted on. What is malformed is left out: it is the token of no
    /// session.
    pub(crate) tokens: Vec<PresentedToken<'a>>,
    /// Whether the request has cookies that do not count, because it comes from a page of another site.
    pub(crate) cross_site: bool,
}

/// Returns every token of a request; `in_body` is the refresh token that its body had.
pub(crate) fn presented<'a>(parts: &'a Parts, http: &HttpSettings, in_body: Option<&'a str>) -> Presented<'a> {
    use PresentedToken::{Access, Refresh};
    let cookies = &http.cookies;
    let bearer = http.scheme.token(&parts.headers).ok().flatten();
    let mut tokens: Vec<_> = bearer.map(Access).into_iter().chain(in_body.map(Refresh)).collect();
    let any = cookies.any(parts);
    let cross_site = any && cookies.check_origin(parts).is_err();
    if any && !cross_site {
        tokens.extend(cookies.refresh_token(parts).ok().flatten().map(Refresh));
        tokens.extend(cookies.access_token(parts).ok().flatten().map(Access));
    }
    Presented { tokens, cross_site }
}

/// Forbids caching an answer that depends on who asks: every one of our routes is about a single user (HTTP-10).
pub(crate) fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(VARY, HeaderValue::from_static("Authorization, Cookie"));
    response
}
