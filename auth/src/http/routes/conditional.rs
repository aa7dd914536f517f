//! Requests for what the client has already, if it has not changed (RFC 9110 §13).

use axum::http::HeaderMap;
use axum::http::header::IF_NONE_MATCH;

/// Whether the client names this version as one that it has.
pub(super) fn is_current(headers: &HeaderMap, etag: &str) -> bool {
    let lists = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    // Weak comparison (§13.1.2), and `*` for any version.
    let mut tags = lists.flat_map(|list| list.split(',')).map(|tag| tag.trim().trim_start_matches("W/"));
    tags.any(|tag| tag == etag || tag == "*")
}
