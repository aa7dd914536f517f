//! Tokens in cookies: `__Host-`, `HttpOnly`, `Secure`, and only for our own pages.
//!
//! A late refusal takes no cookie away. A browser applies `Set-Cookie` in the order in which answers arrive. If every
//! 401 cleared the access cookie, one that was under way during a refresh would delete the fresh one; that the cleared
//! value was another cannot be said in a cookie. So only a navigation (or a browser that says nothing) has its dead
//! cookie removed: scripts refresh when they get a 401.

use std::time::Duration;

use axum::http::header::{COOKIE, InvalidHeaderValue, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use cookie::{Cookie, SameSite};

use super::authority::host;
use super::origin::{is_navigation, is_of_unknown_mode};
use crate::base::clock::whole_seconds;
use crate::base::error::AuthError;
use crate::http_settings::{Cookies, HandleCookie, Mode, SameOrigin};
use crate::model::origin::Host;

/// The maximum size of a cookie's name and value together; browsers silently drop longer ones (6265bis §5.7).
const MAX_COOKIE_BYTES: usize = 4096;
/// Browsers cap `Max-Age` at 400 days.
const MAX_AGE: Duration = Duration::from_hours(400 * 24);

impl Cookies {
    pub(crate) fn access_token<'a>(&self, parts: &'a Parts) -> Result<Option<&'a str>, AuthError> {
        self.read(&self.access, parts)
    }

    pub(crate) fn refresh_token<'a>(&self, parts: &'a Parts) -> Result<Option<&'a str>, AuthError> {
        self.read(&self.refresh, parts)
    }

    /// Returns the handle of what this browser has begun.
    pub(crate) fn handle<'a>(&self, which: HandleCookie, parts: &'a Parts) -> Result<Option<&'a str>, AuthError> {
        self.read(self.handle_name(which), parts)
    }

    /// Returns what a trusted device keeps. It counts only for requests from our own pages; anything else is none.
    pub(crate) fn device<'a>(&self, parts: &'a Parts) -> Option<&'a str> {
        let kept = self.read(&self.device, parts).ok().flatten()?;
        self.check_origin(parts).is_ok().then_some(kept)
    }

    /// Keeps it.
    pub(crate) fn set_device(&self, headers: &mut HeaderMap, token: (&str, Duration)) -> Result<(), AuthError> {
        self.set_one(headers, &self.device, token, SameSite::Strict)
    }

    /// Removes it.
    pub(crate) fn clear_device(&self, headers: &mut HeaderMap) {
        self.clear_one(headers, &self.device, SameSite::Strict);
    }

    /// Two cookies with our name are refused: one of them was planted (COOK-06). So is one that is longer than a
    /// browser keeps. Other cookies do not matter, whatever they look like: any subdomain can set them.
    fn read<'a>(&self, name: &str, parts: &'a Parts) -> Result<Option<&'a str>, AuthError> {
        if self.settings.mode == Mode::Never || !self.is_usable(parts) {
            return Ok(None);
        }
        let mut ours = values(name, parts);
        match (ours.next(), ours.next()) {
            (None, _) => Ok(None),
            (Some(value), None) if name.len() + value.len() > MAX_COOKIE_BYTES => Err(AuthError::InvalidToken),
            (Some(value), None) => {
                let value = std::str::from_utf8(value).map_err(|_| AuthError::InvalidToken)?;
                Ok(Some(value).filter(|value| !value.is_empty()))
            }
            (Some(_), Some(_)) => Err(AuthError::InvalidRequest("the same cookie was sent twice")),
        }
    }

    /// Returns whether the request brings a cookie of ours, good or bad, that could be used here.
    pub(crate) fn any(&self, parts: &Parts) -> bool {
        let sent = |name| values(name, parts).next().is_some();
        self.settings.mode != Mode::Never && self.is_usable(parts) && (sent(&self.access) || sent(&self.refresh))
    }

    /// Refuses a request that would act with the browser's cookies on behalf of another site.
    pub(crate) fn check_origin(&self, parts: &Parts) -> Result<(), AuthError> {
        let upgrade = parts.headers.contains_key(axum::http::header::UPGRADE) || parts.method == Method::CONNECT;
        let safe = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) && !upgrade;
        if safe { Ok(()) } else { self.demand_origin(parts) }
    }

    fn demand_origin(&self, parts: &Parts) -> Result<(), AuthError> {
        if self.admit(parts) { Ok(()) } else { Err(AuthError::CrossSite) }
    }

    /// Returns whether this response puts its tokens into cookies. Asking for cookies also requires one of our own
    /// pages, which prevents login CSRF.
    pub(crate) fn wanted(&self, parts: &Parts) -> Result<Option<SameOrigin>, AuthError> {
        let asked = parts
            .uri
            .query()
            .into_iter()
            .flat_map(|query| query.split('&'))
            .find_map(|pair| pair.strip_prefix("cookies="));
        let wanted = match (self.settings.mode, asked) {
            (Mode::Always, _) | (Mode::OnRequest, Some("true")) => true,
            (_, None | Some("false")) => false,
            (Mode::Never, Some("true")) => return Err(AuthError::InvalidRequest("tokens in cookies are disabled")),
            _ => return Err(AuthError::InvalidRequest("write ?cookies=true or ?cookies=false")),
        };
        if wanted { self.same_origin(parts).map(Some) } else { Ok(None) }
    }

    /// Returns the proof that cookies may be set for this request.
    pub(crate) fn same_origin(&self, parts: &Parts) -> Result<SameOrigin, AuthError> {
        if self.settings.mode == Mode::Never {
            return Err(AuthError::InvalidRequest("tokens in cookies are disabled"));
        }
        self.demand_origin(parts)?;
        if !self.is_usable(parts) {
            return Err(AuthError::InvalidRequest("cookies without `Secure` are for localhost only"));
        }
        Ok(SameOrigin::checked())
    }

    /// Returns whether cookies may be used at all on this connection.
    pub(super) fn is_usable(&self, parts: &Parts) -> bool {
        !self.settings.insecure_localhost || host(parts).as_ref().is_some_and(Host::is_loopback)
    }

    /// Sets the cookies of a session.
    pub(crate) fn set(
        &self,
        headers: &mut HeaderMap,
        access: (&str, Duration),
        refresh: (&str, Duration),
    ) -> Result<(), AuthError> {
        self.set_access(headers, access)?;
        self.set_one(headers, &self.refresh, refresh, SameSite::Strict)
    }

    /// Sets the access cookie.
    pub(crate) fn set_access(&self, headers: &mut HeaderMap, access: (&str, Duration)) -> Result<(), AuthError> {
        self.set_one(headers, &self.access, access, SameSite::Lax)
    }

    /// Keeps a handle in the browser. Links in mail are opened from elsewhere, which does not matter: their page acts by
    /// a form of its own.
    pub(crate) fn set_handle(
        &self,
        which: HandleCookie,
        headers: &mut HeaderMap,
        handle: (&str, Duration),
    ) -> Result<(), AuthError> {
        if self.settings.mode == Mode::Never {
            return Err(AuthError::internal("no cookie is read or set: `CookieSettings::never`"));
        }
        self.set_one(headers, self.handle_name(which), handle, SameSite::Strict)
    }

    /// Removes a handle.
    pub(crate) fn clear_handle(&self, which: HandleCookie, headers: &mut HeaderMap) {
        self.clear_one(headers, self.handle_name(which), SameSite::Strict);
    }

    fn set_one(
        &self,
        headers: &mut HeaderMap,
        name: &str,
        (token, age): (&str, Duration),
        site: SameSite,
    ) -> Result<(), AuthError> {
        if name.len() + token.len() > MAX_COOKIE_BYTES {
            let bytes = token.len();
            return Err(AuthError::internal(format!(
                "a value of {bytes} bytes does not fit into a cookie of {MAX_COOKIE_BYTES}"
            )));
        }
        let seconds = i64::try_from(whole_seconds(age.min(MAX_AGE))).unwrap_or(i64::MAX);
        let cookie = self.cookie(name, token, site).max_age(cookie::time::Duration::seconds(seconds)).build();
        write(headers, &cookie).map_err(AuthError::internal)
    }

    /// Removes the cookies of a session: same name, path and attributes, no content (REV-01).
    pub(crate) fn clear(&self, headers: &mut HeaderMap) {
        self.clear_one(headers, &self.access, SameSite::Lax);
        self.clear_one(headers, &self.refresh, SameSite::Strict);
    }

    /// Removes the access cookie that was refused, for somebody who navigates: if it stayed, it would keep them from
    /// public pages until it expires.
    ///
    /// Not for a script, which refreshes when it is refused. A browser applies `Set-Cookie` in the order in which
    /// answers arrive, so the late refusal of a parallel request would remove the cookie that the refresh has set.
    pub(crate) fn clear_refused(&self, parts: &Parts, headers: &mut HeaderMap) {
        let navigates = is_navigation(&parts.headers) || is_of_unknown_mode(&parts.headers);
        if navigates && !matches!(self.access_token(parts), Ok(None)) {
            self.clear_one(headers, &self.access, SameSite::Lax);
        }
    }

    fn clear_one(&self, headers: &mut HeaderMap, name: &str, site: SameSite) {
        let gone = self.cookie(name, "", site).max_age(cookie::time::Duration::ZERO).build();
        if let Err(error) = write(headers, &gone) {
            tracing::error!(target: "auth::transport", %error,
                "a cookie cannot be cleared, because its name or attributes make no valid header: the browser keeps the \
                 invalid token");
        }
    }

    fn cookie<'a>(&self, name: &'a str, value: &'a str, site: SameSite) -> cookie::CookieBuilder<'a> {
        Cookie::build((name, value)).path("/").http_only(true).secure(!self.settings.insecure_localhost).same_site(site)
    }
}

/// Returns the values of the cookies with this name.
///
/// Read as bytes: a foreign cookie with a name in it (`Zoë`) must not hide ours. Only blanks and tabs are trimmed:
/// browsers do not protect the prefix of a name that begins with another kind of space.
fn values<'a>(name: &str, parts: &'a Parts) -> impl Iterator<Item = &'a [u8]> {
    let headers = parts.headers.get_all(COOKIE).iter();
    let pairs = headers.flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    pairs.filter_map(move |pair| {
        let equals = pair.iter().position(|byte| *byte == b'=')?;
        let (found, value) = (pair.get(..equals)?, pair.get(equals + 1..)?);
        (found.trim_ascii() == name.as_bytes()).then_some(value.trim_ascii())
    })
}

fn write(headers: &mut HeaderMap, cookie: &Cookie<'_>) -> Result<(), InvalidHeaderValue> {
    headers.append(SET_COOKIE, HeaderValue::from_str(&cookie.to_string())?);
    Ok(())
}
