//! Tokens in cookies: `__Host-`, `HttpOnly`, `Secure`, and only for our own pages.

use std::time::Duration;

use axum::http::header::{COOKIE, InvalidHeaderValue, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method};
use cookie::{Cookie, SameSite};

use super::MAX_HEADER_BYTES;
use super::origin::{Origins, host, is_loopback, is_origin};
use crate::error::AuthError;

/// The most bytes of a cookie's name and value together; browsers drop longer ones without a word (6265bis §5.7).
const MAX_COOKIE_BYTES: usize = 4096;
/// Browsers cap `Max-Age` at 400 days.
const MAX_AGE: Duration = Duration::from_hours(400 * 24);

/// How tokens travel in cookies. Hand it to `AuthBuilder::cookies`.
///
/// By default a client chooses: `?cookies=true` on register, login or refresh puts the tokens into cookies instead of
/// the body. A request that is authenticated by a cookie and changes something must come from our own pages:
/// the browser's `Sec-Fetch-Site`, else its `Origin`, says so. A sibling subdomain is refused unless listed.
#[derive(Clone, Debug, Default)]
pub struct CookieSettings {
    mode: Mode,
    origins: Origins,
    insecure_localhost: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    #[default]
    OnRequest,
    Always,
    Never,
}

impl CookieSettings {
    /// The defaults: cookies for clients that ask for them.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every client gets cookies; tokens never appear in a body.
    #[must_use]
    pub fn always(mut self) -> Self {
        self.mode = Mode::Always;
        self
    }

    /// No client gets cookies, and none is read.
    #[must_use]
    pub fn never(mut self) -> Self {
        self.mode = Mode::Never;
        self
    }

    /// Where the application's pages live, as `https://app.example`. Without it the `Host` of the request decides what
    /// "our own" means, which is right unless a proxy rewrites `Host`.
    #[must_use]
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.own = Some(origin.into());
        self
    }

    /// Another origin whose pages may act for the user: a sibling subdomain, an admin front end.
    #[must_use]
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.others.push(origin.into());
        self
    }

    /// Development over plain `http://localhost`: cookies without `Secure` and, because browsers would not take them
    /// otherwise, under another name. A request to any other host than a loopback one gets and gives no cookie.
    #[must_use]
    pub fn insecure_for_localhost(mut self) -> Self {
        self.insecure_localhost = true;
        self
    }

    /// What is wrong with the settings.
    pub(crate) fn problems(&self) -> Vec<String> {
        let origins = self.origins.own.iter().chain(&self.origins.others);
        let wrong = origins.filter(|origin| !is_origin(origin));
        wrong
            .map(|origin| {
                format!("`{origin}` is not an origin: write scheme, host and port only, as in `https://app.example`")
            })
            .collect()
    }
}

/// The cookies of one user type.
#[derive(Clone, Debug)]
pub(crate) struct Cookies {
    settings: CookieSettings,
    access: String,
    refresh: String,
}

impl Cookies {
    /// Two user types have two pairs of names, so that one login never shadows the other (MAC-08).
    pub(crate) fn for_realm(realm: &str, settings: Option<CookieSettings>) -> Self {
        let settings = settings.unwrap_or_default();
        let prefix = if settings.insecure_localhost { "" } else { "__Host-" };
        let realm = realm.to_lowercase();
        Self { access: format!("{prefix}{realm}-access"), refresh: format!("{prefix}{realm}-refresh"), settings }
    }

