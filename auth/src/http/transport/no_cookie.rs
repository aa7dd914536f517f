//! Without the feature `cookies`, no cookie is read or written.

use std::time::Duration;

use axum::http::HeaderMap;
use axum::http::request::Parts;

use super::Navigation;
use crate::base::error::AuthError;
use crate::http_settings::{AuthScheme, Cookies, HandleCookie, SameOrigin};

#[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "the interface of the module with cookies")]
impl Cookies {
    pub(crate) const fn access_token<'a>(&self, _parts: &'a Parts) -> Result<Option<&'a str>, AuthError> {
        Ok(None)
    }

    pub(crate) const fn refresh_token<'a>(&self, _parts: &'a Parts) -> Result<Option<&'a str>, AuthError> {
        Ok(None)
    }

    pub(crate) const fn navigation<'a>(&self, _parts: &'a Parts, _scheme: &AuthScheme) -> Option<Navigation<'a>> {
        None
    }

    pub(crate) const fn any(&self, _parts: &Parts) -> bool {
        false
    }

    pub(crate) const fn check_origin(&self, _parts: &Parts) -> Result<(), AuthError> {
        Ok(())
    }

    pub(crate) const fn wanted(&self, _parts: &Parts) -> Result<Option<SameOrigin>, AuthError> {
        Ok(None)
    }

    pub(crate) const fn same_origin(&self, _parts: &Parts) -> Result<SameOrigin, AuthError> {
        Err(AuthError::InvalidRequest("tokens in cookies are disabled"))
    }

    pub(crate) const fn set(
        &self,
        _headers: &mut HeaderMap,
        _access: (&str, Duration),
        _refresh: (&str, Duration),
    ) -> Result<(), AuthError> {
        Ok(())
    }

    pub(crate) const fn set_access(
        &self,
        _headers: &mut HeaderMap,
        _access: (&str, Duration),
    ) -> Result<(), AuthError> {
        Ok(())
    }

    pub(crate) const fn handle<'a>(
        &self,
        _which: HandleCookie,
        _parts: &'a Parts,
    ) -> Result<Option<&'a str>, AuthError> {
        Ok(None)
    }

    pub(crate) fn set_handle(
        &self,
        _which: HandleCookie,
        _headers: &mut HeaderMap,
        _handle: (&str, Duration),
    ) -> Result<(), AuthError> {
        Err(AuthError::internal("no cookie is read or set without the feature `cookies`"))
    }

    pub(crate) const fn device<'a>(&self, _parts: &'a Parts) -> Option<&'a str> {
        None
    }

    pub(crate) const fn set_device(&self, _headers: &mut HeaderMap, _token: (&str, Duration)) -> Result<(), AuthError> {
        Ok(())
    }

    pub(crate) const fn clear_device(&self, _headers: &mut HeaderMap) {}

    pub(crate) const fn clear_handle(&self, _which: HandleCookie, _headers: &mut HeaderMap) {}

    pub(crate) const fn clear(&self, _headers: &mut HeaderMap) {}

    pub(crate) const fn clear_refused(&self, _parts: &Parts, _headers: &mut HeaderMap) {}
}

/// No request is looked at.
pub(crate) const fn opens_a_page(_parts: &Parts) -> bool {
    false
}
