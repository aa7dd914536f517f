//! Which requests open a page, so that their answer may renew cookies: by Fetch Metadata alone.
//!
//! Only a page in a tab (`Sec-Fetch-Dest: document`) counts. A frame belongs to a page, which was renewed itself, and
//! pages of a sibling domain could load frames of ours all day. What is not said is not guessed: a client without Fetch
//! Metadata may be a script that takes the redirect for its answer.
//!
//! A page that another site links to is renewed like any other, if the browser sends the refresh cookie. It changes
//! nothing that the visitor could be tricked into: the new cookies are for the session that the browser has, a page of
//! another site neither reads nor chooses them, and handlers of `GET` change nothing anyway (RFC 9110 §9.2.1). A form
//! is held to the rule of every unsafe request: it must come from our own pages.
//!
//! But browsers do not send a `SameSite=Strict` cookie when the link is on another site, such as web mail, so nobody
//! can know from that request whether the visitor is signed in.

use axum::http::Method;
use axum::http::header::HeaderName;
use axum::http::request::Parts;

use super::Navigation;
use super::authority::only;
use super::origin::{SEC_FETCH_SITE, is_navigation};
use crate::http_settings::{AuthScheme, Cookies, Mode};

const SEC_FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// How browsers say that they load a page in case it is opened: the header of the standard, and those before it.
const SPECULATIVE: [HeaderName; 4] = [
    HeaderName::from_static("sec-purpose"),
    HeaderName::from_static("purpose"),
    HeaderName::from_static("x-purpose"),
    HeaderName::from_static("x-moz"),
];

impl Cookies {
    /// Returns what a request that opens a page brings, if its cookies may be renewed. One whose cookies are malformed
    /// is none: its guard says what is wrong with them.
    pub(crate) fn navigation<'a>(&self, parts: &'a Parts, scheme: &AuthScheme) -> Option<Navigation<'a>> {
        // First, because it is a single look-up for the requests of scripts.
        if !opens_a_page(parts) || self.settings.no_renewal || self.settings.mode == Mode::Never {
            return None;
        }
        if !matches!(scheme.token(&parts.headers), Ok(None)) || self.check_origin(parts).is_err() {
            return None;
        }
        let speculative = SPECULATIVE.iter().any(|name| parts.headers.contains_key(name));
        match self.refresh_token(parts) {
            Ok(Some(_)) if speculative => Some(Navigation::Speculative),
            Ok(Some(token)) => Some(Navigation::WithRefreshToken(token)),
            Ok(None) if !speculative && self.may_have_withheld(parts) => Some(Navigation::FromAnotherSite),
            Ok(None) | Err(_) => None,
        }
    }

    /// Whether the browser may have cookies of ours that it does not send with this request.
    fn may_have_withheld(&self, parts: &Parts) -> bool {
        let elsewhere = only(&parts.headers, &SEC_FETCH_SITE) == Ok(Some("cross-site"));
        elsewhere && parts.method == Method::GET && self.is_usable(parts) && !self.any(parts)
    }
}

/// Whether a browser opens a page in a tab, by a link, an address or a form.
pub(crate) fn opens_a_page(parts: &Parts) -> bool {
    is_navigation(&parts.headers)
        && only(&parts.headers, &SEC_FETCH_DEST) == Ok(Some("document"))
        && matches!(parts.method, Method::GET | Method::POST)
}
