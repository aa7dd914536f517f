//! Whether a request comes from our own pages: by Fetch Metadata, or else by `Origin` (CSRF-01, CSRF-02).
//!
//! Front ends need no CSRF tokens: browsers say where a request comes from, and a page cannot make them lie.
//!
//! `http` is never one of our pages, outside of development: `Host` does not say how a request came, so an attacker in
//! the network could answer for `http://app.example`, and a browser without Fetch Metadata would send the `Secure`
//! cookies with the form of that page. `Sec-Fetch-Site: none` is admitted for navigations: a reload sends a form again,
//! no foreign page can cause it, and a refusal would hit the user. Extensions send it with other modes.

use axum::http::HeaderMap;
use axum::http::header::{HeaderName, ORIGIN};
use axum::http::request::Parts;

use super::authority::{authority, only};
use crate::http_settings::Cookies;
use crate::model::origin::{Origin, Scheme};

pub(super) const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const SEC_FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

impl Cookies {
    /// Returns whether the request was made by one of our pages, or by one that was listed.
    pub(super) fn admit(&self, parts: &Parts) -> bool {
        let Ok(site) = only(&parts.headers, &SEC_FETCH_SITE) else { return false };
        let Ok(origin) = only(&parts.headers, &ORIGIN) else { return false };
        // `null`, and everything that is no origin, is none of ours.
        let origin = origin.and_then(Origin::parse);
        if origin.as_ref().is_some_and(|origin| self.lists(origin)) {
            return true;
        }
        match site {
            // Typed into the address bar, a bookmark, a form sent again by reloading: no page made the request. What
            // is not a navigation comes from an extension.
            Some("none") => is_navigation(&parts.headers),
            Some(site) => site == "same-origin",
            None => origin.is_some_and(|origin| self.origins.own.is_none() && self.is_host(&origin, parts)),
        }
    }

    fn lists(&self, origin: &Origin) -> bool {
        self.origins.own.iter().chain(&self.origins.others).any(|listed| listed == origin)
    }

    /// Whether the page comes from the host that the request was sent to. Plain http is for development only: on the
    /// way to it, anybody in the network could have written the page.
    fn is_host(&self, origin: &Origin, parts: &Parts) -> bool {
        let safe = origin.scheme == Scheme::Https || (self.settings.insecure_localhost && origin.is_loopback());
        safe && authority(parts).is_some_and(|authority| origin.is_at(authority))
    }
}

/// Whether the browser says that it opens a page, and not that a script fetches something.
pub(super) fn is_navigation(headers: &HeaderMap) -> bool {
    only(headers, &SEC_FETCH_MODE) == Ok(Some("navigate"))
}

/// Whether the request comes from a browser that says nothing about its purpose.
pub(super) fn is_of_unknown_mode(headers: &HeaderMap) -> bool {
    !headers.contains_key(&SEC_FETCH_MODE)
}
