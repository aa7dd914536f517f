//! Whether a request comes from our own pages: by Fetch Metadata, or else by `Origin` (CSRF-01, CSRF-02).
//!
//! Front ends need no CSRF tokens: browsers say where a request comes from, and a page cannot make them lie.

use axum::http::HeaderMap;
use axum::http::header::{HOST, HeaderName, ORIGIN};
use axum::http::request::Parts;

use crate::auth::Origins;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

impl Origins {
    /// Returns whether the request was made by one of our pages, or by one that was listed.
    pub(super) fn admit(&self, parts: &Parts) -> bool {
        let Ok(site) = only(&parts.headers, &SEC_FETCH_SITE) else { return false };
        let Ok(origin) = only(&parts.headers, &ORIGIN) else { return false };
        if origin.is_some_and(|origin| self.lists(origin)) {
            return true;
        }
        match site {
            // Typed into the address bar, or a bookmark: no page made the request.
            Some("none") => only(&parts.headers, &SEC_FETCH_MODE) == Ok(Some("navigate")),
            Some(site) => site == "same-origin",
            None => origin.is_some_and(|origin| self.own.is_none() && is_host(origin, parts)),
        }
    }

    fn lists(&self, origin: &str) -> bool {
        self.own.iter().chain(&self.others).any(|listed| listed == origin)
    }
}

/// Returns the authority the request was sent to.
pub(super) fn host(parts: &Parts) -> Option<&str> {
    match only(&parts.headers, &HOST) {
        Ok(Some(host)) => Some(host),
        _ => parts.uri.authority().map(axum::http::uri::Authority::as_str),
    }
}

/// `Origin: null` and everything unparsable match no host.
fn is_host(origin: &str, parts: &Parts) -> bool {
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    host(parts).is_some_and(|host| authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host)))
}

/// Returns the only value of a header; `Err` if there are two, or invalid bytes.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(drop),
        (Some(_), Some(_)) => Err(()),
    }
}