    pub(crate) fn access_token<'a>(&self, parts: &'a Parts) -> Result<Option<&'a str>, AuthError> {
        self.read(&self.access, parts)
    }

    pub(crate) fn refresh_token<'a>(&self, parts: &'a Parts) -> Result<Option<&'a str>, AuthError> {
        self.read(&self.refresh, parts)
    }

    /// Two cookies of our name are refused: one of them was planted (COOK-06).
    fn read<'a>(&self, name: &str, parts: &'a Parts) -> Result<Option<&'a str>, AuthError> {
        if self.settings.mode == Mode::Never || !self.usable(parts) {
            return Ok(None);
        }
        let headers = || parts.headers.get_all(COOKIE).iter();
        if headers().map(HeaderValue::len).sum::<usize>() > MAX_HEADER_BYTES {
            return Err(AuthError::HeaderTooLarge);
        }
        // As bytes: a cookie of somebody else with a name in it (`Zoë`) must not hide ours.
        let pairs = headers().flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
        let mut ours = pairs.filter_map(|pair| {
            let equals = pair.iter().position(|byte| *byte == b'=')?;
            let (found, value) = (pair.get(..equals)?, pair.get(equals + 1..)?);
            (found.trim_ascii() == name.as_bytes()).then_some(value.trim_ascii())
        });
        match (ours.next(), ours.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => {
                let value = std::str::from_utf8(value).map_err(|_| AuthError::InvalidToken)?;
                Ok(Some(value).filter(|value| !value.is_empty()))
            }
            (Some(_), Some(_)) => Err(AuthError::InvalidRequest("the same cookie was sent twice")),
        }
    }

    /// Refuses a request that would act with the browser's cookies on behalf of another site.
    pub(crate) fn check_origin(&self, parts: &Parts) -> Result<(), AuthError> {
        let upgrade = parts.headers.contains_key(axum::http::header::UPGRADE) || parts.method == Method::CONNECT;
        let safe = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) && !upgrade;
        if safe { Ok(()) } else { self.demand_origin(parts) }
    }

    fn demand_origin(&self, parts: &Parts) -> Result<(), AuthError> {
        if self.settings.origins.admit(parts) { Ok(()) } else { Err(AuthError::CrossSite) }
    }

    /// Whether this answer puts its tokens into cookies. Asking for cookies needs one of our own pages, too: that
    /// is what stops login CSRF.
    pub(crate) fn wanted(&self, parts: &Parts) -> Result<bool, AuthError> {
        let asked = parts
            .uri
            .query()
            .into_iter()
            .flat_map(|query| query.split('&'))
            .find_map(|pair| pair.strip_prefix("cookies="));
        let wanted = match (self.settings.mode, asked) {
            (Mode::Always, _) | (Mode::OnRequest, Some("true")) => true,
            (_, None | Some("false")) => false,
            (Mode::Never, Some("true")) => return Err(AuthError::InvalidRequest("this service gives no cookies")),
            _ => return Err(AuthError::InvalidRequest("write ?cookies=true or ?cookies=false")),
        };
        if wanted {
            self.demand_origin(parts)?;
            if !self.usable(parts) {
                return Err(AuthError::InvalidRequest("cookies without `Secure` are for localhost only"));
            }
        }
        Ok(wanted)
    }

    /// Whether cookies may be used at all on this connection.
    fn usable(&self, parts: &Parts) -> bool {
        !self.settings.insecure_localhost || host(parts).is_some_and(is_loopback)
    }

    /// Writes both tokens.
    pub(crate) fn set(
        &self,
        headers: &mut HeaderMap,
        access: (&str, Duration),
        refresh: (&str, Duration),
    ) -> Result<(), AuthError> {
        for (name, (token, age), site) in
            [(&self.access, access, SameSite::Lax), (&self.refresh, refresh, SameSite::Strict)]
        {
            if name.len() + token.len() > MAX_COOKIE_BYTES {
                let bytes = token.len();
                return Err(AuthError::internal(format!(
                    "a token of {bytes} bytes does not fit into a cookie of {MAX_COOKIE_BYTES}"
                )));
            }
            let seconds = i64::try_from(age.min(MAX_AGE).as_secs()).unwrap_or(i64::MAX);
            self.write(
                headers,
                self.cookie(name, token, site).max_age(cookie::time::Duration::seconds(seconds)).build(),
            )
            .map_err(AuthError::internal)?;
        }
        Ok(())
    }

    /// Takes both back: same name, path and attributes, no content (REV-01).
    pub(crate) fn clear(&self, headers: &mut HeaderMap) {
        for (name, site) in [(&self.access, SameSite::Lax), (&self.refresh, SameSite::Strict)] {
            let gone = self.cookie(name, "", site).max_age(cookie::time::Duration::ZERO).build();
            if let Err(error) = self.write(headers, gone) {
                tracing::error!(target: "auth::transport", %error, "a cookie could not be cleared");
            }
        }
    }

    fn cookie<'a>(&self, name: &'a str, value: &'a str, site: SameSite) -> cookie::CookieBuilder<'a> {
        Cookie::build((name, value)).path("/").http_only(true).secure(!self.settings.insecure_localhost).same_site(site)
    }

    #[expect(clippy::unused_self, reason = "reads as a sentence beside `set` and `clear`")]
    fn write(&self, headers: &mut HeaderMap, cookie: Cookie<'_>) -> Result<(), InvalidHeaderValue> {
        headers.append(SET_COOKIE, HeaderValue::from_str(&cookie.to_string())?);
        Ok(())
    }
}
