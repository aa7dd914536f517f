//! Which host a request was sent to, as the request says.

use axum::http::HeaderMap;
use axum::http::header::{HOST, HeaderName};
use axum::http::request::Parts;

use crate::model::origin::Host;

/// Returns the host that the request was sent to.
pub(crate) fn host(parts: &Parts) -> Option<Host> {
    Some(Host::with_port(authority(parts)?)?.0)
}

/// Returns the authority of the request: its `Host`, or with HTTP/2 that of its URI. Two hosts are none: a server must
/// refuse such a request (RFC 9112 §3.2).
pub(super) fn authority(parts: &Parts) -> Option<&str> {
    match only(&parts.headers, &HOST) {
        Ok(Some(host)) => Some(host),
        Ok(None) => parts.uri.authority().map(axum::http::uri::Authority::as_str),
        Err(()) => None,
    }
}

/// Returns the only value of a header; `Err` if there are two, or invalid bytes.
pub(super) fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, ()> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(drop),
        (Some(_), Some(_)) => Err(()),
    }
}
